//! Recorded callbacks and messages of `fixtures/wecom_kf`, each with what it becomes.

use std::collections::BTreeMap;
use std::path::PathBuf;

use kefu_domain::{Content, setup::Connection};
use kefu_wechat::crypto::{self, EncodingAesKey};
use kefu_wechat::kf;
use serde_json::{Value, json};

use super::{WecomKf, inbound};
use crate::{Channel, ContactChange, Item, Notice, Refused, Welcome};

const CORP: &str = "ww0123456789abcdef";
const KEY: &str = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG";
const OLDER_KEY: &str = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C";
const SIGNED: i64 = 1_760_000_001;

fn folder(name: &str) -> PathBuf {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/wecom_kf");
    root.join(name)
}

/// Every fixture of a folder by its name.
fn fixtures(name: &str) -> BTreeMap<String, Vec<u8>> {
    let files = std::fs::read_dir(folder(name)).unwrap();
    let files = files.map(|file| file.unwrap().path());
    files
        .map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read(path).unwrap())
        })
        .collect()
}

/// What each fixture becomes.
fn expected(file: &str) -> BTreeMap<String, Value> {
    serde_json::from_slice(&std::fs::read(folder(file)).unwrap()).unwrap()
}

fn connection() -> Connection {
    Connection {
        id: Default::default(),
        channel: "wecom_kf".into(),
        name: "test".into(),
        corpid: CORP.into(),
        agentid: None,
        secret: "s".into(),
        token: "kfGatewayTok1".into(),
        encoding_aes_key: KEY.into(),
        previous: Some(("kfGatewayTok0".into(), OLDER_KEY.into())),
        used_at: None,
        plain: false,
        card_appid: None,
        card_page: None,
        base_url: None,
        paused: false,
    }
}

fn signed(token: &str, encrypted: &str) -> String {
    let at = SIGNED.to_string();
    let signature = crypto::signature(&[token, &at, "n0nce", encrypted]);
    format!("msg_signature={signature}&timestamp={at}&nonce=n0nce")
}

fn sealed(key: &str, plain: &[u8], receiver: &str) -> String {
    let key = EncodingAesKey::parse(key).unwrap();
    crypto::encrypt(&key, [7; 16], plain, receiver).unwrap()
}

fn envelope(encrypted: &str) -> String {
    format!("<xml><ToUserName>{CORP}</ToUserName><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>")
}

fn receive(plain: &[u8]) -> Vec<Notice> {
    let encrypted = sealed(KEY, plain, CORP);
    let query = signed("kfGatewayTok1", &encrypted);
    inbound::receive(
        &connection(),
        &query,
        envelope(&encrypted).as_bytes(),
        SIGNED,
    )
    .unwrap()
}

/// A notice as the file of expectations has it.
fn told(notice: Notice) -> Value {
    match notice {
        Notice::Bell { account, token } => json!({ "bell": account, "token": token }),
        Notice::Contact {
            change,
            userid,
            address,
            state,
            welcome_code,
            ..
        } => json!({
            "contact": match change {
                ContactChange::Added => "added",
                ContactChange::Removed => "removed",
            },
            "userid": userid, "address": address, "state": state, "welcome_code": welcome_code,
        }),
        Notice::Group {
            chat_id,
            joined,
            dismissed,
            ..
        } => json!({ "group": chat_id, "joined": joined, "dismissed": dismissed }),
        Notice::Accounts { given, taken, .. } => json!({ "given": given, "taken": taken }),
        Notice::Other { why, .. } => json!({ "kept": why }),
        Notice::Items(_) => panic!("kf is a Bell"),
    }
}

#[test]
fn every_recorded_callback_becomes_its_notice() {
    let mut expected = expected("notices.json");
    for (name, plain) in fixtures("callback") {
        let wanted = expected.remove(&name);
        let mut notices = receive(&plain);
        assert_eq!(notices.len(), 1, "{name}");
        let notice = notices.remove(0);
        if let Notice::Other { raw, event_key, .. } = &notice {
            assert_eq!(raw.as_bytes(), plain, "{name} is kept whole");
            assert!(!event_key.is_empty());
        }
        assert_eq!(Some(told(notice)), wanted, "{name}");
    }
    assert!(expected.is_empty(), "no fixture for {expected:?}");
}

/// An item as the file of expectations has it.
fn shown(item: Item) -> Value {
    let said = |content: &Content| serde_json::to_value(content).unwrap();
    match item {
        Item::Message {
            address,
            key,
            content,
            at,
        } => {
            json!({ "message": said(&content), "from": address, "key": key, "at": at })
        }
        Item::Servicer {
            address,
            key,
            userid,
            content,
            at,
        } => {
            json!({ "servicer": said(&content), "to": address, "key": key, "userid": userid, "at": at })
        }
        Item::Entered {
            address,
            key,
            source,
            welcome,
            grant,
            at,
        } => {
            assert_eq!(grant, None, "entering grants nothing here");
            let code = match welcome {
                Some(Welcome::Code(code)) => Some(code),
                Some(Welcome::Message) => panic!("{address} is welcomed by a code"),
                None => None,
            };
            json!({
                "entered": { "kind": source.kind, "title": source.title, "detail": source.detail },
                "address": address, "key": key, "welcome_code": code, "at": at,
            })
        }
        Item::Tapped { .. } | Item::Looked { .. } => panic!("kf tells no such thing"),
        Item::Left { address, key, at } => json!({ "left": address, "key": key, "at": at }),
        Item::NotDelivered { msgid, failure } => {
            json!({ "not_delivered": msgid, "code": failure.code, "reason": failure.reason })
        }
        Item::Recalled { key, .. } => json!({ "recalled": key }),
        Item::UpstreamSession {
            address,
            key,
            change,
            userid,
            code,
            at,
        } => {
            json!({ "session": change, "address": address, "key": key, "userid": userid, "code": code, "at": at })
        }
        Item::Receives {
            userid,
            receiving,
            key,
            raw,
        } => json!({ "receives": receiving, "userid": userid, "key": key, "raw": raw }),
        Item::Other {
            address,
            key,
            why,
            raw,
        } => json!({ "other": raw, "address": address, "key": key, "why": why }),
    }
}

fn page(entries: &str) -> crate::Page {
    let page = format!(r#"{{"next_cursor":"c1","has_more":0,"msg_list":[{entries}]}}"#);
    inbound::page(serde_json::from_str::<kf::Page>(&page).unwrap())
}

#[test]
fn every_recorded_message_becomes_its_item() {
    let mut expected = expected("items.json");
    for (name, entry) in fixtures("sync_msg") {
        let items = page(&String::from_utf8(entry).unwrap()).items;
        for item in &items {
            if let Item::Message { content, .. } | Item::Servicer { content, .. } = item {
                let stored = Content::from_json(&content.to_json()).unwrap();
                assert_eq!(&stored, content, "{name} is stored and read again");
            }
        }
        let mut told: Vec<Value> = items.into_iter().map(shown).collect();
        let told = match told.len() {
            1 => told.remove(0),
            _ => Value::Array(told),
        };
        assert_eq!(Some(told), expected.remove(&name), "{name}");
    }
    assert!(expected.is_empty(), "no fixture for {expected:?}");
}

#[test]
fn what_cannot_be_read_is_kept_under_the_same_key_each_time() {
    let entries = r#"7,{"msgtype":"text"},{"msgid":"m","origin":3,"send_time":1,
        "external_userid":"wm","msgtype":"text","text":{"content":"a\u0000b"}}"#;
    let (first, second) = (page(entries), page(entries));
    assert_eq!(first, second);
    let Item::Message { content, .. } = &first.items[0] else {
        panic!("what can be read comes first");
    };
    assert_eq!(
        content,
        &Content::text("ab"),
        "NUL is no character for a store"
    );
    let raw = |item: &Item| match item {
        Item::Other { raw, key, .. } => (raw.clone(), key.clone()),
        other => panic!("{other:?}"),
    };
    let (seven, no_id) = (raw(&first.items[1]), raw(&first.items[2]));
    assert_eq!(seven.0, json!(7));
    assert_eq!(no_id.0, json!({ "msgtype": "text" }));
    assert_ne!(seven.1, no_id.1);
}

#[test]
fn an_empty_page_says_whether_there_is_more() {
    let page = r#"{"next_cursor":"c2","has_more":1,"msg_list":[]}"#;
    let page = inbound::page(serde_json::from_str::<kf::Page>(page).unwrap());
    assert!(page.more && page.items.is_empty() && page.cursor == "c2");
}

#[test]
fn the_pair_before_the_last_rotation_still_opens() {
    let echo = sealed(OLDER_KEY, b"1616140317555161061", CORP);
    let query = |token: &str| {
        let encoded: String = echo.bytes().map(|byte| format!("%{byte:02X}")).collect();
        format!("{}&echostr={encoded}", signed(token, &echo))
    };
    let answer = inbound::verify(&connection(), &query("kfGatewayTok0"));
    assert_eq!(answer.unwrap(), b"1616140317555161061");
    let mut rotated = connection();
    rotated.previous = None;
    let refused = inbound::verify(&rotated, &query("kfGatewayTok0"));
    assert!(matches!(refused, Err(Refused::Rejected(_))));
}

#[test]
fn what_is_not_the_platforms_is_refused() {
    let plain = b"<xml><ToUserName>a</ToUserName></xml>";
    let encrypted = sealed(KEY, plain, CORP);
    let (token, body) = ("kfGatewayTok1", envelope(&encrypted));
    let good = signed(token, &encrypted);
    let try_it = |query: &str, body: &str, now: i64| {
        inbound::receive(&connection(), query, body.as_bytes(), now)
    };
    assert!(try_it(&good, &body, SIGNED).is_ok());
    let rejected = |result: Result<Vec<Notice>, Refused>| {
        assert!(matches!(result, Err(Refused::Rejected(_))), "{result:?}");
    };
    rejected(try_it(&signed("another", &encrypted), &body, SIGNED));
    rejected(try_it(
        &good,
        &envelope(&sealed(KEY, b"other", CORP)),
        SIGNED,
    ));
    let foreign = sealed(KEY, plain, "ww_somebody_else");
    rejected(try_it(
        &signed(token, &foreign),
        &envelope(&foreign),
        SIGNED,
    ));
    rejected(try_it(&good, "<xml><MsgType>event</MsgType></xml>", SIGNED));
    // Late is fine for days, and a clock that is behind is nobody's fault.
    assert!(try_it(&good, &body, SIGNED + 5 * 86_400).is_ok());
    assert!(try_it(&good, &body, SIGNED - 5 * 86_400).is_ok());
    rejected(try_it(&good, &body, SIGNED + 6 * 86_400 + 1));
    let malformed = try_it("timestamp=1&timestamp=2", &body, SIGNED);
    assert!(matches!(malformed, Err(Refused::Malformed(_))));
    let bomb = "<!DOCTYPE a [<!ENTITY a \"b\">]><xml>&a;</xml>";
    assert_eq!(try_it(&good, bomb, SIGNED), Err(Refused::Forbidden));
    let huge = "x".repeat(300 * 1024);
    assert_eq!(try_it(&good, &huge, SIGNED), Err(Refused::TooLarge));
}

#[test]
fn without_a_usable_key_nothing_is_believed() {
    let mut broken = connection();
    (broken.encoding_aes_key, broken.previous) = ("short".into(), None);
    let result = inbound::receive(&broken, "", b"", 0);
    assert!(matches!(result, Err(Refused::Rejected(_))));
    let mut nobody = connection();
    nobody.corpid.clear();
    assert!(inbound::verify(&nobody, "").is_err());
}

#[test]
fn the_form_asks_for_fields_that_a_connection_has_and_makes_ours() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = kefu_wechat::client::Client::new(
        Default::default(),
        std::sync::Arc::new(std::time::Instant::now),
    );
    let channel = WecomKf::new(client.unwrap());
    let fresh = channel.new_callback_secrets().unwrap();
    assert!(EncodingAesKey::parse(&fresh.encoding_aes_key).is_ok());
    assert_eq!(fresh.token.len(), 32, "what the platform's form takes");
    assert!(fresh.token.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    assert!(
        !fresh.encoding_aes_key.starts_with(&fresh.token),
        "drawn apart"
    );
    let row = serde_json::to_value(connection()).unwrap();
    for field in channel.fields() {
        assert!(row.get(field.name).is_some(), "{}", field.name);
        assert!(!field.text_zh.is_empty() && !field.text_en.is_empty());
    }
}
