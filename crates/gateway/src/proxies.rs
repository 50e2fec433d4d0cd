//! Where a request comes from: the peer, or what a proxy of ours says.

use std::{fmt, net::IpAddr, str::FromStr};

use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};

/// Addresses that begin alike, as `10.0.0.0/8`, or a single one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Network {
    address: IpAddr,
    bits: u32,
}

/// Not an address, and not a network.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is neither an address nor a network like 10.0.0.0/8")]
pub struct NoNetwork(String);

impl Network {
    /// Is every address of its kind in it?
    #[must_use]
    pub fn is_everybody(&self) -> bool {
        self.bits == 0
    }

    /// Is the address in it? IPv4 within IPv6 is IPv4.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let alike = |one: u128, other: u128, length: u32| {
            let free = length - self.bits;
            (one ^ other).checked_shr(free).unwrap_or(0) == 0
        };
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(one), IpAddr::V4(other)) => {
                alike(one.to_bits().into(), other.to_bits().into(), 32)
            }
            (IpAddr::V6(one), IpAddr::V6(other)) => alike(one.to_bits(), other.to_bits(), 128),
            _ => false,
        }
    }
}

impl FromStr for Network {
    type Err = NoNetwork;

    fn from_str(text: &str) -> Result<Self, NoNetwork> {
        let parse = || {
            let (address, bits) = match text.split_once('/') {
                Some((address, bits)) => (address, Some(bits.parse().ok()?)),
                None => (text, None),
            };
            let address: IpAddr = address.trim().parse().ok()?;
            let all = if address.is_ipv4() { 32 } else { 128 };
            let bits = bits.unwrap_or(all);
            (bits <= all).then_some(Self { address, bits })
        };
        parse().ok_or_else(|| NoNetwork(text.to_owned()))
    }
}

impl TryFrom<String> for Network {
    type Error = NoNetwork;

    fn try_from(text: String) -> Result<Self, NoNetwork> {
        text.parse()
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = if self.address.is_ipv4() { 32 } else { 128 };
        write!(f, "{}", self.address)?;
        if self.bits < all {
            write!(f, "/{}", self.bits)?;
        }
        Ok(())
    }
}

impl From<Network> for String {
    fn from(network: Network) -> Self {
        network.to_string()
    }
}

/// The address a request comes from: the peer's, or, behind proxies of ours, the nearest that is none
/// of them. An entry that is no address ends the search: what stands before it is anybody's word.
pub(crate) fn address(proxies: &[Network], peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    let ours = |one: IpAddr| proxies.iter().any(|network| network.contains(one));
    if !ours(peer) {
        return peer;
    }
    // Several lines are one list.
    for line in headers.get_all("x-forwarded-for").iter().rev() {
        let Ok(list) = line.to_str() else {
            return peer;
        };
        for one in list.rsplit(',') {
            match entry(one.trim()) {
                None => return peer,
                Some(address) if ours(address) => (),
                Some(address) => return address,
            }
        }
    }
    peer
}

/// `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:80`.
fn entry(text: &str) -> Option<IpAddr> {
    let bare = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    bare.unwrap_or(text)
        .parse()
        .or_else(|_| text.parse().map(|one: std::net::SocketAddr| one.ip()))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_is_what_begins_alike() {
        for (network, inside, outside) in [
            ("10.0.0.0/8", "10.255.0.1", "11.0.0.1"),
            ("10.1.2.3", "10.1.2.3", "10.1.2.4"),
            ("10.0.0.0/8", "::ffff:10.9.9.9", "::a00:1"),
            ("0.0.0.0/0", "192.0.2.1", "2001:db8::1"),
            ("2001:db8::/32", "2001:db8:ffff::1", "2001:db9::1"),
            ("::/0", "2001:db8::1", "192.0.2.1"),
        ] {
            let of: Network = network.parse().unwrap();
            assert!(of.contains(inside.parse().unwrap()), "{network} {inside}");
            assert!(
                !of.contains(outside.parse().unwrap()),
                "{network} {outside}"
            );
            assert_eq!(of.to_string(), network);
        }
        for wrong in ["", "x", "10.0.0.0/33", "10.0.0.0/", "::/129", "10.0.0/8"] {
            assert!(wrong.parse::<Network>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn only_what_our_proxies_wrote_is_believed() {
        let proxies = ["127.0.0.1".parse().unwrap(), "10.0.0.0/8".parse().unwrap()];
        let from = |peer: &str, lines: &[&str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append("x-forwarded-for", line.parse().unwrap());
            }
            address(&proxies, peer.parse().unwrap(), &headers).to_string()
        };
        for (peer, lines, is) in [
            ("192.0.2.9", &["1.1.1.1"][..], "192.0.2.9"),
            ("127.0.0.1", &[], "127.0.0.1"),
            ("127.0.0.1", &["6.6.6.6, 192.0.2.1"], "192.0.2.1"),
            ("127.0.0.1", &["6.6.6.6, 192.0.2.1, 10.3.2.1"], "192.0.2.1"),
            // The client's own line stands before the proxy's.
            ("127.0.0.1", &["6.6.6.6", "192.0.2.1"], "192.0.2.1"),
            ("127.0.0.1", &["192.0.2.1", "10.3.2.1"], "192.0.2.1"),
            // Nothing is skipped to reach what suits.
            ("127.0.0.1", &["6.6.6.6, unknown"], "127.0.0.1"),
            ("127.0.0.1", &["6.6.6.6, "], "127.0.0.1"),
            ("127.0.0.1", &["6.6.6.6, 192.0.2.1:4711"], "192.0.2.1"),
            ("127.0.0.1", &["[2001:db8::1]:4711"], "2001:db8::1"),
            ("127.0.0.1", &["[2001:db8::1]"], "2001:db8::1"),
        ] {
            assert_eq!(from(peer, lines), is, "{peer} {lines:?}");
        }
    }
}
