//! MITRE ATT&CK for ICS, version 18.1: the techniques with their names and tactics.
//!
//! Rules and operations name techniques by id; people and other machines want the names too.

use super::operation::Technique;

/// Why an adversary uses a technique.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tactic {
    /// `TA0106`.
    pub id: &'static str,
    /// `Impair Process Control`.
    pub name: &'static str,
}

/// A technique of the matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its id.
    pub technique: Technique,
    /// Its name.
    pub name: &'static str,
    /// What it serves.
    pub tactics: &'static [Tactic],
}

/// The technique of this id, `T0855`; none where the matrix for ICS has none.
#[must_use]
pub fn technique(id: &str) -> Option<&'static Entry> {
    let number = id.strip_prefix('T').filter(|digits| digits.len() == 4)?;
    // `parse` alone would take a sign.
    let digits = number.bytes().all(|octet| octet.is_ascii_digit());
    let technique = Technique(number.parse().ok().filter(|_| digits)?);
    let place = TECHNIQUES.binary_search_by_key(&technique, |entry| entry.technique);
    TECHNIQUES.get(place.ok()?)
}

const fn tactic(id: &'static str, name: &'static str) -> Tactic {
    Tactic { id, name }
}

const fn entry(number: u16, name: &'static str, tactics: &'static [Tactic]) -> Entry {
    Entry {
        technique: Technique(number),
        name,
        tactics,
    }
}

const ACCESS: Tactic = tactic("TA0108", "Initial Access");
const EXECUTION: Tactic = tactic("TA0104", "Execution");
const PERSISTENCE: Tactic = tactic("TA0110", "Persistence");
const ESCALATION: Tactic = tactic("TA0111", "Privilege Escalation");
const EVASION: Tactic = tactic("TA0103", "Evasion");
const DISCOVERY: Tactic = tactic("TA0102", "Discovery");
const LATERAL: Tactic = tactic("TA0109", "Lateral Movement");
const COLLECTION: Tactic = tactic("TA0100", "Collection");
const COMMAND: Tactic = tactic("TA0101", "Command and Control");
const INHIBIT: Tactic = tactic("TA0107", "Inhibit Response Function");
const IMPAIR: Tactic = tactic("TA0106", "Impair Process Control");
const IMPACT: Tactic = tactic("TA0105", "Impact");

/// All techniques, by id.
pub static TECHNIQUES: &[Entry] = &[
    entry(800, "Activate Firmware Update Mode", &[INHIBIT]),
    entry(801, "Monitor Process State", &[COLLECTION]),
    entry(802, "Automated Collection", &[COLLECTION]),
    entry(803, "Block Command Message", &[INHIBIT]),
    entry(804, "Block Reporting Message", &[INHIBIT]),
    entry(805, "Block Serial COM", &[INHIBIT]),
    entry(806, "Brute Force I/O", &[IMPAIR]),
    entry(807, "Command-Line Interface", &[EXECUTION]),
    entry(809, "Data Destruction", &[INHIBIT]),
    entry(811, "Data from Information Repositories", &[COLLECTION]),
    entry(812, "Default Credentials", &[LATERAL]),
    entry(813, "Denial of Control", &[IMPACT]),
    entry(814, "Denial of Service", &[INHIBIT]),
    entry(815, "Denial of View", &[IMPACT]),
    entry(816, "Device Restart/Shutdown", &[INHIBIT]),
    entry(817, "Drive-by Compromise", &[ACCESS]),
    entry(819, "Exploit Public-Facing Application", &[ACCESS]),
    entry(820, "Exploitation for Evasion", &[EVASION]),
    entry(821, "Modify Controller Tasking", &[EXECUTION]),
    entry(822, "External Remote Services", &[ACCESS]),
    entry(823, "Graphical User Interface", &[EXECUTION]),
    entry(826, "Loss of Availability", &[IMPACT]),
    entry(827, "Loss of Control", &[IMPACT]),
    entry(828, "Loss of Productivity and Revenue", &[IMPACT]),
    entry(829, "Loss of View", &[IMPACT]),
    entry(830, "Adversary-in-the-Middle", &[COLLECTION]),
    entry(831, "Manipulation of Control", &[IMPACT]),
    entry(832, "Manipulation of View", &[IMPACT]),
    entry(834, "Native API", &[EXECUTION]),
    entry(835, "Manipulate I/O Image", &[INHIBIT]),
    entry(836, "Modify Parameter", &[IMPAIR]),
    entry(837, "Loss of Protection", &[IMPACT]),
    entry(838, "Modify Alarm Settings", &[INHIBIT]),
    entry(839, "Module Firmware", &[PERSISTENCE, IMPAIR]),
    entry(840, "Network Connection Enumeration", &[DISCOVERY]),
    entry(842, "Network Sniffing", &[DISCOVERY]),
    entry(843, "Program Download", &[LATERAL]),
    entry(845, "Program Upload", &[COLLECTION]),
    entry(846, "Remote System Discovery", &[DISCOVERY]),
    entry(847, "Replication Through Removable Media", &[ACCESS]),
    entry(848, "Rogue Master", &[ACCESS]),
    entry(849, "Masquerading", &[EVASION]),
    entry(851, "Rootkit", &[EVASION, INHIBIT]),
    entry(852, "Screen Capture", &[COLLECTION]),
    entry(853, "Scripting", &[EXECUTION]),
    entry(855, "Unauthorized Command Message", &[IMPAIR]),
    entry(856, "Spoof Reporting Message", &[EVASION, IMPAIR]),
    entry(857, "System Firmware", &[PERSISTENCE, INHIBIT]),
    entry(858, "Change Operating Mode", &[EXECUTION, EVASION]),
    entry(859, "Valid Accounts", &[PERSISTENCE, LATERAL]),
    entry(860, "Wireless Compromise", &[ACCESS]),
    entry(861, "Point & Tag Identification", &[COLLECTION]),
    entry(862, "Supply Chain Compromise", &[ACCESS]),
    entry(863, "User Execution", &[EXECUTION]),
    entry(864, "Transient Cyber Asset", &[ACCESS]),
    entry(865, "Spearphishing Attachment", &[ACCESS]),
    entry(866, "Exploitation of Remote Services", &[ACCESS, LATERAL]),
    entry(867, "Lateral Tool Transfer", &[LATERAL]),
    entry(868, "Detect Operating Mode", &[COLLECTION]),
    entry(869, "Standard Application Layer Protocol", &[COMMAND]),
    entry(871, "Execution through API", &[EXECUTION]),
    entry(872, "Indicator Removal on Host", &[EVASION]),
    entry(873, "Project File Infection", &[PERSISTENCE]),
    entry(874, "Hooking", &[EXECUTION, ESCALATION]),
    entry(877, "I/O Image", &[COLLECTION]),
    entry(878, "Alarm Suppression", &[INHIBIT]),
    entry(879, "Damage to Property", &[IMPACT]),
    entry(880, "Loss of Safety", &[IMPACT]),
    entry(881, "Service Stop", &[INHIBIT]),
    entry(882, "Theft of Operational Information", &[IMPACT]),
    entry(883, "Internet Accessible Device", &[ACCESS]),
    entry(884, "Connection Proxy", &[COMMAND]),
    entry(885, "Commonly Used Port", &[COMMAND]),
    entry(886, "Remote Services", &[ACCESS, LATERAL]),
    entry(887, "Wireless Sniffing", &[DISCOVERY, COLLECTION]),
    entry(888, "Remote System Information Discovery", &[DISCOVERY]),
    entry(889, "Modify Program", &[PERSISTENCE]),
    entry(890, "Exploitation for Privilege Escalation", &[ESCALATION]),
    entry(891, "Hardcoded Credentials", &[LATERAL, PERSISTENCE]),
    entry(892, "Change Credential", &[INHIBIT]),
    entry(893, "Data from Local System", &[COLLECTION]),
    entry(894, "System Binary Proxy Execution", &[EVASION]),
    entry(895, "Autorun Image", &[EXECUTION]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn techniques_are_in_order_and_found_by_id() {
        assert!(TECHNIQUES.is_sorted_by(|a, b| a.technique < b.technique));
        let found = technique("T0855").unwrap();
        assert_eq!(found.name, "Unauthorized Command Message");
        assert_eq!(found.tactics, [IMPAIR]);
        for entry in TECHNIQUES {
            assert_eq!(technique(&entry.technique.to_string()), Some(entry));
        }
        // Of no matrix, of Enterprise, and misspelt.
        for id in ["T0899", "T1040", "T855", "t0855", "T0855.001", "T+855", ""] {
            assert_eq!(technique(id), None, "{id}");
        }
    }
}
