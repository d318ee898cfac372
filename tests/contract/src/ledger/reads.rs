use portolan_core::tenancy::Role;
use portolan_ports::Ledger;
use portolan_ports::ledger::{Batch, Expect, Key, Record};

use super::help::{conflict, get, put, record};
use crate::Fixture;
use crate::sample::{email, head, id, member, now, scope};

pub(super) async fn a_missing_record_is_none(ledger: Fixture<dyn Ledger>) {
    let scope = scope(1);
    assert_eq!(get(&*ledger, &scope, Key::Tenant).await, None);
    put(&*ledger, &scope, Key::Member(id(1)), Record::Member(member(1, Role::Viewer))).await;
    assert_eq!(get(&*ledger, &scope, Key::Member(id(2))).await, None);
    assert_eq!(get(&*ledger, &scope, Key::Token(id(1))).await, None);
}

pub(super) async fn answers_come_in_the_order_asked(ledger: Fixture<dyn Ledger>) {
    let scope = scope(1);
    for number in [1, 2, 3] {
        let time = i64::try_from(number).unwrap();
        put(&*ledger, &scope, Key::Head(id(number)), Record::Head(head(time))).await;
    }
    let asked = [3, 9, 1, 2, 3].map(|number| Key::Head(id(number)));
    let answers = ledger.get_many(&scope, &asked).await.unwrap();
    let times: Vec<_> = answers.into_iter().map(|stored| Some(stored?.record.head()?.time)).collect();
    assert_eq!(times, [Some(3), None, Some(1), Some(2), Some(3)]);
}

pub(super) async fn no_keys_give_no_answers(ledger: Fixture<dyn Ledger>) {
    assert_eq!(ledger.get_many(&scope(1), &[]).await.unwrap(), []);
}

pub(super) async fn addresses_that_differ_in_case_are_one_key(ledger: Fixture<dyn Ledger>) {
    let scope = scope(1);
    put(&*ledger, &scope, Key::Email(email("Ada@Example.org")), Record::Email(id(1))).await;
    let found = record(&*ledger, &scope, Key::Email(email("ada@example.ORG"))).await;
    assert_eq!(found, Some(Record::Email(id(1))));
    let mut batch = Batch::new(now());
    batch.put(Key::Email(email("ADA@example.org")), Expect::Absent, Record::Email(id(2)));
    assert_eq!(conflict(ledger.commit(&scope, batch).await).edits, [0]);
}
