//! DHCP on captured and built messages.

use super::Dhcp;
use crate::facts::Side;
use crate::protocols::testing::{Driver, batter, hex};
use crate::protocols::{Carrier, Step};

/// A message after the fixed fields of tcpdump's `dhcp-mud.pcap` (BSD), with other options.
fn message(operation: u8, yours: [u8; 4], options: &str) -> Vec<u8> {
    let mut octets = vec![operation, 1, 6, 0];
    octets.extend(hex("8c484700 0000 0000 00000000"));
    octets.extend(yours);
    octets.extend(hex("3e0cad72 3e0cad79 b827ebb853c8"));
    octets.resize(236, 0);
    octets.extend(hex("63825363"));
    octets.extend(hex(options));
    octets
}

const REQUEST: &str = "350103 3d0701b827ebb853c8 390205c0
    3c26 6468637063642d362e31312e353a4c696e75782d342e312e31382d76372b3a61726d76376c3a
    0c0b 7261737062657272797069 3704 0103060f 3204 620cad7b ff";
const ACK: &str = "350105 3604 3e0cad72 3304 00000258 0104 fffffff8 0304 3e0cad79 ff0000";

fn ports() -> (u16, u16) {
    (68, 67)
}

#[test]
fn a_request_names_the_client_by_its_mac() {
    let request = message(1, [0; 4], REQUEST);
    let mut driver = Driver::open(&Dhcp, Carrier::Udp, ports(), Side::Low, &request, false);
    driver.packet(Side::Low, &request);
    assert_eq!(
        driver.out.messages,
        [
            "low dhcp type=\"request\" transaction=2353547008 client_mac=\"b8:27:eb:b8:53:c8\" \
             relay_ip=\"62.12.173.121\" requested_ip=\"98.12.173.123\" hostname=\"raspberrypi\" \
             vendor_class=\"dhcpcd-6.11.5:Linux-4.1.18-v7+:armv7l:\" \
             client_id=01b827ebb853c8 parameters=[1,3,6,15]"
        ]
    );
    assert_eq!(
        driver.out.attributes,
        [
            "b8:27:eb:b8:53:c8 Name = raspberrypi",
            "b8:27:eb:b8:53:c8 Description = dhcpcd-6.11.5:Linux-4.1.18-v7+:armv7l:",
        ]
    );
    assert_eq!(driver.out.server, None);
}

#[test]
fn an_acknowledgement_binds_the_client_and_shows_the_server() {
    let ack = message(2, [62, 12, 173, 123], ACK);
    let mut driver = Driver::open(&Dhcp, Carrier::Udp, ports(), Side::High, &ack, false);
    driver.packet(Side::High, &ack);
    assert_eq!(driver.out.server, Some(Side::High));
    assert_eq!(
        driver.out.attributes,
        ["62.12.173.123 Mac = \\xb8\\'\\xeb\\xb8S\\xc8"],
        "a relayed answer does not make the relay the server"
    );
}

#[test]
fn options_that_run_out_of_the_datagram_are_a_fault_and_the_rest_is_told() {
    let request = message(1, [0; 4], "350101 0c20 61");
    let mut driver = Driver::open(&Dhcp, Carrier::Udp, ports(), Side::Low, &request, false);
    driver.packet(Side::Low, &request);
    assert_eq!(driver.steps, [Step::Malformed(request.len())]);
    assert!(driver.out.messages[0].contains("type=\"discover\""));
    assert_eq!(driver.out.faults, ["low dhcp.malformed_options at 0"]);
}

#[test]
fn nothing_breaks_it() {
    let request = message(1, [0; 4], REQUEST);
    let ack = message(2, [62, 12, 173, 123], ACK);
    batter(&Dhcp, Carrier::Udp, ports(), &[&request, &ack]);
}

#[test]
fn an_answer_of_bootp_gives_the_address() {
    let reply = message(2, [192, 168, 1, 120], "ff");
    let mut driver = Driver::open(&Dhcp, Carrier::Udp, ports(), Side::High, &reply, false);
    driver.packet(Side::High, &reply);
    assert_eq!(driver.out.server, Some(Side::High));
    assert_eq!(
        driver.out.attributes,
        ["192.168.1.120 Mac = \\xb8\\'\\xeb\\xb8S\\xc8"]
    );
}
