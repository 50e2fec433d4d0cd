//! Who gets whom.

use kefu_domain::{ServiceState, routing::Availability};
use kefu_reception::Actor;
use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn the_least_busy_gets_the_next_and_nobody_more_than_the_limit() {
    let world = World::with(json!({ "rules": { "silence_warn_s": 0 } })).await;
    let (big, _) = world.agent("big", world.team, 2).await;
    let first = world.customer("c1").await.conversation;
    world.served(first, big).await;
    let (small, _) = world.agent("small", world.team, 1).await;
    let second = world.customer("c2").await.conversation;
    world.served(second, small).await;
    let third = world.customer("c3").await.conversation;
    world.served(third, big).await;
    // Everybody is full: whoever comes now waits, until the first who can take them.
    let fourth = world.customer("c4").await.conversation;
    world.for_a_while().await;
    assert_eq!(world.session(fourth).await.state, ServiceState::Waiting);
    let ended = world.served(second, small).await;
    let actor = Actor {
        agent: Some(small),
        supervises: false,
    };
    let closed = world
        .reception
        .close(world.brand, actor, ended.id, Some(ended.fence), None);
    closed.await.unwrap();
    world.served(fourth, small).await;
}

#[tokio::test]
async fn whoever_comes_back_goes_to_their_last_agent_for_as_long_as_the_rule_says() {
    let rules = json!({ "silence_warn_s": 0, "last_agent": { "enabled": true, "wait_s": 60 } });
    let world = World::with(json!({ "rules": rules })).await;
    let (known, _) = world.agent("known", world.team, 1).await;
    let guest = world.customer("c1").await;
    let had = world.served(guest.conversation, known).await;
    let actor = Actor {
        agent: Some(known),
        supervises: false,
    };
    let close = |session| {
        world
            .reception
            .close(world.brand, actor, session, None, None)
    };
    close(had.id).await.unwrap();
    // The last agent has somebody else now, and a colleague is free.
    let other = world.customer("c2").await.conversation;
    world.served(other, known).await;
    let (free, _) = world.agent("free", world.team, 8).await;
    world.write(guest).await;
    world.for_a_while().await;
    assert_eq!(
        world.session(guest.conversation).await.state,
        ServiceState::Waiting
    );
    world.later(61);
    world.served(guest.conversation, free).await;
}

#[tokio::test]
async fn nobody_is_given_a_customer_who_is_not_there_for_one() {
    let world = World::with(json!({ "rules": { "silence_warn_s": 0 } })).await;
    let (agent, _) = world.agent("a", world.team, 8).await;
    world.says(agent, Availability::Break).await;
    let waits = world.customer("c1").await.conversation;
    world.for_a_while().await;
    assert_eq!(world.session(waits).await.state, ServiceState::Waiting);
    world.says(agent, Availability::Online).await;
    world.served(waits, agent).await;
}

#[tokio::test]
async fn who_waited_long_enough_goes_on_to_the_next_team_with_their_place() {
    let world = World::with(json!({ "rules": { "silence_warn_s": 0 } })).await;
    let next = world.another_team(30).await;
    let (helper, _) = world.agent("helper", next, 8).await;
    let waits = world.customer("c1").await.conversation;
    let since = world.session(waits).await.enqueued_at;
    world.later(29);
    world.for_a_while().await;
    assert_eq!(world.session(waits).await.team, Some(world.team));
    world.later(2);
    let served = world.served(waits, helper).await;
    assert_eq!((served.team, served.enqueued_at), (Some(next), since));
}

#[tokio::test]
async fn who_stands_far_behind_goes_on_to_the_next_team_in_time() {
    let world = World::with(json!({ "rules": { "silence_warn_s": 0 } })).await;
    let next = world.another_team(60).await;
    let first = world.customer("first").await.conversation;
    world.later(30);
    // More than are looked at of a line come later, before them, and are not due yet.
    let mut before = Vec::new();
    for n in 0..140 {
        let guest = world.customer(&format!("c{n}")).await.conversation;
        let session = world.session(guest).await.id;
        let actor = Actor {
            agent: None,
            supervises: true,
        };
        let ahead = world.reception.prioritise(world.brand, actor, session, 3);
        ahead.await.unwrap();
        before.push(guest);
    }
    let (helper, _) = world.agent("helper", next, 1).await;
    world.for_a_while().await;
    assert_eq!(world.session(first).await.agent, None);
    world.later(31);
    world.served(first, helper).await;
    for guest in before {
        assert_eq!(world.session(guest).await.team, Some(world.team));
    }
}
