//! Handoffs: forward only, each step once, in whatever order the platform tells them.

use kefu_domain::{Content, Failure, FanGroupId, HandoffId, SpecialistId, content::HandoffCard};

use super::{Guest, Place, World};
use crate::{
    Author, CodeStep as Code, Handoff, HandoffStatus as S, HandoffStep as Step, HandoffTally,
    HandoffTarget, Incoming, Outgoing, Settled, StoreError,
};

pub(crate) async fn codes_are_taken_back_until_they_are_gone(place: &dyn Place) {
    let mut world = World::open(place).await;
    let guest = world.guest().await;
    let (now, lasts) = (world.now(), 86_400_000);
    let mut ids = Vec::new();
    // Offered, failed, left half-way, failed without a code.
    for n in 0..4 {
        let handoff = Handoff {
            offered_at: now,
            expires_at: now + lasts,
            ..offer(&world, guest)
        };
        let id = handoff.id;
        ids.push(id);
        world.store.put_handoff(handoff).await.unwrap();
        let mut steps = Vec::new();
        if n < 3 {
            let config_id = format!("cfg{n}");
            steps.push(Step::Prepared { config_id });
        }
        match n {
            0 => steps.push(Step::Carded { seq: 3 }),
            1 | 3 => steps.push(Step::Reached(S::Failed)),
            _ => (),
        }
        for step in steps {
            let stepped = world.store.advance_handoff(world.brand, id, step, now);
            stepped.await.unwrap();
        }
    }
    world.crash().await;
    let due = async |world: &World<'_>, at| {
        let due = world.store.codes_to_withdraw(at, 10).await.unwrap();
        let due = due.into_iter().map(|(row, tries)| (row.id, tries));
        due.collect::<Vec<_>>()
    };
    assert_eq!(due(&world, now).await, [(ids[1], 0)]);
    let later = Code::Later(now + 5_000);
    let settled = world.store.settle_code(world.brand, ids[1], later);
    settled.await.unwrap();
    assert_eq!(due(&world, now + 4_999).await, []);
    world.crash().await;
    assert_eq!(due(&world, now + 5_000).await, [(ids[1], 1)]);
    let gone = world.store.settle_code(world.brand, ids[1], Code::Gone);
    gone.await.unwrap();
    assert_eq!(due(&world, now + 599_999).await, []);
    assert_eq!(due(&world, now + 600_000).await, [(ids[2], 0)]);
    let given_up = world.store.settle_code(world.brand, ids[2], Code::GivenUp);
    given_up.await.unwrap();
    // A picture that a customer kept is good for a while.
    let kept = now + lasts + 90 * 86_400_000;
    assert_eq!(due(&world, kept - 1).await, []);
    assert_eq!(due(&world, kept).await, [(ids[0], 0)]);
    let whose = world.store.whose_handoff(ids[0]).await;
    assert_eq!(whose, Ok(Some(world.brand)));
    let nobody = world.store.whose_handoff(HandoffId(world.id())).await;
    assert_eq!(nobody, Ok(None));
    let neighbour = world.neighbour();
    let theirs = world.store.settle_code(neighbour.brand, ids[0], Code::Gone);
    assert_eq!(theirs.await, Err(StoreError::NotFound));
}

pub(crate) async fn a_days_offers_are_counted_by_target(place: &dyn Place) {
    let mut world = World::open(place).await;
    let (guest, now, day) = (world.guest().await, world.now(), 86_400_000);
    let since = now - day;
    let (one, other) = (SpecialistId(world.id()), SpecialistId(world.id()));
    let group = FanGroupId(world.id());
    let targets = [
        HandoffTarget::Specialist(one),
        HandoffTarget::Specialist(other),
        HandoffTarget::FanGroup(group),
    ];
    let statuses = [
        S::Preparing,
        S::Offered,
        S::Seen,
        S::Opened,
        S::Added,
        S::Joined,
        S::Expired,
        S::Failed,
    ];
    let mut rows = Vec::new();
    for (number, target) in targets.into_iter().enumerate() {
        for (turn, status) in statuses.into_iter().enumerate() {
            for offered_at in [since - 3 * day, since - 1, since, now] {
                // Not the same number of each.
                if (number + turn) % 3 == 0 {
                    continue;
                }
                let done = matches!(status, S::Added | S::Joined);
                for done_at in [offered_at.max(since - 2), now] {
                    let row = Handoff {
                        target,
                        status,
                        offered_at,
                        seen_at: (turn % 2 == 1 || done).then_some(offered_at),
                        opened_at: done.then_some(offered_at),
                        done_at: done.then_some(done_at),
                        ..offer(&world, guest)
                    };
                    world.store.put_handoff(row.clone()).await.unwrap();
                    rows.push(row);
                }
            }
        }
    }
    world.crash().await;
    let counted = world.store.handoffs_by_target(world.brand, since).await;
    let counted = counted.unwrap();
    assert_eq!(counted.len(), targets.len());
    for theirs in counted {
        let rows = || rows.iter().filter(|row| row.target == theirs.target);
        let of_day = |wish: &dyn Fn(&Handoff) -> bool| {
            let wanted = |row: &&Handoff| row.offered_at >= since && wish(row);
            rows().filter(wanted).count() as u32
        };
        let offered = |row: &Handoff| !matches!(row.status, S::Preparing | S::Failed);
        let tally = HandoffTally {
            offered: of_day(&offered),
            seen: of_day(&|row| offered(row) && row.seen_at.is_some()),
            opened: of_day(&|row| offered(row) && row.opened_at.is_some()),
            added: of_day(&|row| row.status == S::Added),
            joined: of_day(&|row| row.status == S::Joined),
        };
        assert_eq!(theirs.tally, tally);
        assert_eq!(theirs.living, of_day(&|row| row.status < S::Added));
        let became = |row: &&Handoff| row.status == S::Added && row.done_at >= Some(since);
        assert_eq!(theirs.added, rows().filter(became).count() as u32);
    }
}

/// A fresh offer of a specialist.
fn offer(world: &World<'_>, guest: Guest) -> Handoff {
    Handoff {
        id: HandoffId(world.id()),
        brand: world.brand,
        conversation: guest.conversation,
        customer: guest.customer,
        target: HandoffTarget::Specialist(SpecialistId(world.id())),
        name: "李专员".to_owned(),
        title: "选车顾问".to_owned(),
        agent: Some(world.agent()),
        seq: 0,
        config_id: None,
        status: S::Preparing,
        offered_at: world.now(),
        seen_at: None,
        opened_at: None,
        done_at: None,
        expires_at: world.now() + 86_400_000,
    }
}

pub(crate) async fn steps_go_forward_only(place: &dyn Place) {
    let mut world = World::open(place).await;
    let guest = world.guest().await;
    let handoff = offer(&world, guest);
    let id = handoff.id;
    world.store.put_handoff(handoff.clone()).await.unwrap();
    world.ears.heard();
    let step = async |world: &World<'_>, step: Step| {
        let now = world.now();
        world
            .store
            .advance_handoff(world.brand, id, step, now)
            .await
            .unwrap()
    };
    let prepared = Step::Prepared {
        config_id: "cfg".to_owned(),
    };
    step(&world, prepared.clone()).await;
    step(&world, prepared).await;
    let carded = step(&world, Step::Carded { seq: 3 }).await;
    assert_eq!((carded.status, carded.seq), (S::Offered, 3));
    assert_eq!(step(&world, Step::Carded { seq: 4 }).await, carded);
    // Opened is told before seen.
    let opened = step(&world, Step::Reached(S::Opened)).await;
    assert!(opened.seen_at.is_some() && opened.opened_at.is_some());
    assert_eq!(step(&world, Step::Reached(S::Seen)).await, opened);
    // Its time runs out once.
    let lapsed = |at| world.store.lapsed_handoffs(at, 10);
    assert_eq!(lapsed(opened.expires_at - 1).await, Ok(vec![]));
    assert_eq!(lapsed(opened.expires_at).await, Ok(vec![(world.brand, id)]));
    assert_eq!(step(&world, Step::Reached(S::Opened)).await, opened);
    assert_eq!(
        step(&world, Step::Reached(S::Expired)).await.status,
        S::Expired
    );
    let lapsed = world.store.lapsed_handoffs(opened.expires_at, 10).await;
    assert_eq!(lapsed, Ok(vec![]));
    assert_eq!(
        step(&world, Step::Reached(S::Opened)).await.status,
        S::Expired
    );
    world.crash().await;
    // Added all the same, from a picture they kept.
    let added = step(&world, Step::Reached(S::Added)).await;
    assert_eq!(added.status, S::Added);
    for late in [S::Added, S::Joined, S::Expired, S::Failed, S::Offered] {
        assert_eq!(step(&world, Step::Reached(late)).await, added);
    }
    // Putting it again takes nothing back.
    world.store.put_handoff(handoff).await.unwrap();
    world.crash().await;
    assert_eq!(
        world.store.handoff(world.brand, id).await,
        Ok(added.clone())
    );
    let of_customer = world.store.handoffs(world.brand, guest.customer).await;
    assert_eq!(of_customer, Ok(vec![added.clone()]));
    let by_agent = |at| world.store.handoffs_by_agent(world.brand, at, 300_000);
    let done_at = added.done_at.unwrap();
    let theirs = by_agent(added.offered_at).await.unwrap().remove(0);
    assert_eq!(theirs.agent, added.agent);
    assert_eq!(theirs.done, [(done_at - done_at % 300_000, 1)]);
    assert_eq!(by_agent(added.offered_at + 1).await, Ok(vec![]));
    let tally = HandoffTally {
        offered: 1,
        seen: u32::from(added.seen_at.is_some()),
        opened: u32::from(added.opened_at.is_some()),
        added: 1,
        joined: 0,
    };
    let tallies = world.store.handoff_tallies(world.brand).await;
    assert_eq!(tallies, Ok(vec![(added.target, tally)]));
    let told = world.ears.heard();
    let told = told
        .iter()
        .filter(|change| matches!(change, crate::Change::Handoff { .. }));
    assert_eq!(told.count(), 5);
    let (missing, now) = (HandoffId(world.id()), world.now());
    let refused = world
        .store
        .advance_handoff(world.brand, missing, Step::Reached(S::Seen), now)
        .await;
    assert_eq!(refused, Err(StoreError::NotFound));
}

pub(crate) async fn a_card_that_did_not_arrive_is_no_offer(place: &dyn Place) {
    let mut world = World::open(place).await;
    let guest = world.follower("wx").await;
    let card = async |key: &str| {
        let row = offer(&world, guest);
        let id = row.id;
        world.store.put_handoff(row).await.unwrap();
        let card = HandoffCard {
            handoff_id: id.to_string(),
            name: "李专员".to_owned(),
            status: "offered".to_owned(),
            ..HandoffCard::default()
        };
        let said = Outgoing {
            content: Content::Handoff(card),
            way: world.way_outside(),
            ..world.reply(guest, Author::System, key)
        };
        let outbox = said.outbox;
        let seq = world.store.send(said).await.unwrap().seq;
        let carded =
            world
                .store
                .advance_handoff(world.brand, id, Step::Carded { seq }, world.now());
        carded.await.unwrap();
        (id, outbox, seq)
    };
    let settle = async |outbox, settled| {
        let settled = world.store.settle(outbox, settled, world.now());
        settled.await.unwrap();
    };
    let failure = || Failure {
        code: "fail_13".to_owned(),
        reason: "x".to_owned(),
    };
    // Refused at once; taken, and told later; taken, told later, and gone on from all the same.
    let (refused, outbox, first) = card("c1").await;
    let dead = Settled::Dead {
        failure: failure(),
        refund: true,
    };
    settle(outbox, dead).await;
    let (late, outbox, second) = card("c2").await;
    settle(outbox, Settled::Sent).await;
    let (opened, kept, third) = card("c3").await;
    settle(kept, Settled::Sent).await;
    let reached = Step::Reached(S::Opened);
    let reached = world
        .store
        .advance_handoff(world.brand, opened, reached, world.now());
    reached.await.unwrap();
    let failed = [outbox, kept].map(|outbox| Incoming::Failed {
        brand: world.brand,
        outbox,
        failure: failure(),
    });
    world.store.file_page(failed.into(), None).await.unwrap();
    // One commit each: a crash right after finds both.
    world.crash().await;
    for (id, seq, status) in [
        (refused, first, S::Failed),
        (late, second, S::Failed),
        (opened, third, S::Opened),
    ] {
        let row = world.store.handoff(world.brand, id).await.unwrap();
        assert_eq!(row.status, status);
        let thread = world
            .store
            .messages(world.brand, guest.conversation, seq - 1, None, false, 1);
        let message = thread.await.unwrap().remove(0);
        let Content::Handoff(card) = message.content else {
            panic!("a card");
        };
        assert_eq!(card.status == "failed", status == S::Failed);
        assert_eq!(message.failure, Some(failure()));
    }
}
