//! The opening handshake: HTTP/1.1 to WebSocket, with the accept key checked.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest as _, Sha1};

const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// What a handshake answer came to.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    /// More bytes are needed.
    Partial,
    /// Open; frames start at this offset.
    Open(usize),
    /// Refused, with the HTTP status and `Retry-After` in seconds.
    Refused {
        /// HTTP status; 0 when the answer is not HTTP or its key is wrong.
        status: u16,
        /// The server's wish, in seconds.
        retry_after_s: Option<u64>,
    },
}

/// The request that asks for the upgrade of `path`; `key` are 16 random bytes.
pub fn request(host: &str, path: &str, key: [u8; 16]) -> Vec<u8> {
    let key = STANDARD.encode(key);
    format!(
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    .into_bytes()
}

/// Reads what came back for `key`.
pub fn answer(bytes: &[u8], key: [u8; 16]) -> Answer {
    let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
        return Answer::Partial;
    };
    let head = String::from_utf8_lossy(&bytes[..end]);
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1));
    let status = status.and_then(|code| code.parse().ok()).unwrap_or(0);
    let header = |name: &str| {
        head.split("\r\n").skip(1).find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    };
    let retry_after_s = header("retry-after").and_then(|value| value.parse().ok());
    if status != 101 {
        return Answer::Refused {
            status,
            retry_after_s,
        };
    }
    let accepted = header("sec-websocket-accept") == Some(accept(key).as_str());
    let plain = header("sec-websocket-extensions").is_none();
    if accepted && plain {
        Answer::Open(end + 4)
    } else {
        Answer::Refused {
            status: 0,
            retry_after_s: None,
        }
    }
}

fn accept(key: [u8; 16]) -> String {
    let digest = Sha1::digest(format!("{}{GUID}", STANDARD.encode(key)).as_bytes());
    STANDARD.encode(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_accept_key_of_rfc_6455() {
        assert_eq!(accept(*b"the sample nonce"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn an_answer_is_open_only_with_its_own_key() {
        let ok = format!(
            "HTTP/1.1 101 Switching Protocols\r\nsec-websocket-accept: {}\r\n\r\n\x01",
            accept([7; 16])
        );
        assert_eq!(answer(ok.as_bytes(), [7; 16]), Answer::Open(ok.len() - 1));
        assert_eq!(
            answer(ok.as_bytes(), [8; 16]),
            Answer::Refused {
                status: 0,
                retry_after_s: None
            }
        );
        let busy = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 3\r\n\r\n";
        assert_eq!(
            answer(busy, [7; 16]),
            Answer::Refused {
                status: 503,
                retry_after_s: Some(3)
            }
        );
        assert_eq!(answer(&busy[..9], [7; 16]), Answer::Partial);
    }
}
