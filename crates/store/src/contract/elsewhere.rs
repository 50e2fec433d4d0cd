//! What members do in the platform's own client is followed, once each.

use kefu_domain::{
    AgentId, Content, Origin, ServiceState, SessionId,
    message::outside_key,
    session::{Command, Reason, Refusal},
};

use super::{Place, World};
use crate::{Author, Incoming, Moved, Outgoing, Party, Servicer, StoreError};

fn party(world: &World<'_>, address: &str) -> Party {
    world.upstream(address, "unused", "").party
}

fn says(world: &World<'_>, key: &str, userid: &str, agent: Option<AgentId>, at: i64) -> Incoming {
    Incoming::Servicer(Servicer {
        brand: world.brand,
        entry_point: world.platform,
        party: party(world, "wx"),
        key: outside_key(key, userid),
        userid: userid.to_owned(),
        agent,
        content: Content::text(key),
        said_at: at,
        session: SessionId(world.id()),
        at: world.now(),
    })
}

fn moves(world: &World<'_>, key: &str, to: Option<(&str, Option<AgentId>)>) -> Incoming {
    Incoming::Moved(Moved {
        brand: world.brand,
        entry_point: world.platform,
        party: party(world, "wx"),
        key: key.to_owned(),
        to: to.map(|(userid, agent)| (userid.to_owned(), agent)),
        session: SessionId(world.id()),
        at: world.now(),
    })
}

pub(crate) async fn sessions_follow_the_platforms_client(place: &dyn Place) {
    let mut world = World::open(place).await;
    let guest = world.follower("wx").await;
    let ann = world.agent();
    let page = vec![
        moves(&world, "e1", Some(("ann", Some(ann)))),
        says(&world, "m1", "ann", Some(ann), world.now()),
    ];
    world.store.file_page(page.clone(), None).await.unwrap();
    let first = world.whole(guest.conversation).await;
    let session = first.session.clone().unwrap();
    assert_eq!(
        (session.state, session.agent, session.elsewhere.as_deref()),
        (ServiceState::Serving, Some(ann), Some("ann"))
    );
    // Told twice, it happens once.
    world.store.file_page(page, None).await.unwrap();
    world.crash().await;
    let again = world.whole(guest.conversation).await;
    assert_eq!(
        (again.last_seq, again.session.clone()),
        (2, Some(session.clone()))
    );
    let log = world.store.assignments(world.brand, session.id).await;
    assert_eq!(log.unwrap().len(), 1);

    // Nothing of ours goes out, and nothing of ours moves it.
    let author = Author::Agent {
        agent: ann,
        fence: None,
    };
    let reply = Outgoing {
        way: world.way_outside(),
        ..world.reply(guest, author, "r1")
    };
    let refused = StoreError::Refused(Refusal::Elsewhere);
    assert_eq!(world.store.send(reply).await, Err(refused.clone()));
    let act = world.act(guest, session.id, Command::Accept { agent: ann });
    assert_eq!(world.store.act(act).await.unwrap_err(), refused);
    let said = world.system_says("notice", Some(world.way_outside()));
    let mut warned = world.act(
        guest,
        session.id,
        Command::Elsewhere {
            userid: Some("bo".to_owned()),
            agent: None,
        },
    );
    warned.say = vec![said];
    world.store.act(warned).await.unwrap();
    let whole = world.whole(guest.conversation).await;
    assert_eq!(whole.last_seq, 2, "silenced");

    // It ends there; a message from before the end opens nothing, one from after it does.
    let before_the_end = world.now();
    world.pass(1_000);
    let end = vec![moves(&world, "e2", None)];
    world.store.file_page(end, None).await.unwrap();
    let late = vec![says(&world, "m2", "bo", None, before_the_end)];
    world.store.file_page(late, None).await.unwrap();
    let ended = world.whole(guest.conversation).await;
    let over = ended.session.clone().unwrap();
    assert_eq!(
        (over.state, over.end_reason, ended.last_seq),
        (ServiceState::Ended, Some(Reason::Upstream), 3)
    );
    world.pass(1_000);
    let after = vec![says(&world, "m3", "bo", None, world.now())];
    world.store.file_page(after, None).await.unwrap();
    let reopened = world.whole(guest.conversation).await;
    assert_eq!(reopened.sessions, 2);
    let message = world
        .store
        .messages(world.brand, guest.conversation, 3, None, false, 1)
        .await
        .unwrap()
        .remove(0);
    assert_eq!(message.origin, Origin::Servicer);
    assert_eq!(message.outside_author(), Some("bo"));
    // Taken back there, it is taken back here.
    let recall = Incoming::Recalled {
        brand: world.brand,
        entry_point: world.platform,
        key: outside_key("m3", "bo"),
    };
    world.store.file_page(vec![recall], None).await.unwrap();
    let messages = world
        .store
        .messages(world.brand, guest.conversation, 3, None, false, 1);
    assert!(messages.await.unwrap()[0].recalled);
}
