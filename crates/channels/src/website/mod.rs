//! The website: our own widget and hosted page. Nothing leaves by an outbox; the visitor holds a
//! stream of ours, so there is nothing to receive, to send or to translate here.

use kefu_domain::Capabilities;

use crate::{About, Channel};

mod about;
pub(crate) mod config;

pub(crate) use about::LIMITS;

/// See the module.
pub struct Website;

impl Channel for Website {
    fn kind(&self) -> &'static str {
        "website"
    }

    fn about(&self) -> &'static About {
        &about::ABOUT
    }

    fn capabilities(&self) -> &'static Capabilities {
        &config::STREAM
    }
}
