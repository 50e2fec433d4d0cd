//! What is known of an intent's tries.

use kefu_domain::{Delivery, OutboxId};

use super::{
    Place, World,
    outbox::{LEASE, delivery, failure, send, settle, take, take_of},
};
use crate::{Incoming, Settled};

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

pub(crate) async fn what_was_sent_may_fail_later(place: &dyn Place) {
    let mut world = World::open(place).await;
    let guest = world.follower("wx").await;
    let (id, message) = send(&world, guest, "s1").await;
    take(&world).await;
    settle(&world, id, Settled::Sent).await;
    assert_eq!(
        delivery(&world, message).await,
        (Some(Delivery::Sent), None)
    );
    let failed = || {
        vec![Incoming::Failed {
            brand: world.brand,
            outbox: id,
            failure: failure("10"),
        }]
    };
    world.store.file_page(failed(), None).await.unwrap();
    let rev = world.whole(guest.conversation).await.last_rev;
    // Told twice, it happens once.
    world.store.file_page(failed(), None).await.unwrap();
    assert_eq!(world.whole(guest.conversation).await.last_rev, rev);
    world.crash().await;
    assert_eq!(
        delivery(&world, message).await,
        (Some(Delivery::Failed), Some(failure("10")))
    );
    assert_eq!(world.store.outbox_depth().await.unwrap(), (0, 1));
    assert_eq!(world.store.verify().await, Ok(2));
}
