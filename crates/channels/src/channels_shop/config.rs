//! What a shop carries and what its set-up needs.

use kefu_domain::Capabilities;

use super::about::ABOUT;
use crate::push::{CAN, Doors, ENCODING_AES_KEY, PLAIN, TOKEN, Table, appid, secret};

pub(super) static TABLE: Table = Table {
    kind: "channels_shop",
    about: &ABOUT,
    can: Capabilities {
        outgoing: &[
            "text",
            "image",
            "voice",
            "video",
            "file",
            "link",
            "handoff",
            "channels_shop_product",
            "channels_shop_order",
        ],
        ..CAN
    },
    fields: [
        appid(
            "AppID：微信小店后台（store.weixin.qq.com）→ 服务市场 → 经营工具 → 自研",
            "AppID: shop console (store.weixin.qq.com), service market, own development",
        ),
        secret(
            "AppSecret：同一页面；不支持第三方服务商的凭证",
            "AppSecret: on the same page; a provider's credentials do not work",
        ),
        TOKEN,
        ENCODING_AES_KEY,
        PLAIN,
    ],
    doors: Doors {
        gesture: None,
        entering: None,
    },
    guest: "小店顾客",
    place: (
        "微信小店后台自研应用的「消息推送 → URL」",
        "the URL of the shop's message push settings",
    ),
    typing: false,
};
