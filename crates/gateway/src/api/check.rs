//! Limits of what administrators write. Each refusal names its field first, so that a form can show
//! it in place.

use kefu_domain::MediaId;
use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

use crate::{
    Gateway,
    api::access::Caller,
    problem::{Answer, Problem},
};

/// Graphemes of a name.
pub(super) const NAME: usize = 64;

fn bad<T>(field: &str, why: &str) -> Answer<T> {
    Err(Problem::bad(format!("{field}: {why}")))
}

/// A field that creating needs.
pub(super) fn needed<T>(field: &str, given: Option<T>) -> Answer<T> {
    given.map_or_else(|| bad(field, "is needed"), Ok)
}

/// One line: normalised, trimmed, without control characters, at most `most` graphemes.
pub(super) fn line(field: &str, text: &str, most: usize) -> Answer<String> {
    let text: String = text.trim().nfc().collect();
    if text.chars().any(char::is_control) {
        return bad(field, "has control characters");
    }
    if text.graphemes(true).count() > most || text.len() > most * 32 {
        return bad(field, &format!("has more than {most} characters"));
    }
    Ok(text)
}

/// A name: a [`line`] that says something.
pub(super) fn name(field: &str, text: &str) -> Answer<String> {
    let text = line(field, text, NAME)?;
    if text.is_empty() {
        bad(field, "is empty")
    } else {
        Ok(text)
    }
}

/// Several lines: no NUL, at most `most` characters.
pub(super) fn words(field: &str, text: &str, most: usize) -> Answer<String> {
    if text
        .chars()
        .any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
    {
        return bad(field, "has control characters");
    }
    if text.chars().count() > most {
        return bad(field, &format!("has more than {most} characters"));
    }
    Ok(text.nfc().collect())
}

/// Short lines, each once, in the order given.
pub(super) fn tags(field: &str, given: &[String], most: usize) -> Answer<Vec<String>> {
    let mut tags: Vec<String> = Vec::new();
    for text in given {
        let text = line(field, text, NAME)?;
        if !text.is_empty() && !tags.contains(&text) {
            tags.push(text);
        }
    }
    if tags.len() > most {
        return bad(field, &format!("more than {most}"));
    }
    Ok(tags)
}

/// A whole number in a range.
pub(super) fn number(field: &str, given: u32, range: std::ops::RangeInclusive<u32>) -> Answer<u32> {
    if range.contains(&given) {
        Ok(given)
    } else {
        bad(field, &format!("{} to {}", range.start(), range.end()))
    }
}

/// A customer's mark.
pub(super) fn mark(given: &str) -> Answer<String> {
    match given {
        "vip" | "regular" | "new" => Ok(given.to_owned()),
        _ => bad("mark", "one of vip, regular, new"),
    }
}

/// `#RRGGBB`, or nothing.
pub(super) fn color(field: &str, text: &str) -> Answer<Option<String>> {
    if text.is_empty() {
        return Ok(None);
    }
    let hex = text.strip_prefix('#').filter(|hex| hex.len() == 6);
    if hex.is_some_and(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit())) {
        Ok(Some(text.to_ascii_uppercase()))
    } else {
        bad(field, "write it as #RRGGBB")
    }
}

/// An identifier of an outside party: visible ASCII, at most `most`.
pub(super) fn token(field: &str, text: &str, most: usize) -> Answer<String> {
    let text = text.trim();
    if text.len() > most || !text.bytes().all(|b| b.is_ascii_graphic()) {
        return bad(field, &format!("at most {most} letters, digits and signs"));
    }
    Ok(text.to_owned())
}

/// Some text, or nothing for the empty one.
pub(super) fn some(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

/// Host and rest of an `http` or `https` address.
fn web<'a>(field: &str, url: &'a str) -> Answer<(&'a str, &'a str)> {
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"));
    let Some(rest) = rest else {
        return bad(field, "begins with https:// or http://");
    };
    let plain = url.len() <= 2048
        && !url
            .chars()
            .any(|c| c.is_control() || c.is_whitespace() || c == '\\');
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, path) = rest.split_at(end);
    if !plain || !good_host(host) {
        return bad(field, "is no address");
    }
    Ok((host, path))
}

/// A host with an optional port; no user, no password.
fn good_host(host: &str) -> bool {
    let (name, port) = match host.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((v6, rest)) if v6.parse::<std::net::Ipv6Addr>().is_ok() => {
                ("v6", rest.strip_prefix(':'))
            }
            _ => return false,
        },
        None => match host.split_once(':') {
            Some((name, port)) => (name, Some(port)),
            None => (host, None),
        },
    };
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && label
                .chars()
                .all(|c| c.is_alphanumeric() || c == '-' || c == '_')
    };
    let digits = |port: &str| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
    let port_fits =
        port.is_none_or(|port| digits(port) && port.parse::<u16>().is_ok_and(|port| port > 0));
    name.len() <= 253 && name.split('.').all(label) && port_fits
}

/// An address that people open.
pub(super) fn url(field: &str, text: &str) -> Answer<String> {
    let text = text.trim();
    web(field, text)?;
    Ok(text.to_owned())
}

/// An origin exactly as browsers send it: scheme, host, port unless it is the usual one.
pub(super) fn origin(field: &str, text: &str) -> Answer<String> {
    let text = text.trim().to_ascii_lowercase();
    let (host, path) = web(field, &text)?;
    if !path.is_empty() || !host.is_ascii() {
        return bad(field, "write only https://host[:port], without a path");
    }
    let usual = if text.starts_with("https") {
        ":443"
    } else {
        ":80"
    };
    Ok(text.strip_suffix(usual).unwrap_or(&text).to_owned())
}

/// A stored picture of the caller's brand, or nothing.
pub(super) async fn picture(
    gateway: &Gateway,
    caller: &Caller,
    field: &str,
    text: &str,
) -> Answer<Option<String>> {
    if text.is_empty() {
        return Ok(None);
    }
    let Ok(id) = text.parse::<MediaId>() else {
        return bad(field, "no such file");
    };
    let row = gateway.reception.store().media(caller.brand, id).await;
    match row {
        Ok(row) if row.mime.starts_with("image/") => Ok(Some(text.to_owned())),
        Ok(_) => bad(field, "is no picture"),
        Err(_) => bad(field, "no such file"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_taken_as_browsers_send_it_or_not_at_all() {
        let good = |text| origin("o", text).unwrap();
        assert_eq!(good("https://Shop.Example"), "https://shop.example");
        assert_eq!(good("https://shop.example:443"), "https://shop.example");
        assert_eq!(good("http://127.0.0.1:8080"), "http://127.0.0.1:8080");
        assert_eq!(good("http://[::1]:8080"), "http://[::1]:8080");
        let wrong = [
            "shop.example",
            "https://",
            "https://shop.example/",
            "https://a@shop.example",
            "https://*.example",
            "https://shop.example:0",
            "https://shop.example:99999",
            "javascript:alert(1)",
            "null",
            "https://a b",
            "https://shop..example",
            "https://商店.example",
            "http://[::1",
            "https://shop.example#x",
        ];
        for text in wrong {
            assert!(origin("o", text).is_err(), "{text}");
        }
    }

    #[test]
    fn names_are_normalised_and_bounded_by_what_people_see() {
        assert_eq!(name("n", " e\u{301} ").unwrap(), "é");
        assert!(name("n", &"👨‍👩‍👧".repeat(64)).is_ok());
        assert!(name("n", &"好".repeat(65)).is_err());
        for text in ["", "  ", "a\nb", "a\0"] {
            assert!(name("n", text).is_err(), "{text:?}");
        }
        // One grapheme of a thousand marks is no name.
        assert!(name("n", &format!("a{}", "\u{301}".repeat(5000))).is_err());
    }

    #[test]
    fn colours_are_six_digits() {
        assert_eq!(color("c", "#2f6046").unwrap().as_deref(), Some("#2F6046"));
        for text in ["red", "#fff", "#2f60461", "2f6046", "#gggggg"] {
            assert!(color("c", text).is_err(), "{text}");
        }
    }
}
