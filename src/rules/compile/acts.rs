//! Rules about operations, by what an operation means and how it ended.
//!
//! Meanings are static, so all that a rule asks of them is decided when it is compiled; what is
//! left for an operation is to look at its targets and values.

use super::plan::{Level, Plan};
use crate::facts::{Class, Meaning, Outcome};
use crate::protocols::PROTOCOLS;
use crate::rules::rule::{OperationTest, Rule};
use foldhash::fast::FixedState;
use hashbrown::HashMap;

/// How operations end, one of each kind.
const OUTCOMES: [Outcome; 6] = [
    Outcome::Done,
    Outcome::Accepted,
    Outcome::Refused { code: 0, name: "" },
    Outcome::NoAnswer,
    Outcome::NotSeen,
    Outcome::Unacknowledged,
];

/// The rules that may be about operations of one meaning, in the order of decision.
#[derive(Debug, Default)]
pub(in crate::rules) struct Acts {
    /// For each outcome: all rules, and those that do not ask for a new actor.
    rules: [(Vec<u32>, Vec<u32>); OUTCOMES.len()],
    /// The longest time, in seconds, in which an actor counts as new; 0 where no rule asks.
    pub(in crate::rules) new_within: u64,
}

impl Acts {
    /// The rules that may be about an operation that ended so, by an actor that may be new to
    /// the device or is not.
    pub(in crate::rules) fn about(&self, outcome: Outcome, may_be_new: bool) -> Option<&[u32]> {
        let (all, of_known) = self.rules.get(place(outcome))?;
        let rules = if may_be_new { all } else { of_known };
        Some(rules.as_slice())
    }

    fn add(&mut self, number: u32, rule: &Rule, plan: &Plan) {
        for outcome in OUTCOMES {
            let ended = |test: &OperationTest| match test {
                OperationTest::Result(result) => is_result(outcome, result),
                _ => true,
            };
            let Some((all, of_known)) = self.rules.get_mut(place(outcome)) else {
                continue;
            };
            if !rule.operation.iter().all(ended) || all.last() == Some(&number) {
                continue;
            }
            all.push(number);
            if plan.new_actor.is_none() {
                of_known.push(number);
            }
        }
        self.new_within = self.new_within.max(plan.new_actor.unwrap_or_default());
    }
}

const fn place(outcome: Outcome) -> usize {
    match outcome {
        Outcome::Done => 0,
        Outcome::Accepted => 1,
        Outcome::Refused { .. } => 2,
        Outcome::NoAnswer => 3,
        Outcome::NotSeen => 4,
        Outcome::Unacknowledged => 5,
    }
}

/// The rules about each meaning of each protocol, by [`address`].
pub(super) fn by_meaning(rules: &[Rule], plans: &[Plan]) -> HashMap<usize, Acts, FixedState> {
    let mut index: HashMap<usize, Acts, FixedState> = HashMap::default();
    for ((number, rule), plan) in (0..).zip(rules).zip(plans) {
        if plan.last != Level::Operation {
            continue;
        }
        let about = |protocol: &str| plan.is_spoken(rule.over, Some(protocol));
        let protocols = PROTOCOLS.iter().filter(|known| about(known.name()));
        for meaning in protocols.flat_map(|protocol| protocol.meanings()) {
            if rule.operation.iter().all(|test| may_hold(test, meaning)) {
                let acts = index.entry(address(meaning)).or_default();
                acts.add(number, rule, plan);
            }
        }
    }
    index
}

/// What names a meaning: tables of meanings are static.
pub(in crate::rules) fn address(meaning: &'static Meaning) -> usize {
    std::ptr::from_ref(meaning).addr()
}

/// `ok`, `error`, `no-answer`, `not-seen`; or the word that events use.
fn is_result(outcome: Outcome, result: &str) -> bool {
    match result {
        "error" => matches!(outcome, Outcome::Refused { .. }),
        "ok" => matches!(outcome, Outcome::Done | Outcome::Unacknowledged),
        other => outcome.name() == other,
    }
}

/// Whether a test can hold for operations of this meaning.
fn may_hold(test: &OperationTest, meaning: &Meaning) -> bool {
    match test {
        OperationTest::Class { classes, negated } => {
            let class: Class = meaning.class;
            classes.contains(&class) != *negated
        }
        OperationTest::Criticality(number) => number.holds(u64::from(meaning.criticality)),
        OperationTest::Technique(technique) => meaning
            .techniques
            .iter()
            .any(|known| known.to_string().eq_ignore_ascii_case(technique)),
        OperationTest::Name { text, negated } => {
            let name = meaning.name.to_ascii_lowercase();
            let is = match text.strip_suffix('*') {
                Some(start) => name.starts_with(start),
                None => name == **text,
            };
            is != *negated
        }
        OperationTest::Target { .. }
        | OperationTest::Value(_)
        | OperationTest::ValueName(_)
        | OperationTest::Result(_) => true,
    }
}
