//! The signature by which a receiver knows us.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// `t=<seconds>,v1=<hex>`: HMAC-SHA256 of the time, a full stop and the body.
#[must_use]
pub fn sign(secret: &str, at_s: i64, body: &[u8]) -> String {
    // HMAC takes keys of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return String::new();
    };
    mac.update(at_s.to_string().as_bytes());
    mac.update(b".");
    mac.update(body);
    let mut text = format!("t={at_s},v1=");
    for byte in mac.finalize().into_bytes() {
        text.push_str(&format!("{byte:02x}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_the_one_that_the_readme_tells_how_to_make() {
        // printf '1775109780.{"event":"test"}' | openssl dgst -sha256 -hmac whsec_1
        let made = sign("whsec_1", 1_775_109_780, br#"{"event":"test"}"#);
        assert_eq!(
            made,
            "t=1775109780,v1=b67800335fbc6c80a6f9b5ad40c53eda3bc40ff9724d994926f57b38d7e303cd"
        );
        assert_ne!(made, sign("whsec_2", 1_775_109_780, br#"{"event":"test"}"#));
        assert_ne!(made, sign("whsec_1", 1_775_109_781, br#"{"event":"test"}"#));
    }
}
