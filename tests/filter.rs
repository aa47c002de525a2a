//! Capture filters: what they mean is what tcpdump means by them, but for VLAN tags.
//!
//! The programs are run here on frames of captures, beside `tcpdump` on the same; that the kernel
//! takes and obeys them is shown in `live.rs`.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    missing_docs
)]

use jaga::capture::{Filter, Instruction, LinkType, walk};
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// Runs a program as the kernel does: the frame's octets, and the tag that was taken away.
fn runs(program: &[Instruction], frame: &[u8], tag: Option<u16>) -> bool {
    let (mut a, mut x, mut cells, mut at) = (0_u32, 0_u32, [None; 16], 0_usize);
    let load = |place: u32, octets: u32| -> Option<u32> {
        match place.wrapping_sub(0xffff_f000) {
            44 => return Some(u32::from(tag.unwrap_or_default())),
            48 => return Some(u32::from(tag.is_some())),
            _ => {}
        }
        let (from, to) = (place as usize, place as usize + octets as usize);
        let octets = frame.get(from..to)?;
        Some(
            octets
                .iter()
                .fold(0, |sum, octet| sum << 8 | u32::from(*octet)),
        )
    };
    loop {
        let Instruction {
            code,
            yes,
            no,
            value,
        } = program[at];
        at += 1;
        let jump = |holds: bool| usize::from(if holds { yes } else { no });
        let loaded = match code {
            0x20 => load(value, 4),
            0x28 => load(value, 2),
            0x30 => load(value, 1),
            0x40 => load(x + value, 4),
            0x48 => load(x + value, 2),
            0x50 => load(x + value, 1),
            0x60 => Some(cells[value as usize].expect("a cell is written before it is read")),
            0x80 => Some(u32::try_from(frame.len()).unwrap()),
            0x00 => Some(value),
            _ => {
                match code {
                    0x01 => x = value,
                    0x61 => x = cells[value as usize].expect("a cell is written first"),
                    0x02 => cells[value as usize] = Some(a),
                    0x03 => cells[value as usize] = Some(x),
                    0x54 => a &= value,
                    0x64 => a <<= value,
                    0x74 => a >>= value,
                    0x0c => a = a.wrapping_add(x),
                    0x07 => x = a,
                    0x05 => at += value as usize,
                    0x15 => at += jump(a == value),
                    0x25 => at += jump(a > value),
                    0x35 => at += jump(a >= value),
                    0x45 => at += jump(a & value != 0),
                    0x06 => return value > 0,
                    _ => panic!("no instruction {code:#x}"),
                }
                continue;
            }
        };
        // What lies behind the end of the frame makes it one that is not wanted.
        match loaded {
            Some(loaded) => a = loaded,
            None => return false,
        }
    }
}

/// Frames of Ethernet without VLAN tags, some from each capture.
fn frames() -> Vec<Vec<u8>> {
    let mut frames = Vec::new();
    for folder in ["dnp3", "enip", "made", "modbus", "s7comm", "sites"] {
        for entry in fs::read_dir(Path::new("pcaps").join(folder)).unwrap() {
            let octets = fs::read(entry.unwrap().path()).unwrap();
            let mut left = 150;
            let _ = walk(&octets, &mut |record, frame| {
                let kind = frame
                    .get(12..14)
                    .map(|kind| u16::from_be_bytes([kind[0], kind[1]]));
                let plain = !matches!(kind, None | Some(0x8100 | 0x88a8 | 0x9100));
                if record.link == LinkType::ETHERNET && plain && frame.len() >= 60 && left > 0 {
                    left -= 1;
                    frames.push(frame.to_vec());
                }
            });
        }
    }
    frames
}

/// A capture of these frames.
fn capture(frames: &[Vec<u8>]) -> Vec<u8> {
    let mut octets = Vec::new();
    for word in [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 262_144, 1] {
        octets.extend(word.to_le_bytes());
    }
    for (second, frame) in (1_u32..).zip(frames) {
        let length = u32::try_from(frame.len()).unwrap();
        for word in [second, 0, length, length] {
            octets.extend(word.to_le_bytes());
        }
        octets.extend(frame);
    }
    octets
}

const EXPRESSIONS: &[&str] = &[
    "tcp",
    "udp",
    "ip",
    "ip6",
    "arp",
    "icmp",
    "icmp6",
    "not ip",
    "port 502",
    "tcp port 502",
    "tcp dst port 102",
    "udp src port 53 or udp dst port 53",
    "port 502 or 20000 or 44818",
    "not port 502",
    "src or dst port 20000",
    "src and dst port 47808",
    "portrange 100-600",
    "tcp src portrange 1024-65535",
    "host 192.168.1.10",
    "net 192.168.0.0/16",
    "src net 10.0.0.0/8",
    "dst net 10.0.0.0/8 and tcp",
    "net 10.0.0.0/8 and not (port 502 or port 102)",
    "not host 10.0.1.10 and not arp",
    "src and dst net 192.168.0.0/16",
    "arp net 0.0.0.0/0",
    "ip net 172.16.0.0/12",
    "net fe80::/10",
    "ip6 and not net ff00::/8",
    "dst net ff02::/16",
    "ether proto 0x8892",
    "ether proto 0x88cc or ether proto 35020",
    "ether multicast",
    "ether broadcast",
    "broadcast or multicast",
    "ip proto 6",
    "ip6 proto 17",
    "less 100",
    "greater 200 and tcp",
    "tcp or udp and port 53",
    "(tcp or udp) and port 53",
    "! ( tcp || udp ) && ip",
];

#[test]
fn filters_mean_what_tcpdump_means_by_them() {
    if Command::new("tcpdump").arg("--version").output().is_err() {
        assert!(std::env::var_os("CI").is_none(), "tcpdump is needed");
        eprintln!("SKIPPED: tcpdump is needed");
        return;
    }
    let mut frames = frames();
    assert!(frames.len() > 3_000, "{}", frames.len());
    // Fragments of UDP and IPv6: only the first has ports.
    let udp = Filter::program(&"udp and ip".parse().unwrap(), LinkType::ETHERNET).unwrap();
    let whole = frames
        .iter()
        .find(|frame| runs(&udp, frame, None))
        .unwrap()
        .clone();
    for field in [0x2000_u16, 0x2003, 0x0007] {
        let mut fragment = whole.clone();
        fragment[20..22].copy_from_slice(&field.to_be_bytes());
        frames.push(fragment);
    }
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&capture(&frames)).unwrap();
    let macs = frames.iter().map(|frame| &frame[6..12]);
    let mac = macs.clone().next().unwrap().to_vec();
    let mac: Vec<String> = mac.iter().map(|octet| format!("{octet:02x}")).collect();
    let mac = mac.join(":");
    let more = ["ether host", "ether src", "ether dst"].map(|words| format!("{words} {mac}"));
    let mut empty = Vec::new();
    for text in EXPRESSIONS
        .iter()
        .copied()
        .chain(more.iter().map(String::as_str))
    {
        let told = Command::new("tcpdump")
            .args(["-r", file.path().to_str().unwrap(), "-w", "-", text])
            .stderr(Stdio::null())
            .output()
            .unwrap();
        assert!(told.status.success(), "tcpdump refuses {text}");
        let mut theirs = Vec::new();
        walk(&told.stdout, &mut |record, _| {
            theirs.push(record.time.nanos())
        })
        .unwrap();
        let filter: Filter = text
            .parse()
            .unwrap_or_else(|error| panic!("{text}: {error}"));
        let program = filter.program(LinkType::ETHERNET).unwrap();
        let mine = (1_u64..)
            .zip(&frames)
            .filter(|(_, frame)| runs(&program, frame, None));
        let mine: Vec<u64> = mine.map(|(second, _)| second * 1_000_000_000).collect();
        assert_eq!(mine, theirs, "{text}");
        if mine.is_empty() || mine.len() == frames.len() {
            empty.push(text);
        }
    }
    // Next to all of them tell frames apart.
    assert!(empty.len() <= 6, "{empty:?}");
}

#[test]
fn tags_hide_nothing_wherever_they_are() {
    let frames = frames();
    let is = |text: &str, frame: &[u8], tag| {
        let filter: Filter = text.parse().unwrap();
        runs(&filter.program(LinkType::ETHERNET).unwrap(), frame, tag)
    };
    let modbus = frames
        .iter()
        .find(|frame| is("tcp port 502", frame, None))
        .unwrap();
    let tagged = |frame: &[u8], kind: u16, tag: u16| {
        let mut octets = frame.to_vec();
        let words = [kind.to_be_bytes(), tag.to_be_bytes()].concat();
        octets.splice(12..12, words);
        octets
    };
    let inner = tagged(modbus, 0x8100, 0x6014);
    let both = tagged(&inner, 0x88a8, 7);
    for (frame, tag, vlans) in [
        (modbus, None, &[][..]),
        (modbus, Some(0x2000 | 30), &[30]),
        (&inner, None, &[20]),
        (&inner, Some(7), &[7, 20]),
        (&both, None, &[7, 20]),
    ] {
        assert!(is("tcp port 502 and ip", frame, tag));
        assert!(!is("tcp port 503 or arp or ip6", frame, tag));
        assert_eq!(is("vlan", frame, tag), !vlans.is_empty());
        for number in [7, 20, 30, 31] {
            let text = format!("vlan {number} and port 502");
            assert_eq!(is(&text, frame, tag), vlans.contains(&number), "{text}");
        }
    }
}

#[test]
fn without_a_link_header_the_packet_tells_what_it_is() {
    let frames = frames();
    for text in [
        "tcp port 502",
        "ip6",
        "icmp6 or arp",
        "net 10.0.0.0/8",
        "vlan or broadcast",
    ] {
        let filter: Filter = text.parse().unwrap();
        let raw = filter.program(LinkType::RAW).unwrap();
        let ethernet = filter.program(LinkType::ETHERNET).unwrap();
        for frame in &frames {
            let kind = u16::from_be_bytes([frame[12], frame[13]]);
            let version = match kind {
                0x0800 => 4,
                0x86dd => 6,
                _ => continue,
            };
            // Made captures hold headers that say another version than their frame.
            if frame[14] >> 4 == version && frame[0] & 1 == 0 {
                let expected = runs(&ethernet, frame, None);
                assert_eq!(runs(&raw, &frame[14..], None), expected, "{text}");
            }
        }
        assert!(filter.program(LinkType::RADIOTAP).is_none());
    }
}

#[test]
fn what_is_no_filter_is_told_with_its_place() {
    let deep = format!("{}tcp{}", "(".repeat(80), ")".repeat(80));
    let many = vec!["host 10.0.0.1"; 400].join(" or ");
    let long = "a".repeat(9_000);
    for (text, column, what) in [
        ("", 1, "ends where a value is needed"),
        ("hots 10.0.0.1", 1, "is no word of filters"),
        ("host plc-3", 6, "names are not looked up"),
        ("host 10.0.0.256", 6, "is no IP address"),
        ("tcp port 70000", 10, "is no port"),
        ("tcp portrange 9-3", 15, "portrange 2404-2405"),
        ("net 10.0.0.1/8", 5, "bits behind the first 8"),
        ("net 10.0.0.0", 5, "net ADDRESS/LENGTH"),
        ("net 10.0.0.0/40", 5, "net ADDRESS/LENGTH"),
        ("ip6 host 10.0.0.1", 10, "no address of \"ip6\""),
        ("ether host 10.0.0.1", 12, "is no MAC address"),
        ("ether", 6, "\"ether\" needs host"),
        ("icmp port 5", 11, "\"icmp\" has no \"port\""),
        ("tcp 80", 5, "where \"and\" or \"or\" is needed"),
        ("(tcp or udp", 1, "never closed"),
        ("tcp)", 4, "closes none"),
        ("tcp and", 8, "ends where a value is needed"),
        (
            "tcp and or udp",
            9,
            "stands here where a question is needed",
        ),
        ("vlan 5000", 6, "0 to 4095"),
        ("less few", 6, "number of octets"),
        ("tcp[13] & 2 != 0", 1, "is no word of filters"),
        (deep.as_str(), 65, "at most 64 deep"),
        (many.as_str(), 1, "instructions"),
        (long.as_str(), 1, "at most 8192 characters"),
    ] {
        let error = text.parse::<Filter>().unwrap_err();
        assert!(error.what.contains(what), "{text:.40}: {error}");
        assert_eq!(error.column, column, "{text:.40}: {error}");
    }
}
