//! What goes out by `commkf/sendmsg`, under the id of the intent: the platform answers a second one
//! of an id like the first, so a try without an answer is made again.

use kefu_domain::Content;
use kefu_domain::content::File;
use kefu_wechat::client::CosUpload;
use kefu_wechat::limits::cut;
use kefu_wechat::mp::{MAX_TEXT, Share, ShopOutgoing, ShopSend};
use serde_json::Value;

use crate::Fault;
use crate::platform::{Lane, file_gone};
use crate::push::{Way, card_words, first, stored, words};

/// A message whose file is not uploaded yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Draft {
    /// Whole.
    Ready(ShopOutgoing),
    /// A file of ours, by its type on the wire.
    File(&'static str, String),
}

/// Largest file, in bytes.
const MAX_FILE: usize = kefu_wechat::client::MAX_COS;

/// Translates.
pub(super) fn draft(content: &Content) -> Result<Draft, Fault> {
    let text = |text: &str| words(text).map(ShopOutgoing::Text).map(Draft::Ready);
    match content {
        Content::Text(said) => text(&said.content),
        Content::Image(file) => named("image", file),
        Content::Video(file) => named("video", file),
        // There is no voice to send; it opens as a file.
        Content::Voice(file) | Content::File(file) => named("file", file),
        Content::Link(link) => text(&lines(&[&link.title, &link.desc], &link.url)),
        Content::Handoff(card) => match card.qr_media_id.as_ref().filter(|id| !id.is_empty()) {
            Some(picture) => Ok(Draft::File("image", picture.clone())),
            None => {
                let (title, line, url) = card_words(card)?;
                text(&lines(&[&title, &line], &url))
            }
        },
        Content::Other { msgtype, body } if msgtype == "channels_shop_product" => {
            share(body, "product_id").map(|id| Draft::Ready(ShopOutgoing::Product(id)))
        }
        Content::Other { msgtype, body } if msgtype == "channels_shop_order" => {
            share(body, "order_id").map(|id| Draft::Ready(ShopOutgoing::Order(id)))
        }
        _ => Err(Fault::permanent(
            "not_sendable",
            "微信小店客服不能发送这种消息，可改为文字、图片、视频、文件、商品或订单",
            "A shop cannot send this type of message; it takes text, pictures, films, files, \
             products and orders",
        )),
    }
}

fn named(msg_type: &'static str, file: &File) -> Result<Draft, Fault> {
    Ok(Draft::File(msg_type, stored(file)?))
}

/// A card as lines of text; the address stays whole.
fn lines(texts: &[&str], url: &str) -> String {
    let said = texts.iter().map(|text| text.trim());
    let said: Vec<&str> = said.filter(|text| !text.is_empty()).collect();
    let room = MAX_TEXT.saturating_sub(url.len() + 1);
    first(&[&format!("{}\n{url}", cut(&said.join("\n"), room))])
}

fn share(body: &Value, name: &str) -> Result<Share, Fault> {
    let digits = match &body[name] {
        Value::Number(number) => number.to_string(),
        Value::String(digits) => digits.clone(),
        _ => String::new(),
    };
    match digits.parse::<u64>() {
        Ok(_) => Ok(Share(digits)),
        Err(_) => Err(Fault::permanent(
            "bad_id",
            "商品或订单的编号不正确",
            "The id of the product or order is not valid",
        )),
    }
}

/// Uploads what is to be uploaded, and sends.
pub(super) async fn send(way: Way<'_>, draft: Draft) -> Result<(), Fault> {
    let attempts = way.parcel.attempts;
    let content = match draft {
        Draft::Ready(content) => content,
        Draft::File(msg_type, media_id) => upload(way, msg_type, &media_id).await?,
    };
    let message = ShopSend {
        request_id: way.parcel.id.to_string(),
        open_id: way.parcel.address.clone(),
        content,
    };
    let sent = way.platform.call(way.connection, Lane::Reply, &message);
    sent.await.map(drop).map_err(|miss| miss.fault(attempts))
}

async fn upload(
    way: Way<'_>,
    msg_type: &'static str,
    media_id: &str,
) -> Result<ShopOutgoing, Fault> {
    let file = way.files.read(media_id).await;
    let (bytes, file_name, content_type) = file.ok_or_else(file_gone)?;
    if bytes.len() > MAX_FILE {
        return Err(Fault::permanent(
            "file_too_large",
            "文件超过微信小店30MB的上限",
            "The file is larger than the 30 MB that a shop takes",
        ));
    }
    // What is no picture or film that the customer's client shows goes as a file.
    let msg_type = match (msg_type, content_type.as_str()) {
        ("image", "image/jpeg" | "image/png" | "image/gif") => "image",
        ("video", "video/mp4") => "video",
        _ => "file",
    };
    let upload = CosUpload {
        open_id: way.parcel.address.clone(),
        msg_type,
        file_name,
        content_type,
        bytes,
    };
    let uploaded = way.platform.upload_to_shop(way.connection, upload).await;
    // A second upload only makes a second file, so whatever happened may be tried again.
    let url = uploaded.map_err(|miss| miss.fault(way.parcel.attempts))?;
    Ok(match msg_type {
        "image" => ShopOutgoing::Image(url.cos_url),
        "video" => ShopOutgoing::Video(url.cos_url),
        _ => ShopOutgoing::File(url.cos_url),
    })
}
