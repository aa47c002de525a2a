//! DNS, multicast DNS and LLMNR on captured and built messages.

use super::super::llmnr::LLMNR;
use super::super::mdns::MDNS;
use super::Dns;
use super::wire::name;
use crate::facts::Side;
use crate::protocols::testing::{Driver, batter, hex};
use crate::protocols::{Carrier, Opening, Probe, Protocol, Step};

/// Frames 4 and 6 of tcpdump's `dns_tcp.pcap` (BSD), the answer without its other sections.
const QUERY: &str = "0038 431901200001000000000001 03777777 0774637064756d70 036f7267 00
    00010001 00002910000000 0000000c 000a00088f06be7d691442f0";
const ANSWER: &str = "0041 431985000001000200000000 03777777 0774637064756d70 036f7267 00
    00010001 c00c000100010000003c0004c08b2e42 c00c000100010000003c0004c6c75868";

/// From icsnpp's `open62541_discover_getendpoints_discover_urls.pcap` (BSD-3-Clause), cut to
/// one address, with descriptions in the form of RFC 6763.
const MULTICAST: &str = "000084000000 0003 00000000 0a 4d6175692d3136373134 00 00010001 00000258
    0004 c0a86b01 045f697070045f746370056c6f63616c00 0010 8001 00000078 0020
    0f 74793d4c617365724a657420503435 0f 7573625f4d46473d4865776c657474
    c00c 0021 8001 00000078 0008 0000000002770000";

fn open(protocol: &'static dyn Protocol, carrier: Carrier, port: u16, first: &[u8]) -> Driver {
    Driver::open(protocol, carrier, (port, 60_000), Side::High, first, false)
}

#[test]
fn a_query_over_tcp_is_answered() {
    let (query, answer) = (hex(QUERY), hex(ANSWER));
    let mut driver = open(&Dns, Carrier::Tcp, 53, &query);
    let (head, tail) = query.split_at(20);
    driver.packet(Side::High, head);
    driver.packet(Side::High, tail);
    driver.packet(Side::Low, &answer);
    assert_eq!(driver.steps, [Step::Need(58), Step::Pdu(58), Step::Pdu(67)]);
    assert_eq!(
        driver.out.messages,
        [
            "high dns id=17177 response=false opcode=0 name=\"www.tcpdump.org\" type=\"A\"",
            "low dns id=17177 response=true opcode=0 rcode=0 name=\"www.tcpdump.org\" \
             type=\"A\" answers=[{name:\"www.tcpdump.org\",type:\"A\",data:\"192.139.46.66\"},\
             {name:\"www.tcpdump.org\",type:\"A\",data:\"198.199.88.104\"}]",
        ]
    );
    assert_eq!(driver.out.server, Some(Side::Low));
    assert_eq!(driver.out.attributes, ["low Role = dns-server"]);
}

#[test]
fn buffers_show_names_as_rules_expect_them() {
    // Two questions, the second leading back into the first.
    let query = hex("000101000002000000000000 03575757 0178 00 00010001 c010 00100001");
    let answer = hex("000181000001000100000000 0378787800 00050001
        c00c 00050001 00000001 0005 02796f c00c");
    let mut driver = open(&Dns, Carrier::Udp, 53, &query);
    driver.packet(Side::High, &query);
    driver.packet(Side::Low, &answer);
    for (name, values) in [
        ("dns.query", &["high [\"WWW.x\",\"x\"]"][..]),
        (
            "dns.query.name",
            &["high [\"WWW.x\",\"x\"]", "low [\"xxx\"]"],
        ),
        ("dns.answer.name", &["low [\"xxx\"]"]),
        ("dns.response.rrname", &["low [\"xxx\",\"xxx\",\"yo.xxx\"]"]),
        ("dns.rrtype", &["high [1,16]", "low [5,5]"]),
    ] {
        assert_eq!(driver.out.buffer(name), values, "{name}");
    }
}

#[test]
fn a_stream_is_read_again_after_a_gap() {
    let query = hex(QUERY);
    let mut driver = open(&Dns, Carrier::Tcp, 53, &query);
    driver.packet(Side::High, &query);
    driver.gap(Side::High, Some(100));
    driver.packet(Side::High, &query[30..]);
    driver.packet(Side::High, &query);
    assert_eq!(driver.steps, [Step::Pdu(58), Step::Skip(28), Step::Pdu(58)]);
    assert_eq!(driver.out.messages.len(), 2);
}

#[test]
fn a_host_names_and_describes_itself_by_multicast() {
    let octets = hex(MULTICAST);
    let mut driver = open(&MDNS, Carrier::Udp, 5353, &octets);
    driver.packet(Side::Low, &octets);
    assert!(driver.out.messages[0].starts_with("low mdns id=0 response=true"));
    assert_eq!(
        driver.out.attributes,
        [
            "low Name = Maui-16714",
            "low Model = LaserJet P45",
            "low Vendor = Hewlett",
        ]
    );
}

#[test]
fn a_link_local_query_is_named_as_such() {
    // Frame 4 of ITI's `addroute1.pcapng` (CC-BY-4.0).
    let octets = hex("293d00000001000000000000 0943585f304437353630 0000010001");
    let mut driver = open(&LLMNR, Carrier::Udp, 5355, &octets);
    driver.packet(Side::High, &octets);
    assert_eq!(
        driver.out.messages,
        ["high llmnr id=10557 response=false opcode=0 name=\"CX_0D7560\" type=\"A\""]
    );
    let opening = Opening {
        carrier: Carrier::Udp,
        ports: (5355, 60_000),
        side: Side::High,
        octets: &octets,
        midstream: false,
    };
    assert_eq!(Dns.probe(&opening), Probe::NotMine);
    assert_eq!(MDNS.probe(&opening), Probe::NotMine);
}

#[test]
fn pointers_that_do_not_lead_back_end_the_name() {
    assert_eq!(name(&hex("c000"), 0), None);
    assert_eq!(name(&hex("0161c002c000"), 2), None);
    assert_eq!(name(&hex("0161 00 c000"), 3).unwrap().0.as_slice(), b"a");
    let mut chain = hex("00");
    for target in 0_u8..40 {
        chain.extend([0xc0, target.saturating_mul(2).saturating_sub(1)]);
    }
    assert_eq!(name(&chain, chain.len() - 2), None, "too many pointers");
}

#[test]
fn a_message_with_fewer_records_than_it_counts_is_a_fault() {
    let answer = hex(ANSWER);
    let mut driver = open(&Dns, Carrier::Udp, 53, &answer[2..]);
    driver.packet(Side::Low, &answer[2..60]);
    assert_eq!(driver.steps, [Step::Malformed(58)]);
    assert_eq!(driver.out.faults, ["low dns.malformed_data at 0"]);
}

#[test]
fn nothing_breaks_it() {
    let (query, answer, multicast) = (hex(QUERY), hex(ANSWER), hex(MULTICAST));
    batter(&Dns, Carrier::Tcp, (53, 60_000), &[&query, &answer]);
    batter(
        &Dns,
        Carrier::Udp,
        (53, 60_000),
        &[&query[2..], &answer[2..]],
    );
    batter(&MDNS, Carrier::Udp, (5353, 5353), &[&multicast]);
}
