//! One app of one corp: the calls.

use std::sync::Arc;

use bytes::Bytes;
use secrecy::ExposeSecret;
use serde::Deserialize;

use super::Shared;
use super::fault::{Failure, Fault};
use super::media::{CosUpload, CosUploaded, Download, Upload, Uploaded};
use super::token::{Slot, Token};
use super::transport::{FileReply, Payload, Reply};
use crate::request::{Request, Verb};

const UPLOAD: &str = "cgi-bin/media/upload";
const GET: &str = "cgi-bin/media/get";
const COS_UPLOAD: &str = "channels/ec/commkf/cosupload";

/// The codes that say that the token is stale. Nothing was done by a call that gets one.
const STALE: [i64; 3] = [40001, 40014, 42001];

/// Where a file was found.
#[derive(Debug)]
pub enum Found {
    /// Here.
    File(Download),
    /// At an address that the platform gave: films of official accounts.
    Elsewhere(String),
}

/// What is answered where a film was asked for.
#[derive(Deserialize)]
struct Elsewhere {
    video_url: String,
}

/// An app that calls. Cheap to clone; clones share the token.
#[derive(Clone)]
pub struct App {
    shared: Arc<Shared>,
    slot: Arc<Slot>,
}

impl App {
    pub(super) fn new(shared: Arc<Shared>, slot: Arc<Slot>) -> Self {
        Self { shared, slot }
    }

    /// The corp it belongs to.
    pub fn corpid(&self) -> &str {
        &self.slot.corpid
    }

    /// Makes one call. What [`Request::check`] finds is not sent at all.
    ///
    /// # Errors
    /// [`Failure`], which says whether it may have happened nevertheless.
    pub async fn call<R: Request>(&self, request: &R) -> Result<R::Answer, Failure> {
        let called = async {
            request
                .check()
                .map_err(|unfit| Failure::unfit(R::PATH, &unfit))?;
            let reply = self.ask(R::PATH, &payload(request)?).await?;
            answer(R::PATH, &reply.body)
        };
        self.told(called.await)
    }

    /// Uploads a file, for three days. What is too small or too large is not sent.
    ///
    /// # Errors
    /// [`Failure`]; a second upload only makes a second file, so any may be retried.
    pub async fn upload(&self, upload: Upload) -> Result<Uploaded, Failure> {
        let uploaded = async {
            upload
                .check()
                .map_err(|unfit| Failure::unfit(UPLOAD, &unfit))?;
            let reply = self.ask(UPLOAD, &Payload::Upload(upload)).await?;
            answer(UPLOAD, &reply.body)
        };
        self.told(uploaded.await)
    }

    /// Uploads a file for one customer of a shop.
    ///
    /// # Errors
    /// As [`App::upload`].
    pub async fn upload_to_shop(&self, upload: CosUpload) -> Result<CosUploaded, Failure> {
        let uploaded = async {
            upload
                .check()
                .map_err(|unfit| Failure::unfit(COS_UPLOAD, &unfit))?;
            let reply = self.ask(COS_UPLOAD, &Payload::CosUpload(upload)).await?;
            answer(COS_UPLOAD, &reply.body)
        };
        self.told(uploaded.await)
    }

    /// Begins to fetch a file; its bytes are read from the [`Download`].
    ///
    /// # Errors
    /// [`Failure`]; a fetch changes nothing, so any may be retried.
    pub async fn download(&self, media_id: &str) -> Result<Download, Failure> {
        match self.find(media_id).await? {
            Found::File(download) => Ok(download),
            Found::Elsewhere(_) => {
                let elsewhere = Failure::new(GET, Fault::Permanent, "the file is elsewhere");
                self.told(Err(elsewhere))
            }
        }
    }

    /// Begins to fetch a file that may be at an address of the platform's instead.
    ///
    /// # Errors
    /// As [`App::download`].
    pub async fn find(&self, media_id: &str) -> Result<Found, Failure> {
        self.told(self.seek(media_id).await)
    }

    async fn seek(&self, media_id: &str) -> Result<Found, Failure> {
        let payload = Payload::Query(vec![("media_id".to_owned(), media_id.to_owned())]);
        let mut token = self.slot.token(&self.shared, None).await?;
        let mut renewed = false;
        loop {
            let value = token.value.expose_secret();
            let reply = match self.shared.ask_for_file(GET, Some(value), &payload).await? {
                FileReply::File(response) => {
                    return Ok(Found::File(Download::new(GET, response)));
                }
                FileReply::Words(reply) => reply,
            };
            if reply.code == 0 {
                let elsewhere: Option<Elsewhere> = serde_json::from_slice(&reply.body).ok();
                return elsewhere
                    .map(|elsewhere| Found::Elsewhere(elsewhere.video_url))
                    .ok_or_else(|| Failure::new(GET, Fault::Unknown, "the answer is no file"));
            }
            token = self.renew(GET, &reply, token, &mut renewed).await?;
        }
    }

    /// Makes sure that there is a token, and so that corp id and secret are right.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn sign_in(&self) -> Result<(), Failure> {
        self.told(self.slot.token(&self.shared, None).await.map(drop))
    }

    /// A failure speaks the codes of the API that was asked.
    fn told<T>(&self, result: Result<T, Failure>) -> Result<T, Failure> {
        result.map_err(|failure| failure.from(self.shared.settings.dialect))
    }

    async fn ask(&self, api: &'static str, payload: &Payload) -> Result<Reply, Failure> {
        let mut token = self.slot.token(&self.shared, None).await?;
        let mut renewed = false;
        loop {
            let value = token.value.expose_secret();
            let reply = self.shared.ask(api, Some(value), payload).await?;
            if reply.code == 0 {
                return Ok(reply);
            }
            token = self.renew(api, &reply, token, &mut renewed).await?;
        }
    }

    /// A new token in place of a stale one, once; any other code is the failure that it is.
    async fn renew(
        &self,
        api: &'static str,
        reply: &Reply,
        stale: Arc<Token>,
        renewed: &mut bool,
    ) -> Result<Arc<Token>, Failure> {
        if *renewed || !STALE.contains(&reply.code) {
            return Err(Failure::of_code(api, reply.code, &reply.message));
        }
        *renewed = true;
        self.slot.token(&self.shared, Some(&stale)).await
    }
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "App({})", self.slot.corpid)
    }
}

/// Writes JSON without the characters that have no form but `\uXXXX`, which the platforms do not read
/// (40033): control characters, of which nobody sees anything.
struct Plain;

impl serde_json::ser::Formatter for Plain {
    fn write_char_escape<W: std::io::Write + ?Sized>(
        &mut self,
        writer: &mut W,
        escape: serde_json::ser::CharEscape,
    ) -> std::io::Result<()> {
        match escape {
            serde_json::ser::CharEscape::AsciiControl(_) => Ok(()),
            other => serde_json::ser::CompactFormatter.write_char_escape(writer, other),
        }
    }
}

fn plain_json<R: Request>(request: &R) -> serde_json::Result<Vec<u8>> {
    let mut body = Vec::new();
    request.serialize(&mut serde_json::Serializer::with_formatter(
        &mut body, Plain,
    ))?;
    Ok(body)
}

fn payload<R: Request>(request: &R) -> Result<Payload, Failure> {
    let wrong = |error: serde_json::Error| {
        Failure::new(
            R::PATH,
            Fault::Permanent,
            format!("the request has no JSON form: {error}"),
        )
    };
    match R::VERB {
        Verb::Post => plain_json(request)
            .map(|body| Payload::Json(Bytes::from(body)))
            .map_err(wrong),
        Verb::Get => {
            let fields = serde_json::to_value(request).map_err(wrong)?;
            let fields = fields.as_object().into_iter().flatten();
            let text = |value: &serde_json::Value| match value {
                serde_json::Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            Ok(Payload::Query(
                fields
                    .map(|(name, value)| (name.clone(), text(value)))
                    .collect(),
            ))
        }
    }
}

/// The platform did what was asked, but says it in a way that cannot be read: it has happened.
fn answer<T: serde::de::DeserializeOwned>(api: &'static str, body: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(body).map_err(|error| {
        let detail = format!("the answer has an unexpected shape: {error}");
        Failure::new(api, Fault::Unknown, detail)
    })
}
