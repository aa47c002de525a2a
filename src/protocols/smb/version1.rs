//! Messages of version 1 (MS-CIFS, 2.2.3 and 2.2.4; MS-SMB, 2.2.4).

use super::ntlm::Ntlm;
use super::version2;
use super::wire::{Access, Carried, Message, Path};
use crate::wire::Octets;
use crate::wire::text::{from_utf16, terminated};
use arrayvec::ArrayVec;

/// Octets of the header (MS-CIFS, 2.2.3.1).
const HEADER: usize = 32;

/// Strings are UTF-16 (flags2 bit).
const UNICODE: u16 = 0x8000;

const fn command(code: u8) -> &'static str {
    match code {
        0x00 => "create-directory",
        0x01 => "delete-directory",
        0x04 => "close",
        0x06 => "delete",
        0x07 => "rename",
        0x24 => "locking",
        0x25 => "transaction",
        0x2b => "echo",
        0x2d => "open",
        0x2e => "read",
        0x2f => "write",
        0x32 => "transaction2",
        0x71 => "tree-disconnect",
        0x72 => "negotiate",
        0x73 => "session-setup",
        0x74 => "logoff",
        0x75 => "tree-connect",
        0xa0 => "nt-transact",
        0xa2 => "create",
        _ => "other",
    }
}

/// Reads one message. Commands that version 2 also has get its number, so that the session
/// treats them alike.
pub(super) fn read(octets: &[u8]) -> Option<Message> {
    let mut o = Octets::new(octets);
    o.skip(4)?;
    let code = o.u8()?;
    let status = o.le32()?;
    let flags = o.u8()?;
    let flags2 = o.le16()?;
    o.skip(12)?;
    let tree = o.le16()?;
    o.skip(2)?;
    let _user = o.le16()?;
    let multiplex = o.le16()?;
    let response = flags & 0x80 != 0;
    let like = match code {
        0x73 => version2::SESSION_SETUP,
        0x75 => version2::TREE_CONNECT,
        0xa2 => version2::CREATE,
        other => 0x100 | u16::from(other),
    };
    let mut message = Message {
        version: 1,
        command: Some((like, command(code))),
        response,
        status: if response { status } else { 0 },
        id: multiplex.into(),
        tree: tree.into(),
        ..Message::default()
    };
    let body = Body::read(octets, flags2 & UNICODE != 0)?;
    // What the parameters hold is optional here: the header was sound.
    let _ = match (code, response) {
        (0x73, _) => body.session_setup(&mut message),
        (0x75, false) => body.tree_connect(&mut message),
        (0x75, true) => {
            message.pipes = terminated(body.data) == b"IPC";
            Some(())
        }
        (0xa2, false) => body.create(&mut message),
        (0x25 | 0x2e | 0x2f, _) => body.carries(code, &mut message),
        _ => Some(()),
    };
    Some(message)
}

/// Parameters and data behind the header.
struct Body<'a> {
    words: &'a [u8],
    data: &'a [u8],
    /// Where the data begins, from the header on: strings are aligned to it.
    data_at: usize,
    unicode: bool,
}

impl<'a> Body<'a> {
    fn read(octets: &'a [u8], unicode: bool) -> Option<Self> {
        let mut o = Octets::new(octets);
        o.skip(HEADER)?;
        let count = usize::from(o.u8()?);
        let words = o.take(2 * count)?;
        let length = usize::from(o.le16()?);
        let data_at = o.at();
        // Long messages are cut by the reader.
        let data = o.rest();
        let data = data.get(..length.min(data.len())).unwrap_or_default();
        Some(Self {
            words,
            data,
            data_at,
            unicode,
        })
    }

    /// The string at `at` of the data, and where what follows it begins.
    fn string<const N: usize>(&self, at: usize) -> (ArrayVec<u8, N>, usize) {
        if !self.unicode {
            let text = terminated(self.data.get(at..).unwrap_or_default());
            let kept = text.iter().copied().take(N).collect();
            return (kept, at + text.len() + 1);
        }
        let at = at + (self.data_at + at) % 2;
        let rest = self.data.get(at..).unwrap_or_default();
        let (pairs, _) = rest.as_chunks::<2>();
        let length = pairs.iter().take_while(|pair| **pair != [0, 0]).count() * 2;
        (
            from_utf16(rest.get(..length).unwrap_or_default()),
            at + length + 2,
        )
    }

    /// MS-SMB, 2.2.4.6: with extended security a blob stands before the strings.
    fn session_setup(&self, message: &mut Message) -> Option<()> {
        let blob_at = match (message.response, self.words.len()) {
            (true, 8) => Some(6),
            (false, 24) => Some(14),
            _ => None,
        };
        let blob = match blob_at {
            Some(at) => usize::from(Octets::new(self.words.get(at..)?).le16()?),
            None if message.response => 0,
            // Passwords stand before the names of an old request: not read.
            None => return Some(()),
        };
        message.ntlm = Ntlm::find(self.data.get(..blob)?);
        message.system = self.string(blob).0;
        Some(())
    }

    /// MS-CIFS, 2.2.4.55.1.
    fn tree_connect(&self, message: &mut Message) -> Option<()> {
        let password = usize::from(Octets::new(self.words.get(6..)?).le16()?);
        message.path = self.string(password).0;
        Some(())
    }

    /// MS-CIFS, 2.2.4.64.1.
    fn create(&self, message: &mut Message) -> Option<()> {
        let mut words = Octets::new(self.words);
        words.skip(15)?;
        let desired = words.le32()?;
        words.skip(20)?;
        let options = words.le32()?;
        message.access = Some(Access { desired, options });
        let (path, _): (Path, _) = self.string(0);
        message.path = path;
        Some(())
    }

    /// What a transaction on a pipe, a read or a write carries (MS-CIFS, 2.2.4.33, 2.2.4.42 and
    /// 2.2.4.43).
    fn carries(&self, code: u8, message: &mut Message) -> Option<()> {
        let word = |at: usize| Octets::new(self.words.get(at..)?).le16();
        let (file, length, at) = match (code, message.response) {
            // The second word of the setup is the pipe.
            (0x25, false) => (word(30).unwrap_or_default(), word(22)?, word(24)?),
            (0x25, true) => (0, word(12)?, word(14)?),
            (0x2e, true) => (0, word(10)?, word(12)?),
            (0x2f, false) => (word(4)?, word(20)?, word(22)?),
            _ => return None,
        };
        message.carried = Some(Carried {
            file: file.into(),
            at: at.into(),
            length: length.into(),
        });
        Some(())
    }
}
