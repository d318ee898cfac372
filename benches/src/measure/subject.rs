//! The wiki that is measured on.

use std::path::{Path, PathBuf};

use super::asked::at_rest;
use super::{Tell, WIKI, mebibytes};
use crate::corpus::Corpus;
use crate::failure::{Context, Result};
use crate::plan::{Plan, Shape};
use crate::report::{Row, Target};
use crate::server::{Place, Server};
use crate::{git, packs};

/// Most bytes of all objects of an import: the trees of 100,000 commits in a flat folder are 40 GB.
const LARGE: &str = "68719476736";

/// The wiki that is measured on, in the server and in git.
#[derive(Debug)]
pub(crate) struct Subject {
    pub(crate) plan: Plan,
    pub(crate) corpus: Corpus,
    pub(crate) folder: PathBuf,
    pub(crate) place: Place,
    /// The generated repository.
    pub(crate) source: PathBuf,
    /// The wiki's own repository in the data folder.
    pub(crate) repo: PathBuf,
}

/// Makes the history, imports it, and waits until full text has followed and is merged: what is measured then has the machine for itself.
pub(super) fn set_up(
    plan: &Plan,
    shape: Shape,
    program: &Place,
    folder: &Path,
    tell: Tell<'_>,
) -> Result<(Subject, Server, Vec<Row>)> {
    let corpus = Corpus { shape, pages: plan.pages };
    let (source, bundle) = (folder.join("source.git"), folder.join("source.bundle"));
    tell(&format!("making {} commits on {} pages with git fast-import", plan.commits, plan.pages));
    git::make(&source, |out| corpus.history(plan.commits, plan.revisions, out))?;
    git::bundle(&source, &bundle)?;
    let place = Place { data: folder.join("data"), ..program.clone() };
    let server = Server::start(&place, &["--import-total-bytes", LARGE])?;
    tell("importing");
    let before = git::repositories(&place.data)?;
    let took = server.import(WIKI, &bundle)?;
    let repo = git::repositories(&place.data)?.into_iter().find(|repo| !before.contains(repo));
    let repo = repo.when("the imported wiki has no repository")?;
    let base = packs::bytes(&repo)?;
    at_rest(&server, &server.wiki(WIKI))?;
    let rows = vec![
        Row::alone("import of the history", took.as_secs_f64(), "s", Target::None),
        Row::alone("stored after the import", mebibytes(base), "MiB", Target::None),
    ];
    Ok((Subject { plan: plan.clone(), corpus, folder: folder.into(), place, source, repo }, server, rows))
}
