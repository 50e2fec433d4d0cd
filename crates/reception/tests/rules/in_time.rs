//! What time alone brings about comes in its time, not with the next sweep.

use std::time::Duration;

use kefu_domain::{UnixMs, routing::Availability};
use kefu_reception::Actor;
use serde_json::json;

use crate::world::World;

/// So many, spread over a second: whatever the sweep's beat, it would come late for some of them.
const SPREAD: u64 = 5;
/// Later than this is late. A sweep is up to 1,000 ms late, and 800 for one of those.
const LATE_MS: UnixMs = 400;

/// The next of those that are spread.
async fn apart() {
    tokio::time::sleep(Duration::from_millis(1000 / SPREAD)).await;
}

#[tokio::test]
async fn who_is_not_answered_goes_on_in_time() {
    let rules = json!({ "reply_timeout_s": 3, "silence_warn_s": 0 });
    let world = World::with(json!({ "rules": rules })).await;
    world.let_go();
    let (slow, _) = world.agent("slow", world.team, 8).await;
    let mut had = Vec::new();
    for n in 0..SPREAD {
        let guest = world.customer(&n.to_string()).await.conversation;
        let session = world.served(guest, slow).await;
        had.push((guest, session.assigned_at.unwrap()));
        apart().await;
    }
    let (quick, _) = world.agent("quick", world.team, 8).await;
    world.says(slow, Availability::Busy).await;
    for (guest, at) in had {
        let session = world.served(guest, quick).await;
        let late = session.assigned_at.unwrap() - at - 3000;
        assert!((0..LATE_MS).contains(&late), "{late} ms late");
    }
}

#[tokio::test]
async fn who_waited_long_enough_goes_on_to_the_next_team_in_time() {
    let world = World::with(json!({ "rules": { "silence_warn_s": 0 } })).await;
    let next = world.another_team(2).await;
    let (helper, _) = world.agent("helper", next, 8).await;
    world.let_go();
    let mut waits = Vec::new();
    for n in 0..SPREAD {
        waits.push(world.customer(&n.to_string()).await.conversation);
        apart().await;
    }
    for guest in waits {
        let session = world.served(guest, helper).await;
        let late = session.assigned_at.unwrap() - session.enqueued_at.unwrap() - 2000;
        assert!((0..LATE_MS).contains(&late), "{late} ms late");
    }
}

#[tokio::test]
async fn the_last_agent_is_waited_for_no_longer_than_the_rules_say() {
    let wait = json!({ "enabled": true, "wait_s": 2 });
    let rules = json!({ "silence_warn_s": 0, "last_agent": wait });
    let world = World::with(json!({ "rules": rules })).await;
    world.let_go();
    let (known, _) = world.agent("known", world.team, 8).await;
    let mut guests = Vec::new();
    for n in 0..SPREAD {
        let guest = world.customer(&n.to_string()).await;
        let session = world.served(guest.conversation, known).await.id;
        let actor = Actor {
            agent: Some(known),
            supervises: false,
        };
        let close = world
            .reception
            .close(world.brand, actor, session, None, None);
        close.await.unwrap();
        guests.push(guest);
    }
    for n in 0..8 {
        let other = world.customer(&format!("o{n}")).await.conversation;
        world.served(other, known).await;
    }
    let (free, _) = world.agent("free", world.team, 8).await;
    for guest in &guests {
        world.write(*guest).await;
        apart().await;
    }
    for guest in guests {
        let session = world.served(guest.conversation, free).await;
        let late = session.assigned_at.unwrap() - session.enqueued_at.unwrap() - 2000;
        assert!((0..LATE_MS).contains(&late), "{late} ms late");
    }
}
