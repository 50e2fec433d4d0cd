//! Codes for specialists: one for each card, and none that nobody was given.

use kefu_domain::{
    FanGroupId, ServiceState, SpecialistId,
    setup::{Connection, FanGroup, ServedIn, Specialist},
};
use kefu_reception::{Error, HandOff};
use kefu_store::{Conversation, HandoffStatus};
use serde_json::json;

use crate::house::{House, entry};

const MADE: &str = "externalcontact/add_contact_way";

/// A specialist who is a member at the platform.
async fn specialist(house: &House) {
    let row: Specialist = entry(json!({
        "id": SpecialistId(house.reception.ids().mint()), "name": "顾念", "title": "茶艺师",
        "connection": house.connection, "userid": "gunian",
    }));
    house.reception.put(house.brand, row, None).await.unwrap();
}

/// A group whose code is a picture.
async fn fan_group(house: &House) {
    let row: FanGroup = entry(json!({
        "id": FanGroupId(house.reception.ids().mint()), "name": "茶友群", "capacity": 200, "qr_media_id": "x",
    }));
    house.reception.put(house.brand, row, None).await.unwrap();
}

fn offer(house: &House, whole: &Conversation, key: &str) -> HandOff {
    HandOff {
        brand: house.brand,
        agent: house.lin,
        conversation: whole.id,
        fence: None,
        client_msg_id: key.to_owned(),
        group: false,
        target: None,
    }
}

/// How many codes the corp has.
async fn codes(house: &House) -> u64 {
    house.look("corp").await["corps"][0]["contact_ways"]
        .as_u64()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_is_one_code_however_often_it_is_asked_for() {
    let house = House::open().await;
    specialist(&house).await;
    let whole = house.answered().await;
    let others = HandOff {
        agent: house.gu,
        ..offer(&house, &whole, "g1")
    };
    let refused = house.reception.hand_off(others).await.unwrap_err();
    assert_eq!(refused, Error::NotAssigned);
    assert_eq!(codes(&house).await, 0, "who may not offer makes none");
    let first = house.reception.hand_off(offer(&house, &whole, "h1"));
    let first = first.await.unwrap();
    let again = house.reception.hand_off(offer(&house, &whole, "h1"));
    assert_eq!(again.await.unwrap().id, first.id);
    // Something else under its id is not it, and a group that is not there is none.
    let group = |key: &str| HandOff {
        group: true,
        target: Some(house.reception.ids().mint()),
        ..offer(&house, &whole, key)
    };
    let refused = house.reception.hand_off(group("h1")).await.unwrap_err();
    assert_eq!(refused, Error::IdempotencyConflict);
    fan_group(&house).await;
    let refused = house.reception.hand_off(group("h2")).await.unwrap_err();
    assert_eq!(refused, Error::TargetGone);
    assert_eq!((codes(&house).await, house.calls(MADE).await.len()), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_whose_card_is_refused_is_taken_back_however_the_platform_stutters() {
    let house = House::open().await;
    specialist(&house).await;
    let whole = house.answered().await;
    // The session ends while the platform makes the code.
    let slow = json!({ "kind": "delay", "path": MADE, "ms": 800, "calls": 1 });
    house.sim("fault", slow).await;
    let busy = json!({ "kind": "errcode", "path": "externalcontact/del_contact_way", "code": -1, "calls": 2 });
    house.sim("fault", busy).await;
    let ended = async {
        house
            .until("a code that is being made", async || {
                let asked = house
                    .reception
                    .store()
                    .handoffs(house.brand, whole.customer.id);
                (!asked.await.unwrap().is_empty()).then_some(())
            })
            .await;
        let session = whole.session.as_ref().unwrap().id;
        let closed = house
            .reception
            .close(house.brand, house.supervisor(), session, None, None);
        closed.await.unwrap();
    };
    let offered = house.reception.hand_off(offer(&house, &whole, "h1"));
    let (refused, ()) = futures_util::future::join(offered, ended).await;
    assert!(refused.is_err(), "{refused:?}");
    house
        .until("the code is taken back", async || {
            let tried = house.calls("externalcontact/del_contact_way").await.len();
            (tried >= 3 && codes(&house).await == 0).then_some(())
        })
        .await;
    house
        .until("its row says so", async || {
            let store = house.reception.store();
            let rows = store
                .handoffs(house.brand, whole.customer.id)
                .await
                .unwrap();
            let failed = rows[0].status == HandoffStatus::Failed;
            (failed && rows[0].config_id.is_none()).then_some(())
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_offer_at_the_same_time_is_one_and_its_code_is_introduced() {
    let house = House::open().await;
    specialist(&house).await;
    let whole = house.answered().await;
    let slow = json!({ "kind": "delay", "path": MADE, "ms": 300, "calls": 2 });
    house.sim("fault", slow).await;
    let one = || house.reception.hand_off(offer(&house, &whole, "h1"));
    let (first, again) = futures_util::future::join(one(), one()).await;
    assert_eq!(first.unwrap().id, again.unwrap().id);
    assert_eq!((codes(&house).await, house.calls(MADE).await.len()), (1, 1));
    let shown = house
        .until("the code and its words", async || {
            let shown = house.shown("xu").await;
            (shown.len() == 3).then_some(shown)
        })
        .await;
    let words = shown[2]["content"]["content"].as_str().unwrap();
    assert!(words.contains("添加顾念（茶艺师）"), "{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_whose_card_is_refused_is_none_and_its_code_is_taken_back() {
    let house = House::open().await;
    specialist(&house).await;
    let whole = house.answered().await;
    let refused = json!({ "kind": "errcode", "path": "kf/send_msg", "code": 95030, "calls": 2 });
    house.sim("fault", refused).await;
    let offered = house.reception.hand_off(offer(&house, &whole, "h1"));
    let id = offered.await.unwrap().id;
    house
        .until("its end", async || {
            let store = house.reception.store();
            let handoff = store.handoff(house.brand, id).await.unwrap();
            (handoff.status == HandoffStatus::Failed && codes(&house).await == 0).then_some(())
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_whose_card_fails_late_is_none_and_says_so() {
    let house = House::open().await;
    specialist(&house).await;
    let whole = house.answered().await;
    let late = json!({ "kind": "send_fail", "fail_type": 13, "after_ms": 0, "calls": 1 });
    house.sim("fault", late).await;
    let offered = house.reception.hand_off(offer(&house, &whole, "h1"));
    let id = offered.await.unwrap().id;
    house.sim("clock", json!({ "advance_s": 5 })).await;
    let seq = house
        .until("its end", async || {
            let store = house.reception.store();
            let handoff = store.handoff(house.brand, id).await.unwrap();
            let gone = handoff.status == HandoffStatus::Failed && codes(&house).await == 0;
            gone.then_some(handoff.seq)
        })
        .await;
    let thread = house.thread(whole.id).await;
    let card = thread.iter().find(|message| message.seq == seq).unwrap();
    assert_eq!(card.failure.as_ref().unwrap().code, "fail_13");
    let kefu_domain::Content::Handoff(card) = &card.content else {
        panic!("a card");
    };
    assert_eq!(card.status, "failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_mini_program_is_set_up_the_card_is_one_of_its_cards() {
    let house = House::open().await;
    specialist(&house).await;
    let setup = house.reception.directory().brand(house.brand).unwrap();
    let connection = Connection {
        card_appid: Some("wx0123456789abcdef".to_owned()),
        card_page: Some("pages/card.html".to_owned()),
        ..setup.connections[&house.connection].entry.clone()
    };
    house
        .reception
        .put(house.brand, connection, None)
        .await
        .unwrap();
    let whole = house.answered().await;
    let offered = house.reception.hand_off(offer(&house, &whole, "h1"));
    let id = offered.await.unwrap().id;
    let card = house
        .until("the card", async || {
            let shown = house.shown("xu").await;
            let last = shown.last()?;
            (last["msgtype"] == "miniprogram").then(|| last["content"].clone())
        })
        .await;
    assert_eq!(
        (&card["appid"], &card["title"]),
        (&json!("wx0123456789abcdef"), &json!("顾念 · 茶艺师"))
    );
    let page = card["pagepath"].as_str().unwrap();
    let url = page.strip_prefix("pages/card.html?url=").unwrap();
    assert!(url.starts_with("http%3A%2F%2F127.0.0.1") && url.ends_with(&format!("%2Fh%2F{id}")));
    let url = url.replace("%3A", ":").replace("%2F", "/");
    // It needs no words beside it, and opening it is seen.
    assert_eq!(house.shown("xu").await.len(), 2);
    let opened = reqwest::get(url).await.unwrap();
    assert!(opened.status().is_success());
    house
        .until("that it was opened", async || {
            let handoff = house.reception.store().handoff(house.brand, id).await;
            (handoff.unwrap().status == HandoffStatus::Opened).then_some(())
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_served_in_the_client_is_offered_nothing_here_and_no_code_is_made() {
    let house = House::with(|_, door| door.served_in = ServedIn::Client).await;
    specialist(&house).await;
    house.says("xu", "转人工").await;
    let whole = house.in_state(ServiceState::Serving).await;
    let agent = whole.session.as_ref().unwrap().agent.unwrap();
    let theirs = HandOff {
        agent,
        ..offer(&house, &whole, "h1")
    };
    let refused = house.reception.hand_off(theirs).await.unwrap_err();
    assert_eq!(refused, Error::ServedElsewhere);
    assert!(house.calls(MADE).await.is_empty());
}
