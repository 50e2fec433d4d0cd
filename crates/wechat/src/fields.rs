//! Single fields out of a callback's tree: what must be there, what may be, and the key that all
//! deliveries of one event share.

use sha2::{Digest, Sha256};

use crate::crypto::hex;
use crate::xml::{Doubled, Element, XmlError};

/// What may be wrong with content that was signed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Wrong {
    #[error(transparent)]
    Tree(#[from] XmlError),
    #[error(transparent)]
    Doubled(#[from] Doubled),
    #[error("the element {0} is missing or empty")]
    Missing(&'static str),
    #[error("the element {0} is not a number")]
    Number(&'static str),
    #[error("the element {0} is no id")]
    Id(&'static str),
}

/// Ids, codes and numbers have no blanks of their own; those around them are somebody's layout.
pub(crate) fn trimmed<'a>(tree: &'a Element, name: &str) -> Result<Option<&'a str>, Doubled> {
    Ok(tree
        .text_of(name)?
        .map(str::trim)
        .filter(|text| !text.is_empty()))
}

/// A field that must say something.
pub(crate) fn text<'a>(tree: &'a Element, name: &'static str) -> Result<&'a str, Wrong> {
    trimmed(tree, name)?.ok_or(Wrong::Missing(name))
}

/// A field that may say something.
pub(crate) fn maybe(tree: &Element, name: &str) -> Result<Option<String>, Doubled> {
    Ok(trimmed(tree, name)?.map(str::to_owned))
}

/// A whole number, if there is one.
pub(crate) fn number(tree: &Element, name: &'static str) -> Result<Option<i64>, Wrong> {
    match trimmed(tree, name)? {
        None => Ok(None),
        Some(text) => text.parse().map(Some).map_err(|_| Wrong::Number(name)),
    }
}

/// Hashes the parts with their lengths, so that no two lists of parts share a key and a key is
/// short whatever the parts.
pub(crate) fn key(kind: &str, parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    format!("{kind}:{}", hex(&hash.finalize()))
}
