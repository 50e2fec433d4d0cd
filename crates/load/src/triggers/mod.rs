//! From each thing that can end a wait to the assignment that it causes, as the agent sees it: one
//! scenario per trigger, each with a door, agents and visitors of its own.

mod pace;
mod scenes;
mod stage;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::bench::{PLAIN, Target, reach};
use crate::clock::Stop;
use crate::error::{Error, Result};
use crate::stats::Timing;

/// What the scenarios found.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Always `triggers`.
    pub workload: &'static str,
    /// The gateway's version, as it tells it.
    pub version: Option<String>,
    /// Trigger → assignment (or offer) seen by the agent.
    pub triggers: BTreeMap<&'static str, Timing>,
    /// Scenarios that could not be played to their end, and why.
    pub failed: BTreeMap<&'static str, String>,
}

/// Plays every scenario `repeats` times (those that must wait for time-outs fewer times).
///
/// # Errors
/// When the gateway cannot be prepared, or on interrupt.
pub fn run(target: &Target, repeats: usize, stop: &Stop) -> Result<Report> {
    let (gateway, mut site) = reach(target, &PLAIN, stop)?;
    let mut report = Report {
        workload: "triggers",
        version: site.version.clone(),
        triggers: BTreeMap::new(),
        failed: BTreeMap::new(),
    };
    for (name, scene) in scenes::ALL {
        let mut timing = Timing::default();
        match scene(&mut site, repeats, &mut timing, stop) {
            Ok(()) => {}
            Err(Error::Interrupted) => return Err(Error::Interrupted),
            Err(error) => {
                report.failed.insert(name, error.to_string());
            }
        }
        if timing.count() > 0 {
            report.triggers.insert(name, timing);
        }
    }
    drop(gateway);
    Ok(report)
}
