//! What an official account carries, what its set-up needs, and what a file may be.

use kefu_domain::{Capabilities, credit};
use kefu_wechat::client::UploadKind;

use super::about::ABOUT;
use crate::Fault;
use crate::push::{CAN, Doors, ENCODING_AES_KEY, PLAIN, TOKEN, Table, appid, secret};

/// Beside what all carry: three messages within a minute of a tap, a scan or a follow.
pub(super) static TABLE: Table = Table {
    kind: "official_account",
    about: &ABOUT,
    can: Capabilities {
        outgoing: &[
            "text",
            "image",
            "voice",
            "video",
            "link",
            "miniprogram",
            "msgmenu",
            "handoff",
            "survey",
        ],
        menu: true,
        ..CAN
    },
    fields: [
        appid(
            "AppID：微信开发者平台 → 公众号 → 基础信息（wx 开头，18位）",
            "AppID: WeChat developer platform, the account's basic data (wx and 16 more)",
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
        gesture: Some(credit::GESTURE),
        entering: None,
    },
    guest: "公众号用户",
    place: (
        "公众号的「消息与事件推送 → 服务器地址URL」",
        "the server URL of the account's message push settings",
    ),
    typing: true,
};

/// Pictures JPG, PNG, GIF up to 10 MB; voice AMR, MP3 up to 2 MB; films MP4 up to 10 MB. There is no
/// way for any other file.
pub(super) fn fitting(wanted: UploadKind, mime: &str, bytes: usize) -> Result<UploadKind, Fault> {
    let takes = match wanted {
        UploadKind::Image => matches!(mime, "image/jpeg" | "image/png" | "image/gif"),
        UploadKind::Voice => matches!(mime, "audio/amr" | "audio/mpeg" | "audio/mp3"),
        UploadKind::Video => mime == "video/mp4",
        UploadKind::Thumb => mime == "image/jpeg",
        UploadKind::File => false,
    };
    match takes && bytes <= wanted.max_bytes() {
        true => Ok(wanted),
        false => Err(Fault::permanent(
            "unfit_file",
            "公众号只能发送10MB内的图片（JPG、PNG、GIF）、2MB内的语音（AMR、MP3）和10MB内的视频（MP4）",
            "An official account takes pictures (JPG, PNG, GIF) up to 10 MB, voice (AMR, MP3) up to \
             2 MB and films (MP4) up to 10 MB",
        )),
    }
}
