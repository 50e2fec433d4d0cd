//! What a mini-program's contact button carries, what its set-up needs, and what a file may be.

use kefu_domain::{Capabilities, credit};
use kefu_wechat::client::UploadKind;

use super::about::ABOUT;
use crate::Fault;
use crate::push::{CAN, Doors, ENCODING_AES_KEY, PLAIN, TOKEN, Table, appid, secret};

/// Beside what all carry: two messages within a minute of entering.
pub(super) static TABLE: Table = Table {
    kind: "mini_program",
    about: &ABOUT,
    can: Capabilities {
        outgoing: &["text", "image", "link", "miniprogram", "handoff"],
        ..CAN
    },
    fields: [
        appid(
            "AppID：小程序后台（mp.weixin.qq.com）→ 开发管理 → 开发设置",
            "AppID: mini-program console (mp.weixin.qq.com), development settings",
        ),
        secret(
            "AppSecret：同一页面；重置后旧的立即失效",
            "AppSecret: on the same page; resetting it ends the old one at once",
        ),
        TOKEN,
        ENCODING_AES_KEY,
        PLAIN,
    ],
    doors: Doors {
        gesture: None,
        entering: Some(credit::ENTERED),
    },
    guest: "小程序用户",
    place: (
        "小程序后台的「开发管理 → 消息推送 → URL」",
        "the URL of the mini-program's message push settings",
    ),
    typing: true,
};

/// The account may not use the present path of typing, or it wants what only some have.
pub(super) const NO_SUCH_PATH: [i64; 3] = [48001, 40101, 40066];

/// Pictures JPG, PNG, GIF up to 10 MB, and no other file.
pub(super) fn fitting(wanted: UploadKind, mime: &str, bytes: usize) -> Result<UploadKind, Fault> {
    let picture = matches!(mime, "image/jpeg" | "image/png" | "image/gif");
    match wanted == UploadKind::Image && picture && bytes <= wanted.max_bytes() {
        true => Ok(wanted),
        false => Err(Fault::permanent(
            "unfit_file",
            "小程序客服只能发送10MB内的图片（JPG、PNG、GIF）",
            "A mini-program takes pictures (JPG, PNG, GIF) up to 10 MB",
        )),
    }
}
