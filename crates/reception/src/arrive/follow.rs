//! What follows from what was filed: a rating kept, a notice, a welcome.

use kefu_channels::{Code, Welcome};
use kefu_domain::{Content, Origin, ServiceState, Session, UnixMs, content::Menu, setup::ServedIn};
use kefu_store::{Conversation, Filed};

use super::Door;
use crate::{Reception, Result, by_code::SHORT_MS, say};

/// Who wrote or was welcomed so lately is not welcomed again.
const KNOWN_MS: UnixMs = 48 * 3_600_000;
/// How the id of a welcome begins.
const WELCOME: &str = "welcome-";
/// Newest messages among which a welcome is looked for: nobody who did not write gets more.
const LOOKED: u32 = 20;
/// Who hears of it later than this is told when it was said.
const LATE_MS: UnixMs = 60_000;

impl Reception {
    pub(super) async fn react(&self, door: &Door, said_at: UnixMs, filed: &Filed) -> Result<()> {
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
        let conversation = self.holding(door.brand, filed.conversation).await?;
        let in_client = door.entry.served_in == ServedIn::Client;
        if in_client && door.account()?.hours.open(self.now()) {
            return self.pass_on(&conversation).await;
        }
        // The message that opened the session asks for a notice; its key makes it go out once.
        let opened = |session: &Session| session.opened_at == filed.sent_at;
        if conversation.session.as_ref().is_some_and(opened) && !door.is_paused() {
            self.say_opened(&conversation).await;
        }
        Ok(())
    }

    /// Welcome text and menu: by the code that lives 20 s, or by a message of what entering grants.
    pub(super) async fn welcome(
        &self,
        door: &Door,
        welcome: Welcome,
        key: &str,
        filed: Filed,
    ) -> Result<()> {
        let (brand, conversation) = (door.brand, filed.conversation);
        let standing = self.store.conversation(brand, conversation).await?;
        if welcome == Welcome::Message && self.is_known(&standing).await? {
            return Ok(());
        }
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
        let Welcome::Code(code) = welcome else {
            let way = self.way(brand, door.entry.id)?;
            // Of two that enter at the same moment, one is welcomed.
            let key = format!("{WELCOME}{}", standing.last_seq);
            self.tell(brand, conversation, key, content, way).await;
            return Ok(());
        };
        let code = Code {
            code,
            expires_at: Some(self.now() + SHORT_MS),
            state: None,
        };
        let key = format!("{WELCOME}{key}");
        self.send_by_code(door, &standing, code, key, content).await
    }

    /// People in the platform's own client moved a session, and the platform gave a code for one
    /// message about it.
    pub(super) async fn moved(
        &self,
        door: &Door,
        ended: bool,
        code: String,
        at: UnixMs,
        filed: Filed,
    ) -> Result<()> {
        let whole = self.store.conversation(door.brand, filed.conversation);
        let standing = whole.await?;
        if ended {
            self.say_last_words(door, &standing, code, at).await;
        } else {
            self.say_who_has_them(door, &standing, code, at).await;
        }
        Ok(())
    }

    /// Is the customer served, or did they write or were welcomed within [`KNOWN_MS`]? The platform
    /// gives a code by the same rule; a message it would let through would be one of those that the
    /// customer's own words left for answers.
    async fn is_known(&self, conversation: &Conversation) -> Result<bool> {
        let since = self.now() - KNOWN_MS;
        if conversation.session.as_ref().is_some_and(|session| {
            session.state != ServiceState::Ended || session.last_customer_at > since
        }) {
            return Ok(true);
        }
        let (brand, id) = (conversation.brand, conversation.id);
        let newest = self
            .store
            .messages(brand, id, 0, None, true, LOOKED)
            .await?;
        Ok(newest.iter().any(|message| {
            message.sent_at > since
                && message.origin == Origin::System
                && message.client_msg_id.starts_with(WELCOME)
        }))
    }
}
