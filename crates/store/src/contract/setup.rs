//! Set-up rows: kept, changed by those who read them last, unique where they must be.

use super::{Place, World};
use crate::{Change, Put, StoreError};

pub(crate) async fn rows_are_kept_and_conflicts_told(place: &dyn Place) {
    let mut world = World::open(place).await;
    let put = |kind, id: u128, key: Option<&str>, body: Option<&str>, rev| Put {
        brand: world.brand,
        kind,
        id,
        key: key.map(str::to_owned),
        body: body.map(str::to_owned),
        expected_rev: rev,
        at: 5,
    };
    let store = &world.store;
    let conflict = |result: crate::Result<u64>| {
        assert!(matches!(result, Err(StoreError::Conflict(_))), "{result:?}");
    };
    assert_eq!(
        store
            .put(put("brand", 1, Some("acme"), Some("{}"), None))
            .await,
        Ok(1)
    );
    assert_eq!(
        store
            .put(put("team", 2, Some("sales"), Some("a"), None))
            .await,
        Ok(1)
    );
    assert_eq!(
        store
            .put(put("team", 2, Some("sales"), Some("b"), Some(1)))
            .await,
        Ok(2)
    );
    conflict(
        store
            .put(put("team", 2, Some("sales"), Some("c"), Some(1)))
            .await,
    );
    conflict(
        store
            .put(put("team", 3, Some("sales"), Some("c"), None))
            .await,
    );
    conflict(store.put(put("team", 9, None, Some("c"), Some(1))).await);
    // Another kind may have the name, and rows without a key are not compared.
    assert_eq!(
        store
            .put(put("agent", 4, Some("sales"), Some("d"), None))
            .await,
        Ok(1)
    );
    assert_eq!(
        store.put(put("team", 5, None, Some("e"), None)).await,
        Ok(1)
    );
    assert_eq!(
        store.put(put("team", 6, None, Some("f"), None)).await,
        Ok(1)
    );
    // Another brand may use the name of a team, but not the slug of a brand.
    let neighbour = world.neighbour();
    let theirs = |kind, id, key: &str| Put {
        brand: neighbour.brand,
        ..put(kind, id, Some(key), Some("g"), None)
    };
    assert_eq!(store.put(theirs("team", 7, "sales")).await, Ok(1));
    conflict(store.put(theirs("brand", 8, "acme")).await);
    assert_eq!(store.put(theirs("brand", 8, "other")).await, Ok(1));
    // Deleted by who has read the newest.
    conflict(store.put(put("team", 5, None, None, Some(9))).await);
    assert_eq!(store.put(put("team", 5, None, None, Some(1))).await, Ok(2));
    let gone = store.put(put("team", 5, None, None, None)).await;
    assert_eq!(gone, Err(StoreError::NotFound));
    let told = world.ears.heard();
    let told = told
        .iter()
        .filter(|change| matches!(change, Change::Setup { brand } if *brand == world.brand));
    assert_eq!(told.count(), 7);
    world.crash().await;
    let mut brands = vec![world.brand, neighbour.brand];
    brands.sort();
    assert_eq!(world.store.brands().await, Ok(brands));
    let mut rows = world.store.setup(world.brand).await.unwrap();
    rows.sort_by_key(|row| row.id);
    let rows: Vec<_> = rows
        .iter()
        .map(|row| {
            (
                row.kind.as_str(),
                row.id,
                row.body.as_str(),
                row.rev,
                row.created_at,
            )
        })
        .collect();
    assert_eq!(
        rows,
        [
            ("brand", 1, "{}", 1, 5),
            ("team", 2, "b", 2, 5),
            ("agent", 4, "d", 1, 5),
            ("team", 6, "f", 1, 5)
        ]
    );
}

pub(crate) async fn rows_are_written_together_or_not_at_all(place: &dyn Place) {
    let world = World::open(place).await;
    let put = |id: u128, key: &str, rev| Put {
        brand: world.brand,
        kind: "team",
        id,
        key: Some(key.to_owned()),
        body: Some("{}".to_owned()),
        expected_rev: rev,
        at: 5,
    };
    let write = async |puts: Vec<Put>| world.store.put_all(puts).await;
    let both = write(vec![put(1, "sales", None), put(2, "care", None)]).await;
    assert_eq!(both, Ok(vec![1, 1]));
    let bad = [
        // Changed meanwhile, a name that is taken, and what contradicts itself.
        vec![put(1, "sales", Some(1)), put(2, "care", Some(7))],
        vec![put(1, "sales", Some(1)), put(3, "care", None)],
        vec![put(1, "sales", Some(1)), put(1, "sales", None)],
        vec![put(3, "new", None), put(4, "new", None)],
    ];
    for puts in bad {
        let refused = write(puts).await;
        assert!(
            matches!(refused, Err(StoreError::Conflict(_))),
            "{refused:?}"
        );
    }
    let mut rows = world.store.setup(world.brand).await.unwrap();
    rows.sort_by_key(|row| row.id);
    let rows: Vec<_> = rows.iter().map(|row| (row.id, row.rev)).collect();
    assert_eq!(rows, [(1, 1), (2, 1)]);
}
