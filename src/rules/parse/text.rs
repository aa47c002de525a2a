//! A piece of a rule's text that knows where it stands, and what can be read from it: names,
//! numbers, quoted texts, octets.
//!
//! Called by the header and every word. Never trusts what stands in a rule.

use super::Flaw;

/// A piece of the text of a rule.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Text<'t> {
    /// Where it starts in the rule.
    pub(crate) at: usize,
    /// What it says.
    pub(crate) text: &'t str,
    /// Each character stands for one octet: the file is not UTF-8.
    pub(crate) latin: bool,
}

impl<'t> Text<'t> {
    /// The part from `from` to `to`, counted in octets from its start.
    pub(crate) fn part(self, from: usize, to: usize) -> Self {
        Self {
            at: self.at.saturating_add(from),
            text: self.text.get(from..to).unwrap_or_default(),
            latin: self.latin,
        }
    }

    /// The part from `from` on.
    pub(crate) fn after(self, from: usize) -> Self {
        self.part(from, self.text.len())
    }

    /// Without white space around it.
    pub(crate) fn trim(self) -> Self {
        let bare = self.text.trim_start();
        let start = self.text.len().saturating_sub(bare.len());
        self.part(start, start.saturating_add(bare.trim_end().len()))
    }

    /// What follows this prefix.
    pub(crate) fn strip(self, prefix: &str) -> Option<Self> {
        let rest = self.text.strip_prefix(prefix)?;
        Some(self.after(self.text.len().saturating_sub(rest.len())))
    }

    /// Whether it starts with `!`, and what follows.
    pub(crate) fn negation(self) -> (bool, Self) {
        match self.strip("!") {
            Some(rest) => (true, rest.trim()),
            None => (false, self),
        }
    }

    /// The parts before and behind the first of these, both without white space around them.
    pub(crate) fn cut(self, by: &str) -> Option<(Self, Self)> {
        let at = self.text.find(by)?;
        let behind = self.after(at.saturating_add(by.len()));
        Some((self.part(0, at).trim(), behind.trim()))
    }

    /// The parts between these, without white space around them.
    pub(crate) fn split(self, by: char) -> impl Iterator<Item = Self> {
        let mut at = 0_usize;
        self.text.split(by).map(move |part| {
            let start = at;
            at = at.saturating_add(part.len()).saturating_add(by.len_utf8());
            self.part(start, start.saturating_add(part.len())).trim()
        })
    }

    /// The words between white space.
    pub(crate) fn words(self) -> impl Iterator<Item = Self> {
        self.split(' ')
            .flat_map(|part| part.split('\t'))
            .filter(|part| !part.text.is_empty())
    }

    /// A flaw here.
    pub(crate) fn flaw(self, what: impl Into<String>) -> Flaw {
        Flaw::syntax(self.at, what)
    }

    /// A number, decimal or with `0x` hexadecimal.
    pub(crate) fn unsigned(self) -> Result<u64, Flaw> {
        let text = self.text;
        let hex = text.strip_prefix("0x").or(text.strip_prefix("0X"));
        let number = match hex {
            Some(digits) if !digits.starts_with('+') => u64::from_str_radix(digits, 16).ok(),
            None if !text.starts_with('+') => text.parse().ok(),
            _ => None,
        };
        number.ok_or_else(|| self.flaw(format!("`{}` is no number", self.shown())))
    }

    /// A number with a sign.
    pub(crate) fn signed(self) -> Result<i64, Flaw> {
        let (negative, digits) = match self.strip("-") {
            Some(rest) => (true, rest.trim()),
            None => (false, self.strip("+").unwrap_or(self)),
        };
        let number = digits.unsigned().ok().and_then(|n| i64::try_from(n).ok());
        let number = number.map(|number| if negative { -number } else { number });
        number.ok_or_else(|| self.flaw(format!("`{}` is no number", self.shown())))
    }

    /// A number from `least` to `greatest`.
    pub(crate) fn within(self, least: u64, greatest: u64) -> Result<u64, Flaw> {
        let number = self.unsigned()?;
        if number < least || number > greatest {
            let what = format!("{number} is not from {least} to {greatest}");
            return Err(self.flaw(what));
        }
        Ok(number)
    }

    /// A number of 32 bits.
    pub(crate) fn word(self) -> Result<u32, Flaw> {
        let number = self.within(0, u64::from(u32::MAX))?;
        Ok(u32::try_from(number).unwrap_or(u32::MAX))
    }

    /// The text for a message, cut where it is long.
    pub(crate) fn shown(self) -> String {
        shown(self.text)
    }

    /// What stands between quotes, and what stands behind them.
    pub(crate) fn quoted(self) -> Result<(Self, Self), Flaw> {
        let Some(inner) = self.strip("\"") else {
            return Err(self.flaw("the value must stand between quotes"));
        };
        let Some(end) = closing(inner.text) else {
            return Err(self.flaw("the quote is not closed"));
        };
        Ok((
            inner.part(0, end),
            inner.after(end.saturating_add(1)).trim(),
        ))
    }

    /// What stands between quotes, with nothing behind; or the text as it is, without quotes.
    pub(crate) fn unquoted(self) -> Result<Self, Flaw> {
        if !self.text.starts_with('"') {
            return Ok(self);
        }
        let (inner, behind) = self.quoted()?;
        if behind.text.is_empty() {
            return Ok(inner);
        }
        Err(behind
            .flaw("text stands behind the closing quote")
            .hint("a quote inside is written `\\\"`; or a quote or `;` is missing before"))
    }

    /// The octets of a `content`: `|41 42|` in hexadecimal, `\` before `" ; : \ |`.
    pub(crate) fn content(self) -> Result<Vec<u8>, Flaw> {
        let mut octets = Vec::with_capacity(self.text.len());
        let mut characters = self.text.char_indices();
        while let Some((at, character)) = characters.next() {
            match character {
                '|' => {
                    let inner = self.after(at.saturating_add(1));
                    let Some(end) = inner.text.find('|') else {
                        return Err(self
                            .part(at, at.saturating_add(1))
                            .flaw("`|` opens octets in hexadecimal, and no `|` closes them"));
                    };
                    hexadecimal(inner.part(0, end), &mut octets)?;
                    let _ = characters.find(|(_, character)| *character == '|');
                }
                '\\' => match characters.next() {
                    Some((_, next @ ('"' | ';' | ':' | '\\' | '|' | ','))) => {
                        self.push(next, &mut octets);
                    }
                    Some((next_at, next)) => {
                        let here = self.part(at, next_at.saturating_add(next.len_utf8()));
                        return Err(here
                            .flaw(format!("`\\{next}` is no escape"))
                            .hint("escapes are \\\" \\; \\: \\\\; other octets stand as |0d 0a|"));
                    }
                    None => return Err(self.flaw("the text ends with a lone `\\`")),
                },
                other => self.push(other, &mut octets),
            }
        }
        Ok(octets)
    }

    fn push(self, character: char, octets: &mut Vec<u8>) {
        if self.latin {
            octets.push(octet_of(character));
        } else {
            let mut room = [0; 4];
            octets.extend_from_slice(character.encode_utf8(&mut room).as_bytes());
        }
    }
}

/// The octet that a character of ISO 8859-1 stands for.
fn octet_of(character: char) -> u8 {
    u8::try_from(u32::from(character)).unwrap_or(b'?')
}

/// Text for a message, cut where it is long.
pub(crate) fn shown(text: &str) -> String {
    let mut short: String = text.chars().take(64).collect();
    if short.len() < text.len() {
        short.push_str("...");
    }
    short
}

/// Where the next quote without `\` before it stands.
pub(crate) fn closing(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        match character {
            '"' if !escaped => return Some(at),
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    None
}

/// Reads octets in hexadecimal with or without spaces between them.
fn hexadecimal(text: Text<'_>, octets: &mut Vec<u8>) -> Result<(), Flaw> {
    let mut high: Option<u32> = None;
    for (at, character) in text.text.char_indices() {
        if character.is_ascii_whitespace() {
            continue;
        }
        let here = text.part(at, at.saturating_add(character.len_utf8()));
        let Some(digit) = character.to_digit(16) else {
            return Err(here.flaw(format!("`{character}` is no hexadecimal digit")));
        };
        match high.take() {
            None => high = Some(digit),
            Some(high) => octets.push(u8::try_from(high << 4 | digit).unwrap_or(u8::MAX)),
        }
    }
    if high.is_some() {
        return Err(text.flaw("an odd number of hexadecimal digits"));
    }
    Ok(())
}
