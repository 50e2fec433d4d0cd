//! Which addresses may be called: the guard against requests that are forged through us.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use reqwest::{
    Url,
    dns::{Addrs, Name, Resolve, Resolving},
};

/// A name is asked for so long.
const NAMED: Duration = Duration::from_secs(5);
/// Longest address.
const LONGEST: usize = 2048;

/// What the operator allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Policy {
    /// Loopback and private ranges, and `http`: for receivers in the same house.
    pub private_addresses: bool,
}

/// An address that must not be called, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Forbidden(pub &'static str);

impl Policy {
    /// Reads an address as far as that goes without asking for names.
    ///
    /// # Errors
    /// [`Forbidden`] with the reason.
    pub fn check(self, text: &str) -> Result<Url, Forbidden> {
        if text.len() > LONGEST {
            return Err(Forbidden("longer than 2,048 bytes"));
        }
        let url = Url::parse(text).map_err(|_| Forbidden("not an address"))?;
        self.check_url(&url)?;
        Ok(url)
    }

    /// The same, and what its name stands for now.
    ///
    /// # Errors
    /// [`Forbidden`]. A name that cannot be resolved now is no error: it may be one later.
    pub async fn check_name(self, text: &str) -> Result<(), Forbidden> {
        let url = self.check(text)?;
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
        let asked = tokio::time::timeout(NAMED, tokio::net::lookup_host((host, 0))).await;
        if let Ok(Ok(found)) = asked {
            for address in found {
                self.check_ip(address.ip())?;
            }
        }
        Ok(())
    }

    pub(crate) fn check_url(self, url: &Url) -> Result<(), Forbidden> {
        match url.scheme() {
            "https" => (),
            "http" if self.private_addresses => (),
            _ => return Err(Forbidden("only https")),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Forbidden(
                "a user or password does not belong into an address",
            ));
        }
        // A literal in any spelling (0x7f.1, 017700000001) was read into plain numbers by now.
        match url.host_str() {
            None | Some("") => Err(Forbidden("no host")),
            Some(host) => match host.trim_matches(['[', ']']).parse::<IpAddr>() {
                Ok(ip) => self.check_ip(ip),
                Err(_) => Ok(()),
            },
        }
    }

    /// May a connection go there?
    ///
    /// # Errors
    /// [`Forbidden`] with the reason.
    pub fn check_ip(self, ip: IpAddr) -> Result<(), Forbidden> {
        let kind = match ip {
            IpAddr::V4(ip) => kind_v4(ip),
            IpAddr::V6(ip) => kind_v6(ip),
        };
        match kind {
            Kind::Public => Ok(()),
            Kind::Private if self.private_addresses => Ok(()),
            Kind::Private => Err(Forbidden("an address that is not public")),
            Kind::Never => Err(Forbidden("an address that nobody may be called at")),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Public,
    /// In the operator's own house.
    Private,
    /// Metadata services, multicast, reserved.
    Never,
}

fn kind_v4(ip: Ipv4Addr) -> Kind {
    let [a, b, c, _] = ip.octets();
    if ip.is_loopback() || ip.is_private() || (a == 100 && (64..128).contains(&b)) {
        return Kind::Private;
    }
    let never = a == 0
        || ip.is_link_local()
        || ip.is_documentation()
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (b & 0xfe) == 18)
        || a >= 224;
    if never { Kind::Never } else { Kind::Public }
}

fn kind_v6(ip: Ipv6Addr) -> Kind {
    let s = ip.segments();
    let carried = |high: u16, low: u16| {
        let [[a, b], [c, d]] = [high.to_be_bytes(), low.to_be_bytes()];
        kind_v4(Ipv4Addr::new(a, b, c, d))
    };
    if ip.is_loopback() {
        return Kind::Private;
    }
    match s {
        // Mapped, translated (64:ff9b::/96), and long abandoned compatible forms of IPv4.
        [0, 0, 0, 0, 0, 0xffff, high, low]
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low]
        | [0, 0, 0, 0, 0xffff, 0, high, low] => carried(high, low),
        [0, 0, 0, 0, 0, 0, ..] => Kind::Never,
        // 6to4 carries its IPv4 address at the front.
        [0x2002, high, low, ..] => carried(high, low),
        [0x64, 0xff9b, 1, ..] => Kind::Private,
        // Teredo, benchmarking, documentation, discard.
        [0x2001, 0, ..] | [0x2001, 2, 0, ..] | [0x2001, 0xdb8, ..] | [0x100, 0, 0, 0, ..] => {
            Kind::Never
        }
        [first, ..] if first & 0xfe00 == 0xfc00 => Kind::Private,
        // What is given out to the public today.
        [first, ..] if first & 0xe000 == 0x2000 => Kind::Public,
        _ => Kind::Never,
    }
}

/// Names are asked for here only, and what is answered here is what is connected to: no second look
/// can find another address.
pub(crate) struct Guard(pub(crate) Policy);

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let policy = self.0;
        Box::pin(async move {
            let found: Vec<SocketAddr> =
                tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            for address in &found {
                policy.check_ip(address.ip())?;
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STRICT: Policy = Policy {
        private_addresses: false,
    };
    const HOUSE: Policy = Policy {
        private_addresses: true,
    };

    #[test]
    fn public_addresses_may_be_called() {
        for url in [
            "https://brand.example/hook?x=1",
            "https://8.8.8.8/",
            "https://[2606:4700::1111]:8443/a",
            "https://1.1.1.1:444/",
        ] {
            assert!(STRICT.check(url).is_ok(), "{url}");
        }
    }

    #[test]
    fn every_spelling_of_an_inner_address_is_refused() {
        for url in [
            "https://127.0.0.1/",
            "https://127.1/",
            "https://0x7f.1/",
            "https://0x7f000001/",
            "https://2130706433/",
            "https://017700000001/",
            "https://0/",
            "https://10.1.2.3/",
            "https://172.16.0.1/",
            "https://192.168.1.1/",
            "https://100.64.0.1/",
            "https://169.254.169.254/latest/meta-data/",
            "https://[::1]/",
            "https://[::]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::ffff:a9fe:a9fe]/",
            "https://[::127.0.0.1]/",
            "https://[64:ff9b::7f00:1]/",
            "https://[64:ff9b::169.254.169.254]/",
            "https://[2002:7f00:1::]/",
            "https://[2002:a9fe:a9fe::1]/",
            "https://[2001:0:53aa:64c::1]/",
            "https://[fd00::1]/",
            "https://[fe80::1]/",
            "https://[ff02::1]/",
            "https://224.0.0.1/",
            "https://255.255.255.255/",
            "https://192.0.2.1/",
            "https://198.18.0.1/",
            "https://１２７.０.０.１/",
        ] {
            assert!(STRICT.check(url).is_err(), "{url}");
        }
    }

    #[test]
    fn other_schemes_users_and_nothing_are_refused() {
        for url in [
            "http://brand.example/",
            "ftp://brand.example/",
            "file:///etc/passwd",
            "https://user@brand.example/",
            "https://user:pass@brand.example/",
            "https://",
            "brand.example",
            "",
            "gopher://brand.example/_",
        ] {
            assert!(STRICT.check(url).is_err(), "{url}");
        }
        let long = format!("https://brand.example/{}", "a".repeat(2048));
        assert!(STRICT.check(&long).is_err());
    }

    #[test]
    fn the_operator_may_open_the_house_but_never_the_metadata() {
        for url in [
            "http://127.0.0.1:9000/",
            "http://10.0.0.5/",
            "https://[fd00::1]/",
            "http://[::1]:80/",
        ] {
            assert!(HOUSE.check(url).is_ok(), "{url}");
        }
        for url in [
            "http://169.254.169.254/",
            "http://[::ffff:169.254.169.254]/",
            "http://[fe80::1]/",
            "http://0.0.0.0/",
            "http://224.0.0.1/",
        ] {
            assert!(HOUSE.check(url).is_err(), "{url}");
        }
    }
}
