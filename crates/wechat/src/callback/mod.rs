//! From the bytes of a callback to a typed event: URL verification and encrypted posts of WeCom.
//!
//! The order of checks is fixed: envelope, signature, frame, receiver, and only then the content.
//! What the platform signed is never refused for its content: an event that cannot be understood
//! comes out as [`Event::Unknown`] or [`Event::Malformed`] with its raw bytes. This module does
//! not remember deliveries; it names each by a [`Delivery::dedupe_key`] for those who do.

mod event;
pub(crate) mod query;
mod read;
#[cfg(test)]
mod tests;

use secrecy::{ExposeSecret, SecretString};

use crate::crypto::{self, EncodingAesKey, FrameError};
use crate::xml::{self, XmlError};

pub use event::{ChatChange, ChatUpdate, ContactChange, Event, ExternalChat, ExternalContact};
pub use query::QueryError;

/// What one side of a callback URL is configured with. During a rotation there are two of them.
#[derive(Debug, Clone)]
pub struct Secrets {
    /// The `Token` that signatures are made with.
    pub token: SecretString,
    /// The key of the frames.
    pub key: EncodingAesKey,
    /// Whom frames must be for: the corp id (the suite id for provider events).
    pub receive_id: String,
}

/// Why a callback was not accepted. The variants are as many as a sender may tell apart.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The query cannot be what the platform sends; nothing was checked.
    #[error("the query is not a callback's")]
    Query(#[from] QueryError),
    /// The body is longer than [`xml::MAX_BYTES`].
    #[error("the body is too large")]
    TooLarge,
    /// The body is not an XML envelope.
    #[error("the body is not a callback's envelope")]
    Unreadable(XmlError),
    /// It is not from the platform, or not for us.
    #[error(transparent)]
    Rejected(#[from] Rejected),
}

/// A refusal of what may be an attack. It shows the same face whatever the reason.
#[derive(Debug, thiserror::Error)]
#[error("callback rejected")]
pub struct Rejected(Reason);

impl Rejected {
    pub(crate) fn of(reason: Reason) -> Self {
        Self(reason)
    }

    /// What was wrong, for our own logs; telling the sender would make an oracle.
    pub fn reason(&self) -> Reason {
        self.0
    }
}

/// What stands behind a [`Rejected`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// The envelope holds no ciphertext: somebody posts in plain text to an encrypted door.
    #[error("the envelope holds no ciphertext")]
    NotEncrypted,
    /// The signature is absent or fits none of the secrets.
    #[error("the signature is wrong")]
    Signature,
    /// `encrypt_type` is none that exists.
    #[error("the mode of encryption is unknown")]
    Mode,
    /// The envelope names another account than what was signed.
    #[error("the envelope is addressed to somebody else")]
    Addressee,
    /// Signed, but the frame does not open.
    #[error(transparent)]
    Frame(#[from] FrameError),
}

/// One callback that the platform made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// What it says.
    pub event: Event,
    /// Names the event over all its deliveries: a repeated one has the same key. At most 96 bytes.
    pub dedupe_key: String,
    /// The `timestamp` that was signed, unix seconds. Old ones are no proof of malice: retries come
    /// late. How late is too late is for the caller to say.
    pub signed_at: i64,
    /// Which of the secrets fitted; above 0 the platform still uses an older one.
    pub secret: usize,
    /// The decrypted bytes as they came.
    pub raw: Vec<u8>,
}

/// Answers a URL verification: the bytes to send back, exactly and with nothing around them.
///
/// `query` is the raw query string. `secrets` are tried in order.
///
/// # Errors
/// [`Refusal`]; `Query` when `echostr` is missing.
pub fn verify_url(secrets: &[Secrets], query: &str) -> Result<Vec<u8>, Refusal> {
    let query = query::Query::parse(query)?;
    let echo = query.echo()?;
    let (echo, _) = decrypt(secrets, &query, echo)?;
    Ok(echo)
}

/// Opens an encrypted post. `query` is the raw query string, `body` the whole body.
///
/// # Errors
/// [`Refusal`]. Whatever was signed and decrypted is returned as a [`Delivery`], not an error.
pub fn open(secrets: &[Secrets], query: &str, body: &[u8]) -> Result<Delivery, Refusal> {
    let query = query::Query::parse(query)?;
    let envelope = xml::read(body).map_err(|error| match error {
        XmlError::TooLarge => Refusal::TooLarge,
        other => Refusal::Unreadable(other),
    })?;
    let encrypted = match envelope.text_of("Encrypt") {
        Ok(Some(encrypted)) => encrypted.trim(),
        Ok(None) => return Err(Rejected(Reason::NotEncrypted).into()),
        Err(_doubled) => return Err(Refusal::Unreadable(XmlError::Malformed)),
    };
    let (raw, secret) = decrypt(secrets, &query, encrypted)?;
    let (event, dedupe_key) = read::event(&raw);
    Ok(Delivery {
        event,
        dedupe_key,
        signed_at: query.signed_at,
        secret,
        raw,
    })
}

/// Decrypts with the first of the secrets that signed it and opens it; says which it was.
pub(crate) fn decrypt(
    secrets: &[Secrets],
    query: &query::Query,
    encrypted: &str,
) -> Result<(Vec<u8>, usize), Rejected> {
    // Every signature is computed, so that the time taken does not tell which secret is in use.
    let signed: Vec<bool> = secrets
        .iter()
        .map(|secret| {
            let parts = [
                secret.token.expose_secret(),
                &query.timestamp,
                &query.nonce,
                encrypted,
            ];
            crypto::signature_matches(&parts, &query.signature)
        })
        .collect();
    let mut reason = Reason::Signature;
    // Two pairs may share a token and differ in the key, so a match alone does not decide.
    for (index, secret) in secrets
        .iter()
        .enumerate()
        .filter(|(index, _)| signed[*index])
    {
        match crypto::decrypt(&secret.key, encrypted, &secret.receive_id) {
            Ok(plain) => return Ok((plain, index)),
            Err(error) => reason = Reason::Frame(error),
        }
    }
    Err(Rejected(reason))
}
