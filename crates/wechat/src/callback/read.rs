//! From decrypted bytes to an [`Event`] and the key that its repetitions share.

use super::event::{ChatChange, ChatUpdate, ContactChange, Event, ExternalChat, ExternalContact};
use crate::fields::{Wrong, key, maybe, number, text, trimmed};
use crate::xml::{self, Element};

/// Reads what was signed and decrypted; whatever it is, there is an event and a key for it.
pub(super) fn event(raw: &[u8]) -> (Event, String) {
    match understand(raw) {
        Ok((
            Event::Unknown {
                msg_type,
                event,
                change_type,
            },
            _,
        )) => (
            Event::Unknown {
                msg_type,
                event,
                change_type,
            },
            key("unknown", &[raw]),
        ),
        Ok((event, key)) => (event, key),
        Err(wrong) => (
            Event::Malformed {
                why: wrong.to_string(),
            },
            key("malformed", &[raw]),
        ),
    }
}

/// The elements that every callback has.
struct Head<'a> {
    xml: &'a Element,
    to: &'a str,
    from: &'a str,
    created_at: i64,
    event: &'a str,
}

impl Head<'_> {
    /// The platform's own practice is sender and second; the receiver, the event and `parts` keep
    /// apart what happened within one second.
    fn key(&self, parts: &[&str]) -> String {
        let created_at = self.created_at.to_string();
        let head = [self.to, self.from, &created_at, self.event];
        let all: Vec<&[u8]> = head
            .iter()
            .chain(parts)
            .map(|part| part.as_bytes())
            .collect();
        key(self.event, &all)
    }
}

fn understand(raw: &[u8]) -> Result<(Event, String), Wrong> {
    let xml = xml::read(raw)?;
    let msg_type = text(&xml, "MsgType")?;
    let head = Head {
        xml: &xml,
        to: text(&xml, "ToUserName")?,
        from: trimmed(&xml, "FromUserName")?.unwrap_or_default(),
        created_at: number(&xml, "CreateTime")?.ok_or(Wrong::Missing("CreateTime"))?,
        event: trimmed(&xml, "Event")?.unwrap_or_default(),
    };
    let change_type = maybe(&xml, "ChangeType")?;
    let known = match (
        msg_type,
        head.event,
        change_type.as_deref().unwrap_or_default(),
    ) {
        ("event", "kf_msg_or_event", _) => Some(doorbell(&head)?),
        ("event", "kf_account_auth_change", _) => Some(auth_change(&head)?),
        ("event", "change_external_contact", change) => contact(&head, change)?,
        ("event", "change_external_chat", change) => chat(&head, change)?,
        _ => None,
    };
    Ok(known.unwrap_or_else(|| {
        let event = Some(head.event.to_owned()).filter(|event| !event.is_empty());
        (
            Event::Unknown {
                msg_type: msg_type.to_owned(),
                event,
                change_type,
            },
            String::new(),
        )
    }))
}

fn doorbell(head: &Head<'_>) -> Result<(Event, String), Wrong> {
    let token = text(head.xml, "Token")?.to_owned();
    let open_kfid = maybe(head.xml, "OpenKfId")?;
    let key = head.key(&[open_kfid.as_deref().unwrap_or_default(), &token]);
    Ok((
        Event::KfMsgOrEvent {
            open_kfid,
            token,
            created_at: head.created_at,
        },
        key,
    ))
}

fn auth_change(head: &Head<'_>) -> Result<(Event, String), Wrong> {
    let ids = |name| -> Vec<String> {
        head.xml
            .all(name)
            .map(|e| e.text.trim().to_owned())
            .collect()
    };
    let (added, removed) = (ids("AuthAddOpenKfId"), ids("AuthDelOpenKfId"));
    let given = added.iter().flat_map(|id| ["+", id.as_str()]);
    let taken = removed.iter().flat_map(|id| ["-", id.as_str()]);
    let key = head.key(&given.chain(taken).collect::<Vec<_>>());
    Ok((
        Event::KfAccountAuthChange {
            added,
            removed,
            created_at: head.created_at,
        },
        key,
    ))
}

fn contact(head: &Head<'_>, change_type: &str) -> Result<Option<(Event, String)>, Wrong> {
    let change = match change_type {
        "add_external_contact" => ContactChange::Added,
        "add_half_external_contact" => ContactChange::HalfAdded,
        "edit_external_contact" => ContactChange::Edited,
        "del_external_contact" => ContactChange::RemovedByMember {
            source: maybe(head.xml, "Source")?,
        },
        "del_follow_user" => ContactChange::RemovedByCustomer,
        "transfer_fail" => ContactChange::TransferFailed {
            reason: maybe(head.xml, "FailReason")?.unwrap_or_default(),
        },
        "msg_audit_approved" => ContactChange::ArchivingApproved,
        _ => return Ok(None),
    };
    let contact = ExternalContact {
        change,
        user_id: text(head.xml, "UserID")?.to_owned(),
        external_user_id: text(head.xml, "ExternalUserID")?.to_owned(),
        state: maybe(head.xml, "State")?,
        welcome_code: maybe(head.xml, "WelcomeCode")?,
        created_at: head.created_at,
    };
    let key = head.key(&[change_type, &contact.user_id, &contact.external_user_id]);
    Ok(Some((Event::ExternalContact(contact), key)))
}

fn chat(head: &Head<'_>, change_type: &str) -> Result<Option<(Event, String)>, Wrong> {
    let change = match change_type {
        "create" => ChatChange::Created,
        "update" => ChatChange::Updated(update(head.xml)?),
        "dismiss" => ChatChange::Dismissed,
        _ => return Ok(None),
    };
    let chat_id = text(head.xml, "ChatId")?.to_owned();
    let mut parts = vec![change_type, &chat_id];
    if let ChatChange::Updated(update) = &change {
        // Two changes of one group in one second differ in the detail, the version or the members.
        parts.push(&update.detail);
        parts.push(update.current_version.as_deref().unwrap_or_default());
        parts.extend(update.members.iter().map(String::as_str));
    }
    let key = head.key(&parts);
    let created_at = head.created_at;
    Ok(Some((
        Event::ExternalChat(ExternalChat {
            change,
            chat_id,
            created_at,
        }),
        key,
    )))
}

fn update(xml: &Element) -> Result<ChatUpdate, Wrong> {
    let members = match xml.one("MemChangeList")? {
        None => Vec::new(),
        // Some deliveries have one id in place of the list.
        Some(list) if list.children.is_empty() => Some(list.text.trim().to_owned())
            .filter(|id| !id.is_empty())
            .into_iter()
            .collect(),
        Some(list) => list
            .children
            .iter()
            .map(|item| item.text.trim().to_owned())
            .collect(),
    };
    Ok(ChatUpdate {
        detail: text(xml, "UpdateDetail")?.to_owned(),
        join_scene: number(xml, "JoinScene")?,
        quit_scene: number(xml, "QuitScene")?,
        member_count: number(xml, "MemChangeCnt")?,
        members,
        last_version: maybe(xml, "LastMemVer")?,
        current_version: maybe(xml, "CurMemVer")?,
    })
}
