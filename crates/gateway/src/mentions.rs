//! Mentions: notes that name an agent who has not looked at their thread yet.

use kefu_domain::{AgentId, BrandId};
use kefu_reception::{Error, Result};
use serde_json::{Value, json};

use crate::{Gateway, hub::Event};

/// Mentions told at most; looking at one makes room for the next.
const MOST: u32 = 50;

/// Ids as a client gave them.
pub(crate) fn agents(ids: &[String]) -> Result<Vec<AgentId>> {
    let read = |id: &String| {
        id.parse()
            .map_err(|_| Error::Bad("mentions: not an id".to_owned()))
    };
    ids.iter().map(read).collect()
}

/// What names this agent, newest first.
pub(crate) async fn list(gateway: &Gateway, brand: BrandId, agent: AgentId) -> Result<Value> {
    let reception = &gateway.reception;
    let setup = reception.directory().brand(brand)?;
    let mut items = Vec::new();
    for one in reception.store().mentions(brand, agent, MOST).await? {
        let whole = reception.conversation(brand, one.conversation).await?;
        items.push(json!({
            "conversation_id": one.conversation, "no": one.no, "text": one.text, "at": one.at,
            "customer_name": whole.customer.name, "external_userid": whole.customer.id,
            "name": one.by.map_or("", |by| setup.agent_name(by)),
        }));
    }
    Ok(items.into())
}

/// Tells these agents what names them now; `by` wrote a note just now.
pub(crate) async fn tell(
    gateway: &Gateway,
    brand: BrandId,
    agents: &[AgentId],
    by: Option<AgentId>,
) {
    for agent in agents.iter().filter(|agent| Some(**agent) != by) {
        match list(gateway, brand, *agent).await {
            Ok(items) => {
                let frame = json!({ "op": "mentions", "items": items, "fresh": by.is_some() });
                let event = Event::Frame(frame.to_string().into());
                gateway.hub.tell_agent(*agent, &event);
            }
            // They stand in the list of the next welcome.
            Err(error) => tracing::debug!(%error, "a mention was not told"),
        }
    }
}
