//! UMAS, Schneider Electric's engineering protocol inside Modbus function 90.
//!
//! There is no public standard. What stands here agrees between published studies and a
//! capture of a Modicon Quantum (140 CPU 311 10) being read out; what only one source tells
//! is left as octets. Data are little-endian.
//!
//! Beware the names: UMAS "upload" (0x30 to 0x32) carries the program from the engineering
//! station to the controller, which ATT&CK and everybody else calls a program download; UMAS
//! "download" (0x33 to 0x35) carries it from the controller to the station. The capture
//! confirms the second: the data travel in the answers to 0x34.

pub(crate) mod meanings;
pub(crate) mod pieces;

use crate::wire::Octets;

/// Answer: done.
pub(crate) const OK: u8 = 0xfe;
/// Answer: refused.
pub(crate) const ERROR: u8 = 0xfd;

/// A UMAS function code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Code(pub(crate) u8);

impl Code {
    pub(crate) const READ_ID: Self = Self(0x02);
    pub(crate) const READ_PROJECT_INFO: Self = Self(0x03);
    pub(crate) const TAKE_RESERVATION: Self = Self(0x10);
    pub(crate) const READ_MEMORY_BLOCK: Self = Self(0x20);
    pub(crate) const WRITE_MEMORY_BLOCK: Self = Self(0x21);
    pub(crate) const UPLOAD_BLOCK: Self = Self(0x31);
    pub(crate) const END_UPLOAD: Self = Self(0x32);
    pub(crate) const DOWNLOAD_BLOCK: Self = Self(0x34);
    pub(crate) const END_DOWNLOAD: Self = Self(0x35);

    /// The name that published studies use.
    pub(crate) const fn name(self) -> &'static str {
        match self.0 {
            0x01 => "INIT_COMM",
            0x02 => "READ_ID",
            0x03 => "READ_PROJECT_INFO",
            0x04 => "READ_PLC_INFO",
            0x06 => "READ_CARD_INFO",
            0x0a => "REPEAT",
            0x10 => "TAKE_PLC_RESERVATION",
            0x11 => "RELEASE_PLC_RESERVATION",
            0x12 => "KEEP_ALIVE",
            0x20 => "READ_MEMORY_BLOCK",
            0x21 => "WRITE_MEMORY_BLOCK",
            0x22 => "READ_VARIABLES",
            0x23 => "WRITE_VARIABLES",
            0x24 => "READ_COILS_REGISTERS",
            0x25 => "WRITE_COILS_REGISTERS",
            0x26 => "READ_DATA_DICTIONARY",
            0x30 => "INITIALIZE_UPLOAD",
            0x31 => "UPLOAD_BLOCK",
            0x32 => "END_STRATEGY_UPLOAD",
            0x33 => "INITIALIZE_DOWNLOAD",
            0x34 => "DOWNLOAD_BLOCK",
            0x35 => "END_STRATEGY_DOWNLOAD",
            0x39 => "READ_ETH_MASTER_DATA",
            0x40 => "START_PLC",
            0x41 => "STOP_PLC",
            0x50 => "MONITOR_PLC",
            0x58 => "CHECK_PLC",
            0x70 => "READ_IO_OBJECT",
            0x71 => "WRITE_IO_OBJECT",
            0x73 => "GET_STATUS_MODULE",
            _ => "UNKNOWN",
        }
    }

    /// Whether a published study names it.
    pub(crate) fn is_known(self) -> bool {
        self.name() != "UNKNOWN"
    }
}

/// The data of a PDU of function 90: `session:1 code:1 ...`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Umas<'a> {
    /// Session key: 0, or what the controller gave out with the reservation.
    pub(crate) session: u8,
    /// In requests the function, in responses the status: 0xfe done, 0xfd refused.
    pub(crate) code: Code,
    /// What follows.
    pub(crate) data: &'a [u8],
}

impl<'a> Umas<'a> {
    /// Reads the data of a PDU of function 90.
    pub(crate) fn read(data: &'a [u8]) -> Option<Self> {
        let (&[session, code], data) = data.split_first_chunk::<2>()?;
        Some(Self {
            session,
            code: Code(code),
            data,
        })
    }

    /// Whether the data can be a request or a response that anyone has described.
    pub(crate) fn is_known(self) -> bool {
        self.code.is_known() || matches!(self.code.0, OK | ERROR)
    }

    /// Who reserves the controller: the station's host name (request 0x10:
    /// `machine:4 length:1 name`).
    pub(crate) fn owner(self) -> Option<&'a [u8]> {
        if self.code != Code::TAKE_RESERVATION {
            return None;
        }
        let mut data = Octets::new(self.data);
        data.skip(4)?;
        let length = data.u8()?;
        data.take(usize::from(length)).map(text)
    }

    /// Which part of memory or program a request touches.
    pub(crate) fn place(self) -> Option<Place> {
        let mut data = Octets::new(self.data);
        match self.code {
            // range:1 block:2 offset:2 unknown:2 count:2
            Code::READ_MEMORY_BLOCK | Code::WRITE_MEMORY_BLOCK => {
                data.skip(1)?;
                let block = data.le16()?;
                let offset = data.le16()?;
                data.skip(2)?;
                let count = data.le16()?;
                Some(Place {
                    block,
                    memory: Some((offset, count)),
                })
            }
            // unknown:2 block:2
            Code::UPLOAD_BLOCK | Code::DOWNLOAD_BLOCK => {
                data.skip(2)?;
                let block = data.le16()?;
                Some(Place {
                    block,
                    memory: None,
                })
            }
            _ => None,
        }
    }

    /// The octets that a request carries to the place it names.
    pub(crate) fn written(self) -> &'a [u8] {
        let mut data = Octets::new(self.data);
        let head = match self.code {
            Code::WRITE_MEMORY_BLOCK => 9,
            // unknown:2 block:2 count:2
            Code::UPLOAD_BLOCK => 6,
            _ => return &[],
        };
        data.take(head).map_or(&[], |_| data.rest())
    }

    /// The octets that the answer to `request` brings from the place it named.
    pub(crate) fn read_back(self, request: Self) -> &'a [u8] {
        let mut data = Octets::new(self.data);
        let head = match request.code {
            // range:1 count:2
            Code::READ_MEMORY_BLOCK => 3,
            // unknown:2 count:2
            Code::DOWNLOAD_BLOCK => 4,
            _ => return &[],
        };
        data.take(head).map_or(&[], |_| data.rest())
    }

    /// The controller's identity, from the answer to READ_ID.
    pub(crate) fn identity(self, request: Self) -> Option<Identity<'a>> {
        if self.code.0 != OK || request.code != Code::READ_ID {
            return None;
        }
        // range:2 ident:4 model:2 version:2 patch:2 internal:2 hardware:2 crash:4 unknown:2
        // length:1 name
        let mut data = Octets::new(self.data);
        data.skip(8)?;
        let version = data.array()?;
        data.skip(12)?;
        let length = data.u8()?;
        let model = text(data.take(usize::from(length))?);
        Some(Identity { model, version })
    }

    /// The name of the project, from the answer to READ_PROJECT_INFO 0.
    pub(crate) fn project(self, request: Self) -> Option<&'a [u8]> {
        let asked = request.code == Code::READ_PROJECT_INFO && request.data.first() == Some(&0);
        if self.code.0 != OK || !asked {
            return None;
        }
        // identifiers, versions and two dates:34 unknown:4 length:1 name
        let mut data = Octets::new(self.data);
        data.skip(38)?;
        let length = data.u8()?;
        let name = text(data.take(usize::from(length))?);
        (!name.is_empty()).then_some(name)
    }
}

/// A place in the controller that a request touches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Memory block, or number of the program block in its transfer.
    pub(crate) block: u16,
    /// Offset and count of octets in the memory block; `None` for program blocks.
    pub(crate) memory: Option<(u16, u16)>,
}

/// What READ_ID tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity<'a> {
    /// Model of the controller, as `140 CPU 311 10`.
    pub(crate) model: &'a [u8],
    /// Version of the operating system, binary-coded decimal, minor part first.
    version: [u8; 2],
}

impl Identity<'_> {
    /// Firmware version, as `2.70`; `None` where the digits are not decimal.
    pub(crate) fn firmware<'b>(&self, buffer: &'b mut [u8; 5]) -> Option<&'b [u8]> {
        let [minor, major] = self.version;
        let digits = [major >> 4, major & 0x0f, minor >> 4, minor & 0x0f];
        if digits.iter().any(|&digit| digit > 9) {
            return None;
        }
        let [a, b, c, d] = digits.map(|digit| b'0' + digit);
        *buffer = [a, b, b'.', c, d];
        buffer.get(usize::from(a == b'0')..)
    }
}

/// Text up to its first zero, without blanks at its ends.
fn text(octets: &[u8]) -> &[u8] {
    let end = octets.iter().position(|&octet| octet == 0);
    octets
        .get(..end.unwrap_or(octets.len()))
        .unwrap_or_default()
        .trim_ascii()
}
