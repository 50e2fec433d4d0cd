//! Upload: files that customers and agents send.

use async_trait::async_trait;
use bytes::Bytes;
use kefu_channels::{Files, Form};
use kefu_domain::{BrandId, ConversationId, MediaId, UnixMs, content::File};
use kefu_media::{FILE_BYTES, Job, Kept};
use kefu_store::MediaRow;

use crate::{Error, Reception, Result};

/// A file as a door received it.
#[derive(Debug, Clone)]
pub struct Upload {
    /// The tenant.
    pub brand: BrandId,
    /// The thread it may be seen in; `None`: everyone of the brand.
    pub conversation: Option<ConversationId>,
    /// As the sender named it.
    pub name: String,
    /// The bytes.
    pub bytes: Bytes,
    /// It stays; what a visitor uploads stays only if a message names it within a day.
    pub named: bool,
}

/// Files that nothing names stay for so long.
const UNNAMED_MS: UnixMs = 86_400_000;
/// Files removed in one go; uploads wait meanwhile.
const REMOVED: u32 = 64;

impl Reception {
    /// Keeps a file. Its type is what its bytes say; a picture loses what it tells beside its pixels.
    ///
    /// # Errors
    /// [`Error::TooLarge`] also for a picture of too many pixels, [`Error::Bad`] for an empty one,
    /// [`Error::NoSpace`].
    pub async fn upload(&self, upload: Upload) -> Result<MediaRow> {
        if upload.bytes.is_empty() {
            return Err(Error::Bad("media: empty".to_owned()));
        }
        if upload.bytes.len() > FILE_BYTES {
            let most = FILE_BYTES >> 20;
            return Err(Error::TooLarge(format!("media: more than {most} MiB")));
        }
        let bytes = kefu_media::strip(upload.bytes);
        let sniffed = kefu_media::sniff(&bytes);
        if sniffed.too_many_pixels() {
            let most = kefu_media::PIXELS / 1_000_000;
            return Err(Error::TooLarge(format!(
                "media: more than {most} million pixels"
            )));
        }
        let size = bytes.len() as u64;
        // Between its bytes and its row, nobody takes the file for one that nobody has.
        let _here = self.files.read().await;
        let hash = self.media.put(bytes).await?;
        let row = MediaRow {
            id: MediaId(self.ids.mint()),
            brand: upload.brand,
            conversation: upload.conversation,
            hash,
            name: clean_name(&upload.name),
            mime: sniffed.mime.to_owned(),
            size,
            width: sniffed.size.map(|(width, _)| width),
            height: sniffed.size.map(|(_, height)| height),
            created_at: self.now(),
            named: upload.named,
        };
        self.store.put_media(row.clone()).await?;
        Ok(row)
    }

    /// A voice in the form that browsers play, as a file of its own; the same file if it is played
    /// already, or nobody here can change it.
    pub(crate) async fn playable(&self, row: MediaRow) -> Result<MediaRow> {
        if row.mime != "audio/amr" {
            return Ok(row);
        }
        let Some((_, bytes)) = self.media.derive(&row.hash, Job::Playable).await? else {
            tracing::info!(media.id = %row.id, "a voice stays as it came, and is offered as a file");
            return Ok(row);
        };
        let upload = Upload {
            brand: row.brand,
            conversation: row.conversation,
            name: renamed(&row.name, "mp3"),
            bytes,
            named: row.named,
        };
        self.upload(upload).await
    }

    /// A file with its bytes; `within`: only if it may be seen in this thread. That is what was
    /// uploaded for it, what something that was said to its customer shows, and faces: of the brand,
    /// its agents and its accounts.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn file_bytes(
        &self,
        brand: BrandId,
        id: MediaId,
        within: Option<ConversationId>,
    ) -> Result<(MediaRow, Bytes)> {
        let row = self.seen_within(brand, id, within).await?;
        let bytes = self.media.get(&row.hash).await?.ok_or(Error::NotFound)?;
        Ok((row, bytes))
    }

    /// The same, to be read in pieces.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn file_in_pieces(
        &self,
        brand: BrandId,
        id: MediaId,
        within: Option<ConversationId>,
    ) -> Result<(MediaRow, Kept)> {
        let row = self.seen_within(brand, id, within).await?;
        let kept = self.media.kept(&row.hash).await?.ok_or(Error::NotFound)?;
        Ok((row, kept))
    }

    async fn seen_within(
        &self,
        brand: BrandId,
        id: MediaId,
        within: Option<ConversationId>,
    ) -> Result<MediaRow> {
        let row = self.store.media(brand, id).await?;
        if let Some(thread) = within
            && row.conversation != within
        {
            let name = id.to_string();
            let shown = self.directory.brand(brand)?.is_a_face(&name)
                || self.store.shows_file(brand, thread, name).await?;
            if !shown {
                return Err(Error::NotFound);
            }
        }
        Ok(row)
    }

    /// What we know of a file that someone wants to send.
    pub(crate) async fn known_file(
        &self,
        brand: BrandId,
        media_id: &str,
        within: Option<ConversationId>,
    ) -> Result<File> {
        let id: MediaId = media_id.parse().map_err(|_| Error::NotFound)?;
        let row = self.store.media(brand, id).await?;
        if within.is_some() && row.conversation != within {
            return Err(Error::NotFound);
        }
        if !row.named {
            self.store.name_media(brand, id).await?;
        }
        Ok(file_of(&row))
    }

    /// Removes files that were uploaded more than a day before `now` and that no message names, and
    /// their bytes where no other file has the same; answers how many.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn forget_files(&self, now: UnixMs) -> Result<usize> {
        let mut count = 0;
        loop {
            let _alone = self.files.write().await;
            let rows = self.store.forget_media(now - UNNAMED_MS, REMOVED).await?;
            count += rows.len();
            let more = rows.len() == REMOVED as usize;
            let mut bytes = self.store.unowned(rows).await?;
            while let Some(hash) = bytes.pop() {
                let made = self.media.remove(&hash).await?;
                bytes.extend(self.store.unowned(made).await?);
            }
            if !more {
                return Ok(count);
            }
        }
    }
}

/// A stored file as message content.
pub(crate) fn file_of(row: &MediaRow) -> File {
    File {
        media_id: row.id.to_string(),
        name: Some(row.name.clone()),
        size: Some(row.size),
        mime: Some(row.mime.clone()),
        width: row.width,
        height: row.height,
        upstream_media_id: None,
        transcript: None,
    }
}

/// A name without a path and control characters, at most 120 characters.
fn clean_name(name: &str) -> String {
    let base = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = base.chars().filter(|c| !c.is_control()).take(120).collect();
    if clean.trim().is_empty() {
        "file".to_owned()
    } else {
        clean
    }
}

/// Stored files for channels.
pub(crate) struct StoredFiles<'a> {
    pub(crate) reception: &'a Reception,
    pub(crate) brand: BrandId,
}

#[async_trait]
impl Files for StoredFiles<'_> {
    async fn read(&self, media_id: &str) -> Option<(Bytes, String, String)> {
        let id = media_id.parse().ok()?;
        let (row, bytes) = self.reception.file_bytes(self.brand, id, None).await.ok()?;
        Some((bytes, row.name, row.mime))
    }

    async fn read_as(&self, media_id: &str, form: Form) -> Option<(Bytes, String, String)> {
        let id = media_id.parse().ok()?;
        let row = self.reception.store.media(self.brand, id).await.ok()?;
        let (job, extension) = match form {
            Form::Picture { max_bytes } => (Job::Picture { max_bytes }, "jpg"),
            Form::Amr => (Job::Amr, "amr"),
            Form::Still { max_bytes } => (Job::Still { max_bytes }, "jpg"),
        };
        let made = self.reception.media.derive(&row.hash, job).await;
        let (_, bytes) = made
            .inspect_err(|error| tracing::warn!(%error, "another form of a file was not kept"))
            .ok()??;
        let mime = kefu_media::sniff(&bytes).mime.to_owned();
        Some((bytes, renamed(&row.name, extension), mime))
    }
}

/// The name with another ending.
fn renamed(name: &str, extension: &str) -> String {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    format!("{stem}.{extension}")
}
