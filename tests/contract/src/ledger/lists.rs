use portolan_core::access::Scope;
use portolan_core::tenancy::Role;
use portolan_ports::Ledger;
use portolan_ports::ledger::{Key, Record, RecordKind};

use super::help::{delete, put};
use crate::Fixture;
use crate::sample::{id, member, now, scope, wiki_slug};

async fn names(
    ledger: &dyn Ledger,
    scope: &Scope,
    kind: RecordKind,
    after: Option<&str>,
    limit: usize,
) -> Vec<String> {
    let items = ledger.list(scope, kind, after, limit).await.unwrap();
    items.into_iter().map(|(name, _)| name).collect()
}

pub(super) async fn an_empty_list_has_no_items(ledger: Fixture<dyn Ledger>) {
    for kind in RecordKind::ALL {
        assert_eq!(ledger.list(&scope(1), *kind, None, 10).await.unwrap(), []);
        assert_eq!(ledger.list(&scope(1), *kind, Some("m"), 10).await.unwrap(), []);
    }
}

pub(super) async fn lists_are_in_the_order_of_names(ledger: Fixture<dyn Ledger>) {
    let scope = scope(1);
    for (number, slug) in (0..).zip(["b", "a-b", "a", "ab", "0", "a--b", "a0"]) {
        put(&*ledger, &scope, Key::WikiSlug(wiki_slug(slug)), Record::WikiSlug(id(number))).await;
    }
    let found = names(&*ledger, &scope, RecordKind::WikiSlug, None, 100).await;
    assert_eq!(found, ["0", "a", "a--b", "a-b", "a0", "ab", "b"]);
    // Numbers are in their own order, not in that of their digits.
    let checkpoint = |sequence| {
        use portolan_core::audit::{Checkpoint, Lane, Link, Seal};
        let seals = vec![Seal { lane: Lane::Control, sequence, hash: Link::START.hash }];
        Record::Checkpoint(Checkpoint { sequence, time: now(), seals, hash: Link::START.hash })
    };
    for sequence in [100, 9, u64::MAX, 10] {
        put(&*ledger, &scope, Key::Checkpoint(sequence), checkpoint(sequence)).await;
    }
    let listed = ledger.list(&scope, RecordKind::Checkpoint, None, 10).await.unwrap();
    let records: Vec<_> = listed.into_iter().map(|(_, stored)| stored.record).collect();
    assert_eq!(records, [9, 10, 100, u64::MAX].map(checkpoint));
}

pub(super) async fn lists_page_without_gaps(ledger: Fixture<dyn Ledger>) {
    let scope = scope(1);
    let mut all = Vec::new();
    for number in 0..10 {
        let record = member(number, Role::Viewer);
        let version = put(&*ledger, &scope, Key::Member(id(number)), Record::Member(record.clone())).await;
        all.push((record.id.to_string(), version, Record::Member(record)));
    }
    for limit in [1, 3, 5, 10, 11] {
        let (mut found, mut after) = (Vec::new(), None::<String>);
        loop {
            let page = ledger.list(&scope, RecordKind::Member, after.as_deref(), limit).await.unwrap();
            let ended = page.len() < limit;
            assert!(page.len() <= limit);
            after = page.last().map(|(name, _)| name.clone()).or(after);
            found.extend(page.into_iter().map(|(name, stored)| (name, stored.version, stored.record)));
            assert!(found.len() <= all.len(), "in pages of {limit} the list has no end: {found:?}");
            if ended {
                break;
            }
        }
        assert_eq!(found, all, "in pages of {limit}");
    }
}

/// The record that a cursor names may be gone by the time it is used.
pub(super) async fn a_cursor_needs_no_record(ledger: Fixture<dyn Ledger>) {
    let scope = scope(1);
    for slug in ["a", "b", "c"] {
        put(&*ledger, &scope, Key::WikiSlug(wiki_slug(slug)), Record::WikiSlug(id(1))).await;
    }
    delete(&*ledger, &scope, Key::WikiSlug(wiki_slug("b"))).await;
    let list = async |after| names(&*ledger, &scope, RecordKind::WikiSlug, Some(after), 10).await;
    assert_eq!(list("").await, ["a", "c"]);
    assert_eq!(list("b").await, ["c"]);
    assert_eq!(list("c").await, Vec::<String>::new());
    assert_eq!(list("'%_\u{10ffff}").await, ["a", "c"]);
}

pub(super) async fn lists_show_one_kind_of_one_tenant(ledger: Fixture<dyn Ledger>) {
    for tenant in [1, 2] {
        put(&*ledger, &scope(tenant), Key::TokenUse(id(tenant)), Record::TokenUse(now())).await;
        put(&*ledger, &scope(tenant), Key::Member(id(5)), Record::Member(member(5, Role::Owner))).await;
    }
    // Two tenants with nothing else, so that their records lie side by side.
    for tenant in [8, 9] {
        put(&*ledger, &scope(tenant), Key::TokenUse(id(tenant)), Record::TokenUse(now())).await;
    }
    let alone = names(&*ledger, &scope(8), RecordKind::TokenUse, None, 10).await;
    assert_eq!(alone, [Key::TokenUse(id(8)).name()]);
    let own = Key::TokenUse(id(1)).name();
    assert_eq!(names(&*ledger, &scope(1), RecordKind::TokenUse, None, 10).await, std::slice::from_ref(&own));
    assert_eq!(names(&*ledger, &scope(1), RecordKind::TokenUse, Some(&own), 10).await, Vec::<String>::new());
    assert_eq!(names(&*ledger, &scope(1), RecordKind::Token, None, 10).await, Vec::<String>::new());
    assert_eq!(names(&*ledger, &scope(3), RecordKind::Member, None, 10).await, Vec::<String>::new());
}
