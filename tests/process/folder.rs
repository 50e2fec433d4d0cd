//! The data folder: copied while the gateway works, put back, looked over, damaged.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::{
    kefu::{Kefu, run, words},
    shop::{Shop, Socket, Visitor},
};

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[tokio::test]
async fn a_copy_made_under_load_is_put_back_and_every_client_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let (data, copy, restored) = (at("data"), at("copy"), at("restored"));
    let mut kefu = Kefu::start(&data, &[]).await;
    let shop = Shop::open(
        &kefu,
        &data,
        json!({ "assign": "auto", "silence_warn_s": 0 }),
    )
    .await;
    let _desk = shop.desk().await;
    let visitor = shop.visitor().await;
    assert_eq!(visitor.write("before", "备份之前").await.0.status, 200);
    let before = visitor
        .ask("GET", "/v1/visitor/poll", &Value::Null)
        .await
        .json();
    // Somebody writes all the time while the copy is made.
    let busy = shop.visitor().await;
    let writer = tokio::spawn(async move {
        let mut accepted = 0;
        loop {
            let (reply, _) = busy.write(&format!("b{accepted}"), "忙").await;
            if reply.status != 200 {
                return accepted;
            }
            accepted += 1;
            if accepted == 300 {
                return accepted;
            }
        }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    let (from, to) = (data.clone(), copy.clone());
    let backup = move || run(&["backup", "--data", text(&from), "--to", text(&to)]);
    let output = tokio::task::spawn_blocking(backup).await.unwrap();
    assert!(output.status.success(), "{}", words(&output));
    assert_eq!(writer.await.unwrap(), 300, "nobody was held up");
    assert_eq!(visitor.write("after", "备份之后").await.0.status, 200);
    let newest = visitor
        .ask("GET", "/v1/visitor/poll", &Value::Null)
        .await
        .json();
    kefu.kill();
    // Neither command writes over anything.
    let again = run(&["backup", "--data", text(&data), "--to", text(&copy)]);
    assert!(
        !again.status.success() && words(&again).contains("not empty"),
        "{}",
        words(&again)
    );
    let over = run(&["restore", "--from", text(&copy), "--data", text(&data)]);
    assert!(!over.status.success(), "{}", words(&over));
    let output = run(&["restore", "--from", text(&copy), "--data", text(&restored)]);
    assert!(output.status.success(), "{}", words(&output));
    std::fs::copy(data.join("first-admin"), restored.join("first-admin")).unwrap();
    let kefu = Kefu::start(&restored, &[]).await;
    let shop = Shop::again(&kefu, &restored, &shop.door, &shop.agent).await;
    let visitor = Visitor {
        addr: kefu.addr,
        ..visitor
    };
    // The life is another one, and who comes with a cursor of the old one is told, on every way.
    let now = visitor
        .ask("GET", "/v1/visitor/poll", &Value::Null)
        .await
        .json();
    assert_ne!(now["epoch"], before["epoch"]);
    let position = json!({ "epoch": newest["epoch"], "seq": newest["seq"], "rev": newest["rev"] });
    let mut socket = visitor.socket(position).await;
    assert_eq!(socket.hear("resync").await["epoch"], now["epoch"]);
    let old = format!(
        "/v1/visitor/poll?epoch={}&seq={}",
        newest["epoch"].as_str().unwrap(),
        newest["seq"]
    );
    assert_eq!(
        visitor.ask("GET", &old, &Value::Null).await.json()["resync"],
        true
    );
    let mut desk: Socket = shop.agent_socket(json!({ "epoch": newest["epoch"] })).await;
    assert_eq!(desk.hear("resync").await["epoch"], now["epoch"]);
    // What was before the copy is there once; what came after can be sent again.
    let (reply, _) = visitor.write("before", "备份之前").await;
    assert_eq!(reply.json()["duplicate"], true, "{}", reply.json());
    let (reply, _) = visitor.write("after", "备份之后").await;
    assert_eq!(
        (reply.status, &reply.json()["duplicate"]),
        (200, &json!(false))
    );
    drop(kefu);
    let output = run(&["doctor", "--verify", "--data", text(&restored)]);
    assert!(output.status.success(), "{}", words(&output));
}

#[tokio::test]
async fn clients_of_files_that_were_put_back_by_hand_load_afresh_when_they_are_told_to() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let kefu = Kefu::start(&data, &[]).await;
    let shop = Shop::open(&kefu, &data, json!({ "silence_warn_s": 0 })).await;
    let visitor = shop.visitor().await;
    assert_eq!(visitor.write("one", "在吗").await.0.status, 200);
    let poll = async |addr| {
        let visitor = Visitor {
            addr,
            ..visitor.clone()
        };
        let polled = visitor.ask("GET", "/v1/visitor/poll", &Value::Null).await;
        polled.json()["epoch"].clone()
    };
    let before = poll(kefu.addr).await;
    let new_life = ["admin", "--data", text(&data), "new-life"];
    let refused = run(&new_life);
    assert!(
        !refused.status.success() && words(&refused).contains("another process"),
        "{}",
        words(&refused)
    );
    drop(kefu);
    let kefu = Kefu::start(&data, &[]).await;
    assert_eq!(poll(kefu.addr).await, before);
    drop(kefu);
    let output = run(&new_life);
    assert!(output.status.success(), "{}", words(&output));
    let kefu = Kefu::start(&data, &[]).await;
    let after = poll(kefu.addr).await;
    assert_ne!(after, before);
    assert!(words(&output).contains(after.as_str().unwrap()));
}

#[tokio::test]
async fn a_doctor_finds_a_healthy_folder_well_and_a_flipped_bit() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut kefu = Kefu::start(&data, &[]).await;
    let shop = Shop::open(
        &kefu,
        &data,
        json!({ "assign": "auto", "silence_warn_s": 0 }),
    )
    .await;
    let mark = "一句独一无二的话 4711";
    let visitor = shop.visitor().await;
    assert_eq!(visitor.write("m1", mark).await.0.status, 200);
    for n in 0..20 {
        assert_eq!(
            visitor.write(&format!("x{n}"), "别的话").await.0.status,
            200
        );
    }
    let check = |verify: &[&str]| run(&[&["doctor", "--data", text(&data)], verify].concat());
    // While the gateway runs, the doctor looks at it.
    let held = check(&["--verify"]);
    let said = words(&held);
    assert!(held.status.success(), "{said}");
    for well in ["it runs", "are as they were filed", "brands: 1"] {
        assert!(said.contains(well), "{well}: {said}");
    }
    assert_eq!(visitor.write("m2", "还在吗").await.0.status, 200);
    // Where nothing is, nothing is made.
    let nowhere = folder.path().join("nowhere");
    let looked = run(&["doctor", "--data", text(&nowhere)]);
    assert!(looked.status.success(), "{}", words(&looked));
    assert!(words(&looked).contains("the first start makes it"));
    assert!(!nowhere.exists());
    kefu.signal(Signal::TERM);
    assert!(kefu.ended(Duration::from_secs(15)).await.success());
    for verify in [&[][..], &["--verify"]] {
        let well = check(verify);
        let said = words(&well);
        assert!(well.status.success() && !said.contains("MEND"), "{said}");
    }
    assert!(words(&check(&["--verify"])).contains("are as they were filed"));
    let spots = places(&data, mark.as_bytes());
    assert!(!spots.is_empty(), "the message is in no file");
    let mut found = 0;
    for (file, at) in &spots {
        flip(file, *at);
        let output = check(&["--verify"]);
        let said = words(&output);
        assert!(!said.contains("panicked"), "{said}");
        found += usize::from(!output.status.success() && said.contains("MEND"));
        flip(file, *at);
    }
    assert!(found > 0, "no flipped bit of {} was seen", spots.len());
    // A header that is none.
    let main = spots[0].0.clone();
    for at in 0..16 {
        flip(&main, at);
    }
    let output = check(&[]);
    assert!(
        !output.status.success() && words(&output).contains("MEND store"),
        "{}",
        words(&output)
    );
    for at in 0..16 {
        flip(&main, at);
    }
    assert!(check(&["--verify"]).status.success(), "mended, it is well");
}

/// Where these bytes stand in the files of a folder.
fn places(folder: &Path, bytes: &[u8]) -> Vec<(PathBuf, usize)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        if !entry.file_type().unwrap().is_file() {
            continue;
        }
        let held = std::fs::read(entry.path()).unwrap();
        let at = held.windows(bytes.len()).enumerate();
        found.extend(
            at.filter(|(_, window)| *window == bytes)
                .map(|(at, _)| (entry.path(), at)),
        );
    }
    found
}

fn flip(file: &Path, at: usize) {
    let mut bytes = std::fs::read(file).unwrap();
    bytes[at] ^= 1;
    std::fs::write(file, bytes).unwrap();
}
