//! What time alone brings about.

use kefu_domain::{ServiceState, Session, routing::Availability, session::Reason};
use serde_json::json;

use crate::world::World;

fn waits(session: &Session) -> bool {
    session.state == ServiceState::Waiting && session.offer.is_none()
}

#[tokio::test]
async fn who_is_not_answered_goes_back_to_their_place_and_to_somebody_else() {
    let rules = json!({ "reply_timeout_s": 60, "silence_warn_s": 0 });
    let world = World::with(json!({ "rules": rules })).await;
    let (slow, _) = world.agent("slow", world.team, 8).await;
    let guest = world.customer("c1").await.conversation;
    let first = world.served(guest, slow).await;
    world.later(59);
    world.for_a_while().await;
    assert_eq!(world.session(guest).await.fence, first.fence);
    world.says(slow, Availability::Busy).await;
    world.later(2);
    let back = world.until(guest, waits).await;
    assert_eq!(back.enqueued_at, first.enqueued_at);
    let (quick, _) = world.agent("quick", world.team, 8).await;
    world.served(guest, quick).await;
    // An answer stops the clock.
    world.answer(quick, guest).await;
    world.later(600);
    world.for_a_while().await;
    assert_eq!(world.session(guest).await.agent, Some(quick));
}

#[tokio::test]
async fn a_customer_who_falls_silent_is_warned_and_then_the_session_ends() {
    let rules = json!({ "silence_warn_s": 60, "silence_end_s": 30 });
    let world = World::with(json!({ "rules": rules })).await;
    let (agent, _) = world.agent("a", world.team, 8).await;
    let guest = world.customer("c1").await;
    let id = guest.conversation;
    world.served(id, agent).await;
    // As long as it is the agent's turn, nobody is silent.
    world.later(600);
    world.for_a_while().await;
    assert_eq!(world.session(id).await.warned_at, None);
    world.answer(agent, id).await;
    world.later(61);
    world.until(id, |session| session.warned_at.is_some()).await;
    // Whoever writes after it goes on.
    world.write(guest).await;
    world.answer(agent, id).await;
    world.later(31);
    world.for_a_while().await;
    assert_eq!(world.session(id).await.state, ServiceState::Serving);
    world.later(30);
    world.until(id, |session| session.warned_at.is_some()).await;
    // What the agent says after the warning is not cut off: the customer has their whole time again.
    world.later(29);
    world.answer(agent, id).await;
    world.later(2);
    world.for_a_while().await;
    assert_eq!(world.session(id).await.state, ServiceState::Serving);
    world.later(59);
    world.until(id, |session| session.warned_at.is_some()).await;
    world.later(31);
    let over = world
        .until(id, |session| session.state == ServiceState::Ended)
        .await;
    assert_eq!(over.end_reason, Some(Reason::Silence));
}

#[tokio::test]
async fn who_lets_three_offers_lapse_is_asked_no_more() {
    let rules = json!({ "assign": "manual", "accept_timeout_s": 20, "silence_warn_s": 0 });
    let world = World::with(json!({ "rules": rules })).await;
    let (dreamer, _) = world.agent("dreamer", world.team, 1).await;
    let guest = world.customer("c1").await.conversation;
    // Nobody else is there: the same one is asked again, until it is clear that they dream.
    let mut fence = 0;
    // Who says that they are back is asked as often again.
    for _ in 0..2 {
        for _ in 0..3 {
            let offered =
                |s: &Session| s.offer.is_some_and(|o| o.agent == dreamer) && s.fence > fence;
            fence = world.until(guest, offered).await.fence;
            world.later(21);
        }
        world.until(guest, waits).await;
        let standing = world.reception.standing(world.brand, dreamer).unwrap();
        assert_eq!(standing.availability, Availability::Busy);
        assert!(standing.reason.contains("offers missed"), "{standing:?}");
        world.says(dreamer, Availability::Online).await;
    }
}

#[tokio::test]
async fn whoever_came_at_night_is_queued_in_the_morning() {
    let hours = json!({
        "timezone": "Asia/Shanghai",
        "week": [{ "days": [1, 2, 3, 4, 5, 6, 7], "from": "13:00", "to": "18:00" }],
    });
    let face = json!({ "hours": hours, "rules": { "silence_warn_s": 0 } });
    let world = World::with(face).await;
    let (agent, _) = world.agent("a", world.team, 8).await;
    let guest = world.customer("c1").await.conversation;
    world.for_a_while().await;
    assert_eq!(world.session(guest).await.state, ServiceState::New);
    world.later(3601);
    world.served(guest, agent).await;
}

#[tokio::test]
async fn messages_left_at_a_full_queue_join_it_in_the_order_they_came() {
    let rules = json!({ "max_waiting": 1, "silence_warn_s": 0 });
    let world = World::with(json!({ "rules": rules })).await;
    let mut guests = Vec::new();
    for n in 0..40 {
        guests.push(world.customer(&format!("c{n}")).await.conversation);
        world.later(1);
    }
    for left in &guests[1..] {
        assert_eq!(world.session(*left).await.state, ServiceState::New);
    }
    world.queue_of(50).await;
    let mut places = Vec::new();
    for guest in guests {
        let session = world.until(guest, waits).await;
        places.push((session.enqueued_at, session.id));
    }
    assert!(places.is_sorted(), "{places:?}");
}

#[tokio::test]
async fn who_waits_for_an_agent_that_left_goes_back_and_who_was_answered_stays() {
    let world = World::with(json!({ "rules": { "silence_warn_s": 0 } })).await;
    let (agent, console) = world.agent("a", world.team, 8).await;
    let (asks, answered) = (
        world.customer("c1").await.conversation,
        world.customer("c2").await.conversation,
    );
    world.served(asks, agent).await;
    world.served(answered, agent).await;
    world.answer(agent, answered).await;
    world.reception.leave_console(console, true).await;
    world.until(asks, waits).await;
    assert_eq!(world.session(answered).await.agent, Some(agent));
}
