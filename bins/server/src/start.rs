//! From settings to a serving process, and to its end.

use std::io::Write;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use portolan::Setup;
use portolan_api_rest::{RestOptions, router};
use portolan_compose::{Composed, DataFolder, Settings, open, write_demo_pages};
use secrecy::ExposeSecret;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::{greeting, metrics, serve};

/// Whatever keeps the server from running, told to whoever started it.
pub(crate) type StartError = Box<dyn std::error::Error + Send + Sync>;

pub(crate) async fn run(settings: &Settings) -> Result<(), StartError> {
    survive_limit_on_files()?;
    let folder = DataFolder::open(&settings.data)?;
    let Composed { portolan, folder } = open(folder, settings).await?;
    let setup = if settings.demo {
        let setup = portolan.demo().await?;
        if setup.is_new {
            write_demo_pages(&portolan, &setup).await?;
        }
        Some(setup)
    } else {
        None
    };
    if setup.is_none() && !portolan.is_initialised().await? {
        tracing::warn!(
            "nobody can sign in yet: make the platform with `portolan init`, or start with --demo"
        );
    }
    let listener = bind(settings.listen).await?;
    let url = format!("http://{}", listener.local_addr()?);
    let options = RestOptions {
        temporary: folder.temporary(),
        request_time: settings.request_time,
        requests: settings.requests,
        metrics: settings.metrics_listen.is_some(),
        ..RestOptions::default()
    };
    let ids = options.request_ids.clone();
    let router = router(portolan.clone(), options);
    let (stop, stopped) = watch::channel(false);
    let background = tokio::spawn({
        let (portolan, mut stopped) = (portolan.clone(), stopped.clone());
        async move { portolan.run(async move { drop(stopped.wait_for(|stop| *stop).await) }).await }
    });
    if let Some(address) = settings.metrics_listen {
        metrics::serve(address, router.clone(), ids.clone(), stopped.clone()).await?;
    }
    if let Some(file) = &settings.ready_file {
        write_ready_file(file, &url, setup.as_ref())?;
    }
    greeting::greet(&url, setup.as_ref(), settings.ready_file.as_deref());
    tracing::info!(url, data = %settings.data.display(), "ready");
    let serving = tokio::spawn(serve::serve(listener, router, settings.connections, ids, stopped));
    wait_for_signal().await?;
    tracing::info!("stopping: requests at work are finished, new ones are not taken");
    stop.send_replace(true);
    serving.await?;
    background.await?;
    // The background work ended when the stop began; requests that were at work then have read and refused since.
    portolan.close().await;
    drop(portolan);
    drop(folder);
    Ok(())
}

async fn bind(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|error| {
        format!("cannot listen on {address}: {error}; choose another address with --listen").into()
    })
}

/// Lets a write beyond the limit on files (`ulimit -f`) fail as one on a full disk does; by default its signal ends the process.
fn survive_limit_on_files() -> std::io::Result<()> {
    // Its number on Linux, the BSDs and macOS; tokio has no name for it. The handler stays although nobody listens.
    const SIGXFSZ: i32 = 25;
    signal(SignalKind::from_raw(SIGXFSZ)).map(drop)
}

async fn wait_for_signal() -> Result<(), StartError> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

/// Written beside its place and renamed: whoever waits for the file never reads half of it.
fn write_ready_file(path: &Path, url: &str, setup: Option<&Setup>) -> Result<(), StartError> {
    let content = match setup {
        None => serde_json::json!({ "url": url }),
        Some(Setup { tenant, wiki, owner_token, operator_token, .. }) => serde_json::json!({
            "url": url,
            "tenant": tenant.as_str(),
            "wiki": wiki.as_str(),
            "owner_token": owner_token.expose_secret(),
            "operator_token": operator_token.expose_secret(),
        }),
    };
    let failed = |error| format!("the ready file {} cannot be written: {error}", path.display());
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(format!(".{}.tmp", std::process::id()));
    let write = || {
        let mut file = std::fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&temporary)?;
        file.write_all(content.to_string().as_bytes())?;
        std::fs::rename(&temporary, path)
    };
    write().map_err(failed)?;
    Ok(())
}
