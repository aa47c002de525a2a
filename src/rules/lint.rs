//! Rules that load and cannot do their work: those that can never match, and those that most
//! likely look in the wrong place.
//!
//! Called by `jaga rules check`. Says nothing of style.

mod values;

pub use values::SPACES;

use super::Names;
use super::rule::{
    BitAct, Buffer, BufferTest, Content, FieldRef, FlagMatch, Id, Number, OctetTest, Origin, Over,
    PacketTest, Ports, Rule, Scope, Value, ValueTest,
};
use super::words;
use std::collections::HashSet;

/// What is wrong with a rule that loads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lint {
    /// The rule.
    pub id: Id,
    /// Where it stands.
    pub origin: Origin,
    /// It can never match; otherwise it is only doubtful.
    pub dead: bool,
    /// What is wrong, and what would be right.
    pub what: String,
}

/// How PDUs start on a port: octets that are always the same.
struct Framing {
    port: u16,
    /// What frames them.
    name: &'static str,
    /// Place and the octets that may stand there.
    octets: &'static [(usize, &'static [u8])],
    /// What a rule should do.
    hint: &'static str,
}

/// Framings that rules get wrong (ISO 8073 and RFC 1006; Modbus Messaging V1.0b, 3.1.3; IEEE
/// 1815, 9.2.4; IEC 60870-5-104, 5; CIP volume 2, 2-3.1; ASHRAE 135, annex J).
const FRAMINGS: &[Framing] = &[
    Framing {
        port: 102,
        name: "TPKT",
        octets: &[(0, &[3]), (1, &[0])],
        hint: "S7comm starts behind TPKT and COTP, at offset 7",
    },
    Framing {
        port: 502,
        name: "MBAP",
        octets: &[(2, &[0]), (3, &[0]), (4, &[0, 1])],
        hint: "the function code of Modbus stands at offset 7",
    },
    Framing {
        port: 2404,
        name: "APCI",
        octets: &[(0, &[0x68])],
        hint: "the ASDU of IEC 104 starts at offset 6",
    },
    Framing {
        port: 20_000,
        name: "DNP3",
        octets: &[(0, &[0x05]), (1, &[0x64])],
        hint: "the application layer of DNP3 starts at offset 11",
    },
    Framing {
        port: 44_818,
        name: "the encapsulation of EtherNet/IP",
        octets: &[(1, &[0])],
        hint: "CIP starts behind 24 octets and its items",
    },
    Framing {
        port: 47_808,
        name: "BVLC",
        octets: &[(0, &[0x81])],
        hint: "the NPDU of BACnet starts at offset 4",
    },
];

/// Control protocols that in practice go over TCP alone.
const TCP_ONLY: &[(u16, &str)] = &[(102, "ISO on TCP"), (502, "Modbus"), (2404, "IEC 104")];

/// Ports of servers whose requests are looked for on the wrong side.
const SERVER_PORTS: &[u16] = &[80, 443, 502, 8080];

/// Buffers that only requests, or clients, fill.
const OF_REQUESTS: &[&str] = &[
    "http.accept",
    "http.accept_enc",
    "http.accept_lang",
    "http.host",
    "http.host.raw",
    "http.method",
    "http.referer",
    "http.request_body",
    "http.request_header",
    "http.request_line",
    "http.uri",
    "http.uri.raw",
    "http.user_agent",
    "ja3.hash",
    "ja3.string",
    "tls.sni",
];

/// Buffers that only responses, or servers, fill.
const OF_RESPONSES: &[&str] = &[
    "http.location",
    "http.response_body",
    "http.response_header",
    "http.response_line",
    "http.server",
    "http.stat_code",
    "http.stat_msg",
    "ja3s.hash",
    "ja3s.string",
    "tls.cert_fingerprint",
    "tls.cert_issuer",
    "tls.cert_serial",
    "tls.cert_subject",
    "tls.certs",
];

/// Finds what is wrong with rules that loaded.
#[must_use]
pub fn lint(rules: &[Rule], names: &Names) -> Vec<Lint> {
    let set: HashSet<(bool, u16)> = rules
        .iter()
        .flat_map(|rule| &rule.bits)
        .filter(|bit| {
            matches!(
                bit.act,
                BitAct::Set(_) | BitAct::Toggle | BitAct::Assign(_) | BitAct::Add(_)
            )
        })
        .map(|bit| (bit.scope == Scope::Flow, bit.name))
        .collect();
    let mut found = Vec::new();
    for rule in rules {
        let mut tell = |dead: bool, what: String| {
            found.push(Lint {
                id: rule.id,
                origin: rule.origin.clone(),
                dead,
                what,
            });
        };
        framing(rule, &mut tell);
        carrier(rule, &mut tell);
        sides(rule, &mut tell);
        sizes(rule, &mut tell);
        handshake(rule, &mut tell);
        bits(rule, names, &set, &mut tell);
        values::values(rule, &mut tell);
    }
    found
}

type Tell<'a> = &'a mut dyn FnMut(bool, String);

/// The only port of a set.
fn only(ports: &Ports) -> Option<u16> {
    match ports.within.as_slice() {
        [(first, last)] if first == last => Some(*first),
        _ => None,
    }
}

/// The one port that the rule is bound to, at either end.
fn port(rule: &Rule) -> Option<u16> {
    only(&rule.ends.1.ports).or_else(|| only(&rule.ends.0.ports))
}

const fn is_raw(rule: &Rule) -> bool {
    matches!(
        rule.over,
        Over::Tcp | Over::TcpPacket | Over::TcpStream | Over::Udp
    )
}

fn payload(rule: &Rule) -> impl Iterator<Item = &BufferTest> {
    rule.buffers.iter().filter(|part| {
        matches!(part.buffer, Buffer::Payload | Buffer::Packet) && part.transforms.is_empty()
    })
}

fn contents(part: &BufferTest) -> impl Iterator<Item = &Content> {
    part.tests.iter().filter_map(|test| match test {
        OctetTest::Content(content) if !content.negated => Some(content),
        _ => None,
    })
}

/// The one place where a content can stand, where there is but one.
fn anchor(content: &Content) -> Option<usize> {
    if content.distance.is_some() || content.within.is_some() {
        return None;
    }
    if content.starts {
        return Some(0);
    }
    let offset = match content.offset {
        None => 0,
        Some(Value::Fixed(offset)) => usize::try_from(offset).ok()?,
        Some(Value::Variable(_)) => return None,
    };
    let length = i64::try_from(content.octets.len()).ok()?;
    (content.depth == Some(Value::Fixed(length))).then_some(offset)
}

fn framing(rule: &Rule, tell: Tell<'_>) {
    let framing = FRAMINGS
        .iter()
        .find(|framing| Some(framing.port) == port(rule));
    let Some(framing) = framing.filter(|_| is_raw(rule)) else {
        return;
    };
    for content in payload(rule).flat_map(contents) {
        let Some(start) = anchor(content) else {
            continue;
        };
        let wrong = framing.octets.iter().any(|(place, allowed)| {
            let octet = place
                .checked_sub(start)
                .and_then(|at| content.octets.get(at));
            octet.is_some_and(|octet| !allowed.contains(octet))
        });
        if wrong {
            let (name, port, hint) = (framing.name, framing.port, framing.hint);
            tell(
                true,
                format!("a content is asked for where {name} stands on port {port}; {hint}"),
            );
        }
    }
}

fn carrier(rule: &Rule, tell: Tell<'_>) {
    let known = TCP_ONLY.iter().find(|row| Some(row.0) == port(rule));
    if let Some((port, name)) = known.filter(|_| rule.over == Over::Udp) {
        tell(
            false,
            format!("the rule is over udp; {name} on port {port} goes over tcp"),
        );
    }
}

/// Whether all fields of a buffer are of one side.
fn is_of(fields: &[FieldRef], side: &[&str]) -> Option<&'static str> {
    let mut first = None;
    for field in fields {
        let name = words::field_name(*field)?;
        if !side.contains(&name) {
            return None;
        }
        first = first.or(Some(name));
    }
    first
}

fn sides(rule: &Rule, tell: Tell<'_>) {
    let requests_only = rule.fields.iter().any(|test| {
        test.test == ValueTest::Boolean(true)
            && words::field_name(test.field) == Some("modbus.request")
    });
    let buffers = || {
        rule.buffers.iter().filter_map(|part| match &part.buffer {
            Buffer::Fields(fields) => Some(fields.as_slice()),
            _ => None,
        })
    };
    let request = buffers().find_map(|fields| is_of(fields, OF_REQUESTS));
    let response = buffers().find_map(|fields| is_of(fields, OF_RESPONSES));
    let request = request.or(requests_only.then_some("a request of modbus"));
    if let (Some(asked), Some(answered)) = (request, response) {
        tell(
            true,
            format!("{asked} is sent by clients and {answered} by servers: no message has both"),
        );
        return;
    }
    if let Some(name) = request.filter(|_| rule.flow.to_client) {
        tell(
            true,
            format!("{name} is sent by clients, and the rule looks at servers"),
        );
    }
    if let Some(name) = response.filter(|_| rule.flow.to_server) {
        tell(
            true,
            format!("{name} is sent by servers, and the rule looks at clients"),
        );
    }
    if rule.both_ways || rule.flow.to_client {
        return;
    }
    let from = only(&rule.ends.0.ports).filter(|port| SERVER_PORTS.contains(port));
    let Some(port) = from.filter(|_| rule.ends.1.ports.within.is_empty()) else {
        return;
    };
    if let Some(name) = request {
        tell(
            true,
            format!("{name} goes to port {port}, and the rule looks at what comes from there"),
        );
    } else if is_raw(rule) {
        from_server(rule, port, tell);
    }
}

/// Contents that read as parts of requests, or as what a tool shows, in what a server sends.
fn from_server(rule: &Rule, port: u16, tell: Tell<'_>) {
    for content in payload(rule).flat_map(contents) {
        let text = content.octets.as_slice();
        let is_path = text.starts_with(b"/") && text.len() > 3 && text.is_ascii();
        let is_method = [&b"GET "[..], b"POST ", b"PUT ", b"HEAD "]
            .iter()
            .any(|method| text.starts_with(method));
        if is_path || is_method {
            tell(
                false,
                format!(
                    "paths stand in requests, which go to port {port}; the rule looks at what \
                     comes from there: turn the header round"
                ),
            );
            return;
        }
        if text.windows(4).any(|part| part == b"_CN:") {
            tell(
                true,
                "no certificate holds such text, which tools show; ask tls.cert_issuer or \
                 tls.cert_subject for CN="
                    .to_owned(),
            );
            return;
        }
    }
}

/// The greatest number that a comparison allows.
fn most(number: &Number) -> Option<u64> {
    match number {
        Number::OneOf(list) => list.iter().copied().max(),
        Number::Within(_, last) => Some(*last),
        _ => None,
    }
}

fn sizes(rule: &Rule, tell: Tell<'_>) {
    let dsize = rule.packet.iter().find_map(|test| match test {
        PacketTest::Size(number) => most(number),
        _ => None,
    });
    for part in &rule.buffers {
        let size = part.tests.iter().find_map(|test| match test {
            OctetTest::Size(number) => most(number),
            _ => None,
        });
        let is_payload = matches!(part.buffer, Buffer::Payload | Buffer::Packet);
        let (size, word) = match size {
            Some(size) => (Some(size), "bsize"),
            None => (dsize.filter(|_| is_payload), "dsize"),
        };
        // What transforms make has another size than what comes in, but it is what is measured.
        for content in contents(part) {
            let length = u64::try_from(content.octets.len()).unwrap_or(u64::MAX);
            let from = match content.offset {
                Some(Value::Fixed(offset)) => u64::try_from(offset).unwrap_or(0),
                _ => 0,
            };
            if let Some(size) = size.filter(|size| length.saturating_add(from) > *size) {
                tell(
                    true,
                    format!(
                        "a content needs {} octets, and {word} allows {size}",
                        length.saturating_add(from)
                    ),
                );
            }
            if let Some(Value::Fixed(within)) = content.within
                && u64::try_from(within).is_ok_and(|within| within < length)
            {
                tell(
                    true,
                    format!("a content of {length} octets never lies within {within}"),
                );
            }
        }
    }
}

fn handshake(rule: &Rule, tell: Tell<'_>) {
    let syn = rule.packet.iter().any(|test| {
        matches!(
            test,
            PacketTest::Flags {
                wanted: 0x02,
                how: FlagMatch::Exactly,
                ..
            }
        )
    });
    if syn && rule.flow.established == Some(true) {
        tell(
            true,
            "a SYN opens a connection, and the rule asks for established ones".to_owned(),
        );
    }
}

fn bits(rule: &Rule, names: &Names, set: &HashSet<(bool, u16)>, tell: Tell<'_>) {
    for bit in &rule.bits {
        let BitAct::IsSet(wanted) = &bit.act else {
            continue;
        };
        let flow = bit.scope == Scope::Flow;
        if !wanted.iter().any(|name| set.contains(&(flow, *name))) {
            let name = names.name(bit.name).unwrap_or_default();
            tell(true, format!("no rule that is on sets the bit {name}"));
        }
    }
}
