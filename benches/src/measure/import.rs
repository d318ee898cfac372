//! Import of a real wiki with its whole index, beside git, and how large that index is.

use std::path::Path;
use std::time::Duration;

use super::asked::{full_text, items, same};
use super::{WIKI, mebibytes, median};
use crate::failure::{Context, Result};
use crate::git;
use crate::plan::Plan;
use crate::report::{Row, Target};
use crate::server::{Place, Server};

/// Of the time that git takes to clone the bundle and to list what each commit changes.
const TIME: f64 = 3.0;
/// Of the bytes of the text.
const SIZE: f64 = 3.0;

/// What one import made.
struct Imported {
    /// Until pages can be read, and until searches find all of them.
    read: Duration,
    whole: Duration,
    /// Bytes of all pages, and of the index after the server has ended.
    text: u64,
    index: u64,
}

/// Imports `bundle` in turns with git, each time into a server of its own.
pub(crate) fn measure(plan: &Plan, bundle: &Path, program: &Place, folder: &Path) -> Result<Vec<Row>> {
    let bundle = bundle.canonicalize().when(format!("the bundle {}", bundle.display()))?;
    std::fs::create_dir_all(folder).when(folder.display())?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 0..plan.rounds {
        let at = |name: &str| folder.join(format!("{name}-{round}"));
        let repo = at("clone.git");
        theirs.push(git::ask::clone_and_log(&bundle, &repo, &at("log"))?);
        let place = Place { data: at("data"), ..program.clone() };
        ours.push(once(&place, &bundle, &repo)?);
    }
    let middle = |of: fn(&Imported) -> Duration| median(ours.iter().map(of).collect()) / 1e3;
    let git = median(theirs) / 1e3;
    // All imports make the same.
    let last = ours.last().when("an import at least")?;
    let (read, whole) = (middle(|one| one.read), middle(|one| one.whole));
    let (text, index) = (mebibytes(last.text), mebibytes(last.index));
    let mut rows = vec![
        Row::alone("import until pages can be read", read, "s", Target::None),
        Row::beside(
            "import with the whole index",
            whole,
            "s",
            ("git clone --bare, git log --name-only", git),
            Target::AtMost(TIME),
        ),
        Row::beside("index", index, "MiB", ("text of the pages", text), Target::AtMost(SIZE)),
    ];
    for row in &mut rows {
        row.wiki = "real".into();
    }
    Ok(rows)
}

fn once(place: &Place, bundle: &Path, repo: &Path) -> Result<Imported> {
    let server = Server::start(place, &[])?;
    let before = git::repositories(&place.data)?;
    let read = server.import(WIKI, bundle)?;
    let at = server.wiki(WIKI);
    let whole = read + full_text(&server, &at)?;
    let ours = git::repositories(&place.data)?.into_iter().find(|repo| !before.contains(repo));
    let ours = ours.when("the imported wiki has no repository")?;
    same(&at, &git::commits(&ours)?, &git::commits(repo)?)?;
    let mut text = 0;
    for page in items(&mut server.client()?, &format!("{at}/pages?limit=200"))? {
        text += page["bytes"].as_u64().when("a page without a length")?;
    }
    server.stop()?;
    let index = index_of(&place.data, &ours)?;
    Ok(Imported { read, whole, text, index })
}

/// Bytes of the index of the wiki whose repository is `repo`, with the log that lies beside it: a page of the index that is in
/// both counts twice, so that nothing is left out.
fn index_of(data: &Path, repo: &Path) -> Result<u64> {
    let wiki = repo.file_stem().when("a repository without a name")?;
    let tenant = repo.parent().and_then(Path::file_name).when("a repository without a tenant")?;
    let file = data.join("index").join(tenant).join(wiki).with_extension("db");
    let log = file.with_extension("db-wal");
    let log = log.metadata().map_or(0, |log| log.len());
    Ok(file.metadata().when(file.display())?.len() + log)
}
