//! Customer-service accounts: made, changed, listed, removed; links into them.

use serde::Deserialize;
use serde_json::json;

use super::refusal::Refusal;
use super::{Answer, Params, Reply, given, needed, read};
use crate::crypto;
use crate::world::account::Account;
use crate::world::desk::Desk;
use crate::world::media::Kind;

/// Characters of an account's name.
const NAME_LIMIT: usize = 16;

#[derive(Debug, Deserialize)]
struct AccountRequest {
    open_kfid: Option<String>,
    name: Option<String>,
    media_id: Option<String>,
}

/// The account that a request names: 95000 malformed, 95004 unknown, 48007 not ours to manage.
pub(super) fn find<'a>(
    desk: &'a mut Desk<'_>,
    open_kfid: Option<&str>,
) -> Result<&'a mut Account, Refusal> {
    let id = open_kfid.filter(|id| !id.is_empty() && id.len() <= 64);
    let id = id.ok_or_else(|| Refusal::of(95000))?;
    let account = desk
        .corp
        .accounts
        .get_mut(id)
        .ok_or_else(|| Refusal::of(95004))?;
    if account.managed {
        Ok(account)
    } else {
        Err(Refusal::of(48007))
    }
}

fn check_name(name: &str) -> Result<(), Refusal> {
    let length = name.chars().count();
    if (1..=NAME_LIMIT).contains(&length) {
        Ok(())
    } else {
        Err(Refusal::of(95006))
    }
}

fn avatar(desk: &Desk<'_>, media_id: &str) -> Result<String, Refusal> {
    let media = desk
        .corp
        .media
        .get(media_id, desk.now)
        .ok_or_else(|| Refusal::of(40007))?;
    if media.kind != Kind::Image {
        return Err(Refusal::of(40007));
    }
    Ok(format!("{}/sim/media/{media_id}", desk.base))
}

pub(super) fn add(desk: &mut Desk<'_>, _: &Params, body: &[u8]) -> Answer {
    let request: AccountRequest = read(body)?;
    let name = given(&request.name).ok_or_else(|| Refusal::of(95006))?;
    check_name(name)?;
    let picture = avatar(desk, needed(&request.media_id, "media_id")?)?;
    let id = desk.ids.make("wk", 32);
    desk.open_account(&id, name)
        .map_err(|_| Refusal::of(95005))?;
    find(desk, Some(&id))?.avatar = picture;
    Ok(json!({ "open_kfid": id }).into())
}

pub(super) fn del(desk: &mut Desk<'_>, _: &Params, body: &[u8]) -> Answer {
    let request: AccountRequest = read(body)?;
    let id = find(desk, given(&request.open_kfid))?.open_kfid.clone();
    if desk.corp.accounts.len() == 1 {
        return Err(Refusal::because(
            95005,
            "at least one kf account must remain",
        ));
    }
    desk.corp.accounts.remove(&id);
    Ok(Reply::ok())
}

pub(super) fn update(desk: &mut Desk<'_>, _: &Params, body: &[u8]) -> Answer {
    let request: AccountRequest = read(body)?;
    find(desk, given(&request.open_kfid))?;
    let picture = given(&request.media_id)
        .map(|id| avatar(desk, id))
        .transpose()?;
    given(&request.name).map(check_name).transpose()?;
    let account = find(desk, given(&request.open_kfid))?;
    if let Some(picture) = picture {
        account.avatar = picture;
    }
    if let Some(name) = given(&request.name) {
        account.name = name.to_owned();
    }
    Ok(Reply::ok())
}

/// POST with offset and limit, or the older GET with nothing at all.
pub(super) fn list(desk: &mut Desk<'_>, _: &Params, body: &[u8]) -> Answer {
    #[derive(Debug, Default, Deserialize)]
    struct Request {
        offset: Option<usize>,
        limit: Option<usize>,
    }
    let request: Request = if body.is_empty() {
        Request::default()
    } else {
        read(body)?
    };
    let limit = match request.limit.unwrap_or_default() {
        0 => 100,
        limit @ 1..=100 => limit,
        _ => return Err(Refusal::of(40058)),
    };
    let accounts: Vec<_> = desk
        .corp
        .accounts_in_order()
        .into_iter()
        .skip(request.offset.unwrap_or_default())
        .take(limit)
        .map(|account| {
            json!({
                "open_kfid": account.open_kfid,
                "name": account.name,
                "avatar": account.avatar,
                "manage_privilege": account.managed,
            })
        })
        .collect();
    let note = format!("{} accounts", accounts.len());
    Ok(Reply::from(json!({ "account_list": accounts })).note(note))
}

/// A link into an account; a scene is sealed to it and cannot be moved to another.
pub(super) fn add_contact_way(desk: &mut Desk<'_>, _: &Params, body: &[u8]) -> Answer {
    #[derive(Debug, Deserialize)]
    struct Request {
        open_kfid: Option<String>,
        scene: Option<String>,
    }
    let request: Request = read(body)?;
    let account = find(desk, given(&request.open_kfid))?;
    let code = account.link.clone();
    let scene = given(&request.scene).unwrap_or_default();
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    if scene.len() > 32 || !scene.bytes().all(allowed) {
        return Err(Refusal::because(40058, "invalid Request Parameter: scene"));
    }
    Ok(json!({ "url": link(desk, &code, scene) }).into())
}

/// The URL of a link.
pub(crate) fn link(desk: &Desk<'_>, code: &str, scene: &str) -> String {
    if scene.is_empty() {
        return format!("{}/kf/{code}", desk.base);
    }
    let seal = desk.ids.derive("", &["scene", code, scene]);
    format!(
        "{}/kf/{code}?enc_scene=ENC{}{seal}",
        desk.base,
        crypto::hex(scene.as_bytes())
    )
}

/// The scene of a link, if the seal is that of this account.
pub(crate) fn scene_of(desk: &Desk<'_>, code: &str, enc_scene: &str) -> Option<String> {
    let sealed = enc_scene.strip_prefix("ENC")?;
    let (hex, seal) = sealed.split_at_checked(sealed.len().checked_sub(30)?)?;
    let bytes: Option<Vec<u8>> = (0..hex.len() / 2)
        .map(|at| u8::from_str_radix(hex.get(at * 2..at * 2 + 2)?, 16).ok())
        .collect();
    let scene = String::from_utf8(bytes?).ok()?;
    (desk.ids.derive("", &["scene", code, &scene]) == seal).then_some(scene)
}

pub(super) fn qualification(desk: &mut Desk<'_>, _: &Params, _: &[u8]) -> Answer {
    Ok(json!({ "wechat_channels_binding": !desk.corp.channels_nickname.is_empty() }).into())
}
