//! Errors as `application/problem+json`, with a stable code and nothing that helps an attacker.

use std::error::Error as _;

use axum::{
    Json,
    body::{Bytes, HttpBody},
    extract::{FromRequest, Request, rejection::JsonRejection},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use http_body_util::LengthLimitError;
use kefu_reception::Error;
use serde::{Serialize, de::DeserializeOwned};

/// A refused request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The status.
    pub status: StatusCode,
    /// Stable.
    pub code: &'static str,
    /// In words; names the field that is wrong.
    pub detail: String,
    /// Seconds after which it may work.
    pub retry_after: Option<u32>,
}

/// What a handler ends in.
pub type Answer<T> = Result<T, Problem>;

#[derive(Serialize)]
struct Body<'a> {
    r#type: &'a str,
    title: &'a str,
    status: u16,
    code: &'a str,
    detail: &'a str,
    request_id: String,
}

impl Problem {
    /// A problem with a code of its own.
    #[must_use]
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            code,
            detail: detail.into(),
            retry_after: None,
        }
    }

    /// 400 `bad_request`.
    #[must_use]
    pub fn bad(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", detail)
    }

    /// 404 `not_found`.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "no such thing")
    }

    /// 403 `forbidden`.
    #[must_use]
    pub fn forbidden() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "forbidden",
            "your role may not do this",
        )
    }

    /// 403 `forbidden`: a cookie counts only from our own pages.
    #[must_use]
    pub fn foreign() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "forbidden",
            "this Origin may not use the cookie",
        )
    }

    /// 413 `too_large`.
    #[must_use]
    pub fn too_large(detail: &str) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail)
    }

    /// 408 `too_slow`.
    #[must_use]
    pub fn late() -> Self {
        Self::new(
            StatusCode::REQUEST_TIMEOUT,
            "too_slow",
            "the body did not keep coming; nothing was stored",
        )
    }

    /// 503 `overloaded`.
    #[must_use]
    pub fn overloaded() -> Self {
        let busy = Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "overloaded",
            "too much at once; nothing was stored",
        );
        Self {
            retry_after: Some(2),
            ..busy
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        use StatusCode as S;
        let status = match &error {
            Error::NotFound => S::NOT_FOUND,
            Error::Forbidden => S::FORBIDDEN,
            Error::Bad(_) => S::BAD_REQUEST,
            Error::TooLarge(_) => S::PAYLOAD_TOO_LARGE,
            Error::Unauthenticated | Error::TokenInvalid | Error::IdentityInvalid => {
                S::UNAUTHORIZED
            }
            Error::RateLimited { .. } => S::TOO_MANY_REQUESTS,
            Error::UnsupportedType => S::UNSUPPORTED_MEDIA_TYPE,
            Error::UrlForbidden(_) => S::UNPROCESSABLE_ENTITY,
            Error::Outside { .. } => S::BAD_GATEWAY,
            Error::Unavailable => S::SERVICE_UNAVAILABLE,
            Error::NoSpace => S::INSUFFICIENT_STORAGE,
            _ => S::CONFLICT,
        };
        let retry_after = match &error {
            Error::Unavailable => Some(2),
            Error::RateLimited { after_s } => Some(*after_s),
            _ => None,
        };
        Self {
            status,
            code: error.code(),
            detail: error.to_string(),
            retry_after,
        }
    }
}

impl From<kefu_store::StoreError> for Problem {
    fn from(error: kefu_store::StoreError) -> Self {
        Error::from(error).into()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let request_id = format!("{:016x}", rand::random::<u64>());
        if self.status.is_server_error() {
            tracing::warn!(code = self.code, request.id = %request_id, status = self.status.as_u16(), "refused");
        }
        let body = Body {
            r#type: "about:blank",
            title: self.status.canonical_reason().unwrap_or("error"),
            status: self.status.as_u16(),
            code: self.code,
            detail: &self.detail,
            request_id,
        };
        let mut response = (self.status, Json(&body)).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(after) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(after));
        }
        response
    }
}

/// A JSON body; anything else is a problem that says what is wrong.
pub struct JsonBody<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let kind = request.headers().get(header::CONTENT_TYPE);
        if kind
            .and_then(|kind| kind.to_str().ok())
            .is_some_and(|kind| !utf8(kind))
        {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_type",
                "the body must be in UTF-8",
            ));
        }
        let json = kind.and_then(|kind| kind.to_str().ok()).is_some_and(json);
        if !json {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_type",
                "the body must be application/json",
            ));
        }
        let Whole(bytes) = Whole::from_request(request, state).await?;
        if bytes
            .trim_ascii_start()
            .first()
            .is_some_and(|first| *first != b'{')
        {
            // A list would be read as the fields in their order.
            return Err(Problem::bad("the body must be an object"));
        }
        let Json(body) = Json::from_bytes(&bytes)
            .map_err(|rejection: JsonRejection| Problem::bad(rejection.body_text()))?;
        Ok(Self(body))
    }
}

/// A whole body of at most 256 KiB; a larger one is refused as soon as that is known.
pub(crate) struct Whole(pub(crate) Bytes);

/// Bytes of a body that is no form.
const LARGEST: usize = 256 << 10;

impl<S: Send + Sync> FromRequest<S> for Whole {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let body = request.into_body();
        if body.size_hint().lower() > LARGEST as u64 {
            return Err(Problem::too_large("the body is too large"));
        }
        match axum::body::to_bytes(body, LARGEST).await {
            Ok(bytes) => Ok(Self(bytes)),
            Err(error)
                if error
                    .source()
                    .is_some_and(|source| source.is::<LengthLimitError>()) =>
            {
                Err(Problem::too_large("the body is too large"))
            }
            Err(_) => Err(Problem::bad("the body broke off")),
        }
    }
}

/// Is this `application/json`, or a kind of it?
fn json(kind: &str) -> bool {
    let essence = kind.split(';').next().unwrap_or_default().trim();
    let essence = essence.to_ascii_lowercase();
    essence == "application/json"
        || (essence.starts_with("application/") && essence.ends_with("+json"))
}

/// Does a content type name no other charset than UTF-8?
fn utf8(kind: &str) -> bool {
    kind.split(';').skip(1).all(|parameter| {
        parameter.split_once('=').is_none_or(|(name, value)| {
            !name.trim().eq_ignore_ascii_case("charset")
                || value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
        })
    })
}

pub(crate) async fn no_such_page() -> Problem {
    Problem::not_found()
}

pub(crate) async fn no_such_method() -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        "this address takes other methods",
    )
}
