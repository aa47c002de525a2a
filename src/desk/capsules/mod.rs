//! Evidence capsules: for each kind of alert a small capture that shows it, and a manifest that
//! says what it shows.
//!
//! [`Witness`] notes which packets of a run decided what; [`pack`] reads
//! the captures again and writes the capsules; [`Manifest::verify`] derives an alert again from its
//! capsule alone and tells of every changed octet. A capsule that does not derive its alert, since
//! that rests on more than fits, says so itself: it was tried when it was made.
//!
//! Nothing here reads a clock: the same captures give the same capsules.

mod conceal;
mod derive;
mod evidence;
mod gather;
mod manifest;
mod pack;
#[cfg(test)]
mod tests;

pub use derive::{Deriver, Origin};
pub use evidence::{Evidence, Witness};
pub use manifest::{Manifest, Wrong};
pub use pack::{Packed, Packing, pack};

/// The name of the capsule of an alert, without a suffix. Generator 1, which nearly all rules
/// have, is left out.
#[must_use]
pub fn name(gid: u32, sid: u32, severity: u8) -> String {
    match gid {
        1 => format!("alert-{sid}-{severity}"),
        gid => format!("alert-{gid}-{sid}-{severity}"),
    }
}
