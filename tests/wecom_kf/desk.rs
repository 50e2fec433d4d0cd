//! What administrators do with accounts at the platform, and what the platform tells of them.

use kefu_channels::{AccountLook, Receiver};
use kefu_reception::Error;
use serde_json::json;

use crate::house::{House, KF};

#[tokio::test(flavor = "multi_thread")]
async fn accounts_are_made_renamed_staffed_and_removed_from_here() {
    let house = House::open().await;
    let (reception, brand, id) = (&house.reception, house.brand, house.connection);
    let look = |name: &str| AccountLook {
        name: Some(name.to_owned()),
        picture: None,
    };
    let made = reception.make_upstream_account(brand, id, look("溪山茶社售后"));
    let account = made.await.unwrap();
    let renamed = reception.change_upstream_account(brand, id, &account, look("溪山售后"));
    renamed.await.unwrap();
    let all = reception.upstream_accounts(brand, id).await.unwrap();
    let found = all.iter().find(|one| one.open_kfid == account).unwrap();
    assert_eq!(found.name, "溪山售后");
    let long =
        reception.make_upstream_account(brand, id, look("一二三四五六七八九十一二三四五六七"));
    assert_eq!(long.await.unwrap_err().code(), "outside_refused");

    let member = |userid: &str| Receiver {
        userid: Some(userid.to_owned()),
        ..Receiver::default()
    };
    let whom = [member("linzhixia"), member("nobody")];
    let added = reception.change_receivers(brand, id, &account, &whom, true);
    let added = added.await.unwrap();
    assert_eq!(added.len(), 2);
    assert!(added[0].1.is_none(), "{added:?}");
    assert!(
        added[1].1.is_some(),
        "who does not exist has a reason: {added:?}"
    );
    let there = reception.receivers(brand, id, &account).await.unwrap();
    assert_eq!(there.len(), 1);
    assert_eq!(
        (there[0].userid.as_deref(), there[0].receiving),
        (Some("linzhixia"), Some(true))
    );
    let removed = reception.change_receivers(brand, id, &account, &whom[..1], false);
    removed.await.unwrap();
    assert!(
        reception
            .receivers(brand, id, &account)
            .await
            .unwrap()
            .is_empty()
    );

    // One that customers come through stays.
    let kept = reception.remove_upstream_account(brand, id, KF).await;
    assert!(matches!(kept, Err(Error::Conflict(_))), "{kept:?}");
    let gone = reception.remove_upstream_account(brand, id, &account);
    gone.await.unwrap();
    let all = reception.upstream_accounts(brand, id).await.unwrap();
    assert!(all.iter().all(|one| one.open_kfid != account));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_the_platform_takes_away_closes_its_door_with_the_reason() {
    let house = House::open().await;
    for (given, taken, paused) in [("", KF, true), (KF, "", false)] {
        let list = |id: &str| -> Vec<String> {
            let some = Some(id.to_owned()).filter(|id| !id.is_empty());
            some.into_iter().collect()
        };
        house
            .sim("auth", json!({ "add": list(given), "del": list(taken) }))
            .await;
        house
            .until("the door's change", async || {
                let setup = house.reception.directory().brand(house.brand).unwrap();
                let door = &setup.entry_points[&house.door].entry;
                let told = door.paused == paused && door.paused_why.is_some() == paused;
                told.then_some(())
            })
            .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_platform_counted_is_fetched_once_and_shown() {
    let house = House::open().await;
    house.says("xu", "你好").await;
    // The gateway counts at its start too: whichever is first finds them.
    let counted = house.reception.count(house.brand, house.door).await;
    counted.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    let asked = house.calls("kf/get_corp_statistic").await.len();
    // Nothing is asked again before the next day.
    let again = house.reception.count(house.brand, house.door).await;
    assert_eq!(again.unwrap(), 0);
    assert_eq!(house.calls("kf/get_corp_statistic").await.len(), asked);
    let now = house.reception.now();
    let days = house
        .reception
        .counted(house.brand, house.connection, 0, now);
    let days = days.await.unwrap();
    assert!(days.iter().any(|day| day.userid.is_empty()), "{days:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_use_of_each_limit_is_seen() {
    let house = House::open().await;
    house.says("xu", "你好").await;
    house
        .until("a pull that was counted", async || {
            let quotas = house.reception.quotas(house.brand).unwrap();
            let (_, used) = quotas.into_iter().next()?;
            used.iter()
                .any(|quota| quota.api.contains("sync_msg") && quota.minute > 0)
                .then_some(())
        })
        .await;
}
