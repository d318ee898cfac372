//! In this process, on a data folder: the same requests, answered by the same router.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use futures::TryStreamExt;
use http::header::{AUTHORIZATION, HeaderValue};
use portolan::core::access::Operation;
use portolan::core::tenancy::TenantSlug;
use portolan::core::token::BearerToken;
use portolan::{Call, Place, Portolan};
use portolan_api_rest::{RestOptions, router};
use portolan_compose::{
    Composed, DataFolder, Layers, LogFormat, Settings, WireError, command_line, init_logs,
};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;
use tower::ServiceExt;

use super::{ByteStream, SendError, Sent, open};
use crate::failure::{Exit, Failure};
use crate::output::Output;
use crate::request::{Request, Who, path};

/// An open data folder.
pub(crate) struct Local {
    portolan: Portolan,
    router: Router,
    /// Held until the end: no other process may have it meanwhile.
    _folder: DataFolder,
    /// The token that was given; without one, tokens are made.
    given: Option<SecretString>,
    made: Mutex<Vec<(TenantSlug, SecretString)>>,
}

impl Local {
    /// Opens a data folder that is there.
    pub(crate) async fn open(
        folder: DataFolder,
        environment: &[(String, String)],
        token: Option<SecretString>,
        output: Output,
    ) -> Result<Self, Failure> {
        let Composed { portolan, folder } = compose(folder, environment, output).await?;
        let options = RestOptions { temporary: folder.temporary(), ..RestOptions::default() };
        let router = router(portolan.clone(), options);
        Ok(Self { portolan, router, _folder: folder, given: token, made: Mutex::default() })
    }

    /// Whether a token was given.
    pub(crate) fn has_token(&self) -> bool {
        self.given.is_some()
    }

    pub(super) async fn send(&self, request: &Request) -> Result<http::Response<ByteStream>, SendError> {
        let token = self.token(&request.who).await.map_err(SendError::Failed)?;
        self.answer(request, token.as_ref()).await
    }

    async fn answer(
        &self,
        request: &Request,
        token: Option<&SecretString>,
    ) -> Result<http::Response<ByteStream>, SendError> {
        let body = match open(&request.body).await? {
            Sent::Whole(bytes) => axum::body::Body::from(bytes),
            Sent::Stream(stream) => axum::body::Body::from_stream(stream),
        };
        let mut sent = http::Request::new(body);
        *sent.method_mut() = request.method.clone();
        *sent.uri_mut() = request.target.parse().map_err(|error| {
            SendError::Failed(Failure::usage(format_args!("the request's address cannot be used: {error}")))
        })?;
        *sent.headers_mut() = request.headers.clone();
        if let Some(token) = token {
            let mut bearer = HeaderValue::from_str(&format!("Bearer {}", token.expose_secret().trim()))
                .map_err(|_| {
                    SendError::Failed(Failure::new(
                        Exit::NotAllowed,
                        "PORTOLAN_TOKEN holds characters that no token has",
                    ))
                })?;
            bearer.set_sensitive(true);
            sent.headers_mut().insert(AUTHORIZATION, bearer);
        }
        let answer = match self.router.clone().oneshot(sent).await {
            Ok(answer) => answer,
            Err(never) => match never {},
        };
        let (parts, body) = answer.into_parts();
        let body = body.into_data_stream().map_err(Into::into);
        Ok(http::Response::from_parts(parts, Box::pin(body)))
    }

    async fn token(&self, who: &Who) -> Result<Option<SecretString>, Failure> {
        let tenant = match who {
            Who::Nobody => return Ok(None),
            _ if self.given.is_some() => return Ok(self.given.clone()),
            Who::Operator => TenantSlug::platform(),
            Who::Owner(tenant) => {
                tenant.parse().map_err(|bad| Failure::usage(format_args!("the tenant {tenant:?}: {bad}")))?
            }
        };
        let mut made = self.made.lock().await;
        if let Some((_, token)) = made.iter().find(|(of, _)| *of == tenant) {
            return Ok(Some(token.clone()));
        }
        let token = match self.portolan.local_token(&tenant).await {
            Ok(token) => token,
            Err(error @ portolan::Error::NotFound { .. }) => {
                let failure = Failure::new(Exit::NotFound, format_args!("the tenant {tenant}: {error}"));
                return Err(failure.hint("`portolan tenant list` shows which there are"));
            }
            Err(error) => {
                return Err(Failure::other(format_args!(
                    "no token can be made for an owner of {tenant}: {error}"
                )));
            }
        };
        made.push((tenant, token.clone()));
        Ok(Some(token))
    }

    /// Forgets the tokens made, as they end after a while; answers whether new ones will be made.
    pub(super) async fn renew(&self) -> bool {
        let mut made = self.made.lock().await;
        let had = !made.is_empty();
        made.clear();
        had
    }

    /// Where plain git finds a wiki's repository.
    pub(crate) async fn repository(&self, tenant: &str, wiki: &str) -> Result<Option<PathBuf>, Failure> {
        let Some(token) = self.token(&Who::Owner(tenant.into())).await? else { return Ok(None) };
        let bearer = BearerToken::parse(token.expose_secret().trim())
            .map_err(|bad| Failure::new(Exit::NotAllowed, format_args!("PORTOLAN_TOKEN: {bad}")))?;
        let bad = |bad: &dyn std::fmt::Display| Failure::usage(bad);
        let place = Place {
            tenant: Some(tenant.parse().map_err(|error| bad(&error))?),
            wiki: Some(wiki.parse().map_err(|error| bad(&error))?),
        };
        let admitted =
            self.portolan.admit(Arc::new(bearer), Operation::WikiRead, place, Call::new("cli")).await;
        let folder = admitted.and_then(|admitted| self.portolan.repository_folder(&admitted));
        let folder = folder.map_err(Failure::other)?;
        Ok(folder.map(std::path::absolute).transpose()?)
    }

    /// Revokes the tokens made, as far as that works: they end by themselves soon. Then writes what is still in memory.
    pub(super) async fn close(self) {
        for (tenant, token) in self.made.lock().await.drain(..) {
            let Ok(bearer) = BearerToken::parse(token.expose_secret()) else { continue };
            let id = bearer.key().id.to_string();
            if let Ok(path) = path(&["tenants", tenant.as_str(), "tokens", &id]) {
                drop(self.answer(&Request::delete(Who::Nobody, path), Some(&token)).await);
            }
        }
        self.portolan.close().await;
    }
}

/// Opens the library on a data folder, with the settings that the environment and the configuration file give.
pub(crate) async fn compose(
    folder: DataFolder,
    environment: &[(String, String)],
    output: Output,
) -> Result<Composed, Failure> {
    init_logs(if output.quiet { "error" } else { "warn" }, LogFormat::Text);
    let settings = settings(environment)?;
    portolan_compose::open(folder, &settings).await.map_err(unopened)
}

/// The data folder at `path`, which must be there.
pub(crate) fn existing(path: &Path) -> Result<DataFolder, Failure> {
    DataFolder::existing(path).map_err(|error| {
        let failure = Failure::from(error);
        if failure.exit() == Exit::Unavailable {
            failure.hint(
                "while a server has the folder, ask the server: leave --data away and name it with --url",
            )
        } else {
            failure
        }
    })
}

fn settings(environment: &[(String, String)]) -> Result<Settings, Failure> {
    let line = command_line()
        .try_get_matches_from(["portolan-server"])
        .map_err(|error| Failure::usage(error.to_string()))?;
    Layers::collect(&line, environment).resolve().map_err(|faults| {
        let faults: Vec<String> = faults.iter().map(|fault| format!("\n  {fault}")).collect();
        Failure::usage(format_args!("the configuration has these faults:{}", faults.concat()))
    })
}

fn unopened(error: WireError) -> Failure {
    match error {
        WireError::Folder(error) => error.into(),
        WireError::Port(error) => {
            Failure::other(format_args!("the data folder cannot be opened: {}", error.public))
                .hint("`portolan doctor --data` says what is damaged")
        }
        WireError::Recover(error) => {
            Failure::other(format_args!("what an earlier run left cannot be mended: {error}"))
                .hint("`portolan doctor --data` says what is damaged")
        }
    }
}
