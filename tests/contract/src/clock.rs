//! What every clock does.

mod time;

crate::suite::suite! {
    $ clock_contract in clock of dyn portolan_ports::Clock;
    cases {
        time {
            the_time_is_of_this_century,
            every_thread_may_ask,
        }
    }
    models {}
}
