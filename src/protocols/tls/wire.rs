//! Octets to views: records, and the handshake messages that are readable.

use super::super::Probe;
use crate::wire::Octets;

/// Octets of a record before its content (RFC 8446, 5.1).
pub(super) const RECORD_HEADER: usize = 5;

/// Longest content of a record: 2^14 and 2048 for encryption (RFC 5246, 6.2.3).
const LONGEST_RECORD: u16 = 16_384 + 2_048;

/// Content type of a record (RFC 8446, B.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ContentType(pub(super) u8);

impl ContentType {
    pub(super) const CHANGE_CIPHER_SPEC: Self = Self(20);
    pub(super) const ALERT: Self = Self(21);
    pub(super) const HANDSHAKE: Self = Self(22);
    pub(super) const HEARTBEAT: Self = Self(24);
}

/// A protocol version as on the wire: 0x0303 is TLS 1.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Version(pub(super) u16);

impl Version {
    pub(super) const fn name(self) -> Option<&'static str> {
        Some(match self.0 {
            0x0300 => "SSL 3.0",
            0x0301 => "TLS 1.0",
            0x0302 => "TLS 1.1",
            0x0303 => "TLS 1.2",
            0x0304 => "TLS 1.3",
            _ => return None,
        })
    }
}

/// The header of a record.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record {
    pub(super) content: ContentType,
    pub(super) length: usize,
}

impl Record {
    /// Reads a header that can be one: `Err` where the octets contradict it, `Ok(None)` where
    /// there are too few.
    pub(super) fn read(octets: &[u8]) -> Result<Option<Self>, ()> {
        let mut o = Octets::new(octets);
        let Some(content) = o.u8().map(ContentType) else {
            return Ok(None);
        };
        if !(20..=24).contains(&content.0) {
            return Err(());
        }
        let Some(major) = o.u8() else {
            return Ok(None);
        };
        let minor = o.u8().unwrap_or_default();
        if major != 3 || minor > 4 {
            return Err(());
        }
        let Some(length) = o.be16() else {
            return Ok(None);
        };
        let fits = match content {
            ContentType::CHANGE_CIPHER_SPEC => length == 1,
            // A plain alert, or an encrypted one.
            ContentType::ALERT => length == 2 || length > 16,
            _ => length > 0 && length <= LONGEST_RECORD,
        };
        fits.then_some(Some(Self {
            content,
            length: length.into(),
        }))
        .ok_or(())
    }
}

/// Whether a heartbeat names a longer payload than it has (RFC 6520, 4).
pub(super) fn is_overflowing(heartbeat: &[u8]) -> bool {
    match heartbeat {
        [_, high, low, rest @ ..] => usize::from(u16::from_be_bytes([*high, *low])) > rest.len(),
        _ => true,
    }
}

/// Whether octets begin with a record whose content bears it out.
pub(super) fn probe(octets: &[u8]) -> Probe {
    let record = match Record::read(octets) {
        Err(()) => return Probe::NotMine,
        Ok(None) => return Probe::More,
        Ok(Some(record)) => record,
    };
    let content = octets.get(RECORD_HEADER..).unwrap_or_default();
    if record.content == ContentType::HANDSHAKE {
        let Some((header, body)) = content.split_first_chunk::<4>() else {
            return Probe::More;
        };
        let [kind, length @ ..] = *header;
        let [a, b, c] = length;
        let length = u32::from_be_bytes([0, a, b, c]);
        // A client or server hello: version, random, session identifier.
        let hello = matches!(kind, 1 | 2) && (38..0x1_0000).contains(&length);
        return match body.first() {
            _ if !hello => Probe::NotMine,
            Some(3) => Probe::Certain,
            Some(_) => Probe::NotMine,
            None => Probe::More,
        };
    }
    // Picked up in its middle: a second record right behind the first is proof.
    match content.get(record.length..).map(Record::read) {
        Some(Ok(Some(_))) => Probe::Certain,
        Some(Err(())) => Probe::NotMine,
        _ if record.content == ContentType::HEARTBEAT => Probe::NotMine,
        _ => Probe::Unsure,
    }
}

/// What is told of a handshake message or alert.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shown<'a> {
    ClientHello(Hello<'a>),
    ServerHello(Hello<'a>),
    Certificate(super::certificate::Certificate<'a>),
    /// The description of an alert (RFC 8446, 6).
    Alert(u8),
}

/// What matters of a client or server hello.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hello<'a> {
    /// The highest version offered, or the one agreed.
    pub(super) version: Version,
    /// The server name asked for (RFC 6066, 3).
    pub(super) server_name: &'a [u8],
    /// Application protocols, each after its length (RFC 7301, 3.1).
    pub(super) protocols: &'a [u8],
    /// The cipher suite agreed.
    pub(super) cipher: Option<u16>,
    /// What a digest of the whole hello is made of.
    pub(super) offer: Offer<'a>,
}

/// What JA3 looks at.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Offer<'a> {
    /// The version field, which stays at TLS 1.2 in later versions.
    pub(super) version: u16,
    /// Cipher suites, two octets each.
    pub(super) suites: &'a [u8],
    /// Extensions with their headers.
    pub(super) extensions: &'a [u8],
    /// Groups (RFC 8422, 5.1.1), two octets each.
    pub(super) groups: &'a [u8],
    /// Point formats (RFC 8422, 5.1.2), one octet each.
    pub(super) formats: &'a [u8],
}

/// Type numbers of handshake messages (RFC 8446, B.3).
const CLIENT_HELLO: u8 = 1;
const SERVER_HELLO: u8 = 2;
const CERTIFICATE: u8 = 11;

/// Reads one handshake message; `Ok(None)` where its type tells nothing that is wanted.
pub(super) fn handshake(kind: u8, body: &[u8]) -> Result<Option<Shown<'_>>, ()> {
    let shown = match kind {
        CLIENT_HELLO => hello(body, true).map(Shown::ClientHello),
        SERVER_HELLO => hello(body, false).map(Shown::ServerHello),
        CERTIFICATE => {
            let mut o = Octets::new(body);
            let Some(list) = o.be24() else {
                return Err(());
            };
            if list == 0 {
                return Ok(None);
            }
            let listed = usize::try_from(list).unwrap_or(usize::MAX);
            let chain = o.take(listed.min(o.left())).unwrap_or_default();
            super::certificate::Certificate::first(chain).map(Shown::Certificate)
        }
        _ => return Ok(None),
    };
    shown.map(Some).ok_or(())
}

fn hello(body: &[u8], client: bool) -> Option<Hello<'_>> {
    let mut o = Octets::new(body);
    let version = Version(o.be16()?);
    o.skip(32)?;
    vector8(&mut o)?;
    let mut cipher = None;
    let suites = if client {
        let length = o.be16()?;
        let suites = o.take(length.into())?;
        vector8(&mut o)?;
        suites
    } else {
        let suite = o.take(2)?;
        cipher = Octets::new(suite).be16();
        o.skip(1)?;
        suite
    };
    let mut hello = Hello {
        version,
        server_name: &[],
        protocols: &[],
        cipher,
        offer: Offer {
            version: version.0,
            suites,
            ..Offer::default()
        },
    };
    // Before TLS 1.2 there may be no extensions.
    if let Some(length) = o.be16() {
        hello.offer.extensions = o.take(length.into())?;
        let mut extensions = Octets::new(hello.offer.extensions);
        while let Some(kind) = extensions.be16() {
            let length = extensions.be16()?;
            hello.extension(kind, extensions.take(length.into())?);
        }
    }
    Some(hello)
}

fn vector8<'a>(o: &mut Octets<'a>) -> Option<&'a [u8]> {
    let length = o.u8()?;
    o.take(length.into())
}

impl<'a> Hello<'a> {
    fn extension(&mut self, kind: u16, value: &'a [u8]) {
        match kind {
            // server_name: list length, type 0 host_name, length, name.
            0 => {
                if let Some(([_, _, 0, high, low], name)) = value.split_first_chunk::<5>() {
                    let length = usize::from(u16::from_be_bytes([*high, *low]));
                    self.server_name = name.get(..length).unwrap_or_default();
                }
            }
            10 => self.offer.groups = value.get(2..).unwrap_or_default(),
            11 => self.offer.formats = value.get(1..).unwrap_or_default(),
            16 => self.protocols = value.get(2..).unwrap_or_default(),
            // supported_versions: of a server the one chosen, of a client a list.
            43 => match *value {
                [high, low] => self.version = Version(u16::from_be_bytes([high, low])),
                [_, ref offered @ ..] => {
                    let (pairs, _) = offered.as_chunks::<2>();
                    let known = pairs
                        .iter()
                        .map(|pair| Version(u16::from_be_bytes(*pair)))
                        // Clients add reserved values to keep servers tolerant (RFC 8701).
                        .filter(|version| version.name().is_some())
                        .max_by_key(|version| version.0);
                    self.version = known.unwrap_or(self.version);
                }
                [] => {}
            },
            _ => {}
        }
    }
}
