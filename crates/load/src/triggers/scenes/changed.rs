//! Somebody changes who may take whom, while a customer waits.

use serde_json::json;

use crate::bench::PLAIN;
use crate::clock::Stop;
use crate::error::Result;
use crate::site::{Rules, Site};
use crate::stats::Timing;
use crate::triggers::stage::Stage;

/// A full agent's limit is raised while a customer waits.
pub(super) fn limit_raised(
    site: &mut Site,
    n: usize,
    timing: &mut Timing,
    stop: &Stop,
) -> Result<()> {
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
pub(super) fn skill_changed(
    site: &mut Site,
    n: usize,
    timing: &mut Timing,
    stop: &Stop,
) -> Result<()> {
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

/// The account no longer asks for the skill that nobody has.
pub(super) fn rule_changed(
    site: &mut Site,
    n: usize,
    timing: &mut Timing,
    stop: &Stop,
) -> Result<()> {
    let strict = Rules {
        required_skills: vec!["tea".into()],
        ..PLAIN
    };
    let mut stage = Stage::set(site, &strict, 1, 8, 1, stop)?;
    stage.state(0, "online")?;
    for _ in 0..n {
        stage.write(0)?;
        let at = stage.now();
        stage.site.change_rules(&PLAIN)?;
        let shown = stage.assigned(0, 0)?;
        timing.record_ns(shown.at.saturating_sub(at));
        stage.close(&shown)?;
        stage.site.change_rules(&strict)?;
    }
    Ok(())
}

/// An agent joins the team that a customer waits for.
pub(super) fn team_changed(
    site: &mut Site,
    n: usize,
    timing: &mut Timing,
    stop: &Stop,
) -> Result<()> {
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
