//! Send windows: what counts against words that are heard of late.

use kefu_domain::{Failure, OutboxId, UnixMs, credit};

use super::{Guest, Place, World};
use crate::{Author, Inbound, Outgoing, Settled};

/// Something for a user of the platform, on its way.
async fn send(world: &World<'_>, guest: Guest, key: &str) -> OutboxId {
    let outgoing = Outgoing {
        way: world.way_outside(),
        ..world.reply(guest, Author::System, key)
    };
    let outbox = outgoing.outbox;
    world.store.send(outgoing).await.unwrap();
    outbox
}

async fn settle(world: &World<'_>, id: OutboxId, settled: Settled, at: UnixMs) {
    world.store.settle(id, settled, at).await.unwrap();
}

/// Words said at a time of the platform's, filed now; answers what may be sent then.
async fn hear(world: &World<'_>, guest: Guest, key: &str, said_at: UnixMs) -> u32 {
    let inbound = Inbound {
        grant: Some((credit::KF_MESSAGE, said_at)),
        ..world.upstream("wx", key, key)
    };
    world.store.file(inbound).await.unwrap();
    left(world, guest).await
}

async fn left(world: &World<'_>, guest: Guest) -> u32 {
    world.whole(guest.conversation).await.credits.unwrap().left
}

/// The beginning of the second after the next.
fn some_second(world: &World<'_>) -> UnixMs {
    let second = credit::counted_from(world.now()) + 2_000;
    world.pass(second - world.now());
    second
}

pub(crate) async fn words_heard_of_late_grant_what_the_platform_left(place: &dyn Place) {
    let mut world = World::open(place).await;
    let guest = world.follower("wx").await;
    let before = some_second(&world);
    let sends = ["early", "late", "refused", "under way"];
    let mut ids = Vec::new();
    for key in sends {
        ids.push(send(&world, guest, key).await);
    }
    assert_eq!(left(&world, guest).await, 1);
    settle(&world, ids[0], Settled::Sent, before + 999).await;
    // The customer writes, and nothing is heard of it until two have been settled.
    let said_at = before + 1_000;
    settle(&world, ids[1], Settled::Sent, said_at).await;
    let failure = Failure {
        code: "40008".to_owned(),
        reason: "no".to_owned(),
    };
    let refused = Settled::Dead {
        failure,
        refund: true,
    };
    settle(&world, ids[2], refused, said_at + 1).await;
    world.pass(5_000);
    assert_eq!(hear(&world, guest, "words", said_at).await, 3);
    world.crash().await;
    assert_eq!(left(&world, guest).await, 3);
    // Pulled out of order, and said within the same second: nothing more.
    assert_eq!(hear(&world, guest, "older", said_at - 1_000).await, 3);
    assert_eq!(hear(&world, guest, "with it", said_at).await, 3);
    // What is under way is taken at last, and the next words open all of it.
    let taken_at = some_second(&world);
    settle(&world, ids[3], Settled::Sent, taken_at + 999).await;
    assert_eq!(hear(&world, guest, "in that second", taken_at).await, 4);
    assert_eq!(hear(&world, guest, "the next", taken_at + 1_000).await, 5);
}

pub(crate) async fn another_customer_counts_for_themselves(place: &dyn Place) {
    let world = World::open(place).await;
    let guest = world.follower("wx").await;
    let second = some_second(&world);
    let sent = send(&world, guest, "s1").await;
    settle(&world, sent, Settled::Sent, second + 1).await;
    let elsewhere = world.follower("wy").await;
    let inbound = Inbound {
        grant: Some((credit::KF_MESSAGE, second)),
        ..world.upstream("wy", "w2", "w2")
    };
    world.store.file(inbound).await.unwrap();
    assert_eq!(left(&world, elsewhere).await, 5);
    assert_eq!(hear(&world, guest, "w1", second).await, 4);
}
