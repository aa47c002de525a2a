//! `pcre`: expressions compiled for an engine that runs in linear time, or for one that is
//! stopped after a bounded number of steps.
//!
//! Nearly all expressions of rule files need neither look-around nor back-references and run in
//! linear time (`regex`). The others run in PCRE2 with limits. What neither takes is refused by
//! the loader, which asks [`compile`]. Called at load, and once a candidate by the engine.

use super::rule;
use regex::bytes::RegexBuilder;
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind};
use std::sync::OnceLock;

/// Most octets that a compiled expression of the linear engine may take: ten times what the
/// largest expression of the ET Open files needs.
const SIZE: usize = 8 << 20;

/// Most states of an expression that is built when it is asked for: an eighth of [`SIZE`], at some
/// hundred octets a state.
const SMALL: u64 = 10_000;

/// Most steps of a backtracking match, as Suricata's `pcre.match-limit`.
const STEPS: u32 = 3500;

/// Deepest backtracking, as Suricata's `pcre.match-limit-recursion`.
const DEPTH: u32 = 1500;

/// A compiled expression.
#[derive(Debug)]
pub struct Compiled(Inner);

#[derive(Debug)]
enum Inner {
    Linear(Box<Linear>),
    Bounded(Box<pcre2::bytes::Regex>),
}

/// An expression for the linear engine. Of thousands of rules a few are ever looked at so
/// closely, so that one is built when it is asked for first, unless it is so large that building
/// it might fail.
#[derive(Debug)]
struct Linear {
    builder: RegexBuilder,
    built: OnceLock<Option<regex::bytes::Regex>>,
}

/// Why an expression cannot be compiled.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Error(String);

/// Compiles an expression.
///
/// # Errors
/// Where neither engine understands it.
pub fn compile(regex: &rule::Regex) -> Result<Compiled, Error> {
    if let Some(pattern) = linear_pattern(regex) {
        let mut builder = RegexBuilder::new(&pattern);
        builder
            .unicode(false)
            .case_insensitive(regex.nocase)
            .dot_matches_new_line(regex.dotall)
            .multi_line(regex.multiline)
            .ignore_whitespace(regex.extended)
            .swap_greed(regex.ungreedy)
            .size_limit(SIZE);
        let linear = Linear {
            builder,
            built: OnceLock::new(),
        };
        if is_small(&pattern, regex) || linear.regex().is_some() {
            return Ok(Compiled(Inner::Linear(Box::new(linear))));
        }
    }
    let mut pattern = format!("(*LIMIT_MATCH={STEPS})(*LIMIT_DEPTH={DEPTH})");
    pattern.push_str(if regex.ungreedy { "(?U)" } else { "" });
    pattern.push_str(if regex.anchored { "\\G(?:" } else { "(?:" });
    pattern.push_str(&regex.pattern);
    // A comment of an extended expression may run to the end of the line.
    pattern.push_str(if regex.extended { "\n)" } else { ")" });
    pcre2::bytes::RegexBuilder::new()
        .caseless(regex.nocase)
        .dotall(regex.dotall)
        .multi_line(regex.multiline)
        .extended(regex.extended)
        .jit_if_available(true)
        .build(&pattern)
        .map(|bounded| Compiled(Inner::Bounded(Box::new(bounded))))
        .map_err(|error| Error(error.to_string()))
}

impl Compiled {
    /// The first match that begins at or after `from`. A match that would take more than its
    /// bound of steps is none.
    #[must_use]
    pub fn find(&self, octets: &[u8], from: usize) -> Option<(usize, usize)> {
        if from > octets.len() {
            return None;
        }
        match &self.0 {
            Inner::Linear(linear) => linear
                .regex()?
                .find_at(octets, from)
                .map(|found| (found.start(), found.end())),
            Inner::Bounded(bounded) => bounded
                .find_at(octets, from)
                .ok()
                .flatten()
                .map(|found| (found.start(), found.end())),
        }
    }

    /// Whether it runs in linear time.
    #[must_use]
    pub const fn is_linear(&self) -> bool {
        matches!(self.0, Inner::Linear(_))
    }
}

impl Linear {
    fn regex(&self) -> Option<&regex::bytes::Regex> {
        self.built
            .get_or_init(|| self.builder.build().ok())
            .as_ref()
    }
}

/// Whether an expression is sound and so small that building it cannot fail.
fn is_small(pattern: &str, regex: &rule::Regex) -> bool {
    let parsed = ParserBuilder::new()
        .utf8(false)
        .unicode(false)
        .case_insensitive(regex.nocase)
        .dot_matches_new_line(regex.dotall)
        .multi_line(regex.multiline)
        .ignore_whitespace(regex.extended)
        .swap_greed(regex.ungreedy)
        .build()
        .parse(pattern);
    parsed.is_ok_and(|hir| states(&hir) <= SMALL)
}

/// At least as many states as the automaton of an expression has. The parser bounds its depth.
fn states(hir: &Hir) -> u64 {
    let all = |parts: &[Hir]| -> u64 {
        parts
            .iter()
            .fold(1, |sum, part| sum.saturating_add(states(part)))
    };
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => 1,
        HirKind::Literal(literal) => literal.0.len() as u64,
        HirKind::Class(Class::Bytes(class)) => class.ranges().len() as u64,
        // Up to four octets for each end of a range.
        HirKind::Class(Class::Unicode(class)) => 16 * class.ranges().len() as u64,
        HirKind::Repetition(repetition) => {
            let times = repetition.max.unwrap_or(repetition.min).max(repetition.min);
            let one = states(&repetition.sub).saturating_add(2);
            one.saturating_mul(u64::from(times).saturating_add(1))
        }
        HirKind::Capture(capture) => states(&capture.sub).saturating_add(2),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            all(parts).saturating_add(parts.len() as u64)
        }
    }
}

/// The expression as the linear engine spells it; `None` where it means something else there.
fn linear_pattern(regex: &rule::Regex) -> Option<String> {
    let mut out = String::with_capacity(regex.pattern.len() + 8);
    if regex.anchored {
        out.push_str("\\A(?:");
    }
    let mut class = false;
    let mut chars = regex.pattern.chars().peekable();
    let mut last = ' ';
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                let next = chars.next()?;
                match next {
                    // Octal codes, back-references, and what only one of the engines has.
                    '0'..='9'
                    | 'e'
                    | 'c'
                    | 'C'
                    | 'E'
                    | 'G'
                    | 'K'
                    | 'N'
                    | 'Q'
                    | 'R'
                    | 'X'
                    | 'Z'
                    | 'g'
                    | 'h'
                    | 'H'
                    | 'k'
                    | 'p'
                    | 'P'
                    | 'o' => return None,
                    // Escaped without need.
                    '<' | '>' => out.push(next),
                    _ if !next.is_ascii() => out.push(next),
                    'i' | 'j' | 'l' | 'm' | 'q' | 'u' | 'y' | 'F' | 'I' | 'J' | 'L' | 'M' | 'O'
                    | 'T' | 'U' | 'Y' => return None,
                    _ => out.extend(['\\', next]),
                }
                last = ' ';
                continue;
            }
            '[' if !class => {
                class = true;
                out.push('[');
                if chars.peek() == Some(&'^') {
                    chars.next();
                    out.push('^');
                }
                if chars.peek() == Some(&']') {
                    chars.next();
                    out.push_str("\\]");
                }
                last = '[';
                continue;
            }
            // Inside a class the linear engine has set operations that PCRE has not.
            '[' if chars.peek() == Some(&':') => {
                out.push('[');
                for c in chars.by_ref() {
                    out.push(c);
                    if c == ']' {
                        break;
                    }
                }
                last = ' ';
                continue;
            }
            '[' | '&' | '~' if class => out.extend(['\\', c]),
            '-' if class && (last == '-' || chars.peek() == Some(&'-')) => out.push_str("\\-"),
            ']' if class => {
                class = false;
                out.push(']');
            }
            // A possessive quantifier.
            '+' if !class && matches!(last, '+' | '*' | '?' | '}') => return None,
            '$' if !class && !regex.multiline && !regex.dollar_end_only => {
                out.push_str("(?:\\n?\\z)");
            }
            _ => out.push(c),
        }
        last = c;
    }
    if regex.anchored {
        out.push(')');
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn regex(pattern: &str) -> rule::Regex {
        rule::Regex {
            pattern: Arc::from(pattern),
            negated: false,
            relative: false,
            nocase: false,
            dotall: false,
            multiline: false,
            extended: false,
            anchored: false,
            dollar_end_only: false,
            ungreedy: false,
        }
    }

    #[test]
    fn expressions_find_what_pcre_finds() {
        for (pattern, text, expected, linear) in [
            (r"a\x00b", &b"xa\0b"[..], Some((1, 4)), true),
            (r"^\x05\x64(?!\x00)", b"\x05\x64\x01", Some((0, 2)), false),
            (r"([ab])\1", b"abb", Some((1, 3)), false),
            (r"[^[]x", b"[xyx", Some((2, 4)), true),
            (r"[a&&b]", b"&", Some((0, 1)), true),
            (r"end$", b"the end\n", Some((4, 8)), true),
            (r"\/path\/", b"/path/", Some((0, 6)), true),
            (r"\xff+", b"a\xff\xff", Some((1, 3)), true),
            (r"a++b", b"aab", Some((0, 3)), false),
            (r"nothing", b"", None, true),
        ] {
            let compiled = compile(&regex(pattern)).expect(pattern);
            assert_eq!(compiled.find(text, 0), expected, "{pattern}");
            assert_eq!(compiled.is_linear(), linear, "{pattern}");
        }
        assert!(compile(&regex("(")).is_err());
        assert!(compile(&regex("(a)\\9")).is_err());
    }

    #[test]
    fn small_expressions_are_built_when_they_are_asked_for() {
        let built = |pattern: &str| match compile(&regex(pattern)).expect(pattern).0 {
            Inner::Linear(linear) => Some(linear.built.get().is_some()),
            Inner::Bounded(_) => None,
        };
        assert_eq!(built(r"(?i)user-agent: [a-z]{1,20}\x2f\d+"), Some(false));
        assert_eq!(
            built(r"[^\n]{900}[^\n]{900}[^\n]{900}[^\n]{900}"),
            Some(true)
        );
        // What counts as small is far from what the engine refuses.
        let largest = format!("(?:{}){{400}}", "[a-fx-z0-9]".repeat(5));
        let compiled = compile(&regex(&largest)).expect("compiles");
        assert!(is_small(&largest, &regex(&largest)));
        assert!(compiled.find(&[b'a'; 3000], 0).is_some());
    }

    #[test]
    fn an_expression_that_would_take_for_ever_is_stopped() {
        let evil = compile(&regex(r"(?=(a+)+b)(a+)+b")).expect("compiles");
        assert_eq!(evil.find(&[b'a'; 4096], 0), None);
    }

    #[test]
    fn anchors_hold_where_the_search_begins() {
        let anchored = rule::Regex {
            anchored: true,
            ..regex("b")
        };
        let compiled = compile(&anchored).expect("compiles");
        assert_eq!(compiled.find(b"ab", 0), None);
        assert_eq!(compiled.find(b"b", 0), Some((0, 1)));
    }
}
