//! What in a baseline wants somebody's eye before it is relied on: what was learned too little of,
//! what is doubtful, what expired, and what people decided without saying why.

use super::evidence::{BUDGET, Sort};
use super::text::keys;
use super::{Baseline, Word};
use crate::facts::Time;
use std::time::Duration;

/// Lines named of one kind of finding; the rest are counted.
const NAMED: usize = 5;

/// Something that wants an eye.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// What it is.
    pub what: String,
    /// What to do about it.
    pub hint: &'static str,
    /// The lines, where it is about some: the first few.
    pub lines: Vec<String>,
    /// How many more there are.
    pub more: usize,
}

/// What there is to remark at this time; nothing where the baseline can be relied on.
#[must_use]
pub fn remarks(baseline: &Baseline, now: Time) -> Vec<Remark> {
    let mut remarks = Vec::new();
    remarks.extend(learned(baseline));
    if baseline.overflow > 0 {
        let what = format!(
            "{} sightings found no room: it is not complete",
            baseline.overflow
        );
        let hint = "learn from less: without scans, or the networks of the plant alone";
        remarks.push(alone(what, hint));
    }
    type Says<'a> = &'a dyn Fn(&Word) -> bool;
    let expired = |word: &Word| word.expires.is_some_and(|end| end <= now);
    let unsaid = |word: &Word| {
        (word.forbidden || word.expires.is_some()) && (word.by.is_none() || word.why.is_none())
    };
    let kinds: [(Says<'_>, &str, &'static str); 3] = [
        (
            &|word| word.doubt.is_some(),
            "doubtful: learned from who scanned, and not usual until somebody says so",
            "`jaga baseline approve` takes the doubt away, `remove` the line",
        ),
        (
            &expired,
            "expired: not usual any more",
            "`jaga baseline approve --expires TIME` prolongs it, `remove` takes it away",
        ),
        (
            &unsaid,
            "decided without saying by whom and why",
            "add by=\"NAME\" and why=\"TEXT\" behind the semicolon",
        ),
    ];
    for (says, what, hint) in kinds {
        remarks.extend(lines(text(baseline, says), what, hint));
    }
    let open = baseline.acts.iter().filter(|(_, entry)| entry.more.open);
    let open = open.map(|(act, _)| format!("do {}", keys::ActKey(act)));
    remarks.extend(lines(
        open.collect(),
        "open: touches so many addresses that none is new to it",
        "nothing, where the station is used by hand; else look what it does",
    ));
    remarks
}

/// Whether enough was learned of each sort.
fn learned(baseline: &Baseline) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let Some((first, last)) = baseline.span else {
        if baseline.is_empty() {
            let hint = "`jaga baseline learn` learns from captures";
            remarks.push(alone("nothing was learned".to_owned(), hint));
        }
        return remarks;
    };
    let span = last.since(first);
    let learned = baseline.learning.map_or(span, |learning| learning.learned);
    for sort in Sort::ALL {
        let forecast = baseline.forecast(sort, learned, last);
        if forecast.is_enough() {
            continue;
        }
        let rising = if forecast.rising { ", and rising" } else { "" };
        let what = format!(
            "{}: after {:.1} days up to {:.0} new ones a day are to be expected{rising}; {BUDGET:.0} may",
            sort.name(),
            days(learned),
            forecast.a_day.ceil().min(1e6),
        );
        let hint = "learn for longer: `jaga baseline learn --baseline FILE` adds to it";
        remarks.push(alone(what, hint));
    }
    remarks
}

fn days(span: Duration) -> f64 {
    span.as_secs_f64() / 86_400.0
}

fn text(baseline: &Baseline, says: impl Fn(&Word) -> bool) -> Vec<String> {
    super::text::keys(baseline, says)
}

const fn alone(what: String, hint: &'static str) -> Remark {
    Remark {
        what,
        hint,
        lines: Vec::new(),
        more: 0,
    }
}

/// A remark about these lines, where there are some.
fn lines(mut all: Vec<String>, what: &str, hint: &'static str) -> Option<Remark> {
    let count = all.len();
    all.truncate(NAMED);
    let counted = match count {
        0 => return None,
        1 => "1 line is".to_owned(),
        count => format!("{count} lines are"),
    };
    Some(Remark {
        what: format!("{counted} {what}"),
        hint,
        more: count - all.len(),
        lines: all,
    })
}
