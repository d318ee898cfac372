use std::sync::Arc;

use futures::future::join_all;
use portolan_ports::Ledger;
use portolan_ports::ledger::{Batch, Change, CommitError, Conflict, Expect, Key, Record};

use super::help::{Committed, conflict, edit, get, put, record};
use crate::Fixture;
use crate::sample::{head, id, now, scope};

const RACERS: i64 = 16;

/// Starts as many tasks as there are racers, and answers which of them won; every other must have met a conflict.
async fn winner(ledger: &Fixture<dyn Ledger>, expect: Expect) -> i64 {
    let tasks = (1..=RACERS).map(|racer| {
        let ledger = ledger.share();
        tokio::spawn(async move {
            let change = Change::Put(Record::Head(head(racer)));
            edit(&*ledger, &scope(1), Key::Head(id(1)), expect, change).await
        })
    });
    let results: Vec<Committed> = join_all(tasks).await.into_iter().map(Result::unwrap).collect();
    let mut winners = Vec::new();
    for (racer, result) in (1..).zip(results) {
        if result.is_ok() {
            winners.push(racer);
        } else {
            assert_eq!(conflict(result), Conflict { edits: vec![0], ..Conflict::default() });
        }
    }
    assert_eq!(winners.len(), 1, "exactly one wins: {winners:?}");
    winners[0]
}

pub(super) async fn of_many_creations_exactly_one_wins(ledger: Fixture<dyn Ledger>) {
    let winner = winner(&ledger, Expect::Absent).await;
    assert_eq!(record(&*ledger, &scope(1), Key::Head(id(1))).await, Some(Record::Head(head(winner))));
}

pub(super) async fn of_many_changes_exactly_one_wins(ledger: Fixture<dyn Ledger>) {
    for _ in 0..5 {
        let version = put(&*ledger, &scope(1), Key::Head(id(1)), Record::Head(head(0))).await;
        let winner = winner(&ledger, Expect::At(version)).await;
        assert_eq!(record(&*ledger, &scope(1), Key::Head(id(1))).await, Some(Record::Head(head(winner))));
    }
}

async fn increment(ledger: Arc<dyn Ledger>, times: usize) {
    for _ in 0..times {
        loop {
            let stored = get(&*ledger, &scope(1), Key::Head(id(1))).await.unwrap();
            let next = Record::Head(head(stored.record.head().unwrap().time + 1));
            let at = Expect::At(stored.version);
            match edit(&*ledger, &scope(1), Key::Head(id(1)), at, Change::Put(next)).await {
                Ok(_) => break,
                Err(CommitError::Conflict(_)) => tokio::task::yield_now().await,
                Err(error) => panic!("{error}"),
            }
        }
    }
}

pub(super) async fn no_increment_is_lost(ledger: Fixture<dyn Ledger>) {
    put(&*ledger, &scope(1), Key::Head(id(1)), Record::Head(head(0))).await;
    let tasks = (0..8).map(|_| tokio::spawn(increment(ledger.share(), 10)));
    join_all(tasks).await.into_iter().for_each(Result::unwrap);
    assert_eq!(record(&*ledger, &scope(1), Key::Head(id(1))).await, Some(Record::Head(head(80))));
}

/// Two records that every batch makes equal are equal whenever they are read together.
pub(super) async fn readers_never_see_half_a_batch(ledger: Fixture<dyn Ledger>) {
    let keys = [Key::Head(id(1)), Key::Head(id(2))];
    let writer = {
        let (ledger, keys) = (ledger.share(), keys.clone());
        tokio::spawn(async move {
            for time in 0..100 {
                let mut batch = Batch::new(now());
                for key in &keys {
                    batch.put(key.clone(), Expect::Any, Record::Head(head(time)));
                }
                ledger.commit(&scope(1), batch).await.unwrap();
            }
        })
    };
    let readers = (0..3).map(|_| {
        let (ledger, keys) = (ledger.share(), keys.clone());
        tokio::spawn(async move {
            for _ in 0..200 {
                let answers = ledger.get_many(&scope(1), &keys).await.unwrap();
                let records: Vec<_> =
                    answers.into_iter().map(|stored| stored.map(|stored| stored.record)).collect();
                assert_eq!(records[0], records[1]);
                tokio::task::yield_now().await;
            }
        })
    });
    join_all(readers).await.into_iter().for_each(Result::unwrap);
    writer.await.unwrap();
}

pub(super) async fn batches_over_several_tenants_all_arrive(ledger: Fixture<dyn Ledger>) {
    let tasks = (0..40_u64).map(|number| {
        let ledger = ledger.share();
        tokio::spawn(async move {
            let mut batch = Batch::new(now());
            batch.put(Key::Head(id(number)), Expect::Absent, Record::Head(head(1)));
            ledger.commit(&scope(number % 4), batch).await.unwrap();
        })
    });
    join_all(tasks).await.into_iter().for_each(Result::unwrap);
    for number in 0..40 {
        assert!(get(&*ledger, &scope(number % 4), Key::Head(id(number))).await.is_some(), "{number}");
        assert!(get(&*ledger, &scope((number + 1) % 4), Key::Head(id(number))).await.is_none(), "{number}");
    }
}
