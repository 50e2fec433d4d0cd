//! Apps that speak the visitor protocol themselves: the same stream as the website's.

use kefu_domain::Capabilities;

use crate::{About, Channel, website::config::STREAM};

mod about;

/// See the module.
pub struct App;

impl Channel for App {
    fn kind(&self) -> &'static str {
        "app"
    }

    fn about(&self) -> &'static About {
        &about::ABOUT
    }

    fn capabilities(&self) -> &'static Capabilities {
        &STREAM
    }
}
