//! The rule language: Suricata's, with words for OT.
//!
//! A file of rules is parsed into typed [`rule::Rule`]s once at start, on the cold side; the
//! workers then ask, packet by packet and message by message, which of them match. Nothing here
//! may stop on a bad rule: it is refused with its place and its reason, and the others load.

pub mod rule;
