//! How to read the summary: its sections and the roles that it names, for `jaga replay --help`
//! and the manual.
//!
//! Called when the command line is made. The roles come from the one list of them.

use crate::cli::fields::wrapped;
use crate::facts::role::ROLES;

/// The sections of the summary, in their order, and what they say.
const SECTIONS: [(&str, &str); 9] = [
    (
        "CAPTURE",
        "the files, from when to when, how much of the content could be read, and what the \
         mirror port sent twice",
    ),
    (
        "PROTOCOLS",
        "recognised by content, not by port; industrial ones with their messages and operations \
         (a request with its answer), of the others the packets",
    ),
    (
        "DEVICES",
        "not addresses: one line a machine, with its role, vendor and model; --inventory has all \
         of them with the packet that tells each fact",
    ),
    (
        "WHO CONTROLS WHOM",
        "who asks which device for what, the most critical first",
    ),
    (
        "INCIDENTS",
        "alerts of one story together, by urgency: P1 something that can hurt the plant was done, \
         P2 something was controlled or changed by who did not do so before, P3 somebody looks \
         around or is new; P4 are notes",
    ),
    (
        "ALERTS",
        "what the rules and detectors found, with what it means for the plant and what to check; `jaga rules \
         explain SID` says more",
    ),
    (
        "TO LOOK AT",
        "what was done of criticality 3 and more: 3 writes, parameters, time; 4 commands, \
         forces, suppressed reports; 5 stops, programs, firmware, wiping. Technique numbers are \
         those of ATT&CK for ICS",
    ),
    (
        "COULD NOT BE SEEN",
        "what is missing, encrypted or unknown: what the sections above do not show there, was \
         not seen, and may still have happened",
    ),
    (
        "NEXT",
        "where the files went, and commands to copy that show more",
    ),
];

/// The text behind the options.
pub(super) fn help() -> String {
    let mut text = b"The summary:\n".to_vec();
    list(SECTIONS.into_iter(), &mut text);
    text.extend(b"\nRoles of devices, each a guess with its reason in the inventory:\n");
    list(ROLES.iter().map(|role| (role.shown, role.doc)), &mut text);
    String::from_utf8_lossy(&text).into_owned()
}

/// Names, each with its text below.
fn list(entries: impl Iterator<Item = (&'static str, &'static str)>, text: &mut Vec<u8>) {
    for (name, doc) in entries {
        text.extend(format!("  {name}\n").bytes());
        // Writing to memory does not fail.
        let _ = wrapped(doc, text);
    }
}
