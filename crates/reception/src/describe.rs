//! Describe: what people write about a customer, and whose customer it is.

use kefu_domain::{AgentId, BrandId, CustomerId};
use kefu_store::{Customer, ListQuery, StoreError};

use crate::{Error, Reception, Result, say};

/// Threads of a customer that are told who owns them, at most.
const THREADS: u32 = 50;
/// Tries to give an owner while others write the same row.
const TRIES: usize = 32;

impl Reception {
    /// Writes a customer under the `rev` that was read. A new owner must be an agent of the brand who
    /// is not disabled; a line in each thread says who gave the customer to whom.
    ///
    /// # Errors
    /// [`Error::Bad`] for such an owner, [`Error::Conflict`], [`Error::NotFound`].
    pub async fn describe(
        &self,
        brand: BrandId,
        by: Option<AgentId>,
        customer: Customer,
    ) -> Result<Customer> {
        let before = self.store.customer(brand, customer.card.id).await?;
        let (old, new) = (before.card.owner, customer.card.owner);
        if old != new
            && let Some(owner) = new
        {
            self.may_own(brand, owner)?;
        }
        let written = self.store.update_customer(brand, customer).await?;
        if old != new {
            self.owner_changed(brand, by, written.card.id, new).await;
        }
        Ok(written)
    }

    /// Gives a customer whom nobody owns to an agent; answers whether it did.
    pub(crate) async fn own_if_nobody(
        &self,
        brand: BrandId,
        customer: CustomerId,
        agent: AgentId,
    ) -> Result<bool> {
        if self.may_own(brand, agent).is_err() {
            return Ok(false);
        }
        let mut free = false;
        self.rewrite(brand, customer, |row| {
            free = row.card.owner.is_none();
            row.card.owner = row.card.owner.or(Some(agent));
        })
        .await?;
        if free {
            self.owner_changed(brand, None, customer, Some(agent)).await;
        }
        Ok(free)
    }

    /// Changes a customer's row as it is at that moment, and again if another writer came between.
    pub(crate) async fn rewrite(
        &self,
        brand: BrandId,
        customer: CustomerId,
        mut change: impl FnMut(&mut Customer) + Send,
    ) -> Result<Customer> {
        for _ in 0..TRIES {
            let before = self.store.customer(brand, customer).await?;
            let mut row = before.clone();
            change(&mut row);
            if row == before {
                return Ok(row);
            }
            match self.store.update_customer(brand, row).await {
                Err(StoreError::Conflict(_)) => (),
                result => return Ok(result?),
            }
        }
        Err(Error::Unavailable)
    }

    fn may_own(&self, brand: BrandId, agent: AgentId) -> Result<()> {
        let setup = self.directory.brand(brand)?;
        let row = setup.agents.get(&agent);
        row.filter(|row| !row.entry.disabled)
            .map(|_| ())
            .ok_or_else(|| Error::Bad("owner: no such agent".to_owned()))
    }

    /// The change stands; that a line about it was not written is told to the log.
    async fn owner_changed(
        &self,
        brand: BrandId,
        by: Option<AgentId>,
        customer: CustomerId,
        owner: Option<AgentId>,
    ) {
        let named = self.directory.brand(brand).map(|setup| {
            let name = owner.map_or("", |agent| setup.agent_name(agent));
            name.to_owned()
        });
        let (event, name) = match (owner, named) {
            (Some(_), Ok(name)) => ("owned", name),
            _ => ("disowned", String::new()),
        };
        let threads = ListQuery {
            customer: Some(customer),
            limit: THREADS,
            ..ListQuery::default()
        };
        let threads = match self.store.conversations(brand, threads).await {
            Ok(threads) => threads,
            Err(error) => {
                tracing::warn!(%error, customer.id = %customer, "a new owner stands in no thread");
                return;
            }
        };
        for thread in threads {
            let draft = say::line(event, by, &name);
            let noted = self.store.note(brand, thread.id, None, draft, self.now());
            if let Err(error) = noted.await {
                tracing::warn!(%error, conversation.id = %thread.id, "a new owner stands not in a thread");
            }
        }
        // Whoever waits may be for somebody else now.
        self.floor.brand(brand).stirred = true;
        self.floor.wake();
    }
}
