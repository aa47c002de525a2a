//! Rules by the pattern that is looked for first: which databases some octets are scanned with.

use super::by_number::ByNumber;
use super::class::{CLASSES, turned};
use super::fast::Needle;
use super::plan::Plan;
use crate::rules::rule::Over;
use crate::rules::scan::{Cache, Database, Outcome, Pattern, Scratch};
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use std::collections::BTreeMap;

/// Most ports of one end under which a rule is filed one by one; a wider range counts as any.
pub(super) const PORTS: usize = 1024;

/// Patterns that compile in less than a tenth of a second, so that a file of them is not worth
/// its room.
const CACHED: usize = 1000;

/// Patterns looked for in one scan, and their rules.
#[derive(Debug)]
pub(in crate::rules) struct Group {
    database: Database,
    /// For each pattern its rules.
    rules: Box<[Box<[u32]>]>,
    /// Octets of the longest pattern.
    pub(in crate::rules) longest: usize,
}

/// The groups with which octets are scanned: one for the rules about any port, by class, and
/// those for the rules about each port of either end.
#[derive(Debug, Default)]
pub(in crate::rules) struct Filed {
    any: [Option<u32>; CLASSES],
    /// Those of `any` whose headers name no protocol: enough where the conversation is known to
    /// speak none of `protocols`, as those of the plant mostly do.
    plain: [Option<u32>; CLASSES],
    protocols: Vec<&'static str>,
    from: ByNumber<u32>,
    to: ByNumber<u32>,
}

/// [`Filed`] while rules are added.
#[derive(Debug, Default)]
pub(super) struct Filing {
    any: [Vec<u32>; CLASSES],
    plain: [Vec<u32>; CLASSES],
    protocols: Vec<&'static str>,
    from: ByNumber<Vec<u32>>,
    to: ByNumber<Vec<u32>>,
}

/// Groups to be compiled: each set of patterns and rules once.
#[derive(Debug, Default)]
pub(super) struct Groups {
    known: HashMap<BTreeMap<Needle, Vec<u32>>, u32, FixedState>,
}

impl Group {
    fn new(patterns: BTreeMap<Needle, Vec<u32>>, database: Database) -> Self {
        Self {
            database,
            longest: patterns.keys().map(|n| n.octets.len()).max().unwrap_or(0),
            rules: patterns.into_values().map(Vec::into_boxed_slice).collect(),
        }
    }

    /// Adds the rules whose pattern is in the octets.
    pub(in crate::rules) fn scan(
        &self,
        octets: &[u8],
        scratch: &mut Scratch,
        hits: &mut Vec<u32>,
        candidates: &mut Vec<u32>,
    ) {
        hits.clear();
        self.database.scan(octets, scratch, hits);
        for hit in hits.iter() {
            if let Some(rules) = self.rules.get(*hit as usize) {
                candidates.extend_from_slice(rules);
            }
        }
    }

    pub(super) const fn engine(&self) -> &'static str {
        self.database.engine()
    }
}

impl Filed {
    /// The places of the groups for octets of this class between these ports, whose conversation
    /// speaks this where it is known.
    pub(in crate::rules) fn groups(
        &self,
        class: usize,
        (source, destination): (u16, u16),
        speaks: Option<&'static str>,
    ) -> impl Iterator<Item = u32> {
        let any = match speaks {
            Some(speaks) if !self.protocols.contains(&speaks) => &self.plain,
            _ => &self.any,
        };
        let any = any.get(class).copied().flatten();
        let from = self.from.get(source).copied();
        let to = self.to.get(destination).copied();
        any.into_iter().chain(from).chain(to)
    }

    /// Whether octets of this class, or of the other direction, are scanned at all.
    pub(in crate::rules) fn has_either(&self, class: usize, source: u16, destination: u16) -> bool {
        let mut turned = self.groups(turned(class), (destination, source), None);
        let mut same = self.groups(class, (source, destination), None);
        turned.next().is_some() || same.next().is_some()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.any.iter().all(Option::is_none) && self.from.is_empty() && self.to.is_empty()
    }
}

impl Filing {
    /// Files a rule by its ports or, where it is about too many, under the classes in which it
    /// can match.
    pub(super) fn add(&mut self, number: u32, over: Over, plan: &Plan, classes: &[usize]) {
        let (right, left) = (&plan.ends.1, &plan.ends.0);
        let (ports, near, far) = if let Some(ports) = right.few_ports(PORTS) {
            (ports, &mut self.to, &mut self.from)
        } else if let Some(ports) = left.few_ports(PORTS) {
            (ports, &mut self.from, &mut self.to)
        } else {
            return self.add_any(number, over, classes);
        };
        for port in ports {
            near.of(port).push(number);
            if plan.both_ways {
                far.of(port).push(number);
            }
        }
    }

    /// Files a rule under the classes in which it can match.
    pub(super) fn add_any(&mut self, number: u32, over: Over, classes: &[usize]) {
        let protocol = match over {
            Over::Protocol(protocol) => Some(protocol),
            _ => None,
        };
        for class in classes {
            if let Some(any) = self.any.get_mut(*class) {
                any.push(number);
            }
            if let Some(plain) = self.plain.get_mut(*class).filter(|_| protocol.is_none()) {
                plain.push(number);
            }
        }
        if let Some(protocol) = protocol.filter(|known| !self.protocols.contains(known)) {
            self.protocols.push(protocol);
        }
    }

    /// Makes groups of what was filed; `needle` has the pattern of each rule.
    pub(super) fn finish<'n>(
        self,
        groups: &mut Groups,
        needle: impl Fn(u32) -> Option<&'n Needle>,
    ) -> Filed {
        let mut group = |rules: Vec<u32>| groups.add(&rules, &needle);
        let any = self.any.map(|any| (!any.is_empty()).then(|| group(any)));
        let plain = self.plain.map(|any| (!any.is_empty()).then(|| group(any)));
        let mut each = |ports: ByNumber<Vec<u32>>| {
            let mut groups = ByNumber::default();
            for (port, rules) in ports.into_iter() {
                *groups.of(port) = group(rules);
            }
            groups
        };
        Filed {
            any,
            plain,
            protocols: self.protocols,
            from: each(self.from),
            to: each(self.to),
        }
    }
}

impl Groups {
    /// The place of a group of these rules.
    fn add<'n>(&mut self, rules: &[u32], needle: &impl Fn(u32) -> Option<&'n Needle>) -> u32 {
        let mut patterns: BTreeMap<Needle, Vec<u32>> = BTreeMap::new();
        for rule in rules {
            if let Some(needle) = needle(*rule) {
                patterns.entry(needle.clone()).or_default().push(*rule);
            }
        }
        let next = u32::try_from(self.known.len()).unwrap_or(u32::MAX);
        *self.known.entry(patterns).or_insert(next)
    }

    /// Compiles all, or reads them from the cache.
    pub(super) fn compile(self, cache: Option<&Cache>) -> (Box<[Group]>, Outcome) {
        let mut all: Vec<_> = self.known.into_iter().collect();
        all.sort_unstable_by_key(|(_, place)| *place);
        let mut sets: Vec<Vec<Pattern<'_>>> = Vec::with_capacity(all.len());
        for (needles, _) in &all {
            let pattern = needles.keys().map(|needle| Pattern {
                octets: &needle.octets,
                nocase: needle.nocase,
            });
            sets.push(pattern.collect());
        }
        let patterns: usize = sets.iter().map(Vec::len).sum();
        // One after the other: each takes several times its own size on the way, and a sensor that
        // reads its rules again holds those it has meanwhile.
        let compile = || sets.iter().map(|set| Database::compile(set)).collect();
        let (databases, outcome) = match cache {
            Some(cache) if patterns > CACHED => cache.databases(&sets, compile),
            _ => (compile(), Outcome::Off),
        };
        drop(sets);
        let groups = all.into_iter().zip(databases);
        let groups = groups.map(|((needles, _), database)| Group::new(needles, database));
        (groups.collect(), outcome)
    }
}
