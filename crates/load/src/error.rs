//! What can stop a run. A gateway that answers badly is not an error here: it is counted and
//! reported; an error means that there is nothing to measure.

use std::io;

/// Why a run could not be set up or finished.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A system call of this process failed.
    #[error("{what}: {source}")]
    Io {
        /// What was being done.
        what: String,
        /// The system's answer.
        source: io::Error,
    },
    /// The gateway answered a set-up request with something else than success.
    #[error("{method} {path} answered {status}: {body}")]
    Answer {
        /// HTTP method.
        method: String,
        /// Path and query.
        path: String,
        /// HTTP status.
        status: u16,
        /// The first 300 characters of the body.
        body: String,
    },
    /// The gateway said something that the protocol does not allow.
    #[error("the gateway broke the protocol: {0}")]
    Protocol(String),
    /// The process under test ended or never became ready.
    #[error("the gateway is not there: {0}")]
    Gateway(String),
    /// The arguments ask for something impossible on this machine.
    #[error("{0}")]
    Usage(String),
    /// Ctrl-C, SIGTERM.
    #[error("interrupted")]
    Interrupted,
}

impl Error {
    /// Names the action that an `io::Error` interrupted; for `map_err`.
    pub fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }

    /// The same for the errors of raw system calls.
    pub fn sys(what: impl Into<String>) -> impl FnOnce(rustix::io::Errno) -> Self {
        let what = what.into();
        move |errno| Self::Io {
            what,
            source: errno.into(),
        }
    }
}

/// Every fallible call of this crate.
pub type Result<T> = std::result::Result<T, Error>;
