//! A blocking HTTP/1.1 client for set-up and for reading the store back: keep-alive, JSON bodies,
//! bounded waits, a source address of one's choice. No TLS: a load test stands beside the gateway.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpStream};
use std::time::Duration;

use rustix::net::{AddressFamily, SocketFlags, SocketType};
use serde_json::Value;

use crate::error::{Error, Result};

const WAIT: Duration = Duration::from_secs(30);
const MAX_BODY: usize = 64 << 20;

/// How requests prove who asks.
#[derive(Debug, Clone, Default)]
pub enum Credential {
    /// Nobody yet.
    #[default]
    None,
    /// The console's cookie, as `name=value`.
    Cookie(String),
    /// `Authorization: Bearer …`: an API key or a visitor's token.
    Bearer(String),
}

/// One client: one address, one credential, one connection at a time.
pub struct Client {
    target: SocketAddr,
    source: Ipv4Addr,
    /// Sent with every request.
    pub credential: Credential,
    stream: Option<BufReader<TcpStream>>,
}

/// An answer of any status.
#[derive(Debug)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// `Set-Cookie`, up to its first `;`.
    pub cookie: Option<String>,
    /// `Retry-After` in seconds.
    pub retry_after_s: Option<u64>,
    /// The body as it came.
    pub body: Vec<u8>,
}

impl Response {
    /// The body as JSON; `Null` when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }
}

impl Client {
    /// A client of `target` from the loopback address `source`; nothing is connected yet.
    pub fn new(target: SocketAddr, source: Ipv4Addr) -> Self {
        Self {
            target,
            source,
            credential: Credential::None,
            stream: None,
        }
    }

    /// Moves to another address of the same gateway, as after a restart.
    pub fn retarget(&mut self, target: SocketAddr) {
        self.target = target;
        self.stream = None;
    }

    /// `GET path`, which must answer 200 with JSON.
    ///
    /// # Errors
    /// When the connection fails or another status comes back.
    pub fn get(&mut self, path: &str) -> Result<Value> {
        self.success("GET", path, None).map(|answer| answer.json())
    }

    /// `POST path`, which must answer 2xx.
    ///
    /// # Errors
    /// As for [`Client::get`].
    pub fn post(&mut self, path: &str, body: &Value) -> Result<Value> {
        self.success("POST", path, Some(body))
            .map(|answer| answer.json())
    }

    /// `PATCH path`, which must answer 2xx.
    ///
    /// # Errors
    /// As for [`Client::get`].
    pub fn patch(&mut self, path: &str, body: &Value) -> Result<Value> {
        self.success("PATCH", path, Some(body))
            .map(|answer| answer.json())
    }

    /// Any request that must answer 2xx. A 429 or 503 is repeated after its `Retry-After`, up to
    /// ten times: the protocol says that a refused request left no trace.
    ///
    /// # Errors
    /// When the connection fails, or with [`Error::Answer`] for any other status.
    pub fn success(&mut self, method: &str, path: &str, body: Option<&Value>) -> Result<Response> {
        for _ in 0..10 {
            let answer = self.request(method, path, body)?;
            match answer.status {
                200..=299 => return Ok(answer),
                429 | 503 => {
                    crate::clock::pause(Duration::from_secs(answer.retry_after_s.unwrap_or(1)));
                }
                _ => return Err(refused(method, path, &answer)),
            }
        }
        Err(Error::Gateway(format!(
            "{method} {path} was refused ten times as too much"
        )))
    }

    /// Any request, any answer. A kept connection that turns out to be closed is opened anew once.
    ///
    /// # Errors
    /// When the connection fails or the answer is not HTTP.
    pub fn request(&mut self, method: &str, path: &str, body: Option<&Value>) -> Result<Response> {
        let body = body.map(Value::to_string);
        let body = body.as_deref().map(|body| ("application/json", body));
        self.send(method, path, body)
    }

    /// `POST path` with XML, any answer.
    ///
    /// # Errors
    /// As for [`Client::request`].
    pub fn post_xml(&mut self, path: &str, body: &str) -> Result<Response> {
        self.send("POST", path, Some(("text/xml", body)))
    }

    fn send(&mut self, method: &str, path: &str, body: Option<(&str, &str)>) -> Result<Response> {
        let text = self.compose(method, path, body);
        let reused = self.stream.is_some();
        match self.exchange(&text) {
            Err(_) if reused => {
                self.stream = None;
                self.exchange(&text)
            }
            other => other,
        }
        .inspect_err(|_| self.stream = None)
        .map_err(Error::io(format!("{method} {path}")))
    }

    fn compose(&self, method: &str, path: &str, body: Option<(&str, &str)>) -> Vec<u8> {
        let target = self.target;
        let mut text = format!("{method} {path} HTTP/1.1\r\nHost: {target}\r\n");
        match &self.credential {
            Credential::None => {}
            // A cookie writes only from an allowed origin; the gateway's own is one.
            Credential::Cookie(cookie) => {
                text.push_str(&format!("Cookie: {cookie}\r\nOrigin: http://{target}\r\n"));
            }
            Credential::Bearer(token) => {
                text.push_str(&format!("Authorization: Bearer {token}\r\n"))
            }
        }
        if let Some((kind, body)) = body {
            text.push_str(&format!(
                "Content-Type: {kind}\r\nContent-Length: {}\r\n",
                body.len()
            ));
        } else if method != "GET" {
            text.push_str("Content-Length: 0\r\n");
        }
        text.push_str("\r\n");
        text.push_str(body.map_or("", |(_, body)| body));
        text.into_bytes()
    }

    fn exchange(&mut self, text: &[u8]) -> std::io::Result<Response> {
        let stream = match self.stream.take() {
            Some(stream) => stream,
            None => BufReader::new(connect(self.target, self.source)?),
        };
        let stream = self.stream.insert(stream);
        stream.get_mut().write_all(text)?;
        let (answer, keep) = read_answer(stream)?;
        if !keep {
            self.stream = None;
        }
        Ok(answer)
    }
}

fn refused(method: &str, path: &str, answer: &Response) -> Error {
    Error::Answer {
        method: method.into(),
        path: path.into(),
        status: answer.status,
        body: String::from_utf8_lossy(&answer.body)
            .chars()
            .take(300)
            .collect(),
    }
}

fn connect(target: SocketAddr, source: Ipv4Addr) -> std::io::Result<TcpStream> {
    let stream = if target.is_ipv4() && target.ip().is_loopback() {
        let (family, kind) = (AddressFamily::INET, SocketType::STREAM);
        let fd = rustix::net::socket_with(family, kind, SocketFlags::CLOEXEC, None)?;
        rustix::net::bind(&fd, &SocketAddrV4::new(source, 0))?;
        rustix::net::connect(&fd, &target)?;
        TcpStream::from(fd)
    } else {
        TcpStream::connect_timeout(&target, WAIT)?
    };
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(WAIT))?;
    stream.set_write_timeout(Some(WAIT))?;
    Ok(stream)
}

fn bad(words: &str) -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::InvalidData, words)
}

/// Reads one answer; the flag says whether the connection may be used again.
fn read_answer(stream: &mut BufReader<TcpStream>) -> std::io::Result<(Response, bool)> {
    let mut line = String::new();
    if stream.read_line(&mut line)? == 0 {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    let status = line.split(' ').nth(1).and_then(|code| code.parse().ok());
    let mut answer = Response {
        status: status.ok_or_else(|| bad("not an HTTP answer"))?,
        cookie: None,
        retry_after_s: None,
        body: Vec::new(),
    };
    let (mut length, mut chunked, mut keep) = (None, false, true);
    loop {
        line.clear();
        stream.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse::<usize>().ok(),
            "transfer-encoding" => chunked = value.eq_ignore_ascii_case("chunked"),
            "connection" => keep = !value.eq_ignore_ascii_case("close"),
            "retry-after" => answer.retry_after_s = value.parse().ok(),
            "set-cookie" => answer.cookie = value.split(';').next().map(str::to_owned),
            _ => {}
        }
    }
    if chunked {
        read_chunks(stream, &mut answer.body)?;
    } else if let Some(length) = length {
        if length > MAX_BODY {
            return Err(bad("body too large"));
        }
        answer.body.resize(length, 0);
        stream.read_exact(&mut answer.body)?;
    } else if answer.status != 204 && answer.status != 304 {
        stream.take(MAX_BODY as u64).read_to_end(&mut answer.body)?;
        keep = false;
    }
    Ok((answer, keep))
}

fn read_chunks(stream: &mut BufReader<TcpStream>, body: &mut Vec<u8>) -> std::io::Result<()> {
    let mut line = String::new();
    loop {
        line.clear();
        stream.read_line(&mut line)?;
        let size = line.trim_end().split(';').next().unwrap_or_default();
        let size = usize::from_str_radix(size, 16).map_err(|_| bad("not a chunk"))?;
        if body.len() + size > MAX_BODY {
            return Err(bad("body too large"));
        }
        let start = body.len();
        body.resize(start + size, 0);
        stream.read_exact(&mut body[start..])?;
        line.clear();
        stream.read_line(&mut line)?;
        if size == 0 {
            return Ok(());
        }
    }
}
