//! The two ways a request can go: over HTTP to a server, or in this process to a data folder.

mod local;
mod remote;

use std::io;

use bytes::Bytes;
use futures::TryStreamExt;
use futures::stream::{self, BoxStream};
use indicatif::ProgressBar;
use tokio::io::AsyncReadExt;

pub(crate) use local::{Local, compose, existing};
pub(crate) use remote::Remote;

use crate::failure::Failure;
use crate::request::{Body, Request};

/// Any error of a body.
pub(crate) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A body as it arrives.
pub(crate) type ByteStream = BoxStream<'static, Result<Bytes, BoxError>>;

/// A request that was not answered.
#[derive(Debug)]
pub(crate) enum SendError {
    /// Sending it again may help.
    Retry(Failure),
    /// It cannot be sent.
    Failed(Failure),
}

/// A way to send requests.
pub(crate) enum Transport {
    Remote(Remote),
    Local(Box<Local>),
}

impl Transport {
    pub(crate) async fn send(&self, request: &Request) -> Result<http::Response<ByteStream>, SendError> {
        match self {
            Self::Remote(remote) => remote.send(request).await,
            Self::Local(local) => local.send(request).await,
        }
    }

    /// Whether another attempt with a new token can help: where this process makes them itself.
    pub(crate) async fn renew(&self) -> bool {
        match self {
            Self::Remote(_) => false,
            Self::Local(local) => local.renew().await,
        }
    }

    /// Ends what was begun.
    pub(crate) async fn close(self) {
        if let Self::Local(local) = self {
            local.close().await;
        }
    }
}

/// A body as bytes or as a stream of them.
enum Sent {
    Whole(Bytes),
    Stream(ByteStream),
}

/// Opens a body for one attempt.
async fn open(body: &Body) -> Result<Sent, SendError> {
    match body {
        Body::Empty => Ok(Sent::Whole(Bytes::new())),
        Body::Json(bytes) => Ok(Sent::Whole(bytes.clone())),
        Body::File { path, bytes, bar } => {
            let file = tokio::fs::File::open(path).await.map_err(|error| {
                SendError::Failed(Failure::other(format_args!("{} cannot be read: {error}", path.display())))
            })?;
            bar.set_position(0);
            // A file that grows meanwhile must not be sent with a length that is no longer true.
            Ok(Sent::Stream(stream_of(file.take(*bytes), bar.clone())))
        }
    }
}

fn stream_of(file: tokio::io::Take<tokio::fs::File>, bar: ProgressBar) -> ByteStream {
    const CHUNK: usize = 256 << 10;
    let chunks = stream::try_unfold((file, bar), |(mut file, bar)| async move {
        let mut chunk = bytes::BytesMut::with_capacity(CHUNK);
        while chunk.len() < CHUNK {
            if file.read_buf(&mut chunk).await? == 0 {
                break;
            }
        }
        bar.inc(chunk.len() as u64);
        Ok::<_, io::Error>((!chunk.is_empty()).then(|| (chunk.freeze(), (file, bar))))
    });
    Box::pin(chunks.map_err(Into::into))
}
