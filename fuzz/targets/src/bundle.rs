//! The header of a git bundle.

use portolan_core::git::bundle::{BadBundle, Header};

/// Tries one input: a bundle's beginning.
pub fn run(data: &[u8]) {
    let parsed = Header::parse(data);
    if let Ok(header) = &parsed {
        assert!(header.pack_at <= data.len() && data[..header.pack_at].ends_with(b"\n\n"));
        assert!(!header.refs.is_empty());
        for (name, _) in &header.refs {
            assert!(name == "HEAD" || name.starts_with("refs/"));
            assert!(!name.contains("..") && !name.contains("//") && !name.ends_with('/'));
        }
        if let Some((branch, head)) = header.branch(None) {
            let again = Header::parse(Header::of_branch(&branch, head).as_bytes()).expect("our own header");
            assert_eq!(again.branch(None), Some((branch, head)));
        }
        // What follows the header does not matter to it, and nothing less is enough.
        assert_eq!(Header::parse(&data[..header.pack_at]).as_ref(), Ok(header));
        assert_eq!(Header::parse(&data[..header.pack_at - 1]), Err(BadBundle::Incomplete));
    }
    if parsed == Err(BadBundle::Incomplete) {
        // It is still so with less of it.
        assert_eq!(Header::parse(&data[..data.len() / 2]), Err(BadBundle::Incomplete));
    }
}

/// Inputs to begin with.
pub fn seeds() -> Vec<Vec<u8>> {
    let id = "0123456789012345678901234567890123456789";
    [
        format!("# v2 git bundle\n{id} HEAD\n{id} refs/heads/main\n\nPACK"),
        format!("# v3 git bundle\n@object-format=sha1\n{id} refs/heads/a/b\n{id} refs/tags/v1\n\n"),
        format!("# v2 git bundle\n-{id} old\n{id} HEAD\n\n"),
        format!("# v2 git bundle\n{id} HEAD\n\n"),
        "# v2 git".to_owned(),
    ]
    .map(String::into_bytes)
    .to_vec()
}
