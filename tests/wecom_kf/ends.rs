//! The end of our session is the end of the platform's, and its last words cost the customer nothing.

use kefu_domain::{Content, Delivery, ServiceState, session::Command};
use kefu_reception::Actor;
use kefu_store::{Act, Conversation};
use serde_json::json;

use crate::house::{House, KF};

async fn close(house: &House, whole: &Conversation) {
    let session = whole.session.as_ref().unwrap();
    let lin = Actor {
        agent: Some(house.lin),
        supervises: false,
    };
    let closed = house
        .reception
        .close(house.brand, lin, session.id, None, None);
    closed.await.unwrap();
}

/// An answer in the session after the one that was closed gets through.
async fn still_answered(house: &House, again: &Conversation) {
    let session = again.session.as_ref().unwrap().id;
    let enqueue = Act::new(
        house.brand,
        again.id,
        session,
        Command::Assign { agent: house.lin },
        house.reception.now(),
    );
    house.reception.store().act(enqueue).await.unwrap();
    house.answer(again, "a2", "请说").await;
    house
        .until("the second answer", async || {
            (house.shown("xu").await.len() == 2).then_some(())
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_words_and_the_survey_are_one_message_outside_the_credits() {
    let house = House::open().await;
    let whole = house.answered().await;
    let left = whole.credits.unwrap().left;
    close(&house, &whole).await;
    let shown = house
        .until("the survey on the phone", async || {
            let shown = house.shown("xu").await;
            (shown.len() == 2).then_some(shown)
        })
        .await;
    let menu = &shown[1]["content"];
    assert_eq!(
        menu["head_content"], "祝您喝茶愉快。\n这次帮到您了吗？",
        "{shown:?}"
    );
    assert_eq!(house.upstream("xu").await, 4);
    assert_eq!(house.calls("kf/send_msg").await.len(), 1);
    let ended = house.in_state(ServiceState::Ended).await;
    assert_eq!(ended.credits.unwrap().left, left);
    // The tap is the customer's answer.
    let tap = json!({ "customer": "xu", "open_kfid": KF, "index": 4, "msgid": shown[1]["msgid"] });
    house.sim("tap", tap).await;
    let rated = house
        .conversation("the score of the survey", |whole| {
            let session = whole.session.as_ref();
            session.is_some_and(|s| s.score == Some(5))
        })
        .await;
    // It stands in the thread, and opens, asks and answers nothing.
    assert_eq!(house.written(whole.id).await, ["转人工", "很好"]);
    let thread = house.thread(whole.id).await;
    let asked = thread.iter().find_map(|message| match &message.content {
        Content::Survey(survey) => survey.score,
        _ => None,
    });
    assert_eq!(asked, Some(5));
    assert_eq!((rated.sessions, rated.unread), (1, ended.unread));
    assert_eq!(rated.session.as_ref().unwrap().state, ServiceState::Ended);
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    assert_eq!(house.shown("xu").await.len(), 2, "no notice follows");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_blocked_is_told_nothing_and_the_platforms_session_ends_too() {
    let house = House::open().await;
    let whole = house.answered().await;
    let lin = Actor {
        agent: Some(house.lin),
        supervises: false,
    };
    let blocked = house
        .reception
        .block(house.brand, lin, whole.customer.id, true);
    blocked.await.unwrap();
    house
        .until("the platform's end", async || {
            (house.upstream("xu").await == 4).then_some(())
        })
        .await;
    assert_eq!(house.shown("xu").await.len(), 1);
    assert!(house.calls("kf/send_msg_on_event").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_who_writes_again_is_not_shut_out_by_an_end_that_was_delayed() {
    let house = House::open().await;
    let whole = house.answered().await;
    let busy =
        json!({ "kind": "errcode", "path": "kf/service_state/trans", "code": -1, "calls": 2 });
    house.sim("fault", busy).await;
    close(&house, &whole).await;
    house.says("xu", "还有一件事").await;
    let again = house
        .conversation("a second session", |whole| whole.sessions == 2)
        .await;
    let words = house
        .until("an end that is given up", async || {
            let thread = house.thread(again.id).await;
            let survey = thread
                .into_iter()
                .find(|message| matches!(message.content, Content::Survey(_)))?;
            (survey.delivery == Some(Delivery::Failed)).then_some(survey.failure)
        })
        .await;
    assert_eq!(words.unwrap().code, "resumed");
    assert_eq!(house.upstream("xu").await, 1);
    still_answered(&house, &again).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_who_wrote_before_we_heard_of_it_is_not_shut_out() {
    let house = House::open().await;
    let whole = house.answered().await;
    let slow = json!({ "kind": "delay", "path": "kf/sync_msg", "ms": 1_500, "calls": 1 });
    house.sim("fault", slow).await;
    house.says("xu", "还有一件事").await;
    house
        .until("the bell", async || {
            let rung = house.reception.store().rung().await.unwrap();
            (!rung.is_empty()).then_some(())
        })
        .await;
    close(&house, &whole).await;
    let again = house
        .conversation("a second session", |whole| whole.sessions == 2)
        .await;
    assert_eq!(house.upstream("xu").await, 1);
    still_answered(&house, &again).await;
    assert!(house.calls("kf/service_state/trans").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_survey_goes_by_a_credit_if_the_platform_lets_no_session_end() {
    let house = House::open().await;
    let whole = house.answered().await;
    let closed =
        json!({ "kind": "errcode", "path": "kf/service_state/trans", "code": 95016, "calls": 0 });
    house.sim("fault", closed).await;
    close(&house, &whole).await;
    let shown = house
        .until("the survey", async || {
            let shown = house.shown("xu").await;
            (shown.len() == 2).then_some(shown)
        })
        .await;
    assert!(shown[1]["content"]["list"].is_array(), "{shown:?}");
    assert_eq!(house.calls("kf/send_msg").await.len(), 2);
}
