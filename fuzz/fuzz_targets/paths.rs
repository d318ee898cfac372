#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| portolan_fuzz_targets::paths::run(data));
