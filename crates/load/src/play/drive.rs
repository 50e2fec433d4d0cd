//! The loop: an open-loop schedule over the event loop, reconnects, heartbeats, and the few reads
//! over HTTP that resuming needs.

use std::time::Duration;

use super::agent::Agent;
use super::customer::Customer;
use super::fleet::{self, Fleet, NS_PER_S};
use super::meter::Meter;
use crate::check::SeenBy;
use crate::clock::Stop;
use crate::error::{Error, Result};
use crate::readback::stored_message;
use crate::site::Site;
use crate::wire::epoll::{Net, source_address};

const TICK: u64 = NS_PER_S / 20;
const HEARTBEAT: u64 = 12 * NS_PER_S;
/// Handshakes under way at once.
const OPENING: usize = 64;
/// Scheduled messages sent between two looks at the network.
const BURST: usize = 256;

/// What to do for how long.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Customer messages a second.
    pub rate: f64,
    /// Seconds before the measured window.
    pub warmup_s: f64,
    /// Seconds of the measured window.
    pub seconds: f64,
}

/// Runs the schedule; the players' meter is the measured window's afterwards. `meanwhile` is called
/// twenty times a second with the time since the start, for faults and readings; when it says false,
/// the run ends early.
///
/// # Errors
/// When interrupted, or when the loop itself fails.
pub fn drive(
    net: &mut Net,
    fleet: &mut Fleet,
    site: &mut Site,
    pace: Pace,
    stop: &Stop,
    mut meanwhile: impl FnMut(&mut Fleet, &mut Site, Duration) -> Result<bool>,
) -> Result<()> {
    let start = net.now();
    let at = |seconds: f64| start + (seconds * NS_PER_S as f64) as u64;
    let (from, until) = (at(pace.warmup_s), at(pace.warmup_s + pace.seconds));
    fleet.meter = Meter::new(from, until);
    let interval = NS_PER_S as f64 / pace.rate;
    let mut scheduled = 0u64;
    let mut tick_at = start;
    loop {
        let now = net.now();
        let mut due = start + (scheduled as f64 * interval) as u64;
        for _ in 0..BURST {
            if due > now || due >= until {
                break;
            }
            let customer = (scheduled % fleet.customers.len() as u64) as u32;
            fleet.schedule(net, customer, due);
            scheduled += 1;
            due = start + (scheduled as f64 * interval) as u64;
        }
        fleet.speak_outside();
        if now >= tick_at {
            stop.check()?;
            tick(net, fleet, site)?;
            if !meanwhile(fleet, site, Duration::from_nanos(now - start))? {
                fleet.meter.until = now.min(until);
                return Ok(());
            }
            tick_at = now + TICK;
        }
        // A loop that fell behind still sends everything that was due: the load is what was asked.
        if now >= until && due >= until {
            return Ok(());
        }
        let wait = due.min(tick_at).min(until).saturating_sub(net.now());
        net.turn(Duration::from_nanos(wait), fleet)?;
    }
}

/// Goes on without new messages until `done` or for at most `at_most`; tells whether it was done.
///
/// # Errors
/// When interrupted, or when the loop itself fails.
pub fn drain(
    net: &mut Net,
    fleet: &mut Fleet,
    site: &mut Site,
    at_most: Duration,
    stop: &Stop,
    done: impl Fn(&Fleet) -> bool,
) -> Result<bool> {
    let end = net.now() + at_most.as_nanos() as u64;
    loop {
        stop.check()?;
        tick(net, fleet, site)?;
        if done(fleet) {
            return Ok(true);
        }
        let now = net.now();
        if now >= end {
            return Ok(false);
        }
        let tick_at = now + TICK;
        while net.now() < tick_at {
            let wait = tick_at.saturating_sub(net.now());
            net.turn(Duration::from_nanos(wait), fleet)?;
        }
    }
}

fn tick(net: &mut Net, fleet: &mut Fleet, site: &mut Site) -> Result<()> {
    fleet.hear_outside(net.now())?;
    reconnect(net, fleet, site)?;
    fleet.pump_held_customers(net);
    fleet.tend_agents(net);
    fetch(net, fleet, site);
    let quiet = net.now().saturating_sub(HEARTBEAT);
    for conn in net.silent_since(quiet) {
        net.send(conn, |out| out.extend_from_slice(br#"{"op":"ping"}"#));
    }
    Ok(())
}

fn reconnect(net: &mut Net, fleet: &mut Fleet, site: &mut Site) -> Result<()> {
    let now = net.now();
    let opening = |fleet: &Fleet| {
        let customers = fleet
            .customers
            .iter()
            .filter(|c| c.conn.is_some() && !c.live)
            .count();
        customers
            + fleet
                .agents
                .iter()
                .filter(|a| a.conn.is_some() && !a.online)
                .count()
    };
    let mut room = OPENING.saturating_sub(opening(fleet));
    for number in 0..fleet.agents.len() {
        let Agent {
            conn, reconnect_at, ..
        } = &fleet.agents[number];
        if conn.is_some() || *reconnect_at > now || room == 0 {
            continue;
        }
        room -= 1;
        let ticket = site.ticket(&fleet.agents[number].id);
        let agent = &mut fleet.agents[number];
        match ticket {
            Ok(ticket) => {
                agent.ticket = ticket;
                let source = source_address(10_000 + number);
                let tag = fleet::agent_tag(number);
                agent.conn = net
                    .connect(site.target, source, "/v1/agent/socket", tag)
                    .ok();
            }
            Err(Error::Io { .. }) => {}
            Err(error) => return Err(error),
        }
        if agent.conn.is_none() {
            agent.reconnect_at = now + NS_PER_S / 4;
        }
    }
    for number in 0..fleet.customers.len() {
        let Customer {
            conn, reconnect_at, ..
        } = &fleet.customers[number];
        if conn.is_some() || *reconnect_at > now || room == 0 {
            continue;
        }
        room -= 1;
        let tag = fleet::customer_tag(number);
        let source = source_address(number);
        let conn = net.connect(site.target, source, "/v1/visitor/socket", tag);
        let customer = &mut fleet.customers[number];
        customer.conn = conn.ok();
        if customer.conn.is_none() {
            customer.reconnect_at = now + NS_PER_S / 4;
        }
    }
    Ok(())
}

/// Reads what snapshots announced and no frame brought. A failed read is tried again when the next
/// card announces more.
fn fetch(net: &mut Net, fleet: &mut Fleet, site: &mut Site) {
    for number in 0..fleet.agents.len() {
        for place in std::mem::take(&mut fleet.agents[number].to_fetch) {
            let conversation = &fleet.conversations[place as usize];
            let id = conversation.id.clone();
            // A session is far shorter than this.
            let after = conversation.announced.0.saturating_sub(150);
            let path = format!("/v1/conversations/{id}/messages?after_seq={after}&limit=200");
            let Ok(page) = site.admin.get(&path) else {
                continue;
            };
            let at = net.now();
            fleet.fetched += 1;
            for row in page["messages"].as_array().into_iter().flatten() {
                let stored = stored_message(site.run, row);
                let op = match stored.found {
                    crate::body::Found::Op(op) => op,
                    _ => crate::check::Seen::NO_OP,
                };
                let message = fleet::Message {
                    seq: stored.seq,
                    rev: 0,
                    origin: stored.origin,
                    op,
                    conversation_id: id.as_bytes(),
                    session_id: row["session_id"].as_str().unwrap_or_default().as_bytes(),
                };
                fleet.take_message(net, number as u32, &message, SeenBy::Fetch, at);
            }
        }
    }
}
