//! A WebSocket client that can be told to break every rule: bytes as they are.

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    http,
    world::{As, Guest, World},
};

/// Which socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Door {
    Visitor,
    Agent,
}

impl Door {
    pub(crate) const BOTH: [Self; 2] = [Self::Visitor, Self::Agent];

    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Visitor => "/v1/visitor/socket",
            Self::Agent => "/v1/agent/socket",
        }
    }
}

pub(crate) struct Raw {
    pub(crate) stream: TcpStream,
    heard: Vec<u8>,
}

/// The head of a handshake that is right.
pub(crate) const HANDSHAKE: &str = "host: x\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

/// A frame of a client: the first byte and the payload, masked.
pub(crate) fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];
    let mut bytes = vec![first];
    match payload.len() {
        short @ 0..126 => bytes.push(0x80 | u8::try_from(short).unwrap()),
        long @ 126..65_536 => {
            bytes.push(0x80 | 126);
            bytes.extend(u16::try_from(long).unwrap().to_be_bytes());
        }
        huge => {
            bytes.push(0x80 | 127);
            bytes.extend((huge as u64).to_be_bytes());
        }
    }
    bytes.extend(MASK);
    bytes.extend(payload.iter().zip(MASK.iter().cycle()).map(|(a, b)| a ^ b));
    bytes
}

impl Raw {
    /// A socket without a word said.
    pub(crate) async fn open(world: &World, door: Door) -> Self {
        let mut raw = Self::knock(world, door, "").await.expect("a socket");
        raw.heard.clear();
        raw
    }

    /// A handshake with more headers; the refusal if it is refused.
    pub(crate) async fn knock(
        world: &World,
        door: Door,
        headers: &str,
    ) -> Result<Self, http::Reply> {
        let mut stream = TcpStream::connect(world.addr).await.unwrap();
        let head = format!("GET {} HTTP/1.1\r\n{HANDSHAKE}{headers}\r\n", door.path());
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            answer.push(stream.read_u8().await.unwrap());
        }
        let reply = http::read(&answer);
        if reply.status == 101 {
            let heard = answer;
            return Ok(Self { stream, heard });
        }
        Err(reply)
    }

    /// The head that the handshake was answered with.
    pub(crate) fn answer(&self) -> http::Reply {
        http::read(&self.heard)
    }

    /// A socket that is signed in and has heard `resumed`.
    pub(crate) async fn signed_in(world: &World, door: Door, guest: &Guest) -> Self {
        let mut raw = Self::open(world, door).await;
        let hello = match door {
            Door::Visitor => json!({ "op": "hello", "token": guest.token }),
            Door::Agent => {
                json!({ "op": "hello", "ticket": ticket(world, As::Admin, As::Agent).await })
            }
        };
        raw.say(&hello).await;
        raw.hear("resumed").await;
        raw
    }

    /// An agent's own socket, signed in.
    pub(crate) async fn at_desk(world: &World, who: As) -> Self {
        let mut raw = Self::open(world, Door::Agent).await;
        let pass = ticket(world, As::Admin, who).await;
        raw.say(&json!({ "op": "hello", "ticket": pass })).await;
        raw.hear("resumed").await;
        raw
    }

    pub(crate) async fn bytes(&mut self, bytes: &[u8]) {
        // The other side may have closed already.
        let _ = self.stream.write_all(bytes).await;
    }

    pub(crate) async fn say(&mut self, value: &Value) {
        self.bytes(&frame(0x81, value.to_string().as_bytes())).await;
    }

    /// The next frame: its first byte and payload. `None`: the connection ended.
    pub(crate) async fn next(&mut self) -> Option<(u8, Vec<u8>)> {
        let first = self.stream.read_u8().await.ok()?;
        let length = match self.stream.read_u8().await.ok()? {
            126 => usize::from(self.stream.read_u16().await.ok()?),
            127 => usize::try_from(self.stream.read_u64().await.ok()?).unwrap(),
            short => usize::from(short),
        };
        let mut payload = vec![0; length];
        self.stream.read_exact(&mut payload).await.ok()?;
        Some((first, payload))
    }

    /// The next text frame of this operation.
    pub(crate) async fn hear(&mut self, op: &str) -> Value {
        let within = async {
            loop {
                let (first, payload) = self.next().await.expect("an open socket");
                assert_eq!(first, 0x81, "{op} awaited, got {first:#x} {payload:?}");
                let value: Value = serde_json::from_slice(&payload).expect("frames are JSON");
                if value["op"] == op {
                    return value;
                }
            }
        };
        let within = tokio::time::timeout(std::time::Duration::from_secs(15), within).await;
        within.unwrap_or_else(|_| panic!("no `{op}` in time"))
    }

    /// The code it is closed with; 0 if the connection ends without one.
    pub(crate) async fn closed(&mut self) -> u16 {
        let within = async {
            while let Some((first, payload)) = self.next().await {
                if first == 0x88 {
                    return payload
                        .first_chunk()
                        .map_or(1005, |code| u16::from_be_bytes(*code));
                }
            }
            0
        };
        let within = tokio::time::timeout(std::time::Duration::from_secs(20), within).await;
        within.expect("closed in time")
    }
}

/// A one-time ticket for somebody, made by an administrator.
pub(crate) async fn ticket(world: &World, by: As, agent: As) -> String {
    let target = format!("/v1/agents/{}/tickets", world.ids[&agent]);
    let made = world.done(by, "POST", &target, json!({})).await;
    made["ticket"].as_str().unwrap().to_owned()
}
