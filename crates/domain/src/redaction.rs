//! What is personal or secret in a text, taken out of it: mail addresses, phone numbers, card
//! numbers, keys and tokens. Everything else stays byte for byte.

/// What stands in the place of what was taken out: nothing that would be taken out again.
const MAIL: &str = "[mail address]";
const PHONE: &str = "[phone number]";
const CARD: &str = "[card number]";
const KEY: &str = "[key]";
const TOKEN: &str = "[token]";

/// How keys of well-known services begin; Overmind's own are among them.
const KEY_BEGINNINGS: [&str; 26] = [
    "sk-",
    "sk_",
    "rk_live_",
    "rk_test_",
    "pk_live_",
    "pk_test_",
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "xoxa-",
    "xoxb-",
    "xoxp-",
    "xapp-",
    "AKIA",
    "ASIA",
    "AIza",
    "ya29.",
    "hf_",
    "gsk_",
    "npm_",
    "SG.",
    "ovm_",
];
/// Of all countries' numbers.
const MOST_PHONE_DIGITS: usize = 15;
/// In bytes; nobody's key is longer.
const LONGEST_KEY: usize = 8_192;
/// Letters of a key after its beginning, at least.
const SHORTEST_KEY: usize = 16;
/// What comes before a secret, and what then looks like one, at least.
const SECRET_NAMES: [&str; 9] = [
    "api_key",
    "api-key",
    "apikey",
    "access_token",
    "auth_token",
    "secret_key",
    "client_secret",
    "password",
    "passwd",
];
const SHORTEST_SECRET: usize = 20;

/// Twice is as once: what stands in the place of something is nothing to take out.
pub fn redacted(text: &str) -> String {
    let mut text = text.to_owned();
    // What stood beside something may be something itself once that is gone. Each time something
    // goes that has a digit or an @ in it, and nothing comes that has: this ends.
    while let Some(next) = once(&text) {
        text = next;
    }
    text
}

/// `None` when there is nothing to take out.
fn once(text: &str) -> Option<String> {
    let mut cleaned = String::new();
    let (mut kept, mut at) = (0, 0);
    let mut before = None;
    while let Some(next) = text[at..].chars().next() {
        if let Some(Found { from, to, instead }) = found(text, at, before) {
            cleaned.push_str(&text[kept..from]);
            cleaned.push_str(instead);
            (kept, at) = (to, to);
            before = Some(']');
        } else {
            at += next.len_utf8();
            before = Some(next);
        }
    }
    (kept > 0).then(|| cleaned + &text[kept..])
}

struct Found {
    from: usize,
    to: usize,
    instead: &'static str,
}

/// What begins there.
fn found(text: &str, at: usize, before: Option<char>) -> Option<Found> {
    let rest = &text[at..];
    let found = |length: usize, instead| Found {
        from: at,
        to: at + length,
        instead,
    };
    let starts_word = !before.is_some_and(|c| c.is_alphanumeric() || c == '_');
    if starts_word {
        if let Some((skipped, length)) = secret(rest) {
            return Some(Found {
                from: at + skipped,
                to: at + skipped + length,
                instead: TOKEN,
            });
        }
        if let Some(length) = key(rest) {
            return Some(found(length, KEY));
        }
    }
    if !before.is_some_and(is_local)
        && let Some(length) = mail(rest)
    {
        return Some(found(length, MAIL));
    }
    let starts_number = starts_word && !before.is_some_and(|c| "-./#@\\".contains(c));
    if starts_number {
        if let Some(length) = card(rest) {
            return Some(found(length, CARD));
        }
        if let Some(length) = phone(rest) {
            return Some(found(length, PHONE));
        }
    }
    None
}

/// Of the part of a mail address before the @.
fn is_local(c: char) -> bool {
    c.is_alphanumeric() || "._%+-".contains(c)
}

fn mail(text: &str) -> Option<usize> {
    let local = text.find(|c| !is_local(c)).filter(|end| *end > 0)?;
    let domain = text[local..].strip_prefix('@')?;
    let domain_at = local + 1;
    let (mut end, mut at) = (0, 0);
    let (mut labels, mut numbers) = (0, 0);
    for label in domain.split('.') {
        let plain = label
            .find(|c: char| !c.is_alphanumeric() && c != '-')
            .unwrap_or(label.len());
        let (label, whole) = (&label[..plain], plain == label.len());
        if label.is_empty() || label.starts_with('-') {
            break;
        }
        at += label.len();
        // `package@4.17.21.tgz` is none.
        let is_top = label.chars().count() >= 2 && label.chars().all(char::is_alphabetic);
        if is_top && labels > 0 && (numbers < 2 || numbers < labels) {
            end = at;
        }
        labels += 1;
        numbers += usize::from(label.bytes().all(|byte| byte.is_ascii_digit()));
        if !whole {
            break;
        }
        at += 1;
    }
    let after = domain[end..].chars();
    let mut after = after.take(2);
    // `git@example.org:owner/name` is a place.
    let is_place = after.next() == Some(':') && after.next().is_some_and(char::is_alphanumeric);
    (end > 0 && !is_place).then_some(domain_at + end)
}

/// How long a key or a token is that begins there; these signs may be in it too.
fn token(text: &str, signs: &[u8]) -> usize {
    let bytes = text.bytes().take(LONGEST_KEY);
    bytes
        .take_while(|byte| byte.is_ascii_alphanumeric() || signs.contains(byte))
        .count()
}

fn key(text: &str) -> Option<usize> {
    let length = |rest: &str| token(rest, b"-_");
    if text.starts_with("eyJ") {
        // A JSON web token: three parts between points.
        let whole = &text[..token(text, b"-_.")];
        let parts: Vec<&str> = whole.split('.').take(3).collect();
        let is_one = parts.len() == 3 && parts.iter().all(|part| part.len() >= 8);
        if is_one && has_digit(whole) {
            return Some(parts.iter().map(|part| part.len() + 1).sum::<usize>() - 1);
        }
    }
    let beginning = KEY_BEGINNINGS
        .into_iter()
        .find(|beginning| text.starts_with(beginning))?;
    let rest = &text[beginning.len()..];
    let mut end = length(rest);
    if beginning.ends_with('.') {
        // These have parts.
        while let Some(part) = rest[end..]
            .strip_prefix('.')
            .map(length)
            .filter(|it| *it > 0)
        {
            end += 1 + part;
        }
    }
    (end >= SHORTEST_KEY && has_digit(&rest[..end])).then_some(beginning.len() + end)
}

/// After `Bearer`, or after the name of a secret and a sign: what to skip, and how long it is.
fn secret(text: &str) -> Option<(usize, usize)> {
    let (skipped, least) = after_bearer(text).or_else(|| after_name(text))?;
    let rest = &text[skipped..];
    let value = rest[..token(rest, b"-_.~+/=")].trim_end_matches('.');
    let lettered = value.bytes().any(|byte| byte.is_ascii_alphabetic());
    (value.len() >= least && has_digit(value) && lettered).then_some((skipped, value.len()))
}

fn after_bearer(text: &str) -> Option<(usize, usize)> {
    let word = "bearer";
    let named = text.get(..word.len())?.eq_ignore_ascii_case(word);
    let rest = text[word.len()..].trim_start_matches([' ', ':']);
    let skipped = text.len() - rest.len();
    (named && skipped > word.len()).then_some((skipped, SHORTEST_KEY))
}

fn after_name(text: &str) -> Option<(usize, usize)> {
    let is_named = |name: &&&str| {
        let start = text.get(..name.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(name))
    };
    let name = SECRET_NAMES.iter().find(is_named)?;
    let rest = text[name.len()..].trim_start_matches(['"', '\'', ' ']);
    let rest = rest.strip_prefix([':', '='])?;
    let rest = rest.trim_start_matches(['"', '\'', ' ']);
    Some((text.len() - rest.len(), SHORTEST_SECRET))
}

fn has_digit(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_digit())
}

/// The lengths of groups of digits with one sign between each two of them, from the beginning of
/// the text on, and where each ends. At most so many digits: no number has more.
struct Groups {
    sign: Option<char>,
    ends: Vec<(usize, usize)>,
}

impl Groups {
    const MOST_DIGITS: usize = 40;

    /// The sign between the first two is the sign between all, if they have to be the same.
    fn of(text: &str, signs: &str, same: bool) -> Self {
        let mut groups = Self {
            sign: None,
            ends: Vec::new(),
        };
        let (mut at, mut digits) = (0, 0);
        loop {
            let rest = &text[at..];
            let length = rest.bytes().take_while(u8::is_ascii_digit);
            let length = length.take(Self::MOST_DIGITS).count();
            digits += length;
            if length == 0 || digits > Self::MOST_DIGITS {
                return groups;
            }
            at += length;
            groups.ends.push((length, at));
            let Some(sign) = text[at..].chars().next().filter(|it| signs.contains(*it)) else {
                return groups;
            };
            if same && *groups.sign.get_or_insert(sign) != sign {
                return groups;
            }
            at += sign.len_utf8();
        }
    }
}

/// A number ends here, and is no part of something longer.
fn ends_number(text: &str) -> bool {
    let mut after = text.chars();
    match after.next() {
        None => true,
        Some(c) if c.is_alphanumeric() || "_-/@".contains(c) => false,
        // A fraction, or the next part of a list of numbers.
        Some('.' | ',') => !after.next().is_some_and(|c| c.is_ascii_digit()),
        Some(_) => true,
    }
}

/// 13 to 19 digits, in one piece or grouped as on cards, whose check digit is right.
fn card(text: &str) -> Option<usize> {
    if !text.starts_with(['2', '3', '4', '5', '6']) {
        return None;
    }
    let groups = Groups::of(text, " -", true);
    (1..=groups.ends.len()).rev().find_map(|count| {
        let ends = &groups.ends[..count];
        let (_, end) = *ends.last()?;
        let lengths: Vec<usize> = ends.iter().map(|(length, _)| *length).collect();
        let digits: usize = lengths.iter().sum();
        let grouped = match lengths.as_slice() {
            [_] | [4, 6, 4 | 5] => true,
            [first @ .., last] => first.iter().all(|it| *it == 4) && (1..=4).contains(last),
            [] => false,
        };
        // After a blank may come the next number.
        let ends_here = ends_number(&text[end..]);
        let fits = (13..=19).contains(&digits) && grouped && ends_here;
        (fits && is_checked(&text[..end])).then_some(end)
    })
}

/// Luhn's sum.
fn is_checked(number: &str) -> bool {
    let digits = number.chars().rev().filter_map(|c| c.to_digit(10));
    let sum: u32 = digits
        .enumerate()
        .map(|(place, digit)| match place % 2 {
            1 if digit > 4 => digit * 2 - 9,
            1 => digit * 2,
            _ => digit,
        })
        .sum();
    sum.is_multiple_of(10)
}

fn phone(text: &str) -> Option<usize> {
    international(text)
        .or_else(|| north_american(text))
        .or_else(|| national(text))
        .filter(|end| ends_number(&text[*end..]))
}

/// `+49 30 1234567`, `+1 (555) 123-4567`, `0049 30 1234567`.
fn international(text: &str) -> Option<usize> {
    let plus = text.starts_with('+');
    let prefix = if plus { 1 } else { 2 };
    if !plus && !text.starts_with("00") {
        return None;
    }
    let rest = &text[prefix..];
    if !rest.starts_with(|first: char| ('1'..='9').contains(&first)) {
        return None;
    }
    let (mut digits, mut signs, mut open, mut after_sign) = (0, 0, false, false);
    // Up to the latest group that still belongs to it.
    let (mut end, mut least, mut counted) = (0, 0, 0);
    let mut letters = rest.char_indices().peekable();
    while let Some((at, c)) = letters.next() {
        match c {
            '0'..='9' => {
                digits += 1;
                after_sign = false;
                if digits > MOST_PHONE_DIGITS {
                    break;
                }
                let goes_on = letters.peek().is_some_and(|(_, it)| it.is_ascii_digit());
                if !open && !goes_on {
                    (end, counted) = (at + 1, digits);
                    least = if signs > 0 { 8 } else { 10 };
                }
            }
            '(' if !open => open = true,
            ')' if open => open = false,
            // One between two groups, or two of them around what is in parentheses.
            ' ' | '-' | '.' | '/' if !after_sign && !open => {
                after_sign = true;
                signs += 1;
            }
            _ => break,
        }
    }
    (end > 0 && counted >= least).then_some(prefix + end)
}

/// `555-123-4567`, `(555) 123-4567`, `555.123.4567`.
fn north_american(text: &str) -> Option<usize> {
    let group = |text: &str, length: usize, least: char| {
        let fits = text.len() >= length && text.bytes().take(length).all(|it| it.is_ascii_digit());
        fits && text.starts_with(|first: char| first >= least)
    };
    let (area, rest) = match text.strip_prefix('(') {
        Some(inner) => {
            let rest = inner.get(3..)?.strip_prefix(')')?;
            (inner, rest.strip_prefix(' ').unwrap_or(rest))
        }
        None => {
            let rest = text.get(3..)?;
            (text, rest.strip_prefix(['-', '.'])?)
        }
    };
    let sign = rest.get(3..)?.chars().next()?;
    let last = rest.get(4..)?;
    let fits = group(area, 3, '2') && group(rest, 3, '0') && group(last, 4, '0');
    (fits && matches!(sign, '-' | '.')).then(|| text.len() - last.len() + 4)
}

/// `030 1234567`, `0171-2345678`, `(030) 123 45 67`.
fn national(text: &str) -> Option<usize> {
    let bare = text.strip_prefix('(');
    let number = bare.unwrap_or(text);
    if !number.starts_with('0') || number[1..].starts_with('0') {
        return None;
    }
    let area = number.bytes().take_while(u8::is_ascii_digit).count();
    let rest = &number[area..];
    let rest = match bare {
        Some(_) => rest.strip_prefix(')')?.trim_start_matches(' '),
        None => rest.strip_prefix([' ', '-', '/'])?,
    };
    let start = text.len() - rest.len();
    let groups = Groups::of(rest, " -", true);
    (1..=groups.ends.len().min(5)).rev().find_map(|count| {
        let ends = &groups.ends[..count];
        let (_, end) = *ends.last()?;
        let digits: usize = area + ends.iter().map(|(length, _)| *length).sum::<usize>();
        let long = ends.iter().all(|(length, _)| *length >= 2);
        let fits = (3..=5).contains(&area) && (9..=12).contains(&digits) && long;
        (fits && ends_number(&text[start + end..])).then_some(start + end)
    })
}

#[cfg(test)]
mod tests;
