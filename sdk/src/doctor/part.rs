//! What can be damaged, and what helps.

/// The part of the storage that a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DamagedPart {
    /// The ledger: heads, receipts, members, tokens.
    Ledger,
    /// The hashes of an audit.
    Audit,
    /// The objects of a wiki.
    Objects,
    /// What plain git sees as the head.
    Reference,
    /// What is derived from a wiki's history.
    Index,
    /// Something that could not be looked at.
    Unread,
}

impl DamagedPart {
    /// What to run, in words for whoever holds the storage.
    pub const fn remedy(self) -> &'static str {
        match self {
            Self::Ledger => {
                "The ledger cannot be mended. Keep a copy of the folder, run `portolan restore <backup> --data <new folder>` \
                 with the latest backup, and start the server on that."
            }
            Self::Audit => {
                "Somebody changed the audit, or the disk did. Keep a copy of the folder as evidence; `portolan audit export` \
                 shows the events as they are now, and a backup restored beside it (`portolan restore <backup> --data <new folder>`) \
                 what they were."
            }
            Self::Objects => {
                "Put what is damaged or missing back from the latest backup: copy the pack of the same name and its .idx into the \
                 repository's objects/pack. If no backup has it, run `portolan wiki import <clone>` into a new wiki with a clone made \
                 before."
            }
            Self::Reference => {
                "Nothing is lost: Portolan goes by its own head. Starting the server sets the reference again; a commit that \
                 somebody else put there is kept under another reference."
            }
            Self::Index => {
                "Run `portolan reindex --data <folder> --tenant <tenant> --wiki <wiki>`: it is made anew from the history."
            }
            Self::Unread => {
                "Set right what is said there (rights, a full or a failing disk), and run `portolan doctor` again. If it stays, run \
                 `portolan restore <backup> --data <new folder>`."
            }
        }
    }
}
