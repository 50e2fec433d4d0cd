//! More sockets than there may be: row B64.

use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;

use crate::{
    raw::{Door, Raw},
    world::World,
};

#[tokio::test]
async fn b64_the_oldest_of_too_many_sockets_makes_room() {
    let world = World::with(|settings| {
        settings.limits.sockets_per_visitor = 3;
        settings.limits.sockets_per_agent = 3;
    })
    .await;
    let shop = world.shop().await;
    let guest = world.visitor(&shop, "在吗").await;
    for door in Door::BOTH {
        let mut all = Vec::new();
        for _ in 0..4 {
            all.push(Raw::signed_in(&world, door, &guest).await);
        }
        assert_eq!(all.remove(0).closed().await, 4029, "{door:?}");
        for socket in &mut all {
            socket.say(&json!({ "op": "ping" })).await;
            socket.hear("pong").await;
        }
    }
}

#[tokio::test]
async fn b64_too_many_sockets_of_one_address_or_of_all_are_refused() {
    let mut open = Vec::new();
    let world = World::with(|settings| settings.limits.sockets_per_address = 5).await;
    for _ in 0..5 {
        open.push(Raw::open(&world, Door::Visitor).await);
    }
    for door in Door::BOTH {
        let refused = Raw::knock(&world, door, "").await.err().expect("a refusal");
        assert_eq!(
            (refused.status, refused.header("retry-after")),
            (429, Some("10"))
        );
    }
    // Whoever goes makes room.
    drop(open.pop());
    let deadline = Instant::now() + Duration::from_secs(7);
    while Raw::knock(&world, Door::Visitor, "").await.is_err() {
        assert!(
            Instant::now() < deadline,
            "the seat of one who left is not given back"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let world = World::with(|settings| settings.limits.sockets = 2).await;
    let _first = Raw::open(&world, Door::Visitor).await;
    let _second = Raw::open(&world, Door::Agent).await;
    let refused = Raw::knock(&world, Door::Visitor, "")
        .await
        .err()
        .expect("a refusal");
    assert_eq!(
        (refused.status, refused.header("retry-after")),
        (503, Some("2"))
    );
    world.is_well().await;
}
