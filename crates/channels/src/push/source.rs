//! Where a customer came in, in words. The kinds are stable; the title is for people.

use kefu_domain::{Source, UnixMs, credit::Grant};
use kefu_wechat::push::{Menu, Message};

/// The ways into one kind of account, and what they grant.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Doors {
    /// For following, scanning, tapping the menu.
    pub(crate) gesture: Option<Grant>,
    /// For opening the customer service.
    pub(crate) entering: Option<Grant>,
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
            None => source("follow", "关注公众号", None, at),
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
        let scanned = menu.scanned.as_ref().map(|code| code.result.as_str());
        source("menu", &format!("{what} · {}", menu.key), scanned, at)
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
