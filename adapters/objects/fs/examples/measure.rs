#![allow(missing_docs, clippy::all, clippy::pedantic, clippy::print_stdout, clippy::unwrap_used, clippy::disallowed_methods)]
use std::{sync::Arc, time::Instant};
use portolan_core::access::Scope; use portolan_core::id::{TenantId, WikiId};
use portolan_objects_fs::{FsObjects, FsOptions}; use portolan_ports::{Clock, Objects};
use uuid::Uuid;
#[path = "../tests/it/flat.rs"] mod flat; use flat::Flat;
#[derive(Debug)] struct Fixed(std::sync::atomic::AtomicI64);
impl Clock for Fixed { fn now(&self) -> jiff::Timestamp { jiff::Timestamp::from_second(self.0.fetch_add(1000, std::sync::atomic::Ordering::SeqCst)).unwrap() } }
#[tokio::main(flavor = "current_thread")]
async fn main() {
    let every: usize = std::env::args().nth(1).unwrap().parse().unwrap();
    let root = tempfile::tempdir_in(std::env::args().nth(2).unwrap_or("/tmp".into())).unwrap();
    let objects = FsObjects::open(root.path().into(), FsOptions::new(Arc::new(Fixed(0.into())))).unwrap();
    let repo = Scope::system("bench", TenantId::new(Uuid::nil())).repo(WikiId::new(Uuid::nil()));
    let (mut flat, first) = Flat::new(10_000, 2_000);
    let t = Instant::now(); let r = objects.put_batch(&repo, first).await.unwrap(); println!("first {:?} {} bytes", t.elapsed(), r.bytes);
    let (mut written, mut put, mut compacting) = (0, 0.0, 0.0); let mut page = 0; let mut worst = 0.0f64;
    let mut samples = vec![]; let mut ids = vec![];
    for batch in 0..312 {
        let b: Vec<_> = (0..16).flat_map(|_| { page = (page + 7919) % 10000; flat.edit(page) }).collect();
        ids.push(b[1].id);
        let t = Instant::now(); written += objects.put_batch(&repo, b).await.unwrap().bytes; let e = t.elapsed().as_secs_f64(); put += e; samples.push(e);
        if batch % every == every - 1 { let t = Instant::now(); let c = objects.compact(&repo).await.unwrap(); let e = t.elapsed().as_secs_f64(); compacting += e; worst = worst.max(e);
            if e > 1.0 { println!("batch {batch}: compaction {e:.2} s replaced {} -> {:?}", c.replaced.len(), c.added.iter().map(|p| (p.bytes, p.objects)).collect::<Vec<_>>()); } }
    }
    samples.sort_by(f64::total_cmp);
    println!("written {} bytes a commit; put mean {:.2} ms median {:.2} p99 {:.2}; compactions {:.1} s in all, worst {:.2}", written / 4992, put / 312.0 * 1e3, samples[156]*1e3, samples[308]*1e3, compacting, worst);
    objects.compact(&repo).await.unwrap();
    for p in objects.packs(&repo).await.unwrap() { println!("{:?}", (p.bytes, p.objects)); }
    let sum: u64 = objects.packs(&repo).await.unwrap().iter().map(|p| p.bytes).sum();
    println!("after: {} bytes a commit", (sum - r.bytes) / 4992);
    let t = Instant::now(); for id in &ids { objects.get_many(&repo, &[*id]).await.unwrap()[0].as_ref().unwrap(); } println!("tree read {:.3} ms", t.elapsed().as_secs_f64()*1e3/ids.len() as f64);
    objects.mirror(&repo, None, flat.head).await.unwrap();
    println!("{}", std::fs::read_to_string("/proc/self/status").unwrap().lines().filter(|l| l.starts_with("VmHWM") || l.starts_with("RssAnon")).collect::<Vec<_>>().join(" "));
    let t = Instant::now(); println!("damage {}", objects.check(&repo, &portolan_ports::objects::Unwatched).await.unwrap().len()); println!("check {:?}", t.elapsed());
    let p = objects.local_path(&repo).unwrap();
    let o = std::process::Command::new("git").args(["fsck", "--strict", "--no-dangling"]).current_dir(&p).output().unwrap(); println!("fsck {:?} {}", o.status, String::from_utf8_lossy(&o.stderr).lines().last().unwrap_or(""));
}
