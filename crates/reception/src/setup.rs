//! Set-up: rows written, and read back into memory before anyone is told.

use kefu_domain::{
    AgentId, BrandId,
    setup::{Agent, Entry, Row, Team},
};
use kefu_store::Put;

use crate::{Error, Reception, Result};

impl Reception {
    /// Writes a row; `expected_rev` guards against a change in between.
    ///
    /// # Errors
    /// [`Error::Conflict`].
    pub async fn put<T: Entry>(
        &self,
        brand: BrandId,
        entry: T,
        expected_rev: Option<u64>,
    ) -> Result<Row<T>> {
        let now = self.now();
        let rev = self
            .store
            .put(Put::entry(brand, &entry, expected_rev, now))
            .await?;
        self.reread(brand).await?;
        Ok(Row {
            entry,
            rev,
            created_at: now,
        })
    }

    /// Writes a team, and agents whose membership changes with it: all of it or nothing.
    ///
    /// # Errors
    /// [`Error::Conflict`].
    pub async fn put_team(
        &self,
        brand: BrandId,
        team: Team,
        expected_rev: Option<u64>,
        agents: &[Row<Agent>],
    ) -> Result<()> {
        let now = self.now();
        let agents = agents
            .iter()
            .map(|row| Put::entry(brand, &row.entry, Some(row.rev), now));
        let team = Put::entry(brand, &team, expected_rev, now);
        let puts = std::iter::once(team).chain(agents).collect();
        self.store.put_all(puts).await?;
        self.reread(brand).await
    }

    /// Deletes a row.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn delete<T: Entry>(&self, brand: BrandId, entry: &T) -> Result<()> {
        let put = Put {
            body: None,
            ..Put::entry(brand, entry, None, self.now())
        };
        self.store.put(put).await?;
        self.reread(brand).await
    }

    async fn reread(&self, brand: BrandId) -> Result<()> {
        self.directory.load(self.store.as_ref(), brand).await?;
        {
            let mut floor = self.floor.brand(brand);
            floor.reseat = true;
            floor.stirred = true;
        }
        self.floor.wake();
        Ok(())
    }

    /// Changes an agent; one who is disabled is signed out and let go of.
    ///
    /// # Errors
    /// [`Error::Conflict`].
    pub async fn put_agent(
        &self,
        brand: BrandId,
        agent: Agent,
        expected_rev: Option<u64>,
    ) -> Result<Row<Agent>> {
        let (id, disabled) = (agent.id, agent.disabled);
        let row = self.put(brand, agent, expected_rev).await?;
        if disabled {
            self.sign_out_everywhere(brand, id).await?;
        }
        Ok(row)
    }

    /// Ends all sign-ins of an agent and lets go of their customers.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn sign_out_everywhere(&self, brand: BrandId, agent: AgentId) -> Result<()> {
        self.store.sign_out_everywhere(brand, agent).await?;
        self.agent_gone(brand, agent).await
    }

    /// An agent by sign-in name.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn agent_by_account(&self, brand: BrandId, account: &str) -> Result<Agent> {
        let setup = self.directory.brand(brand)?;
        let wanted = account.trim().to_lowercase();
        let found = setup
            .agents
            .values()
            .find(|row| row.entry.account.to_lowercase() == wanted);
        found.map(|row| row.entry.clone()).ok_or(Error::NotFound)
    }
}
