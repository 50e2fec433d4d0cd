//! No row of one brand can be read, changed, counted or inferred from another.

use kefu_domain::{
    Content, CustomerId, Failure, HandoffId, MediaId, MessageId, OutboxId, SpecialistId,
    session::{Command, Reason},
};

use super::{Guest, Place, World};
use crate::{
    Author, Called, Customer, Handoff, HandoffStatus, HandoffStep, HandoffTarget, Incoming,
    LineDraft, ListQuery, MediaRow, OutboxState, Outgoing, Source, StoreError,
};

#[expect(
    clippy::too_many_lines,
    reason = "one line or so per method of the store"
)]
pub(crate) async fn another_brand_sees_nothing(place: &dyn Place) {
    let ours = World::open(place).await;
    let theirs = ours.neighbour();
    // Something of everything.
    let agent = ours.agent();
    let (served, session, fence) = ours.serving(agent).await;
    let guest = ours.follower("wx").await;
    let outgoing = Outgoing {
        way: ours.way_outside(),
        ..ours.reply(guest, Author::System, "s1")
    };
    let outbox = outgoing.outbox;
    ours.store.send(outgoing).await.unwrap();
    let handoff = Handoff {
        id: HandoffId(ours.id()),
        brand: ours.brand,
        conversation: guest.conversation,
        customer: guest.customer,
        target: HandoffTarget::Specialist(SpecialistId(ours.id())),
        name: String::new(),
        title: String::new(),
        agent: None,
        seq: 0,
        config_id: None,
        status: HandoffStatus::Preparing,
        offered_at: 1,
        seen_at: None,
        opened_at: None,
        done_at: None,
        expires_at: 2,
    };
    ours.store.put_handoff(handoff.clone()).await.unwrap();
    let media = MediaRow {
        id: MediaId(ours.id()),
        brand: ours.brand,
        conversation: None,
        hash: String::new(),
        name: String::new(),
        mime: String::new(),
        size: 0,
        width: None,
        height: None,
        created_at: 0,
        named: true,
    };
    ours.store.put_media(media.clone()).await.unwrap();
    let (customer, brand) = (guest.customer, theirs.brand);
    let step = |title: &str| Source {
        title: title.to_owned(),
        ..Source::default()
    };
    ours.store
        .footstep(ours.brand, customer, step("ours"))
        .await
        .unwrap();
    let before = (
        ours.whole(guest.conversation).await,
        ours.whole(served.conversation).await,
    );

    let store = &theirs.store;
    let (id, message) = (
        guest.conversation,
        MessageId {
            conversation: guest.conversation,
            seq: 2,
        },
    );
    macro_rules! not_found {
        ($($call:expr;)+) => {$(
            assert_eq!($call.await.err(), Some(StoreError::NotFound), "{}", stringify!($call));
        )+};
    }
    macro_rules! empty {
        ($($call:expr;)+) => {$(
            assert!($call.await.unwrap().is_empty(), "{}", stringify!($call));
        )+};
    }
    let foreign = Guest { ..guest };
    let draft = LineDraft {
        agent: None,
        event: None,
        text: String::new(),
    };
    let mut renamed = Customer::default();
    renamed.card.id = customer;
    renamed.rev = 1;
    not_found! {
        store.conversation(brand, id);
        store.file(theirs.message(foreign, "k", "x"));
        store.resolve(brand, theirs.site, theirs.message(foreign, "", "").party, 1);
        store.send(theirs.reply(foreign, Author::System, "k"));
        store.note(brand, id, None, draft, 1);
        store.mention(brand, id, 1, vec![agent]);
        store.snooze(brand, id, None);
        store.customer_read(brand, id, 1);
        store.agent_read(brand, id, 1);
        store.recall(brand, message, None);
        store.amend(brand, message, Content::text("x"));
        store.set_source(brand, id, Source::default());
        theirs.apply(served, session, Command::End { fence: Some(fence), reason: Reason::Agent });
        theirs.apply(served, session, Command::Rate { score: 1, comment: None });
        store.session_conversation(brand, session);
        store.handoff(brand, handoff.id);
        store.advance_handoff(brand, handoff.id, HandoffStep::Reached(HandoffStatus::Added), 1);
        store.put_handoff(Handoff { brand, name: "x".to_owned(), ..handoff.clone() });
        store.resend(brand, outbox, OutboxId(77), 1);
        store.media(brand, media.id);
        store.customer(brand, customer);
        store.update_customer(brand, renamed);
        store.add_note(brand, customer, None, String::new(), 1);
        store.set_profile(brand, customer, Some(Called::Name("x".to_owned())), None, None, 1);
        store.footstep(brand, customer, step("theirs"));
    }
    empty! {
        store.conversations(brand, ListQuery { limit: 9, ..ListQuery::default() });
        store.conversations(brand, ListQuery { limit: 9, agent: Some(agent), ..ListQuery::default() });
        store.conversations(brand, ListQuery { limit: 9, customer: Some(customer), ..ListQuery::default() });
        store.messages(brand, id, 0, None, false, 9);
        store.changed(brand, id, 0, 9);
        store.lines(brand, id, 0, 9);
        store.mentions(brand, agent, 9);
        store.sessions(brand, served.conversation, 9);
        store.assignments(brand, session);
        store.assignments_since(brand, 0, None, 9);
        store.open_sessions(brand);
        store.handoffs(brand, customer);
        store.handoffs_by_target(brand, 0);
        store.handoff_tallies(brand);
        store.handoffs_by_agent(brand, 0, 1);
        store.outbox(brand, OutboxState::Pending, 9);
        store.find_customers(brand, "", None, 9);
        store.find_customers(brand, &customer.to_string(), None, 9);
        store.identities(brand, customer);
        store.notes(brand, customer);
        store.footsteps(brand, customer);
        store.setup(brand);
        store.agent_states(brand);
        store.search(brand, "first", 9);
    }
    assert_eq!(store.outbox_of(brand, message).await, Ok(None));
    assert_eq!(store.password(brand, agent).await, Ok(None));
    let identity = store.identity(brand, ours.platform, "upstream", "wx").await;
    assert_eq!(identity, Ok(None));
    // By way of a page, an intent, an agent's name.
    let failed = Incoming::Failed {
        brand,
        outbox,
        failure: Failure {
            code: "10".to_owned(),
            reason: String::new(),
        },
    };
    let recalled = Incoming::Recalled {
        brand,
        entry_point: ours.platform,
        key: "first of wx".to_owned(),
    };
    let page = store.file_page(vec![failed, recalled], None).await.unwrap();
    assert_eq!(page, [None, None]);
    store.sign_out_everywhere(brand, agent).await.unwrap();
    // The same address at the same platform is somebody else for another brand.
    let mut inbound = theirs.upstream("wx", "k1", "x");
    inbound.entry_point = ours.platform;
    let filed = store.file(inbound).await.unwrap();
    assert_ne!(filed.conversation, id);
    // Nothing of ours moved.
    assert_eq!(ours.whole(id).await, before.0);
    assert_eq!(ours.whole(served.conversation).await, before.1);
    assert_eq!(
        ours.store.handoff(ours.brand, handoff.id).await,
        Ok(handoff)
    );
    let steps = ours.store.footsteps(ours.brand, customer).await.unwrap();
    assert_eq!(steps, [step("ours")]);
    let missing = ours.store.customer(ours.brand, CustomerId(ours.id())).await;
    assert_eq!(missing, Err(StoreError::NotFound));
    let _ = OutboxId(0);
}
