//! What a request asks, read strictly: ids in paths, queries, pages of a list.

use std::str::FromStr;

use axum::{
    extract::{FromRequestParts, Query, RawPathParams},
    http::request::Parts,
};
use serde::{Deserialize, Deserializer, Serialize, de::DeserializeOwned};
use utoipa::{IntoParams, ToSchema};

use crate::problem::{Answer, Problem};

/// The one id in a path. What is no id names nothing: 404.
pub(crate) struct Id<T>(pub(crate) T);

impl<S, T> FromRequestParts<S> for Id<T>
where
    S: Send + Sync,
    T: FromStr + Send,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Answer<Self> {
        let params = RawPathParams::from_request_parts(parts, state).await;
        let params = params.map_err(|_| Problem::not_found())?;
        let id = params.iter().next().and_then(|(_, text)| text.parse().ok());
        id.map(Self).ok_or_else(Problem::not_found)
    }
}

/// An id in a path, and the platform's id of what stands under it.
pub(crate) struct Under<T>(pub(crate) T, pub(crate) String);

impl<S, T> FromRequestParts<S> for Under<T>
where
    S: Send + Sync,
    T: FromStr + Send,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Answer<Self> {
        let params = RawPathParams::from_request_parts(parts, state).await;
        let params = params.map_err(|_| Problem::not_found())?;
        let mut texts = params.iter().map(|(_, text)| text);
        let id = texts.next().and_then(|text| text.parse().ok());
        let plain = |text: &&str| {
            (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
        };
        let under = texts.next().filter(plain).map(str::to_owned);
        id.zip(under)
            .map(|(id, under)| Self(id, under))
            .ok_or_else(Problem::not_found)
    }
}

/// A query string.
pub(crate) struct Ask<T>(pub(crate) T);

impl<S, T> FromRequestParts<S> for Ask<T>
where
    S: Send + Sync,
    T: DeserializeOwned + Send,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Answer<Self> {
        match Query::from_request_parts(parts, state).await {
            Ok(Query(asked)) => Ok(Self(asked)),
            Err(rejection) => Err(Problem::bad(rejection.body_text())),
        }
    }
}

/// Rows of one page at most.
pub(super) const MOST: u32 = 200;
const USUAL: u32 = 50;

/// Which page of a list.
#[derive(Debug, Default, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct PageAsk {
    /// Rows at most, 1 to 200; 50 if not given.
    pub(super) limit: Option<u32>,
    /// `next` of the page before.
    pub(super) cursor: Option<String>,
}

/// Rows that a page may have.
pub(super) fn size(limit: Option<u32>) -> Answer<usize> {
    match limit.unwrap_or(USUAL) {
        limit @ 1..=MOST => Ok(limit as usize),
        _ => Err(Problem::bad("limit: 1 to 200")),
    }
}

/// A cursor as it was made; empty is none.
pub(super) fn cursor<T: FromStr>(text: Option<&str>) -> Answer<Option<T>> {
    match text.filter(|text| !text.is_empty()) {
        None => Ok(None),
        Some(text) => text
            .parse()
            .map(Some)
            .map_err(|_| Problem::bad("cursor: not one of ours")),
    }
}

/// One page of a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct Page<T: ToSchema> {
    /// The rows.
    pub(super) items: Vec<T>,
    /// The cursor of the next page; `null`: this was the last.
    pub(super) next: Option<String>,
}

impl<T: ToSchema> Page<T> {
    /// A page cut from rows in order: one more than fits tells that there is a next one.
    pub(super) fn cut(mut items: Vec<T>, size: usize, cursor: impl Fn(&T) -> String) -> Self {
        let more = items.len() > size;
        items.truncate(size);
        let next = items.last().filter(|_| more).map(cursor);
        Self { items, next }
    }
}

impl PageAsk {
    /// The page of a list that is read whole; its cursor is a position.
    pub(super) fn of<T: ToSchema>(&self, rows: impl Iterator<Item = T>) -> Answer<Page<T>> {
        let (size, from) = (size(self.limit)?, self.position()?);
        let items: Vec<T> = rows.skip(from).take(size + 1).collect();
        Ok(Page::cut(items, size, |_| (from + size).to_string()))
    }

    /// The page of rows that were read up to its end and one more.
    pub(super) fn position(&self) -> Answer<usize> {
        let position = cursor::<u32>(self.cursor.as_deref())?.unwrap_or(0);
        if position > 100_000 {
            return Err(Problem::bad("cursor: too far"));
        }
        Ok(position as usize)
    }
}

/// Reads a field of a change: left out is `None`, `null` empties it.
pub(super) fn emptied<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Option::<T>::deserialize(deserializer).map(|given| Some(given.unwrap_or_default()))
}
