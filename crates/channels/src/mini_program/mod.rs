//! Mini-programs (小程序) with the platform's own contact button: a Push. Where the brand uses WeChat
//! kf instead, its link is handed out and customers arrive by that channel.

mod about;
mod config;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use async_trait::async_trait;
use kefu_domain::{ConnectionId, setup::Connection};
use kefu_wechat::client::Client;
use kefu_wechat::mp::BusinessTyping;
use parking_lot::Mutex;

use crate::Fault;
use crate::platform::Miss;
use crate::push::{self, Accounts, Acts, PushChannel, Sender, Way};

/// The channel; it speaks through this client's connections.
#[must_use]
pub fn channel(client: &Client) -> PushChannel {
    PushChannel::new(client, &config::TABLE, MiniProgram::default())
}

#[derive(Default)]
struct MiniProgram {
    sender: Sender,
    /// Connections whose platform has the older path only.
    older: Mutex<HashSet<ConnectionId>>,
}

/// Connections that are remembered so; beyond, all are tried anew.
const REMEMBERED: usize = 10_000;

#[async_trait]
impl Acts for MiniProgram {
    async fn send(&self, way: Way<'_>) -> Result<(), Fault> {
        let draft = push::draft(&way.parcel.content, false)?;
        self.sender.send(way, draft, config::fitting).await
    }

    /// By the path of the present page, or else by the older one that both kinds of account had.
    async fn typing(
        &self,
        accounts: &Accounts,
        connection: &Connection,
        address: &str,
        on: bool,
    ) -> Result<(), Miss> {
        let older = push::typist(address, on);
        if !self.older.lock().contains(&connection.id) {
            let present = BusinessTyping(older.clone());
            let asked = push::typing(accounts, connection, &present).await;
            let code = asked.as_ref().err().and_then(Miss::code);
            if !code.is_some_and(|code| config::NO_SUCH_PATH.contains(&code)) {
                return asked;
            }
            let mut known = self.older.lock();
            if known.len() >= REMEMBERED {
                known.clear();
            }
            known.insert(connection.id);
        }
        push::typing(accounts, connection, &older).await
    }

    async fn ask(&self, accounts: &Accounts, connection: &Connection) -> Result<(), Miss> {
        push::ask(
            accounts,
            connection,
            &push::typist(push::test::NOBODY, false),
        )
        .await
    }
}
