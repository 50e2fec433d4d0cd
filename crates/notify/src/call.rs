//! One call of a webhook, with its bounds.

use std::{error::Error as _, sync::Arc, time::Duration};

use reqwest::{
    Client, Response, StatusCode, Url,
    header::{CONTENT_TYPE, LOCATION, USER_AGENT},
    redirect,
};
use tokio::time::{Instant, timeout_at};

use crate::{
    address::{Forbidden, Guard, Policy},
    sign,
};

/// A whole call.
const WITHIN: Duration = Duration::from_secs(5);
/// Redirects that are followed.
const HOPS: usize = 3;
/// Read of an answer.
const READ: usize = 64 << 10;
/// Of an answer, kept for the log.
const SHOWN: usize = 200;

/// What is told to whom.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// The receiver.
    pub url: &'a str,
    /// Shared with it.
    pub secret: &'a str,
    /// The same for every try.
    pub id: &'a str,
    /// Like `message.away`.
    pub event: &'a str,
    /// JSON.
    pub body: &'a str,
    /// Seconds since 1970.
    pub at_s: i64,
}

/// What became of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// 2xx: the receiver has it.
    Taken {
        /// Which.
        status: u16,
    },
    /// Another answer, or none: may be tried again, and may have been taken.
    Failed {
        /// If there was an answer.
        status: Option<u16>,
        /// In words for people, `zh\u{1f}en`.
        reason: String,
    },
    /// Nobody was called: the address, or one that it led to, is forbidden.
    Forbidden {
        /// Why.
        reason: Forbidden,
    },
}

/// Cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The process has no cryptography installed.
    #[error("no rustls crypto provider is installed for this process")]
    NoCryptoProvider,
    /// The HTTP client says no.
    #[error("the HTTP client of webhooks: {0}")]
    Http(#[source] reqwest::Error),
}

/// Calls webhooks. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Notifier {
    http: Client,
    policy: Policy,
}

impl Notifier {
    /// A notifier that calls only what `policy` allows.
    ///
    /// # Errors
    /// [`SetupError`].
    pub fn new(policy: Policy) -> Result<Self, SetupError> {
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            return Err(SetupError::NoCryptoProvider);
        }
        let http = Client::builder()
            .dns_resolver(Arc::new(Guard(policy)))
            .redirect(redirect::Policy::none())
            .referer(false)
            // A proxy would resolve names by itself, past the guard.
            .no_proxy()
            .pool_max_idle_per_host(1)
            .pool_idle_timeout(Duration::from_secs(30))
            .build()
            .map_err(SetupError::Http)?;
        Ok(Self { http, policy })
    }

    /// What may be called.
    #[must_use]
    pub fn policy(&self) -> Policy {
        self.policy
    }

    /// Checks an address as it is set up, its name included.
    ///
    /// # Errors
    /// [`Forbidden`]. A name that cannot be resolved now is no error: it may be one later.
    pub async fn check(&self, url: &str) -> Result<(), Forbidden> {
        self.policy.check_name(url).await
    }

    /// Makes one call: at most 5 s, at most 3 redirects, each checked.
    pub async fn call(&self, call: &Call<'_>) -> Outcome {
        let deadline = Instant::now() + WITHIN;
        match timeout_at(deadline, self.follow(call)).await {
            Ok(outcome) => outcome,
            Err(_) => failed(None, "5 秒内没有应答\u{1f}no answer within 5 s"),
        }
    }

    async fn follow(&self, call: &Call<'_>) -> Outcome {
        let mut url = match self.policy.check(call.url) {
            Ok(url) => url,
            Err(reason) => return Outcome::Forbidden { reason },
        };
        for hop in 0..=HOPS {
            let response = match self.post(&url, call).await {
                Ok(response) => response,
                Err(error) => return unreached(&error),
            };
            let Some(next) = redirect_of(&url, &response) else {
                return judge(response).await;
            };
            if hop == HOPS {
                break;
            }
            if let Err(reason) = self.policy.check_url(&next) {
                return Outcome::Forbidden { reason };
            }
            url = next;
        }
        failed(None, "跳转超过 3 次\u{1f}more than 3 redirects")
    }

    async fn post(&self, url: &Url, call: &Call<'_>) -> reqwest::Result<Response> {
        self.http
            .post(url.clone())
            .header(CONTENT_TYPE, "application/json")
            .header(USER_AGENT, "Kefu-Webhook")
            .header("Kefu-Event", call.event)
            .header("Kefu-Delivery", call.id)
            .header(
                "Kefu-Signature",
                sign(call.secret, call.at_s, call.body.as_bytes()),
            )
            .body(call.body.to_owned())
            .send()
            .await
    }
}

/// Where an answer leads, if it asks for the same call elsewhere.
fn redirect_of(from: &Url, response: &Response) -> Option<Url> {
    let again = matches!(
        response.status(),
        StatusCode::MOVED_PERMANENTLY
            | StatusCode::FOUND
            | StatusCode::TEMPORARY_REDIRECT
            | StatusCode::PERMANENT_REDIRECT
    );
    let to = response.headers().get(LOCATION)?.to_str().ok()?;
    again.then(|| from.join(to).ok()).flatten()
}

/// Reads what may be read, and says what the answer means.
async fn judge(mut response: Response) -> Outcome {
    let status = response.status();
    let mut read = Vec::new();
    while read.len() < READ {
        match response.chunk().await {
            Ok(Some(chunk)) => read.extend_from_slice(&chunk[..chunk.len().min(READ - read.len())]),
            Ok(None) | Err(_) => break,
        }
    }
    if status.is_success() {
        return Outcome::Taken {
            status: status.as_u16(),
        };
    }
    let said: String = String::from_utf8_lossy(&read)
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(SHOWN)
        .collect();
    let said = said.trim();
    failed(
        Some(status.as_u16()),
        &format!("{status} {said}").replace('\u{1f}', " "),
    )
}

/// Nothing came back: the guard, the name, the connection.
fn unreached(error: &reqwest::Error) -> Outcome {
    let mut cause = error.source();
    while let Some(inner) = cause {
        if let Some(forbidden) = inner.downcast_ref::<Forbidden>() {
            return Outcome::Forbidden {
                reason: forbidden.clone(),
            };
        }
        cause = inner.source();
    }
    if error.is_connect() {
        failed(None, "连不上对方\u{1f}the receiver cannot be reached")
    } else {
        failed(
            None,
            "对方中断了连接\u{1f}the receiver broke the connection off",
        )
    }
}

fn failed(status: Option<u16>, reason: &str) -> Outcome {
    Outcome::Failed {
        status,
        reason: reason.to_owned(),
    }
}

#[cfg(test)]
#[path = "call_tests.rs"]
mod tests;
