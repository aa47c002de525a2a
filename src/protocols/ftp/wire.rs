//! Octets to lines: commands and replies.

use super::super::Probe;
use crate::wire::text::{decimal, find, is_printable, line};

/// Longest line that is waited for. The standard names no limit; servers take 512 to 1024.
pub(super) const LONGEST_LINE: usize = 1024;

/// One line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    Command {
        verb: &'a [u8],
        argument: &'a [u8],
    },
    /// A reply; `last` where no line of the same reply follows.
    Reply {
        code: u16,
        last: bool,
        text: &'a [u8],
    },
    /// A line inside a reply of several.
    Inner,
}

impl<'a> Line<'a> {
    /// Reads a line without its end.
    pub(super) fn read(line: &'a [u8]) -> Self {
        if let Some((digits, rest)) = line.split_first_chunk::<3>()
            && let Some(code) = decimal(digits).and_then(|code| u16::try_from(code).ok())
            && (100..600).contains(&code)
        {
            match rest {
                [] => {
                    return Self::Reply {
                        code,
                        last: true,
                        text: rest,
                    };
                }
                [mark @ (b' ' | b'-'), text @ ..] => {
                    return Self::Reply {
                        code,
                        last: *mark == b' ',
                        text,
                    };
                }
                _ => {}
            }
        }
        let mut parts = line.splitn(2, |octet| *octet == b' ');
        let verb = parts.next().unwrap_or_default();
        let known = COMMANDS
            .iter()
            .any(|known| known.eq_ignore_ascii_case(verb));
        if known {
            Self::Command {
                verb,
                argument: parts.next().unwrap_or_default(),
            }
        } else {
            Self::Inner
        }
    }
}

/// Commands in use (RFC 959, RFC 2228, RFC 2389, RFC 2428, RFC 3659).
const COMMANDS: &[&[u8]] = &[
    b"ABOR", b"ACCT", b"ALLO", b"APPE", b"AUTH", b"CCC", b"CDUP", b"CLNT", b"CWD", b"DELE",
    b"EPRT", b"EPSV", b"FEAT", b"HELP", b"LIST", b"MDTM", b"MFMT", b"MKD", b"MLSD", b"MLST",
    b"MODE", b"NLST", b"NOOP", b"OPTS", b"PASS", b"PASV", b"PBSZ", b"PORT", b"PROT", b"PWD",
    b"QUIT", b"REIN", b"REST", b"RETR", b"RMD", b"RNFR", b"RNTO", b"SITE", b"SIZE", b"SMNT",
    b"STAT", b"STOR", b"STOU", b"STRU", b"SYST", b"TYPE", b"USER", b"XCWD", b"XMKD", b"XPWD",
];

/// Whether octets begin with a greeting, or, picked up later, with a line only FTP has.
pub(super) fn probe(octets: &[u8]) -> Probe {
    let Some((line, _)) = line(octets) else {
        let text = octets
            .iter()
            .all(|octet| (0x20..0x7f).contains(octet) || *octet == b'\r');
        let greeting = b"220".get(..octets.len().min(3));
        return if text
            && octets.len() < LONGEST_LINE
            && greeting.is_some_and(|g| octets.starts_with(g))
        {
            Probe::More
        } else {
            Probe::NotMine
        };
    };
    match Line::read(line) {
        Line::Reply {
            code: 220, text, ..
        } => {
            if find(text, b"smtp").is_some() || find(text, b"mail").is_some() {
                Probe::NotMine
            } else if find(text, b"ftp").is_some() {
                Probe::Certain
            } else if is_printable(text) || text.is_empty() {
                Probe::Unsure
            } else {
                Probe::NotMine
            }
        }
        Line::Reply {
            code: 227 | 229,
            text,
            ..
        } if find(text, b"passive").is_some() => Probe::Certain,
        Line::Command { verb, argument } => match verb {
            b"PASV" | b"EPSV" | b"SYST" | b"FEAT" if argument.is_empty() => Probe::Unsure,
            b"PORT" | b"RETR" | b"STOR" | b"USER" if is_printable(argument) => Probe::Unsure,
            _ => Probe::NotMine,
        },
        _ => Probe::NotMine,
    }
}
