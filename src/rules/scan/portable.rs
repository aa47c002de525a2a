//! Patterns by `aho-corasick`: pure Rust, linear, on every CPU.
//!
//! Patterns with and without regard to case lie in two automata.

use super::Pattern;
use aho_corasick::AhoCorasick;

#[derive(Debug)]
pub(super) struct Database {
    exact: Option<Automaton>,
    nocase: Option<Automaton>,
    patterns: usize,
}

#[derive(Debug)]
struct Automaton {
    search: AhoCorasick,
    /// The number in the database of each of its patterns.
    numbers: Box<[u32]>,
}

/// Which patterns were found in the scan at hand.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    scan: u32,
    /// For each pattern the scan that found it last.
    found: Vec<u32>,
}

impl Database {
    pub(super) fn compile(patterns: &[Pattern<'_>]) -> Self {
        Self {
            exact: Automaton::compile(patterns, false),
            nocase: Automaton::compile(patterns, true),
            patterns: patterns.len(),
        }
    }

    pub(super) fn scan(&self, octets: &[u8], scratch: &mut Scratch, hits: &mut Vec<u32>) {
        if scratch.found.len() < self.patterns {
            scratch.found.resize(self.patterns, 0);
        }
        scratch.scan = scratch.scan.wrapping_add(1);
        if scratch.scan == 0 {
            scratch.found.fill(0);
            scratch.scan = 1;
        }
        for automaton in [&self.exact, &self.nocase].into_iter().flatten() {
            for hit in automaton.search.find_overlapping_iter(octets) {
                let number = automaton.numbers.get(hit.pattern().as_usize());
                let Some((number, found)) =
                    number.and_then(|n| Some((*n, scratch.found.get_mut(*n as usize)?)))
                else {
                    continue;
                };
                if *found != scratch.scan {
                    *found = scratch.scan;
                    hits.push(number);
                }
            }
        }
    }
}

impl Automaton {
    /// The automaton of the patterns with or without regard to case; `None` where there are
    /// none, or more than an automaton can hold.
    fn compile(patterns: &[Pattern<'_>], nocase: bool) -> Option<Self> {
        let mine = (0..)
            .zip(patterns)
            .filter(|(_, pattern)| pattern.nocase == nocase && !pattern.octets.is_empty());
        let (numbers, octets): (Vec<u32>, Vec<&[u8]>) = mine
            .map(|(number, pattern)| (number, pattern.octets))
            .unzip();
        if octets.is_empty() {
            return None;
        }
        let search = AhoCorasick::builder()
            .ascii_case_insensitive(nocase)
            .build(octets)
            .ok()?;
        Some(Self {
            search,
            numbers: numbers.into(),
        })
    }
}
