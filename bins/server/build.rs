//! Compiles what sets up the C library's allocator.

fn main() {
    println!("cargo::rerun-if-changed=src/allocator.c");
    let target = |what: &str| std::env::var_os(format!("CARGO_CFG_TARGET_{what}")).unwrap_or_default();
    if target("OS") == "linux" && target("ENV") == "gnu" {
        // Nothing refers to it: it runs by itself before `main`, so the linker must be told to keep it.
        cc::Build::new().file("src/allocator.c").link_lib_modifier("+whole-archive").compile("allocator");
    }
}
