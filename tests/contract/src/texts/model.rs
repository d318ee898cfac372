//! Any pages, any queries, beside the index in memory: the same pages are found.

use std::collections::BTreeMap;

use portolan_core::search::Query;
use portolan_memory::MemoryIndex;
use portolan_ports::Index;
use portolan_ports::index::{FileChange, TextFilter};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};

use super::help::{advance, behind, gone, no_text, paths, put, put_texts, search, text, wiki};
use crate::Fixture;

const WORDS: [&str; 16] = [
    "one",
    "two",
    "three",
    "on",
    "One_Two",
    "onetwo",
    "OneTwo",
    "e-mail",
    "中文",
    "文字",
    "中",
    "字典中",
    "한국",
    "été",
    "\n\n",
    "## ",
];
const NAMES: [&str; 4] = ["a", "b", "c/a", "c"];

/// What becomes of the pages in one advance, whether texts follow, and what is asked then.
type Step = (Vec<(usize, Option<Vec<&'static str>>)>, bool, Vec<String>);

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let change = (0..NAMES.len(), proptest::option::weighted(0.8, vec(select(WORDS.to_vec()), 0..12)));
    let word = select(WORDS[..14].to_vec());
    let part = (select(vec!["", "", "-", "\""]), vec(word, 1..3), select(vec!["", "", "*", "\"", "\"*"]))
        .prop_map(|(before, words, after)| format!("{before}{}{after}", words.join(" ")));
    let query = vec(part, 1..4).prop_map(|parts| parts.join(" "));
    vec((vec(change, 1..4), any::<bool>(), vec(query, 1..6)), 1..6)
}

pub(super) fn any_texts_are_found_as_in_memory(open: impl AsyncFn() -> Fixture<dyn Index>) {
    let config = Config { cases: 64, failure_persistence: None, max_shrink_iters: 400, ..Config::default() };
    let outcome = TestRunner::new(config).run(&steps(), |steps| {
        crate::run(async {
            let (real, model) = (open().await, MemoryIndex::new());
            let mut tree: BTreeMap<&str, String> = BTreeMap::new();
            for (number, (changes, follow, queries)) in (1..).zip(steps) {
                let mut files: BTreeMap<&str, FileChange> = BTreeMap::new();
                for (name, content) in changes {
                    let name = NAMES[name];
                    if let Some(words) = content {
                        let content = words.join(" ");
                        files.insert(name, put(name, &content));
                        tree.insert(name, content);
                    } else if tree.remove(name).is_some() {
                        files.insert(name, gone(name));
                    }
                }
                let files: Vec<FileChange> = files.into_values().collect();
                for index in [&*real, &model as &dyn Index] {
                    advance(index, number, files.clone()).await;
                }
                prop_assert_eq!(behind(&*real).await, behind(&model).await);
                if follow {
                    let texts: Vec<_> = NAMES
                        .iter()
                        .map(|name| {
                            tree.get(name).map_or_else(|| no_text(name), |content| text(name, content))
                        })
                        .collect();
                    for index in [&*real, &model as &dyn Index] {
                        put_texts(index, texts.clone()).await;
                        prop_assert_eq!(behind(index).await, []);
                    }
                }
                for query in queries {
                    let all = TextFilter::default();
                    let (one, other) =
                        (search(&*real, &query, &all).await, search(&model, &query, &all).await);
                    prop_assert_eq!(one.indexed, other.indexed);
                    let sorted = |found| {
                        let mut paths = paths(&found);
                        paths.sort();
                        paths
                    };
                    prop_assert_eq!(sorted(one), sorted(other), "{:?}", Query::parse(&query));
                }
                prop_assert_eq!(real.head(&wiki()).await.unwrap(), model.head(&wiki()).await.unwrap());
            }
            Ok(())
        })
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}
