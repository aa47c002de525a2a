//! Jaga (Indonesian: to keep watch) is a passive network security monitor for industrial
//! control networks. It reads what a mirror port or a capture file shows, decodes the control
//! protocols, knows every device, and says in plain words who did what to whom.
//!
//! This file is the map of the house: the rooms in the order a packet meets them. A room uses
//! only rooms above it in this list; `tests/house.rs` reads the sources and holds that order.

// -- ground: words and views, used by every room --
pub mod facts;
pub mod wire;

// -- hot: once a packet; no allocation in steady state, no lock, no trust in any length --
pub mod capture;
pub mod flow;
pub mod protocols;
pub mod rules;

pub mod detect;

pub mod sensor;

// -- cold: once an event or a request --
pub mod desk;

// -- doors --
pub mod config;

pub mod cli;
