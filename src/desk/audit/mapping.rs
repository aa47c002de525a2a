//! What was seen, held against the requirements of standards and the techniques of ATT&CK for ICS.
//!
//! A capture proves that a requirement is not met, or shows nothing against it; that one is met
//! it proves of few. So each row says what it rests on, and what no capture can show is said to
//! be so. Made once at the end.
//!
//! Sources: IEC 62443-3-3:2013 (system requirements), NIST SP 800-82 revision 3, appendix F (its
//! overlay of the controls of SP 800-53), NERC CIP-015-1 (internal network security monitoring),
//! MITRE ATT&CK for ICS 18.1.

use super::weaknesses::Weakness;
use crate::desk::report::Summary;
use crate::facts::attack::TECHNIQUES;
use serde::{Serialize, Serializer};
use std::collections::BTreeSet;

/// A standard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Standard {
    /// IEC 62443-3-3:2013.
    #[serde(rename = "IEC 62443-3-3")]
    Iec62443,
    /// NIST SP 800-82 revision 3.
    #[serde(rename = "NIST SP 800-82r3")]
    Nist80082,
    /// NERC CIP-015-1.
    #[serde(rename = "NERC CIP-015-1")]
    NercCip015,
}

impl Standard {
    /// All of them, in the order of the report.
    pub const ALL: [Self; 3] = [Self::Iec62443, Self::Nist80082, Self::NercCip015];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Iec62443 => "IEC 62443-3-3",
            Self::Nist80082 => "NIST SP 800-82r3",
            Self::NercCip015 => "NERC CIP-015-1",
        }
    }
}

/// What the captures say about a requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Something was seen that speaks against it.
    Against,
    /// What would speak against it was looked for and not seen.
    NothingAgainst,
    /// The report itself is evidence for it.
    Supports,
    /// A capture cannot show it.
    Unseen,
}

impl Verdict {
    /// Its name, under which the catalogues have it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Against => "against",
            Self::NothingAgainst => "nothing-against",
            Self::Supports => "supports",
            Self::Unseen => "unseen",
        }
    }
}

/// A requirement and what the captures say about it.
#[derive(Clone, Debug, Serialize)]
pub struct Requirement {
    /// The standard.
    pub standard: Standard,
    /// Its number there.
    pub id: &'static str,
    /// Its title there.
    pub title: &'static str,
    /// What the captures say.
    pub verdict: Verdict,
    /// The kinds of weakness that speak against it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub by: Vec<&'static str>,
}

/// What a requirement is judged by.
enum By {
    /// Kinds of weakness.
    Weakness(&'static [&'static str]),
    /// The report is evidence for it.
    Report,
    /// Nothing that a capture holds.
    Nothing,
}

type Row = (Standard, &'static str, &'static str, By);

/// The requirements, by standard and number.
static ROWS: &[Row] = {
    use By::{Nothing, Report, Weakness};
    use Standard::{Iec62443 as Iec, NercCip015 as Nerc, Nist80082 as Nist};
    &[
        (
            Iec,
            "SR 1.1",
            "Human user identification and authentication",
            Weakness(&["open-control"]),
        ),
        (
            Iec,
            "SR 1.2",
            "Software process and device identification and authentication",
            Weakness(&["open-control"]),
        ),
        (
            Iec,
            "SR 1.5",
            "Authenticator management",
            Weakness(&["cleartext-login", "default-credentials"]),
        ),
        (Iec, "SR 1.6", "Wireless access management", Nothing),
        (
            Iec,
            "SR 1.7",
            "Strength of password-based authentication",
            Nothing,
        ),
        (Iec, "SR 1.11", "Unsuccessful login attempts", Nothing),
        (
            Iec,
            "SR 1.13",
            "Access via untrusted networks",
            Weakness(&["outside", "outside-control"]),
        ),
        (
            Iec,
            "SR 2.1",
            "Authorization enforcement",
            Weakness(&["open-control"]),
        ),
        (Iec, "SR 2.6", "Remote session termination", Nothing),
        (Iec, "SR 2.8", "Auditable events", Nothing),
        (
            Iec,
            "SR 3.1",
            "Communication integrity",
            Weakness(&["open-control", "cleartext-service", "contradiction"]),
        ),
        (Iec, "SR 3.2", "Malicious code protection", Nothing),
        (Iec, "SR 3.5", "Input validation", Nothing),
        (
            Iec,
            "SR 4.1",
            "Information confidentiality",
            Weakness(&["cleartext-login", "cleartext-service"]),
        ),
        (Iec, "SR 4.3", "Use of cryptography", Nothing),
        (
            Iec,
            "SR 5.1",
            "Network segmentation",
            Weakness(&[
                "no-conduit",
                "command-from-elsewhere",
                "level-crossing",
                "outside-control",
            ]),
        ),
        (
            Iec,
            "SR 5.2",
            "Zone boundary protection",
            Weakness(&[
                "no-conduit",
                "outside",
                "outside-control",
                "level-crossing",
                "command-from-elsewhere",
                "remote-access",
            ]),
        ),
        (
            Iec,
            "SR 5.3",
            "General purpose person-to-person communication restrictions",
            Weakness(&["person-to-person"]),
        ),
        (Iec, "SR 6.1", "Audit log accessibility", Nothing),
        (Iec, "SR 6.2", "Continuous monitoring", Nothing),
        (Iec, "SR 7.3", "Control system backup", Nothing),
        (
            Iec,
            "SR 7.6",
            "Network and security configuration settings",
            Weakness(&["contradiction", "unsupported-system"]),
        ),
        (
            Iec,
            "SR 7.7",
            "Least functionality",
            Weakness(&["office-service"]),
        ),
        (Iec, "SR 7.8", "Control system component inventory", Report),
        (
            Nist,
            "AC-3",
            "Access enforcement",
            Weakness(&["open-control"]),
        ),
        (
            Nist,
            "AC-4",
            "Information flow enforcement",
            Weakness(&[
                "no-conduit",
                "level-crossing",
                "command-from-elsewhere",
                "outside",
                "outside-control",
            ]),
        ),
        (
            Nist,
            "AC-17",
            "Remote access",
            Weakness(&["remote-access", "outside-control"]),
        ),
        (Nist, "CA-7", "Continuous monitoring", Nothing),
        (
            Nist,
            "CM-7",
            "Least functionality",
            Weakness(&["office-service"]),
        ),
        (Nist, "CM-8", "System component inventory", Report),
        (Nist, "CP-9", "System backup", Nothing),
        (
            Nist,
            "IA-3",
            "Device identification and authentication",
            Weakness(&["open-control"]),
        ),
        (
            Nist,
            "IA-5",
            "Authenticator management",
            Weakness(&["cleartext-login", "default-credentials"]),
        ),
        (Nist, "PE-3", "Physical access control", Nothing),
        (
            Nist,
            "SA-22",
            "Unsupported system components",
            Weakness(&["unsupported-system"]),
        ),
        (
            Nist,
            "SC-7",
            "Boundary protection",
            Weakness(&["no-conduit", "outside", "outside-control", "level-crossing"]),
        ),
        (
            Nist,
            "SC-8",
            "Transmission confidentiality and integrity",
            Weakness(&["cleartext-login", "cleartext-service", "open-control"]),
        ),
        (Nist, "SI-4", "System monitoring", Nothing),
        (Nist, "SI-10", "Information input validation", Nothing),
        (
            Nerc,
            "R1.1",
            "Network data feeds to monitor network activity",
            Nothing,
        ),
        (
            Nerc,
            "R1.2",
            "Methods to detect anomalous network activity",
            Nothing,
        ),
        (
            Nerc,
            "R1.3",
            "Methods to evaluate detected anomalous activity",
            Nothing,
        ),
        (
            Nerc,
            "R2",
            "Retention of monitoring data of anomalous activity",
            Nothing,
        ),
        (Nerc, "R3", "Protection of monitoring data", Nothing),
    ]
};

/// The requirements and what the captures say about each.
/// `conversations` is whether there were any, `logins` whether the rules about logins looked on.
pub(super) fn requirements(
    weaknesses: &[Weakness],
    (conversations, logins): (bool, bool),
) -> Vec<Requirement> {
    let needs_rules = ["cleartext-login", "default-credentials"];
    let looked = |kinds: &[&'static str]| {
        conversations && (logins || !kinds.iter().any(|kind| needs_rules.contains(kind)))
    };
    let seen = |kind: &&&'static str| weaknesses.iter().any(|weak| weak.kind == **kind);
    let row = |(standard, id, title, by): &Row| {
        let (verdict, by) = match by {
            By::Weakness(kinds) => {
                let by: Vec<&'static str> = kinds.iter().filter(seen).copied().collect();
                match (by.is_empty(), looked(kinds)) {
                    (false, _) => (Verdict::Against, by),
                    (true, true) => (Verdict::NothingAgainst, by),
                    (true, false) => (Verdict::Unseen, by),
                }
            }
            By::Report if conversations => (Verdict::Supports, Vec::new()),
            By::Report => (Verdict::Unseen, Vec::new()),
            By::Nothing => (Verdict::Unseen, Vec::new()),
        };
        Requirement {
            standard: *standard,
            id,
            title,
            verdict,
            by,
        }
    };
    ROWS.iter().map(row).collect()
}

/// Whether a technique was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Coverage {
    /// An operation or an alert of the captures can serve it.
    Seen,
    /// A decoded protocol, a rule or a detector of this run would tell of it.
    WouldBeSeen,
    /// Nothing in this run looks for it.
    CannotBeSeen,
}

impl Coverage {
    /// Its name, under which the catalogues have it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Seen => "seen",
            Self::WouldBeSeen => "would-be-seen",
            Self::CannotBeSeen => "cannot-be-seen",
        }
    }
}

impl Serialize for Coverage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// A technique of the matrix.
#[derive(Clone, Debug, Serialize)]
pub struct TechniqueRow {
    /// `T0855`.
    pub id: String,
    /// Its name.
    pub name: &'static str,
    /// What it serves.
    pub tactics: Vec<&'static str>,
    /// Whether it was seen.
    pub coverage: Coverage,
}

/// All techniques. `watched` are those that the decoded protocols, the rules and the
/// detectors of the run name.
pub(super) fn techniques(picture: &Summary<'_>, watched: &BTreeSet<String>) -> Vec<TechniqueRow> {
    let acts = picture.operations.iter().flat_map(|act| &act.techniques);
    let alerts = picture.alerts.iter().flat_map(|alert| &alert.techniques);
    let seen: BTreeSet<&String> = acts.chain(alerts).collect();
    let row = |entry: &crate::facts::attack::Entry| {
        let id = entry.technique.to_string();
        let coverage = match (seen.contains(&id), watched.contains(&id)) {
            (true, _) => Coverage::Seen,
            (false, true) => Coverage::WouldBeSeen,
            (false, false) => Coverage::CannotBeSeen,
        };
        TechniqueRow {
            id,
            name: entry.name,
            tactics: entry.tactics.iter().map(|tactic| tactic.name).collect(),
            coverage,
        }
    };
    TECHNIQUES.iter().map(row).collect()
}
