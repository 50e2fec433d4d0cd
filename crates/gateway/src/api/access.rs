//! Who may call which route, in one table. A route that does not stand here does not open, and the
//! OpenAPI document reads its security from the same lines.

use std::{ops::Deref, sync::Arc};

use axum::{
    extract::{FromRef, FromRequestParts, MatchedPath},
    http::request::Parts,
};
use kefu_domain::setup::Role;
use kefu_reception::Actor;

use crate::{
    Gateway,
    auth::Principal,
    problem::{Answer, Problem},
};

/// Who a route is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    /// No sign-in.
    Anyone,
    /// Whoever is signed in, also before they changed a password that was made for them.
    SignedIn,
    /// At least this role.
    From(Role),
}

use Who::{Anyone, From, SignedIn};

const AGENT: Who = From(Role::Agent);
const SUPERVISOR: Who = From(Role::Supervisor);
const ADMIN: Who = From(Role::Administrator);

/// Method, route, for whom.
#[rustfmt::skip]
pub(super) const TABLE: &[(&str, &str, Who)] = &[
    ("GET",    "/v1/bootstrap", Anyone),
    ("POST",   "/v1/login", Anyone),
    ("POST",   "/v1/logout", SignedIn),
    ("GET",    "/v1/me", SignedIn),
    ("PATCH",  "/v1/me", SignedIn),
    ("POST",   "/v1/me/password", SignedIn),

    ("GET",    "/v1/conversations", AGENT),
    ("GET",    "/v1/conversations/{id}", AGENT),
    ("GET",    "/v1/conversations/{id}/messages", AGENT),
    ("POST",   "/v1/conversations/{id}/messages", AGENT),
    ("POST",   "/v1/conversations/{id}/notes", AGENT),
    ("POST",   "/v1/conversations/{id}/handoffs", AGENT),
    ("GET",    "/v1/conversations/{id}/sessions", AGENT),
    ("POST",   "/v1/messages/{msgid}/resend", AGENT),
    ("POST",   "/v1/messages/{msgid}/recall", AGENT),
    ("GET",    "/v1/sessions/{id}/explanation", AGENT),
    ("POST",   "/v1/sessions/{id}/accept", AGENT),
    ("POST",   "/v1/sessions/{id}/decline", AGENT),
    ("POST",   "/v1/sessions/{id}/close", AGENT),
    ("POST",   "/v1/sessions/{id}/requeue", AGENT),
    ("POST",   "/v1/sessions/{id}/snooze", AGENT),
    ("POST",   "/v1/sessions/{id}/transfer", AGENT),
    ("POST",   "/v1/sessions/{id}/assign", SUPERVISOR),
    ("POST",   "/v1/sessions/{id}/priority", SUPERVISOR),
    ("GET",    "/v1/customers", AGENT),
    ("GET",    "/v1/customers/{id}", AGENT),
    ("PATCH",  "/v1/customers/{id}", AGENT),
    ("POST",   "/v1/customers/{id}/notes", AGENT),
    ("POST",   "/v1/customers/{id}/block", AGENT),
    ("GET",    "/v1/search", AGENT),
    ("POST",   "/v1/media", AGENT),
    ("GET",    "/v1/media/{media_id}", AGENT),

    ("GET",    "/v1/wall", SUPERVISOR),
    ("GET",    "/v1/audit/assignments", SUPERVISOR),
    ("GET",    "/v1/outbox", SUPERVISOR),
    ("POST",   "/v1/outbox/resend", SUPERVISOR),
    ("POST",   "/v1/outbox/{id}/resend", SUPERVISOR),

    ("GET",    "/v1/agents", AGENT),
    ("POST",   "/v1/agents", ADMIN),
    ("GET",    "/v1/agents/{id}", AGENT),
    ("PATCH",  "/v1/agents/{id}", ADMIN),
    ("POST",   "/v1/agents/{id}/reset-password", ADMIN),
    ("POST",   "/v1/agents/{id}/tickets", ADMIN),
    ("POST",   "/v1/agents/{id}/state", SUPERVISOR),
    ("GET",    "/v1/teams", AGENT),
    ("POST",   "/v1/teams", ADMIN),
    ("GET",    "/v1/teams/{id}", AGENT),
    ("PATCH",  "/v1/teams/{id}", ADMIN),
    ("DELETE", "/v1/teams/{id}", ADMIN),
    ("GET",    "/v1/kf-accounts", AGENT),
    ("POST",   "/v1/kf-accounts", ADMIN),
    ("GET",    "/v1/kf-accounts/{id}", AGENT),
    ("PATCH",  "/v1/kf-accounts/{id}", ADMIN),
    ("DELETE", "/v1/kf-accounts/{id}", ADMIN),
    ("GET",    "/v1/entry-points", SUPERVISOR),
    ("POST",   "/v1/entry-points", ADMIN),
    ("GET",    "/v1/entry-points/{id}", SUPERVISOR),
    ("PATCH",  "/v1/entry-points/{id}", ADMIN),
    ("DELETE", "/v1/entry-points/{id}", ADMIN),
    ("GET",    "/v1/entry-points/{id}/snippet", SUPERVISOR),
    ("GET",    "/v1/entry-points/{id}/link", SUPERVISOR),
    ("GET",    "/v1/channels", AGENT),
    ("GET",    "/v1/connections", SUPERVISOR),
    ("POST",   "/v1/connections", ADMIN),
    ("GET",    "/v1/connections/{id}", SUPERVISOR),
    ("PATCH",  "/v1/connections/{id}", ADMIN),
    ("DELETE", "/v1/connections/{id}", ADMIN),
    ("POST",   "/v1/connections/{id}/rotate", ADMIN),
    ("POST",   "/v1/connections/{id}/test", ADMIN),
    ("GET",    "/v1/connections/{id}/kf-accounts", ADMIN),
    ("GET",    "/v1/quotas", SUPERVISOR),
    ("GET",    "/v1/connections/{id}/statistics", SUPERVISOR),
    ("POST",   "/v1/connections/{id}/kf-accounts", ADMIN),
    ("PATCH",  "/v1/connections/{id}/kf-accounts/{account}", ADMIN),
    ("DELETE", "/v1/connections/{id}/kf-accounts/{account}", ADMIN),
    ("GET",    "/v1/connections/{id}/kf-accounts/{account}/servicers", ADMIN),
    ("POST",   "/v1/connections/{id}/kf-accounts/{account}/servicers", ADMIN),
    ("GET",    "/v1/connections/{id}/events", ADMIN),
    ("GET",    "/v1/canned-replies", AGENT),
    ("POST",   "/v1/canned-replies", AGENT),
    ("GET",    "/v1/canned-replies/{id}", AGENT),
    ("PATCH",  "/v1/canned-replies/{id}", AGENT),
    ("DELETE", "/v1/canned-replies/{id}", AGENT),
    ("GET",    "/v1/api-keys", ADMIN),
    ("POST",   "/v1/api-keys", ADMIN),
    ("GET",    "/v1/api-keys/{id}", ADMIN),
    ("PATCH",  "/v1/api-keys/{id}", ADMIN),
    ("DELETE", "/v1/api-keys/{id}", ADMIN),
    ("GET",    "/v1/specialists", AGENT),
    ("POST",   "/v1/specialists", ADMIN),
    ("GET",    "/v1/specialists/{id}", AGENT),
    ("PATCH",  "/v1/specialists/{id}", ADMIN),
    ("DELETE", "/v1/specialists/{id}", ADMIN),
    ("GET",    "/v1/fan-groups", AGENT),
    ("POST",   "/v1/fan-groups", ADMIN),
    ("GET",    "/v1/fan-groups/{id}", AGENT),
    ("PATCH",  "/v1/fan-groups/{id}", ADMIN),
    ("DELETE", "/v1/fan-groups/{id}", ADMIN),
    ("GET",    "/v1/brand", SUPERVISOR),
    ("PATCH",  "/v1/brand", ADMIN),
    ("POST",   "/v1/brand/identity-key", ADMIN),
    ("GET",    "/v1/webhooks", ADMIN),
    ("POST",   "/v1/webhooks", ADMIN),
    ("GET",    "/v1/webhooks/{id}", ADMIN),
    ("PATCH",  "/v1/webhooks/{id}", ADMIN),
    ("DELETE", "/v1/webhooks/{id}", ADMIN),
    ("POST",   "/v1/webhooks/{id}/rotate", ADMIN),
    ("POST",   "/v1/webhooks/{id}/test", ADMIN),
    ("GET",    "/v1/deliveries", ADMIN),
    ("POST",   "/v1/deliveries/{id}/resend", ADMIN),
];

/// For whom a route is; `None`: for nobody.
pub(super) fn who(method: &str, path: &str) -> Option<Who> {
    let line = TABLE.iter().find(|(m, p, _)| *m == method && *p == path);
    line.map(|(.., who)| *who)
}

/// Who calls, after the table has let them in. Handlers have no other way to a brand, so what they
/// read and write is the caller's own.
#[derive(Debug, Clone)]
pub(super) struct Caller(Principal);

impl Deref for Caller {
    type Target = Principal;
    fn deref(&self) -> &Principal {
        &self.0
    }
}

impl Caller {
    /// Sees and does more than an agent.
    pub(super) fn supervises(&self) -> bool {
        self.role >= Role::Supervisor
    }

    /// As reception knows who acts.
    pub(super) fn actor(&self) -> Actor {
        Actor {
            agent: self.agent,
            supervises: self.supervises(),
        }
    }

    /// Changes set-up.
    pub(super) fn administers(&self) -> bool {
        self.role >= Role::Administrator
    }
}

impl<S> FromRequestParts<S> for Caller
where
    S: Send + Sync,
    Arc<Gateway>: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Answer<Self> {
        let gateway = Arc::<Gateway>::from_ref(state);
        let path = parts
            .extensions
            .get::<MatchedPath>()
            .map_or("", MatchedPath::as_str);
        let who = who(parts.method.as_str(), path).ok_or_else(Problem::forbidden)?;
        let principal = gateway.principal(&parts.method, &parts.headers).await?;
        if let From(role) = who {
            principal.needs(role)?;
            if let Some(agent) = principal.agent {
                gateway.own_password(principal.brand, agent).await?;
            }
        }
        Ok(Self(principal))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_a_route_of_its_own() {
        let document = crate::api::openapi_json();
        let document: serde_json::Value = serde_json::from_str(&document).unwrap();
        for (n, (method, path, _)) in TABLE.iter().enumerate() {
            let described = &document["paths"][path][method.to_lowercase()];
            assert!(described.is_object(), "{method} {path}");
            let mut others = TABLE[n + 1..].iter();
            assert!(
                others.all(|(m, p, _)| (m, p) != (method, path)),
                "{method} {path}"
            );
        }
    }
}
