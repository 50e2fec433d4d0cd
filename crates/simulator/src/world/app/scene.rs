//! Codes with a scene (带参数的二维码): made by the API, scanned by people, drawn as pictures.

use super::desk::AppDesk;
use crate::error::SimError;
use crate::world::SECOND;

/// One code.
#[derive(Debug, Clone)]
pub(crate) struct SceneCode {
    /// The scene, numbers as digits.
    pub(crate) value: String,
    /// Whether it was given as text (`qr_scene_str`) rather than as a number (`qr_scene`).
    pub(crate) text: bool,
    /// Platform milliseconds; nothing for a permanent one.
    pub(crate) expires: Option<i64>,
}

/// What a scan of a code says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scene {
    pub(crate) value: String,
    pub(crate) text: bool,
    pub(crate) ticket: String,
}

/// What a ticket begins with.
const TICKET: &str = "gQ";

impl AppDesk<'_> {
    /// Makes a code; `life` seconds, or for good. Answers its ticket.
    pub(crate) fn make_scene(&mut self, value: &str, text: bool, life: Option<i64>) -> String {
        let ticket = self.ids.make(TICKET, 96);
        let code = SceneCode {
            value: value.to_owned(),
            text,
            expires: life.map(|life| self.now + life * SECOND),
        };
        self.app.scenes.insert(ticket.clone(), code);
        ticket
    }

    /// What the picture of a ticket says.
    pub(crate) fn scene_url(&self, ticket: &str) -> String {
        format!("{}/q/o/{ticket}", self.base)
    }

    /// The scene behind a ticket.
    pub(crate) fn scene(&self, ticket: &str) -> Result<Scene, SimError> {
        let code = self
            .app
            .scenes
            .get(ticket)
            .ok_or_else(|| SimError::unknown("scene code", ticket))?;
        if code.expires.is_some_and(|end| self.now >= end) {
            return Err(SimError::Refused("二维码已过期".into()));
        }
        Ok(Scene {
            value: code.value.clone(),
            text: code.text,
            ticket: ticket.to_owned(),
        })
    }
}

/// The ticket in the address of a scene code.
pub(crate) fn ticket_in(payload: &str) -> Option<&str> {
    let (_, ticket) = payload.split_once("/q/o/")?;
    Some(ticket.split(['?', '#', '/']).next().unwrap_or(ticket))
}
