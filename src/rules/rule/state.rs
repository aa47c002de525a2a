//! What rules keep from match to match, and how often they tell.

use super::{Action, FieldRef, Hosts, Number};

/// A bit or a number that rules keep.
#[derive(Clone, Debug, PartialEq)]
pub struct Bit {
    /// Whose.
    pub scope: Scope,
    /// Number of its name, from the ruleset's table of names.
    pub name: u16,
    /// Test before the match, or change after it.
    pub act: BitAct,
}

/// Where a bit is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// `flowbits`, `flowint`: with the flow.
    Flow,
    /// `xbits`, `hostbits` with the source.
    Source,
    /// With the destination.
    Destination,
    /// With the pair.
    Pair,
}

/// What happens to a bit.
#[derive(Clone, Debug, PartialEq)]
pub enum BitAct {
    /// One of these names is set (`isset:a|b`); `Bit::name` is the first.
    IsSet(Vec<u16>),
    /// None of these is set.
    IsNotSet(Vec<u16>),
    /// Set it, for so many seconds of packet time where given.
    Set(Option<u32>),
    /// Clear it.
    Unset,
    /// Turn it round.
    Toggle,
    /// `flowint`: test the number.
    Test(Number),
    /// `flowint`: the number exists (`true`) or not.
    Exists(bool),
    /// `flowint`: give it a value.
    Assign(u64),
    /// `flowint`: add, with a sign.
    Add(i64),
}

/// What a limit counts by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Track {
    /// The sender.
    Source,
    /// The receiver.
    Destination,
    /// The pair.
    Both,
    /// The rule as a whole.
    Rule,
    /// The flow.
    Flow,
}

/// How often matches are told.
#[derive(Clone, Debug)]
pub struct Limit {
    /// What it counts by.
    pub track: Track,
    /// How.
    pub kind: LimitKind,
    /// `unique_on`: what comes again with the same mark counts once.
    pub unique: Option<Mark>,
}

/// What tells matches of one rule apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Address of the sender.
    Source,
    /// Address of the receiver.
    Destination,
    /// Port of the sender.
    SourcePort,
    /// Port of the receiver.
    DestinationPort,
    /// Name of the operation.
    Operation,
    /// What the operation touched: device, unit, kind of address and first address or name.
    Target,
    /// A field of the message.
    Field(FieldRef),
}

/// `changed`: a mark is another one than at the last match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// What must have changed.
    pub of: Mark,
    /// Only matches with the same one of these are held against each other; `None`: all of the
    /// rule.
    pub by: Option<Mark>,
    /// The match with the other mark lies at most so many seconds back.
    pub within: u32,
}

/// Kinds of limits. Seconds are packet time.
#[derive(Clone, Debug)]
pub enum LimitKind {
    /// The first `count` in `seconds` are told.
    Limit {
        /// Matches.
        count: u32,
        /// Window.
        seconds: u32,
    },
    /// Each `count`th in `seconds` is told.
    Threshold {
        /// Matches.
        count: u32,
        /// Window.
        seconds: u32,
    },
    /// The `count`th in `seconds` is told, once.
    Both {
        /// Matches.
        count: u32,
        /// Window.
        seconds: u32,
    },
    /// Told at `count`, then at each `multiplier` as many.
    Backoff {
        /// Matches.
        count: u32,
        /// Factor.
        multiplier: u32,
    },
    /// `detection_filter`: what comes after `count` in `seconds` is told.
    Filter {
        /// Matches.
        count: u32,
        /// Window.
        seconds: u32,
    },
    /// `suppress` of a threshold file: nothing is told where the tracked end is in the set
    /// (`None`: never).
    Suppress(Option<Hosts>),
    /// `rate_filter`: past `count` in `seconds` a new action holds for `timeout` seconds.
    Rate {
        /// Matches.
        count: u32,
        /// Window.
        seconds: u32,
        /// What the rule does then.
        action: Action,
        /// For so long.
        timeout: u32,
    },
}
