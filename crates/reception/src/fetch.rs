//! Fetch: files that lie at a platform are brought here before they die there.
//!
//! That a file is to be fetched is written with its message, so a crash in between costs time only.

use std::{sync::Arc, time::Duration};

use kefu_channels::{Class, Fault};
use kefu_domain::{Content, EntryPointId, MessageId, UnixMs, content::File};
use kefu_store::DueFetch;

use crate::{
    Error, Reception, Result, Upload,
    places::{Places, Whose},
    upload::file_of,
};

/// Files fetched at the same time: each may be 30 MiB in memory.
const AT_ONCE: usize = 16;
/// Of one connection.
const OF_ONE: usize = 3;
/// Nobody else fetches it for so long.
const LEASE_MS: UnixMs = 120_000;
/// Platforms keep a file for three days: tries beyond are in vain.
const TRIES: u32 = 40;

impl Reception {
    pub(crate) async fn fetch_forever(self: Arc<Self>) {
        let mut places = Places::new(AT_ONCE, OF_ONE);
        loop {
            let pause = match self.fetch_some(&mut places).await {
                Ok(()) => Duration::from_secs(2),
                Err(error) => {
                    tracing::warn!(%error, "fetching waits for the store");
                    Duration::from_secs(1)
                }
            };
            tokio::select! {
                _ = places.ended() => while places.ended_now().is_some() {},
                () = self.fetch_due.notified() => (),
                () = tokio::time::sleep(pause) => (),
            }
        }
    }

    /// Begins to fetch what is due, as far as there are places.
    async fn fetch_some(self: &Arc<Self>, places: &mut Places<MessageId, ()>) -> Result<()> {
        while places.free() > 0 {
            let now = self.now();
            let full: Vec<Whose> = places.full().collect();
            let busy = self.doors_of_all(&full);
            let Some(due) = self.store.take_fetch(now, now + LEASE_MS, busy).await? else {
                break;
            };
            // Its fetch outlived its lease, and is still under way.
            let id = due.message;
            if !places.has(id) {
                let whose = self.whose(due.brand, due.entry_point);
                let reception = Arc::clone(self);
                places.start(whose, id, async move {
                    if let Err(error) = reception.fetch_file(due).await {
                        tracing::warn!(%error, conversation.id = %id.conversation, "a file was not fetched");
                    }
                });
            }
        }
        Ok(())
    }

    /// The doors behind some connections.
    fn doors_of_all(&self, connections: &[Whose]) -> Vec<EntryPointId> {
        let mut doors = Vec::new();
        for (brand, connection) in connections {
            let setup = self.directory.brand(*brand).ok();
            let rows = setup.iter().flat_map(|setup| setup.entry_points.values());
            let theirs = rows.filter(|row| row.entry.connection == *connection);
            doors.extend(theirs.map(|row| row.entry.id));
        }
        doors
    }

    async fn fetch_file(&self, due: DueFetch) -> Result<()> {
        let (brand, id) = (due.brand, due.message);
        let message = self
            .store
            .messages(brand, id.conversation, id.seq - 1, None, false, 1)
            .await?
            .pop()
            .ok_or(Error::NotFound)?;
        let content = message.content;
        let Some(upstream) = content.elsewhere().map(str::to_owned) else {
            return Ok(self.store.fetched(brand, id, Ok(content)).await?);
        };
        let Some(door) = self.door(brand, due.entry_point)? else {
            return Ok(self.store.fetch_later(id, self.now() + 600_000).await?);
        };
        let fetched = door
            .channel
            .fetch(&door.connection, &upstream, kefu_media::FILE_BYTES)
            .await;
        match fetched {
            Ok(fetched) if fetched.bytes.is_empty() => {
                let (zh, en) = ("平台上的文件是空的", "the platform's file is empty");
                self.lose(due, content, Fault::permanent("empty", zh, en))
                    .await
            }
            Ok(fetched) if is_no_picture_of(&content, &fetched.bytes) => {
                let (zh, en) = ("卡片的封面不是图片", "the card's picture is none");
                self.lose(due, content, Fault::permanent("not_a_picture", zh, en))
                    .await
            }
            Ok(fetched) => {
                let file = content.file();
                let name = fetched
                    .name
                    .or_else(|| file.and_then(|file| file.name.clone()));
                let kept = self
                    .upload(Upload {
                        brand,
                        conversation: Some(id.conversation),
                        name: name.unwrap_or_default(),
                        bytes: fetched.bytes,
                        named: true,
                    })
                    .await;
                let row = match kept {
                    Err(Error::TooLarge(_)) => {
                        let (zh, en) = ("文件太大，没有收下", "the file is too large to be kept");
                        let fault = Fault::permanent("too_large", zh, en);
                        return self.lose(due, content, fault).await;
                    }
                    kept => kept?,
                };
                let row = match content {
                    Content::File(_) | Content::MiniProgram(_) => row,
                    // Whatever it was called: a voice is what its bytes say.
                    _ => self.playable(row).await?,
                };
                let kept = File {
                    upstream_media_id: Some(upstream),
                    transcript: file.and_then(|file| file.transcript.clone()),
                    ..file_of(&row)
                };
                let content = content.with_file(kept);
                Ok(self.store.fetched(brand, id, Ok(content)).await?)
            }
            Err(fault) => match fault.class {
                Class::Retry(least) | Class::RetrySafely(least) | Class::Held(least)
                    if due.attempts < TRIES =>
                {
                    let wait = (1_000u64 << due.attempts.min(12)).min(7_200_000).max(least);
                    let at = self.now() + i64::try_from(wait).unwrap_or(LEASE_MS);
                    Ok(self.store.fetch_later(id, at).await?)
                }
                _ => self.lose(due, content, fault).await,
            },
        }
    }

    /// A file that nobody can bring any more: its message says so, unless it is whole without.
    async fn lose(&self, due: DueFetch, content: Content, fault: Fault) -> Result<()> {
        tracing::warn!(%fault, conversation.id = %due.message.conversation, "a file is lost at its platform");
        metrics::counter!("kefu_files_lost_total").increment(1);
        let lost = match content.file() {
            Some(_) => Err(fault.failure),
            None => Ok(content),
        };
        Ok(self.store.fetched(due.brand, due.message, lost).await?)
    }
}

/// Only a picture stands on a card.
fn is_no_picture_of(content: &Content, bytes: &[u8]) -> bool {
    content.file().is_none() && !kefu_media::sniff(bytes).mime.starts_with("image/")
}
