//! Comparisons with numbers, in all forms that the words take: `5`, `!5`, `<5`, `>=5`, `3<>9`
//! and `3-9` (between, both excluded, as in Suricata), `3..9` (both included), `1,2,3`,
//! `&0xc0=0x80`.

use super::text::Text;
use super::{Cause, Flaw};
use crate::rules::rule::Number;

impl Text<'_> {
    /// A comparison with numbers from 0 to `greatest`.
    pub(crate) fn number(self, greatest: u64) -> Result<Number, Flaw> {
        let text = self.trim();
        if let Some(number) = between(text, greatest)? {
            return Ok(number);
        }
        if let Some(rest) = text.strip("&") {
            return masked(rest, greatest);
        }
        for (sign, compare) in COMPARISONS {
            if let Some(rest) = text.strip(sign) {
                let value = units(rest.trim(), greatest)?;
                return compare(value, greatest).ok_or_else(|| {
                    let what = format!("no number from 0 to {greatest} is {}", text.shown());
                    text.flaw(what)
                });
            }
        }
        let (negated, rest) = text.negation();
        let rest = rest.strip("=").unwrap_or(rest);
        let values: Result<Vec<u64>, Flaw> =
            rest.split(',').map(|part| units(part, greatest)).collect();
        Ok(if negated {
            Number::NoneOf(values?)
        } else {
            Number::OneOf(values?)
        })
    }

    /// A comparison of numbers with a sign or a fraction.
    pub(crate) fn real(self) -> Result<Number, Flaw> {
        let text = self.trim();
        let read = |part: Text<'_>| {
            let number = part.text.parse::<f64>().ok().filter(|n| n.is_finite());
            number.ok_or_else(|| part.flaw(format!("`{}` is no number", part.shown())))
        };
        if let Some((low, high)) = text.cut("..") {
            let (low, high) = (read(low)?, read(high)?);
            if low > high {
                return Err(text.flaw("the range ends before it starts"));
            }
            return Ok(Number::Real(low, high));
        }
        let (low, high) = (f64::NEG_INFINITY, f64::INFINITY);
        let (rest, bounds): (_, Bounds) = if let Some(rest) = text.strip(">=") {
            (rest, |n| (n, f64::INFINITY))
        } else if let Some(rest) = text.strip("<=") {
            (rest, |n| (f64::NEG_INFINITY, n))
        } else if let Some(rest) = text.strip(">") {
            (rest, |n| (n.next_up(), f64::INFINITY))
        } else if let Some(rest) = text.strip("<") {
            (rest, |n| (f64::NEG_INFINITY, n.next_down()))
        } else {
            (text, |n| (n, n))
        };
        let (first, last) = bounds(read(rest.trim())?);
        Ok(Number::Real(first.max(low), last.min(high)))
    }
}

/// First and last number that a sign allows.
type Bounds = fn(f64) -> (f64, f64);

/// What a sign asks for, given its number and the greatest one.
type Comparison = fn(u64, u64) -> Option<Number>;

/// Signs and what they ask for; longer ones before their beginnings.
const COMPARISONS: &[(&str, Comparison)] = &[
    (">=", |n, greatest| {
        (n <= greatest).then_some(Number::Within(n, greatest))
    }),
    ("=>", |n, greatest| {
        (n <= greatest).then_some(Number::Within(n, greatest))
    }),
    ("<=", |n, _| Some(Number::Within(0, n))),
    ("=<", |n, _| Some(Number::Within(0, n))),
    ("!=", |n, _| Some(Number::NoneOf(vec![n]))),
    (">", |n, greatest| {
        (n < greatest).then(|| Number::Within(n.saturating_add(1), greatest))
    }),
    ("<", |n, _| {
        n.checked_sub(1).map(|last| Number::Within(0, last))
    }),
];

/// Ranges, turned round by `!`.
fn between(text: Text<'_>, greatest: u64) -> Result<Option<Number>, Flaw> {
    let (negated, range) = text.negation();
    let (cut, inclusive) = match range.cut("<>") {
        Some(cut) => (Some(cut), false),
        None => match range.cut("..") {
            Some(cut) => (Some(cut), true),
            None => (range.cut("-"), false),
        },
    };
    let Some((low, high)) = cut else {
        return Ok(None);
    };
    let (low, high) = (units(low, greatest)?, units(high, greatest)?);
    let (first, last) = if inclusive {
        (low, high)
    } else {
        (low.saturating_add(1), high.saturating_sub(1))
    };
    if first > last {
        let what = if inclusive {
            "the range ends before it starts"
        } else {
            "no number lies between them: both ends are excluded"
        };
        return Err(range.flaw(what).because(Cause::Contradiction));
    }
    Ok(Some(if negated {
        Number::Outside(first, last)
    } else {
        Number::Within(first, last)
    }))
}

/// `mask`, `mask=result`, `mask!=result`.
fn masked(text: Text<'_>, greatest: u64) -> Result<Number, Flaw> {
    let (mask, result, negated) = if let Some((mask, result)) = text.cut("!=") {
        (mask, Some(result), true)
    } else if let Some((mask, result)) = text.cut("=") {
        (mask, Some(result), false)
    } else {
        (text, None, true)
    };
    Ok(Number::Masked {
        mask: units(mask.trim(), greatest)?,
        result: match result {
            Some(result) => units(result, greatest)?,
            None => 0,
        },
        negated,
    })
}

/// A number with `k`, `m` or `g` (1024) behind it.
fn units(text: Text<'_>, greatest: u64) -> Result<u64, Flaw> {
    let lower = text.text.to_ascii_lowercase();
    let factor = match lower {
        _ if lower.starts_with("0x") => None,
        _ if lower.ends_with("kb") || lower.ends_with("kib") || lower.ends_with('k') => Some(10),
        _ if lower.ends_with("mb") || lower.ends_with("mib") || lower.ends_with('m') => Some(20),
        _ if lower.ends_with("gb") || lower.ends_with("gib") || lower.ends_with('g') => Some(30),
        _ => None,
    };
    let number = match factor {
        None => text.unsigned()?,
        Some(shift) => {
            let digits = text
                .text
                .trim_end_matches(|c: char| c.is_ascii_alphabetic());
            let number = text.part(0, digits.len()).unsigned()?;
            number.saturating_mul(1 << shift)
        }
    };
    if number > greatest {
        return Err(text.flaw(format!("{number} is more than {greatest}")));
    }
    Ok(number)
}
