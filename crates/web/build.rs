//! Tells cargo to embed the pages again when they were built again. Building them is the
//! Makefile's work, never cargo's.

fn main() {
    println!("cargo:rerun-if-changed=ui/dist");
}
