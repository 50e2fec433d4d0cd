//! Customers who are answered in the WeCom client: given to a colleague there or to the pool, and
//! followed from our console.

use kefu_domain::{Origin, ServiceState, session::Reason, setup::ServedIn};
use kefu_reception::{Error, Reply, To};
use serde_json::{Value, json};

use crate::house::{House, KF};

async fn client_house() -> House {
    House::with(|_, door| door.served_in = ServedIn::Client).await
}

/// What a servicer does in the platform's own client.
async fn does(house: &House, userid: &str, act: Value) {
    let mut body = json!({ "customer": "xu", "open_kfid": KF, "userid": userid });
    let fields = act.as_object().unwrap().clone();
    body.as_object_mut().unwrap().extend(fields);
    house.sim("servicer", body).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_colleague_in_the_client_gets_the_customer_and_our_console_follows() {
    let house = client_house().await;
    house.says("xu", "转人工").await;
    let serving = house.in_state(ServiceState::Serving).await;
    assert_eq!(house.upstream("xu").await, 3);
    let session = serving.session.as_ref().unwrap();
    let first = session.agent.unwrap();
    let (userid, other, other_id) = if first == house.lin {
        ("linzhixia", "gunian", house.gu)
    } else {
        ("gunian", "linzhixia", house.lin)
    };
    assert_eq!(session.elsewhere.as_deref(), Some(userid));

    // What is typed there is filed as theirs, and never sent again.
    does(&house, userid, json!({ "act": "say", "text": "您好" })).await;
    let said = house
        .until("the servicer's words", async || {
            let thread = house.thread(serving.id).await;
            thread.into_iter().find(|m| m.origin == Origin::Servicer)
        })
        .await;
    assert_eq!(said.agent, Some(first));
    assert_eq!(house.shown("xu").await.len(), 1);
    assert!(house.calls("kf/send_msg").await.is_empty());

    // Here it can only be read.
    let reply = Reply {
        brand: house.brand,
        agent: first,
        conversation: serving.id,
        fence: None,
        seen_seq: None,
        client_msg_id: "a1".to_owned(),
        content: kefu_domain::Content::text("从控制台发"),
    };
    let refused = house.reception.reply(reply).await.unwrap_err();
    assert_eq!(refused, Error::ServedElsewhere);

    // Handed over there, to a colleague and then to a member who is no agent of ours.
    does(&house, userid, json!({ "act": "transfer", "to": other })).await;
    let of_other = house
        .conversation("the colleague's session", |whole| {
            whole.session.as_ref().and_then(|s| s.agent) == Some(other_id)
        })
        .await;
    assert_eq!(of_other.session.as_ref().unwrap().id, session.id);
    does(&house, other, json!({ "act": "transfer", "to": "wangnan" })).await;
    let strangers = house
        .conversation("a stranger's session", |whole| {
            let session = whole.session.as_ref();
            session.is_some_and(|s| s.elsewhere.as_deref() == Some("wangnan"))
        })
        .await;
    assert_eq!(strangers.session.as_ref().unwrap().agent, None);
    does(
        &house,
        "wangnan",
        json!({ "act": "say", "text": "我是王楠" }),
    )
    .await;
    let words = house
        .until("the stranger's words", async || {
            let thread = house.thread(serving.id).await;
            thread.into_iter().find(|m| m.outside_author().is_some())
        })
        .await;
    assert_eq!(words.outside_author(), Some("wangnan"));

    // Ended there, and opened again there.
    does(&house, "wangnan", json!({ "act": "end" })).await;
    let ended = house.in_state(ServiceState::Ended).await;
    assert_eq!(
        ended.session.as_ref().unwrap().end_reason,
        Some(Reason::Upstream)
    );
    does(&house, "wangnan", json!({ "act": "reopen" })).await;
    let again = house.in_state(ServiceState::Serving).await;
    assert_eq!(again.sessions, 2);
    assert_eq!(
        again.session.as_ref().unwrap().elsewhere.as_deref(),
        Some("wangnan")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_colleague_who_receives_the_customer_waits_in_the_pool_until_picked_up() {
    let house = client_house().await;
    for userid in ["linzhixia", "gunian"] {
        let off = json!({ "open_kfid": KF, "userid": userid, "status": "stopped" });
        house.sim("servicer", off).await;
    }
    house.says("xu", "在吗").await;
    let waiting = house.in_state(ServiceState::Waiting).await;
    assert_eq!(house.upstream("xu").await, 2);
    let session = waiting.session.as_ref().unwrap();
    assert_eq!(
        (session.elsewhere.as_deref(), session.team),
        (Some(""), None)
    );
    let mine = house
        .reception
        .assign(house.brand, house.supervisor(), session.id, house.lin);
    let Err(Error::Outside { code, .. }) = mine.await else {
        panic!("who receives nobody there is given nobody");
    };
    assert_eq!(code, "95019");
    does(&house, "wangnan", json!({ "act": "pick_up" })).await;
    let picked = house.in_state(ServiceState::Serving).await;
    let session = picked.session.as_ref().unwrap();
    assert_eq!(session.elsewhere.as_deref(), Some("wangnan"));
    // Our end is an end there too.
    let closed = house
        .reception
        .close(house.brand, house.supervisor(), session.id, None, None);
    closed.await.unwrap();
    house
        .until("the platform's end", async || {
            (house.upstream("xu").await == 4).then_some(())
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_served_there_is_told_so_by_codes_and_asked_at_the_end() {
    let house = House::with(|account, door| {
        door.served_in = ServedIn::Client;
        account.texts.queue_next = "您是下一位。".to_owned();
        account.texts.picked_up = "{name}为您服务。".to_owned();
    })
    .await;
    for userid in ["linzhixia", "gunian"] {
        let off = json!({ "open_kfid": KF, "userid": userid, "status": "stopped" });
        house.sim("servicer", off).await;
    }
    let shows = async |words: &str| {
        let what = format!("{words} on the phone");
        house
            .until(&what, async || {
                let shown = house.shown("xu").await;
                let last = shown.last()?;
                last["content"]
                    .to_string()
                    .contains(words)
                    .then(|| last.clone())
            })
            .await
    };
    house.says("xu", "在吗").await;
    shows("您是下一位。").await;
    assert_eq!(house.upstream("xu").await, 2);
    // Their receiving is no secret here: it was told by events of the platform.
    house
        .until("that 林知夏 does not receive", async || {
            let receives = house.reception.receives(house.brand, house.lin).unwrap();
            (receives == Some(false)).then_some(())
        })
        .await;
    let on = json!({ "open_kfid": KF, "userid": "gunian", "status": "receiving" });
    house.sim("servicer", on).await;
    house
        .until("that 顾念 receives", async || {
            let receives = house.reception.receives(house.brand, house.gu).unwrap();
            (receives == Some(true)).then_some(())
        })
        .await;
    does(&house, "gunian", json!({ "act": "pick_up" })).await;
    shows("顾念为您服务。").await;
    does(&house, "gunian", json!({ "act": "say", "text": "您好" })).await;
    let answered = house
        .conversation("the answer", |whole| {
            let session = whole.session.as_ref();
            session.is_some_and(|s| s.first_reply_at.is_some())
        })
        .await;
    does(&house, "gunian", json!({ "act": "end" })).await;
    let asked = shows("祝您喝茶愉快。").await;
    assert_eq!(asked["content"]["list"].as_array().unwrap().len(), 5);
    let best = json!({ "customer": "xu", "msgid": asked["msgid"], "content": "很好" });
    house.sim("tap", best).await;
    let rated = house
        .conversation("a score", |whole| {
            whole.session.as_ref().is_some_and(|s| s.score == Some(5))
        })
        .await;
    assert_eq!(
        rated.session.as_ref().unwrap().id,
        answered.session.as_ref().unwrap().id,
        "an answer opens nothing"
    );
    assert!(house.calls("kf/send_msg").await.is_empty(), "no credit");
    assert_eq!(house.calls("kf/send_msg_on_event").await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_supervisor_gives_who_is_served_there_to_a_colleague_who_receives() {
    let house = client_house().await;
    let off = json!({ "open_kfid": KF, "userid": "gunian", "status": "stopped" });
    house.sim("servicer", off).await;
    house.says("xu", "转人工").await;
    let serving = house.in_state(ServiceState::Serving).await;
    let session = serving.session.as_ref().unwrap();
    assert_eq!(session.elsewhere.as_deref(), Some("linzhixia"));
    let give = async || {
        let to = To::Agent(house.gu);
        let by = house.supervisor();
        let note = Some("懂岩茶".to_owned());
        let given = house
            .reception
            .transfer(house.brand, by, session.id, None, to, note);
        given.await
    };
    let Err(Error::Outside { code, reason }) = give().await else {
        panic!("who does not receive is given nobody");
    };
    assert_eq!(code, "95019");
    assert!(reason.contains("换一位"), "{reason}");
    assert_eq!(house.upstream("xu").await, 3);
    let on = json!({ "open_kfid": KF, "userid": "gunian", "status": "receiving" });
    house.sim("servicer", on).await;
    let moved = give().await.unwrap();
    let session = moved.session.as_ref().unwrap();
    assert_eq!(
        (session.agent, session.elsewhere.as_deref()),
        (Some(house.gu), Some("gunian"))
    );
    // It is theirs at the platform too.
    does(&house, "gunian", json!({ "act": "say", "text": "我来" })).await;
    assert!(matches!(give().await, Err(Error::Conflict(_))), "again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_whose_time_is_over_is_not_said() {
    let house = House::with(|account, door| {
        door.served_in = ServedIn::Client;
        account.texts.queue_next = "您是下一位。".to_owned();
    })
    .await;
    for userid in ["linzhixia", "gunian"] {
        let off = json!({ "open_kfid": KF, "userid": userid, "status": "stopped" });
        house.sim("servicer", off).await;
    }
    let busy = json!({ "kind": "errcode", "path": "kf/send_msg_on_event", "code": -1, "calls": 0 });
    house.sim("fault", busy).await;
    house.says("xu", "在吗").await;
    let waiting = house.in_state(ServiceState::Waiting).await;
    house
        .until("a try in vain", async || {
            (!house.calls("kf/send_msg_on_event").await.is_empty()).then_some(())
        })
        .await;
    does(&house, "wangnan", json!({ "act": "pick_up" })).await;
    house.in_state(ServiceState::Serving).await;
    let notice = house
        .until("the notice given up", async || {
            let thread = house.thread(waiting.id).await;
            thread.into_iter().find(|m| m.failure.is_some())
        })
        .await;
    assert_eq!(notice.failure.unwrap().code, "moved_on");
    assert!(house.shown("xu").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_cannot_be_passed_waits_in_our_queue() {
    let house = client_house().await;
    for path in ["kf/service_state/trans", "kf/service_state/get"] {
        let shut = json!({ "kind": "errcode", "path": path, "code": 48007, "calls": 0 });
        house.sim("fault", shut).await;
    }
    house.says("xu", "在吗").await;
    let waiting = house.in_state(ServiceState::Waiting).await;
    let session = waiting.session.as_ref().unwrap();
    assert!(session.elsewhere.is_none() && session.team.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_taken_back_at_either_end_is_taken_back_here() {
    let house = client_house().await;
    house.says("xu", "转人工").await;
    let serving = house.in_state(ServiceState::Serving).await;
    let agent = serving.session.as_ref().unwrap().agent.unwrap();
    let userid = if agent == house.lin {
        "linzhixia"
    } else {
        "gunian"
    };
    let slip = house.says("xu", "写错了").await;
    does(&house, userid, json!({ "act": "say", "text": "也写错了" })).await;
    let shown = house.shown("xu").await;
    let theirs = shown.last().unwrap()["msgid"].clone();
    let back = json!({ "customer": "xu", "open_kfid": KF, "msgid": slip });
    house.sim("recall", back).await;
    does(&house, userid, json!({ "act": "recall", "msgid": theirs })).await;
    let thread = house
        .until("both taken back", async || {
            let thread = house.thread(serving.id).await;
            (thread.iter().filter(|m| m.recalled).count() == 2).then_some(thread)
        })
        .await;
    let back: Vec<Origin> = thread
        .iter()
        .filter(|m| m.recalled)
        .map(|m| m.origin)
        .collect();
    assert_eq!(back, [Origin::Customer, Origin::Servicer]);
    assert!(!thread[0].recalled, "and nothing else");
    // What we sent ourselves cannot be taken back there, so it cannot be here.
    let id = kefu_domain::MessageId {
        conversation: serving.id,
        seq: thread[0].seq,
    };
    let refused = house.reception.recall(house.brand, agent, id).await;
    assert_eq!(refused, Err(Error::NotSendable("recall".to_owned())));
}
