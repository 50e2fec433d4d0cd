//! Clients that dawdle: a body that does not keep coming, an answer that nobody takes.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::{body::Body, extract::Request};
use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Instant, Sleep},
};

use crate::{Patience, places::Taken};

/// A request whose body must keep coming, and whether it did not.
pub(crate) fn paced(request: Request, patience: &Patience) -> (Request, Option<Arc<AtomicBool>>) {
    if request.body().is_end_stream() {
        return (request, None);
    }
    let late = Arc::new(AtomicBool::new(false));
    let (first, flag) = (patience.body, Arc::clone(&late));
    let paced = request.map(|inner| {
        Body::new(Paced {
            inner,
            began: Instant::now(),
            bytes: 0,
            first,
            late: flag,
            alarm: None,
        })
    });
    (paced, Some(late))
}

/// A body with a deadline that moves on with each byte.
struct Paced {
    inner: Body,
    began: Instant,
    bytes: u64,
    first: Duration,
    late: Arc<AtomicBool>,
    alarm: Option<Pin<Box<Sleep>>>,
}

impl HttpBody for Paced {
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        match Pin::new(&mut self.inner).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => {
                self.bytes += frame.data_ref().map_or(0, |data| data.len() as u64);
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(error.into()))),
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => {
                let bought = Duration::from_secs(self.bytes / Patience::PACE);
                let deadline = self.began + self.first + bought;
                ready!(wait(&mut self.alarm, deadline, cx));
                self.late.store(true, Ordering::Release);
                Poll::Ready(Some(Err("the body did not keep coming".into())))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// Bytes of an answer that are handed over at once.
const PIECE: usize = 16 << 10;

/// An answer that goes out in pieces and keeps its place until the last of them is handed over.
pub(crate) fn held(body: Body, place: Taken) -> Body {
    if body.is_end_stream() {
        return body;
    }
    Body::new(Held {
        inner: body,
        rest: Bytes::new(),
        _place: place,
    })
}

struct Held {
    inner: Body,
    rest: Bytes,
    _place: Taken,
}

impl HttpBody for Held {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if self.rest.is_empty() {
            match ready!(Pin::new(&mut self.inner).poll_frame(cx)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => self.rest = data,
                    Err(other) => return Poll::Ready(Some(Ok(other))),
                },
                end => return Poll::Ready(end),
            }
        }
        let length = self.rest.len().min(PIECE);
        Poll::Ready(Some(Ok(Frame::data(self.rest.split_to(length)))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (inner, rest) = (self.inner.size_hint(), self.rest.len() as u64);
        let mut hint = SizeHint::new();
        hint.set_lower(inner.lower() + rest);
        if let Some(upper) = inner.upper() {
            hint.set_upper(upper + rest);
        }
        hint
    }
}

/// Ready at the deadline.
fn wait(alarm: &mut Option<Pin<Box<Sleep>>>, deadline: Instant, cx: &mut Context<'_>) -> Poll<()> {
    let alarm = alarm.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(deadline)));
    if alarm.deadline() != deadline {
        alarm.as_mut().reset(deadline);
    }
    alarm.as_mut().poll(cx)
}

/// A connection that gives up on a client that takes no byte for a while. The alarm exists only
/// while a write is stuck, so that idle connections stay small.
pub(crate) struct Patient {
    stream: TcpStream,
    patience: Duration,
    alarm: Option<Pin<Box<Sleep>>>,
}

impl Patient {
    pub(crate) fn new(stream: TcpStream, patience: Duration) -> Self {
        Self {
            stream,
            patience,
            alarm: None,
        }
    }

    /// The outcome of a write, or the end of patience.
    fn stuck(
        &mut self,
        wrote: Poll<io::Result<usize>>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        if wrote.is_ready() {
            self.alarm = None;
            return wrote;
        }
        let fresh = Instant::now() + self.patience;
        let deadline = self.alarm.as_ref().map_or(fresh, |alarm| alarm.deadline());
        ready!(wait(&mut self.alarm, deadline, cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Patient {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Patient {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let wrote = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.stuck(wrote, cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let wrote = Pin::new(&mut self.stream).poll_write_vectored(cx, parts);
        self.stuck(wrote, cx)
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

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;
    use crate::places::Places;

    #[tokio::test]
    async fn an_answer_keeps_its_place_until_its_last_piece_is_taken() {
        let places = Places::new(1, 1);
        let take = || places.take([127, 0, 0, 1].into(), 0).unwrap();
        let bytes = vec![7; PIECE * 2 + 1];
        let mut body = held(Body::from(bytes.clone()), take());
        assert_eq!(body.size_hint().exact(), Some(bytes.len() as u64));
        let mut got = Vec::new();
        while !body.is_end_stream() {
            assert_eq!(places.taken(), 1);
            let piece = body.frame().await.unwrap().unwrap().into_data().unwrap();
            assert!(piece.len() <= PIECE);
            got.extend(piece);
        }
        drop(body);
        assert_eq!((got == bytes, places.taken()), (true, 0));
        let empty = held(Body::empty(), take());
        assert_eq!((empty.is_end_stream(), places.taken()), (true, 0));
    }
}
