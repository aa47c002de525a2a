//! The numbers of Modbus and their names: functions, exceptions, subfunctions, objects.
//!
//! Codes are newtypes that hold any octet, so that an unknown one is shown and not refused.
//! MODBUS Application Protocol Specification V1.1b3, sections 5 to 7.

/// A function code without the exception bit (section 5.1): 1 to 127.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Function(pub(crate) u8);

impl Function {
    pub(crate) const READ_COILS: Self = Self(1);
    pub(crate) const READ_DISCRETE_INPUTS: Self = Self(2);
    pub(crate) const READ_HOLDING_REGISTERS: Self = Self(3);
    pub(crate) const READ_INPUT_REGISTERS: Self = Self(4);
    pub(crate) const WRITE_SINGLE_COIL: Self = Self(5);
    pub(crate) const WRITE_SINGLE_REGISTER: Self = Self(6);
    pub(crate) const READ_EXCEPTION_STATUS: Self = Self(7);
    pub(crate) const DIAGNOSTICS: Self = Self(8);
    pub(crate) const COMM_EVENT_COUNTER: Self = Self(11);
    pub(crate) const COMM_EVENT_LOG: Self = Self(12);
    pub(crate) const WRITE_MULTIPLE_COILS: Self = Self(15);
    pub(crate) const WRITE_MULTIPLE_REGISTERS: Self = Self(16);
    pub(crate) const REPORT_SERVER_ID: Self = Self(17);
    pub(crate) const READ_FILE_RECORD: Self = Self(20);
    pub(crate) const WRITE_FILE_RECORD: Self = Self(21);
    pub(crate) const MASK_WRITE_REGISTER: Self = Self(22);
    pub(crate) const READ_WRITE_REGISTERS: Self = Self(23);
    pub(crate) const READ_FIFO_QUEUE: Self = Self(24);
    pub(crate) const ENCAPSULATED_INTERFACE: Self = Self(43);
    /// Schneider Electric's UMAS; user-assigned in the standard.
    pub(crate) const UMAS: Self = Self(90);

    /// The name the standard gives it; for others what kind of code it is (section 5.1,
    /// figure 8, and the reserved codes of annex A).
    pub(crate) const fn name(self) -> &'static str {
        match self.0 {
            0 => "invalid function",
            1 => "read coils",
            2 => "read discrete inputs",
            3 => "read holding registers",
            4 => "read input registers",
            5 => "write single coil",
            6 => "write single register",
            7 => "read exception status",
            8 => "diagnostics",
            11 => "get communication event counter",
            12 => "get communication event log",
            15 => "write multiple coils",
            16 => "write multiple registers",
            17 => "report server id",
            20 => "read file record",
            21 => "write file record",
            22 => "mask write register",
            23 => "read/write multiple registers",
            24 => "read fifo queue",
            43 => "encapsulated interface transport",
            90 => "umas",
            9 | 10 | 13 | 14 | 41 | 42 | 91 | 125 | 126 | 127 => "reserved function",
            65..=72 | 100..=110 => "user-defined function",
            _ => "unassigned function",
        }
    }

    /// Whether the standard defines its content.
    pub(crate) const fn is_public(self) -> bool {
        matches!(self.0, 1..=8 | 11 | 12 | 15..=17 | 20..=24 | 43)
    }

    /// Whether a response looks like its request, so that the shape tells no direction.
    pub(crate) const fn is_echo(self) -> bool {
        !self.is_public() || matches!(self.0, 5 | 6 | 8 | 21 | 22)
    }
}

/// An exception code (section 7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Exception(pub(crate) u8);

impl Exception {
    /// The server accepted the request and needs a long time for it.
    pub(crate) const ACKNOWLEDGE: Self = Self(5);

    /// The standard's name; 7 is named only in editions before V1.1.
    pub(crate) const fn name(self) -> &'static str {
        match self.0 {
            1 => "illegal function",
            2 => "illegal data address",
            3 => "illegal data value",
            4 => "server device failure",
            5 => "acknowledge",
            6 => "server device busy",
            7 => "negative acknowledge",
            8 => "memory parity error",
            10 => "gateway path unavailable",
            11 => "gateway target device failed to respond",
            _ => "unknown exception",
        }
    }

    /// Whether the standard, in any edition, names it.
    pub(crate) const fn is_known(self) -> bool {
        matches!(self.0, 1..=8 | 10 | 11)
    }
}

/// Name of a subfunction of function 8 (section 6.8).
pub(crate) const fn diagnostic_name(subfunction: u16) -> &'static str {
    match subfunction {
        0 => "return query data",
        1 => "restart communications option",
        2 => "return diagnostic register",
        3 => "change ascii input delimiter",
        4 => "force listen only mode",
        10 => "clear counters and diagnostic register",
        11 => "return bus message count",
        12 => "return bus communication error count",
        13 => "return bus exception error count",
        14 => "return server message count",
        15 => "return server no response count",
        16 => "return server nak count",
        17 => "return server busy count",
        18 => "return bus character overrun count",
        20 => "clear overrun counter and flag",
        21 => "get/clear modbus plus statistics",
        _ => "reserved diagnostic",
    }
}

/// Whether function 8 defines the subfunction; 21 is defined by Modicon alone.
pub(crate) const fn diagnostic_is_known(subfunction: u16) -> bool {
    matches!(subfunction, 0..=4 | 10..=18 | 20 | 21)
}

/// MEI type of function 43 for read device identification (section 6.21).
pub(crate) const MEI_IDENTIFICATION: u8 = 14;

/// Name of an identification object (section 6.21, object ids).
pub(crate) const fn object_name(object: u8) -> &'static str {
    match object {
        0 => "VendorName",
        1 => "ProductCode",
        2 => "MajorMinorRevision",
        3 => "VendorUrl",
        4 => "ProductName",
        5 => "ModelName",
        6 => "UserApplicationName",
        7..=0x7f => "Reserved",
        _ => "Private",
    }
}
