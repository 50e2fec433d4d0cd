//! Files of ours become files of the platform: uploaded when they are sent, remembered for as long
//! as the platform keeps them.

use std::collections::{HashMap, VecDeque};

use bytes::Bytes;
use kefu_domain::{ConnectionId, setup::Connection};
use kefu_wechat::client::{Upload, UploadKind};
use parking_lot::Mutex;
use tokio::time::Instant;

use super::Platform;
use super::limits::{UPLOAD_LIVES, UPLOADS};
use crate::{Fault, Files, Form};

/// The picture of a card that brings none.
const PLAIN: &[u8] = include_bytes!("card.png");
/// The still of a film that shows none.
const FILM: &[u8] = include_bytes!("film.jpg");

const JPEG: &str = "image/jpeg";

/// Which file, and as what it was wanted. No id of ours: [`PLAIN`] or [`FILM`].
type Key = (ConnectionId, Option<String>, UploadKind);

/// As what a platform takes a file that is wanted as one thing, by its type and size.
pub(crate) type Fitting = fn(UploadKind, &str, usize) -> Result<UploadKind, Fault>;

/// The file is not with us, so it cannot be sent.
pub(crate) fn file_gone() -> Fault {
    Fault::permanent("file_gone", "文件已不存在", "The file is no longer there")
}

/// An uploaded file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sent {
    /// What it went as.
    pub(crate) kind: UploadKind,
    /// What the platform calls it.
    pub(crate) id: String,
    /// It was there from an earlier message, and may be gone by now.
    pub(crate) remembered: bool,
}

#[derive(Default)]
pub(crate) struct Uploads(Mutex<Remembered>);

#[derive(Default)]
struct Remembered {
    files: HashMap<Key, (UploadKind, String, Instant)>,
    /// In the order of upload; the oldest goes first.
    order: VecDeque<(Key, Instant)>,
}

impl Uploads {
    /// Uploads a file of ours, or finds it uploaded. A picture, voice or film that the platform
    /// does not take as such goes as a file, which it opens as well.
    pub(crate) async fn media(
        &self,
        platform: &Platform,
        connection: &Connection,
        files: &dyn Files,
        media_id: &str,
        wanted: UploadKind,
        fitting: Fitting,
    ) -> Result<Sent, Fault> {
        let key = (connection.id, Some(media_id.to_owned()), wanted);
        if let Some(sent) = self.find(&key) {
            return Ok(sent);
        }
        let (mut bytes, mut name, mut mime) = files.read(media_id).await.ok_or_else(file_gone)?;
        let form = match wanted {
            UploadKind::Image => Some(Form::Picture {
                max_bytes: wanted.max_bytes(),
            }),
            UploadKind::Voice => Some(Form::Amr),
            UploadKind::Video | UploadKind::File | UploadKind::Thumb => None,
        };
        // What does not fit as it is may fit in another form; else it goes as a file.
        if let Some(form) = form
            && fitting(wanted, &mime, bytes.len()) != Ok(wanted)
            && let Some(other) = files.read_as(media_id, form).await
        {
            (bytes, name, mime) = other;
        }
        let kind = fitting(wanted, &mime, bytes.len())?;
        self.put(platform, connection, key, kind, (bytes, name, mime))
            .await
    }

    /// Uploads the picture of a card: the one given, in another form if need be, or a plain one where
    /// it is none that the platform takes.
    pub(crate) async fn thumb(
        &self,
        platform: &Platform,
        connection: &Connection,
        files: &dyn Files,
        media_id: Option<&str>,
        fitting: Fitting,
    ) -> Result<Sent, Fault> {
        let wanted = UploadKind::Image;
        if let Some(media_id) = media_id.filter(|id| !id.is_empty()) {
            let key = (connection.id, Some(media_id.to_owned()), wanted);
            if let Some(sent) = self.find(&key) {
                return Ok(sent);
            }
            let fits = |file: &(Bytes, String, String)| {
                fitting(wanted, &file.2, file.0.len()) == Ok(wanted)
            };
            let max_bytes = wanted.max_bytes();
            let file = match files.read(media_id).await {
                Some(file) if !fits(&file) => {
                    files.read_as(media_id, Form::Picture { max_bytes }).await
                }
                file => file,
            };
            if let Some(file) = file.filter(fits) {
                return self.put(platform, connection, key, wanted, file).await;
            }
        }
        let key = (connection.id, None, wanted);
        if let Some(sent) = self.find(&key) {
            return Ok(sent);
        }
        let plain = (
            Bytes::from_static(PLAIN),
            "card.png".to_owned(),
            "image/png".to_owned(),
        );
        self.put(platform, connection, key, wanted, plain).await
    }

    /// Uploads what stands for a film until it plays: its first picture, or a neutral one where that
    /// cannot be had.
    pub(crate) async fn still(
        &self,
        platform: &Platform,
        connection: &Connection,
        files: &dyn Files,
        film: &str,
    ) -> Result<Sent, Fault> {
        let wanted = UploadKind::Thumb;
        let max_bytes = wanted.max_bytes();
        let mut key = (connection.id, Some(film.to_owned()), wanted);
        if let Some(sent) = self.find(&key) {
            return Ok(sent);
        }
        let made = files.read_as(film, Form::Still { max_bytes }).await;
        let still = made.filter(|(bytes, _, mime)| mime == JPEG && bytes.len() <= max_bytes);
        let neutral = || {
            (
                Bytes::from_static(FILM),
                "film.jpg".to_owned(),
                JPEG.to_owned(),
            )
        };
        if still.is_none() {
            key.1 = None;
            if let Some(sent) = self.find(&key) {
                return Ok(sent);
            }
        }
        let still = still.unwrap_or_else(neutral);
        self.put(platform, connection, key, wanted, still).await
    }

    /// The platform no longer knows this file.
    pub(crate) fn forget(&self, connection: ConnectionId, id: &str) {
        self.0
            .lock()
            .files
            .retain(|key, (_, known, _)| key.0 != connection || known != id);
    }

    fn find(&self, key: &Key) -> Option<Sent> {
        let remembered = self.0.lock();
        let (kind, id, at) = remembered.files.get(key)?;
        (at.elapsed() < UPLOAD_LIVES).then(|| Sent {
            kind: *kind,
            id: id.clone(),
            remembered: true,
        })
    }

    async fn put(
        &self,
        platform: &Platform,
        connection: &Connection,
        key: Key,
        kind: UploadKind,
        (bytes, file_name, content_type): (Bytes, String, String),
    ) -> Result<Sent, Fault> {
        let upload = Upload {
            kind,
            file_name,
            content_type,
            bytes,
        };
        // An upload that may have happened only leaves a second file; the message was not sent.
        let uploaded = platform.upload(connection, upload).await;
        let id = uploaded.map_err(|miss| miss.fault(0))?.media_id;
        self.0.lock().keep(key, (kind, id.clone(), Instant::now()));
        Ok(Sent {
            kind,
            id,
            remembered: false,
        })
    }
}

impl Remembered {
    fn keep(&mut self, key: Key, file: (UploadKind, String, Instant)) {
        while self.order.len() >= UPLOADS {
            let Some((old, at)) = self.order.pop_front() else {
                break;
            };
            // It may have been uploaded again since.
            if self.files.get(&old).is_some_and(|file| file.2 == at) {
                self.files.remove(&old);
            }
        }
        self.order.push_back((key.clone(), file.2));
        self.files.insert(key, file);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_uploads_are_forgotten_first() {
        let mut remembered = Remembered::default();
        let key = |n: usize| (ConnectionId(1), Some(n.to_string()), UploadKind::File);
        for n in 0..=UPLOADS {
            remembered.keep(key(n), (UploadKind::File, n.to_string(), Instant::now()));
        }
        assert_eq!(remembered.files.len(), UPLOADS);
        assert!(!remembered.files.contains_key(&key(0)));
        assert!(remembered.files.contains_key(&key(UPLOADS)));
    }
}
