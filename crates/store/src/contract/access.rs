//! Passwords, sign-ins, tickets; visitors and who stands behind their tokens.

use super::{Place, World};
use crate::{Login, Party, Visitor, VisitorOpen};

pub(crate) async fn tickets_work_once(place: &dyn Place) {
    let mut world = World::open(place).await;
    let login = Login {
        brand: world.brand,
        agent: world.agent(),
        expires_at: world.now() + 30_000,
    };
    let store = &world.store;
    store.put_ticket([1; 32], login.clone()).await.unwrap();
    store.put_ticket([2; 32], login.clone()).await.unwrap();
    // A ticket is no sign-in, and ends none.
    let now = world.now();
    assert_eq!(store.login([1; 32], now).await, Ok(None));
    let takers: Vec<_> = (0..20)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { store.take_ticket([1; 32], now).await.unwrap() })
        })
        .collect();
    let mut taken = Vec::new();
    for taker in takers {
        taken.extend(taker.await.unwrap());
    }
    assert_eq!(taken, std::slice::from_ref(&login));
    world.crash().await;
    assert_eq!(world.store.take_ticket([1; 32], now).await, Ok(None));
    let late = login.expires_at;
    assert_eq!(world.store.take_ticket([2; 32], late).await, Ok(None));
}

pub(crate) async fn sign_ins_lapse(place: &dyn Place) {
    let mut world = World::open(place).await;
    let (agent, other) = (world.agent(), world.agent());
    let brand = world.brand;
    let login = |agent| Login {
        brand,
        agent,
        expires_at: 2_000_000_000_000,
    };
    let store = &world.store;
    let hash = "$argon2id$…".to_owned();
    let password = store.password(world.brand, agent).await;
    assert_eq!(password, Ok(None));
    store
        .set_password(world.brand, agent, "old".to_owned(), true)
        .await
        .unwrap();
    let change = async |was: &str, to: &str| {
        let change = store.change_password(brand, agent, was.to_owned(), to.to_owned());
        change.await.unwrap()
    };
    assert!(!change("older", "x").await);
    assert!(change("old", &hash).await);
    assert!(!change("old", "x").await, "it is another one by now");
    store
        .set_password(brand, other, hash.clone(), true)
        .await
        .unwrap();
    // The last one is a repetition after an unknown outcome.
    for (token, agent) in [(1, agent), (2, agent), (3, other), (1, agent)] {
        let kept = store.sign_in([token; 32], login(agent), hash.clone());
        assert_eq!(kept.await, Ok(true));
    }
    for (token, agent, password) in [(4, agent, "old"), (5, world.agent(), &*hash)] {
        let kept = store.sign_in([token; 32], login(agent), password.to_owned());
        assert_eq!(kept.await, Ok(false));
        assert_eq!(store.login([token; 32], 0).await, Ok(None));
    }
    store
        .extend_login([1; 32], 2_000_000_000_001)
        .await
        .unwrap();
    store.sign_out([2; 32]).await.unwrap();
    world.crash().await;
    let found = async |token: u8, now| world.store.login([token; 32], now).await.unwrap();
    let extended = Login {
        expires_at: 2_000_000_000_001,
        ..login(agent)
    };
    assert_eq!(found(1, 2_000_000_000_000).await, Some(extended));
    assert_eq!(found(1, 2_000_000_000_001).await, None);
    assert_eq!(found(2, 0).await, None);
    let password = world.store.password(world.brand, agent).await;
    assert_eq!(password, Ok(Some((hash, false))));
    world
        .store
        .sign_out_everywhere(world.brand, agent)
        .await
        .unwrap();
    assert_eq!(found(1, 0).await, None);
    assert_eq!(found(3, 0).await, Some(login(other)));
    assert_eq!(
        world.store.forget_lapsed(2_000_000_000_000).await.unwrap(),
        1
    );
    assert_eq!(found(3, 0).await, None);
}

async fn open(world: &World<'_>, open: VisitorOpen) -> Visitor {
    world.store.open_visitor(open).await.unwrap()
}

pub(crate) async fn visitors_come_back(place: &dyn Place) {
    let mut world = World::open(place).await;
    let first = open(&world, world.visitor_open(1)).await;
    let other = open(&world, world.visitor_open(2)).await;
    assert_ne!(first.customer, other.customer);
    assert_ne!(first.conversation, other.conversation);
    world.crash().await;
    let now = world.now();
    assert_eq!(world.store.visitor([1; 32], now).await, Ok(Some(first)));
    assert_eq!(world.store.visitor([9; 32], now).await, Ok(None));
    let back = VisitorOpen {
        previous: Some([1; 32]),
        name: "小王".to_owned(),
        ..world.visitor_open(3)
    };
    assert_eq!(open(&world, back).await, first);
    // Told, not proven: it fills an empty place and replaces nothing.
    let named = VisitorOpen {
        previous: Some([3; 32]),
        name: "somebody".to_owned(),
        ..world.visitor_open(4)
    };
    assert_eq!(open(&world, named).await, first);
    let name = async |world: &World<'_>| {
        let id = first.customer;
        let customer = world.store.customer(world.brand, id).await.unwrap();
        customer.card.name
    };
    assert_eq!(name(&world).await, "小王");
    let whole = world.whole(first.conversation).await;
    assert_eq!(whole.customer.name, "小王");
    let proven = VisitorOpen {
        previous: Some([4; 32]),
        name: "王伟".to_owned(),
        name_is_proven: true,
        source: Some(crate::Source {
            kind: "page".to_owned(),
            title: "Prices".to_owned(),
            ..crate::Source::default()
        }),
        ..world.visitor_open(5)
    };
    open(&world, proven).await;
    assert_eq!(name(&world).await, "王伟");
    let whole = world.whole(first.conversation).await;
    assert_eq!(whole.customer.name, "王伟");
    assert_eq!(whole.source.as_ref().unwrap().title, "Prices");
    // At another door of the same face, the token tells who it is.
    let elsewhere = VisitorOpen {
        previous: Some([5; 32]),
        entry_point: world.platform,
        ..world.visitor_open(6)
    };
    let there = open(&world, elsewhere).await;
    assert_eq!(
        (there.customer, there.conversation),
        (first.customer, first.conversation)
    );
    assert_ne!(there.identity, first.identity);
    let identities = world
        .store
        .identities(world.brand, first.customer)
        .await
        .unwrap();
    assert_eq!(identities.len(), 2);
    let inbound = world.message(
        super::Guest {
            conversation: there.conversation,
            identity: there.identity,
            customer: there.customer,
        },
        "k",
        "from there",
    );
    assert!(matches!(inbound.party, Party::Known { .. }));
    world.store.file(inbound).await.unwrap();
    assert_eq!(
        world.whole(first.conversation).await.identity,
        there.identity
    );
}

pub(crate) async fn signed_people_are_one_and_never_two(place: &dyn Place) {
    let mut world = World::open(place).await;
    let signed = |sub: &str, token, previous: Option<u8>| VisitorOpen {
        signed: Some(sub.to_owned()),
        previous: previous.map(|token| [token; 32]),
        ..world.visitor_open(token)
    };
    // A visitor signs in: it is still the same thread.
    let anonymous = open(&world, world.visitor_open(1)).await;
    let anna = open(&world, signed("anna", 2, Some(1))).await;
    assert_eq!(
        (anna.customer, anna.conversation),
        (anonymous.customer, anonymous.conversation)
    );
    // From another device, and at another door.
    let phone = open(&world, signed("anna", 3, None)).await;
    assert_eq!(phone, anna);
    let app = VisitorOpen {
        entry_point: world.platform,
        ..signed("anna", 4, None)
    };
    let app = open(&world, app).await;
    assert_eq!(
        (app.customer, app.conversation),
        (anna.customer, anna.conversation)
    );
    // Somebody else signs in on the first device: another person, from then on.
    let bert = open(&world, signed("bert", 5, Some(2))).await;
    assert_ne!(bert.customer, anna.customer);
    assert_ne!(bert.conversation, anna.conversation);
    // A visitor who signs in as a known person becomes that person; the thread before stays behind.
    let visitor = open(&world, world.visitor_open(6)).await;
    let known = open(&world, signed("bert", 7, Some(6))).await;
    assert_eq!(known, bert);
    assert_ne!(visitor.customer, bert.customer);
    let of = async |customer| {
        let identities = world.store.identities(world.brand, customer).await.unwrap();
        let mut subs: Vec<_> = identities
            .into_iter()
            .filter(|identity| identity.kind == "signed")
            .map(|identity| identity.value)
            .collect();
        subs.dedup();
        subs
    };
    assert_eq!(of(anna.customer).await, ["anna"]);
    assert_eq!(of(bert.customer).await, ["bert"]);
    let found = world
        .store
        .identity(world.brand, world.site, "signed", "anna")
        .await
        .unwrap();
    assert_eq!(found.unwrap().customer, anna.customer);
    // Another brand's anna is another person.
    let neighbour = world.neighbour();
    let theirs = VisitorOpen {
        signed: Some("anna".to_owned()),
        previous: Some([3; 32]),
        ..neighbour.visitor_open(8)
    };
    let theirs = open(&neighbour, theirs).await;
    assert_ne!(theirs.customer, anna.customer);
    world.crash().await;
    let now = world.now();
    assert_eq!(world.store.visitor([3; 32], now).await, Ok(Some(anna)));
}

pub(crate) async fn tokens_are_replaced(place: &dyn Place) {
    let world = World::open(place).await;
    let first = open(&world, world.visitor_open(1)).await;
    let again = |token: u8, previous: u8| VisitorOpen {
        previous: Some([previous; 32]),
        ..world.visitor_open(token)
    };
    assert_eq!(open(&world, again(2, 1)).await, first);
    // The answer with the new token was lost: the old one is good for a while.
    assert_eq!(open(&world, again(3, 1)).await, first);
    world.pass(3_600_000);
    let now = world.now();
    assert_eq!(world.store.visitor([1; 32], now).await, Ok(None));
    assert_eq!(world.store.visitor([3; 32], now).await, Ok(Some(first)));
    // One that lapsed proves nothing.
    assert_ne!(open(&world, again(4, 1)).await.customer, first.customer);
    // The same token again moves its end and means the same.
    let kept = VisitorOpen {
        expires_at: world.now() + 1_000_000,
        ..again(3, 3)
    };
    let expires_at = kept.expires_at;
    assert_eq!(open(&world, kept).await, first);
    let lasts = world.store.visitor([3; 32], expires_at - 1).await;
    assert_eq!(lasts, Ok(Some(first)));
    assert_eq!(world.store.visitor([3; 32], expires_at).await, Ok(None));
    // Whoever knows another brand's token can neither use nor shorten it.
    let neighbour = world.neighbour();
    let foreign = VisitorOpen {
        previous: Some([3; 32]),
        ..neighbour.visitor_open(7)
    };
    assert_ne!(open(&neighbour, foreign).await.customer, first.customer);
    let lasts = world.store.visitor([3; 32], expires_at - 1).await;
    assert_eq!(lasts, Ok(Some(first)));
}
