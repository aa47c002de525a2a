//! The options of a rule: cut at `;`, each a word with or without a value.

use super::Flaw;
use super::text::{Text, closing};

/// One option.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Opt<'t> {
    /// Its word.
    pub(crate) word: Text<'t>,
    /// What stands behind `:`.
    pub(crate) value: Option<Text<'t>>,
}

impl<'t> Opt<'t> {
    /// Its value; a flaw where it has none.
    pub(crate) fn wanted(self) -> Result<Text<'t>, Flaw> {
        match self.value {
            Some(value) if !value.text.is_empty() => Ok(value),
            _ => Err(self
                .word
                .flaw(format!("`{}` needs a value", self.word.text))),
        }
    }

    /// A flaw where it has a value.
    pub(crate) fn bare(self) -> Result<(), Flaw> {
        match self.value {
            Some(value) => Err(value.flaw(format!("`{}` takes no value", self.word.text))),
            None => Ok(()),
        }
    }
}

/// Most options of one rule. The longest known rule has 120.
pub(crate) const MOST: usize = 1_000;

/// Cuts what stands behind the opening bracket into options.
pub(crate) fn options(text: Text<'_>) -> Result<Vec<Opt<'_>>, Flaw> {
    let mut rest = text;
    let mut found = Vec::new();
    loop {
        rest = rest.trim();
        let Some(first) = rest.text.chars().next() else {
            return Err(rest
                .flaw("the bracket of the options is not closed")
                .hint("a rule ends with `)`; is a line continued without `\\`?"));
        };
        if first == ')' {
            return end(rest.after(1)).map(|()| found);
        }
        if first == ';' {
            rest = rest.after(1);
            continue;
        }
        if found.len() >= MOST {
            return Err(rest.flaw(format!("more than {MOST} options")));
        }
        let (option, behind) = option(rest)?;
        found.push(option);
        rest = behind;
    }
}

/// What may stand behind the closing bracket: nothing, or a comment.
fn end(rest: Text<'_>) -> Result<(), Flaw> {
    let rest = rest.trim();
    if rest.text.is_empty() || rest.text.starts_with('#') {
        return Ok(());
    }
    let what = format!("`{}` stands behind the closing bracket", rest.shown());
    Err(rest
        .flaw(what)
        .hint("a `)` inside a rule belongs into quotes"))
}

fn option(text: Text<'_>) -> Result<(Opt<'_>, Text<'_>), Flaw> {
    let stop = text.text.find([':', ';', ')', '"']);
    let stop = stop.map(|at| (at, text.text.get(at..).and_then(|rest| rest.chars().next())));
    match stop {
        Some((at, Some(';'))) => {
            let word = text.part(0, at).trim();
            spaced(word)?;
            Ok((Opt { word, value: None }, text.after(at.saturating_add(1))))
        }
        Some((at, Some(':'))) => {
            let word = text.part(0, at).trim();
            spaced(word)?;
            let from = at.saturating_add(1);
            let end = value_end(text.after(from))?;
            let end = from.saturating_add(end);
            let value = Some(text.part(from, end).trim());
            Ok((Opt { word, value }, text.after(end.saturating_add(1))))
        }
        Some((at, Some('"'))) => {
            let word = text.part(0, at).trim();
            Err(text
                .after(at)
                .flaw(format!("`:` is missing behind `{}`", word.shown())))
        }
        _ => {
            let word = text.text.trim_end_matches([' ', ')', '\t']);
            Err(text.flaw(format!(
                "`;` is missing behind `{}`",
                super::text::shown(word)
            )))
        }
    }
}

/// A word with white space in it is two words without `;` between them.
fn spaced(word: Text<'_>) -> Result<(), Flaw> {
    if let Some((first, _)) = word.text.split_once(char::is_whitespace) {
        let what = format!("`;` is missing behind `{}`", super::text::shown(first));
        return Err(word.flaw(what));
    }
    Ok(())
}

/// Where a value ends: at the next `;` that is neither escaped nor inside quotes.
fn value_end(text: Text<'_>) -> Result<usize, Flaw> {
    let bare = text.trim();
    let inner = bare.negation().1;
    let mut from = 0;
    if let Some(quoted) = inner.strip("\"") {
        let Some(end) = closing(quoted.text) else {
            return Err(inner.flaw("the quote is not closed"));
        };
        let opened = quoted.at.saturating_sub(text.at);
        from = opened.saturating_add(end).saturating_add(1);
    }
    let mut escaped = false;
    for (at, character) in text.text.char_indices().skip_while(|(at, _)| *at < from) {
        match character {
            ';' if !escaped => return Ok(at),
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    let end = text.text.trim_end_matches([' ', ')', '\t']).len();
    Err(text
        .after(end)
        .flaw("`;` is missing behind the last option"))
}
