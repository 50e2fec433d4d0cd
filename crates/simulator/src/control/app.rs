//! Verbs of official accounts, mini-programs and shops: setting them up, following, scanning a
//! scene, the menu. What corps have too (`say`, `tap`, `push` …) takes an `appid` instead.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Verdict, answer, read};
use crate::callback::app::AppPush;
use crate::callback::app::packet::Packet;
use crate::callback::{Forgery, Push, What};
use crate::config::AppSpec;
use crate::error::SimError;
use crate::sim::Sim;
use crate::world::app::App;
use crate::world::app::desk::AppDesk;
use crate::world::app::menu::Extras;
use crate::world::app::scene::{Scene, ticket_in};
use crate::world::menu::Item;

/// Works at the desk of an app.
pub(super) fn at_app<T>(
    sim: &Sim,
    appid: Option<&str>,
    work: impl FnOnce(&mut AppDesk<'_>) -> Result<T, SimError>,
) -> Result<T, SimError> {
    let now = sim.clock.now_ms();
    sim.with(|world| work(&mut world.app_desk(appid, now)?))
}

pub(super) async fn list(State(sim): State<Arc<Sim>>) -> Verdict {
    let apps: Result<Vec<Value>, SimError> = sim.with(|world| {
        let mut apps: Vec<&App> = world.apps.values().collect();
        apps.sort_by_key(|app| app.made);
        apps.into_iter().map(describe).collect()
    });
    answer(json!({ "base_url": sim.base, "apps": apps? }))
}

pub(super) async fn app(State(sim): State<Arc<Sim>>, body: Bytes) -> Verdict {
    let appid = sim.set_up_app(read::<AppSpec>(&body)?)?;
    at_app(&sim, Some(&appid), |desk| describe(desk.app)).map(Json)
}

/// An app as scripts and the phone page see it.
fn describe(app: &App) -> Result<Value, SimError> {
    let mut shown = serde_json::to_value(app.credentials())
        .map_err(|error| SimError::invalid(error.to_string()))?;
    shown["people"] = app.contacts.len().into();
    shown["followers"] = app
        .contacts
        .values()
        .filter(|contact| contact.followed.is_some())
        .count()
        .into();
    shown["pushes_waiting"] = app.lane.waiting().into();
    shown["pushes_dropped"] = app.lane.dropped.into();
    Ok(shown)
}

/// What the platform does when an administrator saves the push configuration.
pub(super) async fn verify(sim: &Sim, appid: &str) -> Verdict {
    let (to, random) = at_app(sim, Some(appid), |desk| {
        let to = desk.app.push_to();
        let to = to.ok_or_else(|| SimError::invalid("no push_url is set"))?;
        Ok((to, desk.ids.random16()))
    })?;
    let now = sim.clock.now_ms() / 1_000;
    let outcome = sim.poster.verify_app(&to, random, now).await?;
    answer(json!({ "ok": true, "took_ms": outcome.took.as_millis() as u64 }))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Request {
    appid: Option<String>,
    customer: String,
    how: Option<String>,
    scene: Option<String>,
    ticket: Option<String>,
    payload: Option<String>,
}

pub(super) async fn follow(State(sim): State<Arc<Sim>>, body: Bytes) -> Verdict {
    let request: Request = read(&body)?;
    at_app(&sim, request.appid.as_deref(), |desk| {
        let how = request.how.as_deref().unwrap_or("ADD_SCENE_SEARCH");
        answer(desk.follow(&request.customer, how, None)?)
    })
}

pub(super) async fn unfollow(State(sim): State<Arc<Sim>>, body: Bytes) -> Verdict {
    let request: Request = read(&body)?;
    at_app(&sim, request.appid.as_deref(), |desk| {
        answer(desk.unfollow(&request.customer)?)
    })
}

/// A code that the API made, by ticket or by what its picture says; or a scene out of the blue.
pub(super) async fn scene(State(sim): State<Arc<Sim>>, body: Bytes) -> Verdict {
    let request: Request = read(&body)?;
    let ticket = request.payload.as_deref().and_then(ticket_in);
    let ticket = request.ticket.as_deref().or(ticket);
    let appid = match ticket {
        Some(ticket) => Some(owner_of(&sim, ticket)?),
        None => request.appid.clone(),
    };
    at_app(&sim, appid.as_deref(), |desk| {
        let scene = match (ticket, &request.scene) {
            (Some(ticket), _) => desk.scene(ticket)?,
            (None, Some(value)) => Scene {
                value: value.clone(),
                text: true,
                ticket: desk.make_scene(value, true, None),
            },
            (None, None) => return Err(SimError::invalid("scene wants scene, ticket or payload")),
        };
        answer(desk.scan_scene(&request.customer, &scene)?)
    })
}

/// The app whose code a ticket is.
pub(super) fn owner_of(sim: &Sim, ticket: &str) -> Result<String, SimError> {
    let found = sim.with(|world| {
        let mut apps = world.apps.values();
        let app = apps.find(|app| app.scenes.get(ticket).is_some());
        app.map(|app| app.appid.clone())
    });
    found.ok_or_else(|| SimError::unknown("scene code", ticket))
}

pub(super) async fn menu(State(sim): State<Arc<Sim>>, body: Bytes) -> Verdict {
    #[derive(Debug, Default, Deserialize)]
    #[serde(default)]
    struct Tap {
        appid: Option<String>,
        customer: String,
        key: Option<String>,
        name: Option<String>,
        #[serde(flatten)]
        extras: Extras,
    }
    let request: Tap = read(&body)?;
    let wanted = request.key.as_deref().or(request.name.as_deref());
    at_app(&sim, request.appid.as_deref(), |desk| {
        let wanted = wanted.unwrap_or_default();
        answer(desk.tap_menu(&request.customer, wanted, &request.extras)?)
    })
}

/// Any event, by the names of its elements; `customer` becomes its FromUserName.
pub(super) fn event(sim: &Sim, appid: &str, customer: &str, event: &Value) -> Verdict {
    let fields = event
        .as_object()
        .ok_or_else(|| SimError::invalid("event is an object with Event"))?;
    let name = fields
        .get("Event")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if name.is_empty() {
        return Err(SimError::invalid("event is an object with Event"));
    }
    at_app(sim, Some(appid), |desk| {
        let openid = desk.openid(customer)?;
        let mut rest = fields.clone();
        rest.remove("Event");
        let packet = desk.event(&openid, name).object(&rest);
        desk.push(&openid, name, packet, false);
        answer(json!({ "queued": desk.app.lane.waiting(), "openid": openid }))
    })
}

/// Any push, by the names of its elements, right or forged.
pub(super) fn push(sim: &Sim, appid: &str, elements: &Value, forgery: Option<Forgery>) -> Verdict {
    let fields = elements
        .as_object()
        .ok_or_else(|| SimError::invalid("push wants elements, an object"))?;
    at_app(sim, Some(appid), |desk| {
        if desk.app.push_url.is_empty() {
            return Err(SimError::invalid("no push_url is set"));
        }
        let packet = Packet::default().object(fields);
        let openid = packet.word("FromUserName").into();
        desk.app.lane.push(Push {
            what: What::App(AppPush {
                event: "by hand".into(),
                openid,
                packet,
                forgery,
                attempt: 1,
                answered: false,
            }),
            settled: false,
        });
        answer(json!({ "queued": desk.app.lane.waiting() }))
    })
}

/// Opens an app's chat, by its page's button.
pub(super) fn enter(
    sim: &Sim,
    appid: &str,
    customer: &str,
    name: Option<&str>,
    session_from: Option<&str>,
) -> Verdict {
    at_app(sim, Some(appid), |desk| {
        let openid = desk.openid(customer)?;
        if let (Some(name), Some(person)) = (name, desk.people.find(&openid)) {
            person.name = name.chars().take(32).collect();
        }
        answer(desk.open_chat(customer, session_from)?)
    })
}

/// Taps a message that an app sent.
pub(super) fn tap(sim: &Sim, appid: &str, customer: &str, msgid: &str, item: Item<'_>) -> Verdict {
    at_app(sim, Some(appid), |desk| {
        answer(desk.tap_message(customer, msgid, item)?)
    })
}

/// From now on sends are refused: by the person's own choice, or because the app blocked them.
pub(super) fn refuse(sim: &Sim, appid: &str, customer: &str, by_app: bool, on: bool) -> Verdict {
    at_app(sim, Some(appid), |desk| {
        let openid = desk.openid(customer)?;
        if let Some(contact) = desk.contact(&openid) {
            match by_app {
                true => contact.blocked = on,
                false => contact.refusing = on,
            }
        }
        answer(json!({ "appid": desk.app.appid, "refusing": on }))
    })
}

/// Takes both kinds of token back.
pub(super) fn revoke(sim: &Sim, appid: &str, code: i64) -> Verdict {
    at_app(sim, Some(appid), |desk| {
        let app = &mut *desk.app;
        let mut revoked = false;
        for token in [app.current_token.take(), app.stable_token.take()] {
            if let Some(known) = token.and_then(|token| app.tokens.get_mut(&token)) {
                known.revoked = Some(code);
                revoked = true;
            }
        }
        answer(json!({ "revoked": revoked }))
    })
}

/// A chat's head, as the phone shows it.
pub(super) fn heading(app: &App, openid: Option<&Arc<str>>, now: i64) -> Value {
    let contact = openid.and_then(|openid| app.contacts.get(openid));
    let mut head = json!({
        "kind": app.chat(),
        "target": app.appid,
        "title": app.name,
        "note": null,
        "corp": app.name,
    });
    if let Some(contact) = contact {
        let (left, until) = contact.credits.left(now);
        head["credits"] = json!({ "left": left, "until_ms": until });
        head["followed"] = contact.followed.is_some().into();
        head["refusing"] = contact.refusing.into();
        head["typing"] = (now < contact.typing).into();
        head["openid"] = openid.map(|openid| &**openid).into();
    }
    head
}
