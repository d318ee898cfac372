//! Prometheus metrics, on an address of their own.

use std::net::SocketAddr;

use portolan_api_rest::{RequestIds, Router, metrics_only};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::serve;
use crate::start::StartError;

/// Most connections of scrapers.
const CONNECTIONS: usize = 16;

/// Serves the metrics of `router` on `address`.
pub(crate) async fn serve(
    address: SocketAddr,
    router: Router,
    ids: RequestIds,
    stopped: watch::Receiver<bool>,
) -> Result<(), StartError> {
    let listener = TcpListener::bind(address).await.map_err(|error| {
        format!("cannot serve metrics on {address}: {error}; choose another address with --metrics-listen")
    })?;
    tracing::info!(url = format!("http://{}/metrics", listener.local_addr()?), "metrics");
    tokio::spawn(serve::serve(listener, metrics_only(router), CONNECTIONS, ids, stopped));
    Ok(())
}
