//! Intents: in order per conversation, leased, retried, given up, sent again.

use std::sync::Arc;

use kefu_domain::{Delivery, EntryPointId, Failure, Message, MessageId, OutboxId, credit::Closed};

use super::{Guest, Place, World};
use crate::{
    Author, Conversation, OutboxRow, OutboxState, Outgoing, Settled, StoreError, Tried, Way,
};

pub(super) const LEASE: i64 = 60_000;

pub(super) fn failure(code: &str) -> Failure {
    Failure {
        code: code.to_owned(),
        reason: "说明\u{1f}why".to_owned(),
    }
}

/// Something for a user of the platform; answers its intent and message.
pub(super) async fn send(world: &World<'_>, guest: Guest, key: &str) -> (OutboxId, MessageId) {
    let outgoing = Outgoing {
        way: world.way_outside(),
        ..world.reply(guest, Author::System, key)
    };
    let outbox = outgoing.outbox;
    let filed = world.store.send(outgoing).await.unwrap();
    let message = MessageId {
        conversation: guest.conversation,
        seq: filed.seq,
    };
    (outbox, message)
}

pub(super) async fn take_of(
    world: &World<'_>,
    now: i64,
    shares: Vec<(EntryPointId, u32)>,
) -> Vec<(OutboxRow, Option<Message>, Arc<Conversation>)> {
    let taken = world.store.take_outbox(now, now + LEASE, shares);
    taken.await.unwrap()
}

/// What is due at each door, and when the next is.
async fn doors(world: &World<'_>, now: i64) -> Vec<(EntryPointId, u32, Option<i64>)> {
    let doors = world.store.outbox_doors(now, 100).await.unwrap();
    let told = doors.into_iter().map(|door| {
        assert_eq!(door.brand, world.brand);
        (door.entry_point, door.due, door.next_at)
    });
    told.collect()
}

/// Takes what is due; answers the intents.
pub(super) async fn take(world: &World<'_>) -> Vec<OutboxId> {
    let now = world.now();
    let taken = take_of(world, now, vec![(world.platform, 100)]).await;
    for (row, message, conversation) in &taken {
        let message = message.as_ref().unwrap();
        assert_eq!(
            (message.conversation, message.seq),
            (row.conversation, row.seq)
        );
        assert_eq!(conversation.id, row.conversation);
        assert!(row.attempts > 0);
    }
    taken.iter().map(|(row, ..)| row.id).collect()
}

pub(super) async fn delivery(
    world: &World<'_>,
    id: MessageId,
) -> (Option<Delivery>, Option<Failure>) {
    let messages = world
        .store
        .messages(world.brand, id.conversation, id.seq - 1, None, false, 1)
        .await
        .unwrap();
    (messages[0].delivery, messages[0].failure.clone())
}

pub(super) async fn settle(world: &World<'_>, id: OutboxId, settled: Settled) {
    let now = world.now();
    world.store.settle(id, settled, now).await.unwrap();
}

pub(crate) async fn a_lane_goes_out_in_order(place: &dyn Place) {
    let mut world = World::open(place).await;
    let (one, two) = (world.follower("one").await, world.follower("two").await);
    // Ids in an order of their own: the order of filing counts.
    let mut lanes = [Vec::new(), Vec::new()];
    for n in 0..4 {
        for (lane, guest) in lanes.iter_mut().zip([one, two]) {
            let outgoing = Outgoing {
                way: world.way_outside(),
                outbox: OutboxId(u128::MAX - world.id()),
                ..world.reply(guest, Author::System, &format!("s{n}"))
            };
            lane.push(outgoing.outbox);
            world.store.send(outgoing).await.unwrap();
        }
    }
    let mut order = Vec::new();
    let now = world.now();
    let door = world.platform;
    assert_eq!(doors(&world, now).await, [(door, 2, None)]);
    for n in 0..4 {
        let taken = take(&world).await;
        assert_eq!(taken.len(), 2);
        // Nothing follows while they are on their way.
        assert_eq!(take(&world).await, []);
        world.crash().await;
        assert_eq!(take(&world).await, []);
        if n == 1 {
            // One waits for a retry: its lane waits with it, the other goes on.
            let stuck = lanes[0][1];
            let at = world.now() + 10_000;
            let failure = failure("-1");
            let refused = Settled::Retry {
                at,
                failure,
                certain: true,
            };
            settle(&world, stuck, refused).await;
            settle(&world, lanes[1][1], Settled::Sent).await;
            assert_eq!(take(&world).await, [lanes[1][2]]);
            let now = world.now();
            let leased = now + LEASE - 1;
            let due = doors(&world, now).await;
            assert!(
                matches!(due[..], [(of, 0, Some(next))] if of == door && next == at && at < leased),
                "{due:?}"
            );
            world.pass(10_000);
            // One that was not tried comes again, and no try is counted.
            for _ in 0..2 {
                let now = world.now();
                let taken = take_of(&world, now, vec![(door, 100)]).await;
                let tries: Vec<_> = taken
                    .iter()
                    .map(|(row, ..)| (row.id, row.attempts))
                    .collect();
                assert_eq!(tries, [(stuck, 2)]);
                settle(&world, stuck, Settled::Later { at: now + 100 }).await;
                assert_eq!(take(&world).await, []);
                world.pass(100);
            }
            assert_eq!(take(&world).await, [stuck]);
            settle(&world, stuck, Settled::Sent).await;
            settle(&world, lanes[1][2], Settled::Sent).await;
            order.extend([lanes[1][1], stuck, lanes[1][2]]);
            break;
        }
        for id in taken {
            order.push(id);
            settle(&world, id, Settled::Sent).await;
        }
    }
    loop {
        let taken = take(&world).await;
        if taken.is_empty() {
            break;
        }
        for id in taken {
            order.push(id);
            settle(&world, id, Settled::Sent).await;
        }
    }
    for lane in &lanes {
        let went: Vec<_> = order.iter().filter(|id| lane.contains(id)).collect();
        assert!(went.into_iter().eq(lane.iter()));
    }
    assert_eq!(world.store.outbox_depth().await.unwrap(), (0, 0));
    assert_eq!(doors(&world, world.now()).await, []);
}

pub(crate) async fn each_door_has_its_share(place: &dyn Place) {
    let mut world = World::open(place).await;
    let mut busy = Vec::new();
    for n in 0..5 {
        let guest = world.follower(&format!("w{n}")).await;
        busy.push(send(&world, guest, "s1").await.0);
    }
    // Another door, with an intent of its own kind.
    let quiet = EntryPointId(world.id());
    let guest = world.follower("quiet").await;
    let now = world.now();
    let row = OutboxRow {
        entry_point: quiet,
        ..row_of(&world, guest, "end", now)
    };
    world.store.put_outbox(row.clone()).await.unwrap();
    world.crash().await;
    let now = world.now();
    let mut due = doors(&world, now).await;
    due.sort_by_key(|(_, due, _)| *due);
    assert_eq!(due, [(quiet, 1, None), (world.platform, 5, None)]);
    let some = world.store.outbox_doors(now, 3).await.unwrap();
    assert!(some.iter().any(|door| door.due == 3), "{some:?}");
    let shares = vec![(world.platform, 2), (quiet, 4)];
    let taken = take_of(&world, now, shares.clone()).await;
    let ids: Vec<OutboxId> = taken.iter().map(|(row, ..)| row.id).collect();
    assert_eq!(ids, [busy[0], busy[1], row.id], "the oldest of each door");
    let rest = take_of(&world, world.now(), shares).await;
    let ids: Vec<OutboxId> = rest.iter().map(|(row, ..)| row.id).collect();
    assert_eq!(ids, [busy[2], busy[3]]);
    // What expires does not wait behind what does not.
    let guest = world.follower("late").await;
    let hurried = row_of(&world, guest, "welcome", world.now());
    world.store.put_outbox(hurried.clone()).await.unwrap();
    let one = take_of(&world, world.now(), vec![(world.platform, 1)]).await;
    assert_eq!(one[0].0.id, hurried.id);
    let last = take_of(&world, world.now(), vec![(world.platform, 1)]).await;
    assert_eq!(last[0].0.id, busy[4]);
}

pub(crate) async fn a_message_and_its_intent_are_one(place: &dyn Place) {
    let mut world = World::open(place).await;
    let guest = world.follower("wx").await;
    let left = world.whole(guest.conversation).await.credits.unwrap().left;
    let now = world.now();
    let row = row_of(&world, guest, "welcome", now);
    let outgoing = Outgoing {
        way: Way {
            outside: false,
            credits: false,
            ..world.way_outside()
        },
        ..world.reply(guest, Author::System, "welcome-1")
    };
    let filed = world.store.send_as(outgoing.clone(), row.clone()).await;
    let filed = filed.unwrap();
    let again = OutboxRow {
        id: OutboxId(world.id()),
        ..row.clone()
    };
    let repeated = world.store.send_as(outgoing, again).await.unwrap();
    assert!(repeated.duplicate && repeated.seq == filed.seq);
    world.crash().await;
    let message = MessageId {
        conversation: guest.conversation,
        seq: filed.seq,
    };
    assert_eq!(
        delivery(&world, message).await,
        (Some(Delivery::Pending), None)
    );
    assert_eq!(take(&world).await, [row.id], "and no second");
    let late = Settled::Dead {
        failure: failure("expired"),
        refund: true,
    };
    settle(&world, row.id, late).await;
    assert_eq!(
        delivery(&world, message).await,
        (Some(Delivery::Failed), Some(failure("expired")))
    );
    let credits = world.whole(guest.conversation).await.credits.unwrap();
    assert_eq!(credits.left, left, "it cost nothing");
    // Refused, it leaves nothing.
    let gone = Outgoing {
        way: world.way_outside(),
        ..world.reply(guest, Author::System, "welcome-2")
    };
    let elsewhere = Outgoing {
        way: Way {
            entry_point: EntryPointId(world.id()),
            ..gone.way
        },
        ..gone
    };
    let row = row_of(&world, guest, "welcome", world.now());
    let refused = world.store.send_as(elsewhere, row).await;
    assert_eq!(refused, Err(StoreError::EntryMoved));
    assert_eq!(take(&world).await, []);
}

/// An intent without a message.
fn row_of(world: &World<'_>, guest: Guest, kind: &str, now: i64) -> OutboxRow {
    OutboxRow {
        id: OutboxId(world.id()),
        brand: world.brand,
        conversation: guest.conversation,
        entry_point: world.platform,
        seq: 0,
        kind: kind.to_owned(),
        payload: r#"{"code":"c"}"#.to_owned(),
        attempts: 0,
        tried: Tried::default(),
        created_at: now,
        expires_at: Some(now + 20_000),
        next_at: now,
        state: OutboxState::Pending,
        failure: None,
    }
}

pub(crate) async fn a_window_that_the_platform_closed_is_closed(place: &dyn Place) {
    let world = World::open(place).await;
    let guest = world.follower("wx").await;
    let (first, message) = send(&world, guest, "s1").await;
    assert_eq!(take(&world).await, [first]);
    let closed = Settled::Closed {
        failure: failure("45047"),
        spent: Closed::Used,
    };
    settle(&world, first, closed).await;
    assert_eq!(
        delivery(&world, message).await,
        (Some(Delivery::Failed), Some(failure("45047")))
    );
    let credits = world.whole(guest.conversation).await.credits.unwrap();
    assert_eq!(credits.check(world.now()), Err(Closed::Used));
}

pub(crate) async fn leases_retries_and_the_dead(place: &dyn Place) {
    let mut world = World::open(place).await;
    let guest = world.follower("wx").await;
    let (first, message) = send(&world, guest, "s1").await;
    let (second, next) = send(&world, guest, "s2").await;
    assert_eq!(
        delivery(&world, message).await,
        (Some(Delivery::Pending), None)
    );
    assert_eq!(take(&world).await, [first]);
    // The worker died: after its lease the row comes again.
    world.pass(LEASE + 1);
    assert_eq!(take(&world).await, [first]);
    // Or at once, if whoever starts has the store to itself.
    world.crash().await;
    assert_eq!(take(&world).await, []);
    world.store.release_outbox().await.unwrap();
    assert_eq!(take(&world).await, [first]);
    let left = world.whole(guest.conversation).await.credits.unwrap().left;
    let dead = Settled::Dead {
        failure: failure("95001"),
        refund: true,
    };
    settle(&world, first, dead.clone()).await;
    assert_eq!(
        delivery(&world, message).await,
        (Some(Delivery::Failed), Some(failure("95001")))
    );
    let credits = |world: &World<'_>| {
        let (store, brand) = (world.store.clone(), world.brand);
        async move {
            let whole = store.conversation(brand, guest.conversation).await.unwrap();
            whole.credits.unwrap().left
        }
    };
    assert_eq!(credits(&world).await, left + 1);
    // A late second word gives no second credit.
    settle(&world, first, dead).await;
    assert_eq!(credits(&world).await, left + 1);
    // What follows goes on.
    assert_eq!(take(&world).await, [second]);
    let unknown = Settled::Unknown {
        failure: failure("timeout"),
    };
    settle(&world, second, unknown).await;
    assert_eq!(
        delivery(&world, next).await,
        (Some(Delivery::Unknown), Some(failure("timeout")))
    );
    world.crash().await;
    assert_eq!(world.store.outbox_depth().await.unwrap(), (0, 2));
    let listed = |state| world.store.outbox(world.brand, state, 10);
    assert_eq!(listed(OutboxState::Dead).await.unwrap()[0].id, first);
    assert_eq!(listed(OutboxState::Unknown).await.unwrap()[0].id, second);
    // Once more: at the end of the lane.
    let (third, _) = send(&world, guest, "s3").await;
    let now = world.now();
    let fresh = OutboxId(world.id());
    let resend = |id| world.store.resend(world.brand, id, fresh, now);
    resend(first).await.unwrap();
    // What did not arrive goes out under another id: the platform may know the old one.
    assert_eq!(resend(first).await, Err(StoreError::NotFound));
    let twice = resend(fresh).await;
    assert!(matches!(twice, Err(StoreError::Conflict(_))));
    let first = fresh;
    assert_eq!(
        delivery(&world, message).await,
        (Some(Delivery::Pending), None)
    );
    assert_eq!(take(&world).await, [third]);
    settle(&world, third, Settled::Sent).await;
    assert_eq!(take(&world).await, [first]);
    settle(&world, first, Settled::Sent).await;
    assert_eq!(
        delivery(&world, message).await,
        (Some(Delivery::Sent), None)
    );
    let row = world.store.outbox_of(world.brand, message).await.unwrap();
    let row = row.unwrap();
    assert_eq!(
        (row.id, row.state, row.attempts),
        (first, OutboxState::Done, 1)
    );
    let settled = world
        .store
        .settle(OutboxId(world.id()), Settled::Sent, now)
        .await;
    assert_eq!(settled, Err(StoreError::NotFound));
    // What was done long ago is forgotten, and nothing else.
    let later = world.now() + 9 * 86_400_000;
    assert_eq!(world.store.forget_lapsed(later).await.unwrap(), 2);
    assert_eq!(listed(OutboxState::Unknown).await.unwrap().len(), 1);
    // What may have been taken keeps its id, so that "used before" means sent.
    let other = OutboxId(world.id());
    let again = world.store.resend(world.brand, second, other, now).await;
    again.unwrap();
    let now = world.now();
    let taken = take_of(&world, now, vec![(world.platform, 10)]).await;
    assert_eq!((taken[0].0.id, taken[0].0.tried.again), (second, true));
}

pub(crate) async fn what_goes_out_again_is_paid_again(place: &dyn Place) {
    let world = World::open(place).await;
    let guest = world.follower("wx").await;
    let left = async || world.whole(guest.conversation).await.credits.unwrap().left;
    let (id, _) = send(&world, guest, "s1").await;
    take(&world).await;
    let dead = || Settled::Dead {
        failure: failure("40001"),
        refund: true,
    };
    settle(&world, id, dead()).await;
    assert_eq!(left().await, 5);
    let fresh = OutboxId(world.id());
    let again = world.store.resend(world.brand, id, fresh, world.now());
    again.await.unwrap();
    assert_eq!(left().await, 4);
    // With nothing left, or the window closed, it is refused here and not by the platform.
    take(&world).await;
    settle(&world, fresh, dead()).await;
    for n in 0..5 {
        send(&world, guest, &format!("more{n}")).await;
    }
    let third = OutboxId(world.id());
    let used = world.store.resend(world.brand, fresh, third, world.now());
    assert_eq!(used.await, Err(StoreError::Window(Closed::Used)));
}

pub(crate) async fn intents_without_a_message(place: &dyn Place) {
    let mut world = World::open(place).await;
    let guest = world.follower("wx").await;
    let now = world.now();
    let row = row_of(&world, guest, "end", now);
    world.store.put_outbox(row.clone()).await.unwrap();
    // A repetition after an unknown outcome is the same row.
    world.store.put_outbox(row.clone()).await.unwrap();
    let homeless = OutboxRow {
        id: OutboxId(world.id()),
        conversation: kefu_domain::ConversationId(world.id()),
        ..row.clone()
    };
    let refused = world.store.put_outbox(homeless).await;
    assert_eq!(refused, Err(StoreError::NotFound));
    world.crash().await;
    let now = world.now();
    let taken = take_of(&world, now, vec![(world.platform, 10)]).await;
    assert_eq!(taken.len(), 1);
    let expected = OutboxRow { attempts: 1, ..row };
    assert_eq!((&taken[0].0, &taken[0].1), (&expected, &None));
    // It cost nothing, so nothing is given back.
    let left = world.whole(guest.conversation).await.credits.unwrap().left;
    let (paid, _) = send(&world, guest, "paid").await;
    let dead = Settled::Dead {
        failure: failure("too_late"),
        refund: true,
    };
    settle(&world, expected.id, dead).await;
    let whole = world.whole(guest.conversation).await;
    assert_eq!(whole.credits.unwrap().left, left - 1);
    assert_eq!(take(&world).await, [paid]);
}
