//! The caches are exact while everything changes: what was answered before an admission began is in it, nothing in it was
//! never stored, and what one batch wrote together is seen together.

#![expect(clippy::unwrap_used, reason = "a test ends at what it does not expect")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use jiff::Timestamp;
use portolan_contract::sample::{Credential, head, id, name, now, wiki, wiki_slug};
use portolan_core::id::TenantId;
use portolan_ledger_sqlite::SqliteLedger;
use portolan_ports::Ledger;
use portolan_ports::ledger::{Admitted, Batch, Change, Expect, Key, Record};

const ROUNDS: i64 = 400;

/// How far a writer is. Every second state is "deleted".
#[derive(Default)]
struct Progress {
    started: AtomicI64,
    answered: AtomicI64,
}

impl Progress {
    /// Whether a reader may see `state` (none: deleted) who began when `answered` was answered, and ended now.
    fn allows(&self, answered: i64, state: Option<i64>) -> bool {
        let started = self.started.load(Ordering::SeqCst);
        match state {
            Some(state) => state % 2 == 0 && (answered..=started).contains(&state),
            None => answered % 2 == 1 || started > answered,
        }
    }
}

struct World {
    ledger: SqliteLedger,
    credential: Credential,
    tokens: Progress,
    heads: Progress,
    wikis: Progress,
    over: AtomicBool,
}

impl World {
    fn write(&self, progress: &Progress, batch: impl Fn(i64) -> Batch) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        for round in 2..ROUNDS {
            progress.started.store(round, Ordering::SeqCst);
            runtime.block_on(self.ledger.commit(&self.credential.system(), batch(round))).unwrap();
            progress.answered.store(round, Ordering::SeqCst);
        }
    }

    fn admit(&self, wiki: &str) -> Option<Admitted> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let wiki = wiki_slug(wiki);
        runtime.block_on(self.ledger.admit(&self.credential.bearer.key(), None, Some(&wiki))).unwrap()
    }

    /// Reads wiki `one`, whose head alone changes, and `two`, which changes with its head.
    fn read(&self) -> u64 {
        let mut reads = 0;
        while !self.over.load(Ordering::SeqCst) {
            reads += 1;
            let (tokens, heads) = (self.tokens.answered(), self.heads.answered());
            let one = self.admit("one");
            let token = one.as_ref().map(|admitted| admitted.admission.token.0.created_at.as_second());
            assert!(self.tokens.allows(tokens, token), "{tokens} {token:?}");
            if let Some(admitted) = one {
                let member = admitted.admission.member.0.name.as_str().to_owned();
                assert_eq!(Some(member), token.map(|token| token.to_string()), "of one batch");
                let head = admitted.wiki.map(|(_, head, _)| head.time);
                assert!(self.heads.allows(heads, head), "{heads} {head:?}");
            }
            let wikis = self.wikis.answered();
            if let Some(admitted) = self.admit("two") {
                let both =
                    admitted.wiki.map(|(wiki, head, _)| (wiki.display_name.as_str().to_owned(), head.time));
                if let Some((name, time)) = &both {
                    assert_eq!(*name, time.to_string(), "of one batch");
                }
                let time = both.map(|(_, time)| time);
                assert!(self.wikis.allows(wikis, time), "{wikis} {time:?}");
            }
        }
        reads
    }
}

impl Progress {
    fn answered(&self) -> i64 {
        self.answered.load(Ordering::SeqCst)
    }
}

#[test]
fn admissions_are_exact_while_everything_changes() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = SqliteLedger::open(&folder.path().join("ledger.db")).unwrap();
    let tenant: TenantId = id(1);
    let world = World {
        ledger,
        credential: Credential::owner(tenant, "acme", 1),
        tokens: Progress::default(),
        heads: Progress::default(),
        wikis: Progress::default(),
        over: AtomicBool::new(false),
    };
    let tokens = |round: i64| {
        let mut batch = Batch::new(now());
        let (mut token, mut member) = (world.credential.token.clone(), world.credential.member.clone());
        token.created_at = Timestamp::from_second(round).unwrap();
        member.name = name(&round.to_string());
        batch.put(Key::Member(member.id), Expect::Any, Record::Member(member));
        let change = if round % 2 == 0 { Change::Put(Record::Token(token.clone())) } else { Change::Delete };
        batch.edit(Key::Token(token.id), Expect::Any, change);
        batch
    };
    let heads = |round: i64| {
        let mut batch = Batch::new(now());
        let change = if round % 2 == 0 { Change::Put(Record::Head(head(round))) } else { Change::Delete };
        batch.edit(Key::Head(id(1)), Expect::Any, change);
        batch
    };
    let wikis = |round: i64| {
        let mut batch = Batch::new(now());
        let mut two = wiki(2, "two");
        two.display_name = name(&round.to_string());
        two.deleted_at = (round % 2 == 1).then(now);
        batch.put(Key::Wiki(id(2)), Expect::Any, Record::Wiki(two));
        batch.put(Key::Head(id(2)), Expect::Any, Record::Head(head(round)));
        batch
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        world.credential.install(&world.ledger).await;
        let mut batch = Batch::new(now());
        batch
            .put(Key::WikiSlug(wiki_slug("one")), Expect::Any, Record::WikiSlug(id(1)))
            .put(Key::Wiki(id(1)), Expect::Any, Record::Wiki(wiki(1, "one")))
            .put(Key::WikiSlug(wiki_slug("two")), Expect::Any, Record::WikiSlug(id(2)));
        for batch in [batch, tokens(0), heads(0), wikis(0)] {
            world.ledger.commit(&world.credential.system(), batch).await.unwrap();
        }
    });
    let reads: u64 = std::thread::scope(|threads| {
        let readers: Vec<_> = (0..3).map(|_| threads.spawn(|| world.read())).collect();
        let writers = [
            threads.spawn(|| world.write(&world.tokens, tokens)),
            threads.spawn(|| world.write(&world.heads, heads)),
            threads.spawn(|| world.write(&world.wikis, wikis)),
        ];
        let failed = writers.into_iter().filter_map(|writer| writer.join().err()).count();
        world.over.store(true, Ordering::SeqCst);
        assert_eq!(failed, 0);
        readers.into_iter().map(|reader| reader.join().unwrap()).sum()
    });
    // Else nothing raced.
    assert!(reads > 100, "{reads}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_revocation_that_was_answered_is_in_force() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = Arc::new(SqliteLedger::open(&folder.path().join("ledger.db")).unwrap());
    let admitted = |ledger: Arc<SqliteLedger>, key| async move {
        ledger.admit(&key, None, None).await.unwrap().is_some()
    };
    for round in 0..100 {
        let credential = Credential::owner(id(1), "acme", round);
        credential.install(&*ledger).await;
        let key = credential.bearer.key();
        assert!(admitted(ledger.clone(), key).await);
        let busy: Vec<_> = (0..4).map(|_| tokio::spawn(admitted(ledger.clone(), key))).collect();
        let mut batch = Batch::new(now());
        batch.edit(Key::Token(credential.token.id), Expect::Any, Change::Delete);
        ledger.commit(&credential.system(), batch).await.unwrap();
        assert!(!admitted(ledger.clone(), key).await, "{round}");
        for task in busy {
            task.await.unwrap();
        }
        assert!(!admitted(ledger.clone(), key).await, "{round}");
    }
}
