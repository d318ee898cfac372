//! What every maker of identifiers does.

mod fresh;

crate::suite::suite! {
    $ ids_contract in ids of dyn portolan_ports::Ids;
    cases {
        fresh {
            uuids_are_of_version_seven,
            uuids_come_in_order,
            nothing_is_made_twice,
            secrets_use_all_their_bits,
        }
    }
    models {}
}
