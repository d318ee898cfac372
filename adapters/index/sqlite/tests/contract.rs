//! The index in SQLite does what every index must.
#![expect(clippy::unwrap_used, reason = "a fixture that cannot be opened fails its test")]

use std::sync::Arc;

use portolan_contract::Fixture;
use portolan_index_sqlite::{Options, SqliteIndexes};
use portolan_ports::Index;

async fn open() -> Fixture<dyn Index> {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().to_owned();
    Fixture::new(folder, move || {
        let root = root.clone();
        async move { Arc::new(SqliteIndexes::open(root, Options::default()).unwrap()) as Arc<dyn Index> }
    })
    .await
}

portolan_contract::index_contract!(open);
portolan_contract::texts_contract!(open);
