#![allow(missing_docs, clippy::all, clippy::pedantic, clippy::print_stdout, clippy::unwrap_used, clippy::disallowed_methods)]
use std::time::Instant;
#[path = "../tests/it/flat.rs"] mod flat; use flat::Flat;
fn main() {
    let (mut flat, _) = Flat::new(10_000, 2_000);
    let mut page = 0;
    let mut best = f64::MAX; let mut bestz = f64::MAX; let mut len = 0;
    for _ in 0..40 {
        let mut b: Vec<_> = (0..16).flat_map(|_| { page = (page + 7919) % 10000; flat.edit(page) }).collect();
        let t = Instant::now(); len = portolan_objects_pack::build_pack(&b).unwrap().receipt.bytes; best = best.min(t.elapsed().as_secs_f64());
        for o in &mut b { if o.base.is_none() || o.object.data.len() < 100_000 { o.deflated = None; } }
        b.truncate(2);
        let t = Instant::now(); portolan_objects_pack::build_pack(&b).unwrap(); bestz = bestz.min(t.elapsed().as_secs_f64());
    }
    println!("build 16: {:.2} ms {len}; blob+tree alone {:.2} ms", best * 1e3, bestz * 1e3);
}
