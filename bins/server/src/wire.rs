//! One client's connection, between its socket and hyper: bounds how long a request's head may take, and gives the
//! answers that hyper makes by itself, to what it cannot read, the form of all others.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::body::{Body, Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

/// Which exchange a connection is at: even while it waits for a request, odd while one is at work.
#[derive(Debug, Clone, Default)]
pub(crate) struct Exchange(Arc<AtomicU64>);

impl Exchange {
    /// A request is at work until the answer is dropped.
    pub(crate) fn begin(&self) -> AtWork {
        self.0.fetch_add(1, Ordering::AcqRel);
        AtWork(self.clone())
    }

    fn now(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }
}

/// A request at work.
#[derive(Debug)]
pub(crate) struct AtWork(Exchange);

impl Drop for AtWork {
    fn drop(&mut self) {
        self.0.0.fetch_add(1, Ordering::AcqRel);
    }
}

/// An answer's body: with its last byte, its request is at work no more.
#[derive(Debug)]
pub(crate) struct Answering<B> {
    body: B,
    _at_work: AtWork,
}

impl<B> Answering<B> {
    pub(crate) const fn new(body: B, at_work: AtWork) -> Self {
        Self { body, _at_work: at_work }
    }
}

impl<B: Body + Unpin> Body for Answering<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Makes the body of the answer with this status to what could not be read, and its header lines, each with its end.
pub(crate) type Unread = Arc<dyn Fn(u16) -> (String, Vec<u8>) + Send + Sync>;

/// A connection.
pub(crate) struct Wire<S> {
    stream: S,
    exchange: Exchange,
    limit: Duration,
    unread: Unread,
    /// The head that is coming in, if its first byte is there.
    head: Option<Head>,
    /// The exchange after which everything was written.
    written: Option<u64>,
    /// What is written instead of hyper's own answer.
    instead: io::Cursor<Vec<u8>>,
    /// Ends a write that its reader does not take.
    stalled: Option<Pin<Box<Sleep>>>,
}

/// How long a client may take none of what is written to him: what an answer holds, its place among the exports say, is others' too.
const STALLED: Duration = Duration::from_mins(1);

/// A head that is coming in.
struct Head {
    exchange: u64,
    end: Instant,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl<S> Wire<S> {
    /// A connection that was just made. A head may take `limit` from its first byte on, the first one from now on.
    pub(crate) fn new(stream: S, exchange: Exchange, limit: Duration, unread: Unread) -> Self {
        let head = Head { exchange: exchange.now(), end: Instant::now() + limit, sleep: None };
        let instead = io::Cursor::default();
        Self { stream, exchange, limit, unread, head: Some(head), written: Some(0), instead, stalled: None }
    }

    /// What to write instead of `bytes`. Only hyper itself answers when no request is at work and the answers to all
    /// before it were written; it answers at once and then closes the connection.
    fn instead_of(&self, bytes: &[IoSlice<'_>]) -> Option<Vec<u8>> {
        let now = self.exchange.now();
        if !now.is_multiple_of(2) || self.written != Some(now) {
            return None;
        }
        let text = String::from_utf8(bytes.iter().flat_map(|part| part.iter().copied()).collect()).ok()?;
        let head = text.strip_suffix("\r\n\r\n").filter(|head| head.starts_with("HTTP/1."))?;
        let status = head.get(9..12)?.parse().ok()?;
        let (fields, body) = (self.unread)(status);
        let mut all = String::with_capacity(head.len() + fields.len() + body.len() + 64);
        for line in head.split("\r\n").filter(|line| !line.starts_with("content-length:")) {
            all.push_str(line);
            all.push_str("\r\n");
        }
        all.push_str(&fields);
        all.push_str("\r\n");
        let mut all = all.into_bytes();
        all.extend_from_slice(&body);
        Some(all)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Wire<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let now = this.exchange.now();
        if this.head.as_ref().is_some_and(|head| head.exchange != now) {
            this.head = None;
        }
        let before = buffer.filled().len();
        let read = Pin::new(&mut this.stream).poll_read(context, buffer);
        match read {
            Poll::Ready(Ok(())) => {
                if this.head.is_none() && now.is_multiple_of(2) && buffer.filled().len() > before {
                    this.head = Some(Head { exchange: now, end: Instant::now() + this.limit, sleep: None });
                }
            }
            Poll::Ready(Err(_)) => {}
            Poll::Pending => {
                if let Some(Head { end, sleep, .. }) = &mut this.head {
                    let sleep = sleep.get_or_insert_with(|| Box::pin(sleep_until(*end)));
                    ready!(sleep.as_mut().poll(context));
                    return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
                }
            }
        }
        read
    }
}

impl<S> Wire<S> {
    /// The same, unless nothing could be written for too long.
    fn unless_stalled<T>(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep_until(Instant::now() + STALLED)));
        ready!(stalled.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncWrite + Unpin> Wire<S> {
    fn poll_instead(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            let at = usize::try_from(self.instead.position()).unwrap_or(usize::MAX);
            let Some(rest) = self.instead.get_ref().get(at..).filter(|rest| !rest.is_empty()) else {
                return Poll::Ready(Ok(()));
            };
            match ready!(Pin::new(&mut self.stream).poll_write(context, rest))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                written => self.instead.set_position((at + written) as u64),
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Wire<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(context, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if let Some(instead) = this.instead_of(bytes) {
            this.instead = io::Cursor::new(instead);
            this.written = None;
            return Poll::Ready(Ok(bytes.iter().map(|part| part.len()).sum()));
        }
        let written = Pin::new(&mut this.stream).poll_write_vectored(context, bytes);
        this.unless_stalled(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// Hyper flushes when it has nothing left to write.
    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_instead(context))?;
        this.written = Some(this.exchange.now());
        Pin::new(&mut this.stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_instead(context))?;
        Pin::new(&mut this.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests;
