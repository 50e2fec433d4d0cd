//! Facts of a visitor. What a page or an app tells stands beside what agents know; what the brand
//! signed stands before both, and no page overrules it. Neither changes who somebody is.

use std::collections::BTreeMap;

use kefu_store::{Customer, StoreError, Visitor};
use serde_json::{Value, json};

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
    let bad = |why: &str| Problem::bad(format!("attributes: {why}"));
    if given.len() > MOST {
        return Err(bad(&format!("more than {MOST}")));
    }
    given
        .into_iter()
        .map(|(name, value)| {
            let value = match value {
                Value::Null => None,
                Value::String(text) => Some(text),
                Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
                Value::Array(_) | Value::Object(_) => {
                    return Err(bad("only text, numbers and booleans"));
                }
            };
            let fits = |text: &str, most: usize| {
                text.chars().count() <= most && !text.chars().any(|c| c.is_control() && c != '\n')
            };
            let good = !name.trim().is_empty()
                && fits(&name, NAME_CHARS)
                && value.as_deref().is_none_or(|text| fits(text, VALUE_CHARS));
            good.then_some((name, value))
                .ok_or_else(|| bad("a name or a value is too long"))
        })
        .collect()
}

/// What is known of a customer; of one name, what the brand signed.
pub(super) fn of(customer: &Customer) -> BTreeMap<String, String> {
    let mut all = stored(&customer.attributes);
    all.extend(stored(&customer.signed));
    all
}

/// Without those that the brand signed, which are kept apart.
pub(super) fn unsigned(
    customer: &Customer,
    mut all: BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let signed = stored(&customer.signed);
    all.retain(|name, _| !signed.contains_key(name));
    all
}

fn stored(facts: &str) -> BTreeMap<String, String> {
    serde_json::from_str(facts).unwrap_or_default()
}

/// Facts of one opening: new ones, and `None` for those taken back.
#[derive(Default)]
pub(super) struct Told {
    pub(super) signed: BTreeMap<String, Option<String>>,
    pub(super) unsigned: BTreeMap<String, Option<String>>,
}

/// Puts them beside what is known. What agents wrote stays; a customer who is full keeps the old ones.
pub(super) async fn keep(gateway: &Gateway, visitor: &Visitor, told: Told) {
    if told.signed.is_empty() && told.unsigned.is_empty() {
        return;
    }
    // Another writer may come between: three tries, then the next opening tells them again.
    for _ in 0..3 {
        let result = write(gateway, visitor, &told).await;
        if !matches!(result, Err(StoreError::Conflict(_))) {
            if let Err(error) = result {
                tracing::warn!(%error, "facts of a visitor were not kept");
            }
            return;
        }
    }
}

async fn write(gateway: &Gateway, visitor: &Visitor, told: &Told) -> Result<(), StoreError> {
    let store = gateway.reception.store();
    let mut customer = store.customer(visitor.brand, visitor.customer).await?;
    let signed = merged(&customer.signed, &told.signed);
    let mut unsigned = told.unsigned.clone();
    unsigned.retain(|name, _| !signed.contains_key(name));
    let attributes = merged(&customer.attributes, &unsigned);
    let (signed, attributes) = (json!(signed).to_string(), json!(attributes).to_string());
    if signed == customer.signed && attributes == customer.attributes {
        return Ok(());
    }
    (customer.signed, customer.attributes) = (signed, attributes);
    store
        .update_customer(visitor.brand, customer)
        .await
        .map(|_| ())
}

/// What is stored, and what was told since.
fn merged(before: &str, told: &BTreeMap<String, Option<String>>) -> BTreeMap<String, String> {
    let mut after = stored(before);
    for (name, value) in told {
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
    after
}
