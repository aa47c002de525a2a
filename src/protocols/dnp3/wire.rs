//! The application layer (IEEE Std 1815-2012, clause 4): fragments, function codes, internal
//! indications.
//!
//! Called by the session, the fields and the items of operations. Views only: no state, no
//! allocation, no panic; codes print the unknown too.

use super::headers::{Object, Objects};
use crate::wire::Octets;

/// The application control octet (4.2.2.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Control(pub(super) u8);

impl Control {
    /// FIR: first fragment of its message.
    pub(super) const fn fir(self) -> bool {
        self.0 & 0x80 != 0
    }

    /// FIN: last fragment of its message.
    pub(super) const fn fin(self) -> bool {
        self.0 & 0x40 != 0
    }

    /// CON: the sender wants a confirm.
    pub(super) const fn con(self) -> bool {
        self.0 & 0x20 != 0
    }

    /// UNS: belongs to an unsolicited response.
    pub(super) const fn uns(self) -> bool {
        self.0 & 0x10 != 0
    }

    /// Application sequence number, 0 to 15.
    pub(super) const fn sequence(self) -> u8 {
        self.0 & 0x0f
    }
}

/// An application function code (4.2.2.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Function(pub(super) u8);

impl Function {
    pub(super) const CONFIRM: Self = Self(0);
    pub(super) const READ: Self = Self(1);
    pub(super) const WRITE: Self = Self(2);
    pub(super) const DIRECT_OPERATE_NR: Self = Self(6);
    pub(super) const FREEZE_NR: Self = Self(8);
    pub(super) const FREEZE_CLEAR_NR: Self = Self(10);
    pub(super) const FREEZE_AT_TIME: Self = Self(11);
    pub(super) const FREEZE_AT_TIME_NR: Self = Self(12);
    pub(super) const OPEN_FILE: Self = Self(25);
    pub(super) const CLOSE_FILE: Self = Self(26);
    pub(super) const ABORT_FILE: Self = Self(30);
    pub(super) const AUTHENTICATE: Self = Self(32);
    pub(super) const AUTHENTICATE_NR: Self = Self(33);
    pub(super) const UNSOLICITED: Self = Self(130);
    pub(super) const AUTHENTICATE_RESPONSE: Self = Self(131);

    /// Name of the code, as the standard spells it; `None` for a reserved one.
    pub(super) const fn name(self) -> Option<&'static str> {
        Some(match self.0 {
            0 => "CONFIRM",
            1 => "READ",
            2 => "WRITE",
            3 => "SELECT",
            4 => "OPERATE",
            5 => "DIRECT_OPERATE",
            6 => "DIRECT_OPERATE_NR",
            7 => "IMMED_FREEZE",
            8 => "IMMED_FREEZE_NR",
            9 => "FREEZE_CLEAR",
            10 => "FREEZE_CLEAR_NR",
            11 => "FREEZE_AT_TIME",
            12 => "FREEZE_AT_TIME_NR",
            13 => "COLD_RESTART",
            14 => "WARM_RESTART",
            15 => "INITIALIZE_DATA",
            16 => "INITIALIZE_APPL",
            17 => "START_APPL",
            18 => "STOP_APPL",
            19 => "SAVE_CONFIG",
            20 => "ENABLE_UNSOLICITED",
            21 => "DISABLE_UNSOLICITED",
            22 => "ASSIGN_CLASS",
            23 => "DELAY_MEASURE",
            24 => "RECORD_CURRENT_TIME",
            25 => "OPEN_FILE",
            26 => "CLOSE_FILE",
            27 => "DELETE_FILE",
            28 => "GET_FILE_INFO",
            29 => "AUTHENTICATE_FILE",
            30 => "ABORT_FILE",
            31 => "ACTIVATE_CONFIG",
            32 => "AUTHENTICATE_REQ",
            33 => "AUTH_REQ_NO_ACK",
            129 => "RESPONSE",
            130 => "UNSOLICITED_RESPONSE",
            131 => "AUTHENTICATE_RESP",
            _ => return None,
        })
    }

    /// Sent by an outstation: the fragment has internal indications.
    pub(super) const fn is_response(self) -> bool {
        matches!(self.0, 129..=131)
    }

    /// Asks an outstation for something, confirms aside.
    pub(super) const fn is_request(self) -> bool {
        matches!(self.0, 1..=33)
    }

    /// The outstation does not answer it.
    pub(super) const fn is_unanswered(self) -> bool {
        matches!(
            self,
            Self::DIRECT_OPERATE_NR
                | Self::FREEZE_NR
                | Self::FREEZE_CLEAR_NR
                | Self::FREEZE_AT_TIME_NR
                | Self::AUTHENTICATE_NR
        )
    }

    /// SELECT, OPERATE, DIRECT_OPERATE or DIRECT_OPERATE_NR.
    pub(super) const fn is_control(self) -> bool {
        matches!(self.0, 3..=6)
    }

    /// Whether its object headers name points without carrying their values.
    /// Objects that state their own size always follow, as do the times of a freeze.
    pub(super) const fn names_only(self, group: u8) -> bool {
        match self {
            Self::FREEZE_AT_TIME | Self::FREEZE_AT_TIME_NR => group != 50,
            _ => matches!(self.0, 1 | 7..=10 | 13..=24),
        }
    }
}

/// Internal indications (4.2.2.6): the first octet is the upper one, as on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Iin(pub(super) u16);

impl Iin {
    pub(super) const DEVICE_RESTART: Self = Self(0x8000);
    pub(super) const DEVICE_TROUBLE: Self = Self(0x4000);
    pub(super) const LOCAL_CONTROL: Self = Self(0x2000);
    pub(super) const NEED_TIME: Self = Self(0x1000);
    pub(super) const CONFIG_CORRUPT: Self = Self(0x0020);
    pub(super) const ALREADY_EXECUTING: Self = Self(0x0010);
    pub(super) const EVENT_BUFFER_OVERFLOW: Self = Self(0x0008);
    pub(super) const PARAMETER_ERROR: Self = Self(0x0004);
    pub(super) const OBJECT_UNKNOWN: Self = Self(0x0002);
    pub(super) const NO_FUNC_CODE_SUPPORT: Self = Self(0x0001);

    /// Bits and their names, as Suricata's `dnp3_ind` spells them.
    pub(super) const NAMES: [(u16, &'static str); 16] = [
        (0x0100, "all_stations"),
        (0x0200, "class_1_events"),
        (0x0400, "class_2_events"),
        (0x0800, "class_3_events"),
        (0x1000, "need_time"),
        (0x2000, "local_control"),
        (0x4000, "device_trouble"),
        (0x8000, "device_restart"),
        (0x0001, "no_func_code_support"),
        (0x0002, "object_unknown"),
        (0x0004, "parameter_error"),
        (0x0008, "event_buffer_overflow"),
        (0x0010, "already_executing"),
        (0x0020, "config_corrupt"),
        (0x0040, "reserved_2"),
        (0x0080, "reserved_1"),
    ];

    /// Whether all bits of `other` are set.
    pub(super) const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// One application fragment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fragment<'a> {
    /// Application control.
    pub(super) control: Control,
    /// Function code.
    pub(super) function: Function,
    /// Internal indications, in responses.
    pub(super) iin: Option<Iin>,
    /// All of it, from the application control on.
    pub(super) octets: &'a [u8],
    /// Where its objects start in `octets`.
    objects_at: usize,
}

impl<'a> Fragment<'a> {
    /// Reads the header; `None` where the octets do not suffice.
    pub(super) fn read(octets: &'a [u8]) -> Option<Self> {
        let mut header = Octets::new(octets);
        let control = Control(header.u8()?);
        let function = Function(header.u8()?);
        let iin = if function.is_response() {
            Some(Iin(header.be16()?))
        } else {
            None
        };
        Some(Self {
            control,
            function,
            iin,
            octets,
            objects_at: header.at(),
        })
    }

    /// Its objects, header by header, and why they cannot be read further where they cannot. A
    /// reserved function code has none that can be read.
    pub(super) fn read_objects(&self) -> Objects<'a> {
        let readable = self.function.name().is_some();
        let end = self.octets.len();
        Objects::new(
            self.octets,
            if readable { self.objects_at } else { end },
            self.function,
        )
    }

    /// Its objects, header by header; the last one has no points where these cannot be read.
    pub(super) fn objects(&self) -> impl Iterator<Item = Object<'a>> + use<'a> {
        self.read_objects().filter_map(|object| match object {
            Ok(object) => Some(object),
            Err(broken) => broken.object,
        })
    }
}
