//! Access tokens of apps: the old call makes a new one every time, the stable one answers the
//! same while it is good. The two know nothing of each other.

use std::net::Ipv4Addr;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

use crate::platform::refusal::Refusal;
use crate::platform::{Answer, Params, Reply, Visit, given, read};
use crate::sim::Sim;
use crate::world::corp::AccessToken;
use crate::world::quota::{Limit, Over};
use crate::world::{DAY, MINUTE, SECOND, World};

/// Seconds a token lives.
const LIFE: i64 = 7_200;
/// A token that was replaced by the old call may be used this long.
const GRACE: i64 = 5 * MINUTE;
/// In the last minutes of a stable token its successor is given out.
const RENEWAL: i64 = 5 * MINUTE;
/// Forced renewals: so many a day, so far apart.
const FORCED: (usize, i64) = (20, 30 * SECOND);

const OLD_LIMITS: Limit = Limit {
    per_minute: None,
    per_hour: None,
    per_day: Some(2_000),
    concurrent: None,
};
const STABLE_LIMITS: Limit = Limit {
    per_minute: Some(10_000),
    per_hour: None,
    per_day: Some(500_000),
    concurrent: None,
};

#[derive(Debug, Default, Deserialize)]
struct Asked {
    grant_type: Option<String>,
    appid: Option<String>,
    secret: Option<String>,
    #[serde(default)]
    force_refresh: bool,
}

/// `GET /cgi-bin/token?grant_type=client_credential&appid&secret`
pub(super) async fn token(State(sim): State<Arc<Sim>>, Query(params): Query<Params>) -> Response {
    let asked = Asked {
        grant_type: params.get("grant_type").cloned(),
        appid: params.get("appid").cloned(),
        secret: params.get("secret").cloned(),
        force_refresh: false,
    };
    visit(&sim, "token", asked, fresh).await
}

/// `POST /cgi-bin/stable_token`
pub(super) async fn stable_token(State(sim): State<Arc<Sim>>, body: Bytes) -> Response {
    match read::<Asked>(&body) {
        Ok(asked) => visit(&sim, "stable_token", asked, stable).await,
        Err(_) => {
            let mut visit = Visit::new(&sim, "stable_token", &Params::new());
            visit.for_app = true;
            visit.finish(Err(Refusal::of(47001))).await
        }
    }
}

type Issue = fn(&mut World, &str, &Asked, i64) -> Result<(String, i64), Refusal>;

async fn visit(sim: &Sim, path: &str, asked: Asked, issue: Issue) -> Response {
    let mut visit = Visit::new(sim, path, &Params::new());
    visit.for_app = true;
    visit.record.corpid = asked.appid.clone().unwrap_or_default();
    if let Err(response) = visit.faults().await {
        return *response;
    }
    let now = sim.clock.now_ms();
    let answer = sim.with(|world| -> Answer {
        let appid = admit(world, path, &asked, now)?;
        let (token, expires) = issue(world, &appid, &asked, now)?;
        let fields = json!({ "access_token": token, "expires_in": (expires - now) / SECOND });
        Ok(Reply::from(fields).bare())
    });
    visit.finish(answer).await
}

/// Who asks, from where, how often.
fn admit(world: &mut World, path: &str, asked: &Asked, now: i64) -> Result<String, Refusal> {
    if given(&asked.grant_type) != Some("client_credential") {
        return Err(Refusal::of(40002));
    }
    let appid = given(&asked.appid).ok_or_else(|| Refusal::of(41002))?;
    let secret = given(&asked.secret).ok_or_else(|| Refusal::of(41004))?;
    let app = world.apps.get(appid).ok_or_else(|| Refusal::of(40013))?;
    if app.secret != secret {
        return Err(Refusal::of(40125));
    }
    let here = Ipv4Addr::LOCALHOST.to_string();
    if !app.allowed_ips.is_empty() && !app.allowed_ips.contains(&here) {
        let words = format!("invalid ip {here}, not in whitelist");
        return Err(Refusal::because(40164, words));
    }
    let limits = match path {
        "token" => OLD_LIMITS,
        _ => STABLE_LIMITS,
    };
    let entered = world.quotas.enter(appid, path, limits, now);
    entered.map_err(|over| match over {
        Over::Day => Refusal::of(45009),
        Over::Rate | Over::Concurrency => Refusal::of(45011),
    })?;
    world.quotas.leave(appid, path);
    Ok(appid.to_owned())
}

fn make(world: &mut World, appid: &str, now: i64) -> Result<(String, i64), Refusal> {
    let token = world.ids.make("", 136);
    let expires = now + LIFE * SECOND;
    let app = world
        .apps
        .get_mut(appid)
        .ok_or_else(|| Refusal::of(40013))?;
    let known = AccessToken {
        expires,
        revoked: None,
    };
    app.tokens.insert(token.clone(), known);
    Ok((token, expires))
}

/// A new token; the one before it lives a little longer.
fn fresh(world: &mut World, appid: &str, _: &Asked, now: i64) -> Result<(String, i64), Refusal> {
    let made = make(world, appid, now)?;
    if let Some(app) = world.apps.get_mut(appid)
        && let Some(before) = app.current_token.replace(made.0.clone())
        && let Some(known) = app.tokens.get_mut(&before)
    {
        known.expires = known.expires.min(now + GRACE);
    }
    Ok(made)
}

/// The same token while it is good; a forced one ends the one before it at once.
fn stable(
    world: &mut World,
    appid: &str,
    asked: &Asked,
    now: i64,
) -> Result<(String, i64), Refusal> {
    let app = world
        .apps
        .get_mut(appid)
        .ok_or_else(|| Refusal::of(40013))?;
    let current = app.stable_token.clone();
    let known = current.as_ref().and_then(|token| app.tokens.get(token));
    if asked.force_refresh {
        app.forced.retain(|at| now < at + DAY);
        let last = app.forced.back().copied().unwrap_or(i64::MIN / 2);
        if app.forced.len() >= FORCED.0 || now < last + FORCED.1 {
            return Err(Refusal::of(45011));
        }
        app.forced.push_back(now);
        if let Some(known) = current.and_then(|token| app.tokens.get_mut(&token)) {
            known.revoked.get_or_insert(40001);
        }
    } else if let (Some(token), Some(known)) = (&current, known)
        && known.revoked.is_none()
        && now < known.expires - RENEWAL
    {
        return Ok((token.clone(), known.expires));
    }
    let made = make(world, appid, now)?;
    if let Some(app) = world.apps.get_mut(appid) {
        app.stable_token = Some(made.0.clone());
    }
    Ok(made)
}
