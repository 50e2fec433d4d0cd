//! The feed: every commit, in order, before its callers hear of it.

use std::collections::HashMap;

use kefu_domain::session::{Command, Reason};

use super::{Place, World};
use crate::{Author, Change};

pub(crate) async fn every_commit_is_told_in_order(place: &dyn Place) {
    let mut world = World::open(place).await;
    let agent = world.agent();
    let (guest, session, fence) = world.serving(agent).await;
    world.say(guest, "m2").await;
    let reply = world.reply(guest, Author::Agent { agent, fence: None }, "r1");
    world.store.send(reply.clone()).await.unwrap();
    // Told before it is answered.
    let told = world.ears.heard();
    let mut steps = Vec::new();
    for change in &told {
        steps.push(match change {
            Change::Message { message, agent, .. } => {
                format!("message {} for {}", message.seq, agent.is_some())
            }
            Change::Session {
                conversation,
                opened,
                waited_for,
                effects,
            } => format!(
                "session {:?} new {opened} waited {} effects {}",
                conversation.session.as_ref().unwrap().state,
                waited_for.is_some(),
                effects.len()
            ),
            other => format!("{other:?}"),
        });
    }
    assert_eq!(
        steps,
        [
            "message 1 for false",
            "session Waiting new true waited false effects 0",
            "session Serving new false waited true effects 1",
            "message 2 for true",
            "message 3 for true",
        ]
    );
    // What changes nothing is not told; what is refused neither.
    world.store.send(reply).await.unwrap();
    world
        .store
        .agent_read(world.brand, guest.conversation, 0)
        .await
        .unwrap();
    let stale = Command::End {
        fence: Some(fence + 1),
        reason: Reason::Agent,
    };
    world.apply(guest, session, stale).await.unwrap_err();
    assert!(world.ears.heard().is_empty());
    let writers: Vec<_> = (0..500)
        .map(|n| {
            let inbound = world.message(guest, &format!("p{n}"), "x");
            let (store, ears) = (world.store.clone(), world.ears.clone());
            tokio::spawn(async move {
                let filed = store.file(inbound).await.unwrap();
                // Nobody hears of a message that the followers have not heard of.
                let heard = ears.0.lock().iter().any(
                    |c| matches!(c, Change::Message { message, .. } if message.seq == filed.seq),
                );
                assert!(heard);
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let mut newest: HashMap<_, u64> = HashMap::new();
    for change in world.ears.heard() {
        if let Change::Message { message, .. } = change {
            let before = newest.insert(message.conversation, message.seq);
            assert_eq!(message.seq, before.map_or(4, |seq| seq + 1));
        }
    }
    assert_eq!(newest[&guest.conversation], 503);
    world.crash().await;
    // A new life hears only what is new.
    assert!(world.ears.heard().is_empty());
}
