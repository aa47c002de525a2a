//! The tests of one buffer, run in order.
//!
//! Semantics are Suricata's: a test that is relative looks from the end of the last match on,
//! and where it fails, the content before it is looked for at its next place. The number of
//! steps is bounded.

use super::extract;
use crate::rules::compile::{ContentStep, RegexStep, Step, VARIABLES};
use crate::rules::rule::Value;

/// Most steps over one buffer for one rule, as Suricata's recursion limit.
const STEPS: u32 = 3000;

/// Values that `byte_extract` and `byte_math` keep.
pub(super) type Variables = [u64; VARIABLES];

/// One buffer and what its tests find in it.
pub(super) struct Run<'a> {
    pub(super) octets: &'a [u8],
    pub(super) steps: &'a [Step],
    pub(super) variables: &'a mut Variables,
    /// What `base64_decode` leaves.
    pub(super) decoded: &'a mut Vec<u8>,
    /// The test at this place must match behind this many octets.
    pub(super) fresh: Option<(usize, usize)>,
    /// From where to where the matches lie.
    pub(super) span: (usize, usize),
    left: u32,
}

/// How the tests from one on went.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ran {
    Yes,
    No,
    /// No other place of what was found before can help.
    Never,
}

impl<'a> Run<'a> {
    pub(super) fn new(
        octets: &'a [u8],
        steps: &'a [Step],
        variables: &'a mut Variables,
        decoded: &'a mut Vec<u8>,
    ) -> Self {
        Self {
            octets,
            steps,
            variables,
            decoded,
            fresh: None,
            span: (usize::MAX, 0),
            left: STEPS,
        }
    }

    /// Whether all tests hold.
    pub(super) fn holds(&mut self) -> bool {
        self.left = STEPS;
        self.from(0, 0, (usize::MAX, 0)) == Ran::Yes
    }

    /// Runs the tests from `place` on; the last match ended at `at`.
    fn from(&mut self, place: usize, at: usize, span: (usize, usize)) -> Ran {
        let Some(step) = self.steps.get(place) else {
            self.span = span;
            return Ran::Yes;
        };
        if self.left == 0 {
            return Ran::Never;
        }
        self.left -= 1;
        let then = match step {
            Step::Content(step) => return self.content(step, place, at, span),
            Step::Regex(step) => return self.regex(step, place, at, span),
            Step::ByteTest(test) => {
                extract::test(self.octets, test, at, self.variables).then_some(at)
            }
            Step::ByteJump(jump) => extract::jump(self.octets, jump, at, self.variables),
            Step::ByteMath(math) => extract::math(self.octets, math, at, self.variables),
            Step::DataAt {
                at: on,
                relative,
                negated,
            } => {
                let on = self.value(*on);
                let length = length(self.octets);
                let there = if *relative {
                    // So many octets follow; 0 asks for anything at all.
                    length >= signed(at).saturating_add(if on == 0 { 1 } else { on })
                } else {
                    length > on
                };
                (there != *negated).then_some(at)
            }
            Step::Size(number) => number.holds(self.octets.len() as u64).then_some(at),
            Step::Base64 {
                octets,
                offset,
                relative,
            } => {
                let base = if *relative { at } else { 0 };
                let start = base.saturating_add(*offset as usize);
                extract::base64(self.octets, start, *octets, self.decoded).then_some(at)
            }
            Step::Dataset { values, negated } => {
                let known = values.binary_search_by(|value| (**value).cmp(self.octets));
                (known.is_ok() != *negated).then_some(at)
            }
            Step::Reputation { values, figure } => {
                let known = values.binary_search_by(|(value, _)| (**value).cmp(self.octets));
                let known = known.ok().and_then(|place| values.get(place));
                known
                    .is_some_and(|(_, its)| figure.holds(u64::from(*its)))
                    .then_some(at)
            }
            Step::Entropy(number) => number
                .holds_float(extract::entropy(self.octets))
                .then_some(at),
        };
        match then {
            Some(at) => self.from(place + 1, at, span),
            None => Ran::No,
        }
    }

    /// `content`: tries its places from the first to the last that the tests behind it take.
    fn content(
        &mut self,
        step: &ContentStep,
        place: usize,
        at: usize,
        span: (usize, usize),
    ) -> Ran {
        let content = &step.content;
        let length = content.octets.len();
        let Some((mut from, to)) = self.space(step, at) else {
            return if content.negated {
                self.from(place + 1, at, span)
            } else {
                self.missing(step)
            };
        };
        if let Some((fresh, behind)) = self.fresh
            && fresh == place
        {
            from = from.max((behind + 1).saturating_sub(length));
        }
        let mut found_any = false;
        while let Some(found) = step.find(self.octets, from.min(to), to) {
            let end = found + length;
            if content.ends && end != self.octets.len() {
                from = found + 1;
                continue;
            }
            if content.negated {
                return Ran::No;
            }
            found_any = true;
            match self.from(place + 1, end, (span.0.min(found), span.1.max(end))) {
                Ran::No if step.chained && self.left > 0 => from = found + 1,
                ran => return ran,
            }
        }
        if content.negated {
            return self.from(place + 1, at, span);
        }
        if found_any {
            Ran::No
        } else {
            self.missing(step)
        }
    }

    /// What it means that a content was not found.
    fn missing(&self, step: &ContentStep) -> Ran {
        let content = &step.content;
        let fixed = |value: Option<Value>| !matches!(value, Some(Value::Variable(_)));
        if step.relative() || !fixed(content.offset) || !fixed(content.depth) {
            Ran::No
        } else {
            Ran::Never
        }
    }

    /// From where to where a content may lie; `None` where it cannot.
    fn space(&self, step: &ContentStep, at: usize) -> Option<(usize, usize)> {
        let content = &step.content;
        let all = length(self.octets);
        let value = |value: Option<Value>| value.map(|value| self.value(value));
        let (from, to) = if step.relative() {
            let from = signed(at).saturating_add(value(content.distance).unwrap_or(0));
            let within = value(content.within);
            (
                from,
                within.map_or(all, |within| from.saturating_add(within)),
            )
        } else {
            let from = value(content.offset).unwrap_or(0);
            let size = signed(content.octets.len());
            let depth = value(content.depth).or(content.starts.then_some(size));
            (from, depth.map_or(all, |depth| from.saturating_add(depth)))
        };
        let from = usize::try_from(from.max(0)).ok()?;
        let to = usize::try_from(to.min(all)).ok()?;
        (from <= to).then_some((from, to))
    }

    /// `pcre`.
    fn regex(&mut self, step: &RegexStep, place: usize, at: usize, span: (usize, usize)) -> Ran {
        let base = if step.relative { at } else { 0 };
        let Some(space) = self.octets.get(base..) else {
            return if step.negated {
                self.from(place + 1, at, span)
            } else {
                Ran::No
            };
        };
        let mut from = 0;
        let behind = self
            .fresh
            .and_then(|(fresh, behind)| (fresh == place).then_some(behind));
        while let Some((start, end)) = step.regex.find(space, from) {
            if step.negated {
                return Ran::No;
            }
            let (first, last) = (base + start, base + end);
            if behind.is_none_or(|behind| last > behind) {
                match self.from(place + 1, last, (span.0.min(first), span.1.max(last))) {
                    Ran::No if step.chained && self.left > 0 => {}
                    ran => return ran,
                }
            } else if self.left == 0 {
                return Ran::Never;
            } else {
                self.left -= 1;
            }
            from = start + 1;
        }
        if step.negated {
            return self.from(place + 1, at, span);
        }
        Ran::No
    }

    fn value(&self, value: Value) -> i64 {
        extract::value(value, self.variables)
    }
}

/// A place as a number with a sign; what is in memory has one.
pub(super) fn signed(place: usize) -> i64 {
    i64::try_from(place).unwrap_or(i64::MAX)
}

/// The number of octets, with a sign.
pub(super) fn length(octets: &[u8]) -> i64 {
    signed(octets.len())
}
