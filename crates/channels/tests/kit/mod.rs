//! What the benches of all channels share: the platform's script door, and files of ours.

use std::collections::HashMap;

use async_trait::async_trait;
use bytes::Bytes;
use kefu_channels::{Files, Form, Parcel};
use kefu_domain::{Content, OutboxId};
use kefu_simulator::Handle;
use serde_json::Value;

pub(crate) const PNG: &[u8] = include_bytes!("../../src/platform/card.png");

/// The platform, as a script plays it.
pub(crate) struct Script {
    base: String,
    http: reqwest::Client,
}

impl Script {
    pub(crate) fn of(platform: &Handle) -> Self {
        Self {
            base: platform.base_url(),
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
        }
    }

    pub(crate) async fn sim(&self, verb: &str, body: Value) -> Value {
        let url = format!("{}/sim/{verb}", self.base);
        let response = self.http.post(url).json(&body).send().await.unwrap();
        let good = response.status().is_success();
        let answer: Value = response.json().await.unwrap();
        assert!(good, "{verb}: {answer}");
        answer
    }

    /// Posts bytes as they are.
    pub(crate) async fn bring(&self, verb: &str, mime: &str, bytes: &[u8]) -> Value {
        let url = format!("{}/sim/{verb}", self.base);
        let request = self.http.post(url).header("content-type", mime);
        let response = request.body(bytes.to_vec()).send().await.unwrap();
        response.json().await.unwrap()
    }

    pub(crate) async fn look(&self, path: &str) -> Value {
        let url = format!("{}/sim/{path}", self.base);
        let response = self.http.get(url).send().await.unwrap();
        response.json().await.unwrap()
    }

    pub(crate) async fn fault(&self, fault: Value) {
        self.sim("fault", fault).await;
    }

    /// How often the platform was asked for a path.
    pub(crate) async fn asked(&self, path: &str) -> usize {
        let path = format!("calls?way=call&limit=10000&path={path}");
        self.look(&path).await["calls"].as_array().unwrap().len()
    }

    /// What a customer's phone shows of others in the chats that fit.
    pub(crate) async fn heard(&self, customer: &str, fits: impl Fn(&Value) -> bool) -> Vec<Value> {
        let screen = self.look(&format!("screen?customer={customer}")).await;
        let chats = screen["chats"].as_array().unwrap().iter();
        let lines = chats.filter(|chat| fits(chat));
        let lines = lines.flat_map(|chat| chat["lines"].as_array()).flatten();
        let theirs = lines.filter(|line| line["side"] == "them");
        theirs.cloned().collect()
    }
}

/// Files of ours by their id; what they become in another form by `ID.jpg`, `ID.amr` and
/// `ID.still.jpg`.
#[derive(Default)]
pub(crate) struct Shelf(pub(crate) HashMap<String, (Bytes, String, String)>);

#[async_trait]
impl Files for Shelf {
    async fn read(&self, media_id: &str) -> Option<(Bytes, String, String)> {
        self.0.get(media_id).cloned()
    }

    async fn read_as(&self, media_id: &str, form: Form) -> Option<(Bytes, String, String)> {
        let name = match form {
            Form::Picture { .. } => format!("{media_id}.jpg"),
            Form::Amr => format!("{media_id}.amr"),
            Form::Still { .. } => format!("{media_id}.still.jpg"),
        };
        self.0.get(&name).cloned()
    }
}

pub(crate) fn parcel(id: u128, address: &str, content: Content) -> Parcel {
    Parcel {
        id: OutboxId(id),
        kind: "message".into(),
        address: address.into(),
        content,
        payload: String::new(),
        attempts: 0,
        doubtful: false,
        again: false,
    }
}

pub(crate) fn content(msgtype: &str, body: Value) -> Content {
    Content::from_parts(msgtype, body).unwrap()
}
