//! TLS on a built handshake with a real certificate.

use super::Tls;
use crate::facts::Side;
use crate::protocols::testing::{Driver, batter, hex};
use crate::protocols::{Carrier, Opening, Probe, Protocol, Step};

/// A self-signed certificate made for these tests.
const CERTIFICATE: &str =
    "308201dd30820183a00302010202141a50d6d3839ad848a1d98a406ff94fa10bf1d618300a06082a8648ce3d
    040302304431163014060355040a0c0d4578616d706c6520576f726b73310f300d060355040b0c064c696e65
    20313119301706035504030c10706c63312e706c616e742e6c6f63616c301e170d3236313132323031313434
    305a170d3336313131393031313434305a304431163014060355040a0c0d4578616d706c6520576f726b7331
    0f300d060355040b0c064c696e6520313119301706035504030c10706c63312e706c616e742e6c6f63616c30
    59301306072a8648ce3d020106082a8648ce3d03010703420004c2b627ddbd3a47a5e6ed5e9ec3d38c56d031
    6411aa7a2ace25b448b3aee5a31dc6d639282baff267eb1eb52d14f4fa0b9a95845cfa6637aca65fe178f2a8
    6b00a3533051301d0603551d0e04160414713ef7979cef951a9b5e03d5765c4c010960a57c301f0603551d23
    041830168014713ef7979cef951a9b5e03d5765c4c010960a57c300f0603551d130101ff040530030101ff30
    0a06082a8648ce3d040302034800304502206e8e99344c4d05eeacdbc7c834c47516d69f0356dec28ac7fc81
    9b9887c9a44e0221008f41b8103f782ae64812edd4f86b71eef5c5a8467e21dd1253c1db9aab1b2c4e";

fn record(kind: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap().to_be_bytes();
    [&[kind, 3, 3], &length[..], content].concat()
}

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap().to_be_bytes();
    [&[kind], &length[1..], body].concat()
}

/// A client that offers 1.3 and 1.2, a reserved value, and two application protocols.
fn client_hello() -> Vec<u8> {
    let mut body = hex("0303");
    body.extend([7; 32]);
    body.extend(hex("00 0004 1301c02f 0100 0031"));
    body.extend(hex(
        "0000 0015 0013 00 0010 706c63312e6578616d706c652e6e6574",
    ));
    body.extend(hex("002b 0007 06 7a7a 0304 0303"));
    body.extend(hex("0010 0009 0007 02 6832 03 782f31"));
    message(1, &body)
}

fn server_hello() -> Vec<u8> {
    let mut body = hex("0303");
    body.extend([9; 32]);
    body.extend(hex("00 c02f 00 0005 ff01000100"));
    message(2, &body)
}

fn certificate() -> Vec<u8> {
    let der = hex(CERTIFICATE);
    let one = u32::try_from(der.len()).unwrap().to_be_bytes();
    let all = u32::try_from(der.len() + 3).unwrap().to_be_bytes();
    message(11, &[&all[1..], &one[1..], &der].concat())
}

fn open() -> Driver {
    let first = record(22, &client_hello());
    let mut driver = Driver::open(&Tls, Carrier::Tcp, (443, 50_000), Side::High, &first, false);
    driver.packet(Side::High, &first);
    driver
}

#[test]
fn a_handshake_tells_server_name_version_and_certificate() {
    let mut driver = open();
    let flight = [server_hello(), certificate(), message(14, &[])].concat();
    driver.packet(Side::Low, &record(22, &flight));
    driver.packet(
        Side::Low,
        &[record(20, &[1]), record(22, &[0x55; 40])].concat(),
    );
    assert_eq!(
        driver.out.messages,
        [
            "high tls message=\"client-hello\" version=\"TLS 1.3\" sni=\"plc1.example.net\" \
             alpn=[\"h2\",\"x/1\"]",
            "low tls message=\"server-hello\" version=\"TLS 1.2\" cipher=49199",
            "low tls message=\"certificate\" \
             subject=\"O=Example Works, OU=Line 1, CN=plc1.plant.local\" \
             issuer=\"O=Example Works, OU=Line 1, CN=plc1.plant.local\" \
             serial=1a50d6d3839ad848a1d98a406ff94fa10bf1d618 not_after=\"361119011440Z\"",
        ]
    );
    assert_eq!(
        driver.out.attributes,
        [
            "low Name = plc1.example.net",
            "low Name = plc1.plant.local",
            "low Description = O=Example Works, OU=Line 1, CN=plc1.plant.local",
        ]
    );
    assert_eq!(driver.out.server, Some(Side::Low));
    assert_eq!(driver.steps.last(), Some(&Step::Encrypted));
}

#[test]
fn buffers_show_hellos_and_certificates_as_rules_expect_them() {
    let mut driver = open();
    driver.packet(
        Side::Low,
        &record(22, &[server_hello(), certificate()].concat()),
    );
    for (name, value) in [
        ("ja3.string", "high \"771,4865-49199,0-43-16,,\""),
        ("ja3.hash", "high \"eda13c0e5c3577d05b6e827d4877e188\""),
        ("ja3s.string", "low \"771,49199,65281\""),
        ("ja3s.hash", "low \"fbe78c619e7ea20046131294ad087f05\""),
        (
            "tls.cert_subject",
            "low \"O=Example Works, OU=Line 1, CN=plc1.plant.local\"",
        ),
        (
            "tls.cert_issuer",
            "low \"O=Example Works, OU=Line 1, CN=plc1.plant.local\"",
        ),
        (
            "tls.cert_serial",
            "low \"1A:50:D6:D3:83:9A:D8:48:A1:D9:8A:40:6F:F9:4F:A1:0B:F1:D6:18\"",
        ),
        (
            "tls.cert_fingerprint",
            "low \"d3:91:09:aa:9d:c8:b5:0e:86:f5:b9:14:8d:72:8e:c6:8e:c0:c8:12\"",
        ),
        ("tls.cert_chain_len", "low 1"),
        ("tls.cert_notbefore", "low 1795310080"),
        ("tls.cert_notafter", "low 2110670080"),
    ] {
        assert_eq!(driver.out.buffer(name), [value], "{name}");
    }
    let digits: String = CERTIFICATE.split_whitespace().collect();
    assert_eq!(driver.out.buffer("tls.certs"), [format!("low [{digits}]")]);
}

#[test]
fn messages_over_several_records_are_gathered() {
    let flight = [server_hello(), certificate(), message(14, &[])].concat();
    let mut whole = open();
    whole.packet(Side::Low, &record(22, &flight));
    for size in [1, 3, 50, 400] {
        let mut cut = open();
        for piece in flight.chunks(size) {
            cut.packet(Side::Low, &record(22, piece));
        }
        assert_eq!(cut.out.messages, whole.out.messages, "records of {size}");
        assert!(cut.out.faults.is_empty());
    }
}

#[test]
fn a_message_too_long_to_gather_is_passed_over() {
    let mut driver = open();
    let long = message(11, &vec![0; 70_000]);
    for piece in [&long[..2], &long[2..16_000], &long[16_000..32_000]] {
        driver.packet(Side::Low, &record(22, piece));
    }
    for piece in long[32_000..].chunks(16_000) {
        driver.packet(Side::Low, &record(22, piece));
    }
    driver.packet(Side::Low, &record(22, &server_hello()));
    assert_eq!(driver.out.messages.len(), 2, "{:?}", driver.out.messages);
    assert!(driver.out.faults.is_empty());
}

#[test]
fn after_a_gap_records_are_found_at_a_segment_border() {
    let mut driver = open();
    driver.gap(Side::Low, None);
    driver.packet(Side::Low, &[0x99; 100]);
    driver.packet(Side::Low, &record(21, &[2, 40]));
    assert_eq!(
        driver.out.messages.last().unwrap(),
        "low tls message=\"alert\" alert=40"
    );
    assert!(driver.out.faults.is_empty());
    driver.packet(Side::Low, &[0x99; 100]);
    assert_eq!(driver.out.faults, ["low tls.invalid_record at 0"]);
}

#[test]
fn a_hello_with_wrong_lengths_is_a_fault() {
    let mut hello = client_hello();
    hello[40] = 0xff;
    let mut driver = open();
    driver.packet(Side::High, &record(22, &hello));
    assert_eq!(
        driver.out.faults,
        ["high tls.invalid_handshake_message at 5"]
    );
}

#[test]
fn a_heartbeat_that_promises_more_than_it_holds_is_a_fault() {
    let mut driver = open();
    driver.packet(Side::High, &record(24, &hex("01 0003 616263")));
    assert!(driver.out.faults.is_empty());
    driver.packet(Side::High, &record(24, &hex("01 4000")));
    assert_eq!(
        driver.out.faults,
        ["high tls.overflow_heartbeat_message at 5"]
    );
}

#[test]
fn an_encrypted_middle_is_recognised_by_two_records() {
    let probe = |octets: &[u8]| {
        Tls.probe(&Opening {
            carrier: Carrier::Tcp,
            ports: (502, 50_000),
            side: Side::High,
            octets,
            midstream: true,
        })
    };
    let one = record(23, &[0x77; 40]);
    assert_eq!(probe(&one), Probe::Unsure);
    assert_eq!(probe(&[one.clone(), one.clone()].concat()), Probe::Certain);
    assert_eq!(probe(&[one, vec![0x99; 9]].concat()), Probe::NotMine);
    assert_eq!(probe(&[0x16, 0x03]), Probe::More);
    assert_eq!(probe(&hex("1603010005 0b00000100")), Probe::NotMine);
}

#[test]
fn nothing_breaks_it() {
    let (client, server) = (record(22, &client_hello()), record(22, &server_hello()));
    let shown = record(22, &certificate());
    batter(
        &Tls,
        Carrier::Tcp,
        (443, 50_000),
        &[&client, &server, &client, &shown],
    );
}
