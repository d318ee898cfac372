//! Reads what an admission rests on from the database.

use portolan_core::access::{Admission, Version};
use portolan_core::id::{TenantId, TokenKind};
use portolan_core::tenancy::{PLATFORM, Tenant, TenantSlug};
use portolan_core::token::CredentialKey;
use portolan_core::wiki::{Head, Wiki, WikiSlug};
use portolan_ports::Error;
use portolan_ports::ledger::{Admitted, Key, Record};
use rusqlite::Connection;

use crate::cache::{Caches, Seen, is_there};
use crate::read;
use crate::readers::Readers;

/// See [`portolan_ports::Ledger::admit`].
pub(crate) fn admit(
    caches: &Caches,
    readers: &Readers,
    credential: &CredentialKey<TokenKind>,
    target: Option<&TenantSlug>,
    wiki: Option<&WikiSlug>,
) -> Result<Option<Admitted>, Error> {
    if let Some(admitted) = caches.admit(credential, target, wiki) {
        return Ok(Some(admitted));
    }
    let moment = caches.moment();
    let admitted =
        readers.snapshot("admit", |connection| read_admitted(connection, credential, target, wiki))?;
    if let Some(admitted) = &admitted {
        let other = target.filter(|target| **target != admitted.admission.home.0.slug);
        caches.keep(moment, &Seen { credential, other, wiki, admitted });
    }
    Ok(admitted)
}

fn read_admitted(
    connection: &Connection,
    credential: &CredentialKey<TokenKind>,
    target: Option<&TenantSlug>,
    wiki: Option<&WikiSlug>,
) -> Result<Option<Admitted>, Error> {
    let tenant = credential.tenant;
    let Some(token) = get(connection, tenant, &Key::Token(credential.id), Record::token)? else {
        return Ok(None);
    };
    let Some(member) = get(connection, tenant, &Key::Member(token.0.member), Record::member)? else {
        return Ok(None);
    };
    let Some(home) = get(connection, tenant, &Key::Tenant, Record::tenant)? else { return Ok(None) };
    let other = target.filter(|target| **target != home.0.slug);
    let mut admitted = Admitted { admission: Admission { token, member, home, target: None }, wiki: None };
    match (other, wiki) {
        (Some(other), _) if tenant == PLATFORM => {
            admitted.admission.target = read_target(connection, other)?;
        }
        (None, Some(slug)) => admitted.wiki = read_wiki(connection, tenant, slug)?,
        _ => {}
    }
    Ok(Some(admitted))
}

fn read_target(connection: &Connection, slug: &TenantSlug) -> Result<Option<Tenant>, Error> {
    let alias = get(connection, PLATFORM, &Key::TenantSlug(slug.clone()), Record::tenant_slug)?;
    let Some((id, _)) = alias else { return Ok(None) };
    Ok(get(connection, id, &Key::Tenant, Record::tenant)?.map(|(tenant, _)| tenant))
}

fn read_wiki(
    connection: &Connection,
    tenant: TenantId,
    slug: &WikiSlug,
) -> Result<Option<(Wiki, Head, Version)>, Error> {
    let alias = get(connection, tenant, &Key::WikiSlug(slug.clone()), Record::wiki_slug)?;
    let Some((id, _)) = alias else { return Ok(None) };
    let wiki = get(connection, tenant, &Key::Wiki(id), Record::wiki)?;
    let head = get(connection, tenant, &Key::Head(id), Record::head)?;
    let both = wiki.zip(head).map(|((wiki, _), (head, version))| (wiki, head, version));
    Ok(both.filter(|(wiki, head, _)| is_there(wiki, head)))
}

fn get<T>(
    connection: &Connection,
    tenant: TenantId,
    key: &Key,
    take: fn(Record) -> Option<T>,
) -> Result<Option<(T, Version)>, Error> {
    let stored = read::get(connection, "admit", tenant, key)?;
    Ok(stored.and_then(|stored| Some((take(stored.record)?, stored.version))))
}
