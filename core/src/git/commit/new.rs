//! Commits we make.

use std::fmt::Write as _;

use bytes::Bytes;

use crate::git::Oid;

/// A commit to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCommit {
    /// The root folder.
    pub tree: Oid,
    /// The parents, in order.
    pub parents: Vec<Oid>,
    /// Who made the change.
    pub author: NewSignature,
    /// Who made the commit.
    pub committer: NewSignature,
    /// The message; one LF at its end is made sure of.
    pub message: String,
}

/// A person and a time for a new commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSignature {
    /// Any text; what git does not take is left out.
    pub name: String,
    /// Any text; what git does not take is left out. May be empty.
    pub email: String,
    /// Seconds since 1970, UTC. Git knows no time before: that is written as 0.
    pub seconds: i64,
}

impl NewCommit {
    /// The commit's bytes. They pass `git fsck --strict` whatever the texts hold.
    pub fn encode(&self) -> Bytes {
        let mut text = format!("tree {}\n", self.tree);
        for parent in &self.parents {
            writeln!(text, "parent {parent}").expect("writing to a string does not fail");
        }
        self.author.encode("author", &mut text);
        self.committer.encode("committer", &mut text);
        text.push('\n');
        let message = self.message.trim_end_matches(['\n', '\0']);
        // Git takes NUL for the end of the message, and fsck refuses it.
        text.extend(message.chars().filter(|character| *character != '\0'));
        if !message.is_empty() {
            text.push('\n');
        }
        text.into()
    }
}

impl NewSignature {
    fn encode(&self, key: &str, text: &mut String) {
        let email = clean(&self.email.split_whitespace().collect::<String>());
        let mut name = clean(&self.name);
        if name.is_empty() {
            // Fsck refuses an address without a name before it.
            name = clean(email.split('@').next().unwrap_or_default());
        }
        let name = if name.is_empty() { "unknown" } else { &name };
        let seconds = self.seconds.max(0);
        writeln!(text, "{key} {name} <{email}> {seconds} +0000").expect("writing to a string does not fail");
    }
}

/// `text` without angle brackets and control characters, and without what git strips at both ends of a name
/// (`ident.c`, `crud`).
fn clean(text: &str) -> String {
    let kept: String =
        text.chars().filter(|character| !matches!(character, '<' | '>') && !character.is_control()).collect();
    let crud = |character: char| {
        character.is_whitespace() || matches!(character, '.' | ',' | ':' | ';' | '"' | '\\' | '\'')
    };
    kept.trim_matches(crud).to_owned()
}
