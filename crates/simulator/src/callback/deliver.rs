//! The runner that empties a corp's line of callbacks: one at a time, so that their order stays,
//! with up to three retries of whatever is not answered 200 in time.

use std::sync::Arc;

use super::post::Sealed;
use super::xml::Doc;
use super::{Forgery, Next, Push, Seal, What};
use crate::sim::Sim;
use crate::traffic::{Record, Way};
use crate::world::corp::Callback;
use crate::world::{MINUTE, SECOND};

/// A doorbell's token may be used this long.
pub(crate) const BELL_LIFE: i64 = 10 * MINUTE;
/// What a doorbell's token begins with.
pub(crate) const BELL: &str = "ENC";

/// Runs until the task is dropped.
pub(crate) async fn run(sim: Arc<Sim>, corpid: String) {
    let Some(wake) = sim.with(|world| world.corps.get(&corpid).map(|corp| corp.lane.wake.clone()))
    else {
        return;
    };
    loop {
        match take(&sim, &corpid) {
            Next::Idle => wake.notified().await,
            Next::Swallowed(push) => {
                let mut record = Record::new(Way::Callback, &corpid, push.event());
                record.note = "fault: dropped".into();
                sim.record(record);
            }
            Next::Send(push, again) => {
                let Some(letter) = Letter::write(&sim, &corpid, push) else {
                    continue;
                };
                let mut seal = Seal::fresh(&sim);
                for time in 0..=again.times {
                    if time > 0 && !again.identical {
                        seal = Seal::fresh(&sim);
                    }
                    letter.deliver(&sim, seal, time > 0).await;
                }
            }
        }
    }
}

/// What the line of a corp or an app wants done next.
pub(super) fn take(sim: &Sim, owner: &str) -> Next {
    let now = sim.clock.now_ms();
    sim.with(|world| {
        let corp = world.corps.get_mut(owner).map(|corp| &mut corp.lane);
        let lane = corp.or_else(|| world.apps.get_mut(owner).map(|app| &mut app.lane));
        lane.map_or(Next::Idle, |lane| {
            lane.next(&mut world.faults, &mut world.later, owner, now)
        })
    })
}

/// A callback as it is sent, each time with the same words.
struct Letter {
    corpid: String,
    agentid: u32,
    to: Callback,
    event: String,
    plain: String,
    forgery: Option<Forgery>,
}

impl Letter {
    fn write(sim: &Sim, corpid: &str, push: Push) -> Option<Self> {
        let now = sim.clock.now_ms();
        let event = push.event().to_owned();
        sim.with(|world| {
            let corp = world.corps.get(corpid)?;
            let to = corp.callback()?;
            let agentid = corp.agentid;
            let (plain, forgery) = match push.what {
                What::Plain { xml, .. } => (xml, None),
                What::Forged { xml, how, .. } => (xml, Some(how)),
                // A corp's line holds no pushes of apps.
                What::App(_) => return None,
                What::Bell { open_kfid } => {
                    let subject = format!("{corpid} {open_kfid}");
                    let token = world.ids.mint(BELL, &subject, now + BELL_LIFE);
                    (bell(corpid, &open_kfid, &token, now / SECOND), None)
                }
            };
            Some(Self {
                corpid: corpid.to_owned(),
                agentid,
                to,
                event,
                plain,
                forgery,
            })
        })
    }

    async fn deliver(&self, sim: &Sim, mut seal: Seal, again: bool) {
        for attempt in 1..=sim.delivery.retries + 1 {
            let sealed = Sealed {
                corpid: &self.corpid,
                agentid: self.agentid,
                plain: &self.plain,
                seal,
                forgery: self.forgery,
            };
            let outcome = sim.poster.post(&self.to, sealed).await;
            let mut record = Record::new(Way::Callback, &self.corpid, &self.event);
            record.body = self.plain.clone();
            record.status = outcome.status;
            record.took_us = outcome.took.as_micros() as u64;
            record.attempt = attempt;
            record.note = match &outcome.error {
                Some(error) => error.clone(),
                None if again => "fault: once more".into(),
                None => String::new(),
            };
            sim.record(record);
            if outcome.is_ok() {
                return;
            }
            if attempt <= sim.delivery.retries {
                tokio::time::sleep(sim.delivery.pause).await;
                seal = Seal::fresh(sim);
            }
        }
    }
}

/// The plaintext of a doorbell.
fn bell(corpid: &str, open_kfid: &str, token: &str, now: i64) -> String {
    Doc::default()
        .text("ToUserName", corpid)
        .number("CreateTime", now)
        .text("MsgType", "event")
        .text("Event", "kf_msg_or_event")
        .text("Token", token)
        .text("OpenKfId", open_kfid)
        .finish()
}
