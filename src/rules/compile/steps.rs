//! The tests of one buffer, made ready to run.

use crate::rules::regex::{self, Compiled};
use crate::rules::rule::{
    BufferTest, ByteJump, ByteMath, ByteTest, Content, Number, OctetTest, Regex, Value,
};
use memchr::memmem::Finder;
use std::sync::Arc;

/// Most variables of one rule.
pub(in crate::rules) const VARIABLES: usize = 32;

/// One test.
#[derive(Debug)]
pub(in crate::rules) enum Step {
    Content(Box<ContentStep>),
    Regex(Box<RegexStep>),
    ByteTest(ByteTest),
    ByteJump(ByteJump),
    ByteMath(ByteMath),
    DataAt {
        at: Value,
        relative: bool,
        negated: bool,
    },
    Size(Number),
    Base64 {
        octets: Option<u32>,
        offset: u32,
        relative: bool,
    },
    Dataset {
        values: Arc<[Box<[u8]>]>,
        negated: bool,
    },
    Reputation {
        values: Arc<[(Box<[u8]>, u16)]>,
        figure: Number,
    },
    Entropy(Number),
}

/// `content`, ready to be looked for.
#[derive(Debug)]
pub(in crate::rules) struct ContentStep {
    pub(in crate::rules) content: Content,
    /// Another place of it can help the tests behind.
    pub(in crate::rules) chained: bool,
    finder: Option<Finder<'static>>,
}

/// `pcre`, compiled.
#[derive(Debug)]
pub(in crate::rules) struct RegexStep {
    pub(in crate::rules) regex: Compiled,
    pub(in crate::rules) negated: bool,
    pub(in crate::rules) relative: bool,
    pub(in crate::rules) chained: bool,
}

impl ContentStep {
    fn new(content: &Content) -> Self {
        Self {
            finder: (!content.nocase).then(|| Finder::new(&content.octets).into_owned()),
            content: content.clone(),
            chained: false,
        }
    }

    /// The first place at or after `from` where it lies wholly before `to`.
    pub(in crate::rules) fn find(&self, octets: &[u8], from: usize, to: usize) -> Option<usize> {
        let space = octets.get(from..to)?;
        let length = self.content.octets.len();
        if let Some(finder) = &self.finder {
            return finder.find(space).map(|at| from + at);
        }
        let first = *self.content.octets.first()?;
        let last = space.len().checked_sub(length)?;
        let mut at = 0;
        while at <= last {
            let rest = space.get(at..=last)?;
            at += memchr::memchr2(first, first.to_ascii_uppercase(), rest)?;
            let here = space.get(at..at + length)?;
            if here.eq_ignore_ascii_case(&self.content.octets) {
                return Some(from + at);
            }
            at += 1;
        }
        None
    }

    /// Whether its place is told from the end of the last match.
    pub(in crate::rules) const fn relative(&self) -> bool {
        self.content.distance.is_some() || self.content.within.is_some()
    }
}

impl Step {
    /// Whether it looks from the end of the last match on.
    const fn relative(&self) -> bool {
        match self {
            Self::Content(step) => step.relative(),
            Self::Regex(step) => step.relative,
            Self::ByteTest(test) => test.relative,
            Self::ByteJump(jump) => jump.relative,
            Self::ByteMath(math) => math.relative,
            Self::DataAt { relative, .. } | Self::Base64 { relative, .. } => *relative,
            Self::Size(_) | Self::Dataset { .. } | Self::Reputation { .. } | Self::Entropy(_) => {
                false
            }
        }
    }

    /// Whether what is behind it no longer depends on what was before.
    const fn restarts(&self) -> bool {
        match self {
            Self::Content(step) => !step.content.negated && !step.relative(),
            Self::Regex(step) => !step.negated && !step.relative,
            Self::ByteJump(jump) => !jump.relative,
            Self::ByteMath(math) => !math.relative,
            _ => false,
        }
    }
}

/// Makes the tests of a buffer ready.
pub(super) fn steps(test: &BufferTest) -> Result<Box<[Step]>, String> {
    let mut steps = Vec::with_capacity(test.tests.len());
    for test in &test.tests {
        steps.push(step(test)?);
    }
    let mut helps = false;
    for step in steps.iter_mut().rev() {
        match step {
            Step::Content(content) => content.chained = helps,
            Step::Regex(regex) => regex.chained = helps,
            _ => {}
        }
        helps = step.relative() || (helps && !step.restarts());
    }
    Ok(steps.into())
}

fn step(test: &OctetTest) -> Result<Step, String> {
    Ok(match test {
        OctetTest::Content(content) if content.octets.is_empty() => {
            return Err("content without octets".to_owned());
        }
        OctetTest::Content(content) => Step::Content(Box::new(ContentStep::new(content))),
        OctetTest::Regex(expression) => Step::Regex(Box::new(regex_step(expression)?)),
        OctetTest::ByteTest(test) => Step::ByteTest(test.clone()),
        OctetTest::ByteJump(jump) => Step::ByteJump(jump.clone()),
        OctetTest::ByteMath(math) if usize::from(math.result) >= VARIABLES => {
            return Err(format!("more than {VARIABLES} variables in one rule"));
        }
        OctetTest::ByteMath(math) => Step::ByteMath(math.clone()),
        OctetTest::DataAt {
            at,
            relative,
            negated,
        } => Step::DataAt {
            at: *at,
            relative: *relative,
            negated: *negated,
        },
        OctetTest::Size(number) => Step::Size(number.clone()),
        OctetTest::Base64 {
            octets,
            offset,
            relative,
        } => Step::Base64 {
            octets: *octets,
            offset: *offset,
            relative: *relative,
        },
        OctetTest::Dataset { values, negated } => Step::Dataset {
            values: Arc::clone(values),
            negated: *negated,
        },
        OctetTest::Reputation { values, figure } => Step::Reputation {
            values: Arc::clone(values),
            figure: figure.clone(),
        },
        OctetTest::Entropy(number) => Step::Entropy(number.clone()),
    })
}

fn regex_step(expression: &Regex) -> Result<RegexStep, String> {
    let regex = regex::compile(expression).map_err(|error| format!("pcre: {error}"))?;
    Ok(RegexStep {
        regex,
        negated: expression.negated,
        relative: expression.relative,
        chained: false,
    })
}
