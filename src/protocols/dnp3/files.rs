//! File objects (IEEE Std 1815-2012, A.27): names, handles, blocks, status codes.
//!
//! Called by the fields and the items of operations. Views only: no state, no panic.

use crate::wire::Octets;

/// What a file object says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct File<'a> {
    /// Name of the file, or of the user in an authentication object; empty where it has none.
    pub(super) name: &'a [u8],
    /// Handle the outstation gave.
    pub(super) handle: Option<u32>,
    /// Number of the block, without the bit that marks the last one.
    pub(super) block: Option<u32>,
    /// Size in octets.
    pub(super) size: Option<u32>,
    /// Operation mode of an open command: 1 read, 2 write, 3 append.
    pub(super) mode: Option<u16>,
    /// Status code, 0 for success.
    pub(super) status: Option<u8>,
    /// When it was made, in milliseconds since 1970-01-01; `None` where that is not told.
    pub(super) made: Option<u64>,
    /// It is a block of a file, or the request for one.
    pub(super) is_block: bool,
    /// The block is the last one.
    pub(super) last: bool,
    /// Octets of the file.
    pub(super) data: &'a [u8],
}

/// Operation modes of an open command.
pub(super) const READ: u16 = 1;
pub(super) const APPEND: u16 = 3;

/// Marks the last block, in its number.
const LAST: u32 = 0x8000_0000;

/// Reads the octets of a file object of a variation; `None` where they do not suffice or the
/// variation has no form.
pub(super) fn file(variation: u8, octets: &[u8]) -> Option<File<'_>> {
    let mut o = Octets::new(octets);
    let mut file = File {
        name: &[],
        handle: None,
        block: None,
        size: None,
        mode: None,
        status: None,
        made: None,
        is_block: false,
        last: false,
        data: &[],
    };
    match variation {
        2 => {
            let (at, length) = (o.le16()?, o.le16()?);
            file.name = text(octets, at, length)?;
        }
        3 => {
            let (at, length) = (o.le16()?, o.le16()?);
            let made = o.array::<6>()?;
            let [a, b, c, d, e, f] = made;
            let made = u64::from_le_bytes([a, b, c, d, e, f, 0, 0]);
            file.made = Some(made).filter(|made| *made > 0);
            // Permissions, authentication key.
            o.skip(2 + 4)?;
            file.size = Some(o.le32()?);
            file.mode = Some(o.le16()?);
            file.name = text(octets, at, length)?;
        }
        4 => {
            file.handle = Some(o.le32()?);
            file.size = Some(o.le32()?);
            // Largest block, request identifier.
            o.skip(2 + 2)?;
            file.status = Some(o.u8()?);
        }
        5 => {
            file.handle = Some(o.le32()?);
            let block = o.le32()?;
            (file.block, file.last) = (Some(block & !LAST), block & LAST != 0);
            file.is_block = true;
            file.data = o.rest();
        }
        6 => {
            file.handle = Some(o.le32()?);
            file.block = Some(o.le32()? & !LAST);
            file.status = Some(o.u8()?);
        }
        7 => {
            let (at, length) = (o.le16()?, o.le16()?);
            // Type: directory or file.
            o.skip(2)?;
            file.size = Some(o.le32()?);
            file.name = text(octets, at, length)?;
        }
        8 => file.name = octets,
        _ => return None,
    }
    Some(file)
}

/// The text at an offset from the start of the object.
fn text(octets: &[u8], at: u16, length: u16) -> Option<&[u8]> {
    let mut octets = Octets::new(octets);
    octets.skip(usize::from(at))?;
    octets.take(usize::from(length))
}

/// Name of a file command or transport status code.
pub(super) const fn status_name(status: u8) -> &'static str {
    match status {
        0 => "success",
        1 => "permission denied",
        2 => "invalid mode",
        3 => "file not found",
        4 => "file locked",
        5 => "too many open files",
        6 => "invalid handle",
        7 => "invalid block size",
        8 => "communication lost",
        9 => "cannot abort",
        16 => "file not opened",
        17 => "handle expired",
        18 => "overrun",
        19 => "fatal error",
        20 => "wrong block number",
        255 => "undefined",
        _ => "reserved",
    }
}
