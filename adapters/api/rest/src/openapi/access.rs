//! Who may do what, as the permission table says.

use portolan::core::access::{Access, Operation};
use portolan::core::tenancy::Role;

/// The operation behind each described one.
const OPERATIONS: [(&str, Operation); 51] = [
    ("whoAmI", Operation::WhoAmI),
    ("createTenant", Operation::TenantCreate),
    ("listTenants", Operation::TenantList),
    ("readTenant", Operation::TenantRead),
    ("updateTenant", Operation::TenantUpdate),
    ("deleteTenant", Operation::TenantDelete),
    ("suspendTenant", Operation::TenantSuspend),
    ("reinstateTenant", Operation::TenantReinstate),
    ("createInvite", Operation::InviteCreate),
    ("listInvites", Operation::InviteList),
    ("deleteInvite", Operation::InviteDelete),
    ("redeemInvite", Operation::InviteRedeem),
    ("listMembers", Operation::MemberList),
    ("updateMember", Operation::MemberUpdate),
    ("removeMember", Operation::MemberRemove),
    ("createToken", Operation::TokenCreate),
    ("listTokens", Operation::TokenList),
    ("revokeToken", Operation::TokenRevoke),
    ("listAudit", Operation::AuditRead),
    ("verifyAudit", Operation::AuditVerify),
    ("exportAudit", Operation::AuditExport),
    ("createWiki", Operation::WikiCreate),
    ("listWikis", Operation::WikiList),
    ("readWiki", Operation::WikiRead),
    ("deleteWiki", Operation::WikiDelete),
    ("reinstateWiki", Operation::WikiReinstate),
    ("listPages", Operation::PageList),
    ("readPage", Operation::PageRead),
    ("readPages", Operation::PageReads),
    ("putPage", Operation::PageWrite),
    ("editPage", Operation::PageEdit),
    ("renamePage", Operation::PageRename),
    ("revertCommits", Operation::PageRevert),
    ("deletePage", Operation::PageDelete),
    ("listFiles", Operation::FileList),
    ("readFile", Operation::FileRead),
    ("putFile", Operation::FileWrite),
    ("deleteFile", Operation::FileDelete),
    ("listPageHistory", Operation::HistoryRead),
    ("readLinks", Operation::LinksRead),
    ("readGraph", Operation::GraphRead),
    ("listOrphans", Operation::OrphanList),
    ("listBrokenLinks", Operation::BrokenLinkList),
    ("listChanges", Operation::ChangesRead),
    ("readFeed", Operation::FeedRead),
    ("diffRevisions", Operation::DiffRead),
    ("blamePage", Operation::BlameRead),
    ("searchPages", Operation::SearchText),
    ("startImport", Operation::ImportStart),
    ("readImport", Operation::ImportRead),
    ("exportWiki", Operation::WikiExport),
];

/// Who may call the operation described as `id`, in a sentence or two.
pub(super) fn who(id: &str) -> String {
    let Some((_, operation)) = OPERATIONS.iter().find(|(name, _)| *name == id) else {
        return "For everybody; no token is needed.".into();
    };
    let rule = operation.rule();
    let members = rule.member.map(|role| format!("members {}", from(role)));
    let operators = rule.operator.map(|role| format!("operators {}", from(role)));
    let who: Vec<String> = members.into_iter().chain(operators).collect();
    let who = if who.is_empty() { "everybody who holds a code".to_owned() } else { who.join("; ") };
    format!("For {who}. The audit knows it as `{}`.", rule.name)
}

/// Whether the operation described as `id` changes nothing, whatever its method.
pub(super) fn is_read(id: &str) -> bool {
    OPERATIONS.iter().any(|(name, operation)| *name == id && operation.rule().access == Access::Read)
}

fn from(role: Role) -> String {
    match role {
        Role::Viewer => "of any role".into(),
        Role::Owner => "of the role owner".into(),
        Role::Editor | Role::Admin => format!("of the role {role} or above"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_of_the_table_is_described_once() {
        for operation in Operation::ALL {
            assert_eq!(OPERATIONS.iter().filter(|(_, known)| known == operation).count(), 1, "{operation:?}");
        }
    }
}
