use std::collections::BTreeSet;
use std::thread;

use portolan_ports::Ids;

use crate::Fixture;

pub(super) async fn uuids_are_of_version_seven(ids: Fixture<dyn Ids>) {
    for _ in 0..100 {
        let uuid = ids.uuid();
        let bytes = uuid.as_bytes();
        assert_eq!((bytes[6] >> 4, bytes[8] >> 6), (7, 0b10), "{uuid}: version and variant of RFC 9562");
    }
}

/// To the millisecond: the first 48 bits never fall.
pub(super) async fn uuids_come_in_order(ids: Fixture<dyn Ids>) {
    let times: Vec<u128> = (0..1000).map(|_| ids.uuid().as_u128() >> 80).collect();
    assert!(times.is_sorted(), "{times:?}");
}

pub(super) async fn nothing_is_made_twice(ids: Fixture<dyn Ids>) {
    let makers: Vec<_> = (0..4)
        .map(|_| {
            let ids = ids.share();
            thread::spawn(move || (0..500).map(|_| (ids.uuid(), ids.secret())).collect::<Vec<_>>())
        })
        .collect();
    let made: Vec<_> = makers.into_iter().flat_map(|maker| maker.join().unwrap()).collect();
    let (uuids, secrets): (BTreeSet<_>, BTreeSet<_>) = made.into_iter().unzip();
    assert_eq!((uuids.len(), secrets.len()), (2000, 2000));
}

/// Over many secrets every bit is set about half of the time: 100 away from 200 is ten
/// standard deviations of 400 draws, far beyond chance.
pub(super) async fn secrets_use_all_their_bits(ids: Fixture<dyn Ids>) {
    let secrets: Vec<_> = (0..400).map(|_| ids.secret()).collect();
    for bit in 0..256 {
        let set = secrets.iter().filter(|secret| secret[bit / 8] >> (bit % 8) & 1 == 1).count();
        assert!((100..300).contains(&set), "bit {bit} is set in {set} of 400 secrets");
    }
}
