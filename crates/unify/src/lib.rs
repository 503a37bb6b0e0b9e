//! No code. Cargo compiles a dependency once for each set of features that a build wants of it, and with it all that
//! stands on it. The builds of this workspace (the tests, those with every feature, the Python package) select this
//! crate too, which wants what any of them wants, so that they share what is compiled. `tests/suite/supply.rs` is
//! where it is listed; it is never published and nothing imports it.
