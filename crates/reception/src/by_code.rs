//! By code: what a customer is told while people answer them in the platform's own client. The platform
//! takes nothing else from us then; with each move of its session it gives a code for one message,
//! which costs no credit, lives for a while, and is good while the session stands where it moved to.
//!
//! What is said so is courtesy: a code that was lost with a process, or came too late, is not asked for
//! again. Nor could it be. The code of a move that we ask for comes with the answer to it and with nothing
//! else: the state that is asked for later is told without it, and a second move to the same state gives
//! none. So neither an intent that is filed first nor its repetition brings it back: that sees the move
//! again and follows it (`pass`), and only the notice is lost, by a crash between the platform's move and
//! the row that carries the code. In that state nothing else of ours would be taken.

use kefu_channels::{BY_CODE, Code};
use kefu_domain::{Content, OutboxId, ServiceState, Session, UnixMs, setup::KfAccount};
use kefu_store::{
    Author, Conversation, MESSAGE, OutboxRow, OutboxState, Outgoing, Settled, Tried, Way,
};

use crate::{
    Reception, Result,
    arrive::Door,
    file::fill,
    outbox::failure,
    say::{Parting, parting_key},
};

/// A code of a customer who was queued or picked up lives 48 hours; leave a little for the way.
const LONG_MS: UnixMs = 48 * 3_600_000 - 60_000;
/// One of a customer who entered, or whose session ended, 20 s.
pub(crate) const SHORT_MS: UnixMs = 19_000;

impl Reception {
    /// "In the queue", or "somebody has you now", as their session stands.
    pub(crate) async fn say_who_has_them(
        &self,
        door: &Door,
        conversation: &Conversation,
        code: String,
        at: UnixMs,
    ) {
        let Some((session, account)) = session_at(door, conversation) else {
            return;
        };
        let (what, text) = match session.state {
            ServiceState::Waiting => ("queue", self.pool_notice(conversation, session, account)),
            ServiceState::Serving => {
                let name = match session.agent {
                    Some(agent) => door.setup.agent_name(agent),
                    None => &account.name,
                };
                let text = account.texts.picked_up.replace("{name}", name);
                ("picked", text)
            }
            _ => return,
        };
        if text.trim().is_empty() {
            return;
        }
        let code = Code {
            code,
            expires_at: Some(at + LONG_MS),
            state: Some(session.state as u8),
        };
        let key = format!("{what}-{}-{}", session.id, session.fence);
        let content = Content::text(text);
        self.say_by_code(door, conversation, code, key, content)
            .await;
    }

    /// Closing words and the question, after people ended the session there.
    pub(crate) async fn say_last_words(
        &self,
        door: &Door,
        conversation: &Conversation,
        code: String,
        at: UnixMs,
    ) {
        let Some((session, account)) = session_at(door, conversation) else {
            return;
        };
        let late = self.now() >= at + SHORT_MS;
        if late {
            tracing::info!(conversation.id = %conversation.id, "the end of a session was told too late for last words");
            return;
        }
        let can = door.channel.capabilities();
        let Some(content) = Parting::of(account, session, can).in_one() else {
            return;
        };
        let key = parting_key(session, &content);
        let code = Code {
            code,
            expires_at: Some(at + SHORT_MS),
            state: Some(ServiceState::Ended as u8),
        };
        self.say_by_code(door, conversation, code, key, content)
            .await;
    }

    async fn say_by_code(
        &self,
        door: &Door,
        conversation: &Conversation,
        code: Code,
        key: String,
        content: Content,
    ) {
        let said = self.send_by_code(door, conversation, code, key, content);
        if let Err(error) = said.await {
            tracing::info!(%error, conversation.id = %conversation.id, "a notice was not sent");
        }
    }

    /// Files a message of this system that goes out by a code.
    pub(crate) async fn send_by_code(
        &self,
        door: &Door,
        conversation: &Conversation,
        code: Code,
        key: String,
        content: Content,
    ) -> Result<()> {
        let (brand, thread) = (conversation.brand, conversation.id);
        let (id, now) = (OutboxId(self.ids.mint()), self.now());
        // Whoever came over from another door is spoken to here, and answered there until they write.
        let way = Way {
            entry_point: conversation.entry_point,
            outside: false,
            credits: false,
            kind: MESSAGE,
        };
        let outgoing = Outgoing {
            brand,
            conversation: thread,
            author: Author::System,
            key,
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
            conversation: thread,
            entry_point: door.entry.id,
            seq: 0,
            kind: BY_CODE.to_owned(),
            // Plain data into a string cannot fail.
            payload: serde_json::to_string(&code).unwrap_or_default(),
            attempts: 0,
            tried: Tried::default(),
            created_at: now,
            expires_at: code.expires_at,
            next_at: now,
            state: OutboxState::Pending,
            failure: None,
        };
        self.store.send_as(outgoing, row).await?;
        Ok(())
    }

    /// The notice of the platform's own pool: how many of this account came before, as far as is seen
    /// from here.
    fn pool_notice(
        &self,
        conversation: &Conversation,
        session: &Session,
        account: &KfAccount,
    ) -> String {
        let ahead = {
            let floor = self.floor.brand(conversation.brand);
            let waiting = floor.waiting.values().filter_map(|id| floor.live.get(id));
            let theirs = waiting.filter_map(|live| live.conversation.session.as_ref());
            let before = theirs.filter(|other| {
                other.kf_account == session.kf_account
                    && other.id != session.id
                    && other.enqueued_at < session.enqueued_at
            });
            before.count() as u64
        };
        let text = match ahead {
            0 => &account.texts.queue_next,
            _ => &account.texts.queue,
        };
        fill(text, ahead, ahead + 1)
    }
}

/// The session, and the face that it is held under.
fn session_at<'a>(
    door: &'a Door,
    conversation: &'a Conversation,
) -> Option<(&'a Session, &'a KfAccount)> {
    let session = conversation.session.as_ref()?;
    let account = door.setup.kf_account(session.kf_account).ok()?;
    Some((session, account))
}

/// Why a message that goes out by a code is not sent any more: its session moved on.
pub(crate) fn outdated(row: &OutboxRow, conversation: &Conversation) -> Option<Settled> {
    let code: Code = serde_json::from_str(&row.payload).ok()?;
    let wanted = code.state?;
    let stands = conversation
        .session
        .as_ref()
        .map(|session| session.state as u8);
    (stands != Some(wanted)).then(|| Settled::Dead {
        failure: failure(
            "moved_on",
            "会话已经往下走了，这句话没有发出\u{1f}the session has moved on; this was not sent",
        ),
        refund: false,
    })
}
