//! What one edit costs in a flat folder of 10,000 pages, beside the copy and the hash it cannot do without.

use std::convert::Infallible;
use std::hint::black_box;

use bytes::Bytes;
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use portolan_core::git::delta::{apply, blocks, edge};
use portolan_core::git::diff::TreeDiff;
use portolan_core::git::edit::{Edit, TreeEditor};
use portolan_core::git::tree::{Mode, entries, find, splice};
use portolan_core::git::{Kind, Object, Oid};

const PAGES: u32 = 10_000;

fn page(number: u32) -> String {
    format!("page-{number:05}.md")
}

fn blob(number: u32) -> Oid {
    Object::new(Kind::Blob, number.to_string()).id()
}

fn flat() -> Bytes {
    let mut tree = Vec::new();
    for number in 0..PAGES {
        tree.extend_from_slice(format!("{} {}\0", Mode::Blob, page(number)).as_bytes());
        tree.extend_from_slice(blob(number).as_bytes());
    }
    tree.into()
}

fn flat_folder(criterion: &mut Criterion) {
    let tree = flat();
    let object = Object::new(Kind::Tree, tree.clone());
    let root = object.id();
    let (path, new) = (page(PAGES - 100), blob(PAGES));
    let changed =
        splice(&tree, path.as_bytes(), Some((Mode::Blob, new))).expect("a good tree").expect("not empty");
    let mut loaded = TreeEditor::new(root);
    loaded.load(root, tree.clone());

    let mut group = criterion.benchmark_group("flat folder of 10,000 pages");
    group.bench_function("copy", |bench| bench.iter(|| black_box(&tree).to_vec()));
    group.bench_function("hash", |bench| bench.iter(|| black_box(&object).id()));
    group.bench_function("edit", |bench| {
        let edit = |mut editor: TreeEditor| {
            editor.apply(path.as_bytes(), Edit::put(new)).map(|applied| applied.root)
        };
        bench.iter_batched(|| loaded.clone(), edit, BatchSize::SmallInput);
    });
    group.bench_function("find", |bench| bench.iter(|| find(black_box(&tree), path.as_bytes())));
    group.bench_function("list", |bench| {
        bench.iter(|| entries(black_box(&tree)).flatten().count());
    });
    group.bench_function("collision", |bench| bench.iter(|| loaded.collision(black_box(b"Page-A.md"))));
    group.bench_function("diff", |bench| {
        let load = |id| Ok::<_, Infallible>(if id == root { tree.clone() } else { changed.clone() });
        bench.iter(|| TreeDiff::new(Some(root), Some(Oid::ZERO), load).map(Iterator::count));
    });
    let delta = edge(&tree, &changed);
    group.bench_function("delta/edge", |bench| bench.iter(|| edge(black_box(&tree), &changed)));
    group.bench_function("delta/apply", |bench| bench.iter(|| apply(black_box(&tree), &delta, u64::MAX)));
    let moved = [&tree[200_000..], &tree[..200_000]].concat();
    group.bench_function("delta/blocks", |bench| bench.iter(|| blocks(black_box(&tree), &moved)));
    group.finish();
}

criterion_group!(benches, flat_folder);
criterion_main!(benches);
