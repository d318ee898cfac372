//! git as it is, beside which the server is measured.

pub(crate) mod ask;

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::corpus::Corpus;
use crate::failure::{Context, Failure, Result};

/// What makes git's own writes as durable as the server's: every file that belongs to a commit is synced.
pub(crate) const DURABLE: [(&str, &str); 2] = [("core.fsync", "all"), ("core.fsyncMethod", "fsync")];

/// A git command that neither the user's nor the machine's configuration changes.
pub(crate) fn git(repo: &Path) -> Command {
    let mut git = Command::new("git");
    git.arg("-C").arg(repo).env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null");
    for who in ["AUTHOR", "COMMITTER"] {
        git.env(format!("GIT_{who}_NAME"), "Writer")
            .env(format!("GIT_{who}_EMAIL"), "writer@portolan.invalid");
    }
    git.stdin(Stdio::null());
    git
}

/// Runs a command to its end and answers what it printed.
pub(crate) fn run(command: &mut Command) -> Result<String> {
    let output = command.output().when(format!("{command:?} cannot be started"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned());
    }
    let text = String::from_utf8_lossy(&output.stderr);
    Err(Failure::new(format!("{command:?} failed with {}: {text}", output.status)))
}

/// Makes a bare repository with a history that `write` gives to `git fast-import`.
pub(crate) fn make(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    std::fs::create_dir_all(path).when(path.display())?;
    run(git(path).args(["init", "-q", "--bare", "-b", "main", "."]))?;
    run(git(path).args(["config", "gc.auto", "0"]))?;
    import(path, write)
}

fn import(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    let mut command = git(path);
    command.args(["fast-import", "--quiet"]).stdin(Stdio::piped());
    let mut child = command.spawn().when("git fast-import cannot be started")?;
    let input = child.stdin.take().when("git fast-import has no input")?;
    let mut input = BufWriter::with_capacity(1 << 20, input);
    let written = write(&mut input).and_then(|()| input.flush());
    drop(input);
    let status = child.wait().when("git fast-import")?;
    written.when("git fast-import stopped reading")?;
    status.success().then_some(()).when(format!("git fast-import failed with {status}"))
}

/// A bundle of the whole history.
pub(crate) fn bundle(repo: &Path, to: &Path) -> Result<()> {
    run(git(repo).args(["bundle", "create", "-q"]).arg(to).arg("HEAD")).map(drop)
}

/// A bare copy of `repo` at `to`.
pub(crate) fn copy(repo: &Path, to: &Path) -> Result<()> {
    run(git(repo).args(["clone", "-q", "--bare", "--no-hardlinks", "."]).arg(to))?;
    run(git(to).args(["config", "gc.auto", "0"])).map(drop)
}

/// Commits a second of `git fast-import` making one-page commits on the tree of the bare repository `repo`, everything it wrote synced.
pub(crate) fn fast_import_rate(repo: &Path, corpus: Corpus, commits: usize, writers: usize) -> Result<f64> {
    for (name, value) in DURABLE {
        run(git(repo).args(["config", name, value]))?;
    }
    let begun = Instant::now();
    import(repo, |out| corpus.stream(commits, writers, out))?;
    let packs = repo.join("objects/pack");
    for file in std::fs::read_dir(&packs).when(packs.display())? {
        let path = file.when(packs.display())?.path();
        File::open(&path).and_then(|file| file.sync_all()).when(path.display())?;
    }
    File::open(&packs).and_then(|folder| folder.sync_all()).when(packs.display())?;
    Ok(rate(commits as u64, begun.elapsed()))
}

/// Commits a second of `git add` and `git commit` of one page each, one after the other, in a working copy of `repo`.
pub(crate) fn add_commit_rate(
    repo: &Path,
    work: &Path,
    corpus: Corpus,
    writers: usize,
    window: Duration,
) -> Result<f64> {
    run(git(repo).args(["clone", "-q", "--no-hardlinks", "."]).arg(work))?;
    for (name, value) in DURABLE.into_iter().chain([("gc.auto", "0")]) {
        run(git(work).args(["config", name, value]))?;
    }
    let pages = corpus.written(writers);
    let (begun, mut commits) = (Instant::now(), 0_u64);
    while begun.elapsed() < window {
        let turn = usize::try_from(commits).unwrap_or(0);
        let page = pages[turn % writers];
        let name = format!("{}.md", corpus.path(page));
        let text = Corpus::text(page, 1_000_000 + (turn / writers) as u64);
        std::fs::write(work.join(&name), text).when(&name)?;
        run(git(work).args(["add", &name]))?;
        run(git(work).args(["commit", "-q", "-m", &format!("Change {commits}")]))?;
        commits += 1;
    }
    Ok(rate(commits, begun.elapsed()))
}

/// Every commit of the main line that is not reachable from `base`.
pub(crate) fn commits_since(repo: &Path, base: &str) -> Result<Vec<String>> {
    let printed = run(git(repo).args(["rev-list", "refs/heads/main", &format!("^{base}")]))?;
    Ok(printed.lines().map(str::to_owned).collect())
}

/// Every commit that HEAD reaches.
pub(crate) fn commits(repo: &Path) -> Result<Vec<String>> {
    Ok(run(git(repo).args(["rev-list", "--topo-order", "HEAD"]))?.lines().map(str::to_owned).collect())
}

/// The commit of the main line.
pub(crate) fn head(repo: &Path) -> Result<String> {
    run(git(repo).args(["rev-parse", "refs/heads/main"]))
}

/// Everything the commits need is there and whole.
pub(crate) fn fsck(repo: &Path) -> Result<()> {
    run(git(repo).args(["fsck", "--strict", "--connectivity-only"])).map(drop)
}

/// The repositories in a data folder.
pub(crate) fn repositories(data: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let repos = data.join("repos");
    for tenant in std::fs::read_dir(&repos).when(repos.display())? {
        let tenant = tenant.when(repos.display())?.path();
        for repo in std::fs::read_dir(&tenant).when(tenant.display())? {
            let path = repo.when(tenant.display())?.path();
            if path.extension().is_some_and(|extension| extension == "git") {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// So many in so long, a second.
#[expect(clippy::cast_precision_loss, reason = "counts of a measurement are far below 2^52")]
pub(crate) fn rate(count: u64, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Shape;

    #[test]
    fn the_history_is_whole_and_both_ways_of_git_go_on_from_it() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for shape in Shape::ALL {
            let corpus = Corpus { shape, pages: 120 };
            let source = at(shape.name());
            make(&source, |out| corpus.history(90, 30, out)).unwrap();
            fsck(&source).unwrap();
            assert_eq!(run(git(&source).args(["rev-list", "--count", "main"])).unwrap(), "90");
            assert_eq!(
                run(git(&source).args(["ls-tree", "-r", "--name-only", "main"])).unwrap().lines().count(),
                120
            );

            let streamed = at(&format!("{}-stream", shape.name()));
            copy(&source, &streamed).unwrap();
            assert!(fast_import_rate(&streamed, corpus, 150, 16).unwrap() > 0.0);
            assert_eq!(commits_since(&streamed, &head(&source).unwrap()).unwrap().len(), 150);

            let work = at(&format!("{}-work", shape.name()));
            let rate = add_commit_rate(&source, &work, corpus, 16, Duration::from_millis(1)).unwrap();
            assert!(rate > 0.0);
            assert_eq!(run(git(&work).args(["status", "--porcelain"])).unwrap(), "");
        }
    }
}
