//! Lengths: what the platform would refuse or cut is refused or cut here first. All limits count
//! bytes of UTF-8 unless the name says characters.

/// A field of a request that the platform would refuse.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct Unfit {
    /// Name of the field on the wire.
    pub field: &'static str,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Required, but empty.
    #[error("must not be empty")]
    Empty,
    /// Too long, or too many.
    #[error("at most {max}, not {got}")]
    TooLong {
        /// The limit, in bytes, characters or items as the field has it.
        max: usize,
        /// What was given.
        got: usize,
    },
    /// A character or a value that the field does not take.
    #[error("not allowed here")]
    NotAllowed,
}

pub(crate) fn not_allowed(field: &'static str) -> Unfit {
    Unfit {
        field,
        problem: Problem::NotAllowed,
    }
}

pub(crate) fn at_most(field: &'static str, got: usize, max: usize) -> Result<(), Unfit> {
    if got <= max {
        Ok(())
    } else {
        Err(Unfit {
            field,
            problem: Problem::TooLong { max, got },
        })
    }
}

/// A required text of at most `max` bytes.
pub(crate) fn required(field: &'static str, text: &str, max: usize) -> Result<(), Unfit> {
    if text.is_empty() {
        return Err(Unfit {
            field,
            problem: Problem::Empty,
        });
    }
    at_most(field, text.len(), max)
}

/// A required http or https address of at most `max` bytes.
pub(crate) fn address(field: &'static str, url: &str, max: usize) -> Result<(), Unfit> {
    required(field, url, max)?;
    let scheme = url.split_once("://").map_or("", |(scheme, _)| scheme);
    let known = ["http", "https"]
        .iter()
        .any(|name| scheme.eq_ignore_ascii_case(name));
    if known {
        Ok(())
    } else {
        Err(not_allowed(field))
    }
}

/// An id of at most `max` bytes out of `[0-9a-zA-Z_-]`; may be empty.
pub(crate) fn plain_id(field: &'static str, id: &str, max: usize) -> Result<(), Unfit> {
    at_most(field, id.len(), max)?;
    let plain = id
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    if plain {
        Ok(())
    } else {
        Err(not_allowed(field))
    }
}

/// The longest head of `text` that has at most `max` bytes and ends between two characters.
pub fn cut(text: &str, max: usize) -> &str {
    &text[..text.floor_char_boundary(max)]
}

pub(crate) fn cut_in_place(text: &mut String, max: usize) {
    text.truncate(text.floor_char_boundary(max));
}
