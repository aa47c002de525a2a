//! From rules to an immutable [`Engine`] that all workers share.
//!
//! Called once at start, on the cold side. Each rule becomes a plan (`plan::Plan`); the engine's
//! indexes say which plans a packet, a piece of stream, a message, an operation or an event has
//! to look at, so that what no rule is about costs next to nothing.

mod acts;
mod by_number;
mod class;
mod ends;
mod fast;
mod group;
mod index;
mod loose;
mod needs;
mod parallel;
mod plan;
mod reach;
mod steps;
#[cfg(test)]
mod tests;

pub(super) use acts::address;
pub(super) use ends::has_role;
pub(super) use group::{Filed, Group};
pub(super) use index::{Messages, Slot, is_over, packet_group};
pub(super) use needs::Needs;
pub(super) use plan::{BufferPlan, Level, Plan, Source};
pub(super) use steps::{ContentStep, RegexStep, Step, VARIABLES};

use super::rule::{EventTest, Rule};
use super::scan::{Cache, Outcome};
use acts::Acts;
use class::Inside;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use index::Builder;
use loose::Loose;
use parallel::parallel;

/// Rules, compiled: shared by all workers and never changed.
#[derive(Debug, Default)]
pub struct Engine {
    /// In the order in which they are decided.
    pub(super) rules: Box<[Rule]>,
    pub(super) plans: Box<[Plan]>,
    /// The hosts by which rules are told apart before anything else.
    pub(super) inside: Inside,
    /// Patterns and their rules; the fields below name them by their places.
    pub(super) groups: Box<[Group]>,
    /// By what a packet carries: TCP, UDP, anything else.
    pub(super) packets: [Filed; 3],
    /// Packet rules without a pattern to look for.
    pub(super) loose: [Loose; 3],
    /// Packet rules about fragmentation or what headers hold: fragments are laid before them.
    pub(super) fragments: Vec<u32>,
    /// Rules that ask for nothing but addresses: the first packet of each end decides.
    pub(super) first: [Loose; 3],
    pub(super) streams: Filed,
    /// Rules on streams that are bound to the beginning.
    pub(super) heads: Filed,
    /// Stream rules without a pattern to look for.
    pub(super) loose_streams: Loose,
    pub(super) messages: HashMap<&'static str, Messages, FixedState>,
    /// By the address of the meaning, which is static.
    pub(super) operations: HashMap<usize, Acts, FixedState>,
    /// By the name of the fault.
    pub(super) faults: HashMap<&'static str, Box<[u32]>, FixedState>,
    /// Some rule looks at packets, or at streams.
    pub(super) wants: (bool, bool),
}

/// A rule that cannot be evaluated on traffic, and why. The loader must refuse it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Its place among the rules given.
    pub place: usize,
    /// Why.
    pub reason: String,
}

impl Engine {
    /// Compiles rules; those that cannot be evaluated are left out and told.
    #[must_use]
    pub fn compile(rules: Vec<Rule>) -> (Self, Vec<Refused>) {
        let (engine, refused, _) = Self::compile_with(rules, None);
        (engine, refused)
    }

    /// Compiles rules, with compiled patterns from a cache where it has them.
    #[must_use]
    pub fn compile_with(rules: Vec<Rule>, cache: Option<&Cache>) -> (Self, Vec<Refused>, Outcome) {
        let mut refused = Vec::new();
        let mut planned = Vec::new();
        let plans = parallel(&rules, Plan::new);
        for (place, (rule, plan)) in rules.into_iter().zip(plans).enumerate() {
            match plan {
                Ok(plan) => planned.push((rule, plan)),
                Err(reason) => refused.push(Refused { place, reason }),
            }
        }
        // Rules that pass come first, then those that set bits before those that ask for them;
        // else the order of the files holds.
        planned.sort_by_key(|(rule, _)| plan::order(rule));
        let (rules, mut plans): (Vec<_>, Vec<_>) = planned.into_iter().unzip();
        reach::share_bits(&rules, &mut plans);
        let (engine, outcome) = Self::build(rules, plans, cache);
        (engine, refused, outcome)
    }

    fn build(rules: Vec<Rule>, mut plans: Vec<Plan>, cache: Option<&Cache>) -> (Self, Outcome) {
        let mut builder = Builder::new(Inside::of(&plans));
        let mut engine = Self::default();
        let mut faults: HashMap<&'static str, Vec<u32>, FixedState> = HashMap::default();
        for ((number, rule), plan) in (0..).zip(&rules).zip(&mut plans) {
            builder.add(number, rule, plan);
            if plan.octets.of_fragments {
                engine.fragments.push(number);
            }
            let of_list = rule.events.iter().flat_map(|event| match event {
                EventTest::AnyOf(events) => events.as_slice(),
                one => std::slice::from_ref(one),
            });
            for event in of_list {
                match event {
                    EventTest::Protocol { fault: name, .. } => {
                        faults.entry(name).or_default().push(number);
                    }
                    EventTest::Stream(event) => {
                        faults.entry(event.name()).or_default().push(number);
                    }
                    // Lists hold no lists.
                    EventTest::AnyOf(_) => {}
                }
            }
        }
        engine.operations = acts::by_meaning(&rules, &plans);
        engine.faults = faults
            .into_iter()
            .map(|(name, rules)| (name, rules.into()))
            .collect();
        let outcome = builder.finish(&plans, cache, &mut engine);
        let loose = engine.loose.iter().chain(&engine.first);
        engine.wants = (
            engine.packets.iter().any(|filed| !filed.is_empty())
                || loose.into_iter().any(|loose| !loose.is_empty()),
            !engine.streams.is_empty()
                || !engine.heads.is_empty()
                || !engine.loose_streams.is_empty(),
        );
        engine.rules = rules.into();
        engine.plans = plans.into();
        (engine, outcome)
    }

    /// The rules, in the order in which they are decided; a finding names its rule by its place
    /// here.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// A rule by its place.
    #[must_use]
    pub fn rule(&self, number: u32) -> Option<&Rule> {
        self.rules.get(number as usize)
    }

    /// Whether the desk has to decide about the matches of this rule.
    #[must_use]
    pub fn is_of_site(&self, number: u32) -> bool {
        self.plan(number).is_some_and(|plan| plan.site)
    }

    pub(super) fn plan(&self, number: u32) -> Option<&Plan> {
        self.plans.get(number as usize)
    }

    /// The engine that looks for patterns, for people.
    #[must_use]
    pub fn pattern_engine(&self) -> &'static str {
        let first = self.groups.first();
        first.map_or("aho-corasick", Group::engine)
    }
}
