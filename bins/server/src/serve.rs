//! Serving HTTP/1.1 connections until told to stop.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use portolan_api_rest::{RequestIds, Router, Unreadable};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tower::ServiceExt;

use crate::wire::{Answering, Exchange, Unread, Wire};

/// How long a client may take to send a request's head, from its first byte on; on a new connection from the beginning.
const HEAD: Duration = Duration::from_secs(15);
/// How long a connection may be idle between an answer and the next request.
const IDLE: Duration = Duration::from_secs(75);
/// How long requests at work may take when the server stops.
const GRACE: Duration = Duration::from_secs(25);
/// How long to wait after a failed accept: most are for want of file descriptors, which come back.
const PAUSE: Duration = Duration::from_millis(50);

/// Serves `listener` until `stopped`; then finishes what is at work.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    connections: usize,
    ids: RequestIds,
    mut stopped: watch::Receiver<bool>,
) {
    let graceful = GracefulShutdown::new();
    let room = Arc::new(Semaphore::new(connections));
    let mut http = http1::Builder::new();
    // Its time runs from the answer before on, so it bounds how long a connection is idle.
    http.timer(TokioTimer::new()).header_read_timeout(IDLE);
    let unread = unread(ids.clone());
    loop {
        // Beyond the limit, connections wait in the listener's queue.
        let place = tokio::select! {
            place = Arc::clone(&room).acquire_owned() => place,
            _ = stopped.wait_for(|stop| *stop) => break,
        };
        let stream = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopped.wait_for(|stop| *stop) => break,
        };
        let stream = match stream {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        no_delay(&stream);
        let exchange = Exchange::default();
        let wire = Wire::new(stream, exchange.clone(), HEAD, Arc::clone(&unread));
        let (router, ids) = (router.clone(), ids.clone());
        let service = service_fn(move |request: Request<Incoming>| {
            let at_work = exchange.begin();
            let answer = match Unreadable::check(&request) {
                Ok(()) => Ok(router.clone().oneshot(request)),
                Err(why) => Err(why.answer(request.headers(), &ids)),
            };
            async move {
                let response = match answer {
                    Ok(answer) => answer.await?,
                    Err(answer) => answer,
                };
                Ok::<_, Infallible>(response.map(|body| Answering::new(body, at_work)))
            }
        });
        let connection = graceful.watch(http.serve_connection(TokioIo::new(wire), service));
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended early");
            }
            drop(place);
        });
    }
    drop(listener);
    if tokio::time::timeout(GRACE, graceful.shutdown()).await.is_err() {
        tracing::warn!(
            "some requests were still at work and were cut off; their writes go on or were not begun"
        );
    }
}

/// What is told where hyper found no request.
fn unread(ids: RequestIds) -> Unread {
    Arc::new(move |status| Unreadable::with_status(status).written(&ids))
}

/// Answers are small and complete: waiting to fill a segment only delays them.
fn no_delay(stream: &TcpStream) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY could not be set");
    }
}
