//! What a difference and a merge of a page cost, and the worst that hostile texts of 1 MiB can cost.

use std::fmt::Write as _;
use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use portolan_core::text::diff::Diff;
use portolan_core::text::merge::merge;

/// A page of prose: about `bytes`, some lines of it with `mark`.
fn page(bytes: usize, mark: &str, every: usize, offset: usize) -> Vec<u8> {
    let mut text = String::new();
    for line in 0.. {
        if text.len() >= bytes {
            break;
        }
        let mark = if line % every == offset { mark } else { "it" };
        writeln!(text, "Line {line} of a page says what {mark} has to say, in some eighty letters or so.")
            .expect("a string takes all");
        if line % 7 == 0 {
            text.push('\n');
        }
    }
    text.into_bytes()
}

/// Lines of numbers below `kinds`, without an order: xorshift.
fn noise(seed: u64, kinds: u64) -> Vec<u8> {
    let (mut state, mut text) = (seed, String::new());
    while text.len() < 1 << 20 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        writeln!(text, "{:x}", state % kinds).expect("a string takes all");
    }
    text.into_bytes()
}

fn pages(criterion: &mut Criterion) {
    let base = page(100_000, "it", 10, 0);
    let (theirs, yours) = (page(100_000, "one", 50, 3), page(100_000, "another", 50, 30));
    let neighbour = page(100_000, "another", 50, 4);
    let mut group = criterion.benchmark_group("page of 100 KB");
    group.bench_function("diff", |bench| bench.iter(|| Diff::new(black_box(&base), &theirs).added()));
    group.bench_function("unified", |bench| {
        bench.iter(|| Diff::new(black_box(&base), &theirs).unified(64 * 1024));
    });
    group.bench_function("hunks", |bench| {
        bench.iter(|| Diff::new(black_box(&base), &theirs).hunks().count());
    });
    group.bench_function("merge by lines", |bench| bench.iter(|| merge(black_box(&base), &theirs, &yours)));
    group.bench_function("merge within lines", |bench| {
        bench.iter(|| merge(black_box(&base), &theirs, &neighbour));
    });
    group.finish();
}

fn hostile(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("hostile, 1 MiB");
    group.sample_size(10);
    for kinds in [2, 16, 256, 4096, 1 << 16] {
        let (old, new) = (noise(0x9e37, kinds), noise(0x79b9, kinds));
        group.bench_function(format!("diff, {kinds} kinds of lines"), |bench| {
            bench.iter(|| Diff::new(black_box(&old), &new).added());
        });
    }
    let (base, theirs, yours) = (noise(1, 4), noise(2, 4), noise(3, 4));
    group.bench_function("merge", |bench| bench.iter(|| merge(black_box(&base), &theirs, &yours)));
    group.finish();
}

criterion_group!(benches, pages, hostile);
criterion_main!(benches);
