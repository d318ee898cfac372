//! What undoing a commit means for one file.

use super::merge::{Conflict, Merge, Merged, Part, merge};

/// Undoes the change from `before` to `after` in `current`: a merge whose base is `after`, whose `theirs` is `current`
/// and whose `yours` is `before`.
pub fn revert_text(before: &[u8], after: &[u8], current: &[u8]) -> Merge {
    merge(after, current, before)
}

/// What is to be done with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing: the commit did not change it, or it is undone already.
    Nothing,
    /// The file gets this text, and comes back if it is gone.
    Write(Vec<u8>),
    /// The file is deleted.
    Delete,
    /// The file was changed since in a way that contradicts.
    Clash(Clash, Vec<Conflict>),
}

/// Why a change cannot be undone; the conflicts beside it have `after` as base, `current` as theirs, `before` as yours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Clash {
    /// The commit changed places that were changed again since.
    ChangedAgain,
    /// The commit created the file, and its text was changed since: deleting it would lose that.
    CreatedThenChanged,
    /// The commit changed the file, and it was deleted since.
    ChangedThenDeleted,
    /// The commit deleted the file, and another one is in its place now.
    DeletedThenCreated,
    /// The file is binary, and was changed since.
    Binary,
}

/// Undoes a commit in one file, which was `before` it, `after` it and is `current` now; `None` is absent.
///
/// | before | after | current            | outcome                             |
/// |--------|-------|--------------------|-------------------------------------|
/// | x      | x     | any                | nothing                             |
/// | x      | y     | x                  | nothing: undone already             |
/// | x      | y     | y                  | x is written                        |
/// | none   | y     | y                  | deleted                             |
/// | x      | none  | none               | x is written                        |
/// | x      | y     | z                  | merged; else `ChangedAgain`         |
/// | none   | y     | z                  | `CreatedThenChanged`                |
/// | x      | y     | none               | `ChangedThenDeleted`                |
/// | x      | none  | z                  | `DeletedThenCreated`                |
///
/// Texts with a zero byte are binary and are not merged.
pub fn revert_file(before: Option<&[u8]>, after: Option<&[u8]>, current: Option<&[u8]>) -> Outcome {
    if before == after || current == before {
        return Outcome::Nothing;
    }
    if current == after {
        return before.map_or(Outcome::Delete, |text| Outcome::Write(text.to_vec()));
    }
    let clash = match (before, after, current) {
        (Some(before), Some(after), Some(current)) => {
            if [before, after, current].iter().any(|text| memchr::memchr(0, text).is_some()) {
                Clash::Binary
            } else {
                return match revert_text(before, after, current) {
                    Merge::Clean(Merged { text, .. }) if text == current => Outcome::Nothing,
                    Merge::Clean(Merged { text, .. }) => Outcome::Write(text),
                    Merge::Conflict(conflicts) => Outcome::Clash(Clash::ChangedAgain, conflicts),
                };
            }
        }
        (_, Some(_), None) => Clash::ChangedThenDeleted,
        (None, ..) => Clash::CreatedThenChanged,
        (_, None, _) => Clash::DeletedThenCreated,
    };
    let whole = |text: Option<&[u8]>| Part { start: 1, text: text.unwrap_or_default().to_vec() };
    Outcome::Clash(clash, vec![Conflict { base: whole(after), theirs: whole(current), yours: whole(before) }])
}

#[cfg(test)]
mod tests {
    use super::*;

    const X: Option<&[u8]> = Some(b"one\ntwo\nthree\n");
    const Y: Option<&[u8]> = Some(b"one\n2\nthree\n");

    fn clash(before: Option<&[u8]>, after: Option<&[u8]>, current: Option<&[u8]>) -> Clash {
        let Outcome::Clash(clash, conflicts) = revert_file(before, after, current) else {
            panic!("no clash: {before:?} {after:?} {current:?}");
        };
        assert_eq!(conflicts.len(), 1);
        clash
    }

    #[test]
    fn the_table() {
        assert_eq!(revert_file(X, X, Y), Outcome::Nothing);
        assert_eq!(revert_file(X, Y, X), Outcome::Nothing);
        assert_eq!(revert_file(X, Y, Y), Outcome::Write(b"one\ntwo\nthree\n".to_vec()));
        assert_eq!(revert_file(None, Y, Y), Outcome::Delete);
        assert_eq!(revert_file(None, Y, None), Outcome::Nothing);
        assert_eq!(revert_file(X, None, None), Outcome::Write(b"one\ntwo\nthree\n".to_vec()));
        assert_eq!(revert_file(None, None, X), Outcome::Nothing);
        let later = Some(&b"one\n2\nthree\nfour\n"[..]);
        assert_eq!(revert_file(X, Y, later), Outcome::Write(b"one\ntwo\nthree\nfour\n".to_vec()));
        assert_eq!(clash(X, Y, Some(b"one\nII\nthree\n")), Clash::ChangedAgain);
        assert_eq!(clash(None, Y, X), Clash::CreatedThenChanged);
        assert_eq!(clash(X, Y, None), Clash::ChangedThenDeleted);
        assert_eq!(clash(X, None, Y), Clash::DeletedThenCreated);
        assert_eq!(clash(X, Y, Some(b"one\n2\nthree\n\0")), Clash::Binary);
    }

    #[test]
    fn what_was_undone_by_hand_and_changed_elsewhere_is_left() {
        let current = Some(&b"zero\none\ntwo\nthree\n"[..]);
        assert_eq!(revert_file(X, Y, current), Outcome::Nothing);
    }
}
