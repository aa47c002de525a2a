//! Commands to outputs (IEEE Std 1815-2012, A.8 and A.20): what a control relay output block
//! asks for, and what the status code of an answer means.
//!
//! Called by the object library, the fields and the outcome. Pure data.

/// A control relay output block (A.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Crob {
    /// Operation type, queue, clear, trip-close code.
    pub(super) code: u8,
    /// How many times.
    pub(super) count: u8,
    /// Milliseconds on.
    pub(super) on: u32,
    /// Milliseconds off.
    pub(super) off: u32,
}

impl Crob {
    /// QU: queued behind running operations (obsolete).
    pub(super) const fn queue(self) -> bool {
        self.code & 0x10 != 0
    }

    /// CR: cancels running operations.
    pub(super) const fn clear(self) -> bool {
        self.code & 0x20 != 0
    }

    /// Name of the operation: the trip-close code where there is one, else the operation type.
    pub(super) const fn name(self) -> &'static str {
        match (self.code >> 6, self.code & 0x0f) {
            (1, _) => "close",
            (2, _) => "trip",
            (3, _) => "reserved",
            (_, 0) => "nul",
            (_, 1) => "pulse on",
            (_, 2) => "pulse off",
            (_, 3) => "latch on",
            (_, 4) => "latch off",
            _ => "undefined",
        }
    }
}

/// Name of a control status code (A.8).
pub(super) const fn status_name(status: u8) -> &'static str {
    match status {
        0 => "success",
        1 => "timeout",
        2 => "no select",
        3 => "format error",
        4 => "not supported",
        5 => "already active",
        6 => "hardware error",
        7 => "local",
        8 => "too many operations",
        9 => "not authorized",
        10 => "automation inhibit",
        11 => "processing limited",
        12 => "out of range",
        13 => "downstream local",
        14 => "already complete",
        15 => "blocked",
        16 => "canceled",
        17 => "blocked by other master",
        18 => "downstream fail",
        126 => "non-participating",
        127 => "undefined",
        _ => "reserved",
    }
}
