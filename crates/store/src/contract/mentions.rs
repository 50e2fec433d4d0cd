//! Who was named in notes, and what was put off.

use kefu_domain::Snooze;

use super::{Place, World};
use crate::{Change, LineDraft};

pub(crate) async fn who_is_named_finds_it_until_they_look(place: &dyn Place) {
    let mut world = World::open(place).await;
    let (guest, other) = (world.guest().await, world.guest().await);
    let (named, writer) = (world.agent(), world.agent());
    let mut lines = Vec::new();
    for (guest, text) in [(guest, "@阿夏 看一下"), (other, "@阿夏 也看这个")] {
        world.pass(5);
        let draft = LineDraft {
            agent: Some(writer),
            event: None,
            text: text.to_owned(),
        };
        let line = world
            .store
            .note(world.brand, guest.conversation, None, draft, world.now())
            .await
            .unwrap();
        for _ in 0..2 {
            world
                .store
                .mention(world.brand, guest.conversation, line.no, vec![named])
                .await
                .unwrap();
        }
        lines.push(line);
    }
    world.crash().await;
    let found = world.store.mentions(world.brand, named, 9).await.unwrap();
    let told: Vec<_> = found
        .iter()
        .map(|one| (one.conversation, one.text.as_str(), one.by))
        .collect();
    assert_eq!(
        told,
        [
            (other.conversation, "@阿夏 也看这个", Some(writer)),
            (guest.conversation, "@阿夏 看一下", Some(writer)),
        ]
    );
    let none = world.store.mentions(world.brand, writer, 9).await.unwrap();
    assert!(none.is_empty());
    world
        .store
        .mentions_seen(world.brand, named, other.conversation)
        .await
        .unwrap();
    let left = world.store.mentions(world.brand, named, 9).await.unwrap();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].conversation, guest.conversation);
}

pub(crate) async fn what_is_put_off_stays_so_and_is_told(place: &dyn Place) {
    let mut world = World::open(place).await;
    let agent = world.agent();
    let (guest, session, fence) = world.serving(agent).await;
    world.pass(10);
    let snooze = Snooze {
        until: world.now() + 60_000,
        at: world.now(),
        session,
        fence,
    };
    world.ears.heard();
    for _ in 0..2 {
        world
            .store
            .snooze(world.brand, guest.conversation, Some(snooze))
            .await
            .unwrap();
    }
    let told = world.ears.heard();
    assert!(
        matches!(told.as_slice(), [Change::Conversation { conversation }] if conversation.snooze == Some(snooze)),
        "{told:?}"
    );
    world.crash().await;
    let whole = world.whole(guest.conversation).await;
    assert_eq!(whole.snooze, Some(snooze));
    assert!(snooze.stands(whole.session.as_ref().unwrap()));
    // What the customer says ends it, and needs no write for that.
    world.pass(10);
    world.say(guest, "again").await;
    let whole = world.whole(guest.conversation).await;
    assert!(!snooze.stands(whole.session.as_ref().unwrap()));
    world
        .store
        .snooze(world.brand, guest.conversation, None)
        .await
        .unwrap();
    world.reopen().await;
    assert_eq!(world.whole(guest.conversation).await.snooze, None);
}
