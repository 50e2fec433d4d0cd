//! Who may do what about a customer whom a colleague serves.

use kefu_reception::{Actor, Error};
use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn what_a_colleague_serves_is_not_blocked_nor_read_by_another() {
    let world = World::with(json!({ "rules": { "silence_warn_s": 0 } })).await;
    let (serves, _) = world.agent("serves", world.team, 8).await;
    let guest = world.customer("c1").await;
    let id = guest.conversation;
    world.served(id, serves).await;
    let (other, _) = world.agent("other", world.team, 8).await;
    let block = |agent, supervises, blocked| {
        let actor = Actor {
            agent: Some(agent),
            supervises,
        };
        world
            .reception
            .block(world.brand, actor, guest.customer, blocked)
    };
    let refused = block(other, false, true).await.unwrap_err();
    assert_eq!(refused, Error::NotAssigned);
    let read = |agent| world.reception.agent_read(world.brand, agent, id, 1);
    assert_eq!(read(other).await, Err(Error::NotAssigned));
    assert_eq!(world.whole(id).await.agent_read_seq, 0);
    read(serves).await.unwrap();
    assert_eq!(world.whole(id).await.agent_read_seq, 1);
    // A supervisor may; and when nobody serves them, everybody may.
    assert!(block(other, true, true).await.unwrap().card.blocked);
    assert!(!block(other, false, false).await.unwrap().card.blocked);
    assert!(block(serves, false, true).await.unwrap().card.blocked);
}
