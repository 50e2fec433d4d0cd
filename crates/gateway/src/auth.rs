//! Who is there: cookies of agents, API keys, tickets; passwords and their limits.
//!
//! Secrets are 256 random bits, kept as SHA-256. A cookie works only from an allowed Origin for
//! anything but reading, so that another site cannot act with it.

use std::{
    net::IpAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use argon2::{Argon2, PasswordHasher, PasswordVerifier, password_hash::phc::PasswordHash};
use axum::{
    extract::{FromRef, FromRequestParts},
    http::{HeaderMap, Method, StatusCode, header, request::Parts},
};
use dashmap::DashMap;
use kefu_domain::{
    AgentId, BrandId,
    setup::{Agent, Role},
};
use kefu_reception::{Error, Setup};
use kefu_store::Login;
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use crate::{
    Gateway, Settings,
    problem::{Answer, Problem},
};

/// A sign-in without use.
const IDLE_MS: i64 = 30 * 60_000;
/// A sign-in whose console is open.
const WORKING_MS: i64 = 12 * 3_600_000;
/// Wrong passwords per account and address in [`WINDOW`].
const WRONG: u32 = 5;
const WINDOW: Duration = Duration::from_secs(15 * 60);
/// Accounts and addresses remembered at most.
const REMEMBERED: usize = 100_000;

/// SHA-256 of a secret, as kept.
#[must_use]
pub fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

/// 256 bits as 64 hex characters.
#[must_use]
pub fn hex(bits: &[u8]) -> String {
    bits.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A password that people can type: 20 characters without look-alikes, 100 bits.
#[must_use]
pub fn new_password() -> String {
    const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789A";
    let bits: [u8; 20] = rand::random();
    let chars: Vec<char> = bits
        .iter()
        .map(|b| LETTERS[usize::from(b & 31)] as char)
        .collect();
    chars
        .chunks(5)
        .map(|part| part.iter().collect::<String>())
        .collect::<Vec<_>>()
        .join("-")
}

/// Hashes a password with argon2id; takes tens of milliseconds and 19 MiB.
///
/// # Errors
/// If the hasher refuses its parameters.
pub fn hash_password(password: &str) -> Result<String, argon2::password_hash::Error> {
    Ok(Argon2::default()
        .hash_password(password.as_bytes())?
        .to_string())
}

/// Passwords and the limits on guessing them.
pub struct Access {
    /// Hashing takes 19 MiB and tens of milliseconds: two at once.
    hashing: Semaphore,
    wrong: DashMap<(BrandId, String, IpAddr), (u32, Instant)>,
}

impl Default for Access {
    fn default() -> Self {
        Self {
            hashing: Semaphore::new(2),
            wrong: DashMap::new(),
        }
    }
}

impl Access {
    /// Hashes a password.
    ///
    /// # Errors
    /// [`Problem`] 503 if the hasher fails.
    pub async fn hash_password(&self, password: String) -> Answer<String> {
        let _turn = self
            .hashing
            .acquire()
            .await
            .map_err(|_| Problem::overloaded())?;
        tokio::task::spawn_blocking(move || hash_password(&password))
            .await
            .ok()
            .and_then(Result::ok)
            .ok_or_else(Problem::overloaded)
    }

    /// Compares a password; without a stored one, takes the same time.
    pub async fn check_password(&self, password: String, stored: Option<String>) -> bool {
        let Ok(_turn) = self.hashing.acquire().await else {
            return false;
        };
        tokio::task::spawn_blocking(move || match stored {
            Some(stored) => PasswordHash::new(&stored).is_ok_and(|hash| {
                Argon2::default()
                    .verify_password(password.as_bytes(), &hash)
                    .is_ok()
            }),
            None => {
                let _ = Argon2::default().hash_password(password.as_bytes());
                false
            }
        })
        .await
        .unwrap_or(false)
    }

    /// Counts a try of this account from this address before the password is looked at, so that
    /// tries at the same time are not free.
    ///
    /// # Errors
    /// 429 after five wrong passwords in 15 minutes.
    pub fn attempt(&self, brand: BrandId, account: &str, from: IpAddr) -> Answer<()> {
        if self.wrong.len() >= REMEMBERED {
            self.wrong.retain(|_, (_, since)| since.elapsed() < WINDOW);
        }
        let fresh = || (0, Instant::now());
        let mut entry = self
            .wrong
            .entry(tried(brand, account, from))
            .or_insert_with(fresh);
        if entry.1.elapsed() >= WINDOW {
            *entry = fresh();
        }
        if entry.0 >= WRONG {
            let left = WINDOW.saturating_sub(entry.1.elapsed()).as_secs().max(1);
            let after_s = u32::try_from(left).unwrap_or(u32::MAX);
            return Err(Error::RateLimited { after_s }.into());
        }
        entry.0 += 1;
        Ok(())
    }

    /// A password was right.
    pub fn was_right(&self, brand: BrandId, account: &str, from: IpAddr) {
        self.wrong.remove(&tried(brand, account, from));
    }
}

/// What tries are counted by: the account as signing in finds it.
fn tried(brand: BrandId, account: &str, from: IpAddr) -> (BrandId, String, IpAddr) {
    (brand, account.trim().to_lowercase(), network(from))
}

/// An address as limits see it: IPv6 by its /64.
#[must_use]
pub fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) if v6.to_ipv4_mapped().is_none() => {
            let bits = u128::from(v6) & !((1u128 << 64) - 1);
            IpAddr::V6(bits.into())
        }
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or(address, IpAddr::V4),
        v4 => v4,
    }
}

/// The cookie's name: with the `__Host-` guarantee where it can be had.
#[must_use]
pub fn cookie_name(settings: &Settings) -> &'static str {
    if settings.public_url.starts_with("https://") {
        "__Host-kefu"
    } else {
        "kefu"
    }
}

/// Sets the cookie, or removes it.
#[must_use]
pub fn cookie(settings: &Settings, value: Option<&str>) -> String {
    let secure = if settings.public_url.starts_with("https://") {
        "; Secure"
    } else {
        ""
    };
    let (value, age) = value.map_or(("", 0), |value| (value, WORKING_MS / 1000));
    format!(
        "{}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={age}{secure}",
        cookie_name(settings)
    )
}

fn cookie_value<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}

/// Is this Origin one of the console's? Without one, the request comes from no browser page.
#[must_use]
pub fn allowed_origin(settings: &Settings, headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else {
        return false;
    };
    let Ok(origin) = origin.to_str() else {
        return false;
    };
    origin_of(&settings.public_url) == Some(origin)
        || settings.console_origins.iter().any(|one| one == origin)
}

/// Scheme, host and port of an address.
#[must_use]
pub fn origin_of(url: &str) -> Option<&str> {
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"))?;
    let host = rest.split(['/', '?', '#']).next()?;
    let scheme = url.len() - rest.len();
    Some(&url[..scheme + host.len()])
}

/// Who acts: an agent by cookie, or a program by key.
#[derive(Debug, Clone)]
pub struct Principal {
    /// The tenant.
    pub brand: BrandId,
    /// The brand's set-up at this moment.
    pub setup: Arc<Setup>,
    /// The agent; a program acts as none.
    pub agent: Option<AgentId>,
    /// What they may do.
    pub role: Role,
    /// The sign-in's hash, for signing out.
    pub login: Option<[u8; 32]>,
}

impl Principal {
    /// The agent who acts.
    ///
    /// # Errors
    /// 403 for a program.
    pub fn agent(&self) -> Answer<AgentId> {
        self.agent.ok_or_else(Problem::forbidden)
    }

    /// The agent's row.
    ///
    /// # Errors
    /// 403 for a program.
    pub fn person(&self) -> Answer<&Agent> {
        let id = self.agent()?;
        self.setup
            .agents
            .get(&id)
            .map(|row| &row.entry)
            .ok_or_else(Problem::forbidden)
    }

    /// Needs at least this role.
    ///
    /// # Errors
    /// 403 `forbidden`.
    pub fn needs(&self, role: Role) -> Answer<()> {
        if self.role >= role {
            Ok(())
        } else {
            Err(Problem::forbidden())
        }
    }
}

fn unauthenticated() -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "unauthenticated", "sign in first")
}

impl Gateway {
    /// The agent behind a sign-in, if they may still work.
    pub(crate) fn agent_of(&self, login: &Login) -> Answer<(Arc<Setup>, Agent)> {
        let setup = self
            .reception
            .directory()
            .brand(login.brand)
            .map_err(|_| unauthenticated())?;
        let agent = setup.agents.get(&login.agent).map(|row| row.entry.clone());
        let agent = agent
            .filter(|agent| !agent.disabled)
            .ok_or_else(unauthenticated)?;
        Ok((setup, agent))
    }

    /// The sign-in behind a request's cookie; it is moved on when it is half used up.
    pub(crate) async fn login_of(&self, headers: &HeaderMap) -> Answer<([u8; 32], Login)> {
        let secret =
            cookie_value(headers, cookie_name(&self.settings)).ok_or_else(unauthenticated)?;
        let hash = hash(secret);
        let now = self.reception.now();
        let login = self
            .reception
            .store()
            .login(hash, now)
            .await?
            .ok_or_else(unauthenticated)?;
        if login.expires_at - now < IDLE_MS / 2 {
            self.reception
                .store()
                .extend_login(hash, now + IDLE_MS)
                .await?;
        }
        Ok((hash, login))
    }

    /// Keeps a sign-in alive while its console works.
    pub(crate) async fn working(&self, login: [u8; 32]) {
        let until = self.reception.now() + WORKING_MS;
        let _ = self.reception.store().extend_login(login, until).await;
    }

    /// Makes a sign-in; answers the cookie's value.
    pub(crate) async fn sign_in(&self, brand: BrandId, agent: AgentId) -> Answer<String> {
        let secret = hex(&self.reception.ids().secret());
        let expires_at = self.reception.now() + WORKING_MS;
        self.reception
            .store()
            .sign_in(
                hash(&secret),
                Login {
                    brand,
                    agent,
                    expires_at,
                },
            )
            .await?;
        Ok(secret)
    }

    async fn by_key(&self, key: &str) -> Answer<Principal> {
        let wanted = hex(&hash(key));
        for setup in self.reception.directory().all() {
            // Hashes of 256 random bits: an early exit tells nothing that helps.
            if let Some(row) = setup.api_keys.values().find(|row| row.entry.hash == wanted) {
                let role = row.entry.role;
                return Ok(Principal {
                    brand: setup.brand.entry.id,
                    agent: None,
                    role,
                    login: None,
                    setup: Arc::clone(&setup),
                });
            }
        }
        Err(unauthenticated())
    }

    pub(crate) async fn principal(
        &self,
        method: &Method,
        headers: &HeaderMap,
    ) -> Answer<Principal> {
        if let Some(key) = bearer(headers) {
            return self.by_key(key).await;
        }
        let (hash, login) = self.login_of(headers).await?;
        if !method.is_safe() && !allowed_origin(&self.settings, headers) {
            return Err(Problem::new(
                StatusCode::FORBIDDEN,
                "forbidden",
                "this Origin may not use the cookie",
            ));
        }
        let (setup, agent) = self.agent_of(&login)?;
        Ok(Principal {
            brand: login.brand,
            setup,
            agent: Some(agent.id),
            role: agent.role,
            login: Some(hash),
        })
    }
}

/// The bearer secret of a request.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?
        .strip_prefix("Bearer ")
        .map(str::trim)
}

impl<S> FromRequestParts<S> for Principal
where
    S: Send + Sync,
    Arc<Gateway>: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let gateway = Arc::<Gateway>::from_ref(state);
        gateway.principal(&parts.method, &parts.headers).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_compared_whole() {
        assert_eq!(
            origin_of("https://kefu.example:8443/console"),
            Some("https://kefu.example:8443")
        );
        assert_eq!(origin_of("javascript:alert(1)"), None);
    }

    #[test]
    fn limits_see_an_ipv6_network_not_an_address() {
        let one: IpAddr = "2001:db8::1".parse().unwrap();
        let two: IpAddr = "2001:db8::ffff:2".parse().unwrap();
        assert_eq!(network(one), network(two));
        assert_eq!(
            network("::ffff:127.0.0.1".parse().unwrap()),
            "127.0.0.1".parse::<IpAddr>().unwrap()
        );
    }

    #[test]
    fn generated_passwords_differ_and_can_be_typed() {
        let (one, two) = (new_password(), new_password());
        assert_ne!(one, two);
        assert_eq!(one.len(), 23);
    }
}
