//! What can go wrong for whoever drives the simulator. What the *platform* refuses is another
//! thing: that is an errcode (`platform::refusal`).

/// Why the simulator could not do what it was told.
#[derive(Debug, thiserror::Error)]
pub enum SimError {
    /// The simulator serves this machine only.
    #[error("{0} is not a loopback address; the simulator serves this machine only")]
    NotLoopback(String),
    /// The port could not be opened.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// What was asked for.
        address: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// No corp has been set up.
    #[error("no corp is set up; POST /sim/corp first")]
    NoCorp,
    /// A name that nobody here has.
    #[error("there is no {kind} {name}")]
    Unknown {
        /// What was looked for.
        kind: &'static str,
        /// By which name.
        name: String,
    },
    /// A bound of [`crate::Bounds`] is reached.
    #[error("no room for more {0}; raise the bound or start afresh")]
    Full(&'static str),
    /// The verb was not understood.
    #[error("{0}")]
    Invalid(String),
    /// The verb was understood, and the person cannot do it now.
    #[error("{0}")]
    Refused(String),
}

impl SimError {
    pub(crate) fn unknown(kind: &'static str, name: &str) -> Self {
        Self::Unknown {
            kind,
            name: name.to_owned(),
        }
    }

    pub(crate) fn invalid(words: impl Into<String>) -> Self {
        Self::Invalid(words.into())
    }
}
