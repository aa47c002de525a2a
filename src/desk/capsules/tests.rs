//! Manifests and their seals.

use super::conceal::Concealer;
use super::gather::{Kept, Reach, gather};
use super::manifest::{Manifest, Wrong};
use super::{Deriver, Evidence};
use crate::capture::{Captures, LinkType, Writer};
use crate::facts::{Endpoint, Host, Stamp, Time};
use std::fs;
use std::io::Cursor;
use std::path::Path;

fn manifest() -> Manifest {
    Manifest::of(&evidence())
}

fn evidence() -> Evidence {
    let end = |last, port| Endpoint {
        host: Host::v4([10, 0, 0, last]),
        port,
    };
    Evidence {
        gid: 1,
        sid: 3_300_001,
        signature: "DNP3 output operated".to_owned(),
        severity: 2,
        seen: 2,
        stamp: Stamp::default(),
        source: end(1, 40_000),
        destination: end(2, 20_000),
    }
}

#[test]
fn every_changed_octet_of_a_manifest_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alert.json");
    let capsule = "not a capture, which reading alone does not ask";
    fs::write(folder.path().join("alert.pcapng"), capsule).unwrap();
    let mut manifest = manifest();
    manifest.file = "alert.pcapng".to_owned();
    manifest.sha256 = super::manifest::hash(capsule.as_bytes());
    let sound = manifest.sealed().into_bytes();
    fs::write(&path, &sound).unwrap();
    assert!(Manifest::read(&path).is_ok());
    for at in 0..sound.len() {
        let mut changed = sound.clone();
        changed[at] ^= 1;
        fs::write(&path, &changed).unwrap();
        assert!(Manifest::read(&path).is_err(), "octet {at} changed");
    }
    fs::write(&path, &sound).unwrap();
    fs::write(folder.path().join("alert.pcapng"), "another").unwrap();
    assert_eq!(Manifest::read(&path).unwrap_err(), Wrong::Capsule);
}

#[test]
fn a_manifest_leads_to_no_other_folder() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alert.json");
    let mut manifest = manifest();
    manifest.file = "../../../etc/hostname".to_owned();
    fs::write(&path, manifest.sealed()).unwrap();
    let wrong = Manifest::verify(&path, &mut Deriver::default(), None).unwrap_err();
    assert!(matches!(wrong, Wrong::Unreadable(_)), "{wrong:?}");
}

/// An Ethernet frame of TCP between two hosts, from the one with the lower address or to it.
fn segment(forth: bool, port: u16, sequence: u32, content: &[u8]) -> Kept {
    let (one, other) = ([10, 0, 0, 1], [10, 0, 0, 2]);
    let (from, to) = if forth { (one, other) } else { (other, one) };
    let (source, destination) = if forth {
        (40_000, port)
    } else {
        (port, 40_000)
    };
    let mut frame = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0];
    let length = u16::try_from(40 + content.len()).unwrap();
    frame.extend([0x45, 0]);
    frame.extend(length.to_be_bytes());
    frame.extend([0, 0, 0, 0, 64, 6, 0, 0]);
    frame.extend(from.iter().chain(&to));
    frame.extend(source.to_be_bytes());
    frame.extend(destination.to_be_bytes());
    frame.extend(sequence.to_be_bytes());
    frame.extend([0, 0, 0, 1, 0x50, 0x18, 0, 64, 0, 0, 0, 0]);
    frame.extend_from_slice(content);
    Kept {
        frame: 1,
        time: Time::default(),
        link: LinkType::ETHERNET,
        original: u32::try_from(frame.len()).unwrap(),
        octets: frame.into(),
    }
}

#[test]
fn secrets_are_overwritten_across_segments_and_where_a_terminal_asks_for_them() {
    let mut concealer = Concealer::default();
    let mut after = |forth, port, sequence, content: &[u8]| {
        let mut kept = segment(forth, port, sequence, content);
        concealer.conceal(&mut kept);
        String::from_utf8_lossy(&kept.octets[54..]).into_owned()
    };
    // A credential that the end of a segment cuts, and its second half once more.
    let head = b"GET / HTTP/1.1\r\nAuthorization: Basic b3Bl";
    assert!(after(true, 80, 1, head).ends_with("Authorization: Basic ****"));
    assert_eq!(
        after(true, 80, 41, b"R2Vo\r\nHost: a\r\n"),
        "****\r\nHost: a\r\n"
    );
    assert_eq!(
        after(true, 80, 41, b"R2Vo\r\nHost: a\r\n"),
        "****\r\nHost: a\r\n"
    );
    assert_eq!(after(true, 80, 60, b"Accept: b\r\n"), "Accept: b\r\n");
    // The name itself is cut.
    assert_eq!(after(true, 21, 1, b"pa"), "pa");
    assert_eq!(after(true, 21, 3, b"ss GeheimNr1\r\n"), "ss *********\r\n");
    // A terminal, octet by octet and whole.
    assert_eq!(after(false, 23, 1, b"\r\nlogin: "), "\r\nlogin: ");
    assert_eq!(after(true, 23, 1, b"op\r\n"), "op\r\n");
    assert_eq!(after(false, 23, 9, b"\r\nPassword: "), "\r\nPassword: ");
    assert_eq!(after(true, 23, 5, b"G"), "*");
    assert_eq!(after(true, 23, 6, b"eheim\r\nls"), "*****\r\nls");
    assert_eq!(after(true, 23, 13, b" -l\r\n"), " -l\r\n");
    assert_eq!(
        after(false, 23, 40, b"\r\nPassword for op: "),
        "\r\nPassword for op: "
    );
    assert_eq!(after(true, 23, 20, b"geheim\r\n"), "******\r\n");
    // A server of mail that waits for credentials, and two halves of a password of which the
    // second comes again after something else.
    assert_eq!(
        after(false, 25, 1, b"334 UGFzc3dvcmQ6\r\n"),
        "334 UGFzc3dvcmQ6\r\n"
    );
    assert_eq!(after(true, 25, 1, b"Z2VoZWlt\r\n"), "********\r\n");
    assert_eq!(
        after(true, 25, 11, b"MAIL FROM:<a>\r\n"),
        "MAIL FROM:<a>\r\n"
    );
    assert_eq!(after(true, 2121, 1, b"PASS ge"), "PASS **");
    assert_eq!(after(true, 2121, 8, b"heim\r\n"), "****\r\n");
    assert_eq!(after(true, 2121, 14, b"SYST\r\n"), "SYST\r\n");
    assert_eq!(after(true, 2121, 8, b"heim\r\n"), "****\r\n");
}

#[test]
fn many_alerts_take_no_more_room_than_one() {
    let mut writer = Writer::new(Vec::new(), &["many"]).unwrap();
    let interface = writer.interface(LinkType(1), 0, "").unwrap();
    let frame = [0x55; 1_000];
    for second in 0..900 {
        let time = Time::from_parts(second, 0);
        writer.frame(interface, time, &frame, 1_000, &[]).unwrap();
    }
    let capture = writer.finish().unwrap();
    let evidence: Vec<Evidence> = [300, 500, 700]
        .map(|frame| Evidence {
            stamp: Stamp {
                frame,
                time: Time::ZERO,
            },
            ..evidence()
        })
        .into();
    let wanted: Vec<(&Evidence, Reach)> = evidence.iter().map(|one| (one, Reach::All)).collect();
    let open = || {
        let octets = Box::new(Cursor::new(capture.clone()));
        Captures::from_reader(Path::new("many.pcapng"), octets).unwrap()
    };
    let all = gather(open(), &wanted, 3 * 1024 * 1024);
    let tight = gather(open(), &wanted, 3 * 40_000);
    for ((evidence, all), tight) in evidence.iter().zip(&all).zip(&tight) {
        let decides = evidence.stamp.frame;
        for kept in [all, tight] {
            assert!(kept.iter().any(|kept| kept.frame == decides), "{decides}");
            assert!(kept.is_sorted_by_key(|kept| kept.frame));
            assert!(
                kept.iter().any(|kept| kept.frame > decides),
                "what came after"
            );
        }
        assert!(all.len() > 600, "{}", all.len());
        let octets: usize = tight.iter().map(|kept| kept.octets.len()).sum();
        assert!((20_000..=41_000).contains(&octets), "{octets}");
    }
}
