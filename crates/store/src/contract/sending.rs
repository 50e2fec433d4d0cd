//! Sending: who may, when, and what it costs.

use kefu_domain::{
    Content,
    credit::Closed,
    session::{Command, Reason, Refusal},
};

use super::{Place, World, to_agent};
use crate::{Author, Outgoing, Settled, StoreError, Way};

pub(crate) async fn the_one_who_serves_may_write(place: &dyn Place) {
    let world = World::open(place).await;
    let (first, second) = (world.agent(), world.agent());
    let (guest, session, fence) = world.serving(first).await;
    let by = |agent, fence, key: &str| world.reply(guest, Author::Agent { agent, fence }, key);
    let send = async |outgoing: Outgoing| world.store.send(outgoing).await;
    let refused = Err(StoreError::Refused(Refusal::NotAssigned));
    assert_eq!(send(by(second, None, "x")).await, refused);
    assert_eq!(send(by(first, Some(fence + 1), "x")).await, refused);
    let original = by(first, Some(fence), "r1");
    let filed = send(original.clone()).await.unwrap();
    // Handed to a colleague: the old fence writes nothing more.
    let transfer = Command::Transfer {
        fence,
        to: to_agent(second),
    };
    let acted = world.apply(guest, session, transfer).await.unwrap();
    let newer = super::opened_fence(&acted.effects);
    assert!(newer > fence);
    assert_eq!(send(by(first, Some(fence), "r2")).await, refused);
    assert_eq!(send(by(second, Some(fence), "r2")).await, refused);
    send(by(second, Some(newer), "r2")).await.unwrap();
    // The old one's repetition is answered as the first time.
    let again = send(original.clone()).await.unwrap();
    assert_eq!((again.seq, again.duplicate), (filed.seq, true));
    let misused = Outgoing {
        content: Content::text("other"),
        ..original
    };
    assert_eq!(send(misused).await, Err(StoreError::IdempotencyConflict));
    // An agent's ids are unique over threads.
    let (elsewhere, ..) = world.serving(second).await;
    let author = Author::Agent {
        agent: second,
        fence: None,
    };
    let reused = world.reply(elsewhere, author, "r2");
    assert_eq!(send(reused).await, Err(StoreError::IdempotencyConflict));
    let end = Command::End {
        fence: Some(newer),
        reason: Reason::Agent,
    };
    world.apply(guest, session, end).await.unwrap();
    assert_eq!(
        send(by(second, None, "r3")).await,
        Err(StoreError::Refused(Refusal::Ended))
    );
    // This system may speak after the end.
    let bye = world.reply(guest, Author::System, "bye");
    assert_eq!(send(bye).await.unwrap().seq, 4);
    // A list goes on showing what somebody said.
    let whole = world.whole(guest.conversation).await;
    assert_eq!(whole.last.as_ref().unwrap().preview, "r2");
}

pub(crate) async fn a_thread_that_moved_on_is_told(place: &dyn Place) {
    let world = World::open(place).await;
    let agent = world.agent();
    let (guest, ..) = world.serving(agent).await;
    let author = Author::Agent { agent, fence: None };
    let seeing = |seen, key: &str| Outgoing {
        seen_seq: Some(seen),
        ..world.reply(guest, author, key)
    };
    world.store.send(seeing(1, "a")).await.unwrap();
    // Our own words since do not count; the customer's do, whatever was said after them.
    world.store.send(seeing(1, "b")).await.unwrap();
    assert_eq!(world.say(guest, "wait").await.seq, 4);
    let notice = world.reply(guest, Author::System, "notice");
    world.store.send(notice).await.unwrap();
    assert_eq!(
        world.store.send(seeing(3, "c")).await,
        Err(StoreError::ThreadMoved(5))
    );
    assert_eq!(world.whole(guest.conversation).await.last_seq, 5);
    world.store.send(seeing(4, "c")).await.unwrap();
    // Another door since the answer was prepared.
    let elsewhere = Outgoing {
        way: world.way_outside(),
        ..world.reply(guest, author, "d")
    };
    assert_eq!(
        world.store.send(elsewhere).await,
        Err(StoreError::EntryMoved)
    );
}

pub(crate) async fn credits_are_counted(place: &dyn Place) {
    let mut world = World::open(place).await;
    let guest = world.follower("wx").await;
    let outgoing = |key: &str| Outgoing {
        way: world.way_outside(),
        ..world.reply(guest, Author::System, key)
    };
    let mut paid = Vec::new();
    for n in 0..5 {
        let sending = outgoing(&format!("s{n}"));
        paid.push(sending.outbox);
        assert!(!world.store.send(sending.clone()).await.unwrap().duplicate);
        // Repeating costs nothing.
        assert!(world.store.send(sending).await.unwrap().duplicate);
    }
    let used = Err(StoreError::Window(Closed::Used));
    assert_eq!(world.store.send(outgoing("s5")).await, used);
    assert_eq!(world.whole(guest.conversation).await.last_seq, 6);
    let before = world.whole(guest.conversation).await;
    world.crash().await;
    assert_eq!(*world.whole(guest.conversation).await, *before);
    assert_eq!(before.credits.unwrap().left, 0);
    let outgoing = |key: &str| Outgoing {
        way: world.way_outside(),
        ..world.reply(guest, Author::System, key)
    };
    assert_eq!(world.store.send(outgoing("s5")).await, used);
    // The customer writes: five more, for 48 hours, once these have arrived.
    let now = world.now();
    for id in paid {
        world.store.settle(id, Settled::Sent, now).await.unwrap();
    }
    world.pass(1_000);
    let inbound = world.upstream("wx", "again", "again");
    let written_at = inbound.at;
    world.store.file(inbound).await.unwrap();
    let credits = world.whole(guest.conversation).await.credits.unwrap();
    assert_eq!(
        (credits.left, credits.expires_at),
        (5, written_at + 48 * 3_600_000)
    );
    world.pass(48 * 3_600_000);
    assert_eq!(
        world.store.send(outgoing("s6")).await,
        Err(StoreError::Window(Closed::Expired))
    );
}

pub(crate) async fn parts_go_out_all_or_none(place: &dyn Place) {
    let world = World::open(place).await;
    let guest = world.follower("wx").await;
    let part = |key: String| Outgoing {
        way: world.way_outside(),
        ..world.reply(guest, Author::System, &key)
    };
    let parts = |of: &str, n: usize| {
        (0..n)
            .map(|at| part(format!("{of}.{at}")))
            .collect::<Vec<_>>()
    };
    let before = world.whole(guest.conversation).await.last_seq;
    let long = world.store.send_parts(parts("long", 6)).await;
    assert_eq!(long, Err(StoreError::Window(Closed::Used)));
    let whole = world.whole(guest.conversation).await;
    assert_eq!((whole.last_seq, whole.credits.unwrap().left), (before, 5));
    let three = parts("three", 3);
    let first = world.store.send_parts(three.clone()).await.unwrap();
    // Repeated with fewer credits left than it has parts, it is what it was.
    let again = world.store.send_parts(three).await.unwrap();
    assert_eq!((again.seq, again.duplicate), (first.seq, true));
    let whole = world.whole(guest.conversation).await;
    assert_eq!(
        (whole.last_seq, whole.credits.unwrap().left),
        (before + 3, 2)
    );
}

pub(crate) async fn the_ids_of_parts_are_not_used_for_others(place: &dyn Place) {
    let world = World::open(place).await;
    let guest = world.follower("wx").await;
    let parts = |words: &[&str]| {
        let part = |(at, words): (usize, &&str)| Outgoing {
            way: world.way_outside(),
            content: Content::text(*words),
            ..world.reply(guest, Author::System, &format!("p.{at}"))
        };
        words.iter().enumerate().map(part).collect::<Vec<_>>()
    };
    let send = async |words: &[&str]| world.store.send_parts(parts(words)).await;
    send(&["one", "two"]).await.unwrap();
    let before = world.whole(guest.conversation).await;
    // With more parts than are left, with a part more, with another part, and with what was one part.
    let misused: [&[&str]; 4] = [
        &["one", "two", "3", "4", "5", "6"],
        &["one", "two", "three"],
        &["one", "2"],
        &["other"],
    ];
    for words in misused {
        // Beside others' commits: nothing of them is undone.
        let (conflict, other) = tokio::join!(send(words), async {
            let key = format!("beside {}", words.len() * 10 + words[0].len());
            let outgoing = world.reply(guest, Author::System, &key);
            world
                .store
                .send(Outgoing {
                    way: world.way_outside(),
                    ..outgoing
                })
                .await
        });
        assert_eq!(conflict, Err(StoreError::IdempotencyConflict), "{words:?}");
        let used = other == Err(StoreError::Window(Closed::Used));
        assert!(used || other.is_ok(), "{other:?}");
    }
    let whole = world.whole(guest.conversation).await;
    assert_eq!(
        (whole.last_seq, whole.credits.unwrap().left),
        (before.last_seq + 3, 0)
    );
}

pub(crate) async fn what_the_system_says_is_said_once(place: &dyn Place) {
    let mut world = World::open(place).await;
    let guest = world.follower("wx").await;
    let session = world
        .whole(guest.conversation)
        .await
        .session
        .clone()
        .unwrap()
        .id;
    let way = world.way_outside();
    let mut act = world.act(guest, session, Command::Enqueue { team: world.team });
    let elsewhere = Way {
        entry_point: world.site,
        ..way
    };
    act.say = vec![
        world.system_says("queue notice", Some(way)),
        world.system_says("shown by ourselves", None),
        world.system_says("by a door they left", Some(elsewhere)),
        world.system_says("queue notice", Some(way)),
    ];
    act.line = Some(crate::LineDraft {
        agent: None,
        event: Some("enqueued".to_owned()),
        text: String::new(),
    });
    let acted = world.store.act(act).await.unwrap();
    let whole = acted.conversation;
    assert_eq!((whole.last_seq, whole.credits.unwrap().left), (3, 4));
    assert_eq!(world.store.outbox_depth().await.unwrap(), (1, 0));
    // Last words with the end, though the window is used up by then for all but four.
    let mut act = world.act(
        guest,
        session,
        Command::End {
            fence: None,
            reason: Reason::Silence,
        },
    );
    act.say = (0..5)
        .map(|n| world.system_says(&format!("bye {n}"), Some(way)))
        .collect();
    let whole = world.store.act(act).await.unwrap().conversation;
    assert_eq!((whole.last_seq, whole.credits.unwrap().left), (7, 0));
    let messages = world
        .store
        .messages(world.brand, guest.conversation, 0, None, false, 10)
        .await
        .unwrap();
    assert!(messages.iter().all(|m| m.session == Some(session)));
    let lines = world
        .store
        .lines(world.brand, guest.conversation, 0, 99)
        .await
        .unwrap();
    assert_eq!((lines.len(), lines[0].after_seq), (1, 3));
    world.crash().await;
    assert_eq!(*world.whole(guest.conversation).await, *whole);
    let sessions = world
        .store
        .sessions(world.brand, guest.conversation, 5)
        .await
        .unwrap();
    assert_eq!(sessions[0].messages, 7);
}
