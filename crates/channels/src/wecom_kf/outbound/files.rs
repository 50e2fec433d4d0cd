//! As what WeChat kf takes our files, and what a file of it is as a message.

use kefu_wechat::client::UploadKind;
use kefu_wechat::kf::Outgoing;

use crate::Fault;
use crate::platform::Sent;

/// The message that an uploaded file is.
pub(super) fn outgoing(sent: &Sent) -> Outgoing {
    let id = sent.id.clone();
    match sent.kind {
        UploadKind::Image => Outgoing::Image(id),
        UploadKind::Voice => Outgoing::Voice(id),
        UploadKind::Video => Outgoing::Video(id),
        UploadKind::File | UploadKind::Thumb => Outgoing::File(id),
    }
}

/// As what the platform takes a file.
pub(super) fn fitting(wanted: UploadKind, mime: &str, bytes: usize) -> Result<UploadKind, Fault> {
    let takes = match wanted {
        UploadKind::Image => matches!(mime, "image/jpeg" | "image/png"),
        UploadKind::Voice => mime == "audio/amr",
        UploadKind::Video => mime == "video/mp4",
        UploadKind::File | UploadKind::Thumb => true,
    };
    if takes && bytes <= wanted.max_bytes() {
        Ok(wanted)
    } else if bytes <= UploadKind::File.max_bytes() {
        Ok(UploadKind::File)
    } else {
        Err(Fault::permanent(
            "file_too_large",
            "文件超过微信客服20MB的上限",
            "The file is larger than the 20 MB that WeChat kf takes",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_go_as_a_picture_goes_as_a_file() {
        use UploadKind::{File, Image, Video, Voice};
        const MB: usize = 1 << 20;
        for (wanted, mime, bytes, goes) in [
            (Image, "image/png", MB, Ok(Image)),
            (Image, "image/webp", MB, Ok(File)),
            (Image, "image/jpeg", 11 * MB, Ok(File)),
            (Voice, "audio/amr", MB, Ok(Voice)),
            (Voice, "audio/webm", MB, Ok(File)),
            (Video, "video/mp4", 10 * MB, Ok(Video)),
            (Video, "video/webm", MB, Ok(File)),
            (File, "application/pdf", 20 * MB, Ok(File)),
        ] {
            assert_eq!(fitting(wanted, mime, bytes), goes, "{mime} {bytes}");
        }
        let refused = fitting(File, "application/zip", 20 * MB + 1).unwrap_err();
        assert_eq!(refused.failure.code, "file_too_large");
    }
}
