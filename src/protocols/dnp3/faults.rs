//! What can be wrong with DNP3 octets. Where Suricata has an event for it, the name is
//! Suricata's.

use super::headers::Trouble;
use crate::facts::Fault;

macro_rules! faults {
    ($($name:ident = $text:literal, $doc:literal;)*) => {
        $(pub(super) static $name: Fault = Fault { name: $text, doc: $doc };)*

        /// Every row of the table.
        pub(super) static FAULTS: &[&Fault] = &[$(&$name),*];
    };
}

faults! {
    FLOODED = "dnp3.flooded",
        "More than 32 requests wait for an answer; a master has one at each outstation.";
    LEN_TOO_SMALL = "dnp3.len_too_small",
        "The length octet of a link frame is at least 5 (9.2.4.1.2).";
    BAD_LINK_CRC = "dnp3.bad_link_crc",
        "The CRC of a link header is wrong (9.2.4).";
    BAD_TRANSPORT_CRC = "dnp3.bad_transport_crc",
        "The CRC of a data block is wrong (9.2.4).";
    LOST_SYNC = "dnp3.lost_sync",
        "A link frame starts with 0x05 0x64 (9.2.4.1.1).";
    TRUNCATED_FRAME = "dnp3.truncated_frame",
        "A datagram ends inside a link frame.";
    BAD_DIRECTION = "dnp3.bad_direction",
        "The DIR bit is set in what a master sends and clear in what an outstation sends \
         (9.2.4.1.3).";
    BAD_SEGMENT_SEQUENCE = "dnp3.bad_segment_sequence",
        "Transport sequence numbers go up by one, modulo 64 (8.2.2).";
    TOO_LONG_REASSEMBLY = "dnp3.too_long_reassembly",
        "An application fragment is longer than 12,288 octets; the standard recommends 2,048.";
    SHORT_FRAGMENT = "dnp3.short_fragment",
        "A fragment has two octets of header, a response four (4.2.2).";
    UNKNOWN_FUNCTION = "dnp3.unknown_function",
        "The application function code is reserved (4.2.2.5).";
    UNKNOWN_OBJECT = "dnp3.unknown_object",
        "The standard does not define this group and variation (annex A).";
    BAD_QUALIFIER = "dnp3.bad_qualifier",
        "The qualifier is reserved or not possible with this object (4.2.2.7.3).";
    BAD_RANGE = "dnp3.bad_range",
        "The range of an object header ends before it starts (4.2.2.7.3.3).";
    TRUNCATED_OBJECT = "dnp3.truncated_object",
        "The fragment ends inside an object header or the points it promises.";
    TOO_MANY_POINTS = "dnp3.too_many_points",
        "More than 16,384 points in one fragment.";
    TOO_MANY_OBJECTS = "dnp3.too_many_objects",
        "More than 2,048 object headers in one fragment.";
}

/// The fault that stands for a trouble with objects.
pub(super) const fn of(trouble: Trouble) -> &'static Fault {
    match trouble {
        Trouble::Truncated => &TRUNCATED_OBJECT,
        Trouble::Unknown => &UNKNOWN_OBJECT,
        Trouble::Qualifier => &BAD_QUALIFIER,
        Trouble::Range => &BAD_RANGE,
        Trouble::Points => &TOO_MANY_POINTS,
        Trouble::Objects => &TOO_MANY_OBJECTS,
    }
}
