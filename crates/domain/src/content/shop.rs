//! Cards of a shop that go out by a number: the shop itself makes what the customer sees.

use serde_json::{Map, Value};

use super::{BadContent, Content, check::TITLE};

/// Each with the member that holds its number, and the one for what it is called.
const CARDS: [(&str, &str, &str); 2] = [
    ("channels_shop_product", "product_id", "title"),
    ("channels_shop_order", "order_id", "product_titles"),
];

impl Content {
    /// Is it a product or an order of a shop?
    #[must_use]
    pub fn is_shop_card(&self) -> bool {
        let msgtype = self.msgtype();
        CARDS.iter().any(|card| card.0 == msgtype)
    }
}

/// A number in digits, and perhaps what colleagues read beside it; nothing else.
pub(super) fn check(msgtype: &str, body: &Value) -> Result<(), BadContent> {
    let card = CARDS.iter().find(|card| card.0 == msgtype);
    let Some((_, number, title)) = card else {
        return Err(BadContent::Type(msgtype.to_owned()));
    };
    let wrong = || BadContent::Shape(msgtype.to_owned());
    let fields = body.as_object().ok_or_else(wrong)?;
    let known = |name: &String| name == number || name == title;
    let word = |name: &str| words(fields, name).map_err(|()| wrong());
    if !fields.keys().all(known) {
        return Err(wrong());
    }
    let digits = word(number)?.ok_or_else(wrong)?;
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    let counts = digits.parse().is_ok_and(|number: u64| number > 0);
    if !plain || !counts {
        return Err(BadContent::Range(number));
    }
    match word(title)? {
        Some(said) if said.len() > TITLE || said.contains('\0') => Err(BadContent::Range(title)),
        _ => Ok(()),
    }
}

/// A text, if there is one.
fn words<'a>(fields: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>, ()> {
    match fields.get(name) {
        None => Ok(None),
        Some(value) => value.as_str().map(Some).ok_or(()),
    }
}
