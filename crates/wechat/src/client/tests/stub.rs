//! A platform of a few lines: it hears requests and does with them what a test says.

use std::sync::Arc;

use parking_lot::Mutex;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A request as it arrived.
#[derive(Debug, Clone)]
pub(super) struct Heard {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: String,
    pub(super) body: Vec<u8>,
}

/// What to do with a request.
pub(super) enum Act {
    /// Answers 200 with JSON.
    Json(String),
    /// Writes these bytes and closes.
    Raw(Vec<u8>),
    /// Closes without a word.
    Drop,
    /// Never answers.
    Hang,
}

pub(super) struct Stub {
    pub(super) base: String,
    heard: Arc<Mutex<Vec<Heard>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Stub {
    pub(super) async fn start(act: impl Fn(&Heard) -> Act + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (log, act) = (Arc::clone(&heard), Arc::new(act));
        let task = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(serve(socket, Arc::clone(&log), Arc::clone(&act)));
            }
        });
        Self { base, heard, task }
    }

    /// Everything asked of a path that ends so.
    pub(super) fn heard(&self, ending: &str) -> Vec<Heard> {
        let heard = self.heard.lock();
        heard
            .iter()
            .filter(|request| request.path.ends_with(ending))
            .cloned()
            .collect()
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(
    mut socket: TcpStream,
    log: Arc<Mutex<Vec<Heard>>>,
    act: Arc<impl Fn(&Heard) -> Act>,
) {
    let mut buffer = Vec::new();
    while let Some(heard) = hear(&mut socket, &mut buffer).await {
        log.lock().push(heard.clone());
        match act(&heard) {
            Act::Json(body) => {
                let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=UTF-8";
                let answer = format!("{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
                if socket.write_all(answer.as_bytes()).await.is_err() {
                    return;
                }
            }
            Act::Raw(bytes) => {
                let _ = socket.write_all(&bytes).await;
                return;
            }
            Act::Drop => return,
            Act::Hang => std::future::pending().await,
        }
    }
}

/// Reads one request with a Content-Length.
async fn hear(socket: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<Heard> {
    let head_end = loop {
        if let Some(at) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 4;
        }
        if socket.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(buffer.drain(..head_end).collect()).unwrap();
    let length = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .map_or(0, |(_, value)| value.trim().parse().unwrap());
    while buffer.len() < length {
        if socket.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    }
    let body = buffer.drain(..length).collect();
    let mut words = head.split_whitespace();
    let method = words.next()?.to_owned();
    let (path, query) = words.next()?.split_once('?').unwrap_or_default();
    Some(Heard {
        method,
        path: path.to_owned(),
        query: query.to_owned(),
        body,
    })
}
