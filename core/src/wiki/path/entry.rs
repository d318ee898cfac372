//! What the entries of git trees are to a wiki.

use super::{BadPath, FilePath, PAGE_SUFFIX, PagePath, WikiPath, check};

/// What an entry in git is to the wiki.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// A page, spelled as in git.
    Page(PagePath),
    /// Another file, spelled as in git.
    File(FilePath),
    /// Neither: it stays in the history and in every commit, but is not served.
    Kept(Kept),
}

/// Why an entry is kept without being served. Shown, it is the reason that an import lists.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Kept {
    /// Mode 120000.
    #[error("it is a symbolic link, which is kept but neither followed nor written through")]
    Symlink,
    /// Mode 160000.
    #[error("it is a submodule, whose content is elsewhere; the entry is kept")]
    Submodule,
    /// A mode that is no file's.
    #[error("it has the mode {0:06o}, which is no file's; the entry is kept")]
    Mode(u32),
    /// Its path breaks a rule.
    #[error("{0}; it is kept under the name it has")]
    Name(#[from] BadPath),
}

/// What the entry with the full path `raw` and git's `mode` bits is to the wiki. The executable bit and modes of old
/// versions of git (100664) change nothing.
pub fn classify(raw: &[u8], mode: u32) -> Entry {
    match mode & 0o170_000 {
        0o100_000 => named(raw).unwrap_or_else(|bad| Entry::Kept(bad.into())),
        0o120_000 => Entry::Kept(Kept::Symlink),
        0o160_000 => Entry::Kept(Kept::Submodule),
        _ => Entry::Kept(Kept::Mode(mode)),
    }
}

fn named(raw: &[u8]) -> Result<Entry, BadPath> {
    let text = check::utf8(raw)?;
    Ok(if text.ends_with(PAGE_SUFFIX) {
        Entry::Page(WikiPath::as_given(text)?)
    } else {
        Entry::File(WikiPath::as_given(text)?)
    })
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(raw: &[u8], mode: u32, expected: &Expect) {
        let shown = match classify(raw, mode) {
            Entry::Page(path) => {
                assert_eq!(path.git_path().as_bytes(), raw, "bytes are kept");
                assert_eq!(PagePath::from_git(raw), Some(path.clone()));
                assert_eq!(FilePath::from_git(raw), None);
                format!("page {path:?}")
            }
            Entry::File(path) => {
                assert_eq!(path.git_path().as_bytes(), raw, "bytes are kept");
                assert_eq!(FilePath::from_git(raw), Some(path.clone()));
                assert_eq!(PagePath::from_git(raw), None);
                format!("file {path:?}")
            }
            Entry::Kept(kept) => {
                if let Kept::Name(_) = kept {
                    assert_eq!((PagePath::from_git(raw), FilePath::from_git(raw)), (None, None));
                }
                format!("kept: {kept}")
            }
        };
        expected.assert_eq(&shown);
    }

    #[test]
    fn entries_are_pages_files_or_kept_for_a_reason() {
        check(b"Guides/Start.md", 0o100_644, &expect![[r#"page "Guides/Start""#]]);
        check(b"run.md", 0o100_755, &expect![[r#"page "run""#]]);
        check(b"old.md", 0o100_664, &expect![[r#"page "old""#]]);
        check(b"a.md.md", 0o100_644, &expect![[r#"page "a.md""#]]);
        check("Cafe\u{301}.md".as_bytes(), 0o100_644, &expect![[r#"page "Cafe\u{301}""#]]);
        check(b"X.MD", 0o100_644, &expect![[r#"file "X.MD""#]]);
        check(b"img/logo.png", 0o100_644, &expect![[r#"file "img/logo.png""#]]);
        check(b"Makefile", 0o100_755, &expect![[r#"file "Makefile""#]]);
        check(
            b"link.md",
            0o120_000,
            &expect!["kept: it is a symbolic link, which is kept but neither followed nor written through"],
        );
        check(
            b"lib",
            0o160_000,
            &expect!["kept: it is a submodule, whose content is elsewhere; the entry is kept"],
        );
        check(
            b"folder",
            0o040_000,
            &expect!["kept: it has the mode 040000, which is no file's; the entry is kept"],
        );
        check(
            b".github/README.md",
            0o100_644,
            &expect![[
                r#"kept: segment 1 of the path, ".github", begins with a dot, and such names are neither pages nor files here: take the dot away; it is kept under the name it has"#
            ]],
        );
        check(
            b".md",
            0o100_644,
            &expect![[
                r#"kept: segment 1 of the path, ".md", begins with a dot, and such names are neither pages nor files here: take the dot away; it is kept under the name it has"#
            ]],
        );
        check(
            b"..md",
            0o100_644,
            &expect![[
                r#"kept: segment 1 of the path, "..md", begins with a dot, and such names are neither pages nor files here: take the dot away; it is kept under the name it has"#
            ]],
        );
        check(
            b"a/caf\xe9.md",
            0o100_644,
            &expect![[
                r#"kept: segment 2 of the path, "caf�.md", is not UTF-8: encode the name as UTF-8; it is kept under the name it has"#
            ]],
        );
        check(
            b"What?: an answer.md",
            0o100_644,
            &expect![[
                r#"kept: segment 1 of the path, "What?: an answer", contains `:`, which some file systems cannot store: use another character; it is kept under the name it has"#
            ]],
        );
        check(
            b"etc..md",
            0o100_644,
            &expect![[
                r#"kept: segment 1 of the path, "etc.", ends with a dot: take it away; it is kept under the name it has"#
            ]],
        );
        check(
            b"trailing /x.png",
            0o100_644,
            &expect![[
                r#"kept: segment 1 of the path, "trailing ", begins or ends with a space: take it away; it is kept under the name it has"#
            ]],
        );
        check(
            b"Nul.md",
            0o100_644,
            &expect![[
                r#"kept: segment 1 of the path, "Nul", is a device name on Windows: choose another name, for example with a word added; it is kept under the name it has"#
            ]],
        );
        check(
            b"GITMOD~1",
            0o100_644,
            &expect![[
                r#"kept: segment 1 of the path, "GITMOD~1", can be read as one of git's own names by some file system: choose another name; it is kept under the name it has"#
            ]],
        );
    }
}
