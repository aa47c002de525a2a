//! Words about names of files: `filename`, `fileext`.

use super::{Effect, Keyword};
use crate::rules::parse::Flaw;
use crate::rules::parse::draft::Draft;
use crate::rules::parse::options::Opt;
use crate::rules::rule::{Content, OctetTest};

pub(super) static KEYWORDS: &[Keyword] = &[
    Keyword::new(
        "fileext",
        &[],
        Effect::Tests,
        "Extension of a file's name (`!` not): fileext:\"exe\".",
        extension,
    ),
    Keyword::new(
        "filename",
        &[],
        Effect::Tests,
        "A part of a file's name (`!` not): filename:\"secret\".",
        name,
    ),
];

fn name(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    part(draft, option, false)
}

fn extension(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    part(draft, option, true)
}

fn part(draft: &mut Draft<'_>, option: Opt<'_>, ends: bool) -> Result<(), Flaw> {
    let (negated, text) = option.wanted()?.negation();
    let mut octets = text.unquoted()?.content()?;
    if octets.is_empty() {
        return Err(text.flaw("the value is empty"));
    }
    if ends {
        octets.insert(0, b'.');
    }
    let buffer = super::buffers::named(draft, "file.name", option.word)?;
    let content = Content {
        octets,
        nocase: true,
        negated,
        offset: None,
        depth: None,
        distance: None,
        within: None,
        starts: false,
        ends,
    };
    draft.test_of(buffer, OctetTest::Content(content));
    Ok(())
}
