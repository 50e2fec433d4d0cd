//! What is wrong with the platform today. A script switches faults on for the next so many calls,
//! or until it clears them; whoever is about to act asks here whether a fault applies.

use serde::{Deserialize, Serialize};

/// One thing that goes wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Kind {
    /// The call answers this errcode and does nothing.
    Errcode { path: String, code: i64 },
    /// The call answers this HTTP status and does nothing.
    Http { path: String, status: u16 },
    /// The call is answered this much later (real milliseconds).
    Delay { path: String, ms: u64 },
    /// The call is done, and the answer never comes: after `ms` (real) the connection breaks.
    AcceptTimeout {
        path: String,
        #[serde(default = "half_a_minute")]
        ms: u64,
    },
    /// `sync_msg` answers an empty list with has_more 1 and the same cursor.
    HasMoreEmpty {},
    /// `sync_msg` repeats this many messages that it gave before.
    Duplicate {
        #[serde(default = "one")]
        count: u64,
    },
    /// `sync_msg` gives so many messages at once at most, whatever was asked for.
    ShortPages { count: u64 },
    /// A message is accepted and turns out not to have arrived (platform milliseconds later).
    SendFail {
        fail_type: u32,
        #[serde(default)]
        after_ms: i64,
    },
    /// The callback comes this much later (platform milliseconds); others pass it.
    CallbackLate { ms: i64 },
    /// The callback comes this many times more; encrypted anew, unless byte for byte the same.
    CallbackRepeat {
        #[serde(default = "one")]
        times: u64,
        #[serde(default)]
        identical: bool,
    },
    /// The callback changes places with the next one.
    CallbackReorder {},
    /// The callback does not come at all.
    CallbackDrop {},
}

fn half_a_minute() -> u64 {
    30_000
}

fn one() -> u64 {
    1
}

/// A fault that is switched on.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Fault {
    pub(crate) id: u64,
    #[serde(flatten)]
    pub(crate) kind: Kind,
    /// For how many more calls; none means until it is cleared.
    pub(crate) calls: Option<u64>,
    /// How often it struck.
    pub(crate) struck: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Faults {
    on: Vec<Fault>,
    next: u64,
}

/// More switches than this are a script gone wild.
const ROOM: usize = 256;

impl Faults {
    /// Switches a fault on; `calls` 0 means until cleared. Answers its number.
    pub(crate) fn switch_on(&mut self, kind: Kind, calls: u64) -> Option<u64> {
        if self.on.len() >= ROOM {
            return None;
        }
        self.next += 1;
        self.on.push(Fault {
            id: self.next,
            kind,
            calls: (calls > 0).then_some(calls),
            struck: 0,
        });
        Some(self.next)
    }

    /// Switches one fault off, or all of them.
    pub(crate) fn clear(&mut self, id: Option<u64>) -> usize {
        let before = self.on.len();
        self.on.retain(|fault| id.is_some_and(|id| id != fault.id));
        before - self.on.len()
    }

    pub(crate) fn list(&self) -> &[Fault] {
        &self.on
    }

    /// The first fault for which `applies` gives an answer; it is used up by one.
    pub(crate) fn strike<T>(&mut self, applies: impl Fn(&Kind) -> Option<T>) -> Option<T> {
        let (place, found) = self
            .on
            .iter()
            .enumerate()
            .find_map(|(at, fault)| Some((at, applies(&fault.kind)?)))?;
        let fault = &mut self.on[place];
        fault.struck += 1;
        match &mut fault.calls {
            Some(1) => drop(self.on.remove(place)),
            Some(left) => *left -= 1,
            None => {}
        }
        Some(found)
    }
}

/// Whether a fault's path (`kf/send_msg`, `kf/*`, `*`) means this call.
pub(crate) fn means(pattern: &str, path: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => path.starts_with(start),
        None => pattern.trim_start_matches('/') == path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_strikes_as_often_as_it_was_told() {
        let mut faults = Faults::default();
        faults.switch_on(
            Kind::Errcode {
                path: "kf/*".into(),
                code: -1,
            },
            2,
        );
        let strike = |faults: &mut Faults, called: &str| {
            faults.strike(|kind| match kind {
                Kind::Errcode { path, code } if means(path, called) => Some(*code),
                _ => None,
            })
        };
        assert_eq!(strike(&mut faults, "media/get"), None);
        assert_eq!(strike(&mut faults, "kf/send_msg"), Some(-1));
        assert_eq!(strike(&mut faults, "kf/sync_msg"), Some(-1));
        assert_eq!(strike(&mut faults, "kf/send_msg"), None);
    }

    #[test]
    fn a_fault_without_a_number_stays_until_cleared() {
        let mut faults = Faults::default();
        let id = faults.switch_on(Kind::CallbackDrop {}, 0);
        for _ in 0..3 {
            assert!(
                faults
                    .strike(|kind| (*kind == Kind::CallbackDrop {}).then_some(()))
                    .is_some()
            );
        }
        assert_eq!(faults.list()[0].struck, 3);
        assert_eq!(faults.clear(id), 1);
        assert!(faults.list().is_empty());
    }

    #[test]
    fn faults_are_written_as_scripts_write_them() {
        let kind: Kind = serde_json::from_str(r#"{"kind":"accept_timeout","path":"kf/send_msg"}"#)
            .expect("a fault");
        assert_eq!(
            kind,
            Kind::AcceptTimeout {
                path: "kf/send_msg".into(),
                ms: 30_000
            }
        );
    }
}
