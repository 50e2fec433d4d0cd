//! Webhooks: a brand's own systems are told, with patience, and nobody waits for somebody else's.

use std::{collections::HashMap, sync::Arc, time::Duration};

use kefu_domain::{BrandId, Failure, HookCallId, UnixMs, WebhookId};
use kefu_notify::{Call, Outcome};
use kefu_store::{HookCall, HookNext, HookTry};
use rand::RngExt;
use serde_json::json;
use tokio::task::JoinSet;

use crate::{Error, Reception, Result, away};

/// Calls at the same time: in all, and of one webhook.
const AT_ONCE: usize = 256;
const EACH: u32 = 4;
/// Nobody else takes a call for so long; a call takes 5 s at most.
const LEASE_MS: UnixMs = 30_000;
/// Tries, then it is dead.
const TRIES: u32 = 12;
/// Age, then it is dead.
const AGE_MS: UnixMs = 3_600_000;

/// Calls that are under way.
#[derive(Default)]
struct UnderWay {
    tasks: JoinSet<()>,
    whose: HashMap<tokio::task::Id, WebhookId>,
}

impl UnderWay {
    /// Webhooks that have as many as they may.
    fn full(&self) -> Vec<WebhookId> {
        let mut counts: HashMap<WebhookId, u32> = HashMap::new();
        for webhook in self.whose.values() {
            *counts.entry(*webhook).or_default() += 1;
        }
        let full = counts.into_iter().filter(|(_, count)| *count >= EACH);
        full.map(|(webhook, _)| webhook).collect()
    }

    /// Forgets one that ended, by itself or by a panic.
    fn ended(&mut self, task: std::result::Result<(tokio::task::Id, ()), tokio::task::JoinError>) {
        let id = match task {
            Ok((id, ())) => id,
            Err(error) => {
                tracing::error!(%error, "a webhook call broke off; its lease runs out");
                error.id()
            }
        };
        self.whose.remove(&id);
    }
}

impl Reception {
    /// Checks where a webhook would go.
    ///
    /// # Errors
    /// [`Error::UrlForbidden`].
    pub async fn check_webhook_url(&self, url: &str) -> Result<()> {
        self.notifier
            .check(url)
            .await
            .map_err(|forbidden| Error::UrlForbidden(forbidden.to_string()))
    }

    /// Calls a webhook now, once, with an event of its own; it stands in the log like any other.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Unavailable`].
    pub async fn test_webhook(&self, brand: BrandId, id: WebhookId) -> Result<HookTry> {
        let setup = self.directory.brand(brand)?;
        setup.webhooks.get(&id).ok_or(Error::NotFound)?;
        let (event, now) = (HookCallId(self.ids.mint()), self.now());
        let body = json!({ "event": "test", "event_id": event, "created_at": now, "brand": setup.brand.entry.slug });
        let mut call = away::call(event, brand, id, "test", &body, now);
        // The worker leaves it alone while it is made here.
        call.due_at = Some(now + LEASE_MS);
        call.attempts = TRIES;
        self.store.put_hook_calls(vec![call.clone()]).await?;
        let (tried, next) = self.try_call(&call).await;
        self.store
            .settle_hook_call(event, tried.clone(), next)
            .await?;
        Ok(tried)
    }

    pub(crate) async fn hooks_forever(self: Arc<Self>) {
        let mut under_way = UnderWay::default();
        loop {
            let pause = match self.hooks_round(&mut under_way).await {
                Ok(0) => self.hooks_pause().await,
                Ok(_) => continue,
                Err(error) => {
                    tracing::warn!(%error, "webhooks wait for the store");
                    Duration::from_millis(500)
                }
            };
            tokio::select! {
                Some(ended) = under_way.tasks.join_next_with_id() => under_way.ended(ended),
                () = self.hook_due.notified() => (),
                () = tokio::time::sleep(pause) => (),
            }
        }
    }

    async fn hooks_pause(&self) -> Duration {
        match self.store.next_hook().await {
            Ok(Some(at)) => {
                Duration::from_millis(u64::try_from(at - self.now()).unwrap_or(0).clamp(20, 1000))
            }
            _ => Duration::from_secs(1),
        }
    }

    /// Decides what is due, and starts what may be started; answers how much of both.
    async fn hooks_round(self: &Arc<Self>, under_way: &mut UnderWay) -> Result<usize> {
        while let Some(ended) = under_way.tasks.try_join_next_with_id() {
            under_way.ended(ended);
        }
        let decided = self.away_round().await?;
        let room = AT_ONCE.saturating_sub(under_way.tasks.len());
        if room == 0 {
            return Ok(0);
        }
        let (now, full) = (self.now(), under_way.full());
        let limit = u32::try_from(room).unwrap_or(u32::MAX);
        let calls = self
            .store
            .take_hook_calls(now, now + LEASE_MS, full, EACH, limit)
            .await?;
        let started = calls.len();
        for call in calls {
            let (reception, webhook) = (Arc::clone(self), call.webhook);
            let task = under_way.tasks.spawn(async move {
                let (tried, next) = reception.try_call(&call).await;
                if let Err(error) = reception.store.settle_hook_call(call.id, tried, next).await {
                    // The lease runs out and it is tried again: the receiver knows the event's id.
                    tracing::warn!(%error, hook_call.id = %call.id, "a webhook's try could not be settled");
                }
            });
            under_way.whose.insert(task.id(), webhook);
        }
        Ok(decided + started)
    }

    async fn try_call(&self, call: &HookCall) -> (HookTry, HookNext) {
        let at = self.now();
        let outcome = self.call_out(call, at).await;
        let ms = u32::try_from(self.now() - at).unwrap_or(0);
        let (status, failure, next) = match outcome {
            None => (None, Some(gone()), HookNext::Dead),
            Some(Outcome::Taken { status }) => (Some(status), None, HookNext::Done),
            Some(Outcome::Forbidden { reason }) => {
                let failure = Failure {
                    code: "url_forbidden".to_owned(),
                    reason: format!(
                        "地址不允许调用：{reason}\u{1f}the address must not be called: {reason}"
                    ),
                };
                (None, Some(failure), HookNext::Dead)
            }
            Some(Outcome::Failed { status, reason }) => {
                let code =
                    status.map_or_else(|| "no_answer".to_owned(), |status| status.to_string());
                (status, Some(Failure { code, reason }), after(call, at))
            }
        };
        let result = match next {
            HookNext::Done => "taken",
            HookNext::Retry(_) => "retry",
            HookNext::Dead => "dead",
        };
        metrics::counter!("kefu_webhook_tries_total", "result" => result).increment(1);
        let tried = HookTry {
            at,
            ms,
            status,
            failure,
        };
        (tried, next)
    }

    /// Nothing if there is nobody to call any more.
    async fn call_out(&self, call: &HookCall, at: UnixMs) -> Option<Outcome> {
        let setup = self.directory.brand(call.brand).ok()?;
        let hook = &setup.webhooks.get(&call.webhook)?.entry;
        if hook.paused && call.event != "test" {
            return None;
        }
        let id = call.id.to_string();
        let call = Call {
            url: &hook.url,
            secret: &hook.secret,
            id: &id,
            event: &call.event,
            body: &call.body,
            at_s: at / 1000,
        };
        Some(self.notifier.call(&call).await)
    }
}

fn gone() -> Failure {
    Failure {
        code: "webhook_gone".to_owned(),
        reason: "接收地址已停用或删除\u{1f}the webhook was paused or deleted".to_owned(),
    }
}

/// 1, 2, 4 … 60 s, each ± 50 %, until it is spent.
fn after(call: &HookCall, now: UnixMs) -> HookNext {
    if call.attempts >= TRIES || now - call.first_at >= AGE_MS {
        return HookNext::Dead;
    }
    let wait = (1000u64 << call.attempts.saturating_sub(1).min(6)).min(60_000);
    let jittered = wait / 2 + rand::rng().random_range(0..=wait);
    HookNext::Retry(now + i64::try_from(jittered).unwrap_or(60_000))
}
