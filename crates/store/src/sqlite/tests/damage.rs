//! Damage is refused loudly, a second process is kept out, another life has another epoch.

use std::sync::Arc;

use kefu_domain::MessageId;
use rusqlite::Connection;

use super::{super::*, Folder, folder};
use crate::{
    MaintenanceStore as _, Store, StoreError,
    contract::{Ears, Guest, Place as _, World},
};

/// Twenty messages of one visitor, closed.
async fn filled(place: &Folder) -> (BrandId, Guest) {
    let world = World::open(place).await;
    let guest = world.guest().await;
    for n in 0..20 {
        world.say(guest, &format!("message {n}")).await;
    }
    world.store.close().await;
    (world.brand, guest)
}

use kefu_domain::BrandId;

fn raw(place: &Folder) -> Connection {
    Connection::open(place.folder("store").join(FILE)).unwrap()
}

async fn reopen(place: &Folder) -> Arc<dyn Store> {
    place.open(Arc::new(Ears::default())).await
}

#[tokio::test]
async fn a_changed_message_is_refused() {
    // Every column, one at a time.
    for change in [
        "content = replace(content, 'message 7', 'message 8')",
        "sent_at = sent_at + 1",
        "origin = 5",
        "rev = 3",
        "recalled = 1",
        "delivery = 4",
        "failure = '{\"code\":\"1\",\"reason\":\"x\"}'",
        "agent = x'00000000000000000000000000000001'",
        "session = NULL",
        "entry_point = x'00000000000000000000000000000001'",
        "scope = x'00000000000000000000000000000001'",
        "brand = x'00000000000000000000000000000001'",
        "client_key = 'other'",
        "said = said + 1",
        "checksum = checksum + 1",
        "content = CAST(content AS BLOB)",
    ] {
        let place = folder();
        let (brand, guest) = filled(&place).await;
        let changed = raw(&place)
            .execute(&format!("UPDATE messages SET {change} WHERE seq = 8"), [])
            .unwrap();
        assert_eq!(changed, 1);
        let store = reopen(&place).await;
        let verified = store.verify().await;
        assert!(
            matches!(verified, Err(StoreError::Corrupt(_))),
            "{change}: {verified:?}"
        );
        let read = store
            .messages(brand, guest.conversation, 0, None, false, 100)
            .await;
        assert!(
            matches!(read, Err(StoreError::Corrupt(_))),
            "{change}: {read:?}"
        );
        // The rest of the thread can still be read.
        let rest = store
            .messages(brand, guest.conversation, 8, None, false, 100)
            .await
            .unwrap();
        assert_eq!(rest.len(), 12);
        let id = MessageId {
            conversation: guest.conversation,
            seq: 8,
        };
        assert!(store.recall(brand, id, None).await.is_err());
        store.close().await;
    }
}

#[tokio::test]
async fn a_missing_message_is_seen() {
    for change in [
        "DELETE FROM messages WHERE seq = 8",
        "DELETE FROM messages WHERE seq = 20",
        "DELETE FROM messages WHERE seq = 1",
        "DELETE FROM places WHERE seq = 2",
        "UPDATE places SET seq = 3 WHERE seq = 2",
        "UPDATE places SET messages = '[]' WHERE seq = 2",
        "UPDATE places SET messages = '[1,2,3' WHERE seq = 2",
        "UPDATE places SET messages = replace(messages, '8', '7') WHERE seq = 2",
        "UPDATE places SET messages = replace(messages, '20', '21') WHERE seq = 2",
        "DELETE FROM conversations",
        "UPDATE conversations SET chain = chain + 1",
        "UPDATE conversations SET last_seq = 21",
    ] {
        let place = folder();
        let (brand, guest) = filled(&place).await;
        assert_eq!(raw(&place).execute(change, []).unwrap(), 1);
        let store = reopen(&place).await;
        let verified = store.verify().await;
        assert!(
            matches!(verified, Err(StoreError::Corrupt(_))),
            "{change}: {verified:?}"
        );
        if change.ends_with("seq = 8") {
            let read = store
                .messages(brand, guest.conversation, 0, None, false, 100)
                .await;
            assert!(matches!(read, Err(StoreError::Corrupt(_))), "{read:?}");
        }
        store.close().await;
    }
}

#[tokio::test]
async fn a_flipped_bit_is_seen_or_harmless() {
    let place = folder();
    let (brand, guest) = filled(&place).await;
    let store = reopen(&place).await;
    let good = store
        .messages(brand, guest.conversation, 0, None, false, 100)
        .await
        .unwrap();
    store.close().await;
    let file = place.folder("store").join(FILE);
    let bytes = std::fs::read(&file).unwrap();
    let mut dice = crate::contract::Dice(7);
    let mut seen = 0;
    for _ in 0..150 {
        let copy = tempfile::tempdir().unwrap();
        let mut flipped = bytes.clone();
        // The first page is SQLite's own header.
        let at = 4096 + dice.roll(bytes.len() as u64 - 4096) as usize;
        flipped[at] ^= 1 << dice.roll(8);
        std::fs::write(copy.path().join(FILE), flipped).unwrap();
        let options = Options {
            sink: Arc::new(Ears::default()),
            on_fatal: Box::new(|_| ()),
            now: 1,
            seed: 1,
        };
        let Ok(store) = Sqlite::open(copy.path(), options) else {
            seen += 1;
            continue;
        };
        let read =
            crate::ThreadStore::messages(&store, brand, guest.conversation, 0, None, false, 100)
                .await;
        let verified = store.verify().await;
        seen += usize::from(verified.is_err());
        // Never another answer than the true one, unless the check finds it.
        match read {
            Ok(messages) => assert!(messages == good || verified.is_err(), "byte {at}"),
            Err(error) => assert!(
                matches!(error, StoreError::Corrupt(_)),
                "byte {at}: {error}"
            ),
        }
        store.close().await;
    }
    assert!(seen > 0);
}

#[tokio::test]
async fn a_folder_is_held_by_one() {
    let place = folder();
    let store = reopen(&place).await;
    let path = place.folder("store");
    let options = Options {
        sink: Arc::new(Ears::default()),
        on_fatal: Box::new(|_| ()),
        now: 1,
        seed: 1,
    };
    let second = tokio::task::spawn_blocking(move || Sqlite::open(&path, options).err());
    let refused = second.await.unwrap();
    assert!(
        matches!(refused, Some(StoreError::Unavailable(_))),
        "{refused:?}"
    );
    store.close().await;
    reopen(&place).await;
}

#[tokio::test]
async fn a_newer_schema_is_left_alone() {
    let place = folder();
    filled(&place).await;
    raw(&place).pragma_update(None, "user_version", 99).unwrap();
    let options = Options {
        sink: Arc::new(Ears::default()),
        on_fatal: Box::new(|_| ()),
        now: 1,
        seed: 1,
    };
    let refused = Sqlite::open(&place.folder("store"), options).err();
    assert!(
        matches!(refused, Some(StoreError::Conflict(_))),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_restored_store_lives_anew() {
    let place = folder();
    let (brand, guest) = filled(&place).await;
    let store = reopen(&place).await;
    let epoch = store.epoch();
    let copy = place.folder("copy");
    store.backup(&copy).await.unwrap();
    store.close().await;
    let target = place.folder("restored");
    let life = restore(&copy, &target, 1_790_000_000_001, 77).unwrap();
    assert_ne!(life, epoch);
    assert!(matches!(
        restore(&copy, &target, 2, 78),
        Err(StoreError::Conflict(_))
    ));
    let nothing = restore(&place.folder("nothing"), &place.folder("x"), 2, 78);
    assert_eq!(nothing, Err(StoreError::NotFound));
    let store = place.open_copy(&target).await;
    assert_eq!(store.epoch(), life);
    let read = store
        .messages(brand, guest.conversation, 0, None, false, 100)
        .await
        .unwrap();
    assert_eq!(read.len(), 20);
    store.close().await;
    // Files put back by other means.
    let next = new_life(&target, 1_790_000_000_002, 79).unwrap();
    assert!(next != life && next != epoch);
    let store = place.open_copy(&target).await;
    assert_eq!(store.epoch(), next);
    store.close().await;
}

#[tokio::test]
async fn a_damaged_index_is_made_anew() {
    let place = folder();
    let (brand, _) = filled(&place).await;
    std::fs::write(
        place.folder("store").join(WORDS),
        "not a database, not at all".repeat(500),
    )
    .unwrap();
    let store = reopen(&place).await;
    for _ in 0..200 {
        if store.search(brand, "message", 50).await.unwrap().len() == 20 {
            store.close().await;
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("nothing is found");
}
