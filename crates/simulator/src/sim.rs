//! What every door shares: the world under its lock, the clock, the traffic, and the runners that
//! act by themselves (callbacks, things that are due later).

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use serde_json::json;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::callback::post::Poster;
use crate::callback::{Push, app, deliver};
use crate::clock::Clock;
use crate::config::{AppSpec, Assets, Config, CorpSpec, Delivery};
use crate::error::SimError;
use crate::news::{Hint, News};
use crate::traffic::{Record, Traffic};
use crate::world::World;
use crate::world::later::Task;

pub(crate) struct Sim {
    world: Mutex<World>,
    traffic: Mutex<Traffic>,
    runners: Mutex<Runners>,
    /// Rung when the clock was moved or something new is due.
    pub(crate) alarm: Notify,
    pub(crate) clock: Clock,
    pub(crate) news: News,
    pub(crate) poster: Poster,
    pub(crate) delivery: Delivery,
    pub(crate) assets: Assets,
    /// `http://127.0.0.1:port`
    pub(crate) base: String,
}

/// The tasks that empty the lines of corps and apps; they end with the simulator.
#[derive(Default)]
struct Runners {
    tasks: JoinSet<()>,
    owners: HashSet<String>,
    closed: bool,
}

impl Sim {
    pub(crate) fn new(config: &Config, base: String) -> Arc<Self> {
        let news = News::default();
        let world = World::new(
            config.seed,
            config.bounds.clone(),
            base.clone(),
            news.clone(),
        );
        Arc::new(Self {
            world: Mutex::new(world),
            traffic: Mutex::new(Traffic::new(
                config.bounds.traffic,
                config.bounds.traffic_body,
            )),
            runners: Mutex::default(),
            alarm: Notify::new(),
            clock: Clock::default(),
            news,
            poster: Poster::new(config.delivery.timeout),
            delivery: config.delivery,
            assets: config.assets.clone(),
            base,
        })
    }

    /// Works on the world under its lock; `work` must be quick and cannot wait.
    pub(crate) fn with<T>(&self, work: impl FnOnce(&mut World) -> T) -> T {
        work(&mut self.world.lock())
    }

    pub(crate) fn record(&self, record: Record) {
        self.traffic.lock().add(record, self.clock.now_ms());
        self.news.tell(|| Hint::Traffic);
    }

    pub(crate) fn with_traffic<T>(&self, work: impl FnOnce(&mut Traffic) -> T) -> T {
        work(&mut self.traffic.lock())
    }

    /// Makes or changes a corp and sees that its line of callbacks has a runner.
    pub(crate) fn set_up(self: &Arc<Self>, spec: CorpSpec) -> Result<String, SimError> {
        let corpid = self.with(|world| world.set_up(spec, self.clock.now_ms()))?;
        let mut runners = self.runners.lock();
        if !runners.closed && runners.owners.insert(corpid.clone()) {
            runners
                .tasks
                .spawn(deliver::run(self.clone(), corpid.clone()));
        }
        Ok(corpid)
    }

    /// Makes or changes an app and sees that its line of pushes has a runner.
    pub(crate) fn set_up_app(self: &Arc<Self>, spec: AppSpec) -> Result<String, SimError> {
        let appid = self.with(|world| world.set_up_app(spec, self.clock.now_ms()))?;
        let mut runners = self.runners.lock();
        if !runners.closed && runners.owners.insert(appid.clone()) {
            runners
                .tasks
                .spawn(app::deliver::run(self.clone(), appid.clone()));
        }
        Ok(appid)
    }

    /// Ends every runner; callbacks that wait are lost with the rest of the memory.
    pub(crate) fn close(&self) {
        let mut runners = self.runners.lock();
        runners.closed = true;
        runners.tasks.abort_all();
    }

    /// Starts what acts by the clock.
    pub(crate) fn keep_time(self: &Arc<Self>) {
        let sim = self.clone();
        self.runners.lock().tasks.spawn(async move {
            loop {
                let now = sim.clock.now_ms();
                let tasks = sim.with(|world| world.later.due(now));
                sim.perform(tasks);
                let wait = sim.with(|world| world.later.next_due()).map_or(
                    Duration::from_secs(3_600),
                    // Never a busy loop, however the clock jumps.
                    |due| Duration::from_millis((due - now).clamp(1, 3_600_000) as u64),
                );
                tokio::select! {
                    () = tokio::time::sleep(wait) => {}
                    () = sim.alarm.notified() => {}
                }
            }
        });
    }

    /// Does what was put off.
    pub(crate) fn perform(&self, tasks: Vec<Task>) {
        let now = self.clock.now_ms();
        self.with(|world| {
            for task in tasks {
                match task {
                    Task::Callback { owner, push } | Task::Again { appid: owner, push } => {
                        if let Some(lane) = world.lane(&owner) {
                            lane.push(Push {
                                settled: true,
                                ..push
                            });
                        }
                    }
                    Task::Release { owner } => {
                        if let Some(lane) = world.lane(&owner) {
                            lane.release();
                        }
                    }
                    Task::SendFail {
                        corpid,
                        open_kfid,
                        external_userid,
                        msgid,
                        fail_type,
                    } => {
                        let Ok(mut desk) = world.desk(Some(&corpid), now) else {
                            continue;
                        };
                        // An account that is gone by now has no log to tell it in.
                        let _ = desk.log_event(
                            &open_kfid,
                            json!({
                                "event_type": "msg_send_fail",
                                "external_userid": external_userid,
                                "fail_msgid": msgid,
                                "fail_type": fail_type,
                            }),
                        );
                    }
                }
            }
        });
    }
}
