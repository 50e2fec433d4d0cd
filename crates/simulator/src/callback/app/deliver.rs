//! The runner that empties an app's line. Several people are told side by side; what one person
//! does stays in its order. An official account and a mini-program get three tries at once, a
//! shop ten over three and a half hours of the platform's time.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::AppPush;
use super::answer::{Answer, read};
use super::request::{Outgoing, plaintext};
use crate::callback::{Again, Next, Push, Seal, What};
use crate::config::AppKind;
use crate::sim::Sim;
use crate::traffic::{Record, Way};
use crate::world::later::Task;
use crate::world::people::{Line, Side};
use crate::world::{MINUTE, SECOND};

/// How many people are told at the same time.
const LANES: usize = 16;
/// How many pushes wait in one of these lanes; the line behind them waits in the app.
const ROOM: usize = 64;
/// How often an official account or a mini-program is told in all.
const TRIES: u32 = 3;
/// The pauses before a shop is told again; ten times in all.
const SHOP_PLAN: [i64; 9] = [
    0,
    0,
    10 * SECOND,
    MINUTE,
    5 * MINUTE,
    30 * MINUTE,
    60 * MINUTE,
    60 * MINUTE,
    60 * MINUTE,
];

/// Runs until the task is dropped.
pub(crate) async fn run(sim: Arc<Sim>, appid: String) {
    let Some(wake) = sim.with(|world| world.lane(&appid).map(|lane| lane.wake.clone())) else {
        return;
    };
    let mut tasks = JoinSet::new();
    let lanes: Vec<mpsc::Sender<(AppPush, Again)>> = (0..LANES)
        .map(|_| {
            let (sender, mut waiting) = mpsc::channel::<(AppPush, Again)>(ROOM);
            let (sim, appid) = (sim.clone(), appid.clone());
            tasks.spawn(async move {
                while let Some((push, again)) = waiting.recv().await {
                    let mut seal = Seal::fresh(&sim);
                    for time in 0..=again.times {
                        if time > 0 && !again.identical {
                            seal = Seal::fresh(&sim);
                        }
                        deliver(&sim, &appid, push.clone(), seal, time > 0).await;
                    }
                }
            });
            sender
        })
        .collect();
    loop {
        match crate::callback::deliver::take(&sim, &appid) {
            Next::Idle => wake.notified().await,
            Next::Swallowed(push) => {
                let mut record = Record::new(Way::Callback, &appid, push.event());
                record.note = "fault: dropped".into();
                sim.record(record);
            }
            Next::Send(push, again) => {
                let What::App(push) = push.what else { continue };
                let mut hasher = DefaultHasher::new();
                push.openid.hash(&mut hasher);
                let lane = (hasher.finish() % LANES as u64) as usize;
                if lanes[lane].send((push, again)).await.is_err() {
                    return;
                }
            }
        }
    }
}

/// Tells the gateway, as often as the platform does.
async fn deliver(sim: &Sim, appid: &str, mut push: AppPush, mut seal: Seal, again: bool) {
    loop {
        match attempt(sim, appid, &push, seal, again).await {
            None | Some((_, None)) => return,
            Some((AppKind::Shop, _)) => return try_later(sim, appid, push),
            Some(_) if push.attempt < TRIES => {
                push.attempt += 1;
                seal = Seal::fresh(sim);
            }
            Some(_) => break,
        }
    }
    if !push.answered {
        return;
    }
    sim.with(|world| {
        if let Ok(mut desk) = world.app_desk(Some(appid), sim.clock.now_ms()) {
            let words = desk.app.out_of_service();
            desk.tip(&push.openid, words);
        }
    });
}

/// Puts a shop's push off to its next time, if it has one left.
fn try_later(sim: &Sim, appid: &str, mut push: AppPush) {
    let Some(pause) = SHOP_PLAN.get(push.attempt as usize - 1) else {
        return;
    };
    push.attempt += 1;
    let task = Task::Again {
        appid: appid.to_owned(),
        push: Push {
            what: What::App(push),
            settled: true,
        },
    };
    sim.with(|world| world.later.at(sim.clock.now_ms() + pause, task));
    sim.alarm.notify_one();
}

/// One request; answers why it failed, if it did. Nothing when there is nowhere to send it.
async fn attempt(
    sim: &Sim,
    appid: &str,
    push: &AppPush,
    seal: Seal,
    again: bool,
) -> Option<(AppKind, Option<String>)> {
    let to = sim.with(|world| world.apps.get(appid)?.push_to())?;
    let outgoing = Outgoing {
        to: &to,
        openid: &push.openid,
        packet: &push.packet,
        seal,
        forgery: push.forgery,
    };
    let outcome = sim.poster.push(outgoing.request()).await;
    let mut record = Record::new(Way::Callback, appid, &push.event);
    record.body = plaintext(&to, &push.packet);
    record.status = outcome.status;
    record.took_us = outcome.took.as_micros() as u64;
    record.attempt = push.attempt;
    let mut failed = outcome.error.clone();
    if failed.is_none() && !outcome.is_ok() {
        failed = Some("not 200".into());
    }
    if failed.is_none() {
        match read(&to, &push.openid, &outcome.body) {
            Answer::Silence => {}
            Answer::Garbage(why) => failed = Some(format!("unreadable answer: {why}")),
            Answer::Transfer => {
                record.note = "passive reply: transfer_customer_service".into();
                show(sim, appid, push, None);
            }
            Answer::Reply(body) => {
                let msgtype = body["msgtype"].as_str().unwrap_or_default();
                record.note = format!("passive reply: {msgtype}");
                show(sim, appid, push, Some(body.to_string()));
            }
        }
    }
    match &failed {
        Some(why) => record.note.clone_from(why),
        None if again && record.note.is_empty() => record.note = "fault: once more".into(),
        None => {}
    }
    sim.record(record);
    Some((to.kind, failed))
}

/// Shows a passive reply on the phone.
fn show(sim: &Sim, appid: &str, push: &AppPush, body: Option<String>) {
    let now = sim.clock.now_ms();
    sim.with(|world| {
        let Ok(mut desk) = world.app_desk(Some(appid), now) else {
            return;
        };
        match body {
            Some(body) => {
                let msgid = desk.ids.make("", 32);
                let line = Line::new(now, Side::Them, body.into()).from(&msgid);
                desk.show(&push.openid, line);
            }
            None => desk.tip(&push.openid, "正在转接人工客服"),
        }
    });
}
