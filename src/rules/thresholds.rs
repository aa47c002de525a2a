//! Threshold files: `suppress`, `threshold`, `event_filter` and `rate_filter` lines, which say
//! how often rules tell without changing the rules.
//!
//! Called by the loader. A bad line is a refusal and never stops the others.

use super::load::Refusal;
use super::parse::lines::{self, Line};
use super::parse::text::Text;
use super::parse::{Flaw, hosts};
use super::rule::{Action, Hosts, Limit, LimitKind, Rule, Track};
use super::variables::Variables;
use super::words;
use std::path::PathBuf;
use std::sync::Arc;

/// Lays the lines of a file over the rules. Answers what was refused.
pub(super) fn apply(
    octets: &[u8],
    file: &Arc<PathBuf>,
    variables: &mut Variables,
    rules: &mut [Rule],
) -> Vec<Refusal> {
    let mut wrong = Vec::new();
    for line in lines::lines(octets).filter(|line| !line.off) {
        if let Err(flaw) = one(&line, variables, rules) {
            let (number, column) = line.place(flaw.at);
            wrong.push(Refusal {
                file: file.clone(),
                line: number,
                column,
                sid: None,
                cause: flaw.cause,
                what: flaw.what,
                hint: flaw.hint,
            });
        }
    }
    wrong
}

/// What a line is about: generator and signature, 0 for all, and its other parameters.
struct About<'t> {
    gid: u32,
    sid: u32,
    rest: Vec<Text<'t>>,
}

fn one(line: &Line, variables: &mut Variables, rules: &mut [Rule]) -> Result<(), Flaw> {
    let text = Text {
        at: 0,
        text: &line.text,
        latin: line.latin,
    }
    .trim();
    let Some(at) = text.text.find([' ', '\t']) else {
        return Err(text.flaw(format!("`{}` says nothing", text.shown())));
    };
    let (word, rest) = (text.part(0, at), text.after(at).trim());
    let about = about(rest)?;
    let (limit, replaces) = match word.text {
        "suppress" => (suppress(&about, rest, variables)?, false),
        "threshold" | "event_filter" => (filter(&about, rest)?, true),
        "rate_filter" => (rate(&about, rest)?, false),
        _ => {
            let known = ["suppress", "threshold", "event_filter", "rate_filter"];
            let mut hint = words::alike(word.text, known.into_iter());
            if hint.is_empty() {
                hint = format!("one of {}", known.join(", "));
            }
            return Err(word
                .flaw(format!("`{}` is no word of a threshold file", word.shown()))
                .hint(hint));
        }
    };
    let mut any = false;
    for rule in rules {
        let mine = (about.gid == 0 || about.gid == rule.id.gid)
            && (about.sid == 0 || about.sid == rule.id.sid);
        if mine {
            any = true;
            let told = |limit: &Limit| {
                !matches!(
                    limit.kind,
                    LimitKind::Limit { .. }
                        | LimitKind::Threshold { .. }
                        | LimitKind::Both { .. }
                        | LimitKind::Backoff { .. }
                )
            };
            if replaces {
                rule.limits.retain(told);
            }
            rule.limits.push(limit.clone());
        }
    }
    if any || about.sid == 0 {
        return Ok(());
    }
    Err(text.flaw(format!("no rule has the sid {}", about.sid)))
}

/// Commas inside brackets do not part parameters.
fn about(text: Text<'_>) -> Result<About<'_>, Flaw> {
    let mut parts = Vec::new();
    let (mut start, mut depth) = (0, 0_u32);
    for (at, character) in text.text.char_indices() {
        match character {
            '[' => depth = depth.saturating_add(1),
            ']' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(text.part(start, at).trim());
                start = at.saturating_add(1);
            }
            _ => {}
        }
    }
    parts.push(text.after(start).trim());
    let (mut gid, mut sid) = (None, None);
    let mut rest = Vec::new();
    for part in parts {
        let mut words = part.words();
        match (words.next().map_or("", |word| word.text), words.next()) {
            ("gen_id", Some(value)) => gid = Some(value.word()?),
            ("sig_id", Some(value)) => sid = Some(value.word()?),
            _ => rest.push(part),
        }
    }
    let (Some(gid), Some(sid)) = (gid, sid) else {
        return Err(text
            .flaw("gen_id or sig_id is missing")
            .hint("suppress gen_id 1, sig_id 1000001, track by_src, ip 10.0.0.1"));
    };
    Ok(About { gid, sid, rest })
}

/// The value of a parameter.
fn value<'t>(about: &About<'t>, key: &str) -> Option<Text<'t>> {
    about.rest.iter().find_map(|part| {
        let rest = part.strip(key)?;
        rest.text.starts_with([' ', '\t']).then(|| rest.trim())
    })
}

fn wanted<'t>(about: &About<'t>, key: &str, text: Text<'_>) -> Result<Text<'t>, Flaw> {
    value(about, key).ok_or_else(|| text.flaw(format!("the {key} is missing")))
}

fn suppress(about: &About<'_>, text: Text<'_>, variables: &mut Variables) -> Result<Limit, Flaw> {
    let Some(track) = value(about, "track") else {
        if let Some(odd) = about.rest.first() {
            return Err(odd.flaw(format!("`{}` is no parameter of suppress", odd.shown())));
        }
        return Ok(Limit {
            track: Track::Rule,
            kind: LimitKind::Suppress(None),
            unique: None,
        });
    };
    let track = match track.text {
        "by_src" => Track::Source,
        "by_dst" => Track::Destination,
        "by_either" => Track::Both,
        _ => {
            return Err(track
                .flaw(format!("`{}` is no track", track.shown()))
                .hint("by_src, by_dst or by_either"));
        }
    };
    let hosts: Hosts = hosts::hosts(wanted(about, "ip", text)?, variables)?;
    Ok(Limit {
        track,
        kind: LimitKind::Suppress(Some(hosts)),
        unique: None,
    })
}

fn filter(about: &About<'_>, text: Text<'_>) -> Result<Limit, Flaw> {
    // The same parameters as in a rule; rebuilt without the ids, at the place of the line.
    let (Some(first), Some(last)) = (about.rest.first(), about.rest.last()) else {
        return Err(text.flaw("the type is missing"));
    };
    let from = first.at.saturating_sub(text.at);
    let to = last
        .at
        .saturating_sub(text.at)
        .saturating_add(last.text.len());
    words::limit(text.part(from, to))
}

fn rate(about: &About<'_>, text: Text<'_>) -> Result<Limit, Flaw> {
    let track = wanted(about, "track", text)?;
    let track = match track.text {
        "by_src" => Track::Source,
        "by_dst" => Track::Destination,
        "by_both" => Track::Both,
        "by_rule" => Track::Rule,
        _ => return Err(track.flaw(format!("`{}` is no track", track.shown()))),
    };
    let action = wanted(about, "new_action", text)?;
    let action_is = match action.text {
        "pass" => Action::Pass,
        "alert" | "drop" | "reject" | "log" => Action::Alert,
        _ => return Err(action.flaw(format!("`{}` is no action", action.shown()))),
    };
    Ok(Limit {
        track,
        kind: LimitKind::Rate {
            count: wanted(about, "count", text)?.word()?,
            seconds: wanted(about, "seconds", text)?.word()?,
            action: action_is,
            timeout: wanted(about, "timeout", text)?.word()?,
        },
        unique: None,
    })
}
