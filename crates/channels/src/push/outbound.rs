//! What goes out by `message/custom/send`: one content is one message, because each takes one of
//! the few that the customer's last act grants.
//!
//! The platform gives a message no id and takes none of ours. So a try whose answer was lost is
//! never repeated by itself: it is `Unknown`, and a person decides.

use kefu_domain::Content;
use kefu_domain::content::{self as ours, HandoffCard, MenuItem, Survey};
use kefu_domain::setup::Connection;
use kefu_wechat::client::UploadKind;
use kefu_wechat::limits::cut;
use kefu_wechat::mp::{
    CustomSend, MAX_TEXT, Menu, MenuItem as Item, Outgoing, OutgoingArticle, OutgoingLink,
    OutgoingPage, OutgoingVideo,
};

use crate::platform::{Lane, Miss, Platform, Sent, Uploads, file_gone};
use crate::{Class, Fault, Files, Parcel};

/// A message of the platform whose files are not uploaded yet.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Draft {
    /// Whole.
    Ready(Outgoing),
    /// A picture or voice message of ours.
    File(UploadKind, String),
    /// A film of ours, and what it is called.
    Film(String, String),
    /// A card, and a file of ours for its picture.
    Page(OutgoingPage, Option<String>),
}

/// Bytes of an item's words.
const TAP: usize = 256;
/// Bytes of an item's id.
const ID: usize = 128;

/// Translates. `official`: an official account, which has more types; a mini-program has its link.
pub(crate) fn draft(content: &Content, official: bool) -> Result<Draft, Fault> {
    Ok(match content {
        Content::Text(text) => Draft::Ready(Outgoing::Text(words(&text.content)?)),
        Content::Image(file) => Draft::File(UploadKind::Image, stored(file)?),
        Content::Voice(file) if official => Draft::File(UploadKind::Voice, stored(file)?),
        Content::Video(file) if official => {
            Draft::Film(stored(file)?, file.name.clone().unwrap_or_default())
        }
        Content::Link(link) => Draft::Ready(self::link(
            &[&link.title, &link.url],
            &link.desc,
            &link.url,
            link.pic_url.as_deref(),
            official,
        )),
        Content::MiniProgram(card) => Draft::Page(
            OutgoingPage {
                title: first(&[&card.title, "小程序"]),
                // A mini-program sends its own pages and names none.
                appid: card.appid.clone().repeat(usize::from(official)),
                pagepath: card.pagepath.clone(),
                thumb_media_id: String::new(),
            },
            card.thumb_media_id.clone(),
        ),
        Content::Menu(menu) if official => Draft::Ready(self::menu(menu)?),
        Content::Survey(survey) if official => Draft::Ready(self::survey(survey)),
        Content::Handoff(card) => handoff(card, official)?,
        _ => return Err(not_sendable(official)),
    })
}

fn not_sendable(official: bool) -> Fault {
    match official {
        true => Fault::permanent(
            "not_sendable",
            "公众号不能发送这种消息，可改为文字、图片、语音、视频、链接或小程序卡片",
            "An official account cannot send this type of message; it takes text, pictures, voice, \
             films, links and mini-program cards",
        ),
        false => Fault::permanent(
            "not_sendable",
            "小程序客服不能发送这种消息，可改为文字、图片、链接或小程序卡片",
            "A mini-program cannot send this type of message; it takes text, pictures, links and \
             mini-program cards",
        ),
    }
}

/// Words as one message; whoever splits them counts the parts.
pub(crate) fn words(content: &str) -> Result<String, Fault> {
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
            "超过单条2048字节（约680个汉字）的上限，请分成几条发送",
            "Longer than the 2,048 bytes of one message; send it in parts",
        ));
    }
    // Control characters travel as escapes, which the platform does not read.
    Ok(content.replace(
        |c: char| c.is_control() && c != '\n' && c != '\t' && c != '\r',
        "",
    ))
}

/// A file that is with us.
pub(crate) fn stored(file: &ours::File) -> Result<String, Fault> {
    match file.media_id.is_empty() {
        true => Err(file_gone()),
        false => Ok(file.media_id.clone()),
    }
}

/// The first of these that says something.
pub(crate) fn first(texts: &[&str]) -> String {
    let said = texts.iter().map(|text| text.trim());
    said.into_iter()
        .find(|text| !text.is_empty())
        .unwrap_or_default()
        .to_owned()
}

fn link(titles: &[&str], desc: &str, url: &str, picture: Option<&str>, official: bool) -> Outgoing {
    let (title, url) = (first(titles), url.to_owned());
    let picture = picture.filter(|url| url.starts_with("https://") || url.starts_with("http://"));
    let picture = picture.unwrap_or_default().to_owned();
    match official {
        true => Outgoing::News(OutgoingArticle {
            title,
            description: desc.to_owned(),
            url,
            picurl: picture,
        }),
        false => Outgoing::Link(OutgoingLink {
            // The platform refuses a card without a second line.
            description: first(&[desc, &title]),
            title,
            url,
            thumb_url: picture,
        }),
    }
}

/// The code to press on, or else the link that leads to it, with the name on it.
fn handoff(card: &HandoffCard, official: bool) -> Result<Draft, Fault> {
    if let Some(picture) = card.qr_media_id.as_ref().filter(|id| !id.is_empty()) {
        return Ok(Draft::File(UploadKind::Image, picture.clone()));
    }
    let (title, line, url) = card_words(card)?;
    Ok(Draft::Ready(link(
        &[&title, &url],
        &line,
        &url,
        None,
        official,
    )))
}

/// Title, second line and address of a card that has no code.
pub(crate) fn card_words(card: &HandoffCard) -> Result<(String, String, String), Fault> {
    let first_link = card.links.first().map(|link| link.url.as_str());
    let given = card.url.as_deref().filter(|url| !url.is_empty());
    let Some(url) = given.or(first_link) else {
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
    let line = first(&[&card.line, &card.company]);
    Ok((title, line, url.to_owned()))
}

/// Items that say something when tapped; the others become lines below them, with their links.
fn menu(menu: &ours::Menu) -> Result<Outgoing, Fault> {
    let mut below = Vec::new();
    let mut list = Vec::new();
    for item in &menu.list {
        match item {
            MenuItem::Click { click } => list.push(Item {
                id: cut(&first(&[&click.id, &click.content]), ID).to_owned(),
                content: cut(&click.content, TAP).to_owned(),
            }),
            MenuItem::View { view } => below.push(format!(
                "<a href=\"{}\">{}</a>",
                attribute(&view.url),
                inner(&view.content)
            )),
            MenuItem::MiniProgram { miniprogram: card } => below.push(format!(
                "<a data-miniprogram-appid=\"{}\" data-miniprogram-path=\"{}\">{}</a>",
                attribute(&card.appid),
                attribute(&card.pagepath),
                inner(&card.content)
            )),
            MenuItem::Text { text } => below.push(text.content.clone()),
        }
    }
    let tail = menu.tail_content.clone();
    below.extend(Some(tail).filter(|tail| !tail.is_empty()));
    let below = below.join("\n");
    if list.is_empty() {
        // Nothing to tap: words with links are a text.
        let all = [menu.head_content.as_str(), &below].join("\n");
        return words(all.trim()).map(Outgoing::Text);
    }
    // The links below stay whole.
    let room = MAX_TEXT.saturating_sub(below.len());
    Ok(Outgoing::Menu(Menu {
        head_content: cut(&menu.head_content, room).to_owned(),
        list,
        tail_content: below,
    }))
}

/// Words inside quotes of a link.
fn attribute(text: &str) -> String {
    text.replace('"', "%22").replace('<', "%3C")
}

/// Words between a link's tags.
fn inner(text: &str) -> String {
    text.replace('<', "＜").replace('>', "＞")
}

/// A tap answers with [`Survey::item`] in `menu_id`.
fn survey(survey: &Survey) -> Outgoing {
    let options = survey.options.iter().map(|option| Item {
        id: survey.item(option.score),
        content: cut(&first(&[&option.label, &option.score.to_string()]), TAP).to_owned(),
    });
    Outgoing::Menu(Menu {
        head_content: cut(&survey.question, MAX_TEXT).to_owned(),
        list: options.collect(),
        tail_content: String::new(),
    })
}

/// One parcel on its way.
#[derive(Clone, Copy)]
pub(crate) struct Way<'a> {
    pub(crate) platform: &'a Platform,
    pub(crate) connection: &'a Connection,
    pub(crate) parcel: &'a Parcel,
    pub(crate) files: &'a dyn Files,
}

/// Sends by `message/custom/send`.
#[derive(Default)]
pub(crate) struct Sender {
    uploads: Uploads,
}

/// The media id is wrong or has lapsed.
const NO_SUCH_MEDIA: [i64; 2] = [40007, 40004];

impl Sender {
    /// Sends a draft; `takes` says as what a file can go.
    pub(crate) async fn send(
        &self,
        way: Way<'_>,
        draft: Draft,
        takes: crate::platform::Fitting,
    ) -> Result<(), Fault> {
        if way.parcel.doubtful {
            // The process died over an earlier try.
            return Err(unconfirmed());
        }
        let mut renewed = false;
        loop {
            let uploaded = self.upload(way, draft.clone(), takes).await;
            let (content, files) = uploaded.map_err(Fault::before_it)?;
            let message = CustomSend {
                touser: way.parcel.address.clone(),
                content,
            };
            let sent = way.platform.call(way.connection, Lane::Reply, &message);
            let miss = match sent.await {
                Ok(_) => return Ok(()),
                Err(miss) => miss,
            };
            let lapsed = miss
                .code()
                .is_some_and(|code| NO_SUCH_MEDIA.contains(&code));
            let mut remembered = files.iter().filter(|file| file.remembered).peekable();
            if !lapsed || renewed || remembered.peek().is_none() {
                return Err(judge(way.parcel, miss));
            }
            // The platform threw a file away early; it is uploaded again, once.
            renewed = true;
            remembered.for_each(|file| self.uploads.forget(way.connection.id, &file.id));
        }
    }

    /// The platform's form of a draft, and its files there.
    async fn upload(
        &self,
        way: Way<'_>,
        draft: Draft,
        takes: crate::platform::Fitting,
    ) -> Result<(Outgoing, Vec<Sent>), Fault> {
        let Way {
            platform,
            connection,
            files,
            ..
        } = way;
        let uploads = &self.uploads;
        let (mut content, sent) = match draft {
            Draft::Ready(content) => (content, Vec::new()),
            Draft::File(wanted, media_id) => {
                let sent = uploads.media(platform, connection, files, &media_id, wanted, takes);
                let sent = sent.await?;
                let id = sent.id.clone();
                let content = match sent.kind {
                    UploadKind::Voice => Outgoing::Voice(id),
                    _ => Outgoing::Image(id),
                };
                (content, vec![sent])
            }
            Draft::Film(media_id, title) => {
                let film = UploadKind::Video;
                let sent = uploads.media(platform, connection, files, &media_id, film, takes);
                let sent = sent.await?;
                let still = uploads.still(platform, connection, files, &media_id);
                let still = still.await?;
                let film = OutgoingVideo {
                    media_id: sent.id.clone(),
                    thumb_media_id: still.id.clone(),
                    title,
                    description: String::new(),
                };
                (Outgoing::Video(film), vec![sent, still])
            }
            Draft::Page(mut page, picture) => {
                let sent = uploads.thumb(platform, connection, files, picture.as_deref(), takes);
                let sent = sent.await?;
                page.thumb_media_id.clone_from(&sent.id);
                (Outgoing::Page(page), vec![sent])
            }
        };
        content.cut_to_fit();
        Ok((content, sent))
    }
}

/// What a try without success means.
fn judge(parcel: &Parcel, miss: Miss) -> Fault {
    match miss.certainly_not_done() {
        true => miss.fault(parcel.attempts),
        false => unconfirmed(),
    }
}

fn unconfirmed() -> Fault {
    Fault {
        class: Class::Unknown,
        ..Fault::permanent(
            "unconfirmed",
            "平台没有确认，消息可能已经送达；不会自动重发，请确认后再决定",
            "The platform did not confirm it; it may have arrived, and is not sent again by itself",
        )
    }
}

#[cfg(test)]
#[path = "outbound_tests.rs"]
mod tests;
