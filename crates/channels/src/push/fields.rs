//! The form of a connection; each account says where at its own console these things stand.

use crate::SetupField;

/// The account's id, under the name that a connection has for it.
pub(crate) const fn appid(text_zh: &'static str, text_en: &'static str) -> SetupField {
    SetupField {
        name: "corpid",
        secret: false,
        ours: false,
        switch: false,
        text_zh,
        text_en,
    }
}

/// The account's secret.
pub(crate) const fn secret(text_zh: &'static str, text_en: &'static str) -> SetupField {
    SetupField {
        name: "secret",
        secret: true,
        ours: false,
        switch: false,
        text_zh,
        text_en,
    }
}

pub(crate) const TOKEN: SetupField = SetupField {
    name: "token",
    secret: false,
    ours: true,
    switch: false,
    text_zh: "Token（令牌）：粘贴到平台的消息推送配置",
    text_en: "Token: paste it into the platform's message push settings",
};

pub(crate) const ENCODING_AES_KEY: SetupField = SetupField {
    name: "encoding_aes_key",
    secret: false,
    ours: true,
    switch: false,
    text_zh: "EncodingAESKey（消息加解密密钥）：粘贴到同一处，共43个字符，加密方式选「安全模式」",
    text_en: "EncodingAESKey: paste it into the same place, 43 characters; choose the safe mode",
};

pub(crate) const PLAIN: SetupField = SetupField {
    name: "plain",
    secret: false,
    ours: false,
    switch: true,
    text_zh: "平台选的是「明文模式」：不推荐，消息内容不受签名保护",
    text_en: "The platform is set to plain mode: not advised, the signature does not cover messages",
};
