//! What a client or agent may say.

use super::{Content, MenuItem, TEXT_CHARS, shop};

/// Why a content is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadContent {
    /// The object named by `msgtype` is missing or of the wrong shape.
    #[error("`{0}` is missing or of the wrong shape")]
    Shape(String),
    /// A client may not send this type.
    #[error("`{0}` cannot be sent")]
    Type(String),
    /// Empty text.
    #[error("the text is empty")]
    Empty,
    /// NUL cannot be stored everywhere.
    #[error("the text contains NUL")]
    Nul,
    /// Over [`TEXT_CHARS`].
    #[error("the text is longer than 4096 characters")]
    TooLong,
    /// A number outside its range, a string that is too long or contains NUL, or a link that is not
    /// http(s).
    #[error("`{0}` is out of range")]
    Range(&'static str),
}

/// Longest address of a page, in bytes.
const URL: usize = 2048;
/// Longest headline, in bytes.
pub(super) const TITLE: usize = 512;
/// Longest id that is not ours, in bytes.
const ID: usize = 128;

impl Content {
    /// Checks what a customer wants to say through a door of ours: what [`Self::check_outgoing`]
    /// asks, and no menu, which is for tapping, nor a card of a shop, which is not here.
    ///
    /// # Errors
    /// The first rule that is broken.
    pub fn check_incoming(&self) -> Result<(), BadContent> {
        match self {
            Self::Menu(_) | Self::Other { .. } => Err(BadContent::Type(self.msgtype().to_owned())),
            other => other.check_outgoing(),
        }
    }

    /// Checks what an agent wants to say: known type, limits, no NUL. Every string is bounded.
    ///
    /// # Errors
    /// The first rule that is broken.
    pub fn check_outgoing(&self) -> Result<(), BadContent> {
        match self {
            Self::Text(text) => {
                check_text(&text.content)?;
                fits(&[(text.menu_id.as_deref(), ID)], "menu_id")
            }
            Self::Image(file) | Self::Voice(file) | Self::Video(file) | Self::File(file) => {
                if file.media_id.is_empty() || file.upstream_media_id.is_some() {
                    return Err(BadContent::Shape("media_id".to_owned()));
                }
                fits(&[(Some(&file.media_id), ID)], "media_id")
            }
            Self::Location(place) => {
                if place.latitude.abs() > 90.0 || place.longitude.abs() > 180.0 {
                    return Err(BadContent::Range("location"));
                }
                fits(
                    &[(Some(&place.name), 512), (Some(&place.address), 1024)],
                    "location",
                )
            }
            Self::Link(link) => {
                if !is_web(&link.url) {
                    return Err(BadContent::Range("link"));
                }
                let strings = [
                    (Some(link.url.as_str()), URL),
                    (Some(&link.title), TITLE),
                    (Some(&link.desc), 2048),
                    (link.thumb_media_id.as_deref(), ID),
                    (link.pic_url.as_deref(), URL),
                ];
                fits(&strings, "link")
            }
            Self::MiniProgram(card) => {
                if card.appid.is_empty() {
                    return Err(BadContent::Range("miniprogram"));
                }
                if card.upstream_media_id.is_some() {
                    return Err(BadContent::Shape("miniprogram".to_owned()));
                }
                let strings = [
                    (Some(card.appid.as_str()), 32),
                    (Some(&card.title), TITLE),
                    (Some(&card.pagepath), 1024),
                    (card.thumb_media_id.as_deref(), ID),
                ];
                fits(&strings, "miniprogram")
            }
            Self::Menu(menu) => {
                let words = [
                    (Some(menu.head_content.as_str()), 1024),
                    (Some(&menu.tail_content), 1024),
                ];
                let good = menu.list.len() <= 50 && menu.list.iter().all(good_item);
                fits(&words, "msgmenu").and(good.then_some(()).ok_or(BadContent::Range("msgmenu")))
            }
            Self::Other { msgtype, body } => shop::check(msgtype, body),
            other => Err(BadContent::Type(other.msgtype().to_owned())),
        }
    }
}

fn good_item(item: &MenuItem) -> bool {
    let strings: &[(Option<&str>, usize)] = match item {
        MenuItem::Click { click } => &[(Some(&click.id), ID), (Some(&click.content), 1024)],
        MenuItem::View { view } if !is_web(&view.url) => return false,
        MenuItem::View { view } => &[(Some(&view.url), URL), (Some(&view.content), 1024)],
        MenuItem::MiniProgram { miniprogram: card } => &[
            (Some(&card.appid), 32),
            (Some(&card.pagepath), 1024),
            (Some(&card.content), 1024),
        ],
        MenuItem::Text { text } => &[(Some(&text.content), 1024)],
    };
    fits(strings, "msgmenu").is_ok()
}

fn is_web(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}

/// Each string is as short as it must be, in bytes, and can be stored everywhere.
fn fits(strings: &[(Option<&str>, usize)], what: &'static str) -> Result<(), BadContent> {
    let mut strings = strings
        .iter()
        .filter_map(|(string, most)| Some(((*string)?, *most)));
    if strings.all(|(string, most)| string.len() <= most && !string.contains('\0')) {
        Ok(())
    } else {
        Err(BadContent::Range(what))
    }
}

fn check_text(words: &str) -> Result<(), BadContent> {
    if words.trim().is_empty() {
        return Err(BadContent::Empty);
    }
    if words.contains('\0') {
        return Err(BadContent::Nul);
    }
    // Bytes first: counting characters is only needed near the limit.
    if words.len() > TEXT_CHARS && words.chars().count() > TEXT_CHARS {
        return Err(BadContent::TooLong);
    }
    Ok(())
}
