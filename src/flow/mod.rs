//! flow

pub mod fragments;
