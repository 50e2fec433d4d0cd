//! The writer: nothing half done, a full disk that gets room again, a disk that is not trusted.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use kefu_domain::{BrandId, Content};

use super::{super::*, folder};
use crate::{
    MaintenanceStore as _, Put, SessionStore as _, SetupStore as _, StoreError,
    contract::{Ears, Guest, World},
};

/// A store in a world, with a way to its inside.
async fn inside(place: &super::Folder) -> (World<'_>, Arc<Sqlite>) {
    let world = World::open(place).await;
    let store = place.open.lock().clone().unwrap();
    (world, store)
}

fn half_done(put: Put) -> impl FnOnce(&mut Writer) -> Result<()> {
    move |writer| {
        let written = writer.connection.execute(
            "INSERT INTO setup (brand, kind, id, body, rev, created_at) VALUES (?1, 'x', x'00', '', 1, 1)",
            [put.brand.bytes()],
        );
        writer.broke(written)?;
        Err(StoreError::NotFound)
    }
}

#[tokio::test]
async fn a_job_that_stops_half_way_leaves_nothing() {
    let place = folder();
    let (world, store) = inside(&place).await;
    let guest = world.guest().await;
    world.say(guest, "before").await;
    world.ears.heard();
    let put = Put {
        brand: world.brand,
        kind: "x",
        id: 0,
        key: None,
        body: None,
        expected_rev: None,
        at: 0,
    };
    let done = store.write(half_done(put)).await;
    assert!(matches!(done, Err(StoreError::Unavailable(_))), "{done:?}");
    let done = store.write(|_| -> Result<()> { panic!("a bug") }).await;
    assert!(matches!(done, Err(StoreError::Unavailable(_))), "{done:?}");
    assert_eq!(store.setup(world.brand).await, Ok(Vec::new()));
    assert!(world.ears.heard().is_empty());
    // The thread goes on where it was.
    assert_eq!(world.say(guest, "after").await.seq, 2);
    assert_eq!(store.verify().await, Ok(2));
}

/// Files until it is refused; answers how many were accepted.
async fn fill(world: &World<'_>, guest: Guest, from: u64) -> (u64, StoreError) {
    for n in from.. {
        let mut inbound = world.message(guest, &format!("m{n}"), "");
        inbound.content = Content::text("x".repeat(2000));
        if let Err(error) = world.store.file(inbound).await {
            return (n, error);
        }
    }
    unreachable!()
}

#[tokio::test]
async fn a_full_disk_refuses_until_there_is_room() {
    let place = folder();
    let (mut world, store) = inside(&place).await;
    let guest = world.guest().await;
    let limit = |pages: u32| {
        store.write(move |writer| {
            Ok(writer
                .connection
                .pragma_update(None, "max_page_count", pages)?)
        })
    };
    limit(200).await.unwrap();
    let (accepted, error) = fill(&world, guest, 0).await;
    assert_eq!(error, StoreError::NoSpace);
    assert!(accepted > 10);
    // Reading goes on, and what was accepted is there.
    assert_eq!(world.whole(guest.conversation).await.last_seq, accepted);
    assert_eq!(store.verify().await, Ok(accepted));
    limit(400).await.unwrap();
    let (more, error) = fill(&world, guest, accepted).await;
    assert_eq!(error, StoreError::NoSpace);
    assert!(more > accepted);
    drop(store);
    world.crash().await;
    assert_eq!(world.whole(guest.conversation).await.last_seq, more);
    assert_eq!(world.store.verify().await, Ok(more));
}

#[tokio::test]
async fn on_a_full_disk_reading_goes_on_while_summaries_wait() {
    let place = folder();
    let (world, store) = inside(&place).await;
    let mut guests = Vec::new();
    for _ in 0..150 {
        let guest = world.guest().await;
        world.say(guest, "first").await;
        guests.push(guest);
    }
    for guest in &guests {
        world.say(*guest, "second").await;
    }
    store
        .write(|writer| {
            let pages: u32 = writer
                .connection
                .query_row("PRAGMA page_count", [], |row| row.get(0))?;
            Ok(writer
                .connection
                .pragma_update(None, "max_page_count", pages)?)
        })
        .await
        .unwrap();
    let (_, error) = fill(&world, guests[0], 0).await;
    assert_eq!(error, StoreError::NoSpace);
    // By now what waited is due.
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    for guest in guests.iter().skip(1) {
        assert_eq!(world.whole(guest.conversation).await.last_seq, 2);
        let read = world
            .store
            .messages(world.brand, guest.conversation, 0, None, false, 9)
            .await;
        assert_eq!(read.map(|page| page.len()), Ok(2));
    }
    store
        .write(|writer| {
            Ok(writer
                .connection
                .pragma_update(None, "max_page_count", 4000)?)
        })
        .await
        .unwrap();
    assert_eq!(world.say(guests[1], "third").await.seq, 3);
    store.close().await;
    let store = place.open_again().await;
    assert!(store.verify().await.is_ok());
}

#[tokio::test]
async fn after_a_failed_sync_nothing_is_accepted() {
    let place = folder();
    let told = Arc::new(AtomicU32::new(0));
    let counter = told.clone();
    let options = Options {
        sink: Arc::new(Ears::default()),
        on_fatal: Box::new(move |_| {
            counter.fetch_add(1, Ordering::Relaxed);
        }),
        now: 1,
        seed: 1,
    };
    let store = Sqlite::open(&place.root.path().join("store"), options).unwrap();
    store.ready().await.unwrap();
    for _ in 0..3 {
        let failed = store.write(|writer| {
            let code = rusqlite::ffi::SQLITE_IOERR_FSYNC;
            let error = rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None);
            writer.broke::<()>(Err(error))
        });
        let failed = failed.await;
        assert!(
            matches!(failed, Err(StoreError::Unavailable(_))),
            "{failed:?}"
        );
        let refused = store.ready().await;
        assert!(
            matches!(refused, Err(StoreError::Unavailable(_))),
            "{refused:?}"
        );
    }
    assert_eq!(told.load(Ordering::Relaxed), 1);
    store.close().await;
}

#[tokio::test]
async fn readers_who_leave_take_no_connection_along() {
    let place = folder();
    let (world, store) = inside(&place).await;
    for _ in 0..50 {
        let slow = store.read(|_| {
            std::thread::park_timeout(Duration::from_millis(5));
            Ok(())
        });
        let _ = tokio::time::timeout(Duration::from_millis(1), slow).await;
    }
    let panicked: Result<()> = store.read(|_| panic!("a bug")).await;
    assert!(matches!(panicked, Err(StoreError::Unavailable(_))));
    for _ in 0..8 {
        assert_eq!(store.setup(BrandId(world.id())).await, Ok(Vec::new()));
    }
}

#[tokio::test]
async fn a_dropped_store_ends_by_itself() {
    let place = folder();
    let (world, store) = inside(&place).await;
    let guest = world.guest().await;
    world.say(guest, "m").await;
    let brand = world.brand;
    drop((world, store));
    *place.open.lock() = None;
    // Waits for the thread of the one before to let the folder go.
    let store = place.open_again().await;
    let whole = store.conversation(brand, guest.conversation).await;
    assert_eq!(whole.unwrap().last_seq, 1);
}

/// Puts so many copies of every row of a table beside it, each with ids of its own.
fn copies(writer: &Writer, table: &str, ids: &[(&str, &str)]) -> Result<()> {
    let connection = &writer.connection;
    let mut columns = connection.prepare("SELECT name FROM pragma_table_info(?1)")?;
    let columns: Vec<String> = columns
        .query_map([table], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let copied: Vec<&str> = columns
        .iter()
        .map(|column| ids.iter().find(|(name, _)| name == column))
        .zip(&columns)
        .map(|(id, column)| id.map_or(column.as_str(), |(_, copy)| *copy))
        .collect();
    let sql = format!(
        "INSERT INTO {table} SELECT {} FROM many, (SELECT * FROM {table} LIMIT 1)",
        copied.join(", ")
    );
    connection.execute_batch(&sql)?;
    Ok(())
}

#[tokio::test]
async fn everybody_who_waits_is_found_however_many() {
    let place = folder();
    let (mut world, _) = inside(&place).await;
    world.waiting().await;
    world.crash().await;
    let store = place.open.lock().clone().unwrap();
    store
        .write(|writer| {
            writer.connection.execute_batch(
                "CREATE TEMP TABLE many AS
                 WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
                 SELECT randomblob(16) AS c, randomblob(16) AS v, randomblob(16) AS s FROM n",
            )?;
            copies(writer, "customers", &[("id", "many.c")])?;
            copies(
                writer,
                "conversations",
                &[("id", "many.v"), ("customer", "many.c")],
            )?;
            copies(
                writer,
                "sessions",
                &[("id", "many.s"), ("conversation", "many.v")],
            )
        })
        .await
        .unwrap();
    let open = store.open_sessions(world.brand).await.unwrap();
    assert_eq!(open.len(), 100_001);
}
