//! Bounded reading of the XML that WeChat posts.
//!
//! The reader keeps everything it was given, in order, as a small tree; which elements matter is
//! for others to know. It refuses what no callback needs and every attack does (document types,
//! depth, floods of nodes), fetches nothing and expands nothing but the five entities of XML.

mod read;
#[cfg(test)]
mod tests;

pub use read::read;

/// Longest document that is looked at, in bytes. The door should stop reading there too.
pub const MAX_BYTES: usize = 256 * 1024;
/// Deepest nesting, the root counted.
pub const MAX_DEPTH: usize = 16;
/// Most elements, attributes, comments and instructions in one document.
pub const MAX_NODES: usize = 1_000;

/// Why a document was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum XmlError {
    /// More than [`MAX_BYTES`].
    #[error("the document is longer than {MAX_BYTES} bytes")]
    TooLarge,
    /// Not UTF-8, declared as something else, or with a NUL in it.
    #[error("the document is not UTF-8 text")]
    Encoding,
    /// A document type or an entity other than the five of XML.
    #[error("document types and entities are forbidden")]
    Forbidden,
    /// Deeper than [`MAX_DEPTH`].
    #[error("elements are nested deeper than {MAX_DEPTH}")]
    TooDeep,
    /// More than [`MAX_NODES`].
    #[error("the document has more than {MAX_NODES} nodes")]
    TooManyNodes,
    /// Unclosed, crossed or broken markup.
    #[error("the markup is broken or unfinished")]
    Malformed,
    /// No root, two of them, or text around the one.
    #[error("the document has not exactly one root")]
    NotOneRoot,
}

/// An element occurs more than once where one is meant. Taking either would be a guess.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the element {0} occurs more than once")]
pub struct Doubled(pub String);

/// One element with all that was inside it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Element {
    /// Tag name as written, prefix included.
    pub name: String,
    /// Attributes in order, values unescaped.
    pub attributes: Vec<(String, String)>,
    /// Text and CDATA directly inside, joined in order: `]]>` split over two sections is whole.
    pub text: String,
    /// Child elements in order.
    pub children: Vec<Element>,
}

impl Element {
    /// All children called `name`, in order.
    pub fn all<'a, 'n>(&'a self, name: &'n str) -> impl Iterator<Item = &'a Element> + use<'a, 'n> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The child called `name`, if there is one.
    ///
    /// # Errors
    /// [`Doubled`] when there are several.
    pub fn one(&self, name: &str) -> Result<Option<&Element>, Doubled> {
        let mut found = self.all(name);
        match (found.next(), found.next()) {
            (_, Some(_)) => Err(Doubled(name.to_owned())),
            (first, None) => Ok(first),
        }
    }

    /// The text of the child called `name`, if there is one.
    ///
    /// # Errors
    /// [`Doubled`] when there are several.
    pub fn text_of(&self, name: &str) -> Result<Option<&str>, Doubled> {
        Ok(self.one(name)?.map(|child| child.text.as_str()))
    }
}
