//! The rules at work, by hand and by properties.

use super::*;
use crate::facts::{Endpoint, Field, Host, Meaning, Outcome, Side, Time, Visitor};
use crate::protocols::PROTOCOLS;
use crate::rules::rule::{
    Bit, Buffer, BufferTest, ByteJump, ByteTest, Compare, Content, EventTest, Limit, LimitKind,
    Number, OctetTest, OperationTest, Reading, Regex, Value,
};
use crate::rules::testing::{buffer, content, field, fixed, is, rule};
use crate::wire::{Checksums, read};
use proptest::prelude::*;

/// No sids.
const NONE: [u32; 0] = [];

fn inspector(rules: Vec<Rule>) -> Inspector {
    let (engine, refused) = Engine::compile(rules);
    assert_eq!(refused, []);
    Inspector::new(Arc::new(engine), false)
}

fn scene(frame: u64, ip_protocol: u8) -> Scene {
    let end = |last, port| Endpoint {
        host: Host::v4([10, 0, 0, last]),
        port,
    };
    Scene {
        source: end(1, 40_000),
        destination: end(2, 502),
        side: Side::Low,
        client: Side::Low,
        ip_protocol,
        established: true,
        encrypted: false,
        first: false,
        stamp: Stamp {
            time: Time::from_parts(1_000 + frame, 0),
            frame,
        },
        totals: Totals::default(),
        speaks: None,
    }
}

/// The sids found since the last call.
fn found(inspector: &mut Inspector) -> Vec<u32> {
    let mut sids = Vec::new();
    while let Some(hit) = inspector.next_hit() {
        sids.extend(inspector.engine().rule(hit.rule).map(|rule| rule.id.sid));
    }
    sids
}

/// Whether tests hold of octets.
fn holds(octets: &[u8], tests: Vec<OctetTest>) -> bool {
    let mut rule = rule(1, Over::Udp);
    rule.buffers = vec![BufferTest {
        buffer: Buffer::Payload,
        transforms: Vec::new(),
        tests,
        fast: None,
    }];
    let (engine, refused) = Engine::compile(vec![rule]);
    assert_eq!(refused, []);
    let mut work = Work::default();
    work.buffer(&engine.plans[0].octets.buffers[0], octets)
}

fn contents(all: &[Content]) -> Vec<OctetTest> {
    all.iter().cloned().map(OctetTest::Content).collect()
}

#[test]
fn contents_lie_where_the_rule_says() {
    let at = |offset, depth| Content {
        offset: fixed(offset),
        depth: fixed(depth),
        ..content(b"b")
    };
    let near = |distance, within| Content {
        distance: fixed(distance),
        within: fixed(within),
        ..content(b"b")
    };
    let not = |content: Content| Content {
        negated: true,
        ..content
    };
    for (octets, tests, expected) in [
        (&b"aab"[..], vec![content(b"ab")], true),
        (b"aAB", vec![content(b"ab")], false),
        (
            b"aAB",
            vec![Content {
                nocase: true,
                ..content(b"ab")
            }],
            true,
        ),
        (b"aab", vec![at(2, 1)], true),
        (b"aab", vec![at(0, 2)], false),
        (b"aab", vec![not(at(0, 2))], true),
        (b"abb", vec![not(at(0, 2))], false),
        (b"a..b", vec![content(b"a"), near(2, 1)], true),
        (b"a..b", vec![content(b"a"), near(0, 2)], false),
        (b"a..b", vec![content(b"a"), near(0, 3)], true),
        (b"a..b", vec![content(b"a"), not(near(0, 2))], true),
        // The first place of `a` does not help, the second does.
        (b"a.....a.b", vec![content(b"a"), near(1, 1)], true),
        (b"a.....a..b", vec![content(b"a"), near(1, 1)], false),
        (b"ba", vec![content(b"a"), near(-2, 1)], true),
        (
            b"abc",
            vec![Content {
                starts: true,
                ..content(b"ab")
            }],
            true,
        ),
        (
            b"aabc",
            vec![Content {
                starts: true,
                ..content(b"ab")
            }],
            false,
        ),
        (
            b"abcab",
            vec![Content {
                ends: true,
                ..content(b"ab")
            }],
            true,
        ),
        (
            b"ababc",
            vec![Content {
                ends: true,
                ..content(b"ab")
            }],
            false,
        ),
    ] {
        assert_eq!(
            holds(octets, contents(&tests)),
            expected,
            "{octets:?} {tests:?}"
        );
    }
}

const BIG: Reading = Reading {
    little: false,
    text: None,
    dce: false,
};

fn byte_test(octets: i64, compare: Compare, value: i64, offset: i64) -> ByteTest {
    ByteTest {
        octets: Value::Fixed(octets),
        compare,
        negated: false,
        value: Value::Fixed(value),
        offset: Value::Fixed(offset),
        relative: false,
        reading: BIG,
        mask: None,
    }
}

#[test]
fn numbers_are_read_out_of_octets() {
    let octets = &[0x00, 0x02, 0xff, b'1', b'2', b' ', 0xaa];
    let little = Reading {
        little: true,
        ..BIG
    };
    let text = Reading {
        text: Some(10),
        ..BIG
    };
    for (test, expected) in [
        (byte_test(2, Compare::Equal, 2, 0), true),
        (byte_test(2, Compare::Greater, 2, 0), false),
        (
            ByteTest {
                reading: little,
                ..byte_test(2, Compare::Equal, 512, 0)
            },
            true,
        ),
        (
            ByteTest {
                reading: text,
                ..byte_test(3, Compare::Equal, 12, 3)
            },
            true,
        ),
        (
            ByteTest {
                mask: Some(0xf0),
                ..byte_test(1, Compare::Equal, 15, 2)
            },
            true,
        ),
        (
            ByteTest {
                negated: true,
                ..byte_test(1, Compare::Equal, 1, 0)
            },
            true,
        ),
        (byte_test(1, Compare::And, 0x0f, 2), true),
        (byte_test(4, Compare::Greater, 0, 4), false),
    ] {
        assert_eq!(
            holds(octets, vec![OctetTest::ByteTest(test.clone())]),
            expected,
            "{test:?}"
        );
    }
}

#[test]
fn jumps_and_what_is_behind_them() {
    let jump = ByteJump {
        octets: Value::Fixed(1),
        offset: Value::Fixed(0),
        relative: false,
        reading: BIG,
        mask: None,
        multiplier: 1,
        align: false,
        from_beginning: false,
        from_end: false,
        post_offset: 0,
    };
    let then = |at, negated| OctetTest::DataAt {
        at: Value::Fixed(at),
        relative: true,
        negated,
    };
    let octets = &[2, b'a', b'b', b'c'];
    let jumps = |jump: &ByteJump| OctetTest::ByteJump(jump.clone());
    assert!(holds(octets, vec![jumps(&jump), then(1, false)]));
    assert!(!holds(octets, vec![jumps(&jump), then(2, false)]));
    let behind = Content {
        distance: fixed(0),
        within: fixed(1),
        ..content(b"c")
    };
    assert!(holds(
        octets,
        vec![jumps(&jump), OctetTest::Content(behind)]
    ));
    let far = ByteJump {
        post_offset: 2,
        ..jump
    };
    assert!(!holds(octets, vec![jumps(&far)]));
}

#[test]
fn expressions_go_on_from_the_last_match() {
    let regex = |relative| {
        OctetTest::Regex(Regex {
            pattern: Arc::from("^b"),
            negated: false,
            relative,
            nocase: false,
            dotall: false,
            multiline: false,
            extended: false,
            anchored: false,
            dollar_end_only: false,
            ungreedy: false,
        })
    };
    let after = |relative| {
        let mut tests = contents(&[content(b"a")]);
        tests.push(regex(relative));
        holds(b"xaab", tests)
    };
    assert!(after(true), "the second `a` is the one");
    assert!(!after(false));
}

/// A UDP datagram from 10.0.0.1:40000 to 10.0.0.2:502.
fn datagram(content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 8).unwrap();
    let mut packet = vec![0x45, 0];
    packet.extend((length + 20).to_be_bytes());
    packet.extend([0, 1, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]);
    packet.extend(40_000u16.to_be_bytes());
    packet.extend(502u16.to_be_bytes());
    packet.extend(length.to_be_bytes());
    packet.extend([0, 0]);
    packet.extend(content);
    packet
}

fn show(inspector: &mut Inspector, trail: &mut Trail, frame: u64, octets: &[u8]) {
    let packet = datagram(octets);
    let length = u32::try_from(packet.len()).unwrap();
    let headers = read(crate::wire::RAW_IP, &packet, length, Checksums::Header);
    let view = PacketView {
        headers: &headers,
        octets: &packet,
    };
    let at = scene(frame, 17);
    let brief = Brief {
        view,
        side: at.side,
        client: at.client,
        ip_protocol: at.ip_protocol,
        first: at.first,
        speaks: at.speaks,
    };
    inspector.packet(&brief, || at, trail);
    inspector.settle(None, trail);
}

fn payload(sid: u32, over: Over, contents: Vec<Content>) -> Rule {
    let mut rule = rule(sid, over);
    rule.buffers = vec![buffer(Buffer::Payload, contents)];
    rule
}

#[test]
fn packets_match_by_header_and_content() {
    let mut other_port = payload(2, Over::Udp, vec![content(b"abc")]);
    other_port.ends.1.ports.within = vec![(503, 600)];
    let mut size = rule(3, Over::Udp);
    size.packet = vec![crate::rules::rule::PacketTest::Size(Number::Within(6, 6))];
    let mut inspector = inspector(vec![
        payload(1, Over::Udp, vec![content(b"abc")]),
        other_port,
        size,
        payload(4, Over::Tcp, vec![content(b"abc")]),
        payload(5, Over::Ip, vec![content(b"bc")]),
    ]);
    let mut trail = Trail::default();
    show(&mut inspector, &mut trail, 1, b"xxabcx");
    assert_eq!(found(&mut inspector), [1, 3, 5]);
    show(&mut inspector, &mut trail, 2, b"xxab");
    assert_eq!(found(&mut inspector), NONE);
    assert!(trail.memory.is_none(), "nothing to remember");
}

#[test]
fn bits_and_limits_of_a_flow() {
    let bit = |act| Bit {
        scope: Scope::Flow,
        name: 7,
        act,
    };
    let mut sets = payload(1, Over::Udp, vec![content(b"login")]);
    sets.bits = vec![bit(BitAct::Set(Some(10)))];
    sets.silent = true;
    let mut asks = payload(2, Over::Udp, vec![content(b"stop")]);
    asks.bits = vec![bit(BitAct::IsSet(vec![7]))];
    let mut limited = payload(3, Over::Udp, vec![content(b"stop")]);
    limited.limits = vec![Limit {
        track: Track::Flow,
        kind: LimitKind::Limit {
            count: 1,
            seconds: 60,
        },
        unique: None,
    }];
    let mut inspector = inspector(vec![sets, asks, limited]);
    let mut trail = Trail::default();
    let mut sids = |frame, octets: &[u8]| {
        show(&mut inspector, &mut trail, frame, octets);
        found(&mut inspector)
    };
    assert_eq!(sids(1, b"stop"), [3]);
    assert_eq!(sids(2, b"login"), NONE);
    assert_eq!(sids(3, b"stop"), [2]);
    assert_eq!(sids(13, b"stop"), NONE, "the bit has lapsed");
}

#[test]
fn a_rule_that_passes_silences_the_others() {
    let mut passes = payload(1, Over::Udp, vec![content(b"known")]);
    passes.action = Action::Pass;
    let mut inspector = inspector(vec![payload(2, Over::Udp, vec![content(b"stop")]), passes]);
    let mut trail = Trail::default();
    show(&mut inspector, &mut trail, 1, b"known stop");
    assert_eq!(found(&mut inspector), NONE);
    show(&mut inspector, &mut trail, 2, b"stop");
    assert_eq!(found(&mut inspector), [2]);
}

/// What is found in a stream that comes in these pieces.
fn stream(rules: &[Rule], pieces: &[&[u8]]) -> Vec<u32> {
    let mut inspector = inspector(rules.to_vec());
    let mut trail = Trail::default();
    for (frame, piece) in (1..).zip(pieces) {
        inspector.stream(&scene(frame, 6), piece, &mut trail);
        inspector.settle(None, &mut trail);
    }
    let mut sids = found(&mut inspector);
    sids.sort_unstable();
    sids
}

fn stream_rules() -> Vec<Rule> {
    let near = Content {
        distance: fixed(0),
        within: fixed(4),
        ..content(b"cd")
    };
    let start = Content {
        depth: fixed(5),
        ..content(b"bc")
    };
    vec![
        payload(1, Over::Tcp, vec![content(b"abc")]),
        payload(2, Over::Tcp, vec![content(b"ab"), near]),
        payload(3, Over::Tcp, vec![content(b"dd"), content(b"aa")]),
        payload(4, Over::Tcp, vec![start]),
    ]
}

#[test]
fn streams_match_across_segments() {
    let rules = stream_rules();
    assert_eq!(stream(&rules, &[b"xxa", b"b", b"cxx"]), [1, 4]);
    assert_eq!(stream(&rules, &[b"ab..", b"cd"]), [2]);
    assert_eq!(stream(&rules, &[b"aa", b"....", b"dd"]), [3]);
    assert_eq!(stream(&rules, &[b"....bc"]), NONE);
    assert_eq!(stream(&rules, &[b"abcabc"]), [1, 1, 4]);
}

proptest! {
    #[test]
    fn cuts_of_a_stream_change_nothing(
        octets in prop::collection::vec(b'a'..=b'd', 0..200),
        cuts in prop::collection::vec(0usize..200, 0..12),
    ) {
        let rules = stream_rules();
        let mut pieces = Vec::new();
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(octets.len())).collect();
        cuts.extend([0, octets.len()]);
        cuts.sort_unstable();
        for cut in cuts.windows(2) {
            pieces.push(&octets[cut[0]..cut[1]]);
        }
        let single: Vec<&[u8]> = octets.chunks(1).collect();
        let expected = stream(&rules, &single);
        prop_assert_eq!(stream(&rules, &pieces), expected);
    }
}

/// A Modbus message with a function and a list of values.
struct Fake {
    function: u64,
    name: &'static [u8],
}

impl Message for Fake {
    fn protocol(&self) -> &'static str {
        "modbus"
    }

    fn read(&self, index: usize, out: &mut dyn Visitor) {
        let modbus = PROTOCOLS
            .iter()
            .find(|protocol| protocol.name() == "modbus");
        let field = modbus.and_then(|modbus| modbus.field(index));
        match field.map(|Field { name, .. }| *name) {
            Some("modbus.function") => out.unsigned(self.function),
            Some("modbus.function_name") => out.text(self.name),
            Some("modbus.values") => {
                out.open_list();
                out.unsigned(1);
                out.unsigned(7);
                out.close_list();
            }
            _ => {}
        }
    }
}

#[test]
fn messages_match_by_fields_and_buffers() {
    let mut function = rule(1, Over::Protocol("modbus"));
    function.fields = vec![is("modbus.function", 5)];
    let mut name = rule(2, Over::Protocol("modbus"));
    let fields = Buffer::Fields(vec![field("modbus.function_name")]);
    name.buffers = vec![buffer(fields, vec![content(b"coil")])];
    let mut server = function.clone();
    server.id.sid = 3;
    server.flow.to_client = true;
    // Any value of a list counts, not the first one alone.
    let mut value = rule(4, Over::Protocol("modbus"));
    value.fields = vec![is("modbus.values", 7), is("modbus.function", 6)];
    let mut listed = value.clone();
    listed.id.sid = 5;
    listed.fields.truncate(1);
    let mut inspector = inspector(vec![function, name, server, value, listed]);
    let mut trail = Trail::default();
    let mut sids = |function, name| {
        let message = Fake { function, name };
        let mut scene = scene(1, 6);
        scene.speaks = Some("modbus");
        inspector.message(&scene, &message, &mut trail);
        found(&mut inspector)
    };
    assert_eq!(sids(5, b"write single coil"), [1, 2, 5]);
    assert_eq!(sids(3, b"read"), [5]);
    assert_eq!(sids(6, b""), [4, 5]);
    assert_eq!(sids(1, b"read coils"), [2, 5]);
}

fn meaning(name: &str) -> &'static Meaning {
    let mut all = PROTOCOLS.iter().flat_map(|protocol| protocol.meanings());
    all.find(|meaning| meaning.name == name)
        .unwrap_or_else(|| panic!("no meaning {name}"))
}

fn operation(name: &str, frame: u64) -> Operation<'static> {
    Operation {
        meaning: meaning(name),
        code: 5,
        actor: Side::Low,
        unit: Some(1),
        items: &[],
        outcome: Outcome::Done,
        requested: Some(scene(frame, 6).stamp),
        answered: None,
    }
}

#[test]
fn operations_match_by_meaning_and_by_their_messages() {
    let mut critical = rule(1, Over::Any);
    critical.operation = vec![OperationTest::Criticality(Number::Within(3, 5))];
    let mut both = rule(2, Over::Protocol("modbus"));
    both.fields = vec![is("modbus.function", 5)];
    both.operation = vec![OperationTest::Result("ok".into())];
    let mut inspector = inspector(vec![critical, both]);
    let mut trail = Trail::default();
    let mut at = scene(4, 6);
    at.speaks = Some("modbus");
    let write = operation("write single coil", 4);
    inspector.operation(&at, &write, &mut trail);
    assert_eq!(found(&mut inspector), [1]);
    let message = Fake {
        function: 5,
        name: b"",
    };
    inspector.message(&at, &message, &mut trail);
    assert_eq!(found(&mut inspector), NONE, "only half of it");
    inspector.operation(&at, &write, &mut trail);
    assert_eq!(found(&mut inspector), [1, 2]);
    at.stamp = scene(5, 6).stamp;
    inspector.operation(&at, &operation("read coils", 5), &mut trail);
    assert_eq!(found(&mut inspector), NONE);
}

#[test]
fn faults_match_by_name() {
    let modbus = PROTOCOLS
        .iter()
        .find(|protocol| protocol.name() == "modbus");
    let fault = modbus.unwrap().faults()[0];
    let mut event = rule(1, Over::Protocol("modbus"));
    event.events = vec![EventTest::Protocol {
        protocol: "modbus",
        fault: fault.name,
    }];
    let mut inspector = inspector(vec![event]);
    let mut at = scene(1, 6);
    at.speaks = Some("modbus");
    inspector.fault(&at, fault, &mut Trail::default());
    assert_eq!(found(&mut inspector), [1]);
    inspector.fault(&at, modbus.unwrap().faults()[1], &mut Trail::default());
    assert_eq!(found(&mut inspector), NONE);
}

/// A fragment of UDP over IPv4: the first, with more to come.
fn first_fragment() -> Vec<u8> {
    let mut packet = vec![
        0x45, 0, 0, 36, 0, 7, 0x20, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
    ];
    packet.extend([0x9c, 0x40, 0x01, 0xf6, 0, 40, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8]);
    packet
}

#[test]
fn fragments_are_seen_by_the_rules_that_ask_for_them() {
    use crate::rules::rule::{FlagMatch, HeaderEvent, PacketTest};
    let more = PacketTest::FragmentBits {
        mask: 7,
        wanted: 1,
        how: FlagMatch::All,
    };
    let mut of_bits = rule(1, Over::Ip);
    of_bits.packet = vec![more.clone()];
    let mut alone = rule(2, Over::Ip);
    alone.flow.fragments = Some(true);
    let mut whole = rule(3, Over::Ip);
    whole.flow.fragments = Some(false);
    whole.packet = vec![more];
    let plain = rule(4, Over::Ip);
    let mut other = rule(5, Over::Ip);
    other.packet = vec![PacketTest::Event(HeaderEvent::Ipv6FragmentUseless)];
    let mut place = rule(6, Over::Ip);
    place.packet = vec![PacketTest::FragmentOffset(Number::OneOf(vec![0]))];
    let mut inspector = inspector(vec![of_bits, alone, whole, plain, other, place]);
    let octets = first_fragment();
    let length = u32::try_from(octets.len()).unwrap();
    let headers = read(crate::wire::RAW_IP, &octets, length, Checksums::Header);
    let view = PacketView {
        headers: &headers,
        octets: &octets,
    };
    inspector.fragment(&scene(1, 17), &view);
    assert_eq!(found(&mut inspector), [1, 2, 6]);
}

#[test]
fn what_a_stream_lost_is_an_event() {
    use crate::rules::rule::StreamEvent;
    let mut lost = rule(1, Over::Tcp);
    lost.events = vec![EventTest::Stream(StreamEvent::Gap)];
    let mut of_udp = rule(2, Over::Udp);
    of_udp.events = vec![EventTest::Stream(StreamEvent::Gap)];
    let mut inspector = inspector(vec![lost, of_udp]);
    inspector.gap(&scene(1, 6), &mut Trail::default());
    assert_eq!(found(&mut inspector), [1]);
}

/// Rules about packets in all the ways in which they are filed.
const PACKET_RULES: &str = r#"
alert tcp-pkt any any -> any any (flags:S,CE; sid:1;)
alert tcp-pkt any any -> any any (flags:0; sid:2;)
alert tcp-pkt any any -> any any (flags:*SF; sid:3;)
alert tcp-pkt any any -> any any (flags:!A; content:"ab"; sid:4;)
alert ip any any -> any any (sameip; sid:5;)
alert ip any any -> any any (ipopts:lsrr; sid:6;)
alert tcp-pkt any any -> any 502 (dsize:2; sid:7;)
alert tcp-pkt 10.0.0.1 any -> any any (window:>0; sid:8;)
alert ip any any -> 10.0.0.2 any (sid:9;)
alert tcp-pkt any any -> any any (flow:to_client; content:"b"; sid:10;)
alert tcp-pkt 10.0.0.2 502 -> any any (content:"a"; sid:11;)
alert modbus any any -> any any (flow:no_stream; content:"bb"; sid:12;)
alert udp any any -> any any (dsize:>3; sid:13;)
alert udp any any -> any 502 (content:"a"; sid:14;)
"#;

/// A packet of TCP or UDP between two of three hosts, and whether it comes from the first.
fn any_packet(turned: bool, same: bool, kind: (bool, bool), flags: u8, content: &[u8]) -> Vec<u8> {
    let (is_tcp, options) = kind;
    let (mut ends, mut ports) = ([[10, 0, 0, 1], [10, 0, 0, 2]], [40_000u16, 502]);
    if turned {
        ends.reverse();
        ports.reverse();
    }
    if same {
        ends = [ends[0]; 2];
    }
    let mut packet = vec![if options { 0x47 } else { 0x45 }, 0, 0, 0];
    packet.extend([0, 1, 0, 0, 64, if is_tcp { 6 } else { 17 }, 0, 0]);
    packet.extend(ends.concat());
    if options {
        packet.extend([0x83, 7, 4, 10, 0, 0, 9, 0]);
    }
    packet.extend(ports.iter().flat_map(|port| port.to_be_bytes()));
    if is_tcp {
        packet.extend([0, 0, 0, 1, 0, 0, 0, 1, 0x50, flags, 0, 9, 0, 0, 0, 0]);
    } else {
        let length = u16::try_from(content.len() + 8).unwrap();
        packet.extend(length.to_be_bytes());
        packet.extend([0, 0]);
    }
    packet.extend(content);
    let length = u16::try_from(packet.len()).unwrap();
    packet[2..4].copy_from_slice(&length.to_be_bytes());
    packet
}

proptest! {
    /// What is known of a flow beforehand never keeps a rule from its packet.
    #[test]
    fn packets_that_are_passed_over_match_nothing(
        packets in prop::collection::vec(
            (any::<(bool, bool, bool)>(), any::<u8>(), "[abc]{0,4}", 0..3usize, any::<bool>()),
            1..40,
        ),
        is_tcp: bool,
    ) {
        let path = std::path::Path::new("t.rules");
        let config = crate::rules::Config::default();
        let loaded = crate::rules::load_text(path, PACKET_RULES.as_bytes(), &config);
        prop_assert_eq!(loaded.refusals.len(), 0);
        let (mut quick, mut slow) = (inspector(loaded.rules.clone()), inspector(loaded.rules));
        let (mut trail, mut memory) = (Trail::default(), None);
        for (frame, ((turned, same, options), flags, content, speaks, client)) in (1..).zip(packets)
        {
            let octets = any_packet(turned, same, (is_tcp, options), flags, content.as_bytes());
            let length = u32::try_from(octets.len()).unwrap();
            let headers = read(crate::wire::RAW_IP, &octets, length, Checksums::Header);
            let view = PacketView { headers: &headers, octets: &octets };
            let mut at = scene(frame, if is_tcp { 6 } else { 17 });
            at.first = frame < 3;
            at.client = if client { Side::Low } else { Side::High };
            at.speaks = [None, Some("modbus"), Some("dns")][speaks];
            if turned {
                (at.source, at.destination) = (at.destination, at.source);
                at.side = Side::High;
            }
            let brief = Brief {
                view,
                side: at.side,
                client: at.client,
                ip_protocol: at.ip_protocol,
                first: at.first,
                speaks: at.speaks,
            };
            quick.packet(&brief, || at, &mut trail);
            slow.bench.packet(&slow.engine, &at, &view, &mut memory);
            quick.settle(at.speaks, &mut trail);
            slow.bench.settle(&slow.engine, at.speaks, &mut memory);
            prop_assert_eq!(found(&mut quick), found(&mut slow));
        }
    }
}

#[test]
fn an_actor_is_not_ruled_out_who_may_be_new() {
    let time = |seconds: u32| Time::from_parts(1_000 + u64::from(seconds), 0);
    let host = |last| Host::v4([10, 0, 0, last]);
    let mut actors = Actors::new();
    actors.tick(time(0));
    actors.tick(time(100));
    let early = actors.since((host(1), host(2)), time(119));
    assert!(
        !actors.may_be_new(early, time(119), 3_600),
        "nobody was watched before it"
    );
    let late = actors.since((host(3), host(2)), time(120));
    assert!(actors.may_be_new(late, time(120), 3_600));
    assert!(actors.may_be_new(late, time(3_719), 3_600));
    assert!(!actors.may_be_new(late, time(3_720), 3_600));
    assert_eq!(actors.since((host(3), host(2)), time(5_000)), late);
    assert_eq!(actors.since((host(2), host(3)), time(5_000)), time(5_000));
}
