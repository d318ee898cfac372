#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| portolan_fuzz_targets::pack::run(data));
