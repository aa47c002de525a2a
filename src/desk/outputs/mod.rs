//! What leaves the house: lines, events, files.

pub mod decode;
pub mod eve;
pub mod json;
pub mod time;
