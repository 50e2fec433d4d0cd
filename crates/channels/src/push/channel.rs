//! The one channel behind official accounts, mini-programs and shops. What is the same about them
//! stands here; what is different is a [`Table`] and a few [`Acts`] in each one's own folder.

use async_trait::async_trait;
use kefu_domain::{
    Capabilities, credit,
    setup::{Connection, EntryPoint},
};
use kefu_wechat::client::{Client, Dialect};
use kefu_wechat::mp::MAX_TEXT;

use super::places::Places;
use super::{Accounts, Doors, Typists, Way, guest, inbound, test};
use crate::Surroundings;
use crate::channel::no_links;
use crate::platform::{Miss, Pace, secrets::callback_secrets};
use crate::{
    About, CallbackSecrets, Channel, Check, Fault, Fetched, Files, Notice, Parcel, Profile, Quota,
    Refused, SetupField,
};

/// What is different about one kind of account, as far as it is no act.
pub(crate) struct Table {
    /// The stored name.
    pub(crate) kind: &'static str,
    pub(crate) about: &'static About,
    pub(crate) can: Capabilities,
    pub(crate) fields: [SetupField; 5],
    /// Which ways in it has, and what they grant.
    pub(crate) doors: Doors,
    /// What a customer without a name is called.
    pub(crate) guest: &'static str,
    /// Where the callback address is pasted: Chinese, English.
    pub(crate) place: (&'static str, &'static str),
    /// The customer can be shown that somebody types.
    pub(crate) typing: bool,
}

/// What all of them carry alike: texts, within five messages in the 48 hours after the customer's
/// last. Nothing can be taken back, and nothing is told of reading.
pub(crate) const CAN: Capabilities = Capabilities {
    outgoing: &["text"],
    outside: true,
    credits: Some(credit::KF_MESSAGE),
    presence: false,
    recall: false,
    menu: false,
    text_bytes: Some(MAX_TEXT),
    live_status: false,
    own_client: false,
    ends_upstream: false,
};

/// What one kind of account does in a way of its own.
#[async_trait]
pub(crate) trait Acts: Send + Sync {
    /// Sends one message.
    async fn send(&self, way: Way<'_>) -> Result<(), Fault>;

    /// Shows that somebody types, or does no longer, where [`Table::typing`] says so.
    async fn typing(
        &self,
        _accounts: &Accounts,
        _connection: &Connection,
        _address: &str,
        _on: bool,
    ) -> Result<(), Miss> {
        Ok(())
    }

    /// Adds what the platform tells of customers who are guests so far.
    async fn recognise(
        &self,
        _accounts: &Accounts,
        _connection: &Connection,
        _guests: &mut [Profile],
    ) -> Result<(), Fault> {
        Ok(())
    }

    /// What a code with this scene says; `lasting`: for good.
    async fn code(
        &self,
        _accounts: &Accounts,
        _connection: &Connection,
        _scene: &str,
        _lasting: bool,
    ) -> Result<String, Fault> {
        Err(no_links())
    }

    /// Makes a call that changes nothing: a refusal for its content proves that it may be made.
    async fn ask(&self, accounts: &Accounts, connection: &Connection) -> Result<(), Miss>;
}

/// See the module.
pub struct PushChannel {
    table: &'static Table,
    acts: Box<dyn Acts>,
    accounts: Accounts,
    typists: Typists,
    places: Places,
}

impl PushChannel {
    /// Speaks through this client's connections.
    pub(crate) fn new(client: &Client, table: &'static Table, acts: impl Acts + 'static) -> Self {
        Self {
            table,
            acts: Box::new(acts),
            accounts: Accounts::new(client.towards(Dialect::Mp), Pace::accounts()),
            typists: Typists::default(),
            places: Places::default(),
        }
    }
}

#[async_trait]
impl Channel for PushChannel {
    fn kind(&self) -> &'static str {
        self.table.kind
    }

    fn about(&self) -> &'static About {
        self.table.about
    }

    fn settle_in(&self, here: &Surroundings) {
        self.accounts.settle_in(self.table.kind, here);
    }

    fn capabilities(&self) -> &'static Capabilities {
        &self.table.can
    }

    fn fields(&self) -> &'static [SetupField] {
        &self.table.fields
    }

    fn new_callback_secrets(&self) -> Option<CallbackSecrets> {
        Some(callback_secrets())
    }

    fn verify(&self, connection: &Connection, query: &str) -> Result<Vec<u8>, Refused> {
        inbound::verify(connection, query)
    }

    fn receive(
        &self,
        connection: &Connection,
        query: &str,
        body: &[u8],
    ) -> Result<Vec<Notice>, Refused> {
        let now = crate::platform::now() / 1_000;
        inbound::receive(self.table, &self.places, connection, query, body, now)
    }

    async fn send(
        &self,
        connection: &Connection,
        _door: &EntryPoint,
        parcel: &Parcel,
        files: &dyn Files,
    ) -> Result<(), Fault> {
        super::only_messages(parcel)?;
        let way = Way {
            platform: &self.accounts.platform,
            connection,
            parcel,
            files,
        };
        let sent = self.acts.send(way).await;
        self.typists.sent(connection, &parcel.address);
        sent
    }

    async fn typing(
        &self,
        connection: &Connection,
        _door: &EntryPoint,
        address: &str,
        on: bool,
    ) -> Result<(), Fault> {
        if !self.table.typing || !self.typists.tell(connection, address, on) {
            return Ok(());
        }
        let shown = self.acts.typing(&self.accounts, connection, address, on);
        shown.await.map_err(|miss| miss.fault(0))
    }

    async fn fetch(
        &self,
        connection: &Connection,
        media_id: &str,
        limit: usize,
    ) -> Result<Fetched, Fault> {
        self.accounts.fetch(connection, media_id, limit).await
    }

    /// Names and portraits are not told any more, so whoever the platform does not tell more of is a
    /// guest.
    async fn profiles(
        &self,
        connection: &Connection,
        addresses: &[String],
    ) -> Result<Vec<Profile>, Fault> {
        let guests = addresses
            .iter()
            .map(|address| guest(self.table.guest, address));
        let mut profiles: Vec<Profile> = guests.collect();
        let told = self
            .acts
            .recognise(&self.accounts, connection, &mut profiles);
        told.await.map(|()| profiles)
    }

    async fn link(
        &self,
        connection: &Connection,
        _door: &EntryPoint,
        scene: &str,
        _scene_param: Option<&str>,
        lasting: bool,
    ) -> Result<String, Fault> {
        let code = self.acts.code(&self.accounts, connection, scene, lasting);
        code.await
    }

    fn quotas(&self, connection: &Connection) -> Vec<Quota> {
        self.accounts.platform.used(connection)
    }

    async fn test(&self, connection: &Connection, callback_url: &str) -> Vec<Check> {
        let asked = self.acts.ask(&self.accounts, connection);
        let place = self.table.place;
        test::test(&self.accounts, connection, callback_url, place, asked).await
    }
}
