//! Signed identities: HS256 JWT of the brand. The algorithm is pinned; anything else fails closed.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use serde_json::{Number, Value};
use sha2::Sha256;

/// What a brand says of its user.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Claims {
    /// The brand's id of them, 1–128 characters.
    pub(crate) sub: String,
    /// Unix seconds, which may have parts.
    exp: Number,
    /// Shown.
    #[serde(default)]
    pub(crate) name: Option<String>,
    /// The platform's id of them over all of the brand's doors there, 1–128 characters.
    #[serde(default)]
    pub(crate) unionid: Option<String>,
    /// Facts; null takes one back.
    #[serde(default)]
    pub(crate) fields: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
}

/// Longest token.
const LONGEST: usize = 4096;

/// The claims, if the token is the brand's and lives at `now_s`.
pub(crate) fn verify(token: &str, key: Option<&str>, now_s: i64) -> Option<Claims> {
    let key = key.filter(|key| !key.is_empty())?;
    if token.len() > LONGEST {
        return None;
    }
    let (signed, signature) = token.rsplit_once('.')?;
    let (header, payload) = signed.split_once('.')?;
    let header: Header = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).ok()?).ok()?;
    if header.alg != "HS256" {
        return None;
    }
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).ok()?;
    mac.update(signed.as_bytes());
    // Compared in constant time.
    mac.verify_slice(&URL_SAFE_NO_PAD.decode(signature).ok()?)
        .ok()?;
    let claims: Claims = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
    let is_id = |id: &str| (1..=128).contains(&id.chars().count()) && !id.contains('\0');
    let named = is_id(&claims.sub) && claims.unionid.as_deref().is_none_or(is_id);
    let name = claims
        .name
        .map(|name| name.chars().filter(|c| !c.is_control()).take(64).collect());
    let lives = claims.exp.as_f64().is_some_and(|exp| exp > now_s as f64);
    (named && lives).then_some(Claims { name, ..claims })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sign(header: &str, payload: &str, key: &str) -> String {
        let signed = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header),
            URL_SAFE_NO_PAD.encode(payload)
        );
        let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
        mac.update(signed.as_bytes());
        format!(
            "{signed}.{}",
            URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
        )
    }

    const HS256: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

    #[test]
    fn only_the_brands_own_living_signature_counts() {
        let good = sign(HS256, r#"{"sub":"8802","exp":2000,"name":"周砚"}"#, "key");
        let claims = verify(&good, Some("key"), 1000).unwrap();
        assert_eq!(
            (claims.sub.as_str(), claims.name.as_deref()),
            ("8802", Some("周砚"))
        );
        assert_eq!(verify(&good, Some("other"), 1000), None);
        assert_eq!(verify(&good, None, 1000), None);
        assert_eq!(verify(&good, Some("key"), 2000), None);
        // As `Date.now() / 1000 + 600` makes it.
        let parts = sign(HS256, r#"{"sub":"8802","exp":2000.25}"#, "key");
        assert!(verify(&parts, Some("key"), 2000).is_some());
        assert_eq!(verify(&parts, Some("key"), 2001), None);
        let mut forged = good.clone();
        forged.replace_range(30..31, "x");
        assert_eq!(verify(&forged, Some("key"), 1000), None);
    }

    #[test]
    fn the_algorithm_is_pinned() {
        let payload = r#"{"sub":"8802","exp":2000}"#;
        let none = format!(
            "{}.{}.",
            URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#),
            URL_SAFE_NO_PAD.encode(payload)
        );
        assert_eq!(verify(&none, Some("key"), 1000), None);
        assert_eq!(
            verify(
                &sign(r#"{"alg":"HS512"}"#, payload, "key"),
                Some("key"),
                1000
            ),
            None
        );
        assert_eq!(
            verify(
                &sign(HS256, r#"{"sub":"","exp":2000}"#, "key"),
                Some("key"),
                1000
            ),
            None
        );
    }
}
