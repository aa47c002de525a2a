//! Captures of every form, whole, cut, broken and mixed.

mod corpus;
mod damage;
mod formats;
mod make;
mod merge;
mod packed;
