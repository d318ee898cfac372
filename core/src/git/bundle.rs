//! The header of a git bundle (gitformat-bundle): references, then an empty line, then a pack.

use super::Oid;

/// A bundle's header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Its references, in its order: full name and object.
    pub refs: Vec<(String, Oid)>,
    /// Where the pack begins, bytes.
    pub pack_at: usize,
}

/// Why a header is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadBundle {
    /// Not a bundle at all.
    #[error(
        "not a git bundle: it must begin with \"# v2 git bundle\" or \"# v3 git bundle\"; make one with `git bundle create`"
    )]
    Signature,
    /// The header has no end within the bytes given.
    #[error("the bundle's header is incomplete")]
    Incomplete,
    /// Something in it cannot be read.
    #[error("line {0} of the bundle's header cannot be read")]
    Line(usize),
    /// It needs commits that it does not hold.
    #[error("the bundle is incremental: it needs commits it does not hold; make one of the whole history")]
    Prerequisites,
    /// It is of a kind that is not taken.
    #[error("the bundle's capability {0:?} is not supported; make a version 2 bundle of a SHA-1 repository")]
    Capability(String),
    /// It names nothing.
    #[error("the bundle names no branch")]
    NoRefs,
}

/// The longest header that is read, bytes.
pub const MAX_HEADER: usize = 4 << 20;

impl Header {
    /// Reads the header at the beginning of `data`, which may be longer, or shorter than the header: then
    /// [`BadBundle::Incomplete`], unless it is seen already that it is none.
    pub fn parse(data: &[u8]) -> Result<Self, BadBundle> {
        let signatures: [&[u8]; 2] = [b"# v2 git bundle\n", b"# v3 git bundle\n"];
        let seen = data.len().min(signatures[0].len());
        if !signatures.iter().any(|signature| signature[..seen] == data[..seen]) {
            return Err(BadBundle::Signature);
        }
        let mut at = signatures[0].len();
        let mut refs = Vec::new();
        for number in 2.. {
            let rest = data.get(at..).ok_or(BadBundle::Incomplete)?;
            let end = rest.iter().position(|byte| *byte == b'\n').ok_or(BadBundle::Incomplete)?;
            let line = &rest[..end];
            at += end + 1;
            match line.first() {
                None => break,
                Some(b'-') => return Err(BadBundle::Prerequisites),
                Some(b'@') => capability(line)?,
                Some(_) => refs.push(reference(line).ok_or(BadBundle::Line(number))?),
            }
        }
        if refs.is_empty() { Err(BadBundle::NoRefs) } else { Ok(Self { refs, pack_at: at }) }
    }

    /// The branch to take, with its commit: `wanted`, or where nothing is said the one that HEAD names, else `main`, `master`, or
    /// the only one. A bundle of nothing but HEAD has a branch without a name, which is called `main`.
    pub fn branch(&self, wanted: Option<&str>) -> Option<(String, Oid)> {
        let named = |name: &str| {
            let full = format!("refs/heads/{name}");
            self.refs.iter().find(|(reference, _)| *reference == full).map(|(_, id)| (name.to_owned(), *id))
        };
        if let Some(name) = wanted {
            return named(name);
        }
        let branches: Vec<(&str, Oid)> = self
            .refs
            .iter()
            .filter_map(|(name, id)| Some((name.strip_prefix("refs/heads/")?, *id)))
            .collect();
        let head = self.refs.iter().find(|(name, _)| name == "HEAD").map(|(_, id)| *id);
        let usual = ["main", "master"];
        if let Some(head) = head {
            let mut same = branches.iter().filter(|(_, id)| *id == head).map(|(name, _)| *name);
            let name =
                usual.into_iter().find(|name| branches.contains(&(name, head))).or_else(|| same.next());
            return Some((name.unwrap_or("main").to_owned(), head));
        }
        usual.into_iter().find_map(named).or_else(|| match branches.as_slice() {
            [(name, id)] => Some(((*name).to_owned(), *id)),
            _ => None,
        })
    }

    /// The header of a bundle of one branch, with HEAD.
    pub fn of_branch(branch: &str, head: Oid) -> String {
        format!("# v2 git bundle\n{head} HEAD\n{head} refs/heads/{branch}\n\n")
    }
}

fn capability(line: &[u8]) -> Result<(), BadBundle> {
    if line == b"@object-format=sha1" {
        return Ok(());
    }
    Err(BadBundle::Capability(String::from_utf8_lossy(&line[1..]).into_owned()))
}

fn reference(line: &[u8]) -> Option<(String, Oid)> {
    let (id, name) = std::str::from_utf8(line).ok()?.split_once(' ')?;
    is_ref_name(name).then_some((name.to_owned(), id.parse().ok()?))
}

/// Whether git takes `name` for a reference (git-check-ref-format), and a file system for a file.
fn is_ref_name(name: &str) -> bool {
    let segment = |segment: &str| {
        !segment.is_empty()
            && !segment.starts_with(['.', '-'])
            && segment.strip_suffix(".lock").is_none()
            && segment.len() <= 200
    };
    let forbidden = |c: char| c.is_control() || " ~^:?*[\\\"".contains(c);
    (name == "HEAD" || name.starts_with("refs/"))
        && name.len() <= 1000
        && name.split('/').all(segment)
        && !name.contains("..")
        && !name.contains("@{")
        && !name.ends_with('.')
        && !name.contains(forbidden)
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "1111111111111111111111111111111111111111";
    const B: &str = "2222222222222222222222222222222222222222";

    fn parse(lines: &[&str]) -> Result<Header, BadBundle> {
        Header::parse(format!("{}\n", lines.join("\n")).as_bytes())
    }

    #[test]
    fn headers_are_read_and_bad_ones_named() {
        let good =
            parse(&["# v2 git bundle", &format!("{A} HEAD"), &format!("{A} refs/heads/master"), "", "PACK"])
                .unwrap();
        assert_eq!((good.refs.len(), good.pack_at), (2, 16 + 46 + 59 + 1));
        for (lines, bad) in [
            (vec!["# v4 git bundle", ""], BadBundle::Signature),
            (vec!["PACK"], BadBundle::Signature),
            (
                vec!["# v2 git bundle", "-1111111111111111111111111111111111111111 x", ""],
                BadBundle::Prerequisites,
            ),
            (vec!["# v2 git bundle", "nonsense", ""], BadBundle::Line(2)),
            (vec!["# v2 git bundle", ""], BadBundle::NoRefs),
            (
                vec!["# v3 git bundle", "@object-format=sha256", ""],
                BadBundle::Capability("object-format=sha256".into()),
            ),
            (vec!["# v2 git bundle"], BadBundle::Incomplete),
        ] {
            assert_eq!(parse(&lines), Err(bad), "{lines:?}");
        }
    }

    #[test]
    fn references_that_git_would_not_take_are_refused() {
        for good in [
            "HEAD",
            "refs/heads/main",
            "refs/heads/a/b",
            "refs/tags/v1.0",
            "refs/pull/7/head",
            "refs/heads/\u{e4}",
        ] {
            assert!(is_ref_name(good), "{good}");
        }
        for bad in [
            "main",
            "refs/heads/",
            "refs/heads/../../x",
            "refs/heads/x.lock",
            "refs/heads/a b",
            "refs/heads/a..b",
            "refs/heads/a~1",
            "refs/heads/a\\b",
            "refs/heads/@{",
            "refs/heads/-x",
            "refs/heads/.a",
            "refs/heads/a//b",
            "refs/heads/a\"; filename=\"x",
            "refs/heads/a.",
        ] {
            assert!(!is_ref_name(bad), "{bad}");
        }
        assert!(!is_ref_name(&format!("refs/heads/{}", "x".repeat(3000))));
    }

    #[test]
    fn the_branch_is_chosen_as_a_person_would() {
        let header = |refs: &[(&str, &str)]| Header {
            refs: refs.iter().map(|(name, id)| ((*name).to_owned(), id.parse().unwrap())).collect(),
            pack_at: 0,
        };
        let all = header(&[("refs/heads/dev", B), ("refs/heads/master", A), ("HEAD", A)]);
        for (refs, wanted, chosen) in [
            (&all, None, Some(("master", A))),
            (&all, Some("dev"), Some(("dev", B))),
            (&all, Some("nope"), None),
            (&header(&[("HEAD", A)]), None, Some(("main", A))),
            (&header(&[("refs/heads/x", A), ("refs/heads/y", B), ("HEAD", B)]), None, Some(("y", B))),
            (&header(&[("refs/heads/x", A)]), None, Some(("x", A))),
            (&header(&[("refs/heads/x", A), ("refs/heads/y", B)]), None, None),
            (&header(&[("refs/tags/v1", A)]), None, None),
        ] {
            let chosen = chosen.map(|(name, id): (&str, &str)| (name.to_owned(), id.parse().unwrap()));
            assert_eq!(refs.branch(wanted), chosen, "{refs:?}");
        }
    }
}
