//! Several inputs: order of time, ties, clocks that go back, folders, pipes.

use super::make::{Make, drain, gzip, put};
use crate::capture::{Captures, Config, Defect, Error, Format};
use crate::facts::Time;
use std::fs;
use std::path::{Path, PathBuf};

/// A pcap with a frame of this name at each of these seconds.
fn capture(name: &str, seconds: &[u32]) -> Vec<u8> {
    let mut make = Make::new(false).pcap(0xa1b2_c3d4, 1);
    for second in seconds {
        make = make.record(*second, 0, 9, format!("{name}{second}").as_bytes());
    }
    make.octets
}

fn names(captures: &mut Captures) -> String {
    let (frames, damages) = drain(captures);
    assert_eq!(damages, []);
    let names: Vec<_> = frames
        .iter()
        .map(|frame| String::from_utf8_lossy(&frame.octets).into_owned())
        .collect();
    names.join(" ")
}

fn open(paths: &[PathBuf]) -> Captures {
    Captures::open(paths, Config::default()).unwrap()
}

#[test]
fn frames_are_merged_by_time_and_ties_by_argument() {
    let folder = tempfile::tempdir().unwrap();
    let a = put(folder.path(), "a", &capture("a", &[1, 3, 3, 6]));
    let b = put(folder.path(), "b", &gzip(&capture("b", &[1, 2, 3, 7])));
    let c = put(folder.path(), "c", &capture("c", &[5, 6]));
    let mut captures = open(&[a.clone(), b.clone(), c.clone()]);
    assert_eq!(names(&mut captures), "a1 b1 b2 a3 a3 b3 c5 a6 c6 b7");
    let mut captures = open(&[c, b, a]);
    assert_eq!(names(&mut captures), "b1 a1 b2 b3 a3 a3 c5 c6 a6 b7");
}

#[test]
fn time_that_goes_back_keeps_the_order_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let a = put(folder.path(), "a", &capture("a", &[5, 2, 3, 8]));
    let b = put(folder.path(), "b", &capture("b", &[1, 4, 6, 9]));
    let mut captures = open(&[a, b]);
    let mut clock = Time::ZERO;
    let mut order = Vec::new();
    while let Some((_, record)) = captures.next() {
        order.push(record.time.nanos() / 1_000_000_000);
        assert!(captures.clock() >= clock);
        clock = captures.clock();
        assert!(clock >= record.time);
    }
    assert_eq!(order, [1, 4, 5, 2, 3, 6, 8, 9]);
    let a = captures.sources().next().unwrap();
    assert_eq!(a.backward, 1);
    assert_eq!(a.frames, 4);
    assert_eq!(a.octets, 8);
    assert_eq!(a.first, Some(Time::from_parts(2, 0)));
    assert_eq!(a.last, Some(Time::from_parts(8, 0)));
    assert_eq!(a.format, Some(Format::Pcap));
}

#[test]
fn frames_without_any_time_have_that_of_the_clock() {
    let folder = tempfile::tempdir().unwrap();
    let simple = Make::new(true)
        .section(true)
        .interface(1, 0, &[])
        .simple(2, b"s1")
        .simple(2, b"s2");
    let a = put(folder.path(), "a", &capture("a", &[4, 5]));
    let s = put(folder.path(), "s", &simple.octets);
    let mut captures = open(&[a, s]);
    assert_eq!(names(&mut captures), "s1 s2 a4 a5");
    let s = captures.sources().nth(1).unwrap();
    assert_eq!((s.untimed, s.first, s.last), (2, None, None));
}

#[test]
fn interfaces_of_all_inputs_are_in_one_list() {
    let folder = tempfile::tempdir().unwrap();
    let modern = |name: &[u8]| {
        Make::new(false)
            .section(false)
            .interface(1, 0, &[(2, name)])
            .enhanced(0, 3_000_000, b"m3")
            .octets
    };
    let paths = [
        put(folder.path(), "a", &capture("a", &[4])),
        put(folder.path(), "b", &modern(b"eth0")),
        put(folder.path(), "c", &modern(b"eth0")),
    ];
    let mut captures = open(&paths);
    let (frames, _) = drain(&mut captures);
    let interfaces = captures.interfaces();
    let found: Vec<_> = frames
        .iter()
        .map(|frame| {
            let interface = &interfaces[frame.interface as usize];
            (interface.source, interface.name.as_str())
        })
        .collect();
    assert_eq!(found, [(1, "eth0"), (2, "eth0"), (0, "")]);
}

#[test]
fn hundreds_of_rotated_files_are_opened_in_their_turn() {
    let folder = tempfile::tempdir().unwrap();
    let mut expected = Vec::new();
    for file in 0..300_u32 {
        let octets = capture("f", &[file * 2, file * 2 + 1]);
        // Named against their order in time; every third is packed.
        let name = format!("{:03}.pcap", 999 - file);
        let octets = if file % 3 == 0 { gzip(&octets) } else { octets };
        put(folder.path(), &name, &octets);
        expected.push(format!("f{} f{}", file * 2, file * 2 + 1));
    }
    let mut captures = open(&[folder.path().to_owned()]);
    assert_eq!(captures.sources().len(), 300);
    let (done, all) = captures.progress().unwrap();
    assert!(done <= all / 100, "{done} of {all}");
    assert_eq!(names(&mut captures), expected.join(" "));
    assert_eq!(captures.progress(), Some((all, all)));
}

#[test]
fn too_many_packed_files_at_once_are_damage_not_failure() {
    let folder = tempfile::tempdir().unwrap();
    for file in 0..130 {
        put(
            folder.path(),
            &format!("{file:03}"),
            &gzip(&capture("f", &[1, 9])),
        );
    }
    let mut captures = open(&[folder.path().to_owned()]);
    let (frames, damages) = drain(&mut captures);
    assert_eq!(frames.len(), 128 * 2);
    assert_eq!(damages.len(), 2);
    assert!(
        damages
            .iter()
            .all(|damage| damage.defect == Defect::Overlap)
    );
}

#[test]
fn a_file_that_changes_before_its_turn_is_damage() {
    for packed in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let pack = |octets: Vec<u8>| if packed { gzip(&octets) } else { octets };
        let a = put(folder.path(), "a", &capture("a", &[1, 2]));
        let b = put(folder.path(), "b", &pack(capture("b", &[3, 4])));
        let c = put(folder.path(), "c", &capture("c", &[5]));
        let mut captures = open(&[a, b.clone(), c.clone()]);
        put(folder.path(), "b", &pack(capture("b", &[])));
        fs::remove_file(&c).unwrap();
        let (frames, damages) = drain(&mut captures);
        assert_eq!(frames.len(), 2);
        assert_eq!(damages.len(), 2);
        assert_eq!(
            (&damages[0].path, &damages[0].defect),
            (&b, &Defect::Changed)
        );
        assert!(matches!(damages[1].defect, Defect::Reading(_)));
    }
}

#[test]
fn a_folder_gives_the_captures_inside_by_path_and_names_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let c = put(root, "sub/c.bin", &capture("c", &[1]));
    let b = put(root, "b.txt", &gzip(&capture("b", &[1])));
    let a = put(root, "a", &capture("a", &[1]));
    let notes = put(root, "notes.pcap", b"not a capture\n");
    put(root, "sub/deeper/empty", b"");
    #[cfg(unix)]
    std::os::unix::fs::symlink(root, root.join("sub/circle")).unwrap();
    let mut captures = open(&[root.to_owned()]);
    assert_eq!(names(&mut captures), "a1 b1 c1");
    let paths: Vec<_> = captures.sources().map(|s| s.path.clone()).collect();
    assert_eq!(paths, [a, b, c]);
    let skipped: Vec<_> = captures.skipped().iter().map(ToString::to_string).collect();
    let expected = format!("{}: is no capture but text", notes.display());
    assert!(skipped.contains(&expected), "{skipped:?}");
    assert_eq!(skipped.len(), 2 + usize::from(cfg!(unix)), "{skipped:?}");

    let bare = tempfile::tempdir().unwrap();
    put(bare.path(), "notes", b"nothing here\n");
    let error = Captures::open(&[bare.path().to_owned()], Config::default()).unwrap_err();
    assert!(
        matches!(error, Error::NoCaptures { files: 1, .. }),
        "{error}"
    );
}

#[cfg(unix)]
#[test]
fn a_fifo_is_read_as_it_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let fifo = folder.path().join("fifo");
    let made = std::process::Command::new("mkfifo").arg(&fifo).status();
    assert!(made.unwrap().success());
    let a = put(folder.path(), "a", &capture("a", &[2]));
    // A folder with a FIFO is not waited for.
    let mut captures = open(&[folder.path().to_owned()]);
    assert_eq!(names(&mut captures), "a2");

    let octets = capture("p", &[1, 2, 3]);
    let (to_reader, first) = std::sync::mpsc::channel();
    let writer = std::thread::spawn({
        let fifo = fifo.clone();
        move || {
            use std::io::Write;
            let mut pipe = fs::OpenOptions::new().write(true).open(fifo).unwrap();
            // The file header and the first record; the rest only once that was read.
            let (now, later) = octets.split_at(24 + 18);
            pipe.write_all(now).unwrap();
            first.recv().unwrap();
            pipe.write_all(later).unwrap();
        }
    });
    let mut captures = open(&[fifo]);
    let (block, record) = captures.next().unwrap();
    assert_eq!(record.octets(block), b"p1");
    assert_eq!(captures.progress(), None);
    to_reader.send(()).unwrap();
    assert_eq!(names(&mut captures), "p2 p3");
    writer.join().unwrap();
    assert!(Path::new(&a).exists());
}

#[test]
fn one_frame_from_the_future_is_one_step_back() {
    let folder = tempfile::tempdir().unwrap();
    let a = put(folder.path(), "a", &capture("a", &[1, u32::MAX, 2, 3, 4]));
    let mut captures = open(&[a]);
    while captures.next().is_some() {}
    assert_eq!(captures.sources().next().unwrap().backward, 1);
}

#[test]
fn a_fraction_of_more_than_a_second_is_no_time() {
    let folder = tempfile::tempdir().unwrap();
    let file = Make::new(false)
        .pcap(0xa1b2_c3d4, 1)
        .record(7, 999_999, 9, b"a")
        .record(8, 1_000_000, 9, b"b")
        .record(9, u32::MAX, 9, b"c");
    let a = put(folder.path(), "a", &file.octets);
    let mut captures = open(&[a]);
    let mut known = Vec::new();
    while let Some((_, record)) = captures.next() {
        known.push((record.time_known, record.time.nanos()));
    }
    let held = 7_999_999_000;
    assert_eq!(known, [(true, held), (false, held), (false, held)]);
    assert_eq!(captures.sources().next().unwrap().untimed, 2);
}
