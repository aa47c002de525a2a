//! What S7comm's functions mean: static tables and how to look them up.
//!
//! ATT&CK for ICS numbers after version 18.1.

use super::blocks::BlockType;
use super::wire::{Function, group};
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

meaning!(CONNECT, "connect", Session, 0);
meaning!(SETUP, "setup communication", Session, 0);
meaning!(READ, "read variables", Read, 0, 801, 861);
meaning!(WRITE, "write variables", Write, 3, 855, 836, 831);
meaning!(DOWNLOAD, "download block", ProgramWrite, 5, 843, 889);
meaning!(
    DOWNLOAD_OB,
    "download organization block",
    ProgramWrite,
    5,
    843,
    889,
    821
);
meaning!(
    DOWNLOAD_SDB,
    "download hardware configuration",
    ProgramWrite,
    5,
    843,
    889
);
meaning!(UPLOAD, "upload block", ProgramRead, 2, 845);
meaning!(START, "start plc (warm restart)", Mode, 5, 858);
meaning!(START_COLD, "start plc (cold restart)", Mode, 5, 858);
meaning!(STOP, "stop plc", Mode, 5, 858, 881);
meaning!(
    INSERT,
    "activate downloaded block",
    ProgramWrite,
    5,
    843,
    889
);
meaning!(DELETE, "delete block", ProgramWrite, 5, 889, 809);
meaning!(COPY_TO_ROM, "copy ram to rom", ProgramWrite, 5, 889);
meaning!(COMPRESS, "compress memory", Engineering, 4, 889);
meaning!(NC_SERVICE, "numerical control service", Engineering, 4, 855);
meaning!(
    PI_SERVICE,
    "program invocation service",
    Engineering,
    4,
    855
);
meaning!(MODIFY, "modify variable", Write, 4, 836, 855);
meaning!(FORCE, "force variable", Force, 4, 835);
meaning!(REPLACE_JOB, "replace test job", Force, 4, 835);
meaning!(BREAKPOINT, "set breakpoint", Mode, 5, 858);
meaning!(EXIT_HOLD, "exit hold", Mode, 5, 858);
meaning!(MEMORY_RESET, "memory reset", Wipe, 5, 809, 816);
meaning!(ONLINE_VIEW, "observe program", Read, 2, 801);
meaning!(TEST_JOB, "handle test job", Engineering, 2, 801);
meaning!(FLASH_LED, "flash led", Diagnose, 1, 888);
meaning!(PROGRAMMER, "programmer command", Engineering, 2);
meaning!(SUBSCRIBE, "subscribe variables", Read, 0, 801);
meaning!(UNSUBSCRIBE, "unsubscribe variables", Read, 0);
meaning!(CYCLIC_DATA, "cyclic data", Read, 0, 801);
meaning!(LIST_BLOCKS, "list blocks", Identify, 2, 888, 861);
meaning!(BLOCK_INFO, "read block info", Identify, 2, 888, 861);
meaning!(READ_SZL, "read system status list", Diagnose, 1, 888);
meaning!(READ_MODULE, "read module identification", Identify, 1, 888);
meaning!(
    READ_COMPONENT,
    "read component identification",
    Identify,
    1,
    888
);
meaning!(
    READ_PROTECTION,
    "read protection level",
    Identify,
    2,
    888,
    868
);
meaning!(READ_MODE, "read operating mode", Diagnose, 1, 868);
meaning!(READ_DIAGNOSTICS, "read diagnostic buffer", Diagnose, 1, 868);
meaning!(MESSAGES, "subscribe messages", Alarm, 3, 878);
meaning!(ALARM_ACK, "acknowledge alarm", Alarm, 3, 878);
meaning!(ALARM_LOCK, "lock alarms", Suppress, 4, 878);
meaning!(ALARM_UNLOCK, "unlock alarms", Alarm, 3, 878);
meaning!(ALARM_QUERY, "query alarms", Alarm, 1);
meaning!(ALARM_INDICATION, "alarm indication", Alarm, 1);
meaning!(DIAGNOSTIC_MESSAGE, "diagnostic message", State, 1, 868);
meaning!(CPU_FUNCTION, "cpu function", Diagnose, 1);
meaning!(PASSWORD, "present password", Authenticate, 4, 859, 812);
meaning!(
    END_SESSION,
    "end protected session",
    Authenticate,
    4,
    859,
    812
);
meaning!(PEER, "block send or receive", Other, 0);
meaning!(READ_CLOCK, "read clock", Read, 0);
meaning!(SET_CLOCK, "set clock", Time, 3, 836);
meaning!(MODE_STOP, "plc went to stop", State, 4, 858);
meaning!(MODE_RUN, "plc went to run", State, 4, 858);
meaning!(MODE_RESTART, "plc restarted", State, 4, 858);
meaning!(MODE_CHANGE, "plc changed mode", State, 4, 858);
meaning!(
    NC_DOWNLOAD,
    "download to numerical control",
    ProgramWrite,
    5,
    843,
    889
);
meaning!(
    NC_UPLOAD,
    "upload from numerical control",
    ProgramRead,
    2,
    845
);
meaning!(UNKNOWN, "unknown function", Other, 1);

/// Every row, for the registry.
pub(crate) static MEANINGS: &[&Meaning] = &[
    &CONNECT,
    &SETUP,
    &READ,
    &WRITE,
    &DOWNLOAD,
    &DOWNLOAD_OB,
    &DOWNLOAD_SDB,
    &UPLOAD,
    &START,
    &START_COLD,
    &STOP,
    &INSERT,
    &DELETE,
    &COPY_TO_ROM,
    &COMPRESS,
    &NC_SERVICE,
    &PI_SERVICE,
    &MODIFY,
    &FORCE,
    &REPLACE_JOB,
    &BREAKPOINT,
    &EXIT_HOLD,
    &MEMORY_RESET,
    &ONLINE_VIEW,
    &TEST_JOB,
    &FLASH_LED,
    &PROGRAMMER,
    &SUBSCRIBE,
    &UNSUBSCRIBE,
    &CYCLIC_DATA,
    &LIST_BLOCKS,
    &BLOCK_INFO,
    &READ_SZL,
    &READ_MODULE,
    &READ_COMPONENT,
    &READ_PROTECTION,
    &READ_MODE,
    &READ_DIAGNOSTICS,
    &MESSAGES,
    &ALARM_ACK,
    &ALARM_LOCK,
    &ALARM_UNLOCK,
    &ALARM_QUERY,
    &ALARM_INDICATION,
    &DIAGNOSTIC_MESSAGE,
    &CPU_FUNCTION,
    &PASSWORD,
    &END_SESSION,
    &PEER,
    &READ_CLOCK,
    &SET_CLOCK,
    &MODE_STOP,
    &MODE_RUN,
    &MODE_RESTART,
    &MODE_CHANGE,
    &NC_DOWNLOAD,
    &NC_UPLOAD,
    &UNKNOWN,
];

/// What a download of a block of this type means.
pub(crate) const fn download(kind: Option<BlockType>) -> &'static Meaning {
    match kind {
        Some(BlockType::OB) => &DOWNLOAD_OB,
        Some(BlockType::SDB) => &DOWNLOAD_SDB,
        _ => &DOWNLOAD,
    }
}

/// What a program invocation service means.
pub(crate) fn pi(function: Function, service: &[u8], arguments: &[u8]) -> &'static Meaning {
    match service {
        _ if function == Function::PLC_STOP => &STOP,
        b"P_PROGRAM" if arguments.starts_with(b"C") => &START_COLD,
        b"P_PROGRAM" => &START,
        b"_INSE" | b"_INS2" => &INSERT,
        b"_DELE" => &DELETE,
        b"_MODU" => &COPY_TO_ROM,
        b"_GARB" => &COMPRESS,
        _ if service.starts_with(b"_N_") => &NC_SERVICE,
        _ => &PI_SERVICE,
    }
}

/// What reading a system status list means.
pub(crate) const fn szl(id: Option<u16>) -> &'static Meaning {
    let Some(id) = id else {
        return &READ_SZL;
    };
    match id & 0x00ff {
        0x11 => &READ_MODULE,
        0x1c => &READ_COMPONENT,
        0x31 | 0x32 => &READ_PROTECTION,
        0x19 | 0x24 | 0x74 => &READ_MODE,
        0xa0 => &READ_DIAGNOSTICS,
        _ => &READ_SZL,
    }
}

/// What a request of userdata means; system status lists apart.
pub(crate) const fn userdata(group: u8, subfunction: u8) -> &'static Meaning {
    match (group, subfunction) {
        (group::PROGRAMMER, 0x08) => &MODIFY,
        // 0x09 is force; older decoders named 0x10 so, which reads the list of test jobs.
        (group::PROGRAMMER, 0x09) => &FORCE,
        (group::PROGRAMMER, 0x12) => &REPLACE_JOB,
        (group::PROGRAMMER, 0x0a) => &BREAKPOINT,
        (group::PROGRAMMER, 0x0b) => &EXIT_HOLD,
        (group::PROGRAMMER, 0x0c) => &MEMORY_RESET,
        (group::PROGRAMMER, 0x01..=0x07 | 0x10 | 0x11 | 0x13) => &ONLINE_VIEW,
        (group::PROGRAMMER, 0x0d..=0x0f) => &TEST_JOB,
        (group::PROGRAMMER, 0x16) => &FLASH_LED,
        (group::PROGRAMMER, _) => &PROGRAMMER,
        (group::CYCLIC, 0x04) => &UNSUBSCRIBE,
        (group::CYCLIC, _) => &SUBSCRIBE,
        (group::BLOCK, 0x03) => &BLOCK_INFO,
        (group::BLOCK, _) => &LIST_BLOCKS,
        (group::CPU, 0x01) => &READ_SZL,
        (group::CPU, 0x02) => &MESSAGES,
        (group::CPU, 0x07) => &ALARM_LOCK,
        (group::CPU, 0x08) => &ALARM_UNLOCK,
        (group::CPU, 0x0b) => &ALARM_ACK,
        (group::CPU, 0x13) => &ALARM_QUERY,
        (group::CPU, _) => &CPU_FUNCTION,
        (group::SECURITY, 0x02) => &END_SESSION,
        (group::SECURITY, _) => &PASSWORD,
        (group::PBC, _) => &PEER,
        (group::TIME, 0x02 | 0x04) => &SET_CLOCK,
        (group::TIME, _) => &READ_CLOCK,
        (group::NC, 0x01..=0x04) => &NC_DOWNLOAD,
        (group::NC, 0x06..=0x08) => &NC_UPLOAD,
        _ => &UNKNOWN,
    }
}

/// What an unasked userdata PDU means; `None` where it only carries on an earlier request.
pub(crate) const fn push(group: u8, subfunction: u8) -> Option<&'static Meaning> {
    Some(match (group, subfunction) {
        (group::MODE, 0x00) => &MODE_STOP,
        (group::MODE, 0x02 | 0x09) => &MODE_RUN,
        (group::MODE, 0x01 | 0x03 | 0x06) => &MODE_RESTART,
        (group::MODE, _) => &MODE_CHANGE,
        (group::CYCLIC, _) => &CYCLIC_DATA,
        (group::CPU, 0x03) => &DIAGNOSTIC_MESSAGE,
        (group::CPU, _) => &ALARM_INDICATION,
        (group::PBC, _) => &PEER,
        _ => return None,
    })
}
