//! What a shop carries and what its set-up needs.

use kefu_domain::{Capabilities, credit};
use kefu_wechat::mp::MAX_TEXT;

use crate::SetupField;
use crate::push::{Doors, ENCODING_AES_KEY, PLAIN, TOKEN, Translator, appid, secret};

pub(super) const KIND: &str = "channels_shop";

/// What a customer is called.
pub(super) const GUEST: &str = "小店顾客";

/// Five messages within 48 hours of the customer's last.
pub(super) const CAN: Capabilities = Capabilities {
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
    outside: true,
    credits: Some(credit::KF_MESSAGE),
    presence: false,
    recall: false,
    menu: false,
    text_bytes: Some(MAX_TEXT),
    live_status: false,
    own_client: false,
    ends_upstream: false,
};

pub(super) const TRANSLATOR: Translator = Translator {
    kind: KIND,
    doors: Doors {
        gesture: None,
        entering: None,
    },
};

pub(super) const FIELDS: [SetupField; 5] = [
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
];

/// Where the callback address is pasted.
pub(super) const PLACE: (&str, &str) = (
    "微信小店后台自研应用的「消息推送 → URL」",
    "the URL of the shop's message push settings",
);
