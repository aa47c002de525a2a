//! No protocol claims the octets of another one.
//!
//! Each sample is the beginning of a conversation, shown to the probe of every protocol under
//! its own port and under one that says nothing. Its own probe recognises it, no other does.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test and its helpers")]

use jaga::facts::Side;
use jaga::protocols::{Carrier, Opening, PROTOCOLS, Probe};

/// Protocol, what carries it, its port, and the octets in hexadecimal, or text after `'`.
const SAMPLES: &[(&str, Carrier, u16, &str)] = &[
    (
        "arp",
        Carrier::Ether(0x0806),
        0,
        "0001080006040001001b1b7a9c01c0a80001000000000000c0a80064",
    ),
    (
        "cdp",
        Carrier::Snap(0x00_000c, 0x2000),
        0,
        "02b40bea00010006533100060017636973636f2057532d43333536302d32345453",
    ),
    (
        "lldp",
        Carrier::Ether(0x88cc),
        0,
        "02070400192fa7b28d040d0155706c696e6b20746f205331060200780000",
    ),
    (
        "profinet",
        Carrier::Ether(0x8892),
        0,
        "fefe05000300bf9a0001000c02020007737769746368330000000000",
    ),
    (
        "goose",
        Carrier::Ether(0x88b8),
        0,
        "0001002b000000006121801a4745446576696365463635302f4c4c4e3024474f2467636230318103009c40",
    ),
    (
        "icmpv6",
        Carrier::Icmpv6,
        0,
        "8700000000000000fe8000000000000000000000000000010101020000000001",
    ),
    (
        "bacnet",
        Carrier::Udp,
        47_808,
        "810a001f01240003016cff0203020f0c0040006519553e44424800003f490a",
    ),
    ("iec104", Carrier::Tcp, 2404, "680407000000"),
    (
        "iec104",
        Carrier::Tcp,
        2404,
        "680e000000002d010600ab0074170080",
    ),
    (
        "mms",
        Carrier::Tcp,
        102,
        "0300002a02f08001000100611d301b020103a016a014020100a50fa0083006a00480026d75a003850100",
    ),
    (
        "opcua",
        Carrier::Tcp,
        4840,
        "48454c463800000000000000ffff0000ffff00000000000000000000180000006f70632e7463703a2f2f6c6f\
         63616c686f73743a34383430",
    ),
    (
        "dns",
        Carrier::Udp,
        53,
        "af2d01000001000000000000055f6874747003646e7304746573740001000001",
    ),
    (
        "dns",
        Carrier::Tcp,
        53,
        "0021431901200001000000000000037777770774637064756d70036f72670000010001",
    ),
    (
        "netbios",
        Carrier::Udp,
        137,
        "9f4a01100001000000000000204648454a454f4443454c4444454d454245434441444344424341434143\
         4143410000200001",
    ),
    (
        "ntp",
        Carrier::Udp,
        123,
        "240208e8000000150000095284c707c9dd47fb3a567637c0dd47fff4edb0ccbcdd47fff4ee0f4743dd47fff4\
         ee1119cf",
    ),
    (
        "snmp",
        Carrier::Udp,
        161,
        "302902010104067075626c6963a01c020320ce62020100020100300f300d06092b06010201020208010500",
    ),
    (
        "syslog",
        Carrier::Udp,
        514,
        "'<34>Oct 11 22:14:15 plc su: 'su root' failed",
    ),
    (
        "tftp",
        Carrier::Udp,
        69,
        "000266772f706c632e62696e006f6374657400",
    ),
    (
        "ftp",
        Carrier::Tcp,
        21,
        "'220 VxWorks (5.5) FTP server ready\r\n",
    ),
    (
        "http",
        Carrier::Tcp,
        80,
        "'GET /index.html HTTP/1.1\r\nHost: plc\r\n\r\n",
    ),
    (
        "http",
        Carrier::Tcp,
        80,
        "'HTTP/1.1 200 OK\r\nServer: x\r\n\r\n",
    ),
    (
        "rdp",
        Carrier::Tcp,
        3389,
        "0300002e29e00000000000436f6f6b69653a206d737473686173683d6f742d61646d696e0d0a010008000b000000",
    ),
    (
        "smb",
        Carrier::Tcp,
        445,
        "00000054ff534d4272000000001801c80000000000000000000000000000fffe00000000003100025043204e\
         4554574f524b2050524f4752414d20312e3000024c414e4d414e312e3000024e54204c4d20302e313200",
    ),
    (
        "smtp",
        Carrier::Tcp,
        25,
        "'220 mail.example ESMTP Postfix\r\n",
    ),
    ("smtp", Carrier::Tcp, 25, "'EHLO pc1.example\r\n"),
    (
        "dcerpc",
        Carrier::Tcp,
        135,
        "05000b03100000004800000007000000b810b81000000000010000000100010081bb7a364498f135ad3298f0\
         3800100302000000045d888aeb1cc9119fe808002b10486002000000",
    ),
    (
        "ssh",
        Carrier::Tcp,
        22,
        "'SSH-2.0-OpenSSH_7.4p1 Debian-10+deb9u3\r\n",
    ),
    ("telnet", Carrier::Tcp, 23, "fffd18fffd20fffd23fffd27"),
    (
        "tls",
        Carrier::Tcp,
        443,
        "160301002f0100002b030307070707070707070707070707070707070707070707070707070707070707070000\
         04c02fc0300100",
    ),
    ("vnc", Carrier::Tcp, 5900, "'RFB 003.008\n"),
    ("modbus", Carrier::Tcp, 502, "0001000000060103000a0002"),
    ("modbus", Carrier::Tcp, 502, "000000000006ff0300000001"),
    (
        "s7comm",
        Carrier::Tcp,
        102,
        "0300001611e00000000100c1020100c2020102c0010a",
    ),
    (
        "dnp3",
        Carrier::Tcp,
        20_000,
        "05640a4400000100b938c3c181060051630564224400000100e753c4f28200000201170a0181010100810000e60101",
    ),
    (
        "enip",
        Carrier::Tcp,
        44_818,
        "65000400000000000000000000000000000000000000000001000000",
    ),
    (
        "enip",
        Carrier::Udp,
        44_818,
        "630000000000000000000000000000000000000000000000",
    ),
];

fn octets(sample: &str) -> Vec<u8> {
    if let Some(text) = sample.strip_prefix('\'') {
        return text.as_bytes().to_vec();
    }
    sample
        .as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

#[test]
fn each_sample_is_recognised_by_its_own_protocol_alone() {
    let mut faults = Vec::new();
    for (name, carrier, port, sample) in SAMPLES {
        let octets = octets(sample);
        for port in [*port, 4711] {
            let opening = Opening {
                carrier: *carrier,
                ports: (port, 50_000),
                side: Side::High,
                octets: &octets,
                midstream: false,
            };
            for protocol in PROTOCOLS {
                let carried = protocol.carriers().contains(carrier);
                let probe = protocol.probe(&opening);
                let claimed = probe.is_claim();
                let own = protocol.name() == *name;
                if carried && claimed != own {
                    let other = protocol.name();
                    faults.push(format!("{name} on port {port}: {other} says {probe:?}"));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// On the port of Modbus a session is picked up by what its headers look like: the octets of
/// other protocols, several messages in a row and from any octet on, do not look so, and nor does
/// noise.
#[test]
fn what_else_runs_on_the_modbus_port_is_not_picked_up_as_modbus() {
    let modbus = PROTOCOLS.iter().find(|p| p.name() == "modbus").unwrap();
    let probe = |octets: &[u8]| {
        modbus.probe(&Opening {
            carrier: Carrier::Tcp,
            ports: (502, 50_000),
            side: Side::Low,
            octets,
            midstream: true,
        })
    };
    for (name, _, _, sample) in SAMPLES.iter().filter(|(name, ..)| *name != "modbus") {
        for times in 1..=4 {
            let octets = octets(sample).repeat(times);
            for start in 0..octets.len() {
                let probe = probe(&octets[start..]);
                assert!(!probe.is_claim(), "{name} x{times} from {start}: {probe:?}");
            }
        }
    }
    let mut random = 1_u64;
    for _ in 0..20_000 {
        let noise: Vec<u8> = (0..100)
            .map(|_| {
                random = random
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                random.to_be_bytes()[0]
            })
            .collect();
        let probe = probe(&noise);
        assert!(!probe.is_claim(), "{probe:?} of {}", noise.escape_ascii());
    }
}

/// Beginnings that look like another protocol at first sight: what they must not be taken for.
const DOUBLES: &[(&str, Carrier, &str)] = &[
    // Bidirectional forwarding detection, from tcpdump's `bfd-raw-auth-md5.pcap` (BSD).
    (
        "dns",
        Carrier::Udp,
        "204405300000000100000000000f4240000f42400000000002180200000000050102030405060708091011121314\
         1516",
    ),
];

#[test]
fn doubles_are_not_taken_for_what_they_look_like() {
    for (name, carrier, sample) in DOUBLES {
        let octets = octets(sample);
        let opening = Opening {
            carrier: *carrier,
            ports: (4711, 50_000),
            side: Side::Low,
            octets: &octets,
            midstream: false,
        };
        let protocol = PROTOCOLS.iter().find(|p| p.name() == *name).unwrap();
        assert_eq!(protocol.probe(&opening), Probe::NotMine, "{name}");
    }
}

#[test]
fn text_and_noise_are_nobodys() {
    let noise: Vec<u8> = (0..200_u32)
        .map(|n| (n * 167 + 13).to_le_bytes()[0])
        .collect();
    let zeros = vec![0; 200];
    let text = b"The quick brown fox jumps over the lazy dog.\r\n".repeat(4);
    for (carrier, octets) in [
        (Carrier::Tcp, &noise),
        (Carrier::Udp, &noise),
        (Carrier::Tcp, &zeros),
        (Carrier::Udp, &zeros),
        (Carrier::Tcp, &text),
        (Carrier::Udp, &text),
    ] {
        let opening = Opening {
            carrier,
            ports: (4711, 50_000),
            side: Side::Low,
            octets,
            midstream: false,
        };
        for protocol in PROTOCOLS.iter().filter(|p| p.carriers().contains(&carrier)) {
            let probe = protocol.probe(&opening);
            assert!(
                !probe.is_claim(),
                "{} says {probe:?} of {} by {carrier:?}",
                protocol.name(),
                octets.escape_ascii()
            );
        }
    }
}
