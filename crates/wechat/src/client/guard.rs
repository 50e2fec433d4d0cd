//! Where a client may connect. What a name stands for is looked at when it is connected to, so that no
//! name can come to lead elsewhere after somebody had looked.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Says of an address whether it may be connected to.
#[derive(Clone)]
pub struct Guard(Arc<dyn Fn(IpAddr) -> bool + Send + Sync>);

/// A name leads to an address that may not be connected to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the address leads to where nothing of ours may be called")]
pub struct Forbidden;

impl Guard {
    /// Allows what `allows` allows.
    pub fn new(allows: impl Fn(IpAddr) -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(allows))
    }

    /// Refuses an address whose host is written in figures and may not be connected to. Names are
    /// looked at when they are resolved.
    ///
    /// # Errors
    /// [`Forbidden`].
    pub fn check(&self, url: &Url) -> Result<(), Forbidden> {
        let host = url.host_str().unwrap_or_default();
        let figures = host.trim_matches(['[', ']']).parse();
        match figures.is_ok_and(|ip| !(self.0)(ip)) {
            true => Err(Forbidden),
            false => Ok(()),
        }
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.clone();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let found: Vec<SocketAddr> = found.collect();
            if found.iter().any(|to| !(guard.0)(to.ip())) {
                return Err(Forbidden.into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

impl std::fmt::Debug for Guard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Guard")
    }
}
