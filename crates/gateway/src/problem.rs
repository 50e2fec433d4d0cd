//! Errors as `application/problem+json`, with a stable code and nothing that helps an attacker.

use axum::{
    Json,
    extract::{FromRequest, Request, rejection::JsonRejection},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
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
        match Json::<T>::from_request(request, state).await {
            Ok(Json(body)) => Ok(Self(body)),
            Err(JsonRejection::MissingJsonContentType(_)) => Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_type",
                "the body must be application/json",
            )),
            Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                Err(Problem::new(
                    StatusCode::PAYLOAD_TOO_LARGE,
                    "too_large",
                    "the body is too large",
                ))
            }
            Err(rejection) => Err(Problem::bad(rejection.body_text())),
        }
    }
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
