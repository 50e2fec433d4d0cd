//! Writes the small XML documents of callbacks, by hand, as the platform's look.

use std::fmt::Write as _;

/// A document under construction; elements come out in the order they were put in.
#[derive(Debug, Clone, Default)]
pub(crate) struct Doc(String);

impl Doc {
    /// An element with text in CDATA. `]]>` inside is split over two sections.
    pub(crate) fn text(mut self, name: &str, text: &str) -> Self {
        let _ = write!(self.0, "<{name}>{}</{name}>", cdata(text));
        self
    }

    /// An element with a bare number.
    pub(crate) fn number(mut self, name: &str, number: i64) -> Self {
        let _ = write!(self.0, "<{name}>{number}</{name}>");
        self
    }

    /// An element that holds one element per item.
    pub(crate) fn list(mut self, name: &str, item: &str, items: &[&str]) -> Self {
        let inner = items
            .iter()
            .fold(Self::default(), |doc, text| doc.text(item, text));
        let _ = write!(self.0, "<{name}>{}</{name}>", inner.0);
        self
    }

    /// The whole document.
    pub(crate) fn finish(&self) -> String {
        format!("<xml>{}</xml>", self.0)
    }
}

/// Text in CDATA; where it holds `]]>` itself, in two sections.
pub(crate) fn cdata(text: &str) -> String {
    format!("<![CDATA[{}]]>", text.replace("]]>", "]]]]><![CDATA[>"))
}

#[cfg(test)]
mod tests {
    use super::Doc;

    #[test]
    fn text_that_ends_a_section_survives() {
        let doc = Doc::default()
            .text("A", "x]]>y")
            .number("N", 3)
            .list("L", "Item", &["1", "2"]);
        assert_eq!(
            doc.finish(),
            "<xml><A><![CDATA[x]]]]><![CDATA[>y]]></A><N>3</N>\
             <L><Item><![CDATA[1]]></Item><Item><![CDATA[2]]></Item></L></xml>"
        );
    }
}
