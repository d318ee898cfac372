//! The list of the audit, beside everything that its export has.

use jiff::SignedDuration;
use portolan::core::access::Operation;
use portolan::core::audit::{Lane, Outcome};
use portolan::{AuditEntry, AuditFilter, AuditItem, Condition, Error};
use proptest::prelude::*;

use crate::support::{Client, World};

#[derive(Debug, Clone)]
enum Step {
    Write(u8),
    Read(u8),
    Token,
    Tick(i64),
    Elsewhere(u8),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        (0..3_u8).prop_map(Step::Write),
        (0..3_u8).prop_map(Step::Read),
        Just(Step::Token),
        (-2..4_i64).prop_map(Step::Tick),
        (0..3_u8).prop_map(Step::Elsewhere),
    ];
    prop::collection::vec(step, 1..30)
}

/// The list, naively: everything there is, filtered, newest first.
pub(crate) async fn naive(client: &Client, filter: &AuditFilter) -> Vec<AuditEntry> {
    let admitted = client.admit(Operation::AuditExport).await.unwrap();
    let mut stream = client.portolan.export_audit(&admitted).await.unwrap();
    let mut all = Vec::new();
    while let Some(item) = stream.recv().await {
        if let AuditItem::Event(lane, event) = item.unwrap() {
            all.push(AuditEntry { lane, event });
        }
    }
    all.retain(|entry| {
        let what = &entry.event.what;
        filter.operation.as_ref().is_none_or(|operation| *operation == what.operation)
            && filter.outcome.is_none_or(|outcome| outcome == what.outcome)
            && filter.since.is_none_or(|since| what.time >= since)
            && filter.until.is_none_or(|until| what.time < until)
    });
    all.sort_by_key(|entry| {
        (std::cmp::Reverse(entry.event.what.time), entry.lane, std::cmp::Reverse(entry.event.sequence))
    });
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn lists_over_all_lanes_are_what_a_naive_one_is(
        steps in steps(),
        operation in prop::option::of(prop::sample::select(vec!["page.write", "page.read", "token.create"])),
        refused in any::<bool>(),
        since in prop::option::of(-3..10_i64),
        until in prop::option::of(-3..10_i64),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let world = World::new().await;
            world.owner.create_wiki("second").await.unwrap();
            let other = world.stores.open();
            let start = world.stores.clock_now();
            for (n, step) in steps.into_iter().enumerate() {
                let text = format!("{n}\n");
                match step {
                    Step::Write(page) => {
                        let wiki = world.owner.wiki(if page == 0 { "second" } else { "notes" });
                        drop(wiki.put(&format!("Page {n}"), &text, Condition::None).await.unwrap());
                    }
                    Step::Read(page) => drop(world.owner.read(&format!("Page {page}")).await),
                    Step::Token => drop(world.owner.create_token("t").await.unwrap()),
                    Step::Tick(seconds) => drop(world.stores.clock.advance(SignedDuration::from_secs(seconds))),
                    Step::Elsewhere(page) => {
                        drop(world.owner.on(&other).read(&format!("Page {page}")).await);
                        other.flush_reads().await.unwrap();
                    }
                }
            }
            world.portolan.flush_reads().await.unwrap();
            let at = |seconds: Option<i64>| seconds.map(|seconds| start + SignedDuration::from_secs(seconds));
            let filter = AuditFilter {
                operation: operation.map(Into::into),
                outcome: refused.then_some(Outcome::Refused),
                since: at(since),
                until: at(until),
                actor: None,
            };
            // Reading the audit is audited, too: in a third process, which writes nothing of it until it is asked to.
            let reader = world.owner.on(&world.stores.open());
            let expected = naive(&reader, &filter).await;
            // What that process itself has read meanwhile is none of this.
            let lanes: std::collections::BTreeSet<Lane> = naive(&world.owner.on(&world.stores.open()), &AuditFilter::default())
                .await
                .into_iter()
                .map(|entry| entry.lane)
                .collect();
            let listed = reader.audit(&filter).await.unwrap();
            let listed: Vec<_> = listed.into_iter().filter(|entry| lanes.contains(&entry.lane)).collect();
            assert_eq!(listed, expected);
        });
    }
}

#[tokio::test(start_paused = true)]
async fn a_cursor_that_was_never_given_out_is_refused() {
    let world = World::new().await;
    let admitted = world.owner.admit(Operation::AuditRead).await.unwrap();
    for cursor in ["", "!", "Y29udHJvbA", "Y29udHJvbCA5OTk", "bm9wZSAx"] {
        let paging = portolan::Paging { limit: 5, after: Some(cursor.into()) };
        let refused = world.portolan.query_audit(&admitted, &AuditFilter::default(), &paging).await;
        assert!(matches!(refused, Err(Error::BadCursor)), "{cursor:?}: {refused:?}");
    }
}
