//! Requirements and techniques as the page shows them.

use crate::desk::audit::words::Say;
use crate::desk::audit::{Audit, Coverage, Standard, TechniqueRow, Verdict};

/// A requirement.
pub(super) struct Row<'a> {
    pub(super) id: &'a str,
    pub(super) title: &'a str,
    /// How it is drawn.
    pub(super) verdict: &'static str,
    pub(super) judgement: String,
    /// The weaknesses that speak against it: link and title.
    pub(super) by: Vec<(&'static str, String)>,
}

/// Techniques of one coverage: how they are drawn, their title, and they.
pub(super) type Techniques<'a> = (&'static str, String, Vec<&'a TechniqueRow>);

/// The requirements by standard.
pub(super) fn requirements<'a>(
    audit: &'a Audit<'_>,
    say: &Say,
) -> Vec<(&'static str, Vec<Row<'a>>)> {
    let rows = |standard: Standard| {
        let all = audit
            .requirements
            .iter()
            .filter(|row| row.standard == standard);
        let rows = all.map(|row| Row {
            id: row.id,
            title: row.title,
            verdict: match row.verdict {
                // Unlike text that only screen readers get.
                Verdict::Unseen => "unseen-here",
                verdict => verdict.name(),
            },
            judgement: say.of_kind("verdict-of", row.verdict.name()),
            by: row
                .by
                .iter()
                .map(|kind| (*kind, say.say(&format!("weak-{kind}"))))
                .collect(),
        });
        rows.collect()
    };
    Standard::ALL
        .map(|standard| (standard.name(), rows(standard)))
        .into()
}

/// The techniques by coverage.
pub(super) fn techniques<'a>(audit: &'a Audit<'_>, say: &Say) -> Vec<Techniques<'a>> {
    let of = |coverage: Coverage| {
        let rows = audit
            .techniques
            .iter()
            .filter(|row| row.coverage == coverage);
        let rows: Vec<&TechniqueRow> = rows.collect();
        let title = say.count(&format!("attack-{}", coverage.name()), rows.len() as u64);
        (coverage.name(), title, rows)
    };
    [
        Coverage::Seen,
        Coverage::WouldBeSeen,
        Coverage::CannotBeSeen,
    ]
    .map(of)
    .into()
}
