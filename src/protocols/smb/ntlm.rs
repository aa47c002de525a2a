//! NTLM messages inside a session setup (MS-NLMP, 2.2.1): the names they tell.

use super::wire::Name;
use crate::wire::Octets;
use crate::wire::text::{find, from_utf16};

/// What a challenge or an authentication tells.
#[derive(Clone, Debug, Default)]
pub(super) struct Ntlm {
    pub(super) user: Name,
    pub(super) domain: Name,
    /// Of the sender.
    pub(super) host: Name,
    /// Windows version of the sender: major, minor, build.
    pub(super) version: Option<(u8, u8, u16)>,
}

/// Flags of interest (MS-NLMP, 2.2.2.5).
const UNICODE: u32 = 1;
const VERSION: u32 = 1 << 25;

impl Ntlm {
    /// Looks for an NTLM message in the security blob, where SPNEGO may wrap it.
    pub(super) fn find(blob: &[u8]) -> Option<Self> {
        let message = blob.get(find(blob, b"NTLMSSP\0")?..)?;
        let mut o = Octets::new(message);
        o.skip(8)?;
        match o.le32()? {
            2 => Self::challenge(message),
            3 => Self::authenticate(message),
            _ => None,
        }
    }

    /// MS-NLMP, 2.2.1.2: target information in pairs of identifier and value.
    fn challenge(message: &[u8]) -> Option<Self> {
        let flags = Octets::new(message.get(20..)?).le32()?;
        let mut ntlm = Self {
            version: version(message, 48, flags),
            ..Self::default()
        };
        let mut pairs = Octets::new(field(message, 40).unwrap_or_default());
        while let (Some(kind), Some(length)) = (pairs.le16(), pairs.le16()) {
            let Some(value) = pairs.take(length.into()) else {
                break;
            };
            match kind {
                0 => break,
                1 if ntlm.host.is_empty() => ntlm.host = from_utf16(value),
                2 => ntlm.domain = from_utf16(value),
                // The DNS name says more than the NetBIOS name.
                3 if !value.is_empty() => ntlm.host = from_utf16(value),
                _ => {}
            }
        }
        Some(ntlm)
    }

    /// MS-NLMP, 2.2.1.3.
    fn authenticate(message: &[u8]) -> Option<Self> {
        let flags = Octets::new(message.get(60..)?).le32()?;
        let text = |at| {
            let value = field(message, at).unwrap_or_default();
            if flags & UNICODE != 0 {
                from_utf16(value)
            } else {
                value.iter().copied().take(Name::new().capacity()).collect()
            }
        };
        Some(Self {
            domain: text(28),
            user: text(36),
            host: text(44),
            version: version(message, 64, flags),
        })
    }
}

/// A field given by length, room and offset.
fn field(message: &[u8], at: usize) -> Option<&[u8]> {
    let mut o = Octets::new(message.get(at..)?);
    let length = usize::from(o.le16()?);
    o.skip(2)?;
    let offset = usize::try_from(o.le32()?).ok()?;
    message.get(offset..)?.get(..length)
}

/// MS-NLMP, 2.2.2.10; there only if the flags say so.
fn version(message: &[u8], at: usize, flags: u32) -> Option<(u8, u8, u16)> {
    if flags & VERSION == 0 {
        return None;
    }
    let mut o = Octets::new(message.get(at..)?);
    let version = (o.u8()?, o.u8()?, o.le16()?);
    (version.0 > 0).then_some(version)
}
