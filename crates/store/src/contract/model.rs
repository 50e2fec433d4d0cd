//! Random histories against a model in memory, with crashes in between: what was answered is there,
//! each id once (I2), numbers without a gap (I3), one owner within the limit (I6).

use std::collections::{BTreeMap, HashMap};

use kefu_domain::{
    AgentId, ConversationId, MessageId, ServiceState, SessionId,
    session::{Command, Effect, Reason, Refusal},
};

use super::{Dice, Guest, Place, World, to_agent};
use crate::{Act, Author, StoreError};

const LIMIT: u32 = 2;
const HISTORIES: u64 = 12;
const STEPS: u64 = 400;

/// A session: its state, agent, fence, and to whom it is offered.
type Now = (
    SessionId,
    ServiceState,
    Option<AgentId>,
    u64,
    Option<AgentId>,
);

#[derive(Default)]
struct Thread {
    /// Sender's id and text by number, from 1.
    messages: Vec<(String, String)>,
    recalled: Vec<u64>,
    /// The newest session.
    session: Option<Now>,
    sessions: u64,
}

struct Model {
    guests: Vec<Guest>,
    agents: Vec<AgentId>,
    threads: HashMap<ConversationId, Thread>,
    loads: BTreeMap<AgentId, u32>,
    keys: u64,
}

pub(crate) async fn random_histories_hold_the_invariants(place: &dyn Place) {
    let mut world = World::open(place).await;
    for seed in 0..HISTORIES {
        let mut dice = Dice(seed * 7919 + 1);
        let mut model = Model {
            guests: Vec::new(),
            agents: (0..3).map(|_| world.agent()).collect(),
            threads: HashMap::new(),
            loads: BTreeMap::new(),
            keys: 0,
        };
        for _ in 0..4 {
            let guest = world.guest().await;
            model.guests.push(guest);
            model.threads.insert(guest.conversation, Thread::default());
        }
        for step in 0..STEPS {
            let guest = model.guests[dice.roll(4) as usize];
            match dice.roll(100) {
                0..35 => file(&world, &mut model, &mut dice, guest).await,
                35..55 => send(&world, &mut model, &mut dice, guest).await,
                55..85 => act(&world, &mut model, &mut dice, guest).await,
                85..92 => recall(&world, &mut model, &mut dice, guest).await,
                92..95 => {
                    let seq = dice.roll(50);
                    let read = world.store.agent_read(world.brand, guest.conversation, seq);
                    read.await.unwrap();
                }
                95..99 => world.crash().await,
                _ => world.reopen().await,
            }
            if step % 50 == 49 {
                compare(&world, &model, seed, step).await;
            }
        }
        world.crash().await;
        compare(&world, &model, seed, STEPS).await;
    }
    world.store.verify().await.unwrap();
}

/// A new id, or one that was used before in the thread by the same kind of sender.
fn key(
    model: &mut Model,
    dice: &mut Dice,
    id: ConversationId,
    sender: &str,
) -> (String, Option<u64>) {
    let thread = &model.threads[&id];
    let used: Vec<_> = thread
        .messages
        .iter()
        .enumerate()
        .filter(|(_, (key, _))| key.starts_with(sender))
        .collect();
    if dice.roll(5) == 0 && !used.is_empty() {
        let (index, (key, _)) = used[dice.roll(used.len() as u64) as usize];
        return (key.clone(), Some(index as u64 + 1));
    }
    model.keys += 1;
    (format!("{sender}{}", model.keys), None)
}

async fn file(world: &World<'_>, model: &mut Model, dice: &mut Dice, guest: Guest) {
    let id = guest.conversation;
    let (key, before) = key(model, dice, id, "c");
    let thread = model.threads.get_mut(&id).unwrap();
    let mut inbound = world.message(guest, &key, &key);
    let queue = dice.roll(2) == 0;
    inbound.opening.queue = queue.then_some(world.team);
    let session = inbound.opening.session;
    if dice.roll(10) == 0 && before.is_some() {
        inbound.content = kefu_domain::Content::text("misused");
        let filed = world.store.file(inbound).await;
        assert_eq!(filed, Err(StoreError::IdempotencyConflict));
        return;
    }
    let filed = world.store.file(inbound).await.unwrap();
    assert_eq!(filed.duplicate, before.is_some());
    if let Some(seq) = before {
        assert_eq!(filed.seq, seq);
        return;
    }
    assert_eq!(filed.seq, thread.messages.len() as u64 + 1);
    thread.messages.push((key.clone(), key));
    let open = thread
        .session
        .filter(|(_, state, ..)| *state != ServiceState::Ended);
    let mut now = open.unwrap_or((session, ServiceState::New, None, 0, None));
    thread.sessions += u64::from(open.is_none());
    if queue && now.1 == ServiceState::New {
        now.1 = ServiceState::Waiting;
    }
    thread.session = Some(now);
}

async fn send(world: &World<'_>, model: &mut Model, dice: &mut Dice, guest: Guest) {
    let id = guest.conversation;
    let agent = model.agents[dice.roll(3) as usize];
    let (key, before) = key(model, dice, id, &format!("a{agent}-"));
    let thread = model.threads.get_mut(&id).unwrap();
    let stale = dice.roll(4) == 0;
    let fence = thread.session.map(|(_, _, _, fence, _)| fence);
    let fence = fence.map(|fence| if stale { fence + 1 } else { fence });
    let author = Author::Agent { agent, fence };
    let sent = world.store.send(world.reply(guest, author, &key)).await;
    if let Some(seq) = before {
        let sent = sent.unwrap();
        assert_eq!((sent.seq, sent.duplicate), (seq, true));
        return;
    }
    let expected = match thread.session {
        None => Err(Refusal::Ended),
        Some((_, ServiceState::Ended, ..)) => Err(Refusal::Ended),
        Some((_, ServiceState::Serving, Some(owner), ..)) if owner == agent && !stale => Ok(()),
        Some(_) => Err(Refusal::NotAssigned),
    };
    match (sent, expected) {
        (Ok(sent), Ok(())) => {
            thread.messages.push((key.clone(), key));
            assert_eq!(sent.seq, thread.messages.len() as u64);
        }
        (Err(StoreError::Refused(refusal)), Err(expected)) => assert_eq!(refusal, expected),
        (sent, expected) => panic!("{sent:?} instead of {expected:?}"),
    }
}

async fn act(world: &World<'_>, model: &mut Model, dice: &mut Dice, guest: Guest) {
    let thread = model.threads.get_mut(&guest.conversation).unwrap();
    let Some((session, _, _, fence, offered)) = thread.session else {
        return;
    };
    let agent = model.agents[dice.roll(3) as usize];
    let fence = if dice.roll(8) == 0 { fence + 1 } else { fence };
    let command = match dice.roll(8) {
        0 | 1 => Command::Assign { agent },
        2 => Command::Offer {
            agent,
            until: i64::MAX,
        },
        3 => Command::Accept { agent },
        4 => Command::Withdraw {
            agent: offered.unwrap_or(agent),
            fence,
            reason: Reason::Declined,
        },
        5 => Command::Requeue {
            fence,
            reason: Reason::AgentGone,
        },
        6 => Command::Transfer {
            fence,
            to: to_agent(agent),
        },
        _ => Command::End {
            fence: None,
            reason: Reason::Customer,
        },
    };
    let act = Act {
        limit: Some(LIMIT),
        ..world.act(guest, session, command)
    };
    match world.store.act(act).await {
        Ok(acted) => {
            for effect in acted.effects {
                match effect {
                    Effect::Opened { agent, .. } => {
                        let load = model.loads.entry(agent).or_default();
                        *load += 1;
                    }
                    Effect::Closed { agent, .. } => *model.loads.get_mut(&agent).unwrap() -= 1,
                    Effect::Accepted { .. } => (),
                }
            }
            let now = acted.conversation.session.as_ref().unwrap();
            let offered = now.offer.map(|offer| offer.agent);
            thread.session = Some((now.id, now.state, now.agent, now.fence, offered));
        }
        Err(StoreError::AtCapacity) => {
            let load = model.loads.get(&agent).copied().unwrap_or(0);
            assert!(load >= LIMIT, "{agent} has room");
        }
        Err(StoreError::Refused(_)) => (),
        Err(error) => panic!("{error}"),
    }
    assert!(model.loads.values().all(|load| *load <= LIMIT));
}

async fn recall(world: &World<'_>, model: &mut Model, dice: &mut Dice, guest: Guest) {
    let thread = model.threads.get_mut(&guest.conversation).unwrap();
    let seq = dice.roll(thread.messages.len() as u64 + 2) + 1;
    let id = MessageId {
        conversation: guest.conversation,
        seq,
    };
    let recalled = world.store.recall(world.brand, id, None).await;
    if seq > thread.messages.len() as u64 {
        assert_eq!(recalled, Err(StoreError::NotFound));
    } else {
        recalled.unwrap();
        if !thread.recalled.contains(&seq) {
            thread.recalled.push(seq);
        }
    }
}

async fn compare(world: &World<'_>, model: &Model, seed: u64, step: u64) {
    let mut open: BTreeMap<AgentId, u32> = BTreeMap::new();
    for (id, thread) in &model.threads {
        let whole = world.whole(*id).await;
        let at = format!("seed {seed} step {step} {id}");
        let stored = world
            .store
            .messages(world.brand, *id, 0, None, false, 1000)
            .await
            .unwrap();
        assert_eq!(stored.len(), thread.messages.len(), "{at}");
        assert_eq!(whole.last_seq, thread.messages.len() as u64, "{at}");
        let revs: Vec<_> = stored
            .iter()
            .map(|m| m.rev)
            .filter(|rev| *rev > 0)
            .collect();
        assert_eq!(revs.len(), thread.recalled.len(), "{at}");
        assert_eq!(
            whole.last_rev,
            revs.iter().copied().max().unwrap_or(0),
            "{at}"
        );
        for (message, (key, text)) in stored.iter().zip(&thread.messages) {
            assert_eq!(&message.client_msg_id, key, "{at}");
            assert_eq!(
                message.content,
                kefu_domain::Content::text(text.as_str()),
                "{at}"
            );
            assert_eq!(
                message.recalled,
                thread.recalled.contains(&message.seq),
                "{at}"
            );
        }
        let unread = stored
            .iter()
            .filter(|m| m.seq > whole.agent_read_seq && m.client_msg_id.starts_with('c'));
        assert_eq!(u64::from(whole.unread), unread.count() as u64, "{at}");
        assert_eq!(whole.sessions, thread.sessions, "{at}");
        let session = whole.session.as_ref().map(|s| {
            (
                s.id,
                s.state,
                s.agent,
                s.fence,
                s.offer.map(|offer| offer.agent),
            )
        });
        assert_eq!(session, thread.session, "{at}");
        let Some((session, ..)) = session else {
            continue;
        };
        let log = world.store.assignments(world.brand, session).await.unwrap();
        let active: Vec<_> = log.iter().filter(|a| a.closed_at.is_none()).collect();
        assert!(active.len() <= 1, "{at}");
        for assignment in active {
            *open.entry(assignment.agent).or_default() += 1;
        }
    }
    let loads: BTreeMap<_, _> = model
        .loads
        .iter()
        .filter(|(_, load)| **load > 0)
        .map(|(agent, load)| (*agent, *load))
        .collect();
    assert_eq!(open, loads, "seed {seed} step {step}");
}
