//! Programs put together from captures: octet for octet what travelled, or told as incomplete.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

#[path = "programs/others.rs"]
mod others;
mod support;

use data_encoding::HEXLOWER;
use jaga::capture::Captures;
use jaga::desk::Desk;
use jaga::desk::baseline::compare::Change;
use jaga::desk::programs::{Finished, Mode, Program, Programs, changes, known};
use jaga::sensor::{self, Config, Progress, Watch};
use sha2::{Digest, Sha256};
use std::io::Cursor;
use std::path::Path;
use support::{Connection, Frame, Host, Random, folder, recut, segment, write};

const STATION: Host = Host::new(1, 50_000);
const CONTROLLER: Host = Host::new(2, 102);

/// What came of a capture.
fn gathered(frames: &[Frame]) -> Finished {
    let input = Box::new(Cursor::new(write(frames)));
    of(Captures::from_reader(Path::new("-"), input).unwrap())
}

fn of(captures: Captures) -> Finished {
    let mut desk = Desk {
        programs: Some(Programs::keeping()),
        ..Desk::default()
    };
    let watch = Watch {
        programs: true,
        ..Watch::default()
    };
    let (config, progress) = (Config { workers: 1 }, Progress::default());
    sensor::replay(captures, config, watch, &progress, &mut |mut event| {
        desk.take(&mut event);
    });
    desk.programs.unwrap().finish()
}

fn hash(octets: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(octets))
}

/// A block of this type with so much code: header, code, interface, segments, who wrote it.
fn block(kind: u8, number: u16, code: u16, seed: u64) -> Vec<u8> {
    let mut random = Random(seed);
    let (interface, segments) = (28_u16, 20_u16);
    let length = 36 + code + interface + segments + 36;
    let mut octets = vec![0x70, 0x70, 1, 1, 1, kind];
    octets.extend(number.to_be_bytes());
    octets.extend(u32::from(length).to_be_bytes());
    octets.extend([0, 0, 0, 3]);
    // 1984-01-11 00:01:00, 1984-01-02 00:00:00.
    octets.extend([&60_000_u32.to_be_bytes()[..], &[0, 10], &[0; 4], &[0, 1]].concat());
    for part in [interface, segments, 26, code] {
        octets.extend(part.to_be_bytes());
    }
    octets.extend((0..code + interface + segments).map(|_| random.next().to_le_bytes()[0]));
    octets.extend(b"SAM\0\0\0\0\0MIXERS\0\0FILL    \x12\0\xab\xcd\0\0\0\0\0\0\0\0");
    assert_eq!(octets.len(), usize::from(length));
    octets
}

/// Writes a conversation of S7comm.
struct Talk {
    tcp: Connection,
    reference: u16,
}

impl Talk {
    fn new() -> Self {
        Self::from(STATION)
    }

    fn from(station: Host) -> Self {
        let mut tcp = Connection::new(station, CONTROLLER);
        tcp.client(&[
            3, 0, 0, 22, 17, 0xe0, 0, 0, 0, 12, 0, 0xc1, 2, 1, 0, 0xc2, 2, 1, 2, 0xc0, 1, 10,
        ]);
        tcp.server(&[
            3, 0, 0, 22, 17, 0xd0, 0, 12, 0x44, 0x31, 0, 0xc0, 1, 10, 0xc1, 2, 1, 0, 0xc2, 2, 1, 2,
        ]);
        let mut talk = Self { tcp, reference: 0 };
        talk.job(
            true,
            &[0xf0, 0, 0, 1, 0, 1, 1, 0xe0],
            &[0xf0, 0, 0, 1, 0, 1, 1, 0xe0],
            &[],
        );
        talk
    }

    /// A job of one side, and the answer of the other.
    fn job(&mut self, by_station: bool, parameter: &[u8], answer: &[u8], data: &[u8]) {
        self.reference += 1;
        let asked = self.pdu(1, parameter, &[]);
        let answered = self.pdu(3, answer, data);
        match by_station {
            true => (self.tcp.client(&asked), self.tcp.server(&answered)),
            false => (self.tcp.server(&asked), self.tcp.client(&answered)),
        };
    }

    fn pdu(&self, rosctr: u8, parameter: &[u8], data: &[u8]) -> Vec<u8> {
        let length = |octets: &[u8]| u16::try_from(octets.len()).unwrap().to_be_bytes();
        let error: &[u8] = if rosctr == 3 { &[0, 0] } else { &[] };
        let s7 = [
            &[0x32, rosctr, 0, 0][..],
            &self.reference.to_be_bytes(),
            &length(parameter),
            &length(data),
            error,
            parameter,
            data,
        ]
        .concat();
        let total = u16::try_from(s7.len() + 7).unwrap().to_be_bytes();
        [&[3, 0], &total[..], &[2, 0xf0, 0x80], &s7].concat()
    }

    /// A part of a block as an answer's data.
    fn part(octets: &[u8]) -> Vec<u8> {
        let length = u16::try_from(octets.len()).unwrap().to_be_bytes();
        [&length[..], &[0, 0xfb], octets].concat()
    }

    fn download(&mut self, block: &[u8], part: usize) {
        let number = u16::from_be_bytes([block[6], block[7]]);
        let name = format!("_{:02X}{number:05}P", block[5]).into_bytes();
        let named = |function: u8| [&[function, 0, 0, 0, 0, 0, 0, 0, 9], &name[..]].concat();
        let code = u16::from_be_bytes([block[34], block[35]]);
        let lengths = format!("1{:06}{code:06}", block.len()).into_bytes();
        let request = [&named(0x1a)[..], &[13], &lengths].concat();
        self.job(true, &request, &[0x1a], &[]);
        let parts: Vec<&[u8]> = block.chunks(part).collect();
        for (nth, octets) in parts.iter().enumerate() {
            let more = u8::from(nth + 1 < parts.len());
            self.job(false, &named(0x1b), &[0x1b, more], &Self::part(octets));
        }
        self.job(false, &named(0x1c), &[0x1c], &[]);
    }

    fn upload(&mut self, block: &[u8], part: usize) {
        let number = u16::from_be_bytes([block[6], block[7]]);
        let name = format!("_{:02X}{number:05}A", block[5]).into_bytes();
        let start = [&[0x1d, 0, 0, 0, 0, 0, 0, 0, 9], &name[..]].concat();
        let length = format!("{:07}", block.len()).into_bytes();
        let opened = [&[0x1d, 0, 1, 0, 0, 0, 0, 7, 7], &length[..]].concat();
        self.job(true, &start, &opened, &[]);
        let step = |function: u8| [function, 0, 0, 0, 0, 0, 0, 7];
        let parts: Vec<&[u8]> = block.chunks(part).collect();
        for (nth, octets) in parts.iter().enumerate() {
            let more = u8::from(nth + 1 < parts.len());
            self.job(true, &step(0x1e), &[0x1e, more], &Self::part(octets));
        }
        self.job(true, &step(0x1f), &[0x1f], &[]);
    }

    fn stop(&mut self) {
        let stop = [&[0x29, 0, 0, 0, 0, 0, 9][..], b"P_PROGRAM"].concat();
        self.job(true, &stop, &[0x29], &[]);
    }

    fn start(&mut self) {
        let start = [&[0x28, 0, 0, 0, 0, 0, 0, 0xfd, 0, 0, 9][..], b"P_PROGRAM"].concat();
        self.job(true, &start, &[0x28], &[]);
    }
}

/// The one program of a capture.
#[track_caller]
fn one(finished: &Finished) -> &Program {
    let [program] = finished.programs.as_slice() else {
        panic!("{:?}", finished.programs);
    };
    program
}

/// Checks that these programs, and no others, were put together octet for octet.
#[track_caller]
fn exactly(finished: &Finished, blocks: &[(&str, &str, &[u8])]) {
    let found: Vec<_> = finished
        .programs
        .iter()
        .map(|p| {
            (
                p.block.as_str(),
                p.direction,
                p.sha256.clone().unwrap_or_default(),
            )
        })
        .collect();
    let mut wanted: Vec<_> = blocks
        .iter()
        .map(|(name, way, octets)| (*name, *way, hash(octets)))
        .collect();
    wanted.sort();
    assert_eq!(found, wanted);
    for (_, _, octets) in blocks {
        assert_eq!(finished.kept.get(&hash(octets)).unwrap(), octets);
    }
}

#[test]
fn downloads_and_uploads_are_put_together_octet_for_octet() {
    let (ob, db, fc) = (
        block(8, 1, 212, 1),
        block(10, 10, 30_000, 2),
        block(12, 5, 1, 3),
    );
    let mut talk = Talk::new();
    talk.download(&ob, 222);
    talk.download(&db, 222);
    talk.upload(&fc, 65);
    talk.upload(&fc, 65);
    let wanted: [(&str, &str, &[u8]); 3] = [
        ("OB1", "download", &ob),
        ("DB10", "download", &db),
        ("FC5", "upload", &fc),
    ];
    let frames = talk.tcp.frames;
    let whole = gathered(&frames);
    exactly(&whole, &wanted);
    let program = whole.programs.iter().find(|p| p.block == "FC5").unwrap();
    assert_eq!((program.count, program.end, program.octets), (2, "ok", 121));
    assert_eq!((program.unit, program.missing), (Some(2), None));
    assert_eq!(
        (program.device.as_str(), program.actor.as_str()),
        ("10.0.0.2", "10.0.0.1")
    );
    let told = [
        &program.author,
        &program.family,
        &program.title,
        &program.version,
    ];
    assert_eq!(told, ["SAM", "MIXERS", "FILL", "1.2"]);
    assert_eq!((program.language, program.protected), ("STL", true));
    assert_eq!(program.changed, "1984-01-11T00:01:00");
    assert_eq!(program.interface_changed, "1984-01-02T00:00:00");
    // Cut otherwise, and each packet twice.
    let mut random = Random(7);
    exactly(
        &gathered(&recut(&frames, &mut || 1 + random.below(40))),
        &wanted,
    );
    let twice: Vec<Frame> = frames.iter().flat_map(|f| [f.clone(), f.clone()]).collect();
    exactly(&gathered(&twice), &wanted);
}

#[test]
fn a_lost_segment_is_told_with_the_octets_that_are_missing() {
    let db = block(10, 10, 1_000, 2);
    let mut talk = Talk::new();
    let before = talk.tcp.frames.len();
    talk.download(&db, 200);
    let frames = talk.tcp.frames;
    // Of two packets of a part the second brings the octets; the request has two of its own.
    let lost = before + 2 + 3;
    let mut kept = frames.clone();
    kept.remove(lost);
    let finished = gathered(&kept);
    let program = one(&finished);
    assert_eq!(
        (program.whole, program.octets, program.missing),
        (false, 920, Some(200))
    );
    assert_eq!((&program.sha256, program.block.as_str()), (&None, "DB10"));
    assert!(finished.kept.is_empty());
    assert!(finished.engineering[0].incomplete.contains("DB10"));
    // The end of the capture: what came until then, and no more.
    let finished = gathered(&frames[..lost]);
    let program = one(&finished);
    assert_eq!(
        (program.octets, program.missing, program.end),
        (200, Some(920), "not-seen")
    );
}

#[test]
fn whatever_is_lost_nothing_is_told_as_whole_that_never_travelled() {
    // The same block in two versions of the same length: a gap may join parts of both.
    let blocks = [block(10, 3, 300, 5), block(10, 3, 300, 6)];
    let mut talk = Talk::new();
    let before = talk.tcp.frames.len();
    for block in &blocks {
        talk.download(block, 150);
        talk.upload(block, 150);
    }
    let frames = talk.tcp.frames;
    let known: Vec<String> = blocks.iter().map(|block| hash(block)).collect();
    let mut incomplete = 0;
    for first in before..frames.len() {
        for last in (first..frames.len()).step_by(3) {
            let mut kept = frames.clone();
            kept.drain(first..=last);
            let finished = gathered(&kept);
            for program in &finished.programs {
                incomplete += u64::from(!program.whole);
                assert!(
                    !program.whole || known.contains(program.sha256.as_ref().unwrap()),
                    "without packets {first} to {last}: {program:?}"
                );
            }
        }
    }
    assert!(incomplete > 100, "{incomplete}");
    assert!(segment(&frames[before]).is_some());
}

#[test]
fn blocks_of_a_shipped_capture_are_what_an_independent_decoder_reads() {
    // Concatenated by hand from tshark's `tcp.payload` of the answers in snap7.pcap.
    let path = folder().join("s7comm/snap7.pcap");
    let captures = Captures::open(&[path], jaga::capture::Config::default()).unwrap();
    let finished = of(captures);
    let program = one(&finished);
    let wanted = "87c8f29f58429237a831c5e6723ea3eecefad59705cfbb15b180a87e6a8b3c7d";
    assert_eq!(program.sha256.as_deref(), Some(wanted));
    assert_eq!(
        (program.block.as_str(), program.count, program.octets),
        ("SDB0", 4, 216)
    );
    assert_eq!(
        (program.language, program.author.as_str()),
        ("SDB", "STEP 7 #")
    );
}

/// What is done often is told singly the first times alone, and counted whole.
#[test]
fn steps_are_counted_however_often_they_are_repeated() {
    let mut talk = Talk::new();
    for _ in 0..500 {
        talk.stop();
    }
    talk.start();
    let finished = gathered(&talk.tcp.frames);
    let steps = &finished.engineering[0].steps;
    let counts: Vec<u64> = steps.iter().map(|step| step.count).collect();
    assert_eq!(counts, [500, 1], "{steps:?}");
}

#[test]
fn connect_upload_stop_download_and_start_are_one_story() {
    let (old, new) = (block(8, 1, 100, 1), block(8, 1, 100, 2));
    let mut talk = Talk::new();
    talk.upload(&old, 222);
    talk.stop();
    talk.download(&new, 222);
    let stopped = gathered(&talk.tcp.frames);
    assert_eq!(stopped.engineering[0].left, Mode::Stopped);
    talk.start();
    let finished = gathered(&talk.tcp.frames);
    let [work] = finished.engineering.as_slice() else {
        panic!("{:?}", finished.engineering);
    };
    assert_eq!(
        (work.actor.as_str(), work.device.as_str()),
        ("10.0.0.1", "10.0.0.2")
    );
    assert!(work.connected.is_some());
    assert_eq!(work.uploaded.iter().collect::<Vec<_>>(), ["OB1"]);
    assert_eq!(work.downloaded.iter().collect::<Vec<_>>(), ["OB1"]);
    let steps: Vec<&str> = work.steps.iter().map(|step| step.operation).collect();
    assert_eq!(
        steps,
        [
            "upload block",
            "stop plc",
            "download organization block",
            "start plc (warm restart)"
        ]
    );
    assert_eq!(work.left, Mode::Started);
    // An hour later it is another one.
    let mut later = talk.tcp.frames.clone();
    let mut again = Talk::from(Host::new(1, 50_001));
    again.stop();
    let hour = 3_600_000_000_000;
    later.extend(again.tcp.frames.into_iter().map(|frame| Frame {
        nanos: frame.nanos + hour,
        ..frame
    }));
    assert_eq!(gathered(&later).engineering.len(), 2);
}

#[test]
fn a_stop_whose_answer_was_not_seen_leaves_the_mode_unknown() {
    let mut talk = Talk::new();
    talk.stop();
    talk.tcp.frames.pop();
    let [work] = &gathered(&talk.tcp.frames).engineering[..] else {
        panic!("one work");
    };
    assert_eq!(work.steps[0].operation, "stop plc");
    assert_eq!(work.left, Mode::Unknown);
    assert!(work.asked.is_some() && work.stopped.is_none());
}

#[test]
fn a_stop_that_the_controller_answered_with_a_reset_was_not_answered() {
    let stop = [&[0x29, 0, 0, 0, 0, 0, 9][..], b"P_PROGRAM"].concat();
    // Who gives up itself, or what the mirror lost, says nothing of the controller.
    for (by_client, lost, outcome) in [
        (false, false, "no-answer"),
        (true, false, "not-seen"),
        (false, true, "not-seen"),
    ] {
        let mut talk = Talk::new();
        let asked = talk.pdu(1, &stop, &[]);
        talk.tcp.client(&asked);
        if lost {
            talk.tcp.lose(false, 20);
            talk.tcp.server(&[3, 0, 0, 7, 2, 0xf0, 0]);
        }
        talk.tcp.reset(by_client);
        let [work] = &gathered(&talk.tcp.frames).engineering[..] else {
            panic!("one work");
        };
        assert_eq!(work.steps[0].outcome, outcome, "{by_client} {lost}");
        assert_eq!(work.left, Mode::Unknown);
    }
}

#[test]
fn stations_that_only_connect_hide_nobody_who_works() {
    let mut frames = Vec::new();
    for number in 0..1_100_u16 {
        let [high, low] = number.to_be_bytes();
        let station = Host {
            ip: [10, 1, high, low],
            ..STATION
        };
        frames.extend(Talk::from(station).tcp.frames);
    }
    let mut talk = Talk::new();
    talk.stop();
    frames.extend(talk.tcp.frames);
    let finished = gathered(&frames);
    assert_eq!(finished.engineering_omitted, 0);
    let [work] = &finished.engineering[..] else {
        panic!("{:?}", finished.engineering);
    };
    assert_eq!(work.left, Mode::Stopped);
    assert!(work.connected.is_some());
}

#[test]
fn programs_of_two_captures_are_compared_by_their_hashes() {
    let capture = |blocks: &[Vec<u8>]| {
        let mut talk = Talk::new();
        for block in blocks {
            talk.upload(block, 222);
        }
        known(&gathered(&talk.tcp.frames).programs)
    };
    let (same, old, new) = (block(8, 1, 10, 1), block(10, 2, 10, 2), block(10, 2, 10, 3));
    let (gone, added) = (block(12, 7, 10, 4), block(14, 9, 10, 5));
    let before = capture(&[same.clone(), old.clone(), gone.clone()]);
    let after = capture(&[same, new.clone(), added.clone()]);
    let said = |octets: &[u8]| format!("sha256 {}, code of 1984-01-11T00:01:00", hash(octets));
    let title = |block: &str| format!("program {block} of device 10.0.0.2 unit 2");
    assert_eq!(
        changes(&before, &after),
        [
            Change::Changed(title("DB2"), said(&old), said(&new)),
            Change::Added(format!("{}: {}", title("FB9"), said(&added))),
            Change::Gone(format!("{}: {}", title("FC7"), said(&gone))),
        ]
    );
    assert!(changes(&after, &after).is_empty());
}

#[test]
fn who_locks_a_controller_works_on_it_and_a_panel_that_makes_objects_does_not() {
    let locked = others::shipped("made/enip.pcap");
    let steps = locked.engineering.iter().flat_map(|work| &work.steps);
    let steps: Vec<&str> = steps.map(|step| step.operation).collect();
    for step in ["lock controller", "unlock controller"] {
        assert!(steps.contains(&step), "{steps:?}");
    }
    let panel = others::shipped("s7comm/s7comm_plus.pcap");
    assert!(panel.engineering.is_empty(), "{:#?}", panel.engineering);
}

#[test]
fn a_controller_that_stays_reserved_is_told() {
    let mut talk = Connection::new(STATION, Host::new(2, 502));
    let mut exchange = |request: &str, response: &str| {
        for (by_client, text) in [(true, request), (false, response)] {
            let octets = HEXLOWER.decode(text.as_bytes()).unwrap();
            match by_client {
                true => talk.client(&octets),
                false => talk.server(&octets),
            }
        }
        gathered(&talk.frames).engineering
    };
    // As captured of a programming tool; then what gives the controller back.
    let reserved = exchange(
        "001600000018005a0010434c00000f555345522d37313445373446323142",
        "001600000005005a00fe01",
    );
    assert_eq!(reserved.len(), 1);
    assert!(reserved[0].reserved.is_some());
    let refused = exchange("001700000004005a0111", "001700000004005a01fd");
    assert!(refused[0].reserved.is_some());
    let released = exchange("001800000004005a0111", "001800000004005a01fe");
    assert!(released[0].reserved.is_none());
    let shipped = others::shipped("modbus/modicon_test.pcap");
    let held = shipped.engineering[0].reserved.as_ref();
    assert_eq!(held.unwrap().frame, 50);
}
