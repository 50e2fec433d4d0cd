//! What WeChat kf carries, what its set-up needs, and the limits we keep.

use kefu_domain::{Capabilities, credit};

use crate::SetupField;

/// Five messages by API within 48 hours of the customer's last; nothing can be taken back, and
/// nothing is told of typing and reading.
pub(super) const KF: Capabilities = Capabilities {
    outgoing: &[
        "text",
        "image",
        "voice",
        "video",
        "file",
        "location",
        "link",
        "miniprogram",
        "msgmenu",
        "handoff",
        "survey",
    ],
    outside: true,
    credits: Some(credit::KF_MESSAGE),
    presence: false,
    recall: false,
    menu: true,
    text_bytes: Some(kefu_wechat::kf::MAX_TEXT),
    ends_upstream: true,
    own_client: true,
    live_status: false,
};

/// The form of a connection.
pub(super) const FIELDS: [SetupField; 7] = [
    SetupField {
        name: "corpid",
        secret: false,
        ours: false,
        switch: false,
        text_zh: "企业ID：企业微信管理后台 → 我的企业 → 企业信息最下方",
        text_en: "Corp ID: WeCom admin console, My Company, at the bottom of the page",
    },
    SetupField {
        name: "agentid",
        secret: false,
        ours: false,
        switch: false,
        text_zh: "AgentId：应用管理 → 自建应用的详情页",
        text_en: "AgentId: App Management, the page of your self-built app",
    },
    SetupField {
        name: "secret",
        secret: true,
        ours: false,
        switch: false,
        text_zh: "Secret：同一页面；该应用要在「微信客服 → 可调用接口的应用」中",
        text_en: "Secret: on the same page; the app must be listed under WeChat kf, apps that may call the API",
    },
    SetupField {
        name: "card_appid",
        secret: false,
        ours: false,
        switch: false,
        text_zh: "小程序AppID（选填）：服务专员和粉丝群用小程序卡片发出；该小程序要与企业关联",
        text_en: "Mini-program (optional): its AppID; specialists and groups go out as its cards; it must be linked to the corp",
    },
    SetupField {
        name: "card_page",
        secret: false,
        ours: false,
        switch: false,
        text_zh: "小程序页面（选填）：例如 pages/card.html；打开时带参数 url，用 web-view 显示它",
        text_en: "Card page (optional): such as pages/card.html; it is opened with the query url, to be shown in a web-view",
    },
    SetupField {
        name: "token",
        secret: false,
        ours: true,
        switch: false,
        text_zh: "Token：粘贴到应用的「接收消息 → API接收」",
        text_en: "Token: paste it into the app's Receive Messages, API settings",
    },
    SetupField {
        name: "encoding_aes_key",
        secret: false,
        ours: true,
        switch: false,
        text_zh: "EncodingAESKey：粘贴到同一处，共43个字符",
        text_en: "EncodingAESKey: paste it into the same place; it has 43 characters",
    },
];
