//! What the compiler makes of rules.

use super::class::CLASSES;
use super::*;
use crate::facts::{Endpoint, Host};
use crate::protocols::PROTOCOLS;
use crate::rules::rule::OperationTest;
use crate::rules::rule::{
    Action, Bit, BitAct, Buffer, End, HostSet, Hosts, Number, OctetTest, Over, PacketTest, Ports,
    Scope, Transform,
};
use crate::rules::scan::Scratch;
use crate::rules::testing::{buffer, content, fixed, is, rule};
use std::net::IpAddr;
use std::sync::Arc;

fn payload(sid: u32, over: Over, octets: &[u8]) -> Rule {
    let mut rule = rule(sid, over);
    rule.buffers = vec![buffer(Buffer::Payload, vec![content(octets)])];
    rule
}

fn part(rule: Rule) -> (bool, bool) {
    let (engine, refused) = Engine::compile(vec![rule]);
    assert_eq!(refused, []);
    let octets = &engine.plans[0].octets;
    (octets.packet && octets.packets_of_tcp(), octets.stream)
}

#[test]
fn octets_are_looked_at_in_packets_or_streams_as_the_rule_says() {
    let plain = payload(1, Over::Tcp, b"abc");
    assert_eq!(part(plain.clone()), (false, true));
    let mut depth = plain.clone();
    if let OctetTest::Content(content) = &mut depth.buffers[0].tests[0] {
        content.depth = fixed(5);
    }
    assert_eq!(part(depth), (true, true));
    let mut size = plain.clone();
    size.packet = vec![PacketTest::Size(Number::Within(1, 9))];
    assert_eq!(part(size), (true, false));
    let mut only = plain.clone();
    only.over = Over::TcpPacket;
    assert_eq!(part(only), (true, false));
    let mut stream = plain;
    stream.over = Over::TcpStream;
    assert_eq!(part(stream), (false, true));
    assert_eq!(part(payload(1, Over::Udp, b"abc")), (true, false));
}

#[test]
fn rules_that_pass_and_rules_that_set_bits_come_first() {
    let bit = |act| Bit {
        scope: Scope::Flow,
        name: 0,
        act,
    };
    let mut asks = payload(1, Over::Tcp, b"a");
    asks.bits = vec![bit(BitAct::IsSet(vec![0]))];
    let mut sets = payload(2, Over::Tcp, b"a");
    sets.bits = vec![bit(BitAct::Set(None))];
    let mut passes = payload(3, Over::Tcp, b"a");
    passes.action = Action::Pass;
    let (engine, _) = Engine::compile(vec![asks, sets, passes, payload(4, Over::Tcp, b"a")]);
    let sids: Vec<u32> = engine.rules().iter().map(|rule| rule.id.sid).collect();
    assert_eq!(sids, [3, 2, 1, 4]);
}

#[test]
fn operations_are_looked_up_by_their_meaning() {
    let mut rule = rule(1, Over::Any);
    rule.operation = vec![OperationTest::Criticality(Number::Within(5, 5))];
    let (engine, _) = Engine::compile(vec![rule]);
    let mut meanings = PROTOCOLS.iter().flat_map(|protocol| protocol.meanings());
    assert!(meanings.clone().any(|meaning| meaning.criticality == 5));
    assert!(meanings.all(|meaning| {
        engine.operations.contains_key(&address(meaning)) == (meaning.criticality == 5)
    }));
}

#[test]
fn what_cannot_be_evaluated_is_refused() {
    let mut pdu = rule(1, Over::Protocol("modbus"));
    pdu.buffers = vec![buffer(Buffer::Pdu, vec![content(b"a")])];
    let mut other = rule(2, Over::Protocol("modbus"));
    other.fields = vec![is("dnp3.function", 1)];
    let mut transform = payload(3, Over::Udp, b"a");
    transform.buffers[0].transforms = vec![Transform::Domain];
    let empty = payload(4, Over::Udp, b"");
    let (engine, refused) = Engine::compile(vec![pdu, other, transform, empty]);
    let places: Vec<usize> = refused.iter().map(|refused| refused.place).collect();
    assert_eq!(places, [0, 1, 2, 3]);
    assert!(refused.iter().all(|refused| !refused.reason.is_empty()));
    assert!(engine.rules().is_empty());
}

/// An end of a header with these hosts (`None` for any), or all but these, and this port.
fn end(hosts: Option<(&str, &str)>, negated: bool, port: Option<u16>) -> End {
    let range = hosts.map(|(first, last)| {
        let ip = |text: &str| text.parse::<IpAddr>().expect("an address");
        HostSet::Range(ip(first), ip(last))
    });
    let (within, without) = if negated {
        (None, range)
    } else {
        (range, None)
    };
    End {
        hosts: Arc::new(Hosts {
            within: within.into_iter().collect(),
            without: without.into_iter().collect(),
        }),
        ports: Ports {
            within: port.map(|port| (port, port)).into_iter().collect(),
            without: Vec::new(),
        },
    }
}

#[test]
fn the_indexes_lose_no_rule_that_a_header_lets_through() {
    let home = Some(("10.0.0.0", "10.255.255.255"));
    let one = Some(("203.0.113.7", "203.0.113.7"));
    let six = Some(("fd00::", "fd00::ffff"));
    // What most headers name tells the classes apart.
    let sets = [
        (None, false),
        (home, false),
        (home, false),
        (home, true),
        (one, false),
        (six, false),
    ];
    let mut rules = Vec::new();
    for (left, not_left) in sets {
        for (right, not_right) in sets {
            for kind in 0..12u32 {
                let octets: &[u8] = if kind % 2 == 0 { b"needle" } else { b"" };
                let mut rule = rule(u32::try_from(rules.len()).expect("few"), Over::Udp);
                let port = |which| (kind / 4 == which).then_some(502);
                rule.ends = (end(left, not_left, port(1)), end(right, not_right, port(2)));
                rule.both_ways = kind % 4 >= 2;
                rule.flow.to_server = kind % 3 == 1;
                rule.flow.to_client = kind % 3 == 2;
                if !octets.is_empty() {
                    rule.buffers = vec![buffer(Buffer::Payload, vec![content(octets)])];
                }
                rules.push(rule);
            }
        }
    }
    let (engine, refused) = Engine::compile(rules);
    assert_eq!(refused, []);
    let hosts = [
        "10.0.0.1",
        "10.9.9.9",
        "203.0.113.7",
        "203.0.113.8",
        "fd00::1",
        "2001:db8::1",
    ];
    let ends: Vec<Endpoint> = hosts
        .iter()
        .flat_map(|host| [502, 80].map(|port| (host, port)))
        .map(|(host, port)| Endpoint {
            host: Host::Ip(host.parse().expect("an address")),
            port,
        })
        .collect();
    let mut scratch = Scratch::default();
    for (source, destination, to_server) in ends
        .iter()
        .flat_map(|from| ends.iter().map(move |to| (*from, *to)))
        .flat_map(|(from, to)| [(from, to, true), (from, to, false)])
    {
        let class = engine.inside.class(source, destination, to_server);
        let (mut hits, mut found) = (Vec::new(), Vec::new());
        for place in engine.packets[1].groups(class, (source.port, destination.port), None) {
            let group = &engine.groups[place as usize];
            group.scan(b"a needle", &mut scratch, &mut hits, &mut found);
        }
        engine.loose[1].candidates([source, destination], None, Needs::default(), &mut found);
        engine.first[1].candidates([source, destination], None, Needs::default(), &mut found);
        for (number, (rule, plan)) in (0..).zip(engine.rules.iter().zip(&engine.plans)) {
            let (left, right) = &plan.ends;
            let between = left.has(source) && right.has(destination);
            let back = rule.both_ways && left.has(destination) && right.has(source);
            let direction = if to_server {
                !rule.flow.to_client
            } else {
                !rule.flow.to_server
            };
            if (between || back) && direction {
                assert!(found.contains(&number), "{source} {destination} {rule:?}");
            }
        }
    }
    // And they do take something away.
    let plant = engine.inside.class(ends[0], ends[2], true);
    let world = engine.inside.class(ends[6], ends[2], true);
    assert_ne!(plant, world);
    let group = |class| engine.packets[1].groups(class, (1, 1), None).next();
    assert_ne!(group(plant), group(world));
}

#[test]
fn rules_of_one_protocol_are_not_looked_for_in_another() {
    let rules = vec![
        payload(1, Over::Protocol("http"), b"needle"),
        payload(2, Over::Tcp, b"needle"),
    ];
    let (engine, refused) = Engine::compile(rules);
    assert_eq!(refused, []);
    for (speaks, expected) in [
        (None, &[0, 1][..]),
        (Some("http"), &[0, 1]),
        (Some("modbus"), &[1]),
    ] {
        let (mut hits, mut found) = (Vec::new(), Vec::new());
        let mut scratch = Scratch::default();
        for class in 0..CLASSES {
            for place in engine.streams.groups(class, (1, 2), speaks) {
                let group = &engine.groups[place as usize];
                group.scan(b"a needle", &mut scratch, &mut hits, &mut found);
            }
        }
        found.sort_unstable();
        found.dedup();
        assert_eq!(found, expected, "{speaks:?}");
    }
}

#[test]
fn bits_of_pairs_stay_with_the_workers_unless_the_site_needs_them() {
    let named = |sid, scope, name, act| {
        let mut rule = payload(sid, Over::Udp, b"a");
        rule.bits = vec![Bit { scope, name, act }];
        rule
    };
    let of_site = |rules: Vec<Rule>| {
        let (engine, refused) = Engine::compile(rules);
        assert_eq!(refused, []);
        let numbered = (0..).zip(engine.rules());
        let mut sids: Vec<u32> = numbered
            .filter(|(number, _)| engine.is_of_site(*number))
            .map(|(_, rule)| rule.id.sid)
            .collect();
        sids.sort_unstable();
        sids
    };
    let sets = named(1, Scope::Pair, 0, BitAct::Set(None));
    let asks = named(2, Scope::Pair, 0, BitAct::IsSet(vec![0]));
    let other = named(3, Scope::Pair, 5, BitAct::IsNotSet(vec![5]));
    let own = vec![sets, asks, other];
    assert_eq!(of_site(own.clone()), [0; 0]);
    // The site decides the fourth, which changes what the third asks for, and links both names.
    let mut wide = named(4, Scope::Pair, 5, BitAct::Unset);
    wide.bits.push(Bit {
        scope: Scope::Source,
        name: 7,
        act: BitAct::Set(None),
    });
    let mut all = own.clone();
    all.push(wide.clone());
    assert_eq!(of_site(all), [3, 4]);
    wide.bits.push(Bit {
        scope: Scope::Pair,
        name: 0,
        act: BitAct::Unset,
    });
    let mut all = own;
    all.push(wide);
    assert_eq!(of_site(all), [1, 2, 3, 4]);
}
