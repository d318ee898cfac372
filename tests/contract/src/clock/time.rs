use std::thread;

use portolan_ports::Clock;

use crate::Fixture;

const YEAR_2020: i64 = 1_577_836_800;
const YEAR_2200: i64 = 7_258_118_400;

pub(super) async fn the_time_is_of_this_century(clock: Fixture<dyn Clock>) {
    let now = clock.now().as_second();
    assert!(
        (YEAR_2020..YEAR_2200).contains(&now),
        "{now} seconds since 1970 is neither now nor a test's time"
    );
}

pub(super) async fn every_thread_may_ask(clock: Fixture<dyn Clock>) {
    let first = clock.now();
    let asked: Vec<_> = (0..4)
        .map(|_| {
            let clock = clock.share();
            thread::spawn(move || clock.now())
        })
        .collect();
    for thread in asked {
        let apart = thread.join().unwrap().as_second().abs_diff(first.as_second());
        assert!(apart < 60, "two threads' times are {apart} seconds apart");
    }
}
