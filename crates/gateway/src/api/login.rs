//! Signing in and out, and what the sign-in page needs to know.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    Json,
    extract::{ConnectInfo, State},
    http::{HeaderMap, StatusCode, header},
    response::Response,
};
use kefu_domain::{BrandId, setup::Agent};
use kefu_reception::Setup;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{access::Caller, me::Me};
use crate::{
    Gateway, auth,
    hub::Event,
    problem::{Answer, JsonBody, Problem},
};

/// Who wants to come in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"account": "linzhixia", "password": "…"}))]
pub(super) struct LoginBody {
    /// The brand's short name; needed where a gateway serves several.
    brand: Option<String>,
    account: String,
    password: String,
}

/// What the sign-in page shows.
#[derive(Serialize, ToSchema)]
pub(super) struct Bootstrap {
    version: &'static str,
    brand_count: usize,
    /// If there is one brand.
    single_brand_name: Option<String>,
    /// A demonstration: its accounts are public.
    demo: bool,
}

/// What the sign-in page needs
#[utoipa::path(get, path = "/v1/bootstrap", tag = "Signing in", responses((status = 200, body = Bootstrap)))]
pub(super) async fn bootstrap(State(gateway): State<Arc<Gateway>>) -> Json<Bootstrap> {
    let brands = gateway.reception.directory().all();
    let single = (brands.len() == 1).then(|| brands[0].brand.entry.name.clone());
    Json(Bootstrap {
        version: gateway.settings.version,
        brand_count: brands.len(),
        single_brand_name: single,
        demo: gateway.settings.demo,
    })
}

/// Sign in
///
/// Sets the cookie. The answer, and the time it takes, is the same for an unknown account and a
/// wrong password. After five wrong passwords for an account from one address in 15 minutes, or a
/// hundred for all accounts together: 429.
#[utoipa::path(post, path = "/v1/login", tag = "Signing in", request_body = LoginBody, responses((status = 200, body = Me)))]
pub(super) async fn login(
    State(gateway): State<Arc<Gateway>>,
    peer: ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    JsonBody(body): JsonBody<LoginBody>,
) -> Answer<Response> {
    // Another site must not sign people in as somebody else.
    if headers.contains_key(header::ORIGIN) && !auth::allowed_origin(&gateway.settings, &headers) {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "forbidden",
            "this Origin may not sign in",
        ));
    }
    if body.account.len() > 256 || body.password.len() > auth::PASSWORD * 4 {
        return Err(Problem::bad("account or password: too long"));
    }
    let from = gateway.address(&peer, &headers);
    let found = find(&gateway, &body);
    let brand = found
        .as_ref()
        .map(|(setup, _)| setup.brand.entry.id)
        .unwrap_or_default();
    gateway.access.attempt(brand, &body.account, from)?;
    let agent =
        found.and_then(|(setup, agent)| Some((setup, agent.filter(|agent| !agent.disabled)?)));
    let stored = match &agent {
        Some((_, agent)) => gateway.reception.store().password(brand, agent.id).await?,
        None => None,
    };
    let wrong = || {
        metrics::counter!("kefu_login_failures_total").increment(1);
        Problem::new(
            StatusCode::UNAUTHORIZED,
            "unauthenticated",
            "no such account with this password",
        )
    };
    let must_change = stored.as_ref().is_some_and(|(_, must)| *must);
    let stored = stored.map(|(hash, _)| hash);
    let compared = gateway.access.check_password(body.password, stored.clone());
    let right = compared.await?;
    let ((setup, agent), stored) = agent.filter(|_| right).zip(stored).ok_or_else(wrong)?;
    let secret = gateway.sign_in(brand, agent.id, stored).await?;
    let secret = secret.ok_or_else(wrong)?;
    gateway.access.was_right(brand, &body.account, from);
    tracing::info!(brand.id = %brand, agent.id = %agent.id, "signed in");
    Ok(auth::with_cookie(
        &gateway.settings,
        Some(&secret),
        Json(Me::of(&setup, &agent, must_change)),
    ))
}

/// The brand that is meant and the account in it, if there is one.
fn find(gateway: &Gateway, body: &LoginBody) -> Option<(Arc<Setup>, Option<Agent>)> {
    let brands = gateway.reception.directory().all();
    let setup = match body
        .brand
        .as_deref()
        .map(str::trim)
        .filter(|slug| !slug.is_empty())
    {
        Some(slug) => brands
            .into_iter()
            .find(|setup| setup.brand.entry.slug.eq_ignore_ascii_case(slug))?,
        None if brands.len() == 1 => brands.into_iter().next()?,
        None => return None,
    };
    let id: BrandId = setup.brand.entry.id;
    let agent = gateway.reception.agent_by_account(id, &body.account).ok();
    Some((setup, agent))
}

/// Sign out
///
/// Ends this sign-in. If no console of another one is open, the agent is offline: customers who wait
/// for an answer go back to the queue, to their place.
#[utoipa::path(post, path = "/v1/logout", tag = "Signing in", responses((status = 204, description = "Signed out.")))]
pub(super) async fn logout(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
) -> Answer<Response> {
    if let (Some(login), Some(agent)) = (caller.login, caller.agent) {
        gateway.reception.store().sign_out(login).await?;
        gateway.hub.tell_agent(agent, &Event::SignedOut(login));
        if !gateway.hub.elsewhere(agent, login) {
            gateway.reception.agent_gone(caller.brand, agent).await?;
        }
    }
    Ok(auth::with_cookie(
        &gateway.settings,
        None,
        StatusCode::NO_CONTENT,
    ))
}
