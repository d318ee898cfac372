//! The order of the port calls of a write.

use std::sync::Arc;

use portolan::Condition;

use crate::support::tap::Tap;
use crate::support::{Set, World};

#[tokio::test(start_paused = true)]
async fn objects_then_ledger_then_what_is_derived_then_the_answer() {
    for set in [Set::Memory, Set::Embedded] {
        in_order(set).await;
    }
}

async fn in_order(set: Set) {
    let world = World::on(set).await;
    world.owner.create("First", "makes the wiki's first commit\n").await;
    let tap = Arc::new(Tap::default());
    let writer = world.owner.on(&world.stores.open_through(&tap)).key("k");
    writer.put("Second", "text\n", Condition::Absent).await.unwrap();
    let writes = |calls: Vec<&'static str>| -> Vec<&'static str> {
        let is_write = |call: &&str| {
            let name = call.rsplit_once('.').unwrap().1;
            ["put_batch", "commit", "mirror", "advance", "reset"].contains(&name) && *call != "index.commit"
        };
        calls.into_iter().filter(is_write).collect()
    };
    // The answer has been given: nothing may come after these.
    assert_eq!(
        writes(tap.calls()),
        ["objects.put_batch", "ledger.commit", "objects.mirror", "index.advance"]
    );
    assert_eq!(tap.calls().first(), Some(&"ledger.admit"), "authority comes before all else");
    let replay = tap.calls().iter().position(|call| *call == "ledger.get_many").unwrap();
    assert!(replay == 1, "the receipt is looked up next: {:?}", tap.calls());

    let before = tap.calls().len();
    writer.put("Second", "text\n", Condition::Absent).await.unwrap();
    let replayed = tap.calls().split_off(before);
    assert_eq!(writes(replayed), [""; 0], "a replay writes nothing");
}
