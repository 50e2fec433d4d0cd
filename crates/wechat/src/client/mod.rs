//! The client: calls of the platform with time-outs, bounds, one shared token per secret, and
//! failures that say what to do.
//!
//! It paces nothing and retries nothing but the one case that only it can see: a token that went
//! stale is renewed once and the call repeated once, which is safe because a refused token means
//! that nothing was done.

mod app;
mod dialect;
mod fault;
mod guard;
mod media;
#[cfg(test)]
mod tests;
mod token;
mod transport;

use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

pub use app::{App, Found};
pub use dialect::Dialect;
pub use fault::{Blame, Failure, Fault, Retry};
pub use guard::{Forbidden, Guard};
pub use media::{CosUpload, CosUploaded, Download, MAX_COS, Upload, UploadKind, Uploaded};

use token::Slot;

/// Where WeCom answers.
pub const WECOM: &str = "https://qyapi.weixin.qq.com";
/// Where official accounts, mini-programs and shops are answered.
pub const MP: &str = "https://api.weixin.qq.com";

/// The monotonic clock that tokens age by.
pub type Clock = Arc<dyn Fn() -> Instant + Send + Sync>;

/// How to talk to the platform.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Which API it is.
    pub dialect: Dialect,
    /// Scheme, host and, if need be, a leading path; [`Dialect::base`] outside of tests.
    pub base: String,
    /// For a connection to stand.
    pub connect_timeout: Duration,
    /// For a call as a whole.
    pub timeout: Duration,
    /// For an upload or a download as a whole.
    pub media_timeout: Duration,
    /// Longest JSON answer in bytes; a longer one is not read to its end.
    pub max_answer: usize,
    /// Where connections may lead, if `base` is not ours to choose; no proxy is used then, which
    /// would resolve names by itself.
    pub guard: Option<Guard>,
}

impl Default for Settings {
    fn default() -> Self {
        Self::of(Dialect::default())
    }
}

impl Settings {
    /// The platform itself.
    #[must_use]
    pub fn of(dialect: Dialect) -> Self {
        Self {
            dialect,
            base: dialect.base().to_owned(),
            connect_timeout: Duration::from_secs(2),
            timeout: Duration::from_secs(10),
            media_timeout: Duration::from_secs(60),
            max_answer: 16 * 1024 * 1024,
            guard: None,
        }
    }
}

/// Why no client could be made.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The base is not an http or https address without query and fragment.
    #[error("the platform's address {0:?} is not an http or https address")]
    Base(String),
    /// The base is an address where the guard lets nobody go.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// No rustls crypto provider is installed for the process: that is main's first step.
    #[error("no TLS crypto provider is installed; main must install one first")]
    NoCryptoProvider,
    /// The HTTP stack could not be set up.
    #[error("the HTTP client could not be set up")]
    Http(#[source] reqwest::Error),
}

/// One per process: the connections, and the tokens of all apps that are in use.
pub struct Client {
    shared: Arc<Shared>,
}

pub(crate) struct Shared {
    http: reqwest::Client,
    base: Url,
    settings: Settings,
    clock: Clock,
    /// Tokens by a hash of corp id and secret, as long as somebody holds an [`App`] with them.
    slots: Mutex<HashMap<[u8; 32], Weak<Slot>>>,
}

impl Client {
    /// Makes a client; opens no connection.
    ///
    /// # Errors
    /// [`SetupError`].
    pub fn new(settings: Settings, clock: Clock) -> Result<Self, SetupError> {
        let base = base_url(&settings.base)?;
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            // The HTTP stack would panic.
            return Err(SetupError::NoCryptoProvider);
        }
        let mut http = reqwest::Client::builder()
            .connect_timeout(settings.connect_timeout)
            .timeout(settings.timeout)
            .redirect(reqwest::redirect::Policy::none())
            .referer(false);
        if base
            .host_str()
            .is_some_and(|host| host == "localhost" || host.starts_with("127."))
        {
            // A proxy of the environment has no business between us and our own machine.
            http = http.no_proxy();
        }
        if let Some(guard) = &settings.guard {
            guard.check(&base)?;
            http = http.no_proxy().dns_resolver(Arc::new(guard.clone()));
        }
        let http = http.build().map_err(SetupError::Http)?;
        let slots = Mutex::new(HashMap::new());
        Ok(Self {
            shared: Arc::new(Shared {
                http,
                base,
                settings,
                clock,
                slots,
            }),
        })
    }

    /// The same connections, for another API at its own address. Tokens are apart.
    #[must_use]
    pub fn towards(&self, dialect: Dialect) -> Self {
        let shared = &self.shared;
        let settings = Settings {
            dialect,
            base: dialect.base().to_owned(),
            ..shared.settings.clone()
        };
        Self {
            shared: Arc::new(Shared {
                http: shared.http.clone(),
                // A constant that parses; the test of this says so.
                base: base_url(&settings.base).unwrap_or_else(|_| shared.base.clone()),
                settings,
                clock: Arc::clone(&shared.clock),
                slots: Mutex::default(),
            }),
        }
    }

    /// Which API it speaks with.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.shared.settings.dialect
    }

    /// The app of `corpid` with `secret`. Apps of the same pair share one token; the token is
    /// forgotten with the last of them, so keep one as long as the connection is configured.
    pub fn app(&self, corpid: &str, secret: SecretString) -> App {
        let mut hash = Sha256::new();
        hash.update(corpid.as_bytes());
        hash.update([0]);
        hash.update(secret.expose_secret().as_bytes());
        let key: [u8; 32] = hash.finalize().into();

        let mut slots = self.shared.slots.lock();
        let slot = slots.get(&key).and_then(Weak::upgrade).unwrap_or_else(|| {
            slots.retain(|_, slot| slot.strong_count() > 0);
            let slot = Arc::new(Slot::new(corpid.to_owned(), secret));
            slots.insert(key, Arc::downgrade(&slot));
            slot
        });
        drop(slots);
        App::new(Arc::clone(&self.shared), slot)
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Client({})", self.shared.base)
    }
}

fn base_url(text: &str) -> Result<Url, SetupError> {
    let wrong = || SetupError::Base(text.to_owned());
    // Without the slash the last part of a leading path would be replaced by the API's.
    let url = Url::parse(&format!("{}/", text.trim_end_matches('/'))).map_err(|_| wrong())?;
    let plain = url.query().is_none() && url.fragment().is_none() && url.has_host();
    if plain && matches!(url.scheme(), "http" | "https") {
        Ok(url)
    } else {
        Err(wrong())
    }
}
