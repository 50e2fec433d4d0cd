//! The end of a thread is read like the rest of it before it has its places, also after a crash.

use kefu_domain::session::{Command, Reason};
use rusqlite::Connection;

use super::{super::*, Folder, folder};
use crate::{
    StoreError,
    contract::{Guest, Place as _, World},
};

/// Messages of a thread that have their place.
fn placed(place: &Folder, guest: Guest) -> u64 {
    let connection = Connection::open(place.folder("store").join(FILE)).unwrap();
    let count = "SELECT count(*) FROM places, json_each(messages) WHERE conversation = ?1";
    connection
        .query_row(count, [guest.conversation.bytes()], |row| row.get(0))
        .unwrap()
}

fn upto(place: &Folder) -> i64 {
    let connection = Connection::open(place.folder("store").join(FILE)).unwrap();
    connection
        .query_row("SELECT upto FROM placed", [], |row| row.get(0))
        .unwrap()
}

async fn numbers(
    world: &World<'_>,
    guest: Guest,
    after: u64,
    before: Option<u64>,
    newest: bool,
    limit: u32,
) -> Vec<u64> {
    let page = world
        .store
        .messages(
            world.brand,
            guest.conversation,
            after,
            before,
            newest,
            limit,
        )
        .await
        .unwrap();
    page.iter().map(|message| message.seq).collect()
}

/// Five messages with places, five without.
async fn half_placed<'a>(place: &'a Folder) -> (World<'a>, Guest) {
    let world = World::open(place).await;
    let guest = world.guest().await;
    for n in 0..5 {
        world.say(guest, &format!("message {n}")).await;
    }
    // A mark is written at once, and the summary with it.
    world
        .store
        .agent_read(world.brand, guest.conversation, 5)
        .await
        .unwrap();
    for n in 5..10 {
        world.say(guest, &format!("message {n}")).await;
    }
    assert_eq!(placed(place, guest), 5);
    (world, guest)
}

#[tokio::test]
async fn ranges_cross_the_border() {
    let place = folder();
    let (world, guest) = half_placed(&place).await;
    assert_eq!(
        numbers(&world, guest, 0, None, false, 100).await,
        (1..=10).collect::<Vec<_>>()
    );
    assert_eq!(
        numbers(&world, guest, 3, None, false, 4).await,
        [4, 5, 6, 7]
    );
    assert_eq!(
        numbers(&world, guest, 3, Some(7), false, 9).await,
        [4, 5, 6]
    );
    assert_eq!(numbers(&world, guest, 0, None, true, 3).await, [8, 9, 10]);
    assert_eq!(
        numbers(&world, guest, 0, Some(8), true, 4).await,
        [4, 5, 6, 7]
    );
    assert_eq!(numbers(&world, guest, 7, None, true, 9).await, [8, 9, 10]);
    assert_eq!(numbers(&world, guest, 10, None, false, 9).await, [0u64; 0]);
    // Reading wrote nothing.
    assert_eq!(placed(&place, guest), 5);
    assert_eq!(world.store.verify().await, Ok(10));
}

#[tokio::test]
async fn a_crash_leaves_no_message_without_a_way_to_it() {
    let place = folder();
    let (mut world, guest) = half_placed(&place).await;
    assert_eq!(upto(&place), 0);
    world.crash().await;
    assert_eq!(placed(&place, guest), 5);
    assert_eq!(
        numbers(&world, guest, 0, None, false, 100).await,
        (1..=10).collect::<Vec<_>>()
    );
    assert_eq!(world.whole(guest.conversation).await.last_seq, 10);
    assert_eq!(world.say(guest, "message 10").await.seq, 11);
    assert!(world.say(guest, "message 9").await.duplicate);
    assert_eq!(world.store.verify().await, Ok(11));
    world.store.close().await;
    assert_eq!((placed(&place, guest), upto(&place)), (11, 11));
}

#[tokio::test]
async fn in_a_quiet_store_everything_gets_its_place() {
    let place = folder();
    let (world, guest) = half_placed(&place).await;
    let asked = std::time::Instant::now();
    while upto(&place) < 10 {
        assert!(asked.elapsed().as_secs() < 10);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(placed(&place, guest), 10);
    assert!(
        !world
            .store
            .messages(world.brand, guest.conversation, 9, None, false, 1)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn a_damaged_end_is_refused_and_overwritten_by_nothing() {
    let place = folder();
    let (world, guest) = half_placed(&place).await;
    let other = world.guest().await;
    world.say(other, "well").await;
    place.crash().await;
    let connection = Connection::open(place.folder("store").join(FILE)).unwrap();
    let change = "UPDATE messages SET sent_at = sent_at + 1 WHERE seq = 8";
    assert_eq!(connection.execute(change, []).unwrap(), 1);
    drop(connection);
    let store = place.open_again().await;
    for _ in 0..2 {
        let refused = store.file(world.message(guest, "next", "next")).await;
        assert!(
            matches!(refused, Err(StoreError::Corrupt(_))),
            "{refused:?}"
        );
        let read = store
            .messages(world.brand, guest.conversation, 0, None, false, 100)
            .await;
        assert!(matches!(read, Err(StoreError::Corrupt(_))), "{read:?}");
    }
    let verified = store.verify().await;
    assert!(
        matches!(verified, Err(StoreError::Corrupt(_))),
        "{verified:?}"
    );
    // Everybody else is served.
    let filed = store.file(world.message(other, "next", "next")).await;
    assert_eq!(filed.unwrap().seq, 2);
    store.close().await;
}

#[tokio::test]
async fn a_session_that_is_ahead_of_its_thread_is_not_summed_up_twice() {
    let place = folder();
    let mut world = World::open(&place).await;
    let (guest, session, _) = world.serving(world.agent()).await;
    world.say(guest, "well?").await;
    world.pass(1_000);
    // Said after the last message, and of the session alone.
    world.apply(guest, session, Command::Warn).await.unwrap();
    let before = world.whole(guest.conversation).await;
    let unplaced = before.last_seq - placed(&place, guest);
    assert_eq!(unplaced, 1);
    world.crash().await;
    let after = world.whole(guest.conversation).await;
    assert!(after.session.as_ref().unwrap().warned_at.is_some());
    assert_eq!(after, before);
    let end = Command::End {
        fence: None,
        reason: Reason::Silence,
    };
    world.apply(guest, session, end).await.unwrap();
    let opened = world.say(guest, "again").await;
    let before = world.whole(guest.conversation).await;
    assert_eq!((before.sessions, opened.seq), (2, before.last_seq));
    world.crash().await;
    assert_eq!(world.whole(guest.conversation).await, before);
    assert_eq!(world.store.verify().await, Ok(before.last_seq));
}

/// Puts the file back to the schema before there were places.
fn before_places(place: &Folder) {
    let connection = Connection::open(place.folder("store").join(FILE)).unwrap();
    connection
        .execute_batch(
            "DROP TABLE places; DROP TABLE placed; ALTER TABLE identities DROP COLUMN closed_at;
             CREATE UNIQUE INDEX messages_seq ON messages (conversation, seq);
             ALTER TABLE outbox DROP COLUMN refused;
             ALTER TABLE outbox DROP COLUMN held_ms;
             ALTER TABLE outbox DROP COLUMN again;
             DROP INDEX handoffs_added; DROP TABLE heard;
             PRAGMA user_version = 14;",
        )
        .unwrap();
}

#[tokio::test]
async fn a_store_from_before_gets_its_places_also_after_a_crash() {
    for crashed in [false, true] {
        let place = folder();
        let (world, guest) = half_placed(&place).await;
        let other = world.guest().await;
        for n in 0..200 {
            world.say(other, &format!("long {n}")).await;
        }
        if crashed {
            place.crash().await;
        } else {
            world.store.close().await;
        }
        before_places(&place);
        let store = place.open_again().await;
        assert_eq!(store.verify().await, Ok(210));
        for (who, last) in [(guest, 10), (other, 200)] {
            let all = store
                .messages(world.brand, who.conversation, 0, None, false, 500)
                .await
                .unwrap();
            assert_eq!(all.len() as u64, last);
            let filed = store.file(world.message(who, "next", "next")).await;
            assert_eq!(filed.unwrap().seq, last + 1);
        }
        store.close().await;
        assert_eq!((placed(&place, guest), placed(&place, other)), (11, 201));
        assert_eq!(upto(&place), 212);
    }
}
