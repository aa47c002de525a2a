//! Detectors that look at every operation, on the workers, for one pair of hosts at a time.
//!
//! Called by the sensor; what they find goes to the desk, which knows the site and decides what
//! is told. Allocates for new conversations only; every table is bounded.

mod answers;
mod pairs;
mod silence;

pub use answers::Trouble;
pub use pairs::{Ended, Finding, Pairs, Slot};
pub use silence::Rhythm;
