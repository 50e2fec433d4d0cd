//! Copies, lives, the end.

use super::{Place, World};
use crate::StoreError;

pub(crate) async fn copies_are_equal_and_lives_differ(place: &dyn Place) {
    let mut world = World::open(place).await;
    let (guest, ..) = world.serving(world.agent()).await;
    for n in 0..10 {
        world.say(guest, &format!("m{n}")).await;
    }
    let epoch = world.store.epoch();
    world.store.ready().await.unwrap();
    // While writing goes on, and without a pause for it.
    let copy = place.folder("copy");
    let writing = {
        let messages: Vec<_> = (0..50)
            .map(|n| world.message(guest, &format!("during {n}"), "x"))
            .collect();
        let store = world.store.clone();
        tokio::spawn(async move {
            for message in messages {
                store.file(message).await.unwrap();
            }
        })
    };
    world.store.backup(&copy).await.unwrap();
    let again = world.store.backup(&copy).await;
    assert!(matches!(again, Err(StoreError::Conflict(_))), "{again:?}");
    writing.await.unwrap();
    let other = place.open_copy(&copy).await;
    assert_eq!(other.epoch(), epoch);
    let copied = other.verify().await.unwrap();
    assert!((11..=61).contains(&copied));
    let whole = other
        .conversation(world.brand, guest.conversation)
        .await
        .unwrap();
    assert_eq!(whole.last_seq, copied);
    let read = async |store: &dyn crate::Store| {
        store
            .messages(
                world.brand,
                guest.conversation,
                0,
                Some(copied + 1),
                false,
                1000,
            )
            .await
            .unwrap()
    };
    assert_eq!(read(&*other).await, read(&*world.store).await);
    other.close().await;
    world.crash().await;
    assert_eq!(world.store.epoch(), epoch);
    world.reopen().await;
    assert_eq!(world.store.epoch(), epoch);
    assert_eq!(world.store.verify().await, Ok(61));
}

pub(crate) async fn nothing_is_accepted_after_the_end(place: &dyn Place) {
    let mut world = World::open(place).await;
    let guest = world.guest().await;
    let filings: Vec<_> = (0..200)
        .map(|n| {
            let (store, inbound) = (
                world.store.clone(),
                world.message(guest, &format!("m{n}"), "x"),
            );
            tokio::spawn(async move { store.file(inbound).await })
        })
        .collect();
    world.store.close().await;
    let mut accepted = 0;
    for filing in filings {
        match filing.await.unwrap() {
            Ok(_) => accepted += 1,
            Err(StoreError::Unavailable(_)) => (),
            Err(error) => panic!("{error}"),
        }
    }
    let late = world.store.file(world.message(guest, "late", "x")).await;
    assert!(matches!(late, Err(StoreError::Unavailable(_))));
    world.store.close().await;
    world.store = place.open(world.ears.clone()).await;
    assert_eq!(world.store.verify().await, Ok(accepted));
    assert_eq!(world.whole(guest.conversation).await.last_seq, accepted);
}
