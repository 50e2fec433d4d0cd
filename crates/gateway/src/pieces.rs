//! The pieces that a message comes in. The WebSocket library tells of whole messages, and bounds
//! their bytes; a message that never ends in pieces that hold nothing costs work all the same, so
//! frames are counted here, on their way in. Nothing of them is read but their heads.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Frames of one message.
const MOST: u32 = 128;

/// Why reading ends.
#[derive(Debug, thiserror::Error)]
#[error("a message in more than {MOST} frames")]
pub(crate) struct TooMany;

/// A stream of frames, read until a message has too many of them.
pub(crate) struct Counted<S> {
    stream: S,
    heads: Heads,
}

impl<S> Counted<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self {
            stream,
            heads: Heads::default(),
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Counted<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
        let read = buf.filled().get(before..).unwrap_or_default();
        if self.heads.read(read).is_ok() {
            return Poll::Ready(Ok(()));
        }
        buf.set_filled(before);
        Poll::Ready(Err(io::Error::other(TooMany)))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Counted<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// The heads of frames, in bytes that may be cut anywhere.
#[derive(Default)]
struct Heads {
    /// The first bytes of a head, up to its length.
    head: [u8; 10],
    have: usize,
    /// Bytes that are no head: a mask and a payload.
    skip: u64,
    /// Frames of the message under way.
    pieces: u32,
}

impl Heads {
    fn read(&mut self, mut bytes: &[u8]) -> Result<(), TooMany> {
        loop {
            let passed = usize::try_from(self.skip).unwrap_or(usize::MAX);
            let passed = passed.min(bytes.len());
            self.skip -= passed as u64;
            let Some((&next, rest)) = bytes.split_at(passed).1.split_first() else {
                return Ok(());
            };
            bytes = rest;
            self.head[self.have] = next;
            self.have += 1;
            if let Some(skip) = follows(&self.head[..self.have]) {
                (self.have, self.skip) = (0, skip);
                self.count()?;
            }
        }
    }

    /// One more frame. Those of control stand between pieces and are none.
    fn count(&mut self) -> Result<(), TooMany> {
        let (control, last) = (self.head[0] & 0x08 != 0, self.head[0] & 0x80 != 0);
        if control {
            return Ok(());
        }
        self.pieces += 1;
        if self.pieces > MOST {
            return Err(TooMany);
        }
        if last {
            self.pieces = 0;
        }
        Ok(())
    }
}

/// How many bytes come after a head before the next one, if it is whole.
fn follows(head: &[u8]) -> Option<u64> {
    let [_, length, long @ ..] = head else {
        return None;
    };
    let payload = match length & 0x7f {
        126 => u16::from_be_bytes(*long.first_chunk()?).into(),
        127 => u64::from_be_bytes(*long.first_chunk()?),
        short => short.into(),
    };
    let mask = if length & 0x80 == 0 { 0 } else { 4 };
    Some(payload.saturating_add(mask))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A masked frame, as clients send them.
    fn frame(first: u8, payload: usize) -> Vec<u8> {
        let mut bytes = vec![first];
        match payload {
            0..126 => bytes.push(0x80 | payload as u8),
            126..65_536 => {
                bytes.push(0xfe);
                bytes.extend((payload as u16).to_be_bytes());
            }
            _ => {
                bytes.push(0xff);
                bytes.extend((payload as u64).to_be_bytes());
            }
        }
        // What stands in a payload looks like frames.
        bytes.resize(bytes.len() + 4 + payload, 0x01);
        bytes
    }

    fn message(pieces: usize, payload: usize) -> Vec<u8> {
        let mut bytes = frame(0x01, payload);
        for _ in 2..pieces {
            bytes.extend(frame(0x00, payload));
        }
        bytes.extend(frame(0x80, payload));
        bytes
    }

    fn read(bytes: &[u8], step: usize) -> Result<(), TooMany> {
        let mut heads = Heads::default();
        bytes.chunks(step).try_for_each(|some| heads.read(some))
    }

    #[test]
    fn a_message_may_have_so_many_frames_and_no_more_however_the_bytes_are_cut() {
        for (payload, least) in [
            (0, 1),
            (1, 1),
            (125, 1),
            (126, 1),
            (300, 1),
            (65_535, 997),
            (65_536, 997),
        ] {
            let (most, more) = (message(128, payload), message(129, payload));
            for step in [least, 2, 3, 7, 2048, usize::MAX]
                .into_iter()
                .filter(|step| *step >= least)
            {
                assert!(read(&most, step).is_ok(), "{payload} by {step}");
                assert!(read(&more, step).is_err(), "{payload} by {step}");
            }
        }
    }

    #[test]
    fn whole_messages_and_control_frames_count_for_nothing() {
        let mut bytes = frame(0x81, 20).repeat(1000);
        bytes.extend(frame(0x01, 0));
        bytes.extend(frame(0x89, 3).repeat(1000));
        bytes.extend(frame(0x00, 0).repeat(126));
        bytes.extend(frame(0x80, 0));
        bytes.extend(message(128, 9));
        assert!(read(&bytes, 5).is_ok());
    }

    #[test]
    fn a_length_beyond_all_bounds_is_passed_over() {
        let mut bytes = vec![0x01, 0xff];
        bytes.extend(u64::MAX.to_be_bytes());
        bytes.extend([0; 100]);
        assert!(read(&bytes, 9).is_ok());
    }
}
