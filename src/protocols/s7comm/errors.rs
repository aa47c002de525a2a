//! Names of S7comm's error and return codes. Read by fields and operations.

use super::wire::name_of;

/// Name of an error code: class and code of an acknowledgment's header, or the error code of
/// a userdata parameter. Both share one range of numbers.
#[must_use]
pub(crate) fn error(code: u16) -> &'static str {
    match name_of(ERRORS, code) {
        "unknown" => name_of(CLASSES, code.to_be_bytes()[0]),
        name => name,
    }
}

/// Name of the return code of a data item.
#[must_use]
pub(crate) fn return_code(code: u8) -> &'static str {
    name_of(RETURN_CODES, code)
}

static RETURN_CODES: &[(u8, &str)] = &[
    (0x00, "reserved"),
    (0x01, "hardware error"),
    (0x03, "access to the object not allowed"),
    (0x05, "invalid address"),
    (0x06, "data type not supported"),
    (0x07, "data type inconsistent"),
    (0x0a, "object does not exist"),
    (0xff, "success"),
];

/// Error classes, the upper octet.
static CLASSES: &[(u8, &str)] = &[
    (0x00, "no error"),
    (0x81, "application relationship error"),
    (0x82, "object definition error"),
    (0x83, "no resources available"),
    (0x84, "error on service processing"),
    (0x85, "error on supplies"),
    (0x87, "access error"),
    (0xd0, "programming device protocol error"),
    (0xd2, "block or program error"),
    (0xd4, "information function error"),
    (0xd6, "protection error"),
    (0xd8, "cyclic job error"),
    (0xdc, "clock error"),
];

static ERRORS: &[(u16, &str)] = &[
    (0x0000, "no error"),
    (0x0110, "invalid block number"),
    (0x0111, "invalid request length"),
    (0x0112, "invalid parameter"),
    (0x0113, "invalid block type"),
    (0x0114, "block not found"),
    (0x0115, "block already exists"),
    (0x0116, "block is write-protected"),
    (0x0117, "block or operating system update too large"),
    (0x0118, "invalid block number"),
    (0x0119, "incorrect password"),
    (0x011a, "resource error of the programming device"),
    (0x011b, "resource error of the plc"),
    (0x011c, "protocol error"),
    (0x011d, "too many blocks"),
    (0x0140, "insufficient memory"),
    (0x0141, "job lacks resources"),
    (0x8001, "service not possible in the block's current status"),
    (0x8003, "error while transferring the block"),
    (0x8100, "service unknown to the remote module"),
    (0x8104, "service not implemented or frame error"),
    (0x8204, "type specification of the object inconsistent"),
    (0x8205, "copied block already exists and is not linked"),
    (0x8301, "insufficient memory on the module"),
    (0x8302, "too few resources"),
    (0x8304, "no further parallel upload possible"),
    (0x8305, "function not available"),
    (0x8306, "insufficient work memory"),
    (0x8307, "insufficient retentive work memory"),
    (0x8401, "invalid service sequence"),
    (0x8402, "service not possible in the object's status"),
    (0x8404, "function cannot be performed"),
    (0x8405, "remote block disabled"),
    (0x8500, "wrong frames"),
    (0x8503, "service cancelled by the module"),
    (0x8701, "object cannot be addressed"),
    (0x8702, "service not supported by the module"),
    (0x8703, "access to the object refused"),
    (0x8704, "object damaged"),
    (0xd001, "illegal job number"),
    (0xd002, "illegal job variant"),
    (0xd003, "debugging function not supported"),
    (0xd004, "illegal job status"),
    (0xd011, "block does not exist"),
    (0xd012, "wrong address in block"),
    (0xd014, "block being deleted or overwritten"),
    (0xd015, "illegal tag address"),
    (0xd031, "internal protocol error"),
    (0xd041, "illegal status list identifier"),
    (0xd042, "illegal tag address"),
    (0xd043, "referenced job not found"),
    (0xd044, "illegal tag value"),
    (0xd045, "leaving hold not allowed"),
    (0xd061, "no memory for the job"),
    (0xd062, "job list full"),
    (0xd081, "function not permitted in the current mode"),
    (0xd082, "hold cannot be left"),
    (
        0xd0a1,
        "function not permitted at the current protection level",
    ),
    (0xd0a2, "another function is modifying memory"),
    (0xd0a4, "forcing already established"),
    (0xd0a5, "referenced job not found"),
    (0xd0aa, "time limit exceeded"),
    (0xd0ad, "operating mode already set"),
    (0xd0ae, "job belongs to another connection"),
    (0xd0c1, "error while accessing the tags"),
    (0xd0c2, "change to stop or hold"),
    (0xd0c7, "job deleted because stop was left"),
    (0xd201, "syntax error in block name"),
    (0xd202, "syntax error in function parameters"),
    (0xd205, "linked block already exists in ram"),
    (0xd206, "linked block already exists in eprom"),
    (0xd208, "too many copied blocks"),
    (0xd209, "block not found on the module"),
    (0xd20a, "too many blocks to link with one job"),
    (0xd20b, "too many blocks to delete with one job"),
    (
        0xd20c,
        "priority class of the organization block does not exist",
    ),
    (0xd20d, "system data block cannot be interpreted"),
    (0xd20e, "no further block available"),
    (0xd20f, "block larger than the module allows"),
    (0xd210, "invalid block number"),
    (0xd212, "incorrect header attribute"),
    (0xd213, "too many system data blocks"),
    (0xd216, "invalid user program, reset module"),
    (0xd217, "protection level not permitted"),
    (0xd218, "incorrect active or passive attribute"),
    (0xd219, "incorrect block lengths"),
    (0xd21a, "incorrect local data length or write protection"),
    (0xd21b, "compression not possible or interrupted"),
    (0xd21e, "module cannot be assigned parameters"),
    (0xd220, "invalid programming language"),
    (0xd230, "structural error in a block"),
    (0xd232, "illegal block number"),
    (0xd234, "block exists twice"),
    (0xd235, "block has an incorrect checksum"),
    (0xd236, "block has no checksum"),
    (0xd240, "coordination rules violated"),
    (
        0xd241,
        "function not permitted at the current protection level",
    ),
    (0xd242, "protection violation on f blocks"),
    (0xd250, "update does not match the module"),
    (0xd252, "checksum error"),
    (0xd254, "storage error in the operating system"),
    (0xd280, "error while compiling the block"),
    (0xd2a1, "another block function is active"),
    (0xd2a2, "a trigger is active on the block"),
    (0xd2a3, "block not linked, in use or being deleted"),
    (0xd2a4, "block in use by another block function"),
    (0xd2a6, "program cannot be saved and changed at once"),
    (0xd2a8, "a debugging function is active"),
    (0xd2a9, "new parameters are being assigned to the cpu"),
    (0xd2aa, "new parameters are being assigned to the modules"),
    (0xd2c2, "download not possible in this state"),
    (0xd401, "information function unavailable"),
    (0xd402, "information function unavailable"),
    (0xd403, "service already logged on or off"),
    (0xd404, "maximum number of nodes reached"),
    (0xd405, "service not supported or syntax error"),
    (0xd406, "information currently unavailable"),
    (0xd407, "diagnostics error"),
    (0xd408, "update aborted"),
    (0xd409, "error on the dp bus"),
    (0xd601, "syntax error in function parameters"),
    (0xd602, "incorrect password"),
    (0xd603, "connection already legitimized"),
    (0xd604, "connection already enabled"),
    (0xd605, "no password set"),
    (0xd801, "invalid tag address"),
    (0xd802, "job does not exist"),
    (0xd803, "illegal job status"),
    (0xd804, "illegal cycle time"),
    (0xd805, "no further cyclic jobs possible"),
    (0xd806, "function not possible in the job's state"),
    (0xd807, "aborted for overload"),
    (0xdc01, "date or time invalid"),
    (0xe201, "cpu is already the master"),
    (0xef01, "only 00h permitted in a job"),
    (0xef02, "set of resources does not exist"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted_for_the_search() {
        assert!(ERRORS.is_sorted_by(|a, b| a.0 < b.0));
        assert!(CLASSES.is_sorted_by(|a, b| a.0 < b.0));
        assert!(RETURN_CODES.is_sorted_by(|a, b| a.0 < b.0));
    }

    #[test]
    fn unknown_codes_keep_the_name_of_their_class() {
        assert_eq!(
            error(0xd241),
            "function not permitted at the current protection level"
        );
        assert_eq!(error(0xd2ff), "block or program error");
        assert_eq!(error(0x7777), "unknown");
    }
}
