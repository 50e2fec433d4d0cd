//! Bells and events.

use kefu_domain::EntryPointId;

use super::{Place, World};
use crate::{Change, CursorMove, Rung};

fn rang(world: &World<'_>, entry_point: EntryPointId, token: Option<&str>, bell: i64) -> Rung {
    Rung {
        brand: world.brand,
        entry_point,
        token: token.map(str::to_owned),
        cursor: String::new(),
        bell,
        next_at: 0,
        tries: 0,
    }
}

pub(crate) async fn a_refused_door_is_left_alone(place: &dyn Place) {
    let mut world = World::open(place).await;
    let (door, at) = (world.platform, world.now());
    let other = EntryPointId(world.id());
    for (door, at) in [(other, at + 9), (door, at)] {
        let rung = world.store.ring(world.brand, door, None, at);
        rung.await.unwrap();
    }
    world.store.pull_later(door, at + 1_000).await.unwrap();
    world.store.pull_later(door, at + 3_000).await.unwrap();
    // It rings again meanwhile: that makes the platform no kinder.
    let again = world.store.ring(world.brand, door, None, at + 5);
    again.await.unwrap();
    world.crash().await;
    let rung = world.store.rung().await.unwrap();
    let late = Rung {
        next_at: at + 3_000,
        tries: 2,
        ..rang(&world, door, None, at + 5)
    };
    assert_eq!(rung, [late, rang(&world, other, None, at + 9)]);
    world.store.pulled(door, at + 5).await.unwrap();
    let fresh = world.store.ring(world.brand, door, None, at + 10);
    fresh.await.unwrap();
    let rung = world.store.rung().await.unwrap();
    assert_eq!(rung[1], rang(&world, door, None, at + 10), "forgiven");
}

pub(crate) async fn bells_are_kept_until_pulled(place: &dyn Place) {
    let mut world = World::open(place).await;
    let (door, at) = (world.platform, world.now());
    world
        .store
        .ring(world.brand, door, Some("t1".to_owned()), at)
        .await
        .unwrap();
    assert!(matches!(world.ears.heard()[..], [Change::Pull { .. }]));
    world.crash().await;
    let rung = world.store.rung().await.unwrap();
    assert_eq!(rung, [rang(&world, door, Some("t1"), at)]);
    // It rings again, in the same millisecond and without a token, while that is pulled.
    world.store.ring(world.brand, door, None, at).await.unwrap();
    world.store.pulled(door, rung[0].bell).await.unwrap();
    let again = world.store.rung().await.unwrap();
    assert_eq!((again.len(), again[0].token.as_deref()), (1, Some("t1")));
    assert!(again[0].bell > at);
    world.store.pulled(door, again[0].bell).await.unwrap();
    assert_eq!(world.store.rung().await, Ok(Vec::new()));
    // An older pull that ends late rings nothing back.
    world.store.pulled(door, at).await.unwrap();
    assert_eq!(world.store.rung().await, Ok(Vec::new()));
    // Pulled at start, before any bell: the cursor is kept, and the bell finds its brand.
    let quiet = EntryPointId(world.id());
    let cursor = CursorMove {
        entry_point: quiet,
        from: String::new(),
        to: "c1".to_owned(),
        answers: None,
    };
    world
        .store
        .file_page(Vec::new(), Some(cursor))
        .await
        .unwrap();
    let at = world.now();
    world
        .store
        .ring(world.brand, quiet, None, at)
        .await
        .unwrap();
    world.crash().await;
    let first = Rung {
        cursor: "c1".to_owned(),
        ..rang(&world, quiet, None, at)
    };
    assert_eq!(world.store.rung().await, Ok(vec![first]));
    // The last page answers the bell that began it, and no later one.
    let last = |from: &str, to: &str| CursorMove {
        entry_point: quiet,
        from: from.to_owned(),
        to: to.to_owned(),
        answers: Some(at),
    };
    let ring = |at| world.store.ring(world.brand, quiet, None, at);
    ring(at + 1).await.unwrap();
    let page = world.store.file_page(Vec::new(), Some(last("c1", "c2")));
    page.await.unwrap();
    assert_eq!(world.store.rung().await.unwrap()[0].bell, at + 1);
    let refused = world.store.file_page(Vec::new(), Some(last("c1", "c3")));
    assert!(refused.await.is_err(), "nor does a page that is refused");
    let answered = CursorMove {
        answers: Some(at + 1),
        ..last("c2", "c3")
    };
    let page = world.store.file_page(Vec::new(), Some(answered));
    page.await.unwrap();
    world.crash().await;
    assert_eq!(world.store.rung().await, Ok(Vec::new()));
}

pub(crate) async fn events_happen_once(place: &dyn Place) {
    let mut world = World::open(place).await;
    let scope = world.platform.bytes();
    let at = world.now();
    let first = |key: &str| world.store.first_time(scope, key.to_owned(), at);
    assert_eq!(first("user+1+enter").await, Ok(true));
    assert_eq!(first("user+1+enter").await, Ok(false));
    assert_eq!(first("user+1+menu").await, Ok(true));
    let elsewhere = world
        .store
        .first_time([3; 16], "user+1+enter".to_owned(), at)
        .await;
    assert_eq!(elsewhere, Ok(true));
    world.crash().await;
    let again = |now| {
        let store = world.store.clone();
        async move {
            store.forget_lapsed(now).await.unwrap();
            store.first_time(scope, "user+1+enter".to_owned(), at).await
        }
    };
    // Remembered for a week at least.
    assert_eq!(again(at + 7 * 86_400_000).await, Ok(false));
    assert_eq!(again(at + 10 * 86_400_000).await, Ok(true));
}
