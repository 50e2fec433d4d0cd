//! The knowledge base: groups, questions, and what may not be.

use serde_json::{Value, json};

use crate::bench::Bench;

fn said(words: &str) -> Value {
    json!({ "text": { "content": words } })
}

#[tokio::test]
async fn groups_have_names_of_their_own_and_one_is_always_there() {
    let bench = Bench::start().await;
    bench.sign_in().await;
    let made = bench
        .api("kf/knowledge/add_group", json!({ "name": "茶叶" }))
        .await;
    let id = &made["group_id"];
    let again = json!({ "name": "茶叶" });
    assert_eq!(bench.code("kf/knowledge/add_group", again).await, 40058);
    let long = json!({ "name": "一二三四五六七八九十一二三" });
    assert_eq!(bench.code("kf/knowledge/add_group", long).await, 40058);
    let renamed = json!({ "group_id": id, "name": "岩茶" });
    bench.api("kf/knowledge/mod_group", renamed).await;
    let first = json!({ "limit": 1 });
    let page = bench.api("kf/knowledge/list_group", first).await;
    assert_eq!(
        (&page["has_more"], &page["group_list"][0]["is_default"]),
        (&json!(1), &json!(1))
    );
    let default = page["group_list"][0]["group_id"].clone();
    let next = json!({ "cursor": page["next_cursor"], "limit": 0 });
    let page = bench.api("kf/knowledge/list_group", next).await;
    assert_eq!(page["has_more"], 0);
    assert_eq!(
        page["group_list"],
        json!([{ "group_id": id, "name": "岩茶", "is_default": 0 }])
    );
    let gone = json!({ "group_id": default });
    assert_eq!(bench.code("kf/knowledge/del_group", gone).await, 40058);
    for wanted in [0, 40058] {
        let gone = json!({ "group_id": id });
        assert_eq!(bench.code("kf/knowledge/del_group", gone).await, wanted);
    }
}

#[tokio::test]
async fn a_question_is_asked_once_and_its_parts_are_replaced_whole() {
    let bench = Bench::start().await;
    bench.sign_in().await;
    let group = bench
        .api("kf/knowledge/add_group", json!({ "name": "茶叶" }))
        .await;
    let picture = bench
        .upload("image", "a.png", b"\x89PNG\r\n\x1a\n0000")
        .await;
    let answer = json!({ "text": { "content": "有" }, "attachments": [
        { "msgtype": "image", "image": { "media_id": picture["media_id"] } },
        { "msgtype": "link", "link": { "title": "商城", "picurl": "https://p", "desc": "", "url": "https://s" } },
    ]});
    let intent = |group: &Value, question: &str, answers: Value| {
        json!({
            "group_id": group, "question": said(question), "answers": answers,
            "similar_questions": { "items": [said("有大红袍卖吗")] },
        })
    };
    let whole = intent(&group["group_id"], "有大红袍吗", json!([answer]));
    let made = bench.api("kf/knowledge/add_intent", whole).await;
    let id = &made["intent_id"];
    let twice = intent(&json!("kg0000000000"), "有大红袍吗", json!([said("有")]));
    assert_eq!(
        bench.code("kf/knowledge/add_intent", twice).await,
        40058,
        "in any group"
    );
    for answers in [json!([]), json!([said("一"), said("二")])] {
        let none = intent(&group["group_id"], "别的", answers);
        assert_eq!(bench.code("kf/knowledge/add_intent", none).await, 40058);
    }
    let lost = json!([{ "text": { "content": "有" }, "attachments": [{ "msgtype": "video", "video": { "media_id": "x" } }] }]);
    let lost = intent(&group["group_id"], "别的", lost);
    assert_eq!(bench.code("kf/knowledge/add_intent", lost).await, 40007);
    let changed = json!({ "intent_id": id, "question": said("大红袍有吗") });
    bench.api("kf/knowledge/mod_intent", changed).await;
    let ask = json!({ "group_id": group["group_id"] });
    let page = bench.api("kf/knowledge/list_intent", ask.clone()).await;
    assert_eq!(
        page["intent_list"],
        json!([{
            "group_id": group["group_id"], "intent_id": id, "question": said("大红袍有吗"),
            "similar_questions": { "items": [said("有大红袍卖吗")] },
            "answers": [{ "text": { "content": "有" }, "attachments": [
                { "msgtype": "image", "image": { "name": "a.png" } },
                { "msgtype": "link", "link": { "title": "商城", "pic_url": "https://p", "desc": "", "url": "https://s" } },
            ]}],
        }])
    );
    bench
        .api("kf/knowledge/del_intent", json!({ "intent_id": id }))
        .await;
    let page = bench.api("kf/knowledge/list_intent", ask).await;
    assert_eq!(page["intent_list"], json!([]));
    assert_eq!(
        bench
            .code("kf/knowledge/del_intent", json!({ "intent_id": id }))
            .await,
        40058
    );
}
