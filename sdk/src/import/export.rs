//! Giving a whole history out as a bundle that `git clone` takes.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use portolan_core::access::Operation;
use portolan_core::git::Oid;
use portolan_core::git::bundle::Header;
use portolan_ports::objects::Progress;
use tracing::Instrument as _;

use super::{Counts, ExportTurn};
use crate::index::Source;
use crate::{Admitted, Error, Portolan, Result};

/// A bundle, in two parts that follow each other.
#[derive(Debug)]
pub struct Exported {
    /// The header.
    pub header: String,
    /// A file with the pack, for the caller to read and delete.
    pub pack: PathBuf,
    /// The pack's size, bytes.
    pub pack_bytes: u64,
    /// The wiki's head.
    pub head: Oid,
    /// Its turn, to be kept until the file is not needed any more: others wait for it.
    pub turn: ExportTurn,
}

/// Ends the walk through the history when the call is dropped: whoever asked has gone away.
struct Wanted(Arc<Counts>);

impl Drop for Wanted {
    fn drop(&mut self) {
        self.0.stop();
    }
}

impl Portolan {
    /// Writes a wiki's whole history into the new file `pack`. Where too many exports are at work, it waits a little for its turn, and then is
    /// unavailable.
    pub async fn export_wiki(&self, admitted: &Admitted, pack: PathBuf) -> Result<Exported> {
        admitted.must_be(Operation::WikiExport)?;
        let result = self.export_to(admitted, pack).await;
        self.noted(admitted, &crate::wikis::wiki_name(admitted), result)
    }

    async fn export_to(&self, admitted: &Admitted, pack: PathBuf) -> Result<Exported> {
        let (wiki, head) = admitted.handle()?;
        let Some(commit) = head.commit else {
            return Err(Error::not_found("commit to export: the wiki is empty, and its history"));
        };
        let turn = self.inner.imports.turns.export().await?;
        let wanted = Wanted(Arc::default());
        let progress: Arc<dyn Progress> = Arc::clone(&wanted.0) as _;
        let ours = Some(admitted.scope().clone());
        let source = Source { wiki: wiki.clone(), ours, progress: Some(progress) };
        let (portolan, target) = (self.clone(), pack.clone());
        // On a task of its own, which has the turn: a caller who goes away does not give it back before the work ends.
        let work = async move {
            let ids: BTreeSet<Oid> = portolan.reachable(&source, commit).await?;
            let receipt = portolan.inner.objects.export(&wiki.repo, &ids, target).await?;
            Ok::<_, Error>((receipt, turn))
        };
        let (receipt, turn) = tokio::spawn(work.in_current_span())
            .await
            .map_err(|_| Error::Internal("an export failed".into()))??;
        let header = Header::of_branch(&head.branch, commit);
        Ok(Exported { header, pack, pack_bytes: receipt.bytes, head: commit, turn })
    }
}
