//! What all kinds of set-up rows share: written under their `rev`, read back, refused in words.

use std::sync::Arc;

use axum::http::StatusCode;
use kefu_domain::setup::{Entry, Row};
use kefu_reception::{Error, Setup};
use kefu_store::ListQuery;
use serde::Serialize;
use utoipa::ToSchema;

use super::access::Caller;
use crate::{
    Gateway,
    problem::{Answer, Problem},
};

/// 409 `conflict`.
pub(super) fn conflict(detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::CONFLICT, "conflict", detail)
}

/// Why a row was not written; a taken name is told by its field.
pub(super) fn refused(error: Error, key: &str) -> Problem {
    match error {
        Error::Conflict(why) if why.ends_with("is taken") => {
            conflict(format!("{key}: already taken"))
        }
        Error::Conflict(_) => conflict("rev: the row changed since you read it"),
        error => error.into(),
    }
}

/// Writes a row; answers the set-up as it is then. `key` names the field that must be unique.
pub(super) async fn write<T: Entry>(
    gateway: &Gateway,
    caller: &Caller,
    entry: T,
    rev: Option<u64>,
    key: &str,
) -> Answer<Arc<Setup>> {
    let put = gateway.reception.put(caller.brand, entry, rev).await;
    put.map_err(|error| refused(error, key))?;
    Ok(gateway.reception.directory().brand(caller.brand)?)
}

/// Deletes a row.
pub(super) async fn delete<T: Entry>(
    gateway: &Gateway,
    caller: &Caller,
    entry: &T,
) -> Answer<StatusCode> {
    gateway.reception.delete(caller.brand, entry).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Is there any conversation that answers this?
pub(super) async fn anybody(gateway: &Gateway, caller: &Caller, query: ListQuery) -> Answer<bool> {
    let store = gateway.reception.store();
    let query = ListQuery { limit: 1, ..query };
    Ok(!store.conversations(caller.brand, query).await?.is_empty())
}

/// What a row speaks through is chosen once.
pub(super) fn same_channel(given: Option<&str>, row: &str) -> Answer<()> {
    match given {
        Some(other) if other != row => Err(Problem::bad("channel: cannot be changed")),
        _ => Ok(()),
    }
}

/// A row of the caller's brand.
pub(super) fn found<T>(row: Option<&Row<T>>) -> Answer<&Row<T>> {
    row.ok_or_else(Problem::not_found)
}

/// The rev that a change is made under: the one the client read, else the one we read.
pub(super) fn under<T>(row: &Row<T>, given: Option<u64>) -> Option<u64> {
    Some(given.unwrap_or(row.rev))
}

/// A stored row on the wire.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct Stamp {
    /// Grows with each change.
    rev: u64,
    created_at: i64,
}

impl<T> From<&Row<T>> for Stamp {
    fn from(row: &Row<T>) -> Self {
        Self {
            rev: row.rev,
            created_at: row.created_at,
        }
    }
}
