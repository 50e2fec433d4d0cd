//! `qrcode/create` and the picture of a code with a scene (带参数的二维码).

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use serde::Deserialize;
use serde_json::json;

use super::only;
use crate::config::AppKind;
use crate::platform::refusal::Refusal;
use crate::platform::{Answer, Params, Reply, read};
use crate::qr;
use crate::sim::Sim;
use crate::world::app::desk::AppDesk;

/// Seconds a temporary code may live, and lives when nothing is said.
const LONGEST: i64 = 2_592_000;
const SHORTEST: i64 = 60;
/// Permanent codes an account may have; their numbers end here too.
const PERMANENT: usize = 100_000;

#[derive(Debug, Deserialize)]
struct Request {
    expire_seconds: Option<i64>,
    action_name: String,
    action_info: Info,
}

#[derive(Debug, Deserialize)]
struct Info {
    scene: SceneAsked,
}

#[derive(Debug, Deserialize)]
struct SceneAsked {
    scene_id: Option<i64>,
    scene_str: Option<String>,
}

pub(super) fn create(desk: &mut AppDesk<'_>, _: &Params, body: &[u8]) -> Answer {
    only(desk, &[AppKind::OfficialAccount])?;
    let request: Request = read(body).map_err(|_| Refusal::of(47001))?;
    let wrong = || Refusal::of(40053);
    let scene = &request.action_info.scene;
    let number = |most: i64| {
        let id = scene.scene_id.filter(|id| (1..=most).contains(id));
        id.map(|id| id.to_string()).ok_or_else(wrong)
    };
    let words = || {
        let words = scene.scene_str.as_deref().unwrap_or_default();
        let fits = (1..=64).contains(&words.chars().count());
        fits.then(|| words.to_owned()).ok_or_else(wrong)
    };
    let life = request
        .expire_seconds
        .unwrap_or(SHORTEST)
        .clamp(SHORTEST, LONGEST);
    let (value, text, life) = match request.action_name.as_str() {
        "QR_SCENE" => (number(i64::from(u32::MAX))?, false, Some(life)),
        "QR_STR_SCENE" => (words()?, true, Some(life)),
        "QR_LIMIT_SCENE" => (number(PERMANENT as i64)?, false, None),
        "QR_LIMIT_STR_SCENE" => (words()?, true, None),
        _ => return Err(Refusal::of(40052)),
    };
    if life.is_none() {
        if desk.app.permanent >= PERMANENT {
            return Err(Refusal::of(45029));
        }
        desk.app.permanent += 1;
    }
    let ticket = desk.make_scene(&value, text, life);
    let mut fields = json!({ "ticket": ticket, "url": desk.scene_url(&ticket) });
    if let Some(life) = life {
        fields["expire_seconds"] = life.into();
    }
    Ok(Reply::from(fields).bare().note(format!("scene {value}")))
}

/// `GET /cgi-bin/showqrcode?ticket=`: the picture, for anybody.
pub(super) async fn show(State(sim): State<Arc<Sim>>, Query(params): Query<Params>) -> Response {
    let ticket = params.get("ticket").cloned().unwrap_or_default();
    let url = sim.with(|world| {
        let known = world
            .apps
            .values()
            .any(|app| app.scenes.get(&ticket).is_some());
        known.then(|| format!("{}/q/o/{ticket}", world.base))
    });
    match url.map(|url| qr::draw(&url)) {
        Some(Ok(png)) => ([(header::CONTENT_TYPE, "image/png")], png).into_response(),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}
