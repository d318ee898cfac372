//! Pages and the links between them.

use std::collections::HashSet;

use portolan_ports::index::{Graph, GraphLimits, GraphOf, PageName};
use rusqlite::{Connection, OptionalExtension, params};

use super::linking::{MOST_STEPS, linked, linking};
use super::names::Stored;
use super::{page_key, page_of};
use crate::fault::Result;
use crate::row;
use crate::statement;

/// The graph, or as much of it as the limits allow.
pub(crate) fn graph(connection: &Connection, of: &GraphOf, limits: GraphLimits) -> Result<Graph> {
    let stored = Stored::new(connection);
    let mut graph = Graph::default();
    graph.nodes = match of {
        GraphOf::Whole => all(connection, limits.nodes.saturating_add(1))?,
        GraphOf::Around { page, depth } => around(&stored, page, *depth, limits.nodes)?,
    };
    graph.cut = graph.nodes.len() > limits.nodes || stored.steps.get() > MOST_STEPS;
    graph.nodes.truncate(limits.nodes);
    let inside: HashSet<&str> = graph.nodes.iter().map(|node| &*node.path).collect();
    'all: for node in &graph.nodes {
        if stored.steps.get() > 2 * MOST_STEPS {
            graph.cut = true;
            break;
        }
        for to in linked(&stored, &node.path)?.into_iter().filter(|to| inside.contains(&**to)) {
            if graph.edges.len() >= limits.edges {
                graph.cut = true;
                break 'all;
            }
            graph.edges.push((node.path.clone(), to));
        }
    }
    stored.settle(graph)
}

/// At most `most` pages, by path.
fn all(connection: &Connection, most: usize) -> Result<Vec<PageName>> {
    let mut statement = statement::prepare(
        connection,
        "SELECT path, title FROM files WHERE kind = 0 ORDER BY path LIMIT ?1",
    )?;
    let mut rows = statement.query([row::limit(most)])?;
    let mut pages = Vec::new();
    while let Some(row) = rows.next()? {
        pages.push(PageName { path: page_of(row.get(0)?)?, title: row.get(1)? });
    }
    Ok(pages)
}

/// The pages around `page`, at most one more than `most`.
fn around(stored: &Stored<'_>, page: &str, depth: u8, most: usize) -> Result<Vec<PageName>> {
    let mut nodes: Vec<PageName> = titled(stored.connection, page)?.into_iter().collect();
    let mut met: HashSet<String> = nodes.iter().map(|node| node.path.clone()).collect();
    let mut done = 0;
    for _ in 0..depth {
        let level = nodes.len();
        while done < level {
            let path = nodes[done].path.clone();
            done += 1;
            let mut near = linked(stored, &path)?;
            // With so many, enough of them are new, or all are here.
            near.extend(linking(stored, &path, most.saturating_add(1))?);
            for other in near {
                if met.insert(other.clone()) {
                    nodes.extend(titled(stored.connection, &other)?);
                }
            }
            if nodes.len() > most || stored.steps.get() > MOST_STEPS {
                return Ok(nodes);
            }
        }
    }
    Ok(nodes)
}

fn titled(connection: &Connection, path: &str) -> Result<Option<PageName>> {
    let title = statement::prepare(connection, "SELECT title FROM files WHERE kind = 0 AND path = ?1")?
        .query_row(params![page_key(path)], |row| row.get(0))
        .optional()?;
    Ok(title.map(|title| PageName { path: path.to_owned(), title }))
}
