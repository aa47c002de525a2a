//! A rule in plain words, for `jaga rules explain`.
//!
//! Called by the door. Says what the engine will do, from the typed rule alone; where a word of
//! the rule has no sentence here, the rule would not have loaded.

mod octets;
mod state;
mod tests_of;

use super::Names;
use super::rule::{Action, End, HostSet, Hosts, Number, Over, Ports, Rule};
use super::{severity, words};
use crate::protocols::PROTOCOLS;
use std::net::IpAddr;

/// The lines that explain a rule; each a sentence, indented by its depth.
#[must_use]
pub fn explain(rule: &Rule, names: &Names) -> Vec<(usize, String)> {
    let mut lines = Lines(Vec::new());
    lines.say(0, what_it_does(rule));
    lines.say(0, format!("It looks at {}.", over(rule)));
    ends(rule, &mut lines);
    tests_of::flow(rule, &mut lines);
    tests_of::packet(rule, &mut lines);
    octets::buffers(rule, &mut lines);
    tests_of::fields(rule, &mut lines);
    tests_of::operation(rule, &mut lines);
    tests_of::assets(rule, &mut lines);
    tests_of::events(rule, &mut lines);
    state::bits(rule, names, &mut lines);
    state::limits(rule, &mut lines);
    if rule.silent {
        lines.say(
            0,
            "A match is not told; only what it keeps counts.".to_owned(),
        );
    }
    lines.0
}

/// Sentences with their depth.
struct Lines(Vec<(usize, String)>);

impl Lines {
    fn say(&mut self, depth: usize, line: String) {
        self.0.push((depth, line));
    }
}

fn what_it_does(rule: &Rule) -> String {
    let stated = severity::severity(rule, None);
    let severity = match stated {
        1 => "high",
        2 => "medium",
        3 => "low",
        _ => "information",
    };
    match rule.action {
        Action::Alert if severity::is_of_operation(rule) => "It alerts with the severity of the \
             operation: high from criticality 5, low from 4 and 3; one lower where the device \
             refused."
            .to_owned(),
        Action::Alert => format!("It alerts with severity {stated} ({severity})."),
        Action::Pass => "It keeps other rules from alerting on what it matches.".to_owned(),
    }
}

fn title(name: &str) -> &str {
    let found = PROTOCOLS.iter().find(|protocol| protocol.name() == name);
    found.map_or(name, |protocol| protocol.title())
}

fn over(rule: &Rule) -> String {
    match rule.over {
        Over::Ip => "every IP packet".to_owned(),
        Over::IpVersion(version) => format!("every packet of IPv{version}"),
        Over::Tcp => "TCP: streams, and packets where a place is asked for".to_owned(),
        Over::TcpPacket => "packets of TCP".to_owned(),
        Over::TcpStream => "streams of TCP".to_owned(),
        Over::Udp => "packets of UDP".to_owned(),
        Over::Icmp => "packets of ICMP".to_owned(),
        Over::IpProtocol(number) => format!("packets of IP protocol {number}"),
        Over::Protocol(name) => format!("messages of {}", title(name)),
        Over::Any => "everything that is decoded, also below IP".to_owned(),
    }
}

fn ends(rule: &Rule, lines: &mut Lines) {
    let (left, right) = (end(&rule.ends.0), end(&rule.ends.1));
    if rule.both_ways {
        lines.say(
            0,
            format!("Between {left} and {right}, in both directions."),
        );
    } else {
        lines.say(0, format!("From {left} to {right}."));
    }
}

fn end(end: &End) -> String {
    let hosts = hosts(&end.hosts);
    match ports(&end.ports) {
        None => hosts,
        Some(ports) => format!("{hosts}, {ports}"),
    }
}

/// Most elements of a set that are named.
const NAMED: usize = 6;

fn hosts(hosts: &Hosts) -> String {
    let inside = list(&hosts.within);
    let outside = list(&hosts.without);
    match (hosts.within.is_empty(), hosts.without.is_empty()) {
        (true, true) => "any host".to_owned(),
        (false, true) => inside,
        (true, false) => format!("any host but {outside}"),
        (false, false) => format!("{inside} but {outside}"),
    }
}

fn list(sets: &[HostSet]) -> String {
    let mut named: Vec<String> = sets.iter().take(NAMED).map(set).collect();
    if sets.len() > NAMED {
        named.push(format!("{} more", sets.len().saturating_sub(NAMED)));
    }
    named.join(", ")
}

fn set(set: &HostSet) -> String {
    match set {
        HostSet::Range(first, last) if first == last => first.to_string(),
        HostSet::Range(first, last) => match network(*first, *last) {
            Some(length) => format!("{first}/{length}"),
            None => format!("{first} to {last}"),
        },
        HostSet::Role { protocol, server } => {
            let part = if *server { "servers" } else { "clients" };
            format!("hosts seen as {} {part}", title(protocol))
        }
        HostSet::Nested(inner) => format!("({})", hosts(inner)),
    }
}

/// The length of the prefix where a range is one network.
fn network(first: IpAddr, last: IpAddr) -> Option<u32> {
    let (first, last, width) = match (first, last) {
        (IpAddr::V4(first), IpAddr::V4(last)) => {
            (u128::from(first.to_bits()), u128::from(last.to_bits()), 32)
        }
        (IpAddr::V6(first), IpAddr::V6(last)) => (first.to_bits(), last.to_bits(), 128),
        _ => return None,
    };
    let host = first ^ last;
    let bits = u128::BITS.saturating_sub(host.leading_zeros());
    let whole = host.count_ones() == bits && first & host == 0;
    whole.then_some(u32::saturating_sub(width, bits))
}

fn ports(ports: &Ports) -> Option<String> {
    let range = |(first, last): &(u16, u16)| {
        if first == last {
            first.to_string()
        } else {
            format!("{first} to {last}")
        }
    };
    let all = ports.within.as_slice();
    let mut named: Vec<String> = all.iter().take(NAMED).map(range).collect();
    if all.len() > NAMED {
        named.push(format!("{} more", all.len().saturating_sub(NAMED)));
    }
    match all {
        [] => None,
        [(first, last)] if first == last => Some(format!("port {first}")),
        _ => Some(format!("ports {}", named.join(", "))),
    }
}

/// The number beside one, where that is the rounder of both: what stood behind `<` or `>`.
fn round(number: f64, beside: fn(f64) -> f64) -> Option<f64> {
    let other = beside(number);
    (other.to_string().len() < number.to_string().len()).then_some(other)
}

/// A comparison, to stand behind "is".
fn number(number: &Number) -> String {
    let many = |list: &[u64], word: &str| {
        let named: Vec<String> = list.iter().take(NAMED).map(u64::to_string).collect();
        let more = if list.len() > NAMED { " ..." } else { "" };
        format!("{}{more}", named.join(word))
    };
    match number {
        Number::OneOf(list) => many(list, " or "),
        Number::NoneOf(list) => format!("not {}", many(list, " nor ")),
        Number::Within(0, last) => format!("at most {last}"),
        Number::Within(first, u64::MAX) => format!("at least {first}"),
        Number::Within(first, last) if first == last => first.to_string(),
        Number::Within(first, last) => format!("from {first} to {last}"),
        Number::Outside(first, last) => format!("not from {first} to {last}"),
        Number::Masked {
            mask,
            result: 0,
            negated: true,
        } => format!("such that one of the bits {mask:#x} is set"),
        Number::Masked {
            mask,
            result,
            negated,
        } => {
            let not = if *negated { "not " } else { "" };
            format!("such that its bits {mask:#x} are {not}{result:#x}")
        }
        Number::Real(first, last) if first == last => first.to_string(),
        Number::Real(first, last) if first.is_infinite() => match round(*last, f64::next_up) {
            Some(bound) => format!("less than {bound}"),
            None => format!("at most {last}"),
        },
        Number::Real(first, last) if last.is_infinite() => match round(*first, f64::next_down) {
            Some(bound) => format!("more than {bound}"),
            None => format!("at least {first}"),
        },
        Number::Real(first, last) => format!("from {first} to {last}"),
    }
}

fn field(field: super::rule::FieldRef) -> &'static str {
    words::field_name(field).unwrap_or("a field")
}
