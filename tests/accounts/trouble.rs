//! What the platform does to us: silence after accepting, windows that are over, tokens taken back.

use kefu_simulator::{AppKind, Mode};
use serde_json::{Value, json};

use crate::{
    shop::Socket,
    stage::{Stage, given},
};

const SEND: &str = "message/custom/send";
const SHOP_SEND: &str = "channels/ec/commkf/sendmsg";

/// Somebody has asked, and an agent has them.
async fn asked(kind: AppKind) -> (Stage, Socket, Value) {
    let stage = Stage::set(kind, Mode::Safe).await;
    let mut desk = stage.shop.desk().await;
    stage.comes(kind, "zhou").await;
    stage.says("zhou", "有货吗").await;
    let card = given(&mut desk).await;
    (stage, desk, card)
}

#[tokio::test]
async fn an_account_does_not_repeat_what_may_have_arrived() {
    let (stage, mut desk, card) = asked(AppKind::OfficialAccount).await;
    stage
        .fault(json!({ "kind": "accept_timeout", "path": SEND, "ms": 200 }))
        .await;
    stage.reply(&mut desk, &card, "a1", "有的").await;
    let doubtful = |message: &Value| message["delivery"] == "unknown";
    let message = stage.message(&card, doubtful).await;
    assert_eq!(message["failure"]["code"], "unconfirmed", "{message}");
    // What follows goes out, and the first stays as it is: once on the phone.
    stage.reply(&mut desk, &card, "a2", "明前的").await;
    let shown = stage.shown("zhou", 2).await;
    assert_eq!(shown.len(), 2, "{shown:?}");
    assert_eq!(stage.asked(SEND).await, 2);
    // A person may decide that it goes out again.
    let resend = format!("/v1/messages/{}/resend", message["msgid"].as_str().unwrap());
    let resent = stage.shop.call("POST", &resend, &json!({})).await;
    assert_eq!(resent.status, 204, "{}", resent.json());
    assert_eq!(stage.shown("zhou", 3).await.len(), 3);
    let sent =
        |message: &Value| message["text"]["content"] == "有的" && message["delivery"] == "sent";
    stage.message(&card, sent).await;
}

#[tokio::test]
async fn what_was_surely_refused_goes_out_after_a_crash() {
    let (mut stage, mut desk, card) = asked(AppKind::OfficialAccount).await;
    stage
        .fault(json!({ "kind": "errcode", "path": SEND, "code": -1, "calls": 50 }))
        .await;
    stage.reply(&mut desk, &card, "a1", "有的").await;
    let refused = async || {
        let waiting = stage.shop.get("/v1/outbox?state=pending").await;
        waiting["items"][0]["last_error"]["code"] == "-1"
    };
    while !refused().await {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    stage.restart().await;
    stage.no_fault().await;
    assert_eq!(stage.shown("zhou", 1).await[0]["content"], "有的");
    let sent = |message: &Value| message["origin"] == 5 && message["delivery"] == "sent";
    stage.message(&card, sent).await;
}

#[tokio::test]
async fn while_it_is_paused_what_comes_is_kept_and_what_goes_waits() {
    let (stage, mut desk, card) = asked(AppKind::OfficialAccount).await;
    stage.pause(true).await;
    let before = stage.asked("cgi-bin").await;
    stage.says("zhou", "还在吗").await;
    let kept = |message: &Value| message["text"]["content"] == "还在吗";
    stage.message(&card, kept).await;
    stage.reply(&mut desk, &card, "a1", "有的").await;
    let waiting = async || {
        let waiting = stage.shop.get("/v1/outbox?state=pending").await;
        waiting["items"][0]["last_error"]["code"] == "paused"
    };
    while !waiting().await {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(stage.asked("cgi-bin").await, before, "nothing is asked");
    let row = stage.shop.get("/v1/outbox?state=pending").await["items"][0].clone();
    let waits_ms = row["next_at"].as_i64().unwrap() - row["created_at"].as_i64().unwrap();
    assert!(
        waits_ms > 86_400_000,
        "it is not taken out to be put back: {row}"
    );
    stage.pause(false).await;
    assert_eq!(stage.shown("zhou", 1).await[0]["content"], "有的");
}

#[tokio::test]
async fn a_shop_is_asked_again_under_the_same_id() {
    let (stage, mut desk, card) = asked(AppKind::Shop).await;
    stage
        .fault(json!({ "kind": "accept_timeout", "path": SHOP_SEND, "ms": 200 }))
        .await;
    stage.reply(&mut desk, &card, "a1", "今天").await;
    let sent = |message: &Value| message["origin"] == 5 && message["delivery"] == "sent";
    stage.message(&card, sent).await;
    let shown = stage.shown("zhou", 1).await;
    assert_eq!(shown.len(), 1, "once on the phone: {shown:?}");
    assert_eq!(stage.asked(SHOP_SEND).await, 2);
}

#[tokio::test]
async fn a_window_that_is_over_is_shown_as_over() {
    let (stage, mut desk, card) = asked(AppKind::OfficialAccount).await;
    stage
        .fault(json!({ "kind": "errcode", "path": SEND, "code": 45015 }))
        .await;
    stage.reply(&mut desk, &card, "a1", "有的").await;
    let failed = |message: &Value| message["delivery"] == "failed";
    let message = stage.message(&card, failed).await;
    assert_eq!(message["failure"]["code"], "45015");
    let thread = stage.thread(|row| row["credits"]["left"] == 0).await;
    assert_eq!(thread["conversation_id"], card["conversation_id"]);
    // Who writes again may be answered again.
    stage.another_second().await;
    stage.says("zhou", "还在吗").await;
    stage.thread(|row| row["credits"]["left"] == 5).await;
    stage.reply(&mut desk, &card, "a2", "在的").await;
    let shown = stage.shown("zhou", 1).await;
    assert_eq!(shown[0]["content"], "在的");
}

#[tokio::test]
async fn who_no_longer_follows_is_said_to_have_left_and_not_to_be_late() {
    let stage = Stage::set(AppKind::OfficialAccount, Mode::Safe).await;
    let mut desk = stage.shop.desk().await;
    stage.comes(AppKind::OfficialAccount, "zhou").await;
    stage.says("zhou", "有货吗").await;
    let card = given(&mut desk).await;
    stage.sim("unfollow", json!({ "customer": "zhou" })).await;
    // Before anybody tries: the card says so, and so does the refusal.
    let left = |row: &Value| row["can_send"]["code"] == "customer_left";
    let thread = stage.thread(left).await;
    assert_eq!(thread["credits"]["customer_left"], true, "{thread}");
    let reason = thread["can_send"]["reason"].as_str().unwrap();
    assert!(
        reason.contains("取消关注") && !reason.contains("48"),
        "{reason}"
    );
    desk.say(json!({
        "op": "send", "id": "a1", "conversation_id": card["conversation_id"],
        "fence": card["session"]["fence"], "msgtype": "text", "text": { "content": "有的" },
    }))
    .await;
    assert_eq!(desk.hear("error").await["code"], "customer_left");
    // Following again gives leave to speak. The platform tells two events of one second apart by nothing.
    stage.act("clock", json!({ "advance_s": 2 })).await;
    stage.comes(AppKind::OfficialAccount, "zhou").await;
    stage.thread(|row| row["can_send"]["ok"] == true).await;
    stage.reply(&mut desk, &card, "a2", "有的，明前龙井").await;
    let shown = stage.shown("zhou", 1).await;
    assert_eq!(shown[0]["content"], "有的，明前龙井");
}

#[tokio::test]
async fn a_token_taken_back_in_a_burst_is_renewed_once_and_nothing_is_lost() {
    let stage = Stage::set(AppKind::OfficialAccount, Mode::Safe).await;
    let mut desk = stage.shop.desk().await;
    let cards = stage.crowd(AppKind::OfficialAccount, &mut desk, 12).await;
    stage.reply(&mut desk, &cards[0], "first", "在的").await;
    let sent = |message: &Value| message["origin"] == 5 && message["delivery"] == "sent";
    stage.message(&cards[0], sent).await;
    let before = stage.asked("stable_token").await;
    stage.sim("revoke", json!({})).await;
    for (n, card) in cards.iter().enumerate() {
        stage
            .reply(&mut desk, card, &format!("r{n}"), "马上看")
            .await;
    }
    for card in &cards {
        let done = |message: &Value| {
            message["text"]["content"] == "马上看" && message["delivery"] == "sent"
        };
        stage.message(card, done).await;
    }
    let renewals = stage.asked("stable_token").await - before;
    assert_eq!(renewals, 1);
}
