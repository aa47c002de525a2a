//! From what a filter asks to instructions of the kernel's packet filter (classic BPF).
//!
//! The program first finds the network header behind the VLAN tags that are still in the frame,
//! and keeps where it is and what it is in two cells of its memory; the questions begin from
//! there. A frame that ends before what is asked for is not wanted, as the kernel has it.

use super::parse::{Ends, Expression, Family, Test};
use crate::capture::frame::LinkType;
use std::net::IpAddr;

/// Instructions that the kernel takes (`BPF_MAXINSNS`).
pub(super) const LONGEST: usize = 4096;

/// An instruction, as `struct sock_filter` has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// What is done.
    pub code: u16,
    /// Instructions to skip where a comparison holds.
    pub yes: u8,
    /// Instructions to skip where it does not.
    pub no: u8,
    /// A constant.
    pub value: u32,
}

// Codes, from `linux/bpf_common.h`.
const LOAD_IMMEDIATE: u16 = 0x00;
const LOAD_WORD: u16 = 0x20;
const LOAD_HALF: u16 = 0x28;
const LOAD_WORD_AT_X: u16 = 0x40;
const LOAD_HALF_AT_X: u16 = 0x48;
const LOAD_OCTET: u16 = 0x30;
const LOAD_OCTET_AT_X: u16 = 0x50;
const LOAD_LENGTH: u16 = 0x80;
const LOAD_CELL: u16 = 0x60;
const X_CELL: u16 = 0x61;
const X_VALUE: u16 = 0x01;
const STORE: u16 = 0x02;
const STORE_X: u16 = 0x03;
const AND: u16 = 0x54;
const SHIFT_LEFT: u16 = 0x64;
const SHIFT_RIGHT: u16 = 0x74;
const ADD_X: u16 = 0x0c;
const TO_X: u16 = 0x07;
const JUMP: u16 = 0x05;
const IS: u16 = 0x15;
const OVER: u16 = 0x25;
const LEAST: u16 = 0x35;
const ANY_BIT: u16 = 0x45;
const GIVE: u16 = 0x06;

/// Cells: where the network header is, and its Ethernet type.
const WHERE: u32 = 0;
const WHAT: u32 = 1;

/// Octets of a frame that is wanted: all.
const WHOLE: u32 = 0x0004_0000;

/// What the kernel knows of a frame beside its octets (`SKF_AD_OFF`): the tag that the card or
/// the kernel took away, and whether there was one.
const TAG: u32 = 0xffff_f000 + 44;
const TAGGED: u32 = 0xffff_f000 + 48;

/// Ethernet types of VLAN tags: IEEE 802.1Q, 802.1ad, and one in use before that.
const TAGS: [u32; 3] = [0x8100, 0x88a8, 0x9100];

const IPV4: u32 = 0x0800;
const IPV6: u32 = 0x86dd;
const ARP: u32 = 0x0806;

/// A place in the program that is not known yet.
type Label = usize;

#[derive(Clone, Copy, Debug)]
enum Line {
    /// An instruction that goes on with the next one.
    Plain(u16, u32),
    /// Compares, and goes on at one of two places.
    Ask(u16, u32, Label, Label),
    Jump(Label),
}

/// Makes the program for one link type.
#[derive(Debug)]
pub(super) struct Compiler {
    ethernet: bool,
    lines: Vec<Line>,
    /// For each label the line it stands before.
    labels: Vec<usize>,
}

impl Compiler {
    pub(super) fn of(link: LinkType) -> Option<Self> {
        let ethernet = match link {
            LinkType::ETHERNET => true,
            LinkType::RAW => false,
            _ => return None,
        };
        Some(Self {
            ethernet,
            lines: Vec::new(),
            labels: Vec::new(),
        })
    }

    pub(super) fn compile(mut self, expression: &Expression) -> Vec<Instruction> {
        match self.ethernet {
            true => self.behind_tags(),
            false => self.raw(),
        }
        let (yes, no) = (self.label(), self.label());
        self.expression(expression, yes, no);
        self.mark(yes);
        self.plain(GIVE, WHOLE);
        self.mark(no);
        self.plain(GIVE, 0);
        self.finish()
    }

    fn label(&mut self) -> Label {
        self.labels.push(0);
        self.labels.len() - 1
    }

    /// The label stands before the next line.
    fn mark(&mut self, label: Label) {
        if let Some(place) = self.labels.get_mut(label) {
            *place = self.lines.len();
        }
    }

    fn plain(&mut self, code: u16, value: u32) {
        self.lines.push(Line::Plain(code, value));
    }

    fn ask(&mut self, code: u16, value: u32, yes: Label, no: Label) {
        self.lines.push(Line::Ask(code, value, yes, no));
    }

    /// Where this is so, at `yes`; else with the next line.
    fn ask_or_next(&mut self, code: u16, value: u32, yes: Label) {
        let next = self.label();
        self.ask(code, value, yes, next);
        self.mark(next);
    }

    /// Where this is so, with the next line; else at `no`.
    fn ask_and_next(&mut self, code: u16, value: u32, no: Label) {
        let next = self.label();
        self.ask(code, value, next, no);
        self.mark(next);
    }

    /// Finds the network header behind up to two tags.
    fn behind_tags(&mut self) {
        let found = self.label();
        for behind in [12, 16, 20] {
            self.plain(X_VALUE, behind + 2);
            self.plain(LOAD_HALF, behind);
            if behind < 20 {
                let tagged = self.label();
                for tag in TAGS {
                    self.ask_or_next(IS, tag, tagged);
                }
                self.lines.push(Line::Jump(found));
                self.mark(tagged);
            }
        }
        self.mark(found);
        self.plain(STORE_X, WHERE);
        self.plain(STORE, WHAT);
    }

    /// The network header is the frame; its version tells its type.
    fn raw(&mut self) {
        let (four, six, stored) = (self.label(), self.label(), self.label());
        self.plain(X_VALUE, 0);
        self.plain(STORE_X, WHERE);
        self.plain(LOAD_OCTET, 0);
        self.plain(SHIFT_RIGHT, 4);
        self.ask_or_next(IS, 4, four);
        self.ask_or_next(IS, 6, six);
        self.lines.push(Line::Jump(stored));
        for (label, kind) in [(four, IPV4), (six, IPV6)] {
            self.mark(label);
            self.plain(LOAD_IMMEDIATE, kind);
            self.lines.push(Line::Jump(stored));
        }
        self.mark(stored);
        self.plain(STORE, WHAT);
    }

    fn expression(&mut self, expression: &Expression, yes: Label, no: Label) {
        match expression {
            Expression::And(left, right) => {
                let next = self.label();
                self.expression(left, next, no);
                self.mark(next);
                self.expression(right, yes, no);
            }
            Expression::Or(left, right) => {
                let next = self.label();
                self.expression(left, yes, next);
                self.mark(next);
                self.expression(right, yes, no);
            }
            Expression::Not(inner) => self.expression(inner, no, yes),
            Expression::Test(test) => self.test(*test, yes, no),
        }
    }

    fn test(&mut self, test: Test, yes: Label, no: Label) {
        match test {
            Test::Kind(kind) => {
                self.plain(LOAD_CELL, WHAT);
                self.ask(IS, u32::from(kind), yes, no);
            }
            Test::Protocol(version, number) => self.protocol(version, number, yes, no),
            Test::Address(ends, family, IpAddr::V4(host), bits) => {
                self.ipv4((ends, family), (host.to_bits(), bits), yes, no);
            }
            Test::Address(ends, _, IpAddr::V6(host), bits) => {
                self.plain(LOAD_CELL, WHAT);
                self.ask_and_next(IS, IPV6, no);
                let words = |offset| Words::of(host.to_bits(), bits, offset);
                self.ends(ends, words(8), words(24), yes, no);
            }
            Test::Port(ends, protocol, range) => self.port(ends, protocol, range, yes, no),
            Test::Length(octets) => {
                self.plain(LOAD_LENGTH, 0);
                self.ask(LEAST, octets, yes, no);
            }
            Test::Mac(..) | Test::Group | Test::Vlan(_) if !self.ethernet => {
                self.lines.push(Line::Jump(no));
            }
            Test::Mac(ends, mac) => {
                let [a, b, c, d, e, f] = mac;
                let mac = (
                    u32::from(u16::from_be_bytes([a, b])),
                    u32::from_be_bytes([c, d, e, f]),
                );
                self.ends(ends, Mac(6, mac), Mac(0, mac), yes, no);
            }
            Test::Group => {
                self.plain(LOAD_OCTET, 0);
                self.ask(ANY_BIT, 1, yes, no);
            }
            Test::Vlan(number) => self.vlan(number, yes, no),
        }
    }

    /// Asks one end or both.
    fn ends(&mut self, ends: Ends, source: impl At, destination: impl At, yes: Label, no: Label) {
        match ends {
            Ends::Source => source.ask(self, yes, no),
            Ends::Destination => destination.ask(self, yes, no),
            Ends::Either => {
                let next = self.label();
                source.ask(self, yes, next);
                self.mark(next);
                destination.ask(self, yes, no);
            }
            Ends::Both => {
                let next = self.label();
                source.ask(self, next, no);
                self.mark(next);
                destination.ask(self, yes, no);
            }
        }
    }

    fn protocol(&mut self, version: Option<u8>, number: u8, yes: Label, no: Label) {
        let (four, six) = (self.label(), self.label());
        self.plain(LOAD_CELL, WHAT);
        self.ask_or_next(IS, IPV4, if version == Some(6) { no } else { four });
        self.ask(IS, IPV6, if version == Some(4) { no } else { six }, no);
        self.mark(four);
        self.plain(X_CELL, WHERE);
        self.plain(LOAD_OCTET_AT_X, 9);
        self.ask(IS, u32::from(number), yes, no);
        self.mark(six);
        self.plain(X_CELL, WHERE);
        self.plain(LOAD_OCTET_AT_X, 6);
        self.ask_or_next(IS, u32::from(number), yes);
        // Behind the header of a fragment.
        self.ask_and_next(IS, 44, no);
        self.plain(LOAD_OCTET_AT_X, 40);
        self.ask(IS, u32::from(number), yes, no);
    }

    fn ipv4(
        &mut self,
        (ends, family): (Ends, Family),
        (host, bits): (u32, u8),
        yes: Label,
        no: Label,
    ) {
        let words = |offset| Words::of(u128::from(host) << 96, bits, offset);
        let (ip, arp) = (self.label(), self.label());
        self.plain(LOAD_CELL, WHAT);
        self.ask_or_next(IS, IPV4, if family == Family::Arp { no } else { ip });
        self.ask(IS, ARP, if family == Family::Ip { no } else { arp }, no);
        self.mark(ip);
        self.ends(ends, words(12), words(16), yes, no);
        self.mark(arp);
        self.ends(ends, words(14), words(24), yes, no);
    }

    fn port(&mut self, ends: Ends, protocol: Option<u8>, range: (u16, u16), yes: Label, no: Label) {
        let (four, six, both) = (self.label(), self.label(), self.label());
        self.plain(LOAD_CELL, WHAT);
        self.plain(X_CELL, WHERE);
        self.ask_or_next(IS, IPV4, four);
        self.ask(IS, IPV6, six, no);
        let among = |this: &mut Self, next: Label| match protocol {
            Some(number) => this.ask(IS, u32::from(number), next, no),
            None => {
                this.ask_or_next(IS, 6, next);
                this.ask_or_next(IS, 17, next);
                this.ask(IS, 132, next, no);
            }
        };
        self.mark(four);
        self.plain(LOAD_OCTET_AT_X, 9);
        let first = self.label();
        among(self, first);
        self.mark(first);
        // Only the first fragment has ports.
        self.plain(LOAD_HALF_AT_X, 6);
        let whole = self.label();
        self.ask(ANY_BIT, 0x1fff, no, whole);
        self.mark(whole);
        self.plain(LOAD_OCTET_AT_X, 0);
        self.plain(AND, 0xf);
        self.plain(SHIFT_LEFT, 2);
        self.plain(ADD_X, 0);
        self.plain(TO_X, 0);
        self.lines.push(Line::Jump(both));
        self.mark(six);
        self.plain(LOAD_OCTET_AT_X, 6);
        let behind = self.label();
        among(self, behind);
        self.mark(behind);
        self.plain(LOAD_IMMEDIATE, 40);
        self.plain(ADD_X, 0);
        self.plain(TO_X, 0);
        self.mark(both);
        self.ends(ends, Port(0, range), Port(2, range), yes, no);
    }

    /// The tag that was taken away, and those that are still in the frame.
    fn vlan(&mut self, number: Option<u16>, yes: Label, no: Label) {
        let kept = self.label();
        self.plain(LOAD_WORD, TAGGED);
        match number {
            None => {
                let next = self.label();
                self.ask(IS, 0, next, yes);
                self.mark(next);
            }
            Some(number) => {
                let taken = self.label();
                self.ask(IS, 0, kept, taken);
                self.mark(taken);
                self.plain(LOAD_WORD, TAG);
                self.plain(AND, 0xfff);
                self.ask(IS, u32::from(number), yes, kept);
            }
        }
        self.mark(kept);
        for (kind, value) in [(12, 14), (16, 18)] {
            let (tagged, other) = (self.label(), self.label());
            self.plain(LOAD_HALF, kind);
            for tag in TAGS {
                self.ask_or_next(IS, tag, tagged);
            }
            self.lines.push(Line::Jump(no));
            self.mark(tagged);
            match number {
                None => self.lines.push(Line::Jump(yes)),
                Some(number) => {
                    self.plain(LOAD_HALF, value);
                    self.plain(AND, 0xfff);
                    self.ask(IS, u32::from(number), yes, other);
                }
            }
            self.mark(other);
        }
        self.lines.push(Line::Jump(no));
    }

    /// Labels become distances. A comparison is followed by two jumps, which go as far as is
    /// needed: its own go over 255 instructions at most.
    fn finish(self) -> Vec<Instruction> {
        let length = |line: &Line| match line {
            Line::Ask(..) => 3,
            Line::Plain(..) | Line::Jump(_) => 1,
        };
        let mut starts: Vec<u32> = Vec::new();
        let mut all = 0;
        for line in &self.lines {
            starts.push(all);
            all += length(line);
        }
        let target = |label: Label| {
            let line = self.labels.get(label).copied().unwrap_or_default();
            starts.get(line).copied().unwrap_or(all)
        };
        let mut program = Vec::new();
        for (line, start) in self.lines.iter().zip(&starts) {
            let plain = |code, value| Instruction {
                code,
                yes: 0,
                no: 0,
                value,
            };
            // The kernel refuses what goes back; nothing here does.
            let jump = |from: u32, to| plain(JUMP, target(to).saturating_sub(from + 1));
            match *line {
                Line::Plain(code, value) => program.push(plain(code, value)),
                Line::Jump(to) => program.push(jump(*start, to)),
                Line::Ask(code, value, yes, no) => {
                    program.push(Instruction {
                        no: 1,
                        ..plain(code, value)
                    });
                    program.push(jump(start + 1, yes));
                    program.push(jump(start + 2, no));
                }
            }
        }
        program
    }
}

/// A question about something at a place of the frame.
trait At {
    fn ask(self, compiler: &mut Compiler, yes: Label, no: Label);
}

/// Words behind the network header's begin, with those of their bits that count.
struct Words {
    offset: u32,
    words: [(u32, u32); 4],
}

impl Words {
    fn of(host: u128, bits: u8, offset: u32) -> Self {
        let mask = match u32::from(bits) {
            0 => 0,
            bits => u128::MAX << (128 - bits),
        };
        let word = |bits: u128, at: u32| u32::try_from(bits >> (96 - 32 * at) & 0xffff_ffff);
        let pair = |at| {
            let word = |bits| word(bits, at).unwrap_or_default();
            (word(host), word(mask))
        };
        Self {
            offset,
            words: [pair(0), pair(1), pair(2), pair(3)],
        }
    }
}

impl At for Words {
    fn ask(self, compiler: &mut Compiler, yes: Label, no: Label) {
        compiler.plain(X_CELL, WHERE);
        for ((word, mask), at) in self.words.into_iter().zip(0..) {
            if mask == 0 {
                break;
            }
            compiler.plain(LOAD_WORD_AT_X, self.offset + 4 * at);
            if mask != u32::MAX {
                compiler.plain(AND, mask);
            }
            compiler.ask_and_next(IS, word, no);
        }
        compiler.lines.push(Line::Jump(yes));
    }
}

/// A port behind the place that X holds.
struct Port(u32, (u16, u16));

impl At for Port {
    fn ask(self, compiler: &mut Compiler, yes: Label, no: Label) {
        let Self(offset, (low, high)) = self;
        compiler.plain(LOAD_HALF_AT_X, offset);
        if low == high {
            return compiler.ask(IS, u32::from(low), yes, no);
        }
        compiler.ask_and_next(LEAST, u32::from(low), no);
        compiler.ask(OVER, u32::from(high), no, yes);
    }
}

/// A MAC address at a place of the frame: its first two octets, and the four behind.
struct Mac(u32, (u32, u32));

impl At for Mac {
    fn ask(self, compiler: &mut Compiler, yes: Label, no: Label) {
        let Self(offset, (first, rest)) = self;
        compiler.plain(LOAD_WORD, offset + 2);
        compiler.ask_and_next(IS, rest, no);
        compiler.plain(LOAD_HALF, offset);
        compiler.ask(IS, first, yes, no);
    }
}
