//! One call, from its arrival to its record: faults, access token and limits before the handler, and
//! whether the answer arrives after it.

use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};

use super::refusal::Refusal;
use super::{Answer, Owner, Params, token};
use crate::sim::Sim;
use crate::traffic::{Record, Way};
use crate::world::fault::{Kind, means};
use crate::world::quota::{APP_LIMITS, DOCUMENTED, Over};

/// One call, from its arrival to its record.
pub(crate) struct Visit<'a> {
    sim: &'a Sim,
    path: &'a str,
    start: Instant,
    pub(crate) record: Record,
    /// The corp or app whose limits it counts against, once it is in.
    inside: Option<String>,
    /// Refusals read as those of official accounts do.
    pub(crate) for_app: bool,
}

impl<'a> Visit<'a> {
    pub(crate) fn new(sim: &'a Sim, path: &'a str, params: &Params) -> Self {
        let mut record = Record::new(Way::Call, "", path);
        let mut query: Vec<String> = params
            .iter()
            .filter(|(name, _)| !matches!(name.as_str(), "access_token" | "corpsecret"))
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        query.sort();
        record.query = query.join("&");
        Self {
            sim,
            path,
            start: Instant::now(),
            record,
            inside: None,
            for_app: false,
        }
    }

    /// Faults, token and limits, in the platform's order. The error is the finished response.
    pub(crate) async fn admit(&mut self, params: &Params) -> Result<Owner, Box<Response>> {
        self.faults().await?;
        let now = self.sim.clock.now_ms();
        let path = self.path;
        let sim = self.sim;
        let admitted = sim.with(|world| {
            let (owner, alive) = token::owner_of(world, params.get("access_token"), now)?;
            self.for_app = matches!(owner, Owner::App(_));
            owner.id().clone_into(&mut self.record.corpid);
            alive?;
            if let Owner::App(appid) = &owner
                && world.apps.get(appid).is_some_and(|app| app.denies(path))
            {
                return Err(Refusal::of(48001));
            }
            let documented = if self.for_app { APP_LIMITS } else { DOCUMENTED };
            let entered = world.quotas.enter(owner.id(), path, documented, now);
            entered.map(|()| owner).map_err(|over| match over {
                Over::Rate if self.for_app => Refusal::of(45011),
                Over::Rate | Over::Day => Refusal::of(45009),
                Over::Concurrency => Refusal::of(45033),
            })
        });
        match admitted {
            Ok(owner) => {
                self.inside = Some(owner.id().to_owned());
                Ok(owner)
            }
            Err(refusal) => Err(Box::new(self.refuse(&refusal))),
        }
    }

    /// Faults that strike before anything is done.
    pub(crate) async fn faults(&mut self) -> Result<(), Box<Response>> {
        let path = self.path;
        let delay = self.strike(|kind| match kind {
            Kind::Delay { path: pattern, ms } if means(pattern, path) => Some(*ms),
            _ => None,
        });
        if let Some(ms) = delay {
            self.record.note = format!("fault: {ms} ms later");
            tokio::time::sleep(Duration::from_millis(ms)).await;
        }
        let status = self.strike(|kind| match kind {
            Kind::Http {
                path: pattern,
                status,
            } if means(pattern, path) => Some(*status),
            _ => None,
        });
        if let Some(status) = status {
            self.record.note = "fault".into();
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
            return Err(Box::new(self.http(status)));
        }
        let code = self.strike(|kind| match kind {
            Kind::Errcode {
                path: pattern,
                code,
            } if means(pattern, path) => Some(*code),
            _ => None,
        });
        if let Some(code) = code {
            self.record.note = "fault".into();
            return Err(Box::new(self.refuse(&Refusal::of(code))));
        }
        Ok(())
    }

    fn strike<T>(&self, applies: impl Fn(&Kind) -> Option<T>) -> Option<T> {
        self.sim.with(|world| world.faults.strike(applies))
    }

    /// The answer of a handler, unless a fault keeps it from arriving.
    pub(crate) async fn finish(mut self, answer: Answer) -> Response {
        let path = self.path;
        let lost = self.strike(|kind| match kind {
            Kind::AcceptTimeout { path: pattern, ms } if means(pattern, path) => Some(*ms),
            _ => None,
        });
        let response = match answer {
            Ok(mut reply) => {
                if !reply.note.is_empty() {
                    self.record.note = std::mem::take(&mut reply.note);
                }
                if lost.is_some() {
                    self.record.note = "fault: done, and the answer is lost".into();
                }
                self.answer(0, reply.body())
            }
            Err(refusal) => self.refuse(&refusal),
        };
        let Some(ms) = lost else { return response };
        tokio::time::sleep(Duration::from_millis(ms)).await;
        broken()
    }

    fn refuse(&mut self, refusal: &Refusal) -> Response {
        let hint = self.sim.with(|world| world.ids.number());
        let body = match self.for_app {
            true => refusal.app_body(hint),
            false => refusal.body(hint),
        };
        self.answer(refusal.code, body.to_string())
    }

    /// Bytes instead of JSON (`media/get`).
    pub(crate) fn bytes(mut self, response: Response, note: String) -> Response {
        self.record.errcode = Some(0);
        self.record.note = note;
        self.close();
        response
    }

    fn answer(&mut self, errcode: i64, body: String) -> Response {
        self.record.errcode = Some(errcode);
        self.close();
        (
            [(header::CONTENT_TYPE, "application/json; charset=UTF-8")],
            body,
        )
            .into_response()
    }

    pub(super) fn http(&mut self, status: StatusCode) -> Response {
        self.record.status = Some(status.as_u16());
        self.close();
        status.into_response()
    }

    /// Writes the record and gives the place back; once only.
    fn close(&mut self) {
        if let Some(corpid) = self.inside.take() {
            self.sim
                .with(|world| world.quotas.leave(&corpid, self.path));
        }
        let mut record = std::mem::replace(&mut self.record, Record::new(Way::Call, "", self.path));
        record.took_us = self.start.elapsed().as_micros() as u64;
        self.sim.record(record);
    }
}

impl Drop for Visit<'_> {
    /// A caller that hangs up in the middle does not keep its place.
    fn drop(&mut self) {
        if let Some(corpid) = self.inside.take() {
            self.sim
                .with(|world| world.quotas.leave(&corpid, self.path));
        }
    }
}

/// A response whose body fails, so that the connection breaks off.
fn broken() -> Response {
    let failing = futures_util::stream::once(async {
        Err::<Bytes, _>(std::io::Error::other("the connection breaks on purpose"))
    });
    Response::new(axum::body::Body::from_stream(failing))
}
