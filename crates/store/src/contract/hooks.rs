//! What brands' own systems are to be told, and customers who may have left before they read.

use kefu_domain::{BrandId, Failure, HookCallId, UnixMs, WebhookId};

use super::{Place, World};
use crate::{Author, Change, HookCall, HookNext, HookTry, OutboxState, Outgoing, StoreError};

fn call(world: &World<'_>, webhook: WebhookId, at: UnixMs) -> HookCall {
    HookCall {
        id: HookCallId(world.id()),
        brand: world.brand,
        webhook,
        event: "message.away".to_owned(),
        body: "{}".to_owned(),
        created_at: at,
        first_at: at,
        attempts: 0,
        state: OutboxState::Pending,
        due_at: Some(at),
        tries: Vec::new(),
        no: 0,
    }
}

fn failed(at: UnixMs) -> HookTry {
    HookTry {
        at,
        ms: 12,
        status: Some(500),
        failure: Some(Failure {
            code: "500".to_owned(),
            reason: "no".to_owned(),
        }),
    }
}

fn taken(at: UnixMs) -> HookTry {
    HookTry {
        at,
        ms: 3,
        status: Some(204),
        failure: None,
    }
}

pub(crate) async fn words_that_may_be_unseen_are_one_row_and_decided_once(place: &dyn Place) {
    let mut world = World::open(place).await;
    let agent = kefu_domain::AgentId(world.id());
    let (guest, ..) = world.serving(agent).await;
    let author = Author::Agent { agent, fence: None };
    let at = world.now();
    world.ears.heard();
    for (key, due) in [("r1", at + 10), ("r2", at + 20)] {
        let reply = Outgoing {
            away_at: Some(due),
            ..world.reply(guest, author, key)
        };
        world.store.send(reply.clone()).await.unwrap();
        // The same again files nothing and notes nothing.
        assert!(world.store.send(reply).await.unwrap().duplicate);
    }
    let told = |change: &&Change| matches!(change, Change::Hook);
    assert_eq!(world.ears.heard().iter().filter(told).count(), 2);
    world.crash().await;

    assert_eq!(world.store.next_hook().await, Ok(Some(at + 20)));
    assert_eq!(world.store.due_away(at + 10, 9).await, Ok(vec![]));
    let due = world.store.due_away(at + 20, 9).await.unwrap();
    assert_eq!((due.len(), due[0].conversation), (1, guest.conversation));
    let first = due[0];
    // Newer words come while it is decided: they decide.
    let reply = Outgoing {
        away_at: Some(at + 30),
        ..world.reply(guest, author, "r3")
    };
    world.store.send(reply).await.unwrap();
    let webhook = WebhookId(world.id());
    let calls = vec![call(&world, webhook, at)];
    let settled = world.store.settle_away(first, None, calls.clone());
    assert_eq!(settled.await, Ok(false));
    let list = world.store.hook_calls(world.brand, None, None, None, 9);
    assert_eq!(list.await, Ok(vec![]));

    let now = world.store.due_away(at + 30, 9).await.unwrap()[0];
    assert_eq!((now.seq, now.since), (first.seq + 1, first.since));
    let later = world.store.settle_away(now, Some(at + 90), vec![]);
    assert_eq!(later.await, Ok(true));
    assert_eq!(world.store.due_away(at + 89, 9).await, Ok(vec![]));
    let decided = world.store.settle_away(now, None, calls.clone());
    assert_eq!(decided.await, Ok(true));
    let twice = world.store.settle_away(now, None, calls);
    assert_eq!(twice.await, Ok(false));
    world.crash().await;
    let list = world.store.hook_calls(world.brand, None, None, None, 9);
    assert_eq!(list.await.unwrap().len(), 1);
    assert_eq!(world.store.due_away(at + 999, 9).await, Ok(vec![]));
}

pub(crate) async fn a_call_is_made_until_it_is_taken_or_given_up(place: &dyn Place) {
    let mut world = World::open(place).await;
    let webhook = WebhookId(world.id());
    let at = world.now();
    let one = call(&world, webhook, at);
    let id = one.id;
    world.store.put_hook_calls(vec![one]).await.unwrap();
    assert!(matches!(world.ears.heard()[..], [.., Change::Hook]));
    let take = |store: &std::sync::Arc<dyn crate::Store>, now: UnixMs| {
        let store = store.clone();
        async move {
            store
                .take_hook_calls(now, now + 100, vec![], 4, 9)
                .await
                .unwrap()
        }
    };
    let row = take(&world.store, at).await;
    assert_eq!((row.len(), row[0].attempts), (1, 1));
    assert_eq!(take(&world.store, at + 99).await, vec![]);
    world.crash().await;
    // Whoever had it is gone: the lease runs out.
    assert_eq!(take(&world.store, at + 100).await[0].attempts, 2);
    let retry = world
        .store
        .settle_hook_call(id, failed(at), HookNext::Retry(at + 500));
    retry.await.unwrap();
    assert_eq!(world.store.next_hook().await, Ok(Some(at + 500)));
    assert_eq!(take(&world.store, at + 500).await.len(), 1);
    let dead = world
        .store
        .settle_hook_call(id, failed(at + 500), HookNext::Dead);
    dead.await.unwrap();
    assert_eq!(take(&world.store, at + 9_999).await, vec![]);
    let list = |state| {
        world
            .store
            .hook_calls(world.brand, Some(webhook), state, None, 9)
    };
    let row = list(Some(OutboxState::Dead)).await.unwrap().remove(0);
    assert_eq!((row.tries.len(), row.tries[1].status), (2, Some(500)));

    world
        .store
        .resend_hook_call(world.brand, id, at + 600)
        .await
        .unwrap();
    let again = world
        .store
        .resend_hook_call(world.brand, id, at + 600)
        .await;
    assert!(matches!(again, Err(StoreError::Conflict(_))));
    let row = take(&world.store, at + 600).await.remove(0);
    assert_eq!((row.attempts, row.first_at), (1, at + 600));
    let done = world
        .store
        .settle_hook_call(id, taken(at + 600), HookNext::Done);
    done.await.unwrap();
    // A late word of an older try takes nothing back.
    let late = world
        .store
        .settle_hook_call(id, failed(at + 700), HookNext::Retry(at + 800));
    late.await.unwrap();
    assert_eq!(take(&world.store, at + 9_999).await, vec![]);
    assert_eq!(list(Some(OutboxState::Done)).await.unwrap().len(), 1);
}

pub(crate) async fn a_busy_webhook_keeps_nobody_else_waiting(place: &dyn Place) {
    let world = World::open(place).await;
    let (busy, calm) = (WebhookId(world.id()), WebhookId(world.id()));
    let at = world.now();
    let mut calls: Vec<HookCall> = (0..20).map(|_| call(&world, busy, at)).collect();
    calls.push(call(&world, calm, at + 1));
    world.store.put_hook_calls(calls).await.unwrap();
    let taken = world.store.take_hook_calls(at + 1, at + 50, vec![], 4, 6);
    let taken = taken.await.unwrap();
    assert_eq!(taken.iter().filter(|call| call.webhook == busy).count(), 4);
    assert_eq!(taken.iter().filter(|call| call.webhook == calm).count(), 1);
    let rest = world
        .store
        .take_hook_calls(at + 1, at + 50, vec![busy], 4, 9);
    assert_eq!(rest.await, Ok(vec![]));
    // Pages, and nothing of it for another brand.
    let page = world
        .store
        .hook_calls(world.brand, None, None, None, 15)
        .await
        .unwrap();
    let next = world
        .store
        .hook_calls(world.brand, None, None, Some(page[14].no), 15);
    assert_eq!((page.len(), next.await.unwrap().len()), (15, 6));
    let stranger = BrandId(world.id());
    assert_eq!(
        world.store.hook_calls(stranger, None, None, None, 9).await,
        Ok(vec![])
    );
    let theirs = world.store.resend_hook_call(stranger, page[0].id, at).await;
    assert_eq!(theirs, Err(StoreError::NotFound));
}
