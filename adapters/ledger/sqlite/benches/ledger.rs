//! What one durable commit and one admission cost.

use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use portolan_contract::sample::{Credential, head, hours, id, now, oid, scope, wiki, wiki_slug};
use portolan_core::access::{Actor, ActorKind};
use portolan_core::audit::{Lane, Link, NewEvent, Outcome, append};
use portolan_core::idempotency;
use portolan_core::wiki::Head;
use portolan_core::wiki::path::PagePath;
use portolan_ledger_sqlite::SqliteLedger;
use portolan_ports::Ledger;
use portolan_ports::ledger::{Batch, Effect, Expect, Key, PageEffect, Receipt, Record};
use tokio::runtime::Runtime;

/// One writer of one wiki, who makes batches as a page write does: head, receipt and audit segment.
struct Writer {
    wiki: u64,
    end: Link,
    written: u64,
}

impl Writer {
    fn batch(&mut self, round: u64) -> Batch {
        self.written += 1;
        let event = NewEvent {
            time: now(),
            actor: Actor {
                kind: ActorKind::Member,
                id: "mem_01k0000000e008000000000001".into(),
                name: "Ada".into(),
            },
            operation: "page.write".into(),
            target: "notes/Guides/Start".into(),
            outcome: Outcome::Done,
            count: 1,
            request_id: format!("{round}-{}", self.written),
            revision: Some(oid(self.written)),
            reason: None,
        };
        let lane = Lane::Wiki(id(self.wiki));
        let (segment, end) = append(lane, self.end, vec![event]);
        self.end = end;
        let (commit, number) = (oid(self.written), self.written);
        let receipt = Receipt {
            fingerprint: idempotency::Fingerprint::of(&[b"page.write", &number.to_be_bytes()]),
            effect: Effect::PageWritten(PageEffect {
                path: PagePath::parse("Guides/Start").expect("a page's name"),
                version: commit,
                previous: Some(commit),
                revision: commit,
                changed: true,
                created: false,
                merged: false,
                head: commit,
            }),
            expires_at: hours(24),
        };
        let key = format!("{round}-{}-{number}", self.wiki);
        let key = idempotency::Key::parse(key.as_bytes()).expect("printable ASCII");
        let mut batch = Batch::new(now());
        let head = Head { commit: Some(commit), audit: end, ..Head::new() };
        batch.put(Key::Head(id(self.wiki)), Expect::Any, Record::Head(head));
        let key = Key::Receipt { principal: "mem_01k0000000e008000000000001".into(), key };
        batch.put(key, Expect::Absent, Record::Receipt(receipt));
        batch.segments.push(segment);
        batch
    }
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().expect("a runtime")
}

fn commit(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("commit");
    group.sample_size(20).measurement_time(Duration::from_secs(8)).throughput(Throughput::Elements(1));
    for writers in [1_u64, 16] {
        let folder = tempfile::tempdir().expect("a folder");
        let ledger = Arc::new(SqliteLedger::open(&folder.path().join("ledger.db")).expect("a ledger"));
        let runtime = runtime();
        let mut round = 0;
        group.bench_function(format!("{writers} writers"), |bencher| {
            bencher.iter_custom(|iterations| {
                round += 1;
                let each = iterations.div_ceil(writers);
                let began = Instant::now();
                runtime.block_on(async {
                    let tasks: Vec<_> = (0..writers)
                        .map(|number| {
                            let ledger = Arc::clone(&ledger);
                            tokio::spawn(async move {
                                let wiki = round * writers + number;
                                let mut writer = Writer { wiki, end: Link::START, written: 0 };
                                for _ in 0..each {
                                    ledger.commit(&scope(1), writer.batch(round)).await.expect("a commit");
                                }
                            })
                        })
                        .collect();
                    for task in tasks {
                        task.await.expect("a writer");
                    }
                });
                // What `iterations` of them took: each writer's share was rounded up.
                let made = u32::try_from(each * writers).expect("a bench is short");
                began.elapsed() / made * u32::try_from(iterations).expect("a bench is short")
            });
        });
    }
    group.finish();
}

fn admit(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("admit");
    let folder = tempfile::tempdir().expect("a folder");
    let ledger = SqliteLedger::open(&folder.path().join("ledger.db")).expect("a ledger");
    let runtime = runtime();
    let credential = Credential::owner(id(1), "acme", 1);
    let slug = wiki_slug("notes");
    let mut batch = Batch::new(now());
    batch
        .put(Key::WikiSlug(slug.clone()), Expect::Any, Record::WikiSlug(id(1)))
        .put(Key::Wiki(id(1)), Expect::Any, Record::Wiki(wiki(1, "notes")))
        .put(Key::Head(id(1)), Expect::Any, Record::Head(head(1)));
    runtime.block_on(async {
        credential.install(&ledger).await;
        ledger.commit(&credential.system(), batch).await.expect("a commit");
    });
    let key = credential.bearer.key();
    group.bench_function("warm", |bencher| {
        bencher.iter(|| {
            let admitted = runtime.block_on(ledger.admit(&key, Some(&credential.tenant.slug), Some(&slug)));
            assert!(admitted.expect("an admission").is_some_and(|admitted| admitted.wiki.is_some()));
        });
    });
    // Nothing is kept of a name that does not exist.
    let missing = wiki_slug("missing");
    group.bench_function("from the database", |bencher| {
        bencher.iter(|| {
            let admitted = runtime.block_on(ledger.admit(&key, None, Some(&missing)));
            assert!(admitted.expect("an admission").is_some_and(|admitted| admitted.wiki.is_none()));
        });
    });
    group.finish();
}

criterion_group!(benches, commit, admit);
criterion_main!(benches);
