//! Every known answer of `fixtures/crypto/vectors.json`, and what must hold for any bytes.

use aes::Aes256;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cbc::cipher::block_padding::NoPadding;
use cbc::cipher::{BlockModeEncrypt, KeyIvInit};
use proptest::prelude::*;
use secrecy::ExposeSecret;
use serde_json::Value;

use super::*;

fn vectors() -> Value {
    let text = include_str!("../../../../fixtures/crypto/vectors.json");
    serde_json::from_str(text).unwrap()
}

fn str_of<'a>(vector: &'a Value, names: &[&str]) -> Option<&'a str> {
    names
        .iter()
        .find_map(|name| vector.get(name))
        .and_then(Value::as_str)
}

/// Checks every statement that a vector makes, and says which kinds of statement it made.
fn check(vector: &Value) -> Vec<&'static str> {
    let name = str_of(vector, &["name", "id"]).unwrap();
    let field = |names: &[&str]| str_of(vector, names);
    let mut checked = Vec::new();
    let token = field(&["token"]).unwrap();
    let (timestamp, nonce) = (field(&["timestamp"]).unwrap(), field(&["nonce"]).unwrap());
    let parts = [token, timestamp, nonce];

    if let Some(plain) = field(&["signature"]) {
        assert_eq!(signature(&parts), plain, "{name}: signature");
        checked.push("signature");
    }
    if let Some(concat) = field(&["sort_concat"]) {
        let mut sorted = parts.to_vec();
        sorted.sort_unstable();
        assert_eq!(sorted.concat(), concat, "{name}: order");
    }
    let Some(encrypted) = field(&["encrypt"]) else {
        return checked;
    };
    let key = EncodingAesKey::parse(field(&["encoding_aes_key"]).unwrap()).unwrap();
    let receiver = field(&["receive_id", "app_id"]).unwrap();
    let signed = [token, timestamp, nonce, encrypted];
    let given = field(&["msg_signature"]).unwrap();
    let expect = field(&["expect"]).unwrap_or_default();

    if expect.contains("signature mismatch") {
        assert!(
            !signature_matches(&signed, given),
            "{name}: must be refused"
        );
        return vec!["negative"];
    }
    assert!(signature_matches(&signed, given), "{name}: msg_signature");
    assert!(
        !signature_matches(&signed, &given.to_uppercase()),
        "{name}: upper-case hex"
    );
    checked.push("msg_signature");

    let opened = decrypt(&key, encrypted, receiver);
    if expect.contains("receiver id differs") {
        assert_eq!(opened, Err(FrameError::Receiver), "{name}");
        return vec!["negative"];
    }
    if expect.contains("exceeds the frame") {
        assert_eq!(opened, Err(FrameError::MessageLength), "{name}");
        return vec!["negative"];
    }
    assert!(
        expect.is_empty(),
        "{name}: an expectation this test does not know: {expect}"
    );
    let plaintext = field(&["plaintext"]).unwrap();
    assert_eq!(
        String::from_utf8(opened.unwrap()).unwrap(),
        plaintext,
        "{name}: plaintext"
    );
    checked.push("decrypt");

    if let Some(random) = field(&["random16_utf8", "random"]) {
        let random = random.as_bytes().try_into().unwrap();
        let again = encrypt(&key, random, plaintext.as_bytes(), receiver).unwrap();
        assert_eq!(again, encrypted, "{name}: bytes");
        checked.push("encrypt");
    }
    if let Some(canonical) = field(&["canonical_key"]) {
        let canonical = EncodingAesKey::parse(canonical).unwrap();
        assert_eq!(
            canonical.bytes(),
            key.bytes(),
            "{name}: stray bits are dropped"
        );
    }
    checked
}

#[test]
fn every_vector_holds() {
    let vectors = vectors();
    let mut counts = std::collections::BTreeMap::new();
    for section in [
        "wecom",
        "wecom_negative",
        "official_account_and_mini_program",
    ] {
        for vector in vectors[section].as_array().unwrap() {
            let checked = check(vector);
            assert!(!checked.is_empty(), "a vector states nothing: {vector}");
            for kind in checked {
                *counts.entry(kind).or_insert(0) += 1;
            }
        }
    }
    let counts: Vec<_> = counts.into_iter().collect();
    let expected = [
        ("decrypt", 10),
        ("encrypt", 10),
        ("msg_signature", 10),
        ("negative", 3),
        ("signature", 5),
    ];
    assert_eq!(counts, expected);
}

const KEY: &str = "kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR";

/// Encrypts arbitrary frame bytes, so that a test may write a wrong frame under the right key.
fn seal(frame: &[u8]) -> String {
    let key = EncodingAesKey::parse(KEY).unwrap();
    let mut bytes = frame.to_vec();
    let whole = bytes.len();
    cbc::Encryptor::<Aes256>::new(key.bytes().into(), &key.iv().into())
        .encrypt_padded::<NoPadding>(&mut bytes, whole)
        .unwrap();
    STANDARD.encode(bytes)
}

fn framed(length: u32, message: &[u8], receiver: &[u8], pad: &[u8]) -> String {
    seal(&[&[7; 16][..], &length.to_be_bytes(), message, receiver, pad].concat())
}

#[test]
fn wrong_frames_are_refused_by_the_first_check_that_fails() {
    let key = EncodingAesKey::parse(KEY).unwrap();
    let open = |text: &str| decrypt(&key, text, "ww0").unwrap_err();
    assert_eq!(open("!!!!"), FrameError::Base64);
    assert_eq!(open("abc"), FrameError::Base64);
    assert_eq!(
        open("-_-_-_-_"),
        FrameError::Base64,
        "URL-safe base64 is another alphabet"
    );
    assert_eq!(open(""), FrameError::Length(0));
    assert_eq!(open("AAAA"), FrameError::Length(3));
    assert_eq!(
        open(&seal(&[16; 16])),
        FrameError::MessageLength,
        "one block, all padding"
    );

    // 16 + 4 + 6 + 3 = 29 bytes of frame: three of padding fill the block of 32.
    assert_eq!(
        open(&framed(6, b"abcdef", b"ww0", &[0, 0, 0])),
        FrameError::Padding
    );
    assert_eq!(
        open(&framed(6, b"abcdef", b"ww0", &[33, 33, 33])),
        FrameError::Padding
    );
    assert_eq!(
        open(&framed(6, b"abcdef", b"ww0", &[3, 2, 3])),
        FrameError::Padding
    );
    assert_eq!(
        open(&seal(&[32; 16])),
        FrameError::Padding,
        "more padding than frame"
    );
    for length in [10, 5_000, u32::MAX, 0x8000_0000] {
        let frame = framed(length, b"abcdef", b"ww0", &[3, 3, 3]);
        assert_eq!(open(&frame), FrameError::MessageLength, "length {length}");
    }
    assert_eq!(
        open(&framed(6, b"abcdef", b"ww1", &[3, 3, 3])),
        FrameError::Receiver
    );
    assert_eq!(
        open(&framed(5, b"abcdef", b"ww0", &[3, 3, 3])),
        FrameError::Receiver
    );
    let right = framed(6, b"abcdef", b"ww0", &[3, 3, 3]);
    assert_eq!(decrypt(&key, &right, "ww0").unwrap(), b"abcdef");
}

#[test]
fn a_key_is_43_letters_and_digits() {
    assert_eq!(EncodingAesKey::parse("").unwrap_err(), KeyError::Length(0));
    assert_eq!(
        EncodingAesKey::parse(&format!("{KEY}=")).unwrap_err(),
        KeyError::Length(44)
    );
    assert_eq!(
        EncodingAesKey::parse(&"*".repeat(43)).unwrap_err(),
        KeyError::Character
    );
    let padded = format!("{}=", &KEY[..42]);
    assert_eq!(
        EncodingAesKey::parse(&padded).unwrap_err(),
        KeyError::Character
    );
    let shown = format!("{:?}", EncodingAesKey::parse(KEY).unwrap());
    assert!(!shown.contains("kWx"), "{shown}");
}

#[test]
fn a_generated_key_pleases_strict_decoders() {
    for _ in 0..500 {
        let text = EncodingAesKey::generate(&mut rand::rng());
        let text = text.expose_secret();
        assert!(
            text.len() == 43 && text.bytes().all(|b| b.is_ascii_alphanumeric()),
            "{text}"
        );
        let strict = STANDARD.decode(format!("{text}=")).unwrap();
        assert_eq!(strict, EncodingAesKey::parse(text).unwrap().bytes());
    }
}

proptest! {
    #[test]
    fn what_is_encrypted_decrypts(
        random in any::<[u8; 16]>(),
        message in prop::collection::vec(any::<u8>(), 0..600),
        receiver in "[a-z0-9]{0,40}",
    ) {
        let key = EncodingAesKey::parse(KEY).unwrap();
        let sealed = encrypt(&key, random, &message, &receiver).unwrap();
        prop_assert_eq!(STANDARD.decode(&sealed).unwrap().len() % 32, 0);
        prop_assert_eq!(decrypt(&key, &sealed, &receiver).unwrap(), message);
    }

    #[test]
    fn decrypting_never_panics(text in any::<String>(), frame in prop::collection::vec(any::<u8>(), 0..300)) {
        let key = EncodingAesKey::parse(KEY).unwrap();
        let _ = decrypt(&key, &text, "ww0");
        let _ = decrypt(&key, &STANDARD.encode(&frame), "ww0");
        let _ = EncodingAesKey::parse(&text);
        let mut whole = frame;
        whole.truncate(whole.len() / 16 * 16);
        let _ = decrypt(&key, &seal(&whole), "ww0");
    }
}
