//! Bells and events.

use kefu_domain::EntryPointId;

use super::{Place, World};
use crate::{Change, CursorMove};

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
    assert_eq!(rung, [(world.brand, door, Some("t1".to_owned()), at)]);
    // It rings again, in the same millisecond and without a token, while that is pulled.
    world.store.ring(world.brand, door, None, at).await.unwrap();
    world.store.pulled(door, rung[0].3).await.unwrap();
    let again = world.store.rung().await.unwrap();
    assert_eq!((again.len(), again[0].2.as_deref()), (1, Some("t1")));
    assert!(again[0].3 > at);
    world.store.pulled(door, again[0].3).await.unwrap();
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
    assert_eq!(world.store.cursor(quiet).await.unwrap(), "c1");
    assert_eq!(
        world.store.rung().await,
        Ok(vec![(world.brand, quiet, None, at)])
    );
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
