//! Octets to lines: commands and replies.

use super::super::Probe;
use crate::wire::text::{decimal, find, is_printable, line};

/// Longest line that is waited for. The standard allows 512 for commands and 1000 for text
/// (RFC 5321, 4.5.3.1); extensions take more.
pub(super) const LONGEST_LINE: usize = 4096;

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
    /// Something else, as the exchange behind AUTH.
    Other,
}

impl<'a> Line<'a> {
    /// Reads a line without its end.
    pub(super) fn read(line: &'a [u8]) -> Self {
        if let Some((digits, rest)) = line.split_first_chunk::<3>()
            && let Some(code) = decimal(digits).and_then(|code| u16::try_from(code).ok())
            && (200..600).contains(&code)
            && matches!(rest, [] | [b' ' | b'-', ..])
        {
            return Self::Reply {
                code,
                last: rest.first() != Some(&b'-'),
                text: rest.get(1..).unwrap_or_default(),
            };
        }
        let end = line.iter().position(|octet| *octet == b' ');
        let (verb, argument) = line
            .split_at_checked(end.unwrap_or(line.len()))
            .unwrap_or((line, &[]));
        if COMMANDS
            .iter()
            .any(|known| known.eq_ignore_ascii_case(verb))
        {
            Self::Command {
                verb,
                argument: argument.trim_ascii(),
            }
        } else {
            Self::Other
        }
    }
}

/// Commands in use (RFC 5321, RFC 3030, RFC 3207, RFC 4954, RFC 1985, RFC 2033).
const COMMANDS: &[&[u8]] = &[
    b"AUTH",
    b"BDAT",
    b"DATA",
    b"EHLO",
    b"ETRN",
    b"EXPN",
    b"HELO",
    b"HELP",
    b"LHLO",
    b"MAIL",
    b"NOOP",
    b"QUIT",
    b"RCPT",
    b"RSET",
    b"STARTTLS",
    b"VRFY",
];

/// Commands with which a client can begin and that no other protocol has.
const FIRST: [&[u8]; 4] = [b"EHLO ", b"HELO ", b"LHLO ", b"MAIL FROM:"];

/// Whether octets begin with a greeting or with a client's first command. `at_home` says that
/// a port is one of mail.
pub(super) fn probe(octets: &[u8], at_home: bool) -> Probe {
    let begins = |start: &[u8]| {
        let length = octets.len().min(start.len());
        let (octets, start) = (octets.get(..length), start.get(..length));
        octets
            .zip(start)
            .is_some_and(|(octets, start)| octets.eq_ignore_ascii_case(start))
    };
    let greeting = begins(b"220");
    let command = FIRST.iter().any(|first| begins(first));
    if !greeting && !command {
        return Probe::NotMine;
    }
    let Some((line, _)) = line(octets) else {
        let text = octets
            .iter()
            .all(|o| (0x20..0x7f).contains(o) || *o == b'\r');
        return if text && octets.len() < LONGEST_LINE {
            Probe::More
        } else {
            Probe::NotMine
        };
    };
    match Line::read(line) {
        Line::Command { .. } if command => Probe::Certain,
        Line::Reply { text, .. } if find(text, b"smtp").is_some() => Probe::Certain,
        Line::Reply { text, .. } if at_home && (is_printable(text) || text.is_empty()) => {
            Probe::Unsure
        }
        _ => Probe::NotMine,
    }
}

/// The path behind `FROM:` or `TO:` (RFC 5321, 4.1.2), without parameters.
pub(super) fn path(argument: &[u8]) -> &[u8] {
    let colon = argument.iter().position(|octet| *octet == b':');
    let path = argument.get(colon.map_or(0, |at| at + 1)..);
    let path = path.unwrap_or_default().trim_ascii_start();
    path.split(|octet| *octet == b' ').next().unwrap_or(path)
}
