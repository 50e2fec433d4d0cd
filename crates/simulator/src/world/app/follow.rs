//! Following an official account, leaving it, scanning its codes; and the doors of the other two
//! kinds: a mini-program's contact button, a shop's inquiry.

use std::sync::Arc;

use serde::Serialize;

use super::credits::Trigger;
use super::desk::AppDesk;
use super::scene::Scene;
use crate::config::AppKind;
use crate::error::SimError;

/// A person who came to an app.
#[derive(Debug, Serialize)]
pub(crate) struct Arrived {
    pub(crate) appid: String,
    pub(crate) openid: Arc<str>,
    pub(crate) followed: bool,
}

/// The most bytes of a SessionFrom; more are cut.
const SESSION_FROM: usize = 1_000;

impl AppDesk<'_> {
    fn arrived(&self, openid: Arc<str>) -> Arrived {
        let contact = self.app.contacts.get(&openid);
        Arrived {
            appid: self.app.appid.clone(),
            followed: contact.is_some_and(|contact| contact.followed.is_some()),
            openid,
        }
    }

    fn official(&self) -> Result<(), SimError> {
        match self.app.kind {
            AppKind::OfficialAccount => Ok(()),
            _ => Err(SimError::Refused(
                "only an official account is followed".into(),
            )),
        }
    }

    /// Follows, by `how` (ADD_SCENE_…) or by scanning a code with a scene.
    pub(crate) fn follow(
        &mut self,
        customer: &str,
        how: &str,
        scene: Option<&Scene>,
    ) -> Result<Arrived, SimError> {
        self.official()?;
        let openid = self.openid(customer)?;
        let now = self.now;
        let contact = self
            .contact(&openid)
            .ok_or_else(|| SimError::unknown("customer", customer))?;
        if contact.followed.is_some() {
            return Err(SimError::Refused("已经关注了".into()));
        }
        contact.followed = Some(now);
        contact.knew = true;
        contact.how = how.to_owned();
        contact.scene = scene.cloned();
        let mut packet = self.event(&openid, "subscribe");
        packet = match scene {
            Some(scene) => packet
                .text("EventKey", format!("qrscene_{}", scene.value))
                .text("Ticket", &scene.ticket),
            None => packet.text("EventKey", ""),
        };
        self.trigger(&openid, Trigger::Follow);
        self.tip(&openid, "你已关注该公众号");
        self.push(&openid, "subscribe", packet, false);
        Ok(self.arrived(openid))
    }

    /// Unfollows; from now on nothing reaches this person.
    pub(crate) fn unfollow(&mut self, customer: &str) -> Result<Arrived, SimError> {
        self.official()?;
        let openid = self.openid(customer)?;
        let contact = self
            .contact(&openid)
            .filter(|contact| contact.followed.is_some())
            .ok_or_else(|| SimError::Refused("没有关注".into()))?;
        contact.followed = None;
        contact.credits.close();
        let packet = self.event(&openid, "unsubscribe").text("EventKey", "");
        self.tip(&openid, "你已取消关注");
        self.push(&openid, "unsubscribe", packet, false);
        Ok(self.arrived(openid))
    }

    /// Scans a code with a scene: a follower is announced as SCAN, anybody else follows by it.
    pub(crate) fn scan_scene(
        &mut self,
        customer: &str,
        scene: &Scene,
    ) -> Result<Arrived, SimError> {
        self.official()?;
        let openid = self.openid(customer)?;
        let follows = self
            .contact(&openid)
            .is_some_and(|contact| contact.followed.is_some());
        if !follows {
            return self.follow(customer, "ADD_SCENE_QR_CODE", Some(scene));
        }
        let packet = self
            .event(&openid, "SCAN")
            .text("EventKey", &scene.value)
            .text("Ticket", &scene.ticket);
        self.trigger(&openid, Trigger::Scan);
        self.tip(&openid, "扫描了带参数的二维码");
        self.push(&openid, "SCAN", packet, true);
        Ok(self.arrived(openid))
    }

    /// Opens the chat: a mini-program is told with its SessionFrom, the others are not.
    pub(crate) fn open_chat(
        &mut self,
        customer: &str,
        session_from: Option<&str>,
    ) -> Result<Arrived, SimError> {
        let openid = self.openid(customer)?;
        match self.app.kind {
            AppKind::MiniProgram => {
                let from = session_from.unwrap_or_default();
                let from = &from[..from.floor_char_boundary(SESSION_FROM)];
                let packet = self
                    .event(&openid, "user_enter_tempsession")
                    .text("SessionFrom", from);
                self.trigger(&openid, Trigger::Enter);
                self.tip(&openid, &came_from("从小程序进入", from));
                self.push(&openid, "user_enter_tempsession", packet, false);
            }
            AppKind::OfficialAccount => {}
            AppKind::Shop => self.tip(&openid, "从微信小店进入"),
        }
        Ok(self.arrived(openid))
    }
}

fn came_from(place: &str, from: &str) -> String {
    match from {
        "" => place.to_owned(),
        from => format!("{place}（{from}）"),
    }
}
