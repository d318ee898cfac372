//! Portolan: the multi-tenant home of AI agents' knowledge and work, as a library.
//!
//! [`Portolan`] is built from ports ([`Portolan::builder`]); every use case is a method of it. The way in is always the same:
//! [`Portolan::admit`] decides whether the bearer of a token may do an operation in a place, and answers an
//! [`Admitted`], which the use case takes. Every write is exactly-once (under [`Call::key`]), attributed and audited.

mod admit;
mod audit;
mod call;
mod desk;
mod diff;
mod doctor;
mod error;
mod import;
mod index;
mod list;
mod objects;
mod once;
mod options;
mod pages;
mod portolan;
mod reindex;
mod run;
mod search;
mod tenancy;
mod wikis;

pub use portolan_core as core;
pub use portolan_ports as ports;

pub use audit::{AuditEntry, AuditFilter, AuditItem, Verified};
pub use call::{Admitted, Call, Place, Written};
pub use diff::{FileDifference, Hunk, HunkLine, Unified, unified};
pub use doctor::{DamagedPart, Finding};
pub use error::{Current, Error, Fault, PageConflict, PathConflict, Result, Side};
pub use import::{ExportTurn, Exported, ImportPlace, ImportSource, ImportView, Kept};
pub use list::{Listed, Paging};
pub use options::Options;
pub use pages::{
    BlameView, BlamedLines, ChangesFilter, Commit, CommitPath, Compare, Condition, Cut, Deleted, Difference,
    EditPage, Feed, FileItem, FileList, FileRead, FileView, GraphPart, GraphView, HtmlRead, LinkEnds,
    LinksView, OutlineItem, PageDraft, PageHtml, PageItem, PageList, PageListFilter, PageOfMany, PagePart,
    PageRead, PageReads, PageText, PageView, PagesRead, PartOf, PathHistory, PathKindName, PutFile, PutPage,
    RenamePage, RenamedPage, Revert, RevertCommits, Reverted, What, WrittenPage,
};
pub use portolan::{Builder, Portolan};
pub use search::{Search, SearchItem, SearchList};
pub use tenancy::{
    DEMO_TENANT, Maybe, NewInvite, NewRole, NewTenant, NewToken, Redeem, Redeemed, Setup, TenantChange,
    WithSecret,
};
pub use wikis::{NewWiki, WikiView};
