//! The pages a demonstration begins with.

use std::sync::Arc;

use portolan::core::access::Operation;
use portolan::core::token::BearerToken;
use portolan::core::wiki::path::Requested;
use portolan::{Call, Condition, Error, PageText, Place, Portolan, PutPage, Result, Setup};
use secrecy::ExposeSecret;

/// Path and text of each.
const PAGES: &[(&str, &str)] = &[
    ("Home", include_str!("../demo/Home.md")),
    ("Guides/First steps", include_str!("../demo/First steps.md")),
    ("Concepts/Versions and revisions", include_str!("../demo/Versions and revisions.md")),
    ("Concepts/Exactly once", include_str!("../demo/Exactly once.md")),
    ("Concepts/Who did what", include_str!("../demo/Who did what.md")),
];

/// Writes the demonstration's pages, those that are not there yet.
pub async fn write_demo_pages(portolan: &Portolan, setup: &Setup) -> Result<()> {
    let bearer = BearerToken::parse(setup.owner_token.expose_secret());
    let bearer = Arc::new(bearer.map_err(|_| Error::Unauthenticated)?);
    for (path, text) in PAGES {
        let place = Place { tenant: Some(setup.tenant.clone()), wiki: Some(setup.wiki.clone()) };
        let admitted =
            portolan.admit(Arc::clone(&bearer), Operation::PageWrite, place, Call::new("demo")).await?;
        let put = PutPage {
            path: Requested::parse(path)?,
            text: PageText::new((*text).to_owned(), portolan.options().page_bytes)?,
            message: None,
            condition: Condition::Absent,
        };
        match portolan.put_page(&admitted, put).await {
            Ok(_) | Err(Error::PageExists(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
