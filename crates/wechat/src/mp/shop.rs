//! The customer service API of a shop (微信小店): sends under an id of ours, so that a repeated one is
//! answered like the first.

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::json;
use serde_json::value::RawValue;

use crate::lenient;
use crate::limits::{Unfit, address, not_allowed, required};
use crate::request::Request;

use super::send::MAX_TEXT;

const MAX_ID: usize = 128;

/// What a shop can say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShopOutgoing {
    /// Words, 1 to 2,048 bytes.
    Text(String),
    /// An uploaded picture, by its `cos_url`.
    Image(String),
    /// An uploaded film, by its `cos_url`.
    Video(String),
    /// Any other uploaded file, by its `cos_url`.
    File(String),
    /// A product of the shop, by its id.
    Product(Share),
    /// An order in the shop, by its id.
    Order(Share),
}

/// An id of a product or an order: digits, and more of them than a float holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share(pub String);

impl Share {
    /// The digits as a JSON number, however many.
    fn number(&self) -> Option<Box<RawValue>> {
        let digits = self.0.parse::<u64>().ok()?.to_string();
        RawValue::from_string(digits).ok()
    }

    fn check(&self, field: &'static str) -> Result<(), Unfit> {
        required(field, &self.0, 20)?;
        match self.number() {
            Some(_) => Ok(()),
            None => Err(not_allowed(field)),
        }
    }
}

impl ShopOutgoing {
    /// `msg_type`, which is also the name of the member that holds the content.
    pub fn msg_type(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Image(_) => "image",
            Self::Video(_) => "video",
            Self::File(_) => "file",
            Self::Product(_) => "product_share",
            Self::Order(_) => "order_share",
        }
    }

    fn check(&self) -> Result<(), Unfit> {
        match self {
            Self::Text(content) => required("text.content", content, MAX_TEXT),
            Self::Image(url) | Self::Video(url) | Self::File(url) => address("cos_url", url, 2_048),
            Self::Product(id) => id.check("product_share.product_id"),
            Self::Order(id) => id.check("order_share.order_id"),
        }
    }
}

/// Sends one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShopSend {
    /// Ours; a second one of the same is not sent again.
    pub request_id: String,
    /// The customer.
    pub open_id: String,
    /// What is said.
    pub content: ShopOutgoing,
}

impl Serialize for ShopSend {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Shared<'a> {
            #[serde(skip_serializing_if = "Option::is_none")]
            product_id: Option<&'a RawValue>,
            #[serde(skip_serializing_if = "Option::is_none")]
            order_id: Option<&'a RawValue>,
        }
        let msg_type = self.content.msg_type();
        let mut map = to.serialize_map(Some(4))?;
        map.serialize_entry("request_id", &self.request_id)?;
        map.serialize_entry("open_id", &self.open_id)?;
        map.serialize_entry("msg_type", msg_type)?;
        match &self.content {
            ShopOutgoing::Text(content) => {
                map.serialize_entry(msg_type, &json!({ "content": content }))?;
            }
            ShopOutgoing::Image(url) | ShopOutgoing::Video(url) | ShopOutgoing::File(url) => {
                map.serialize_entry(msg_type, &json!({ "cos_url": url }))?;
            }
            ShopOutgoing::Product(id) | ShopOutgoing::Order(id) => {
                let number = id.number();
                let order = matches!(self.content, ShopOutgoing::Order(_));
                let shared = Shared {
                    product_id: number.as_deref().filter(|_| !order),
                    order_id: number.as_deref().filter(|_| order),
                };
                map.serialize_entry(msg_type, &shared)?;
            }
        }
        map.end()
    }
}

impl Request for ShopSend {
    const PATH: &'static str = "channels/ec/commkf/sendmsg";
    type Answer = ShopSent;

    fn check(&self) -> Result<(), Unfit> {
        required("request_id", &self.request_id, MAX_ID)?;
        required("open_id", &self.open_id, MAX_ID)?;
        self.content.check()
    }
}

/// The platform took the message.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct ShopSent {
    /// The platform's id of it.
    #[serde(default, deserialize_with = "lenient::text")]
    pub msg_id: String,
}
