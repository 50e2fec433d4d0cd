//! What is known of an intent's tries, and who may make one.

use kefu_domain::{Delivery, EntryPointId, OutboxId};

use super::{
    Place, World,
    outbox::{LEASE, delivery, failure, send, settle, take, take_of},
};
use crate::{Incoming, OutboxRow, Settled};

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

pub(crate) async fn two_who_take_at_once_share_and_never_both_have_one(place: &dyn Place) {
    let world = World::open(place).await;
    let mut queued = Vec::new();
    for n in 0..20 {
        let guest = world.follower(&format!("wx{n}")).await;
        queued.push(send(&world, guest, "s1").await.0);
    }
    let now = world.now();
    let take = |at| {
        world
            .store
            .take_outbox(at, at + LEASE, vec![(world.platform, 15)])
    };
    let ids = |taken: crate::Result<Vec<(OutboxRow, _, _)>>| {
        let taken = taken.unwrap();
        taken
            .into_iter()
            .map(|(row, _, _)| row.id)
            .collect::<Vec<_>>()
    };
    for round in 0..3 {
        let at = now + round * (LEASE + 1);
        let (one, other, third) = tokio::join!(take(at), take(at), take(at));
        let each = [ids(one), ids(other), ids(third)];
        let mut all = each.concat();
        all.sort_unstable();
        queued.sort_unstable();
        // Each once, whoever was quicker; and once more when the lease was over.
        assert_eq!(all, queued, "{each:?}");
    }
    // The first taker lives: what it says late counts once, and what the second says then is no news.
    let late = queued[0];
    settle(&world, late, Settled::Sent).await;
    let dead = Settled::Dead {
        failure: failure("95001"),
        refund: true,
    };
    settle(&world, late, dead).await;
    let (one, other) = tokio::join!(take(now + 4 * LEASE), take(now + 4 * LEASE));
    let mut left = [ids(one), ids(other)].concat();
    left.sort_unstable();
    assert_eq!(left, queued[1..]);
}

pub(crate) async fn what_was_kept_back_is_due_when_its_reason_ends(place: &dyn Place) {
    let mut world = World::open(place).await;
    let mut ids = Vec::new();
    for n in 0..4 {
        let guest = world.follower(&format!("wx{n}")).await;
        ids.push(send(&world, guest, "s1").await.0);
    }
    let taken = take(&world).await;
    assert_eq!(taken.len(), 4);
    let (now, days) = (world.now(), 2 * 86_400_000);
    // Two are kept back for a pause, one for another reason, one is on its way.
    for (number, code) in [(0, "paused"), (1, "paused"), (2, "paced")] {
        let held = Settled::Held {
            at: now + days,
            failure: failure(code),
        };
        settle(&world, ids[number], held).await;
    }
    world.crash().await;
    world.pass(1_000);
    assert_eq!(take(&world).await, []);
    let release = async |world: &World<'_>, door, most| {
        let released = world.store.release_held(door, "paused", world.now(), most);
        released.await.unwrap()
    };
    assert_eq!(release(&world, EntryPointId(world.id()), 9).await, 0);
    assert_eq!(release(&world, world.platform, 1).await, 1);
    assert_eq!(release(&world, world.platform, 9).await, 1);
    assert_eq!(release(&world, world.platform, 9).await, 0);
    let due = take_of(&world, world.now(), vec![(world.platform, 9)]).await;
    let known: Vec<_> = due
        .iter()
        .map(|(row, _, _)| (row.id, row.attempts))
        .collect();
    assert_eq!(known, [(ids[0], 1), (ids[1], 1)]);
    for (row, _, _) in due {
        let waited = world.now() - now;
        assert!((1_000..=waited).contains(&row.tried.held_ms), "{row:?}");
    }
}
