//! Paths of pages and files: what is accepted can be written in every form and read back.

use portolan_core::wiki::path::{
    Entry, FileKind, MAX_PATH_BYTES, PageKind, PathKind, PathPrefix, Requested, WikiPath, classify, fold,
    is_dot_git,
};

use crate::{from_texts, texts};

/// Tries one input: a path as text, in a URL and in git.
pub fn run(data: &[u8]) {
    let [text] = texts(data);
    of_kind::<PageKind>(&text, data);
    of_kind::<FileKind>(&text, data);
    match classify(data, 0o100_644) {
        Entry::Page(page) => assert_eq!(page.git_path().as_bytes(), data),
        Entry::File(file) => assert_eq!(file.git_path().as_bytes(), data),
        Entry::Kept(_) => {
            assert!(WikiPath::<PageKind>::from_git(data).is_none());
            assert!(WikiPath::<FileKind>::from_git(data).is_none());
        }
    }
    if let Ok(prefix) = PathPrefix::parse(&text) {
        assert!(prefix.matches(prefix.as_str()));
    }
    assert_eq!(fold(&fold(&text)), fold(&text));
}

fn of_kind<K: PathKind>(text: &str, data: &[u8]) {
    if let Ok(path) = WikiPath::<K>::parse(text) {
        sound(&path);
        assert_eq!(WikiPath::<K>::parse(&path.to_input()).as_ref(), Ok(&path));
        assert_eq!(WikiPath::<K>::from_url(&path.to_url()).as_ref(), Ok(&path));
    }
    if let Ok(path) = WikiPath::<K>::from_url(text) {
        sound(&path);
    }
    if let Some(path) = WikiPath::<K>::from_git(data) {
        assert_eq!(path.git_path().as_bytes(), data);
        let asked = Requested::<K>::parse(&path.to_input()).expect("a name in git can be asked for");
        assert!(asked.candidates().any(|candidate| *candidate == path), "{path:?} cannot be reached");
        assert_eq!(asked.resolve(|_| true), path);
    }
    assert_eq!(WikiPath::<K>::parse(text).is_ok(), Requested::<K>::parse(text).is_ok());
}

fn sound<K: PathKind>(path: &WikiPath<K>) {
    let git = path.git_path();
    assert!(git.len() <= MAX_PATH_BYTES);
    assert_eq!(WikiPath::<K>::from_git(git.as_bytes()).as_ref(), Some(path));
    for segment in git.split('/') {
        assert!(!segment.is_empty() && segment != "." && segment != "..", "{path:?}");
        assert!(!is_dot_git(segment.as_bytes()), "{path:?}");
        assert!(!segment.contains(['\0', '\n', '\\']), "{path:?}");
    }
}

/// Inputs to begin with.
pub fn seeds() -> Vec<Vec<u8>> {
    from_texts(&[
        "Guides/Start",
        "Guides/Start.md",
        "a.md.md",
        "img/logo.png",
        "Cafe\u{301}/\u{e9}",
        "a%2Fb%20c",
        ".git/config",
        "GIT~1/x",
        ".g\u{200c}it",
        "../x",
        "con.txt",
        "a//b",
        "trailing. /x ",
        "Stra\u{df}e",
    ])
}
