//! The cookie of a sign-in, and from which pages it works.

use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};

use super::WORKING_MS;
use crate::Settings;

/// The cookie's name: with the `__Host-` guarantee where it can be had.
#[must_use]
pub fn cookie_name(settings: &Settings) -> &'static str {
    if settings.public_url.starts_with("https://") {
        "__Host-kefu"
    } else {
        "kefu"
    }
}

/// Sets the cookie, or removes it.
#[must_use]
pub fn cookie(settings: &Settings, value: Option<&str>) -> String {
    let secure = if settings.public_url.starts_with("https://") {
        "; Secure"
    } else {
        ""
    };
    let (value, age) = value.map_or(("", 0), |value| (value, WORKING_MS / 1000));
    format!(
        "{}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={age}{secure}",
        cookie_name(settings)
    )
}

/// Puts the cookie on an answer, or takes it away.
pub(crate) fn with_cookie(
    settings: &Settings,
    secret: Option<&str>,
    answer: impl IntoResponse,
) -> Response {
    let mut response = answer.into_response();
    let headers = response.headers_mut();
    if let Ok(cookie) = HeaderValue::from_str(&cookie(settings, secret)) {
        headers.insert(header::SET_COOKIE, cookie);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

pub(super) fn cookie_value<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}

/// Is this Origin one of the console's? Without one, the request comes from no browser page.
#[must_use]
pub fn allowed_origin(settings: &Settings, headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else {
        return false;
    };
    let Ok(origin) = origin.to_str() else {
        return false;
    };
    origin_of(&settings.public_url) == Some(origin)
        || settings.console_origins.iter().any(|one| one == origin)
}

/// Scheme, host and port of an address.
#[must_use]
pub fn origin_of(url: &str) -> Option<&str> {
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"))?;
    let host = rest.split(['/', '?', '#']).next()?;
    let scheme = url.len() - rest.len();
    Some(&url[..scheme + host.len()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_compared_whole() {
        assert_eq!(
            origin_of("https://kefu.example:8443/console"),
            Some("https://kefu.example:8443")
        );
        assert_eq!(origin_of("javascript:alert(1)"), None);
    }
}
