//! The command line through the real binary: what it promises to people and scripts.
//!
//! `alerts.rs` has triage from the shell, `assets.rs` has the site's list of its devices, `audit.rs` the report, `diff.rs` two captures held against each other, `baseline.rs` what is
//! usual, `usage.rs` wrong calls, `captures.rs` inputs that are no good, `outputs.rs` places that
//! cannot be written, `rules.rs` rules, `tables.rs` the audit as tables, `paper.rs` the report as
//! PDF, `spool.rs` what a sensor keeps, `pipes.rs` pipes and Ctrl-C, `test_alert.rs` a marked alert, `help.rs` what is told when it
//! is asked, `times.rs` captures whose times are wrong or missing, `windows.rs` planned work.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

mod advisories;
mod alerts;
mod answers;
mod assets;
mod audit;
mod backtest;
mod baseline;
mod captures;
mod check;
mod diff;
mod help;
mod outputs;
mod paper;
mod pipes;
mod programs;
mod rules;
mod seal;
mod spool;
mod stops;
#[path = "../support/mod.rs"]
mod support;
mod tables;
mod test_alert;
mod times;
mod usage;
mod windows;
mod zones;

use std::ffi::OsStr;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// The program under test.
const JAGA: &str = env!("CARGO_BIN_EXE_jaga");

/// Longer than any call here takes; `timeout` then ends it with code 124.
const SECONDS: &str = "120";

/// A shipped capture: 191 packets of Modbus.
fn modbus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("pcaps/modbus/modicon_test.pcap")
}

/// How a call ended.
#[derive(Debug)]
struct Ended {
    code: Option<i32>,
    out: String,
    err: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Ended {
    /// Checks the exit code, that nothing panicked, and that standard error says all of `says`.
    #[track_caller]
    fn with(self, code: i32, says: &[&str]) -> Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        assert!(!self.err.contains("panicked"), "{}", self.err);
        for word in says {
            assert!(self.err.contains(word), "`{word}` is not in: {}", self.err);
        }
        self
    }

    /// Checks also that it is one message and nothing was printed as data.
    #[track_caller]
    fn refused(self, code: i32, says: &[&str]) -> Self {
        let ended = self.with(code, says);
        assert_eq!(ended.out, "", "a refusal prints no data");
        assert_eq!(ended.messages(), 1, "{}", ended.err);
        ended
    }

    /// How many messages stand on standard error.
    fn messages(&self) -> usize {
        self.err
            .lines()
            .filter(|line| line.starts_with("jaga: "))
            .count()
    }
}

/// A call of the program, ended when it hangs.
fn command(arguments: &[&dyn AsRef<OsStr>]) -> Command {
    let mut command = Command::new("timeout");
    command.arg(SECONDS).arg(JAGA).env_remove("NO_COLOR");
    for argument in arguments {
        command.arg(argument.as_ref());
    }
    command.stdin(Stdio::null());
    command
}

/// Calls the program.
fn jaga(arguments: &[&dyn AsRef<OsStr>]) -> Ended {
    command(arguments).output().unwrap().into()
}

/// Calls the program with these octets on standard input.
fn piped(arguments: &[&dyn AsRef<OsStr>], octets: &[u8]) -> Ended {
    let mut child = command(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The program may refuse before it has read all.
    let _ = child.stdin.take().unwrap().write_all(octets);
    child.wait_with_output().unwrap().into()
}

/// Calls the program as a user without rights, from a folder that everyone may read. `None`,
/// loudly, where that is not possible.
fn powerless(folder: &Path, arguments: &[&dyn AsRef<OsStr>]) -> Option<Ended> {
    let root = fs::metadata("/proc/self").is_ok_and(|me| {
        use std::os::unix::fs::MetadataExt as _;
        me.uid() == 0
    });
    if !root {
        return Some(jaga(arguments));
    }
    let program = folder.join("jaga");
    // By another process: a program that this one had open for writing, if only until a moment
    // ago, is busy while a child that another test started then has not yet closed it.
    let copied = Command::new("cp").arg(JAGA).arg(&program).status();
    assert!(copied.unwrap().success());
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
        .args(["timeout", SECONDS])
        .arg(&program);
    for argument in arguments {
        command.arg(argument.as_ref());
    }
    match command.stdin(Stdio::null()).output() {
        Ok(output) if output.status.code() != Some(127) => Some(output.into()),
        other => {
            // Past the test harness, which keeps what passing tests print to itself.
            let mut err = std::io::stderr();
            let what = "SKIPPED: rights do not bind root, and setpriv is not to be had";
            writeln!(err, "{what}: {other:?}").unwrap();
            None
        }
    }
}

/// A folder for a test, open to all.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

/// A file in it.
fn file(folder: &TempDir, name: &str, octets: &[u8]) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, octets).unwrap();
    path
}

/// The names in a folder, sorted.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}
