//! Waiting and being told to stop. Everything here runs on plain threads; no runtime is blocked.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use signal_hook::consts::{SIGINT, SIGTERM};

use crate::error::{Error, Result};

/// Set by SIGINT or SIGTERM; every long step looks at it, so that the throw-away gateway and its
/// folder go away with the run.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Listens for SIGINT and SIGTERM from now on.
    ///
    /// # Errors
    /// When the handlers cannot be installed.
    pub fn on_signals() -> Result<Self> {
        let stop = Self::default();
        for signal in [SIGINT, SIGTERM] {
            signal_hook::flag::register(signal, stop.0.clone())
                .map_err(Error::io("installing a signal handler"))?;
        }
        Ok(stop)
    }

    /// Whether a signal has come.
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// [`Error::Interrupted`] once a signal has come.
    ///
    /// # Errors
    /// See above.
    pub fn check(&self) -> Result<()> {
        if self.is_set() {
            Err(Error::Interrupted)
        } else {
            Ok(())
        }
    }
}

/// Sleeps on the calling thread.
#[expect(
    clippy::disallowed_methods,
    reason = "this tool has no runtime whose thread it could block"
)]
pub fn pause(time: Duration) {
    std::thread::sleep(time);
}
