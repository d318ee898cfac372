//! Over HTTP to a server.

use std::net::IpAddr;
use std::time::Duration;

use futures::TryStreamExt;
use http::header::{AUTHORIZATION, HeaderValue};
use reqwest::{Client, Url};
use secrecy::{ExposeSecret, SecretString};

use super::{ByteStream, SendError, Sent, open};
use crate::failure::{Exit, Failure};
use crate::output::Output;
use crate::request::{Request, Who};

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(10);
/// How long a server may be silent: an export is gathered before its first byte is sent.
const SILENCE: Duration = Duration::from_mins(10);

/// A server.
pub(crate) struct Remote {
    http: Client,
    url: Url,
    /// Marked as sensitive, so that no Debug text shows it.
    authorization: Option<HeaderValue>,
}

impl Remote {
    pub(crate) fn new(url: &str, token: Option<&SecretString>, output: Output) -> Result<Self, Failure> {
        let wrong = |why: &str| {
            Failure::usage(format_args!("--url: {why}")).hint("an address is like http://127.0.0.1:7420")
        };
        let url = Url::parse(url).map_err(|error| wrong(&format!("not an address: {error}")))?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return Err(wrong("the address must begin with http:// or https://"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong(
                "an address holds no name and no password; the token comes from PORTOLAN_TOKEN",
            ));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(wrong("the address must have no `?` and no `#`"));
        }
        let host = url.host_str().unwrap_or_default();
        let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
        let is_loopback = host == "localhost" || address.is_ok_and(|address| address.is_loopback());
        if token.is_some() && url.scheme() == "http" && !is_loopback {
            output.remark("warning: the token travels unencrypted to this address; use https:// where others share the network");
        }
        let authorization = token.map(bearer).transpose()?;
        let mut builder = Client::builder()
            .user_agent(concat!("portolan-cli/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT)
            .read_timeout(SILENCE);
        if is_loopback {
            // A proxy for the outside cannot reach this machine's own address.
            builder = builder.no_proxy();
        }
        let http = builder.build().map_err(|error| {
            Failure::other(format_args!("no HTTP client can be made: {}", causes(&error)))
        })?;
        Ok(Self { http, url, authorization })
    }

    pub(super) async fn send(&self, request: &Request) -> Result<http::Response<ByteStream>, SendError> {
        let target = format!("{}{}", self.url.as_str().trim_end_matches('/'), request.target);
        let mut sent = self.http.request(request.method.clone(), target).headers(request.headers.clone());
        if let (Some(authorization), true) = (&self.authorization, request.who != Who::Nobody) {
            sent = sent.header(AUTHORIZATION, authorization);
        }
        sent = match open(&request.body).await? {
            Sent::Whole(bytes) => sent.body(bytes),
            Sent::Stream(stream) => sent.body(reqwest::Body::wrap_stream(stream)),
        };
        let answer = sent.send().await.map_err(|error| {
            let failure = Failure::new(
                Exit::Unavailable,
                format_args!("no answer from {}: {}", self.url, causes(&error.without_url())),
            );
            SendError::Retry(failure.hint(
                "is the server running? Name its address with --url or PORTOLAN_URL, or work on a data folder with --data",
            ))
        })?;
        let mut response = http::Response::new(());
        *response.status_mut() = answer.status();
        *response.headers_mut() = answer.headers().clone();
        let body: ByteStream = Box::pin(answer.bytes_stream().map_err(|error| error.without_url().into()));
        Ok(response.map(|()| body))
    }
}

fn bearer(token: &SecretString) -> Result<HeaderValue, Failure> {
    let mut value = HeaderValue::from_str(&format!("Bearer {}", token.expose_secret().trim()))
        .map_err(|_| Failure::new(Exit::NotAllowed, "PORTOLAN_TOKEN holds characters that no token has"))?;
    value.set_sensitive(true);
    Ok(value)
}

/// An error with all that is behind it, each said once.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}
