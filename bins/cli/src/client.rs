//! Sending requests: retries, problems, lists.

use std::borrow::Cow;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::TryStreamExt;
use http::header::RETRY_AFTER;
use http::{HeaderMap, StatusCode};
use serde_json::Value;

use crate::failure::{Exit, Failure, text_of};
use crate::problem::Problem;
use crate::request::{Request, Who};
use crate::transport::{ByteStream, SendError, Transport};

/// How often a request is sent at most.
const ATTEMPTS: u32 = 4;
/// The pause after the first failure; it doubles with each.
const PAUSE: Duration = Duration::from_millis(250);
/// The longest pause that a server may ask for and get.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// How many redirects are followed: renamed pages lead from one to the next.
const HOPS: u32 = 10;
/// Items asked for at once.
const PART: u64 = 200;
/// The largest refusal that is read.
const PROBLEM_BYTES: usize = 8 << 20;

/// An answer that grants what was asked.
pub(crate) struct Answer {
    pub(crate) headers: HeaderMap,
    pub(crate) body: ByteStream,
}

impl Answer {
    pub(crate) async fn bytes(mut self) -> Result<Bytes, Failure> {
        let mut all = BytesMut::new();
        while let Some(part) = self.body.try_next().await.map_err(cut_off)? {
            all.extend_from_slice(&part);
        }
        Ok(all.freeze())
    }
}

/// The answer ended before it was complete.
pub(crate) fn cut_off(error: impl std::fmt::Display) -> Failure {
    Failure::new(Exit::Unavailable, format_args!("the answer was cut off: {error}"))
}

/// A JSON answer: the server's bytes, and what they say.
#[derive(Debug)]
pub(crate) struct Json {
    pub(crate) raw: Bytes,
    pub(crate) value: Value,
}

/// Sends requests, to a server or to a data folder.
pub(crate) struct Client {
    pub(crate) transport: Transport,
}

impl Client {
    /// Sends a request until it is answered, or it has failed often enough. A refusal is an error.
    pub(crate) async fn send(&self, request: &Request) -> Result<Answer, Failure> {
        let mut request = Cow::Borrowed(request);
        let mut hops = 0;
        let mut renewed = false;
        let mut attempt = 0;
        loop {
            attempt += 1;
            let last = attempt >= ATTEMPTS;
            let response = match self.transport.send(&request).await {
                Ok(response) => response,
                Err(SendError::Retry(failure)) if last => return Err(failure),
                Err(SendError::Retry(_)) => {
                    pause(attempt, None).await;
                    continue;
                }
                Err(SendError::Failed(failure)) => return Err(failure),
            };
            let (parts, body) = response.into_parts();
            if parts.status.is_success() {
                return Ok(Answer { headers: parts.headers, body });
            }
            if parts.status == StatusCode::UNAUTHORIZED && !renewed && self.transport.renew().await {
                renewed = true;
                continue;
            }
            if let Some(there) = redirect(parts.status, &parts.headers)
                && request.follow
                && hops < HOPS
            {
                there.clone_into(&mut request.to_mut().target);
                (hops, attempt) = (hops + 1, 0);
                continue;
            }
            let busy =
                matches!(parts.status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS);
            let asked = parts.headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
            let asked = asked.map(Duration::from_secs);
            if busy && !last && asked.is_none_or(|asked| asked <= LONGEST_PAUSE) {
                pause(attempt, asked).await;
                continue;
            }
            return Err(refusal(parts.status, &parts.headers, body).await);
        }
    }

    /// Sends a request that is answered with JSON.
    pub(crate) async fn json(&self, request: &Request) -> Result<Json, Failure> {
        let raw = self.send(request).await?.bytes().await?;
        let value = serde_json::from_slice(&raw).map_err(|error| {
            Failure::other(format_args!(
                "the answer is not JSON ({error}); is this address a Portolan server?"
            ))
        })?;
        Ok(Json { raw, value })
    }

    /// Fetches a list to its end, or at most `most` items, after the cursor `after`. The answer is one object, as if the server
    /// had answered all items at once.
    pub(crate) async fn list(
        &self,
        request: &Request,
        most: Option<u64>,
        after: Option<&str>,
    ) -> Result<Json, Failure> {
        let mut items: Vec<Value> = Vec::new();
        let mut after = after.map(str::to_owned);
        let mut left = most.unwrap_or(u64::MAX);
        loop {
            let part = request
                .clone()
                .query("limit", Some(left.min(PART).to_string()))
                .query("after", after.as_deref());
            let mut json = self.json(&part).await?;
            let Some(Value::Array(found)) = json.value.get_mut("items").map(Value::take) else {
                return Err(Failure::other("the answer is not a list; is this address a Portolan server?"));
            };
            left = left.saturating_sub(found.len() as u64);
            let only = items.is_empty();
            items.extend(found);
            let next = text_of(&json.value["next"]);
            if next.is_empty() || left == 0 {
                json.value["items"] = Value::Array(items);
                if !only {
                    json.raw = json.value.to_string().into();
                }
                return Ok(json);
            }
            after = Some(next);
        }
    }

    /// The tenant that the caller belongs to.
    pub(crate) async fn home(&self) -> Result<String, Failure> {
        let json = self.json(&Request::get(Who::Operator, "/v1/whoami".into())).await?;
        match &json.value["tenant"] {
            Value::String(tenant) => Ok(tenant.clone()),
            _ => Err(Failure::other(
                "the server does not say which tenant the token is of; name it with --tenant",
            )),
        }
    }
}

/// Where a redirect leads, on the same server.
fn redirect(status: StatusCode, headers: &HeaderMap) -> Option<&str> {
    let location = headers.get(http::header::LOCATION)?.to_str().ok()?;
    (status.is_redirection() && location.starts_with('/') && !location.starts_with("//")).then_some(location)
}

async fn refusal(status: StatusCode, headers: &HeaderMap, body: ByteStream) -> Failure {
    let mut read = BytesMut::new();
    let mut body = body;
    while let Ok(Some(part)) = body.try_next().await {
        read.extend_from_slice(&part);
        if read.len() > PROBLEM_BYTES {
            break;
        }
    }
    let failure = Failure::of(Problem::new(status, &read));
    match headers.get(http::header::LOCATION).and_then(|value| value.to_str().ok()) {
        Some(location) if status.is_redirection() => failure.hint(format_args!("it is at {location} now")),
        _ => failure,
    }
}

/// Waits before the next attempt: longer each time, and never exactly as long as somebody else.
async fn pause(attempt: u32, asked: Option<Duration>) {
    let mut random = [0];
    // Without randomness the pause is only less polite.
    let _ = getrandom::fill(&mut random);
    let jitter = Duration::from_millis(u64::from(random[0]));
    let pause = asked.unwrap_or(PAUSE * 2_u32.pow(attempt - 1));
    tokio::time::sleep(pause + jitter).await;
}
