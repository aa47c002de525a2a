//! What leaves the house: lines, events, files.

pub mod csv;
pub mod decode;
pub mod eve;
pub mod feed;
pub mod file;
pub mod json;
pub mod metrics;
pub mod outlet;
pub mod syslog;
pub mod time;
