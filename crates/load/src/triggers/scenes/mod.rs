//! The scenarios. Each plays its trigger over and over and leaves everyone free in between.

mod changed;
mod timeouts;

use serde_json::json;

use super::stage::Stage;
use changed::{limit_raised, rule_changed, skill_changed, team_changed};
use timeouts::{agent_disconnected, last_agent_waited_for, no_reply, offer_timed_out, overflow};

use crate::bench::PLAIN;
use crate::clock::Stop;
use crate::error::Result;
use crate::site::{Rules, Site};
use crate::stats::Timing;

type Scene = fn(&mut Site, usize, &mut Timing, &Stop) -> Result<()>;

/// Every trigger of an assignment, in the order in which they are played.
pub(super) const ALL: [(&str, Scene); 16] = [
    ("message_to_free_agent", message_to_free_agent),
    ("agent_online", agent_online),
    ("capacity_freed", capacity_freed),
    ("limit_raised", limit_raised),
    ("skill_changed", skill_changed),
    ("team_changed", team_changed),
    ("rule_changed", rule_changed),
    ("transfer", transfer),
    ("transfer_to_team", transfer_to_team),
    ("agent_left", agent_left),
    ("offer_declined", offer_declined),
    ("offer_timed_out", offer_timed_out),
    ("no_reply", no_reply),
    ("overflow", overflow),
    ("last_agent_waited_for", last_agent_waited_for),
    ("agent_disconnected", agent_disconnected),
];

/// A customer writes and an agent is free.
fn message_to_free_agent(
    site: &mut Site,
    n: usize,
    timing: &mut Timing,
    stop: &Stop,
) -> Result<()> {
    let mut stage = Stage::set(site, &PLAIN, 1, 8, 1, stop)?;
    stage.state(0, "online")?;
    for _ in 0..n {
        let at = stage.write(0)?;
        let shown = stage.assigned(0, 0)?;
        timing.record_ns(shown.at.saturating_sub(at));
        stage.close(&shown)?;
    }
    Ok(())
}

/// A customer waits and an agent comes online.
fn agent_online(site: &mut Site, n: usize, timing: &mut Timing, stop: &Stop) -> Result<()> {
    let mut stage = Stage::set(site, &PLAIN, 1, 8, 1, stop)?;
    stage.state(0, "offline")?;
    for _ in 0..n {
        stage.write(0)?;
        let at = stage.state(0, "online")?;
        let shown = stage.assigned(0, 0)?;
        timing.record_ns(shown.at.saturating_sub(at));
        stage.close(&shown)?;
        stage.state(0, "offline")?;
    }
    Ok(())
}

/// A full agent ends one session while another customer waits.
fn capacity_freed(site: &mut Site, n: usize, timing: &mut Timing, stop: &Stop) -> Result<()> {
    let mut stage = Stage::set(site, &PLAIN, 1, 1, 2, stop)?;
    stage.state(0, "online")?;
    stage.write(0)?;
    let mut served = stage.assigned(0, 0)?;
    for _ in 0..n {
        let waiting = 1 - served.visitor;
        stage.write(waiting)?;
        let at = stage.close(&served)?;
        served = stage.assigned(0, waiting)?;
        timing.record_ns(served.at.saturating_sub(at));
    }
    stage.close(&served).map(drop)
}

/// An agent hands a session to a colleague.
fn transfer(site: &mut Site, n: usize, timing: &mut Timing, stop: &Stop) -> Result<()> {
    let mut stage = Stage::set(site, &PLAIN, 2, 8, 1, stop)?;
    stage.state(0, "online")?;
    stage.write(0)?;
    let mut shown = stage.assigned(0, 0)?;
    stage.state(1, "online")?;
    for _ in 0..n {
        let (session, fence) = (&shown.session_id, shown.fence);
        let other = 1 - shown.agent;
        let to = &stage.agents[other];
        let frame = json!({
            "op": "transfer", "session_id": session, "fence": fence, "to_servicer_userid": to,
        });
        let at = stage.ask(shown.agent, frame)?;
        shown = stage.assigned(other, 0)?;
        timing.record_ns(shown.at.saturating_sub(at));
    }
    stage.close(&shown).map(drop)
}

/// An agent hands a session to another team, where somebody is free.
fn transfer_to_team(site: &mut Site, n: usize, timing: &mut Timing, stop: &Stop) -> Result<()> {
    let mut stage = Stage::set(site, &PLAIN, 2, 8, 1, stop)?;
    let teams = [stage.site.team_id.clone(), stage.site.new_team("transfer")?];
    stage.change_agent(1, &json!({ "team_ids": [teams[1]] }))?;
    stage.state(0, "online")?;
    stage.state(1, "online")?;
    stage.write(0)?;
    let mut shown = stage.assigned(0, 0)?;
    for _ in 0..n {
        let (session, fence) = (&shown.session_id, shown.fence);
        let other = 1 - shown.agent;
        let frame = json!({
            "op": "transfer", "session_id": session, "fence": fence, "to_team_id": teams[other],
        });
        let at = stage.ask(shown.agent, frame)?;
        shown = stage.assigned(other, 0)?;
        timing.record_ns(shown.at.saturating_sub(at));
    }
    stage.close(&shown).map(drop)
}

/// An agent goes offline without having answered; the customer goes back to the queue and on to a
/// colleague.
fn agent_left(site: &mut Site, n: usize, timing: &mut Timing, stop: &Stop) -> Result<()> {
    let mut stage = Stage::set(site, &PLAIN, 2, 8, 1, stop)?;
    for _ in 0..n {
        stage.state(1, "busy")?;
        stage.state(0, "online")?;
        stage.write(0)?;
        stage.assigned(0, 0)?;
        stage.state(1, "online")?;
        let at = stage.state(0, "offline")?;
        let shown = stage.assigned(1, 0)?;
        timing.record_ns(shown.at.saturating_sub(at));
        stage.close(&shown)?;
    }
    Ok(())
}

/// An agent declines an offer; the next is offered it.
fn offer_declined(site: &mut Site, n: usize, timing: &mut Timing, stop: &Stop) -> Result<()> {
    let rules = Rules {
        accept_timeout_s: Some(60),
        ..PLAIN
    };
    let mut stage = Stage::set(site, &rules, 2, 8, 1, stop)?;
    stage.state(0, "online")?;
    stage.state(1, "online")?;
    for _ in 0..n {
        stage.write(0)?;
        let first = stage.offered(&[0, 1], 0)?;
        let other = 1 - first.agent;
        let decline = json!({ "op": "decline", "session_id": first.session_id });
        let at = stage.ask(first.agent, decline)?;
        let second = stage.offered(&[other], 0)?;
        timing.record_ns(second.at.saturating_sub(at));
        accept_and_close(&mut stage, other, &second.session_id)?;
    }
    Ok(())
}

fn accept_and_close(stage: &mut Stage<'_>, agent: usize, session_id: &str) -> Result<()> {
    stage.ask(agent, json!({ "op": "accept", "session_id": session_id }))?;
    let shown = stage.assigned(agent, 0)?;
    stage.close(&shown).map(drop)
}
