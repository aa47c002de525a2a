//! HASSH: a text of what a key exchange offers and the MD5 of it, by which rules know programs
//! (Salesforce: HASSH, 2018). Read from the message SSH_MSG_KEXINIT (RFC 4253, 7.1).

use crate::wire::Octets;
use crate::wire::text::{Digits, hexadecimal};
use arrayvec::ArrayVec;
use md5::{Digest, Md5};

/// Message number of SSH_MSG_KEXINIT.
pub(super) const KEXINIT: u8 = 20;

/// Longest text; programs offer 400 to 1500 octets.
const LONGEST: usize = 4096;

/// The lists of a key exchange that count, each for the side that sent it: key exchange,
/// encryption, authentication, compression.
#[derive(Clone, Copy, Debug)]
pub(super) struct Offer<'a>([&'a [u8]; 4]);

impl<'a> Offer<'a> {
    /// Reads a whole packet; `server` says who sent it.
    pub(super) fn read(packet: &'a [u8], server: bool) -> Option<Self> {
        let mut o = Octets::new(packet);
        // Length, padding length, message number, cookie.
        o.skip(4 + 1 + 1 + 16)?;
        let mut list = || {
            let length = usize::try_from(o.be32()?).ok()?;
            o.take(length)
        };
        let exchange = list()?;
        list()?;
        // Encryption, authentication and compression, to the server and then to the client.
        let mut lists = [exchange; 4];
        for place in lists.iter_mut().skip(1) {
            let (to_server, to_client) = (list()?, list()?);
            *place = if server { to_client } else { to_server };
        }
        Some(Self(lists))
    }

    /// The lists with `;` between.
    pub(super) fn text(&self) -> ArrayVec<u8, LONGEST> {
        let mut text = ArrayVec::new();
        self.write(&mut |part| {
            let room = text.remaining_capacity();
            text.extend(part.iter().copied().take(room));
        });
        text
    }

    /// The digest of the text, in hexadecimal digits.
    pub(super) fn hash(&self) -> ArrayVec<u8, 32> {
        let mut digest = Md5::new();
        self.write(&mut |part| digest.update(part));
        hexadecimal(&digest.finalize(), Digits::Lower, None)
    }

    fn write(&self, put: &mut dyn FnMut(&[u8])) {
        for (nth, list) in self.0.iter().enumerate() {
            if nth > 0 {
                put(b";");
            }
            put(list);
        }
    }
}
