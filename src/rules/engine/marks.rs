//! What tells matches of one rule apart: digests for `unique_on` and `changed`.
//!
//! Taken by the bench when a rule matched; the site compares them. Rules that ask for neither
//! cost nothing here. Never decides whether a rule matches.

use super::{Level, Scene, Subject};
use crate::facts::{Message, Operation, Outcome, Visitor};
use crate::rules::rule::{Mark, Rule};
use crate::rules::severity::is_of_operation;
use foldhash::fast::{FixedState, FoldHasher};
use std::hash::{BuildHasher, Hash, Hasher};

/// Digests of what a match shows; 0 where nothing is asked. The seed is fixed: the same match
/// has the same digests in every run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// For `unique_on`.
    pub unique: u32,
    /// For `changed`: what must have changed.
    pub of: u32,
    /// For `changed`: what it is kept by.
    pub by: u32,
    /// Whether the device refused the operation, of rules whose gravity depends on that.
    pub refused: bool,
}

/// What a rule matched in.
#[derive(Clone, Copy)]
pub(super) enum About<'a> {
    Packet,
    Stream,
    Message(&'a dyn Message),
    Operation(&'a Operation<'a>),
    Event,
}

impl About<'_> {
    pub(super) const fn level(self) -> Level {
        match self {
            Self::Packet | Self::Stream => Level::Octets,
            Self::Message(_) => Level::Message,
            Self::Operation(_) => Level::Operation,
            Self::Event => Level::Event,
        }
    }

    pub(super) const fn subject(self) -> Subject {
        match self {
            Self::Packet => Subject::Packet,
            Self::Stream => Subject::Stream,
            Self::Message(_) => Subject::Message,
            Self::Operation(_) => Subject::Operation,
            Self::Event => Subject::Event,
        }
    }
}

/// Takes the digest of a field's values.
struct Values<'h>(FoldHasher<'h>);

impl Visitor for Values<'_> {
    fn unsigned(&mut self, value: u64) {
        self.0.write_u64(value);
    }
    fn signed(&mut self, value: i64) {
        self.0.write_i64(value);
    }
    fn float(&mut self, value: f64) {
        self.0.write_u64(value.to_bits());
    }
    fn boolean(&mut self, value: bool) {
        self.0.write_u8(u8::from(value));
    }
    fn text(&mut self, value: &[u8]) {
        self.octets(value);
    }
    fn octets(&mut self, value: &[u8]) {
        self.0.write_usize(value.len());
        self.0.write(value);
    }
    fn open_list(&mut self) {}
    fn close_list(&mut self) {}
    fn open_record(&mut self) {}
    fn key(&mut self, _: &'static str) {}
    fn close_record(&mut self) {}
}

impl About<'_> {
    /// The digests that a rule asks for.
    pub(super) fn marks(self, rule: &Rule, scene: &Scene) -> Marks {
        let unique = rule.limits.iter().find_map(|limit| limit.unique);
        let take = |mark: Option<Mark>| mark.map_or(0, |mark| self.digest(mark, scene));
        Marks {
            unique: take(unique),
            of: take(rule.change.map(|change| change.of)),
            by: take(rule.change.and_then(|change| change.by)),
            refused: self.is_refused() && is_of_operation(rule),
        }
    }

    fn is_refused(self) -> bool {
        matches!(self, Self::Operation(operation)
            if matches!(operation.outcome, Outcome::Refused { .. }))
    }

    fn digest(self, mark: Mark, scene: &Scene) -> u32 {
        match (mark, self) {
            (Mark::Source, _) => digest(scene.source.host),
            (Mark::Destination, _) => digest(scene.destination.host),
            (Mark::SourcePort, _) => digest(scene.source.port),
            (Mark::DestinationPort, _) => digest(scene.destination.port),
            (Mark::Operation, About::Operation(operation)) => digest(operation.meaning.name),
            (Mark::Target, About::Operation(operation)) => {
                let first = operation.items.first().map(|item| item.target);
                digest((scene.destination.host, operation.unit, first))
            }
            (Mark::Field(field), About::Message(message)) => {
                let mut values = Values(FixedState::default().build_hasher());
                message.read(usize::from(field.index), &mut values);
                upper(values.0.finish())
            }
            // Refused when the rule was compiled.
            (Mark::Operation | Mark::Target | Mark::Field(_), _) => 0,
        }
    }
}

/// The upper half of a digest with a fixed seed.
fn digest(value: impl Hash) -> u32 {
    upper(FixedState::default().hash_one(value))
}

fn upper(whole: u64) -> u32 {
    u32::try_from(whole >> 32).unwrap_or_default()
}
