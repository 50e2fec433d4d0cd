//! What a client or agent may say.

use super::{Content, TEXT_CHARS};

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
    /// A number outside its range, or a link that is not http(s).
    #[error("`{0}` is out of range")]
    Range(&'static str),
}

impl Content {
    /// Checks what a client or agent wants to say: known type, limits, no NUL.
    ///
    /// # Errors
    /// The first rule that is broken.
    pub fn check_outgoing(&self) -> Result<(), BadContent> {
        match self {
            Self::Text(text) => check_text(&text.content),
            Self::Image(file) | Self::Voice(file) | Self::Video(file) | Self::File(file) => {
                if file.media_id.is_empty() || file.upstream_media_id.is_some() {
                    return Err(BadContent::Shape("media_id".to_owned()));
                }
                Ok(())
            }
            Self::Location(place) => {
                let inside = place.latitude.abs() <= 90.0 && place.longitude.abs() <= 180.0;
                let short = place.name.len() <= 512 && place.address.len() <= 1024;
                if inside && short {
                    Ok(())
                } else {
                    Err(BadContent::Range("location"))
                }
            }
            Self::Link(link) => {
                let web = link.url.starts_with("https://") || link.url.starts_with("http://");
                let short =
                    link.url.len() <= 2048 && link.title.len() <= 512 && link.desc.len() <= 2048;
                if web && short {
                    Ok(())
                } else {
                    Err(BadContent::Range("link"))
                }
            }
            Self::MiniProgram(card) => {
                let good =
                    !card.appid.is_empty() && card.appid.len() <= 32 && card.pagepath.len() <= 1024;
                if good {
                    Ok(())
                } else {
                    Err(BadContent::Range("miniprogram"))
                }
            }
            Self::Menu(menu) => {
                let good = menu.list.len() <= 50
                    && menu.head_content.len() <= 1024
                    && menu.tail_content.len() <= 1024;
                if good {
                    Ok(())
                } else {
                    Err(BadContent::Range("msgmenu"))
                }
            }
            other => Err(BadContent::Type(other.msgtype().to_owned())),
        }
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
