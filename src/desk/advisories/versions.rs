//! Versions of firmware, and the ranges of them that advisories name.
//!
//! Ranges come as `vers:` URIs and as text (`< V4.5`, `All versions`, `V2.0 and earlier`). What
//! cannot be read for certain is not guessed: such a range holds neither for nor against a
//! version.

use std::cmp::Ordering;

/// A version: numbers, of which one may stand for any, and what comes behind them (`SP1`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Version {
    numbers: Vec<Option<u64>>,
    suffixes: Vec<(String, u64)>,
}

/// Words behind the numbers of a version that are known, and the one they mean.
const SUFFIXES: [(&str, &str); 11] = [
    ("sp", "sp"),
    ("upd", "update"),
    ("update", "update"),
    ("hf", "hotfix"),
    ("hotfix", "hotfix"),
    ("patch", "patch"),
    ("build", "build"),
    ("rev", "revision"),
    ("rc", "rc"),
    ("beta", "beta"),
    ("alpha", "alpha"),
];

/// Of these a version with one comes before the one without.
const EARLY: [&str; 3] = ["alpha", "beta", "rc"];

/// Words that may stand before a version and say nothing.
const BEFORE: [&str; 6] = ["version", "firmware", "release", "fw", "ver", "v"];

impl Version {
    /// Reads a version; `None` where anything in it is not understood.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let lower = text.trim().to_lowercase();
        let mut rest = lower.as_str();
        for word in BEFORE {
            if let Some(behind) = rest.strip_prefix(word) {
                rest = behind.trim_start_matches([' ', '.', ':']);
            }
        }
        if !rest.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        let mut version = Self {
            numbers: Vec::new(),
            suffixes: Vec::new(),
        };
        for (word, number) in words(rest)? {
            match (word.as_str(), number) {
                ("", Some(number)) if version.suffixes.is_empty() => {
                    version.numbers.push(Some(number));
                }
                ("", Some(number)) => {
                    // The number of the word before it.
                    let last = version.suffixes.last_mut()?;
                    if last.1 != 0 {
                        return None;
                    }
                    last.1 = number;
                }
                ("x", None) if version.suffixes.is_empty() => version.numbers.push(None),
                (word, None) => {
                    let known = SUFFIXES.iter().find(|(known, _)| *known == word);
                    let letter = (word.len() == 1).then_some(word);
                    let meant = known.map(|(_, meant)| *meant).or(letter)?;
                    version.suffixes.push((meant.to_owned(), 0));
                }
                (_, Some(_)) => return None,
            }
        }
        Some(version)
    }

    /// Which comes first; `None` where that cannot be told.
    pub(super) fn compare(&self, other: &Self) -> Option<Ordering> {
        let length = self.numbers.len().max(other.numbers.len());
        for place in 0..length {
            let number = |version: &Self| version.numbers.get(place).copied().unwrap_or(Some(0));
            let (Some(one), Some(two)) = (number(self), number(other)) else {
                continue;
            };
            if one != two {
                return Some(one.cmp(&two));
            }
        }
        let mut pairs = self.suffixes.iter().zip(&other.suffixes);
        let apart = pairs.find(|(one, two)| one != two);
        if let Some((one, two)) = apart {
            return match one.0 == two.0 {
                true => Some(one.1.cmp(&two.1)),
                // Letters that stand for themselves come in their order.
                false if one.0.len() == 1 && two.0.len() == 1 => Some(one.0.cmp(&two.0)),
                false => None,
            };
        }
        let (one, two) = (self.suffixes.len(), other.suffixes.len());
        let (longer, order) = match one.cmp(&two) {
            Ordering::Equal => return Some(Ordering::Equal),
            Ordering::Greater => (self.suffixes.get(two), Ordering::Greater),
            Ordering::Less => (other.suffixes.get(one), Ordering::Less),
        };
        let early = longer.is_some_and(|(word, _)| EARLY.contains(&word.as_str()));
        Some(if early { order.reverse() } else { order })
    }
}

/// The words and numbers of a version, in order; `None` where there is anything else.
fn words(text: &str) -> Option<Vec<(String, Option<u64>)>> {
    let mut found: Vec<(String, Option<u64>)> = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let same: fn(char) -> bool = match first {
            c if c.is_ascii_digit() => |c| c.is_ascii_digit(),
            c if c.is_ascii_alphabetic() => |c| c.is_ascii_alphabetic(),
            '.' | '-' | '_' | ' ' | '/' | '+' => {
                rest = rest.get(1..)?;
                continue;
            }
            _ => return None,
        };
        let end = rest.find(|c| !same(c)).unwrap_or(rest.len());
        let (word, behind) = rest.split_at_checked(end)?;
        rest = behind;
        found.push(match first.is_ascii_digit() {
            true => (String::new(), Some(word.parse().ok()?)),
            false => (word.to_owned(), None),
        });
    }
    Some(found)
}

/// How a version stands to the one of a constraint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparator {
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Equal,
    NotEqual,
}

use Comparator::{Equal, Greater, GreaterEqual, Less, LessEqual, NotEqual};

/// Comparators as they are written; what begins like another comes first.
const WRITTEN: [(&str, Comparator); 8] = [
    ("<=", LessEqual),
    (">=", GreaterEqual),
    ("=<", LessEqual),
    ("=>", GreaterEqual),
    ("!=", NotEqual),
    ("<", Less),
    (">", Greater),
    ("=", Equal),
];

/// What stands behind a version and means a comparator.
const BEHIND: [(&str, Comparator); 16] = [
    (" and earlier", LessEqual),
    (" or earlier", LessEqual),
    (" and prior", LessEqual),
    (" or prior", LessEqual),
    (" and below", LessEqual),
    (" or below", LessEqual),
    (" and lower", LessEqual),
    (" or lower", LessEqual),
    (" and older", LessEqual),
    (" or older", LessEqual),
    (" and later", GreaterEqual),
    (" or later", GreaterEqual),
    (" and newer", GreaterEqual),
    (" or newer", GreaterEqual),
    (" and higher", GreaterEqual),
    (" or higher", GreaterEqual),
];

/// What stands before one.
const AHEAD: [(&str, Comparator); 7] = [
    ("up to and including ", LessEqual),
    ("prior to ", Less),
    ("earlier than ", Less),
    ("lower than ", Less),
    ("less than ", Less),
    ("before ", Less),
    ("below ", Less),
];

/// A range of versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Range {
    /// Every version.
    All,
    /// What its constraints permit.
    Of(Constraints),
    /// A text that is not understood.
    Unclear,
}

/// Constraints in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Constraints(Vec<(Comparator, Version)>);

impl Range {
    /// Reads a range.
    pub(super) fn read(text: &str) -> Self {
        let lower = text
            .trim()
            .to_lowercase()
            .replace('≤', "<=")
            .replace('≥', ">=");
        let constraints = match lower.strip_prefix("vers:") {
            Some(rest) => match rest.split_once('/') {
                Some((_, "*")) => return Self::All,
                Some((_, constraints)) => uri(constraints),
                None => None,
            },
            None => match without_fillers(&lower) {
                "" | "*" => return Self::All,
                rest => text_range(rest),
            },
        };
        constraints.map_or(Self::Unclear, |all| Self::Of(Constraints(all)))
    }

    /// The versions from this one on, or up to it.
    pub(super) fn bound(&self, upwards: bool) -> Self {
        match self {
            Self::Of(Constraints(all)) => match all.as_slice() {
                [(Equal, version)] => {
                    let comparator = if upwards { GreaterEqual } else { LessEqual };
                    Self::Of(Constraints(vec![(comparator, version.clone())]))
                }
                _ => self.clone(),
            },
            _ => self.clone(),
        }
    }

    /// Whether it names single versions and no span.
    pub(super) fn is_exact(&self) -> bool {
        match self {
            Self::Of(Constraints(all)) => all.iter().all(|(comparator, _)| *comparator == Equal),
            _ => false,
        }
    }

    /// Whether a version is in it; `None` where that cannot be told.
    pub(super) fn has(&self, version: &Version) -> Option<bool> {
        match self {
            Self::All => Some(true),
            Self::Of(constraints) => constraints.permit(version),
            Self::Unclear => None,
        }
    }
}

impl Constraints {
    /// As the specification of `vers` has it: single versions first, then the spans between a
    /// lower and an upper bound that follow each other.
    fn permit(&self, version: &Version) -> Option<bool> {
        let Self(all) = self;
        let mut bounds = Vec::new();
        for (comparator, named) in all {
            let order = version.compare(named)?;
            // Whether 4.5 lies before 4.x, or behind it, nobody can tell.
            let is_open = named.numbers.contains(&None) && order == Ordering::Equal;
            if is_open && matches!(comparator, Less | Greater) {
                return None;
            }
            match comparator {
                Equal if order == Ordering::Equal => return Some(true),
                NotEqual if order == Ordering::Equal => return Some(false),
                Equal | NotEqual => {}
                _ => bounds.push((*comparator, named, order)),
            }
        }
        if bounds.is_empty() {
            return Some(all.iter().all(|(comparator, _)| *comparator == NotEqual));
        }
        bounds.sort_by(|one, two| one.1.compare(two.1).unwrap_or(Ordering::Equal));
        // A version stands once in a range of `vers`: one that begins a span and ends it is an
        // error of the advisory, and the device could be on either side.
        let is_twice = |pair: &[(Comparator, &Version, Ordering)]| matches!(pair, [one, two] if one.1.compare(two.1) == Some(Ordering::Equal));
        if bounds.windows(2).any(is_twice) {
            return None;
        }
        let mut open = true;
        let mut inside = false;
        for (place, (comparator, _, order)) in bounds.iter().enumerate() {
            match comparator {
                Greater | GreaterEqual => {
                    let above = *order == Ordering::Greater
                        || (*comparator == GreaterEqual && *order == Ordering::Equal);
                    open = above;
                    // The last lower bound without an upper one behind it.
                    inside |= above && place + 1 == bounds.len();
                }
                _ => {
                    let below = *order == Ordering::Less
                        || (*comparator == LessEqual && *order == Ordering::Equal);
                    inside |= open && below;
                    open = false;
                }
            }
        }
        Some(inside)
    }
}

/// The constraints of a `vers:` URI.
fn uri(text: &str) -> Option<Vec<(Comparator, Version)>> {
    let one = |part: &str| {
        let part = unescaped(part.trim())?;
        let (comparator, version) = compared(&part).unwrap_or((Equal, &part));
        Some((comparator, Version::parse(version)?))
    };
    text.split('|').map(one).collect()
}

/// A text without percent signs.
fn unescaped(text: &str) -> Option<String> {
    let mut parts = text.split('%');
    let mut out = parts.next()?.to_owned();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2)?;
        out.push(char::from(u8::from_str_radix(digits, 16).ok()?));
        out.push_str(rest);
    }
    Some(out)
}

/// A comparator and what stands behind it.
fn compared(text: &str) -> Option<(Comparator, &str)> {
    WRITTEN.iter().find_map(|(written, comparator)| {
        let rest = text.strip_prefix(written)?;
        Some((*comparator, rest.trim()))
    })
}

/// A text without what says only that versions follow.
fn without_fillers(text: &str) -> &str {
    let mut rest = text;
    for filler in ["all", "firmware", "versions", "version", ":"] {
        let behind = rest.strip_prefix(filler);
        // A word ends where it ends.
        let whole = behind.filter(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric()));
        rest = whole.unwrap_or(rest).trim_start();
    }
    rest
}

/// The constraints of a text.
fn text_range(text: &str) -> Option<Vec<(Comparator, Version)>> {
    if let Some((words, comparator)) = BEHIND.iter().find(|(words, _)| text.ends_with(words)) {
        let version = text.strip_suffix(words)?;
        return Some(vec![(*comparator, Version::parse(version)?)]);
    }
    for (words, comparator) in AHEAD {
        if let Some(version) = text.strip_prefix(words) {
            return Some(vec![(
                comparator,
                Version::parse(without_fillers(version))?,
            )]);
        }
    }
    for between in [" through ", " to ", " up to "] {
        if let Some((first, last)) = text.split_once(between) {
            let (first, last) = (Version::parse(first)?, Version::parse(last)?);
            return Some(vec![(GreaterEqual, first), (LessEqual, last)]);
        }
    }
    let mut found = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (comparator, behind) = match compared(rest) {
            Some(one) => one,
            None if found.is_empty() => (Equal, rest),
            None => return None,
        };
        let end = behind.find(['<', '>', '=', '!', '|', ',', '&']);
        let (version, next) = behind.split_at_checked(end.unwrap_or(behind.len()))?;
        let version = version.trim();
        let version = version.strip_suffix(" and").unwrap_or(version);
        found.push((comparator, Version::parse(version)?));
        rest = next.trim_start_matches(['|', ',', '&', ' ']);
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has(range: &str, version: &str) -> Option<bool> {
        Range::read(range).has(&Version::parse(version).unwrap())
    }

    #[test]
    fn versions_come_in_their_order() {
        let order = |one: &str, two: &str| {
            Version::parse(one)
                .unwrap()
                .compare(&Version::parse(two).unwrap())
        };
        let less = [
            ("V4.4.9", "v4.5"),
            ("3.9", "3.10"),
            ("20.011", "20.013"),
            ("V2.0", "V2.0 SP1"),
            ("V2.0 SP1", "V2.0 SP2"),
            ("2.0 rc1", "2.0"),
            ("1.2a", "1.2b"),
            ("V8.2", "V8.2 Update 1"),
        ];
        for (one, two) in less {
            assert_eq!(order(one, two), Some(Ordering::Less), "{one} {two}");
            assert_eq!(order(two, one), Some(Ordering::Greater), "{two} {one}");
        }
        for (one, two) in [
            ("V4.5", "4.5.0"),
            ("FW 4.5", "version 4.5"),
            ("3.2.17", "V3.X.17"),
        ] {
            assert_eq!(order(one, two), Some(Ordering::Equal), "{one} {two}");
        }
        assert_eq!(order("2.0 SP1", "2.0 HF1"), None);
        for unclear in ["", "latest", "4.5 only with module X", "3.1 (incl. SIPLUS)"] {
            assert_eq!(Version::parse(unclear), None, "{unclear}");
        }
    }

    #[test]
    fn ranges_hold_what_they_say() {
        let rows = [
            ("All versions", "1.0", Some(true)),
            ("all versions < V20.9", "V20.8", Some(true)),
            ("all versions < V20.9", "V20.9", Some(false)),
            ("<V4.5", "V4.4.9", Some(true)),
            ("< V4.5", "V4.5.0", Some(false)),
            (">=V2.0|<V3.1", "V1.9", Some(false)),
            (">=V2.0|<V3.1", "V2.0", Some(true)),
            (">=V2.0|<V3.1", "V3.1", Some(false)),
            ("All versions >= V2.0 < V3.1", "V3.0.9", Some(true)),
            ("All versions >= V2.0 and < V3.1", "V3.1", Some(false)),
            ("≤ 3.2", "3.2", Some(true)),
            ("V3.2 and prior", "V3.3", Some(false)),
            ("3.2 or later", "V3.3", Some(true)),
            ("prior to V3.2", "V3.2", Some(false)),
            ("versions before 3.2", "3.1", Some(true)),
            ("20.011 through 21.005", "20.013", Some(true)),
            ("20.011 to 21.005", "21.006", Some(false)),
            ("All versions < V3.X.17", "V3.2.16", Some(true)),
            ("V2.1", "2.1.0", Some(true)),
            ("V2.1", "2.2", Some(false)),
            ("vers:intdot/<3.3.17", "3.3.16", Some(true)),
            ("vers:intdot/>=1.0|<2.0|>=3.0|<4.0", "2.5", Some(false)),
            ("vers:intdot/>=1.0|<2.0|>=3.0|<4.0", "3.5", Some(true)),
            ("vers:intdot/>=3.0", "9.9", Some(true)),
            ("vers:generic/!=2.0", "2.0", Some(false)),
            ("vers:generic/!=2.0", "2.1", Some(true)),
            ("vers:generic/1.0|1.2", "1.2", Some(true)),
            ("vers:generic/1.0|1.2", "1.1", Some(false)),
            ("vers:generic/%3C%3D2.0", "2.0", Some(true)),
            ("vers:all/*", "0", Some(true)),
            ("All versions < V4.5 only with option X", "V4.4", None),
            ("see the product page", "V4.4", None),
            ("vers:intdot", "V4.4", None),
            ("< V2.0 SP1", "V2.0 HF1", None),
        ];
        for (range, version, answer) in rows {
            assert_eq!(has(range, version), answer, "{version} in {range}");
        }
    }
}
