//! Octets to views: message headers and what stands at the front of each type.

use crate::wire::Octets;

/// Octets of the header of a message chunk (IEC 62541-6, 7.1.2.2).
pub(super) const HEADER: usize = 8;

/// Octets of a chunk that are read: addresses, policies and service headers lie in them.
pub(super) const READ: usize = 2048;

/// Longest chunk that is believed. Servers negotiate 64 KiB; this leaves room for generous ones.
const LONGEST: u32 = 64 * 1024 * 1024;

/// Type of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Hello,
    Acknowledge,
    Error,
    ReverseHello,
    Open,
    Message,
    Close,
}

impl Type {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Hello => "hello",
            Self::Acknowledge => "acknowledge",
            Self::Error => "error",
            Self::ReverseHello => "reverse-hello",
            Self::Open => "open-channel",
            Self::Message => "message",
            Self::Close => "close-channel",
        }
    }
}

/// The header of a message chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) kind: Type,
    /// With this chunk the message is whole.
    pub(super) last: bool,
    /// Octets of the chunk with its header.
    pub(super) size: usize,
}

impl Header {
    /// `Err` where the octets begin no chunk, `Ok(None)` where there are too few.
    pub(super) fn read(octets: &[u8]) -> Result<Option<Self>, ()> {
        const TYPES: [(&[u8; 3], Type); 7] = [
            (b"HEL", Type::Hello),
            (b"ACK", Type::Acknowledge),
            (b"ERR", Type::Error),
            (b"RHE", Type::ReverseHello),
            (b"OPN", Type::Open),
            (b"MSG", Type::Message),
            (b"CLO", Type::Close),
        ];
        let begun = octets.get(..octets.len().min(3)).unwrap_or_default();
        let Some((_, kind)) = TYPES.iter().find(|(mark, _)| mark.starts_with(begun)) else {
            return Err(());
        };
        let Some(chunk) = octets.get(3) else {
            return Ok(None);
        };
        // Only messages come in several chunks or are aborted.
        let fits = match chunk {
            b'F' => true,
            b'C' | b'A' => *kind == Type::Message,
            _ => false,
        };
        let Some(size) = octets
            .get(4..HEADER)
            .map(Octets::new)
            .and_then(|mut o| o.le32())
        else {
            return if fits { Ok(None) } else { Err(()) };
        };
        if !fits || !(8..=LONGEST).contains(&size) {
            return Err(());
        }
        Ok(Some(Self {
            kind: *kind,
            last: *chunk == b'F',
            size: usize::try_from(size).map_err(|_| ())?,
        }))
    }
}

/// One chunk, as far as it is readable; texts that are not there are empty.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chunk<'a> {
    pub(super) header: Header,
    pub(super) endpoint: &'a [u8],
    pub(super) policy: &'a [u8],
    pub(super) channel: Option<u32>,
    pub(super) request: Option<u32>,
    /// Number of the service's request or response structure (IEC 62541-6, annex A).
    pub(super) service: Option<u16>,
    /// Status of an error message or of a response.
    pub(super) status: Option<u32>,
    pub(super) reason: &'a [u8],
}

impl<'a> Chunk<'a> {
    /// Reads what stands behind the header.
    pub(super) fn read(header: Header, content: &'a [u8]) -> Self {
        let mut chunk = Self {
            header,
            endpoint: &[],
            policy: &[],
            channel: None,
            request: None,
            service: None,
            status: None,
            reason: &[],
        };
        // Each reader stops where the content ends: what was read stays.
        let _ = match header.kind {
            Type::Hello => chunk.hello(Octets::new(content)),
            Type::Error => chunk.error(Octets::new(content)),
            Type::ReverseHello => chunk.reverse(Octets::new(content)),
            Type::Open => chunk.open(Octets::new(content)),
            Type::Message | Type::Close => chunk.message(Octets::new(content)),
            Type::Acknowledge => Some(()),
        };
        chunk
    }

    /// Version, buffer and message sizes, endpoint (IEC 62541-6, 7.1.2.3).
    fn hello(&mut self, mut o: Octets<'a>) -> Option<()> {
        o.skip(20)?;
        self.endpoint = string(&mut o)?;
        Some(())
    }

    /// IEC 62541-6, 7.1.2.5.
    fn error(&mut self, mut o: Octets<'a>) -> Option<()> {
        self.status = Some(o.le32()?);
        self.reason = string(&mut o)?;
        Some(())
    }

    /// IEC 62541-6, 7.1.2.6.
    fn reverse(&mut self, mut o: Octets<'a>) -> Option<()> {
        string(&mut o)?;
        self.endpoint = string(&mut o)?;
        Some(())
    }

    /// Asymmetric security header (IEC 62541-6, 6.7.2.3).
    fn open(&mut self, mut o: Octets<'a>) -> Option<()> {
        self.channel = Some(o.le32()?);
        self.policy = string(&mut o)?;
        Some(())
    }

    /// Symmetric security header, sequence header, and, of a message in the clear, type and
    /// header of request or response (IEC 62541-6, 6.7.2.3 and 6.7.2.4; IEC 62541-4, 7.32).
    fn message(&mut self, mut o: Octets<'a>) -> Option<()> {
        self.channel = Some(o.le32()?);
        o.skip(8)?;
        let request = o.le32()?;
        // A four-byte node identifier in namespace 0; encrypted octets hardly ever look so.
        let [1, 0] = o.array()? else {
            return None;
        };
        let service = o.le16()?;
        super::operations::structure(service)?;
        self.request = Some(request);
        self.service = Some(service);
        if super::operations::is_response(service) {
            // Time stamp and request handle.
            o.skip(12)?;
            self.status = Some(o.le32()?);
        }
        Some(())
    }
}

/// A string or byte string after its length, -1 for none (IEC 62541-6, 5.2.2.4).
fn string<'a>(o: &mut Octets<'a>) -> Option<&'a [u8]> {
    match o.le32()? {
        u32::MAX => Some(&[]),
        length => o.take(usize::try_from(length).ok()?),
    }
}
