//! What is known of an intent's tries.

use kefu_domain::OutboxId;

use super::{
    Place, World,
    outbox::{LEASE, failure, send, settle, take_of},
};
use crate::Settled;

pub(crate) async fn what_is_known_of_tries_outlives_a_crash(place: &dyn Place) {
    let mut world = World::open(place).await;
    let guest = world.follower("wx").await;
    let (id, _) = send(&world, guest, "s1").await;
    let all = vec![(world.platform, 100)];
    let again = async |world: &World<'_>| {
        world.pass(LEASE);
        let taken = take_of(world, world.now(), all.clone()).await;
        taken.into_iter().next().unwrap().0
    };
    assert!(!again(&world).await.is_doubtful(), "the first");
    let at = world.now() + 1_000;
    let refused = Settled::Retry {
        at,
        failure: failure("-1"),
        certain: true,
    };
    settle(&world, id, refused).await;
    world.crash().await;
    assert!(
        !again(&world).await.is_doubtful(),
        "it was seen to be refused"
    );
    let held = Settled::Held {
        at: world.now() + 3_000,
        failure: failure("paced"),
    };
    settle(&world, id, held).await;
    world.crash().await;
    let row = again(&world).await;
    assert_eq!(
        (row.attempts, row.is_doubtful()),
        (2, false),
        "nothing was asked"
    );
    assert!((2_900..=3_000).contains(&row.tried.held_ms), "{row:?}");
    assert_eq!(row.failure, Some(failure("paced")));
    // Its process dies over it: nobody knows.
    world.crash().await;
    assert!(again(&world).await.is_doubtful());
    let unknown = Settled::Unknown {
        failure: failure("unconfirmed"),
    };
    settle(&world, id, unknown).await;
    let fresh = OutboxId(world.id());
    let now = world.now();
    world
        .store
        .resend(world.brand, id, fresh, now)
        .await
        .unwrap();
    let row = again(&world).await;
    assert_eq!(
        (row.id, row.is_doubtful(), row.tried.again),
        (id, false, true)
    );
    assert_eq!((row.attempts, row.tried.held_ms), (1, 0));
}
