//! A brand's set-up in memory: read whole at the start and after each change.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use arc_swap::ArcSwap;
use kefu_domain::{
    AgentId, ApiKeyId, BrandId, CannedReplyId, ConnectionId, EntryPointId, FanGroupId, KfAccountId,
    SpecialistId, TeamId, WebhookId,
    setup::{
        Agent, ApiKey, Brand, CannedReply, Connection, Entry, EntryPoint, FanGroup, KfAccount,
        Prefs, Row, Specialist, Team, Webhook,
    },
};
use kefu_store::{RawRow, Store, StoreError, read_row};
use parking_lot::Mutex;

use crate::{Error, Result};

/// One brand's set-up.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The tenant.
    pub brand: Row<Brand>,
    /// People.
    pub agents: HashMap<AgentId, Row<Agent>>,
    /// Teams.
    pub teams: BTreeMap<TeamId, Row<Team>>,
    /// Faces.
    pub kf_accounts: BTreeMap<KfAccountId, Row<KfAccount>>,
    /// Doors.
    pub entry_points: BTreeMap<EntryPointId, Row<EntryPoint>>,
    /// Credentials.
    pub connections: BTreeMap<ConnectionId, Row<Connection>>,
    /// Prepared answers.
    pub canned_replies: BTreeMap<CannedReplyId, Row<CannedReply>>,
    /// Keys.
    pub api_keys: BTreeMap<ApiKeyId, Row<ApiKey>>,
    /// Receivers of events.
    pub webhooks: BTreeMap<WebhookId, Row<Webhook>>,
    /// Handoff targets: people.
    pub specialists: BTreeMap<SpecialistId, Row<Specialist>>,
    /// Handoff targets: groups.
    pub fan_groups: BTreeMap<FanGroupId, Row<FanGroup>>,
    /// What agents chose about their screens.
    pub prefs: HashMap<AgentId, Row<Prefs>>,
}

impl Setup {
    fn read(rows: &[RawRow]) -> std::result::Result<Option<Self>, StoreError> {
        fn all<T, K, M>(rows: &[RawRow], id: fn(&T) -> K) -> std::result::Result<M, StoreError>
        where
            T: Entry,
            M: FromIterator<(K, Row<T>)>,
        {
            let kind = rows.iter().filter(|row| row.kind == T::KIND);
            kind.map(|raw| read_row::<T>(raw).map(|row| (id(&row.entry), row)))
                .collect()
        }
        let brands: Vec<(BrandId, Row<Brand>)> = all(rows, |brand: &Brand| brand.id)?;
        let Some((_, brand)) = brands.into_iter().next() else {
            return Ok(None);
        };
        Ok(Some(Self {
            brand,
            agents: all(rows, |one: &Agent| one.id)?,
            teams: all(rows, |one: &Team| one.id)?,
            kf_accounts: all(rows, |one: &KfAccount| one.id)?,
            entry_points: all(rows, |one: &EntryPoint| one.id)?,
            connections: all(rows, |one: &Connection| one.id)?,
            canned_replies: all(rows, |one: &CannedReply| one.id)?,
            api_keys: all(rows, |one: &ApiKey| one.id)?,
            webhooks: all(rows, |one: &Webhook| one.id)?,
            specialists: all(rows, |one: &Specialist| one.id)?,
            fan_groups: all(rows, |one: &FanGroup| one.id)?,
            prefs: all(rows, |one: &Prefs| one.id)?,
        }))
    }

    /// Is this file the picture of the brand, of an agent or of an account?
    pub(crate) fn is_a_face(&self, media_id: &str) -> bool {
        let agents = self.agents.values();
        let accounts = self.kf_accounts.values();
        let faces = agents
            .map(|row| &row.entry.avatar_media_id)
            .chain(accounts.map(|row| &row.entry.avatar_media_id));
        let logo = std::iter::once(&self.brand.entry.logo_media_id);
        logo.chain(faces)
            .any(|picture| picture.as_deref() == Some(media_id))
    }

    /// The name of an agent, or nothing.
    #[must_use]
    pub fn agent_name(&self, id: AgentId) -> &str {
        self.agents
            .get(&id)
            .map_or("", |row| row.entry.name.as_str())
    }

    /// The agent of ours who is this member at the platform.
    #[must_use]
    pub fn agent_of_member(&self, userid: &str) -> Option<AgentId> {
        let mut agents = self.agents.values().map(|row| &row.entry);
        let same =
            agents.find(|agent| !agent.disabled && agent.wecom_userid.as_deref() == Some(userid));
        same.map(|agent| agent.id)
    }

    /// A face.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn kf_account(&self, id: KfAccountId) -> Result<&KfAccount> {
        self.kf_accounts
            .get(&id)
            .map(|row| &row.entry)
            .ok_or(Error::NotFound)
    }

    /// A door.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn entry_point(&self, id: EntryPointId) -> Result<&EntryPoint> {
        self.entry_points
            .get(&id)
            .map(|row| &row.entry)
            .ok_or(Error::NotFound)
    }
}

/// All brands.
#[derive(Default)]
pub struct Directory {
    brands: ArcSwap<HashMap<BrandId, Arc<Setup>>>,
    stale: Mutex<Vec<BrandId>>,
    /// Held from before rows are read until they are in use, so that what was read earlier never
    /// replaces what was read later.
    loading: tokio::sync::Mutex<()>,
    doors: ArcSwap<HashMap<EntryPointId, BrandId>>,
    connections: ArcSwap<HashMap<ConnectionId, BrandId>>,
}

impl Directory {
    /// A brand's set-up as it is now.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn brand(&self, id: BrandId) -> Result<Arc<Setup>> {
        self.brands.load().get(&id).cloned().ok_or(Error::NotFound)
    }

    /// Whose door this is.
    #[must_use]
    pub fn brand_of_door(&self, id: EntryPointId) -> Option<BrandId> {
        self.doors.load().get(&id).copied()
    }

    /// Whose connection this is.
    #[must_use]
    pub fn brand_of_connection(&self, id: ConnectionId) -> Option<BrandId> {
        self.connections.load().get(&id).copied()
    }

    /// All brands.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<Setup>> {
        self.brands.load().values().cloned().collect()
    }

    /// A brand's rows changed: read them before they are used again.
    pub(crate) fn stale(&self, brand: BrandId) {
        let mut stale = self.stale.lock();
        if !stale.contains(&brand) {
            stale.push(brand);
        }
    }

    pub(crate) fn take_stale(&self) -> Vec<BrandId> {
        std::mem::take(&mut *self.stale.lock())
    }

    /// Reads a brand's rows.
    pub(crate) async fn load(&self, store: &dyn Store, brand: BrandId) -> Result<()> {
        self.load_from(brand, || store.setup(brand)).await
    }

    async fn load_from<F>(&self, brand: BrandId, rows: impl FnOnce() -> F + Send) -> Result<()>
    where
        F: Future<Output = std::result::Result<Vec<RawRow>, StoreError>> + Send,
    {
        let _one_by_one = self.loading.lock().await;
        let setup = Setup::read(&rows().await?)?.map(Arc::new);
        self.brands.rcu(|brands| {
            let mut brands = HashMap::clone(brands);
            match &setup {
                Some(setup) => brands.insert(brand, Arc::clone(setup)),
                None => brands.remove(&brand),
            };
            brands
        });
        let brands = self.brands.load();
        let whose = |one: &Arc<Setup>| one.brand.entry.id;
        let doors = brands
            .values()
            .flat_map(|b| b.entry_points.keys().map(move |id| (*id, whose(b))));
        self.doors.store(Arc::new(doors.collect()));
        let connections = brands
            .values()
            .flat_map(|b| b.connections.keys().map(move |id| (*id, whose(b))));
        self.connections.store(Arc::new(connections.collect()));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use kefu_store::Put;

    use super::*;

    fn rows(name: &str) -> Vec<RawRow> {
        let body = serde_json::json!({ "id": BrandId(1), "slug": "b", "name": name });
        let brand: Brand = serde_json::from_value(body).unwrap();
        let put = Put::entry(BrandId(1), &brand, None, 0);
        vec![RawRow {
            kind: put.kind.to_owned(),
            id: put.id,
            body: put.body.unwrap(),
            rev: 1,
            created_at: 0,
        }]
    }

    #[tokio::test]
    async fn what_was_read_earlier_never_replaces_what_was_read_later() {
        let directory = Directory::default();
        let slow = directory.load_from(BrandId(1), || async {
            let read = rows("before");
            tokio::time::sleep(Duration::from_millis(50)).await;
            Ok(read)
        });
        let quick = directory.load_from(BrandId(1), || async { Ok(rows("after")) });
        let (slow, quick) = tokio::join!(slow, quick);
        slow.and(quick).unwrap();
        let setup = directory.brand(BrandId(1)).unwrap();
        assert_eq!(setup.brand.entry.name, "after");
    }
}
