//! Who added a specialist is the customer of the agent who is that specialist.

use std::sync::Arc;

use kefu_domain::{SpecialistId, setup::Specialist};
use kefu_reception::HandOff;
use kefu_store::{Conversation, HandoffStatus};
use serde_json::json;

use crate::house::House;

/// 顾念, who can be added and is an agent here.
async fn specialist(house: &House) {
    let gu = Specialist {
        id: SpecialistId(house.reception.ids().mint()),
        name: "顾念".to_owned(),
        title: "茶礼顾问".to_owned(),
        line: String::new(),
        company: String::new(),
        avatar_media_id: None,
        links: Vec::new(),
        capacity_per_day: 0,
        userid: Some("gunian".to_owned()),
        connection: Some(house.connection),
        agent: Some(house.gu),
        qr_media_id: None,
        welcome: String::new(),
        disabled: false,
    };
    house.reception.put(house.brand, gu, None).await.unwrap();
}

/// The specialist is offered and added.
async fn added(house: &House, serving: &Conversation) {
    let ask = HandOff {
        brand: house.brand,
        agent: house.lin,
        conversation: serving.id,
        fence: None,
        client_msg_id: "h1".to_owned(),
        group: false,
        target: None,
    };
    let offer = house.reception.hand_off(ask).await.unwrap();
    let add = json!({ "customer": "xu", "config_id": offer.config_id });
    house.sim("add", add).await;
    house
        .until("the add", async || {
            let store = house.reception.store();
            let told = store.handoff(house.brand, offer.id).await.unwrap();
            (told.status == HandoffStatus::Added).then_some(())
        })
        .await;
}

async fn lines(house: &House, of: &Arc<Conversation>) -> Vec<Option<String>> {
    let store = house.reception.store();
    let lines = store.lines(house.brand, of.id, 0, 100).await.unwrap();
    lines.into_iter().map(|line| line.event).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn nobodys_customer_becomes_the_agents_of_the_specialist() {
    let house = House::open().await;
    specialist(&house).await;
    let serving = house.answered().await;
    added(&house, &serving).await;
    let owned = house
        .conversation("an owner", |whole| whole.customer.owner.is_some())
        .await;
    assert_eq!(owned.customer.owner, Some(house.gu));
    let told = house
        .until("a line about it", async || {
            let told = lines(&house, &owned).await;
            told.contains(&Some("owned".to_owned())).then_some(told)
        })
        .await;
    assert!(told.contains(&Some("specialist_added".to_owned())));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_who_has_an_owner_keeps_them() {
    let house = House::open().await;
    specialist(&house).await;
    let serving = house.answered().await;
    let (store, id) = (house.reception.store(), serving.customer.id);
    house
        .until("an owner by hand", async || {
            let mut customer = store.customer(house.brand, id).await.unwrap();
            customer.card.owner = Some(house.lin);
            // The platform's own words about them may come in between.
            let described = house.reception.describe(house.brand, None, customer);
            described.await.ok()
        })
        .await;
    added(&house, &serving).await;
    house
        .until("the line of the add", async || {
            let told = lines(&house, &serving).await;
            told.contains(&Some("specialist_added".to_owned()))
                .then_some(())
        })
        .await;
    // Whatever follows the line has had time to happen.
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    let customer = store.customer(house.brand, id).await.unwrap();
    assert_eq!(customer.card.owner, Some(house.lin));
}
