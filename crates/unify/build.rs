//! A build script, without which build dependencies would not count.

fn main() {}
