//! What the figures mean: one function a check.
//!
//! Each names how much of what it looked at is wrong, and gives the verdict. Words stand in
//! `words/`, by the name of the check.

use super::{Doctor, EXAMPLES, Place, Setting};
use crate::capture::Posture;
use crate::desk::report::vlan;
use crate::flow::{DuplicateKind, Tags};
use serde::Serialize;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Frames longer than this never were on an Ethernet, also not with jumbo frames (9,216 octets
/// is what switches hand on at most): they were put together by the card or the kernel.
const SUPER: u32 = 9_234;

/// One in so many is too much: from here on what is missing or repeated is no chance.
const MUCH: u64 = 100;

/// What a check came to, the gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It has to be mended: much that happens is not seen, or this machine is heard.
    Wrong,
    /// It should be mended: something is not seen, or is seen in a way that misleads.
    Warning,
    /// It is good to know, and may be meant so.
    Note,
    /// Too little was seen to say.
    Unknown,
    /// It is as it should be.
    Good,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Its name, which does not change.
    pub name: &'static str,
    /// What came of it.
    pub verdict: Verdict,
    /// How many are concerned: packets, conversations or octets, as the check's words say.
    pub count: u64,
    /// Out of how many; 0 where there is no such number.
    pub of: u64,
    /// Who or what is concerned, the worst first, at most three.
    pub named: Vec<String>,
}

impl Check {
    const fn new(name: &'static str, verdict: Verdict) -> Self {
        Self {
            name,
            verdict,
            count: 0,
            of: 0,
            named: Vec::new(),
        }
    }

    const fn counted(mut self, count: u64, of: u64) -> Self {
        self.count = count;
        self.of = of;
        self
    }

    fn named(mut self, named: Vec<String>) -> Self {
        self.named = named;
        self
    }

    /// Whether there is something to mend.
    #[must_use]
    pub const fn is_bad(&self) -> bool {
        matches!(self.verdict, Verdict::Wrong | Verdict::Warning)
    }
}

/// All checks, the gravest first.
pub(super) fn all(doctor: &Doctor, setting: &Setting) -> Vec<Check> {
    let mut checks = vec![
        packets(doctor, setting),
        one_way(doctor),
        lost(doctor),
        dropped(setting),
        truncated(setting),
        merged(setting),
        vlans(doctor),
    ];
    checks.extend(duplicates(doctor, setting));
    for place in &setting.places {
        checks.extend(posture(place));
    }
    // Those that cannot be judged where nothing came are left out: the first says it all.
    if setting.books.received == 0 {
        checks.retain(|check| check.verdict != Verdict::Unknown);
    }
    checks.sort_by_key(|check| check.verdict);
    checks
}

/// The verdict where `count` of `of` are wrong.
const fn share(count: u64, of: u64) -> Verdict {
    match (count, of) {
        (_, 0) => Verdict::Unknown,
        (0, _) => Verdict::Good,
        (count, of) if count.saturating_mul(MUCH) >= of => Verdict::Wrong,
        _ => Verdict::Warning,
    }
}

/// Whether anything comes that is not meant for all.
fn packets(doctor: &Doctor, setting: &Setting) -> Check {
    let received = setting.books.received;
    match (received, doctor.conversations, doctor.unicast) {
        (0, ..) => Check::new("no-packets", Verdict::Wrong),
        (_, 0, _) => Check::new("broadcast-only", Verdict::Unknown),
        (_, all, 0) => Check::new("broadcast-only", Verdict::Wrong).counted(all, all),
        (_, all, unicast) => {
            Check::new("broadcast-only", Verdict::Good).counted(all.saturating_sub(unicast), all)
        }
    }
}

/// Whether both directions of TCP conversations are seen.
fn one_way(doctor: &Doctor) -> Check {
    let (cases, all) = (doctor.one_way.cases, doctor.tcp);
    Check::new("one-way", share(cases, all))
        .counted(cases, all)
        .named(doctor.one_way.named())
}

/// Whether what ends acknowledged to each other came here too.
fn lost(doctor: &Doctor) -> Check {
    let lost = doctor.lost.weight;
    let sent = doctor.content.saturating_add(lost);
    Check::new("lost", share(lost, sent))
        .counted(lost, sent)
        .named(doctor.lost.named())
}

/// Whether this machine, or the one that made the captures, keeps up.
fn dropped(setting: &Setting) -> Check {
    let places = setting.places.iter();
    let here: u64 = places.clone().map(|place| place.dropped).sum();
    let dropped = here.saturating_add(setting.dropped);
    let all = setting.books.received.saturating_add(dropped);
    let named = places.filter(|place| place.dropped > 0);
    let named = named.map(|place| place.name.clone()).collect();
    Check::new("dropped", share(dropped, all))
        .counted(dropped, all)
        .named(named)
}

/// Whether frames are whole.
fn truncated(setting: &Setting) -> Check {
    let books = &setting.books;
    Check::new("truncated", share(books.cut, books.received)).counted(books.cut, books.received)
}

/// Whether frames are as they were on the wire.
fn merged(setting: &Setting) -> Check {
    let books = &setting.books;
    let merged: u64 = setting.places.iter().map(|place| place.merged).sum();
    let verdict = match (merged, books.longest, books.long) {
        (1.., ..) => Verdict::Wrong,
        (_, longest, _) if longest > SUPER => Verdict::Wrong,
        // Jumbo frames, or merged ones: they cannot be told apart.
        (.., 1..) => Verdict::Warning,
        _ if books.received == 0 => Verdict::Unknown,
        _ => Verdict::Good,
    };
    Check::new("super-frames", verdict).counted(merged.max(books.long), books.received)
}

/// Whether both directions come in the same VLAN.
fn vlans(doctor: &Doctor) -> Check {
    let uneven: u64 = doctor.uneven.values().sum();
    let verdict = match (uneven, doctor.both) {
        (_, 0) => Verdict::Unknown,
        (0, _) => Verdict::Good,
        _ => Verdict::Warning,
    };
    Check::new("asymmetric-vlans", verdict)
        .counted(uneven, doctor.both)
        .named(pairs(&doctor.uneven, " / "))
}

/// The pairs of VLANs that are most concerned.
fn pairs(counts: &BTreeMap<(Tags, Tags), u64>, between: &str) -> Vec<String> {
    let mut pairs: Vec<_> = counts.iter().collect();
    pairs.sort_by_key(|(pair, count)| (Reverse(**count), **pair));
    let named = pairs.into_iter().take(EXAMPLES);
    let named = named.map(|((one, other), _)| format!("{}{between}{}", vlan(*one), vlan(*other)));
    named.collect()
}

/// The ways in which packets come more than once: each is mended in its own way.
const COPIES: [(&str, DuplicateKind); 4] = [
    ("duplicates-same", DuplicateKind::Same),
    ("duplicates-vlan", DuplicateKind::OtherVlan),
    ("duplicates-routed", DuplicateKind::Routed),
    ("duplicates-tunnel", DuplicateKind::Tunnel),
];

/// Whether packets come once.
fn duplicates(doctor: &Doctor, setting: &Setting) -> Vec<Check> {
    let received = setting.books.received;
    let mut checks = Vec::new();
    for (name, kind) in COPIES {
        let count = doctor.copies_of(&[kind]);
        if count > 0 {
            let named = match kind {
                DuplicateKind::OtherVlan => pairs(&doctor.copied, " = "),
                _ => Vec::new(),
            };
            let check = Check::new(name, share(count, received)).counted(count, received);
            checks.push(check.named(named));
        }
    }
    if checks.is_empty() {
        checks.push(Check::new("duplicates", share(0, received)).counted(0, received));
    }
    let lans = doctor.copies_of(&[DuplicateKind::OtherLan]);
    if lans > 0 {
        checks.push(Check::new("duplicates-lan", Verdict::Note).counted(lans, received));
    }
    checks
}

/// Whether this machine may be heard at the interface.
fn posture(place: &Place) -> Vec<Check> {
    let named = || vec![place.name.clone()];
    let mut checks = Vec::new();
    let Some(Posture {
        up,
        address,
        ipv6,
        arp,
    }) = place.posture
    else {
        return checks;
    };
    let switches = [
        ("interface-down", !up, Verdict::Wrong),
        ("interface-address", address, Verdict::Warning),
        ("interface-ipv6", ipv6, Verdict::Warning),
        ("interface-arp", arp, Verdict::Warning),
        ("interface-sends", place.sent > 0, Verdict::Wrong),
    ];
    for (name, bad, verdict) in switches {
        if bad {
            let count = if name == "interface-sends" {
                place.sent
            } else {
                0
            };
            checks.push(Check::new(name, verdict).counted(count, 0).named(named()));
        }
    }
    if checks.is_empty() {
        checks.push(Check::new("interface", Verdict::Good).named(named()));
    }
    checks
}
