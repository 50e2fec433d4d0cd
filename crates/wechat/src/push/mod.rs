//! Pushes of official accounts, mini-programs and shops: plain or encrypted, XML or JSON.
//!
//! | mode | `encrypt_type` | signed | read |
//! |---|---|---|---|
//! | plain | absent or `raw` | token, timestamp, nonce: not the body | the body |
//! | compatible, safe | `aes` | these and the ciphertext, as `msg_signature` | the ciphertext alone |
//!
//! The checks are those of [`crate::callback`], in the same order, and refuse with the same faces.
//! What verifies comes out as a [`Push`], at worst [`What::Unknown`] or [`What::Malformed`].

mod event;
mod message;
mod read;
#[cfg(test)]
mod tests;

use secrecy::ExposeSecret;

use crate::callback::query::Query;
use crate::callback::{Reason, Refusal, Rejected, Secrets, decrypt};
use crate::xml::{self, Element, XmlError};
use crate::{crypto, json};

pub use event::{Event, Menu, Opened, ScanCode};
pub use message::{Article, Media, Message, MiniProgramPage, Place, ShopMessage, Text, Voice};

/// One thing that the platform pushed.
#[derive(Debug, Clone, PartialEq)]
pub struct Push {
    /// The account, by its original id (原始 ID).
    pub to: String,
    /// Whom it is about; empty where the platform speaks for itself.
    pub from: String,
    /// Unix seconds.
    pub created_at: i64,
    /// Names it over all its deliveries: a repeated one has the same key. At most 96 bytes.
    pub key: String,
    /// What happened.
    pub what: What,
}

/// What a [`Push`] tells.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// A customer wrote.
    Message(Message),
    /// A customer wrote something that we have no words for.
    UnknownMessage {
        /// `MsgType`.
        msg_type: String,
    },
    /// Something happened.
    Event(Event),
    /// An event without words here.
    Unknown {
        /// `Event`.
        event: String,
    },
    /// It cannot be read: a part is missing, doubled or out of range.
    Malformed {
        /// What is wrong with it.
        why: String,
    },
}

/// A verified push.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// What it says.
    pub push: Push,
    /// The `timestamp` that was signed, unix seconds.
    pub signed_at: i64,
    /// Which of the secrets fitted; above 0 the platform still uses an older one.
    pub secret: usize,
    /// The bytes as they came, decrypted.
    pub raw: Vec<u8>,
}

/// Answers a URL verification: the bytes to send back, exactly and with nothing around them.
///
/// # Errors
/// [`Refusal`]; `Query` when `echostr` is missing.
pub fn verify_url(secrets: &[Secrets], query: &str) -> Result<Vec<u8>, Refusal> {
    let query = Query::parse(query)?;
    let echo = query.echo()?;
    plainly_signed(secrets, &query)?;
    Ok(echo.as_bytes().to_vec())
}

/// Opens a push. `plain` says whether the connection is set up for plain ones: an encrypted door
/// takes no others.
///
/// # Errors
/// [`Refusal`]. Whatever verifies is returned as a [`Delivery`], not an error.
pub fn open(
    secrets: &[Secrets],
    plain: bool,
    query: &str,
    body: &[u8],
) -> Result<Delivery, Refusal> {
    let query = Query::parse(query)?;
    if body.len() > xml::MAX_BYTES {
        return Err(Refusal::TooLarge);
    }
    let (tree, raw, secret) = match query.encrypt_type.as_deref() {
        None | Some("" | "raw") if plain => {
            let secret = plainly_signed(secrets, &query)?;
            let tree = envelope(body)?;
            (Ok(tree), body.to_vec(), secret)
        }
        None | Some("" | "raw") => return Err(Rejected::of(Reason::NotEncrypted).into()),
        Some("aes") => {
            let outer = envelope(body)?;
            let (raw, secret) = decrypt(secrets, &query, ciphertext(&outer)?)?;
            let inner = tree(&raw);
            same_addressee(&outer, inner.as_ref().ok())?;
            (inner, raw, secret)
        }
        Some(_) => return Err(Rejected::of(Reason::Mode).into()),
    };
    Ok(Delivery {
        push: read::push(tree, &raw),
        signed_at: query.signed_at,
        secret,
        raw,
    })
}

/// Which of the secrets signed the query alone. All are computed, so that the time taken tells
/// nothing.
fn plainly_signed(secrets: &[Secrets], query: &Query) -> Result<usize, Rejected> {
    let signed = secrets.iter().map(|secret| {
        let parts = [secret.token.expose_secret(), &query.timestamp, &query.nonce];
        crypto::signature_matches(&parts, &query.plain_signature)
    });
    let signed: Vec<bool> = signed.collect();
    let first = signed.iter().position(|fits| *fits);
    first.ok_or_else(|| Rejected::of(Reason::Signature))
}

/// JSON where it looks like an object, else XML.
fn tree(body: &[u8]) -> Result<Element, XmlError> {
    let start = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    match start.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'{') => json::read(body),
        _ => xml::read(body),
    }
}

fn envelope(body: &[u8]) -> Result<Element, Refusal> {
    tree(body).map_err(|error| match error {
        XmlError::TooLarge => Refusal::TooLarge,
        other => Refusal::Unreadable(other),
    })
}

fn ciphertext(outer: &Element) -> Result<&str, Refusal> {
    match outer.text_of("Encrypt") {
        Ok(Some(encrypted)) => Ok(encrypted.trim()),
        Ok(None) => Err(Rejected::of(Reason::NotEncrypted).into()),
        Err(_doubled) => Err(Refusal::Unreadable(XmlError::Malformed)),
    }
}

/// The envelope is not signed: it must not name another account than what was signed does.
fn same_addressee(outer: &Element, inner: Option<&Element>) -> Result<(), Rejected> {
    let Some(inner) = inner else { return Ok(()) };
    let name = |tree: &Element| -> Option<String> {
        let name = tree.text_of("ToUserName").ok()??;
        Some(name.trim().to_owned())
    };
    match (name(outer), name(inner)) {
        (Some(outer), Some(inner)) if outer != inner => Err(Rejected::of(Reason::Addressee)),
        _ => Ok(()),
    }
}
