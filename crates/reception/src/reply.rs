//! Reply: an agent answers a customer, by the way the customer came.

use kefu_domain::{
    AgentId, BrandId, Content, ConversationId, OutboxId, content::Text, credit::Closed,
};
use kefu_store::{Author, Filed, Outgoing, StoreError};
use unicode_segmentation::UnicodeSegmentation;

use crate::{Error, Reception, Result, file::check_key};

/// An answer as a door understood it.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// The tenant.
    pub brand: BrandId,
    /// Who answers.
    pub agent: AgentId,
    /// Where.
    pub conversation: ConversationId,
    /// Under which assignment; `None`: the present one, if it is theirs.
    pub fence: Option<u64>,
    /// Refuse if the customer wrote after this.
    pub seen_seq: Option<u64>,
    /// The agent's id for it.
    pub client_msg_id: String,
    /// What.
    pub content: Content,
}

impl Reception {
    /// Files an answer, and an intent to send it if its way leads outside.
    ///
    /// # Errors
    /// [`Error::NotAssigned`], [`Error::ThreadMoved`], [`Error::WindowClosed`],
    /// [`Error::CustomerLeft`], [`Error::CreditsUsed`], [`Error::TooManyParts`] (then no part was filed),
    /// [`Error::NotSendable`], [`Error::IdempotencyConflict`], and those of bad content.
    pub async fn reply(&self, reply: Reply) -> Result<Filed> {
        check_key(&reply.client_msg_id)?;
        reply.content.check_outgoing()?;
        let mut reply = reply;
        if let Some(file) = reply.content.file() {
            let known = self.known_file(reply.brand, &file.media_id, None).await?;
            reply.content = reply.content.with_file(known);
        }
        reply.content = self
            .quoting(reply.brand, reply.conversation, reply.content)
            .await?;
        let live = self
            .floor
            .brand(reply.brand)
            .live
            .get(&reply.conversation)
            .cloned();
        let mut entry_point = live.map(|live| live.conversation.entry_point);
        // The customer may come through another door meanwhile: once more with the new one.
        for _ in 0..3 {
            let through = match entry_point.take() {
                Some(known) => known,
                None => {
                    self.store
                        .conversation(reply.brand, reply.conversation)
                        .await?
                        .entry_point
                }
            };
            let capabilities = self.capabilities(reply.brand, through)?;
            if !capabilities.carries(&reply.content) {
                return Err(Error::NotSendable(reply.content.msgtype().to_owned()));
            }
            let way = self.way(reply.brand, through)?;
            let parts = split(&reply.content, capabilities.text_bytes);
            let count = parts.len();
            let at = self.now();
            let outgoing = parts
                .into_iter()
                .enumerate()
                .map(|(index, content)| Outgoing {
                    brand: reply.brand,
                    conversation: reply.conversation,
                    author: Author::Agent {
                        agent: reply.agent,
                        fence: reply.fence,
                    },
                    key: if index == 0 {
                        reply.client_msg_id.clone()
                    } else {
                        format!("{}.{index}", reply.client_msg_id)
                    },
                    content,
                    at,
                    seen_seq: reply.seen_seq.filter(|_| index == 0),
                    way,
                    outbox: OutboxId(self.ids.mint()),
                    away_at: self.away_at(reply.brand, way),
                });
            match self.store.send_parts(outgoing.collect()).await {
                Ok(filed) => return Ok(filed),
                Err(StoreError::EntryMoved) => (),
                Err(StoreError::Window(Closed::Used)) if count > 1 => {
                    return Err(Error::TooManyParts { parts: count });
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::Conflict("the customer changes doors".to_owned()))
    }
}

/// A text in parts of at most `limit` bytes, cut between graphemes; anything else as it is. The
/// first part leaves room for the line that repeats what it quotes.
fn split(content: &Content, limit: Option<usize>) -> Vec<Content> {
    let (Content::Text(text), Some(limit)) = (content, limit) else {
        return vec![content.clone()];
    };
    let quoted = text.quoted_line().len();
    if text.content.len() + quoted <= limit {
        return vec![content.clone()];
    }
    let mut parts = vec![String::new()];
    for grapheme in text.content.graphemes(true) {
        // There is always a last part.
        let last = parts.len() - 1;
        let taken = if last == 0 { quoted } else { 0 };
        if parts[last].len() + grapheme.len() + taken > limit {
            parts.push(grapheme.to_owned());
        } else {
            parts[last].push_str(grapheme);
        }
    }
    parts
        .into_iter()
        .enumerate()
        .map(|(at, content)| {
            Content::Text(Text {
                content,
                menu_id: None,
                quote: text.quote.clone().filter(|_| at == 0),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_between_graphemes_and_loses_nothing() {
        let text = "👨‍👩‍👧好".repeat(200);
        let parts = split(&Content::text(text.clone()), Some(2048));
        let joined: String = parts
            .iter()
            .map(|part| match part {
                Content::Text(text) => {
                    assert!(text.content.len() <= 2048);
                    text.content.clone()
                }
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(joined, text);
        assert_eq!(split(&Content::text("短"), Some(2048)).len(), 1);
    }

    #[test]
    fn the_first_part_leaves_room_for_what_it_quotes() {
        let quote = kefu_domain::content::Quote {
            preview: Some("茶".repeat(20)),
            ..Default::default()
        };
        let text = Content::Text(Text {
            content: "好".repeat(700),
            menu_id: None,
            quote: Some(quote),
        });
        let parts = split(&text, Some(2048));
        assert_eq!(parts.len(), 2);
        for part in parts {
            let Content::Text(flat) = part.quote_in_words() else {
                panic!("not a text");
            };
            assert!(flat.content.len() <= 2048, "{}", flat.content.len());
        }
    }
}
