//! `refs/heads/main` as plain git sees it, and the references beside it.

use std::collections::{BinaryHeap, HashSet};
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::Path;

use portolan_core::git::commit::Commit;
use portolan_core::git::{Kind, Oid};
use portolan_core::wiki::RepoId;
use portolan_ports::Result;
use portolan_ports::objects::Mirror;

use crate::error;
use crate::layout::Layout;
use crate::repo::Repo;
use crate::shared::Shared;
use crate::store::Staged;

const OPERATION: &str = "mirror";
const MAIN: &str = "refs/heads/main";

/// Shows `head` as `refs/heads/main`.
pub(crate) fn mirror(
    shared: &Shared,
    id: &RepoId,
    expected: Option<Oid>,
    head: Option<Oid>,
) -> Result<Mirror> {
    let Some(repo) = shared.repo(id, OPERATION)? else {
        if head.is_none() {
            return Ok(Mirror::Set);
        }
        let repo = shared.repo_or_new(id, OPERATION)?;
        let _turn = repo.showing.lock();
        set(shared, &repo, MAIN, head).map_err(|error| error::disk(OPERATION, error))?;
        return Ok(Mirror::Set);
    };
    let disk = |error| error::disk(OPERATION, error);
    let _turn = repo.showing.lock();
    let found = read(&repo.layout.repo, MAIN).map_err(disk)?;
    if found == head {
        return Ok(Mirror::Set);
    }
    let foreign = match found.filter(|found| Some(*found) != expected) {
        Some(found) if !is_ancestor(shared, &repo, found, head)? => Some(found),
        _ => None,
    };
    let mut answer = Mirror::Set;
    if let Some(commit) = foreign {
        let kept_as = format!("refs/portolan/found/{commit}");
        set(shared, &repo, &kept_as, Some(commit)).map_err(disk)?;
        answer = Mirror::Found { kept_as, commit };
    }
    set(shared, &repo, MAIN, head).map_err(disk)?;
    Ok(answer)
}

/// What `refs/heads/main` names.
pub(crate) fn shown(shared: &Shared, id: &RepoId) -> Result<Option<Oid>> {
    read(&Layout::new(&shared.root, id).repo, MAIN).map_err(|error| error::disk("shown", error))
}

/// What the reference `name` names: its own file, else `packed-refs`. A file that is no reference (empty, as a crash
/// can leave one that was not synced) counts as absent.
fn read(repo: &Path, name: &str) -> io::Result<Option<Oid>> {
    let mut name = name.to_owned();
    // git follows symbolic references five levels deep.
    for _ in 0..5 {
        let text = match fs::read(repo.join(&name)) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return packed(repo, &name);
            }
            Err(error) => return Err(error),
        };
        let text = text.trim_end();
        match text.strip_prefix("ref:").map(str::trim) {
            Some(target) if target.starts_with("refs/") && !target.contains("..") => {
                target.clone_into(&mut name);
            }
            Some(_) => return Ok(None),
            None => return Ok(text.parse().ok()),
        }
    }
    Ok(None)
}

fn packed(repo: &Path, name: &str) -> io::Result<Option<Oid>> {
    let text = match fs::read(repo.join("packed-refs")) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut lines = text.lines().filter_map(|line| line.split_once(' '));
    Ok(lines.find(|(_, packed)| *packed == name).and_then(|(id, _)| id.parse().ok()))
}

/// Sets the reference `name`, or removes it. Not synced. The temporary file lies outside `refs`, where git would take
/// it for a reference.
fn set(shared: &Shared, repo: &Repo, name: &str, value: Option<Oid>) -> io::Result<()> {
    let path = repo.layout.repo.join(name);
    if let Some(id) = value {
        let parents: Vec<_> = path
            .ancestors()
            .skip(1)
            .take_while(|parent| *parent != repo.layout.repo && !parent.is_dir())
            .collect();
        for parent in parents.into_iter().rev() {
            match shared.disk.create_dir(parent) {
                Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
                _ => {}
            }
        }
        let line = format!("{id}\n");
        if name == MAIN {
            // It changes with every batch.
            return shared.disk.exchange(&repo.layout.spare_ref(), &path, line.as_bytes());
        }
        let mut staged = Staged::new(&*shared.disk, &repo.layout, "ref", 0o644)?;
        staged.write_all(line.as_bytes())?;
        return staged.rename(&path);
    }
    if packed(&repo.layout.repo, name)?.is_some() {
        let text = fs::read_to_string(repo.layout.repo.join("packed-refs"))?;
        let mut staged = Staged::new(&*shared.disk, &repo.layout, "refs", 0o644)?;
        let mut dropped = false;
        for line in text.lines() {
            // A line with `^` tells what the tag before it peels to.
            dropped = (dropped && line.starts_with('^'))
                || line.split_once(' ').is_some_and(|(_, packed)| packed == name);
            if !dropped {
                writeln!(staged, "{line}")?;
            }
        }
        staged.rename(&repo.layout.repo.join("packed-refs"))?;
    }
    match shared.disk.remove(&path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Whether the history of `head` has `commit`; newest first, so that a reference that lags a little is found at once.
fn is_ancestor(shared: &Shared, repo: &Repo, commit: Oid, head: Option<Oid>) -> Result<bool> {
    let mut seen = HashSet::new();
    let mut queue: BinaryHeap<(i64, Oid)> = head.map(|head| (i64::MAX, head)).into_iter().collect();
    while let Some((_, id)) = queue.pop() {
        if id == commit {
            return Ok(true);
        }
        let Some(object) = repo.get_many(&[id], shared, OPERATION)?.pop().flatten() else { continue };
        let Some(parsed) = Commit::parse(&object.data).ok().filter(|_| object.kind == Kind::Commit) else {
            continue;
        };
        let time = parsed.committer.seconds;
        queue.extend(
            parsed.parents.into_iter().filter(|parent| seen.insert(*parent)).map(|parent| (time, parent)),
        );
    }
    Ok(false)
}
