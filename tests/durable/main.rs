//! Alerts that nothing loses: crashes, disks that are full, collectors that die.
//!
//! `crashes.rs` has sensors that are killed, `collectors.rs` a real rsyslog,
//! `triage.rs` people who mute alerts. Apart from
//! `tests/live.rs`, whose runs must not be disturbed by this load. Needs root, `ip`, `tcpreplay`
//! and `tcpdump`; says loudly where it is skipped.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

mod collectors;
mod crashes;
#[path = "../support/lab.rs"]
mod lab;
#[path = "../support/mod.rs"]
mod support;
mod triage;
