//! The website: our own widget and hosted page. Nothing leaves by an outbox; the visitor holds a
//! stream of ours.

use kefu_domain::Capabilities;

use crate::Channel;

/// See the module.
pub struct Website;

pub(crate) const OURS: Capabilities = Capabilities {
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
        "event",
    ],
    outside: false,
    credits: None,
    presence: true,
    recall: true,
    menu: true,
    text_bytes: None,
    live_status: true,
};

impl Channel for Website {
    fn kind(&self) -> &'static str {
        "website"
    }

    fn capabilities(&self) -> &'static Capabilities {
        &OURS
    }
}
