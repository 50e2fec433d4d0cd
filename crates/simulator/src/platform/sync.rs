//! `sync_msg`: the log of an account from a cursor on, at least once.

use serde::Deserialize;
use serde_json::json;

use super::accounts::find;
use super::refusal::Refusal;
use super::{Answer, Params, Reply, given, read};
use crate::callback::deliver::BELL;
use crate::world::desk::Desk;
use crate::world::fault::Kind;
use crate::world::log::Entry;
use crate::world::quota::{DOCUMENTED, SYNC_WITHOUT_TOKEN};

/// The most messages of one answer.
const PAGE: usize = 1_000;

#[derive(Debug, Deserialize)]
struct Request {
    cursor: Option<String>,
    token: Option<String>,
    limit: Option<usize>,
    voice_format: Option<u32>,
    open_kfid: Option<String>,
}

pub(super) fn sync_msg(desk: &mut Desk<'_>, _: &Params, body: &[u8]) -> Answer {
    let request: Request = read(body)?;
    let limit = match request.limit.unwrap_or_default() {
        0 => PAGE,
        limit if limit <= PAGE => limit,
        _ => return Err(Refusal::of(40058)),
    };
    if request.voice_format.is_some_and(|format| format > 1) {
        return Err(Refusal::of(40058));
    }
    let accounts = match given(&request.open_kfid) {
        Some(id) => vec![find(desk, Some(id))?.open_kfid.clone()],
        None => desk.corp.accounts.keys().cloned().collect(),
    };
    match given(&request.token) {
        Some(token) => check_token(desk, &accounts, token)?,
        // Whether there is a token is seen too late for the door, so its limit is kept here.
        None => without_token(desk)?,
    }
    let after = match given(&request.cursor) {
        Some(cursor) => read_cursor(desk, cursor)?,
        None => 0,
    };
    let empty = desk
        .faults
        .strike(|kind| (*kind == Kind::HasMoreEmpty {}).then_some(()));
    if empty.is_some() {
        let fields = json!({ "next_cursor": cursor(desk, after), "has_more": 1 });
        return Ok(page(fields, Vec::new()).note("fault: empty, and yet more"));
    }
    let again = desk.faults.strike(|kind| match kind {
        Kind::Duplicate { count } => Some(*count as usize),
        _ => None,
    });
    let short = desk.faults.strike(|kind| match kind {
        Kind::ShortPages { count } => Some((*count as usize).max(1)),
        _ => None,
    });
    let limit = short.map_or(limit, |short| limit.min(short));
    let mut found = Vec::new();
    for id in &accounts {
        let now = desk.now;
        let log = &mut find(desk, Some(id))?.log;
        log.prune(now);
        let from = again.map_or(after, |count| log.rewind(after, count));
        // One more than asked for tells whether there is more.
        found.extend(log.after(from, limit + 1).cloned());
    }
    found.sort_by_key(|entry| entry.seq);
    let more = found.len() > limit;
    found.truncate(limit);
    let last = found
        .last()
        .map_or(after, |entry: &Entry| entry.seq.max(after));
    let note = format!(
        "{} messages{}",
        found.len(),
        if more { ", and more" } else { "" }
    );
    let fields = json!({ "next_cursor": cursor(desk, last), "has_more": u8::from(more) });
    Ok(page(fields, found).note(note))
}

fn page(fields: serde_json::Value, found: Vec<Entry>) -> Reply {
    let items = found.into_iter().map(|entry| entry.json).collect();
    Reply {
        bare: false,
        fields,
        list: Some(("msg_list", items)),
        note: String::new(),
    }
}

/// 95007 for a token that no doorbell of these accounts carried, or that is over ten minutes old.
fn check_token(desk: &Desk<'_>, accounts: &[String], token: &str) -> Result<(), Refusal> {
    let expires = accounts.iter().find_map(|id| {
        desk.ids
            .minted(BELL, &format!("{} {id}", desk.corp.corpid), token)
    });
    match expires {
        Some(expires) if desk.now < expires => Ok(()),
        _ => Err(Refusal::of(95007)),
    }
}

fn without_token(desk: &mut Desk<'_>) -> Result<(), Refusal> {
    let corpid = desk.corp.corpid.clone();
    let entered = desk
        .quotas
        .enter(&corpid, SYNC_WITHOUT_TOKEN, DOCUMENTED, desk.now);
    desk.quotas.leave(&corpid, SYNC_WITHOUT_TOKEN);
    entered.map_err(|_| Refusal::of(45009))
}

/// A cursor is a place in the corp's numbering, sealed so that nobody makes one up.
fn cursor(desk: &Desk<'_>, seq: u64) -> String {
    let place = format!("{seq:x}");
    let seal = desk.ids.derive("", &["cursor", &desk.corp.corpid, &place]);
    format!("c_{place}_{}", &seal[..16])
}

fn read_cursor(desk: &Desk<'_>, text: &str) -> Result<u64, Refusal> {
    let place = || {
        text.strip_prefix("c_")?
            .split_once('_')
            .map(|(place, _)| place)
    };
    let seq = place().and_then(|place| u64::from_str_radix(place, 16).ok());
    seq.filter(|seq| cursor(desk, *seq) == text)
        .ok_or_else(|| Refusal::because(40058, "invalid Request Parameter: cursor"))
}
