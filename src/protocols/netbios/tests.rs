//! NetBIOS on captured and built packets.

use super::NetBios;
use crate::facts::Side;
use crate::protocols::testing::{Driver, batter, hex};
use crate::protocols::{Carrier, Opening, Probe, Protocol, Step};

/// Frames 580 and 582 of ITI's `EIP-RemoteModeChangeAttempt.pcap` (CC-BY-4.0): a query for
/// `WIN2K3LAB021` as a file server, and the answer.
const QUERY: &str = "9f4a01100001000000000000 20
    4648454a454f4443454c4444454d4542454344414443444243414341434143410000200001";
const ANSWER: &str = "9f4a85000000000100000000 20
    4648454a454f4443454c4444454d4542454344414443444243414341434143410000200001
    000493e0 0006 0000 c0a80a15";

/// Frame 50 of ITI's `addroute1.pcapng` (CC-BY-4.0): a Samba server announces itself.
const ANNOUNCEMENT: &str = "110a0dc7c0a801c7008a00d70000
    204645454a434e4647454e4341434143414341434143414341434143414341414100
    20464845504643454c45484643455046464641434143414341434143414341424f00
    ff534d4225 0000000000000000000000000000000000000000000000000000 00
    1100003d000000000000000000000000000000000000003d00560003000100010002004e00
    5c4d41494c534c4f545c42524f57534500
    0f1f20bf020054492d564d00000000000000000000000409039a84000f0155aa
    54492d564d20736572766572202853616d62612c205562756e74752900";

/// A node status answer, made up after RFC 1002, 4.2.18.
const STATUS: &str = "000184000000000100000000 20
    434b4141414141414141414141414141414141414141414141414141414141410000210001
    00000000 002b 02
    444330312020202020202020202020 00 0400 504c414e5420202020202020202020 1c 8400
    001b1b7a9c01";

fn told(octets: &str) -> Driver {
    let octets = hex(octets);
    let ports = (137, 137);
    let mut driver = Driver::open(&NetBios, Carrier::Udp, ports, Side::High, &octets, false);
    driver.packet(Side::High, &octets);
    assert_eq!(driver.steps, [Step::Pdu(octets.len())]);
    driver
}

#[test]
fn an_answer_names_the_host_at_its_address() {
    let driver = told(ANSWER);
    assert_eq!(
        driver.out.messages,
        [
            "high netbios operation=\"query\" transaction=40778 response=true rcode=0 \
             name=\"WIN2K3LAB021\" suffix=32 address=\"192.168.10.21\""
        ]
    );
    assert_eq!(driver.out.attributes, ["192.168.10.21 Name = WIN2K3LAB021"]);
    assert!(told(QUERY).out.attributes.is_empty());
}

#[test]
fn an_announcement_tells_name_system_comment_and_role() {
    let driver = told(ANNOUNCEMENT);
    assert_eq!(
        driver.out.messages,
        [
            "high netbios operation=\"datagram\" name=\"TI-VM\" suffix=0 \
             destination=\"WORKGROUP\" server=\"TI-VM\" server_type=8690179 version=\"4.9\" \
             comment=\"TI-VM server (Samba, Ubuntu)\""
        ]
    );
    assert_eq!(
        driver.out.attributes,
        [
            "high Name = TI-VM",
            "high Name = TI-VM",
            "high OperatingSystem = Windows NT 4.9",
            "high Description = TI-VM server (Samba, Ubuntu)",
            "high Role = server",
        ]
    );
}

#[test]
fn a_node_status_tells_name_adapter_and_domain_controller() {
    let driver = told(STATUS);
    assert_eq!(
        driver.out.attributes,
        [
            "high Name = DC01",
            "high Role = domain-controller",
            "high Mac = \\x00\\x1b\\x1bz\\x9c\\x01",
        ]
    );
}

#[test]
fn an_ordinary_dns_query_is_not_mine() {
    let query = hex("af2d0120000100000000000003706c63056c6f63616c0000010001");
    let opening = Opening {
        carrier: Carrier::Udp,
        ports: (137, 137),
        side: Side::Low,
        octets: &query,
        midstream: false,
    };
    assert_eq!(NetBios.probe(&opening), Probe::NotMine);
}

#[test]
fn nothing_breaks_it() {
    for octets in [QUERY, ANSWER, ANNOUNCEMENT, STATUS] {
        batter(&NetBios, Carrier::Udp, (137, 137), &[&hex(octets)]);
    }
}
