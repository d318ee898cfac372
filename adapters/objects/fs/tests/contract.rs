//! The contract suite of the port, on a folder of its own.

#![expect(clippy::unwrap_used, reason = "a fixture that cannot be opened fails its test")]

use std::sync::Arc;

use portolan_contract::{Fixture, objects_contract};
use portolan_memory::ManualClock;
use portolan_objects_fs::{FsObjects, FsOptions};
use portolan_ports::Objects;

async fn open() -> Fixture<dyn Objects> {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().to_owned();
    Fixture::new(folder, move || {
        let root = root.clone();
        async move {
            let options = FsOptions::new(Arc::new(ManualClock::default()));
            Arc::new(FsObjects::open(root, options).unwrap()) as Arc<dyn Objects>
        }
    })
    .await
}

objects_contract!(open);
