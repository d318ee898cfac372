//! Storing and reading in a flat wiki of 10,000 pages, whose root tree has 410 KB.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use portolan_core::access::Scope;
use portolan_core::id::{TenantId, WikiId};
use portolan_objects_fs::{FsObjects, FsOptions};
use portolan_ports::{Clock, Objects};
use uuid::Uuid;

#[path = "../tests/it/flat.rs"]
mod flat;

use flat::Flat;

#[derive(Debug)]
struct Fixed;

impl Clock for Fixed {
    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::UNIX_EPOCH
    }
}

fn batches(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime can be made");
    let root = tempfile::tempdir().expect("a temporary folder can be made");
    let objects =
        FsObjects::open(root.path().into(), FsOptions::new(Arc::new(Fixed))).expect("an empty folder opens");
    let repo = Scope::system("bench", TenantId::new(Uuid::nil())).repo(WikiId::new(Uuid::nil()));
    let (mut flat, first) = Flat::new(10_000, 2_000);
    let page = first[5_000].id;
    runtime.block_on(objects.put_batch(&repo, first)).expect("the first batch is stored");
    let mut page_number = 0;
    criterion.bench_function("put_batch of 16 one-page commits", |bencher| {
        bencher.iter_batched(
            || {
                (0..16)
                    .flat_map(|_| {
                        page_number = (page_number + 7_919) % 10_000;
                        flat.edit(page_number)
                    })
                    .collect()
            },
            |batch| runtime.block_on(objects.put_batch(&repo, batch)).expect("a batch is stored"),
            BatchSize::PerIteration,
        );
    });
    criterion.bench_function("get_many of one page", |bencher| {
        bencher
            .iter(|| runtime.block_on(objects.get_many(&repo, black_box(&[page]))).expect("a page is read"));
    });
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = batches
}
criterion_main!(benches);
