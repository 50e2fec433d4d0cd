//! The scenarios. Each plays its trigger over and over and leaves everyone free in between.

use std::time::Duration;

use serde_json::json;

use super::stage::Stage;
use crate::bench::PLAIN;
use crate::clock::Stop;
use crate::error::Result;
use crate::site::{Rules, Site};
use crate::stats::Timing;

type Scene = fn(&mut Site, usize, &mut Timing, &Stop) -> Result<()>;

/// Every trigger of an assignment, in the order in which they are played.
pub(super) const ALL: [(&str, Scene); 10] = [
    ("message_to_free_agent", message_to_free_agent),
    ("agent_online", agent_online),
    ("capacity_freed", capacity_freed),
    ("limit_raised", limit_raised),
    ("skill_changed", skill_changed),
    ("team_changed", team_changed),
    ("transfer", transfer),
    ("offer_declined", offer_declined),
    ("offer_timed_out", offer_timed_out),
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

/// A full agent's limit is raised while a customer waits.
fn limit_raised(site: &mut Site, n: usize, timing: &mut Timing, stop: &Stop) -> Result<()> {
    let mut stage = Stage::set(site, &PLAIN, 1, 1, 2, stop)?;
    stage.state(0, "online")?;
    for _ in 0..n {
        stage.write(0)?;
        let first = stage.assigned(0, 0)?;
        stage.write(1)?;
        let at = stage.change_agent(0, &json!({ "limit": 2 }))?;
        let second = stage.assigned(0, 1)?;
        timing.record_ns(second.at.saturating_sub(at));
        stage.close(&first)?;
        stage.close(&second)?;
        stage.change_agent(0, &json!({ "limit": 1 }))?;
    }
    Ok(())
}

/// An agent gains the skill that a waiting customer needs.
fn skill_changed(site: &mut Site, n: usize, timing: &mut Timing, stop: &Stop) -> Result<()> {
    let rules = Rules {
        required_skills: vec!["tea".into()],
        ..PLAIN
    };
    let mut stage = Stage::set(site, &rules, 1, 8, 1, stop)?;
    stage.state(0, "online")?;
    for _ in 0..n {
        stage.write(0)?;
        let at = stage.change_agent(0, &json!({ "skills": ["tea"] }))?;
        let shown = stage.assigned(0, 0)?;
        timing.record_ns(shown.at.saturating_sub(at));
        stage.close(&shown)?;
        stage.change_agent(0, &json!({ "skills": [] }))?;
    }
    Ok(())
}

/// An agent joins the team that a customer waits for.
fn team_changed(site: &mut Site, n: usize, timing: &mut Timing, stop: &Stop) -> Result<()> {
    let mut stage = Stage::set(site, &PLAIN, 1, 8, 1, stop)?;
    stage.state(0, "online")?;
    let team = stage.site.team_id.clone();
    for _ in 0..n {
        stage.change_agent(0, &json!({ "team_ids": [] }))?;
        stage.write(0)?;
        let at = stage.change_agent(0, &json!({ "team_ids": [team] }))?;
        let shown = stage.assigned(0, 0)?;
        timing.record_ns(shown.at.saturating_sub(at));
        stage.close(&shown)?;
    }
    Ok(())
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

/// An agent lets an offer lapse; the next is offered it. Timed from the end of the offer.
fn offer_timed_out(site: &mut Site, n: usize, timing: &mut Timing, stop: &Stop) -> Result<()> {
    let rules = Rules {
        accept_timeout_s: Some(1),
        ..PLAIN
    };
    let mut stage = Stage::set(site, &rules, 2, 8, 1, stop)?;
    stage.state(0, "online")?;
    stage.state(1, "online")?;
    for _ in 0..n.min(20) {
        stage.write(0)?;
        let first = stage.offered(&[0, 1], 0)?;
        let other = 1 - first.agent;
        let lapsed = stage.instant_of(first.offer_expires_at.unwrap_or(0));
        let second = stage.offered(&[other], 0)?;
        timing.record_ns(second.at.saturating_sub(lapsed));
        accept_and_close(&mut stage, other, &second.session_id)?;
    }
    Ok(())
}

fn accept_and_close(stage: &mut Stage<'_>, agent: usize, session_id: &str) -> Result<()> {
    stage.ask(agent, json!({ "op": "accept", "session_id": session_id }))?;
    let shown = stage.assigned(agent, 0)?;
    stage.close(&shown).map(drop)
}

/// An agent's console vanishes; its customers, who had the last word, go to a colleague. Timed from
/// the break, so the grace for coming back is inside.
fn agent_disconnected(site: &mut Site, n: usize, timing: &mut Timing, stop: &Stop) -> Result<()> {
    let customers = n.min(30);
    let mut stage = Stage::set(site, &PLAIN, 2, 60, customers, stop)?;
    stage.state(0, "online")?;
    for visitor in 0..customers {
        stage.write(visitor)?;
        stage.assigned(0, visitor)?;
    }
    stage.state(1, "online")?;
    let at = stage.crash(0);
    for visitor in 0..customers {
        let shown = stage.assigned_within(1, visitor, Duration::from_secs(75))?;
        timing.record_ns(shown.at.saturating_sub(at));
        stage.close(&shown)?;
    }
    Ok(())
}
