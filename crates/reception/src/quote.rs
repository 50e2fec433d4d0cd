//! Quote: a text answers an earlier message of its thread (引用回复).

use kefu_domain::{
    BrandId, Content, ConversationId, MessageId,
    content::{Quote, Text},
};

use crate::{Error, Reception, Result};

/// How many characters of a quoted message are repeated.
const PREVIEW: usize = 60;

impl Reception {
    /// Completes the quote of a text from the message that it names; whatever else a client put
    /// there is dropped. Other content is left as it is.
    ///
    /// # Errors
    /// [`Error::Bad`] if it names no message of this thread that can be quoted.
    pub(crate) async fn quoting(
        &self,
        brand: BrandId,
        conversation: ConversationId,
        content: Content,
    ) -> Result<Content> {
        let Content::Text(Text {
            content,
            menu_id,
            quote: Some(quote),
        }) = content
        else {
            return Ok(content);
        };
        let none = || Error::Bad("quote.msgid: no such message in this thread".to_owned());
        let id: MessageId = quote.msgid.parse().map_err(|_| none())?;
        if id.conversation != conversation || id.seq == 0 {
            return Err(none());
        }
        let found = self
            .store
            .messages(brand, conversation, id.seq - 1, None, false, 1)
            .await?;
        let message = found.first().filter(|message| message.seq == id.seq);
        let message = message.ok_or_else(none)?;
        if message.recalled || matches!(message.content, Content::Event(_)) {
            return Err(Error::Bad(
                "quote.msgid: this message cannot be quoted".to_owned(),
            ));
        }
        let setup = self.directory.brand(brand)?;
        let quote = Quote {
            msgid: quote.msgid,
            origin: Some(message.origin as u8),
            name: message
                .agent
                .map(|agent| setup.agent_name(agent).to_owned()),
            msgtype: Some(message.content.msgtype().to_owned()),
            preview: Some(message.content.preview(PREVIEW)),
        };
        Ok(Content::Text(Text {
            content,
            menu_id,
            quote: Some(quote),
        }))
    }
}
