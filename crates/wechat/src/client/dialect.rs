//! The two platforms of one company: they differ in address, in how a token is asked for, and in what
//! some codes mean.

use crate::errors;

/// Which of the platform's two APIs is spoken with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// WeCom (企业微信): an app of a corp.
    #[default]
    Wecom,
    /// Official accounts, mini-programs and shops: an appid of their own.
    Mp,
}

impl Dialect {
    /// Where it answers.
    #[must_use]
    pub fn base(self) -> &'static str {
        match self {
            Self::Wecom => super::WECOM,
            Self::Mp => super::MP,
        }
    }

    /// What a code means and what to do, in Chinese and English.
    #[must_use]
    pub fn words(self, code: i64) -> (&'static str, &'static str) {
        match self {
            Self::Wecom => errors::words(code),
            Self::Mp => errors::mp::words(code),
        }
    }

    /// Whether [`Dialect::words`] knows the code.
    #[must_use]
    pub fn knows(self, code: i64) -> bool {
        match self {
            Self::Wecom => errors::is_known(code),
            Self::Mp => errors::mp::is_known(code),
        }
    }
}
