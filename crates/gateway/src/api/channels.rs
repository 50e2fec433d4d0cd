//! Channels (渠道) as data: what each can do, what its set-up needs and in which steps, so that a
//! console shows a new one without a change.

use std::sync::Arc;

use axum::{Json, extract::State};
use kefu_channels::{About, Channel, SetupField, WindowWords, Words};
use serde::Serialize;
use utoipa::ToSchema;

use super::{access::Caller, ask::Page};
use crate::Gateway;

/// One kind of door.
#[derive(Serialize, ToSchema)]
pub(super) struct ChannelRow {
    /// As `channel` of connections and entry points has it.
    kind: &'static str,
    name_zh: &'static str,
    name_en: &'static str,
    /// Who comes through it, in one line.
    line_zh: &'static str,
    line_en: &'static str,
    /// It leads to a platform: a connection comes first.
    needs_connection: bool,
    /// An entry point names one account of the connection (`upstream_open_kfid`).
    needs_account: bool,
    capabilities: CapabilitiesRow,
    /// The form of a connection, in order.
    fields: Vec<FieldRow>,
    /// Setting it up, in order.
    steps: Vec<WordsRow>,
    limits: Vec<WordsRow>,
    /// When one may write.
    windows: Vec<WindowRow>,
    /// What failures mean.
    errors: Vec<ErrorRow>,
}

/// What a channel carries.
#[derive(Serialize, ToSchema)]
struct CapabilitiesRow {
    /// Message types that can go out.
    outgoing: &'static [&'static str],
    /// The customer's typing and reading are seen.
    presence: bool,
    /// Messages can be taken back.
    recall: bool,
    /// A menu's items can be tapped.
    menu: bool,
    /// Bytes of one text; longer ones are split.
    text_bytes: Option<usize>,
    /// The platform has a client of its own in which people may answer (`served_in`).
    own_client: bool,
}

/// One field of a connection's form.
#[derive(Serialize, ToSchema)]
struct FieldRow {
    /// Its name in the connection.
    name: &'static str,
    /// Written once and never shown again.
    secret: bool,
    /// Made here, to be pasted at the platform; the others come from there.
    ours: bool,
    /// On or off.
    switch: bool,
    /// What it is called, and where it stands at the platform.
    text_zh: &'static str,
    text_en: &'static str,
}

/// The same in two languages.
#[derive(Serialize, ToSchema)]
struct WordsRow {
    text_zh: &'static str,
    text_en: &'static str,
}

/// What something that a customer does grants.
#[derive(Serialize, ToSchema)]
struct WindowRow {
    after_zh: &'static str,
    after_en: &'static str,
    messages: u32,
    lasts_ms: i64,
}

/// What a code means and what to do.
#[derive(Serialize, ToSchema)]
struct ErrorRow {
    code: i64,
    text_zh: &'static str,
    text_en: &'static str,
}

fn row(channel: &dyn Channel) -> ChannelRow {
    let About {
        name,
        line,
        steps,
        limits,
        windows,
        errors,
        words,
    } = *channel.about();
    let can = channel.capabilities();
    let error = |code: &i64| {
        let (text_zh, text_en) = words(*code);
        ErrorRow {
            code: *code,
            text_zh,
            text_en,
        }
    };
    ChannelRow {
        kind: channel.kind(),
        name_zh: name.zh,
        name_en: name.en,
        line_zh: line.zh,
        line_en: line.en,
        needs_connection: can.outside,
        needs_account: channel.has_accounts(),
        capabilities: CapabilitiesRow {
            outgoing: can.outgoing,
            presence: can.presence,
            recall: can.recall,
            menu: can.menu,
            text_bytes: can.text_bytes,
            own_client: can.own_client,
        },
        fields: channel.fields().iter().map(field).collect(),
        steps: steps.iter().map(said).collect(),
        limits: limits.iter().map(said).collect(),
        windows: windows.iter().map(window).collect(),
        errors: errors.iter().map(error).collect(),
    }
}

fn field(field: &SetupField) -> FieldRow {
    FieldRow {
        name: field.name,
        secret: field.secret,
        ours: field.ours,
        switch: field.switch,
        text_zh: field.text_zh,
        text_en: field.text_en,
    }
}

fn said(words: &Words) -> WordsRow {
    WordsRow {
        text_zh: words.zh,
        text_en: words.en,
    }
}

fn window(window: &WindowWords) -> WindowRow {
    WindowRow {
        after_zh: window.after.zh,
        after_en: window.after.en,
        messages: window.grant.messages,
        lasts_ms: window.grant.lasts_ms,
    }
}

/// All channels
///
/// Read once: they change only with the gateway.
#[utoipa::path(get, path = "/v1/channels", tag = "Connections", responses((status = 200, body = Page<ChannelRow>)))]
pub(super) async fn list(
    State(gateway): State<Arc<Gateway>>,
    _caller: Caller,
) -> Json<Page<ChannelRow>> {
    Json(Page {
        items: gateway.reception.channels().iter().map(row).collect(),
        next: None,
    })
}
