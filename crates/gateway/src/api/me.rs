//! Whoever is signed in: who they are, what they chose, their password.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    Json,
    extract::{ConnectInfo, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use kefu_domain::{
    AgentId, BrandId, TeamId,
    setup::{Agent, Folder, Prefs, Role},
};
use kefu_reception::Setup;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{access::Caller, shapes::RoleWord};
use crate::{
    Gateway, auth,
    hub::{Event, Renewal},
    problem::{Answer, JsonBody, Problem},
};

/// Characters of a password at least.
const SHORTEST: usize = 10;

/// Whoever is signed in.
#[derive(Serialize, ToSchema)]
pub(super) struct Me {
    #[schema(value_type = String)]
    servicer_userid: AgentId,
    account: String,
    name: String,
    avatar_media_id: Option<String>,
    title: String,
    #[schema(value_type = RoleWord)]
    role: Role,
    brand: MyBrand,
    #[schema(value_type = Vec<String>)]
    team_ids: Vec<TeamId>,
    /// Sessions at once (接待上限).
    limit: u32,
    /// Nothing else is answered until the password was changed.
    must_change_password: bool,
    prefs: MyPrefs,
}

#[derive(Serialize, ToSchema)]
struct MyBrand {
    #[schema(value_type = String)]
    id: BrandId,
    name: String,
    slug: String,
}

/// What a person chose about their own screens.
#[derive(Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"locale": "zh-CN", "theme": "dark", "notify": {"sound": true}}))]
pub(super) struct MyPrefs {
    /// `zh-CN` or `en`.
    #[serde(skip_serializing_if = "Option::is_none")]
    locale: Option<String>,
    /// `light`, `dark` or `system`.
    #[serde(skip_serializing_if = "Option::is_none")]
    theme: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notify: Option<Notify>,
    /// A reply is held back for so many seconds, 0 to 5, in which it can be taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    undo_s: Option<u8>,
    /// `enter` or `ctrl_enter`.
    #[serde(skip_serializing_if = "Option::is_none")]
    send_key: Option<String>,
    /// Lists kept under a name, at most 20; given, they replace the ones before.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<FolderShape>>)]
    folders: Option<Vec<Folder>>,
}

/// A list of conversations kept under a name; what is empty restricts nothing.
#[derive(ToSchema)]
#[schema(as = Folder)]
#[expect(dead_code, reason = "only its schema is used")]
pub(super) struct FolderShape {
    name: String,
    /// `mine`, `waiting`, `colleagues`, `all`.
    view: String,
    channel: String,
    /// A `service_state` in digits.
    state: String,
    team_id: String,
    /// `vip`, `regular`, `new`.
    mark: String,
    /// The least priority, in digits.
    priority: String,
    sort: String,
}

/// How new messages make themselves heard.
#[derive(Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Notify {
    #[serde(skip_serializing_if = "Option::is_none")]
    sound: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    desktop: Option<bool>,
    /// `soft`, `bell` or `knock`.
    #[serde(skip_serializing_if = "Option::is_none")]
    tone: Option<String>,
    /// `mine`, or `all` that waits for my teams too.
    #[serde(skip_serializing_if = "Option::is_none")]
    of: Option<String>,
    /// The sound comes again until somebody looks.
    #[serde(skip_serializing_if = "Option::is_none")]
    repeat: Option<bool>,
}

impl Me {
    pub(super) fn of(setup: &Setup, agent: &Agent, must_change_password: bool) -> Self {
        let brand = &setup.brand.entry;
        let prefs = setup.prefs.get(&agent.id).map(|row| row.entry.clone());
        Self {
            servicer_userid: agent.id,
            account: agent.account.clone(),
            name: agent.name.clone(),
            avatar_media_id: agent.avatar_media_id.clone(),
            title: agent.title.clone(),
            role: agent.role,
            brand: MyBrand {
                id: brand.id,
                name: brand.name.clone(),
                slug: brand.slug.clone(),
            },
            team_ids: agent.team_ids.clone(),
            limit: agent.limit,
            must_change_password,
            prefs: prefs.map(MyPrefs::from).unwrap_or_default(),
        }
    }
}

impl From<Prefs> for MyPrefs {
    fn from(prefs: Prefs) -> Self {
        let notify = Notify {
            sound: prefs.sound,
            desktop: prefs.desktop,
            tone: prefs.tone,
            of: prefs.of,
            repeat: prefs.repeat,
        };
        let any = notify != Notify::default();
        Self {
            locale: prefs.locale,
            theme: prefs.theme,
            notify: any.then_some(notify),
            undo_s: prefs.undo_s,
            send_key: prefs.send_key,
            folders: Some(prefs.folders).filter(|folders| !folders.is_empty()),
        }
    }
}

/// Who I am
#[utoipa::path(get, path = "/v1/me", tag = "Signing in", responses((status = 200, body = Me)))]
pub(super) async fn me(State(gateway): State<Arc<Gateway>>, caller: Caller) -> Answer<Json<Me>> {
    let person = caller.person()?;
    let stored = gateway
        .reception
        .store()
        .password(caller.brand, person.id)
        .await?;
    Ok(Json(Me::of(
        &caller.setup,
        person,
        stored.is_some_and(|(_, must)| must),
    )))
}

/// Choose language, colours and notices
#[utoipa::path(patch, path = "/v1/me", tag = "Signing in", request_body = MyPrefs, responses((status = 200, body = Me)))]
pub(super) async fn choose(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    JsonBody(body): JsonBody<MyPrefs>,
) -> Answer<Json<Me>> {
    let id = caller.agent()?;
    let one_of = |field: &str, given: &Option<String>, known: &[&str]| match given {
        Some(text) if !known.contains(&text.as_str()) => Err(Problem::bad(format!(
            "{field}: one of {}",
            known.join(", ")
        ))),
        _ => Ok(()),
    };
    one_of("locale", &body.locale, &["zh-CN", "en"])?;
    one_of("theme", &body.theme, &["light", "dark", "system"])?;
    one_of("send_key", &body.send_key, &["enter", "ctrl_enter"])?;
    let notify = body.notify.unwrap_or_default();
    one_of("notify.tone", &notify.tone, &["soft", "bell", "knock"])?;
    one_of("notify.of", &notify.of, &["mine", "all"])?;
    if body.undo_s.is_some_and(|s| s > 5) {
        return Err(Problem::bad("undo_s: 0 to 5"));
    }
    check_folders(body.folders.as_deref().unwrap_or_default())?;
    let before = caller.setup.prefs.get(&id).map(|row| row.entry.clone());
    let before = before.unwrap_or(Prefs {
        id,
        locale: None,
        theme: None,
        sound: None,
        desktop: None,
        tone: None,
        of: None,
        repeat: None,
        undo_s: None,
        send_key: None,
        folders: Vec::new(),
    });
    let prefs = Prefs {
        id,
        locale: body.locale.or_else(|| before.locale.clone()),
        theme: body.theme.or_else(|| before.theme.clone()),
        sound: notify.sound.or(before.sound),
        desktop: notify.desktop.or(before.desktop),
        tone: notify.tone.or_else(|| before.tone.clone()),
        of: notify.of.or_else(|| before.of.clone()),
        repeat: notify.repeat.or(before.repeat),
        undo_s: body.undo_s.or(before.undo_s),
        send_key: body.send_key.or_else(|| before.send_key.clone()),
        folders: body.folders.unwrap_or_else(|| before.folders.clone()),
    };
    if prefs != before {
        gateway.reception.put(caller.brand, prefs, None).await?;
    }
    let setup = gateway.reception.directory().brand(caller.brand)?;
    let stored = gateway.reception.store().password(caller.brand, id).await?;
    Ok(Json(Me::of(
        &setup,
        caller.person()?,
        stored.is_some_and(|(_, must)| must),
    )))
}

/// Folders, and characters of each of their fields, at most.
const FOLDERS: usize = 20;
const FOLDER: usize = 64;

fn check_folders(folders: &[Folder]) -> Answer<()> {
    let long = |text: &String| text.chars().count() > FOLDER;
    let bad = |one: &Folder| {
        one.name.trim().is_empty()
            || [
                &one.name,
                &one.view,
                &one.channel,
                &one.state,
                &one.team_id,
                &one.mark,
                &one.priority,
                &one.sort,
            ]
            .into_iter()
            .any(long)
    };
    if folders.len() > FOLDERS || folders.iter().any(bad) {
        return Err(Problem::bad(format!(
            "folders: at most {FOLDERS}, each with a name and fields of at most {FOLDER} characters"
        )));
    }
    Ok(())
}

/// A password is changed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PasswordBody {
    old: String,
    /// 10 to 256 characters, not the old one and not the account.
    new: String,
}

/// Change my password
///
/// Ends all other sign-ins, closes their sockets, and sets a new cookie. A wrong old password counts like a wrong sign-in.
#[utoipa::path(
    post, path = "/v1/me/password", tag = "Signing in", request_body = PasswordBody,
    responses((status = 204, description = "Changed.")),
)]
pub(super) async fn password(
    State(gateway): State<Arc<Gateway>>,
    peer: ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    caller: Caller,
    JsonBody(body): JsonBody<PasswordBody>,
) -> Answer<Response> {
    let person = caller.person()?;
    let (brand, agent) = (caller.brand, person.id);
    if !(SHORTEST..=auth::PASSWORD).contains(&body.new.chars().count()) {
        return Err(Problem::bad(format!(
            "new: {SHORTEST} to {} characters",
            auth::PASSWORD
        )));
    }
    if body.new == body.old || body.new.eq_ignore_ascii_case(&person.account) {
        return Err(Problem::bad("new: choose another one"));
    }
    let from = gateway.address(&peer, &headers);
    gateway.access.attempt(brand, &person.account, from)?;
    let store = gateway.reception.store();
    let stored = store.password(brand, agent).await?.map(|(hash, _)| hash);
    let wrong = || {
        metrics::counter!("kefu_login_failures_total").increment(1);
        Problem::new(
            StatusCode::UNAUTHORIZED,
            "unauthenticated",
            "old: not the password",
        )
    };
    let right = body.old.len() <= auth::PASSWORD * 4
        && gateway
            .access
            .check_password(body.old, stored.clone())
            .await?;
    let stored = stored.filter(|_| right).ok_or_else(wrong)?;
    gateway.access.was_right(brand, &person.account, from);
    let hash = gateway.access.hash_password(body.new).await?;
    // Somebody may have reset it since it was compared.
    let changed = store.change_password(brand, agent, stored, hash.clone());
    if !changed.await? {
        return Err(wrong());
    }
    store.sign_out_everywhere(brand, agent).await?;
    let secret = gateway.sign_in(brand, agent, hash).await?;
    let secret = secret.ok_or_else(wrong)?;
    // This browser goes on under its new cookie; whoever sits at another one signs in again.
    let renewal = Renewal {
        was: caller.login,
        is: auth::hash(&secret),
    };
    gateway
        .hub
        .tell_agent(agent, &Event::Renewed(Arc::new(renewal)));
    Ok(auth::with_cookie(
        &gateway.settings,
        Some(&secret),
        StatusCode::NO_CONTENT,
    ))
}
