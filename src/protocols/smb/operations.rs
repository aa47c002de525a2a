//! What SMB requests mean, as far as they are told.

use crate::facts::{Class, Meaning, Technique};

/// Session setup with a user name.
pub(super) static LOGIN: Meaning = Meaning {
    name: "smb login",
    class: Class::Authenticate,
    criticality: 1,
    techniques: &[],
};

/// Create with rights to read.
pub(super) static READ: Meaning = Meaning {
    name: "smb file read",
    class: Class::File,
    criticality: 2,
    techniques: &[],
};

/// Create with rights to write, append or delete: lateral tool transfer, where it is one.
pub(super) static WRITE: Meaning = Meaning {
    name: "smb file write",
    class: Class::File,
    criticality: 3,
    techniques: &[Technique(867)],
};

/// Create on a share of pipes: a remote procedure interface, as `svcctl` or `winreg`.
pub(super) static PIPE: Meaning = Meaning {
    name: "smb pipe",
    class: Class::Session,
    criticality: 1,
    techniques: &[Technique(886)],
};

/// All of them.
pub(super) static MEANINGS: &[&Meaning] = &[&LOGIN, &READ, &WRITE, &PIPE];

/// Name of an NT status that refuses (MS-ERREF, 2.3.1).
pub(super) const fn refusal(status: u32) -> &'static str {
    match status {
        0xc000_0022 => "access denied",
        0xc000_0033 => "object name invalid",
        0xc000_0034 => "object name not found",
        0xc000_0035 => "object name collision",
        0xc000_003a => "object path not found",
        0xc000_0043 => "sharing violation",
        0xc000_0064 => "no such user",
        0xc000_006a => "wrong password",
        0xc000_006d => "logon failure",
        0xc000_006e => "account restriction",
        0xc000_0072 => "account disabled",
        0xc000_00ba => "file is a directory",
        0xc000_0234 => "account locked out",
        _ => "refused",
    }
}
