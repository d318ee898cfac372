//! The permission table: every operation that exists, and who may do it. REST, MCP, web and git look operations up
//! here; what has no row cannot be named, so it cannot be started.

use crate::tenancy::Role;

/// What an operation does to what is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Nothing: its audit is grouped.
    Read,
    /// Something: its audit is one event, in the same batch as its effect.
    Write,
}

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// The operation's name in audit, metrics and logs.
    pub name: &'static str,
    /// What it does to what is stored.
    pub access: Access,
    /// The weakest role of a member who may do it in his own tenant; none: no member.
    pub member: Option<Role>,
    /// The weakest role on the platform of an operator who may do it to another tenant; none: no operator.
    pub operator: Option<Role>,
}

macro_rules! operations {
    ($($(#[$doc:meta])* $name:ident = $text:literal $access:ident $member:expr, $operator:expr;)*) => {
        /// An operation. Its row in the table is [`Operation::rule`].
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Operation {
            $($(#[$doc])* $name,)*
        }

        impl Operation {
            /// All operations, in the table's order.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Its row in the table.
            pub const fn rule(self) -> Rule {
                match self {
                    $(Self::$name => Rule { name: $text, access: Access::$access, member: $member, operator: $operator },)*
                }
            }
        }
    };
}

const NOBODY: Option<Role> = None;
const VIEWER: Option<Role> = Some(Role::Viewer);
const EDITOR: Option<Role> = Some(Role::Editor);
const ADMIN: Option<Role> = Some(Role::Admin);

operations! {
    /// Ask who one is.
    WhoAmI = "whoami" Read VIEWER, VIEWER;
    /// Make a tenant.
    TenantCreate = "tenant.create" Write NOBODY, ADMIN;
    /// List tenants.
    TenantList = "tenant.list" Read NOBODY, VIEWER;
    /// Read a tenant.
    TenantRead = "tenant.read" Read VIEWER, VIEWER;
    /// Change a tenant.
    TenantUpdate = "tenant.update" Write NOBODY, ADMIN;
    /// Delete a tenant, softly.
    TenantDelete = "tenant.delete" Write NOBODY, ADMIN;
    /// Suspend a tenant.
    TenantSuspend = "tenant.suspend" Write NOBODY, ADMIN;
    /// Reinstate a tenant.
    TenantReinstate = "tenant.reinstate" Write NOBODY, ADMIN;
    /// Invite somebody.
    InviteCreate = "invite.create" Write ADMIN, ADMIN;
    /// List open invites.
    InviteList = "invite.list" Read ADMIN, VIEWER;
    /// Withdraw an invite.
    InviteDelete = "invite.delete" Write ADMIN, ADMIN;
    /// Become a member by an invite code; its holder needs no role.
    InviteRedeem = "invite.redeem" Write NOBODY, NOBODY;
    /// List members.
    MemberList = "member.list" Read VIEWER, VIEWER;
    /// Give a member another role.
    MemberUpdate = "member.update" Write ADMIN, ADMIN;
    /// Remove a member.
    MemberRemove = "member.remove" Write ADMIN, ADMIN;
    /// Make a token of one's own.
    TokenCreate = "token.create" Write VIEWER, NOBODY;
    /// List tokens: one's own, and those of the members one manages.
    TokenList = "token.list" Read VIEWER, VIEWER;
    /// Revoke a token: one's own, or of a member one manages.
    TokenRevoke = "token.revoke" Write VIEWER, ADMIN;
    /// Read the audit.
    AuditRead = "audit.read" Read ADMIN, VIEWER;
    /// Verify the audit's chains.
    AuditVerify = "audit.verify" Read ADMIN, VIEWER;
    /// Export the audit.
    AuditExport = "audit.export" Read ADMIN, VIEWER;
    /// Make a wiki.
    WikiCreate = "wiki.create" Write ADMIN, NOBODY;
    /// List wikis.
    WikiList = "wiki.list" Read VIEWER, NOBODY;
    /// Read a wiki's record.
    WikiRead = "wiki.read" Read VIEWER, NOBODY;
    /// Delete a wiki, softly.
    WikiDelete = "wiki.delete" Write ADMIN, NOBODY;
    /// Bring a deleted wiki back.
    WikiReinstate = "wiki.reinstate" Write ADMIN, NOBODY;
    /// List pages.
    PageList = "page.list" Read VIEWER, NOBODY;
    /// Read a page.
    PageRead = "page.read" Read VIEWER, NOBODY;
    /// Read many pages.
    PageReads = "page.reads" Read VIEWER, NOBODY;
    /// Create or overwrite a page.
    PageWrite = "page.write" Write EDITOR, NOBODY;
    /// Change parts of a page.
    PageEdit = "page.edit" Write EDITOR, NOBODY;
    /// Rename a page, and the links to it.
    PageRename = "page.rename" Write EDITOR, NOBODY;
    /// Undo commits.
    PageRevert = "page.revert" Write EDITOR, NOBODY;
    /// Delete a page.
    PageDelete = "page.delete" Write EDITOR, NOBODY;
    /// List files that are no pages.
    FileList = "file.list" Read VIEWER, NOBODY;
    /// Read a file.
    FileRead = "file.read" Read VIEWER, NOBODY;
    /// Create or overwrite a file.
    FileWrite = "file.write" Write EDITOR, NOBODY;
    /// Delete a file.
    FileDelete = "file.delete" Write EDITOR, NOBODY;
    /// Read a page's history.
    HistoryRead = "page.history" Read VIEWER, NOBODY;
    /// Read the links on and to a page.
    LinksRead = "page.links" Read VIEWER, NOBODY;
    /// Read the graph of pages and links.
    GraphRead = "wiki.graph" Read VIEWER, NOBODY;
    /// List pages that nothing links to.
    OrphanList = "wiki.orphans" Read VIEWER, NOBODY;
    /// List links that lead nowhere.
    BrokenLinkList = "wiki.broken-links" Read VIEWER, NOBODY;
    /// Read a wiki's changes.
    ChangesRead = "wiki.changes" Read VIEWER, NOBODY;
    /// Read a wiki's newest changes as a feed.
    FeedRead = "wiki.feed" Read VIEWER, NOBODY;
    /// Compare two revisions.
    DiffRead = "wiki.diff" Read VIEWER, NOBODY;
    /// See who wrote the lines of a page.
    BlameRead = "page.blame" Read VIEWER, NOBODY;
    /// Search a wiki's pages for words.
    SearchText = "search.text" Read VIEWER, NOBODY;
    /// Import a git repository into an empty wiki.
    ImportStart = "wiki.import" Write ADMIN, NOBODY;
    /// See how an import goes.
    ImportRead = "import.read" Read ADMIN, NOBODY;
    /// Export a wiki with its whole history.
    WikiExport = "wiki.export" Read VIEWER, NOBODY;
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_unique() {
        let names: BTreeSet<_> = Operation::ALL.iter().map(|operation| operation.rule().name).collect();
        assert_eq!(names.len(), Operation::ALL.len());
    }

    #[test]
    fn viewers_write_nothing_but_their_own_tokens() {
        let writable: Vec<_> = Operation::ALL
            .iter()
            .filter(|operation| operation.rule().access == Access::Write && operation.rule().member == VIEWER)
            .collect();
        assert_eq!(writable, [&Operation::TokenCreate, &Operation::TokenRevoke]);
    }

    #[test]
    fn no_operator_touches_a_customer_s_wiki() {
        for operation in Operation::ALL {
            let name = operation.rule().name;
            if ["wiki.", "page.", "file.", "search.", "import."].iter().any(|area| name.starts_with(area)) {
                assert_eq!(operation.rule().operator, NOBODY, "{name}");
            }
        }
    }
}
