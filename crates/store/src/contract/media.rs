//! Rows of files.

use kefu_domain::MediaId;

use super::{Place, World};
use crate::{MediaRow, StoreError};

pub(crate) async fn files_rows_are_kept(place: &dyn Place) {
    let mut world = World::open(place).await;
    let guest = world.guest().await;
    let row = MediaRow {
        id: MediaId(world.id()),
        brand: world.brand,
        conversation: Some(guest.conversation),
        hash: "ab".repeat(32),
        name: "合同.pdf".to_owned(),
        mime: "application/pdf".to_owned(),
        size: u64::from(u32::MAX) + 1,
        width: None,
        height: None,
        created_at: world.now(),
        named: true,
    };
    let avatar = MediaRow {
        id: MediaId(world.id()),
        conversation: None,
        width: Some(640),
        height: Some(480),
        ..row.clone()
    };
    world.store.put_media(row.clone()).await.unwrap();
    world.store.put_media(row.clone()).await.unwrap();
    world.store.put_media(avatar.clone()).await.unwrap();
    world.crash().await;
    for row in [row, avatar] {
        assert_eq!(world.store.media(world.brand, row.id).await, Ok(row));
    }
    let missing = world.store.media(world.brand, MediaId(world.id())).await;
    assert_eq!(missing, Err(StoreError::NotFound));
}

pub(crate) async fn a_file_that_nothing_names_goes_and_its_bytes_if_nobody_has_them(
    place: &dyn Place,
) {
    let mut world = World::open(place).await;
    let guest = world.guest().await;
    let file = |id, hash: &str, created_at, named| MediaRow {
        id: MediaId(id),
        brand: world.brand,
        conversation: Some(guest.conversation),
        hash: hash.repeat(32),
        name: "茶.png".to_owned(),
        mime: "image/png".to_owned(),
        size: 7,
        width: None,
        height: None,
        created_at,
        named,
    };
    let ids: Vec<u128> = (0..5).map(|_| world.id()).collect();
    let rows = [
        file(ids[0], "aa", 10, false),
        file(ids[1], "bb", 10, true),
        file(ids[2], "cc", 20, false),
        // The same bytes as one that stays, and as one that goes.
        file(ids[3], "bb", 10, false),
        file(ids[4], "aa", 10, false),
    ];
    for row in &rows {
        world.store.put_media(row.clone()).await.unwrap();
    }
    let nobody = world.store.forget_media(10, 9).await.unwrap();
    assert_eq!(nobody, Vec::<String>::new(), "none is so old");
    let first = world.store.forget_media(20, 2).await.unwrap();
    assert_eq!(first.len(), 2, "as many as were asked for");
    let mut gone = world.store.forget_media(20, 9).await.unwrap();
    gone.extend(first);
    gone.sort_unstable();
    assert_eq!(gone, ["aa", "aa", "bb"].map(|hash| hash.repeat(32)));
    let free = world.store.unowned(gone).await.unwrap();
    assert_eq!(free, ["aa".repeat(32)], "another row needs the others");
    // One that a message names in time stays; one that is gone cannot be named.
    let (brand, late) = (world.brand, rows[2].id);
    world.store.name_media(brand, late).await.unwrap();
    world.crash().await;
    assert!(
        world
            .store
            .forget_media(i64::MAX, 9)
            .await
            .unwrap()
            .is_empty()
    );
    assert!(world.store.media(brand, late).await.unwrap().named);
    let named = world.store.name_media(brand, rows[0].id).await;
    assert_eq!(named, Err(StoreError::NotFound));
    let theirs = kefu_domain::BrandId(world.id());
    let named = world.store.name_media(theirs, late).await;
    assert_eq!(named, Err(StoreError::NotFound));
}
