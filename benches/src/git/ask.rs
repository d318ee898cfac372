//! What git answers to the questions that the server is asked: each with the time that it takes, the process included.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use super::{git, run};
use crate::failure::{Context, Failure, Result};

/// The main line of a bare repository.
const MAIN: &str = "refs/heads/main";

/// The newest 20 commits of a page.
pub(crate) fn log(repo: &Path, path: &str) -> Result<(Duration, Vec<String>)> {
    let file = format!("{path}.md");
    let (time, printed) = timed(git(repo).args(["log", "-n", "20", "--format=%H", MAIN, "--", &file]))?;
    Ok((time, printed.lines().map(str::to_owned).collect()))
}

/// The pages in which all of `texts` stand, as they are written, by path.
pub(crate) fn grep(repo: &Path, texts: &[&str]) -> Result<(Duration, Vec<String>)> {
    let mut command = git(repo);
    command.args(["grep", "-l", "-F", "--all-match"]);
    for text in texts {
        command.args(["-e", text]);
    }
    let (time, printed) = timed(command.arg(MAIN))?;
    let page = |line: &str| Some(line.strip_prefix(MAIN)?.strip_prefix(':')?.strip_suffix(".md")?.to_owned());
    let pages: Option<Vec<_>> = printed.lines().map(page).collect();
    let mut pages = pages.when("git grep named what is no page")?;
    pages.sort_unstable();
    Ok((time, pages))
}

/// The commit of every line of a page.
pub(crate) fn blame(repo: &Path, path: &str) -> Result<(Duration, Vec<String>)> {
    let file = format!("{path}.md");
    let (time, printed) = timed(git(repo).args(["blame", "--line-porcelain", MAIN, "--", &file]))?;
    // A header line a line: the commit, and two or three numbers. Lines of the page begin with a tabulator.
    let commit = |line: &str| {
        let id = line.get(..40)?;
        (id.bytes().all(|byte| byte.is_ascii_hexdigit()) && line.as_bytes().get(40) == Some(&b' '))
            .then(|| id.to_owned())
    };
    Ok((time, printed.lines().filter_map(commit).collect()))
}

/// Every page at the head, by path.
pub(crate) fn pages(repo: &Path) -> Result<Vec<String>> {
    let printed = run(git(repo).args(["-c", "core.quotePath=false", "ls-tree", "-r", "--name-only", MAIN]))?;
    let mut pages: Vec<_> =
        printed.lines().filter_map(|line| line.strip_suffix(".md")).map(str::to_owned).collect();
    pages.sort_unstable();
    Ok(pages)
}

/// A bare copy of `repo` at `to`, in one pack as `git clone` makes it.
pub(crate) fn packed(repo: &Path, to: &Path) -> Result<()> {
    run(git(repo).args(["clone", "-q", "--bare", "--no-local", "."]).arg(to))?;
    run(git(to).args(["config", "gc.auto", "0"])).map(drop)
}

/// How long it takes to get a bundle as a bare repository, and to write down which files each of its commits changes.
pub(crate) fn clone_and_log(bundle: &Path, to: &Path, log: &Path) -> Result<Duration> {
    let folder = to.parent().when("a repository without a folder")?;
    let begun = Instant::now();
    run(git(folder).args(["clone", "-q", "--bare"]).arg(bundle).arg(to))?;
    let file = std::fs::File::create(log).when(log.display())?;
    let status = git(to).args(["log", "--name-only"]).stdout(file).status().when("git log")?;
    let took = begun.elapsed();
    if status.success() && log.metadata().when(log.display())?.len() > 0 {
        return Ok(took);
    }
    Err(Failure::new(format!("git log --name-only ended with {status} and may have said nothing")))
}

fn timed(command: &mut Command) -> Result<(Duration, String)> {
    let begun = Instant::now();
    let printed = run(command)?;
    Ok((begun.elapsed(), printed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::{Corpus, FOLLOWED};
    use crate::plan::Shape;

    #[test]
    fn git_is_asked_what_the_server_is_asked() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let corpus = Corpus { shape: Shape::Folders, pages: 120 };
        crate::git::make(&at("source"), |out| corpus.history(90, 30, out)).unwrap();
        packed(&at("source"), &at("packed")).unwrap();
        let (repo, path) = (at("packed"), corpus.path(FOLLOWED));

        assert_eq!(log(&repo, &path).unwrap().1.len(), 20);
        assert_eq!(pages(&repo).unwrap().len(), 120);
        let texts = corpus.texts(90, 30);
        let lines = texts[FOLLOWED].lines().count();
        assert_eq!(blame(&repo, &path).unwrap().1.len(), lines);
        let rare = texts[FOLLOWED].split_whitespace().last().unwrap();
        assert_eq!(grep(&repo, &[rare]).unwrap().1, [path]);
        let both = |text: &&String| text.contains("deploy") && text.contains("budget");
        assert_eq!(grep(&repo, &["deploy", "budget"]).unwrap().1.len(), texts.iter().filter(both).count());

        crate::git::bundle(&at("source"), &at("bundle")).unwrap();
        clone_and_log(&at("bundle"), &at("clone"), &at("log")).unwrap();
        let log = std::fs::read_to_string(at("log")).unwrap();
        assert_eq!(log.lines().filter(|line| line.starts_with("commit ")).count(), 90);
    }
}
