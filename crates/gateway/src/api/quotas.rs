//! How much of the platforms' limits is used.

use std::sync::Arc;

use axum::{Json, extract::State};
use kefu_channels::Quota;
use kefu_domain::{ConnectionId, UnixMs};
use serde::Serialize;
use utoipa::ToSchema;

use super::{access::Caller, ask::Page};
use crate::{Gateway, problem::Answer};

/// A connection's use of its platform.
#[derive(Serialize, ToSchema)]
pub(super) struct ConnectionQuotas {
    #[schema(value_type = String)]
    connection_id: ConnectionId,
    name: String,
    /// APIs that were called since this node started.
    apis: Vec<ApiQuota>,
}

/// The use of one API, as this node counts it. Limits are ours: a little below the platform's.
#[derive(Serialize, ToSchema)]
pub(super) struct ApiQuota {
    /// As the platform names it.
    api: String,
    /// Calls in the last minute.
    minute_used: u32,
    minute_limit: u32,
    /// Calls in the last hour.
    hour_used: u32,
    hour_limit: u32,
    /// Calls in the last 24 hours.
    day_used: u32,
    /// Only where the platform publishes one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    day_limit: Option<u32>,
    /// Nobody calls before, because the platform said no.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    blocked_until: Option<UnixMs>,
    /// What to do, if more than 70 % is used again and again, the platform says that a day's calls are
    /// used, or it refuses the API for want of a permission: Chinese, U+001F, English.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    advice: Option<String>,
}

/// Use of the platforms' limits
#[utoipa::path(get, path = "/v1/quotas", tag = "Connections", responses((status = 200, body = Page<ConnectionQuotas>)))]
pub(super) async fn list(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
) -> Answer<Json<Page<ConnectionQuotas>>> {
    let now = gateway.reception.now();
    let api = |quota: Quota| ApiQuota {
        api: quota.api,
        minute_used: quota.minute,
        minute_limit: quota.per_minute,
        hour_used: quota.hour,
        hour_limit: quota.per_hour,
        day_used: quota.day,
        day_limit: quota.per_day,
        blocked_until: quota
            .blocked_ms
            .map(|ms| now.saturating_add(i64::try_from(ms).unwrap_or(i64::MAX))),
        advice: quota.advice,
    };
    let all = gateway.reception.quotas(caller.brand)?;
    let items = all.into_iter().map(|(connection, used)| ConnectionQuotas {
        connection_id: connection.id,
        name: connection.name,
        apis: used.into_iter().map(api).collect(),
    });
    Ok(Json(Page {
        items: items.collect(),
        next: None,
    }))
}
