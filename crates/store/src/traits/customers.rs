//! Customers, and how each door knows them.

use async_trait::async_trait;
use kefu_domain::{AgentId, BrandId, CustomerId, EntryPointId, IdentityId, UnixMs};

use crate::{Called, Customer, CustomerNote, Identity, Result, Source};

/// Customers.
#[async_trait]
pub trait CustomerStore: Send + Sync {
    /// One customer.
    async fn customer(&self, brand: BrandId, id: CustomerId) -> Result<Customer>;
    /// Changes what people write about a customer; the card on conversations follows.
    async fn update_customer(&self, brand: BrandId, customer: Customer) -> Result<Customer>;
    /// By name, remark, phone or id, newest contact first.
    async fn find_customers(
        &self,
        brand: BrandId,
        words: &str,
        before: Option<CustomerId>,
        limit: u32,
    ) -> Result<Vec<Customer>>;
    /// How each door knows them.
    async fn identities(&self, brand: BrandId, customer: CustomerId) -> Result<Vec<Identity>>;
    /// Who a platform's user is.
    async fn identity(
        &self,
        brand: BrandId,
        entry_point: EntryPointId,
        kind: &str,
        value: &str,
    ) -> Result<Option<Identity>>;
    /// Adds a note.
    async fn add_note(
        &self,
        brand: BrandId,
        customer: CustomerId,
        agent: Option<AgentId>,
        text: String,
        at: UnixMs,
    ) -> Result<CustomerNote>;
    /// Notes, newest first.
    async fn notes(&self, brand: BrandId, customer: CustomerId) -> Result<Vec<CustomerNote>>;
    /// Takes over a profile (name, portrait) that a platform told; what an agent wrote stays, and any
    /// name does before what a guest is called.
    async fn set_profile(
        &self,
        brand: BrandId,
        customer: CustomerId,
        called: Option<Called>,
        avatar_media_id: Option<String>,
        unionid: Option<(EntryPointId, IdentityId, String)>,
        at: UnixMs,
    ) -> Result<()>;
    /// The last pages a customer looked at.
    async fn footstep(&self, brand: BrandId, customer: CustomerId, source: Source) -> Result<()>;
    /// The last 20, newest first.
    async fn footsteps(&self, brand: BrandId, customer: CustomerId) -> Result<Vec<Source>>;
}
