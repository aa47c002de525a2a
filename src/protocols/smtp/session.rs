//! Pairs commands with replies, line by line, and reads mails between them.

use super::super::{Input, Session, Sink, Step, banner};
use super::fields::{Envelope, Told};
use super::mime::Mail;
use super::wire::{LONGEST_LINE, Line, path};
use super::{COMMAND_TOO_LONG, INVALID_REPLY, REPLY_TOO_LONG};
use crate::facts::{Attribute, Property, Side, Stamp};
use crate::wire::text::{decimal, is_printable, line};

/// How the client's octets are to be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Mode {
    #[default]
    Commands,
    /// A mail up to a line with nothing but a dot; the server took DATA, or did not say yet.
    Data { taken: bool },
    /// So many octets of a mail are left; more may follow by another BDAT.
    Chunk { left: u64, last: bool },
}

/// What is kept of one connection.
#[derive(Default)]
pub(super) struct Conversation {
    server: Option<Side>,
    mode: Mode,
    envelope: Envelope,
    /// The mail being sent.
    mail: Option<Box<Mail>>,
    greeted: bool,
    /// STARTTLS was asked for; then it was granted.
    asked_security: bool,
    secured: bool,
    /// Sides whose lines begin somewhere in what follows.
    lost: (bool, bool),
    /// Octets of an unfinished line that hold no line end.
    scanned: (usize, usize),
}

impl Session for Conversation {
    fn feed(&mut self, input: &Input<'_>, out: &mut dyn Sink) -> Step {
        if self.secured {
            // TLS begins, which its own probe knows.
            return Step::NotMine;
        }
        let client = self.server.is_some_and(|server| server != input.side);
        match self.mode {
            Mode::Data { .. } if client => self.data(input, out),
            Mode::Chunk { left, last } if client => self.chunk(left, last, input, out),
            _ => self.line(input, out),
        }
    }

    fn gap(&mut self, side: Side, lost: Option<u64>, out: &mut dyn Sink) {
        *side.of_mut(&mut self.scanned) = 0;
        if self.server.is_none_or(|server| server == side) {
            *side.of_mut(&mut self.lost) = true;
            return;
        }
        if let Some(mail) = &mut self.mail {
            mail.gap(side, out);
        }
        self.mode = match (self.mode, lost) {
            (Mode::Chunk { left, last }, Some(lost)) if lost < left => Mode::Chunk {
                left: left - lost,
                last,
            },
            (Mode::Chunk { .. } | Mode::Commands, _) => {
                *side.of_mut(&mut self.lost) = true;
                Mode::Commands
            }
            (data, _) => data,
        };
    }

    fn tick(&mut self, _: Stamp, _: &mut dyn Sink) {}

    fn close(&mut self, _: Stamp, out: &mut dyn Sink) {
        self.finish(out);
    }
}

impl Conversation {
    fn line(&mut self, input: &Input<'_>, out: &mut dyn Sink) -> Step {
        let scanned = input.side.of_mut(&mut self.scanned);
        let fresh = input.octets.get(*scanned..).unwrap_or_default();
        let Some((_, fresh_length)) = line(fresh) else {
            if input.octets.len() < LONGEST_LINE {
                *scanned = input.octets.len();
                return Step::Need(input.octets.len() + 1);
            }
            *scanned = 0;
            if !std::mem::replace(input.side.of_mut(&mut self.lost), true) {
                let fault = if self.server == Some(input.side) {
                    &REPLY_TOO_LONG
                } else {
                    &COMMAND_TOO_LONG
                };
                out.fault(input.side, fault, 0);
            }
            return Step::Skip(input.octets.len());
        };
        let length = *scanned + fresh_length;
        *scanned = 0;
        if std::mem::replace(input.side.of_mut(&mut self.lost), false) {
            // The rest of a line whose beginning is gone.
            return Step::Skip(length);
        }
        let text = input.octets.get(..length).and_then(line);
        let read = Line::read(text.map_or(&[], |(text, _)| text));
        match read {
            Line::Command { verb, argument } if self.server != Some(input.side) => {
                out.message(input.side, &Told::Line(read));
                self.serves(input.side.other(), out);
                self.command(verb, argument, out);
            }
            Line::Reply { code, last, text } if self.server.is_none_or(|s| s == input.side) => {
                out.message(input.side, &Told::Line(read));
                self.serves(input.side, out);
                self.reply(input.side, code, last, text, out);
            }
            _ if self.server == Some(input.side) => {
                out.fault(input.side, &INVALID_REPLY, 0);
                return Step::Malformed(length);
            }
            _ => {}
        }
        Step::Pdu(length)
    }

    fn serves(&mut self, side: Side, out: &mut dyn Sink) {
        if self.server.is_none() {
            self.server = Some(side);
            out.server(side);
        }
    }

    fn command(&mut self, verb: &[u8], argument: &[u8], out: &mut dyn Sink) {
        let is = |wanted: &str| verb.eq_ignore_ascii_case(wanted.as_bytes());
        self.asked_security = is("STARTTLS");
        if is("EHLO") || is("HELO") || is("LHLO") {
            self.envelope.set_helo(argument);
        } else if is("MAIL") {
            self.finish(out);
            self.envelope.set_from(path(argument));
        } else if is("RCPT") {
            self.envelope.add_recipient(path(argument));
        } else if is("DATA") {
            self.mode = Mode::Data { taken: false };
            self.mail = Some(Box::default());
        } else if is("BDAT") {
            let mut words = argument.split(|octet| *octet == b' ');
            let left = words.next().and_then(decimal).unwrap_or_default();
            let last = words.any(|word| word.eq_ignore_ascii_case(b"LAST"));
            self.mail.get_or_insert_default();
            self.mode = Mode::Chunk { left, last };
            if left == 0 {
                self.chunk_ends(last, out);
            }
        } else if is("RSET") || is("QUIT") {
            self.finish(out);
        }
    }

    fn reply(&mut self, side: Side, code: u16, last: bool, text: &[u8], out: &mut dyn Sink) {
        if code == 220 && !self.greeted && is_printable(text) {
            self.greeted = true;
            out.attribute(&Attribute::of(side, Property::Description, text));
            banner::system(side, text, out);
        }
        if !last {
            return;
        }
        if code == 220 && std::mem::take(&mut self.asked_security) {
            self.finish(out);
            self.secured = true;
        }
        match self.mode {
            Mode::Data { taken: false } if code == 354 => self.mode = Mode::Data { taken: true },
            // DATA was refused: commands go on.
            Mode::Data { taken: false } if code >= 400 => {
                self.mail = None;
                self.mode = Mode::Commands;
            }
            // The mail was taken or refused, so it has ended, even if its end was not seen.
            Mode::Data { taken: true } => self.finish(out),
            _ => {}
        }
    }

    /// Reads lines of a mail, as many as are here.
    fn data(&mut self, input: &Input<'_>, out: &mut dyn Sink) -> Step {
        let mut at = 0;
        let side = input.side;
        while let Some(rest) = input.octets.get(at..).filter(|rest| !rest.is_empty()) {
            let Some((text, length)) = line(rest) else {
                if at > 0 {
                    break;
                }
                if rest.len() < LONGEST_LINE {
                    return Step::Need(rest.len() + 1);
                }
                self.mail_line(rest, false, side, out);
                return Step::Pdu(rest.len());
            };
            at += length;
            if text == b"." {
                self.finish(out);
                break;
            }
            // A dot in front was doubled (RFC 5321, 4.5.2).
            let text = text.strip_prefix(b".").unwrap_or(text);
            self.mail_line(text, true, side, out);
        }
        Step::Pdu(at)
    }

    fn mail_line(&mut self, text: &[u8], whole: bool, side: Side, out: &mut dyn Sink) {
        if let Some(mail) = &mut self.mail {
            mail.line(text, whole, &self.envelope, side, out);
        }
    }

    /// Reads lines of a chunk of a mail (RFC 3030, 2).
    fn chunk(&mut self, left: u64, last: bool, input: &Input<'_>, out: &mut dyn Sink) -> Step {
        let wanted = usize::try_from(left).unwrap_or(usize::MAX);
        let octets = input.octets.get(..input.octets.len().min(wanted));
        let octets = octets.unwrap_or_default();
        let (text, eaten) = match line(octets) {
            Some((text, length)) => (Some((text, true)), length),
            None if octets.len() == wanted || octets.len() >= LONGEST_LINE => {
                (Some((octets, false)), octets.len())
            }
            None => (None, 0),
        };
        let Some((text, whole)) = text else {
            return Step::Need(input.octets.len() + 1);
        };
        self.mail_line(text, whole, input.side, out);
        let left = left.saturating_sub(eaten as u64);
        self.mode = Mode::Chunk { left, last };
        if left == 0 {
            self.chunk_ends(last, out);
        }
        Step::Pdu(eaten)
    }

    fn chunk_ends(&mut self, last: bool, out: &mut dyn Sink) {
        self.mode = Mode::Commands;
        if last {
            self.finish(out);
        }
    }

    /// The mail, or what was said of one, is over.
    fn finish(&mut self, out: &mut dyn Sink) {
        self.mode = Mode::Commands;
        let mail = self.mail.take();
        if let Some(server) = self.server {
            let side = server.other();
            if let Some(mut mail) = mail {
                mail.end(&self.envelope, side, out);
            } else if self.envelope.is_begun() {
                let envelope = &self.envelope;
                let header = &[][..];
                out.message(side, &Told::Mail { envelope, header });
            }
        }
        self.envelope.clear();
    }
}
