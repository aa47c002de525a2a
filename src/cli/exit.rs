//! Exit codes and failures: what every subcommand promises to scripts and people.

use crate::facts::plain;
use std::fmt::{self, Display};
use std::io::Write as _;
use std::process::ExitCode;

/// The exit codes as they stand in `--help`. They are stable: scripts rely on them.
pub(super) const HELP: &str = "\
Exit codes:
  0    done; also when the reader of standard output left early (| head)
  1    alerts of the severity that --fail-on names, or graver; refused rules
       (jaga rules check); a change (jaga diff, jaga baseline diff); a
       capsule or seal that was changed, or a signature that is missing or
       another one (jaga verify)
  2    wrong usage: an option, a value, the configuration; a capture or capsule
       that is not there
  3    a capture is damaged or cut short (0 with --allow-truncated), or is none
  4    a capture cannot be opened or read, or was cut shorter while it was read;
       an interface may not be listened at
  5    an output cannot be written
  70   internal error: the books do not balance
  129  stopped by SIGHUP: the terminal was closed
  130  stopped by Ctrl-C (SIGINT)
  143  stopped by SIGTERM: somebody ended the process";

/// How the command ended, for scripts. Of several, the greatest is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Everything was done.
    Done,
    /// Something was found that the user asked to be told of: refused rules, alerts, changes.
    Findings,
    /// Wrong usage, or a capture or capsule that is not there.
    Usage,
    /// Input is damaged, cut short, or not a capture.
    Damaged,
    /// A capture cannot be opened.
    Denied,
    /// Stopped by a signal.
    Stopped(Signal),
    /// An output cannot be written.
    Output,
    /// The program's own books do not balance.
    Internal,
}

impl Exit {
    /// The number of the code.
    pub(super) const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Findings => 1,
            Self::Usage => 2,
            Self::Damaged => 3,
            Self::Denied => 4,
            Self::Output => 5,
            Self::Internal => 70,
            Self::Stopped(signal) => signal.code(),
        }
    }
}

/// A signal that asks the command to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Signal {
    /// SIGHUP: the terminal was closed.
    HangUp,
    /// SIGINT: Ctrl-C was pressed.
    Interrupt,
    /// SIGTERM: a supervisor, a shutdown or `kill`.
    Terminate,
}

impl Signal {
    /// All of them.
    pub(super) const ALL: [Self; 3] = [Self::HangUp, Self::Interrupt, Self::Terminate];

    /// Its number, which signal(7) gives.
    pub(super) const fn number(self) -> u8 {
        match self {
            Self::HangUp => 1,
            Self::Interrupt => 2,
            Self::Terminate => 15,
        }
    }

    /// The exit code: 128 and its number, as shells have it.
    pub(super) const fn code(self) -> u8 {
        128 + self.number()
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::HangUp => "SIGHUP",
            Self::Interrupt => "Ctrl-C",
            Self::Terminate => "SIGTERM",
        })
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// Why a subcommand could not do its work, in words for the user.
#[derive(Debug)]
pub struct Failure {
    /// The exit code that goes with it.
    pub exit: Exit,
    /// What went wrong and where; empty where nobody needs to be told.
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
        if !self.what.is_empty() {
            tell(&self.what, &self.hint);
        }
    }
}

/// Writes a message to standard error: what happened and, where there is one, a hint. Names of
/// files may hold anything, so what does not show itself is written out.
pub(super) fn tell(what: impl Display, hint: &str) {
    let mut err = std::io::stderr().lock();
    // A closed standard error leaves nobody to tell.
    let _ = writeln!(err, "jaga: {}", plain(&what.to_string()));
    if !hint.is_empty() {
        let _ = writeln!(err, "  hint: {}", plain(hint));
    }
}
