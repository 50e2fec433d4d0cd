//! What every call of the platform's API has in common.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::limits::Unfit;

/// How a request travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// Fields in the query string.
    Get,
    /// Fields as a JSON body.
    Post,
}

/// One call: its shape is its body, and the type names where it goes and what comes back.
pub trait Request: Serialize {
    /// Path below the base address, without a leading slash.
    const PATH: &'static str;
    /// How it travels.
    const VERB: Verb = Verb::Post;
    /// What comes back beside `errcode` and `errmsg`.
    type Answer: DeserializeOwned;

    /// Finds what the platform would refuse, so that it is not asked.
    ///
    /// # Errors
    /// [`Unfit`], for the first field that would be refused.
    fn check(&self) -> Result<(), Unfit> {
        Ok(())
    }
}

/// The answer to a call that only succeeds or fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
pub struct Done {}
