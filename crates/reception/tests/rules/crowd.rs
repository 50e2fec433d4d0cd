//! More than anybody looks at: what is shown of them, and that each has their turn.

use kefu_domain::ServiceState;
use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn of_a_crowd_the_first_hundred_are_shown_in_their_order_and_all_are_counted() {
    let rules = json!({ "silence_warn_s": 0, "reply_target_s": 60 });
    let world = World::with(json!({ "rules": rules })).await;
    let mut came = Vec::new();
    for n in 0..130 {
        came.push(world.customer(&n.to_string()).await.conversation);
        world.later(1);
    }
    let wall = world.reception.wall(world.brand, Some(world.team)).await;
    let wall = wall.unwrap();
    let shown: Vec<_> = wall.waiting.iter().map(|one| one.conversation.id).collect();
    assert_eq!(shown, came[..100]);
    assert_eq!((wall.waiting_total, wall.figures.waiting), (130, 130));
    let first = world.session(came[0]).await;
    assert_eq!(wall.figures.oldest_enqueued_at, first.enqueued_at);

    let (agent, _) = world.agent("a", world.team, 120).await;
    world.served(came[119], agent).await;
    let mut held = world.reception.held(world.brand, agent);
    held.sort_unstable();
    let mut theirs = came[..120].to_vec();
    theirs.sort_unstable();
    assert_eq!(held, theirs);
    assert_eq!(
        world.session(came[120]).await.state,
        ServiceState::Waiting,
        "the next has no place yet"
    );
    // Whoever is answered is not overdue.
    world.later(61);
    world.answer(agent, came[7]).await;
    let wall = world.reception.wall(world.brand, None).await.unwrap();
    assert_eq!((wall.agents[0].load, wall.agents[0].overdue), (120, 119));
    assert_eq!((wall.waiting_total, wall.waiting.len()), (10, 10));
}
