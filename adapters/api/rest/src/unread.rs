//! Bodies that nobody reads to their end.
//!
//! A server that closes a connection while the client still sends makes the client's system discard the answer (RFC 9112
//! §9.6). So what is left of a refused request's body is read and thrown away in the background, within bounds, while
//! the answer is on its way.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use bytes::Bytes;
use http::header::EXPECT;
use http_body_util::BodyExt as _;
use hyper::body::{Body as HttpBody, Frame, SizeHint};

/// Most bytes thrown away.
const MOST: usize = 64 << 20;
/// How long bytes are thrown away.
const LONGEST: Duration = Duration::from_secs(10);

/// A body whose rest is thrown away when it is dropped.
#[derive(Debug)]
pub(crate) struct Unread {
    body: Option<Body>,
    /// The client waits for 100 (Continue) before it sends anything: then there is nothing to throw away.
    waits: bool,
}

impl Unread {
    /// The same request; its body, if it has one, is this.
    pub(crate) fn wrap(request: Request) -> Request {
        if request.body().is_end_stream() {
            return request;
        }
        let waits = request.headers().contains_key(EXPECT);
        request.map(|body| Body::new(Self { body: Some(body), waits }))
    }
}

impl HttpBody for Unread {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.waits = false;
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        let frame = Pin::new(body).poll_frame(context);
        if matches!(&frame, Poll::Ready(None | Some(Err(_)))) {
            self.body = None;
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(|| SizeHint::with_exact(0), HttpBody::size_hint)
    }
}

impl Drop for Unread {
    fn drop(&mut self) {
        let Some(mut body) = self.body.take().filter(|body| !self.waits && !body.is_end_stream()) else {
            return;
        };
        if body.size_hint().lower() > MOST as u64 {
            return;
        }
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        runtime.spawn(tokio::time::timeout(LONGEST, async move {
            let mut seen = 0;
            while let Some(Ok(frame)) = body.frame().await {
                seen += frame.data_ref().map_or(0, Bytes::len);
                if seen > MOST {
                    break;
                }
            }
        }));
    }
}
