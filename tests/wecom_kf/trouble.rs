//! A platform that stutters, repeats itself, comes late and forgets tokens: everything is there once, in
//! order.

use serde_json::{Value, json};

use crate::house::House;

async fn fault(house: &House, fault: Value) {
    house.sim("fault", fault).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn f48_repeated_and_swapped_bells_and_pages_file_each_message_once() {
    let house = House::open().await;
    house.answered().await;
    for fault in [
        json!({ "kind": "callback_repeat", "times": 2, "identical": true, "calls": 5 }),
        json!({ "kind": "callback_repeat", "times": 2, "calls": 5 }),
        json!({ "kind": "callback_reorder", "calls": 4 }),
        json!({ "kind": "callback_drop", "calls": 2 }),
        json!({ "kind": "duplicate", "count": 7, "calls": 6 }),
        json!({ "kind": "has_more_empty", "calls": 4 }),
    ] {
        self::fault(&house, fault).await;
    }
    let words: Vec<String> = (0..30).map(|n| format!("第{n}句")).collect();
    for one in &words {
        house.says("xu", one).await;
        tokio::time::sleep(std::time::Duration::from_millis(15)).await;
    }
    let whole = house
        .conversation("all of it", |whole| whole.last_seq >= 32)
        .await;
    house
        .until("the last words", async || {
            let written = house.written(whole.id).await;
            (written.last() == words.last()).then_some(())
        })
        .await;
    assert_eq!(house.written(whole.id).await[1..], words[..]);
}

#[tokio::test(flavor = "multi_thread")]
async fn f48_what_comes_an_hour_late_says_when_it_was_said() {
    let house = House::open().await;
    let hour = 3_600;
    house.sim("clock", json!({ "advance_s": -hour })).await;
    house.says("xu", "一小时前的话").await;
    let whole = house
        .conversation("the words", |whole| whole.last_seq > 0)
        .await;
    let line = house
        .until("the line about it", async || {
            let store = house.reception.store();
            let lines = store.lines(house.brand, whole.id, 0, 100).await.unwrap();
            let late =
                |line: &kefu_domain::message::Line| line.event.as_deref() == Some("came_late");
            lines.into_iter().find(late)
        })
        .await;
    let said_at: i64 = line.text.parse().unwrap();
    let late = house.reception.now() - said_at;
    assert!((3_590_000..3_700_000).contains(&late), "{late}");
}

#[tokio::test(flavor = "multi_thread")]
async fn f50_a_token_that_is_revoked_in_a_burst_is_fetched_once() {
    let house = House::open().await;
    let people: Vec<String> = (0..6).map(|n| format!("p{n}")).collect();
    let mut threads: Vec<kefu_domain::ConversationId> = Vec::new();
    for one in &people {
        house.says(one, "转人工").await;
        let whole = house
            .conversation("a new customer who waits", |whole| {
                let waits = whole.session.as_ref().is_some_and(|s| s.agent.is_none());
                waits && !threads.contains(&whole.id)
            })
            .await;
        let session = whole.session.as_ref().unwrap().id;
        let given = house
            .reception
            .assign(house.brand, house.supervisor(), session, house.lin);
        given.await.unwrap();
        threads.push(whole.id);
    }
    let before = house.calls("gettoken").await.len();
    house.sim("revoke", json!({ "code": 42001 })).await;
    let answers = threads.iter().enumerate().map(|(n, id)| {
        let house = &house;
        async move {
            let store = house.reception.store();
            let whole = store.conversation(house.brand, *id).await.unwrap();
            house
                .answer(&whole, &format!("a{n}"), &format!("答{n}"))
                .await;
        }
    });
    futures_util::future::join_all(answers).await;
    for (n, one) in people.iter().enumerate() {
        house
            .until("each answer on its phone", async || {
                let shown = house.shown(one).await;
                let mine = |line: &&Value| line["content"]["content"] == format!("答{n}");
                (shown.iter().filter(mine).count() == 1).then_some(())
            })
            .await;
    }
    assert_eq!(house.calls("gettoken").await.len() - before, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn f51_an_answer_that_was_taken_without_a_word_arrives_once() {
    let house = House::open().await;
    let whole = house.answered().await;
    let path = "kf/send_msg";
    fault(
        &house,
        json!({ "kind": "errcode", "path": path, "code": -1, "calls": 1 }),
    )
    .await;
    let silent = json!({ "kind": "accept_timeout", "path": path, "ms": 200, "calls": 1 });
    fault(&house, silent).await;
    house.answer(&whole, "a2", "第二条").await;
    house.answer(&whole, "a3", "第三条").await;
    let shown = house
        .until("both", async || {
            let shown = house.shown("xu").await;
            (shown.len() >= 3).then_some(shown)
        })
        .await;
    let words: Vec<&str> = shown
        .iter()
        .filter_map(|line| line["content"]["content"].as_str())
        .collect();
    assert_eq!(words, ["您好，我是林知夏", "第二条", "第三条"]);
    house
        .until("that both are sent", async || {
            let thread = house.thread(whole.id).await;
            let sent = |m: &&kefu_domain::Message| m.delivery == Some(kefu_domain::Delivery::Sent);
            (thread.iter().rev().take(2).filter(sent).count() == 2).then_some(())
        })
        .await;
}
