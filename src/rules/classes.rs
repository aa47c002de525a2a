//! Classes of rules: what a `classtype` means and how severe it is, from `classification.config`
//! beside the rules, else from the usual ones.

use std::collections::BTreeMap;
use std::sync::Arc;

/// A class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Class {
    pub(crate) name: Arc<str>,
    pub(crate) text: Arc<str>,
    /// 1 high to 4 information.
    pub(crate) severity: u8,
}

/// The classes of a load.
#[derive(Clone, Debug)]
pub(crate) struct Classes(BTreeMap<Arc<str>, Class>);

/// The classes that rule sets of today use, with the severities that they give them.
const USUAL: &[(&str, &str, u8)] = &[
    ("attempted-admin", "Attempt to gain administrator rights", 1),
    ("attempted-dos", "Attempt at denial of service", 2),
    ("attempted-recon", "Attempt to gain information", 2),
    ("attempted-user", "Attempt to gain user rights", 1),
    ("bad-unknown", "Traffic that may be bad", 2),
    ("coin-mining", "Mining of crypto currency", 2),
    ("command-and-control", "Command and control of malware", 1),
    ("credential-theft", "Theft of credentials", 1),
    ("default-login-attempt", "Login with default credentials", 2),
    ("denial-of-service", "Denial of service", 2),
    ("domain-c2", "Domain of command and control", 1),
    ("exploit-kit", "Exploit kit", 1),
    (
        "external-ip-check",
        "Look-up of the own external address",
        2,
    ),
    ("icmp-event", "ICMP event", 3),
    ("inappropriate-content", "Inappropriate content", 1),
    ("kickass-porn", "Inappropriate content", 1),
    ("misc-activity", "Activity worth a note", 3),
    ("misc-attack", "Attack", 2),
    ("network-scan", "Scan of the network", 3),
    (
        "non-standard-protocol",
        "Protocol or event that is not standard",
        2,
    ),
    ("not-suspicious", "Traffic that is not suspicious", 3),
    ("policy-violation", "Breach of policy", 1),
    ("protocol-command-decode", "Protocol command", 3),
    ("pup-activity", "Unwanted program", 2),
    ("rpc-portmap-decode", "RPC query", 2),
    ("shellcode-detect", "Executable code", 1),
    ("social-engineering", "Social engineering", 2),
    ("string-detect", "Suspicious text", 3),
    ("successful-admin", "Administrator rights gained", 1),
    ("successful-dos", "Denial of service achieved", 2),
    (
        "successful-recon-largescale",
        "Information gained at large",
        2,
    ),
    ("successful-recon-limited", "Information gained", 2),
    ("successful-user", "User rights gained", 1),
    ("suspicious-filename-detect", "Suspicious file name", 2),
    ("suspicious-login", "Login with a suspicious name", 2),
    ("system-call-detect", "System call", 2),
    ("targeted-activity", "Targeted attack", 1),
    ("tcp-connection", "TCP connection", 4),
    ("trojan-activity", "Trojan", 1),
    ("unknown", "Traffic of unknown kind", 3),
    ("unsuccessful-user", "User rights not gained", 1),
    (
        "unusual-client-port-connection",
        "Client with an unusual port",
        2,
    ),
    (
        "web-application-activity",
        "Access to a web application that may be weak",
        2,
    ),
    ("web-application-attack", "Attack on a web application", 1),
];

impl Default for Classes {
    fn default() -> Self {
        let mut classes = Self(BTreeMap::new());
        for (name, text, severity) in USUAL {
            classes.add(name, text, *severity);
        }
        classes
    }
}

impl Classes {
    fn add(&mut self, name: &str, text: &str, severity: u8) {
        let name: Arc<str> = name.into();
        let class = Class {
            name: name.clone(),
            text: text.into(),
            severity,
        };
        self.0.insert(name, class);
    }

    /// Adds the classes of a file: `config classification: name,text,priority`. Answers the
    /// numbers of the lines that are none.
    pub(crate) fn read(&mut self, text: &str) -> Vec<u32> {
        let mut wrong = Vec::new();
        for (number, line) in (1_u32..).zip(text.lines()) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            match parts(line) {
                Some((name, text, severity)) => self.add(name, text, severity),
                None => wrong.push(number),
            }
        }
        wrong
    }

    /// The class of this name.
    pub(crate) fn find(&self, name: &str) -> Option<&Class> {
        self.0.get(name)
    }

    /// Names of all classes.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(AsRef::as_ref)
    }
}

fn parts(line: &str) -> Option<(&str, &str, u8)> {
    let rest = line.strip_prefix("config")?.trim_start();
    let rest = rest.strip_prefix("classification")?.trim_start();
    let rest = rest.strip_prefix(':')?;
    let (name, rest) = rest.split_once(',')?;
    let (text, priority) = rest.rsplit_once(',')?;
    let priority: u8 = priority.trim().parse().ok()?;
    // The scale ends at 4, information.
    (priority > 0).then(|| (name.trim(), text.trim(), priority.min(4)))
}
