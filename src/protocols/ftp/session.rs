//! Pairs commands with replies, line by line.

use super::super::{Input, Session, Sink, Step, banner};
use super::wire::{LONGEST_LINE, Line};
use super::{CHANGE, DOWNLOAD, INVALID_LINE, LOGIN, UPLOAD};
use crate::facts::{
    Attribute, Item, Meaning, Operation, Outcome, Property, Side, Stamp, Target, Values,
};
use crate::wire::text::{is_printable, line};
use arrayvec::ArrayVec;

/// Octets kept of a file name or user name.
const LONGEST_NAME: usize = 256;

struct Pending {
    actor: Side,
    meaning: &'static Meaning,
    code: u32,
    name: ArrayVec<u8, LONGEST_NAME>,
    stamp: Stamp,
}

/// What is kept of one control connection.
#[derive(Default)]
pub(super) struct Conversation {
    /// The command that waits for its reply: there is one at a time (RFC 959, 5.4).
    pending: Option<Pending>,
    user: ArrayVec<u8, LONGEST_NAME>,
    /// What was asked last by SYST or AUTH decides what the next reply means.
    asked_system: bool,
    asked_security: bool,
    secured: bool,
    /// A command was read.
    confirmed: bool,
    greeted: bool,
    server: Option<Side>,
    /// Sides whose lines begin somewhere in what follows.
    lost: (bool, bool),
    /// Octets of an unfinished line that hold no line end.
    scanned: (usize, usize),
}

impl Session for Conversation {
    fn feed(&mut self, input: &Input<'_>, out: &mut dyn Sink) -> Step {
        if self.secured {
            return Step::Encrypted;
        }
        let scanned = input.side.of_mut(&mut self.scanned);
        let fresh = input.octets.get(*scanned..).unwrap_or_default();
        let Some((_, fresh_length)) = line(fresh) else {
            if input.octets.len() < LONGEST_LINE {
                *scanned = input.octets.len();
                return Step::Need(input.octets.len() + 1);
            }
            *scanned = 0;
            if !std::mem::replace(input.side.of_mut(&mut self.lost), true) {
                out.fault(input.side, &INVALID_LINE, 0);
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
            Line::Command { verb, argument } => {
                out.message(input.side, &read);
                self.serves(input.side.other(), out);
                self.command(input, verb, argument, out);
            }
            Line::Reply { code, last, text } => {
                out.message(input.side, &read);
                self.serves(input.side, out);
                self.reply(input, code, last, text, out);
            }
            // A client that says something else before its first command speaks another
            // protocol whose greeting looks the same, as mail does.
            Line::Inner if !self.confirmed && self.server == Some(input.side.other()) => {
                return Step::NotMine;
            }
            Line::Inner => {}
        }
        Step::Pdu(length)
    }

    fn gap(&mut self, side: Side, _: Option<u64>, _: &mut dyn Sink) {
        *side.of_mut(&mut self.lost) = true;
        *side.of_mut(&mut self.scanned) = 0;
    }

    fn tick(&mut self, _: Stamp, _: &mut dyn Sink) {}

    fn close(&mut self, _: Stamp, out: &mut dyn Sink) {
        if let Some(pending) = self.pending.take() {
            tell(&pending, Outcome::NotSeen, None, out);
        }
    }
}

impl Conversation {
    fn serves(&mut self, side: Side, out: &mut dyn Sink) {
        if self.server.is_none() {
            self.server = Some(side);
            out.server(side);
        }
    }

    fn command(&mut self, input: &Input<'_>, verb: &[u8], argument: &[u8], out: &mut dyn Sink) {
        let is = |wanted: &str| verb.eq_ignore_ascii_case(wanted.as_bytes());
        let kept = argument.iter().copied().take(LONGEST_NAME).collect();
        self.confirmed = true;
        self.asked_system = is("SYST");
        self.asked_security = is("AUTH");
        if is("USER") {
            self.user = kept;
            return;
        }
        let (meaning, code, name) = if is("PASS") {
            (&LOGIN, 0, self.user.clone())
        } else if is("RETR") {
            (&DOWNLOAD, 1, kept)
        } else if is("STOR") || is("STOU") {
            (&UPLOAD, 2, kept)
        } else if is("APPE") {
            (&UPLOAD, 3, kept)
        } else if is("DELE") || is("RMD") {
            (&CHANGE, 4, kept)
        } else if is("RNTO") {
            (&CHANGE, 5, kept)
        } else {
            return;
        };
        let unanswered = self.pending.replace(Pending {
            actor: input.side,
            meaning,
            code,
            name,
            stamp: input.stamp,
        });
        if let Some(before) = unanswered {
            tell(&before, Outcome::NotSeen, None, out);
        }
    }

    fn reply(&mut self, input: &Input<'_>, code: u16, last: bool, text: &[u8], out: &mut dyn Sink) {
        let side = input.side;
        if code == 220 && !self.greeted && is_printable(text) {
            self.greeted = true;
            out.attribute(&Attribute::of(side, Property::Description, text));
            banner::system(side, text, out);
        }
        if code == 215 && std::mem::take(&mut self.asked_system) {
            banner::system(side, text, out);
        }
        if code == 234 && std::mem::take(&mut self.asked_security) {
            self.secured = true;
        }
        // A preliminary reply is followed by the one that counts (RFC 959, 4.2.1).
        if !last || code < 200 {
            return;
        }
        if let Some(pending) = self.pending.take() {
            let outcome = if code < 400 {
                Outcome::Done
            } else {
                Outcome::Refused {
                    code: code.into(),
                    name: refusal(code),
                }
            };
            tell(&pending, outcome, Some(input.stamp), out);
        }
    }
}

/// What a reply refuses for (RFC 959, 4.2.2).
const fn refusal(code: u16) -> &'static str {
    match code {
        425 | 426 => "no data connection",
        450 | 550 => "file unavailable",
        452 | 552 => "storage full",
        530 => "not logged in",
        532 => "account needed",
        553 => "file name not allowed",
        400..425 | 427..450 | 451 | 453..500 => "try later",
        _ => "not done",
    }
}

fn tell(pending: &Pending, outcome: Outcome, answered: Option<Stamp>, out: &mut dyn Sink) {
    let target = Target {
        space: if *pending.meaning == LOGIN {
            "user"
        } else {
            "file"
        },
        name: &pending.name,
        ..Target::default()
    };
    let item = Item {
        target,
        values: Values::None,
        before: Values::None,
    };
    out.operation(&Operation {
        meaning: pending.meaning,
        code: pending.code,
        actor: pending.actor,
        unit: None,
        items: &[item],
        outcome,
        requested: Some(pending.stamp),
        answered,
    });
}
