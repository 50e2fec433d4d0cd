//! What platforms counted.

use kefu_domain::BrandId;

use super::{Place, World};
use crate::UpstreamDay;

pub(crate) async fn days_are_kept_and_replaced(place: &dyn Place) {
    let mut world = World::open(place).await;
    let day = |day, userid: &str, numbers: &str| UpstreamDay {
        brand: world.brand,
        entry_point: world.platform,
        day,
        userid: userid.to_owned(),
        numbers: numbers.to_owned(),
        at: 1,
    };
    let some = [
        day(2, "", "{}"),
        day(1, "ann", r#"{"n":1}"#),
        day(1, "", r#"{"n":2}"#),
    ];
    world.store.put_days(some.to_vec()).await.unwrap();
    let newer = vec![day(2, "", r#"{"n":3}"#)];
    world.store.put_days(newer.clone()).await.unwrap();
    let [_, ann, whole] = some;
    world.crash().await;
    let doors = vec![world.platform, world.site];
    let all = world.store.days(world.brand, doors.clone(), 1, 2).await;
    assert_eq!(all.unwrap(), [vec![whole, ann], newer.clone()].concat());
    let last = world.store.days(world.brand, doors.clone(), 2, 9).await;
    assert_eq!(last.unwrap(), newer);
    let theirs = world.store.days(BrandId(world.id()), doors, 0, 9).await;
    assert_eq!(theirs.unwrap(), []);
    let last_day = world.store.last_day(world.platform).await;
    assert_eq!(last_day.unwrap(), Some(2));
    assert_eq!(world.store.last_day(world.site).await.unwrap(), None);
}
