//! What a push says, before it is known whether it goes out as XML or as JSON: elements in their
//! order. Keys equal element names in both.

use std::fmt::Write as _;

use serde_json::Value;

use crate::callback::xml::cdata;

/// The value of one element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Node {
    Text(String),
    /// Digits as they are written: ids of the shop are larger than any float can hold.
    Number(String),
    Group(Packet),
    /// Several of the same; XML repeats the element `.0`.
    List(String, Vec<Node>),
}

/// Elements in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Packet(Vec<(String, Node)>);

impl Packet {
    pub(crate) fn text(self, name: &str, text: impl Into<String>) -> Self {
        self.with(name, Node::Text(text.into()))
    }

    /// An element with a bare number.
    pub(crate) fn number(self, name: &str, number: impl ToString) -> Self {
        self.with(name, Node::Number(number.to_string()))
    }

    pub(crate) fn group(self, name: &str, inside: Packet) -> Self {
        self.with(name, Node::Group(inside))
    }

    pub(crate) fn with(mut self, name: &str, node: Node) -> Self {
        self.0.push((name.to_owned(), node));
        self
    }

    /// Everything a script's object says, as elements; null says nothing.
    pub(crate) fn object(mut self, fields: &serde_json::Map<String, Value>) -> Self {
        for (name, value) in fields {
            if let Some(node) = node(value) {
                self.0.push((name.clone(), node));
            }
        }
        self
    }

    /// The text of an element, if it has one.
    pub(crate) fn word(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(known, _)| known == name);
        match found {
            Some((_, Node::Text(text) | Node::Number(text))) => text,
            _ => "",
        }
    }

    /// The elements without a root.
    pub(crate) fn xml(&self) -> String {
        let mut out = String::new();
        for (name, node) in &self.0 {
            write_xml(&mut out, name, node);
        }
        out
    }

    /// A JSON object; `quoted` writes numbers as strings.
    pub(crate) fn json(&self, quoted: bool) -> String {
        let mut out = String::new();
        write_object(&mut out, self, quoted);
        out
    }
}

fn node(value: &Value) -> Option<Node> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(on) => Node::Text(on.to_string()),
        Value::String(text) => Node::Text(text.clone()),
        Value::Number(number) => Node::Number(number.to_string()),
        Value::Array(items) => Node::List("item".into(), items.iter().filter_map(node).collect()),
        Value::Object(fields) => Node::Group(Packet::default().object(fields)),
    })
}

fn write_xml(out: &mut String, name: &str, node: &Node) {
    let _ = write!(out, "<{name}>");
    match node {
        Node::Text(text) => out.push_str(&cdata(text)),
        Node::Number(digits) => out.push_str(digits),
        Node::Group(inside) => out.push_str(&inside.xml()),
        Node::List(item, nodes) => nodes.iter().for_each(|node| write_xml(out, item, node)),
    }
    let _ = write!(out, "</{name}>");
}

fn write_object(out: &mut String, packet: &Packet, quoted: bool) {
    out.push('{');
    for (place, (name, node)) in packet.0.iter().enumerate() {
        if place > 0 {
            out.push(',');
        }
        out.push_str(&Value::from(name.as_str()).to_string());
        out.push(':');
        write_json(out, node, quoted);
    }
    out.push('}');
}

fn write_json(out: &mut String, node: &Node, quoted: bool) {
    match node {
        Node::Text(text) => out.push_str(&Value::from(text.as_str()).to_string()),
        Node::Number(digits) if quoted => {
            let _ = write!(out, "\"{digits}\"");
        }
        Node::Number(digits) => out.push_str(digits),
        Node::Group(inside) => write_object(out, inside, quoted),
        Node::List(_, nodes) => {
            out.push('[');
            for (place, node) in nodes.iter().enumerate() {
                if place > 0 {
                    out.push(',');
                }
                write_json(out, node, quoted);
            }
            out.push(']');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet() -> Packet {
        Packet::default()
            .text("Content", "x]]>y")
            .number("order_id", 3_705_115_058_471_208_928_u64)
            .group("ScanCodeInfo", Packet::default().text("ScanType", "qrcode"))
            .with(
                "PicList",
                Node::List(
                    "item".into(),
                    vec![Node::Group(Packet::default().text("A", "b"))],
                ),
            )
    }

    #[test]
    fn xml_splits_its_sections_and_leaves_numbers_bare() {
        assert_eq!(
            packet().xml(),
            "<Content><![CDATA[x]]]]><![CDATA[>y]]></Content>\
             <order_id>3705115058471208928</order_id>\
             <ScanCodeInfo><ScanType><![CDATA[qrcode]]></ScanType></ScanCodeInfo>\
             <PicList><item><A><![CDATA[b]]></A></item></PicList>"
        );
    }

    #[test]
    fn json_keeps_every_digit_and_quotes_when_told() {
        let text = packet().json(false);
        assert!(text.contains("\"order_id\":3705115058471208928,"), "{text}");
        assert!(text.contains("\"PicList\":[{\"A\":\"b\"}]"), "{text}");
        let quoted = packet().json(true);
        assert!(
            quoted.contains("\"order_id\":\"3705115058471208928\""),
            "{quoted}"
        );
        serde_json::from_str::<Value>(&quoted).expect("JSON");
    }
}
