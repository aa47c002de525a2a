//! What the compiler makes of rules.

use super::*;
use crate::rules::rule::{
    Action, Bit, BitAct, Buffer, Number, OctetTest, Over, PacketTest, Scope, Transform,
};
use crate::rules::testing::{buffer, content, fixed, is, rule};

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
