//! The header of a rule: action, protocol, ends and direction.

use super::text::Text;
use super::{Cause, Flaw};
use super::{hosts, ports};
use crate::protocols::PROTOCOLS;
use crate::rules::rule::{Action, End, Over, Ports};
use crate::rules::variables::Variables;
use std::sync::Arc;

/// How deep groups and variables may lie in each other. Suricata's own sets need 3.
pub(super) const NESTING: u8 = 16;

/// What stands before the bracket.
#[derive(Debug)]
pub(crate) struct Header {
    pub(crate) action: Action,
    pub(crate) over: Over,
    pub(crate) ends: (End, End),
    pub(crate) both_ways: bool,
}

/// Actions. A passive sensor drops nothing, so that all but `pass` tell.
const ACTIONS: &[(&str, Action)] = &[
    ("alert", Action::Alert),
    ("block", Action::Alert),
    ("drop", Action::Alert),
    ("pass", Action::Pass),
    ("react", Action::Alert),
    ("reject", Action::Alert),
    ("rejectboth", Action::Alert),
    ("rejectdst", Action::Alert),
    ("rejectsrc", Action::Alert),
    ("rewrite", Action::Alert),
    ("sdrop", Action::Alert),
];

/// Words for what a rule is laid over that are not names of protocols of the registry.
const LAYERS: &[(&str, Over)] = &[
    ("ah", Over::IpProtocol(51)),
    ("any", Over::Any),
    ("esp", Over::IpProtocol(50)),
    ("gre", Over::IpProtocol(47)),
    ("icmp", Over::Icmp),
    ("icmpv4", Over::IpProtocol(1)),
    ("icmpv6", Over::IpProtocol(58)),
    ("igmp", Over::IpProtocol(2)),
    ("ip", Over::Ip),
    ("ip4", Over::IpVersion(4)),
    ("ip6", Over::IpVersion(6)),
    ("ipv4", Over::IpVersion(4)),
    ("ipv6", Over::IpVersion(6)),
    ("pkthdr", Over::Ip),
    ("sctp", Over::IpProtocol(132)),
    ("tcp", Over::Tcp),
    ("tcp-pkt", Over::TcpPacket),
    ("tcp-stream", Over::TcpStream),
    ("udp", Over::Udp),
];

/// Other names of protocols of the registry.
const OTHER_NAMES: &[(&str, &str)] = &[
    ("cip", "enip"),
    ("http1", "http"),
    ("iec60870-5-104", "iec104"),
    ("s7", "s7comm"),
    ("s7plus", "s7comm_plus"),
    ("ssl", "tls"),
];

/// Protocols that rules name and Jaga does not decode. Refused, not silently dead.
const NOT_DECODED: &[&str] = &[
    "bittorrent-dht",
    "dcerpc",
    "doh2",
    "enip_udp",
    "file",
    "ftp-data",
    "ftpdata",
    "http2",
    "ike",
    "ikev2",
    "imap",
    "irc",
    "jabber",
    "krb5",
    "ldap",
    "mqtt",
    "nfs",
    "nntp",
    "pgsql",
    "pop3",
    "postgresql",
    "quic",
    "redis",
    "rfb",
    "sip",
    "smtp",
    "template",
    "template-rust",
    "websocket",
    "wireguard",
    "zmq",
];

/// The protocol of the registry that a rule's word names.
pub(crate) fn protocol(word: &str) -> Option<&'static str> {
    let alias = OTHER_NAMES.iter().find(|row| row.0 == word);
    let name = alias.map_or(word, |row| row.1);
    let found = PROTOCOLS.iter().find(|protocol| protocol.name() == name);
    found.map(|protocol| protocol.name())
}

/// The flaw of a word that names no protocol of the registry.
pub(crate) fn no_protocol(word: Text<'_>) -> Flaw {
    let name = word.text.to_ascii_lowercase();
    if NOT_DECODED.contains(&name.as_str()) {
        let what = format!("the protocol {name} is not decoded");
        return word.flaw(what).because(Cause::NotDecoded);
    }
    let known = LAYERS
        .iter()
        .map(|row| row.0)
        .chain(PROTOCOLS.iter().map(|protocol| protocol.name()));
    let hint = crate::rules::words::alike(&name, known);
    word.flaw(format!("`{}` is no protocol", word.shown()))
        .hint(hint)
}

/// Reads a header; `text` ends before the bracket.
pub(crate) fn header(text: Text<'_>, variables: &mut Variables) -> Result<Header, Flaw> {
    let mut rest = text;
    let action_word = token(&mut rest)?;
    let action = action(action_word)?;
    let protocol_word = token(&mut rest)?;
    if protocol_word.text.is_empty() {
        return Err(rest.flaw("the protocol is missing").hint(SHAPE));
    }
    let over = over(protocol_word)?;
    if rest.trim().text.is_empty() {
        let any = || End {
            hosts: Arc::default(),
            ports: Ports::default(),
        };
        return Ok(Header {
            action,
            over,
            ends: (any(), any()),
            both_ways: true,
        });
    }
    let mut words = [rest; 5];
    for (word, what) in words.iter_mut().zip([
        "source address",
        "source port",
        "direction",
        "destination address",
        "destination port",
    ]) {
        *word = token(&mut rest)?;
        if word.text.is_empty() {
            return Err(rest.flaw(format!("the {what} is missing")).hint(SHAPE));
        }
    }
    let extra = rest.trim();
    if !extra.text.is_empty() {
        let what = format!("`{}` is too much before the bracket", extra.shown());
        return Err(extra.flaw(what).hint(SHAPE));
    }
    let [source, source_port, arrow, destination, destination_port] = words;
    let both_ways = match arrow.text {
        "->" | "=>" => false,
        "<>" => true,
        "<-" => {
            return Err(arrow
                .flaw("`<-` is no direction")
                .hint("swap the ends and use ->"));
        }
        _ => {
            let what = format!("`{}` is no direction", arrow.shown());
            return Err(arrow.flaw(what).hint("the direction is -> or <>"));
        }
    };
    let left = End {
        hosts: hosts::hosts(source, variables)?.into(),
        ports: ports::ports(source_port, variables)?,
    };
    let right = End {
        hosts: hosts::hosts(destination, variables)?.into(),
        ports: ports::ports(destination_port, variables)?,
    };
    Ok(Header {
        action,
        over,
        ends: (left, right),
        both_ways,
    })
}

const SHAPE: &str = "alert tcp SOURCE PORT -> DESTINATION PORT (OPTIONS)";

fn action(word: Text<'_>) -> Result<Action, Flaw> {
    if let Some(row) = ACTIONS.iter().find(|row| row.0 == word.text) {
        return Ok(row.1);
    }
    let hint = match word.text {
        "suppress" | "threshold" | "event_filter" | "rate_filter" | "detection_filter" => {
            "such lines stand in a threshold file: --thresholds FILE".to_owned()
        }
        "var" | "ipvar" | "portvar" => "variables are set with --set NAME=VALUE".to_owned(),
        "include" | "config" | "preprocessor" | "output" | "dynamicpreprocessor" => {
            "this is a line of a configuration, not of a rule file".to_owned()
        }
        _ => {
            let alike = crate::rules::words::alike(word.text, ACTIONS.iter().map(|row| row.0));
            if alike.is_empty() {
                "a rule starts with alert, drop, reject or pass".to_owned()
            } else {
                alike
            }
        }
    };
    Err(word
        .flaw(format!("`{}` is no action", word.shown()))
        .hint(hint))
}

fn over(word: Text<'_>) -> Result<Over, Flaw> {
    let name = word.text.to_ascii_lowercase();
    if let Some(row) = LAYERS.iter().find(|row| row.0 == name) {
        return Ok(row.1);
    }
    match protocol(&name) {
        Some(name) => Ok(Over::Protocol(name)),
        None => Err(no_protocol(word)),
    }
}

/// Takes the next word off; groups in brackets may hold spaces.
fn token<'t>(rest: &mut Text<'t>) -> Result<Text<'t>, Flaw> {
    let text = rest.trim();
    let mut depth = 0_u32;
    let mut after_not = false;
    for (at, character) in text.text.char_indices() {
        match character {
            '[' => depth = depth.saturating_add(1),
            ']' => {
                let Some(less) = depth.checked_sub(1) else {
                    return Err(text.after(at).flaw("`]` closes no group"));
                };
                depth = less;
            }
            c if c.is_whitespace() && depth == 0 && !after_not => {
                *rest = text.after(at);
                return Ok(text.part(0, at));
            }
            _ => {}
        }
        after_not = character == '!' || (after_not && character.is_whitespace());
    }
    if depth > 0 {
        return Err(text.flaw("`[` is not closed"));
    }
    *rest = text.after(text.text.len());
    Ok(text)
}

/// The elements of a group `[a,b]`; groups inside stay whole.
pub(super) struct Elements<'t> {
    rest: Option<Text<'t>>,
}

impl<'t> Elements<'t> {
    /// Of this group.
    pub(super) fn of(group: Text<'t>) -> Result<Self, Flaw> {
        let inner = group.strip("[").map_or(group, Text::trim);
        let Some(inner) = inner
            .text
            .strip_suffix(']')
            .map(|kept| inner.part(0, kept.len()))
        else {
            return Err(group.flaw("`[` is not closed"));
        };
        if inner.trim().text.is_empty() {
            return Err(group.flaw("the group is empty"));
        }
        Ok(Self { rest: Some(inner) })
    }
}

impl<'t> Iterator for Elements<'t> {
    type Item = Text<'t>;

    fn next(&mut self) -> Option<Text<'t>> {
        let rest = self.rest.take()?;
        let mut depth = 0_u32;
        for (at, character) in rest.text.char_indices() {
            match character {
                '[' => depth = depth.saturating_add(1),
                ']' => depth = depth.saturating_sub(1),
                ',' if depth == 0 => {
                    self.rest = Some(rest.after(at.saturating_add(1)));
                    return Some(rest.part(0, at).trim());
                }
                _ => {}
            }
        }
        Some(rest.trim())
    }
}
