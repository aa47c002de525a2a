//! The rule language: Suricata's, with words for OT.
//!
//! A file of rules is parsed into typed [`rule::Rule`]s once at start, on the cold side; the
//! workers then ask, packet by packet and message by message, which of them match. Nothing here
//! may stop on a bad rule: it is refused with its place and its reason, and the others load.
//! [`load::load`] is the door: files, folders and texts to a [`load::Loaded`].

mod classes;
mod lists;
pub mod load;
mod names;
mod parse;
pub mod rule;
mod thresholds;
pub mod variables;
mod words;

pub use load::{Config, Error, Loaded, Note, Origins, Refusal, load, load_text};
pub use names::Names;
pub use parse::Cause;
pub use words::{Effect, Line, list};
