//! Variables of rules: what the user set, what is usual, and what fills itself from the roles
//! that the inventory learns.
//!
//! Called by the header parser. Every variable that was filled is told, so that nobody wonders
//! what a rule was laid over.

use super::parse::text::Text;
use super::parse::{Cause, Flaw};
use super::rule::HostSet;
use super::words::alike;
use crate::protocols::{PROTOCOLS, Protocol};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What Suricata's own configuration sets, by name; `HOME_NET` with the private addresses of
/// IPv6 and the link-local ones of both (RFC 1918, 3927, 4193, 4291) since plants use them.
const USUAL: &[(&str, &str)] = &[
    ("AIM_SERVERS", "$EXTERNAL_NET"),
    ("DC_SERVERS", "$HOME_NET"),
    ("DNS_SERVERS", "$HOME_NET"),
    ("EXTERNAL_NET", "!$HOME_NET"),
    ("FILE_DATA_PORTS", "[$HTTP_PORTS,110,143]"),
    ("FTP_PORTS", "21"),
    ("FTP_SERVERS", "$HOME_NET"),
    ("GENEVE_PORTS", "6081"),
    ("GTP_PORTS", "[2123,2152,3386]"),
    (
        "HOME_NET",
        "[10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,169.254.0.0/16,fc00::/7,fe80::/10]",
    ),
    ("HTTP_PORTS", "80"),
    ("HTTP_SERVERS", "$HOME_NET"),
    ("NTP_PORTS", "123"),
    ("ORACLE_PORTS", "1521"),
    ("SHELLCODE_PORTS", "!80"),
    ("SIP_PORTS", "[5060,5061,5600]"),
    ("SIP_SERVERS", "$HOME_NET"),
    ("SMTP_SERVERS", "$HOME_NET"),
    ("SNMP_SERVERS", "$HOME_NET"),
    ("SQL_SERVERS", "$HOME_NET"),
    ("SSH_PORTS", "22"),
    ("SSH_SERVERS", "$HOME_NET"),
    ("TELNET_SERVERS", "$HOME_NET"),
    ("TEREDO_PORTS", "3544"),
    ("VXLAN_PORTS", "4789"),
];

/// Ends of names that say which part of a conversation a variable stands for, and whether that
/// is the server's.
const ROLES: &[(&str, bool)] = &[
    ("_CLIENT", false),
    ("_CLIENTS", false),
    ("_DEVICE", true),
    ("_DEVICES", true),
    ("_MASTER", false),
    ("_MASTERS", false),
    ("_OUTSTATION", true),
    ("_OUTSTATIONS", true),
    ("_PLC", true),
    ("_PLCS", true),
    ("_SERVER", true),
    ("_SERVERS", true),
    ("_SLAVE", true),
    ("_SLAVES", true),
];

/// Ends of names of networks.
const NETS: &[&str] = &["_NET", "_NETS", "_NETWORK", "_NETWORKS", "_HOSTS", "_IPS"];

/// Names of protocols in variables, where they are not those of the registry.
const PREFIXES: &[(&str, &str)] = &[
    ("CIP", "enip"),
    ("DNP", "dnp3"),
    ("ETHERNETIP", "enip"),
    ("IEC60870", "iec104"),
    ("MODICON", "modbus"),
    ("S7", "s7comm"),
    ("SIEMENS", "s7comm"),
];

/// What a variable of hosts stands for.
#[derive(Clone, Debug)]
pub(crate) enum Filled {
    /// Text to be read in its place.
    Text(Arc<str>),
    /// Hosts of a role.
    Role(HostSet),
}

/// The variables of a load.
#[derive(Debug, Default)]
pub(crate) struct Variables {
    set: BTreeMap<String, (Arc<str>, bool)>,
    told: BTreeMap<String, String>,
}

impl Variables {
    /// Sets a variable; `$` before its name may stand or not.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        let name = name.strip_prefix('$').unwrap_or(name);
        self.set
            .insert(name.to_owned(), (Arc::from(value.trim()), false));
    }

    /// Each variable that rules used and nobody set, with what it was filled with.
    pub(crate) fn filled(self) -> (Vec<(String, String)>, Vec<String>) {
        let idle = self.set.into_iter().filter(|(_, (_, used))| !used);
        (
            self.told.into_iter().collect(),
            idle.map(|(name, _)| name).collect(),
        )
    }

    /// Hosts of this variable.
    pub(crate) fn hosts(&mut self, name: Text<'_>) -> Result<Filled, Flaw> {
        if let Some(text) = self.known(name.text) {
            return Ok(Filled::Text(text));
        }
        if let Some((prefix, server)) = role(name.text) {
            if let Some(protocol) = by_prefix(prefix) {
                let part = if server { "server" } else { "client" };
                self.tell(
                    name.text,
                    &format!("hosts seen as {} {part}", protocol.title()),
                );
                return Ok(Filled::Role(HostSet::Role {
                    protocol: protocol.name(),
                    server,
                }));
            }
            return Ok(self.home(name.text));
        }
        if NETS.iter().any(|end| name.text.ends_with(end)) {
            return Ok(self.home(name.text));
        }
        Err(self.unknown(name))
    }

    /// Ports of this variable.
    pub(crate) fn ports(&mut self, name: Text<'_>) -> Result<Arc<str>, Flaw> {
        if let Some(text) = self.known(name.text) {
            return Ok(text);
        }
        let prefix = name
            .text
            .strip_suffix("_PORTS")
            .or(name.text.strip_suffix("_PORT"));
        let protocol = prefix.and_then(by_prefix);
        match protocol.map(|protocol| protocol.ports()) {
            Some(ports) if !ports.is_empty() => {
                let list: Vec<String> = ports.iter().map(u16::to_string).collect();
                let list = list.join(",");
                self.tell(name.text, &list);
                Ok(format!("[{list}]").into())
            }
            _ => Err(self.unknown(name)),
        }
    }

    /// What was set, or is usual.
    fn known(&mut self, name: &str) -> Option<Arc<str>> {
        if let Some((value, used)) = self.set.get_mut(name) {
            *used = true;
            return Some(value.clone());
        }
        let (_, value) = USUAL.iter().find(|row| row.0 == name)?;
        self.tell(name, value);
        Some(Arc::from(*value))
    }

    /// A variable that can only be hosts of one's own.
    fn home(&mut self, name: &str) -> Filled {
        self.tell(name, "$HOME_NET");
        Filled::Text("$HOME_NET".into())
    }

    fn tell(&mut self, name: &str, what: &str) {
        if !self.told.contains_key(name) {
            self.told.insert(name.to_owned(), what.to_owned());
        }
    }

    fn unknown(&self, name: Text<'_>) -> Flaw {
        let known = USUAL.iter().map(|row| row.0);
        let near = alike(name.text, known.chain(self.set.keys().map(String::as_str)));
        let hint = if near.is_empty() {
            format!("set it: --set {}=VALUE", name.shown())
        } else {
            format!("{near}; or set it: --set {}=VALUE", name.shown())
        };
        name.flaw(format!("the variable ${} is not set", name.shown()))
            .because(Cause::Variable)
            .hint(hint)
    }
}

/// The part of a name before its role, and whether the role is the server's.
fn role(name: &str) -> Option<(&str, bool)> {
    ROLES
        .iter()
        .find_map(|(end, server)| Some((name.strip_suffix(end)?, *server)))
}

fn by_prefix(prefix: &str) -> Option<&'static dyn Protocol> {
    let alias = PREFIXES.iter().find(|row| row.0 == prefix);
    let name = alias.map_or_else(|| prefix.to_ascii_lowercase(), |row| row.1.to_owned());
    PROTOCOLS
        .iter()
        .copied()
        .find(|protocol| protocol.name() == name)
}

/// Reads a file of variables: `NAME = value` or `NAME: value` a line, `ipvar NAME value` and its
/// kin, or the groups under `vars:` of a file in the form of Suricata's configuration.
///
/// # Errors
///
/// The number and text of the first line that is none of these.
pub fn read(text: &str) -> Result<Vec<(String, String)>, (u32, String)> {
    let groups = text.lines().any(|line| line.trim_end() == "vars:");
    let mut inside = !groups;
    let mut found = Vec::new();
    for (number, line) in (1_u32..).zip(text.lines()) {
        let bare = line.split(" #").next().unwrap_or_default().trim();
        if groups {
            if !line.starts_with([' ', '\t', '#']) && !bare.is_empty() {
                inside = bare == "vars:";
            }
            if matches!(bare, "vars:" | "address-groups:" | "port-groups:") {
                continue;
            }
        }
        if !inside || bare.is_empty() || bare.starts_with(['#', '[', '%']) || bare == "---" {
            continue;
        }
        match assignment(bare) {
            Some(pair) => found.push(pair),
            None => return Err((number, super::parse::text::shown(bare))),
        }
    }
    Ok(found)
}

fn assignment(line: &str) -> Option<(String, String)> {
    let words = ["ipvar ", "portvar ", "var "];
    let keyed = words.iter().find_map(|word| line.strip_prefix(word));
    let (name, value) = match keyed {
        Some(rest) => rest.trim().split_once(char::is_whitespace)?,
        None => line.split_once(['=', ':'])?,
    };
    let (name, value) = (name.trim(), value.trim());
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let value = value.trim_matches(['"', '\'']);
    (plain && !name.is_empty() && !value.is_empty()).then(|| (name.to_owned(), value.to_owned()))
}
