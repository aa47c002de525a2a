//! Exit codes and failures: what every subcommand promises to scripts and people.

use std::fmt::Display;
use std::io::Write as _;
use std::process::ExitCode;

/// The exit codes as they stand in `--help`.
pub(super) const HELP: &str = "\
Exit codes:
  0    done
  1    something at or above --fail-on was found
  2    wrong usage or configuration
  3    a capture is damaged or cut short (0 with --allow-truncated)
  4    cannot capture, or no permission to read
  5    an output cannot be written
  70   internal error: the books do not balance
  130  stopped by Ctrl-C";

/// How the command ended, for scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Everything was done.
    Done,
    /// Something at or above `--fail-on` was found.
    Found,
    /// Wrong usage or configuration.
    Usage,
    /// Input is damaged, cut short, or not a capture.
    Damaged,
    /// No permission, or the interface cannot be opened.
    Denied,
    /// An output cannot be written.
    Output,
    /// The program's own books do not balance.
    Internal,
    /// Stopped by the user.
    Interrupted,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Found => 1,
            Exit::Usage => 2,
            Exit::Damaged => 3,
            Exit::Denied => 4,
            Exit::Output => 5,
            Exit::Internal => 70,
            Exit::Interrupted => 130,
        })
    }
}

/// Why a subcommand could not do its work, in words for the user.
#[derive(Debug)]
pub struct Failure {
    /// The exit code that goes with it.
    pub exit: Exit,
    /// What went wrong and where.
    pub what: String,
    /// How to mend it; empty where that is plain.
    pub hint: String,
}

impl Failure {
    /// A failure without a hint.
    pub fn new(exit: Exit, what: impl Display) -> Self {
        Self {
            exit,
            what: what.to_string(),
            hint: String::new(),
        }
    }

    /// Adds how to mend it.
    #[must_use]
    pub fn hint(mut self, hint: impl Display) -> Self {
        self.hint = hint.to_string();
        self
    }

    /// Writes the failure to standard error.
    pub(super) fn tell(&self) {
        let mut err = std::io::stderr().lock();
        // A closed standard error leaves nobody to tell.
        let _ = writeln!(err, "jaga: {}", self.what);
        if !self.hint.is_empty() {
            let _ = writeln!(err, "  hint: {}", self.hint);
        }
    }
}
