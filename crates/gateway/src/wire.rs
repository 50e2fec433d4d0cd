//! What both sockets share below their frames: the handshake, a place among the others, the pace,
//! and parting in order.

use std::time::{Duration, Instant};

use axum::{
    extract::{
        FromRequestParts,
        ws::{Utf8Bytes, WebSocketUpgrade, rejection::WebSocketUpgradeRejection},
    },
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use serde::de::DeserializeOwned;
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        self, Message as Frame,
        handshake::derive_accept_key,
        protocol::{
            CloseFrame, Role, WebSocketConfig,
            frame::{
                Frame as RawFrame,
                coding::{Data, OpCode},
            },
        },
    },
};

use crate::{
    frames::{self, close},
    pieces::{Counted, TooMany},
    problem::Problem,
};

/// How a connection ends from our side: the code and the reason, or without a word of ours.
pub(crate) type End = Option<(u16, &'static str)>;

/// No first frame for so long.
const HELLO: Duration = Duration::from_secs(5);
/// For the answer to our close frame.
const PARTING: Duration = Duration::from_secs(5);
/// A peer that takes nothing for so long is as good as gone.
const TAKEN: Duration = Duration::from_secs(10);
/// Messages of a replay that are read and written at once.
pub(crate) const PAGE: u32 = 50;
/// Frames that a client had under way when we closed; what comes after them is cut off.
const UNDER_WAY: usize = 4096;
/// Pings and pongs of the protocol a second; clients need one every 15 s.
const PINGS: u32 = 20;

/// A handshake that may become a socket. Others are refused with what a client can mend.
pub(crate) struct Handshake {
    upgrade: OnUpgrade,
    key: HeaderValue,
}

/// A socket that is one.
pub(crate) struct WebSocket(WebSocketStream<Counted<TokioIo<Upgraded>>>);

impl WebSocket {
    /// What comes next; `None`: nothing more.
    pub(crate) async fn recv(&mut self) -> Option<Result<Frame, tungstenite::Error>> {
        self.0.next().await
    }
}

impl Handshake {
    /// Answers it, and runs the socket with buffers as small as idle ones deserve.
    pub(crate) fn accept<F>(self, run: impl FnOnce(WebSocket) -> F + Send + 'static) -> Response
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let accept = derive_accept_key(self.key.as_bytes());
        tokio::spawn(async move {
            let Ok(upgraded) = self.upgrade.await else {
                return;
            };
            let config = WebSocketConfig::default()
                .read_buffer_size(2048)
                .write_buffer_size(4096)
                .max_write_buffer_size(2 << 20)
                .max_message_size(Some(frames::FRAME))
                .max_frame_size(Some(frames::FRAME));
            let stream = Counted::new(TokioIo::new(upgraded));
            let socket = WebSocketStream::from_raw_socket(stream, Role::Server, Some(config));
            run(WebSocket(socket.await)).await;
        });
        let headers = [
            (header::CONNECTION, "upgrade"),
            (header::UPGRADE, "websocket"),
            (header::SEC_WEBSOCKET_ACCEPT, &accept),
        ];
        (StatusCode::SWITCHING_PROTOCOLS, headers).into_response()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Handshake {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        if parts.uri.query().is_some() {
            // Addresses end up in logs; whoever writes one here is about to write a token.
            return Err(Problem::bad(
                "the socket takes no query: the token goes into the first frame",
            )
            .into_response());
        }
        let key = parts.headers.get(header::SEC_WEBSOCKET_KEY).cloned();
        let odd = |key: &HeaderValue| STANDARD.decode(key).map_or(0, |key| key.len()) != 16;
        if key.as_ref().is_some_and(odd) {
            return Err(Problem::bad("Sec-WebSocket-Key: not 16 bytes in base64").into_response());
        }
        let upgrade = parts.extensions.get::<OnUpgrade>().cloned();
        if let Err(rejected) = WebSocketUpgrade::from_request_parts(parts, state).await {
            return Err(refuse(&rejected));
        }
        match (upgrade, key) {
            (Some(upgrade), Some(key)) => Ok(Self { upgrade, key }),
            // Looked for above.
            _ => Err(Problem::bad("no handshake").into_response()),
        }
    }
}

fn refuse(rejected: &WebSocketUpgradeRejection) -> Response {
    use WebSocketUpgradeRejection as R;
    let status = match rejected {
        R::InvalidConnectionHeader(_)
        | R::InvalidUpgradeHeader(_)
        | R::InvalidWebSocketVersionHeader(_) => StatusCode::UPGRADE_REQUIRED,
        _ => StatusCode::BAD_REQUEST,
    };
    let problem = Problem::new(status, "bad_request", rejected.body_text());
    let mut response = problem.into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::SEC_WEBSOCKET_VERSION,
        HeaderValue::from_static("13"),
    );
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    response
}

/// The next thing a client says.
enum Heard {
    Text(tungstenite::Utf8Bytes),
    /// Ping, pong: a sign of life.
    Life,
    /// Not this protocol: close with this.
    Broken(u16, &'static str),
    Gone,
}

fn heard(frame: Option<Result<Frame, tungstenite::Error>>) -> Heard {
    match frame {
        Some(Ok(Frame::Text(text))) => Heard::Text(text),
        // Frames as they are come from nobody: they are put together before.
        Some(Ok(Frame::Ping(_) | Frame::Pong(_) | Frame::Frame(_))) => Heard::Life,
        Some(Ok(Frame::Binary(_))) => Heard::Broken(close::BINARY, "text frames only"),
        Some(Ok(Frame::Close(_))) | None => Heard::Gone,
        Some(Err(error)) => match error {
            tungstenite::Error::Capacity(_) => Heard::Broken(close::TOO_LARGE, "too large"),
            tungstenite::Error::Utf8(_) => Heard::Broken(close::NOT_UTF8, "not UTF-8"),
            tungstenite::Error::Protocol(
                tungstenite::error::ProtocolError::ResetWithoutClosingHandshake,
            ) => Heard::Gone,
            tungstenite::Error::Protocol(_) => Heard::Broken(close::PROTOCOL, "not this protocol"),
            tungstenite::Error::Io(error)
                if error.get_ref().is_some_and(|inner| inner.is::<TooMany>()) =>
            {
                Heard::Broken(close::POLICY, "too many frames in a message")
            }
            _ => Heard::Gone,
        },
    }
}

/// A socket's first frame, or how it ends without a good one.
pub(crate) async fn hello<F: DeserializeOwned>(
    socket: &mut WebSocket,
    op: impl Fn(&F) -> &str,
) -> Result<F, End> {
    let first = tokio::time::timeout(HELLO, socket.recv()).await;
    let text = match first.map(heard) {
        Ok(Heard::Text(text)) => text,
        Ok(Heard::Gone) => return Err(None),
        Ok(Heard::Broken(code, reason)) => return Err(Some((code, reason))),
        Ok(Heard::Life) | Err(_) => return Err(Some((close::UNAUTHENTICATED, "no hello"))),
    };
    match frames::read::<F>(&text) {
        Ok(frame) if op(&frame) == "hello" => Ok(frame),
        Ok(_) => Err(Some((
            close::UNAUTHENTICATED,
            "the first frame must be a hello",
        ))),
        Err(_) => Err(Some((close::BAD_FRAME, "bad frame"))),
    }
}

/// Writes frames in one go.
///
/// # Errors
/// How the socket ends: it is gone, or takes nothing for 10 s (4008).
pub(crate) async fn write(
    socket: &mut WebSocket,
    frames: impl IntoIterator<Item = Utf8Bytes>,
) -> Result<(), End> {
    let writing = async {
        for frame in frames {
            // As it is: what is text already is not looked over again.
            let frame = RawFrame::message(Bytes::from(frame), OpCode::Data(Data::Text), true);
            socket.0.feed(Frame::Frame(frame)).await?;
        }
        socket.0.flush().await
    };
    match tokio::time::timeout(TAKEN, writing).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(None),
        Err(_) => Err(Some((close::SLOW, "too slow"))),
    }
}

/// Counts what a client says that is not worth an answer.
pub(crate) struct Pace {
    most: u32,
    second: Instant,
    frames: u32,
    pings: u32,
}

impl Pace {
    /// At most so many frames a second.
    pub(crate) fn new(most: u32) -> Self {
        Self {
            most,
            second: Instant::now(),
            frames: 0,
            pings: 0,
        }
    }

    fn count(&mut self, frames: u32, pings: u32) -> Result<(), End> {
        if self.second.elapsed() >= Duration::from_secs(1) {
            (self.second, self.frames, self.pings) = (Instant::now(), 0, 0);
        }
        self.frames += frames;
        self.pings += pings;
        if self.frames > self.most {
            return Err(Some((close::POLICY, "too many frames")));
        }
        if self.pings > PINGS {
            return Err(Some((close::POLICY, "too many pings")));
        }
        Ok(())
    }

    /// A frame that is not a message.
    ///
    /// # Errors
    /// 1008 beyond the bound.
    pub(crate) fn frame(&mut self) -> Result<(), End> {
        self.count(1, 0)
    }

    /// What came over a socket: a text, or nothing but a sign of life.
    ///
    /// # Errors
    /// How the socket ends: it is gone, broken, or pings beyond the bound (1008).
    pub(crate) fn heard(
        &mut self,
        frame: Option<Result<Frame, tungstenite::Error>>,
    ) -> Result<Option<tungstenite::Utf8Bytes>, End> {
        match heard(frame) {
            Heard::Text(text) => Ok(Some(text)),
            Heard::Life => self.count(0, 1).map(|()| None),
            Heard::Broken(code, reason) => Err(Some((code, reason))),
            Heard::Gone => Err(None),
        }
    }
}

/// Ends a socket with a code and waits for the client's answer, so that our last words arrive; a
/// client that does not answer is dropped after 5 s.
pub(crate) async fn bye(socket: &mut WebSocket, code: u16, reason: &'static str) {
    let frame = Frame::Close(Some(CloseFrame {
        code: code.into(),
        reason: tungstenite::Utf8Bytes::from_static(reason),
    }));
    let parting = async {
        if socket.0.send(frame).await.is_err() {
            return;
        }
        for _ in 0..UNDER_WAY {
            if !matches!(socket.recv().await, Some(Ok(_))) {
                return;
            }
        }
    };
    let _ = tokio::time::timeout(PARTING, parting).await;
}

/// Parts: with our word, or by answering the client's.
pub(crate) async fn part(socket: &mut WebSocket, end: End) {
    match end {
        Some((code, reason)) => bye(socket, code, reason).await,
        None => {
            let _ = tokio::time::timeout(PARTING, SinkExt::close(&mut socket.0)).await;
        }
    }
}
