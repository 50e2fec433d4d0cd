//! The published known answers, checked against this crate's own reading.

use super::*;
use serde_json::Value;

fn vectors() -> Value {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../fixtures/crypto/vectors.json"
    );
    let text = std::fs::read_to_string(path).expect("fixtures/crypto/vectors.json is readable");
    serde_json::from_str(&text).expect("the vectors are JSON")
}

fn text<'a>(vector: &'a Value, name: &str) -> &'a str {
    vector[name].as_str().unwrap_or_default()
}

/// The random part: of this length as text, or not given.
fn random(vector: &Value) -> Option<[u8; 16]> {
    ["random16_utf8", "random"]
        .iter()
        .find_map(|name| vector[*name].as_str())
        .and_then(|text| text.as_bytes().try_into().ok())
}

fn receiver(vector: &Value) -> &str {
    vector["receive_id"]
        .as_str()
        .or(vector["app_id"].as_str())
        .unwrap_or_default()
}

#[test]
fn every_known_answer_opens_and_seals_to_the_same_bytes() {
    let all = vectors();
    let mut opened = 0;
    let mut sealed = 0;
    for group in ["wecom", "official_account_and_mini_program"] {
        for vector in all[group].as_array().expect("a list") {
            let name = vector["name"]
                .as_str()
                .or(vector["id"].as_str())
                .unwrap_or("?");
            let encrypt = text(vector, "encrypt");
            if encrypt.is_empty() {
                continue;
            }
            let words = [
                text(vector, "token"),
                text(vector, "timestamp"),
                text(vector, "nonce"),
                encrypt,
            ];
            assert!(
                signed_by(&words, text(vector, "msg_signature")),
                "{name}: signature"
            );
            let key = AesKey::read(text(vector, "encoding_aes_key")).expect(name);
            let result = open(&key, encrypt, receiver(vector));
            if vector["kind"] == "negative" {
                assert!(result.is_err(), "{name} must be refused");
                continue;
            }
            let plain = result.expect(name);
            assert_eq!(
                String::from_utf8_lossy(&plain),
                text(vector, "plaintext"),
                "{name}"
            );
            opened += 1;
            if let Some(random) = random(vector) {
                assert_eq!(
                    seal(&key, random, &plain, receiver(vector)),
                    encrypt,
                    "{name}"
                );
                sealed += 1;
            }
        }
    }
    assert!(opened >= 10, "only {opened} vectors were opened");
    assert!(sealed >= 9, "only {sealed} vectors were sealed");
}

#[test]
fn a_signature_over_another_nonce_is_refused() {
    let all = vectors();
    for vector in all["wecom_negative"].as_array().expect("a list") {
        let words = ["token", "timestamp", "nonce", "encrypt"].map(|name| text(vector, name));
        assert!(!signed_by(&words, text(vector, "msg_signature")));
    }
}

#[test]
fn a_key_with_stray_bits_is_read_and_a_short_one_is_not() {
    assert!(AesKey::read("0123456789abcdefghijklmnopqrstuvwxyzABCDEFG").is_ok());
    assert_eq!(AesKey::read("short").err(), Some(CryptoError::Key));
    assert_eq!(AesKey::read(&"*".repeat(43)).err(), Some(CryptoError::Key));
}

#[test]
fn frames_of_every_length_come_back() {
    let key = AesKey::read("jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C").expect("a key");
    for length in 0..100 {
        let body = vec![b'x'; length];
        let sealed = seal(&key, [7; 16], &body, "wwcorp");
        assert_eq!(
            open(&key, &sealed, "wwcorp").as_deref(),
            Ok(body.as_slice())
        );
        assert_eq!(open(&key, &sealed, "other"), Err(CryptoError::Receiver));
    }
    assert_eq!(open(&key, "", "wwcorp"), Err(CryptoError::Ciphertext));
    assert_eq!(open(&key, "AAAA", "wwcorp"), Err(CryptoError::Ciphertext));
}
