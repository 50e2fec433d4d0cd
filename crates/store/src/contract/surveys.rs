//! Surveys, their answers, and ratings.

use kefu_domain::{
    Content, ServiceState, SessionId,
    content::{Survey, Text},
    session::{Command, Reason, Refusal},
};

use super::{Place, World};
use crate::{Act, Author, Inbound, Outgoing, Say, StoreError};

pub(crate) async fn an_answer_to_a_survey_opens_nothing(place: &dyn Place) {
    let mut world = World::open(place).await;
    let guest = world.follower("openid-1").await;
    let session = world.whole(guest.conversation).await.session.clone();
    let session = session.unwrap().id;
    let agent = world.agent();
    let team = world.team;
    for command in [Command::Enqueue { team }, Command::Assign { agent }] {
        world.apply(guest, session, command).await.unwrap();
    }
    let answered = Outgoing {
        way: world.way_outside(),
        ..world.reply(guest, Author::Agent { agent, fence: None }, "a1")
    };
    world.store.send(answered).await.unwrap();
    let survey = Survey {
        session_id: session.to_string(),
        ..Survey::default()
    };
    let asked = Say {
        key: Survey::key(session),
        content: Content::Survey(survey.clone()),
        ..world.system_says("survey", None)
    };
    let end = Act {
        say: vec![asked],
        ..world.act(
            guest,
            session,
            Command::End {
                fence: None,
                reason: Reason::Silence,
            },
        )
    };
    world.store.act(end).await.unwrap();
    let before = world.whole(guest.conversation).await;
    let tap = |world: &World<'_>, key: &str, about: &Survey, score| Inbound {
        content: Content::Text(Text {
            content: "好".to_owned(),
            menu_id: Some(about.item(score)),
            quote: None,
        }),
        ..world.upstream("openid-1", key, "")
    };
    world.pass(3_000);
    let tapped = tap(&world, "t1", &survey, 5);
    let filed = world.store.file(tapped.clone()).await.unwrap();
    // Nothing follows a commit that could be lost: the score is in the same one.
    world.crash().await;
    assert!(world.store.file(tapped).await.unwrap().duplicate);
    let after = world.whole(guest.conversation).await;
    assert_eq!((after.sessions, after.unread), (1, before.unread));
    let row = after.session.clone().unwrap();
    assert_eq!((row.state, row.score), (ServiceState::Ended, Some(5)));
    assert_eq!(row.turn_since, before.session.as_ref().unwrap().turn_since);
    let left = after.credits.unwrap().expires_at;
    assert!(
        left > before.credits.unwrap().expires_at,
        "it renews the window"
    );
    let thread = world
        .store
        .messages(world.brand, guest.conversation, 0, None, false, 10);
    let thread = thread.await.unwrap();
    let shown = thread.iter().find_map(|message| match &message.content {
        Content::Survey(survey) => survey.score,
        _ => None,
    });
    assert_eq!((shown, thread.last().unwrap().seq), (Some(5), filed.seq));
    // The next session has begun; the same survey is answered anew.
    world
        .store
        .file(world.upstream("openid-1", "m2", "还有"))
        .await
        .unwrap();
    let open = world.whole(guest.conversation).await;
    world
        .store
        .file(tap(&world, "t2", &survey, 3))
        .await
        .unwrap();
    let whole = world.whole(guest.conversation).await;
    assert_eq!((whole.sessions, whole.unread), (2, open.unread));
    assert_eq!(whole.session.as_ref().unwrap().score, None);
    let rows = world
        .store
        .sessions(world.brand, guest.conversation, 9)
        .await
        .unwrap();
    assert_eq!(rows[1].session.score, Some(3));
    // What is about nobody's session of theirs is a message like any other.
    let foreign = Survey {
        session_id: SessionId(world.id()).to_string(),
        ..survey
    };
    world
        .store
        .file(tap(&world, "t3", &foreign, 3))
        .await
        .unwrap();
    assert_eq!(
        world.whole(guest.conversation).await.unread,
        open.unread + 1
    );
}

pub(crate) async fn ratings_come_late(place: &dyn Place) {
    let mut world = World::open(place).await;
    let agent = world.agent();
    let (guest, session, fence) = world.serving(agent).await;
    let end = Command::End {
        fence: Some(fence),
        reason: Reason::Agent,
    };
    let rate = |score| Command::Rate {
        score,
        comment: Some("好".to_owned()),
    };
    let unserved = StoreError::Refused(Refusal::Unserved);
    let answer = world.reply(guest, Author::Agent { agent, fence: None }, "answer");
    world.store.send(answer).await.unwrap();
    // While somebody serves it, there is nothing to rate yet.
    let early = world.apply(guest, session, rate(1)).await.unwrap_err();
    assert_eq!(early, unserved);
    world.apply(guest, session, end).await.unwrap();
    world.apply(guest, session, rate(3)).await.unwrap();
    // The next session has begun: the rating still belongs to the one before.
    world.say(guest, "one more thing").await;
    world.apply(guest, session, rate(5)).await.unwrap();
    world.crash().await;
    let sessions = world
        .store
        .sessions(world.brand, guest.conversation, 10)
        .await
        .unwrap();
    let scores: Vec<_> = sessions.iter().map(|row| row.session.score).collect();
    assert_eq!(scores, [None, Some(5)]);
    assert_eq!(sessions[1].session.end_reason, Some(Reason::Agent));
}

pub(crate) async fn what_nobody_answered_is_not_rated(place: &dyn Place) {
    let world = World::open(place).await;
    let (guest, session, fence) = world.serving(world.agent()).await;
    let end = Command::End {
        fence: Some(fence),
        reason: Reason::Agent,
    };
    world.apply(guest, session, end).await.unwrap();
    let rate = || Command::Rate {
        score: 1,
        comment: None,
    };
    let unserved = StoreError::Refused(Refusal::Unserved);
    let now = world.apply(guest, session, rate()).await.unwrap_err();
    world.say(guest, "one more thing").await;
    let later = world.apply(guest, session, rate()).await.unwrap_err();
    assert_eq!((now, later), (unserved.clone(), unserved));
}
