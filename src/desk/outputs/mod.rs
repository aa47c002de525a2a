//! What leaves the house: lines, events, files.

pub mod decode;
pub mod json;
pub mod time;
