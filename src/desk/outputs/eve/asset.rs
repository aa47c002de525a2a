//! A device as it stands at the end of the capture.

use super::Eve;
use super::head::{Common, Head};
use crate::desk::inventory::Asset;
use crate::facts::{Stamp, Time};
use serde::Serialize;

#[derive(Debug, Serialize)]
pub(super) struct Line<'a> {
    #[serde(flatten)]
    head: Head<'a>,
    asset: &'a Asset,
    ot: Ot,
}

#[derive(Debug, Serialize)]
struct Ot {
    #[serde(flatten)]
    common: Common,
}

/// The event of a device; `end` is the time of the capture's last packet.
pub(super) fn asset<'a>(eve: &'a Eve, asset: &'a Asset, end: Time) -> Line<'a> {
    let stamp = Stamp {
        time: end,
        frame: 0,
    };
    Line {
        head: Head::alone(eve, "asset", end),
        asset,
        ot: Ot {
            common: Common::new(eve, ("asset", 0), stamp, &asset.id),
        },
    }
}
