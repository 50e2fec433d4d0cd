//! A scanner for JSON objects on the hot path: it walks the top-level fields in one pass, without
//! allocation and without looking into what it does not need. Rare frames go through `serde_json`.

/// A top-level field: its name and its value, both as they stand in the text.
pub type Field<'a> = (&'a [u8], &'a [u8]);

/// Walks the top-level fields of one JSON object. Malformed input ends the walk early: a field
/// that matters is then missing, which the caller treats as a broken frame.
#[derive(Debug, Clone)]
pub struct Fields<'a> {
    text: &'a [u8],
    at: usize,
}

/// Starts a walk over `text`, which must be one JSON object.
pub fn fields(text: &[u8]) -> Fields<'_> {
    let at = text
        .iter()
        .position(|byte| *byte == b'{')
        .map_or(text.len(), |open| open + 1);
    Fields { text, at }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Field<'a>;

    fn next(&mut self) -> Option<Field<'a>> {
        while matches!(self.text.get(self.at)?, b',' | b' ' | b'\n' | b'\t' | b'\r') {
            self.at += 1;
        }
        if self.text[self.at] != b'"' {
            return None;
        }
        let name_end = string_end(self.text, self.at)?;
        let name = &self.text[self.at + 1..name_end - 1];
        self.at = name_end;
        while matches!(self.text.get(self.at)?, b':' | b' ' | b'\n' | b'\t' | b'\r') {
            self.at += 1;
        }
        let start = self.at;
        self.at = value_end(self.text, start)?;
        Some((name, &self.text[start..self.at]))
    }
}

/// The one field `name` of the object `text`.
pub fn field<'a>(text: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    fields(text)
        .find(|(found, _)| *found == name)
        .map(|(_, value)| value)
}

/// The inside of a string value without its quotes; escapes stay as they are. `None` for any other
/// kind of value.
pub fn string(value: &[u8]) -> Option<&[u8]> {
    match value {
        [b'"', inner @ .., b'"'] => Some(inner),
        _ => None,
    }
}

/// An unsigned integer value.
pub fn number(value: &[u8]) -> Option<u64> {
    if value.is_empty() {
        return None;
    }
    value.iter().try_fold(0u64, |sum, byte| match byte {
        b'0'..=b'9' => sum.checked_mul(10)?.checked_add(u64::from(byte - b'0')),
        _ => None,
    })
}

/// One past the closing quote of the string that opens at `at`.
fn string_end(text: &[u8], at: usize) -> Option<usize> {
    let mut i = at + 1;
    loop {
        match text.get(i)? {
            b'"' => return Some(i + 1),
            b'\\' => i += 2,
            _ => i += 1,
        }
    }
}

fn value_end(text: &[u8], at: usize) -> Option<usize> {
    match text.get(at)? {
        b'"' => string_end(text, at),
        b'{' | b'[' => nested_end(text, at),
        _ => {
            let len = text[at..]
                .iter()
                .position(|b| matches!(b, b',' | b'}' | b']' | b' '))?;
            Some(at + len)
        }
    }
}

fn nested_end(text: &[u8], at: usize) -> Option<usize> {
    let mut depth = 0usize;
    let mut i = at;
    loop {
        match text.get(i)? {
            b'"' => {
                i = string_end(text, i)?;
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return Some(i + 1);
                }
            }
            _ => {}
        }
        i += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn top_level_fields_are_found_and_nested_ones_are_not_taken_for_them() {
        let text = br#" {"op":"message", "text":{"op":"no","content":"a \"}{ b\\"},"list":[{"seq":9}],"seq":12,"ok":true,"last":null}"#;
        let names: Vec<&[u8]> = fields(text).map(|(name, _)| name).collect();
        let expected: [&[u8]; 6] = [b"op", b"text", b"list", b"seq", b"ok", b"last"];
        assert_eq!(names, expected);
        assert_eq!(field(text, b"op").and_then(string), Some(&b"message"[..]));
        assert_eq!(field(text, b"seq").and_then(number), Some(12));
        assert_eq!(field(text, b"last"), Some(&b"null"[..]));
        let inner = field(text, b"text")
            .and_then(|text| field(text, b"content"))
            .and_then(string);
        assert_eq!(inner, Some(&br#"a \"}{ b\\"#[..]));
    }

    #[test]
    fn cut_or_foreign_text_ends_the_walk() {
        for text in [
            "",
            "[]",
            "{",
            "{\"a",
            "{\"a\":",
            "{\"a\":\"",
            "{\"a\":{\"b\":1",
            "nonsense",
        ] {
            assert_eq!(fields(text.as_bytes()).count(), 0, "{text}");
        }
        assert_eq!(number(b"-1"), None);
        assert_eq!(number(b""), None);
        assert_eq!(number(b"99999999999999999999"), None);
    }
}
