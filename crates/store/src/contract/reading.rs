//! Read marks, ranges, lists, search.

use std::time::Duration;

use kefu_domain::{
    Content, ConversationId,
    session::{Command, Reason},
};

use super::{Place, World};
use crate::{Author, ListOrder, ListQuery};

pub(crate) async fn read_marks_only_go_forward(place: &dyn Place) {
    let mut world = World::open(place).await;
    let agent = world.agent();
    let (guest, _, _) = world.serving(agent).await;
    for n in 0..3 {
        world.say(guest, &format!("m{n}")).await;
    }
    let author = Author::Agent { agent, fence: None };
    let reply = world.reply(guest, author, "r");
    world.store.send(reply).await.unwrap();
    let id = guest.conversation;
    assert_eq!(world.whole(id).await.unread, 4);
    world.store.agent_read(world.brand, id, 2).await.unwrap();
    assert_eq!(world.whole(id).await.unread, 2);
    // Backwards, and beyond the end.
    world.store.agent_read(world.brand, id, 1).await.unwrap();
    assert_eq!(world.whole(id).await.agent_read_seq, 2);
    world
        .store
        .customer_read(world.brand, id, 99)
        .await
        .unwrap();
    world.store.customer_read(world.brand, id, 3).await.unwrap();
    world.say(guest, "m3").await;
    let before = world.whole(id).await;
    assert_eq!((before.customer_read_seq, before.unread), (5, 3));
    // Marks were answered, so they stay.
    world.crash().await;
    assert_eq!(*world.whole(id).await, *before);
    world.store.agent_read(world.brand, id, 6).await.unwrap();
    world.crash().await;
    let whole = world.whole(id).await;
    assert_eq!((whole.agent_read_seq, whole.unread), (6, 0));
}

pub(crate) async fn ranges_and_pages_of_messages(place: &dyn Place) {
    let world = World::open(place).await;
    let guest = world.guest().await;
    for n in 1..=20 {
        world.say(guest, &format!("m{n}")).await;
    }
    let get = async |after, before, newest, limit| -> Vec<u64> {
        let id = guest.conversation;
        let messages = world
            .store
            .messages(world.brand, id, after, before, newest, limit)
            .await
            .unwrap();
        messages.iter().map(|m| m.seq).collect()
    };
    assert_eq!(get(0, None, false, 3).await, [1, 2, 3]);
    assert_eq!(get(3, Some(6), false, 9).await, [4, 5]);
    assert_eq!(get(0, None, true, 3).await, [18, 19, 20]);
    assert_eq!(get(0, Some(5), true, 2).await, [3, 4]);
    assert_eq!(get(20, None, false, 9).await, [0; 0]);
    assert_eq!(get(u64::MAX, None, false, 9).await, [0; 0]);
    assert_eq!(get(0, Some(u64::MAX), false, 2).await, [1, 2]);
}

async fn ids(world: &World<'_>, query: ListQuery) -> Vec<ConversationId> {
    let rows = world.store.conversations(world.brand, query).await.unwrap();
    rows.iter().map(|row| row.id).collect()
}

/// Rows may lag by a second: asks until the answer is the expected one.
async fn settles(world: &World<'_>, query: ListQuery, expected: &[ConversationId]) {
    let mut last = Vec::new();
    for _ in 0..100 {
        last = ids(world, query.clone()).await;
        if last == expected {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(last, expected, "{query:?}");
}

pub(crate) async fn lists_show_what_they_are_asked_for(place: &dyn Place) {
    let mut world = World::open(place).await;
    let (mine, other) = (world.agent(), world.agent());
    let (served, ..) = world.serving(mine).await;
    let (elsewhere, ..) = world.serving(other).await;
    let (first_waiting, _) = world.waiting().await;
    let (second_waiting, _) = world.waiting().await;
    let (ended, session, fence) = world.serving(mine).await;
    let fence = Some(fence);
    let end = Command::End {
        fence,
        reason: Reason::Agent,
    };
    world.apply(ended, session, end).await.unwrap();
    // Opened the page and said nothing: no list shows it.
    world.guest().await;
    world.say(first_waiting, "again").await;
    let [served, elsewhere, ended] = [served, elsewhere, ended].map(|g| g.conversation);
    let [first, second] = [first_waiting, second_waiting].map(|g| g.conversation);
    let all = ListQuery {
        limit: 50,
        ..ListQuery::default()
    };
    let of = |change: fn(&mut ListQuery)| {
        let mut query = all.clone();
        change(&mut query);
        query
    };
    for crash in [false, true] {
        if crash {
            world.crash().await;
        }
        settles(
            &world,
            all.clone(),
            &[first, ended, second, elsewhere, served],
        )
        .await;
        let query = ListQuery {
            agent: Some(mine),
            ..all.clone()
        };
        settles(&world, query, &[served]).await;
        let query = ListQuery {
            not_agent: Some(mine),
            ..all.clone()
        };
        settles(&world, query, &[elsewhere]).await;
        settles(&world, of(|q| q.states = vec![2]), &[first, second]).await;
        settles(&world, of(|q| q.states = vec![4]), &[ended]).await;
        settles(
            &world,
            of(|q| q.states = vec![2, 4]),
            &[first, ended, second],
        )
        .await;
        let by_waiting = |q: &mut ListQuery| (q.states, q.order) = (vec![2], ListOrder::Waiting);
        settles(&world, of(by_waiting), &[first, second]).await;
        let by_waiting = |q: &mut ListQuery| (q.states, q.order) = (vec![2, 3], ListOrder::Waiting);
        settles(&world, of(by_waiting), &[served, elsewhere, first, second]).await;
        let created = |q: &mut ListQuery| (q.states, q.order) = (vec![2, 3], ListOrder::Created);
        settles(&world, of(created), &[second, first, elsewhere, served]).await;
        let query = ListQuery {
            customer: Some(second_waiting.customer),
            ..all.clone()
        };
        settles(&world, query, &[second]).await;
        for (query, expected) in [
            (
                ListQuery {
                    teams: vec![world.team],
                    states: vec![2],
                    ..all.clone()
                },
                2,
            ),
            (
                ListQuery {
                    entry_points: vec![world.site],
                    ..all.clone()
                },
                5,
            ),
            (
                ListQuery {
                    entry_points: vec![world.platform],
                    ..all.clone()
                },
                0,
            ),
            (
                ListQuery {
                    kf_account: Some(world.kf_account),
                    ..all.clone()
                },
                5,
            ),
        ] {
            assert_eq!(ids(&world, query).await.len(), expected);
        }
    }
    // Page by page, everything once.
    assert_eq!(
        page_by_page(&world).await,
        [first, ended, second, elsewhere, served]
    );
}

async fn page_by_page(world: &World<'_>) -> Vec<ConversationId> {
    let mut seen = Vec::new();
    let mut query = ListQuery {
        limit: 2,
        ..ListQuery::default()
    };
    loop {
        let page = world
            .store
            .conversation_page(world.brand, query.clone())
            .await
            .unwrap();
        seen.extend(page.rows.iter().map(|row| row.id));
        assert!(seen.len() < 100, "the list has no end: {seen:?}");
        if page.next.is_none() {
            return seen;
        }
        query.before = page.next;
    }
}

/// While messages pour in, the order lags. A row that moves up meanwhile may be missed by who reads
/// on, but none comes twice.
pub(crate) async fn nothing_is_listed_twice_while_messages_pour_in(place: &dyn Place) {
    let world = World::open(place).await;
    let mut guests = Vec::new();
    for _ in 0..9 {
        guests.push(world.waiting().await.0);
    }
    for round in 0..3 {
        for guest in &guests {
            world.say(*guest, &format!("more {round}")).await;
        }
        let mut seen = page_by_page(&world).await;
        let listed = seen.len();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), listed, "round {round}");
    }
}

pub(crate) async fn two_characters_are_found(place: &dyn Place) {
    let mut world = World::open(place).await;
    let guest = world.guest().await;
    for (key, text) in [
        ("a", "您好，我想申请退款，谢谢"),
        ("b", "款退错了"),
        ("c", "Order AB-1234 再问一次退款"),
        ("d", "退。款"),
    ] {
        let inbound = world.message(guest, key, text);
        world.store.file(inbound).await.unwrap();
    }
    let neighbour = world.neighbour();
    let stranger = neighbour.guest().await;
    let inbound = neighbour.message(stranger, "n", "隔壁也要退款");
    neighbour.store.file(inbound).await.unwrap();
    let recalled = world.say(guest, "退款 taken back").await;
    let id = kefu_domain::MessageId {
        conversation: guest.conversation,
        seq: recalled.seq,
    };
    world.store.recall(world.brand, id, None).await.unwrap();
    let search = async |world: &World<'_>, words: &str| -> Vec<u64> {
        let found = world.store.search(world.brand, words, 10).await.unwrap();
        found.iter().map(|found| found.seq).collect()
    };
    for reopen in [false, true] {
        if reopen {
            world.reopen().await;
        }
        // The index runs behind.
        for _ in 0..200 {
            if search(&world, "退款").await.len() == 2 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(search(&world, "退款").await, [3, 1]);
        assert_eq!(search(&world, "order 退款").await, [3]);
        assert_eq!(search(&world, "1234").await, [3]);
        assert_eq!(search(&world, "ab-12").await, [3]);
        assert_eq!(search(&world, "申请退款").await, [1]);
        assert_eq!(search(&world, "无此").await, [0; 0]);
        assert_eq!(search(&world, "\"*").await, [0; 0]);
        assert_eq!(search(&world, " ").await, [0; 0]);
    }
    let found = world.store.search(world.brand, "退款", 1).await.unwrap();
    assert_eq!(found.len(), 1);
    assert!(found[0].snippet.contains("再问一次退款"));
    let long = Content::text("字".repeat(300) + "末尾");
    let mut inbound = world.message(guest, "long", "");
    inbound.content = long;
    world.store.file(inbound).await.unwrap();
    for _ in 0..200 {
        if !search(&world, "末尾").await.is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the end of a long text is not found");
}
