//! How often a rule tells: `threshold` and `detection_filter`; and `changed`, which holds a match
//! against the one before.

use super::{Effect, Keyword, named};
use crate::rules::limits::UNIQUE;
use crate::rules::parse::Flaw;
use crate::rules::parse::draft::Draft;
use crate::rules::parse::options::Opt;
use crate::rules::parse::text::Text;
use crate::rules::rule::{Change, Limit, LimitKind, Mark, Track};

pub(super) static KEYWORDS: &[Keyword] = &[
    Keyword::new(
        "changed",
        &[],
        Effect::Tests,
        "Another value than at the match before: changed:arp.sender_mac, by arp.sender_ip, \
         within 300; of and by are fields or what unique_on takes; within in seconds.",
        changed,
    ),
    Keyword::new(
        "detection_filter",
        &[],
        Effect::Tests,
        "Tells what comes after so many matches: track by_src, count 30, seconds 60; \
         unique_on as in threshold.",
        detection_filter,
    ),
    Keyword::new(
        "threshold",
        &[],
        Effect::Tests,
        "How often matches are told: type limit, threshold, both or backoff; track by_src, \
         by_dst, by_both, by_rule or by_flow; count; seconds or multiplier; unique_on counts \
         different values only: src_ip, dst_ip, src_port, dst_port, ot.name, ot.target or a \
         field.",
        threshold,
    ),
];

const MARKS: &[(&str, Mark)] = &[
    ("dst_ip", Mark::Destination),
    ("dst_port", Mark::DestinationPort),
    ("ot.name", Mark::Operation),
    ("ot.target", Mark::Target),
    ("src_ip", Mark::Source),
    ("src_port", Mark::SourcePort),
];

const TRACKS: &[(&str, Track)] = &[
    ("by_both", Track::Both),
    ("by_dst", Track::Destination),
    ("by_flow", Track::Flow),
    ("by_rule", Track::Rule),
    ("by_src", Track::Source),
];

/// Parameters of a limit.
#[derive(Default)]
struct Parameters<'t> {
    kind: Option<Text<'t>>,
    track: Option<Track>,
    count: Option<u32>,
    seconds: Option<u32>,
    multiplier: Option<u32>,
    unique: Option<Mark>,
}

impl<'t> Parameters<'t> {
    fn read(text: Text<'t>, word: &str) -> Result<Self, Flaw> {
        let mut found = Self::default();
        for parameter in text.split(',') {
            let mut words = parameter.words();
            let (Some(name), value) = (words.next(), words.next()) else {
                return Err(parameter.flaw(format!("a parameter of {word} is missing")));
            };
            let Some(value) = value else {
                let what = format!("`{}` of {word} needs a value", name.shown());
                return Err(name.flaw(what));
            };
            if let Some(more) = words.next() {
                let what = format!("`{}` is too much; a comma is missing before", more.shown());
                return Err(more.flaw(what));
            }
            match name.text {
                "type" => found.kind = Some(value),
                "track" => found.track = Some(named(value, "track", TRACKS)?),
                "count" => found.count = Some(positive(value)?),
                "seconds" => found.seconds = Some(positive(value)?),
                "multiplier" => found.multiplier = Some(positive(value)?),
                "unique_on" => found.unique = Some(mark(value)?),
                _ => {
                    let known = [
                        "type",
                        "track",
                        "count",
                        "seconds",
                        "multiplier",
                        "unique_on",
                    ];
                    return Err(name
                        .flaw(format!("`{}` is no parameter of {word}", name.shown()))
                        .hint(super::alike(name.text, known.into_iter())));
                }
            }
        }
        Ok(found)
    }

    fn track(&self, text: Text<'_>) -> Result<Track, Flaw> {
        self.track.ok_or_else(|| {
            text.flaw("the track is missing")
                .hint("track by_src, by_dst, by_both, by_rule or by_flow")
        })
    }

    fn count(&self, text: Text<'_>) -> Result<u32, Flaw> {
        self.count.ok_or_else(|| text.flaw("the count is missing"))
    }

    fn seconds(&self, text: Text<'_>) -> Result<u32, Flaw> {
        self.seconds
            .ok_or_else(|| text.flaw("the seconds are missing"))
    }

    /// The limit of this kind, where it can be kept.
    fn limit(&self, text: Text<'_>, kind: LimitKind) -> Result<Limit, Flaw> {
        let (track, count) = (self.track(text)?, self.count(text)?);
        if self.unique.is_some() {
            if track == Track::Flow || matches!(kind, LimitKind::Backoff { .. }) {
                return Err(text.flaw("unique_on goes neither with by_flow nor with backoff"));
            }
            if count > UNIQUE {
                let what = format!("unique_on counts at most {UNIQUE} different values");
                return Err(text.flaw(what));
            }
        }
        Ok(Limit {
            track,
            kind,
            unique: self.unique,
        })
    }
}

/// What tells matches apart: an address, a port, something of an operation, or a field.
fn mark(text: Text<'_>) -> Result<Mark, Flaw> {
    if let Some(found) = super::fields::find(text.text)
        && found.key.is_none()
    {
        return Ok(Mark::Field(found.field));
    }
    named(text, "address, port or field", MARKS)
}

fn changed(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let text = option.wanted()?;
    let mut parts = text.split(',');
    let of = parts
        .next()
        .ok_or_else(|| text.flaw("the field is missing"))?;
    let (of, mut by, mut within) = (mark(of.trim())?, None, None);
    for part in parts {
        let mut words = part.words();
        match (words.next().map_or("", |word| word.text), words.next()) {
            ("by", Some(value)) => by = Some(mark(value)?),
            ("within", Some(value)) => within = Some(positive(value)?),
            _ => {
                return Err(part
                    .flaw(format!("`{}` is no parameter of changed", part.shown()))
                    .hint("by FIELD, or within SECONDS"));
            }
        }
    }
    let within = within.ok_or_else(|| text.flaw("within is missing"))?;
    if draft.change.is_some() {
        return Err(option.word.flaw("a rule has one changed"));
    }
    draft.change = Some(Change { of, by, within });
    Ok(())
}

fn positive(text: Text<'_>) -> Result<u32, Flaw> {
    let number = text.within(1, u64::from(u32::MAX))?;
    Ok(u32::try_from(number).unwrap_or(u32::MAX))
}

fn threshold(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let found = limit(option.wanted()?)?;
    draft.limits.push(found);
    Ok(())
}

/// Reads the parameters of a threshold, in a rule or in a threshold file.
pub(crate) fn limit(text: Text<'_>) -> Result<Limit, Flaw> {
    let found = Parameters::read(text, "threshold")?;
    let Some(kind) = found.kind else {
        return Err(text
            .flaw("the type is missing")
            .hint("type limit, threshold, both or backoff"));
    };
    let kinds = [
        ("backoff", 3_u8),
        ("both", 2),
        ("limit", 0),
        ("threshold", 1),
    ];
    let which = named(kind, "type of threshold", &kinds)?;
    let count = found.count(text)?;
    let kind = if which == 3 {
        let multiplier = found
            .multiplier
            .ok_or_else(|| text.flaw("the multiplier is missing"))?;
        LimitKind::Backoff { count, multiplier }
    } else {
        let seconds = found.seconds(text)?;
        match which {
            0 => LimitKind::Limit { count, seconds },
            1 => LimitKind::Threshold { count, seconds },
            _ => LimitKind::Both { count, seconds },
        }
    };
    found.limit(text, kind)
}

fn detection_filter(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let text = option.wanted()?;
    let found = Parameters::read(text, "detection_filter")?;
    let kind = LimitKind::Filter {
        count: found.count(text)?,
        seconds: found.seconds(text)?,
    };
    draft.limits.push(found.limit(text, kind)?);
    Ok(())
}
