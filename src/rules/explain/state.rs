//! What a rule keeps and how often it tells, in plain words.

use super::{Lines, hosts, number};
use crate::protocols::PROTOCOLS;
use crate::rules::Names;
use crate::rules::rule::{Action, BitAct, LimitKind, Mark, Rule, Scope, Track};

pub(super) fn bits(rule: &Rule, names: &Names, lines: &mut Lines) {
    for bit in &rule.bits {
        let whose = match bit.scope {
            Scope::Flow => "the flow",
            Scope::Source => "the sender",
            Scope::Destination => "the receiver",
            Scope::Pair => "the pair",
        };
        let name = names.name(bit.name).unwrap_or_default();
        let several = |list: &[u16]| {
            let named: Vec<&str> = list.iter().filter_map(|name| names.name(*name)).collect();
            named.join(" or ")
        };
        lines.say(
            0,
            match &bit.act {
                BitAct::IsSet(list) => format!("{whose} has the bit {}.", several(list)),
                BitAct::IsNotSet(list) => format!("{whose} has not the bit {}.", several(list)),
                BitAct::Set(None) => format!("A match sets the bit {name} of {whose}."),
                BitAct::Set(Some(seconds)) => {
                    format!("A match sets the bit {name} of {whose} for {seconds} s.")
                }
                BitAct::Unset => format!("A match clears the bit {name} of {whose}."),
                BitAct::Toggle => format!("A match turns the bit {name} of {whose} round."),
                BitAct::Test(test) => format!("The number {name} of {whose} is {}.", number(test)),
                BitAct::Exists(true) => format!("{whose} has a number {name}."),
                BitAct::Exists(false) => format!("{whose} has no number {name}."),
                BitAct::Assign(value) => format!("A match makes the number {name} {value}."),
                BitAct::Add(value) => format!("A match adds {value} to the number {name}."),
            },
        );
    }
}

const fn track(track: Track) -> &'static str {
    match track {
        Track::Source => "each sender",
        Track::Destination => "each receiver",
        Track::Both => "each pair",
        Track::Rule => "the rule as a whole",
        Track::Flow => "each flow",
    }
}

/// What a mark is, in words.
fn mark(mark: Mark) -> &'static str {
    match mark {
        Mark::Source => "the sender",
        Mark::Destination => "the receiver",
        Mark::SourcePort => "the sender's port",
        Mark::DestinationPort => "the receiver's port",
        Mark::Operation => "the operation's name",
        Mark::Target => "what the operation touches",
        Mark::Field(field) => PROTOCOLS
            .iter()
            .find(|protocol| protocol.name() == field.protocol)
            .and_then(|protocol| protocol.field(usize::from(field.index)))
            .map_or("a field", |field| field.name),
    }
}

pub(super) fn limits(rule: &Rule, lines: &mut Lines) {
    if let Some(change) = &rule.change {
        let by = change
            .by
            .map_or_else(String::new, |by| format!(" with the same {}", mark(by)));
        let (of, within) = (mark(change.of), change.within);
        lines.say(
            0,
            format!("A match{by} in the {within} s before had another {of}."),
        );
    }
    for limit in &rule.limits {
        if let Some(unique) = limit.unique {
            let what = mark(unique);
            lines.say(0, format!("Matches with the same {what} count once."));
        }
        let by = track(limit.track);
        lines.say(
            0,
            match &limit.kind {
                LimitKind::Limit { count, seconds } => {
                    format!("Told at most {count} times in {seconds} s for {by}.")
                }
                LimitKind::Threshold { count, seconds } => {
                    format!("Told each {count}th time within {seconds} s for {by}.")
                }
                LimitKind::Both { count, seconds } => {
                    format!("Told once in {seconds} s, at the {count}th time, for {by}.")
                }
                LimitKind::Backoff { count, multiplier } => format!(
                    "Told at the {count}th time, then each time there were {multiplier} times as \
                 many, for {by}."
                ),
                LimitKind::Filter { count, seconds } => {
                    format!(
                        "Told from then on when it came more than {count} times in {seconds} s \
                         for {by}."
                    )
                }
                LimitKind::Suppress(None) => "Never told: suppressed.".to_owned(),
                LimitKind::Suppress(Some(set)) => {
                    let end = match limit.track {
                        Track::Source => "the sender",
                        Track::Destination => "the receiver",
                        _ => "one of the ends",
                    };
                    format!("Not told where {end} is {}.", hosts(set))
                }
                LimitKind::Rate {
                    count,
                    seconds,
                    action,
                    timeout,
                } => {
                    let then = match action {
                        Action::Alert => "told",
                        Action::Pass => "not told",
                    };
                    format!(
                        "After {count} times in {seconds} s for {by} it is {then} for {timeout} s."
                    )
                }
            },
        );
    }
}
