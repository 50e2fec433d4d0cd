//! What a message says, from the platform's words into ours.

use kefu_domain::Content;
use kefu_domain::content as ours;
use kefu_wechat::push::{Message, Place, ShopMessage};
use serde_json::{Map, Value, json};

/// Never fails: what has no words of ours is kept whole, as it came.
pub(super) fn content(said: Message, raw: &[u8]) -> Content {
    match said {
        Message::Text(text) => Content::Text(ours::Text {
            content: text.content,
            menu_id: text.menu_id,
            quote: None,
        }),
        Message::Image(media) => Content::Image(file(media.media_id)),
        Message::Voice(voice) => Content::Voice(ours::File {
            transcript: voice.recognition,
            ..file(voice.media_id)
        }),
        Message::Video(media) => Content::Video(file(media.media_id)),
        Message::Location(place) => self::place(place),
        Message::Link(link) => Content::Link(ours::Link {
            title: link.title,
            desc: link.description,
            url: link.url,
            ..ours::Link::default()
        }),
        Message::MiniProgramPage(page) => Content::MiniProgram(ours::MiniProgram {
            title: page.title,
            appid: page.appid,
            pagepath: page.page_path,
            thumb_media_id: None,
            upstream_media_id: page.picture,
        }),
        Message::Shop(said) => of_shop(said, raw),
    }
}

/// A place, sent as a message or chosen through the menu.
pub(super) fn place(place: Place) -> Content {
    Content::Location(ours::Location {
        latitude: place.latitude,
        longitude: place.longitude,
        name: place.name,
        address: place.label,
    })
}

fn of_shop(said: ShopMessage, raw: &[u8]) -> Content {
    let ShopMessage { msg_type, fields } = said;
    let word = |name: &str| fields.get(name).and_then(Value::as_str);
    // The platform's pages name the address of a file that goes out; what comes in is taken under
    // each name that was seen.
    let address = ["cos_url", "media_id", "url"].into_iter().find_map(word);
    let address = address.filter(|address| !address.is_empty() && address.len() <= 2_048);
    let name = || word("file_name").map(str::to_owned);
    match (msg_type.as_str(), address) {
        ("text", _) if word("content").is_some() => {
            Content::text(word("content").unwrap_or_default())
        }
        ("image", Some(address)) => Content::Image(file(address.to_owned())),
        ("video", Some(address)) => Content::Video(file(address.to_owned())),
        ("voice", Some(address)) => Content::Voice(file(address.to_owned())),
        ("file", Some(address)) => Content::File(ours::File {
            name: name(),
            ..file(address.to_owned())
        }),
        ("product_share", _) if word("product_id").is_some() => {
            other("channels_shop_product", priced(fields))
        }
        ("order_share", _) if word("order_id").is_some() => {
            other("channels_shop_order", Value::Object(fields))
        }
        _ => unsupported(&msg_type, raw),
    }
}

/// A price in cents is a number in our shape of a product.
fn priced(mut fields: Map<String, Value>) -> Value {
    if let Some(price) = fields.get_mut("sales_price")
        && let Some(cents) = price.as_str().and_then(|text| text.parse::<i64>().ok())
    {
        *price = cents.into();
    }
    Value::Object(fields)
}

fn other(msgtype: &str, body: Value) -> Content {
    Content::Other {
        msgtype: msgtype.to_owned(),
        body,
    }
}

fn file(upstream: String) -> ours::File {
    ours::File {
        upstream_media_id: Some(upstream),
        ..ours::File::default()
    }
}

/// What has no words of ours.
pub(super) fn unsupported(msg_type: &str, raw: &[u8]) -> Content {
    other(
        "unsupported",
        json!({ "msgtype": msg_type, "raw": raw_value(raw) }),
    )
}

/// What was pushed as it came, whether XML or JSON: a text, so that nothing of it changes.
fn raw_value(raw: &[u8]) -> Value {
    Value::String(String::from_utf8_lossy(raw).into_owned())
}
