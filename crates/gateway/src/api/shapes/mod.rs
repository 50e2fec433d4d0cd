//! Shapes that are only described here: domain values and what [`crate::view`] writes.
#![allow(dead_code, reason = "described for the OpenAPI document, never built")]

mod setup;
mod thread;
mod wall;

use utoipa::ToSchema;

pub(super) use setup::{
    AssignWord, CardLinkShape, ChoiceWord, HoursShape, LastAgentShape, MenuShape, OverflowShape,
    RoleWord, RulesShape, ScopeWord, StateWord, SurveyOptionShape, SurveySetupShape, TextsShape,
};
pub(super) use thread::{
    ConversationShape, FailureShape, LineShape, MediaShape, MessageShape, SourceShape,
};
pub(super) use wall::WallShape;

/// Every refusal, as `application/problem+json`.
#[derive(ToSchema)]
#[schema(as = Problem, example = json!({
    "type": "about:blank", "title": "Conflict", "status": 409, "code": "not_assigned",
    "detail": "the session is not assigned to you", "request_id": "a1b2c3d4e5f60718",
}))]
pub(super) struct ProblemShape {
    r#type: String,
    title: String,
    status: u16,
    /// Stable and never reused; see PROTOCOL.md §6.
    code: String,
    /// In words; names the field that is wrong.
    detail: String,
    request_id: String,
}

/// Where an intent stands.
#[derive(ToSchema)]
#[schema(as = OutboxState, rename_all = "snake_case")]
pub(super) enum OutboxWord {
    Pending,
    Done,
    Dead,
    Unknown,
}
