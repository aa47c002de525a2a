//! Packed captures: several members, cut and broken ones.

use super::make::{Make, Seen, Trickle, drain, file, gzip, put};
use crate::capture::{Captures, Compression, Config, Damage, Defect};
use std::io::Cursor;
use std::path::Path;

/// A pcap of 3000 frames whose octets do not shrink much, and where each record begins.
fn capture() -> (Vec<u8>, Vec<usize>) {
    let mut make = Make::new(false).pcap(0xa1b2_c3d4, 1);
    let mut state = 7_u32;
    for number in 0..3000 {
        let frame: Vec<u8> = (0..100 + number % 64)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                state.to_be_bytes()[0]
            })
            .collect();
        make = make.record(number, 0, 100, &frame);
    }
    let starts = make.borders.iter().map(|(end, _)| *end).collect();
    (make.octets, starts)
}

fn read(octets: &[u8]) -> (Vec<Seen>, Vec<Damage>) {
    let folder = tempfile::tempdir().unwrap();
    file(&put(folder.path(), "capture", octets), true)
}

#[test]
fn members_and_frames_follow_each_other() {
    let (octets, starts) = capture();
    let expected = read(&octets);
    assert_eq!(expected.0.len(), 3000);
    let (one, two) = octets.split_at(starts[1000] + 5);
    assert_eq!(read(&[gzip(one), gzip(two)].concat()), expected);
    let pack = |octets| zstd::encode_all(octets, 3).unwrap();
    assert_eq!(read(&[pack(one), pack(two)].concat()), expected);
    // A skippable frame first, as `pzstd` writes it.
    let skippable = b"\x50\x2a\x4d\x18\x04\0\0\0meta".to_vec();
    assert_eq!(read(&[skippable, pack(one), pack(two)].concat()), expected);
    // Out of a pipe.
    let pipe = Trickle(Cursor::new(gzip(&octets)), 100);
    let mut captures = Captures::from_reader(Path::new("-"), Box::new(pipe)).unwrap();
    assert_eq!(drain(&mut captures), expected);
    assert_eq!(
        captures.sources().next().unwrap().compression,
        Compression::Gzip
    );
}

/// Reads a packed capture that is broken and asserts that what is read is right, that at least
/// `least` frames are, and that the offset is the border of a record.
fn broken(packed: &[u8], least: usize) -> Damage {
    let (octets, starts) = capture();
    let (whole, _) = read(&octets);
    let (frames, damages) = read(packed);
    assert!(frames.len() >= least, "{} frames", frames.len());
    assert_eq!(frames, whole[..frames.len()]);
    let [damage] = &damages[..] else {
        panic!("{damages:?}");
    };
    assert_eq!(damage.offset, starts[frames.len()] as u64);
    assert!(damage.to_string().contains(" of the unpacked stream: "));
    assert!(matches!(damage.defect, Defect::Packing(_)), "{damage}");
    damage.clone()
}

#[test]
fn a_cut_packing_is_read_up_to_the_cut() {
    let (octets, _) = capture();
    let gzip = gzip(&octets);
    let zstd = zstd::encode_all(&octets[..], 1).unwrap();
    // A block of Zstandard is up to 128 KiB, some 1000 of these frames; gzip loses at most the
    // two that the cut lies in.
    for (packed, block) in [(gzip, 2), (zstd, 1100)] {
        for part in [3, 5, 8] {
            let cut = packed.len() * part / 10;
            broken(&packed[..cut], (300 * part).saturating_sub(block));
        }
        broken(&packed[..packed.len() - 1], 3000 - block);
    }
}

#[test]
fn a_broken_packing_is_read_up_to_the_break() {
    let (octets, starts) = capture();
    // The second member is nonsense.
    let (one, _) = octets.split_at(starts[2000] + 5);
    let packed = [&gzip(one)[..], b"nonsense, not a member"].concat();
    broken(&packed, 2000);
    let mut packed = gzip(&octets);
    let middle = packed.len() / 2;
    // Not a block type.
    packed[middle..middle + 64].fill(0xff);
    let (frames, damages) = read(&packed);
    let (whole, _) = read(&octets);
    let sound = frames
        .iter()
        .zip(&whole)
        .take_while(|(one, other)| one == other);
    // All that was packed before the middle.
    assert!(sound.count() >= 1495, "{} frames", frames.len());
    assert_eq!(damages.len(), 1);
}

#[test]
fn a_packing_broken_from_the_start_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for octets in [&b"\x1f\x8b\x08\0\0"[..], b"\x28\xb5\x2f\xfd\x04"] {
        let path = put(folder.path(), "capture.gz", octets);
        let error = Captures::open(std::slice::from_ref(&path), Config::default()).unwrap_err();
        assert!(error.to_string().contains("cannot be unpacked"), "{error}");
        assert!(error.mend().contains("copy the file again"));
    }
}
