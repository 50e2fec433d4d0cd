//! What this system says by itself takes nothing from what the customer's words leave for answers.

use kefu_simulator::{AppKind, Mode};
use serde_json::{Value, json};

use crate::stage::{Stage, given};

#[tokio::test]
async fn who_is_served_or_wrote_lately_is_not_welcomed_again() {
    let stage = Stage::set(AppKind::MiniProgram, Mode::Safe).await;
    let texts = json!({ "texts": { "welcome": "欢迎光临", "queue": "", "queue_next": "" } });
    let changed = stage.shop.call("PATCH", &stage.account(), &texts).await;
    assert_eq!(changed.status, 200, "{}", changed.json());
    stage.comes(AppKind::MiniProgram, "zhou").await;
    assert_eq!(stage.shown("zhou", 1).await[0]["content"], "欢迎光临");
    // Entering once more is no reason for another one.
    stage.another_second().await;
    stage.comes(AppKind::MiniProgram, "zhou").await;
    let mut desk = stage.shop.desk().await;
    stage.another_second().await;
    stage.says("zhou", "有货吗").await;
    let card = given(&mut desk).await;
    let five = |row: &Value| row["credits"]["of"] == 5;
    let before = stage.thread(five).await;
    for _ in 0..3 {
        stage.another_second().await;
        stage.comes(AppKind::MiniProgram, "zhou").await;
    }
    stage.reply(&mut desk, &card, "a1", "有的").await;
    let shown = stage.shown("zhou", 2).await;
    assert_eq!(shown.len(), 2, "{shown:?}");
    let after = stage.thread(five).await;
    let left = |row: &Value| row["credits"]["left"].as_i64().unwrap();
    assert_eq!(left(&after), left(&before) - 1, "the answer alone: {after}");
}

#[tokio::test]
async fn a_tapped_answer_of_the_survey_is_no_inquiry() {
    let stage = Stage::set(AppKind::OfficialAccount, Mode::Safe).await;
    let set_up = json!({
        "survey": { "enabled": true },
        "texts": { "queue": "请稍候", "queue_next": "请稍候", "off_hours": "请留言" },
    });
    let changed = stage.shop.call("PATCH", &stage.account(), &set_up).await;
    assert_eq!(changed.status, 200, "{}", changed.json());
    let mut desk = stage.shop.desk().await;
    stage.comes(AppKind::OfficialAccount, "lan").await;
    stage.says("lan", "有货吗").await;
    let card = given(&mut desk).await;
    stage.reply(&mut desk, &card, "a1", "有的").await;
    let so_far = stage.shown("lan", 1).await.len();
    let session = card["session"]["session_id"].as_str().unwrap();
    let close = format!("/v1/sessions/{session}/close");
    let closed = stage.shop.call("POST", &close, &json!({})).await;
    assert_eq!(closed.status, 200, "{}", closed.json());
    let shown = stage.shown("lan", so_far + 1).await;
    let survey = shown.last().unwrap();
    assert!(survey["list"].is_array(), "{shown:?}");
    stage.another_second().await;
    let msgid = stage.newest("lan").await;
    let tap = json!({ "customer": "lan", "msgid": msgid, "index": 4 });
    stage.sim("tap", tap).await;
    let asked = |message: &Value| message["survey"]["score"] == 5;
    stage.message(&card, asked).await;
    let tapped = |message: &Value| message["text"]["menu_id"].is_string();
    stage.message(&card, tapped).await;
    let thread = stage.thread(|_| true).await;
    assert_eq!(thread["session"]["service_state"], 4, "{thread}");
    assert_eq!(thread["session"]["session_id"], session);
    assert_eq!(stage.shown("lan", shown.len()).await.len(), shown.len());
}
