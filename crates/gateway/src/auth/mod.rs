//! Who is there: cookies of agents, API keys, tickets; passwords and their limits.
//!
//! Secrets are 256 random bits, kept as SHA-256. A cookie works only from an allowed Origin for
//! anything but reading, so that another site cannot act with it.

mod cookie;
mod password;

use std::sync::Arc;

use axum::{
    extract::{FromRef, FromRequestParts},
    http::{HeaderMap, Method, StatusCode, header, request::Parts},
};
use kefu_domain::{
    AgentId, BrandId,
    setup::{Agent, Role},
};
use kefu_reception::Setup;
use kefu_store::Login;
use sha2::{Digest, Sha256};

pub use cookie::{allowed_origin, cookie, cookie_name, origin_of};
pub use password::{Access, hash_password, network, new_password};

pub(crate) use cookie::with_cookie;
pub(crate) use password::PASSWORD;

use cookie::cookie_value;

use crate::{
    Gateway,
    problem::{Answer, Problem},
};

/// A sign-in without a console; a use moves it on when it is half used up.
const IDLE_MS: i64 = 30 * 60_000;

/// A sign-in whose console is open.
const WORKING_MS: i64 = 12 * 3_600_000;

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

    /// A password that somebody else has seen opens nothing but its own change.
    pub(crate) async fn own_password(&self, brand: BrandId, agent: AgentId) -> Answer<()> {
        match self.reception.store().password(brand, agent).await? {
            Some((_, true)) => Err(Problem::new(
                StatusCode::FORBIDDEN,
                "forbidden",
                "change your password first",
            )),
            _ => Ok(()),
        }
    }

    /// Keeps a sign-in alive while its console works.
    pub(crate) async fn working(&self, login: [u8; 32]) {
        let until = self.reception.now() + WORKING_MS;
        let _ = self.reception.store().extend_login(login, until).await;
    }

    /// Makes a sign-in; answers the cookie's value, unless the password (as kept) was changed since it
    /// was compared.
    pub(crate) async fn sign_in(
        &self,
        brand: BrandId,
        agent: AgentId,
        password: String,
    ) -> Answer<Option<String>> {
        let secret = hex(&self.reception.ids().secret());
        let login = Login {
            brand,
            agent,
            expires_at: self.reception.now() + IDLE_MS,
        };
        let store = self.reception.store();
        let kept = store.sign_in(hash(&secret), login, password).await?;
        Ok(kept.then_some(secret))
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
            return Err(Problem::foreign());
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
