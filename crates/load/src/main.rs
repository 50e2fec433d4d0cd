//! The command line of `kefu-load`.
fn main() {}
