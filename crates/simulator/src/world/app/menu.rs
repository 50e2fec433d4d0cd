//! The menu of an official account: what each kind of button tells the account, or opens.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::credits::Trigger;
use super::desk::AppDesk;
use crate::callback::app::packet::{Node, Packet};
use crate::config::{AppKind, MenuButton};
use crate::crypto::digest;
use crate::error::SimError;
use crate::world::people::{Line, Side};

/// What a script adds to a tap on the menu.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Extras {
    /// What the code said that was scanned through the menu.
    pub(crate) scan_result: Option<String>,
    /// media_ids of the pictures that were chosen.
    pub(crate) pictures: Vec<String>,
    /// `{latitude, longitude, label, poiname}`
    pub(crate) location: Option<Value>,
}

/// What a button led to.
#[derive(Debug, Serialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub(crate) enum Chosen {
    /// The account was told.
    Told { event: String },
    /// A page opens.
    Open { url: String },
    /// A mini-program opens.
    Miniprogram { appid: String, pagepath: String },
}

/// The id of the one menu that an account of the simulator has.
const MENU_ID: u64 = 421_000_001;

impl AppDesk<'_> {
    /// Taps the button with this key, or this name.
    pub(crate) fn tap_menu(
        &mut self,
        customer: &str,
        wanted: &str,
        extras: &Extras,
    ) -> Result<Chosen, SimError> {
        if self.app.kind != AppKind::OfficialAccount {
            return Err(SimError::Refused(
                "only an official account has a menu".into(),
            ));
        }
        let openid = self.openid(customer)?;
        let follows = self
            .contact(&openid)
            .is_some_and(|one| one.followed.is_some());
        if !follows {
            return Err(SimError::Refused("关注公众号之后才看得到菜单".into()));
        }
        let button = find(&self.app.menu, wanted)
            .ok_or_else(|| SimError::unknown("menu button", wanted))?
            .clone();
        let kind = button.r#type.as_str();
        let (event, key) = match kind {
            "click" => ("CLICK", &button.key),
            "view" => ("VIEW", &button.url),
            "miniprogram" => ("view_miniprogram", &button.pagepath),
            "scancode_push" | "scancode_waitmsg" | "pic_sysphoto" | "pic_photo_or_album"
            | "pic_weixin" | "location_select" => (kind, &button.key),
            _ => {
                return Err(SimError::invalid(format!(
                    "{wanted} opens no more than a list"
                )));
            }
        };
        let mut packet = self.event(&openid, event).text("EventKey", key);
        let mut follow_up = Vec::new();
        match kind {
            "scancode_push" | "scancode_waitmsg" => {
                let said = extras.scan_result.as_deref().unwrap_or("6901234567892");
                let info = Packet::default()
                    .text("ScanType", "qrcode")
                    .text("ScanResult", said);
                packet = packet.group("ScanCodeInfo", info);
            }
            "location_select" => {
                let place = extras.location.clone().unwrap_or_else(here);
                packet = packet.group("SendLocationInfo", place_info(&place));
                follow_up.push(location(&place));
            }
            "click" => {}
            "view" | "miniprogram" => packet = packet.number("MenuId", MENU_ID),
            _ => {
                packet = packet.group("SendPicsInfo", pictures_info(&extras.pictures));
                let image =
                    |id: &String| json!({ "msgtype": "image", "image": { "media_id": id } });
                follow_up.extend(extras.pictures.iter().map(image));
            }
        }
        if matches!(kind, "click" | "scancode_push" | "scancode_waitmsg") {
            self.trigger(&openid, Trigger::Menu);
        }
        let waits = !matches!(kind, "view" | "miniprogram");
        if waits {
            let body = json!({ "msgtype": "menu", "menu": { "content": button.name } });
            self.show(
                &openid,
                Line::new(self.now, Side::Tip, body.to_string().into()),
            );
        }
        self.push(&openid, event, packet, waits);
        for content in follow_up {
            if let Value::Object(content) = content {
                self.say_to_app(customer, content)?;
            }
        }
        Ok(match kind {
            "view" => Chosen::Open { url: button.url },
            "miniprogram" => Chosen::Miniprogram {
                appid: button.appid,
                pagepath: button.pagepath,
            },
            _ => Chosen::Told {
                event: event.to_owned(),
            },
        })
    }
}

fn find<'a>(buttons: &'a [MenuButton], wanted: &str) -> Option<&'a MenuButton> {
    let mut all = buttons
        .iter()
        .flat_map(|button| std::iter::once(button).chain(&button.sub_button));
    all.find(|button| !wanted.is_empty() && (button.key == wanted || button.name == wanted))
}

fn here() -> Value {
    json!({ "latitude": 30.1935, "longitude": 120.0891, "name": "龙坞茶镇", "address": "浙江省杭州市西湖区" })
}

fn location(place: &Value) -> Value {
    json!({ "msgtype": "location", "location": place })
}

fn place_info(place: &Value) -> Packet {
    Packet::default()
        .text("Location_X", place["latitude"].to_string())
        .text("Location_Y", place["longitude"].to_string())
        .text("Scale", "15")
        .text("Label", place["address"].as_str().unwrap_or_default())
        .text("Poiname", place["name"].as_str().unwrap_or_default())
}

fn pictures_info(pictures: &[String]) -> Packet {
    let sum = |id: &String| {
        // The platform gives an MD5; the gateway can do nothing with it but keep it.
        let bytes = digest(&[b"picture", id.as_bytes()]);
        bytes[..16]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    let items = pictures
        .iter()
        .map(|id| Node::Group(Packet::default().text("PicMd5Sum", sum(id))))
        .collect();
    Packet::default()
        .number("Count", pictures.len())
        .with("PicList", Node::List("item".into(), items))
}
