//! What official accounts, mini-programs and shops have in common: one push URL for each, the same
//! signature and frame, an appid with its secret, and sends within what the customer's last act
//! grants. What they carry and what is different about each stands in their own folders.

mod channel;
mod content;
mod fields;
mod inbound;
mod outbound;
mod places;
#[cfg(test)]
pub(crate) mod recorded;
mod source;
pub(crate) mod test;

use std::time::Instant;

use kefu_domain::setup::Connection;
use kefu_wechat::client::Client;
use kefu_wechat::mp::{Command, Typing};
use kefu_wechat::request::Request;

pub use channel::PushChannel;
pub(crate) use channel::{Acts, CAN, Table};
pub(crate) use fields::{ENCODING_AES_KEY, PLAIN, TOKEN, appid, secret};
pub(crate) use outbound::{Sender, Way, card_words, draft, first, stored, words};
pub(crate) use source::{Doors, followed_by};

use crate::platform::{Found, Lane, Miss, Pace, Pictures, Platform};
use crate::{Fault, Fetched, Parcel, Profile, Surroundings};

/// Connections to one kind of account.
pub(crate) struct Accounts {
    pub(crate) platform: Platform,
    files: Pictures,
}

impl Accounts {
    fn new(client: Client, pace: Pace) -> Self {
        Self {
            platform: Platform::new(client, pace),
            files: Pictures::default(),
        }
    }

    fn settle_in(&self, kind: &'static str, here: &Surroundings) {
        self.platform.settle_in(kind, here);
        if let Some(guard) = &here.guard {
            self.files.guard(guard.clone());
        }
    }

    /// Fetches a file by its id, or by the address that is one.
    async fn fetch(
        &self,
        connection: &Connection,
        media_id: &str,
        limit: usize,
    ) -> Result<Fetched, Fault> {
        let address = match media_id.contains("://") {
            true => media_id.to_owned(),
            false => {
                let found = self.platform.download(connection, media_id, limit).await;
                match found.map_err(|miss| miss.fault(0))? {
                    Found::File { name, bytes } => {
                        let bytes = bytes.into();
                        return Ok(Fetched { bytes, name });
                    }
                    Found::Elsewhere(address) => address,
                }
            }
        };
        let home = connection.base_url.as_deref();
        let (bytes, _) = self.files.file(&address, home, limit).await?;
        Ok(Fetched { bytes, name: None })
    }
}

/// What a customer is called whose name the platform does not tell: a word of the channel and the
/// end of their id, by which agents can tell them apart.
fn guest(word: &str, address: &str) -> Profile {
    let end = address.char_indices().rev().nth(3).map_or(0, |(at, _)| at);
    Profile {
        address: address.to_owned(),
        name: Some(format!("{word} {}", &address[end..])),
        guest: true,
        ..Profile::default()
    }
}

/// What is no plain message has no way of its own here.
fn only_messages(parcel: &Parcel) -> Result<(), Fault> {
    match parcel.kind.as_str() {
        "message" => Ok(()),
        _ => Err(Fault::permanent(
            "not_sendable",
            "这个渠道没有这种发送方式",
            "This channel has no such way of sending",
        )),
    }
}

/// Shows that somebody types, at most so often for one customer: the platform shows it for fifteen
/// seconds and refuses to begin anew within them.
#[derive(Default)]
struct Typists(parking_lot::Mutex<std::collections::HashMap<(u128, String), Instant>>);

/// How long the platform shows one.
const SHOWN: std::time::Duration = std::time::Duration::from_secs(15);
/// Customers remembered; beyond, those whose time is over are forgotten, and then nobody new is told.
const TYPISTS: usize = 10_000;

impl Typists {
    /// Whether the platform is to be told.
    fn tell(&self, connection: &Connection, address: &str, on: bool) -> bool {
        let mut shown = self.0.lock();
        let key = (connection.id.0, address.to_owned());
        if !on {
            return shown.remove(&key).is_some_and(|at| at.elapsed() < SHOWN);
        }
        if shown.get(&key).is_some_and(|at| at.elapsed() < SHOWN) {
            return false;
        }
        if shown.len() >= TYPISTS {
            shown.retain(|_, at| at.elapsed() < SHOWN);
        }
        shown.len() < TYPISTS && shown.insert(key, Instant::now()).is_none_or(|_| true)
    }

    /// Whatever is sent ends what the platform shows.
    fn sent(&self, connection: &Connection, address: &str) {
        let key = (connection.id.0, address.to_owned());
        self.0.lock().remove(&key);
    }
}

/// Codes by which the platform says that typing is not shown now: nobody is at fault.
const NOT_NOW: [i64; 3] = [45080, 45081, 45072];

/// Asks for typing to be shown; a refusal for now is none.
pub(crate) async fn typing<R: Request>(
    accounts: &Accounts,
    connection: &Connection,
    request: &R,
) -> Result<(), Miss> {
    let asked = accounts
        .platform
        .call(connection, Lane::Background, request)
        .await;
    match asked {
        Ok(_) => Ok(()),
        Err(miss) if miss.code().is_some_and(|code| NOT_NOW.contains(&code)) => Ok(()),
        Err(miss) => Err(miss),
    }
}

/// The customer to whom typing is shown, or no longer.
pub(crate) fn typist(address: &str, on: bool) -> Typing {
    Typing {
        touser: address.to_owned(),
        command: Command::of(on),
    }
}

/// Makes a call of which only matters whether it may be made.
pub(crate) async fn ask<R: Request>(
    accounts: &Accounts,
    connection: &Connection,
    request: &R,
) -> Result<(), Miss> {
    let asked = accounts.platform.call(connection, Lane::Reply, request);
    asked.await.map(drop)
}
