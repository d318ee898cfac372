//! Which commits an index lacks, and in which order it takes them.

use std::collections::{BinaryHeap, HashMap};

use portolan_core::git::{Commit, Kind, Oid};
use portolan_core::wiki::RepoId;

use super::bad_object;
use crate::{Portolan, Result};

/// A commit's place in the graph.
#[derive(Debug)]
struct Node {
    parents: Vec<Oid>,
    time: i64,
    /// Children that have not been given out yet.
    children: usize,
}

/// Commits read at once.
const CHUNK: usize = 256;

impl Portolan {
    /// The commits that `to` reaches and the index does not have, parents first. Among those that could come next, the
    /// later in time is the newer, as `git log --date-order` has it. None where `at`, the head that the index is at, is no
    /// ancestor of `to`: such an index cannot be advanced.
    pub(super) async fn missing_commits(
        &self,
        repo: &RepoId,
        at: Option<Oid>,
        to: Oid,
    ) -> Result<Option<Vec<Oid>>> {
        let mut graph: HashMap<Oid, Node> = HashMap::new();
        let mut wanted = vec![to];
        let mut met = at.is_none();
        while !wanted.is_empty() {
            let rest = wanted.split_off(wanted.len().saturating_sub(CHUNK));
            let mut ids = Vec::with_capacity(rest.len());
            for id in rest {
                let new = !graph.contains_key(&id) && !ids.contains(&id);
                if new && (at.is_none() || self.inner.index.commit(repo, id).await?.value.is_none()) {
                    ids.push(id);
                }
            }
            let found = self.inner.objects.get_many(repo, &ids).await?;
            for (id, object) in ids.into_iter().zip(found) {
                let object = object.filter(|object| object.kind == Kind::Commit);
                let object = object.ok_or_else(|| bad_object(id, &"this commit is missing"))?;
                let commit = Commit::parse(&object.data).map_err(|bad| bad_object(id, &bad))?;
                met |= at.is_some_and(|at| commit.parents.contains(&at));
                wanted.extend(commit.parents.iter().filter(|parent| !graph.contains_key(parent)));
                graph.insert(
                    id,
                    Node { time: commit.committer.seconds, parents: commit.parents, children: 0 },
                );
            }
        }
        Ok(met.then(|| order(graph, to)))
    }
}

fn order(mut graph: HashMap<Oid, Node>, to: Oid) -> Vec<Oid> {
    let edges: Vec<Oid> = graph.values().flat_map(|node| node.parents.iter().copied()).collect();
    for parent in edges {
        if let Some(node) = graph.get_mut(&parent) {
            node.children += 1;
        }
    }
    let mut ready = BinaryHeap::new();
    if let Some(node) = graph.get(&to) {
        ready.push((node.time, to));
    }
    let mut newest_first = Vec::with_capacity(graph.len());
    while let Some((_, id)) = ready.pop() {
        newest_first.push(id);
        let parents = graph.remove(&id).map(|node| node.parents).unwrap_or_default();
        for parent in parents {
            if let Some(node) = graph.get_mut(&parent) {
                node.children -= 1;
                if node.children == 0 {
                    ready.push((node.time, parent));
                }
            }
        }
    }
    newest_first.reverse();
    newest_first
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u8) -> Oid {
        Oid::from_bytes([n; 20])
    }

    fn node(parents: &[u8], time: i64) -> Node {
        Node { parents: parents.iter().map(|&n| id(n)).collect(), time, children: 0 }
    }

    #[test]
    fn parents_come_first_and_later_ones_last() {
        // 4 merges 2 and 3, which both stem from 1; 3 is later although listed second.
        let graph = HashMap::from([
            (id(1), node(&[], 10)),
            (id(2), node(&[1], 20)),
            (id(3), node(&[1], 30)),
            (id(4), node(&[2, 3], 5)),
        ]);
        assert_eq!(order(graph, id(4)), [id(1), id(2), id(3), id(4)]);
    }
}
