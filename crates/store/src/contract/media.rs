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
