//! Apps that speak the visitor protocol themselves: the same stream as the website's.

use kefu_domain::Capabilities;

use crate::{Channel, website::config::STREAM};

/// See the module.
pub struct App;

impl Channel for App {
    fn kind(&self) -> &'static str {
        "app"
    }

    fn capabilities(&self) -> &'static Capabilities {
        &STREAM
    }
}
