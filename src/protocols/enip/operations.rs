//! What the commands of the encapsulation, the services of CIP and the functions of PCCC mean.
//!
//! Called by the exchanges. Holds no state. Service numbers from 0x4B on mean another thing for
//! each class, so nothing here is named by its service alone from there on.

use super::cip::{class, service};
use super::path::Address;
use super::pccc;
use super::wire::Command;
use crate::facts::{Class, Meaning, Technique};

const REMOTE_SYSTEM_DISCOVERY: Technique = Technique(846);
const REMOTE_SYSTEM_INFORMATION: Technique = Technique(888);
const MONITOR_PROCESS_STATE: Technique = Technique(801);
const UNAUTHORIZED_COMMAND: Technique = Technique(855);
const MODIFY_PARAMETER: Technique = Technique(836);
const RESTART: Technique = Technique(816);
const DATA_DESTRUCTION: Technique = Technique(809);
const CHANGE_MODE: Technique = Technique(858);
const PROGRAM_DOWNLOAD: Technique = Technique(843);
const PROGRAM_UPLOAD: Technique = Technique(845);
const MODIFY_PROGRAM: Technique = Technique(889);
const POINT_IDENTIFICATION: Technique = Technique(861);
const VALID_ACCOUNTS: Technique = Technique(859);
const EXPLOIT_PRIVILEGE: Technique = Technique(890);
const MANIPULATE_IO: Technique = Technique(835);
const SYSTEM_FIRMWARE: Technique = Technique(857);
const MODULE_FIRMWARE: Technique = Technique(839);
const DENIAL_OF_SERVICE: Technique = Technique(814);

/// Declares the meanings as statics and lists them all.
macro_rules! meanings {
    ($($name:ident: $text:literal, $class:ident, $criticality:literal, [$($technique:ident),*];)*) => {
        $(
            #[doc = $text]
            pub(super) static $name: Meaning =
                Meaning::new($text, Class::$class, $criticality, &[$($technique),*]);
        )*
        /// Every meaning of this protocol.
        pub(super) static MEANINGS: &[&Meaning] = &[$(&$name),*];
    };
}

meanings! {
    LIST: "list identity, services or interfaces", Identify, 1,
        [REMOTE_SYSTEM_DISCOVERY, REMOTE_SYSTEM_INFORMATION];
    REGISTER: "register session", Session, 0, [];
    UNREGISTER: "unregister session", Session, 0, [];
    CONNECTION_OPEN: "open connection", Session, 2, [UNAUTHORIZED_COMMAND];
    CONNECTION_OWN: "take over cyclic output", Control, 4, [UNAUTHORIZED_COMMAND, MANIPULATE_IO];
    OUTPUTS: "set cyclic output", Control, 4, [UNAUTHORIZED_COMMAND, MANIPULATE_IO];
    CONNECTION_CLOSE: "close connection", Session, 2, [UNAUTHORIZED_COMMAND];
    CONNECTION_DATA: "read connection data", Diagnose, 1, [];
    UNCONNECTED_SEND: "unconnected send", Session, 1, [];
    MULTIPLE_SERVICES: "multiple service packet", Session, 0, [];
    IDENTITY_READ: "read identity", Identify, 1, [REMOTE_SYSTEM_INFORMATION];
    NETWORK_READ: "read network settings", Diagnose, 1, [REMOTE_SYSTEM_INFORMATION];
    ATTRIBUTE_READ: "read attribute", Read, 0, [MONITOR_PROCESS_STATE];
    ATTRIBUTE_WRITE: "write attribute", Write, 3, [MODIFY_PARAMETER];
    ASSEMBLY_WRITE: "write assembly data", Write, 3, [UNAUTHORIZED_COMMAND, MODIFY_PARAMETER];
    NETWORK_WRITE: "change network settings", Configure, 4, [MODIFY_PARAMETER];
    CONTROLLER_WRITE: "write controller attribute", Configure, 4, [MODIFY_PARAMETER];
    TIME_WRITE: "set clock", Time, 3, [MODIFY_PARAMETER];
    DEVICE_RESET: "restart device", Reset, 5, [RESTART];
    FACTORY_RESET: "reset device to factory settings", Wipe, 5, [DATA_DESTRUCTION, RESTART];
    OBJECT_RESET: "reset object", Reset, 4, [RESTART];
    RUN: "set controller to run", Mode, 5, [CHANGE_MODE];
    STOP: "stop controller (set to program)", Mode, 5, [CHANGE_MODE];
    OBJECT_START: "start object", Mode, 5, [CHANGE_MODE];
    OBJECT_STOP: "stop object", Mode, 5, [CHANGE_MODE];
    OBJECT_CREATE: "create object", Configure, 4, [MODIFY_PARAMETER];
    OBJECT_DELETE: "delete object", Configure, 4, [MODIFY_PARAMETER];
    PROGRAM_CREATE: "create program object", ProgramWrite, 5, [PROGRAM_DOWNLOAD, MODIFY_PROGRAM];
    PROGRAM_DELETE: "delete program object", ProgramWrite, 5, [MODIFY_PROGRAM];
    APPLY: "apply attributes", Configure, 4, [MODIFY_PARAMETER];
    RESTORE: "restore saved settings", Configure, 4, [MODIFY_PARAMETER];
    SAVE: "save settings", Configure, 4, [MODIFY_PARAMETER];
    NO_OPERATION: "no operation", Session, 0, [];
    INSTANCE_FIND: "find object instance", Identify, 1, [POINT_IDENTIFICATION];
    MEMBER_READ: "read member", Read, 0, [MONITOR_PROCESS_STATE];
    MEMBER_WRITE: "write member", Write, 3, [MODIFY_PARAMETER];
    GROUP_SYNC: "synchronise group", Time, 3, [];
    FLASH_LEDS: "flash LEDs", Diagnose, 1, [];
    TAG_READ: "read tag", Read, 0, [MONITOR_PROCESS_STATE];
    TAG_WRITE: "write tag", Write, 3, [UNAUTHORIZED_COMMAND, MODIFY_PARAMETER];
    TAG_MODIFY: "write bits of tag", Write, 3, [UNAUTHORIZED_COMMAND];
    TAG_LIST: "list tags", Identify, 2, [POINT_IDENTIFICATION];
    DATA_SETUP: "set up data to monitor", Diagnose, 1, [MONITOR_PROCESS_STATE];
    DATA_READ: "read monitored data", Read, 0, [MONITOR_PROCESS_STATE];
    LOCK: "lock controller", Engineering, 4, [UNAUTHORIZED_COMMAND];
    UNLOCK: "unlock controller", Engineering, 4, [UNAUTHORIZED_COMMAND];
    PRIVILEGE: "controller handshake or privilege", Authenticate, 4,
        [VALID_ACCOUNTS, EXPLOIT_PRIVILEGE];
    LOGIC_READ: "read program", ProgramRead, 2, [PROGRAM_UPLOAD];
    LOGIC_WRITE: "write program", ProgramWrite, 5, [PROGRAM_DOWNLOAD, MODIFY_PROGRAM];
    PARAMETER_MODIFY: "modify controller parameter", Write, 4, [MODIFY_PARAMETER];
    FORCE: "force I/O", Force, 4, [MANIPULATE_IO];
    FILE_READ: "read file from device", File, 4, [PROGRAM_UPLOAD];
    FILE_WRITE: "write file to device", File, 4, [SYSTEM_FIRMWARE, PROGRAM_DOWNLOAD];
    FILE_CLEAR: "clear file on device", File, 4, [DATA_DESTRUCTION];
    FIRMWARE: "update non-volatile storage", Firmware, 5, [SYSTEM_FIRMWARE, MODULE_FIRMWARE];
    CLASS_SPECIFIC: "class-specific service", Other, 2, [];
    UNKNOWN_SERVICE: "unknown service", Other, 1, [];
    PCCC_IDENTIFY: "PCCC diagnostic status", Identify, 1, [REMOTE_SYSTEM_INFORMATION];
    PCCC_DIAGNOSE: "PCCC echo, counters or link parameters", Diagnose, 1,
        [REMOTE_SYSTEM_INFORMATION];
    PCCC_OUTPUTS: "PCCC disable or enable outputs", Control, 5, [MANIPULATE_IO, CHANGE_MODE];
    PCCC_SCAN: "PCCC enable scanning", Mode, 5, [CHANGE_MODE];
    PCCC_DOWNLOAD_MODE: "PCCC enter or exit download or upload mode", ProgramWrite, 5,
        [PROGRAM_DOWNLOAD, PROGRAM_UPLOAD];
    PCCC_READ: "PCCC read", Read, 0, [MONITOR_PROCESS_STATE];
    PCCC_WRITE: "PCCC write", Write, 3, [UNAUTHORIZED_COMMAND, MODIFY_PARAMETER];
    PCCC_PROGRAM_READ: "PCCC read program file", ProgramRead, 2, [PROGRAM_UPLOAD];
    PCCC_PROGRAM_WRITE: "PCCC write program file", ProgramWrite, 5,
        [PROGRAM_DOWNLOAD, MODIFY_PROGRAM];
    PCCC_DOWNLOAD: "PCCC download", ProgramWrite, 5, [PROGRAM_DOWNLOAD];
    PCCC_UPLOAD: "PCCC upload", ProgramRead, 2, [PROGRAM_UPLOAD];
    PCCC_SHUTDOWN: "PCCC shutdown or restart", Reset, 5, [RESTART];
    PCCC_EDIT: "PCCC take or return edit resource", Authenticate, 4, [VALID_ACCOUNTS];
    PCCC_MODE: "PCCC change CPU mode", Mode, 5, [CHANGE_MODE];
    PCCC_FORCES: "PCCC disable forces", Force, 4, [MANIPULATE_IO];
    PCCC_WIPE: "PCCC initialize memory", Wipe, 5, [DATA_DESTRUCTION];
    PCCC_CONFIGURE: "PCCC change configuration", Configure, 4, [MODIFY_PARAMETER];
    PCCC_PORT: "PCCC apply port configuration", Configure, 4, [MODIFY_PARAMETER, DENIAL_OF_SERVICE];
    PCCC_FILE: "PCCC open or close file", File, 2, [PROGRAM_UPLOAD];
    PCCC_SEVERAL: "PCCC execute several commands", Write, 3, [UNAUTHORIZED_COMMAND];
    PCCC_OTHER: "PCCC command", Other, 2, [];
}

/// What an encapsulation command means, if it is an operation by itself.
#[must_use]
pub(super) const fn of_command(command: Command) -> Option<&'static Meaning> {
    Some(match command {
        Command::REGISTER_SESSION => &REGISTER,
        Command::UNREGISTER_SESSION => &UNREGISTER,
        _ if command.lists() => &LIST,
        _ => return None,
    })
}

/// What a service means for what it is asked of. `data` are its parameters.
#[must_use]
pub(super) fn of_service(code: u8, address: &Address, data: &[u8]) -> &'static Meaning {
    let on = address.last_class();
    match code {
        0x01 | 0x03 | 0x0e => read(on),
        0x02 | 0x04 | 0x10 => write(on),
        0x05 => match (on, data.first()) {
            // Type 1 returns to factory settings, type 2 does but for communication.
            (Some(class::IDENTITY), Some(1 | 2)) => &FACTORY_RESET,
            (Some(class::IDENTITY), _) => &DEVICE_RESET,
            _ => &OBJECT_RESET,
        },
        0x06 if on == Some(class::CONTROLLER) => &RUN,
        0x06 => &OBJECT_START,
        0x07 if on == Some(class::CONTROLLER) => &STOP,
        0x07 => &OBJECT_STOP,
        // Engineering software sets up what it will poll.
        0x08 | 0x09 if on == Some(class::MONITOR) => &DATA_SETUP,
        0x08 if program(on) => &PROGRAM_CREATE,
        0x08 => &OBJECT_CREATE,
        0x09 if program(on) => &PROGRAM_DELETE,
        0x09 => &OBJECT_DELETE,
        service::MULTIPLE_SERVICE_PACKET => &MULTIPLE_SERVICES,
        0x0d => &APPLY,
        0x11 => &INSTANCE_FIND,
        0x15 => &RESTORE,
        0x16 => &SAVE,
        0x17 => &NO_OPERATION,
        0x18 => &MEMBER_READ,
        0x19..=0x1b => &MEMBER_WRITE,
        0x1c => &GROUP_SYNC,
        0x32..=0x63 => class_specific(code, address),
        _ => &UNKNOWN_SERVICE,
    }
}

const fn read(on: Option<u32>) -> &'static Meaning {
    match on {
        Some(class::IDENTITY) => &IDENTITY_READ,
        Some(class::CONNECTION_MANAGER | class::MESSAGE_ROUTER | 0x47 | 0x48 | 0xf3..=0xf6) => {
            &NETWORK_READ
        }
        _ => &ATTRIBUTE_READ,
    }
}

const fn write(on: Option<u32>) -> &'static Meaning {
    match on {
        Some(0x04) => &ASSEMBLY_WRITE,
        // DLR, QoS, port, TCP/IP interface, Ethernet link, CIP Security.
        Some(0x47 | 0x48 | 0x5d..=0x5f | 0xf4..=0xf6) => &NETWORK_WRITE,
        Some(0x43 | 0x8b) => &TIME_WRITE,
        Some(class::CONTROLLER) => &CONTROLLER_WRITE,
        Some(0x68 | 0x6a | 0x6c | 0x6d) => &LOGIC_WRITE,
        _ => &ATTRIBUTE_WRITE,
    }
}

/// Classes of which the program of a Logix controller consists: program, routine, symbol,
/// template, user-defined parts, the program as a whole.
const fn program(on: Option<u32>) -> bool {
    matches!(on, Some(0x68 | 0x6a..=0x6d | 0xac))
}

fn class_specific(code: u8, address: &Address) -> &'static Meaning {
    if let Some(meaning) = of_tag(code, address) {
        return meaning;
    }
    let Some(last) = address.last_class() else {
        return &CLASS_SPECIFIC;
    };
    match (last, code) {
        (class::IDENTITY, 0x4b) => &FLASH_LEDS,
        (class::CONNECTION_MANAGER, service::FORWARD_OPEN | service::LARGE_FORWARD_OPEN) => {
            &CONNECTION_OPEN
        }
        (class::CONNECTION_MANAGER, service::FORWARD_CLOSE) => &CONNECTION_CLOSE,
        (class::CONNECTION_MANAGER, service::UNCONNECTED_SEND) => &UNCONNECTED_SEND,
        (class::CONNECTION_MANAGER, 0x56 | 0x57 | 0x5a) => &CONNECTION_DATA,
        // The semaphore of the controller or of a program: taken before a change, given back
        // after it.
        (class::LOCK, 0x4b) => &LOCK,
        (class::LOCK, 0x4c) => &UNLOCK,
        (class::MONITOR, 0x4b) => &DATA_SETUP,
        (class::MONITOR, 0x4c) => &DATA_READ,
        (class::CONTROLLER, 0x4c) => &UNLOCK,
        (class::CONTROLLER, 0x4d | 0x4e) => &LOCK,
        (class::CONTROLLER, 0x4f) => &LOGIC_READ,
        (class::CONTROLLER, 0x5c) => &PRIVILEGE,
        (0x6a | 0x6d, 0x4f) => &LOGIC_READ,
        (0x6a | 0x6d, 0x50) => &LOGIC_WRITE,
        (0x6a, 0x51) => &PARAMETER_MODIFY,
        (0x68 | 0x69, 0x4d | 0x4e) => &FORCE,
        // The File object (CIP volume 1, 5-42.6): upload goes from the device.
        (0x37, 0x4b | 0x4d | 0x4f) => &FILE_READ,
        (0x37, 0x4c | 0x4e | 0x50) => &FILE_WRITE,
        (0x37, 0x51) => &FILE_CLEAR,
        (0xa1, _) => &FIRMWARE,
        _ => &CLASS_SPECIFIC,
    }
}

fn of_tag(code: u8, address: &Address) -> Option<&'static Meaning> {
    if !address.tag() {
        return None;
    }
    Some(match code {
        service::READ_TAG | service::READ_TAG_FRAGMENTED => &TAG_READ,
        service::WRITE_TAG | service::WRITE_TAG_FRAGMENTED => &TAG_WRITE,
        service::MODIFY_TAG => &TAG_MODIFY,
        service::INSTANCE_ATTRIBUTE_LIST => &TAG_LIST,
        _ => return None,
    })
}

/// What a PCCC request means.
#[must_use]
pub(super) fn of_pccc(packet: &pccc::Packet<'_>) -> &'static Meaning {
    let data = packet.file().is_none_or(|file| file.kind.is_data());
    match (packet.command, packet.function) {
        // The basic commands of PLC-2: reads 1; writes 0, 2, 5, 8.
        (0x01, _) => &PCCC_READ,
        (0x00 | 0x02 | 0x05 | 0x08, _) => &PCCC_WRITE,
        (0x06, Some(0x03)) => &PCCC_IDENTIFY,
        (0x06, _) => &PCCC_DIAGNOSE,
        (0x07, Some(0x00 | 0x01)) => &PCCC_OUTPUTS,
        (0x07, Some(0x03)) => &PCCC_SCAN,
        (0x07, Some(0x04..=0x06)) => &PCCC_DOWNLOAD_MODE,
        (0x0f, Some(function)) => of_function(function, data),
        _ => &PCCC_OTHER,
    }
}

const fn of_function(function: u8, data: bool) -> &'static Meaning {
    match function {
        0x01 | 0x04 | 0x09 | 0x17 | 0x29 | 0x68 | 0xa1 | 0xa2 | 0xa7 if data => &PCCC_READ,
        0xa1 | 0xa2 | 0xa7 => &PCCC_PROGRAM_READ,
        0x00 | 0x02 | 0x03 | 0x08 | 0x18 | 0x26 | 0x67 | 0x79 | 0xa9 | 0xaa | 0xab | 0xaf
            if data =>
        {
            &PCCC_WRITE
        }
        0xa9 | 0xaa | 0xab | 0xaf => &PCCC_PROGRAM_WRITE,
        0x05 | 0x50 | 0x52 => &PCCC_DOWNLOAD,
        0x06 | 0x53 | 0x55 => &PCCC_UPLOAD,
        0x07 | 0x0a => &PCCC_SHUTDOWN,
        0x11 | 0x12 => &PCCC_EDIT,
        0x3a | 0x80 => &PCCC_MODE,
        0x41 => &PCCC_FORCES,
        0x57 => &PCCC_WIPE,
        0x5e => &PCCC_CONFIGURE,
        0x81 | 0x82 => &PCCC_FILE,
        0x88 => &PCCC_SEVERAL,
        0x8f => &PCCC_PORT,
        _ => &PCCC_OTHER,
    }
}
