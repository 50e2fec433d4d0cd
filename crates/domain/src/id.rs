//! Ids: 128 bits, time-ordered (UUID v7), written as 26 characters of Crockford base32.
//!
//! One newtype per entity, so that a team cannot be passed for an agent. Minting needs a time and
//! randomness from outside.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The text is not an id: wrong length or a character outside Crockford base32.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an id")]
pub struct NotAnId;

/// Builds the 128 bits of a UUID v7 from unix milliseconds and 74 random bits.
#[must_use]
pub const fn v7(unix_ms: u64, random: u128) -> u128 {
    let rand_a = (random >> 62) & 0x0fff;
    let rand_b = random & 0x3fff_ffff_ffff_ffff;
    ((unix_ms as u128 & 0xffff_ffff_ffff) << 80)
        | (0x7 << 76)
        | (rand_a << 64)
        | (0b10 << 62)
        | rand_b
}

/// Writes 128 bits as 26 characters.
#[must_use]
pub fn encode(bits: u128) -> [u8; 26] {
    let mut out = [0; 26];
    let mut rest = bits;
    for slot in out.iter_mut().rev() {
        *slot = ALPHABET[(rest & 31) as usize];
        rest >>= 5;
    }
    out
}

/// Reads what [`encode`] wrote, in either case.
///
/// # Errors
/// [`NotAnId`] for any other text.
pub fn decode(text: &str) -> Result<u128, NotAnId> {
    let bytes = text.as_bytes();
    if bytes.len() != 26 || bytes[0] > b'7' {
        return Err(NotAnId);
    }
    let mut bits = 0u128;
    for byte in bytes {
        let upper = byte.to_ascii_uppercase();
        let value = match upper {
            b'0'..=b'9' => upper - b'0',
            b'A'..=b'H' => upper - b'A' + 10,
            b'J' | b'K' => upper - b'J' + 18,
            b'M' | b'N' => upper - b'M' + 20,
            b'P'..=b'T' => upper - b'P' + 22,
            b'V'..=b'Z' => upper - b'V' + 27,
            _ => return Err(NotAnId),
        };
        bits = (bits << 5) | u128::from(value);
    }
    Ok(bits)
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
        pub struct $name(pub u128);

        impl $name {
            /// The 16 bytes as stored, big-endian, so that byte order is time order.
            #[must_use]
            pub const fn bytes(self) -> [u8; 16] {
                self.0.to_be_bytes()
            }
            /// Reads the stored form.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(u128::from_be_bytes(bytes))
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                // The alphabet is ASCII.
                f.write_str(std::str::from_utf8(&encode(self.0)).unwrap_or_default())
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
        impl FromStr for $name {
            type Err = NotAnId;
            fn from_str(text: &str) -> Result<Self, NotAnId> {
                decode(text).map(Self)
            }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.serialize_str(std::str::from_utf8(&encode(self.0)).unwrap_or_default())
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
                decode(&text).map(Self).map_err(de::Error::custom)
            }
        }
    )*};
}

ids! {
    /// A tenant (品牌).
    BrandId,
    /// A face that customers talk to (客服账号), `open_kfid` on our wire.
    KfAccountId,
    /// Credentials at an outside party (连接).
    ConnectionId,
    /// One configured door of a KfAccount (接入点).
    EntryPointId,
    /// A person who writes to us (客户), `external_userid` on our wire.
    CustomerId,
    /// A customer as one entry point knows them (身份).
    IdentityId,
    /// Everything between one customer and one KfAccount, for ever (会话).
    ConversationId,
    /// One service episode (接待).
    SessionId,
    /// A person who answers (接待人员), `servicer_userid` on our wire.
    AgentId,
    /// A skill group (接待组).
    TeamId,
    /// An offer to add a specialist or join a group (升级服务).
    HandoffId,
    /// A handoff target: a person (服务专员).
    SpecialistId,
    /// A handoff target: a group (粉丝群).
    FanGroupId,
    /// A durable intent to tell a party outside (发件箱).
    OutboxId,
    /// A stored file.
    MediaId,
    /// A prepared answer (快捷回复).
    CannedReplyId,
    /// A key for the HTTP API.
    ApiKeyId,
    /// A receiver of events in a brand's own house.
    WebhookId,
    /// An event for one webhook.
    HookCallId,
}

/// A message's id: its conversation and its `seq`. Opaque to clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MessageId {
    /// The conversation it stands in.
    pub conversation: ConversationId,
    /// Its number there, from 1.
    pub seq: u64,
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.conversation, self.seq)
    }
}

impl FromStr for MessageId {
    type Err = NotAnId;
    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let (conversation, seq) = text.split_once('-').ok_or(NotAnId)?;
        let plain = !seq.is_empty() && seq.bytes().all(|b| b.is_ascii_digit());
        Ok(Self {
            conversation: conversation.parse()?,
            seq: seq
                .parse()
                .ok()
                .filter(|n| plain && *n > 0)
                .ok_or(NotAnId)?,
        })
    }
}

impl Serialize for MessageId {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for MessageId {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_v7_id_carries_version_variant_and_time() {
        let bits = v7(1_775_109_780_000, u128::MAX);
        assert_eq!(bits >> 80, 1_775_109_780_000);
        assert_eq!((bits >> 76) & 0xf, 7);
        assert_eq!((bits >> 62) & 0b11, 0b10);
    }

    proptest! {
        #[test]
        fn text_and_bits_are_the_same_id(bits: u128) {
            let id = AgentId(bits);
            prop_assert_eq!(id.to_string().parse::<AgentId>(), Ok(id));
            prop_assert_eq!(AgentId::from_bytes(id.bytes()), id);
        }

        #[test]
        fn later_ids_sort_later(a in 0u64..1 << 47, b in 0u64..1 << 47, x: u128, y: u128) {
            prop_assume!(a < b);
            let (early, late) = (AgentId(v7(a, x)), AgentId(v7(b, y)));
            prop_assert!(early < late && early.to_string() < late.to_string());
        }

        #[test]
        fn any_text_is_read_or_refused(text: String) {
            let _ = text.parse::<AgentId>();
            let _ = text.parse::<MessageId>();
        }
    }
}
