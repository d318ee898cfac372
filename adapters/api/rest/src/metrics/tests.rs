//! The dashboard asks for what there is.

use std::collections::BTreeSet;
use std::time::Duration;

use http::{Method, StatusCode};
use portolan::core::access::Operation;
use serde_json::Value;

use super::{Metrics, Route};

const DASHBOARD: &str = include_str!("../../../../../docs/operations/dashboard.json");

/// Everything that is a query, in whatever panel.
fn queries(value: &Value, all: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            all.extend(
                ["expr", "query"].iter().filter_map(|name| map.get(*name)?.as_str().map(str::to_owned)),
            );
            map.values().for_each(|value| queries(value, all));
        }
        Value::Array(items) => items.iter().for_each(|value| queries(value, all)),
        _ => {}
    }
}

/// The words of `text` that may be names of metrics or labels.
fn words(text: &str) -> BTreeSet<&str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect()
}

#[test]
fn the_dashboard_names_metrics_that_there_are_and_all_of_them() {
    let metrics = Metrics::new();
    let _at_work = metrics.begin();
    metrics.answered(&Method::GET, Route::new(None), StatusCode::OK, Duration::from_millis(1));
    metrics.write(Operation::ALL[0], true);
    let text = metrics.text().unwrap();
    let samples = text.lines().filter(|line| !line.starts_with('#'));
    let present: BTreeSet<&str> = samples.filter_map(|line| line.split(['{', ' ']).next()).collect();
    let mut asked = Vec::new();
    queries(&serde_json::from_str(DASHBOARD).unwrap(), &mut asked);
    let asked = asked.join(" ");
    let named: BTreeSet<&str> =
        words(&asked).into_iter().filter(|word| word.starts_with("portolan_")).collect();
    for name in &named {
        assert!(present.contains(name), "{name} is no metric; there are {present:?}");
    }
    for name in &present {
        let is_shown = named.contains(name) || name.ends_with("_sum") || name.ends_with("_count");
        assert!(is_shown, "{name} is not on the dashboard");
    }
    for label in ["status", "method", "route", "operation", "replayed"] {
        assert!(words(&asked).contains(label) && text.contains(&format!("{label}=\"")), "{label}");
    }
}
