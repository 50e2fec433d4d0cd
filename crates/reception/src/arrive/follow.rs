//! What follows from what was filed: a rating kept, a notice, a welcome.

use kefu_channels::Welcome;
use kefu_domain::{Content, OutboxId, SessionId, UnixMs, content::Menu, setup::ServedIn};
use kefu_store::{Author, Filed, MESSAGE, OutboxRow, OutboxState, Outgoing, Way};

use super::Door;
use crate::{Reception, Result, say};

/// A welcome code lives 20 s; leave a little for the way.
pub(crate) const WELCOME_MS: UnixMs = 19_000;
/// Who hears of it later than this is told when it was said.
const LATE_MS: UnixMs = 60_000;

impl Reception {
    pub(super) async fn react(
        &self,
        door: &Door,
        content: &Content,
        said_at: UnixMs,
        filed: &Filed,
    ) -> Result<()> {
        if let Content::Text(text) = content
            && let Some((session, score)) = text.menu_id.as_deref().and_then(survey_answer)
        {
            self.keep_rating(door.brand, filed.conversation, session, score, None)
                .await?;
        }
        if filed.duplicate {
            return Ok(());
        }
        if filed.sent_at - said_at > LATE_MS {
            let line = say::line("came_late", None, &said_at.to_string());
            let key = Some(format!("late-{}", filed.seq));
            let (brand, conversation) = (door.brand, filed.conversation);
            self.store
                .note(brand, conversation, key, line, self.now())
                .await?;
        }
        // The floor has heard of the commit before its caller did.
        let conversation = match self.floor.conversation(door.brand, filed.conversation) {
            Some(conversation) => conversation,
            None => {
                let whole = self.store.conversation(door.brand, filed.conversation);
                whole.await?
            }
        };
        let in_client = door.entry.served_in == ServedIn::Client;
        if in_client && door.account()?.hours.open(self.now()) {
            return self.pass_on(&conversation).await;
        }
        // The message that opened the session asks for a notice; its key makes it go out once.
        if conversation
            .session
            .as_ref()
            .is_some_and(|session| session.opened_at == filed.sent_at)
        {
            self.say_opened(&conversation).await;
        }
        Ok(())
    }

    /// Welcome text and menu: by the code that lives 20 s, or by a message of the fresh credits.
    pub(super) async fn welcome(
        &self,
        door: &Door,
        welcome: Welcome,
        key: &str,
        filed: Filed,
    ) -> Result<()> {
        let account = door.account()?;
        let content = match &account.menu {
            Some(menu) if !menu.list.is_empty() && door.channel.capabilities().menu => {
                Content::Menu(Menu {
                    head_content: if menu.head_content.is_empty() {
                        account.texts.welcome.clone()
                    } else {
                        menu.head_content.clone()
                    },
                    ..menu.clone()
                })
            }
            _ if account.texts.welcome.trim().is_empty() => return Ok(()),
            _ => Content::text(&account.texts.welcome),
        };
        let (brand, conversation) = (door.brand, filed.conversation);
        let Welcome::Code(code) = welcome else {
            let way = self.way(brand, door.entry.id)?;
            self.tell(brand, conversation, format!("welcome-{key}"), content, way)
                .await;
            return Ok(());
        };
        let id = OutboxId(self.ids.mint());
        let now = self.now();
        // Whoever came over from another door is welcomed here, and answered there until they write.
        let standing = self.store.conversation(brand, conversation).await?;
        let way = Way {
            entry_point: standing.entry_point,
            outside: false,
            credits: false,
            kind: MESSAGE,
        };
        let outgoing = Outgoing {
            brand,
            conversation,
            author: Author::System,
            key: format!("welcome-{key}"),
            content,
            at: now,
            seen_seq: None,
            way,
            outbox: id,
            away_at: None,
        };
        let row = OutboxRow {
            id,
            brand,
            conversation,
            entry_point: door.entry.id,
            seq: 0,
            kind: "welcome".to_owned(),
            payload: serde_json::json!({ "code": code, "expires_at": now + WELCOME_MS })
                .to_string(),
            attempts: 0,
            created_at: now,
            expires_at: Some(now + WELCOME_MS),
            next_at: now,
            state: OutboxState::Pending,
            failure: None,
        };
        self.store.send_as(outgoing, row).await?;
        Ok(())
    }
}

/// `survey:<session>:<score>`, as a menu item of ours carries it back.
fn survey_answer(menu_id: &str) -> Option<(SessionId, u8)> {
    let (session, score) = menu_id.strip_prefix("survey:")?.split_once(':')?;
    Some((session.parse().ok()?, score.parse().ok()?))
}
