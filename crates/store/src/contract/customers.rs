//! What people know of customers.

use kefu_domain::IdentityId;

use super::{Place, World};
use crate::{Called, Change, Source, StoreError};

pub(crate) async fn cards_follow_everywhere(place: &dyn Place) {
    let mut world = World::open(place).await;
    let guest = world.guest().await;
    world.say(guest, "a").await;
    world.crash().await;
    world.ears.heard();
    let mut customer = world
        .store
        .customer(world.brand, guest.customer)
        .await
        .unwrap();
    assert_eq!(customer.card.mark.as_deref(), Some("new"));
    customer.card.name = "王先生".to_owned();
    customer.card.mark = Some("vip".to_owned());
    customer.card.owner = Some(world.agent());
    customer.tags = vec!["预算20万".to_owned()];
    customer.remark = "周末看车".to_owned();
    customer.phone = "13800000000".to_owned();
    customer.attributes = r#"{"city":"杭州"}"#.to_owned();
    let updated = world
        .store
        .update_customer(world.brand, customer.clone())
        .await
        .unwrap();
    assert_eq!(updated.rev, customer.rev + 1);
    // Not in anybody's memory, and told all the same.
    let told = world.ears.heard();
    assert!(told.iter().any(|change| matches!(
        change, Change::Conversation { conversation } if conversation.customer == updated.card
    )));
    assert_eq!(world.whole(guest.conversation).await.customer, updated.card);
    // A second writer who read the older row.
    let stale = world.store.update_customer(world.brand, customer).await;
    assert!(matches!(stale, Err(StoreError::Conflict(_))));
    world.crash().await;
    let stored = world.store.customer(world.brand, guest.customer).await;
    assert_eq!(stored, Ok(updated.clone()));
    for words in [
        "王先",
        "看车",
        "1380",
        " 王先生 ",
        &guest.customer.to_string(),
    ] {
        let found = world
            .store
            .find_customers(world.brand, words, None, 10)
            .await
            .unwrap();
        assert_eq!(found, std::slice::from_ref(&updated), "{words}");
    }
    for words in ["李", "%", "_", "\\"] {
        let found = world
            .store
            .find_customers(world.brand, words, None, 10)
            .await
            .unwrap();
        assert_eq!(found, [], "{words}");
    }
    let second = world.guest().await;
    let page = async |before| {
        let found = world
            .store
            .find_customers(world.brand, "", before, 1)
            .await
            .unwrap();
        found.first().map(|customer| customer.card.id)
    };
    assert_eq!(page(None).await, Some(second.customer));
    assert_eq!(page(Some(second.customer)).await, Some(guest.customer));
    assert_eq!(page(Some(guest.customer)).await, None);
}

pub(crate) async fn profiles_do_not_overwrite_people(place: &dyn Place) {
    let world = World::open(place).await;
    let guest = world.follower("wx").await;
    let set = async |name: &str, avatar: &str, unionid: Option<&str>| {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let unionid =
            unionid.map(|value| (world.platform, IdentityId(world.id()), value.to_owned()));
        let now = world.now();
        world
            .store
            .set_profile(
                world.brand,
                guest.customer,
                some(name).map(Called::Name),
                some(avatar),
                unionid,
                now,
            )
            .await
            .unwrap();
        world
            .store
            .customer(world.brand, guest.customer)
            .await
            .unwrap()
    };
    let called = async |name: &str| {
        let called = Some(Called::Guest(name.to_owned()));
        let (brand, whom) = (world.brand, guest.customer);
        let set = world
            .store
            .set_profile(brand, whom, called, None, None, world.now());
        set.await.unwrap();
        let known = world.store.customer(brand, whom).await;
        known.unwrap().card.name
    };
    // Better than nothing, and no better than anything else.
    assert_eq!(called("顾客 9f3a").await, "顾客 9f3a");
    assert_eq!(called("用户 0b1c").await, "顾客 9f3a");
    let first = set("nick", "m1", Some("u1")).await;
    assert_eq!(called("顾客 9f3a").await, "nick");
    assert_eq!(first.card.name, "nick");
    // The same again is no change.
    assert_eq!(set("nick", "m1", Some("u1")).await, first);
    let mut named = first.clone();
    named.card.name = "王先生".to_owned();
    world
        .store
        .update_customer(world.brand, named)
        .await
        .unwrap();
    let after = set("other nick", "m2", None).await;
    assert_eq!(
        (
            after.card.name.as_str(),
            after.card.avatar_media_id.as_deref()
        ),
        ("王先生", Some("m2"))
    );
    let identities = world
        .store
        .identities(world.brand, guest.customer)
        .await
        .unwrap();
    let kinds: Vec<_> = identities
        .iter()
        .map(|identity| (identity.kind.as_str(), identity.value.as_str()))
        .collect();
    assert_eq!(kinds, [("upstream", "wx"), ("unionid", "u1")]);
}

pub(crate) async fn notes_and_footsteps(place: &dyn Place) {
    let mut world = World::open(place).await;
    let guest = world.guest().await;
    let author = world.agent();
    for n in 0..3 {
        let now = world.now();
        world
            .store
            .add_note(
                world.brand,
                guest.customer,
                Some(author),
                format!("note {n}"),
                now,
            )
            .await
            .unwrap();
    }
    for n in 0..25 {
        let step = Source {
            kind: "page".to_owned(),
            title: format!("page {n}"),
            ..Source::default()
        };
        world
            .store
            .footstep(world.brand, guest.customer, step)
            .await
            .unwrap();
    }
    world.crash().await;
    let notes = world
        .store
        .notes(world.brand, guest.customer)
        .await
        .unwrap();
    let texts: Vec<_> = notes.iter().map(|note| note.text.as_str()).collect();
    assert_eq!(texts, ["note 2", "note 1", "note 0"]);
    assert_eq!(notes[0].agent, Some(author));
    let steps = world
        .store
        .footsteps(world.brand, guest.customer)
        .await
        .unwrap();
    let titles: Vec<_> = steps.iter().map(|step| step.title.clone()).collect();
    let newest: Vec<_> = (5..25).rev().map(|n| format!("page {n}")).collect();
    assert_eq!(titles, newest);
}
