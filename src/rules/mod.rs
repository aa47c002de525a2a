//! The rule language: Suricata's, with words for OT.
//!
//! A file of rules is parsed into typed [`rule::Rule`]s once at start, on the cold side; the
//! workers then ask, packet by packet and message by message, which of them match. Nothing here
//! may stop on a bad rule: it is refused with its place and its reason, and the others load.
//! [`load::load`] is the door: files, folders and texts to a [`load::Loaded`].
//!
//! `rule` has the typed rule, `compile` makes an immutable engine of rules, `engine` lays it over
//! traffic on the workers, `site` decides at the desk what spans host pairs; `scan` and `regex`
//! look for patterns.

mod bits;
mod classes;
pub mod compile;
pub mod engine;
pub mod explain;
pub mod kept;
mod limits;
pub mod lint;
mod lists;
pub mod load;
mod names;
mod parse;
pub mod regex;
pub mod rule;
pub mod scan;
mod severity;
mod shared;
pub mod shipped;
pub mod site;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod thresholds;
pub mod variables;
mod words;

pub use load::{Config, Error, Loaded, Note, Origins, Refusal, load, load_text};
pub use names::Names;
pub use parse::Cause;
pub use severity::{NEW_ACTOR, raised, severity};
pub use words::{Effect, Line, list};
