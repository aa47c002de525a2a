//! Who talks to whom: from headers to flows, and from TCP segments to octets in order.
//!
//! Called once a packet by the sensor's workers, in this order: [`fragments`] puts IP packets
//! together, [`Duplicates`] recognises the copies a mirror port makes, [`Table`] finds the flow,
//! [`Connection`] hands over its octets in order with what is missing marked as missing, and
//! each side's [`Ledger`] keeps account.
//!
//! Everything here belongs to one shard: it is owned by one worker, bounded by named constants,
//! runs on packet time and gives the same result on every run.

mod connection;
mod duplicates;
pub mod fragments;
mod key;
mod ledger;
mod record;
#[cfg(test)]
mod samples;
mod stream;
mod table;

pub use connection::{Chunk, Connection};
pub use duplicates::{Copies, Duplicate, DuplicateKind, Duplicates};
pub use key::{Carrier, Key, Packet, Tags};
pub use ledger::{Ledger, PerKind, Range};
pub use record::{End, Ending, Flow, MACS, Stage};
pub use stream::{Budget, Segment};
pub use table::{Counts, Found, Slot, Table};
