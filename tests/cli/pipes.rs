//! Pipes, Ctrl-C and other signals: the way out of a run that would go on for ever.

use super::{Ended, JAGA, folder, jaga, modbus, names};
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Longer than anything here takes.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

pub(super) fn fifo(folder: &Path) -> PathBuf {
    let path = folder.join("fifo");
    let made = Command::new("mkfifo").arg(&path).status().unwrap();
    assert!(made.success());
    path
}

/// Not through `timeout`, which would keep the signal to itself.
pub(super) fn start(arguments: &[&dyn AsRef<OsStr>]) -> Child {
    let mut command = Command::new(JAGA);
    for argument in arguments {
        command.arg(argument.as_ref());
    }
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Sends a signal; the shell can, and on the barest system nothing else.
pub(super) fn signal(name: &str, id: u32) -> bool {
    let kill = format!("kill -{name} {id}");
    let sent = Command::new("sh").args(["-c", &kill]).status();
    sent.unwrap().success()
}

pub(super) fn interrupt(child: &Child) {
    assert!(signal("INT", child.id()));
}

/// Reads what it says until it ends; a child that does not end is killed and the test fails.
pub(super) fn end(child: Child) -> Ended {
    let id = child.id();
    let (told, ended) = mpsc::channel();
    thread::spawn(move || told.send(Ended::from(child.wait_with_output().unwrap())));
    ended.recv_timeout(PATIENCE).unwrap_or_else(|_| {
        signal("KILL", id);
        panic!("it did not end");
    })
}

/// Writes a capture without end into a FIFO, or `rounds` of it and then nothing more, until
/// told to leave.
pub(super) struct Writer {
    leave: Arc<AtomicBool>,
    written: Arc<AtomicBool>,
    hand: JoinHandle<()>,
}

impl Writer {
    pub(super) fn start(path: &Path, rounds: usize) -> Self {
        let leave = Arc::new(AtomicBool::new(false));
        let written = Arc::new(AtomicBool::new(false));
        let (path, gone, done) = (path.to_owned(), Arc::clone(&leave), Arc::clone(&written));
        let hand = thread::spawn(move || {
            let octets = fs::read(modbus()).unwrap();
            let mut pipe = File::options().write(true).open(path).unwrap();
            pipe.write_all(&octets[..24]).unwrap();
            for _ in 0..rounds {
                if gone.load(Ordering::Relaxed) || pipe.write_all(&octets[24..]).is_err() {
                    return;
                }
                done.store(true, Ordering::Relaxed);
            }
            while !gone.load(Ordering::Relaxed) {
                thread::sleep(Duration::from_millis(10));
            }
        });
        Self {
            leave,
            written,
            hand,
        }
    }

    /// Waits until the first round is through.
    pub(super) fn flowing(&self) {
        let began = Instant::now();
        while !self.written.load(Ordering::Relaxed) {
            assert!(began.elapsed() < PATIENCE);
            thread::sleep(Duration::from_millis(10));
        }
        thread::sleep(Duration::from_millis(300));
    }

    pub(super) fn end(self) {
        self.leave.store(true, Ordering::Relaxed);
        self.hand.join().unwrap();
    }
}

#[test]
fn a_fifo_reads_as_the_file() {
    let folder = folder();
    let path = fifo(folder.path());
    let child = start(&[&"decode", &"-q", &path]);
    let mut pipe = File::options().write(true).open(&path).unwrap();
    // In pieces, so that records are cut in the middle.
    for piece in fs::read(modbus()).unwrap().chunks(777) {
        pipe.write_all(piece).unwrap();
    }
    drop(pipe);
    let ended = end(child).with(0, &[]);
    let plain = jaga(&[&"decode", &"-q", &modbus()]).with(0, &[]);
    assert_eq!(ended.out, plain.out);
}

#[test]
fn ctrl_c_in_the_middle_gives_the_totals() {
    let folder = folder();
    let path = fifo(folder.path());
    let child = start(&[&"replay", &path]);
    let writer = Writer::start(&path, usize::MAX);
    writer.flowing();
    interrupt(&child);
    let ended = end(child).with(130, &["stopped by Ctrl-C", "packets/s"]);
    writer.end();
    assert!(ended.out.contains("Modbus"), "{}", ended.out);
}

#[test]
fn sigterm_and_sighup_end_it_as_ctrl_c_does() {
    let folder = folder();
    let path = fifo(folder.path());
    let lines = folder.path().join("lines.txt");
    for (name, code) in [("TERM", 143), ("HUP", 129)] {
        let child = start(&[&"replay", &path, &"--events", &lines]);
        let writer = Writer::start(&path, usize::MAX);
        writer.flowing();
        assert!(signal(name, child.id()));
        let says = format!("stopped by SIG{name}: the totals cover only");
        let ended = end(child).with(code, &[&says, ".part is not whole"]);
        writer.end();
        assert!(ended.out.contains("Modbus"), "{}", ended.out);
        fs::remove_file(part(folder.path(), "lines.txt")).unwrap();
    }
}

#[test]
fn nohup_lets_it_live_when_the_terminal_is_closed() {
    let folder = folder();
    let path = fifo(folder.path());
    let script = format!("trap '' HUP; exec {JAGA} decode -q '{}'", path.display());
    let child = Command::new("sh")
        .args(["-c", &script])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = File::options().write(true).open(&path).unwrap();
    let octets = fs::read(modbus()).unwrap();
    pipe.write_all(&octets[..4000]).unwrap();
    thread::sleep(Duration::from_millis(300));
    assert!(signal("HUP", child.id()));
    thread::sleep(Duration::from_millis(300));
    pipe.write_all(&octets[4000..]).unwrap();
    drop(pipe);
    end(child).with(0, &[]);
}

#[test]
fn ctrl_c_leaves_a_silent_pipe() {
    let folder = folder();
    let path = fifo(folder.path());
    let child = start(&[&"replay", &"-q", &path]);
    let writer = Writer::start(&path, 1);
    writer.flowing();
    interrupt(&child);
    let ended = end(child).with(130, &["stopped by Ctrl-C"]);
    writer.end();
    assert!(!ended.err.contains("damaged"), "{}", ended.err);
    assert!(ended.out.contains("Modbus"), "{}", ended.out);
}

#[test]
fn ctrl_c_ends_the_wait_for_who_reads_a_pipe() {
    let folder = folder();
    let path = fifo(folder.path());
    let child = start(&[&"replay", &"-q", &"--events", &path, &modbus()]);
    thread::sleep(Duration::from_secs(1));
    interrupt(&child);
    end(child).with(130, &["stopped by Ctrl-C", "before anybody read this pipe"]);
    let lines = start(&[&"decode", &"-q", &"-o", &path, &modbus()]);
    let read = fs::read_to_string(&path).unwrap();
    end(lines).with(0, &[]);
    assert!(read.lines().count() > 100, "{read}");
}

#[test]
fn a_file_of_a_run_that_was_stopped_is_not_shown_as_whole() {
    let folder = folder();
    let path = fifo(folder.path());
    let lines = folder.path().join("lines.txt");
    let child = start(&[&"decode", &"-q", &path, &"-o", &lines]);
    let writer = Writer::start(&path, usize::MAX);
    writer.flowing();
    interrupt(&child);
    end(child).with(130, &["lines.txt.", ".part is not whole"]);
    writer.end();
    let text = fs::read_to_string(part(folder.path(), "lines.txt")).unwrap();
    assert!(text.ends_with('\n'), "the last line is whole");
}

/// The unfinished file of this name, beside the FIFO and nothing else.
fn part(folder: &Path, name: &str) -> PathBuf {
    let mut names = names(folder);
    names.retain(|name| name != "fifo");
    let [part] = &names[..] else {
        panic!("{names:?}");
    };
    assert!(part.starts_with(name) && part.ends_with(".part"), "{part}");
    folder.join(part)
}

#[test]
fn a_summary_of_a_run_that_was_stopped_says_so() {
    let folder = folder();
    let path = fifo(folder.path());
    let stop = |arguments: &[&dyn AsRef<OsStr>]| {
        let child = start(arguments);
        let writer = Writer::start(&path, usize::MAX);
        writer.flowing();
        interrupt(&child);
        let ended = end(child).with(130, &["stopped by Ctrl-C"]);
        writer.end();
        ended.out
    };
    let json = stop(&[&"replay", &"-q", &path, &"--json"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["stopped"], true);
    assert_eq!(json["blind_spots"][0]["kind"], "stopped");
    let events = folder.path().join("events.json");
    let text = stop(&[&"replay", &"-q", &path, &"--events", &events]);
    assert!(
        text.contains("Reading was stopped before the end"),
        "{text}"
    );
    let part = part(folder.path(), "events.json");
    assert!(
        text.contains(part.file_name().unwrap().to_str().unwrap()),
        "where the events are: {text}"
    );
    let whole = jaga(&[&"replay", &"-q", &modbus(), &"--json"]).with(0, &[]);
    let whole: serde_json::Value = serde_json::from_str(&whole.out).unwrap();
    assert_eq!(whole["stopped"], false);
}

#[test]
fn two_runs_with_one_output_do_not_harm_each_other() {
    let folder = folder();
    let path = fifo(folder.path());
    let lines = folder.path().join("lines.txt");
    let child = start(&[&"decode", &"-q", &path, &"-o", &lines]);
    let mut pipe = File::options().write(true).open(&path).unwrap();
    let octets = fs::read(modbus()).unwrap();
    pipe.write_all(&octets[..4000]).unwrap();
    thread::sleep(Duration::from_millis(300));
    jaga(&[&"decode", &"-q", &modbus(), &"-o", &lines]).with(0, &[]);
    let whole = fs::read(&lines).unwrap();
    pipe.write_all(&octets[4000..]).unwrap();
    drop(pipe);
    end(child).with(0, &[]);
    assert_eq!(fs::read(&lines).unwrap(), whole);
    assert_eq!(names(folder.path()), ["fifo", "lines.txt"]);
}

#[test]
fn a_file_that_cannot_get_its_name_is_told_and_leaves_nothing() {
    let folder = folder();
    let path = fifo(folder.path());
    let lines = folder.path().join("lines.txt");
    let child = start(&[&"decode", &"-q", &path, &"-o", &lines]);
    let mut pipe = File::options().write(true).open(&path).unwrap();
    pipe.write_all(&fs::read(modbus()).unwrap()).unwrap();
    thread::sleep(Duration::from_millis(300));
    fs::create_dir(&lines).unwrap();
    drop(pipe);
    end(child).refused(5, &["lines.txt: cannot be written"]);
    assert_eq!(names(folder.path()), ["fifo", "lines.txt"]);
}

#[test]
fn a_pipe_whose_reader_leaves_ends_as_standard_output_does() {
    let folder = folder();
    let path = fifo(folder.path());
    let child = start(&[&"replay", &"-q", &modbus(), &"--events", &path]);
    drop(File::open(&path).unwrap());
    let ended = end(child).with(0, &[]);
    assert_eq!(ended.err, "");
    assert!(ended.out.contains("Modbus"), "the summary is still wanted");
}

#[test]
fn a_mapped_capture_that_is_cut_shorter_does_not_end_it_silently() {
    let folder = folder();
    let octets = fs::read(modbus()).unwrap();
    let capture = folder.path().join("long.pcap");
    for (option, code, says) in [
        ("--quiet", 4, "cut shorter by another program"),
        ("--no-map", 3, "damaged at octet"),
    ] {
        let mut file = File::create(&capture).unwrap();
        file.write_all(&octets[..24]).unwrap();
        for _ in 0..2000 {
            file.write_all(&octets[24..]).unwrap();
        }
        let child = start(&[&"replay", &option, &capture, &"--workers=1"]);
        let open = || {
            let maps = fs::read_to_string(format!("/proc/{}/maps", child.id())).unwrap();
            let files = fs::read_dir(format!("/proc/{}/fd", child.id())).unwrap();
            let mut links = files.filter_map(|file| fs::read_link(file.unwrap().path()).ok());
            maps.contains("long.pcap") || links.any(|link| link == capture)
        };
        let began = Instant::now();
        while !open() {
            assert!(began.elapsed() < PATIENCE);
        }
        assert!(signal("STOP", child.id()));
        file.set_len(octets.len() as u64 - 10).unwrap();
        assert!(signal("CONT", child.id()));
        end(child).with(code, &[says, "hint:"]);
    }
}

#[test]
fn the_second_ctrl_c_quits_at_once() {
    let folder = folder();
    let path = fifo(folder.path());
    // Its standard output is read by nobody, so that it cannot finish by itself.
    let child = start(&[&"decode", &"-q", &path]);
    let writer = Writer::start(&path, usize::MAX);
    writer.flowing();
    interrupt(&child);
    thread::sleep(Duration::from_millis(500));
    interrupt(&child);
    let began = Instant::now();
    end(child).with(130, &[]);
    assert!(began.elapsed() < Duration::from_secs(5));
    writer.end();
}
