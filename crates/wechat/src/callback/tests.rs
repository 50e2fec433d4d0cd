//! Recorded callbacks of `fixtures/wecom_kf/callback`, sealed here and opened again.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::Value;

use super::*;

const CORP: &str = "ww0123456789abcdef";
const AT: i64 = 1_760_000_000;

fn folder() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/wecom_kf/callback")
}

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(folder().join(format!("{name}.xml"))).unwrap()
}

fn secrets(token: &str, key: &str) -> Secrets {
    let key = EncodingAesKey::parse(key).unwrap();
    Secrets {
        token: token.into(),
        key,
        receive_id: CORP.into(),
    }
}

fn current() -> Secrets {
    secrets(
        "kfGatewayTok1",
        "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG",
    )
}

fn previous() -> Secrets {
    secrets(
        "kfGatewayTok0",
        "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C",
    )
}

fn signed_query(secrets: &Secrets, encrypted: &str) -> String {
    let token = secrets.token.expose_secret();
    let signature = crypto::signature(&[token, "1760000001", "n0nce", encrypted]);
    format!("msg_signature={signature}&timestamp=1760000001&nonce=n0nce")
}

fn envelope(encrypted: &str) -> Vec<u8> {
    format!(
        "<xml><ToUserName><![CDATA[{CORP}]]></ToUserName><AgentID><![CDATA[]]></AgentID>\
         <Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"
    )
    .into_bytes()
}

/// Query and body as the platform would post `plain`.
fn post(secrets: &Secrets, plain: &[u8]) -> (String, Vec<u8>) {
    let sealed = crypto::encrypt(&secrets.key, [7; 16], plain, &secrets.receive_id).unwrap();
    (signed_query(secrets, &sealed), envelope(&sealed))
}

fn delivered(plain: &[u8]) -> Delivery {
    let (query, body) = post(&current(), plain);
    open(&[current()], &query, &body).unwrap()
}

fn contact(
    change: ContactChange,
    state: Option<&str>,
    welcome_code: Option<&str>,
) -> Option<Event> {
    Some(Event::ExternalContact(ExternalContact {
        change,
        user_id: "lina".into(),
        external_user_id: "wmDEMO0001".into(),
        state: state.map(str::to_owned),
        welcome_code: welcome_code.map(str::to_owned),
        created_at: AT,
    }))
}

fn chat(change: ChatChange) -> Option<Event> {
    let chat_id = "wrDEMO0001".into();
    Some(Event::ExternalChat(ExternalChat {
        change,
        chat_id,
        created_at: AT,
    }))
}

fn unknown(msg_type: &str, event: Option<&str>, change_type: Option<&str>) -> Option<Event> {
    Some(Event::Unknown {
        msg_type: msg_type.into(),
        event: event.map(str::to_owned),
        change_type: change_type.map(str::to_owned),
    })
}

fn malformed(why: &str) -> Option<Event> {
    Some(Event::Malformed { why: why.into() })
}

/// The value that each recorded callback stands for.
fn expected(name: &str) -> Option<Event> {
    let removed = |source: &str| ContactChange::RemovedByMember {
        source: Some(source.into()),
    };
    match name {
        "kf_msg_or_event" => Some(Event::KfMsgOrEvent {
            open_kfid: Some("wkDEMO0001".into()),
            token: "ENCtok01".into(),
            created_at: AT,
        }),
        "kf_msg_or_event_older" => Some(Event::KfMsgOrEvent {
            open_kfid: None,
            token: "ENCtok02".into(),
            created_at: AT,
        }),
        "kf_account_auth_change" => Some(Event::KfAccountAuthChange {
            added: vec!["wkDEMO0001".into(), "wkDEMO0002".into()],
            removed: vec!["wkDEMO0003".into()],
            created_at: AT,
        }),
        "contact_add" => contact(ContactChange::Added, Some("h_01J9ZK"), Some("WC1")),
        "contact_add_half" => contact(ContactChange::HalfAdded, Some("h_01J9ZK"), Some("WC2")),
        "contact_edit" => contact(ContactChange::Edited, None, None),
        "contact_del" => contact(removed("DELETE_BY_TRANSFER"), None, None),
        "contact_del_follow_user" => contact(ContactChange::RemovedByCustomer, None, None),
        "contact_transfer_fail" => contact(
            ContactChange::TransferFailed {
                reason: "customer_refused".into(),
            },
            None,
            None,
        ),
        "contact_msg_audit_approved" => {
            contact(ContactChange::ArchivingApproved, None, Some("WC3"))
        }
        "contact_of_tomorrow" => unknown(
            "event",
            Some("change_external_contact"),
            Some("adopt_external_contact"),
        ),
        "chat_create" => chat(ChatChange::Created),
        "chat_dismiss" => chat(ChatChange::Dismissed),
        "chat_update_add_member" => chat(ChatChange::Updated(ChatUpdate {
            detail: "add_member".into(),
            join_scene: Some(3),
            quit_scene: Some(0),
            member_count: Some(2),
            members: vec!["wmDEMO0001".into(), "wmDEMO0002".into()],
            last_version: Some("9c3f97c2ada667dfb5f6d03308d963e1".into()),
            current_version: Some("71217227bbd112ecfe3a49c482195cb4".into()),
        })),
        "chat_update_del_member_bare" => chat(ChatChange::Updated(ChatUpdate {
            detail: "del_member".into(),
            quit_scene: Some(1),
            member_count: Some(1),
            members: vec!["wmDEMO0002".into()],
            ..ChatUpdate::default()
        })),
        "chat_update_change_name" => chat(ChatChange::Updated(ChatUpdate {
            detail: "change_name".into(),
            ..ChatUpdate::default()
        })),
        "event_of_tomorrow" => unknown("event", Some("kf_something_new"), None),
        "text_to_the_app" => unknown("text", None, None),
        "malformed_no_token" => malformed("the element Token is missing or empty"),
        "malformed_doubled_token" => malformed("the element Token occurs more than once"),
        "malformed_time" => malformed("the element CreateTime is not a number"),
        "malformed_doctype" => malformed("document types and entities are forbidden"),
        "malformed_unclosed" => malformed("the markup is broken or unfinished"),
        _ => None,
    }
}

#[test]
fn every_recorded_callback_is_read() {
    let mut keys = BTreeSet::new();
    let mut count = 0;
    for file in std::fs::read_dir(folder()).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        let delivery = delivered(&fixture(name));
        assert_eq!(Some(&delivery.event), expected(name).as_ref(), "{name}");
        assert_eq!(delivery.raw, fixture(name), "{name}");
        assert_eq!(delivery.signed_at, 1_760_000_001);
        assert_eq!(
            delivery.dedupe_key,
            delivered(&fixture(name)).dedupe_key,
            "{name}: repeated"
        );
        assert!(delivery.dedupe_key.len() <= 96, "{}", delivery.dedupe_key);
        keys.insert(delivery.dedupe_key);
        count += 1;
    }
    assert_eq!(
        (count, keys.len()),
        (23, 23),
        "every event has a key of its own"
    );
}

#[test]
fn two_changes_of_one_group_in_one_second_are_two() {
    let one = String::from_utf8(fixture("chat_update_add_member")).unwrap();
    let key = |text: &str| delivered(text.as_bytes()).dedupe_key;
    let later = one.replace(
        "71217227bbd112ecfe3a49c482195cb4",
        "00000000000000000000000000000000",
    );
    assert_ne!(key(&one), key(&later));
    assert_ne!(key(&one), key(&one.replace("add_member", "change_owner")));
    assert_ne!(key(&one), key(&one.replace("wrDEMO0001", "wrDEMO0002")));
    assert_ne!(key(&one), key(&one.replace(CORP, "ww0")));
    // The same news in other clothes is the same news.
    assert_eq!(key(&one), key(&one.replace("><", ">\n<")));
}

fn rejected(refusal: Refusal) -> Reason {
    let shown = refusal.to_string();
    assert_eq!(shown, "callback rejected", "one face for all");
    let Refusal::Rejected(rejected) = refusal else {
        panic!("{refusal:?} is not a rejection")
    };
    rejected.reason()
}

#[test]
fn what_an_attacker_may_send_is_rejected_with_one_face() {
    let plain = fixture("kf_msg_or_event");
    let (query, body) = post(&current(), &plain);
    let reason = |query: &str, body: &[u8]| rejected(open(&[current()], query, body).unwrap_err());
    let framed = |encrypted: &str| {
        let query = signed_query(&current(), encrypted);
        reason(&query, &envelope(encrypted))
    };
    // B9–B12: signed, but no frame.
    assert_eq!(framed("####"), Reason::Frame(FrameError::Base64));
    assert_eq!(framed("AAAAA"), Reason::Frame(FrameError::Base64));
    assert_eq!(framed("-_-_"), Reason::Frame(FrameError::Base64));
    assert_eq!(framed(""), Reason::Frame(FrameError::Length(0)));
    assert_eq!(framed("AAAA"), Reason::Frame(FrameError::Length(3)));
    assert!(matches!(
        framed("AAAAAAAAAAAAAAAAAAAAAA=="),
        Reason::Frame(_)
    ));
    // B13: of another corp.
    let other = Secrets {
        receive_id: "ww-other".into(),
        ..current()
    };
    let (foreign, foreign_body) = post(&other, &plain);
    assert_eq!(
        reason(&foreign, &foreign_body),
        Reason::Frame(FrameError::Receiver)
    );
    // B14: wrong, upper-case, empty and absent signatures.
    let (start, rest) = query.split_once('&').unwrap();
    let upper = start.replace("msg_signature=", "").to_uppercase();
    for signature in [
        format!("msg_signature={upper}&"),
        "msg_signature=&".into(),
        String::new(),
    ] {
        assert_eq!(
            reason(&format!("{signature}{rest}"), &body),
            Reason::Signature
        );
    }
    assert_eq!(
        reason(&query.replace("n0nce", "n1nce"), &body),
        Reason::Signature
    );
    // B18: plain text at an encrypted door.
    assert_eq!(reason(&query, &plain), Reason::NotEncrypted);
    // B19: the signature of one with the ciphertext of another.
    let (_, another) = post(&current(), b"<xml/>");
    assert_eq!(reason(&query, &another), Reason::Signature);
    assert_eq!(
        rejected(open(&[], &query, &body).unwrap_err()),
        Reason::Signature
    );
}

#[test]
fn envelopes_and_queries_that_nobody_signs_are_refused_before_any_check() {
    let (query, body) = post(&current(), b"<xml/>");
    let refuse = |query: &str, body: &[u8]| open(&[current()], query, body).unwrap_err();
    let unreadable = |body: &[u8]| match refuse(&query, body) {
        Refusal::Unreadable(error) => error,
        other => panic!("{other:?}"),
    };
    assert_eq!(unreadable(b"<!DOCTYPE x><xml/>"), XmlError::Forbidden);
    assert_eq!(unreadable(b""), XmlError::NotOneRoot);
    let twice = b"<xml><Encrypt>a</Encrypt><Encrypt>b</Encrypt></xml>";
    assert_eq!(unreadable(twice), XmlError::Malformed);
    assert!(matches!(
        refuse(&query, &vec![b'a'; xml::MAX_BYTES + 1]),
        Refusal::TooLarge
    ));

    let wrong = |query: &str| match refuse(query, &body) {
        Refusal::Query(error) => error,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        wrong("msg_signature=a&timestamp=1"),
        QueryError::Missing("nonce")
    );
    assert_eq!(wrong("nonce=a"), QueryError::Missing("timestamp"));
    assert_eq!(wrong("nonce[]=a&timestamp=1"), QueryError::Missing("nonce"));
    assert_eq!(
        wrong(&format!("{query}&nonce=n0nce")),
        QueryError::Doubled("nonce")
    );
    assert_eq!(
        wrong(&format!("{query}&time%73tamp=1")),
        QueryError::Doubled("timestamp")
    );
    assert_eq!(
        wrong(&format!("timestamp=1&nonce={}", "a".repeat(4096))),
        QueryError::TooLong
    );
    assert_eq!(wrong(&"a".repeat(9_000)), QueryError::TooLong);
    assert_eq!(wrong("timestamp=-1&nonce=a"), QueryError::Timestamp);
    assert_eq!(
        wrong(&format!("timestamp={}&nonce=a", "9".repeat(30))),
        QueryError::Timestamp
    );
    assert_eq!(wrong("timestamp=1&nonce=%4"), QueryError::Encoding);
    assert_eq!(wrong("timestamp=1&nonce=%ff"), QueryError::Encoding);
    assert!(matches!(
        verify_url(&[current()], &query).unwrap_err(),
        Refusal::Query(QueryError::Missing("echostr"))
    ));
}

#[test]
fn during_a_rotation_both_pairs_are_good() {
    let both = [current(), previous()];
    let plain = fixture("contact_add");
    for (index, secret) in both.iter().enumerate() {
        let (query, body) = post(secret, &plain);
        assert_eq!(open(&both, &query, &body).unwrap().secret, index);
    }
    let (query, body) = post(&previous(), &plain);
    assert_eq!(
        rejected(open(&[current()], &query, &body).unwrap_err()),
        Reason::Signature
    );
    // Only the key was changed: the token fits both pairs, the frame one.
    let key_changed = [
        Secrets {
            key: previous().key,
            ..current()
        },
        current(),
    ];
    let (query, body) = post(&current(), &plain);
    assert_eq!(open(&key_changed, &query, &body).unwrap().secret, 1);
}

#[test]
fn url_verification_answers_the_known_echoes() {
    let text = include_str!("../../../../fixtures/crypto/vectors.json");
    let vectors: Value = serde_json::from_str(text).unwrap();
    let vector = &vectors["wecom"][0];
    let field = |name: &str| vector[name].as_str().unwrap().to_owned();
    let secrets = Secrets {
        token: field("token").into(),
        key: EncodingAesKey::parse(&field("encoding_aes_key")).unwrap(),
        receive_id: field("receive_id"),
    };
    let echo = field("echostr");
    let encoded = echo.replace('/', "%2F").replace('=', "%3d");
    for echo in [
        echo.clone(),
        encoded.clone(),
        encoded.replace('+', "%2B"),
        echo.replace('+', " "),
    ] {
        let query = format!(
            "msg_signature={}&timestamp={}&nonce={}&echostr={echo}",
            field("msg_signature"),
            field("timestamp"),
            field("nonce"),
        );
        let answer = verify_url(std::slice::from_ref(&secrets), &query).unwrap();
        assert_eq!(answer, field("plaintext").as_bytes());
        assert_eq!(
            rejected(verify_url(&[current()], &query).unwrap_err()),
            Reason::Signature
        );
    }
}

#[test]
fn secrets_are_not_shown() {
    let shown = format!("{:?}", current());
    assert!(
        !shown.contains("kfGatewayTok1") && !shown.contains("0123456789abcdefghij"),
        "{shown}"
    );
}

proptest! {
    #[test]
    fn any_signed_bytes_make_an_event(plain in prop::collection::vec(any::<u8>(), 0..200)) {
        let delivery = delivered(&plain);
        prop_assert_eq!(&delivery.raw, &plain);
        let kept = matches!(delivery.event, Event::Malformed { .. } | Event::Unknown { .. });
        prop_assert!(kept);
    }

    #[test]
    fn opening_never_panics(query in ".{0,80}", body in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = open(&[current()], &query, &body);
        let _ = verify_url(&[current()], &query);
    }
}
