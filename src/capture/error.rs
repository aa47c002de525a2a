//! Why an input cannot be read at all, in words for the user.
//!
//! Made by `open`, shown by the doors. What goes wrong later is [`Damage`](super::Damage).

use super::damage::Defect;
use std::io;
use std::path::{Path, PathBuf};

/// Captures cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be opened or read.
    #[error("{}: {error}", path.display())]
    Open {
        /// As given.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// The file is not a capture that can be read.
    #[error("{}: {refusal}", path.display())]
    Refused {
        /// As given.
        path: PathBuf,
        /// What it is instead.
        refusal: Refusal,
    },
    /// A folder without any capture.
    #[error("{}: no capture in this folder (files looked at: {files})", path.display())]
    NoCaptures {
        /// As given.
        path: PathBuf,
        /// How many files lie in it and its subfolders.
        files: usize,
    },
    /// Standard input is a terminal.
    #[error("-: standard input is a terminal, not a capture")]
    Terminal,
    /// No input was named.
    #[error("no capture was named")]
    Nothing,
}

impl Error {
    /// The file or folder it is about.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Open { path, .. }
            | Self::Refused { path, .. }
            | Self::NoCaptures { path, .. } => Some(path),
            Self::Terminal | Self::Nothing => None,
        }
    }

    /// Whether it costs a capture: the file cannot be opened, breaks off in its first octets, or
    /// is named like a capture and is none.
    #[must_use]
    pub fn loses_a_capture(&self) -> bool {
        match self {
            Self::Open { .. }
            | Self::Refused {
                refusal: Refusal::Broken(_),
                ..
            } => true,
            Self::Refused { path, .. } => {
                let name = path
                    .file_name()
                    .map(|name| name.to_string_lossy().to_lowercase());
                let name = name.unwrap_or_default();
                let packed = [".gz", ".zst"]
                    .iter()
                    .find_map(|end| name.strip_suffix(end));
                let plain = packed.unwrap_or(&name);
                [".pcap", ".pcapng", ".cap"]
                    .iter()
                    .any(|end| plain.ends_with(end))
            }
            Self::NoCaptures { .. } | Self::Terminal | Self::Nothing => false,
        }
    }

    /// What is wrong, without the file's name.
    #[must_use]
    pub fn reason(&self) -> String {
        match self {
            Self::Open { error, .. } => error.to_string(),
            Self::Refused { refusal, .. } => refusal.to_string(),
            other => other.to_string(),
        }
    }

    /// What the user can do about it.
    #[must_use]
    pub fn mend(&self) -> &'static str {
        match self {
            Self::Open { error, .. } => match error.kind() {
                io::ErrorKind::NotFound => "check the name; `-` reads standard input",
                io::ErrorKind::PermissionDenied => "ask for the right to read it",
                _ => "check the disk or the network share, then run again",
            },
            Self::Refused { refusal, .. } => refusal.mend(),
            Self::NoCaptures { .. } => {
                "name a folder that holds pcap or pcapng files (plain, gzip or zstd)"
            }
            Self::Terminal => "pipe a capture in: `tcpdump -i eth1 -w - | jaga replay -`",
            Self::Nothing => "name a capture file, a folder, or `-` for standard input",
        }
    }
}

/// What an input is that is no readable capture.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nothing in it.
    #[error("is empty")]
    Empty,
    /// Fewer octets than any capture has.
    #[error("is no capture: it is only {0} octets long")]
    Short(usize),
    /// A known kind of file that is no capture.
    #[error("is no capture but {0}")]
    Other(&'static str),
    /// A capture in a format that is not read here.
    #[error("is {0}, which is not read")]
    Convertible(&'static str),
    /// Unknown first octets.
    #[error("is no known capture format (it begins with {0:#010x})")]
    Unknown(u32),
    /// It breaks off before it can be told what it is.
    #[error("{0}")]
    Broken(Defect),
    /// Neither file nor folder nor pipe, or a folder that is a link.
    #[error("is not a plain file")]
    Special,
}

impl Refusal {
    const fn mend(&self) -> &'static str {
        match self {
            Self::Empty => "the capture program wrote nothing: check its interface and rights",
            Self::Convertible(_) => "convert it: `editcap -F pcapng FILE new.pcapng`",
            Self::Broken(defect) => defect.mend(),
            Self::Short(_) | Self::Other(_) | Self::Unknown(_) | Self::Special => {
                "give a pcap or pcapng file (plain, gzip or zstd), a folder of them, or `-`"
            }
        }
    }
}
