//! What S7comm-plus's functions mean.
//!
//! ATT&CK for ICS numbers after version 18.1.

use super::wire::Function;
use crate::facts::{Class, Meaning, Technique};

/// Writes one row.
macro_rules! meaning {
    ($id:ident, $name:literal, $class:ident, $criticality:literal $(, $technique:literal)*) => {
        pub(crate) static $id: Meaning = Meaning {
            name: $name,
            class: Class::$class,
            criticality: $criticality,
            techniques: &[$(Technique($technique)),*],
        };
    };
}

meaning!(OPEN_SESSION, "open session", Session, 0);
meaning!(SET_UP_SESSION, "set up session", Session, 0);
meaning!(CLOSE_SESSION, "close session", Session, 0);
meaning!(INIT_SSL, "start encryption", Session, 0);
meaning!(CREDIT, "renew subscription", Read, 0);
meaning!(EXPLORE, "explore objects", Identify, 1, 861, 888);
meaning!(CREATE, "create object", Engineering, 3, 843);
meaning!(DELETE, "delete object", Engineering, 3, 889);
meaning!(SET, "set variable", Write, 4, 836, 858);
meaning!(SET_MULTI, "set variables", Write, 3, 855, 836);
meaning!(GET, "get variables", Read, 0, 801, 845);
meaning!(GET_STREAMED, "get streamed variable", Read, 0, 801, 845);
meaning!(SET_STREAMED, "set streamed variable", Engineering, 4, 843);
meaning!(LINK, "change links", Engineering, 3);
meaning!(SEQUENCE, "bracket a sequence", Engineering, 4, 843);
meaning!(INVOKE, "invoke", Engineering, 4, 858, 855);
meaning!(NOTIFICATION, "notification", Read, 0, 801);
meaning!(UNKNOWN, "unknown function", Other, 1);

/// Every row, for the registry.
pub(crate) static MEANINGS: &[&Meaning] = &[
    &OPEN_SESSION,
    &SET_UP_SESSION,
    &CLOSE_SESSION,
    &INIT_SSL,
    &CREDIT,
    &EXPLORE,
    &CREATE,
    &DELETE,
    &SET,
    &SET_MULTI,
    &GET,
    &GET_STREAMED,
    &SET_STREAMED,
    &LINK,
    &SEQUENCE,
    &INVOKE,
    &NOTIFICATION,
    &UNKNOWN,
];

/// What a function means on objects of the process; sessions and subscriptions apart.
pub(crate) const fn of(function: Function) -> &'static Meaning {
    match function.0 {
        0x04bb => &EXPLORE,
        0x04ca => &CREATE,
        0x04d4 => &DELETE,
        0x04f2 => &SET,
        0x04fc | 0x0524 | 0x054c | 0x0590 => &GET,
        0x0506 | 0x051a => &LINK,
        0x0542 => &SET_MULTI,
        0x0556 | 0x0560 => &SEQUENCE,
        0x056b => &INVOKE,
        0x057c => &SET_STREAMED,
        0x0586 => &GET_STREAMED,
        0x05b3 => &INIT_SSL,
        _ => &UNKNOWN,
    }
}
