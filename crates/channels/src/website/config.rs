//! What our own stream carries.

use kefu_domain::Capabilities;

/// Everything: the other end is ours too. Apps have the same.
pub(crate) const STREAM: Capabilities = Capabilities {
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
    ends_upstream: false,
    own_client: false,
    live_status: true,
};
