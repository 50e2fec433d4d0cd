//! WebSocket frames (RFC 6455) from the client's side: masked out, unmasked in, no extensions.
//! Payloads are handed on in place; nothing is copied unless a message arrives in fragments.

/// The opcodes that the protocol uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opcode {
    /// A later fragment.
    Continuation,
    /// UTF-8 text.
    Text,
    /// Bytes; the protocol has none, so a gateway that sends some is at fault.
    Binary,
    /// Close, with an optional code and reason.
    Close,
    /// Ping.
    Ping,
    /// Pong.
    Pong,
}

/// One frame as it lies in a receive buffer.
#[derive(Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// Last fragment of its message.
    pub fin: bool,
    /// Kind.
    pub opcode: Opcode,
    /// Payload, in place.
    pub payload: &'a [u8],
    /// Bytes of the buffer that this frame took.
    pub len: usize,
}

/// A frame that no server may send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// Reserved bits without an extension.
    #[error("reserved bits are set")]
    Reserved,
    /// An opcode that RFC 6455 leaves undefined.
    #[error("unknown opcode {0}")]
    Opcode(u8),
    /// A server must not mask.
    #[error("a server's frame is masked")]
    Masked,
    /// Larger than any frame of this protocol.
    #[error("frame of {0} bytes")]
    TooLarge(u64),
}

/// The largest frame taken from a gateway, in bytes: a full `welcome` of a busy agent fits.
pub const MAX_FRAME: u64 = 16 << 20;

/// Reads the first frame of `buf`; `None` when it is not complete yet.
///
/// # Errors
/// When the bytes cannot come from a server that speaks RFC 6455 without extensions.
pub fn parse(buf: &[u8]) -> Result<Option<Frame<'_>>, FrameError> {
    let [first, second, rest @ ..] = buf else {
        return Ok(None);
    };
    if first & 0x70 != 0 {
        return Err(FrameError::Reserved);
    }
    let opcode = match first & 0x0f {
        0 => Opcode::Continuation,
        1 => Opcode::Text,
        2 => Opcode::Binary,
        8 => Opcode::Close,
        9 => Opcode::Ping,
        10 => Opcode::Pong,
        other => return Err(FrameError::Opcode(other)),
    };
    if second & 0x80 != 0 {
        return Err(FrameError::Masked);
    }
    let (len, head) = match second & 0x7f {
        126 => match rest {
            [a, b, ..] => (u64::from(u16::from_be_bytes([*a, *b])), 4),
            _ => return Ok(None),
        },
        127 => match rest.first_chunk::<8>() {
            Some(bytes) => (u64::from_be_bytes(*bytes), 10),
            None => return Ok(None),
        },
        short => (u64::from(short), 2),
    };
    if len > MAX_FRAME {
        return Err(FrameError::TooLarge(len));
    }
    let end = head + len as usize;
    Ok(buf.get(head..end).map(|payload| Frame {
        fin: first & 0x80 != 0,
        opcode,
        payload,
        len: end,
    }))
}

/// Appends one masked frame whose payload `fill` writes; the length field is settled afterwards,
/// so the payload is written only once, straight into the send buffer.
pub fn write(out: &mut Vec<u8>, opcode: u8, mask: [u8; 4], fill: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    // Room for the 16-bit length, which nearly every frame here needs.
    out.extend_from_slice(&[0x80 | opcode, 0, 0, 0, mask[0], mask[1], mask[2], mask[3]]);
    let body = start + 8;
    fill(out);
    let len = out.len() - body;
    let body = if len < 126 {
        out[start + 1] = 0x80 | len as u8;
        out.copy_within(start + 4.., start + 2);
        out.truncate(out.len() - 2);
        body - 2
    } else if let Ok(len) = u16::try_from(len) {
        out[start + 1] = 0x80 | 126;
        out[start + 2..start + 4].copy_from_slice(&len.to_be_bytes());
        body
    } else {
        out[start + 1] = 0x80 | 127;
        let wide = (len as u64).to_be_bytes();
        out.splice(start + 2..start + 4, wide);
        body + 6
    };
    apply_mask(&mut out[body..], mask);
}

/// The code and the words of a close frame; 1005 when it carries none.
pub fn close_reason(payload: &[u8]) -> (u16, String) {
    match payload {
        [a, b, words @ ..] => (
            u16::from_be_bytes([*a, *b]),
            String::from_utf8_lossy(words).into_owned(),
        ),
        _ => (1005, String::new()),
    }
}

fn apply_mask(bytes: &mut [u8], mask: [u8; 4]) {
    let wide = u64::from_ne_bytes([
        mask[0], mask[1], mask[2], mask[3], mask[0], mask[1], mask[2], mask[3],
    ]);
    let (words, tail) = bytes.as_chunks_mut::<8>();
    for word in words {
        *word = (u64::from_ne_bytes(*word) ^ wide).to_ne_bytes();
    }
    for (byte, key) in tail.iter_mut().zip(mask.iter().cycle()) {
        *byte ^= key;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unmasked(sent: &[u8]) -> Vec<u8> {
        // Turns what a client sends into what a server would, so that `parse` can read it.
        let (head, len) = match sent[1] & 0x7f {
            126 => (4, 2),
            127 => (10, 8),
            _ => (2, 0),
        };
        let mut mask = [0; 4];
        mask.copy_from_slice(&sent[head..head + 4]);
        let mut out = vec![sent[0], sent[1] & 0x7f];
        out.extend_from_slice(&sent[2..2 + len]);
        let body = out.len();
        out.extend_from_slice(&sent[head + 4..]);
        apply_mask(&mut out[body..], mask);
        out
    }

    #[test]
    fn every_length_class_survives_the_way_there_and_back() {
        for len in [0, 1, 7, 8, 125, 126, 127, 1000, 65_535, 65_536, 70_001] {
            let text: Vec<u8> = (0..len).map(|i| b'a' + (i % 23) as u8).collect();
            let mut sent = b"earlier".to_vec();
            write(&mut sent, 1, [1, 2, 3, 4], |out| {
                out.extend_from_slice(&text)
            });
            let bytes = unmasked(&sent[7..]);
            let frame = parse(&bytes).unwrap().unwrap();
            assert_eq!(
                (frame.fin, frame.opcode, frame.len),
                (true, Opcode::Text, bytes.len())
            );
            assert_eq!(frame.payload, text, "length {len}");
            for cut in 0..bytes.len().min(12) {
                assert_eq!(parse(&bytes[..cut]), Ok(None));
            }
        }
    }

    #[test]
    fn what_no_server_may_send_is_an_error() {
        assert_eq!(parse(&[0xc1, 0]), Err(FrameError::Reserved));
        assert_eq!(parse(&[0x83, 0]), Err(FrameError::Opcode(3)));
        assert_eq!(parse(&[0x81, 0x80]), Err(FrameError::Masked));
        let huge = [0x82, 127, 0, 0, 1, 0, 0, 0, 0, 0];
        assert!(matches!(parse(&huge), Err(FrameError::TooLarge(_))));
    }

    #[test]
    fn a_close_tells_its_code_and_words() {
        assert_eq!(close_reason(&[0x0f, 0xa8, b'x']), (4008, "x".into()));
        assert_eq!(close_reason(&[]), (1005, String::new()));
    }
}
