//! Pictures by an address that the platform gave: portraits and codes. One fetch, bounded, and
//! never into our own network: such an address comes from outside, whatever channel it came by.
//!
//! The one exception is the host that a connection names as its API: what runs there is trusted
//! already, as far as its own guard lets it be called; in tests it is this machine.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::OnceLock;
use std::time::Duration;

use bytes::Bytes;
use kefu_wechat::client::Guard;
use reqwest::{Client, Response, Url, redirect};

use crate::Fault;

const HOPS: usize = 3;
const TIMEOUT: Duration = Duration::from_secs(10);
/// A film takes longer than a portrait.
const FILE_TIMEOUT: Duration = Duration::from_secs(60);

#[derive(Default)]
pub(crate) struct Pictures {
    public: OnceLock<Client>,
    trusted: OnceLock<Client>,
    guard: OnceLock<Guard>,
}

/// Bytes and type.
pub(crate) type Picture = (Bytes, String);

impl Pictures {
    /// Where a connection's own host may be; told once.
    pub(crate) fn guard(&self, guard: Guard) {
        let _ = self.guard.set(guard);
    }

    /// Fetches at most `limit` bytes of a picture. `trusted` is the connection's own API address.
    pub(crate) async fn fetch(
        &self,
        url: &str,
        trusted: Option<&str>,
        limit: usize,
    ) -> Result<Picture, Fault> {
        let response = self.ask(url, trusted, TIMEOUT).await?;
        let mime = mime(&response)
            .filter(|mime| mime.starts_with("image/"))
            .ok_or_else(|| Fault::permanent("not_a_picture", "不是图片", "it is no picture"))?;
        Ok((read(response, limit).await?, mime))
    }

    /// Fetches at most `limit` bytes of a file of any type.
    pub(crate) async fn file(
        &self,
        url: &str,
        trusted: Option<&str>,
        limit: usize,
    ) -> Result<Picture, Fault> {
        let response = self.ask(url, trusted, FILE_TIMEOUT).await?;
        let mime = mime(&response).unwrap_or_default();
        Ok((read(response, limit).await?, mime))
    }

    async fn ask(
        &self,
        url: &str,
        trusted: Option<&str>,
        timeout: Duration,
    ) -> Result<Response, Fault> {
        let url = Url::parse(url).map_err(|_| forbidden())?;
        let home = trusted.and_then(|base| Url::parse(base).ok());
        let at_home = home.is_some_and(|home| home.origin() == url.origin());
        let client = if at_home {
            let mut home = Client::builder()
                .redirect(redirect::Policy::none())
                .no_proxy();
            if let Some(guard) = self.guard.get() {
                guard.check(&url).map_err(|_| forbidden())?;
                home = home.dns_resolver(guard.clone());
            }
            client(&self.trusted, home)?
        } else if may_be_asked(&url) {
            client(&self.public, guarded())?
        } else {
            return Err(forbidden());
        };
        let response = client
            .get(url)
            .timeout(timeout)
            .send()
            .await
            .map_err(|error| unreachable(&error))?;
        if !response.status().is_success() {
            return Err(match response.status().is_server_error() {
                true => later(),
                false => Fault::permanent("not_found", "文件不存在", "there is no such file"),
            });
        }
        Ok(response)
    }
}

fn mime(response: &Response) -> Option<String> {
    let value = response.headers().get(reqwest::header::CONTENT_TYPE)?;
    let value = value.to_str().ok()?;
    let kind = value.split(';').next().unwrap_or(value);
    Some(kind.trim().to_lowercase())
}

async fn read(mut response: Response, limit: usize) -> Result<Bytes, Fault> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| unreachable(&error))?
    {
        if bytes.len() + chunk.len() > limit {
            return Err(Fault::permanent(
                "file_too_large",
                "文件太大",
                "the file is too large",
            ));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.into())
}

fn client(slot: &OnceLock<Client>, builder: reqwest::ClientBuilder) -> Result<&Client, Fault> {
    if let Some(client) = slot.get() {
        return Ok(client);
    }
    let made = builder.referer(false).build().map_err(|_| later())?;
    Ok(slot.get_or_init(|| made))
}

/// Every hop is looked at, and every name is resolved by us, so that what was looked at is what is
/// connected to.
fn guarded() -> reqwest::ClientBuilder {
    let follow = redirect::Policy::custom(|attempt| {
        if attempt.previous().len() > HOPS || !may_be_asked(attempt.url()) {
            attempt.stop()
        } else {
            attempt.follow()
        }
    });
    // A proxy of the environment would resolve names anew.
    Client::builder()
        .redirect(follow)
        .dns_resolver(Guard::new(is_public))
        .no_proxy()
}

/// Web addresses without credentials; an address in figures must be a public one.
fn may_be_asked(url: &Url) -> bool {
    let web = matches!(url.scheme(), "http" | "https") && url.username().is_empty();
    let host = url.host_str().unwrap_or_default();
    let figures = host.trim_start_matches('[').trim_end_matches(']');
    let named = figures
        .parse::<IpAddr>()
        .map_or(!host.is_empty(), is_public);
    web && url.password().is_none() && named
}

/// Whether a host is one of our own network by its looks.
pub(crate) fn is_ours(host: &str) -> bool {
    let figures = host.trim_start_matches('[').trim_end_matches(']');
    match figures.parse::<IpAddr>() {
        Ok(address) => !is_public(address),
        Err(_) => !host.contains('.') || host.ends_with(".local"),
    }
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(four) => is_public_v4(four),
        IpAddr::V6(six) => match embedded(six) {
            Some(four) => is_public_v4(four),
            // 2000::/3 is what is given out; of it 2001:db8::/32 is for examples.
            None => six.segments()[0] & 0xe000 == 0x2000 && six.segments()[..2] != [0x2001, 0x0db8],
        },
    }
}

/// The IPv4 address that some IPv6 addresses stand for: mapped, translated, tunnelled.
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let [a, b, c, _, _, _, g, h] = address.segments();
    let four = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match (a, b) {
        (0x0064, 0xff9b) => Some(four(g, h)),
        (0x2002, _) => Some(four(b, c)),
        (0x2001, 0) => Some(four(!g, !h)),
        _ => address.to_ipv4_mapped(),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let kept = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || a == 0
        || a >= 224
        || (a == 100 && b & 0xc0 == 64)
        || (a == 198 && b & 0xfe == 18)
        || (a, b, c) == (192, 0, 0);
    !kept
}

fn forbidden() -> Fault {
    Fault::permanent(
        "url_forbidden",
        "图片地址不允许访问",
        "the picture's address is not allowed",
    )
}

fn unreachable(error: &reqwest::Error) -> Fault {
    tracing::debug!(error = %error.status().map_or_else(|| "no answer".to_owned(), |s| s.to_string()), "a picture cannot be fetched");
    later()
}

fn later() -> Fault {
    Fault::later(
        2_000,
        "unreachable",
        "图片暂时取不到",
        "the picture cannot be fetched now",
    )
}

#[cfg(test)]
mod tests {
    use reqwest::dns::Resolve;

    use super::*;

    #[test]
    fn our_own_network_is_not_asked() {
        for url in [
            "http://127.0.0.1/a.png",
            "http://0x7f.1/a.png",
            "http://2130706433/",
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://[::ffff:169.254.169.254]/latest",
            "http://[64:ff9b::a00:1]/",
            "http://[2002:7f00:1::]/",
            "http://[fd00::1]/",
            "http://[fe80::1]/",
            "http://10.0.0.8/",
            "http://172.16.3.4/",
            "http://192.168.1.1/",
            "http://169.254.169.254/latest/meta-data",
            "http://100.64.0.1/",
            "http://0.0.0.0/",
            "http://224.0.0.1/",
            "http://user:word@93.184.216.34/",
            "file:///etc/passwd",
            "gopher://93.184.216.34/",
        ] {
            let refused = Url::parse(url).is_ok_and(|url| !may_be_asked(&url));
            assert!(refused, "{url}");
        }
        for url in [
            "https://wx.qlogo.cn/mmhead/a/0",
            "http://93.184.216.34/a.png",
            "https://[2606:4700::1111]/a.png",
        ] {
            assert!(may_be_asked(&Url::parse(url).unwrap()), "{url}");
        }
    }

    #[tokio::test]
    async fn a_name_that_leads_home_is_not_followed() {
        let found = Guard::new(is_public).resolve("localhost".parse().unwrap());
        let found = found.await;
        assert!(found.is_err());
    }
}
