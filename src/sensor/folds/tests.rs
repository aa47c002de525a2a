//! What is the same act and what is not, and what happens where there are too many of them.

use super::*;
use crate::facts::{Class, Meaning, Side, Target, Time};
use crate::protocols::PROTOCOLS;
use std::collections::BTreeSet;

static READ: Meaning = meaning("read", Class::Read, 0);
static WRITE: Meaning = meaning("write", Class::Write, 3);
static STOP: Meaning = meaning("stop", Class::Mode, 5);
static OPERATE: Meaning = meaning("operate", Class::Control, 4);

const fn meaning(name: &'static str, class: Class, criticality: u8) -> Meaning {
    Meaning {
        name,
        class,
        criticality,
        techniques: &[],
    }
}

fn operation<'a>(meaning: &'static Meaning, items: &'a [Item<'a>]) -> Operation<'a> {
    Operation {
        meaning,
        code: 0,
        actor: Side::Low,
        unit: None,
        items,
        outcome: Outcome::Done,
        requested: None,
        answered: None,
    }
}

fn at(space: &'static str, address: u64) -> Item<'static> {
    Item {
        target: Target {
            space,
            range: Some((address, address)),
            ..Target::default()
        },
        ..Item::default()
    }
}

fn stamp(frame: u64) -> Stamp {
    Stamp {
        time: Time::from_parts(frame, 0),
        frame,
    }
}

#[test]
fn meanings_of_a_protocol_are_told_apart() {
    for protocol in PROTOCOLS {
        let meanings: BTreeSet<_> = protocol
            .meanings()
            .iter()
            .map(|meaning| (meaning.name, meaning.class, meaning.criticality))
            .collect();
        let digests = |digest: fn(&Operation<'_>) -> u64| {
            let meanings = protocol.meanings().iter();
            meanings
                .map(|meaning| digest(&operation(meaning, &[])))
                .collect::<BTreeSet<_>>()
                .len()
        };
        assert_eq!(digests(digest_act), meanings.len(), "{}", protocol.name());
        assert_eq!(digests(digest_kind), meanings.len(), "{}", protocol.name());
    }
}

#[test]
fn targets_are_told_apart_by_all_that_names_them() {
    let named = |space, name| Item {
        target: Target {
            space,
            name,
            ..Target::default()
        },
        ..Item::default()
    };
    let area = |area| Item {
        target: Target {
            area,
            ..Target::default()
        },
        ..Item::default()
    };
    let targets: &[&[Item<'_>]] = &[
        &[],
        &[Item::default()],
        &[Item::default(); 2],
        // Names of one length: S7comm's areas, BACnet's objects.
        &[at("output", 0)],
        &[at("merker", 0)],
        &[at("output", 1)],
        &[at("input", 0)],
        &[at("timer", 0)],
        &[at("binary-value", 0)],
        &[at("analog-value", 0)],
        &[at("output", 0), at("merker", 0)],
        &[at("merker", 0), at("output", 0)],
        &[named("tag", b"ab"), named("tag", b"c")],
        &[named("tag", b"a"), named("tag", b"bc")],
        &[named("tag", b"abc")],
        &[named("tagabc", b"")],
        &[area(None)],
        &[area(Some(0))],
        &[area(Some(u32::MAX))],
    ];
    let digests: BTreeSet<u64> = targets
        .iter()
        .map(|items| digest_act(&operation(&WRITE, items)))
        .collect();
    // Nothing named is nothing named.
    assert_eq!(digests.len(), targets.len() - 1);
}

#[test]
fn values_are_told_apart_by_kind_and_length() {
    let bits = |count| Values::Bits {
        octets: &[1],
        count,
    };
    let values: &[&[Values<'_>]] = &[
        &[Values::None],
        &[bits(1)],
        &[bits(2)],
        &[Values::Octets(&[1])],
        &[Values::Text(&[1])],
        &[Values::Words(&[0, 1])],
        &[Values::Octets(&[1]), Values::Octets(&[2, 3])],
        &[Values::Octets(&[1, 2]), Values::Octets(&[3])],
        &[Values::Scalars(&[Scalar::Unsigned(1)])],
        &[Values::Scalars(&[Scalar::Signed(-1)])],
    ];
    let digests: BTreeSet<u64> = values
        .iter()
        .map(|values| {
            let items: Vec<_> = values
                .iter()
                .map(|values| Item {
                    values: *values,
                    ..Item::default()
                })
                .collect();
            digest_values(&operation(&WRITE, &items))
        })
        .collect();
    assert_eq!(digests.len(), values.len());
}

#[test]
fn no_number_of_polls_hides_what_changes_something() {
    let (mut folds, mut room) = (Folds::default(), Room::default());
    for n in 0..4 * u64::from(FOLDS) {
        folds.add(&operation(&READ, &[at("register", n)]), stamp(n), &mut room);
    }
    for n in 0..20 {
        let write = folds.add(&operation(&WRITE, &[at("coil", n)]), stamp(n), &mut room);
        assert!(!write.merged);
        assert_eq!(write.novelty, Some(Novelty::First));
    }
    let stop = folds.add(&operation(&STOP, &[]), stamp(9), &mut room);
    assert_eq!((stop.merged, stop.novelty), (false, Some(Novelty::First)));
    let counted: u64 = folds.cycles(FlowId(1)).map(|cycle| cycle.count).sum();
    assert_eq!(counted, 4 * u64::from(FOLDS) + 21);
}

#[test]
fn past_the_bound_kinds_are_counted_and_what_is_critical_is_told() {
    let (mut folds, mut room) = (Folds::default(), Room::default());
    for n in 0..u64::from(FOLDS) {
        folds.add(
            &operation(&WRITE, &[at("register", n)]),
            stamp(n),
            &mut room,
        );
    }
    let mut told = 0;
    for n in 0..2 * NOTABLE {
        let operate = folds.add(
            &operation(&OPERATE, &[at("output", n)]),
            stamp(n),
            &mut room,
        );
        assert!(operate.merged);
        told += u64::from(operate.novelty.is_some());
    }
    assert_eq!(told, 2 * NOTABLE, "each is another output");
    assert!(
        folds
            .add(&operation(&STOP, &[]), stamp(1), &mut room)
            .merged
    );
    let mut other = operation(&STOP, &[]);
    for unit in 0..u32::from(u16::MAX) {
        (other.unit, other.code) = (Some(unit), unit);
        folds.add(&other, stamp(2), &mut room);
    }
    let cycles: Vec<Cycle> = folds.cycles(FlowId(1)).collect();
    assert_eq!(cycles.len(), FOLDS as usize + 2);
    let counted: u64 = cycles.iter().map(|cycle| cycle.count).sum();
    assert_eq!(
        counted,
        u64::from(FOLDS) + 2 * NOTABLE + 1 + u64::from(u16::MAX)
    );
}

#[test]
fn the_room_of_a_shard_is_bounded_and_comes_back() {
    let mut room = Room::default();
    let mut all: Vec<Folds> = (0..8).map(|_| Folds::default()).collect();
    for folds in &mut all {
        for n in 0..u64::from(FOLDS) {
            folds.add(&operation(&READ, &[at("register", n)]), stamp(n), &mut room);
        }
    }
    let apart = |folds: &Folds| folds.cycles(FlowId(1)).filter(|c| !c.merged).count();
    assert_eq!(all.iter().map(apart).sum::<usize>(), SHARD_FOLDS as usize);
    let write = all[7].add(&operation(&WRITE, &[]), stamp(1), &mut room);
    assert!(!write.merged, "what changes something has its own room");
    all.iter().for_each(|folds| folds.give_back(&mut room));
    assert_eq!((room.0, room.1), (0, 0));
}
