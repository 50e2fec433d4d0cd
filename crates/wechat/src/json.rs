//! JSON pushes, read into the same tree as XML ones: a member is a child, a list repeats its name,
//! a number keeps its digits. So one reader of fields serves both, a doubled member is seen as a
//! doubled element is, and the bounds are the same.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::xml::{Element, MAX_BYTES, MAX_DEPTH, MAX_NODES, XmlError};

/// Reads one document, which must be an object.
///
/// # Errors
/// [`XmlError`]; nothing of a refused document is returned.
pub fn read(bytes: &[u8]) -> Result<Element, XmlError> {
    if bytes.len() > MAX_BYTES {
        return Err(XmlError::TooLarge);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| XmlError::Encoding)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if !text.trim_start().starts_with('{') {
        return Err(XmlError::NotOneRoot);
    }
    let bounds = Bounds {
        nodes: Cell::new(0),
        broken: Cell::new(None),
    };
    let mut found = Vec::new();
    let root = Member {
        name: "xml".to_owned(),
        depth: 1,
        bounds: &bounds,
        into: &mut found,
    };
    let mut reader = serde_json::Deserializer::from_str(text);
    let read = root.deserialize(&mut reader).and_then(|()| reader.end());
    match (read, found.pop()) {
        (Ok(()), Some(root)) => Ok(root),
        _ => Err(bounds.broken.take().unwrap_or(XmlError::Malformed)),
    }
}

struct Bounds {
    nodes: Cell<usize>,
    /// Which bound was met; the parser's error only says that something is wrong.
    broken: Cell<Option<XmlError>>,
}

impl Bounds {
    fn refuse<E: Error>(&self, why: XmlError) -> E {
        self.broken.set(Some(why));
        E::custom(why)
    }
}

/// A value and the name under which it stands.
struct Member<'a> {
    name: String,
    depth: usize,
    bounds: &'a Bounds,
    into: &'a mut Vec<Element>,
}

impl Member<'_> {
    fn element<E: Error>(&self, text: String) -> Result<Element, E> {
        let nodes = self.bounds.nodes.get() + 1;
        self.bounds.nodes.set(nodes);
        if nodes > MAX_NODES {
            return Err(self.bounds.refuse(XmlError::TooManyNodes));
        }
        if self.depth > MAX_DEPTH {
            return Err(self.bounds.refuse(XmlError::TooDeep));
        }
        if text.contains('\0') {
            return Err(self.bounds.refuse(XmlError::Encoding));
        }
        Ok(Element {
            name: self.name.clone(),
            text,
            ..Element::default()
        })
    }

    fn leaf<E: Error>(self, text: impl ToString) -> Result<(), E> {
        let element = self.element(text.to_string())?;
        self.into.push(element);
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Member<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Member<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.leaf(text)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<(), E> {
        self.leaf(number)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<(), E> {
        self.leaf(number)
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<(), E> {
        self.leaf(number)
    }

    fn visit_bool<E: Error>(self, on: bool) -> Result<(), E> {
        self.leaf(on)
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.leaf("")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        loop {
            let one = Member {
                name: self.name.clone(),
                depth: self.depth + 1,
                bounds: self.bounds,
                into: &mut *self.into,
            };
            if list.next_element_seed(one)?.is_none() {
                return Ok(());
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut element = self.element(String::new())?;
        while let Some(name) = map.next_key::<String>()? {
            map.next_value_seed(Member {
                name,
                depth: self.depth + 1,
                bounds: self.bounds,
                into: &mut element.children,
            })?;
        }
        self.into.push(element);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_digits_and_lists_repeat_their_name() {
        let tree = read(
            br#"{"order_id":3705115058471208928,"at":"1760000000","List":[{"a":1},{"a":"2"}],"none":null}"#,
        )
        .unwrap();
        let word = |name| tree.text_of(name).unwrap().unwrap();
        assert_eq!(word("order_id"), "3705115058471208928");
        assert_eq!((word("at"), word("none")), ("1760000000", ""));
        let list: Vec<&str> = tree
            .all("List")
            .map(|one| one.text_of("a").unwrap().unwrap())
            .collect();
        assert_eq!(list, ["1", "2"]);
        let alone = read(br#"{"List":{"a":1}}"#).unwrap();
        assert_eq!(
            alone.all("List").count(),
            1,
            "an object where a list could be"
        );
    }

    #[test]
    fn what_no_push_needs_is_refused() {
        let deep = format!("{}{}{}", r#"{"a":"#.repeat(20), "1", "}".repeat(20));
        let lists = format!("{{\"a\":{}{}}}", "[".repeat(50_000), "]".repeat(50_000));
        let many = format!("{{\"a\":[{}1]}}", "1,".repeat(2_000));
        let long = format!("{{\"a\":\"{}\"}}", "x".repeat(MAX_BYTES));
        for (text, why) in [
            (deep.as_str(), XmlError::TooDeep),
            (&many, XmlError::TooManyNodes),
            (&long, XmlError::TooLarge),
            (r#"{"a":"\u0000"}"#, XmlError::Encoding),
            (r#"{"a":1"#, XmlError::Malformed),
            (r#"{"a":1}{"b":2}"#, XmlError::Malformed),
            (r#"{"a":1e400}"#, XmlError::Malformed),
            (r#"{"a":"\ud800"}"#, XmlError::Malformed),
            ("[1]", XmlError::NotOneRoot),
            ("", XmlError::NotOneRoot),
        ] {
            assert_eq!(read(text.as_bytes()), Err(why), "{:.40}", text);
        }
        assert!(read(lists.as_bytes()).is_err());
        assert_eq!(read(b"{\"a\":\"\xff\"}"), Err(XmlError::Encoding));
        let doubled = read(br#"{"a":1,"a":2}"#).unwrap();
        assert!(doubled.one("a").is_err(), "neither is taken");
        assert!(read("\u{feff}{}".as_bytes()).is_ok());
    }
}
