//! The website: our own widget and hosted page. Nothing leaves by an outbox; the visitor holds a
//! stream of ours, so there is nothing to receive, to send or to translate here.

use kefu_domain::Capabilities;

use crate::Channel;

pub(crate) mod config;

/// See the module.
pub struct Website;

impl Channel for Website {
    fn kind(&self) -> &'static str {
        "website"
    }

    fn capabilities(&self) -> &'static Capabilities {
        &config::STREAM
    }
}
