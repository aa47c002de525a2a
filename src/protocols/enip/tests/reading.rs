//! What is read of a packet: fields, identity, properties.

use super::*;

#[test]
fn list_identity_tells_the_device() {
    // suricata-verify, enip_test1.pcap.
    let driver = run(&[
        (CLIENT, "63000000000000000000000000000000c1debed100000000"),
        (
            DEVICE,
            "63003300000000000000000000000000c1debed10000000001000c002d0001000002af120a0101a4000000000000000001000c003a00040330008e4d52000b313735362d454e42542f4103",
        ),
    ]);
    assert_eq!(
        driver.out.operations,
        ["list identity, services or interfaces: identify/1 by low, ok"]
    );
    assert_eq!(
        driver.out.attributes,
        [
            "high Vendor = Rockwell Automation/Allen-Bradley",
            "high Model = 1756-ENBT/A",
            "high Firmware = 4.3",
            "high Serial = 0x00524d8e",
            "high Description = communications adapter",
            "high Role = communications-adapter",
        ]
    );
    assert_eq!(driver.out.server, Some(DEVICE));
    // The values that Suricata's own rules for this capture ask for.
    let reply = &driver.out.messages[1];
    for field in [
        "command=99 ",
        "command_name=\"list_identity\"",
        "status=0 ",
        "protocol_version=1 ",
        "vendor_id=1 ",
        "device_type=12 ",
        "product_code=58 ",
        "revision=1027 ",
        "identity_status=48 ",
        "serial=5393806 ",
        "product_name=\"1756-ENBT/A\"",
        "state=3",
    ] {
        assert!(reply.contains(field), "{field} in {reply}");
    }
}

#[test]
fn a_multiple_service_packet_shows_each_service() {
    let driver = run(&[(CLIENT, POLL), (DEVICE, POLL_REPLY)]);
    let request = &driver.out.messages[0];
    for field in [
        "command=112 ",
        "length=186 ",
        "session=285344000 ",
        "connection=8129281 ",
        "sequence=1929 ",
        "cip_service=[10,3,3,3,3,3,3,3,3,3,3,3]",
        "cip_class=[2,1,105,115,172,104,112,142,105,104,119,139]",
        "cip_instance=[1,1,0,1,1,9248,1,1,0,0,1,1]",
        "cip_attribute=[5,11,2,1,2,3,5,7,9,10,19,18,19,3,8,16,9,15,24,25,2,6]",
        "{service:3,response:false,class:1,instance:1,attribute:[5]}",
    ] {
        assert!(request.contains(field), "{field} in {request}");
    }
    let reply = &driver.out.messages[1];
    assert!(
        reply.contains("cip_status=[0,0,0,0,0,0,0,0,0,0,0,0]"),
        "{reply}"
    );
    let operations = &driver.out.operations;
    assert_eq!(operations.len(), 11);
    assert_eq!(
        operations[0],
        "read identity: identify/1 by low, class 1 1..=1 \"attribute 5\" = 0x6030, ok"
    );
    assert_eq!(
        operations[10],
        "read attribute: read/0 by low, class 139 1..=1 \"attribute 6\" = 0x73b4ea05f4590400, ok"
    );
    assert_eq!(driver.out.attributes, ["high Mode = run (key: remote)"]);
}

#[test]
fn an_unconnected_send_is_opened_and_its_slot_told() {
    let driver = run(&[
        (CLIENT, REGISTER),
        (DEVICE, REGISTER_REPLY),
        (CLIENT, TAG_READ),
        (DEVICE, TAG_READ_REPLY),
    ]);
    assert_eq!(
        driver.out.operations,
        [
            "register session: session/0 by low, ok",
            "read tag: read/0 unit 0 by low, tag \"FIT201:2\" = [2.450000047683716], ok",
        ]
    );
    let request = &driver.out.messages[2];
    assert!(request.contains("slot=[0] tag=[\"FIT201:2\"]"), "{request}");
}

#[test]
fn modules_behind_a_backplane_are_told_by_slot() {
    let driver = run(&[
        (
            CLIENT,
            "6f00240000010211000000000481300018a7e10000000000000000000a00020000000000b2001400520220062401069a060001022001240101000100",
        ),
        (
            DEVICE,
            "6f003b00000102110000000004813000180000000000000000000000000000000000020000000000b2000000",
        ),
    ]);
    // The reply above is not one: only the request stands.
    assert!(driver.out.attributes.is_empty());
    let request = hex("52022006240106 9a 0600 010220012401 0100 0103");
    let reply = hex(
        "81000000 0100 0e00 3600 1014 6031 3f825100 14 313735362d4c36312f42204c4f47495835353631",
    );
    let mut driver = tcp(&unconnected(1, &request));
    driver.packet(CLIENT, &unconnected(1, &request));
    driver.packet(DEVICE, &unconnected(1, &reply));
    assert_eq!(
        driver.out.attributes,
        [
            "high unit 3 Vendor = Rockwell Automation/Allen-Bradley",
            "high unit 3 Model = 1756-L61/B LOGIX5561",
            "high unit 3 Firmware = 16.20",
            "high unit 3 Serial = 0x0051823f",
            "high unit 3 Description = programmable logic controller",
            "high unit 3 Role = plc",
            "high unit 3 Mode = run (key: remote)",
        ]
    );
}

#[test]
fn an_unknown_vendor_stays_a_number() {
    let request = "01022001 2401";
    let mut driver = tcp(&unconnected(1, &hex(request)));
    driver.packet(CLIENT, &unconnected(1, &hex(request)));
    let reply = hex("81000000 6419 1d00 0100 0105 0000 01000000 00");
    driver.packet(DEVICE, &unconnected(1, &reply));
    assert_eq!(
        driver.out.attributes,
        [
            "high Vendor = vendor 6500",
            "high Firmware = 1.5",
            "high Serial = 0x00000001",
            "high Description = process control value"
        ]
    );
}

#[test]
fn list_services_names_the_service() {
    // ICS-Security-Tools, EIP-FirmwareChange.pcap, frames 10673 and 10677.
    let driver = run(&[
        (CLIENT, "040000000000000000000000000000000000000000000000"),
        (
            DEVICE,
            "04001a00000000000000000000000000000000000000000001000001140001002001436f6d6d756e69636174696f6e730000",
        ),
    ]);
    let reply = &driver.out.messages[1];
    assert!(
        reply.contains("protocol_version=1 service_name=\"Communications\" capabilities=288"),
        "{reply}"
    );
}

#[test]
fn implicit_data_is_data_and_no_message() {
    // icsnpp-enip, enip_cip_example.pcap, frame 463.
    let datagram = hex("02000280080004084b00df943f00b10006000000da0f0300");
    let mut driver = Driver::open(&Enip, Carrier::Udp, (2222, 2222), CLIENT, &datagram, false);
    driver.packet(CLIENT, &datagram);
    assert_eq!(
        driver.out.messages,
        ["low enip connection=4917252 sequence=4166879 io_length=6 io_data=0000da0f0300"]
    );
    assert!(driver.out.operations.is_empty());
    assert_eq!(driver.out.server, None);
}

#[test]
fn a_connection_of_another_kind_carries_data() {
    // The open of the captures with transport class 1 instead of 3.
    let open = OPEN.replace("a303010020022401", "a103010020042401");
    let mut driver = run(&[(CLIENT, &open), (DEVICE, OPEN_REPLY)]);
    // Octets that read as "stop the controller", on the connection to the assembly.
    let stop = connected(0x0079_0301, 1, &hex("0702208e2401"));
    driver.packet(CLIENT, &stop);
    assert_eq!(
        driver.out.operations.len(),
        1,
        "{:?}",
        driver.out.operations
    );
    assert!(driver.out.messages[2].contains("io_data=0702208e2401"));
}

#[test]
fn paths_are_spelt_as_programmers_do() {
    // Program:Main.Rate[3].Set[70000]
    let request =
        "4c11 910c50726f6772616d3a4d61696e 910452617465 2803 910353657400 2a0070110100 0200";
    assert_eq!(
        ask(request, "cc000000 c300 0100 ffff"),
        ["read tag: read/0 by low, tag 70000..=70001 \"Program:Main.Rate[3].Set\" = [1, -1], ok"]
    );
}

#[test]
fn every_kind_of_segment_is_passed_over() {
    use crate::protocols::enip::path::{Path, Segment};
    let octets = hex(
        "0103 1204 31302e31 1f03 0200 61626300 0f 0700 05 2004 2500 6400 2a00 01000000 2c65 3003 \
         3404 0100 0c00 3a00 8403 4301 5002 aaaaaaaa 63616263 68617263 6162 6162 80 01 0102 9103 61626300 6026 0500",
    );
    // Segment by segment, so that a wrong length in one would show in the next.
    let parts: Vec<Segment<'_>> = Path(&octets).segments().collect();
    assert_eq!(
        parts[0],
        Segment::Port {
            port: 1,
            link: &[3]
        }
    );
    assert_eq!(
        parts[1],
        Segment::Port {
            port: 2,
            link: b"10.1"
        }
    );
    assert_eq!(
        parts[2],
        Segment::Port {
            port: 2,
            link: b"abc"
        }
    );
    assert_eq!(
        parts[3],
        Segment::Port {
            port: 7,
            link: &[5]
        }
    );
    assert_eq!(parts[4], Segment::Class(4));
    assert_eq!(parts[5], Segment::Instance(100));
    assert_eq!(parts[6], Segment::Member(1));
    assert_eq!(parts[7], Segment::Point(101));
    assert_eq!(parts[8], Segment::Attribute(3));
    assert!(matches!(parts[9], Segment::Key(key) if key.vendor == 1 && key.device_type == 12));
    assert_eq!(parts[10], Segment::Other);
    assert_eq!(parts[11], Segment::Other);
    assert_eq!(parts[12], Segment::Symbol(b"abc"));
}
