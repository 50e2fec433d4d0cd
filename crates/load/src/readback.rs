//! What the store holds after a run, read back through the public API.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::Value;

use crate::body::{self, Found, Run};
use crate::check::{Fence, Period, Stored, StoredMessage, Tenure, Trouble};
use crate::clock::pause;
use crate::error::{Error, Result};
use crate::site::{Site, Visitor, text};
use crate::wire::http::Client;

/// Lists may lag behind by about a second; so often they are asked again for who is missing.
const LOOKS: u32 = 5;

impl Site {
    /// Reads back every conversation of `visitors`, indexed as they are, with their assignments to
    /// `agents`. `written` tells which must have one.
    ///
    /// # Errors
    /// When a list cannot be read.
    pub fn stored(
        &mut self,
        visitors: &[Visitor],
        agents: &[String],
        written: impl Fn(usize) -> bool,
    ) -> Result<Vec<Stored>> {
        let numbers: HashMap<&str, usize> = visitors
            .iter()
            .enumerate()
            .map(|(n, v)| (v.external_userid.as_str(), n))
            .collect();
        let mut found = self.found(&numbers)?;
        for _ in 1..LOOKS {
            if (0..visitors.len()).all(|n| !written(n) || found.contains_key(&n)) {
                break;
            }
            pause(Duration::from_secs(1));
            found = self.found(&numbers)?;
        }
        let mut stored = vec![Stored::default(); visitors.len()];
        let mut sessions = HashMap::new();
        for (number, cards) in found {
            let place = &mut stored[number];
            place.doubled = cards.len() > 1;
            for (conversation, state) in cards {
                place.state = state;
                let messages = messages(&mut self.admin, self.run, &conversation)?;
                place.messages.extend(messages);
                for (id, no, period) in self::sessions(&mut self.admin, &conversation)? {
                    place.sessions.push(period);
                    sessions.insert(id, (number, no));
                }
            }
        }
        self.tenures(&mut stored, &sessions, agents)?;
        Ok(stored)
    }

    /// The operations of a conversation that the gateway shows as failed or doubtful.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn in_trouble(&mut self, conversation: &str) -> Result<Vec<(u32, Trouble)>> {
        let messages = messages(&mut self.admin, self.run, conversation)?;
        Ok(messages
            .iter()
            .filter_map(|message| match message.found {
                Found::Op(key) => Some((key, message.trouble?)),
                Found::Altered(_) | Found::Foreign => None,
            })
            .collect())
    }

    /// The conversations of our kf account by customer: id and state.
    fn found(&mut self, numbers: &HashMap<&str, usize>) -> Result<Cards> {
        let kf = &self.open_kfid;
        let path = format!("/v1/conversations?view=all&open_kfid={kf}&limit=200");
        let mut found = Cards::new();
        for card in pages(&mut self.admin, &path)? {
            let external = card["customer"]["external_userid"].as_str();
            let Some(number) = external.and_then(|external| numbers.get(external)) else {
                continue;
            };
            let state = card["session"]["service_state"].as_u64();
            let cards = found.entry(*number).or_default();
            // One that was active while the list was read may stand in two pages.
            cards.insert(
                text(&card, "conversation_id")?,
                state.map(|state| state as u8),
            );
        }
        Ok(found)
    }

    /// Customers by the operation in the last line of their conversation.
    ///
    /// # Errors
    /// When the list cannot be read.
    pub fn acquaintances(&mut self) -> Result<HashMap<u32, String>> {
        let kf = &self.open_kfid;
        let path = format!("/v1/conversations?view=all&open_kfid={kf}&limit=200");
        let mut found = HashMap::new();
        for card in pages(&mut self.admin, &path)? {
            let words = card["last"]["preview"].as_str().unwrap_or_default();
            if let Some(op) = body::read_key(self.run, words.as_bytes()) {
                found.insert(op, text(&card["customer"], "external_userid")?);
            }
        }
        Ok(found)
    }

    fn tenures(
        &mut self,
        stored: &mut [Stored],
        sessions: &HashMap<String, (usize, u64)>,
        agents: &[String],
    ) -> Result<()> {
        let numbers: HashMap<&str, u32> = agents.iter().map(String::as_str).zip(0..).collect();
        for row in pages(&mut self.admin, "/v1/audit/assignments?limit=200")? {
            let session = row["session_id"].as_str().unwrap_or_default();
            let Some((number, no)) = sessions.get(session) else {
                continue;
            };
            let agent = row["servicer_userid"].as_str();
            stored[*number].tenures.push(Tenure {
                fence: Fence {
                    session: *no,
                    fence: row["fence"].as_u64().unwrap_or(0),
                },
                agent: agent.and_then(|agent| numbers.get(agent).copied()),
                period: period(&row, "from_at", "until_at"),
            });
        }
        Ok(())
    }
}

/// Per customer, their conversations and the states of these.
type Cards = HashMap<usize, HashMap<String, Option<u8>>>;

/// All items of a list, cursor by cursor.
fn pages(admin: &mut Client, path: &str) -> Result<Vec<Value>> {
    let mut items = Vec::new();
    let mut cursor = String::new();
    loop {
        let mut page = admin.get(&format!("{path}{cursor}"))?;
        match page["items"].take() {
            Value::Array(more) => items.extend(more),
            _ => return Err(Error::Protocol(format!("{path} is no list"))),
        }
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return Ok(items),
        }
    }
}

fn messages(admin: &mut Client, run: Run, conversation: &str) -> Result<Vec<StoredMessage>> {
    let mut found: Vec<StoredMessage> = Vec::new();
    let mut after = 0;
    loop {
        let path = format!("/v1/conversations/{conversation}/messages?after_seq={after}&limit=200");
        let page = admin.get(&path)?;
        let list = page["messages"].as_array();
        let list = list.ok_or_else(|| Error::Protocol(format!("{path} is no history")))?;
        found.extend(list.iter().map(|message| stored_message(run, message)));
        let last = found.last().map_or(0, |message| message.seq);
        if page["has_more"] != true || last <= after {
            return Ok(found);
        }
        after = last;
    }
}

/// Reads one message of the API.
pub fn stored_message(run: Run, message: &Value) -> StoredMessage {
    let content = message["text"]["content"].as_str().unwrap_or_default();
    StoredMessage {
        seq: message["seq"].as_u64().unwrap_or(0) as u32,
        origin: message["origin"].as_u64().unwrap_or(0) as u8,
        found: body::read(run, content.as_bytes()),
        trouble: match message["delivery"].as_str() {
            Some("failed") => Some(Trouble::Failed),
            Some("unknown") => Some(Trouble::Doubtful),
            _ => None,
        },
    }
}

fn sessions(admin: &mut Client, conversation: &str) -> Result<Vec<(String, u64, Period)>> {
    let path = format!("/v1/conversations/{conversation}/sessions?limit=200");
    let row = |row: Value| {
        let no = row["no"].as_u64().unwrap_or(0);
        Ok((
            text(&row, "session_id")?,
            no,
            period(&row, "opened_at", "ended_at"),
        ))
    };
    pages(admin, &path)?.into_iter().map(row).collect()
}

fn period(row: &Value, from: &str, until: &str) -> Period {
    Period {
        from: row[from].as_i64().unwrap_or(0),
        until: row[until].as_i64(),
    }
}
