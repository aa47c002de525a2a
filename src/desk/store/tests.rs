//! The store on real disks: restarts, damage, disks that are full or read-only.

use super::open::{cursors, spool};
use super::segment::{self, MAGIC};
use super::*;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

/// Longer than any wait here takes.
const PATIENCE: Duration = Duration::from_secs(10);

fn config(folder: &Path) -> Config {
    Config {
        folder: Some(folder.to_owned()),
        ..Config::default()
    }
}

/// Opens a store that was closed just before. What another test starts at that moment holds what
/// this process has open, and its lock, until it is another program.
fn open(folder: &Path) -> Store {
    let began = Instant::now();
    loop {
        match Store::open(&config(folder)) {
            Err(Error::Taken(_)) if began.elapsed() < PATIENCE => std::thread::yield_now(),
            opened => return opened.unwrap(),
        }
    }
}

fn event(number: u64) -> String {
    format!(r#"{{"event_type":"alert","number":{number},"text":"µ\u0000"}}"#)
}

fn fill(store: &Store, numbers: Range<u64>) {
    for number in numbers {
        store.append(Time::from_nanos(number), 2, event(number).as_bytes());
    }
}

/// Takes all that comes until the store is closed.
fn rest(reader: &mut Reader) -> Vec<Arc<Record>> {
    let mut taken = Vec::new();
    let began = Instant::now();
    loop {
        assert!(began.elapsed() < PATIENCE, "{} and no end", taken.len());
        match reader.next(Duration::from_millis(50)) {
            Next::Record(record) => taken.push(record),
            Next::Nothing => {}
            Next::Closed => return taken,
        }
    }
}

fn numbers(records: &[Arc<Record>]) -> Vec<u64> {
    records.iter().map(|record| record.number).collect()
}

/// A folder with these records, whose output "a" has taken none, and its only segment.
fn kept(numbers: Range<u64>) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    let _ = store.reader("a");
    fill(&store, numbers);
    store.close();
    drop(store);
    let segments = segment::list(&spool(folder.path())).unwrap();
    let [segment] = &segments[..] else {
        panic!("{segments:?}");
    };
    let path = segment.path.clone();
    (folder, path)
}

#[test]
fn an_output_goes_on_in_the_next_run_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    let mut reader = store.reader("tcp://a:1");
    fill(&store, 1..6);
    store.close();
    let taken = rest(&mut reader);
    assert_eq!(numbers(&taken), [1, 2, 3, 4, 5]);
    assert_eq!(&*taken[2].event, event(3).as_bytes());
    assert_eq!((taken[2].time, taken[2].severity), (Time::from_nanos(3), 2));
    // The last two may not have arrived.
    assert_eq!(reader.settle(4), 2);
    drop((store, reader));

    let mut store = open(folder.path());
    let (mut old, mut new) = (store.reader("tcp://a:1"), store.reader("tcp://b:1"));
    fill(&store, 6..8);
    store.close();
    assert_eq!(numbers(&rest(&mut old)), [4, 5, 6, 7]);
    // One that is new gets what is told from then on.
    assert_eq!(numbers(&rest(&mut new)), [6, 7]);
    assert_eq!(store.notices(), []);
}

#[test]
fn nobody_else_may_read_or_use_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("deep/state");
    let store = open(&state);
    assert!(matches!(Store::open(&config(&state)), Err(Error::Taken(_))));
    let reader = store.reader("a");
    fill(&store, 1..2);
    drop((reader, store));
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&state), 0o700);
    for folder in [spool(&state), cursors(&state)] {
        assert_eq!(mode(&folder), 0o700);
        let files: Vec<_> = fs::read_dir(folder).unwrap().map(Result::unwrap).collect();
        assert_eq!(files.len(), 1);
        assert_eq!(mode(&files[0].path()), 0o600);
    }
    drop(open(&state));
}

#[test]
fn a_segment_cut_anywhere_keeps_its_whole_records() {
    let (folder, path) = kept(1..4);
    let octets = fs::read(&path).unwrap();
    let length = (octets.len() - MAGIC.len()) / 3;
    for cut in 0..octets.len() {
        fs::write(&path, &octets[..cut]).unwrap();
        let whole = cut.saturating_sub(MAGIC.len()) / length;
        let torn = cut.saturating_sub(MAGIC.len()) % length;
        let mut store = open(folder.path());
        let notices = store.notices();
        let mut reader = store.reader("a");
        fill(&store, 9..10);
        store.close();
        let taken = rest(&mut reader);
        let expected: Vec<u64> = (1..=whole as u64 + 1).collect();
        assert_eq!(numbers(&taken), expected, "{cut}");
        assert_eq!(&*taken[whole].event, event(9).as_bytes());
        let octets = torn as u64;
        match torn {
            0 => assert_eq!(notices, [], "{cut}"),
            _ => assert_eq!(notices, [Notice::Repaired { octets }], "{cut}"),
        }
        assert_eq!(reader.missed(), Missed::default());
    }
}

#[test]
fn a_damaged_record_is_stepped_over_counted_and_told_once() {
    let (folder, path) = kept(1..6);
    let octets = fs::read(&path).unwrap();
    let length = (octets.len() - MAGIC.len()) / 5;
    let second = MAGIC.len() + length..MAGIC.len() + 2 * length;
    for at in second.clone() {
        let mut damaged = octets.clone();
        damaged[at] ^= 0x41;
        fs::write(&path, &damaged).unwrap();
        let mut store = open(folder.path());
        let mut reader = store.reader("a");
        store.close();
        assert_eq!(numbers(&rest(&mut reader)), [1, 3, 4, 5], "{at}");
        let missed = reader.missed();
        let damaged = Missed {
            damaged: 1,
            ..Missed::default()
        };
        assert_eq!(missed, damaged, "{at}");
        let range = second.start as u64..second.end as u64;
        let output = "a".to_owned();
        let told = [
            Notice::Damaged {
                segment: 1,
                octets: range,
            },
            Notice::Missed { output, missed },
        ];
        assert_eq!(store.notices(), told, "{at}");
        assert!(told[0].to_string().contains("octets "), "{}", told[0]);
    }
}

#[test]
fn a_record_within_an_event_is_none() {
    // What is hostile cannot forge a record: the mark is in no text, and what holds it all the
    // same is stepped over as a whole.
    let folder = tempfile::tempdir().unwrap();
    let forged = Record {
        number: 2,
        stored: Time::ZERO,
        time: Time::ZERO,
        severity: 1,
        muted: false,
        event: b"forged".as_slice().into(),
    };
    let mut inside = Vec::new();
    forged.encode(&mut inside);
    let mut store = open(folder.path());
    let mut reader = store.reader("a");
    store.append(Time::ZERO, 1, &inside);
    store.append(Time::ZERO, 1, b"true");
    store.close();
    let taken = rest(&mut reader);
    assert_eq!(taken.len(), 2);
    assert_eq!(&*taken[1].event, b"true");
}

#[test]
fn what_no_longer_fits_is_let_go_and_counted_for_who_has_not_read_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(&Config {
        octets: 40_000,
        ..config(folder.path())
    })
    .unwrap();
    let mut reader = store.reader("slow");
    for round in 0..20 {
        fill(&store, round * 50 + 1..round * 50 + 51);
        while store
            .gauges()
            .saved
            .load(std::sync::atomic::Ordering::Relaxed)
            < (round + 1) * 50
        {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
    store.close();
    let taken = numbers(&rest(&mut reader));
    let missed = reader.missed();
    assert!(missed.dropped > 100 && missed.damaged == 0, "{missed:?}");
    let expected: Vec<u64> = (missed.dropped + 1..=1000).collect();
    assert_eq!(taken, expected);
    let kept: u64 = segment::list(&spool(folder.path()))
        .unwrap()
        .iter()
        .map(|segment| segment.octets)
        .sum();
    assert!(kept <= 40_000, "{kept}");
}

#[test]
fn a_storm_never_takes_more_of_the_disk_than_is_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&Config {
        octets: Config::LEAST,
        ..config(folder.path())
    })
    .unwrap();
    let held = || -> u64 {
        let segments = segment::list(&spool(folder.path())).unwrap();
        segments.iter().map(|segment| segment.octets).sum()
    };
    let mut most = 0;
    for round in 0..60 {
        // Far more at once than a segment holds.
        for number in 0..800 {
            store.append(Time::from_nanos(number), 2, &[b'a'; 1_000]);
        }
        most = most.max(held());
        if round % 10 == 9 {
            while store.volatile() > 0 {
                most = most.max(held());
            }
        }
    }
    assert!(most <= Config::LEAST, "{most}");
    assert!(most > Config::LEAST / 4, "it wrote: {most}");
    // A trickle that nearly fills a segment, and then more than one at once.
    let mut wait = || {
        while store.volatile() > 0 {
            most = most.max(held());
        }
        most = most.max(held());
    };
    for _ in 0..5 {
        for _ in 0..23 {
            for number in 0..10 {
                store.append(Time::from_nanos(number), 2, &[b'a'; 1_000]);
            }
            wait();
        }
        for number in 0..500 {
            store.append(Time::from_nanos(number), 2, &[b'a'; 1_000]);
        }
        wait();
    }
    assert!(most <= Config::LEAST, "{most}");
}

#[test]
fn what_a_slow_disk_never_gets_is_told_and_counted_once() {
    use std::sync::atomic::Ordering::Relaxed;
    let shared = Shared::new(true, 1, Config::LEAST);
    let append = |records: usize| {
        for _ in 0..records {
            shared.append(Time::ZERO, (2, false), Box::from(&b"{}"[..]));
        }
    };
    let lost = || shared.gauges.lost.load(Relaxed);
    // As many as memory takes, of which some are being written; then more.
    append(8_192);
    let batch = shared
        .batch(Instant::now(), Duration::ZERO, 1_000)
        .filter(|batch| !batch.is_empty())
        .unwrap();
    let written = batch.len();
    append(written);
    assert_eq!((lost(), shared.notices()), (0, Vec::new()));
    append(5);
    assert_eq!((lost(), shared.notices()), (5, vec![Notice::Slow]));
    // They came to the disk after all.
    shared.saved(batch.last().unwrap().number, written);
    assert_eq!(lost(), 5);
    assert_eq!(shared.gauges.saved.load(Relaxed), written as u64);
    assert_eq!(shared.notices(), [], "memory is still full");
    // The next ones do not.
    let batch = shared
        .batch(Instant::now(), Duration::ZERO, 1_000)
        .filter(|batch| !batch.is_empty())
        .unwrap();
    append(batch.len());
    assert!(shared.failed("out of order", Duration::ZERO));
    assert_eq!(lost(), 5 + batch.len() as u64);
    let batch = shared
        .batch(Instant::now(), Duration::ZERO, u64::MAX)
        .unwrap();
    shared.notices();
    shared.saved(batch.last().unwrap().number, batch.len());
    let back = shared.notices();
    let [Notice::Back { lost: told, .. }] = back[..] else {
        panic!("{back:?}");
    };
    assert_eq!(told, lost());
}

#[test]
fn a_clock_that_is_set_forward_makes_no_record_older() {
    let (folder, first) = kept(0..3);
    {
        let mut store = open(folder.path());
        fill(&store, 3..6);
        store.close();
    }
    // Ended segments, three days old by the clock that they were written by.
    let now = std::time::SystemTime::now();
    let day = Duration::from_secs(24 * 60 * 60);
    let second = first.with_file_name("00000000000000000100.spool");
    fs::copy(&first, &second).unwrap();
    let settings = Config {
        age: day,
        ..config(folder.path())
    };
    let age = |days: u32| {
        let file = fs::File::options().write(true).open(&first).unwrap();
        file.set_modified(now.checked_sub(day * days).unwrap())
            .unwrap();
    };
    let shared = Shared::new(true, 1, settings.octets);
    let mut writer = writer::Writer::new(&spool(folder.path()), &settings, None);
    age(3);
    writer.began.0 = now.checked_sub(day * 3).unwrap();
    writer.sweep(&shared);
    assert!(first.exists(), "the clock was set forward by three days");
    writer.began.0 = now;
    writer.sweep(&shared);
    assert!(!first.exists(), "three days have passed");
}

#[test]
fn a_damaged_cursor_costs_repeats_and_no_event() {
    let (folder, _) = kept(1..4);
    let cursor = fs::read_dir(cursors(folder.path()))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let text = fs::read_to_string(&cursor).unwrap();
    fs::write(&cursor, text.replace("next 1", "next 3")).unwrap();
    let mut store = open(folder.path());
    let mut reader = store.reader("a");
    store.close();
    assert_eq!(numbers(&rest(&mut reader)), [1, 2, 3]);
    assert!(matches!(&store.notices()[..], [Notice::CursorLost { .. }]));
}

#[test]
fn a_later_version_is_left_alone() {
    let (folder, path) = kept(1..4);
    let mut octets = fs::read(&path).unwrap();
    octets[7] = b'2';
    fs::write(&path, &octets).unwrap();
    let refused = Store::open(&config(folder.path()));
    assert!(matches!(refused, Err(Error::Version(_))));
    assert_eq!(fs::read(&path).unwrap(), octets);
}

#[test]
fn without_a_folder_all_is_in_memory_within_its_bound() {
    let mut store = Store::open(&Config::default()).unwrap();
    // Nobody takes these.
    fill(&store, 1..3);
    let mut reader = store.reader("a");
    fill(&store, 3..10_003);
    store.close();
    let taken = rest(&mut reader);
    let missed = reader.missed();
    assert_eq!(taken.len() as u64 + missed.dropped, 10_000);
    assert_eq!(taken.len(), 8192);
    assert_eq!(&*taken.last().unwrap().event, event(10_002).as_bytes());
}

/// A file system of a few hundred KiB in memory, gone when dropped.
struct Small(tempfile::TempDir);

impl Small {
    /// One, where one can be mounted.
    fn new() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let small = Self(folder);
        if !small.mount("size=256k,mode=0700") {
            // Past the test harness, which keeps what passing tests print to itself.
            let mut err = std::io::stderr();
            writeln!(err, "SKIPPED: a disk that is full needs root to mount one").unwrap();
            return None;
        }
        Some(small)
    }

    fn mount(&self, options: &str) -> bool {
        let mut command = Command::new("mount");
        command
            .args(["-t", "tmpfs", "-o", options, "small"])
            .arg(self.0.path());
        command.output().is_ok_and(|ran| ran.status.success())
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).output();
    }
}

/// Waits for a notice that is so.
fn told(store: &Store, is_it: impl Fn(&Notice) -> bool) -> Notice {
    let began = Instant::now();
    loop {
        if let Some(notice) = store.notices().into_iter().find(&is_it) {
            return notice;
        }
        assert!(began.elapsed() < PATIENCE);
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_full_disk_costs_nothing_and_is_told_until_there_is_room() {
    let Some(disk) = Small::new() else { return };
    let state = disk.0.path().join("state");
    let mut store = open(&state);
    let mut reader = store.reader("a");
    fill(&store, 1..11);
    let filler = disk.0.path().join("filler");
    let full = fs::write(&filler, vec![0; 1024 * 1024]).unwrap_err();
    assert_eq!(full.kind(), std::io::ErrorKind::StorageFull);
    fill(&store, 11..1011);
    let failed = told(&store, |notice| matches!(notice, Notice::Failed { .. }));
    assert!(failed.to_string().contains("No space left"), "{failed}");
    // The output gets all of it all the same.
    let mut taken = Vec::new();
    while let Next::Record(record) = reader.next(PATIENCE) {
        taken.push(record.number);
        if record.number == 1010 {
            break;
        }
    }
    assert_eq!(taken, (1..1011).collect::<Vec<u64>>());
    fs::remove_file(&filler).unwrap();
    let back = told(&store, |notice| matches!(notice, Notice::Back { .. }));
    assert!(matches!(back, Notice::Back { lost: 0, .. }), "{back}");
    fill(&store, 1011..1021);
    store.close();
    assert_eq!(numbers(&rest(&mut reader)).len(), 10);
    drop((store, reader));
    // And all of it is on disk, once.
    let mut store = open(&state);
    let mut reader = store.reader("a");
    reader.back_to(1);
    store.close();
    assert_eq!(numbers(&rest(&mut reader)), (1..1021).collect::<Vec<u64>>());
    assert_eq!(reader.missed(), Missed::default());
    assert_eq!(store.notices(), []);
}

#[test]
fn a_read_only_disk_is_told_and_used_again_when_it_can_be() {
    let Some(disk) = Small::new() else { return };
    let state = disk.0.path().join("state");
    let mut store = open(&state);
    let _ = store.reader("a");
    fill(&store, 1..4);
    store.close();
    drop(store);
    assert!(disk.mount("remount,ro"));
    let mut store = open(&state);
    let mut reader = store.reader("a");
    fill(&store, 4..6);
    told(&store, |notice| matches!(notice, Notice::Failed { .. }));
    let mut taken = Vec::new();
    while let Next::Record(record) = reader.next(Duration::from_millis(200)) {
        taken.push(record.number);
    }
    assert_eq!(taken, [1, 2, 3, 4, 5]);
    reader.settle(6);
    let stuck = told(&store, |notice| {
        matches!(notice, Notice::CursorStuck { .. })
    });
    assert_eq!(stuck.severity(), 2);
    assert!(disk.mount("remount,rw"));
    told(&store, |notice| {
        matches!(notice, Notice::Back { lost: 0, .. })
    });
    assert_eq!(reader.settle(6), 0);
    store.close();
    drop((store, reader));
    let mut store = open(&state);
    let mut reader = store.reader("a");
    reader.back_to(1);
    store.close();
    assert_eq!(numbers(&rest(&mut reader)), [1, 2, 3, 4, 5]);
}

#[test]
fn what_somebody_put_into_the_folder_neither_stops_it_nor_is_touched() {
    let (folder, _) = kept(0..3);
    let foreign = "no segment of ours, but a text of eighty octets or so that somebody left here";
    let stray = ["500.spool", "18446744073709551615.spool", "note.spool"];
    for name in stray {
        fs::write(spool(folder.path()).join(name), foreign).unwrap();
    }
    for _ in 0..2 {
        let mut store = open(folder.path());
        let mut reader = store.reader("a");
        fill(&store, 3..5);
        store.close();
        let taken = rest(&mut reader);
        assert!(taken.len() >= 2 && taken.last().unwrap().number > 500);
        reader.settle(reader.place());
    }
    for name in stray {
        let path = spool(folder.path()).join(name);
        assert_eq!(fs::read_to_string(path).unwrap(), foreign, "{name}");
    }
}

#[test]
fn a_folder_that_is_taken_away_is_told_and_nothing_is_called_kept() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    let mut reader = store.reader("a");
    fill(&store, 0..2);
    let began = Instant::now();
    while store.volatile() > 0 {
        assert!(began.elapsed() < PATIENCE);
        std::thread::sleep(Duration::from_millis(10));
    }
    fs::remove_dir_all(spool(folder.path())).unwrap();
    fill(&store, 2..5);
    let mut notices = Vec::new();
    while !notices
        .iter()
        .any(|one| matches!(one, Notice::Failed { .. }))
    {
        assert!(began.elapsed() < PATIENCE, "{notices:?}");
        notices.extend(store.notices());
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(store.volatile(), 3);
    store.close();
    // What was in the folder is gone; what was not written goes out from memory.
    assert_eq!(numbers(&rest(&mut reader)), [3, 4, 5]);
    assert_eq!(
        store.volatile(),
        3,
        "and none of it is said to wait for the next run"
    );
    let missed = reader.missed();
    assert_eq!(missed.damaged + missed.dropped, 2);
}
