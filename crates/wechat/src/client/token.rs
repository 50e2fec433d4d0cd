//! The access token of one app: one in use, one fetch at a time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::RwLock;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::fault::{Failure, Fault};
use super::transport::Payload;
use super::{Dialect, Shared};
use crate::lenient;

const GETTOKEN: &str = "cgi-bin/gettoken";
const STABLE_TOKEN: &str = "cgi-bin/stable_token";
/// A forced renewal takes the token away from everyone else who shares it, and may be had twenty
/// times a day and not twice in half a minute.
const FORCE_PAUSE: Duration = Duration::from_secs(75 * 60);
/// Longest token that is taken; the platform promises at most 512 bytes.
const MAX_TOKEN: usize = 1_024;

/// A token, and until when it can be relied on.
pub(super) struct Token {
    pub(super) value: SecretString,
    good_until: Instant,
    /// Before this, a refusal does not lead to another fetch: the platform handed out the same
    /// refused token again, and asking on would only use up its patience.
    keep_until: Option<Instant>,
}

/// What is known of one pair of corp id and secret.
pub(super) struct Slot {
    pub(super) corpid: String,
    secret: SecretString,
    current: RwLock<Option<Arc<Token>>>,
    /// Held while a token is fetched, so that all who need one wait for the same.
    fetching: tokio::sync::Mutex<Fetching>,
}

#[derive(Default)]
struct Fetching {
    /// The last failure counts for all until then: many attempts with a wrong secret block this
    /// server's address for an hour.
    failed: Option<(Instant, Failure)>,
    /// The value that was refused last.
    refused: Option<SecretString>,
    /// When a renewal was forced.
    forced: Option<Instant>,
}

#[derive(Deserialize)]
struct Fetched {
    #[serde(default, deserialize_with = "lenient::text")]
    access_token: String,
    #[serde(default, deserialize_with = "lenient::int")]
    expires_in: i64,
}

impl Slot {
    pub(super) fn new(corpid: String, secret: SecretString) -> Self {
        Self {
            corpid,
            secret,
            current: RwLock::default(),
            fetching: Default::default(),
        }
    }

    /// The token in use, or a new one. `refused` is one that the platform has just refused.
    pub(super) async fn token(
        &self,
        shared: &Shared,
        refused: Option<&Arc<Token>>,
    ) -> Result<Arc<Token>, Failure> {
        let usable = |token: &Arc<Token>| {
            let now = (shared.clock)();
            let is_refused = refused.is_some_and(|refused| Arc::ptr_eq(refused, token));
            now < token.good_until && (!is_refused || token.keep_until.is_some_and(|t| now < t))
        };
        if let Some(token) = self.current.read().as_ref().filter(|token| usable(token)) {
            return Ok(Arc::clone(token));
        }
        let mut fetching = self.fetching.lock().await;
        // Whoever held the lock before may have fetched it.
        if let Some(token) = self.current.read().as_ref().filter(|token| usable(token)) {
            return Ok(Arc::clone(token));
        }
        if let Some((until, failure)) = &fetching.failed
            && (shared.clock)() < *until
        {
            return Err(failure.clone());
        }
        if let Some(refused) = refused {
            fetching.refused = Some(refused.value.clone());
        }
        match self.renewed(shared, &mut fetching).await {
            Ok(token) => {
                fetching.failed = None;
                let token = Arc::new(token);
                *self.current.write() = Some(Arc::clone(&token));
                Ok(token)
            }
            Err(failure) => {
                fetching.failed = Some(((shared.clock)() + hold(&failure), failure.clone()));
                Err(failure)
            }
        }
    }

    /// Fetches a token. An official account's that comes back although it was refused is renewed by
    /// force, seldom.
    async fn renewed(&self, shared: &Shared, fetching: &mut Fetching) -> Result<Token, Failure> {
        let token = self.fetch(shared, fetching.refused.as_ref(), false).await?;
        let now = (shared.clock)();
        let free = fetching.forced.is_none_or(|at| now >= at + FORCE_PAUSE);
        let can = shared.settings.dialect == Dialect::Mp;
        if token.keep_until.is_none() || !can || !free {
            return Ok(token);
        }
        fetching.forced = Some(now);
        self.fetch(shared, fetching.refused.as_ref(), true).await
    }

    async fn fetch(
        &self,
        shared: &Shared,
        refused: Option<&SecretString>,
        force: bool,
    ) -> Result<Token, Failure> {
        let asked_at = (shared.clock)();
        let (api, payload) = self.question(shared.settings.dialect, force);
        let answer = shared.ask(api, None, &payload).await;
        let reply = answer.map_err(|mut failure| {
            if failure.fault == Fault::Unknown {
                // Whatever became of this question: the call that needs the token was not made.
                failure.fault = Fault::Unreachable;
            }
            failure
        })?;
        if reply.code != 0 {
            let message = reply.message.replace(self.secret.expose_secret(), "…");
            let mut failure = Failure::of_code(api, reply.code, &message);
            if failure.fault == Fault::Token {
                // Asked with the secret itself, this says that the secret is wrong.
                failure.fault = Fault::Credentials;
            }
            return Err(failure);
        }
        let fetched: Fetched = serde_json::from_slice(&reply.body)
            .map_err(|_| Failure::new(api, Fault::Busy, "the answer has no token"))?;
        if fetched.access_token.is_empty() || fetched.access_token.len() > MAX_TOKEN {
            return Err(Failure::new(
                api,
                Fault::Busy,
                "the answer has no usable token",
            ));
        }
        let value = SecretString::from(fetched.access_token);
        let again = refused.is_some_and(|old| old.expose_secret() == value.expose_secret());
        let keep_until = again.then(|| asked_at + Duration::from_secs(5));
        Ok(Token {
            value,
            good_until: asked_at + lifetime(fetched.expires_in),
            keep_until,
        })
    }
}

impl Slot {
    /// How each API is asked for a token.
    fn question(&self, dialect: Dialect, force: bool) -> (&'static str, Payload) {
        let (id, secret) = (self.corpid.as_str(), self.secret.expose_secret());
        match dialect {
            Dialect::Wecom => {
                let pairs = [("corpid", id), ("corpsecret", secret)];
                let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
                (GETTOKEN, Payload::Query(pairs.to_vec()))
            }
            Dialect::Mp => {
                let body = serde_json::json!({
                    "grant_type": "client_credential", "appid": id, "secret": secret,
                    "force_refresh": force,
                });
                (STABLE_TOKEN, Payload::Json(body.to_string().into()))
            }
        }
    }
}

/// How long a token is used: a tenth less than its life, at most two minutes less. The platform
/// hands out the same token until it is about to end, so a fixed margin would ask again and again
/// near the end.
fn lifetime(expires_in: i64) -> Duration {
    let seconds = u64::try_from(expires_in)
        .unwrap_or_default()
        .clamp(5, 86_400);
    Duration::from_secs(seconds - (seconds / 10).min(120))
}

/// How long a failure to get a token counts for everyone.
fn hold(failure: &Failure) -> Duration {
    let seconds = match failure.fault {
        Fault::Credentials | Fault::RateLimited => 60,
        Fault::Permission => 10,
        _ => 1,
    };
    failure
        .retry_after
        .unwrap_or_default()
        .max(Duration::from_secs(seconds))
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}
