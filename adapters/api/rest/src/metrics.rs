//! What is counted, as Prometheus reads it.

use std::fmt::{self, Write as _};
use std::hash::{Hash, Hasher};
use std::time::Duration;

use axum::extract::MatchedPath;
use http::{Method, StatusCode};
use portolan::core::access::Operation;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::problem::Problem;

/// A route's template, so that no label holds what somebody asked for.
#[derive(Debug, Clone)]
pub(crate) struct Route(Option<MatchedPath>);

impl Route {
    pub(crate) const fn new(matched: Option<MatchedPath>) -> Self {
        Self(matched)
    }

    pub(crate) fn as_str(&self) -> &str {
        self.0.as_ref().map_or("none", MatchedPath::as_str)
    }
}

impl PartialEq for Route {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}
impl Eq for Route {}
impl Hash for Route {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}
impl EncodeLabelValue for Route {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> fmt::Result {
        encoder.write_str(self.as_str())
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Timed {
    method: &'static str,
    route: Route,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Counted {
    method: &'static str,
    route: Route,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct WriteLabels {
    operation: &'static str,
    replayed: &'static str,
}

/// All metrics of a router.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Counted, Counter>,
    seconds: Family<Timed, Histogram, fn() -> Histogram>,
    at_work: Gauge,
    writes: Family<WriteLabels, Counter>,
}

/// Upper bounds of the time buckets, seconds: from a read out of memory to the usual limit of a request.
const BUCKETS: [f64; 13] =
    [0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5, 30.0];

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("portolan");
        let requests = Family::default();
        let seconds: Family<Timed, Histogram, fn() -> Histogram> =
            Family::new_with_constructor(|| Histogram::new(BUCKETS));
        let (at_work, writes) = (Gauge::default(), Family::default());
        registry.register("http_requests", "Requests answered", requests.clone());
        registry.register_with_unit(
            "http_request_duration",
            "Time until an answer began",
            Unit::Seconds,
            seconds.clone(),
        );
        registry.register("http_requests_at_work", "Requests at work", at_work.clone());
        registry.register(
            "writes",
            "Writes done, and those that were done before under the same key",
            writes.clone(),
        );
        Self { registry, requests, seconds, at_work, writes }
    }

    /// Counts a request as at work until the answer is dropped.
    pub(crate) fn begin(&self) -> AtWork {
        self.at_work.inc();
        AtWork(self.at_work.clone())
    }

    /// Counts an answer.
    pub(crate) fn answered(&self, method: &Method, route: Route, status: StatusCode, time: Duration) {
        let method = name(method);
        let counted = Counted { method, route: route.clone(), status: status.as_u16() };
        self.requests.get_or_create(&counted).inc();
        self.seconds.get_or_create(&Timed { method, route }).observe(time.as_secs_f64());
    }

    /// Counts a write.
    pub(crate) fn write(&self, operation: Operation, replayed: bool) {
        let replayed = if replayed { "true" } else { "false" };
        self.writes.get_or_create(&WriteLabels { operation: operation.rule().name, replayed }).inc();
    }

    /// All of it in the text format.
    pub(crate) fn text(&self) -> Result<String, Problem> {
        let mut text = String::new();
        encode(&mut text, &self.registry)
            .map_err(|_| Problem::internal("the metrics could not be written"))?;
        Ok(text)
    }
}

/// A request at work.
#[derive(Debug)]
pub(crate) struct AtWork(Gauge);

impl Drop for AtWork {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// A method's name; those of HTTP's own, so that no client invents labels.
fn name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

#[cfg(test)]
mod tests;
