//! What platforms tell besides messages, files that still lie there, and who entered.

use kefu_domain::{
    ConnectionId, Content, Credits, Failure, MessageId,
    content::File,
    credit::{self, Closed},
};

use super::{Place, World};
use crate::{
    Attribution, Change, DueFetch, Enter, Heard, Incoming, Kept, LineDraft, Source, Told,
    ToldInPage,
};

fn kept(event: &str, kind: &str) -> Kept {
    Kept {
        event: event.to_owned(),
        kind: kind.to_owned(),
        body: format!("<{event}>"),
    }
}

/// Takes every event that is due.
async fn events(world: &World<'_>, now: i64, lease: i64) -> Vec<Told> {
    let mut taken = Vec::new();
    while let Some(one) = world.store.take_told(now, lease, Vec::new()).await.unwrap() {
        taken.push(one);
    }
    taken
}

/// Takes every file that is due.
async fn files(world: &World<'_>, now: i64, lease: i64) -> Vec<DueFetch> {
    let mut taken = Vec::new();
    while let Some(one) = world
        .store
        .take_fetch(now, lease, Vec::new())
        .await
        .unwrap()
    {
        taken.push(one);
    }
    taken
}

pub(crate) async fn an_event_is_kept_once_and_due_until_settled(place: &dyn Place) {
    let mut world = World::open(place).await;
    let (brand, connection, at) = (world.brand, ConnectionId(world.id()), world.now());
    let store = world.store.clone();
    let tell =
        |event: &str, to_do| store.tell(brand, connection, kept(event, "contact"), at, to_do);
    assert_eq!(tell("e1", true).await, Ok(true));
    assert!(matches!(world.ears.heard()[..], [Change::Told]));
    assert_eq!(tell("e1", true).await, Ok(false));
    assert_eq!(tell("e2", false).await, Ok(true));
    // Another connection's event of that name is another one.
    let other = ConnectionId(world.id());
    let theirs = store.tell(brand, other, kept("e1", "contact"), at, false);
    assert_eq!(theirs.await, Ok(true));
    drop(store);
    world.crash().await;

    let taken = events(&world, at, at + 1_000).await;
    assert_eq!((taken.len(), taken[0].attempts), (1, 1));
    assert_eq!(taken[0].kept, kept("e1", "contact"));
    // Leased, and due again when the lease runs out.
    assert_eq!(events(&world, at, at + 1_000).await, []);
    // Nor of a connection that has enough to do.
    let busy = vec![connection, other];
    let none = world.store.take_told(at + 1_000, at + 2_000, busy);
    assert_eq!(none.await, Ok(None));
    let again = events(&world, at + 1_000, at + 2_000).await;
    assert_eq!(again[0].attempts, 2);
    world.store.settle_told(taken[0].no, None).await.unwrap();
    let done = events(&world, at + 9_000, at + 9_999).await;
    assert_eq!(done, []);

    let all = world.store.told(brand, connection, None, 10).await.unwrap();
    let names: Vec<&str> = all.iter().map(|told| told.kept.event.as_str()).collect();
    assert_eq!(names, ["e2", "e1"]);
    let older = world
        .store
        .told(brand, connection, Some(all[0].no), 10)
        .await;
    assert_eq!(older.unwrap().len(), 1);
    let stranger = kefu_domain::BrandId(world.id());
    assert_eq!(
        world.store.told(stranger, connection, None, 10).await,
        Ok(vec![])
    );
}

pub(crate) async fn a_file_at_a_platform_is_due_until_it_is_here(place: &dyn Place) {
    let mut world = World::open(place).await;
    let mut inbound = world.upstream("wx1", "m1", "");
    inbound.content = Content::Image(File {
        upstream_media_id: Some("theirs".to_owned()),
        ..File::default()
    });
    let at = inbound.at;
    let filed = world.store.file(inbound.clone()).await.unwrap();
    let heard = world.ears.heard();
    assert!(heard.iter().any(|change| matches!(change, Change::Fetch)));
    world.crash().await;
    assert!(world.store.file(inbound).await.unwrap().duplicate);
    let due = files(&world, at, at + 1_000).await;
    let id = MessageId {
        conversation: filed.conversation,
        seq: filed.seq,
    };
    assert_eq!((due.len(), due[0].message, due[0].attempts), (1, id, 1));
    assert_eq!(due[0].entry_point, world.platform);
    assert_eq!(files(&world, at, at + 1_000).await, []);
    // Nor by a door that has enough to do.
    let busy = vec![world.platform];
    let none = world.store.take_fetch(at + 1_000, at + 2_000, busy);
    assert_eq!(none.await, Ok(None));
    world.store.fetch_later(id, at + 500).await.unwrap();
    let again = files(&world, at + 500, at + 1_000).await;
    assert_eq!(again[0].attempts, 2);

    let here = Content::Image(File {
        media_id: "ours".to_owned(),
        ..File::default()
    });
    let fetched = world.store.fetched(world.brand, id, Ok(here.clone()));
    fetched.await.unwrap();
    let later = files(&world, at + 9_000, at + 9_999).await;
    assert_eq!(later, []);
    let read = world
        .store
        .messages(world.brand, id.conversation, 0, None, false, 1);
    assert_eq!(read.await.unwrap()[0].content, here);
}

pub(crate) async fn a_file_that_is_lost_says_so(place: &dyn Place) {
    let world = World::open(place).await;
    let mut inbound = world.upstream("wx1", "m1", "");
    inbound.content = Content::Voice(File {
        upstream_media_id: Some("theirs".to_owned()),
        ..File::default()
    });
    let at = inbound.at;
    let filed = world.store.file(inbound).await.unwrap();
    let id = MessageId {
        conversation: filed.conversation,
        seq: filed.seq,
    };
    let failure = Failure {
        code: "40007".to_owned(),
        reason: "gone".to_owned(),
    };
    let lost = world.store.fetched(world.brand, id, Err(failure.clone()));
    lost.await.unwrap();
    let read = world
        .store
        .messages(world.brand, id.conversation, 0, None, false, 1);
    assert_eq!(read.await.unwrap()[0].failure, Some(failure));
    let later = files(&world, at + 9_000, at + 9_999).await;
    assert_eq!(later, []);
}

pub(crate) async fn entering_happens_once_and_grants_its_own(place: &dyn Place) {
    let world = World::open(place).await;
    let source = |title: &str| Source {
        kind: "menu".to_owned(),
        title: title.to_owned(),
        ..Source::default()
    };
    let enter = |key: &str, title: &str| {
        let enter = world.enter("wx1", key, source(title), Some(credit::GESTURE));
        world.store.file_page(vec![Incoming::Enter(enter)], None)
    };
    let first = enter("e1", "first").await.unwrap()[0].unwrap();
    assert_eq!((first.seq, first.duplicate), (0, false));
    let whole = world.whole(first.conversation).await;
    let granted = whole.credits.unwrap();
    assert_eq!((granted.left, granted.of), (3, 3));
    // Told again, it changes neither where they came from nor what they may be sent.
    enter("e2", "second").await.unwrap();
    let again = enter("e1", "first").await.unwrap()[0].unwrap();
    assert!(again.duplicate);
    let whole = world.whole(first.conversation).await;
    assert_eq!(
        whole.source.as_ref().map(|source| source.title.as_str()),
        Some("second")
    );
    // A message grants more, and a tap after it takes nothing away.
    let said = world.upstream("wx1", "m1", "hello");
    let at = said.at;
    world.store.file(said).await.unwrap();
    enter("e3", "third").await.unwrap();
    let whole = world.whole(first.conversation).await;
    assert_eq!(
        whole.credits,
        Some(Credits::granted(credit::KF_MESSAGE, at))
    );
    // Who leaves cannot be written to; who is unknown leaves nothing behind.
    let leave_at = |address: &str, key: &str, left_at| Incoming::Left {
        brand: world.brand,
        entry_point: world.platform,
        party: world.upstream(address, "", "").party,
        key: key.to_owned(),
        left_at,
        at: world.now(),
    };
    let leave = |address: &str, key: &str| leave_at(address, key, world.now());
    let leaving = vec![leave("wx1", "l1"), leave("nobody", "l2")];
    assert_eq!(
        world.store.file_page(leaving, None).await,
        Ok(vec![None, None])
    );
    let left = world.whole(first.conversation).await.credits.unwrap();
    assert_eq!(left.check(world.now()), Err(Closed::Left));
    let left_at = world.now();
    world.pass(2_000);
    world
        .store
        .file(world.upstream("wx1", "m2", "back"))
        .await
        .unwrap();
    let repeated = world.store.file_page(vec![leave("wx1", "l1")], None).await;
    assert_eq!(repeated, Ok(vec![None]));
    // Another push about the same leaving comes late: they are back since.
    let late = vec![leave_at("wx1", "l3", left_at)];
    assert_eq!(world.store.file_page(late, None).await, Ok(vec![None]));
    let back = world.whole(first.conversation).await.credits.unwrap();
    assert_eq!(back.check(world.now()), Ok(()));
}

pub(crate) async fn what_is_looked_at_or_learnt_displaces_nothing(place: &dyn Place) {
    let world = World::open(place).await;
    let source = |kind: &str, title: &str| Source {
        kind: kind.to_owned(),
        title: title.to_owned(),
        at: world.now(),
        ..Source::default()
    };
    let tell = |attribution, key: &str, source| {
        let enter = world.enter("wx1", key, source, None);
        let enter = Enter {
            attribution,
            ..enter
        };
        world.store.file_page(vec![Incoming::Enter(enter)], None)
    };
    let page = || source("menu_page", "mall");
    let looked = tell(Attribution::Looked, "e1", page()).await.unwrap()[0].unwrap();
    let came_from = async || {
        world
            .whole(looked.conversation)
            .await
            .source
            .clone()
            .unwrap()
    };
    let whole = world.whole(looked.conversation).await;
    assert!(whole.session.is_none() && whole.credits.is_none());
    assert_eq!(came_from().await.title, "mall", "nothing better is known");
    let came = source("follow", "follows");
    tell(Attribution::Came, "e2", came.clone()).await.unwrap();
    world.pass(1_000);
    tell(Attribution::Looked, "e3", page()).await.unwrap();
    assert_eq!(came_from().await.title, "follows");
    let learn =
        |key: &'static str, kind| tell(Attribution::Learnt, key, source(kind, "by a friend"));
    learn("e4", "scene").await.unwrap();
    assert_eq!(came_from().await.title, "follows", "that is another way");
    learn("e5", "follow").await.unwrap();
    let learnt = came_from().await;
    assert_eq!((learnt.title.as_str(), learnt.at), ("by a friend", came.at));
    // Told again, nothing happens again.
    tell(Attribution::Came, "e6", came).await.unwrap();
    learn("e5", "follow").await.unwrap();
    tell(Attribution::Looked, "e3", page()).await.unwrap();
    assert_eq!(came_from().await.title, "follows");
    let steps = world.store.footsteps(world.brand, whole.customer.id);
    let steps: Vec<String> = steps
        .await
        .unwrap()
        .into_iter()
        .map(|step| step.title)
        .collect();
    assert_eq!(steps, ["mall", "mall"]);
}

pub(crate) async fn a_profile_is_asked_for_once_in_a_while(place: &dyn Place) {
    let world = World::open(place).await;
    let said = world.upstream("wx1", "m1", "hello");
    let at = said.at;
    world.store.file(said).await.unwrap();
    let asked = |before| {
        world
            .store
            .to_profile(world.brand, world.platform, "wx1", before)
    };
    let (identity, _) = asked(at).await.unwrap().unwrap();
    world.store.profiled(identity, at).await.unwrap();
    assert_eq!(asked(at).await, Ok(None));
    assert!(asked(at + 1).await.unwrap().is_some());
    let nobody = world
        .store
        .to_profile(world.brand, world.platform, "wx2", at);
    assert_eq!(nobody.await, Ok(None));
}

pub(crate) async fn what_a_page_tells_besides_is_kept_and_opens_nothing(place: &dyn Place) {
    let world = World::open(place).await;
    let known = world.follower("known").await;
    let before = world.whole(known.conversation).await;
    let connection = ConnectionId(world.id());
    let told = |event: &str, address: Option<&str>| {
        Incoming::Told(ToldInPage {
            brand: world.brand,
            connection,
            entry_point: world.platform,
            kept: kept(event, "unknown"),
            about: address.map(|address| {
                let line = LineDraft {
                    agent: None,
                    event: Some("platform_event".to_owned()),
                    text: event.to_owned(),
                };
                (world.upstream(address, "", "").party, line)
            }),
            at: world.now(),
        })
    };
    let page = || {
        vec![
            told("e1", Some("known")),
            told("e2", Some("nobody we know")),
            told("e3", None),
        ]
    };
    for _ in 0..2 {
        let filed = world.store.file_page(page(), None).await.unwrap();
        assert!(filed.iter().all(Option::is_none));
    }
    let rows = world.store.told(world.brand, connection, None, 10);
    let rows = rows.await.unwrap();
    let events: Vec<_> = rows.iter().map(|row| row.kept.event.as_str()).collect();
    assert_eq!(events, ["e3", "e2", "e1"], "each once");
    let after = world.whole(known.conversation).await;
    assert_eq!(after.last_line, before.last_line + 1);
    assert_eq!(
        (after.last_seq, after.unread, after.credits, &after.session),
        (
            before.last_seq,
            before.unread,
            before.credits,
            &before.session
        )
    );
    let everybody = world.store.find_customers(world.brand, "", None, 10);
    assert_eq!(everybody.await.unwrap().len(), 1, "nobody is made");
}

pub(crate) async fn what_was_heard_of_a_platform_outlives_a_crash(place: &dyn Place) {
    let mut world = World::open(place).await;
    let (brand, connection) = (world.brand, ConnectionId(world.id()));
    let keep = async |heard: &Heard| {
        let kept = world.store.keep_heard(brand, connection, heard.clone());
        kept.await.unwrap();
    };
    let mut heard = Heard {
        verified_at: Some(1),
        refused: Some((2, "签名不对\u{1f}wrong signature".to_owned())),
        ..Heard::default()
    };
    keep(&heard).await;
    heard = Heard {
        first_call_at: Some(3),
        last_call_at: Some(4),
        first_message_at: Some(5),
        refused: None,
        ..heard
    };
    keep(&heard).await;
    world.crash().await;
    let kept = world.store.heard(brand).await.unwrap();
    assert_eq!(kept, [(connection, heard)]);
    let theirs = world.store.heard(kefu_domain::BrandId(world.id())).await;
    assert_eq!(theirs.unwrap(), []);
}
