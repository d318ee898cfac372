use futures::future::join_all;
use portolan_core::audit::{Lane, Segment};
use portolan_ports::Ledger;
use portolan_ports::ledger::{Batch, Conflict, Expect, Key, Record, Walk};

use super::help::{append_segment, conflict, get, segment};
use crate::Fixture;
use crate::sample::{head, id, now, scope};

/// Segments of events 1–3, 4, and 5–9.
async fn three(ledger: &dyn Ledger) -> [Segment; 3] {
    let segments = [(0, 3), (3, 1), (4, 5)].map(|(after, count)| segment(Lane::Control, after, count));
    for segment in &segments {
        append_segment(ledger, &scope(1), segment.clone()).await.unwrap();
    }
    segments
}

pub(super) async fn an_empty_lane_has_no_segments(ledger: Fixture<dyn Ledger>) {
    for walk in [Walk::Up(0), Walk::Up(u64::MAX), Walk::Down(0), Walk::Down(u64::MAX)] {
        assert_eq!(ledger.segments(&scope(1), Lane::Control, walk, 10).await.unwrap(), []);
    }
}

pub(super) async fn segments_walk_up_and_down(ledger: Fixture<dyn Ledger>) {
    let [one, two, three] = three(&*ledger).await;
    let walk = async |walk, limit| ledger.segments(&scope(1), Lane::Control, walk, limit).await.unwrap();
    assert_eq!(walk(Walk::Up(0), 10).await, [one.clone(), two.clone(), three.clone()]);
    assert_eq!(walk(Walk::Up(0), 2).await, [one.clone(), two.clone()]);
    assert_eq!(walk(Walk::Down(u64::MAX), 10).await, [three.clone(), two.clone(), one.clone()]);
    assert_eq!(walk(Walk::Down(u64::MAX), 1).await, [three]);
    assert_eq!(walk(Walk::Up(u64::MAX), 10).await, []);
    assert_eq!(walk(Walk::Down(0), 10).await, []);
}

pub(super) async fn walks_begin_within_a_segment(ledger: Fixture<dyn Ledger>) {
    let [one, two, three] = three(&*ledger).await;
    let walk = async |walk| ledger.segments(&scope(1), Lane::Control, walk, 2).await.unwrap();
    for at in 1..=3 {
        assert_eq!(walk(Walk::Up(at)).await, [one.clone(), two.clone()], "up from {at}");
        assert_eq!(walk(Walk::Down(at)).await, std::slice::from_ref(&one), "down from {at}");
    }
    assert_eq!(walk(Walk::Up(4)).await, [two.clone(), three.clone()]);
    assert_eq!(walk(Walk::Down(4)).await, [two.clone(), one.clone()]);
    for at in 5..=9 {
        assert_eq!(walk(Walk::Up(at)).await, std::slice::from_ref(&three), "up from {at}");
        assert_eq!(walk(Walk::Down(at)).await, [three.clone(), two.clone()], "down from {at}");
    }
    assert_eq!(walk(Walk::Up(10)).await, []);
    assert_eq!(walk(Walk::Down(10)).await, [three, two]);
}

pub(super) async fn a_gap_or_an_overlap_conflicts(ledger: Fixture<dyn Ledger>) {
    let scope = scope(1);
    let refused = Conflict { segments: vec![0], ..Conflict::default() };
    let first = append_segment(&*ledger, &scope, segment(Lane::Control, 1, 1)).await;
    assert_eq!(conflict(first), refused, "a lane begins with event 1");
    let segments = three(&*ledger).await;
    for after in [0, 3, 8, 10, 1 << 40] {
        let result = append_segment(&*ledger, &scope, segment(Lane::Control, after, 1)).await;
        assert_eq!(conflict(result), refused, "after {after}");
    }
    assert_eq!(ledger.segments(&scope, Lane::Control, Walk::Up(0), 10).await.unwrap(), segments);
}

pub(super) async fn a_conflicting_segment_takes_the_edits_with_it(ledger: Fixture<dyn Ledger>) {
    let scope = scope(1);
    three(&*ledger).await;
    let mut batch = Batch::new(now());
    batch.put(Key::Head(id(1)), Expect::Absent, Record::Head(head(1)));
    batch.segments = vec![segment(Lane::Wiki(id(1)), 0, 1), segment(Lane::Control, 8, 1)];
    assert_eq!(conflict(ledger.commit(&scope, batch.clone()).await).segments, [1]);
    assert_eq!(get(&*ledger, &scope, Key::Head(id(1))).await, None);
    assert_eq!(ledger.segments(&scope, Lane::Wiki(id(1)), Walk::Up(0), 10).await.unwrap(), []);
    batch.segments[1] = segment(Lane::Control, 9, 1);
    ledger.commit(&scope, batch).await.unwrap();
}

pub(super) async fn lanes_and_tenants_do_not_mix(ledger: Fixture<dyn Ledger>) {
    let lanes = [Lane::Control, Lane::Wiki(id(1)), Lane::Wiki(id(2)), Lane::Process(id(1))];
    let count = |tenant: u64, place: usize| tenant * 10 + place as u64 + 1;
    for tenant in [1, 2] {
        let mut batch = Batch::new(now());
        let segments = lanes.iter().enumerate().map(|(place, lane)| segment(*lane, 0, count(tenant, place)));
        batch.segments = segments.collect();
        ledger.commit(&scope(tenant), batch).await.unwrap();
    }
    for tenant in [1, 2] {
        for (place, lane) in lanes.into_iter().enumerate() {
            let found = ledger.segments(&scope(tenant), lane, Walk::Down(u64::MAX), 10).await.unwrap();
            assert_eq!(found, [segment(lane, 0, count(tenant, place))]);
        }
    }
    assert_eq!(ledger.segments(&scope(3), Lane::Control, Walk::Up(0), 10).await.unwrap(), []);
}

pub(super) async fn of_many_appends_exactly_one_wins(ledger: Fixture<dyn Ledger>) {
    let tasks = (1..=16).map(|count| {
        let ledger = ledger.share();
        tokio::spawn(
            async move { append_segment(&*ledger, &scope(1), segment(Lane::Control, 0, count)).await },
        )
    });
    let results = join_all(tasks).await.into_iter().map(Result::unwrap);
    let winners: Vec<u64> =
        (1..).zip(results).filter(|(_, result)| result.is_ok()).map(|(count, _)| count).collect();
    assert_eq!(winners.len(), 1, "{winners:?}");
    let found = ledger.segments(&scope(1), Lane::Control, Walk::Up(0), 10).await.unwrap();
    assert_eq!(found, [segment(Lane::Control, 0, winners[0])]);
}
