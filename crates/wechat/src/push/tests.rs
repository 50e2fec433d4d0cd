//! Pushes of `fixtures/{official_account,mini_program,channels_shop}/push`, in every mode, and what
//! is refused.

use proptest::prelude::*;

use super::*;
use crate::crypto::{EncodingAesKey, encrypt, signature};

const APPID: &str = "wx0123456789abcdef";
const TOKEN: &str = "pushToken1";
/// Its last character carries stray bits.
const KEY: &str = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG";
const AT: &str = "1760000000";

fn secrets() -> Vec<Secrets> {
    let pair = |token: &str, key: &str| Secrets {
        token: token.into(),
        key: EncodingAesKey::parse(key).unwrap(),
        receive_id: APPID.into(),
    };
    let older = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C";
    vec![pair(TOKEN, KEY), pair("pushToken0", older)]
}

fn text(content: &str) -> String {
    format!(
        "<xml><ToUserName><![CDATA[gh_a]]></ToUserName><FromUserName><![CDATA[oA]]></FromUserName>\
         <CreateTime>1760000000</CreateTime><MsgType><![CDATA[text]]></MsgType>\
         <Content><![CDATA[{content}]]></Content><MsgId>23456789012345678</MsgId></xml>"
    )
}

fn plain_query() -> String {
    let signed = signature(&[TOKEN, AT, "n"]);
    format!("signature={signed}&timestamp={AT}&nonce=n&openid=oA")
}

fn sealed(plain: &str) -> String {
    let key = EncodingAesKey::parse(KEY).unwrap();
    encrypt(&key, [7; 16], plain.as_bytes(), APPID).unwrap()
}

fn aes_query(encrypted: &str) -> String {
    let signed = signature(&[TOKEN, AT, "n", encrypted]);
    format!("encrypt_type=aes&msg_signature={signed}&{}", plain_query())
}

fn said(delivery: Delivery) -> (String, String) {
    match delivery.push.what {
        What::Message(Message::Text(text)) => (text.content, delivery.push.key),
        other => panic!("{other:?}"),
    }
}

fn reason(result: Result<Delivery, Refusal>) -> Reason {
    match result {
        Err(Refusal::Rejected(rejected)) => rejected.reason(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_same_message_is_read_in_every_mode() {
    let message = text("有货吗");
    let wanted = ("有货吗".to_owned(), "23456789012345678".to_owned());
    let plain = open(&secrets(), true, &plain_query(), message.as_bytes()).unwrap();
    assert_eq!(said(plain), wanted);
    let raw = format!("encrypt_type=raw&{}", plain_query());
    assert_eq!(
        said(open(&secrets(), true, &raw, message.as_bytes()).unwrap()),
        wanted
    );
    let encrypted = sealed(&message);
    let query = aes_query(&encrypted);
    let safe = format!("<xml><ToUserName>gh_a</ToUserName><Encrypt>{encrypted}</Encrypt></xml>");
    assert_eq!(
        said(open(&secrets(), false, &query, safe.as_bytes()).unwrap()),
        wanted
    );
    let compatible = message.replace("</xml>", &format!("<Encrypt>{encrypted}</Encrypt></xml>"));
    let lying = compatible.replace("有货吗", "改过的");
    for body in [compatible, lying] {
        let read = open(&secrets(), false, &query, body.as_bytes()).unwrap();
        assert_eq!(said(read), wanted, "only what was signed is believed");
    }
    let json = format!(r#"{{"ToUserName":"gh_a","Encrypt":"{encrypted}"}}"#);
    assert_eq!(
        said(open(&secrets(), false, &query, json.as_bytes()).unwrap()),
        wanted
    );
}

#[test]
fn json_is_read_like_xml_with_numbers_as_strings_too() {
    for id in ["23456789012345678", "\"23456789012345678\""] {
        let body = format!(
            r#"{{"ToUserName":"gh_a","FromUserName":"oA","CreateTime":"1760000000","MsgType":"text","Content":"有货吗","MsgId":{id}}}"#
        );
        let read = open(&secrets(), true, &plain_query(), body.as_bytes()).unwrap();
        assert_eq!(
            said(read),
            ("有货吗".to_owned(), "23456789012345678".to_owned())
        );
    }
}

#[test]
fn an_encrypted_door_takes_nothing_plain_and_no_other_mode() {
    let message = text("a");
    let plain = open(&secrets(), false, &plain_query(), message.as_bytes());
    assert_eq!(reason(plain), Reason::NotEncrypted);
    let query = format!("encrypt_type=des&{}", plain_query());
    assert_eq!(
        reason(open(&secrets(), true, &query, message.as_bytes())),
        Reason::Mode
    );
    let encrypted = sealed(&message);
    let query = aes_query(&encrypted);
    let bare = open(&secrets(), false, &query, message.as_bytes());
    assert_eq!(reason(bare), Reason::NotEncrypted);
    let other = format!("<xml><ToUserName>gh_b</ToUserName><Encrypt>{encrypted}</Encrypt></xml>");
    let other = open(&secrets(), false, &query, other.as_bytes());
    assert_eq!(reason(other), Reason::Addressee);
    // The plain signature says nothing of the ciphertext.
    let unsigned = format!("encrypt_type=aes&{}", plain_query());
    let safe = format!("<xml><Encrypt>{encrypted}</Encrypt></xml>");
    let refused = open(&secrets(), false, &unsigned, safe.as_bytes());
    assert_eq!(reason(refused), Reason::Signature);
    let mixed = format!("<xml><Encrypt>{}</Encrypt></xml>", sealed(&text("b")));
    let refused = open(&secrets(), false, &query, mixed.as_bytes());
    assert_eq!(reason(refused), Reason::Signature);
}

#[test]
fn a_url_is_verified_word_for_word_with_either_token() {
    for token in [TOKEN, "pushToken0"] {
        let signed = signature(&[token, AT, "n"]);
        let query =
            format!("signature={signed}&timestamp={AT}&nonce=n&echostr=5838479218127813673");
        assert_eq!(
            verify_url(&secrets(), &query).unwrap(),
            b"5838479218127813673"
        );
    }
    let query = format!("signature=0&timestamp={AT}&nonce=n&echostr=1");
    assert!(matches!(
        verify_url(&secrets(), &query),
        Err(Refusal::Rejected(_))
    ));
    let upper = signature(&[TOKEN, AT, "n"]).to_uppercase();
    let query = format!("signature={upper}&timestamp={AT}&nonce=n&echostr=1");
    assert!(matches!(
        verify_url(&secrets(), &query),
        Err(Refusal::Rejected(_))
    ));
    let doubled = format!("{}&nonce=n&echostr=1", plain_query());
    assert!(matches!(
        verify_url(&secrets(), &doubled),
        Err(Refusal::Query(_))
    ));
}

#[test]
fn two_notices_of_one_second_are_two_and_one_that_comes_again_is_one() {
    let notice = |template: &str| {
        let body = format!(
            r#"{{"ToUserName":"gh_a","FromUserName":"oA","CreateTime":1760000000,"MsgType":"event","Event":"subscribe_msg_sent_event","List":{{"TemplateId":"{template}","ErrorCode":"0"}}}}"#
        );
        let read = open(&secrets(), true, &plain_query(), body.as_bytes()).unwrap();
        assert!(matches!(read.push.what, What::Event(Event::Noted { .. })));
        read.push.key
    };
    assert_ne!(notice("shipped"), notice("arrived"));
    assert_eq!(notice("shipped"), notice("shipped"));
}

#[test]
fn what_was_signed_but_is_broken_is_kept_and_never_guessed() {
    let whole = text("a");
    for (broken, why) in [
        (
            whole.replace("<MsgId>23456789012345678</MsgId>", ""),
            "MsgId",
        ),
        (
            whole.replace("23456789012345678", "98765432109876543210987"),
            "MsgId",
        ),
        (whole.replace("23456789012345678", "2.3e16"), "MsgId"),
        (whole.replace("23456789012345678", "12 ab"), "MsgId"),
        (whole.replace("<MsgId>", "<MsgId>1</MsgId><MsgId>"), "MsgId"),
        (whole.replace("oA", ""), "FromUserName"),
        (
            whole.replace("<CreateTime>1760000000</CreateTime>", ""),
            "CreateTime",
        ),
        (whole.replace("1760000000<", "soon<"), "CreateTime"),
    ] {
        let encrypted = sealed(&broken);
        let body = format!("<xml><Encrypt>{encrypted}</Encrypt></xml>");
        let opened = open(&secrets(), false, &aes_query(&encrypted), body.as_bytes()).unwrap();
        let What::Malformed { why: said } = &opened.push.what else {
            panic!("{broken}: {:?}", opened.push.what);
        };
        assert!(said.contains(why), "{said}");
        assert_eq!(opened.raw, broken.as_bytes());
    }
}

#[test]
fn long_texts_and_what_looks_like_an_end_survive() {
    let long = "长".repeat(20_000);
    let tricky = "a]]]]><![CDATA[>b";
    for (written, wanted) in [(long.as_str(), long.as_str()), (tricky, "a]]>b")] {
        let message = text(written);
        let encrypted = sealed(&message);
        let compatible = message.replace(
            "</xml>",
            &format!("<Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"),
        );
        let query = aes_query(&encrypted);
        let read = open(&secrets(), false, &query, compatible.as_bytes()).unwrap();
        assert_eq!(said(read).0, wanted);
    }
}

#[test]
fn two_events_within_a_second_have_keys_of_their_own() {
    let event = |event: &str, more: &str| {
        let body = format!(
            "<xml><ToUserName>gh_a</ToUserName><FromUserName>oA</FromUserName>\
             <CreateTime>1760000000</CreateTime><MsgType>event</MsgType><Event>{event}</Event>{more}</xml>"
        );
        open(&secrets(), true, &plain_query(), body.as_bytes())
            .unwrap()
            .push
            .key
    };
    let keys = [
        event("subscribe", "<EventKey>qrscene_a</EventKey>"),
        event("SCAN", "<EventKey>a</EventKey>"),
        event("CLICK", "<EventKey>a</EventKey>"),
        event("CLICK", "<EventKey>b</EventKey>"),
        event("unsubscribe", ""),
        event("something_new", "<EventKey>a</EventKey>"),
    ];
    let own: std::collections::BTreeSet<&String> = keys.iter().collect();
    assert_eq!(own.len(), keys.len());
    assert_eq!(
        keys[2],
        event("CLICK", "<EventKey>a</EventKey>"),
        "a repetition has the same"
    );
    assert!(keys.iter().all(|key| key.len() <= 96), "{keys:?}");
}

proptest! {
    /// Whatever comes, there is an answer.
    #[test]
    fn no_bytes_upset_it(body in proptest::collection::vec(any::<u8>(), 0..400), json in any::<bool>()) {
        let mut bytes = body;
        if json {
            bytes.insert(0, b'{');
        }
        let _ = open(&secrets(), true, &plain_query(), &bytes);
        let encrypted = sealed(&String::from_utf8_lossy(&bytes));
        let safe = format!("<xml><Encrypt>{encrypted}</Encrypt></xml>");
        let opened = open(&secrets(), false, &aes_query(&encrypted), safe.as_bytes());
        prop_assert!(opened.is_ok());
    }
}
