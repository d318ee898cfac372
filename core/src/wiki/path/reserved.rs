//! Names that mean something else to git or to a file system.

use super::fold::fold;

/// Git's own files besides `.git`, without their dot, and the hash NTFS uses for their short names (git's `path.c`,
/// `is_ntfs_dotgitmodules` and its siblings; `git fsck` reads or refuses what these names stand for).
const GIT_FILES: [(&str, &str); 4] =
    [("gitmodules", "gi7eba"), ("gitattributes", "gi7d29"), ("gitignore", "gi250a"), ("mailmap", "maba30")];

/// Whether some file system takes the entry `name` for `.git`: in any case, with code points that HFS+ ignores (git's
/// `utf8.c`, `is_hfs_dotgit`), as the short name `git~1`, or with spaces, dots or a stream (`::$INDEX_ALLOCATION`)
/// that NTFS drops (`path.c`, `is_ntfs_dotgit`).
pub fn is_dot_git(name: &[u8]) -> bool {
    is_dot_git_base(&base(&String::from_utf8_lossy(name)))
}

/// Whether `name` can be read as `.git` or as another of git's own files.
pub(super) fn is_git_name(name: &str) -> bool {
    // Only names with a leading dot, short names and ignored code points can; most pages have none of these.
    if name.is_ascii() && !name.starts_with('.') && !name.contains('~') {
        return false;
    }
    let base = base(name);
    is_dot_git_base(&base)
        || GIT_FILES.iter().any(|(file, hash)| {
            base.strip_prefix('.') == Some(file)
                || base.split_once('~').is_some_and(|(stem, number)| is_short(stem, number, file, hash))
        })
}

fn is_dot_git_base(base: &str) -> bool {
    let short = base.strip_prefix("git~");
    base == ".git"
        || short.is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
}

/// Whether `stem~number` is an 8.3 name of `.file`: its first six letters with 1 to 4, or as much of the hash as fits.
fn is_short(stem: &str, number: &str, file: &str, hash: &str) -> bool {
    let counted = stem == &file[..6] && matches!(number, "1" | "2" | "3" | "4");
    let hashed = stem.len() + 1 + number.len() == 8
        && hash.starts_with(stem)
        && !number.starts_with('0')
        && number.bytes().all(|byte| byte.is_ascii_digit());
    counted || hashed
}

/// `name` as the most forgiving file system would compare it: case folded, without ignored code points, an NTFS stream
/// or a path behind a backslash, and trailing spaces and dots.
fn base(name: &str) -> String {
    let visible: String = name.chars().filter(|&character| !is_hfs_ignored(character)).collect();
    let name = visible.split([':', '\\']).next().unwrap_or_default();
    fold(name.trim_end_matches([' ', '.']))
}

/// The code points that HFS+ skips when it compares names (git's `utf8.c`, `next_hfs_char`).
const fn is_hfs_ignored(character: char) -> bool {
    matches!(
        character,
        '\u{200C}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{206A}'..='\u{206F}' | '\u{FEFF}'
    )
}

/// Whether `segment` is a device on Windows, whatever its extension and case ("Naming Files, Paths, and Namespaces" in
/// the Windows documentation; the console and clock devices as in git's `compat/mingw.c` and older systems).
pub(super) fn is_device(segment: &str) -> bool {
    let base = segment.split(['.', ':']).next().unwrap_or_default().trim_end();
    if ["con", "prn", "aux", "nul", "conin$", "conout$", "clock$"]
        .iter()
        .any(|name| base.eq_ignore_ascii_case(name))
    {
        return true;
    }
    let Some((port, number)) = base.split_at_checked(3) else { return false };
    (port.eq_ignore_ascii_case("com") || port.eq_ignore_ascii_case("lpt"))
        && matches!(number, "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "¹" | "²" | "³")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_dot_git_is_known() {
        for name in [
            ".git",
            ".GIT",
            ".Git",
            ".git ",
            ".git.",
            ".git. . ",
            ".git:",
            ".git::$INDEX_ALLOCATION",
            ".git\\config",
            "git~1",
            "GIT~1",
            "Git~2",
            "git~1.",
            "git~1 ",
            "git~1:x",
            ".g\u{200c}it",
            "\u{feff}.git",
            ".gi\u{206f}T",
            ".git\u{200d} ",
        ] {
            assert!(is_dot_git(name.as_bytes()), "{name:?}");
            assert!(is_git_name(name), "{name:?}");
        }
        assert!(is_dot_git(b".git:\xff"));
        for name in [
            "git", ".gitx", ".gi", "git~", "git~x", "a.git", "git~1.md", ".git.md", ".gıt", "", "x.git ", ".",
        ] {
            assert!(!is_dot_git(name.as_bytes()), "{name:?}");
        }
        assert!(!is_dot_git(b".git\xff"));
    }

    #[test]
    fn git_s_other_files_are_known_by_their_short_names_too() {
        for name in [
            ".gitmodules",
            ".GitAttributes ",
            ".gitignore:$DATA",
            ".mailmap.",
            "GITMOD~1",
            "gitmod~4",
            "gitatt~2",
            "gitign~3",
            "mailma~1",
            "gi7eba~1",
            "GI7EBA~9",
            "gi7eb~10",
            "gi7d29~1",
            "gi250a~1",
            "maba30~1",
            "~1000000",
            ".gitmodule\u{17f}",
        ] {
            assert!(is_git_name(name), "{name:?}");
        }
        // git's own tests (t0060-path-utils) call these harmless.
        for name in [
            "gitmodules",
            "gitmod~5",
            "gitmod~0",
            "gitmod~10",
            "gi7eba~0",
            "gi7eb~1",
            "gi7d2~100",
            "~100",
            "gi7ebax~1",
            "mailmap",
            "a~1",
        ] {
            assert!(!is_git_name(name), "{name:?}");
        }
    }

    #[test]
    fn devices_are_known_in_any_case_and_with_any_extension() {
        for name in [
            "CON",
            "con",
            "Prn",
            "aux",
            "NUL",
            "nul.txt",
            "nul.tar.gz",
            "NUL .txt",
            "com0",
            "COM1",
            "com9.x",
            "LPT0",
            "lpt9",
            "COM¹",
            "com².md",
            "LPT³",
            "conin$",
            "CONOUT$",
            "Clock$",
            "con:",
            "aux.",
        ] {
            assert!(is_device(name), "{name:?}");
        }
        for name in [
            "",
            "cons",
            "console",
            "xcon",
            "com",
            "com10",
            "COM⁴",
            "lpt",
            "nul1",
            "a.con",
            "con-1",
            "ｃｏｎ",
            "conin",
            "é",
        ] {
            assert!(!is_device(name), "{name:?}");
        }
    }
}
