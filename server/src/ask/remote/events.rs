//! Server-sent events, put together from what the network brings.

use domain::Event;

/// One message of a stream of server-sent events.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Heard {
    id: Option<String>,
    data: Option<String>,
}

impl Heard {
    /// What the run said. Only stored events carry an id: text that is still being written does
    /// not, and the answer is printed whole. What a newer server says beyond them is left out.
    pub fn event(&self) -> Option<Event> {
        self.id.as_ref()?;
        serde_json::from_str(self.data.as_deref()?).ok()
    }
}

/// Puts a stream of server-sent events together from pieces that break anywhere.
#[derive(Debug, Default)]
pub struct EventReader {
    line: Vec<u8>,
    after_return: bool,
    heard: Heard,
}

impl EventReader {
    /// The messages that end within this piece.
    pub fn read(&mut self, piece: &[u8]) -> Vec<Heard> {
        let mut whole = Vec::new();
        for &byte in piece {
            let second_half = self.after_return && byte == b'\n';
            self.after_return = byte == b'\r';
            match byte {
                _ if second_half => {}
                b'\n' | b'\r' => whole.extend(self.end_line()),
                _ => self.line.push(byte),
            }
        }
        whole
    }

    fn end_line(&mut self) -> Option<Heard> {
        let line = std::mem::take(&mut self.line);
        if line.is_empty() {
            let heard = std::mem::take(&mut self.heard);
            return heard.data.is_some().then_some(heard);
        }
        let line = String::from_utf8_lossy(&line);
        let (field, value) = line.split_once(':').unwrap_or((&line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "id" => self.heard.id = Some(value.to_owned()),
            "data" => match &mut self.heard.data {
                Some(data) => {
                    data.push('\n');
                    data.push_str(value);
                }
                none => *none = Some(value.to_owned()),
            },
            // The type stands in the data too; what begins with a colon is a comment.
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ask::new_id;
    use domain::RunId;
    use serde_json::json;

    fn heard(id: Option<&str>, data: &str) -> Heard {
        Heard {
            id: id.map(str::to_owned),
            data: Some(data.to_owned()),
        }
    }

    #[test]
    fn events_come_together_wherever_they_break() {
        let cases: [(&str, Vec<Heard>); 11] = [
            ("", vec![]),
            ("data: a\n\n", vec![heard(None, "a")]),
            ("data:a\n\n", vec![heard(None, "a")]),
            ("data:  a\n\n", vec![heard(None, " a")]),
            (
                "event: final_output\nid: 7\ndata: {\"a\": \"ü: €\"}\n\n",
                vec![heard(Some("7"), "{\"a\": \"ü: €\"}")],
            ),
            (
                "data: a\r\n\r\nid: 2\rdata: b\r\rdata: c\n\n",
                vec![heard(None, "a"), heard(Some("2"), "b"), heard(None, "c")],
            ),
            ("data: a\ndata\ndata: b\n\n", vec![heard(None, "a\n\nb")]),
            (": alive\n\n:\n\n", vec![]),
            ("id: 3\nretry: 10\n\ndata: a\n\n", vec![heard(None, "a")]),
            ("data: a\n", vec![]),
            ("data: a\n\ndata: b\n", vec![heard(None, "a")]),
        ];
        for (stream, expected) in cases {
            let bytes = stream.as_bytes();
            for cut in 0..=bytes.len() {
                let mut reader = EventReader::default();
                let mut all = reader.read(&bytes[..cut]);
                all.extend(reader.read(&bytes[cut..]));
                assert_eq!(all, expected, "{stream:?} cut at {cut}");
            }
            let mut reader = EventReader::default();
            let bytewise = bytes.iter().flat_map(|byte| reader.read(&[*byte]));
            assert_eq!(bytewise.collect::<Vec<_>>(), expected, "{stream:?}");
        }
    }

    #[test]
    fn only_what_is_stored_is_an_event() {
        let error = json!({
            "run_id": RunId(new_id()), "conversation_id": RunId(new_id()), "seq": 4,
            "ts": "2026-01-01T00:00:00Z", "iteration": 1,
            "type": "error", "data": { "message": "no", "code": "x" },
        });
        let error = error.to_string();
        assert_eq!(heard(Some("4"), &error).event().unwrap().seq, 4);
        assert!(heard(None, &error).event().is_none());
        assert!(heard(Some("5"), "{\"type\":\"newer\"}").event().is_none());
    }
}
