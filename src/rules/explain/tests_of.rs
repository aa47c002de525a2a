//! Tests of flows, packets, fields, operations, assets and events in plain words.

use super::{Lines, field, number, title};
use crate::rules::rule::{
    AssetWord, Checksum, Counter, Ends, EventTest, FieldTest, FlagMatch, OperationTest, PacketTest,
    Rule, StreamEvent, ValueTest, Whose,
};

pub(super) fn flow(rule: &Rule, lines: &mut Lines) {
    let flow = &rule.flow;
    let mut what = Vec::new();
    if flow.to_server {
        what.push("what the client sends");
    }
    if flow.to_client {
        what.push("what the server sends");
    }
    match flow.established {
        Some(true) => what.push("established connections"),
        Some(false) => what.push("connections not yet established"),
        None => {}
    }
    for (is, words) in [
        (flow.stateless, "packets with or without a connection"),
        (flow.only_stream, "streams alone"),
        (flow.no_stream, "packets alone"),
        (flow.fragments == Some(true), "fragments alone"),
        (flow.fragments == Some(false), "no fragments"),
    ] {
        if is {
            what.push(words);
        }
    }
    if !what.is_empty() {
        lines.say(0, format!("Only {}.", what.join(", ")));
    }
    for (ends, size) in &flow.sizes {
        let size = number(size);
        lines.say(
            0,
            format!("The octets sent by {} so far are {size}.", side(*ends)),
        );
    }
    for (counter, count) in &flow.counters {
        let what = match counter {
            Counter::Age => "The age of the flow in seconds".to_owned(),
            Counter::Packets(ends) => format!("The number of packets sent by {}", side(*ends)),
            Counter::Octets(ends) => format!("The number of octets sent by {}", side(*ends)),
        };
        lines.say(0, format!("{what} is {}.", number(count)));
    }
}

const fn side(ends: Ends) -> &'static str {
    match ends {
        Ends::Client => "the client",
        Ends::Server => "the server",
        Ends::Both => "each side",
        Ends::Either => "one of the sides",
    }
}

pub(super) fn packet(rule: &Rule, lines: &mut Lines) {
    for test in &rule.packet {
        lines.say(0, format!("{}.", one_packet(test)));
    }
}

fn one_packet(test: &PacketTest) -> String {
    let (name, test) = match test {
        PacketTest::Size(n) => ("payload in octets", n),
        PacketTest::Ttl(n) => ("time to live", n),
        PacketTest::IpId(n) => ("identification of IPv4", n),
        PacketTest::IpProtocol(n) => ("protocol of IP", n),
        PacketTest::Tos(n) => ("type of service", n),
        PacketTest::FragmentOffset(n) => ("fragment offset in units of 8 octets", n),
        PacketTest::Sequence(n) => ("sequence number of TCP", n),
        PacketTest::Acknowledgement(n) => ("acknowledgement number of TCP", n),
        PacketTest::Window(n) => ("window of TCP", n),
        PacketTest::Mss(n) => ("maximum segment size of TCP", n),
        PacketTest::IcmpType(n) => ("type of ICMP", n),
        PacketTest::IcmpCode(n) => ("code of ICMP", n),
        PacketTest::IcmpId(n) => ("identifier of the echo", n),
        PacketTest::IcmpSequence(n) => ("sequence number of the echo", n),
        PacketTest::Vlan(n) => ("VLAN", n),
        other => return odd_packet(other),
    };
    format!("The {name} is {}", number(test))
}

fn odd_packet(test: &PacketTest) -> String {
    match test {
        PacketTest::Flags { mask, wanted, how } => {
            let flags = flags(
                *wanted,
                &["FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"],
            );
            let rest = if *mask == 0xff {
                ""
            } else {
                "; others are not looked at"
            };
            format!("Of the flags of TCP {}{rest}", stand(*how, &flags))
        }
        PacketTest::FragmentBits { wanted, how, .. } => {
            let bits = flags(*wanted, &["more fragments", "do not fragment", "reserved"]);
            format!("Of the fragment bits {}", stand(*how, &bits))
        }
        PacketTest::IpOption(None) => "The IPv4 header has options".to_owned(),
        PacketTest::IpOption(Some(kind)) => format!("The IPv4 header has the option {kind}"),
        PacketTest::Event(event) => format!("The headers show {}", event.name()),
        PacketTest::SameAddress => "Source and destination are the same address".to_owned(),
        PacketTest::Checksum { of, valid } => {
            let of = match of {
                Checksum::Ipv4 => "IPv4".to_owned(),
                Checksum::Tcp(version) => format!("TCP over IPv{version}"),
                Checksum::Udp(version) => format!("UDP over IPv{version}"),
                Checksum::Icmp(version) => format!("ICMP over IPv{version}"),
                Checksum::Igmp => "IGMP".to_owned(),
            };
            let is = if *valid { "right" } else { "wrong" };
            format!("The checksum of {of} is {is}")
        }
        PacketTest::Protocol { name, negated } => {
            let is = if *negated { "is not" } else { "is" };
            let name = name.map_or("none that is recognised", title);
            format!("The protocol of the conversation {is} {name}")
        }
        // All others are comparisons of numbers.
        _ => String::new(),
    }
}

fn flags(bits: u16, names: &[&str]) -> String {
    let set = names
        .iter()
        .enumerate()
        .filter(|(place, _)| bits >> place & 1 == 1);
    let names: Vec<&str> = set.map(|(_, name)| *name).collect();
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}

fn stand(how: FlagMatch, names: &str) -> String {
    match how {
        FlagMatch::Exactly => format!("exactly these are set: {names}"),
        FlagMatch::All => format!("these are set: {names}"),
        FlagMatch::Any => format!("one of these is set: {names}"),
        FlagMatch::Not => format!("none of these is set: {names}"),
    }
}

pub(super) fn fields(rule: &Rule, lines: &mut Lines) {
    for test in &rule.fields {
        lines.say(0, format!("{}.", one_field(test)));
    }
}

fn one_field(test: &FieldTest) -> String {
    let name = match test.key {
        None => field(test.field).to_owned(),
        Some(key) => format!("{key} in {}", field(test.field)),
    };
    match &test.test {
        ValueTest::Number(n) => format!("{name} is {}", number(n)),
        ValueTest::Boolean(value) => format!("{name} is {value}"),
        ValueTest::Text { text, negated } => {
            let is = if *negated { "is not" } else { "is" };
            format!("{name} {is} \"{text}\", in any case")
        }
        ValueTest::Present(true) => format!("{name} is there"),
        ValueTest::Present(false) => format!("{name} is not there"),
        ValueTest::Record(record) => {
            let parts = record.iter().map(|(key, value)| format!("{key} {value}"));
            let parts: Vec<String> = parts.collect();
            format!("one of {name} has {}", parts.join(" and "))
        }
        ValueTest::Overlaps { range, .. } => {
            format!(
                "the range from {name} on touches {} to {} of the wire",
                range.0, range.1
            )
        }
        ValueTest::ValueAt {
            range, number: n, ..
        } => {
            format!(
                "a value at {} to {} of the wire is {}",
                range.0,
                range.1,
                number(n)
            )
        }
        ValueTest::AnyOf(tests) => joined(tests, " or "),
        ValueTest::AllOf(tests) => joined(tests, " and "),
    }
}

fn joined(tests: &[FieldTest], word: &str) -> String {
    let parts: Vec<String> = tests.iter().map(one_field).collect();
    format!("({})", parts.join(word))
}

pub(super) fn operation(rule: &Rule, lines: &mut Lines) {
    for test in &rule.operation {
        lines.say(0, format!("The operation {}.", one_operation(test)));
    }
}

fn one_operation(test: &OperationTest) -> String {
    match test {
        OperationTest::Class { classes, negated } => {
            let names: Vec<&str> = classes.iter().map(|class| class.name()).collect();
            let is = if *negated { "is none of" } else { "is one of" };
            format!("{is} the classes {}", names.join(", "))
        }
        OperationTest::Criticality(n) => format!("has a criticality that is {}", number(n)),
        OperationTest::Technique(id) => format!("can serve the technique {id}"),
        OperationTest::Name { text, negated } => {
            let is = if *negated { "is not" } else { "is" };
            format!("{is} called \"{text}\"")
        }
        OperationTest::Target { space, range, name } => {
            let space = space.as_deref().unwrap_or("any kind of address");
            let range = range.map_or_else(String::new, |(a, b)| format!(" from {a} to {b}"));
            let name = name
                .as_deref()
                .map_or_else(String::new, |n| format!(" named \"{n}\""));
            format!("touches {space}{range}{name}")
        }
        OperationTest::Value(n) => format!("has a value that is {}", number(n)),
        OperationTest::ValueName(name) => format!("has a value that is \"{name}\""),
        OperationTest::Result(result) => format!("ended as \"{result}\""),
    }
}

pub(super) fn assets(rule: &Rule, lines: &mut Lines) {
    for test in &rule.assets {
        let whose = match test.whose {
            Whose::Source => "The sender",
            Whose::Destination => "The receiver",
            Whose::Either => "One of the ends",
        };
        let not = if test.negated { "not " } else { "" };
        let what = match &test.what {
            AssetWord::Role(role) => format!("has {not}the role {role}"),
            AssetWord::Vendor(vendor) => format!("is {not}from the vendor {vendor}"),
            AssetWord::Zone(zone) => format!("is {not}in the zone {zone}"),
            AssetWord::NewActor(seconds) => {
                format!(
                    "did {not}come to the receiver less than {seconds} seconds before, when \
                     others had worked on it for a while"
                )
            }
            AssetWord::New(seconds) => {
                format!("was {not}first seen less than {seconds} seconds before")
            }
        };
        lines.say(0, format!("{whose} {what}."));
    }
}

pub(super) fn events(rule: &Rule, lines: &mut Lines) {
    for event in &rule.events {
        lines.say(0, format!("It happened that {}.", one_event(event)));
    }
}

fn one_event(event: &EventTest) -> String {
    match event {
        EventTest::Protocol { fault, .. } => format!("a message had the fault {fault}"),
        EventTest::Stream(StreamEvent::Gap) => "octets of a stream were lost".to_owned(),
        EventTest::AnyOf(events) => {
            let all: Vec<String> = events.iter().map(one_event).collect();
            all.join(", or ")
        }
    }
}
