//! What is taken out, what is not, and what holds for every text.

use super::*;
use proptest::prelude::*;

#[test]
fn what_is_personal_or_secret_goes() {
    for (text, cleaned) in [
        ("Write to ada@example.org.", "Write to [mail address]."),
        ("<Ada.B+x@mail.example.co.uk>", "<[mail address]>"),
        (
            "**ada@example.org**, _eve@163.com_",
            "**[mail address]**, [mail address]_",
        ),
        ("jürgen@müller.de", "[mail address]"),
        (
            "mailto:ada@example.org?subject=x",
            "mailto:[mail address]?subject=x",
        ),
        ("+49 30 1234567", "[phone number]"),
        (
            "Call +1 (555) 123-4567, please",
            "Call [phone number], please",
        ),
        ("tel:+4930123456789", "tel:[phone number]"),
        ("0049 30 1234567.", "[phone number]."),
        (
            "(555) 123-4567 or 555-123-4567",
            "[phone number] or [phone number]",
        ),
        (
            "030 1234567; 0171-2345678",
            "[phone number]; [phone number]",
        ),
        ("(030) 123 45 67", "[phone number]"),
        ("card 4111 1111 1111 1111!", "card [card number]!"),
        ("4111-1111-1111-1111", "[card number]"),
        ("card=4111111111111111", "card=[card number]"),
        ("3782 822463 10005", "[card number]"),
        ("4111 1111 1111 1111 12/26", "[card number] 12/26"),
        ("key sk-proj-abcdefgh12345678ijkl", "key [key]"),
        (
            "OPENAI_API_KEY=sk-ant-api03-0123456789abcdef",
            "OPENAI_API_KEY=[key]",
        ),
        ("AKIAIOSFODNN7EXAMPLE1", "[key]"),
        ("ghp_0123456789abcdefghij", "[key]"),
        (
            "Authorization: Bearer abcdef0123456789xyz",
            "Authorization: Bearer [token]",
        ),
        ("bearer abcdef0123456789xyz==, then", "bearer [token], then"),
        (
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl",
            "[key]",
        ),
        ("api_key: \"0123456789abcdefghijk\"", "api_key: \"[token]\""),
        ("password = hunter2hunter2hunter2", "password = [token]"),
        (
            "postgres://me:secret@db.example.org/x",
            "postgres://me:[mail address]/x",
        ),
    ] {
        assert_eq!(redacted(text), cleaned, "{text}");
    }
}

#[test]
fn what_only_looks_like_it_stays() {
    for text in [
        "In 2024, as in 1999-2003 and 2001/2002",
        "2026-11-29T03:12:45.123456Z, 29.11.2026, 11/29/2026",
        "01-02-2026 or 01.02.2026",
        "0191a2b3-4c5d-7e6f-8a9b-0123456789ab",
        "12345678-1234-1234-1234-123456789012",
        "commit 4bf92f3577b34da6a3ce929d0e0e4736",
        "192.168.100.200:8080, ::1, 10.0.0.0/8",
        "version 1.2.3, 18.2.0 and 2026.11.29",
        "1764385965123 ms, 1764385965123456 us",
        "order 4111111111111112",
        "id_4111111111111111, #4111111111111111, 4111111111111111abc",
        "0.4111111111111111 and 3.14159265358979",
        "1,234,567,890 of 12 345 678",
        "@Override, @app.route, x@y, user@localhost",
        "git@example.org:owner/name.git",
        "lodash@4.17.21.tgz and react@18.2.0",
        "sk-learn is scikit-learn, sk-something-without-a-number",
        "the bearer of good news; Bearer authentication-without-numbers",
        "password: use at least 12 characters",
        "token = tokenizer.next_token(1, 2)",
        "let x = [0x1F, 0b1010, 0o755]; x += 12345678;",
        "a + 1234567 - 89 * (30) 4",
        "chmod 0755 file; 007",
        "+1 +2 +12345678",
        "pages 100-200, rooms 300-400-500",
        "E = mc², 6.022e23, 10^-31",
        "[mail address] [phone number] [card number] [key] [token]",
        "",
    ] {
        assert_eq!(redacted(text), text);
    }
}

/// Pieces that are something, nearly something, or stand beside something.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("ada@example.org".to_owned()),
        Just("4111 1111 1111 1111".to_owned()),
        Just("4111111111111111".to_owned()),
        Just("+49 30 1234567".to_owned()),
        Just("555-123-4567".to_owned()),
        Just("sk-0123456789abcdefgh".to_owned()),
        Just("Bearer 0123456789abcdefgh".to_owned()),
        Just("api_key=".to_owned()),
        Just("eyJhbGciOiJIUzI1NiJ9.".to_owned()),
        "[0-9 ()+./@_-]{0,12}",
        "[a-z.@-]{0,6}",
        "\\PC{0,6}",
        ".{0,4}",
    ]
}

fn texts() -> impl Strategy<Value = String> {
    proptest::collection::vec(piece(), 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn twice_is_as_once(text in texts()) {
        let cleaned = redacted(&text);
        prop_assert_eq!(redacted(&cleaned), cleaned);
    }

    /// What is left is the text, with pieces of it replaced.
    #[test]
    fn everything_else_stays_byte_for_byte(text in texts()) {
        let cleaned = redacted(&text);
        let mut rest = text.as_str();
        let mut kept = vec![cleaned.as_str()];
        for instead in [MAIL, PHONE, CARD, KEY, TOKEN] {
            kept = kept.iter().flat_map(|part| part.split(instead)).collect();
        }
        for part in kept {
            let at = rest.find(part);
            prop_assert!(at.is_some(), "{:?} in {:?}", part, rest);
            rest = &rest[at.unwrap_or_default() + part.len()..];
        }
    }

    /// Words and small numbers are nobody's.
    #[test]
    fn words_and_small_numbers_stay(text in "([a-zA-Zäöü]{1,9}|[0-9]{1,4})([ ,;\n]([a-zA-Zäöü]{1,9}|[0-9]{1,4}[;]))*") {
        prop_assert_eq!(redacted(&text), text);
    }

    #[test]
    fn mail_addresses_go_wherever_they_stand(
        before in "[ (<\"',;:]", name in "[a-z][a-z0-9.]{0,8}[a-z]", host in "[a-z]{2,8}", after in "[ )>\"',;!?]"
    ) {
        let text = format!("{before}{name}@{host}.org{after}");
        prop_assert_eq!(redacted(&text), format!("{before}{MAIL}{after}"));
    }
}
