//! The query string of a callback, decoded once.

/// Longest query string that is looked at.
const MAX_QUERY: usize = 8 * 1024;
/// Longest nonce; the platform's have about ten characters.
const MAX_NONCE: usize = 128;

/// Why a query string is not one that the platform makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// The whole or one value is longer than any real one.
    #[error("the query is too long")]
    TooLong,
    /// Bad percent-encoding or not UTF-8.
    #[error("the query is wrongly encoded")]
    Encoding,
    /// The parameter is there twice: taking either would be a guess.
    #[error("{0} is there more than once")]
    Doubled(&'static str),
    /// The parameter is missing or empty.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// The timestamp is not a plain number of seconds.
    #[error("the timestamp is not a number")]
    Timestamp,
}

/// The parameters that matter; all others are ignored.
#[derive(Debug)]
pub(crate) struct Query {
    /// `msg_signature`; empty when absent, which fits nothing.
    pub(crate) signature: String,
    /// `signature`, which covers the query alone; empty when absent.
    pub(crate) plain_signature: String,
    /// `encrypt_type`.
    pub(crate) encrypt_type: Option<String>,
    /// As received, because it is signed as text.
    pub(crate) timestamp: String,
    pub(crate) signed_at: i64,
    pub(crate) nonce: String,
    pub(crate) echostr: Option<String>,
}

impl Query {
    pub(crate) fn parse(query: &str) -> Result<Self, QueryError> {
        if query.len() > MAX_QUERY {
            return Err(QueryError::TooLong);
        }
        let signature = value_of(query, "msg_signature")?.unwrap_or_default();
        let plain_signature = value_of(query, "signature")?.unwrap_or_default();
        let encrypt_type = value_of(query, "encrypt_type")?;
        let timestamp = required(query, "timestamp")?;
        let nonce = required(query, "nonce")?;
        if nonce.len() > MAX_NONCE {
            return Err(QueryError::TooLong);
        }
        if !timestamp.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(QueryError::Timestamp);
        }
        let signed_at = timestamp.parse().map_err(|_| QueryError::Timestamp)?;
        // Base64 has no space: one in the echo is a plus that somebody decoded as a form.
        let echostr = value_of(query, "echostr")?.map(|echo| echo.replace(' ', "+"));
        Ok(Self {
            signature,
            plain_signature,
            encrypt_type,
            timestamp,
            signed_at,
            nonce,
            echostr,
        })
    }
}

impl Query {
    /// What a URL verification wants back.
    pub(crate) fn echo(&self) -> Result<&str, QueryError> {
        self.echostr
            .as_deref()
            .ok_or(QueryError::Missing("echostr"))
    }
}

fn required(query: &str, name: &'static str) -> Result<String, QueryError> {
    value_of(query, name)?
        .filter(|value| !value.is_empty())
        .ok_or(QueryError::Missing(name))
}

fn value_of(query: &str, name: &'static str) -> Result<Option<String>, QueryError> {
    let mut found = None;
    for pair in query.split('&') {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        if decode(key)? != name {
            continue;
        }
        if found.replace(decode(value)?).is_some() {
            return Err(QueryError::Doubled(name));
        }
    }
    Ok(found)
}

/// Form decoding: `+` is a space, `%XX` a byte.
fn decode(text: &str) -> Result<String, QueryError> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = bytes
                    .next()
                    .and_then(hex_digit)
                    .zip(bytes.next().and_then(hex_digit));
                let (high, low) = digits.ok_or(QueryError::Encoding)?;
                high << 4 | low
            }
            other => other,
        });
    }
    String::from_utf8(out).map_err(|_| QueryError::Encoding)
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}
