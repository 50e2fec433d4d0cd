//! What time alone brings about: each timed from the instant at which it was due.

use std::time::Duration;

use serde_json::json;

use super::accept_and_close;
use crate::bench::PLAIN;
use crate::clock::Stop;
use crate::error::Result;
use crate::site::{Rules, Site};
use crate::stats::Timing;
use crate::triggers::stage::Stage;

/// Scenes that wait a second each are played so often at most.
const WAITS: usize = 20;

/// An agent lets an offer lapse; the next is offered it. Timed from the end of the offer.
pub(super) fn offer_timed_out(
    site: &mut Site,
    n: usize,
    timing: &mut Timing,
    stop: &Stop,
) -> Result<()> {
    let rules = Rules {
        accept_timeout_s: Some(1),
        ..PLAIN
    };
    let mut stage = Stage::set(site, &rules, 2, 8, 1, stop)?;
    stage.state(0, "online")?;
    stage.state(1, "online")?;
    for _ in 0..n.min(WAITS) {
        stage.write(0)?;
        let first = stage.offered(&[0, 1], 0)?;
        let other = 1 - first.agent;
        let lapsed = stage.instant_of(first.offer_expires_at.unwrap_or(0));
        let second = stage.offered(&[other], 0)?;
        timing.record_ns(second.at.saturating_sub(lapsed));
        // Who lets offers lapse one after the other is set to busy until they say that they are back.
        stage.state(first.agent, "online")?;
        accept_and_close(&mut stage, other, &second.session_id)?;
    }
    Ok(())
}

/// An agent leaves a customer without an answer; they go to a colleague.
pub(super) fn no_reply(site: &mut Site, n: usize, timing: &mut Timing, stop: &Stop) -> Result<()> {
    let rules = Rules {
        reply_timeout_s: Some(1),
        ..PLAIN
    };
    let mut stage = Stage::set(site, &rules, 2, 8, 1, stop)?;
    stage.state(0, "online")?;
    for _ in 0..n.min(WAITS) {
        stage.state(1, "busy")?;
        stage.write(0)?;
        let first = stage.assigned(0, 0)?;
        stage.state(1, "online")?;
        let due = stage.instant_of(first.assigned_at + 1_000);
        let second = stage.assigned(1, 0)?;
        timing.record_ns(second.at.saturating_sub(due));
        stage.close(&second)?;
    }
    Ok(())
}

/// A customer has waited long enough in a team where nobody is; another team takes over.
pub(super) fn overflow(site: &mut Site, n: usize, timing: &mut Timing, stop: &Stop) -> Result<()> {
    let mut stage = Stage::set(site, &PLAIN, 1, 8, 1, stop)?;
    let other = stage.site.new_team("overflow")?;
    stage.change_agent(0, &json!({ "team_ids": [other] }))?;
    stage
        .site
        .change_team(&json!({ "overflow": [{ "team_id": other, "after_s": 1 }] }))?;
    stage.state(0, "online")?;
    for _ in 0..n.min(WAITS) {
        stage.write(0)?;
        let shown = stage.assigned(0, 0)?;
        let due = stage.instant_of(shown.enqueued_at + 1_000);
        timing.record_ns(shown.at.saturating_sub(due));
        stage.close(&shown)?;
    }
    Ok(())
}

/// A customer has waited long enough for the agent of last time, who is full; a colleague takes over.
pub(super) fn last_agent_waited_for(
    site: &mut Site,
    n: usize,
    timing: &mut Timing,
    stop: &Stop,
) -> Result<()> {
    let rules = Rules {
        last_agent_wait_s: Some(1),
        ..PLAIN
    };
    let mut stage = Stage::set(site, &rules, 2, 1, 2, stop)?;
    stage.state(0, "online")?;
    for _ in 0..n.min(WAITS) {
        stage.state(1, "busy")?;
        stage.write(0)?;
        let before = stage.assigned(0, 0)?;
        stage.close(&before)?;
        stage.write(1)?;
        let other = stage.assigned(0, 1)?;
        stage.state(1, "online")?;
        stage.write(0)?;
        let shown = stage.assigned(1, 0)?;
        let due = stage.instant_of(shown.enqueued_at + 1_000);
        timing.record_ns(shown.at.saturating_sub(due));
        stage.close(&shown)?;
        stage.close(&other)?;
    }
    Ok(())
}

/// An agent's console vanishes; its customers, who had the last word, go to a colleague. Timed from
/// the break, so the grace for coming back is inside.
pub(super) fn agent_disconnected(
    site: &mut Site,
    n: usize,
    timing: &mut Timing,
    stop: &Stop,
) -> Result<()> {
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
