//! What a message says, from the platform's words into ours. Written out by hand: the two may
//! change apart.

use kefu_domain::Content;
use kefu_domain::content as ours;
use kefu_wechat::kf::{self, Content as Theirs};
use serde_json::{Value, json};

/// Never fails: what has no words of ours is kept whole as [`Content::Other`].
pub(super) fn content(theirs: Theirs) -> Content {
    match theirs {
        Theirs::Text(text) => Content::Text(ours::Text {
            // NUL is no character that every store and every terminal takes.
            content: text.content.replace('\0', ""),
            menu_id: text.menu_id,
            quote: None,
        }),
        Theirs::Image(media) => Content::Image(file(media)),
        Theirs::Voice(media) => Content::Voice(file(media)),
        Theirs::Video(media) => Content::Video(file(media)),
        Theirs::File(media) => Content::File(file(media)),
        Theirs::Location(place) => Content::Location(ours::Location {
            latitude: place.latitude,
            longitude: place.longitude,
            name: place.name,
            address: place.address,
        }),
        Theirs::Link(link) => Content::Link(ours::Link {
            title: link.title,
            desc: link.desc,
            url: link.url,
            thumb_media_id: None,
            pic_url: Some(link.pic_url).filter(|url| !url.is_empty()),
        }),
        Theirs::Miniprogram(card) => Content::MiniProgram(ours::MiniProgram {
            title: card.title,
            appid: card.appid,
            pagepath: card.pagepath,
            thumb_media_id: None,
            upstream_media_id: Some(card.thumb_media_id).filter(|id| !id.is_empty()),
        }),
        Theirs::Msgmenu(menu) => Content::Menu(self::menu(menu)),
        Theirs::BusinessCard(card) => other("business_card", json!({ "userid": card.userid })),
        Theirs::ChannelsShopProduct(product) => other(
            "channels_shop_product",
            json!({
                "product_id": product.product_id,
                "head_img": product.head_img,
                "title": product.title,
                "sales_price": product.sales_price,
                "shop_nickname": product.shop_nickname,
                "shop_head_img": product.shop_head_img,
            }),
        ),
        Theirs::ChannelsShopOrder(order) => other(
            "channels_shop_order",
            json!({
                "order_id": order.order_id,
                "product_titles": order.product_titles,
                "price_wording": order.price_wording,
                "state": order.state,
                "image_url": order.image_url,
                "shop_nickname": order.shop_nickname,
            }),
        ),
        Theirs::Channels(post) => other(
            "channels",
            json!({ "sub_type": post.sub_type, "nickname": post.nickname, "title": post.title }),
        ),
        Theirs::MergedMsg(bundle) => {
            let items: Vec<Value> = bundle.items.into_iter().map(merged).collect();
            other(
                "merged_msg",
                json!({ "title": bundle.title, "item": items }),
            )
        }
        Theirs::Meeting => other("meeting", json!({})),
        Theirs::Schedule => other("schedule", json!({})),
        Theirs::Note => other("note", json!({})),
        Theirs::Event(event) => unsupported("event", json!({ "open_kfid": event.open_kfid })),
        Theirs::Unknown { msgtype, raw } => unsupported(&msgtype, value(raw.get())),
    }
}

/// Raw JSON as a value; as a text where a value would not hold all of it, because a member is
/// doubled or it nests too deep.
pub(super) fn value(raw: &str) -> Value {
    let parsed = serde_json::from_str::<Value>(raw).ok();
    let whole = parsed.filter(|value| value.to_string().len() == length_without_layout(raw));
    whole.unwrap_or_else(|| Value::String(raw.to_owned()))
}

/// Bytes of JSON but for blanks between its tokens. Text that could be written shorter counts as it
/// stands, so a value may differ from it without loss; it is then kept as it came.
fn length_without_layout(raw: &str) -> usize {
    let (mut inside, mut escaped, mut length) = (false, false, 0);
    for byte in raw.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if inside => escaped = true,
            b'"' => inside = !inside,
            b' ' | b'\t' | b'\r' | b'\n' if !inside => continue,
            _ => {}
        }
        length += 1;
    }
    length
}

/// Kept under one name of ours: the platform's may be one that we use for something else.
fn unsupported(msgtype: &str, raw: Value) -> Content {
    other("unsupported", json!({ "msgtype": msgtype, "raw": raw }))
}

fn other(msgtype: &str, body: Value) -> Content {
    Content::Other {
        msgtype: msgtype.to_owned(),
        body,
    }
}

fn file(media: kf::Media) -> ours::File {
    ours::File {
        upstream_media_id: Some(media.media_id),
        ..ours::File::default()
    }
}

/// A message of a bundle; its content is JSON in a text, opened here if it is any.
fn merged(item: kf::MergedItem) -> Value {
    json!({
        "send_time": item.send_time,
        "msgtype": item.msgtype,
        "sender_name": item.sender_name,
        "msg_content": value(&item.msg_content),
    })
}

fn menu(menu: kf::Menu) -> ours::Menu {
    let item = |item| match item {
        kf::MenuItem::Click(click) => ours::MenuItem::Click {
            click: ours::MenuClick {
                id: click.id.unwrap_or_default(),
                content: click.content,
            },
        },
        kf::MenuItem::View(view) => ours::MenuItem::View {
            view: ours::MenuView {
                url: view.url,
                content: view.content,
            },
        },
        kf::MenuItem::Miniprogram(card) => ours::MenuItem::MiniProgram {
            miniprogram: ours::MenuMiniProgram {
                appid: card.appid,
                pagepath: card.pagepath,
                content: card.content,
            },
        },
        kf::MenuItem::Text(text) => ours::MenuItem::Text {
            text: ours::MenuText {
                content: text.content,
                no_newline: u8::from(text.no_newline == 1),
            },
        },
    };
    ours::Menu {
        head_content: menu.head_content.unwrap_or_default(),
        list: menu.list.into_iter().map(item).collect(),
        tail_content: menu.tail_content.unwrap_or_default(),
    }
}
