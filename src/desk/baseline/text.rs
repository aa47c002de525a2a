//! The baseline as a text: one fact a line, sorted, the same for the same captures.
//!
//! ```text
//! # Jaga baseline 1
//! learned 2026-11-22T08:00:00Z to 2026-11-23T08:00:00Z
//! learning 86400 conversations reads
//! source "monday.pcap"
//! host 10.0.0.5 ; count=4 first=... last=... slots=3
//! talk 10.0.0.5 > 10.0.0.7 modbus ; count=4 first=... last=... slots=3
//! do 10.0.0.5 > 10.0.0.7 modbus unit 1 "read holding registers" ; count=86400 ...
//! at 10.0.0.5 > 10.0.0.7 modbus unit 1 "read holding registers" holding-register 0-99
//! value 10.0.0.5 > 10.0.0.7 modbus unit 1 "write single register" holding-register 40 from 0 to 100
//! ```
//!
//! `learning` stands there as long as something is still learned: for how many seconds it was, and
//! what goes on.
//!
//! People may add and take away lines, and say more behind the semicolon: `forbidden`,
//! `expires=TIME`, `by="name"`, `why="text"`. What is read is written again without a change.

pub(super) mod keys;
mod read;
mod write;

pub use read::{Error, line, moment, read};
pub use write::{keys, write};

/// The first line; the number changes when older versions of the program could not read a text.
const HEAD: &str = "# Jaga baseline 1";
