//! Projects of Modicon controllers in UMAS and files of DNP3 outstations on their way.

use super::support::{Connection, Frame, Host, Random, folder};
use super::{STATION, exactly, gathered, hash, of, one};
use jaga::capture::{Captures, Config};
use jaga::desk::programs::{Finished, Mode, changes, known};

/// What came of a shipped capture.
pub(super) fn shipped(name: &str) -> Finished {
    let path = folder().join(name);
    of(Captures::open(&[path], Config::default()).unwrap())
}

/// So many octets.
fn noise(count: usize, seed: u64) -> Vec<u8> {
    let mut random = Random(seed);
    (0..count).map(|_| random.next().to_le_bytes()[0]).collect()
}

/// Two conversations without a run of packets, for every run of them: nothing is told as whole
/// but what is in `known`.
fn without_any_run(frames: &[Frame], known: &[String]) {
    let mut incomplete = 0;
    for first in 0..frames.len() {
        for last in first..frames.len() {
            let mut kept = frames.to_vec();
            kept.drain(first..=last);
            for program in &gathered(&kept).programs {
                incomplete += u64::from(!program.whole);
                assert!(
                    !program.whole || known.contains(program.sha256.as_ref().unwrap()),
                    "without packets {first} to {last}: {program:?}"
                );
            }
        }
    }
    assert!(incomplete > 100, "{incomplete}");
}

/// A conversation of UMAS.
struct Modicon {
    tcp: Connection,
    transaction: u16,
}

impl Modicon {
    fn new() -> Self {
        let tcp = Connection::new(STATION, Host::new(2, 502));
        let mut talk = Self {
            tcp,
            transaction: 0,
        };
        talk.ask(&[0, 0x01, 0], &[0, 0xfe, 0xfd, 3]);
        talk.ask(
            &[0, 0x10, 1, 2, 0, 0, 5, b'P', b'C', b'-', b'0', b'9'],
            &[0, 0xfe, 7],
        );
        talk
    }

    /// A request and its answer, from the session key on.
    fn ask(&mut self, request: &[u8], answer: &[u8]) {
        self.transaction += 1;
        let adu = |data: &[u8]| {
            let length = u16::try_from(data.len() + 2).unwrap().to_be_bytes();
            let [high, low] = self.transaction.to_be_bytes();
            [&[high, low, 0, 0], &length[..], &[0, 0x5a], data].concat()
        };
        let (request, answer) = (adu(request), adu(answer));
        self.tcp.client(&request);
        self.tcp.server(&answer);
    }

    /// To the controller, which UMAS calls an upload.
    fn download(&mut self, project: &[u8], part: usize) {
        self.ask(&[7, 0x30, 0, 1], &[7, 0xfe, 0, 1]);
        let mut number = 0_u16;
        for octets in project.chunks(part) {
            number += 1;
            let count = u16::try_from(octets.len()).unwrap().to_le_bytes();
            let request = [
                &[7, 0x31, 0, 1],
                &number.to_le_bytes()[..],
                &count[..],
                octets,
            ];
            self.ask(&request.concat(), &[7, 0xfe]);
        }
        let [low, high] = number.to_le_bytes();
        self.ask(&[7, 0x32, 0, 1, low, high], &[7, 0xfe]);
    }

    /// From the controller.
    fn upload(&mut self, project: &[u8], part: usize) {
        self.ask(&[7, 0x33, 0, 1, 0xfb, 0], &[7, 0xfe, 0, 1]);
        let parts: Vec<&[u8]> = project.chunks(part).collect();
        for (nth, octets) in parts.iter().enumerate() {
            let [low, high] = u16::try_from(nth + 1).unwrap().to_le_bytes();
            let count = u16::try_from(octets.len()).unwrap().to_le_bytes();
            let last = u8::from(nth + 1 == parts.len());
            let answer = [&[7, 0xfe, last, 0], &count[..], octets].concat();
            self.ask(&[7, 0x34, 0, 1, low, high], &answer);
        }
        let [low, high] = u16::try_from(parts.len()).unwrap().to_le_bytes();
        self.ask(&[7, 0x35, 0, 1, low, high], &[7, 0xfe]);
    }
}

#[test]
fn a_project_read_out_of_a_shipped_capture_is_what_an_independent_decoder_reads() {
    // Put together from tshark's `tcp.payload`: of the answers to 0x34 the octets behind the
    // count, in the order of their packets.
    let finished = shipped("modbus/modicon_test.pcap");
    let project = one(&finished);
    let wanted = "223dfe4cb8497b9a16b23f20a369a1483f83903a85b749deb8c84f878186c5c1";
    assert_eq!(project.sha256.as_deref(), Some(wanted));
    assert_eq!((project.direction, project.octets), ("upload", 12_343));
    assert_eq!((project.block.as_str(), project.end), ("project", "ok"));
    assert_eq!(&finished.kept.get(wanted).unwrap()[..4], b"APX\0");
    let [work] = &finished.engineering[..] else {
        panic!("{:?}", finished.engineering);
    };
    assert!(work.connected.is_some() && work.uploaded.contains("project"));
    assert!(work.steps[0].targets.contains("USER-714E74F21B"));
}

#[test]
fn projects_of_modicon_controllers_are_put_together_octet_for_octet() {
    let (old, new) = (noise(5_000, 1), noise(5_001, 2));
    let mut talk = Modicon::new();
    talk.upload(&old, 246);
    talk.ask(&[7, 0x41, 0xff, 0], &[7, 0xfe]);
    talk.download(&new, 1_014);
    talk.ask(&[7, 0x40, 0xff, 0], &[7, 0xfe]);
    let finished = gathered(&talk.tcp.frames);
    let wanted: [(&str, &str, &[u8]); 2] =
        [("project", "upload", &old), ("project", "download", &new)];
    exactly(&finished, &wanted);
    let [work] = &finished.engineering[..] else {
        panic!("{:?}", finished.engineering);
    };
    assert!(work.connected.is_some());
    let steps: Vec<&str> = work.steps.iter().map(|step| step.operation).collect();
    assert_eq!(
        steps,
        [
            "umas reserve controller",
            "umas read program from controller",
            "umas stop controller",
            "umas write program to controller",
            "umas start controller"
        ]
    );
    assert_eq!(work.left, Mode::Started);
    let mut again = Modicon::new();
    again.upload(&old, 246);
    let before = known(&gathered(&again.tcp.frames).programs);
    assert_eq!(changes(&before, &known(&finished.programs)).len(), 1);
}

#[test]
fn a_project_with_a_lost_or_refused_block_is_never_told_as_whole() {
    let projects = [noise(300, 1), noise(300, 2)];
    let mut talk = Modicon::new();
    for project in &projects {
        talk.download(project, 150);
        talk.upload(project, 150);
    }
    let known = projects.each_ref().map(|project| hash(project));
    without_any_run(&talk.tcp.frames, &known);
    // A block that the controller refused, and that comes again; then one that does not.
    for (again, whole) in [(true, true), (false, false)] {
        let mut talk = Modicon::new();
        talk.ask(&[7, 0x30, 0, 1], &[7, 0xfe, 0, 1]);
        talk.ask(&[7, 0x31, 0, 1, 1, 0, 2, 0, 8, 9], &[7, 0xfd, 0x82]);
        if again {
            talk.ask(&[7, 0x31, 0, 1, 1, 0, 2, 0, 8, 9], &[7, 0xfe]);
        }
        talk.ask(&[7, 0x31, 0, 1, 2, 0, 2, 0, 5, 6], &[7, 0xfe]);
        talk.ask(&[7, 0x32, 0, 1, 2, 0], &[7, 0xfe]);
        let finished = gathered(&talk.tcp.frames);
        assert_eq!(one(&finished).whole, whole);
        if whole {
            exactly(&finished, &[("project", "download", &[8, 9, 5, 6])]);
        }
    }
    // More octets announced in a block than it has.
    let mut talk = Modicon::new();
    talk.ask(&[7, 0x30, 0, 1], &[7, 0xfe, 0, 1]);
    talk.ask(&[7, 0x31, 0, 1, 1, 0, 255, 255, 8, 9], &[7, 0xfe]);
    talk.ask(&[7, 0x32, 0, 1, 1, 0], &[7, 0xfe]);
    assert!(!one(&gathered(&talk.tcp.frames)).whole);
}

/// A conversation of DNP3.
struct Outstation {
    tcp: Connection,
    sequence: u8,
}

const HANDLE: [u8; 4] = [0x78, 0x56, 0x34, 0x12];

impl Outstation {
    fn new() -> Self {
        let tcp = Connection::new(STATION, Host::new(2, 20_000));
        Self { tcp, sequence: 0 }
    }

    /// A request with one file object, and the answer with another.
    fn ask(&mut self, function: u8, asked: (u8, &[u8]), answered: (u8, &[u8])) {
        self.sequence = (self.sequence + 1) & 0x0f;
        let object = |(variation, octets): (u8, &[u8])| {
            let [low, high] = u16::try_from(octets.len()).unwrap().to_le_bytes();
            [&[70, variation, 0x5b, 1, low, high], octets].concat()
        };
        let control = 0xc0 | self.sequence;
        let request = [&[control, function], &object(asked)[..]].concat();
        let answer = [&[control, 129, 0, 0], &object(answered)[..]].concat();
        for octets in Self::frames(0xc4, (4, 3), &request) {
            self.tcp.client(&octets);
        }
        for octets in Self::frames(0x44, (3, 4), &answer) {
            self.tcp.server(&octets);
        }
    }

    /// The link frames of a fragment.
    fn frames(control: u8, (to, from): (u8, u8), fragment: &[u8]) -> Vec<Vec<u8>> {
        let parts: Vec<&[u8]> = fragment.chunks(249).collect();
        let last = parts.len() - 1;
        let frame = |(nth, part): (usize, &&[u8])| {
            let first = u8::from(nth == 0) << 6 | u8::from(nth == last) << 7;
            let transport = first | u8::try_from(nth & 0x3f).unwrap();
            let data = [&[transport], *part].concat();
            let length = u8::try_from(data.len() + 5).unwrap();
            let header = [0x05, 0x64, length, control, to, 0, from, 0];
            let blocks = std::iter::once(&header[..]).chain(data.chunks(16));
            blocks
                .flat_map(|block| [block, &crc(block)].concat())
                .collect()
        };
        parts.iter().enumerate().map(frame).collect()
    }

    fn open(&mut self, name: &[u8], mode: u8, size: usize) {
        let size = u32::try_from(size).unwrap().to_le_bytes();
        let asked = match mode {
            1 => [0; 4],
            _ => size,
        };
        let length = u8::try_from(name.len()).unwrap();
        // Made on 2015-03-27 07:45:49.
        let made = 1_427_442_349_000_u64.to_le_bytes();
        let request = [
            &[26, 0, length, 0],
            &made[..6],
            &[0, 0, 0, 0, 0, 0],
            &asked[..],
            &[mode, 0, 0, 4, 1, 0],
            name,
        ]
        .concat();
        let answer = [&HANDLE[..], &size[..], &[0, 4, 1, 0, 0]].concat();
        self.ask(25, (3, &request), (4, &answer));
    }

    fn close(&mut self) {
        let octets = [&HANDLE[..], &[0; 4], &[0, 0, 1, 0, 0]].concat();
        self.ask(26, (4, &octets), (4, &octets));
    }

    fn read(&mut self, name: &[u8], file: &[u8], part: usize) {
        self.open(name, 1, file.len());
        let parts: Vec<&[u8]> = file.chunks(part).collect();
        for (nth, octets) in parts.iter().enumerate() {
            let nth = u32::try_from(nth).unwrap();
            let last = u32::from(nth as usize + 1 == parts.len()) << 31;
            let asked = [HANDLE, nth.to_le_bytes()].concat();
            let answer = [&HANDLE[..], &(nth | last).to_le_bytes(), octets].concat();
            self.ask(1, (5, &asked), (5, &answer));
        }
        self.close();
    }

    fn write(&mut self, name: &[u8], mode: u8, file: &[u8], part: usize) {
        self.open(name, mode, file.len());
        let parts: Vec<&[u8]> = file.chunks(part).collect();
        for (nth, octets) in parts.iter().enumerate() {
            let nth = u32::try_from(nth).unwrap();
            let last = u32::from(nth as usize + 1 == parts.len()) << 31;
            let number = (nth | last).to_le_bytes();
            let asked = [&HANDLE[..], &number, octets].concat();
            let answer = [&HANDLE[..], &number, &[0]].concat();
            self.ask(2, (5, &asked), (6, &answer));
        }
        self.close();
    }
}

/// The check of a block of a link frame (IEEE Std 1815-2012, 9.2.4.3).
fn crc(block: &[u8]) -> [u8; 2] {
    let step = |crc: u16, _| (crc >> 1) ^ if crc & 1 == 1 { 0xa6bc } else { 0 };
    let octet = |crc: u16, octet: &u8| (0..8).fold(crc ^ u16::from(*octet), step);
    (!block.iter().fold(0, octet)).to_le_bytes()
}

#[test]
fn files_of_shipped_captures_are_what_an_independent_decoder_reads() {
    let finished = shipped("dnp3/file_read.pcap");
    exactly(
        &finished,
        &[("./testfile.txt", "upload", b"This is a test file")],
    );
    assert_eq!(one(&finished).unit, Some(4));
    let finished = shipped("dnp3/file_write.pcap");
    exactly(&finished, &[("./helloworld.txt", "download", b"hi there ")]);
    assert_eq!(one(&finished).changed, "2015-03-27T07:45:49");
    assert!(
        finished.engineering[0]
            .downloaded
            .contains("./helloworld.txt")
    );
    // The hash of tshark's `dnp3.al.file.data` in the order of its packets.
    let finished = shipped("dnp3/file_list_directory.pcap");
    let wanted = "f5f26059f2461b2fd69fb73dadef92614ff4f6aa3bfb297e9dfda931e635bec6";
    assert_eq!(one(&finished).sha256.as_deref(), Some(wanted));
}

#[test]
fn files_of_outstations_are_put_together_octet_for_octet() {
    let (config, log) = (noise(9_000, 3), noise(700, 4));
    let mut talk = Outstation::new();
    talk.write(b"/cfg/relay.set", 2, &config, 1_000);
    talk.read(b"/log/soe.txt", &log, 200);
    let finished = gathered(&talk.tcp.frames);
    let wanted: [(&str, &str, &[u8]); 2] = [
        ("/cfg/relay.set", "download", &config),
        ("/log/soe.txt", "upload", &log),
    ];
    exactly(&finished, &wanted);
    let [work] = &finished.engineering[..] else {
        panic!("{:?}", finished.engineering);
    };
    assert_eq!(work.steps[0].operation, "open file");
    // What is added to a file is not the file.
    let mut talk = Outstation::new();
    talk.write(b"/cfg/relay.set", 3, &log, 200);
    let finished = gathered(&talk.tcp.frames);
    assert!(!one(&finished).whole && finished.kept.is_empty());
}

#[test]
fn a_file_with_a_lost_block_is_never_told_as_whole() {
    let files = [noise(300, 1), noise(300, 2)];
    let mut talk = Outstation::new();
    for file in &files {
        talk.write(b"/cfg/a", 2, file, 100);
        talk.read(b"/cfg/a", file, 100);
    }
    let known = files.each_ref().map(|file| hash(file));
    without_any_run(&talk.tcp.frames, &known);
}
