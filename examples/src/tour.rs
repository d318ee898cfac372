//! A tour through the library: a tenant, a wiki, a page written twice, its history, and the audit. Everything is in
//! memory; with other adapters the same code runs on disk.

use std::io::Write;
use std::sync::Arc;

use portolan::core::access::Operation;
use portolan::core::token::BearerToken;
use portolan::core::wiki::path::Requested;
use portolan::{
    Call, Condition, Error, PageRead, PageText, Paging, Place, Portolan, PutPage, Result, Verified,
};
use portolan_memory::{ManualClock, MemoryIndex, MemoryLedger, MemoryObjects, SequentialIds};
use secrecy::ExposeSecret;

#[tokio::main]
async fn main() -> Result<()> {
    let portolan = Portolan::builder(
        Arc::new(MemoryLedger::default()),
        Arc::new(MemoryObjects::default()),
        Arc::new(MemoryIndex::default()),
        Arc::new(ManualClock::default()),
        Arc::new(SequentialIds::default()),
    )
    .build();

    // A tenant with a wiki, and a token of its owner.
    let setup = portolan.demo().await?;
    let bearer = BearerToken::parse(setup.owner_token.expose_secret()).map_err(|_| Error::Unauthenticated)?;
    let bearer = Arc::new(bearer);
    let admit = |operation: Operation| {
        let place = Place { tenant: Some(setup.tenant.clone()), wiki: Some(setup.wiki.clone()) };
        portolan.admit(Arc::clone(&bearer), operation, place, Call::new("tour"))
    };
    let put = |text: &str, condition: Condition| -> Result<PutPage> {
        let text = PageText::new(text.into(), portolan.options().page_bytes)?;
        Ok(PutPage { path: Requested::parse("Guides/Start")?, text, message: None, condition })
    };

    // Create, change on the version that was read, and fail to change on a stale one.
    let created =
        portolan.put_page(&admit(Operation::PageWrite).await?, put("# Start\n", Condition::Absent)?).await?;
    let first = created.value.effect.version;
    let changed = put("# Start\n\nMore.\n", Condition::Match(vec![first]))?;
    let changed = portolan.put_page(&admit(Operation::PageWrite).await?, changed).await?;
    say(&changed.value.diff.text);
    let stale = put("# Mine\n", Condition::Match(vec![first]))?;
    match portolan.put_page(&admit(Operation::PageWrite).await?, stale).await {
        Err(Error::StaleBase(current)) => say(&format!("stale: the page is at {:?} now", current.version)),
        other => panic!("a stale base must be refused: {other:?}"),
    }

    // Read it, now and as it was.
    let path = Requested::parse("Guides/Start")?;
    for revision in [None, Some(first.to_string())] {
        let read = PageRead { path: path.clone(), revision };
        let page = portolan.read_page(&admit(Operation::PageRead).await?, &read).await?;
        say(&format!("{} at {}: {:?}", page.title, page.version, page.text().0));
    }
    let history =
        portolan.page_history(&admit(Operation::HistoryRead).await?, &path, &Paging::default()).await?;
    for commit in history.items {
        say(&format!("{} {} {}", commit.revision, commit.author.name, commit.message));
    }

    // Who did what, and the proof.
    match portolan.verify_audit(&admit(Operation::AuditVerify).await?).await? {
        Verified::Whole { lanes, events, unsealed } => {
            say(&format!("audit: {lanes} lanes, {events} events, {unsealed} unsealed"));
        }
        Verified::Broken(broken) => panic!("{broken}"),
    }
    Ok(())
}

fn say(line: &str) {
    // Nobody is left to be told when standard output is closed.
    let _ = writeln!(std::io::stdout(), "{line}");
}
