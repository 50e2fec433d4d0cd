//! Told: what platforms' callbacks said besides messages, kept first and acted on after.
//!
//! A callback is acknowledged when its event is a row; the act may ask the platform back, and is
//! repeated until it succeeds. Every act is harmless to repeat.

use std::{sync::Arc, time::Duration};

use kefu_channels::{ContactChange, Notice};
use kefu_domain::{
    BrandId, ConnectionId, UnixMs,
    setup::{Connection, EntryPoint},
};
use kefu_store::{Kept, Told};
use serde::{Deserialize, Serialize};

use crate::{Error, Reception, Result, by_code::SHORT_MS, places::Places};

/// Events acted on at the same time.
const AT_ONCE: usize = 64;
/// Of one connection.
const OF_ONE: usize = 8;
/// Nobody else takes an event for so long.
const LEASE_MS: UnixMs = 30_000;
/// Tries, then it is only kept.
const TRIES: u32 = 12;

/// What an event asks for, as it is kept.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Act {
    Contact {
        change: ContactChange,
        userid: String,
        address: String,
        state: Option<String>,
        welcome_code: Option<String>,
    },
    Group {
        chat_id: String,
        joined: bool,
        dismissed: bool,
    },
    Accounts {
        given: Vec<String>,
        taken: Vec<String>,
    },
}

/// Why a door was closed by this system.
const TAKEN: &str = "平台收回了这个客服账号的授权：请在企业微信后台重新授权\u{1f}The platform took this account from the app: delegate it again in the WeCom console";

/// A notice as it is kept, and whether it asks for an act; nothing for what is no event.
pub(crate) fn kept(notice: Notice) -> Option<(Kept, bool)> {
    let (event, kind, act) = match notice {
        Notice::Contact {
            event_key,
            change,
            userid,
            address,
            state,
            welcome_code,
        } => {
            let act = Act::Contact {
                change,
                userid,
                address,
                state,
                welcome_code,
            };
            (event_key, "contact", act)
        }
        Notice::Group {
            event_key,
            chat_id,
            joined,
            dismissed,
        } => {
            let act = Act::Group {
                chat_id,
                joined,
                dismissed,
            };
            (event_key, "group", act)
        }
        Notice::Accounts {
            event_key,
            given,
            taken,
        } => (event_key, "accounts", Act::Accounts { given, taken }),
        Notice::Other {
            event_key,
            why,
            raw,
        } => return Some((only_kept(event_key, why, raw), false)),
        Notice::Bell { .. } | Notice::Items(_) => return None,
    };
    let kept = Kept {
        event,
        kind: kind.to_owned(),
        // Plain data into a string cannot fail.
        body: serde_json::to_string(&act).unwrap_or_default(),
    };
    Some((kept, true))
}

/// What nobody acts on, as it is kept.
pub(crate) fn only_kept(event: String, why: kefu_channels::Kept, body: String) -> Kept {
    let kind = match why {
        kefu_channels::Kept::Known => "known",
        kefu_channels::Kept::Unknown => "unknown",
        kefu_channels::Kept::Malformed => "malformed",
    };
    Kept {
        event,
        kind: kind.to_owned(),
        body,
    }
}

impl Reception {
    /// What a connection's platform told besides messages, newest first: acted on, known, unknown
    /// and malformed.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn told(
        &self,
        brand: BrandId,
        connection: ConnectionId,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<Told>> {
        let setup = self.directory.brand(brand)?;
        if !setup.connections.contains_key(&connection) {
            return Err(Error::NotFound);
        }
        Ok(self.store.told(brand, connection, before, limit).await?)
    }

    pub(crate) async fn told_forever(self: Arc<Self>) {
        let mut places = Places::new(AT_ONCE, OF_ONE);
        loop {
            let pause = match self.act_on_due(&mut places).await {
                Ok(()) => Duration::from_secs(2),
                Err(error) => {
                    tracing::warn!(%error, "events wait for the store");
                    Duration::from_secs(1)
                }
            };
            tokio::select! {
                _ = places.ended() => while places.ended_now().is_some() {},
                () = self.told_due.notified() => (),
                () = tokio::time::sleep(pause) => (),
            }
        }
    }

    /// Begins to act on what is due, as far as there are places.
    async fn act_on_due(self: &Arc<Self>, places: &mut Places<i64, ()>) -> Result<()> {
        while places.free() > 0 {
            let now = self.now();
            let busy = places.full().filter_map(|(_, connection)| connection);
            let busy = busy.collect();
            let Some(told) = self.store.take_told(now, now + LEASE_MS, busy).await? else {
                break;
            };
            // Its act outlived its lease, and is still under way.
            if !places.has(told.no) {
                let whose = (told.brand, Some(told.connection));
                places.start(whose, told.no, Arc::clone(self).act_and_settle(told));
            }
        }
        Ok(())
    }

    async fn act_and_settle(self: Arc<Self>, told: Told) {
        let next = match self.act_on(&told).await {
            Ok(()) => None,
            Err(error) if told.attempts < TRIES => {
                tracing::warn!(%error, connection.id = %told.connection, "an event is acted on again later");
                Some(self.now() + (1_000 << told.attempts.min(9)))
            }
            Err(error) => {
                tracing::error!(%error, connection.id = %told.connection, "an event was not acted on");
                metrics::counter!("kefu_events_given_up_total").increment(1);
                None
            }
        };
        if let Err(error) = self.store.settle_told(told.no, next).await {
            tracing::warn!(%error, "an event could not be settled");
        }
    }

    async fn act_on(&self, told: &Told) -> Result<()> {
        let setup = self.directory.brand(told.brand)?;
        // A connection that was removed meanwhile asks for nothing more.
        let Some(row) = setup.connections.get(&told.connection) else {
            return Ok(());
        };
        let connection = &row.entry;
        let act = serde_json::from_str(&told.kept.body)
            .map_err(|error| Error::Bad(format!("a kept event: {error}")))?;
        match act {
            Act::Contact {
                change: ContactChange::Removed,
                ..
            } => Ok(()),
            Act::Contact {
                userid,
                state,
                welcome_code,
                ..
            } => {
                // A code is for once and soon: who comes back after its time only marks what happened.
                let until = told.at + SHORT_MS;
                let code = welcome_code.filter(|_| self.now() < until);
                let code = code.map(|code| (code, until));
                let state = state.as_deref();
                self.specialist_added(told.brand, connection, &userid, state, code)
                    .await
            }
            Act::Accounts { given, taken } => {
                self.accounts_changed(told.brand, connection, &given, &taken)
                    .await
            }
            Act::Group {
                chat_id,
                joined,
                dismissed,
            } => {
                self.group_changed(told.brand, connection, &chat_id, joined, dismissed)
                    .await
            }
        }
    }

    /// Doors whose account was taken from the connection are closed with the reason; those that it
    /// got back are open again. An account without a door waits in the list of the connection's
    /// accounts for an administrator.
    async fn accounts_changed(
        &self,
        brand: BrandId,
        connection: &Connection,
        given: &[String],
        taken: &[String],
    ) -> Result<()> {
        let setup = self.directory.brand(brand)?;
        for row in setup.entry_points.values() {
            let door = &row.entry;
            let Some(account) = door.upstream_open_kfid.as_ref() else {
                continue;
            };
            if door.connection != Some(connection.id) {
                continue;
            }
            let closed_by_us = door.paused_why.as_deref() == Some(TAKEN);
            let why = if taken.contains(account) && !door.paused {
                Some(TAKEN.to_owned())
            } else if given.contains(account) && closed_by_us {
                None
            } else {
                continue;
            };
            tracing::warn!(entry_point.id = %door.id, closed = why.is_some(), "the platform changed who may serve an account");
            let changed = EntryPoint {
                paused: why.is_some(),
                paused_why: why,
                ..door.clone()
            };
            self.put(brand, changed, Some(row.rev)).await?;
        }
        Ok(())
    }
}
