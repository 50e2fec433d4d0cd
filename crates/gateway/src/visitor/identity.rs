//! Signed identities: HS256 JWT of the brand. The algorithm is pinned; anything else fails closed,
//! also what a token says of itself and we do not understand (`crit`), or says to somebody else (`aud`).

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
    /// Not before.
    #[serde(default)]
    nbf: Option<Number>,
    /// Made at.
    #[serde(default)]
    iat: Option<Number>,
    /// For whom, if not for whoever knows the key.
    #[serde(default)]
    aud: Option<Audience>,
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

/// One or several.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Some(Vec<String>),
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    crit: Option<Value>,
}

/// Longest token.
const LONGEST: usize = 4096;
/// So many seconds may the brand's clock be ahead of ours.
const AHEAD_S: f64 = 60.0;
/// Whom a token is for that is for us.
const US: &str = "kefu";

/// The claims, if the token is the brand's and lives at `now_s`.
pub(crate) fn verify(token: &str, key: Option<&str>, now_s: i64) -> Option<Claims> {
    let key = key.filter(|key| !key.is_empty())?;
    if token.len() > LONGEST {
        return None;
    }
    let (signed, signature) = token.rsplit_once('.')?;
    let (header, payload) = signed.split_once('.')?;
    let header: Header = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).ok()?).ok()?;
    if header.alg != "HS256" || header.crit.is_some() {
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
    if !named || !claims.live(now_s as f64) || !claims.are_for_us() {
        return None;
    }
    let name = claims
        .name
        .map(|name| name.chars().filter(|c| !c.is_control()).take(64).collect());
    Some(Claims { name, ..claims })
}

impl Claims {
    fn live(&self, now_s: f64) -> bool {
        let begun = |at: &Option<Number>| {
            at.as_ref()
                .is_none_or(|at| at.as_f64().is_some_and(|at| at <= now_s + AHEAD_S))
        };
        let ends = self.exp.as_f64().is_some_and(|exp| exp > now_s);
        ends && begun(&self.nbf) && begun(&self.iat)
    }

    fn are_for_us(&self) -> bool {
        match &self.aud {
            None => true,
            Some(Audience::One(one)) => one == US,
            Some(Audience::Some(all)) => all.iter().any(|one| one == US),
        }
    }
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
    fn a_token_counts_from_its_time_on_and_for_whom_it_was_made() {
        let holds = |more: &str| {
            let payload = format!(r#"{{"sub":"8802","exp":2000{more}}}"#);
            verify(&sign(HS256, &payload, "key"), Some("key"), 1000).is_some()
        };
        for good in [
            r#","nbf":1000"#,
            r#","nbf":1060,"iat":1060.0"#,
            r#","iat":-1"#,
            r#","aud":"kefu""#,
            r#","aud":["shop","kefu"]"#,
            r#","iss":"shop","jti":"1""#,
        ] {
            assert!(holds(good), "{good}");
        }
        for bad in [
            r#","nbf":1061"#,
            r#","nbf":1060.5"#,
            r#","nbf":"900""#,
            r#","iat":1061"#,
            r#","iat":1e300"#,
            r#","aud":"shop""#,
            r#","aud":["shop"]"#,
            r#","aud":[]"#,
            r#","aud":7"#,
        ] {
            assert!(!holds(bad), "{bad}");
        }
    }

    #[test]
    fn what_a_header_says_to_be_critical_is_not_passed_over() {
        let header = r#"{"alg":"HS256","crit":["b64"],"b64":false}"#;
        let odd = sign(header, r#"{"sub":"8802","exp":2000}"#, "key");
        assert_eq!(verify(&odd, Some("key"), 1000), None);
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
