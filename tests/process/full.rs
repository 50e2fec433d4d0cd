//! The disk is full: what cannot be kept is refused with the time to come back, what was accepted is
//! there, and with room everything goes on by itself.

use std::{
    fs::File,
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use rustix::process::Signal;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::{
    http::{self, Reply},
    kefu::{Kefu, run, words},
    shop::{Shop, Visitor},
};

/// Takes all the room that there is.
fn fill(folder: &Path) -> PathBuf {
    let path = folder.join("filler");
    let mut file = File::create(&path).unwrap();
    loop {
        if let Err(error) = file.write_all(&[7; 4096]) {
            assert_eq!(error.kind(), ErrorKind::StorageFull, "{error}");
            return path;
        }
    }
}

/// Refused so that a client knows that it may come back, and when.
fn for_now(reply: &Reply) {
    assert_eq!(reply.refusal(), (503, "store_unavailable".to_owned()));
    let after: u32 = reply.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&after), "{after}");
}

async fn ready(kefu: &Kefu) -> Reply {
    http::send(kefu.addr, "GET", "/readyz", &[], b"").await
}

async fn until_ready(kefu: &Kefu, status: u16) -> Reply {
    let deadline = Instant::now() + Duration::from_secs(5);
    loop {
        let reply = ready(kefu).await;
        if reply.status == status {
            return reply;
        }
        assert!(Instant::now() < deadline, "never {status}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The ids that the visitor gave to what is in the thread, in its order; agents' words by their text.
async fn thread(visitor: &Visitor) -> Vec<String> {
    let (mut all, mut before) = (Vec::new(), String::new());
    loop {
        let target = format!("/v1/visitor/messages?limit=100{before}");
        let reply = visitor.ask("GET", &target, &Value::Null).await;
        assert_eq!(reply.status, 200, "{}", reply.json());
        let page = reply.json();
        let messages = page["messages"].as_array().unwrap();
        let said = messages
            .iter()
            .filter_map(|message| match message["origin"].as_u64() {
                Some(3) => message["client_msg_id"].as_str(),
                Some(5) => message["text"]["content"].as_str(),
                _ => None,
            });
        all.splice(0..0, said.map(str::to_owned));
        if page["has_more"] != true {
            return all;
        }
        before = format!("&before={}", messages[0]["seq"]);
    }
}

#[tokio::test]
async fn a_full_disk_takes_nothing_loses_nothing_and_goes_on_once_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let kefu = Kefu::start_on_disk(&data, 32).await;
    let inside = kefu.inside(&data);
    let rules = json!({ "assign": "auto", "silence_warn_s": 0 });
    let shop = Shop::open(&kefu, &inside, rules).await;
    let mut desk = shop.desk().await;
    let visitor = shop.visitor().await;
    assert_eq!(visitor.write("m0", "在吗").await.0.status, 200);
    let served = desk.hear("conversation").await["conversation"].clone();
    assert_eq!(ready(&kefu).await.status, 200);

    let filler = fill(&inside);
    let long = "满".repeat(2000);
    let mut kept = vec!["m0".to_owned()];
    let refused = loop {
        let id = format!("m{}", kept.len());
        let reply = visitor.write(&id, &long).await.0;
        if reply.status != 200 {
            for_now(&reply);
            break id;
        }
        kept.push(id);
        assert!(kept.len() < 1000, "never full");
    };
    let not = until_ready(&kefu, 503).await;
    assert_eq!(not.header("retry-after"), Some("2"));
    // Not now and then: a balancer would send people here.
    for _ in 0..8 {
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!(ready(&kefu).await.status, 503);
    }
    let alive = http::send(kefu.addr, "GET", "/healthz", &[], b"").await;
    assert_eq!(alive.status, 200);
    assert_eq!(thread(&visitor).await, kept, "what is there can be read");
    let answer = json!({
        "op": "send", "id": "a1", "conversation_id": served["conversation_id"],
        "fence": served["session"]["fence"], "msgtype": "text", "text": { "content": long },
    });
    desk.say(answer.clone()).await;
    let error = desk.hear("error").await;
    assert_eq!(
        (&error["code"], &error["id"]),
        (&json!("store_unavailable"), &json!("a1"))
    );
    for_now(&visitor.write(&refused, &long).await.0);
    assert_eq!(
        upload(&visitor).await.refusal(),
        (507, "no_space".to_owned())
    );

    std::fs::remove_file(filler).unwrap();
    until_ready(&kefu, 200).await;
    let reply = visitor.write(&refused, &long).await.0;
    assert_eq!(
        (reply.status, &reply.json()["duplicate"]),
        (200, &json!(false))
    );
    desk.say(answer).await;
    assert_eq!(desk.hear("ack").await["id"], "a1");
    assert_eq!(upload(&visitor).await.status, 200);
    kept.extend([refused, long]);
    assert_eq!(thread(&visitor).await, kept);

    // As a power cut would leave it.
    kefu.signal(Signal::STOP);
    let left = folder.path().join("left");
    copy(&inside, &left);
    drop(kefu);
    let found = run(&["doctor", "--verify", "--data", left.to_str().unwrap()]);
    assert!(found.status.success(), "{}", words(&found));
    let kefu = Kefu::start(&left, &[]).await;
    let visitor = Visitor {
        addr: kefu.addr,
        ..visitor
    };
    assert_eq!(thread(&visitor).await, kept);
}

/// Sends a file that does not fit into what is left.
async fn upload(visitor: &Visitor) -> Reply {
    let head = "--x\r\ncontent-disposition: form-data; name=\"media\"; filename=\"a.txt\"\r\ncontent-type: text/plain\r\n\r\n";
    let body = format!("{head}{}\r\n--x--\r\n", "file ".repeat(50_000));
    let bearer = format!("Bearer {}", visitor.token);
    let headers = [
        ("authorization", bearer.as_str()),
        ("content-type", "multipart/form-data; boundary=x"),
    ];
    let target = "/v1/visitor/media";
    http::send(visitor.addr, "POST", target, &headers, body.as_bytes()).await
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
