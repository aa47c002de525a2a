//! What can be wrong with a Modbus message. Names that Suricata has are Suricata's.

use crate::facts::Fault;

pub(crate) static INVALID_CRC: Fault = Fault {
    name: "modbus.invalid_crc",
    doc: "The CRC-16 of an RTU frame is wrong (MODBUS over Serial Line V1.02, 2.5.1.2).",
};
pub(crate) static INVALID_EXCEPTION_CODE: Fault = Fault {
    name: "modbus.invalid_exception_code",
    doc: "The exception code is none of those defined (Application Protocol V1.1b3, 7).",
};
pub(crate) static INVALID_FUNCTION_CODE: Fault = Fault {
    name: "modbus.invalid_function_code",
    doc: "Function code 0, or a request with a code above 127 (Application Protocol V1.1b3, 4.1).",
};
pub(crate) static INVALID_LENGTH: Fault = Fault {
    name: "modbus.invalid_length",
    doc: "The length field is outside 2 to 254 or does not fit the content (Messaging on TCP/IP V1.0b, 3.1.3).",
};
pub(crate) static INVALID_PROTOCOL_ID: Fault = Fault {
    name: "modbus.invalid_protocol_id",
    doc: "The protocol identifier is not 0 (Messaging on TCP/IP V1.0b, 3.1.3).",
};
pub(crate) static INVALID_VALUE: Fault = Fault {
    name: "modbus.invalid_value",
    doc: "A quantity, byte count, value or type is outside its range (Application Protocol V1.1b3, 6).",
};
pub(crate) static FLOODED: Fault = Fault {
    name: "modbus.flooded",
    doc: "More requests without an answer than a session keeps, although answers are visible.",
};
pub(crate) static UNSOLICITED_RESPONSE: Fault = Fault {
    name: "modbus.unsolicited_response",
    doc: "A response without a request (Application Protocol V1.1b3, 4.1: a server only answers).",
};
pub(crate) static VALUE_MISMATCH: Fault = Fault {
    name: "modbus.value_mismatch",
    doc: "A response does not fit its request: address, quantity, value or function differ (Application Protocol V1.1b3, 6).",
};

/// All of them, by name.
pub(crate) static FAULTS: &[&Fault] = &[
    &FLOODED,
    &INVALID_CRC,
    &INVALID_EXCEPTION_CODE,
    &INVALID_FUNCTION_CODE,
    &INVALID_LENGTH,
    &INVALID_PROTOCOL_ID,
    &INVALID_VALUE,
    &UNSOLICITED_RESPONSE,
    &VALUE_MISMATCH,
];

/// Where a PDU breaks which rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Flaw {
    /// The rule.
    pub(crate) fault: &'static Fault,
    /// Offset in the PDU; 0 is the function code.
    pub(crate) offset: usize,
}

impl Flaw {
    /// A wrong length.
    pub(crate) const fn length(offset: usize) -> Self {
        Self {
            fault: &INVALID_LENGTH,
            offset,
        }
    }

    /// A value out of range.
    pub(crate) const fn value(offset: usize) -> Self {
        Self {
            fault: &INVALID_VALUE,
            offset,
        }
    }
}
