//! Facts that a page or an app tells of its visitor: unsigned, so they stand beside what agents know
//! and never change who somebody is.

use std::collections::BTreeMap;

use kefu_store::{Customer, StoreError, Visitor};
use serde_json::Value;

use crate::{
    Gateway,
    problem::{Answer, Problem},
};

/// Facts in one opening, and of one customer, at most.
pub(super) const MOST: usize = 50;
const NAME_CHARS: usize = 64;
const VALUE_CHARS: usize = 500;

/// Reads them: names to 64 characters, text, numbers and booleans to 500; null takes a fact back.
pub(super) fn read(given: BTreeMap<String, Value>) -> Answer<BTreeMap<String, Option<String>>> {
    if given.len() > MOST {
        return Err(Problem::bad(format!("attributes: more than {MOST}")));
    }
    given
        .into_iter()
        .map(|(name, value)| {
            let value = match value {
                Value::Null => None,
                Value::String(text) => Some(text),
                Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
                Value::Array(_) | Value::Object(_) => {
                    return Err(Problem::bad("attributes: only text, numbers and booleans"));
                }
            };
            let fits = |text: &str, most: usize| {
                text.chars().count() <= most && !text.chars().any(|c| c.is_control() && c != '\n')
            };
            let good = !name.trim().is_empty()
                && fits(&name, NAME_CHARS)
                && value.as_deref().is_none_or(|text| fits(text, VALUE_CHARS));
            good.then_some((name, value))
                .ok_or_else(|| Problem::bad("attributes: a name or a value is too long"))
        })
        .collect()
}

/// What is known of a customer.
pub(super) fn of(customer: &Customer) -> BTreeMap<String, String> {
    serde_json::from_str(&customer.attributes).unwrap_or_default()
}

/// Puts them beside what is known. What agents wrote stays; a customer who is full keeps the old ones.
pub(super) async fn keep(
    gateway: &Gateway,
    visitor: &Visitor,
    facts: BTreeMap<String, Option<String>>,
) {
    // Another writer may come between: three tries, then the next opening tells them again.
    for _ in 0..3 {
        let result = write(gateway, visitor, &facts).await;
        if !matches!(result, Err(StoreError::Conflict(_))) {
            if let Err(error) = result {
                tracing::warn!(%error, "facts of a visitor were not kept");
            }
            return;
        }
    }
}

async fn write(
    gateway: &Gateway,
    visitor: &Visitor,
    facts: &BTreeMap<String, Option<String>>,
) -> Result<(), StoreError> {
    let store = gateway.reception.store();
    let mut customer = store.customer(visitor.brand, visitor.customer).await?;
    let before = of(&customer);
    let mut after = before.clone();
    for (name, value) in facts {
        match value {
            Some(value) if after.contains_key(name) || after.len() < MOST => {
                after.insert(name.clone(), value.clone());
            }
            Some(_) => (),
            None => {
                after.remove(name);
            }
        }
    }
    if after == before {
        return Ok(());
    }
    customer.attributes = serde_json::json!(after).to_string();
    store
        .update_customer(visitor.brand, customer)
        .await
        .map(|_| ())
}
