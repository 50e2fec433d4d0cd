//! Guests: who presses the button before they said a word, and who signs in after they did.

use kefu_domain::{Content, ConversationId, Message, Origin, ServiceState, session::Reason};
use kefu_reception::{Signed, VisitorRequest};
use serde_json::json;

use crate::world::World;

/// What the customer said after a number.
async fn said(world: &World, conversation: ConversationId, after: u64) -> Vec<Message> {
    let (store, brand) = (world.reception.store(), world.brand);
    let page = store.messages(brand, conversation, after, None, false, 50);
    let mut page = page.await.unwrap();
    page.retain(|message| message.origin == Origin::Customer);
    page
}

/// Whoever has this token says who they are.
fn signs_in(world: &World, token: [u8; 32], sub: &str) -> VisitorRequest {
    VisitorRequest {
        entry_point: world.door,
        previous: Some(token),
        signed: Some(Signed {
            sub: sub.to_owned(),
            name: None,
            unionid: None,
        }),
        ..VisitorRequest::default()
    }
}

#[tokio::test]
async fn the_button_is_a_first_word_where_nothing_is_open() {
    let world = World::with(json!({})).await;
    let (agent, _) = world.agent("a", world.team, 8).await;
    let (guest, _) = world.guest().await;
    for _ in 0..2 {
        world.reception.ask_human(&guest).await.unwrap();
        let session = world.served(guest.conversation, agent).await;
        let whole = world.whole(guest.conversation).await;
        let asked = said(&world, guest.conversation, 0).await.pop().unwrap();
        let Content::Text(words) = &asked.content else {
            panic!("{asked:?}");
        };
        assert_eq!(words.menu_id.as_deref(), Some("human"));
        // Pressed again while it is open, it says nothing more.
        world.reception.ask_human(&guest).await.unwrap();
        assert_eq!(
            world.whole(guest.conversation).await.last_seq,
            whole.last_seq
        );
        let actor = kefu_reception::Actor {
            agent: Some(agent),
            supervises: false,
        };
        let closed = world
            .reception
            .close(world.brand, actor, session.id, None, None)
            .await;
        assert!(closed.is_ok(), "{closed:?}");
    }
}

#[tokio::test]
async fn what_a_guest_asked_goes_with_them_when_they_sign_in_as_somebody_known() {
    let world = World::with(json!({ "rules": { "silence_warn_s": 0 } })).await;
    let (agent, _) = world.agent("a", world.team, 8).await;
    let known = world.customer("c1").await;
    let first = world.served(known.conversation, agent).await;
    world.answer(agent, known.conversation).await;
    let (guest, token) = world.guest().await;
    world.write(guest).await;
    world.served(guest.conversation, agent).await;
    world.answer(agent, guest.conversation).await;
    world.write(guest).await;
    let before = world.whole(known.conversation).await.last_seq;
    let next = world.reception.ids().secret();
    let opened = world
        .reception
        .open(signs_in(&world, token, "c1"), next)
        .await
        .unwrap();
    assert_eq!(opened.visitor.conversation, known.conversation);
    // The one word that was not answered, once, in the session that was open there.
    let asked = said(&world, known.conversation, before).await;
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert_eq!(asked[0].session, Some(first.id));
    let left = world.session(guest.conversation).await;
    assert_eq!(
        (left.state, left.end_reason),
        (ServiceState::Ended, Some(Reason::Customer))
    );
    // Another person on the same device takes nothing of theirs along.
    world.write(known).await;
    let other = signs_in(&world, next, "c2");
    let stranger = world.customer("c2").await;
    let third = world.reception.ids().secret();
    let opened = world.reception.open(other, third).await.unwrap();
    assert_eq!(opened.visitor.conversation, stranger.conversation);
    assert_eq!(said(&world, stranger.conversation, 0).await.len(), 1);
    assert_eq!(
        world.session(known.conversation).await.state,
        ServiceState::Serving
    );
}

#[tokio::test]
async fn who_is_blocked_signs_in_all_the_same_and_says_nothing_as_a_guest_either() {
    let world = World::with(json!({ "rules": { "silence_warn_s": 0 } })).await;
    let (agent, _) = world.agent("a", world.team, 8).await;
    let known = world.customer("c1").await;
    let chief = kefu_reception::Actor {
        agent: Some(agent),
        supervises: true,
    };
    let blocked = world
        .reception
        .block(world.brand, chief, known.customer, true);
    blocked.await.unwrap();
    let (guest, token) = world.guest().await;
    world.write(guest).await;
    let request = signs_in(&world, token, "c1");
    let next = world.reception.ids().secret();
    let opened = world.reception.open(request, next).await.unwrap();
    assert_eq!(opened.visitor.conversation, known.conversation);
    assert_eq!(said(&world, known.conversation, 0).await.len(), 1);
    assert_eq!(
        world.session(guest.conversation).await.state,
        ServiceState::Ended
    );
}
