//! How a request ended, read from its answer: status codes of objects, internal indications.
//!
//! Called by the session's pairs. No state, no allocation, no panic.

use super::commands;
use super::files;
use super::headers::Object;
use super::objects;
use super::wire::{Fragment, Function, Iin};
use crate::facts::Outcome;

/// Indications that refuse a request, with their names; the first that is set counts.
const REFUSALS: [(Iin, &str); 4] = [
    (Iin::NO_FUNC_CODE_SUPPORT, "no function code support"),
    (Iin::OBJECT_UNKNOWN, "object unknown"),
    (Iin::PARAMETER_ERROR, "parameter error"),
    (Iin::ALREADY_EXECUTING, "already executing"),
];

/// The outcome that `answer` tells of a request.
///
/// The code of a refusal is the status of the first point, file or authentication that failed;
/// where none tells, it is the bit of the second octet of the internal indications, times 256,
/// so that the two cannot be taken for each other.
pub(super) fn outcome(request: Option<Function>, answer: &Fragment<'_>) -> Outcome {
    let refused = answer
        .objects()
        .find_map(|object| refusal(request, &object));
    if let Some((code, name)) = refused {
        return Outcome::Refused {
            code: code.into(),
            name,
        };
    }
    let iin = answer.iin.unwrap_or_default();
    for (bit, name) in REFUSALS {
        if iin.has(bit) {
            let code = u32::from(bit.0).saturating_mul(256);
            return Outcome::Refused { code, name };
        }
    }
    Outcome::Done
}

/// The first status of an object that is not success.
fn refusal(request: Option<Function>, object: &Object<'_>) -> Option<(u16, &'static str)> {
    let commanded = request.is_none_or(Function::is_control);
    match object.group {
        12 | 41 if commanded => object.points().find_map(|point| {
            let status = objects::reading(object.group, object.variation, &point)?.status?;
            (status != 0).then(|| (status.into(), commands::status_name(status)))
        }),
        70 => object.points().find_map(|point| {
            let status = files::file(object.variation, point.octets)?.status?;
            (status != 0).then(|| (status.into(), files::status_name(status)))
        }),
        120 if object.variation == 7 => object.points().find_map(|point| {
            let code = *point.octets.get(AUTHENTICATION_ERROR)?;
            Some((code.into(), authentication_error(code)))
        }),
        _ => None,
    }
}

/// Where the code stands in an authentication error: after the challenge sequence number, the
/// user number and the association identifier (A.45.7).
const AUTHENTICATION_ERROR: usize = 4 + 2 + 2;

/// Name of an authentication error code (A.45.7).
const fn authentication_error(code: u8) -> &'static str {
    match code {
        1 => "authentication failed",
        2 => "unexpected response",
        3 => "no response",
        4 => "aggressive mode not permitted",
        5 => "MAC algorithm not permitted",
        6 => "key wrap algorithm not permitted",
        7 => "authorization failed",
        8 => "update key change method not permitted",
        9 => "invalid signature",
        10 => "invalid certification data",
        11 => "unknown user",
        12 => "too many session key status requests",
        _ => "authentication error",
    }
}
