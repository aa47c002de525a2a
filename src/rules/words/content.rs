//! `content` and the words that change it.

use super::{Effect, Keyword};
use crate::rules::parse::draft::Draft;
use crate::rules::parse::options::Opt;
use crate::rules::parse::text::Text;
use crate::rules::parse::{Cause, Flaw};
use crate::rules::rule::{Content, OctetTest, Value};

pub(super) static KEYWORDS: &[Keyword] = &[
    Keyword::new(
        "content",
        &[],
        Effect::Tests,
        "Octets that must be there (`!` not): content:\"GET |0d 0a|\"; also with Snort 3's \
         modifiers behind commas.",
        content,
    ),
    Keyword::new(
        "depth",
        &[],
        Effect::Tests,
        "The content ends within so many octets of its offset.",
        depth,
    ),
    Keyword::new(
        "distance",
        &[],
        Effect::Tests,
        "The content starts so many octets or more after the last match.",
        distance,
    ),
    Keyword::new(
        "endswith",
        &[],
        Effect::Tests,
        "The content ends the buffer.",
        endswith,
    ),
    Keyword::new(
        "fast_pattern",
        &[],
        Effect::Tests,
        "Look for this content first; `only`, or offset and length of a part.",
        fast_pattern,
    ),
    Keyword::new(
        "nocase",
        &[],
        Effect::Tests,
        "In upper or lower case.",
        nocase,
    ),
    Keyword::new(
        "offset",
        &[],
        Effect::Tests,
        "The content starts so many octets into the buffer or later.",
        offset,
    ),
    Keyword::new(
        "startswith",
        &[],
        Effect::Tests,
        "The content starts the buffer.",
        startswith,
    ),
    Keyword::new(
        "uricontent",
        &[],
        Effect::Tests,
        "A content of the HTTP URI, in the oldest spelling.",
        uricontent,
    ),
    Keyword::new(
        "within",
        &[],
        Effect::Tests,
        "The content ends within so many octets after the last match.",
        within,
    ),
];

/// Longest content. Suricata's limit is 255 octets of pattern; rules of others have more.
const LONGEST: usize = 8 * 1024;

/// How far a content may be asked for from a place: payloads have at most 65,535 octets, streams
/// are looked at in windows of about a megabyte.
const FAR: i64 = 1 << 20;

fn content(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let (content, rest) = pattern(option)?;
    draft.test(OctetTest::Content(content));
    inline(draft, rest)
}

fn uricontent(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let (content, rest) = pattern(option)?;
    let buffer = super::buffers::named(draft, "http.uri", option.word)?;
    draft.test_of(buffer, OctetTest::Content(content));
    inline(draft, rest)
}

fn pattern<'t>(option: Opt<'t>) -> Result<(Content, Text<'t>), Flaw> {
    let (negated, text) = option.wanted()?.negation();
    let (inner, rest) = text.quoted()?;
    if !rest.text.is_empty() && !rest.text.starts_with(',') {
        return Err(rest
            .flaw("text stands behind the closing quote")
            .hint("a quote inside is written `\\\"` or |22|; or a quote or `;` is missing"));
    }
    let octets = inner.content()?;
    if octets.is_empty() {
        return Err(inner.flaw("the content is empty"));
    }
    if octets.len() > LONGEST {
        return Err(inner.flaw(format!("the content is longer than {LONGEST} octets")));
    }
    let content = Content {
        octets,
        nocase: false,
        negated,
        offset: None,
        depth: None,
        distance: None,
        within: None,
        starts: false,
        ends: false,
    };
    Ok((content, rest))
}

/// Snort 3's modifiers behind the content: `,nocase,offset 4,fast_pattern`.
fn inline(draft: &mut Draft<'_>, rest: Text<'_>) -> Result<(), Flaw> {
    let Some(rest) = rest.strip(",") else {
        return Ok(());
    };
    let mut part: (Option<Text<'_>>, Option<Text<'_>>) = (None, None);
    for modifier in rest.split(',') {
        let mut words = modifier.words();
        let Some(word) = words.next() else {
            return Err(modifier.flaw("a modifier is missing between commas"));
        };
        let value = words.next();
        if let Some(more) = words.next() {
            return Err(more.flaw(format!("`{}` is too much for a modifier", more.shown())));
        }
        let option = Opt { word, value };
        match word.text {
            "fast_pattern_offset" => part.0 = Some(option.wanted()?),
            "fast_pattern_length" => part.1 = Some(option.wanted()?),
            "nocase" | "fast_pattern" | "offset" | "depth" | "distance" | "within"
            | "startswith" | "endswith" | "rawbytes" => {
                super::read(draft, option)?;
            }
            _ => {
                let known = [
                    "nocase",
                    "fast_pattern",
                    "offset",
                    "depth",
                    "distance",
                    "within",
                ];
                return Err(word
                    .flaw(format!("`{}` is no modifier", word.shown()))
                    .hint(super::alike(word.text, known.into_iter())));
            }
        }
    }
    if let (Some(from), Some(length)) = part {
        let part = fast_part(from, length)?;
        draft.fast_part(rest, part)?;
    }
    Ok(())
}

fn nocase(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    option.bare()?;
    draft.content(option.word)?.nocase = true;
    Ok(())
}

fn once(slot: &mut Option<Value>, value: Value, word: Text<'_>) -> Result<(), Flaw> {
    if slot.replace(value).is_some() {
        let what = format!("`{}` stands twice behind one content", word.text);
        return Err(word.flaw(what).because(Cause::Contradiction));
    }
    Ok(())
}

fn offset(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let value = draft.value(option.wanted()?, -FAR, FAR)?;
    once(&mut draft.content(option.word)?.offset, value, option.word)
}

fn depth(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let text = option.wanted()?;
    let mut value = draft.value(text, 1, FAR)?;
    let content = draft.content(option.word)?;
    let length = i64::try_from(content.octets.len()).unwrap_or(i64::MAX);
    let short = matches!(value, Value::Fixed(depth) if depth < length);
    if short {
        // As Suricata takes it: the content itself always fits.
        value = Value::Fixed(length);
    }
    once(&mut content.depth, value, option.word)?;
    if short {
        let note = format!(
            "depth {} is less than its content's {length} octets",
            text.text
        );
        draft.notes.push(format!("{note}; taken as {length}"));
    }
    Ok(())
}

fn distance(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let value = draft.value(option.wanted()?, -FAR, FAR)?;
    once(
        &mut draft.content(option.word)?.distance,
        value,
        option.word,
    )
}

fn within(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let value = draft.value(option.wanted()?, 0, FAR)?;
    once(&mut draft.content(option.word)?.within, value, option.word)
}

fn startswith(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    option.bare()?;
    let content = draft.content(option.word)?;
    if content.offset.is_some() || content.distance.is_some() || content.within.is_some() {
        return Err(option
            .word
            .flaw("startswith contradicts the content's offset, distance or within")
            .because(Cause::Contradiction));
    }
    content.starts = true;
    Ok(())
}

fn endswith(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    option.bare()?;
    draft.content(option.word)?.ends = true;
    Ok(())
}

fn fast_pattern(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let Some(text) = option.value else {
        return draft.fast(option.word, None, false);
    };
    if text.text == "only" {
        return draft.fast(option.word, None, true);
    }
    let Some((from, length)) = text.cut(",") else {
        return Err(text
            .flaw(format!("`{}` is no part of a content", text.shown()))
            .hint("fast_pattern; fast_pattern:only; or fast_pattern:offset,length;"));
    };
    let part = fast_part(from, length)?;
    draft.fast(option.word, Some(part), false)
}

fn fast_part(from: Text<'_>, length: Text<'_>) -> Result<(u16, u16), Flaw> {
    let number = |text: Text<'_>, least| {
        let number = text.within(least, u64::from(u16::MAX))?;
        Ok(u16::try_from(number).unwrap_or(u16::MAX))
    };
    Ok((number(from, 0)?, number(length, 1)?))
}
