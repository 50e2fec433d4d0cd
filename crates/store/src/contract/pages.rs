//! Pulled pages: all of it and the cursor, or nothing.

use kefu_domain::{Failure, OutboxId};

use super::{Place, World};
use crate::{CursorMove, Incoming, Source, StoreError};

fn step(world: &World<'_>, from: &str, to: &str) -> Option<CursorMove> {
    Some(CursorMove {
        entry_point: world.platform,
        from: from.to_owned(),
        to: to.to_owned(),
        answers: None,
    })
}

/// Where the next pull of the platform's door goes on.
async fn cursor(world: &World<'_>) -> String {
    let ring = world
        .store
        .ring(world.brand, world.platform, None, world.now());
    ring.await.unwrap();
    let rung = world.store.rung().await.unwrap();
    let here = rung
        .into_iter()
        .find(|rung| rung.entry_point == world.platform);
    here.unwrap().cursor
}

pub(crate) async fn a_page_and_its_cursor_are_one(place: &dyn Place) {
    let mut world = World::open(place).await;
    assert_eq!(cursor(&world).await, "");
    let page = |world: &World<'_>, from: u32| -> Vec<Incoming> {
        (from..from + 50)
            .map(|n| {
                Incoming::Message(world.upstream(&format!("wx{}", n % 7), &format!("m{n}"), "x"))
            })
            .collect()
    };
    // Before any bell, and two pullers at once: one page wins.
    let racers: Vec<_> = (0..10)
        .map(|_| {
            let (store, items) = (world.store.clone(), page(&world, 0));
            let cursor = step(&world, "", "c1");
            tokio::spawn(async move { store.file_page(items, cursor).await })
        })
        .collect();
    let mut won = 0;
    for racer in racers {
        match racer.await.unwrap() {
            Ok(filed) => {
                won += 1;
                assert!(
                    filed
                        .iter()
                        .all(|one| one.is_some_and(|one| !one.duplicate))
                );
            }
            Err(error) => assert!(matches!(error, StoreError::Conflict(_)), "{error}"),
        }
    }
    assert_eq!(won, 1);
    world.crash().await;
    assert_eq!(cursor(&world).await, "c1");
    let late = world
        .store
        .file_page(page(&world, 50), step(&world, "", "c2"))
        .await;
    assert!(matches!(late, Err(StoreError::Conflict(_))));
    // Read again from an older cursor (the three days upstream): duplicates, in place.
    let mut items = page(&world, 25);
    let filed = world
        .store
        .file_page(items.clone(), step(&world, "c1", "c2"))
        .await
        .unwrap();
    let twice = filed.iter().flatten().filter(|one| one.duplicate).count();
    assert_eq!((filed.len(), twice), (50, 25));
    // Without a cursor too.
    items.truncate(3);
    let filed = world.store.file_page(items, None).await.unwrap();
    assert!(filed.iter().flatten().all(|one| one.duplicate));
    assert_eq!(world.store.verify().await, Ok(75));
    assert_eq!(cursor(&world).await, "c2");
}

pub(crate) async fn bad_items_do_not_hold_a_page_up(place: &dyn Place) {
    let world = World::open(place).await;
    let guest = world.follower("good").await;
    let blocked = world.follower("bad").await;
    let mut customer = world
        .store
        .customer(world.brand, blocked.customer)
        .await
        .unwrap();
    customer.card.blocked = true;
    world
        .store
        .update_customer(world.brand, customer)
        .await
        .unwrap();
    let source = Source {
        kind: "link".to_owned(),
        title: "poster".to_owned(),
        ..Source::default()
    };
    let items = vec![
        Incoming::Message(world.upstream("bad", "b1", "refused")),
        Incoming::Failed {
            brand: world.brand,
            outbox: OutboxId(world.id()),
            failure: Failure {
                code: "10".to_owned(),
                reason: String::new(),
            },
        },
        Incoming::Message(world.upstream("good", "first of good", "not what it was")),
        Incoming::Recalled {
            brand: world.brand,
            entry_point: world.platform,
            key: "unknown".to_owned(),
        },
        Incoming::Recalled {
            brand: world.brand,
            entry_point: world.platform,
            key: "first of good".to_owned(),
        },
        Incoming::Enter(world.enter("new", "e1", source.clone(), None)),
        Incoming::Message(world.upstream("new", "n1", "hello")),
    ];
    let filed = world
        .store
        .file_page(items, step(&world, "", "c1"))
        .await
        .unwrap();
    assert_eq!(filed.iter().flatten().count(), 2);
    let new = world.whole(filed[6].unwrap().conversation).await;
    assert_eq!((new.source.as_ref(), new.last_seq), (Some(&source), 1));
    let sessions = world.store.sessions(world.brand, new.id, 1).await.unwrap();
    assert_eq!(sessions[0].source, Some(source));
    let messages = world
        .store
        .messages(world.brand, guest.conversation, 0, None, false, 10)
        .await
        .unwrap();
    assert!(messages[0].recalled);
    assert_eq!(cursor(&world).await, "c1");
}
