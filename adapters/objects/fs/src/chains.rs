//! The chains of large trees of the repositories written to last.

use parking_lot::Mutex;
use portolan_core::wiki::RepoId;
use portolan_objects_pack::Chain;

/// Most chains kept. One of a flat folder of 10,000 pages takes about 700 KB.
const MOST: usize = 16;
/// Most bytes of all of them together.
const MOST_BYTES: usize = 6 << 20;

/// One chain a repository, those used last.
#[derive(Debug, Default)]
pub(crate) struct Chains(Mutex<Vec<(RepoId, Chain)>>);

impl Chains {
    /// Takes the chain of `repo`, an empty one where there is none. Two batches at once on one repository do not share it.
    pub(crate) fn take(&self, repo: &RepoId) -> Chain {
        let mut chains = self.0.lock();
        let place = chains.iter().position(|(other, _)| other == repo);
        place.map(|place| chains.remove(place).1).unwrap_or_default()
    }

    /// Keeps `chain` for the next batch of `repo`.
    pub(crate) fn keep(&self, repo: &RepoId, chain: Chain) {
        if chain.bytes() == 0 {
            return;
        }
        let mut chains = self.0.lock();
        chains.retain(|(other, _)| other != repo);
        chains.push((*repo, chain));
        while chains.len() > MOST || chains.iter().map(|(_, chain)| chain.bytes()).sum::<usize>() > MOST_BYTES
        {
            chains.remove(0);
        }
    }
}
