//! What travels over the channel: several messages of one node, numbered.
//!
//! `version, node (16), number of the first (8), { brand (16), length (4), payload }…`, all
//! big-endian. A frame without messages is a beat: it tells which number comes next, so that the
//! loss of the last message before a silence is noticed too.

use std::{collections::HashMap, time::Duration};

use bytes::{Buf, Bytes};
use kefu_domain::BrandId;
use tokio::time::Instant;

/// How often a node that has nothing to say tells its number.
pub(super) const BEAT: Duration = Duration::from_secs(1);
const VERSION: u8 = 1;
const HEAD: usize = 1 + 16 + 8;

/// Nodes not heard for this long are forgotten.
const FORGET: Duration = Duration::from_secs(60);
/// Nodes remembered at most.
const NODES: usize = 1_024;

pub(super) fn write<'a>(
    node: u128,
    first: u64,
    messages: impl Iterator<Item = &'a (BrandId, Bytes)>,
) -> Vec<u8> {
    let mut frame = Vec::with_capacity(4_096);
    frame.push(VERSION);
    frame.extend_from_slice(&node.to_be_bytes());
    frame.extend_from_slice(&first.to_be_bytes());
    for (brand, payload) in messages {
        frame.extend_from_slice(&brand.bytes());
        // Longer ones do not get here, see `Outbox::push`.
        frame.extend_from_slice(
            &u32::try_from(payload.len())
                .unwrap_or(u32::MAX)
                .to_be_bytes(),
        );
        frame.extend_from_slice(payload);
    }
    frame
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) node: u128,
    pub(super) first: u64,
    pub(super) messages: Vec<(BrandId, Bytes)>,
}

/// `None` for anything that is not a frame of this version; payloads share the memory of `bytes`.
pub(super) fn read(mut bytes: Bytes) -> Option<Frame> {
    if bytes.len() < HEAD || bytes.get_u8() != VERSION {
        return None;
    }
    let (node, first) = (bytes.get_u128(), bytes.get_u64());
    let mut messages = Vec::new();
    while !bytes.is_empty() {
        if bytes.len() < 20 {
            return None;
        }
        let brand = BrandId(bytes.get_u128());
        let length = bytes.get_u32() as usize;
        if bytes.len() < length {
            return None;
        }
        messages.push((brand, bytes.split_to(length)));
    }
    Some(Frame {
        node,
        first,
        messages,
    })
}

/// Which number is next from each node.
#[derive(Debug)]
pub(super) struct Heard {
    since: Instant,
    next: HashMap<u128, (u64, Instant)>,
}

impl Heard {
    pub(super) fn new() -> Self {
        Self {
            since: Instant::now(),
            next: HashMap::new(),
        }
    }

    /// Notes a frame; true if something of that node was missed before it.
    pub(super) fn missed(&mut self, frame: &Frame) -> bool {
        let now = Instant::now();
        let after = frame.first.saturating_add(frame.messages.len() as u64);
        if let Some((next, at)) = self.next.get_mut(&frame.node) {
            let missed = *next != frame.first;
            (*next, *at) = (after, now);
            return missed;
        }
        if self.next.len() >= NODES {
            self.next
                .retain(|_, (_, at)| now.duration_since(*at) < FORGET);
            if self.next.len() >= NODES {
                // Not a fleet of ours; better to look too often than to grow.
                return true;
            }
        }
        self.next.insert(frame.node, (after, now));
        // All nodes beat every second. One that speaks up for the first time and has spoken
        // before was missed, unless it is we who just came.
        frame.first > 0 && now.duration_since(self.since) > 3 * BEAT
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn frame(node: u128, first: u64, messages: usize) -> Frame {
        Frame {
            node,
            first,
            messages: vec![(BrandId(1), Bytes::from_static(b"x")); messages],
        }
    }

    #[test]
    fn a_number_left_out_is_a_gap_and_a_beat_shows_it() {
        let mut heard = Heard::new();
        assert!(!heard.missed(&frame(1, 40, 2)), "we just came");
        assert!(!heard.missed(&frame(1, 42, 0)));
        assert!(!heard.missed(&frame(1, 42, 1)));
        assert!(heard.missed(&frame(1, 44, 0)), "43 is missing");
        assert!(!heard.missed(&frame(1, 44, 1)), "and told once");
        assert!(!heard.missed(&frame(2, 0, 1)), "another node counts alone");
    }

    proptest! {
        #[test]
        fn what_was_written_is_read(
            node: u128, first: u64,
            messages: Vec<(u128, Vec<u8>)>,
        ) {
            let messages: Vec<_> =
                messages.into_iter().map(|(b, p)| (BrandId(b), Bytes::from(p))).collect();
            let written = write(node, first, messages.iter());
            prop_assert_eq!(read(written.into()), Some(Frame { node, first, messages }));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
            let _ = read(bytes.into());
        }
    }
}
