//! One exchange with the platform: build, send, bound, classify.

use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{CONTENT_DISPOSITION, CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde::Deserialize;

use super::Shared;
use super::fault::{Failure, Fault};
use super::guard::Forbidden;
use super::media::{CosUpload, Upload};
use crate::lenient;

/// What a call carries beside the token.
pub(super) enum Payload {
    /// Nothing but the query; a GET.
    Query(Vec<(String, String)>),
    /// JSON; a POST.
    Json(Bytes),
    /// A file; a POST in parts.
    Upload(Upload),
    /// A file for one customer of a shop; a POST in parts.
    CosUpload(CosUpload),
}

/// A JSON answer.
pub(super) struct Reply {
    pub(super) code: i64,
    pub(super) message: String,
    pub(super) body: Vec<u8>,
}

/// What came back where a file was asked for.
pub(super) enum FileReply {
    /// The file, unread.
    File(Response),
    /// Words in its place.
    Words(Reply),
}

#[derive(Deserialize)]
struct Status {
    #[serde(default, deserialize_with = "lenient::int")]
    errcode: i64,
    #[serde(default, deserialize_with = "lenient::text")]
    errmsg: String,
}

impl Shared {
    /// Asks for JSON.
    pub(super) async fn ask(
        &self,
        api: &'static str,
        token: Option<&str>,
        payload: &Payload,
    ) -> Result<Reply, Failure> {
        let response = self.send(api, token, payload, false).await?;
        self.reply(api, token, response).await
    }

    /// Asks for a file. Words instead of one are told by the headers: a file has a disposition
    /// even if it is itself JSON.
    pub(super) async fn ask_for_file(
        &self,
        api: &'static str,
        token: Option<&str>,
        payload: &Payload,
    ) -> Result<FileReply, Failure> {
        let response = self.send(api, token, payload, true).await?;
        let kind = response
            .headers()
            .get(CONTENT_TYPE)
            .map(|value| value.as_bytes());
        let wordy = kind.is_none_or(|kind| {
            kind.starts_with(b"application/json") || kind.starts_with(b"text/plain")
        });
        if wordy && !response.headers().contains_key(CONTENT_DISPOSITION) {
            return self.reply(api, token, response).await.map(FileReply::Words);
        }
        Ok(FileReply::File(response))
    }

    async fn send(
        &self,
        api: &'static str,
        token: Option<&str>,
        payload: &Payload,
        file: bool,
    ) -> Result<Response, Failure> {
        let request = self.build(api, token, payload, file)?;
        let response = request
            .send()
            .await
            .map_err(|error| transport(api, error))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let fault = match status {
            StatusCode::TOO_MANY_REQUESTS => Fault::RateLimited,
            StatusCode::SERVICE_UNAVAILABLE => Fault::Busy,
            // Something between us and the platform gave up: the platform may not have.
            status if status.is_server_error() => Fault::Unknown,
            _ => Fault::Permanent,
        };
        let pause = response
            .headers()
            .get(RETRY_AFTER)
            .and_then(|value| value.to_str().ok());
        let pause = pause.and_then(|seconds| seconds.trim().parse().ok());
        // Whatever was asked for: nobody waits longer than an hour.
        let retry_after = pause.map(|seconds: u64| Duration::from_secs(seconds.min(3_600)));
        Err(Failure {
            retry_after,
            ..Failure::new(api, fault, format!("HTTP {status}"))
        })
    }

    fn build(
        &self,
        api: &'static str,
        token: Option<&str>,
        payload: &Payload,
        file: bool,
    ) -> Result<RequestBuilder, Failure> {
        let url = self.base.join(api);
        let mut url =
            url.map_err(|error| Failure::new(api, Fault::Permanent, error.to_string()))?;
        if let Some(token) = token {
            url.query_pairs_mut().append_pair("access_token", token);
        }
        let method = if matches!(payload, Payload::Query(_)) {
            Method::GET
        } else {
            Method::POST
        };
        let mut request = self.http.request(method, url);
        if file || matches!(payload, Payload::Upload(_) | Payload::CosUpload(_)) {
            request = request.timeout(self.settings.media_timeout);
        }
        Ok(match payload {
            Payload::Query(pairs) => request.query(pairs),
            Payload::Json(body) => request
                .header(CONTENT_TYPE, "application/json")
                .body(body.clone()),
            Payload::Upload(upload) => upload.attach(request),
            Payload::CosUpload(upload) => upload.attach(request),
        })
    }

    async fn reply(
        &self,
        api: &'static str,
        token: Option<&str>,
        response: Response,
    ) -> Result<Reply, Failure> {
        let body = read_bounded(api, response, self.settings.max_answer).await?;
        let status: Status = serde_json::from_slice(&body)
            .map_err(|_| Failure::new(api, Fault::Unknown, "the answer is not JSON"))?;
        let mut message = status.errmsg;
        if let Some(token) = token {
            // The platform has been seen to quote what it was asked.
            message = message.replace(token, "…");
        }
        Ok(Reply {
            code: status.errcode,
            message,
            body,
        })
    }
}

async fn read_bounded(
    api: &'static str,
    mut response: Response,
    max: usize,
) -> Result<Vec<u8>, Failure> {
    let too_long = || {
        Failure::new(
            api,
            Fault::Unknown,
            format!("the answer exceeds {max} bytes"),
        )
    };
    let announced = response.content_length().unwrap_or_default();
    if announced > max as u64 {
        return Err(too_long());
    }
    let mut body = Vec::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| transport(api, error))?
    {
        if body.len() + chunk.len() > max {
            return Err(too_long());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// A failure of the transport. Its text is freed of the address, which holds the token.
pub(super) fn transport(api: &'static str, error: reqwest::Error) -> Failure {
    let fault = if error.is_connect() {
        Fault::Unreachable
    } else if error.is_builder() {
        Fault::Permanent
    } else {
        Fault::Unknown
    };
    let error = error.without_url();
    let mut detail = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        if cause.is::<Forbidden>() {
            // Nobody was asked, and nobody will be until somebody mends the address.
            return Failure::new(api, Fault::Forbidden, cause.to_string());
        }
        detail.push_str(": ");
        detail.push_str(&cause.to_string());
        source = cause.source();
    }
    Failure::new(api, fault, detail)
}
