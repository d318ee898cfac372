use std::time::Duration;

use jiff::Timestamp;
use portolan_core::audit::{Checkpoint, Lane, Link, Seal, append};
use portolan_core::git::Oid;
use portolan_core::id::Id;
use portolan_core::idempotency::{self, Fingerprint};
use portolan_core::tenancy::{DisplayName, Email, Invite, Member, Role, Tenant, TenantStatus, Tier, Usd};
use portolan_core::token::{SecretHash, Token};
use portolan_core::wiki::path::PagePath;
use portolan_core::wiki::{Head, Import, ImportState, OtherRef, Wiki};
use portolan_ports::Ledger;
use portolan_ports::ledger::{Effect, Key, PageEffect, Receipt, Record, RecordKind};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestCaseError, TestRunner};

use super::help::{put, record};
use crate::Fixture;
use crate::sample::scope;

/// A record of each kind under its key, always the same.
pub(super) fn one_of_each() -> Vec<(Key, Record)> {
    let mut runner = TestRunner::deterministic();
    RecordKind::ALL
        .iter()
        .map(|kind| entries(*kind).new_tree(&mut runner).expect("every strategy makes a value").current())
        .collect()
}

/// Whatever texts, numbers and times a record holds, it is read as it was written.
pub(super) fn records_of_every_kind_survive(open: impl AsyncFn() -> Fixture<dyn Ledger>) {
    let config = Config { cases: 200, failure_persistence: None, ..Config::default() };
    crate::run(async {
        let ledger = open().await;
        let runtime = tokio::runtime::Handle::current();
        let any_kind = select(RecordKind::ALL).prop_flat_map(entries);
        let outcome = TestRunner::new(config).run(&any_kind, |(key, written)| {
            let read = tokio::task::block_in_place(|| {
                runtime.block_on(async {
                    put(&*ledger, &scope(1), key.clone(), written.clone()).await;
                    record(&*ledger, &scope(1), key).await
                })
            });
            prop_assert_eq!(read, Some(written));
            Ok::<(), TestCaseError>(())
        });
        outcome.unwrap_or_else(|failure| panic!("{failure}"));
    });
}

use proptest::strategy::ValueTree as _;

fn entries(kind: RecordKind) -> BoxedStrategy<(Key, Record)> {
    match kind {
        RecordKind::TenantSlug => {
            (slugs(), ids()).prop_map(|(slug, id)| (Key::TenantSlug(slug), Record::TenantSlug(id))).boxed()
        }
        RecordKind::Tenant => tenants().prop_map(|tenant| (Key::Tenant, Record::Tenant(tenant))).boxed(),
        RecordKind::Member => members().prop_map(|it| (Key::Member(it.id), Record::Member(it))).boxed(),
        RecordKind::Email => {
            (emails(), ids()).prop_map(|(email, id)| (Key::Email(email), Record::Email(id))).boxed()
        }
        RecordKind::Invite => invites().prop_map(|it| (Key::Invite(it.id), Record::Invite(it))).boxed(),
        RecordKind::Token => tokens().prop_map(|it| (Key::Token(it.id), Record::Token(it))).boxed(),
        RecordKind::TokenUse => {
            (ids(), times()).prop_map(|(id, time)| (Key::TokenUse(id), Record::TokenUse(time))).boxed()
        }
        RecordKind::WikiSlug => {
            (wikis(), ids()).prop_map(|(wiki, id)| (Key::WikiSlug(wiki.slug), Record::WikiSlug(id))).boxed()
        }
        RecordKind::Wiki => wikis().prop_map(|it| (Key::Wiki(it.id), Record::Wiki(it))).boxed(),
        RecordKind::Head => {
            (ids(), heads()).prop_map(|(id, head)| (Key::Head(id), Record::Head(head))).boxed()
        }
        RecordKind::Import => imports().prop_map(|it| (Key::Import(it.id), Record::Import(it))).boxed(),
        RecordKind::Lane => {
            (lanes(), links()).prop_map(|(lane, link)| (Key::Lane(lane), Record::Lane(link))).boxed()
        }
        RecordKind::Checkpoint => {
            checkpoints().prop_map(|it| (Key::Checkpoint(it.sequence), Record::Checkpoint(it))).boxed()
        }
        RecordKind::Receipt => receipts().boxed(),
    }
}

fn ids<T: portolan_core::id::Named>() -> impl Strategy<Value = Id<T>> + Clone {
    any::<u128>().prop_map(|value| Id::new(portolan_core::id::Uuid::from_u128(value)))
}

fn oids() -> impl Strategy<Value = Oid> + Clone {
    any::<[u8; 20]>().prop_map(Oid::from_bytes)
}

fn times() -> impl Strategy<Value = Timestamp> + Clone {
    // The years 1970 to 2100, to the nanosecond.
    (0..4_102_444_800_u64, 0..1_000_000_000_u32)
        .prop_map(|(seconds, nanos)| Timestamp::UNIX_EPOCH + Duration::new(seconds, nanos))
}

fn names() -> impl Strategy<Value = DisplayName> + Clone {
    "\\PC{1,40}".prop_filter_map("a name keeps its rules", |text| DisplayName::parse(&text).ok())
}

fn emails() -> impl Strategy<Value = Email> + Clone {
    "[^\\pC\\pZ@<>,;\"()]{1,20}@[a-zA-Z0-9.]{1,20}"
        .prop_filter_map("an address keeps its rules", |text| Email::parse(&text).ok())
}

fn slugs() -> impl Strategy<Value = portolan_core::tenancy::TenantSlug> + Clone {
    "[a-z][a-z0-9]{2,31}".prop_map(|text| text.parse().expect("letters and digits make a slug"))
}

fn hashes() -> impl Strategy<Value = SecretHash> + Clone {
    any::<[u8; 32]>().prop_map(|secret| SecretHash::of(&secret))
}

fn roles() -> impl Strategy<Value = Role> + Clone {
    select(&Role::ALL[..])
}

fn tenants() -> impl Strategy<Value = Tenant> + Clone {
    let status = prop_oneof![
        Just(TenantStatus::Active),
        proptest::option::of(".{0,60}").prop_map(|reason| TenantStatus::Suspended { reason }),
        times().prop_map(|at| TenantStatus::Deleted { at }),
    ];
    let budget = proptest::option::of(
        (0..1_000_000_u32)
            .prop_map(|dollars| Usd::from_dollars(f64::from(dollars)).expect("whole dollars are an amount")),
    );
    let tiers = select(&Tier::ALL[..]);
    (ids(), slugs(), names(), tiers, status, emails(), budget, times(), times()).prop_map(
        |(id, slug, display_name, tier, status, owner_email, monthly_budget, created_at, updated_at)| {
            Tenant {
                id,
                slug,
                display_name,
                tier,
                status,
                owner_email,
                monthly_budget,
                created_at,
                updated_at,
            }
        },
    )
}

fn members() -> impl Strategy<Value = Member> + Clone {
    (ids(), names(), emails(), roles(), times()).prop_map(|(id, name, email, role, created_at)| Member {
        id,
        name,
        email,
        role,
        created_at,
    })
}

fn invites() -> impl Strategy<Value = Invite> + Clone {
    (ids(), emails(), roles(), hashes(), times(), times()).prop_map(
        |(id, email, role, hash, created_at, expires_at)| Invite {
            id,
            email,
            role,
            hash,
            created_at,
            expires_at,
        },
    )
}

fn tokens() -> impl Strategy<Value = Token> + Clone {
    (ids(), ids(), names(), hashes(), times(), proptest::option::of(times())).prop_map(
        |(id, member, name, hash, created_at, expires_at)| Token {
            id,
            member,
            name,
            hash,
            created_at,
            expires_at,
        },
    )
}

fn wikis() -> impl Strategy<Value = Wiki> + Clone {
    let slugs = "[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?";
    (ids(), slugs, names(), times(), proptest::option::of(times())).prop_map(
        |(id, slug, display_name, created_at, deleted_at)| {
            let slug = slug.parse().expect("the pattern is that of an alias");
            Wiki { id, slug, display_name, created_at, deleted_at }
        },
    )
}

fn links() -> impl Strategy<Value = Link> + Clone {
    (0..1_000_u64).prop_map(|sequence| {
        let segment = super::help::segment(Lane::Control, sequence, 1);
        append(Lane::Control, Link { sequence, ..Link::START }, vec![segment.events[0].what.clone()]).1
    })
}

fn lanes() -> impl Strategy<Value = Lane> + Clone {
    prop_oneof![Just(Lane::Control), ids().prop_map(Lane::Wiki), ids().prop_map(Lane::Process)]
}

fn heads() -> impl Strategy<Value = Head> + Clone {
    let import = proptest::option::of(ids());
    (proptest::option::of(oids()), any::<i64>(), ".{1,30}", import, any::<bool>(), links()).prop_map(
        |(commit, time, branch, importing, deleted, audit)| Head {
            commit,
            time,
            branch,
            importing,
            deleted,
            audit,
        },
    )
}

fn imports() -> impl Strategy<Value = Import> + Clone {
    let state = prop_oneof![
        Just(ImportState::Running),
        oids().prop_map(|revision| ImportState::Done { revision }),
        ".{0,60}".prop_map(|problem| ImportState::Failed { problem }),
    ];
    let others = proptest::collection::vec((".{1,30}", oids()), 0..4).prop_map(|others| {
        others.into_iter().map(|(name, target)| OtherRef { name, target }).collect::<Vec<_>>()
    });
    (ids(), wikis(), state, ".{1,20}", oids(), any::<(u64, u64, u64)>(), others, times()).prop_map(
        |(id, wiki, state, branch, tip, (commits, objects, pages), others, created_at)| Import {
            id,
            wiki: wiki.id,
            slug: wiki.slug,
            state,
            branch,
            tip,
            commits,
            objects,
            pages,
            others,
            created_at,
        },
    )
}

fn checkpoints() -> impl Strategy<Value = Checkpoint> + Clone {
    let seals = proptest::collection::vec((lanes(), links()), 0..4);
    (any::<u64>(), times(), seals, links()).prop_map(|(sequence, time, seals, link)| {
        let seals =
            seals.into_iter().map(|(lane, end)| Seal { lane, sequence: end.sequence, hash: end.hash });
        Checkpoint { sequence, time, seals: seals.collect(), hash: link.hash }
    })
}

fn receipts() -> impl Strategy<Value = (Key, Record)> + Clone {
    let key = proptest::collection::vec(0x20..0x7f_u8, 1..50)
        .prop_map(|text| idempotency::Key::parse(&text).expect("the bytes are printable"));
    let fingerprint = any::<Vec<u8>>().prop_map(|request| Fingerprint::of(&[&request]));
    (ids::<portolan_core::id::MemberKind>(), key, fingerprint, effects(), times()).prop_map(
        |(principal, key, fingerprint, effect, expires_at)| {
            let key = Key::Receipt { principal: principal.to_string(), key };
            (key, Record::Receipt(Receipt { fingerprint, effect, expires_at }))
        },
    )
}

fn effects() -> impl Strategy<Value = Effect> + Clone {
    let page = "[a-zA-Zä ]{0,10}[a-zA-Zäß](/[a-z0-9]{1,10}){0,2}"
        .prop_filter_map("a path keeps its rules", |text| PagePath::parse(&text).ok());
    let written = (page, oids(), proptest::option::of(oids()), oids(), any::<(bool, bool)>()).prop_map(
        |(path, version, previous, revision, (changed, created))| {
            Effect::PageWritten(PageEffect {
                path,
                version,
                previous,
                revision,
                changed,
                created,
                merged: false,
                head: revision,
            })
        },
    );
    prop_oneof![
        (tenants(), invites()).prop_map(|(tenant, invite)| Effect::TenantCreated { tenant, invite }),
        tenants().prop_map(|tenant| Effect::TenantChanged { tenant }),
        invites().prop_map(|invite| Effect::InviteCreated { invite }),
        (members(), tokens()).prop_map(|(member, token)| Effect::Redeemed { member, token }),
        members().prop_map(|member| Effect::MemberChanged { member }),
        tokens().prop_map(|token| Effect::TokenCreated { token }),
        wikis().prop_map(|wiki| Effect::WikiCreated { wiki }),
        wikis().prop_map(|wiki| Effect::WikiReinstated { wiki, head: None }),
        Just(Effect::Removed),
        written,
        (oids(), oids()).prop_map(|(revision, head)| Effect::PageDeleted { revision, head }),
        ids().prop_map(|import| Effect::ImportStarted { import }),
    ]
}
