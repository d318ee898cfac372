//! Tenants and the people in them.

use jiff::SignedDuration;
use portolan::core::access::Operation;
use portolan::core::audit::{Lane, Outcome};
use portolan::core::tenancy::{Role, TenantStatus};
use portolan::{AuditFilter, Condition, Error, Maybe, NewToken, Result, TenantChange};
use secrecy::ExposeSecret;

use crate::support::{Client, World, bearer, client, reason};

async fn set_role(by: &Client, member: portolan::core::id::MemberId, role: Role) -> Result<()> {
    let admitted = by.admit(Operation::MemberUpdate).await?;
    by.portolan.update_member(&admitted, member, role).await.map(|_| ())
}

async fn remove(by: &Client, member: portolan::core::id::MemberId) -> Result<()> {
    let admitted = by.admit(Operation::MemberRemove).await?;
    by.portolan.remove_member(&admitted, member).await.map(|_| ())
}

async fn revoke(by: &Client, token: portolan::core::id::TokenId) -> Result<()> {
    let admitted = by.admit(Operation::TokenRevoke).await?;
    by.portolan.revoke_token(&admitted, token).await.map(|_| ())
}

#[tokio::test(start_paused = true)]
async fn the_demonstration_starts_again_with_new_tokens_and_the_old_ones_work() {
    let world = World::new().await;
    world.owner.create("Page", "kept\n").await;
    let again = world.stores.open();
    let setup = again.demo().await.unwrap();
    assert!(!setup.is_new);
    let owner = world.owner.on(&again).with(bearer(&setup.owner_token));
    assert_eq!(owner.read("Page").await.unwrap().text().0, "kept\n");
    assert_eq!(world.owner.on(&again).read("Page").await.unwrap().text().0, "kept\n");
    assert_eq!(world.operator.on(&again).tenants().await.unwrap().len(), 2);
    let refused = again.init(client::name("Second"), client::email("second@platform.example")).await;
    assert!(matches!(refused, Err(Error::SlugTaken(_))));
}

#[tokio::test(start_paused = true)]
async fn a_tenant_from_its_creation_to_its_end() {
    let world = World::new().await;
    let made = world.operator.create_tenant("acme").await.unwrap().value;
    assert_eq!(made.value.0.status, TenantStatus::Active);
    assert_eq!(reason(world.operator.create_tenant("acme").await), "slug-taken");
    assert_eq!(reason(world.owner.create_tenant("mine").await), "forbidden", "a member makes no tenants");

    let code = made.secret.unwrap();
    let stranger = world.operator.at("acme", None);
    let redeemed = stranger.redeem(code.expose_secret(), "Olga").await.unwrap().value;
    assert_eq!(redeemed.member.role, Role::Owner);
    let olga = stranger.with(bearer(&redeemed.secret.unwrap()));
    assert_eq!(reason(stranger.redeem(code.expose_secret(), "Olga").await), "invite-invalid", "once");
    olga.create_wiki("docs").await.unwrap();
    let docs = olga.wiki("docs");
    docs.create("Page", "text\n").await;

    // An operator runs the tenant and sees nothing of its wikis.
    let operator = world.operator_in("acme");
    assert_eq!(operator.members().await.unwrap().len(), 1);
    for operation in [Operation::WikiList, Operation::PageRead, Operation::PageWrite, Operation::WikiExport] {
        assert_eq!(reason(operator.wiki("docs").admit(operation).await), "not-found", "{operation:?}");
    }

    let change = TenantChange { display_name: Maybe::Set(client::name("Acme")), ..TenantChange::default() };
    let admitted = operator.admit(Operation::TenantUpdate).await.unwrap();
    assert_eq!(
        world.portolan.update_tenant(&admitted, change).await.unwrap().value.display_name.as_str(),
        "Acme"
    );
    assert_eq!(reason(olga.admit(Operation::TenantUpdate).await), "forbidden");

    // Suspended: refused from the next call on, also what was admitted before; twice is once.
    let before = docs.admit(Operation::PageWrite).await.unwrap();
    let admitted = operator.admit(Operation::TenantSuspend).await.unwrap();
    for said in ["unpaid", "still unpaid"] {
        let tenant = world.portolan.suspend_tenant(&admitted, Some(said.into())).await.unwrap().value;
        assert_eq!(tenant.status, TenantStatus::Suspended { reason: Some("unpaid".into()) });
    }
    assert_eq!(reason(docs.read("Page").await), "tenant-suspended");
    let put = portolan::PutPage {
        path: portolan::core::wiki::path::Requested::parse("Late").unwrap(),
        text: portolan::PageText::new("late\n".into(), 100).unwrap(),
        message: None,
        condition: Condition::None,
    };
    assert_eq!(reason(world.portolan.put_page(&before, put).await), "tenant-suspended");
    let admitted = operator.admit(Operation::TenantReinstate).await.unwrap();
    for _ in 0..2 {
        let tenant = world.portolan.reinstate_tenant(&admitted).await.unwrap().value;
        assert_eq!(tenant.status, TenantStatus::Active);
    }
    assert_eq!(docs.read("Page").await.unwrap().text().0, "text\n");

    let invited = olga.invite("late@acme.example", Role::Viewer).await.unwrap().value.secret.unwrap();
    let admitted = operator.admit(Operation::TenantDelete).await.unwrap();
    world.portolan.delete_tenant(&admitted).await.unwrap();
    assert_eq!(reason(docs.read("Page").await), "unauthenticated");
    assert_eq!(reason(stranger.redeem(invited.expose_secret(), "Late").await), "invite-invalid");
    assert_eq!(reason(world.operator.create_tenant("acme").await), "slug-taken", "for ever");
    let statuses: Vec<_> = world.operator.tenants().await.unwrap().into_iter().map(|it| it.status).collect();
    assert!(statuses.iter().any(|status| matches!(status, TenantStatus::Deleted { .. })));

    for operation in [Operation::TenantSuspend, Operation::TenantDelete] {
        let admitted = world.operator.at("platform", None).admit(operation).await;
        let Ok(admitted) = admitted else { continue };
        let refused = match operation {
            Operation::TenantSuspend => world.portolan.suspend_tenant(&admitted, None).await.map(|_| ()),
            _ => world.portolan.delete_tenant(&admitted).await.map(|_| ()),
        };
        assert_eq!(reason(refused), "forbidden", "the platform stays");
    }
}

#[tokio::test(start_paused = true)]
async fn another_tenant_is_not_there_and_the_try_is_in_ones_own_audit() {
    let world = World::new().await;
    world.operator.create_tenant("acme").await.unwrap();
    for tenant in ["acme", "nobody"] {
        for operation in [Operation::TenantRead, Operation::PageRead, Operation::MemberList] {
            let refused = world.owner.at(tenant, Some("notes")).admit(operation).await;
            let Err(Error::NotFound { what, .. }) = refused else { panic!("{refused:?}") };
            assert_eq!(what, "tenant");
        }
    }
    let violation =
        |entry: &portolan::AuditEntry| entry.event.what.reason.as_deref() == Some("tenant-access-violation");
    let own: Vec<_> = world.owner.audit(&AuditFilter::default()).await.unwrap();
    let own: Vec<_> = own.into_iter().filter(violation).collect();
    assert_eq!(own.iter().map(|entry| entry.event.what.count).sum::<u64>(), 6);
    assert!(own.iter().all(|entry| entry.event.what.outcome == Outcome::Refused));
    assert!(own.iter().any(|entry| entry.event.what.target == "acme/notes"));
    let theirs = world.operator_in("acme").audit(&AuditFilter::default()).await.unwrap();
    assert!(!theirs.iter().any(violation), "the other tenant is told nothing");
}

#[tokio::test(start_paused = true)]
async fn roles_decide_who_manages_whom() {
    let world = World::new().await;
    let owner = &world.owner;
    let me = owner.members().await.unwrap()[0].id;
    let (admin, admin_member) = owner.join("admin@demo.example", Role::Admin).await;
    let (editor, editor_member) = owner.join("editor@demo.example", Role::Editor).await;
    let (viewer, viewer_member) = owner.join("viewer@demo.example", Role::Viewer).await;

    assert_eq!(reason(viewer.put("P", "x\n", Condition::None).await), "forbidden");
    editor.put("P", "x\n", Condition::None).await.unwrap();
    viewer.read("P").await.unwrap();
    assert_eq!(reason(editor.create_wiki("w").await), "forbidden");
    admin.create_wiki("w").await.unwrap();
    for low in [&editor, &viewer] {
        assert_eq!(reason(low.audit(&AuditFilter::default()).await), "forbidden");
        assert_eq!(reason(low.invite("x@demo.example", Role::Viewer).await), "forbidden");
        assert_eq!(low.members().await.unwrap().len(), 4);
    }
    // Admins manage editors and viewers; owners everybody.
    admin.invite("e2@demo.example", Role::Editor).await.unwrap();
    for high in [Role::Admin, Role::Owner] {
        assert_eq!(reason(admin.invite("a2@demo.example", high).await), "forbidden");
        assert_eq!(reason(set_role(&admin, viewer_member.id, high).await), "forbidden");
    }
    assert_eq!(reason(set_role(&admin, me, Role::Viewer).await), "forbidden");
    assert_eq!(reason(remove(&admin, me).await), "forbidden");
    set_role(&admin, viewer_member.id, Role::Editor).await.unwrap();
    viewer.create("By the former viewer", "x\n").await;
    assert_eq!(reason(owner.invite("editor@demo.example", Role::Viewer).await), "member-exists");
    assert_eq!(reason(owner.invite("EDITOR@demo.example", Role::Viewer).await), "member-exists");

    // The last owner stays; a second one makes the first free to go.
    assert_eq!(reason(set_role(owner, me, Role::Admin).await), "last-owner");
    assert_eq!(reason(remove(owner, me).await), "last-owner");
    set_role(owner, admin_member.id, Role::Owner).await.unwrap();
    set_role(owner, me, Role::Viewer).await.unwrap();
    assert_eq!(reason(owner.put("Q", "x\n", Condition::None).await), "forbidden", "from the next call on");
    assert_eq!(reason(remove(&admin, admin_member.id).await), "last-owner");

    remove(&admin, editor_member.id).await.unwrap();
    assert_eq!(reason(editor.read("P").await), "unauthenticated");
    assert_eq!(reason(remove(&admin, editor_member.id).await), "not-found");
    // His address is free again, and his pages keep his name.
    admin.join("editor@demo.example", Role::Viewer).await;
    assert_eq!(owner.read("P").await.unwrap().author.name, "editor@demo.example");
}

#[tokio::test(start_paused = true)]
async fn two_owners_cannot_remove_each_other() {
    let world = World::new().await;
    let me = world.owner.members().await.unwrap()[0].id;
    let (other, other_member) = world.owner.join("second@demo.example", Role::Owner).await;
    let (first, second) = tokio::join!(remove(&world.owner, other_member.id), remove(&other, me));
    assert!(first.is_ok() != second.is_ok(), "{first:?} {second:?}");
    let left = if first.is_ok() { &world.owner } else { &other };
    assert_eq!(left.members().await.unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn invites_are_open_until_used_withdrawn_or_over() {
    let world = World::new().await;
    let owner = &world.owner;
    let used = owner.invite("used@demo.example", Role::Viewer).await.unwrap().value;
    let withdrawn = owner.invite("withdrawn@demo.example", Role::Viewer).await.unwrap().value;
    let over = owner.invite("over@demo.example", Role::Viewer).await.unwrap().value;
    assert_eq!(owner.invites().await.unwrap().len(), 3);
    let used_code = used.secret.unwrap();
    let redeemed = owner.key("k").redeem(used_code.expose_secret(), "Una").await.unwrap();
    assert!(!redeemed.replayed);
    let replay = owner.key("k").redeem(used_code.expose_secret(), "Una").await.unwrap();
    assert!(replay.replayed && replay.value.secret.is_none(), "a secret is shown once");
    assert_eq!(replay.value.token, redeemed.value.token);
    assert_eq!(reason(owner.key("k").redeem(used_code.expose_secret(), "Other").await), "key-reused");

    let admitted = owner.admit(Operation::InviteDelete).await.unwrap();
    world.portolan.delete_invite(&admitted, withdrawn.value.id).await.unwrap();
    assert_eq!(reason(world.portolan.delete_invite(&admitted, withdrawn.value.id).await), "not-found");
    let code = withdrawn.secret.unwrap();
    assert_eq!(reason(owner.redeem(code.expose_secret(), "Wim").await), "invite-invalid");
    world.stores.clock.set(over.value.expires_at);
    assert_eq!(reason(owner.redeem(over.secret.unwrap().expose_secret(), "Ove").await), "invite-invalid");
    assert!(owner.invites().await.unwrap().is_empty());
    assert_eq!(reason(owner.redeem(used_code.expose_secret(), "Una").await), "invite-invalid");
}

#[tokio::test(start_paused = true)]
async fn tokens_work_until_revoked_or_over() {
    let world = World::new().await;
    let owner = &world.owner;
    let (editor, _) = owner.join("editor@demo.example", Role::Editor).await;
    let (admin, _) = owner.join("admin@demo.example", Role::Admin).await;
    let made = editor.key("k").create_token("script").await.unwrap().value;
    let script = editor.with(bearer(&made.secret.unwrap()));
    assert!(editor.key("k").create_token("script").await.unwrap().value.secret.is_none());
    script.create("By a script", "x\n").await;

    // One sees one's own and those of whom one manages.
    assert_eq!(editor.tokens().await.unwrap().len(), 2);
    assert_eq!(admin.tokens().await.unwrap().len(), 3);
    let all = owner.tokens().await.unwrap();
    assert_eq!(all.len(), 4);
    let owners = all.iter().find(|token| token.name.as_str() == "demonstration").unwrap();
    assert_eq!(reason(revoke(&admin, owners.id).await), "not-found");
    assert_eq!(reason(revoke(&editor, owners.id).await), "not-found");
    world.portolan.flush_reads().await.unwrap();
    let admitted = owner.admit(Operation::TokenList).await.unwrap();
    let listed = world.portolan.list_tokens(&admitted, &portolan::Paging::default()).await.unwrap();
    let used = listed.items.iter().find(|(token, _)| token.id == made.value.id).unwrap().1;
    assert_eq!(used, Some(world.stores.clock_now()), "it is told when a token was last used");

    revoke(&admin, made.value.id).await.unwrap();
    assert_eq!(reason(script.read("By a script").await), "unauthenticated");
    editor.read("By a script").await.unwrap();
    // One may revoke the very token one shows.
    let own = owner.tokens().await.unwrap();
    let own = own.iter().find(|token| token.id == editor.token.key().id).unwrap();
    revoke(&editor, own.id).await.unwrap();
    assert_eq!(reason(editor.read("By a script").await), "unauthenticated");

    let end = world.stores.clock_now() + SignedDuration::from_secs(60);
    let admitted = owner.admit(Operation::TokenCreate).await.unwrap();
    let new = |expires_at| NewToken { name: client::name("short"), expires_at: Some(expires_at) };
    let late = world.portolan.create_token(&admitted, new(world.stores.clock_now())).await;
    assert_eq!(reason(late.map(|_| ())), "invalid");
    let short = world.portolan.create_token(&admitted, new(end)).await.unwrap().value.secret.unwrap();
    let short = owner.with(bearer(&short));
    short.read("By a script").await.unwrap();
    world.stores.clock.set(end);
    assert_eq!(reason(short.read("By a script").await), "unauthenticated");
}

#[tokio::test(start_paused = true)]
async fn a_deleted_wiki_is_gone_and_its_name_is_free() {
    let world = World::new().await;
    let owner = &world.owner;
    owner.create("Page", "old\n").await;
    assert_eq!(reason(owner.create_wiki("notes").await), "slug-taken");
    owner.key("k").delete_wiki().await.unwrap();
    assert!(owner.key("k").delete_wiki().await.unwrap().replayed);
    assert_eq!(reason(owner.delete_wiki().await), "not-found");
    assert_eq!(reason(owner.read("Page").await), "not-found");
    assert!(owner.wikis().await.unwrap().is_empty());
    owner.create_wiki("notes").await.unwrap();
    assert_eq!(owner.head().await.unwrap(), None);
    assert_eq!(reason(owner.read("Page").await), "not-found", "nothing of the old one comes back");
    owner.create("Page", "new\n").await;
    assert_eq!(owner.history("Page").await.unwrap().len(), 1);
    // What was done to the old one stays in the audit.
    let filter = AuditFilter { operation: Some("page.write".into()), ..AuditFilter::default() };
    let writes = owner.audit(&filter).await.unwrap();
    let lanes: std::collections::BTreeSet<Lane> = writes.iter().map(|entry| entry.lane).collect();
    assert_eq!((writes.len(), lanes.len()), (2, 2));
}
