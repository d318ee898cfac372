//! Compiles what sets up the C library's allocator.

fn main() {
    println!("cargo::rerun-if-changed=src/allocator.c");
    if std::env::var_os("CARGO_CFG_TARGET_ENV").is_some_and(|env| env == "gnu") {
        // Nothing refers to it: it runs by itself before `main`, so the linker must be told to keep it.
        cc::Build::new().file("src/allocator.c").link_lib_modifier("+whole-archive").compile("allocator");
    }
}
