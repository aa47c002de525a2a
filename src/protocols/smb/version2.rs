//! Messages of versions 2 and 3 (MS-SMB2, 2.2).

use super::ntlm::Ntlm;
use super::wire::{Access, Carried, Message};
use crate::wire::Octets;
use crate::wire::text::from_utf16;

/// Octets of the header (MS-SMB2, 2.2.1).
const HEADER: usize = 64;

/// Commands by number (MS-SMB2, 2.2.1.2).
const COMMANDS: [&str; 19] = [
    "negotiate",
    "session-setup",
    "logoff",
    "tree-connect",
    "tree-disconnect",
    "create",
    "close",
    "flush",
    "read",
    "write",
    "lock",
    "ioctl",
    "cancel",
    "echo",
    "query-directory",
    "change-notify",
    "query-info",
    "set-info",
    "oplock-break",
];

pub(super) const SESSION_SETUP: u16 = 1;
pub(super) const TREE_CONNECT: u16 = 3;
pub(super) const CREATE: u16 = 5;
const READ: u16 = 8;
const WRITE: u16 = 9;
const IOCTL: u16 = 11;

/// Writes to a pipe and reads its answer (MS-FSCC, 2.3).
const PIPE_TRANSCEIVE: u32 = 0x0011_c017;

/// Reads one message; and where the next one of a compound begins, 0 for none.
pub(super) fn read(octets: &[u8]) -> Option<(Message, usize)> {
    let mut o = Octets::new(octets);
    o.skip(4)?;
    if o.le16()? != 64 {
        return None;
    }
    o.skip(2)?;
    let status = o.le32()?;
    let command = o.le16()?;
    let name = COMMANDS.get(usize::from(command))?;
    o.skip(2)?;
    let flags = o.le32()?;
    let next = usize::try_from(o.le32()?).ok()?;
    let id = o.le64()?;
    o.skip(4)?;
    let tree = o.le32()?;
    o.skip(24)?;
    let response = flags & 1 != 0;
    let mut message = Message {
        version: 2,
        command: Some((command, name)),
        response,
        status: if response { status } else { 0 },
        id,
        tree,
        ..Message::default()
    };
    // What a body holds beyond its fixed part is optional here: the header was sound.
    let body = Octets::new(octets.get(HEADER..).unwrap_or_default());
    let _ = match (command, response) {
        (0, true) => negotiate(body, &mut message),
        (SESSION_SETUP, _) => session_setup(octets, body, &mut message),
        (TREE_CONNECT, false) => tree_connect(octets, body, &mut message),
        (TREE_CONNECT, true) => share(body, &mut message),
        (CREATE, false) => create(octets, body, &mut message),
        (READ, true) => read_data(body, &mut message),
        (WRITE, false) => write_data(body, &mut message),
        (IOCTL, _) => pipe_data(body, &mut message),
        _ => Some(()),
    };
    Some((message, next))
}

/// Octets at an offset from the start of the header.
fn at(octets: &[u8], offset: u16, length: u16) -> Option<&[u8]> {
    octets.get(offset.into()..)?.get(..length.into())
}

/// MS-SMB2, 2.2.4.
fn negotiate(mut body: Octets<'_>, message: &mut Message) -> Option<()> {
    body.skip(4)?;
    message.dialect = Some(body.le16()?);
    Some(())
}

/// MS-SMB2, 2.2.5 and 2.2.6.
fn session_setup(octets: &[u8], mut body: Octets<'_>, message: &mut Message) -> Option<()> {
    body.skip(if message.response { 4 } else { 12 })?;
    let (offset, length) = (body.le16()?, body.le16()?);
    message.ntlm = Ntlm::find(at(octets, offset, length)?);
    Some(())
}

/// MS-SMB2, 2.2.9.
fn tree_connect(octets: &[u8], mut body: Octets<'_>, message: &mut Message) -> Option<()> {
    body.skip(4)?;
    let (offset, length) = (body.le16()?, body.le16()?);
    message.path = from_utf16(at(octets, offset, length)?);
    Some(())
}

/// MS-SMB2, 2.2.10: share type 2 is a share of pipes.
fn share(mut body: Octets<'_>, message: &mut Message) -> Option<()> {
    body.skip(2)?;
    message.pipes = body.u8()? == 2;
    Some(())
}

/// MS-SMB2, 2.2.13.
fn create(octets: &[u8], mut body: Octets<'_>, message: &mut Message) -> Option<()> {
    body.skip(24)?;
    let desired = body.le32()?;
    body.skip(12)?;
    let options = body.le32()?;
    message.access = Some(Access { desired, options });
    let (offset, length) = (body.le16()?, body.le16()?);
    message.path = from_utf16(at(octets, offset, length)?);
    Some(())
}

/// MS-SMB2, 2.2.20.
fn read_data(mut body: Octets<'_>, message: &mut Message) -> Option<()> {
    body.skip(2)?;
    let at = usize::from(body.u8()?);
    body.skip(1)?;
    carries(message, 0, at, body.le32()?)
}

/// MS-SMB2, 2.2.21.
fn write_data(mut body: Octets<'_>, message: &mut Message) -> Option<()> {
    body.skip(2)?;
    let at = usize::from(body.le16()?);
    let length = body.le32()?;
    body.skip(8)?;
    let file = file(&mut body)?;
    carries(message, file, at, length)
}

/// MS-SMB2, 2.2.31 and 2.2.32.
fn pipe_data(mut body: Octets<'_>, message: &mut Message) -> Option<()> {
    body.skip(4)?;
    if body.le32()? != PIPE_TRANSCEIVE {
        return None;
    }
    let file = file(&mut body)?;
    if message.response {
        body.skip(8)?;
    }
    let at = usize::try_from(body.le32()?).ok()?;
    carries(message, file, at, body.le32()?)
}

/// A file identifier as one number (MS-SMB2, 2.2.14.1).
fn file(body: &mut Octets<'_>) -> Option<u64> {
    Some(body.le64()? ^ body.le64()?.rotate_left(32))
}

fn carries(message: &mut Message, file: u64, at: usize, length: u32) -> Option<()> {
    let length = usize::try_from(length).ok()?;
    message.carried = Some(Carried { file, at, length });
    Some(())
}
