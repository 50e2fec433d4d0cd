//! What a site's own script tells of its visitor: what they did there, and tags. Unsigned, like facts:
//! whoever can open the page can say it.

use kefu_domain::Source;
use kefu_reception::{Error, Result};
use kefu_store::{StoreError, Visitor};

use crate::{Gateway, frames::Happening};

/// Tags in one frame at most.
const AT_ONCE: usize = 20;
/// Tags of one customer at most.
const MOST: usize = 50;
const TAG_CHARS: usize = 64;

/// Something happened on the page: a footstep, between the pages that the visitor has seen.
pub(super) async fn event(gateway: &Gateway, visitor: &Visitor, what: &Happening) -> Result<()> {
    if what.name.trim().is_empty() {
        return Err(Error::Bad("event.name: is empty".to_owned()));
    }
    let step: Source = what.source(gateway.reception.now());
    let store = gateway.reception.store();
    store
        .footstep(visitor.brand, visitor.customer, step)
        .await?;
    Ok(())
}

/// Puts tags on the customer and takes others off.
pub(super) async fn tag(
    gateway: &Gateway,
    visitor: &Visitor,
    add: &[String],
    remove: &[String],
) -> Result<()> {
    if add.len() + remove.len() > AT_ONCE {
        return Err(Error::Bad(format!("add, remove: more than {AT_ONCE}")));
    }
    let fits = |tag: &String| {
        let chars = tag.chars().count();
        !tag.trim().is_empty() && chars <= TAG_CHARS && !tag.chars().any(char::is_control)
    };
    if !add.iter().all(fits) {
        return Err(Error::Bad(
            "add: empty, or more than 64 characters".to_owned(),
        ));
    }
    let store = gateway.reception.store();
    let mut tries = 3;
    loop {
        let mut customer = store.customer(visitor.brand, visitor.customer).await?;
        let before = customer.tags.clone();
        customer.tags.retain(|tag| !remove.contains(tag));
        for tag in add.iter().map(|tag| tag.trim()) {
            if !customer.tags.iter().any(|have| have == tag) {
                customer.tags.push(tag.to_owned());
            }
        }
        if customer.tags.len() > MOST.max(before.len()) {
            return Err(Error::Bad(format!("add: the customer has {MOST} tags")));
        }
        if customer.tags == before {
            return Ok(());
        }
        tries -= 1;
        match store.update_customer(visitor.brand, customer).await {
            // Another writer came between.
            Err(StoreError::Conflict(_)) if tries > 0 => {}
            result => {
                result?;
                return Ok(());
            }
        }
    }
}
