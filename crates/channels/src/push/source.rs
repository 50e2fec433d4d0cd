//! Where a customer came in, in words. The kinds are stable; the title is for people.

use kefu_domain::{Source, UnixMs, credit::Grant};
use kefu_wechat::push::{Menu, Message, Opened, Place};

/// The ways into one kind of account, and what they grant.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Doors {
    /// For following, scanning, tapping the menu.
    pub(crate) gesture: Option<Grant>,
    /// For opening the customer service.
    pub(crate) entering: Option<Grant>,
}

/// The kind of a source that says no more than that somebody follows.
const FOLLOWED: &str = "follow";
/// Longest address that is kept whole, in bytes, and as much as is shown of one, in characters.
const MAX_URL: usize = 2_048;
const SHOWN: usize = 120;

/// How somebody came to follow, by the platform's word for it; nothing for one that says nothing.
pub(crate) fn followed_by(scene: &str, at: UnixMs) -> Option<Source> {
    let way = match scene.strip_prefix("ADD_SCENE_")? {
        "SEARCH" => "搜索公众号",
        "ACCOUNT_MIGRATION" => "账号迁移",
        "PROFILE_CARD" => "名片分享",
        "QR_CODE" => "扫描二维码",
        "PROFILE_LINK" => "图文页内的名称",
        "PROFILE_ITEM" => "图文页的菜单",
        "PAID" => "支付后关注",
        "WECHAT_ADVERTISEMENT" => "微信广告",
        "REPRINT" => "他人转载",
        "LIVESTREAM" => "视频号直播",
        "CHANNELS" => "视频号",
        "WXA" => "小程序",
        _ => return None,
    };
    Some(source(FOLLOWED, &format!("关注公众号 · {way}"), None, at))
}

fn is_web(address: &str) -> bool {
    let web = address.starts_with("https://") || address.starts_with("http://");
    web && address.len() <= MAX_URL
}

fn shown(address: &str) -> &str {
    let end = address.char_indices().nth(SHOWN);
    &address[..end.map_or(address.len(), |(at, _)| at)]
}

fn place_words(place: &Place) -> String {
    let Place {
        latitude,
        longitude,
        label,
        name,
    } = place;
    let words: Vec<&str> = [name.as_str(), label]
        .into_iter()
        .filter(|word| !word.is_empty())
        .collect();
    match words.is_empty() {
        true => format!("{latitude}, {longitude}"),
        false => words.join(" · "),
    }
}

/// The place where a browser shows it.
fn on_a_map(place: &Place) -> Option<String> {
    let position = format!("{},{}", place.longitude, place.latitude);
    let asked = [("position", position.as_str()), ("name", &place.name)];
    let map = reqwest::Url::parse_with_params("https://uri.amap.com/marker", asked).ok()?;
    Some(map.into())
}

fn source(kind: &str, title: &str, detail: Option<&str>, at: UnixMs) -> Source {
    let detail = detail.map(str::trim).filter(|detail| !detail.is_empty());
    Source {
        kind: kind.to_owned(),
        title: title.to_owned(),
        detail: detail.map(str::to_owned),
        at,
        ..Source::default()
    }
}

impl Doors {
    pub(super) fn followed(&self, scene: Option<&str>, at: UnixMs) -> Source {
        match scene {
            Some(scene) => source("qr_scene", &format!("扫码关注 · {scene}"), None, at),
            None => source(FOLLOWED, "关注公众号", None, at),
        }
    }

    pub(super) fn scanned(&self, scene: &str, at: UnixMs) -> Source {
        source("qr_scene", &format!("扫码 · {scene}"), None, at)
    }

    pub(super) fn tapped(&self, menu: &Menu, at: UnixMs) -> Source {
        let what = match menu.event.as_str() {
            "scancode_push" | "scancode_waitmsg" => "菜单扫一扫",
            "location_select" => "菜单发送位置",
            "CLICK" => "菜单",
            _ => "菜单发图",
        };
        let told = match (&menu.scanned, &menu.place) {
            (Some(code), _) => Some(code.result.clone()),
            (None, place) => place.as_ref().map(place_words),
        };
        Source {
            url: menu.place.as_ref().and_then(on_a_map),
            ..source(
                "menu",
                &format!("{what} · {}", menu.key),
                told.as_deref(),
                at,
            )
        }
    }

    pub(super) fn looked(&self, opened: &Opened, at: UnixMs) -> Source {
        match opened {
            Opened::Page(address) => {
                let at_site = address
                    .split_once("://")
                    .map_or(address.as_str(), |(_, rest)| rest);
                Source {
                    url: Some(address.clone()).filter(|address| is_web(address)),
                    ..source(
                        "menu_page",
                        &format!("菜单网页 · {}", shown(at_site)),
                        None,
                        at,
                    )
                }
            }
            Opened::MiniProgram(path) => {
                let title = format!("菜单小程序 · {}", shown(path));
                source("menu_page", &title, None, at)
            }
        }
    }

    pub(super) fn entered(&self, session_from: Option<&str>, at: UnixMs) -> Source {
        source("mini_program", "小程序客服", session_from, at)
    }

    /// What a message itself tells of the place where it was written.
    pub(super) fn of_message(&self, said: &Message, at: UnixMs) -> Option<Source> {
        match said {
            Message::Text(text) => {
                let article = text.article.as_deref()?;
                Some(source("article", "公众号文章", Some(article), at))
            }
            Message::Shop(said) => {
                let word = |name: &str| said.fields.get(name).and_then(|value| value.as_str());
                let titled = |place: &str, title: Option<&str>| match title {
                    Some(title) => format!("{place} · {title}"),
                    None => place.to_owned(),
                };
                match said.msg_type.as_str() {
                    "product_share" => {
                        let title = titled("微信小店商品", word("title"));
                        Some(source("channels_product", &title, word("product_id"), at))
                    }
                    "order_share" => {
                        let title = titled("微信小店订单", word("product_titles"));
                        Some(source("channels_order", &title, word("order_id"), at))
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }
}
