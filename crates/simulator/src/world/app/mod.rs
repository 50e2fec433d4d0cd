//! One app of the platform: an official account, a mini-program or a shop, with its people, its
//! tokens, its media and its line of pushes. What may be done with it stands beside this file.

pub(crate) mod credits;
pub(crate) mod desk;
pub(crate) mod follow;
pub(crate) mod menu;
pub(crate) mod scene;
pub(crate) mod talk;
pub(crate) mod tap;

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use super::corp::AccessToken;
use super::fault::means;
use super::media::MediaBox;
use super::people::ChatKind;
use super::recent::Recent;
use crate::callback::Lane;
use crate::config::{AppKind, AppSpec, Bounds, Format, MenuButton, Mode};
use crate::crypto::AesKey;
use crate::ids::Ids;
use credits::Credits;
use scene::{Scene, SceneCode};

/// The first message id of an app; more than a float can hold, as the platform's are.
const FIRST_MESSAGE: u64 = 23_456_789_012_345_678;
/// The first of a shop.
const FIRST_SHOP_MESSAGE: u64 = 3_893_720_449_229_537_280;

/// One person as one app knows them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Contact {
    /// Whose phone it is.
    pub(crate) key: Arc<str>,
    /// When the person followed; nothing for who does not follow.
    pub(crate) followed: Option<i64>,
    /// Followed once.
    pub(crate) knew: bool,
    /// ADD_SCENE_…
    pub(crate) how: String,
    /// The scene that the person followed by.
    pub(crate) scene: Option<Scene>,
    pub(crate) credits: Credits,
    /// The last word from the customer's side.
    pub(crate) exchange: i64,
    /// The app is seen typing until then.
    pub(crate) typing: i64,
    /// The person shut the app's messages off (48002).
    pub(crate) refusing: bool,
    /// The app put the person on its black list (43019).
    pub(crate) blocked: bool,
}

pub(crate) struct App {
    pub(crate) appid: String,
    pub(crate) kind: AppKind,
    pub(crate) made: u64,
    pub(crate) secret: String,
    pub(crate) original_id: String,
    pub(crate) name: String,
    pub(crate) token: String,
    pub(crate) encoding_aes_key: String,
    pub(crate) push_url: String,
    pub(crate) mode: Mode,
    pub(crate) format: Format,
    pub(crate) numbers_as_strings: bool,
    pub(crate) recognition: bool,
    pub(crate) unionid: bool,
    pub(crate) menu: Vec<MenuButton>,
    pub(crate) denied: Vec<String>,
    pub(crate) allowed_ips: Vec<String>,
    pub(crate) linked: Vec<String>,
    /// By openid.
    pub(crate) contacts: HashMap<Arc<str>, Contact>,
    pub(crate) scenes: Recent<String, SceneCode>,
    /// Permanent scene codes that were made.
    pub(crate) permanent: usize,
    pub(crate) media: MediaBox,
    pub(crate) tokens: Recent<String, AccessToken>,
    /// The token of the old call, and that of the stable one.
    pub(crate) current_token: Option<String>,
    pub(crate) stable_token: Option<String>,
    /// When the stable token was renewed by force.
    pub(crate) forced: VecDeque<i64>,
    /// When quotas were cleared.
    pub(crate) cleared: VecDeque<i64>,
    /// request_id → msg_id of a shop's sends.
    pub(crate) requests: Recent<String, String>,
    messages: u64,
    pub(crate) lane: Lane,
}

/// The push configuration, once it is complete.
#[derive(Debug, Clone)]
pub(crate) struct PushTo {
    pub(crate) appid: String,
    pub(crate) original_id: String,
    pub(crate) kind: AppKind,
    pub(crate) url: String,
    pub(crate) token: String,
    pub(crate) key: AesKey,
    pub(crate) mode: Mode,
    pub(crate) format: Format,
    pub(crate) numbers_as_strings: bool,
}

impl App {
    pub(crate) fn new(
        appid: &str,
        kind: AppKind,
        made: u64,
        ids: &mut Ids,
        bounds: &Bounds,
    ) -> Self {
        let shop = kind == AppKind::Shop;
        Self {
            appid: appid.to_owned(),
            kind,
            made,
            secret: ids.make("", 32),
            original_id: ids.make("gh_", 15),
            name: "示例".to_owned(),
            token: ids.make("", 24),
            encoding_aes_key: ids.make("", 43),
            push_url: String::new(),
            mode: Mode::default(),
            format: if shop { Format::Json } else { Format::Xml },
            numbers_as_strings: false,
            recognition: false,
            unionid: true,
            menu: Vec::new(),
            denied: Vec::new(),
            allowed_ips: Vec::new(),
            linked: Vec::new(),
            contacts: HashMap::new(),
            scenes: Recent::new(bounds.remembered_ids),
            permanent: 0,
            media: MediaBox::new(bounds.media_bytes),
            tokens: Recent::new(1_000),
            current_token: None,
            stable_token: None,
            forced: VecDeque::new(),
            cleared: VecDeque::new(),
            requests: Recent::new(bounds.remembered_ids),
            messages: if shop {
                FIRST_SHOP_MESSAGE
            } else {
                FIRST_MESSAGE
            },
            lane: Lane::new(bounds.callbacks),
        }
    }

    /// What a gateway has to know to work with the app.
    pub(crate) fn credentials(&self) -> AppSpec {
        AppSpec {
            appid: Some(self.appid.clone()),
            kind: Some(self.kind),
            secret: Some(self.secret.clone()),
            original_id: Some(self.original_id.clone()),
            name: Some(self.name.clone()),
            token: Some(self.token.clone()),
            encoding_aes_key: Some(self.encoding_aes_key.clone()),
            push_url: Some(self.push_url.clone()),
            mode: Some(self.mode),
            format: Some(self.format),
            numbers_as_strings: Some(self.numbers_as_strings),
            recognition: Some(self.recognition),
            unionid: Some(self.unionid),
            menu: Some(self.menu.clone()),
            denied: Some(self.denied.clone()),
            allowed_ips: Some(self.allowed_ips.clone()),
            linked: Some(self.linked.clone()),
        }
    }

    /// The push configuration; nothing while no URL is set.
    pub(crate) fn push_to(&self) -> Option<PushTo> {
        if self.push_url.is_empty() {
            return None;
        }
        Some(PushTo {
            appid: self.appid.clone(),
            original_id: self.original_id.clone(),
            kind: self.kind,
            url: self.push_url.clone(),
            token: self.token.clone(),
            key: AesKey::read(&self.encoding_aes_key).ok()?,
            mode: self.mode,
            format: self.format,
            numbers_as_strings: self.numbers_as_strings,
        })
    }

    /// Whether the app was not granted a path.
    pub(crate) fn denies(&self, path: &str) -> bool {
        self.denied.iter().any(|pattern| means(pattern, path))
    }

    pub(crate) fn next_message(&mut self) -> u64 {
        self.messages += 1;
        self.messages
    }

    /// Where its chat stands on a phone.
    pub(crate) fn chat(&self) -> ChatKind {
        match self.kind {
            AppKind::OfficialAccount => ChatKind::OfficialAccount,
            AppKind::MiniProgram => ChatKind::MiniProgram,
            AppKind::Shop => ChatKind::Shop,
        }
    }

    /// What a customer reads when nobody answers the push.
    pub(crate) fn out_of_service(&self) -> &'static str {
        match self.kind {
            AppKind::OfficialAccount => "该公众号暂时无法提供服务，请稍后再试",
            AppKind::MiniProgram => "该小程序客服暂时无法提供服务，请稍后再试",
            AppKind::Shop => "商家客服暂时无法提供服务，请稍后再试",
        }
    }
}
