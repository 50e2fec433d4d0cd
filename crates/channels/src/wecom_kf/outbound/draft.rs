//! What we say, into the platform's words; files are still ours and named for upload.

use kefu_domain::Content;
use kefu_domain::content::{self as ours, HandoffCard, Survey};
use kefu_domain::setup::Connection;
use kefu_wechat::client::UploadKind;
use kefu_wechat::kf::{
    MAX_TEXT, Menu, MenuClick, MenuItem, MenuMiniprogram, MenuText, MenuView, OutgoingLink,
    OutgoingLocation, OutgoingMiniprogram,
};
use kefu_wechat::limits::cut;

use crate::Fault;
use crate::platform::file_gone;

/// A message of the platform whose files are not uploaded yet.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Draft {
    /// Words.
    Text(String),
    /// A file of ours.
    File(UploadKind, String),
    /// A link, and a file of ours for its picture.
    Link(OutgoingLink, Option<String>),
    /// A mini-program card, and a file of ours for its picture.
    Miniprogram(OutgoingMiniprogram, Option<String>),
    /// A customer-acquisition link, which the platform shows as a card of its own.
    CaLink(String),
    /// A menu.
    Menu(Menu),
    /// A place.
    Location(OutgoingLocation),
}

/// How customer-acquisition links (获客链接) begin.
const CA_LINK: &str = "https://work.weixin.qq.com/ca/";
/// Bytes of the line that a tap says.
const TAP: usize = 128;
/// Bytes of the words above and below a menu.
const MENU_WORDS: usize = 1_024;
/// Bytes of a line of text in a menu, where a line break takes two.
const LINE: usize = 256;

/// Translates. One content is one message, because each costs one of the customer's five: what is
/// too long for one is refused, and splitting it is left to who can count them.
pub(super) fn draft(content: &Content) -> Result<Draft, Fault> {
    Ok(match content {
        Content::Text(text) => Draft::Text(words(&text.content)?),
        Content::Image(file) => Draft::File(UploadKind::Image, stored(file)?),
        Content::Voice(file) => Draft::File(UploadKind::Voice, stored(file)?),
        Content::Video(file) => Draft::File(UploadKind::Video, stored(file)?),
        Content::File(file) => Draft::File(UploadKind::File, stored(file)?),
        Content::Location(place) => Draft::Location(OutgoingLocation {
            name: place.name.clone(),
            address: place.address.clone(),
            latitude: place.latitude,
            longitude: place.longitude,
        }),
        Content::Link(link) if link.url.starts_with(CA_LINK) => Draft::CaLink(link.url.clone()),
        Content::Link(link) => Draft::Link(
            OutgoingLink {
                title: first(&[&link.title, &link.url]),
                desc: link.desc.clone(),
                url: link.url.clone(),
                thumb_media_id: String::new(),
            },
            link.thumb_media_id.clone(),
        ),
        Content::MiniProgram(card) => Draft::Miniprogram(
            OutgoingMiniprogram {
                appid: card.appid.clone(),
                title: card.title.clone(),
                thumb_media_id: String::new(),
                pagepath: card.pagepath.clone(),
            },
            card.thumb_media_id.clone(),
        ),
        Content::Menu(menu) => Draft::Menu(self::menu(menu)),
        Content::Survey(survey) => Draft::Menu(self::survey(survey)),
        Content::Handoff(card) => handoff(card)?,
        Content::Event(_) | Content::Other { .. } => {
            return Err(Fault::permanent(
                "not_sendable",
                "微信客服不能发送这种消息",
                "WeChat kf cannot send this type of message",
            ));
        }
    })
}

fn words(content: &str) -> Result<String, Fault> {
    if content.trim().is_empty() {
        return Err(Fault::permanent(
            "empty",
            "消息是空的",
            "The message is empty",
        ));
    }
    if content.len() > MAX_TEXT {
        return Err(Fault::permanent(
            "too_long",
            "超过微信客服单条2048字节（约680个汉字）的上限，请分成几条发送",
            "Longer than the 2,048 bytes of one WeChat kf message; send it in parts",
        ));
    }
    Ok(content.to_owned())
}

fn stored(file: &ours::File) -> Result<String, Fault> {
    if file.media_id.is_empty() {
        return Err(file_gone());
    }
    Ok(file.media_id.clone())
}

fn first(texts: &[&str]) -> String {
    texts
        .iter()
        .map(|text| text.trim())
        .find(|text| !text.is_empty())
        .unwrap_or_default()
        .to_owned()
}

/// A card takes one message: the code to press on, or else the link that leads to it, with the
/// name on it. Pressing on a picture of a code adds the person or joins the group in two touches; a
/// link is opened first.
fn handoff(card: &HandoffCard) -> Result<Draft, Fault> {
    if let Some(picture) = card.qr_media_id.as_ref().filter(|id| !id.is_empty()) {
        return Ok(Draft::File(UploadKind::Image, picture.clone()));
    }
    let first_link = card.links.first().map(|link| link.url.as_str());
    let Some(url) = card
        .url
        .as_deref()
        .filter(|url| !url.is_empty())
        .or(first_link)
    else {
        return Err(Fault::permanent(
            "card_empty",
            "名片没有二维码也没有链接，请管理员补上",
            "The card has neither a code nor a link; an administrator has to add one",
        ));
    };
    let title = match card.title.trim() {
        "" => card.name.clone(),
        title => format!("{} · {title}", card.name),
    };
    Ok(Draft::Link(
        OutgoingLink {
            title: first(&[&title, url]),
            desc: first(&[&card.line, &card.company]),
            url: url.to_owned(),
            thumb_media_id: String::new(),
        },
        card.avatar_media_id.clone(),
    ))
}

/// A handoff card as a card of the brand's own mini-program, where the connection has one: it says who
/// it is about, and what is opened is seen.
pub(super) fn card(content: &Content, connection: &Connection) -> Option<Draft> {
    let Content::Handoff(card) = content else {
        return None;
    };
    let (appid, page) = card_page(connection)?;
    let url = card.url.as_deref().filter(|url| !url.is_empty())?;
    let title = match card.title.trim() {
        "" => card.name.clone(),
        title => format!("{} · {title}", card.name),
    };
    let query: String = form_urlencoded::byte_serialize(url.as_bytes()).collect();
    Some(Draft::Miniprogram(
        OutgoingMiniprogram {
            appid: appid.to_owned(),
            title,
            thumb_media_id: String::new(),
            pagepath: format!("{page}?url={query}"),
        },
        card.avatar_media_id.clone(),
    ))
}

/// The mini-program in which cards open, and its page.
pub(in crate::wecom_kf) fn card_page(connection: &Connection) -> Option<(&str, &str)> {
    let appid = connection.card_appid.as_deref();
    let page = connection.card_page.as_deref();
    appid
        .zip(page)
        .filter(|(appid, page)| !appid.is_empty() && !page.is_empty())
}

fn menu(menu: &ours::Menu) -> Menu {
    let item = |item: &ours::MenuItem| match item {
        ours::MenuItem::Click { click } => vec![MenuItem::Click(MenuClick {
            id: Some(click.id.clone()).filter(|id| !id.is_empty()),
            content: cut(&click.content, TAP).to_owned(),
        })],
        ours::MenuItem::View { view } => vec![MenuItem::View(MenuView {
            url: view.url.clone(),
            content: view.content.clone(),
        })],
        ours::MenuItem::MiniProgram { miniprogram: card } => {
            vec![MenuItem::Miniprogram(MenuMiniprogram {
                appid: card.appid.clone(),
                pagepath: card.pagepath.clone(),
                content: card.content.clone(),
            })]
        }
        ours::MenuItem::Text { text } => lines(&text.content, i64::from(text.no_newline)),
    };
    let (head_content, mut list) = above(&menu.head_content);
    list.extend(menu.list.iter().flat_map(item));
    let (more, tail_content) = below(&menu.tail_content);
    list.extend(more);
    Menu {
        head_content,
        list,
        tail_content,
    }
}

/// Words above the items: as many as fit there, and the others as lines of the menu.
fn above(words: &str) -> (Option<String>, Vec<MenuItem>) {
    let head = cut(words, MENU_WORDS);
    (some(head), lines(&words[head.len()..], 0))
}

/// Words below the items, in the same way: the last ones stand there.
fn below(words: &str) -> (Vec<MenuItem>, Option<String>) {
    let at = words.ceil_char_boundary(words.len().saturating_sub(MENU_WORDS));
    (lines(&words[..at], 1), some(&words[at..]))
}

/// Words as lines of a menu that run on into each other; the last ends as told.
fn lines(words: &str, no_newline: i64) -> Vec<MenuItem> {
    let (mut lines, mut line): (Vec<String>, String) = Default::default();
    for character in words.chars() {
        let mut bytes = [0; 4];
        // A line break travels as two characters.
        let travels: &str = match character {
            '\n' => "\\n",
            other => other.encode_utf8(&mut bytes),
        };
        if line.len() + travels.len() > LINE {
            lines.push(std::mem::take(&mut line));
        }
        line.push_str(travels);
    }
    lines.extend(Some(line).filter(|line| !line.is_empty()));
    let last = lines.len().saturating_sub(1);
    let item = |(at, content)| {
        let no_newline = if at < last { 1 } else { no_newline };
        MenuItem::Text(MenuText {
            content,
            no_newline,
        })
    };
    lines.into_iter().enumerate().map(item).collect()
}

/// A tap answers with [`Survey::item`] in `menu_id`.
fn survey(survey: &Survey) -> Menu {
    let options = survey.options.iter().map(|option| {
        MenuItem::Click(MenuClick {
            id: Some(survey.item(option.score)),
            content: cut(&first(&[&option.label, &option.score.to_string()]), TAP).to_owned(),
        })
    });
    let (head_content, mut list) = above(&survey.question);
    list.extend(options);
    Menu {
        head_content,
        list,
        tail_content: None,
    }
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned()).filter(|text| !text.is_empty())
}
