//! Captures that are cut or broken: what stands before is read, and the place is named.

use super::make::{Make, everyway, put};
use crate::capture::{Captures, Config, Defect, FRAME_MAX, Part, Refusal, walk};
use std::path::PathBuf;

const A: &[u8] = b"first frame";
const B: &[u8] = b"second";

/// A capture of each form.
fn samples() -> Vec<Make> {
    let mut samples = Vec::new();
    for big in [false, true] {
        let pcap = |magic| Make::new(big).pcap(magic, 1);
        samples.push(pcap(0xa1b2_c3d4).record(1, 2, 11, A).record(3, 4, 6, B));
        samples.push(pcap(0xa1b2_cd34).modified(1, 2, A).modified(3, 4, B));
        let noise = Make::new(big).raw(&[7; 30]);
        samples.push(
            Make::new(big)
                .section(big)
                .interface(1, 0, &[(2, b"eth0"), (9, &[9])])
                .enhanced(0, 1, A)
                .block(0x0bad, &noise, false)
                .simple(6, B)
                .packet(0, 1, 2, A)
                .section(!big)
                .interface(1, 0, &[(14, &[0; 8])])
                .enhanced(0, 1, B),
        );
    }
    samples
}

#[test]
fn a_capture_cut_anywhere_is_read_up_to_the_cut() {
    for sample in samples() {
        let whole = sample.octets.len();
        for cut in 4..=whole {
            let mut frames = 0;
            let damage = walk(&sample.octets[..cut], &mut |_, _| frames += 1).unwrap();
            let (border, before) = sample
                .borders
                .iter()
                .rev()
                .find(|(end, _)| *end <= cut)
                .copied()
                .unwrap_or_default();
            assert_eq!(frames, before, "cut at {cut}");
            match damage {
                None => assert_eq!(border, cut),
                Some((offset, Defect::Cut { wants, has, .. })) => {
                    assert_eq!(offset, border as u64, "cut at {cut}");
                    assert_eq!(has, (cut - border) as u64);
                    assert!(wants > has);
                }
                Some(other) => panic!("cut at {cut}: {other:?}"),
            }
        }
        // The same through files, pipes and packers; fewer cuts, for they take time.
        for cut in (4..=whole).step_by(13) {
            everyway(&sample.octets[..cut]);
        }
    }
}

#[test]
fn a_cut_names_what_is_missing() {
    let sample = Make::new(false).pcap(0xa1b2_c3d4, 1).record(1, 2, 11, A);
    let (frames, damage) = everyway(&sample.octets[..50]);
    assert!(frames.is_empty());
    let cut = Defect::Cut {
        part: Part::Record,
        wants: 27,
        has: 26,
    };
    assert_eq!(
        cut.to_string(),
        "the capture ends inside a record: 26 of 27 octets are there"
    );
    assert_eq!(damage, Some((24, cut)));

    let folder = tempfile::tempdir().unwrap();
    let path = put(folder.path(), "a.pcap", &sample.octets[..50]);
    let mut captures = Captures::open(std::slice::from_ref(&path), Config::default()).unwrap();
    assert!(captures.next().is_none());
    let damage = captures.damages().next().unwrap();
    assert_eq!(
        damage.to_string(),
        format!(
            "{}: damaged at octet 24: the capture ends inside a record: 26 of 27 octets are there",
            path.display()
        )
    );
    assert!(damage.mend().contains("copy it again"));
}

#[test]
fn no_octet_changed_can_do_harm() {
    let mut state = 1_u64;
    let mut random = move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap()
    };
    for sample in samples() {
        for _ in 0..3000 {
            let mut octets = sample.octets.clone();
            for _ in 0..=random() % 4 {
                let place = 4 + random() % (octets.len() - 4);
                octets[place] = [
                    0,
                    1,
                    0x7f,
                    0x80,
                    0xff,
                    u8::try_from(random() % 256).unwrap(),
                ][random() % 6];
            }
            let damage = walk(&octets, &mut |record, frame| {
                assert_eq!(frame.len(), record.captured as usize);
                assert!(record.captured <= FRAME_MAX);
            })
            .unwrap();
            if let Some((offset, defect)) = damage {
                assert!(offset < octets.len() as u64);
                assert!(!defect.to_string().is_empty());
            }
        }
    }
}

#[test]
fn lengths_are_not_believed() {
    let largest = vec![7; FRAME_MAX as usize];
    let head = Make::new(false).pcap(0xa1b2_c3d4, 1);
    let file = head
        .clone()
        .record(1, 0, FRAME_MAX, &largest)
        .record(2, 0, 6, B)
        .u32(3)
        .u32(0)
        .u32(FRAME_MAX + 1)
        .u32(FRAME_MAX + 1)
        .raw(&largest)
        .raw(B);
    let (frames, damage) = everyway(&file.octets);
    assert_eq!(frames.len(), 2);
    assert_eq!(frames[0].octets, largest);
    let offset = 24_u64 + 16 + u64::from(FRAME_MAX) + 16 + 6;
    assert_eq!(damage, Some((offset, Defect::FrameLength(FRAME_MAX + 1))));

    let file = head.u32(3).u32(0).u32(u32::MAX).u32(u32::MAX);
    assert_eq!(
        everyway(&file.octets).1,
        Some((24, Defect::FrameLength(u32::MAX)))
    );
}

/// A section and an interface, 28 and 20 octets, then what follows.
fn after_head(big: bool, add: impl Fn(Make) -> Make) -> Option<(u64, Defect)> {
    let head = Make::new(big).section(big).interface(1, 0, &[]);
    let file = add(head.enhanced(0, 1, A));
    let (frames, damage) = everyway(&file.octets);
    assert_eq!(frames.len(), 1);
    let start = 28_u64 + 20 + 44;
    damage.map(|(offset, defect)| (offset - start, defect))
}

#[test]
fn blocks_are_not_believed() {
    for big in [false, true] {
        for length in [0, 8, 11, 13, 14, 16 * 1024 * 1024 + 4, u32::MAX] {
            let damage = after_head(big, |make| make.u32(6).u32(length).raw(&[0; 64]));
            assert_eq!(damage, Some((0, Defect::BlockLength(length))));
        }
        let damage = after_head(big, |make| make.u32(77).u32(16).u32(0).u32(20));
        let trailer = Defect::Trailer {
            first: 16,
            last: 20,
        };
        assert_eq!(damage, Some((0, trailer)));
        for kind in [1, 2, 3, 5, 6] {
            let damage = after_head(big, |make| make.block(kind, &Make::new(big), false));
            assert_eq!(damage, Some((0, Defect::BlockContent { kind })));
        }
        // A frame that is longer than its block.
        let damage = after_head(big, |make| {
            let mut content = make.enhanced_content(0, 2, B);
            content.octets.truncate(24);
            make.block(6, &content, false)
        });
        assert_eq!(damage, Some((0, Defect::BlockContent { kind: 6 })));
        let damage = after_head(big, |make| {
            let content = Make::new(big)
                .u32(0)
                .u64(0)
                .u32(FRAME_MAX + 1)
                .u32(FRAME_MAX + 1);
            make.block(6, &content, false)
        });
        assert_eq!(damage, Some((0, Defect::FrameLength(FRAME_MAX + 1))));
    }
}

#[test]
fn a_section_forgets_the_interfaces_before() {
    for big in [false, true] {
        let damage = after_head(big, |make| {
            make.interface(1, 0, &[]).section(!big).enhanced(1, 2, B)
        });
        let unknown = Defect::Interface {
            index: 1,
            described: 0,
        };
        assert_eq!(damage, Some((20_u64 + 28, unknown)));
        let damage = after_head(big, |make| make.section(big).simple(6, B));
        let unknown = Defect::Interface {
            index: 0,
            described: 0,
        };
        assert_eq!(damage, Some((28, unknown.clone())));
        let damage = after_head(big, |make| make.section(big).packet(0, 0, 2, B));
        assert_eq!(damage, Some((28, unknown)));
    }
}

#[test]
fn unknown_versions_and_byte_orders() {
    let damage = after_head(true, |make| {
        let content = Make::new(true).u32(0x1a2b_3c4d).u16(2).u16(0).u64(0);
        make.block(0x0a0d_0d0a, &content, false)
    });
    assert_eq!(damage, Some((0, Defect::Version(2, 0))));
    let damage = after_head(true, |make| {
        let content = Make::new(true).u32(0x1234_5678).u16(1).u16(0).u64(0);
        make.block(0x0a0d_0d0a, &content, false)
    });
    assert_eq!(damage, Some((0, Defect::ByteOrder(0x1234_5678))));
    let file = Make::new(true)
        .u32(0xa1b2_c3d4)
        .u16(543)
        .u16(0)
        .raw(&[0; 16]);
    assert_eq!(everyway(&file.octets).1, Some((0, Defect::Version(543, 0))));
}

#[test]
fn interfaces_are_bounded() {
    let read = |file: &Make| {
        let mut frames = 0;
        let damage = walk(&file.octets, &mut |_, _| frames += 1).unwrap();
        (frames, damage)
    };
    let mut file = Make::new(false).section(false);
    for number in 0..1100_u32 {
        file = file.interface(1, number, &[]);
    }
    let offset = 28_u64 + 1024 * 20;
    assert_eq!(read(&file), (0, Some((offset, Defect::Interfaces(1024)))));
    // The same interface in very many sections is one.
    let mut file = Make::new(false);
    for _ in 0..1100 {
        file = file.section(false).interface(1, 0, &[]).enhanced(0, 1, A);
    }
    assert_eq!(read(&file), (1100, None));
}

#[test]
fn what_is_no_capture_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let cases: &[(&[u8], &str)] = &[
        (b"", "is empty"),
        (b"\xd4\xc3", "is no capture: it is only 2 octets long"),
        (b"%PDF-1.7\n...", "is no capture but a PDF document"),
        (b"frame,time\n1,0.5\n", "is no capture but text"),
        ("größer als gedacht".as_bytes(), "is no capture but text"),
        (
            b"PK\x03\x04....",
            "is no capture but a ZIP archive: unpack it first",
        ),
        (
            b"snoop\0\0\0....",
            "is a Solaris snoop capture, which is not read",
        ),
        (
            b"\x01\x02\x03\x04\x05\x06\x07\x08",
            "is no known capture format (it begins with 0x01020304)",
        ),
    ];
    for (octets, message) in cases {
        for octets in [
            octets.to_vec(),
            super::make::gzip(octets),
            zstd::encode_all(*octets, 1).unwrap(),
        ] {
            let path = put(folder.path(), "file", &octets);
            for map in [true, false] {
                let error = Captures::open(
                    std::slice::from_ref(&path),
                    Config {
                        map,
                        ..Config::default()
                    },
                )
                .unwrap_err();
                let expected = format!("{}: {message}", path.display());
                assert_eq!(error.to_string(), expected);
                assert!(!error.mend().is_empty());
            }
        }
    }
    assert_eq!(walk(b"", &mut |_, _| ()), Err(Refusal::Empty));
    let missing = [folder.path().join("missing")];
    let error = Captures::open(&missing, Config::default()).unwrap_err();
    assert!(error.mend().starts_with("check the name"));
    let nothing: [PathBuf; 0] = [];
    assert!(Captures::open(&nothing, Config::default()).is_err());
}
