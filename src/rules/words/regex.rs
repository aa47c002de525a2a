//! `pcre` and its letters.

use super::{Effect, Keyword};
use crate::rules::parse::draft::Draft;
use crate::rules::parse::options::Opt;
use crate::rules::parse::text::Text;
use crate::rules::parse::{Cause, Flaw};
use crate::rules::rule::{OctetTest, Regex};

pub(super) static KEYWORDS: &[Keyword] = &[Keyword::new(
    "pcre",
    &[],
    Effect::Tests,
    "A regular expression (`!` not): pcre:\"/.../ismxAEGR\"; letters U I P Q H D M C S Y V W Z \
     name a buffer of HTTP.",
    pcre,
)];

/// Letters that name a buffer.
const BUFFERS: &[(char, &str)] = &[
    ('C', "http.cookie"),
    ('D', "http.header.raw"),
    ('H', "http.header"),
    ('I', "http.uri.raw"),
    ('M', "http.method"),
    ('P', "http.request_body"),
    ('Q', "http.response_body"),
    ('S', "http.stat_code"),
    ('U', "http.uri"),
    ('V', "http.user_agent"),
    ('W', "http.host"),
    ('Y', "http.stat_msg"),
    ('Z', "http.host.raw"),
];

/// Longest expression.
const LONGEST: usize = 16 * 1024;

fn pcre(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let (negated, text) = option.wanted()?.negation();
    let (pattern, letters) = parts(text)?;
    if pattern.text.len() > LONGEST {
        return Err(pattern.flaw(format!("the expression is longer than {LONGEST} octets")));
    }
    let mut regex = Regex {
        pattern: pattern.text.into(),
        negated,
        relative: false,
        nocase: false,
        dotall: false,
        multiline: false,
        extended: false,
        anchored: false,
        dollar_end_only: false,
        ungreedy: false,
    };
    let mut buffer: Option<&'static str> = None;
    for (at, letter) in letters.text.char_indices() {
        let here = letters.part(at, at.saturating_add(letter.len_utf8()));
        match letter {
            'i' => regex.nocase = true,
            's' => regex.dotall = true,
            'm' => regex.multiline = true,
            'x' => regex.extended = true,
            'A' => regex.anchored = true,
            'E' => regex.dollar_end_only = true,
            'G' => regex.ungreedy = true,
            'R' => regex.relative = true,
            // Raw octets, and beyond the limit of matches: both are so here anyway.
            'B' | 'O' => {}
            _ => {
                let named = BUFFERS.iter().find(|row| row.0 == letter);
                let Some((_, name)) = named else {
                    return Err(here.flaw(format!("`{letter}` is no modifier of an expression")));
                };
                if buffer.replace(name).is_some_and(|before| before != *name) {
                    return Err(here
                        .flaw("the expression names two buffers")
                        .because(Cause::Contradiction));
                }
            }
        }
    }
    balanced(pattern)?;
    let relative = regex.relative;
    match buffer {
        Some(name) => {
            let buffer = super::buffers::named(draft, name, option.word)?;
            draft.test_of(buffer, OctetTest::Regex(regex));
        }
        None => draft.test_after(OctetTest::Regex(regex), relative),
    }
    Ok(())
}

/// The expression between its delimiters and the letters behind.
fn parts(text: Text<'_>) -> Result<(Text<'_>, Text<'_>), Flaw> {
    let inner = text.strip("\"").unwrap_or(text);
    let inner = match inner.text.strip_suffix('"') {
        Some(kept) if text.text.starts_with('"') => inner.part(0, kept.len()),
        _ if text.text.starts_with('"') => return Err(text.flaw("the quote is not closed")),
        _ => inner,
    };
    let inner = inner.trim();
    let (body, delimiter) = match inner.strip("m") {
        Some(rest) => (rest, rest.text.chars().next()),
        None => (inner, Some('/')),
    };
    let delimiter = delimiter.unwrap_or('/');
    let mut room = [0; 4];
    let missing = || {
        inner
            .flaw("the expression does not stand between slashes")
            .hint("pcre:\"/expression/letters\"")
    };
    let body = body
        .strip(delimiter.encode_utf8(&mut room))
        .ok_or_else(missing)?;
    let end = body.text.rfind(delimiter).ok_or_else(missing)?;
    if end == 0 {
        return Err(inner.flaw("the expression is empty"));
    }
    let letters = body.after(end.saturating_add(delimiter.len_utf8()));
    Ok((body.part(0, end), letters.trim()))
}

/// Finds what no engine takes: brackets that do not pair, a lone `\`, nothing to repeat.
fn balanced(pattern: Text<'_>) -> Result<(), Flaw> {
    let mut open: Vec<usize> = Vec::new();
    let mut characters = pattern.text.char_indices().peekable();
    let mut nothing_yet = true;
    while let Some((at, character)) = characters.next() {
        let here = pattern.part(at, at.saturating_add(character.len_utf8()));
        match character {
            '\\' if characters.next().is_none() => {
                return Err(here.flaw("the expression ends with a lone `\\`"));
            }
            '[' => {
                let _ = characters.next_if(|next| next.1 == '^');
                let _ = characters.next_if(|next| next.1 == ']');
                let closed = loop {
                    match characters.next() {
                        None => break false,
                        Some((_, ']')) => break true,
                        Some((_, '\\')) => {
                            let _ = characters.next();
                        }
                        Some((_, '[')) if characters.next_if(|next| next.1 == ':').is_some() => {
                            let _ = characters.find(|next| next.1 == ']');
                        }
                        Some(_) => {}
                    }
                };
                if !closed {
                    return Err(here.flaw("the expression does not close this `[`"));
                }
            }
            '(' => {
                open.push(at);
                nothing_yet = characters.next_if(|next| next.1 == '?').is_none();
                continue;
            }
            ')' if open.pop().is_none() => {
                return Err(here.flaw("the expression closes a `)` that was not opened"));
            }
            '*' | '+' | '?' if nothing_yet => {
                return Err(here.flaw("the expression has nothing to repeat here"));
            }
            _ => {}
        }
        nothing_yet = character == '|';
    }
    match open.pop() {
        Some(at) => Err(pattern
            .after(at)
            .flaw("the expression does not close this `(`")),
        None => Ok(()),
    }
}
