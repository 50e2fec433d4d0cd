//! Why a try did not succeed, by what the caller may do about it.

use kefu_domain::{Failure, credit::Closed};

/// A try did not succeed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{failure:?}")]
pub struct Fault {
    /// What to do about it.
    pub class: Class,
    /// The code, and the reason in words for an agent (`zh\u{1f}en`).
    pub failure: Failure,
    /// What it says of the customer's window, if the platform takes nothing more for them until they
    /// act again.
    pub window: Option<Closed>,
}

/// What to do after a [`Fault`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// It certainly did not happen; try again, not before so many milliseconds.
    Retry(u64),
    /// Nothing was asked: this system keeps away from the platform for so many milliseconds.
    Held(u64),
    /// It never will, and it certainly did not happen.
    Permanent,
    /// It may have happened, and a repetition is recognised upstream: try again.
    RetrySafely(u64),
    /// It may have happened, and nobody can tell: a person decides.
    Unknown,
}

impl Fault {
    /// The platform takes nothing more for this customer: what is used up, until they act again. Only
    /// of what certainly did not happen: where an earlier try may have arrived, a person looks first.
    #[must_use]
    pub fn closes(&self) -> Option<Closed> {
        self.window.filter(|_| self.class == Class::Permanent)
    }

    /// It did not happen; it may be tried again after so many milliseconds.
    #[must_use]
    pub fn later(after_ms: u64, code: &str, zh: &str, en: &str) -> Self {
        Self {
            class: Class::Retry(after_ms),
            ..Self::permanent(code, zh, en)
        }
    }

    /// It will never work, and did not happen.
    #[must_use]
    pub fn permanent(code: &str, zh: &str, en: &str) -> Self {
        Self {
            class: Class::Permanent,
            failure: Failure {
                code: code.to_owned(),
                reason: format!("{zh}\u{1f}{en}"),
            },
            window: None,
        }
    }

    /// What went wrong was a step before the thing itself: of that, nothing can have happened.
    #[must_use]
    pub fn before_it(self) -> Self {
        match self.class {
            Class::RetrySafely(wait) => Self {
                class: Class::Retry(wait),
                ..self
            },
            _ => self,
        }
    }
}
