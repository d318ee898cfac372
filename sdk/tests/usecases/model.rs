//! Random operations on the library beside a plain model of a wiki: after each, both have the same pages, links and
//! histories, the search finds what was written, and the index is what git says.

mod compare;
mod perform;
mod plain;
mod steps;

use proptest::prelude::*;
use proptest::test_runner::Config;

use crate::support::{Set, World};
use compare::{compare, compare_all, found};
use perform::{Done, perform, refusal};
use plain::{Plain, Write};
use steps::{Resolver, Step, steps};

/// A run of the library and the model side by side.
struct Run {
    world: World,
    plain: Plain,
    resolver: Resolver,
    /// What was done, with its key.
    done: Vec<(String, Write, Done)>,
    keys: usize,
}

impl Run {
    async fn new(set: Set) -> Self {
        let world = World::on(set).await;
        Self { world, plain: Plain::default(), resolver: Resolver::default(), done: Vec::new(), keys: 0 }
    }

    async fn step(&mut self, step: &Step) {
        self.world.stores.clock.advance(jiff::SignedDuration::from_secs(1));
        match step {
            Step::Replay(nth) => self.replay(usize::from(*nth)).await,
            Step::Pair(one, other) => {
                let writes = [one, other].map(|step| self.resolver.resolve(step, &self.plain));
                let [Some(one), Some(other)] = writes else { return };
                self.pair(one, other).await;
            }
            step => {
                let Some(write) = self.resolver.resolve(step, &self.plain) else { return };
                let key = self.key();
                let outcome = perform(&self.world.owner.key(&key), &write).await;
                let outcome = outcome.map_err(|error| refusal(&error));
                let expected = self.plain.plan(&write);
                assert_eq!(
                    outcome.as_ref().map(|done| done.revision.is_some()),
                    expected.as_ref().map(|diff| !diff.is_empty()),
                    "{write:?} on {:?}",
                    self.plain.files
                );
                if let (Ok(done), Ok(diff)) = (outcome, expected) {
                    self.adopt(key, write, done, diff);
                }
            }
        }
    }

    fn key(&mut self) -> String {
        self.keys += 1;
        format!("key-{}", self.keys)
    }

    fn adopt(&mut self, key: String, write: Write, done: Done, diff: plain::Diff) {
        assert!(!done.replayed);
        if let Some(revision) = done.revision {
            self.plain.commit(revision, diff);
        }
        self.done.push((key, write, done));
    }

    /// What was done once is answered once more, and nothing is changed; and its key is good for nothing else.
    async fn replay(&mut self, nth: usize) {
        let Some((key, write, done)) = nth.checked_rem(self.done.len()).map(|at| &self.done[at]) else {
            return;
        };
        let client = self.world.owner.key(key);
        let again = perform(&client, write).await.unwrap();
        assert!(again.replayed, "{write:?}");
        assert_eq!((again.revision, &again.shown), (done.revision, &done.shown), "{write:?}");
        let other =
            Write::Put { path: "another".into(), text: "x".into(), condition: portolan::Condition::Absent };
        let reused = perform(&client, &other).await.map(|done| done.shown);
        assert!(
            reused.is_err() || matches!(write, Write::Put { .. }),
            "a key is good for one write alone, not {reused:?} after {write:?}"
        );
        if let Err(error) = reused {
            assert!(matches!(error, portolan::Error::KeyReused), "{error:?} after {write:?}");
        }
    }

    /// Two writes at once come out as if one had been made after the other.
    async fn pair(&mut self, one: Write, other: Write) {
        let keys = [self.key(), self.key()];
        let clients = [0, 1].map(|at| self.world.owner.key(&keys[at]));
        let (first, second) = futures::join!(perform(&clients[0], &one), perform(&clients[1], &other));
        let head = self.world.owner.head().await.unwrap();
        let mut writes = [Some((one, first)), Some((other, second))];
        let mut failed = Vec::new();
        for order in [[0, 1], [1, 0]] {
            let mut plain = self.plain.clone();
            let fits = order.iter().all(|&at| {
                let (write, outcome) = writes[at].as_ref().expect("not taken yet");
                let expected = plain.plan(write);
                match (outcome, expected) {
                    (Ok(done), Ok(diff)) if done.revision.is_some() != diff.is_empty() => {
                        if let Some(revision) = done.revision {
                            plain.commit(revision, diff);
                        }
                        true
                    }
                    (Err(error), Err(expected)) => refusal(error) == expected,
                    (outcome, expected) => {
                        failed.push(format!("{write:?} became {outcome:?}, not {expected:?}"));
                        false
                    }
                }
            });
            if fits && plain.head() == head {
                self.plain = plain;
                for (write, key) in writes.iter_mut().zip(keys) {
                    if let Some((write, Ok(done))) = write.take() {
                        self.done.push((key, write, done));
                    }
                }
                return;
            }
        }
        panic!("no order of the two explains what became of them: {failed:#?}, {writes:#?}");
    }

    async fn compare(&self) {
        compare(&self.world, &self.plain).await;
        found(&self.world, &self.plain, &self.resolver.last_word()).await;
    }
}

async fn run(set: Set, steps: &[Step]) {
    let mut run = Run::new(set).await;
    for (number, step) in steps.iter().enumerate() {
        run.step(step).await;
        run.compare().await;
        if number % 8 == 7 {
            compare_all(&run.world, &run.plain).await;
        }
    }
    compare_all(&run.world, &run.plain).await;
}

fn config(cases: u32) -> Config {
    Config { cases, failure_persistence: None, max_shrink_iters: 2_000, ..Config::default() }
}

fn wait_for(future: impl Future<Output = ()>) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    runtime.block_on(future);
}

/// A stub is renamed onto a page that leads back to it: its own text stays as it is, byte by byte.
#[test]
fn what_a_renaming_leaves_as_it_was_is_not_changed() {
    let (a, b) = (0, 1);
    let steps = [
        Step::Create { page: b, text: Vec::new() },
        Step::Rename { page: 0, to: a, base: 0 },
        Step::Put { page: a, text: vec![13], base: 0 },
        Step::Rename { page: 1, to: a, base: 0 },
    ];
    wait_for(run(Set::Memory, &steps));
}

proptest! {
    #![proptest_config(config(64))]

    #[test]
    fn any_operations_in_memory(steps in steps(30)) {
        wait_for(run(Set::Memory, &steps));
    }
}

proptest! {
    #![proptest_config(config(6))]

    #[test]
    fn any_operations_on_a_disk(steps in steps(24)) {
        wait_for(run(Set::Embedded, &steps));
    }
}
