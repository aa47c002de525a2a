//! S7comm on the wire: header, userdata parameter, codes. Views without state.
//!
//! S7comm has no public standard. Layout and codes are those that public captures and open
//! implementations of it agree on; names follow the manufacturer's manuals (SIMATIC S7-300/400
//! System Software, Reference Manual). Used by the rest of this room; never allocates.

use crate::wire::Octets;

/// First octet of every S7comm PDU.
pub(crate) const PROTOCOL_ID: u8 = 0x32;

/// Length of the header of a job or of userdata; acknowledgments add two octets of error.
pub(crate) const HEADER: usize = 10;

/// Name of `code` in a table sorted by code, or `unknown`.
#[must_use]
pub(crate) fn name_of<K: Ord + Copy>(table: &[(K, &'static str)], code: K) -> &'static str {
    table
        .binary_search_by_key(&code, |(key, _)| *key)
        .ok()
        .and_then(|at| table.get(at))
        .map_or("unknown", |(_, name)| *name)
}

/// Remote operating service control: the kind of PDU (header octet 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rosctr(pub u8);

impl Rosctr {
    /// A request.
    pub(crate) const JOB: Self = Self(1);
    /// An acknowledgment without data.
    pub(crate) const ACK: Self = Self(2);
    /// An acknowledgment with data.
    pub(crate) const ACK_DATA: Self = Self(3);
    /// Userdata: requests, answers and pushes of the extended functions.
    pub(crate) const USERDATA: Self = Self(7);

    /// The kind in words.
    #[must_use]
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::JOB => "job",
            Self::ACK => "ack",
            Self::ACK_DATA => "ack-data",
            Self::USERDATA => "userdata",
            _ => "unknown",
        }
    }

    /// Whether the header ends with error class and code.
    #[must_use]
    pub(crate) const fn has_error(self) -> bool {
        matches!(self, Self::ACK | Self::ACK_DATA)
    }

    /// Whether the code is one that S7comm knows.
    #[must_use]
    pub(crate) const fn known(self) -> bool {
        matches!(
            self,
            Self::JOB | Self::ACK | Self::ACK_DATA | Self::USERDATA
        )
    }
}

/// Function of a job and of its acknowledgment (first octet of the parameter part).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Function(pub u8);

impl Function {
    /// Read variables.
    pub(crate) const READ: Self = Self(0x04);
    /// Write variables.
    pub(crate) const WRITE: Self = Self(0x05);
    /// Request download: the client announces a block.
    pub(crate) const REQUEST_DOWNLOAD: Self = Self(0x1a);
    /// Download block: the PLC fetches a part of it; this job comes from the PLC.
    pub(crate) const DOWNLOAD_BLOCK: Self = Self(0x1b);
    /// Download ended; this job comes from the PLC.
    pub(crate) const DOWNLOAD_ENDED: Self = Self(0x1c);
    /// Start upload: the client opens a block for reading.
    pub(crate) const START_UPLOAD: Self = Self(0x1d);
    /// Upload: the client fetches a part of it.
    pub(crate) const UPLOAD: Self = Self(0x1e);
    /// End upload.
    pub(crate) const END_UPLOAD: Self = Self(0x1f);
    /// Program invocation service.
    pub(crate) const PI_SERVICE: Self = Self(0x28);
    /// PLC stop.
    pub(crate) const PLC_STOP: Self = Self(0x29);
    /// Setup communication.
    pub(crate) const SETUP: Self = Self(0xf0);

    /// The function in words.
    #[must_use]
    pub(crate) fn name(self) -> &'static str {
        name_of(FUNCTIONS, self.0)
    }

    /// Whether this job is sent by the PLC to the one who opened the download.
    #[must_use]
    pub(crate) const fn sent_by_plc(self) -> bool {
        matches!(self, Self::DOWNLOAD_BLOCK | Self::DOWNLOAD_ENDED)
    }
}

static FUNCTIONS: &[(u8, &str)] = &[
    (0x00, "cpu services"),
    (0x04, "read var"),
    (0x05, "write var"),
    (0x1a, "request download"),
    (0x1b, "download block"),
    (0x1c, "download ended"),
    (0x1d, "start upload"),
    (0x1e, "upload"),
    (0x1f, "end upload"),
    (0x28, "pi service"),
    (0x29, "plc stop"),
    (0xf0, "setup communication"),
];

/// A PDU: header, parameter part, data part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pdu<'a> {
    /// Kind of PDU.
    pub(crate) rosctr: Rosctr,
    /// Reference that ties an answer to its request.
    pub(crate) reference: u16,
    /// Error class and code of an acknowledgment; (0, 0) is no error.
    pub(crate) error: Option<(u8, u8)>,
    /// Parameter part.
    pub(crate) parameter: &'a [u8],
    /// Data part.
    pub(crate) data: &'a [u8],
}

/// Why octets are no PDU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bad {
    /// The protocol identifier is another one.
    Protocol,
    /// The kind of PDU is none that is known.
    Rosctr,
    /// The lengths in the header do not fit the octets.
    Length,
}

impl<'a> Pdu<'a> {
    /// Reads a TSDU, which must hold exactly one PDU.
    ///
    /// # Errors
    /// Says what does not fit.
    pub(crate) fn parse(tsdu: &'a [u8]) -> Result<Self, Bad> {
        let mut o = Octets::new(tsdu);
        if o.u8() != Some(PROTOCOL_ID) {
            return Err(Bad::Protocol);
        }
        let rosctr = Rosctr(o.u8().ok_or(Bad::Length)?);
        if !rosctr.known() {
            return Err(Bad::Rosctr);
        }
        Self::body(rosctr, &mut o).ok_or(Bad::Length)
    }

    fn body(rosctr: Rosctr, o: &mut Octets<'a>) -> Option<Self> {
        o.skip(2)?;
        let reference = o.be16()?;
        let parameter = usize::from(o.be16()?);
        let data = usize::from(o.be16()?);
        let error = if rosctr.has_error() {
            Some((o.u8()?, o.u8()?))
        } else {
            None
        };
        let pdu = Self {
            rosctr,
            reference,
            error,
            parameter: o.take(parameter)?,
            data: o.take(data)?,
        };
        o.is_empty().then_some(pdu)
    }

    /// The function of a job or of its acknowledgment.
    #[must_use]
    pub(crate) fn function(&self) -> Option<Function> {
        match self.rosctr {
            Rosctr::USERDATA => None,
            _ => self.parameter.first().map(|code| Function(*code)),
        }
    }

    /// Error class and code as one number.
    #[must_use]
    pub(crate) fn error(&self) -> Option<u16> {
        self.error
            .map(|(class, code)| u16::from_be_bytes([class, code]))
    }

    /// The userdata parameter, where this PDU carries one.
    #[must_use]
    pub(crate) fn userdata(&self) -> Option<Userdata<'a>> {
        match self.rosctr {
            Rosctr::USERDATA => Userdata::parse(self.parameter, self.data),
            _ => None,
        }
    }
}

/// Total length of the PDU whose header begins `octets`; `None` where these are no S7comm
/// header, `Some(None)` where more of them are needed.
#[must_use]
pub(crate) fn announced(octets: &[u8]) -> Option<Option<usize>> {
    let fixed = octets
        .iter()
        .zip([Some(PROTOCOL_ID), None, Some(0), Some(0)]);
    if fixed.into_iter().any(|(o, e)| e.is_some_and(|e| e != *o)) {
        return None;
    }
    let rosctr = match octets.get(1) {
        Some(code) => Rosctr(*code),
        None => return Some(None),
    };
    if !rosctr.known() {
        return None;
    }
    let mut o = Octets::new(octets);
    let lengths = o.skip(6).and_then(|()| o.be16()).zip(o.be16());
    Some(lengths.map(|(parameter, data)| {
        let header = if rosctr.has_error() {
            HEADER + 2
        } else {
            HEADER
        };
        header + usize::from(parameter) + usize::from(data)
    }))
}

/// Kind of a userdata PDU (upper half of parameter octet 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kind(pub u8);

impl Kind {
    /// The kind in words.
    #[must_use]
    pub(crate) fn name(self) -> &'static str {
        name_of(
            &[
                (0, "push"),
                (3, "nc push"),
                (4, "request"),
                (7, "nc request"),
                (8, "response"),
                (11, "nc response"),
            ],
            self.0,
        )
    }

    /// Whether this is a request, of the PLC or of the numerical control.
    #[must_use]
    pub(crate) const fn is_request(self) -> bool {
        matches!(self.0, 4 | 7)
    }

    /// Whether this is an answer, of the PLC or of the numerical control.
    #[must_use]
    pub(crate) const fn is_response(self) -> bool {
        matches!(self.0, 8 | 11)
    }

    /// Whether this was sent unasked, by the PLC or by the numerical control.
    #[must_use]
    pub(crate) const fn is_push(self) -> bool {
        matches!(self.0, 0 | 3)
    }
}

/// The parameter part of a userdata PDU with the header of its data part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Userdata<'a> {
    /// Request, answer or push.
    pub(crate) kind: Kind,
    /// Function group (lower half of parameter octet 5).
    pub(crate) group: u8,
    /// Function within the group.
    pub(crate) subfunction: u8,
    /// Sequence number: ties the parts of one answer, or a push to its job.
    pub(crate) sequence: u8,
    /// Data unit reference; not in requests without continuation.
    pub(crate) unit_reference: Option<u8>,
    /// Whether this is the last part.
    pub(crate) last: bool,
    /// Error code; 0 is no error.
    pub(crate) error: Option<u16>,
    /// Return code of the data part.
    pub(crate) return_code: Option<u8>,
    /// Octets of the data part behind its own header of four octets.
    pub(crate) payload: &'a [u8],
}

impl<'a> Userdata<'a> {
    fn parse(parameter: &'a [u8], data: &'a [u8]) -> Option<Self> {
        let mut o = Octets::new(parameter);
        // The head is 00 01 12 and the length of the rest, but pushes of group 0 differ there.
        o.skip(5)?;
        let kind = o.u8()?;
        let subfunction = o.u8()?;
        let sequence = o.u8()?;
        let (unit_reference, last, error) = match (o.u8(), o.u8(), o.be16()) {
            (Some(unit), Some(last), Some(error)) => (Some(unit), last == 0, Some(error)),
            _ => (None, true, None),
        };
        let mut d = Octets::new(data);
        let return_code = d.u8();
        let _transport = d.u8();
        let length = d.be16().map(usize::from);
        let payload = d.take(length.unwrap_or_default().min(d.left()));
        Some(Self {
            kind: Kind(kind >> 4),
            group: kind & 0x0f,
            subfunction,
            sequence,
            unit_reference,
            last,
            error,
            return_code,
            payload: payload.unwrap_or_default(),
        })
    }
}

/// Function groups of userdata.
pub(crate) mod group {
    /// Mode transition, pushed by the PLC.
    pub(crate) const MODE: u8 = 0;
    /// Programmer commands.
    pub(crate) const PROGRAMMER: u8 = 1;
    /// Cyclic services.
    pub(crate) const CYCLIC: u8 = 2;
    /// Block functions.
    pub(crate) const BLOCK: u8 = 3;
    /// CPU functions.
    pub(crate) const CPU: u8 = 4;
    /// Security.
    pub(crate) const SECURITY: u8 = 5;
    /// Programmable block functions: BSEND, BRECV.
    pub(crate) const PBC: u8 = 6;
    /// Time functions.
    pub(crate) const TIME: u8 = 7;
    /// Programming of a numerical control.
    pub(crate) const NC: u8 = 15;

    /// The group in words.
    #[must_use]
    pub(crate) fn name(group: u8) -> &'static str {
        super::name_of(
            &[
                (MODE, "mode transition"),
                (PROGRAMMER, "programmer commands"),
                (CYCLIC, "cyclic services"),
                (BLOCK, "block functions"),
                (CPU, "cpu functions"),
                (SECURITY, "security"),
                (PBC, "pbc bsend/brecv"),
                (TIME, "time functions"),
                (NC, "nc programming"),
            ],
            group,
        )
    }
}
