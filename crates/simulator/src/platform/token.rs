//! `gettoken`, and what an access_token is worth: one per app secret, the same until a minute
//! before it dies, and it may be taken back early.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::Response;
use serde_json::json;

use super::refusal::Refusal;
use super::{Answer, Owner, Params, Visit};
use crate::sim::Sim;
use crate::world::corp::AccessToken;
use crate::world::{MINUTE, SECOND, World};

/// Seconds a token lives.
const LIFE: i64 = 7_200;

/// `GET /cgi-bin/gettoken?corpid&corpsecret`
pub(super) async fn gettoken(
    State(sim): State<Arc<Sim>>,
    Query(params): Query<Params>,
) -> Response {
    let mut visit = Visit::new(&sim, "gettoken", &params);
    if let Err(response) = visit.faults().await {
        return *response;
    }
    let now = sim.clock.now_ms();
    let answer = sim.with(|world| issue(world, &params, now));
    visit.record.corpid = params.get("corpid").cloned().unwrap_or_default();
    visit.finish(answer).await
}

fn issue(world: &mut World, params: &Params, now: i64) -> Answer {
    let given = |name: &str| params.get(name).filter(|value| !value.is_empty());
    let corpid = given("corpid").ok_or_else(|| Refusal::of(41002))?;
    let secret = given("corpsecret").ok_or_else(|| Refusal::of(41004))?;
    let foreign = world
        .corps
        .values()
        .any(|corp| corp.corpid != *corpid && corp.secret == *secret);
    let corp = world
        .corps
        .get_mut(corpid)
        .ok_or_else(|| Refusal::of(40013))?;
    if corp.secret != *secret {
        // The secret of another corp is told apart from one that nobody has.
        return Err(Refusal::of(if foreign { 40091 } else { 40001 }));
    }
    let current = corp.current_token.as_ref().and_then(|token| {
        let known = corp.tokens.get(token)?;
        let fresh = known.revoked.is_none() && now < known.expires - MINUTE;
        fresh.then(|| (token.clone(), known.expires))
    });
    let (token, expires) = current.unwrap_or_else(|| {
        let token = world.ids.make("", 214);
        let expires = now + LIFE * SECOND;
        corp.tokens.insert(
            token.clone(),
            AccessToken {
                expires,
                revoked: None,
            },
        );
        corp.current_token = Some(token.clone());
        (token, expires)
    });
    Ok(json!({ "access_token": token, "expires_in": (expires - now) / SECOND }).into())
}

/// Whom a token speaks for, and whether it still does: 41001 without one, 40014 unknown, 42001
/// expired, or the code that it was taken back with.
pub(super) fn owner_of(
    world: &World,
    token: Option<&String>,
    now: i64,
) -> Result<(Owner, Result<(), Refusal>), Refusal> {
    let token = token
        .filter(|token| !token.is_empty())
        .ok_or_else(|| Refusal::of(41001))?;
    let corp = world
        .corps
        .values()
        .find_map(|corp| Some((Owner::Corp(corp.corpid.clone()), corp.tokens.get(token)?)));
    let found = corp.or_else(|| {
        let mut apps = world.apps.values();
        apps.find_map(|app| Some((Owner::App(app.appid.clone()), app.tokens.get(token)?)))
    });
    let (owner, known) = found.ok_or_else(|| Refusal::of(40014))?;
    let alive = match known.revoked {
        Some(code) => Err(Refusal::of(code)),
        None if now >= known.expires => Err(Refusal::of(42001)),
        None => Ok(()),
    };
    Ok((owner, alive))
}
