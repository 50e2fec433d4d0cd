//! Filing: one thread, one session, numbers without a gap, each id once.

use std::collections::HashSet;

use kefu_domain::{
    Content, MessageId, ServiceState,
    content::{File, HandoffCard},
    message::Line,
};

use super::{Guest, Place, World};
use crate::{Author, Inbound, LineDraft, Outgoing, Party, StoreError};

pub(crate) async fn parallel_first_messages_make_one_thread(place: &dyn Place) {
    let world = World::open(place).await;
    let filings = (0..1000).map(|n| {
        let inbound = world.upstream("openid-1", &format!("m{n}"), &format!("text {n}"));
        let store = world.store.clone();
        tokio::spawn(async move { store.file(inbound).await.unwrap() })
    });
    let mut filed = Vec::new();
    for filing in filings.collect::<Vec<_>>() {
        filed.push(filing.await.unwrap());
    }
    let conversation = filed[0].conversation;
    assert!(
        filed
            .iter()
            .all(|f| f.conversation == conversation && !f.duplicate)
    );
    let numbers: HashSet<u64> = filed.iter().map(|f| f.seq).collect();
    assert_eq!(numbers, (1..=1000).collect());
    let whole = world.whole(conversation).await;
    assert_eq!(
        (whole.last_seq, whole.sessions, whole.unread),
        (1000, 1, 1000)
    );
    let found = world
        .store
        .find_customers(world.brand, "", None, 10)
        .await
        .unwrap();
    assert_eq!(found.len(), 1);
    let sessions = world
        .store
        .sessions(world.brand, conversation, 10)
        .await
        .unwrap();
    assert_eq!(sessions.len(), 1);
    let stored = world
        .store
        .messages(world.brand, conversation, 0, None, false, 1000)
        .await
        .unwrap();
    assert!(stored.iter().map(|m| m.seq).eq(1..=1000));
    assert!(
        stored
            .iter()
            .all(|m| m.session == Some(sessions[0].session.id))
    );
}

pub(crate) async fn equal_repeats_are_told_and_others_refused(place: &dyn Place) {
    let mut world = World::open(place).await;
    let guest = world.guest().await;
    let first = world.say(guest, "a").await;
    world.say(guest, "b").await;
    for crash in [false, true] {
        if crash {
            world.crash().await;
        }
        let again = world.say(guest, "a").await;
        assert!(again.duplicate);
        assert_eq!((again.seq, again.sent_at), (first.seq, first.sent_at));
        let other = world.message(guest, "a", "something else");
        assert_eq!(
            world.store.file(other).await,
            Err(StoreError::IdempotencyConflict)
        );
    }
    assert_eq!(world.whole(guest.conversation).await.last_seq, 2);
    // Another visitor's ids are their own.
    let other = world.guest().await;
    assert!(!world.say(other, "a").await.duplicate);
    // A repetition opens no session, however the first one ended.
    let session = world
        .whole(guest.conversation)
        .await
        .session
        .clone()
        .unwrap();
    let end = kefu_domain::session::Command::End {
        fence: None,
        reason: kefu_domain::session::Reason::Customer,
    };
    world.apply(guest, session.id, end).await.unwrap();
    assert!(world.say(guest, "b").await.duplicate);
    let whole = world.whole(guest.conversation).await;
    assert_eq!(whole.sessions, 1);
    assert_eq!(whole.session.as_ref().unwrap().state, ServiceState::Ended);
}

pub(crate) async fn numbers_go_on_after_a_crash(place: &dyn Place) {
    let mut world = World::open(place).await;
    let guest = world.guest().await;
    for round in 0..3 {
        for n in 0..5 {
            world.say(guest, &format!("{round}-{n}")).await;
        }
        let before = world.whole(guest.conversation).await;
        world.crash().await;
        assert_eq!(*world.whole(guest.conversation).await, *before);
        assert_eq!(before.last_seq, (round + 1) * 5);
    }
    // What happened after a crash outlives the next one too.
    let session = world
        .whole(guest.conversation)
        .await
        .session
        .clone()
        .unwrap();
    let enqueue = kefu_domain::session::Command::Enqueue { team: world.team };
    world.apply(guest, session.id, enqueue).await.unwrap();
    let before = world.whole(guest.conversation).await;
    world.crash().await;
    assert_eq!(*world.whole(guest.conversation).await, *before);
    assert_eq!(world.store.verify().await, Ok(15));
    world.reopen().await;
    assert_eq!(*world.whole(guest.conversation).await, *before);
    assert_eq!(world.store.verify().await, Ok(15));
}

pub(crate) async fn a_blocked_customer_is_refused(place: &dyn Place) {
    let world = World::open(place).await;
    let guest = world.guest().await;
    let first = world.say(guest, "a").await;
    let mut customer = world
        .store
        .customer(world.brand, guest.customer)
        .await
        .unwrap();
    customer.card.blocked = true;
    world
        .store
        .update_customer(world.brand, customer)
        .await
        .unwrap();
    let second = world.message(guest, "b", "b");
    assert_eq!(world.store.file(second).await, Err(StoreError::Blocked));
    // What was accepted before is still told so.
    assert_eq!(world.say(guest, "a").await.seq, first.seq);
    assert_eq!(world.whole(guest.conversation).await.last_seq, 1);
    // Turning to another face does not help, and leaves nothing behind.
    let follower = world.follower("blocked").await;
    let mut customer = world
        .store
        .customer(world.brand, follower.customer)
        .await
        .unwrap();
    customer.card.blocked = true;
    world
        .store
        .update_customer(world.brand, customer)
        .await
        .unwrap();
    let mut elsewhere = world.upstream("blocked", "elsewhere", "x");
    if let Party::Upstream { kf_account, .. } = &mut elsewhere.party {
        kf_account.0 += 1;
    }
    assert_eq!(world.store.file(elsewhere).await, Err(StoreError::Blocked));
}

pub(crate) async fn the_door_of_the_last_message_counts(place: &dyn Place) {
    let mut world = World::open(place).await;
    let guest = world.follower("wx-1").await;
    let whole = world.whole(guest.conversation).await;
    assert_eq!(
        (whole.entry_point, whole.address.as_str()),
        (world.platform, "wx-1")
    );
    assert_eq!(whole.credits.unwrap().left, 5);
    // A message that grants nothing takes nothing away, also if it opens a session.
    let session = whole.session.clone().unwrap();
    let end = kefu_domain::session::Command::End {
        fence: None,
        reason: kefu_domain::session::Reason::Customer,
    };
    world.apply(guest, session.id, end).await.unwrap();
    let mut silent = world.upstream("wx-1", "event", "tap");
    silent.grant = None;
    world.store.file(silent).await.unwrap();
    assert!(world.whole(guest.conversation).await.credits.is_some());
    // The same person by the website.
    let inbound = world.message(guest, "by-site", "hello again");
    world.store.file(inbound).await.unwrap();
    let whole = world.whole(guest.conversation).await;
    assert_eq!((whole.entry_point, whole.credits), (world.site, None));
    assert_eq!(whole.last_seq, 3);
    world.crash().await;
    assert_eq!(*world.whole(guest.conversation).await, *whole);
    // Resolving makes nothing twice.
    let party = world.upstream("wx-1", "", "").party;
    let now = world.now();
    let resolved = world
        .store
        .resolve(world.brand, world.platform, party, now)
        .await;
    assert_eq!(resolved, Ok(guest.conversation));
}

pub(crate) async fn recalls_and_amendments_raise_the_revision(place: &dyn Place) {
    let mut world = World::open(place).await;
    let agent = world.agent();
    let (guest, _, _) = world.serving(agent).await;
    let author = crate::Author::Agent { agent, fence: None };
    let reply = world.reply(guest, author, "r1");
    let filed = world.store.send(reply.clone()).await.unwrap();
    let id = MessageId {
        conversation: guest.conversation,
        seq: filed.seq,
    };
    let stranger = world.agent();
    let store = &world.store;
    let refused = store.recall(world.brand, id, Some(stranger)).await;
    assert_eq!(refused, Err(StoreError::NotFound));
    store.recall(world.brand, id, Some(agent)).await.unwrap();
    store.recall(world.brand, id, Some(agent)).await.unwrap();
    let changed = store
        .changed(world.brand, guest.conversation, 0, 10)
        .await
        .unwrap();
    assert_eq!(changed.len(), 1);
    assert!(changed[0].recalled);
    assert_eq!(changed[0].rev, 1);
    let whole = store.conversation(world.brand, guest.conversation).await;
    let last = whole.unwrap().last.clone().unwrap();
    assert_eq!((&*last.msgtype, &*last.preview), ("recalled", ""));
    // Amended: the next revision, and the sender's id still stands for what was said first.
    let card = Content::text("amended");
    store.amend(world.brand, id, card.clone()).await.unwrap();
    store.amend(world.brand, id, card.clone()).await.unwrap();
    let changed = store
        .changed(world.brand, guest.conversation, 1, 10)
        .await
        .unwrap();
    assert_eq!((changed[0].rev, &changed[0].content), (2, &card));
    assert!(store.send(reply.clone()).await.unwrap().duplicate);
    let misused = crate::Outgoing {
        content: Content::text("third"),
        ..reply
    };
    assert_eq!(
        store.send(misused).await,
        Err(StoreError::IdempotencyConflict)
    );
    let whole = world.whole(guest.conversation).await;
    assert_eq!(whole.last_rev, 2);
    // What was taken back stays so, whatever it says now.
    assert_eq!(whole.last.as_ref().unwrap().preview, "");
    world.crash().await;
    assert_eq!(*world.whole(guest.conversation).await, *whole);
    assert_eq!(world.store.verify().await, Ok(2));
    let none = world
        .store
        .changed(world.brand, guest.conversation, 2, 10)
        .await
        .unwrap();
    assert_eq!(none, []);
    let missing = MessageId { seq: 99, ..id };
    assert_eq!(
        world.store.recall(world.brand, missing, None).await,
        Err(StoreError::NotFound)
    );
}

pub(crate) async fn lists_show_words_before_events(place: &dyn Place) {
    let mut world = World::open(place).await;
    let guest = world.guest().await;
    let event = |key: &str| {
        let mut inbound = world.message(guest, key, "");
        let body = serde_json::json!({ "event_type": key });
        inbound.content = Content::from_parts("event", body).unwrap();
        inbound
    };
    // Nothing but events: the first.
    for n in 0..3 {
        let inbound = event(&format!("early {n}"));
        world.store.file(inbound).await.unwrap();
    }
    let shown = async |world: &World<'_>| {
        let whole = world.whole(guest.conversation).await;
        whole.last.clone().unwrap().preview
    };
    assert_eq!(shown(&world).await, "early 0");
    let reply = world.reply(guest, crate::Author::System, "reply");
    let filed = world.store.send(reply).await.unwrap();
    for n in 0..20 {
        let inbound = event(&format!("late {n}"));
        world.store.file(inbound).await.unwrap();
    }
    assert_eq!(shown(&world).await, "reply");
    // What is shown follows its changes, whatever came after it.
    let id = MessageId {
        conversation: guest.conversation,
        seq: filed.seq,
    };
    let card = Content::text("amended");
    world.store.amend(world.brand, id, card).await.unwrap();
    assert_eq!(shown(&world).await, "amended");
    // Somebody's words stay, whatever the system says after them.
    let asks = world.message(guest, "asks", "is it there?");
    world.store.file(asks).await.unwrap();
    let place = world.reply(guest, crate::Author::System, "you are next");
    world.store.send(place).await.unwrap();
    assert_eq!(shown(&world).await, "is it there?");
    world
        .store
        .agent_read(world.brand, guest.conversation, 2)
        .await
        .unwrap();
    let before = world.whole(guest.conversation).await;
    world.crash().await;
    assert_eq!(*world.whole(guest.conversation).await, *before);
    world.reopen().await;
    assert_eq!(*world.whole(guest.conversation).await, *before);
}

fn note(text: &str) -> LineDraft {
    LineDraft {
        agent: None,
        event: None,
        text: text.to_owned(),
    }
}

async fn write(
    world: &World<'_>,
    guest: Guest,
    key: Option<&str>,
    text: &str,
) -> crate::Result<Line> {
    let (key, now) = (key.map(str::to_owned), world.now());
    world
        .store
        .note(world.brand, guest.conversation, key, note(text), now)
        .await
}

pub(crate) async fn lines_hang_after_messages(place: &dyn Place) {
    let mut world = World::open(place).await;
    let guest = world.guest().await;
    let before = write(&world, guest, None, "before all").await.unwrap();
    assert_eq!((before.no, before.after_seq), (1, 0));
    world.say(guest, "m1").await;
    world.say(guest, "m2").await;
    let second = write(&world, guest, Some("k"), "second").await.unwrap();
    assert_eq!((second.no, second.after_seq), (2, 2));
    assert_eq!(
        write(&world, guest, Some("k"), "second").await.unwrap(),
        second
    );
    assert_eq!(
        write(&world, guest, Some("k"), "other").await,
        Err(StoreError::IdempotencyConflict)
    );
    // Lines take no message number.
    assert_eq!(world.say(guest, "m3").await.seq, 3);
    world.crash().await;
    let third = write(&world, guest, None, "third").await.unwrap();
    assert_eq!((third.no, third.after_seq), (3, 3));
    let lines = |from, to| world.store.lines(world.brand, guest.conversation, from, to);
    assert_eq!(
        lines(0, u64::MAX).await.unwrap(),
        [before, second.clone(), third]
    );
    assert_eq!(lines(1, 2).await.unwrap(), [second]);
}

pub(crate) async fn a_file_is_shown_by_what_was_said_to_the_customer(place: &dyn Place) {
    let mut world = World::open(place).await;
    let agent = world.agent();
    let (guest, ..) = world.serving(agent).await;
    let file = |id: &str| File {
        media_id: id.to_owned(),
        ..File::default()
    };
    let say = async |key: &str, content: Content| {
        let author = Author::Agent { agent, fence: None };
        let outgoing = Outgoing {
            content,
            ..world.reply(guest, author, key)
        };
        world.store.send(outgoing).await.unwrap().seq
    };
    say("picture", Content::Image(file("01PICTURE"))).await;
    let card = HandoffCard {
        qr_media_id: Some("01CODE".to_owned()),
        ..HandoffCard::default()
    };
    say("card", Content::Handoff(card)).await;
    let taken_back = say("back", Content::File(file("01BACK"))).await;
    say("words", Content::text("01WORDS")).await;
    // What customers say themselves opens nothing to them.
    let inbound = world.message(guest, "mine", "01THEIRS");
    let inbound = Inbound {
        content: Content::Image(file("01THEIRS")),
        ..inbound
    };
    world.store.file(inbound).await.unwrap();
    let id = MessageId {
        conversation: guest.conversation,
        seq: taken_back,
    };
    world.store.recall(world.brand, id, None).await.unwrap();
    for _ in 0..2 {
        let shows = async |id: &str| {
            let shown = world
                .store
                .shows_file(world.brand, guest.conversation, id.to_owned());
            shown.await.unwrap()
        };
        assert!(shows("01PICTURE").await && shows("01CODE").await);
        for id in ["01BACK", "01WORDS", "01THEIRS", "01PICTUR", "01"] {
            assert!(!shows(id).await, "{id}");
        }
        world.crash().await;
    }
}
