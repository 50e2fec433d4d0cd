//! Finding: customers, conversations and messages by the same words.

use std::sync::Arc;

use axum::{Json, extract::State};
use kefu_domain::{ConversationId, MessageId};
use kefu_store::ListQuery;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use super::{
    access::Caller, ask::Ask, conversations, customers::CustomerRow, shapes::ConversationShape,
};
use crate::{
    Gateway,
    card::Card,
    problem::{Answer, Problem},
};

/// Customers and conversations at most.
const PEOPLE: u32 = 10;
/// Messages at most.
const MESSAGES: u32 = 30;

/// What is looked for.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct SearchAsk {
    /// Words, or an id; 2 to 100 characters. A message is found if it has all the words.
    q: String,
}

/// What was found.
#[derive(Serialize, ToSchema)]
pub(super) struct Found {
    customers: Vec<CustomerRow>,
    #[schema(value_type = Vec<ConversationShape>)]
    conversations: Vec<Value>,
    /// Newest first.
    messages: Vec<FoundMessage>,
}

/// A found message.
#[derive(Serialize, ToSchema)]
pub(super) struct FoundMessage {
    #[schema(value_type = String)]
    conversation_id: ConversationId,
    msgid: String,
    seq: u64,
    sent_at: i64,
    /// Around the words.
    snippet: String,
    customer_name: String,
}

/// Find customers, conversations and messages
#[utoipa::path(get, path = "/v1/search", tag = "Customers", params(SearchAsk), responses((status = 200, body = Found)))]
pub(super) async fn search(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Ask(ask): Ask<SearchAsk>,
) -> Answer<Json<Found>> {
    let words = ask.q.trim();
    if !(2..=100).contains(&words.chars().count()) {
        return Err(Problem::bad("q: 2 to 100 characters"));
    }
    let (store, brand) = (gateway.reception.store(), caller.brand);
    let customers = store.find_customers(brand, words, None, PEOPLE).await?;
    let found = conversations::by_words(&gateway, &caller, ListQuery::default(), words).await?;
    let messages = store.search(brand, words, MESSAGES).await?;
    let shown = found.iter().take(PEOPLE as usize);
    Ok(Json(Found {
        customers: customers.iter().map(CustomerRow::of).collect(),
        conversations: shown
            .map(|row| json!(Card::of(&gateway.reception, &caller.setup, row)))
            .collect(),
        messages: messages
            .into_iter()
            .map(|one| FoundMessage {
                conversation_id: one.conversation,
                msgid: MessageId {
                    conversation: one.conversation,
                    seq: one.seq,
                }
                .to_string(),
                seq: one.seq,
                sent_at: one.sent_at,
                snippet: one.snippet,
                customer_name: one.customer_name,
            })
            .collect(),
    }))
}
