//! Inputs that are no good, and inputs that are good in every form they may have.

use super::{Ended, file, folder, jaga, modbus, piped, powerless};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::Write as _;
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// Replays quietly, so that only errors are told.
fn replay(path: &Path) -> Ended {
    jaga(&[&"replay", &"-q", &path])
}

#[test]
fn a_file_that_is_not_there() {
    let folder = folder();
    let missing = folder.path().join("nothing.pcap");
    replay(&missing).refused(2, &["nothing.pcap", "hint:"]);
    // Nothing is replayed in its stead, although another one is there.
    jaga(&[&"replay", &modbus(), &missing]).refused(2, &["nothing.pcap"]);
    replay(&modbus().join("inside")).refused(2, &["inside", "hint:"]);
}

#[test]
fn files_that_are_no_captures() {
    let folder = folder();
    for (name, octets, says) in [
        ("empty.pcap", &b""[..], "is empty"),
        (
            "report.pcap",
            b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n",
            "a PDF document",
        ),
        ("notes.pcap", b"time,value\n1,2\n3,4\n5,6\n", "text"),
        ("old.cap", b"snoop\0\0\0\0\0\0\x02\0\0\0\x04", "editcap"),
        ("short.pcap", b"\xd4\xc3", "only 2 octets"),
        (
            "noise.pcap",
            &[0xfe, 0x01, 0x80, 0x99, 0, 1, 2, 3, 4, 5],
            "no known capture format",
        ),
    ] {
        let path = file(&folder, name, octets);
        replay(&path).refused(3, &[name, says, "hint:"]);
        jaga(&[&"decode", &path]).refused(3, &[name, says]);
        jaga(&[&"replay", &"--allow-truncated", &path]).refused(3, &[name, says]);
    }
}

#[test]
fn folders_without_captures() {
    let empty = folder();
    replay(empty.path()).refused(3, &["no capture in this folder (files looked at: 0)"]);
    file(&empty, "readme.txt", b"nothing to see here, only text\n");
    replay(empty.path()).refused(3, &["no capture in this folder (files looked at: 1)"]);
}

#[test]
fn strangers_in_a_folder_are_passed_over() {
    let folder = folder();
    fs::copy(modbus(), folder.path().join("a.pcap")).unwrap();
    file(&folder, "readme.txt", b"nothing to see here, only text\n");
    let few = jaga(&[&"replay", &folder.path()])
        .with(0, &["files in the folders that are no captures: 1"]);
    assert!(!few.err.contains("readme.txt"));
    jaga(&[&"replay", &"-v", &folder.path()]).with(0, &["passed over", "readme.txt"]);
    let quiet = replay(folder.path()).with(0, &[]);
    assert_eq!(quiet.err, "");
}

#[test]
fn captures_that_must_not_be_read() {
    let folder = folder();
    let secret = folder.path().join("secret.pcap");
    fs::copy(modbus(), &secret).unwrap();
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o000)).unwrap();
    if let Some(ended) = powerless(folder.path(), &[&"replay", &secret]) {
        ended.refused(4, &["secret.pcap", "hint:"]);
    }
    // In a folder the others are read, and it is told which one was not.
    let others = folder.path().join("others");
    fs::create_dir(&others).unwrap();
    fs::copy(modbus(), others.join("a.pcap")).unwrap();
    fs::rename(&secret, others.join("secret.pcap")).unwrap();
    if let Some(ended) = powerless(folder.path(), &[&"replay", &"-q", &others]) {
        let ended = ended.with(4, &["secret.pcap"]);
        assert!(ended.out.contains("Modbus"), "{}", ended.out);
    }
}

#[test]
fn a_capture_cut_short_is_read_up_to_the_cut() {
    let folder = folder();
    let whole = fs::read(modbus()).unwrap();
    let cut = file(&folder, "cut.pcap", &whole[..whole.len() - 10]);
    let ended = replay(&cut).with(3, &["cut.pcap", "damaged at octet ", "hint:"]);
    assert_eq!(ended.messages(), 1);
    assert!(ended.out.contains("Modbus"), "what stands before is shown");
    let offset = ended.err.split("octet ").nth(1).unwrap();
    let offset: usize = offset.split(':').next().unwrap().parse().unwrap();
    assert!(
        (whole.len() - 200..whole.len()).contains(&offset),
        "{offset}"
    );
    jaga(&[&"replay", &"-q", &"--allow-truncated", &cut]).with(0, &["cut.pcap", "damaged"]);
    let lines = jaga(&[&"decode", &"-q", &cut]).with(3, &["damaged at octet"]);
    assert!(lines.out.lines().count() > 100);
}

#[test]
fn a_damaged_capture_is_read_up_to_the_damage() {
    let folder = folder();
    let mut octets = fs::read(modbus()).unwrap();
    // The captured length of the second record.
    let first = 16 + u32::from_le_bytes(octets[32..36].try_into().unwrap()) as usize;
    octets[24 + first + 8..24 + first + 12].fill(0xff);
    let damaged = file(&folder, "damaged.pcap", &octets);
    let place = format!("damaged at octet {}", 24 + first);
    replay(&damaged).with(3, &[&place, "hint:"]);
    // The others are read all the same.
    let both = jaga(&[&"decode", &"-q", &damaged, &modbus()]).with(3, &[&place]);
    assert!(both.out.lines().count() > 100);
}

#[test]
fn packed_captures_read_as_the_plain_one() {
    let folder = folder();
    let octets = fs::read(modbus()).unwrap();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&octets).unwrap();
    let gzip = gzip.finish().unwrap();
    let zstd = zstd::encode_all(&octets[..], 3).unwrap();
    let plain = jaga(&[&"decode", &"-q", &modbus()]).with(0, &[]);
    assert!(plain.out.lines().count() > 100);
    // The name says nothing; the content does.
    for (name, packed) in [("a.pcap", &gzip), ("b", &zstd)] {
        let path = file(&folder, name, packed);
        let ended = jaga(&[&"decode", &"-q", &path]).with(0, &[]);
        assert_eq!(ended.out, plain.out);
        let cut = file(&folder, "cut", &packed[..packed.len() / 2]);
        replay(&cut).with(3, &["cut: ", "cannot be unpacked any further", "hint:"]);
    }
    let ended = piped(&[&"decode", &"-q", &"-"], &octets).with(0, &[]);
    assert_eq!(ended.out, plain.out);
    let ended = piped(&[&"decode", &"-q", &"-"], &gzip).with(0, &[]);
    assert_eq!(ended.out, plain.out);
}

#[test]
fn standard_input_without_a_capture() {
    piped(&[&"replay", &"-"], b"").refused(3, &["-: is empty"]);
    piped(&[&"replay", &"-"], b"hello, this is no capture").refused(3, &["-: is no capture"]);
}

#[test]
fn names_are_hostile_text() {
    let name = b"/nowhere/\x1b[2J\x07\xe2\x80\xaepac\xc2\x9b31m.pcap";
    let name = OsString::from_vec(name.to_vec());
    let name: &OsStr = &name;
    let ended = jaga(&[&"replay", &name]).refused(2, &["nowhere"]);
    let raw = ended
        .err
        .chars()
        .find(|c| jaga::facts::is_hidden(*c) && *c != '\n');
    assert_eq!(raw, None, "{:?}", ended.err);
}

#[test]
fn a_capture_that_is_wholly_lost_stands_in_the_record() {
    let folder = folder();
    file(&folder, "a.pcap", &fs::read(modbus()).unwrap());
    file(&folder, "empty.pcap", b"");
    file(&folder, "cut.pcap.gz", &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0]);
    file(
        &folder,
        "notes.txt",
        b"no capture, and not named like one\n",
    );
    let ended = jaga(&[&"replay", &"--json", &folder.path()]);
    let ended = ended.with(3, &["empty.pcap: is empty", "cut.pcap.gz"]);
    let told: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
    let lost: Vec<&str> = told["captures_lost"]
        .as_array()
        .unwrap()
        .iter()
        .map(|lost| lost["name"].as_str().unwrap())
        .collect();
    assert_eq!(lost, ["cut.pcap.gz", "empty.pcap"]);
    assert_eq!(told["captures_lost"][1]["reason"], "is empty");
    assert_eq!(told["blind_spots"][0]["kind"], "lost-capture");
    let shown = jaga(&[&"replay", &"-q", &folder.path()]).with(3, &[]);
    let words: Vec<&str> = shown.out.split_whitespace().collect();
    let shown = words.join(" ");
    assert!(
        shown.contains("2 captures could not be read at all: cut.pcap.gz"),
        "{shown}"
    );
    assert!(shown.contains("empty.pcap is empty"), "{shown}");
}

/// A frame of sampled values (IEC 61850-9-2), the one that the decoder is tested with.
const SAMPLED: &[u8] = b"\x01\x0c\xcd\x04\x00\x01\x00\x02\x0a\x30\x00\x01\x88\xba\x40\x01\
    \x00\x32\x00\x00\x00\x00\x60\x28\x80\x01\x01\xa2\x23\x30\x21\x80\
    \x04\x34\x30\x30\x31\x82\x02\x01\x18\x83\x04\x00\x00\x00\x01\x85\
    \x01\x02\x87\x0c\x40\xff\xfe\x59\x82\x00\x00\x00\x00\x00\x43\xdd";

#[test]
fn what_is_passed_over_of_a_known_protocol_could_not_be_seen() {
    let mut capture = b"\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\0\0\x04\0\x01\0\0\0".to_vec();
    for second in 0..50_u32 {
        let length = u32::try_from(SAMPLED.len()).unwrap();
        for number in [second, 0, length, length] {
            capture.extend(number.to_le_bytes());
        }
        capture.extend(SAMPLED);
    }
    let folder = folder();
    let path = file(&folder, "sampled.pcap", &capture);
    let ended = jaga(&[&"replay", &"-q", &"--json", &path]).with(0, &[]);
    let told: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(told["protocols"][0]["name"], "sv");
    let spot = &told["blind_spots"][0];
    assert_eq!(spot["kind"], "not-read");
    // All but the first.
    assert_eq!(spot["octets"], 49 * (SAMPLED.len() - 14));
    assert!(spot["text"].as_str().unwrap().contains("(sv)"), "{spot}");
}
