//! Carrying a visitor over to a platform: one code, one effect.

use super::{Guest, Place, World};
use crate::{Change, Enter, Incoming, Source, Visitor, VisitorOpen};

fn visitor(world: &World<'_>, guest: Guest) -> Visitor {
    Visitor {
        brand: world.brand,
        entry_point: world.site,
        identity: guest.identity,
        conversation: guest.conversation,
        customer: guest.customer,
    }
}

async fn enter(world: &World<'_>, who: &str, key: &str, code: Option<[u8; 32]>) -> crate::Filed {
    let entered = Enter {
        carried: code,
        ..world.enter(who, key, Source::default(), None)
    };
    let filed = world.store.file_page(vec![Incoming::Enter(entered)], None);
    filed.await.unwrap().remove(0).unwrap()
}

async fn lines(world: &World<'_>, guest: Guest) -> Vec<String> {
    let lines = world
        .store
        .lines(world.brand, guest.conversation, 0, 99)
        .await
        .unwrap();
    lines.into_iter().filter_map(|line| line.event).collect()
}

pub(crate) async fn whoever_brings_a_code_goes_on_in_the_same_thread_once(place: &dyn Place) {
    let mut world = World::open(place).await;
    let (guest, other) = (world.guest().await, world.guest().await);
    let (code, at) = ([7; 32], world.now());
    let mint = |world: &World<'_>, code, expires, at| {
        let (store, visitor) = (world.store.clone(), visitor(world, guest));
        async move { store.mint_carry(visitor, code, expires, at).await }
    };
    assert_eq!(mint(&world, [6; 32], at + 60_000, at).await, Ok(true));
    // Not twice at once; then the newest lives.
    assert_eq!(mint(&world, code, at + 60_000, at + 10).await, Ok(false));
    assert_eq!(mint(&world, code, at + 60_000, at + 5_000).await, Ok(true));
    world.crash().await;
    // An older code, and one that nobody made, change nothing.
    for (who, key, code) in [("wx-old", "k0", [6; 32]), ("wx-none", "k1", [9; 32])] {
        let filed = enter(&world, who, key, Some(code)).await;
        assert_ne!(filed.conversation, guest.conversation);
    }
    let filed = enter(&world, "wx-anna", "k2", Some(code)).await;
    assert_eq!(
        (filed.conversation, filed.duplicate),
        (guest.conversation, false)
    );
    assert_eq!(lines(&world, guest).await, ["carried_over"]);
    let carried = |change: &Change| matches!(change, Change::Carried { conversation } if *conversation == guest.conversation);
    assert!(world.ears.heard().iter().any(carried));
    // The platform tells it again, and a friend tries the same code.
    let again = enter(&world, "wx-anna", "k2", Some(code)).await;
    assert_eq!(
        (again.conversation, again.duplicate),
        (guest.conversation, true)
    );
    let friend = enter(&world, "wx-friend", "k3", Some(code)).await;
    assert_ne!(friend.conversation, guest.conversation);
    world.crash().await;
    assert_eq!(lines(&world, guest).await, ["carried_over"]);
    let identities = world
        .store
        .identities(world.brand, guest.customer)
        .await
        .unwrap();
    let joined = identities
        .iter()
        .find(|identity| identity.kind == "upstream")
        .unwrap();
    assert_eq!(
        (joined.value.as_str(), joined.entry_point),
        ("wx-anna", world.platform)
    );
    assert_eq!(joined.evidence, r#"{"by":"carried"}"#);
    assert_eq!(lines(&world, other).await, [""; 0]);
}

pub(crate) async fn whoever_is_known_already_stays_and_a_late_code_is_nothing(place: &dyn Place) {
    let world = World::open(place).await;
    let guest = world.guest().await;
    let at = world.now();
    let known = enter(&world, "wx-anna", "k1", None).await;
    assert_ne!(known.conversation, guest.conversation);
    let mint = |code, expires, at| {
        world
            .store
            .mint_carry(visitor(&world, guest), code, expires, at)
    };
    assert_eq!(mint([1; 32], at - 1, at - 600_000).await, Ok(true));
    let late = enter(&world, "wx-late", "k2", Some([1; 32])).await;
    assert_ne!(late.conversation, guest.conversation);
    assert_eq!(
        mint([2; 32], world.now() + 600_000, at + 5_000).await,
        Ok(true)
    );
    let stays = enter(&world, "wx-anna", "k3", Some([2; 32])).await;
    assert_eq!(stays.conversation, known.conversation);
    assert_eq!(lines(&world, guest).await, ["carried_known"]);
    let theirs = world
        .store
        .lines(world.brand, known.conversation, 0, 9)
        .await
        .unwrap();
    assert_eq!(theirs[0].text, guest.customer.to_string());
    // It was used all the same.
    let friend = enter(&world, "wx-friend", "k4", Some([2; 32])).await;
    assert_ne!(friend.conversation, guest.conversation);
}

pub(crate) async fn whoever_showed_a_code_reads_on_only_signed_in(place: &dyn Place) {
    let mut world = World::open(place).await;
    let opened = async |world: &World<'_>, token: u8, previous, signed: Option<&str>| {
        let open = VisitorOpen {
            previous,
            signed: signed.map(str::to_owned),
            ..world.visitor_open(token)
        };
        world.store.open_visitor(open).await.unwrap()
    };
    let anonymous = opened(&world, 1, None, None).await;
    let known = opened(&world, 2, Some([1; 32]), Some("anna")).await;
    assert_eq!(known.customer, anonymous.customer);
    let (at, code) = (world.now(), [7; 32]);
    let minted = world.store.mint_carry(anonymous, code, at + 60_000, at);
    assert_eq!(minted.await, Ok(true));
    let minted = world.store.mint_carry(known, [8; 32], at + 60_000, at);
    assert_eq!(minted.await, Ok(true));
    let filed = enter(&world, "wx-victim", "k1", Some(code)).await;
    assert_eq!(filed.conversation, anonymous.conversation);
    for _ in 0..2 {
        let reads = async |token: u8| world.store.visitor([token; 32], at).await.unwrap();
        assert_eq!(reads(1).await, None);
        assert_eq!(reads(2).await, Some(known));
        world.crash().await;
    }
    // Not by another code of theirs either, and the old token continues nothing.
    let friend = enter(&world, "wx-friend", "k2", Some([8; 32])).await;
    assert_ne!(friend.conversation, anonymous.conversation);
    let afresh = opened(&world, 3, Some([1; 32]), None).await;
    assert_ne!(afresh.customer, anonymous.customer);
}
