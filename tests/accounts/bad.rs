//! Callbacks that the platform did not make, or made wrong: B1 to B19 of the catalogue of bad inputs,
//! each at the door of every channel that has callbacks.

use serde_json::{Value, json};

use crate::envelope::{Far, envelope, now};
use crate::http::{self, Reply};
use crate::kefu::Kefu;
use crate::shop::Shop;

/// What is posted, and where.
struct Post {
    row: &'static str,
    target: String,
    body: Vec<u8>,
}

/// An event that nobody knows yet: verified, it is kept, and answered `success`.
const TOMORROW: &str = "<xml><ToUserName><![CDATA[to]]></ToUserName><FromUserName><![CDATA[oTEST0001]]></FromUserName>\
    <CreateTime>1760000000</CreateTime><MsgType><![CDATA[event]]></MsgType><Event><![CDATA[event_of_tomorrow]]></Event></xml>";

/// Of each channel: a callback that lacks what it must have.
const LACKING: [(&str, &str); 4] = [
    (
        "wecom_kf",
        "<xml><ToUserName>to</ToUserName><CreateTime>1760000000</CreateTime><MsgType>event</MsgType>\
         <Event>kf_msg_or_event</Event><Token>A</Token><Token>B</Token><OpenKfId>wk</OpenKfId></xml>",
    ),
    (
        "official_account",
        "<xml><ToUserName>to</ToUserName><FromUserName>o</FromUserName><CreateTime>1760000000</CreateTime>\
         <MsgType>text</MsgType><Content>A</Content><MsgId>99999999999999999999999</MsgId></xml>",
    ),
    (
        "mini_program",
        r#"{"ToUserName":"to","FromUserName":"o","CreateTime":1760000000,"MsgType":"text","Content":"A"}"#,
    ),
    (
        "channels_shop",
        r#"{"ToUserName":"to","FromUserName":"o","CreateTime":1760000000,"MsgType":"event","Event":"commkf_send_msg_to_kf","msg_type":"text","text":{"content":"A"}}"#,
    ),
];

/// A gateway with one connection of each channel, and their rows.
struct Doors {
    kefu: Kefu,
    shop: Shop,
    all: Vec<(&'static str, &'static str, Value)>,
    _folder: tempfile::TempDir,
}

async fn doors() -> Doors {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let kefu = Kefu::start(&data, &[]).await;
    let shop = Shop::open(&kefu, &data, json!({})).await;
    let mut all = Vec::new();
    for (channel, lacking) in LACKING {
        let connection = json!({
            "channel": channel, "name": channel, "corpid": format!("ww_{channel}"), "secret": "s",
            "agentid": (channel == "wecom_kf").then_some("1000002"), "base_url": "http://127.0.0.1:9",
        });
        let made = shop.call("POST", "/v1/connections", &connection).await;
        assert_eq!(made.status, 201, "{}", made.json());
        all.push((channel, lacking, made.json()));
    }
    Doors {
        kefu,
        shop,
        all,
        _folder: folder,
    }
}

/// A frame of which everything can be chosen.
fn framed(far: &Far, length: u32, message: &[u8], pad: impl Fn(usize) -> Vec<u8>) -> String {
    let head = [&[7; 16][..], &length.to_be_bytes(), message].concat();
    let whole = [&head, far.receiver.as_bytes()].concat();
    far.sealed(&[&whole[..], &pad(whole.len())].concat())
}

/// Fills up to blocks of 32, like the platform.
fn padded(len: usize) -> Vec<u8> {
    let n = 32 - len % 32;
    vec![u8::try_from(n).unwrap(); n]
}

/// What gets the one answer of what does not verify.
fn forged(far: &Far) -> Vec<Post> {
    let (good, message) = (far.frame(7, TOMORROW.as_bytes()), TOMORROW.as_bytes());
    let length = u32::try_from(message.len()).unwrap();
    let mut posts = Vec::new();
    let mut add = |row, target: String, body: Vec<u8>| posts.push(Post { row, target, body });
    let url_safe = good.replace('+', "-").replace('/', "_");
    let not_blocks = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVoxMjM0NTY3";
    let one_block = far.sealed(&[16; 16]);
    let pads = |pad: fn(usize) -> Vec<u8>| framed(far, length, message, pad);
    let frames = [
        ("B9 bad characters", "!!!!".to_owned()),
        ("B9 not a multiple of 4", format!("{good}A")),
        ("B9 URL-safe", format!("-_{url_safe}")),
        ("B10 empty", String::new()),
        ("B10 not blocks", not_blocks.to_owned()),
        ("B10 one block", one_block),
        ("B11 padding of 0", pads(|len| vec![0; 32 - len % 32])),
        ("B11 padding of 33", pads(|len| vec![33; 64 - len % 32])),
        (
            "B11 mixed padding",
            pads(|len| {
                let mut pad = vec![9; 64 - len % 32];
                *pad.last_mut().unwrap() = 32;
                pad
            }),
        ),
        (
            "B12 longer than the frame",
            framed(far, length + 999, message, padded),
        ),
        ("B12 negative", framed(far, 1 << 31, message, padded)),
        ("B12 the largest", framed(far, u32::MAX, message, padded)),
        (
            "B13 for another tenant",
            Far {
                receiver: "ww_somebody_else".into(),
                ..far.clone()
            }
            .frame(7, message),
        ),
    ];
    for (row, frame) in frames {
        add(row, far.signed(&frame), envelope(&frame));
    }
    let target = far.signed(&good);
    let (before, hex) = target.rsplit_once('=').unwrap();
    let stranger = Far {
        token: "another".into(),
        ..far.clone()
    };
    add("B14 wrong", stranger.signed(&good), envelope(&good));
    add("B14 empty", format!("{before}="), envelope(&good));
    let upper = format!("{before}={}", hex.to_uppercase());
    add("B14 upper case", upper, envelope(&good));
    let old = far.signed_at(now() - 7 * 86_400, &good);
    add(
        "B15 older than the keys of repetition",
        old,
        envelope(&good),
    );
    add("B18 plain", target.clone(), message.to_vec());
    let plain = target.replace("&encrypt_type=aes", "");
    add("B18 plain and said so", plain, message.to_vec());
    let other = far.frame(8, message);
    add(
        "B19 the signature of another",
        target.clone(),
        envelope(&other),
    );
    let nobody = format!("{}0000", &far.path[..far.path.len() - 4]);
    let nobody = target.replace(&far.path, &nobody);
    add("an unknown connection", nobody, envelope(&good));
    posts
}

/// What is no callback, whoever signs it, and the code that says so.
fn no_callback(far: &Far) -> Vec<(Post, u16, &'static str)> {
    let good = far.frame(7, TOMORROW.as_bytes());
    let target = far.signed(&good);
    let mut posts = Vec::new();
    let mut body = |row, bytes: &[u8], status, code| {
        let (target, body) = (target.clone(), bytes.to_vec());
        posts.push((Post { row, target, body }, status, code));
    };
    let laughs = "<!DOCTYPE a [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;\">]><xml><Encrypt>&b;</Encrypt></xml>";
    body("B1 laughs", laughs.as_bytes(), 400, "xml_forbidden");
    let external = "<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><xml><Encrypt>A</Encrypt></xml>";
    body("B2 external", external.as_bytes(), 400, "xml_forbidden");
    body("B3 large", &vec![b'A'; 300 << 10], 413, "too_large");
    let deep = "<a>".repeat(10_000);
    body("B4 deep", deep.as_bytes(), 400, "bad_request");
    let many = format!("<a {}/>", " a='1'".repeat(20_000));
    body("B4 attributes", many.as_bytes(), 400, "bad_request");
    body(
        "B5 GBK",
        b"<xml><Encrypt>\xd3\xd0</Encrypt></xml>",
        400,
        "bad_request",
    );
    let wide: Vec<u8> = "<xml/>".encode_utf16().flat_map(u16::to_le_bytes).collect();
    body("B5 UTF-16", &wide, 400, "bad_request");
    for (row, text) in [
        ("B6 empty", ""),
        ("B6 truncated", "<xml><Encrypt>AAAA</Enc"),
        ("B6 unclosed", "<xml><Encrypt>AAAA</Encrypt>"),
        ("B6 two roots", "<xml/><xml/>"),
        ("B6 trailing", "<xml><Encrypt>AAAA</Encrypt></xml>trailing"),
        (
            "B6 doubled",
            "<xml><Encrypt>A</Encrypt><Encrypt>B</Encrypt></xml>",
        ),
    ] {
        body(row, text.as_bytes(), 400, "bad_request");
    }
    let long = "n".repeat(4 << 10);
    for (row, target) in [
        ("B16 nonce twice", format!("{target}&nonce=again")),
        ("B16 timestamp twice", format!("{target}&timestamp=1")),
        ("B16 an array", target.replace("nonce=", "nonce[]=")),
        (
            "B16 4 KiB",
            target.replace("nonce=", &format!("nonce={long}")),
        ),
        ("B16 no number", target.replace("timestamp=", "timestamp=x")),
    ] {
        let body = envelope(&good);
        posts.push((Post { row, target, body }, 400, "bad_request"));
    }
    posts
}

/// All that a sender can see of an answer but its own number.
fn face(reply: &Reply) -> (u16, Vec<(String, String)>, Value) {
    let mut body = reply.json();
    body.as_object_mut().unwrap().remove("request_id");
    let mut headers = reply.headers.clone();
    headers.retain(|(name, _)| name != "date" && name != "x-request-id");
    (reply.status, headers, body)
}

#[tokio::test]
async fn what_does_not_verify_has_one_face_at_every_door() {
    let doors = doors().await;
    let mut faces = Vec::new();
    for (channel, _, connection) in &doors.all {
        let far = Far::of(connection);
        for post in forged(&far) {
            let reply = http::send(doors.kefu.addr, "POST", &post.target, &[], &post.body).await;
            let refused = (403, "callback_rejected".to_owned());
            assert_eq!(reply.refusal(), refused, "{channel}: {}", post.row);
            faces.push(face(&reply));
        }
        // B17: who does not know the token is told nothing, least of all what they asked.
        let stranger = Far {
            token: "another".into(),
            ..far.clone()
        };
        let asked = format!("{}&echostr=5838479218127813673", stranger.signed("A"));
        let reply = http::send(doors.kefu.addr, "GET", &asked, &[], b"").await;
        assert_eq!(reply.refusal().0, 403, "{channel}: B17");
        assert!(!String::from_utf8_lossy(&reply.bytes).contains("5838479218"));
        faces.push(face(&reply));
        alive(&doors, channel, &far).await;
    }
    faces.dedup();
    assert_eq!(faces.len(), 1, "{faces:#?}");
}

#[tokio::test]
async fn what_is_no_callback_is_refused_by_its_kind_at_every_door() {
    let doors = doors().await;
    for (channel, _, connection) in &doors.all {
        let far = Far::of(connection);
        for (post, status, code) in no_callback(&far) {
            let reply = http::send(doors.kefu.addr, "POST", &post.target, &[], &post.body).await;
            let refused = (status, code.to_owned());
            assert_eq!(reply.refusal(), refused, "{channel}: {}", post.row);
        }
        alive(&doors, channel, &far).await;
    }
}

/// B7, B8, B15: what was signed is answered `success`, kept whole and once, and shown.
#[tokio::test]
async fn what_was_signed_is_kept_and_shown_at_every_door() {
    let doors = doors().await;
    for (channel, lacking, connection) in &doors.all {
        let far = Far::of(connection);
        let frame = far.frame(7, TOMORROW.as_bytes());
        let with_mark = [b"\xef\xbb\xbf", &envelope(&frame)[..]].concat();
        let late = far.signed_at(now() - 5 * 86_400, &frame);
        for (row, target, body) in [
            ("B5 a byte order mark", far.signed(&frame), with_mark),
            ("B8 unknown", far.signed(&frame), envelope(&frame)),
            ("B15 repeated, days late", late, envelope(&frame)),
        ] {
            let reply = http::send(doors.kefu.addr, "POST", &target, &[], &body).await;
            assert_eq!(reply.bytes, b"success", "{channel}: {row}");
        }
        let reply = far.push(doors.kefu.addr, lacking.as_bytes()).await;
        assert_eq!(reply.bytes, b"success", "{channel}: B7");
        let id = connection["id"].as_str().unwrap();
        let page = doors
            .shop
            .get(&format!("/v1/connections/{id}/events"))
            .await;
        let rows = page["items"].as_array().unwrap();
        let shown: Vec<(&str, &str)> = rows
            .iter()
            .map(|row| (row["kind"].as_str().unwrap(), row["body"].as_str().unwrap()))
            .collect();
        let kept = [("malformed", *lacking), ("unknown", TOMORROW)];
        assert_eq!(shown, kept, "{channel}: whole, once");
    }
}

/// The next good request is answered as ever.
async fn alive(doors: &Doors, channel: &str, far: &Far) {
    let reply = far.push(doors.kefu.addr, TOMORROW.as_bytes()).await;
    assert_eq!(
        reply.bytes,
        b"success",
        "{channel}: {}",
        doors.kefu.logged()
    );
}
