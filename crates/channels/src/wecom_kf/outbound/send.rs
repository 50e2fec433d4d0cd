//! Sending a parcel, by its kind.
//!
//! | kind | payload | is |
//! |---|---|---|
//! | `message` | none | `send_msg`: within the customer's five messages and 48 hours |
//! | `by_code` | [`Code`] | one text or menu on an event (entered, queued, picked up, ended), outside the five |
//! | `end` | none | ends the platform's session, with one text or menu as last words if the content is one |
//!
//! After a code's time the platform is not asked any more. An `end` whose content is an event says nothing.

use std::collections::HashMap;
use std::time::Duration;

use kefu_domain::{
    Content, OutboxId, UnixMs,
    setup::{Connection, EntryPoint},
};
use kefu_wechat::client::{Failure, Fault as WireFault};
use kefu_wechat::kf::{
    GetState, OnEvent, Outgoing, OutgoingCaLink, SendMsg, SendMsgOnEvent, ServiceState, TransState,
};
use kefu_wechat::request::Request;
use parking_lot::Mutex;
use tokio::time::Instant;

use super::draft::{Draft, card, draft};
use super::files::fitting;
use crate::platform::{Lane, Miss, Platform, Uploads};
use crate::wecom_kf::hurry::hurry;
use crate::wecom_kf::upstream;
use crate::{BY_CODE, Class, Code, Fault, Files, Parcel};

/// How long the code lives that comes with the end of a session.
const END_CODE: Duration = Duration::from_secs(20);
/// Ends that wait for their words at once; beyond, the oldest words are lost, and said so.
const ENDS: usize = 10_000;
/// The media id is wrong or has lapsed.
const NO_SUCH_MEDIA: i64 = 40007;
/// The code was used, or its time is over.
const CODE_SPENT: i64 = 95007;
/// The session cannot move that way.
const NO_SUCH_MOVE: i64 = 95016;

#[derive(Default)]
pub(in crate::wecom_kf) struct Sender {
    uploads: Uploads,
    /// Codes of sessions that were ended, until their last words are out.
    ends: Mutex<HashMap<OutboxId, (String, Instant)>>,
}

/// One parcel on its way.
#[derive(Clone, Copy)]
pub(in crate::wecom_kf) struct Way<'a> {
    pub(in crate::wecom_kf) platform: &'a Platform,
    pub(in crate::wecom_kf) connection: &'a Connection,
    pub(in crate::wecom_kf) door: &'a EntryPoint,
    pub(in crate::wecom_kf) parcel: &'a Parcel,
    pub(in crate::wecom_kf) files: &'a dyn Files,
    pub(in crate::wecom_kf) now: UnixMs,
}

/// Where an end led.
enum Moved {
    /// The session is at its end; the code for last words, unless it had ended before.
    Ended(Option<String>),
    /// The platform did not let it end, so it still takes messages.
    StaysOpen,
}

/// Why a try did not send.
enum Stop {
    /// Nothing was sent by this try.
    Unsent(Fault),
    /// The message itself was asked for.
    Missed(Miss),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Unsent(fault)
    }
}

impl Sender {
    /// Sends a parcel.
    pub(in crate::wecom_kf) async fn send(&self, way: Way<'_>) -> Result<(), Fault> {
        let sent = match way.parcel.kind.as_str() {
            "message" => self.message(way).await,
            BY_CODE => by_code(way).await,
            "end" => self.end(way).await,
            _ => Err(Stop::Unsent(Fault::permanent(
                "not_sendable",
                "微信客服没有这种发送方式",
                "WeChat kf has no such way of sending",
            ))),
        };
        match sent {
            Ok(()) => Ok(()),
            Err(stop) => judge(way.parcel, stop),
        }
    }

    async fn message(&self, way: Way<'_>) -> Result<(), Stop> {
        let said = &way.parcel.content;
        let draft = match card(said, way.connection) {
            Some(card) => card,
            None => draft(said)?,
        };
        let open_kfid = upstream(way.door)?;
        let mut renewed = false;
        loop {
            let (content, remembered) = self.upload(way, draft.clone()).await?;
            let message = SendMsg {
                touser: way.parcel.address.clone(),
                open_kfid: open_kfid.to_owned(),
                msgid: way.msgid(),
                content,
            };
            let sent = way.call(&message).await;
            match (sent, remembered) {
                // The platform threw the file away early; it is uploaded again, once.
                (Err(miss), Some(id)) if miss.code() == Some(NO_SUCH_MEDIA) && !renewed => {
                    renewed = true;
                    self.uploads.forget(way.connection.id, &id);
                }
                (sent, _) => return sent.map(drop).map_err(Stop::Missed),
            }
        }
    }

    /// The platform's form of a draft, and its file if that was uploaded for an earlier one.
    async fn upload(
        &self,
        way: Way<'_>,
        draft: Draft,
    ) -> Result<(Outgoing, Option<String>), Fault> {
        let Way {
            platform,
            connection,
            files,
            ..
        } = way;
        let uploads = &self.uploads;
        let (mut content, sent) = match draft {
            Draft::Text(words) => (Outgoing::Text(words), None),
            Draft::Menu(menu) => (Outgoing::Msgmenu(menu), None),
            Draft::CaLink(link_url) => (Outgoing::CaLink(OutgoingCaLink { link_url }), None),
            Draft::Location(place) => (Outgoing::Location(place), None),
            Draft::File(wanted, media_id) => {
                let sent = uploads.media(platform, connection, files, &media_id, wanted, fitting);
                let sent = sent.await?;
                (super::files::outgoing(&sent), Some(sent))
            }
            Draft::Link(mut link, picture) => {
                let sent = uploads.thumb(platform, connection, files, picture.as_deref(), fitting);
                let sent = sent.await?;
                link.thumb_media_id.clone_from(&sent.id);
                (Outgoing::Link(link), Some(sent))
            }
            Draft::Miniprogram(mut card, picture) => {
                let sent = uploads.thumb(platform, connection, files, picture.as_deref(), fitting);
                let sent = sent.await?;
                card.thumb_media_id.clone_from(&sent.id);
                (Outgoing::Miniprogram(card), Some(sent))
            }
        };
        content.cut_to_fit();
        let remembered = sent.filter(|sent| sent.remembered).map(|sent| sent.id);
        Ok((content, remembered))
    }

    /// Ends the platform's session. Its table leads from 0 and 1 to 4 and never back: only the
    /// customer's next message opens another.
    async fn end(&self, way: Way<'_>) -> Result<(), Stop> {
        let words = match &way.parcel.content {
            Content::Event(_) => None,
            said => Some(on_event(said)?),
        };
        let id = way.parcel.id;
        let known = self.ends.lock().get(&id).cloned();
        let code = match known {
            Some((code, at)) if at.elapsed() < END_CODE => Some((code, at)),
            Some(_) => return Err(too_late().into()),
            None => match self.move_to_end(way).await? {
                Moved::Ended(code) => code.map(|code| (code, Instant::now())),
                // Only the question is worth one of the customer's five.
                Moved::StaysOpen if matches!(way.parcel.content, Content::Survey(_)) => {
                    return self.message(way).await;
                }
                Moved::StaysOpen => return Err(stays_open().into()),
            },
        };
        let Some(words) = words else { return Ok(()) };
        let (code, ended) = code.ok_or_else(|| {
            Fault::permanent(
                "ended_without_words",
                "平台的会话已经结束，结束语没有发出",
                "The platform's session had ended already; the last words were not sent",
            )
        })?;
        say_on_event(way, code, words, ended + END_CODE).await?;
        self.ends.lock().remove(&id);
        Ok(())
    }

    /// Moves the session to its end.
    async fn move_to_end(&self, way: Way<'_>) -> Result<Moved, Fault> {
        let attempts = way.parcel.attempts;
        let open_kfid = upstream(way.door)?.to_owned();
        let external_userid = way.parcel.address.clone();
        let request = TransState {
            open_kfid: open_kfid.clone(),
            external_userid: external_userid.clone(),
            service_state: ServiceState::Ended,
            servicer_userid: None,
        };
        let miss = match way.call(&request).await {
            Ok(moved) => {
                if let Some(code) = &moved.msg_code {
                    self.remember(way.parcel.id, code.clone());
                }
                return Ok(Moved::Ended(moved.msg_code));
            }
            Err(miss) => miss,
        };
        if miss.code() != Some(NO_SUCH_MOVE) {
            return Err(miss.fault(attempts));
        }
        let request = GetState {
            open_kfid,
            external_userid,
        };
        match way.call(&request).await {
            Ok(state) if state.service_state == ServiceState::Ended => Ok(Moved::Ended(None)),
            Ok(_) => Ok(Moved::StaysOpen),
            Err(other) => Err(other.fault(attempts)),
        }
    }

    fn remember(&self, id: OutboxId, code: String) {
        let mut ends = self.ends.lock();
        if ends.len() >= ENDS {
            ends.retain(|_, (_, at)| at.elapsed() < END_CODE);
        }
        if ends.len() < ENDS {
            ends.insert(id, (code, Instant::now()));
        }
    }
}

impl Way<'_> {
    /// The platform's id of the message: ours.
    fn msgid(&self) -> Option<String> {
        Some(self.parcel.id.to_string())
    }

    async fn call<R: Request>(&self, request: &R) -> Result<R::Answer, Miss> {
        self.platform
            .call(self.connection, Lane::Reply, request)
            .await
    }
}

/// What a try without success means after the tries before it.
fn judge(parcel: &Parcel, stop: Stop) -> Result<(), Fault> {
    let id = parcel.id;
    let doubtful = parcel.doubtful || parcel.again;
    let mut fault = match stop {
        Stop::Unsent(fault) => fault.before_it(),
        Stop::Missed(miss) => {
            if let Miss::Failed(failure) = &miss {
                if doubtful && failure.may_mean_repeated_msgid() {
                    tracing::info!(outbox.id = %id, "an earlier try had been taken");
                    metrics::counter!("kefu_platform_repeats_total", "channel" => "wecom_kf")
                        .increment(1);
                    return Ok(());
                }
                log(id, failure);
            }
            miss.fault(parcel.attempts)
        }
    };
    if doubtful && fault.class == Class::Permanent {
        // The platform looks at the window before it looks at the id, and the earlier try may
        // itself have closed it: nobody can say "not sent" here.
        fault.class = Class::Unknown;
    }
    Err(fault)
}

async fn by_code(way: Way<'_>) -> Result<(), Stop> {
    let leave: Code = serde_json::from_str(&way.parcel.payload).map_err(|_| {
        Fault::permanent("bad_payload", "这句话缺少凭证", "The message has no code")
    })?;
    let left = match leave.expires_at {
        Some(at) if way.now >= at => return Err(too_late().into()),
        Some(at) => Duration::from_millis(u64::try_from(at - way.now).unwrap_or_default()),
        None => END_CODE,
    };
    let content = on_event(&way.parcel.content)?;
    say_on_event(way, leave.code, content, Instant::now() + left).await
}

async fn say_on_event(
    way: Way<'_>,
    code: String,
    content: OnEvent,
    until: Instant,
) -> Result<(), Stop> {
    let message = SendMsgOnEvent {
        code,
        msgid: way.msgid(),
        content,
    };
    let sent = hurry(until, &[CODE_SPENT], || way.call(&message)).await;
    sent.map_err(Stop::Missed)
}

fn log(id: OutboxId, failure: &Failure) {
    match failure.fault {
        WireFault::Credentials | WireFault::Permission | WireFault::Permanent => {
            tracing::warn!(outbox.id = %id, %failure, "the platform refuses a message");
        }
        _ => tracing::debug!(outbox.id = %id, %failure, "a message was not sent yet"),
    }
}

/// Only words and menus can be said on an event.
fn on_event(content: &Content) -> Result<OnEvent, Fault> {
    match draft(content)? {
        Draft::Text(words) => Ok(OnEvent::Text(words)),
        Draft::Menu(menu) => Ok(OnEvent::Msgmenu(menu)),
        _ => Err(Fault::permanent(
            "not_sendable",
            "欢迎语和结束语只能是文字或菜单",
            "A welcome and last words can only be text or a menu",
        )),
    }
}

fn stays_open() -> Fault {
    Fault::permanent(
        "stays_open",
        "平台没有让会话结束，结束语没有发出",
        "The platform did not let the session end; the last words were not sent",
    )
}

fn too_late() -> Fault {
    Fault::permanent(
        "too_late",
        "过了平台给的时间，没有发出",
        "The time that the platform gave is over; it was not sent",
    )
}
