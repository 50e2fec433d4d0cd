//! Recorded pushes of a kind of account, in every mode, each with what it becomes in `items.json`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use kefu_domain::{Content, setup::Connection};
use kefu_wechat::crypto::{self, EncodingAesKey};
use serde_json::{Value, json};

use crate::{Channel, Item, Kept, Notice, Refused, Welcome};

const APPID: &str = "wx0123456789abcdef";
const TOKEN: &str = "pushToken1";
/// Its last character carries stray bits.
const KEY: &str = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG";
const OLDER_KEY: &str = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C";

pub(crate) fn client() -> kefu_wechat::client::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let clock = std::sync::Arc::new(std::time::Instant::now);
    kefu_wechat::client::Client::new(Default::default(), clock).unwrap()
}

fn folder(kind: &str) -> PathBuf {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
    root.join(kind)
}

fn connection(kind: &str, plain: bool) -> Connection {
    Connection {
        id: Default::default(),
        channel: kind.into(),
        name: "test".into(),
        corpid: APPID.into(),
        agentid: None,
        secret: "s".into(),
        token: TOKEN.into(),
        encoding_aes_key: KEY.into(),
        previous: Some(("pushToken0".into(), OLDER_KEY.into())),
        used_at: None,
        plain,
        card_appid: None,
        card_page: None,
        base_url: None,
        paused: false,
    }
}

/// Signed now: what is older than dedupe keys is refused.
fn signed(token: &str, encrypted: Option<&str>) -> String {
    let at = (crate::platform::now() / 1_000).to_string();
    let plain = crypto::signature(&[token, &at, "n0nce"]);
    let query = format!("signature={plain}&timestamp={at}&nonce=n0nce&openid=o");
    match encrypted {
        None => query,
        Some(encrypted) => {
            let whole = crypto::signature(&[token, &at, "n0nce", encrypted]);
            format!("{query}&encrypt_type=aes&msg_signature={whole}")
        }
    }
}

fn sealed(key: &str, plain: &[u8], receiver: &str) -> String {
    let key = EncodingAesKey::parse(key).unwrap();
    crypto::encrypt(&key, [7; 16], plain, receiver).unwrap()
}

/// The body with its ciphertext beside it, in the body's own form; none where that has no room.
fn compatible(body: &[u8], encrypted: &str) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(body).ok()?;
    let (inside, end) = match text.strip_suffix("</xml>") {
        Some(inside) => (
            inside,
            format!("<Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"),
        ),
        None => (
            text.strip_suffix('}')?,
            format!(",\"Encrypt\":\"{encrypted}\"}}"),
        ),
    };
    Some(format!("{inside}{end}").into_bytes())
}

/// Every mode in which a push may come, and what is received.
fn in_every_mode(channel: &dyn Channel, body: &[u8]) -> Vec<Vec<Notice>> {
    let kind = channel.kind();
    let encrypted = sealed(KEY, body, APPID);
    let query = signed(TOKEN, Some(&encrypted));
    let safe_xml = format!("<xml><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>").into_bytes();
    let safe_json = format!("{{\"Encrypt\":\"{encrypted}\"}}").into_bytes();
    let mut bodies = vec![safe_xml, safe_json];
    bodies.extend(compatible(body, &encrypted));
    let safe = connection(kind, false);
    let opened = bodies
        .iter()
        .map(|body| channel.receive(&safe, &query, body));
    let plain = channel.receive(&connection(kind, true), &signed(TOKEN, None), body);
    opened
        .chain([plain])
        .map(|result| result.unwrap())
        .collect()
}

fn shown(notice: &Notice, body: &[u8]) -> Value {
    match notice {
        Notice::Items(items) => items.iter().map(item).collect(),
        Notice::Other {
            why,
            raw,
            event_key,
        } => {
            assert!(!event_key.is_empty() && event_key.len() <= 96);
            assert_eq!(raw.as_bytes(), body, "what is kept is kept whole");
            json!({ "kept": match why {
                Kept::Known => "known",
                Kept::Unknown => "unknown",
                Kept::Malformed => "malformed",
            }})
        }
        other => panic!("{other:?}"),
    }
}

fn item(item: &Item) -> Value {
    match item {
        Item::Message {
            address,
            key,
            content,
            at,
        } => {
            let stored = Content::from_json(&content.to_json()).unwrap();
            assert_eq!(&stored, content, "it is stored and read again");
            json!({ "message": content, "from": address, "key": key, "at": at })
        }
        Item::Looked {
            address, source, ..
        } => json!({
            "looked": { "kind": source.kind, "title": source.title, "detail": source.detail, "url": source.url },
            "from": address, "at": source.at,
        }),
        Item::Entered {
            address,
            source,
            welcome,
            grant,
            at,
            ..
        } => json!({
            "entered": { "kind": source.kind, "title": source.title, "detail": source.detail },
            "from": address, "welcome": welcome == &Some(Welcome::Message), "grant": grant, "at": at,
        }),
        Item::Tapped {
            address,
            item,
            source,
            grant,
            at,
            ..
        } => json!({
            "tapped": item, "title": source.title, "detail": source.detail, "from": address,
            "grant": grant, "at": at, "url": source.url,
        }),
        Item::Left { address, at, .. } => json!({ "left": address, "at": at }),
        other => panic!("{other:?}"),
    }
}

/// Every fixture of `fixtures/<kind>/push` becomes what `fixtures/<kind>/items.json` says, in every
/// mode, and nothing is expected of a fixture that is not there.
pub(crate) fn check(channel: &dyn Channel) {
    let folder = folder(channel.kind());
    let expected = std::fs::read(folder.join("items.json")).unwrap();
    let expected: BTreeMap<String, Value> = serde_json::from_slice(&expected).unwrap();
    let mut told = BTreeMap::new();
    for file in std::fs::read_dir(folder.join("push")).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let body = std::fs::read(&path).unwrap();
        let mut modes = in_every_mode(channel, &body);
        assert!(modes.len() >= 3, "{name}");
        let first = modes.pop().unwrap();
        for other in modes {
            assert_eq!(other, first, "{name} is the same in every mode");
        }
        assert_eq!(first.len(), 1, "{name}");
        told.insert(name, shown(&first[0], &body));
    }
    for (name, told) in &told {
        assert_eq!(Some(told), expected.get(name), "{name}: {told}");
    }
    assert_eq!(
        told.len(),
        expected.len(),
        "every expectation has its fixture"
    );
}

/// What is not the platform's, or not for this connection, is refused with one face.
pub(crate) fn refuses(channel: &dyn Channel) {
    let kind = channel.kind();
    let (safe, plain) = (connection(kind, false), connection(kind, true));
    let body = b"<xml><ToUserName>gh_a</ToUserName></xml>";
    let encrypted = sealed(KEY, body, APPID);
    let envelope =
        |encrypted: &str| format!("<xml><Encrypt>{encrypted}</Encrypt></xml>").into_bytes();
    let rejected = |connection: &Connection, query: &str, body: &[u8]| {
        let result = channel.receive(connection, query, body);
        assert!(
            matches!(result, Err(Refused::Rejected(_))),
            "{query}: {result:?}"
        );
    };
    let good = signed(TOKEN, Some(&encrypted));
    assert!(channel.receive(&safe, &good, &envelope(&encrypted)).is_ok());
    // Nothing plain at an encrypted door, whoever signs the query.
    rejected(&safe, &signed(TOKEN, None), body);
    rejected(&safe, &good, body);
    rejected(&plain, &signed("another", None), body);
    rejected(
        &safe,
        &signed("another", Some(&encrypted)),
        &envelope(&encrypted),
    );
    // The signature of one with the frame of another; a frame for somebody else; frames that do not
    // open, though they are signed.
    rejected(&safe, &good, &envelope(&sealed(KEY, b"other", APPID)));
    let foreign = sealed(KEY, body, "wx_somebody_else");
    for broken in [
        foreign.as_str(),
        "",
        "AAAA",
        "AA-_",
        "!!!!",
        &encrypted[..64],
    ] {
        rejected(&safe, &signed(TOKEN, Some(broken)), &envelope(broken));
    }
    let mode = good.replace("encrypt_type=aes", "encrypt_type=des");
    rejected(&plain, &mode, &envelope(&encrypted));
    // The pair before the last rotation still opens, and the one before that does not.
    let older = sealed(OLDER_KEY, body, APPID);
    let query = signed("pushToken0", Some(&older));
    assert!(channel.receive(&safe, &query, &envelope(&older)).is_ok());
    let rotated = Connection {
        previous: None,
        used_at: None,
        ..connection(kind, false)
    };
    rejected(&rotated, &query, &envelope(&older));
    // What is no callback at all.
    let malformed = |query: &str, body: &[u8]| {
        let result = channel.receive(&plain, query, body);
        assert!(matches!(result, Err(Refused::Malformed(_))), "{result:?}");
    };
    let fine = signed(TOKEN, None);
    malformed(&format!("{fine}&nonce=n"), body);
    malformed(&fine.replace("timestamp=", "timestamp=x"), body);
    let entities = b"<!DOCTYPE a [<!ENTITY a \"b\">]><xml>&a;</xml>";
    let forbidden = channel.receive(&plain, &fine, entities);
    assert_eq!(forbidden, Err(Refused::Forbidden));
    malformed(&fine, b"<xml><a>");
    malformed(&fine, b"{\"a\":1");
    malformed(&fine, b"\xd3\xd0\xbb\xf5");
    malformed(&fine, b"<xml/><xml/>");
    let huge = vec![b'x'; 300 << 10];
    assert_eq!(
        channel.receive(&plain, &fine, &huge),
        Err(Refused::TooLarge)
    );
}

/// The platform's question is answered word for word, to who knows the token.
pub(crate) fn verifies(channel: &dyn Channel) {
    let connection = connection(channel.kind(), false);
    for token in [TOKEN, "pushToken0"] {
        let query = format!("{}&echostr=5838479218127813673", signed(token, None));
        let echo = channel.verify(&connection, &query).unwrap();
        assert_eq!(echo, b"5838479218127813673");
    }
    let query = format!("{}&echostr=1", signed("another", None));
    let refused = channel.verify(&connection, &query);
    assert!(matches!(refused, Err(Refused::Rejected(_))));
    let nothing = channel.verify(&connection, &signed(TOKEN, None));
    assert!(matches!(nothing, Err(Refused::Malformed(_))));
}

/// The form asks for fields that a connection has, and makes ours.
pub(crate) fn asks_for_what_a_connection_has(channel: &dyn Channel) {
    let row = serde_json::to_value(connection(channel.kind(), false)).unwrap();
    for field in channel.fields() {
        assert!(row.get(field.name).is_some(), "{}", field.name);
        assert_eq!(row[field.name].is_boolean(), field.switch, "{}", field.name);
    }
    let fresh = channel.new_callback_secrets().unwrap();
    assert!(EncodingAesKey::parse(&fresh.encoding_aes_key).is_ok() && fresh.token.len() == 32);
}

/// The tests that each of them has, over its own fixtures.
macro_rules! tests {
    ($channel:path) => {
        use crate::push::recorded;

        fn channel() -> crate::push::PushChannel {
            $channel(&recorded::client())
        }

        #[test]
        fn every_recorded_push_becomes_its_item() {
            recorded::check(&channel());
        }

        #[test]
        fn what_is_not_the_platforms_is_refused() {
            recorded::refuses(&channel());
        }

        #[test]
        fn the_url_is_verified_word_for_word() {
            recorded::verifies(&channel());
        }

        #[test]
        fn the_form_asks_for_fields_that_a_connection_has() {
            recorded::asks_for_what_a_connection_has(&channel());
        }
    };
}
pub(crate) use tests;
