//! A diagnosis told: on the terminal in 80 columns, or as one JSON object.

use super::{Check, Diagnosis, Verdict};
use crate::desk::audit::words::Say;
use crate::desk::detect::Language;
use crate::desk::report::wrap;
use crate::facts::plain;
use serde::Serialize;
use std::io::{self, Write};

/// Columns of the terminal.
const WIDTH: usize = 80;

/// Columns of the verdict before each check.
const MARGIN: usize = 11;

/// Tells a diagnosis in one language.
#[derive(Debug)]
pub struct Told(Say);

/// A diagnosis as JSON.
#[derive(Serialize)]
struct Written<'a> {
    listened_to: &'a [String],
    seconds: f64,
    packets: u64,
    octets: u64,
    conversations: u64,
    vlans: &'a [String],
    checks: Vec<Line<'a>>,
}

/// A check as JSON.
#[derive(Serialize)]
struct Line<'a> {
    check: &'static str,
    verdict: Verdict,
    count: u64,
    of: u64,
    named: &'a [String],
    text: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    mend: String,
}

impl Told {
    /// In this language.
    #[must_use]
    pub fn of(language: Language) -> Self {
        Self(Say::from(language, catalogue(language)))
    }

    /// Writes it for people.
    ///
    /// # Errors
    /// What the writer says.
    pub fn write(&self, diagnosis: &Diagnosis, out: &mut dyn Write) -> io::Result<()> {
        let say = &self.0;
        let setting = &diagnosis.setting;
        let seconds = setting.span.as_secs_f64();
        let head = say.fill(
            "head",
            &[
                ("names", plain(&setting.names.join(", "))),
                ("span", say.duration(setting.span)),
                ("packets", say.number(setting.books.received)),
                ("octets", say.octets(setting.books.octets)),
                ("rate", say.number(rate(setting.books.received, seconds))),
                ("conversations", say.number(diagnosis.conversations)),
            ],
        );
        for line in wrap(&head, WIDTH) {
            writeln!(out, "{line}")?;
        }
        if !diagnosis.vlans.is_empty() {
            let vlans = say.fill("vlans", &[("named", diagnosis.vlans.join(", "))]);
            for line in wrap(&vlans, WIDTH) {
                writeln!(out, "{line}")?;
            }
        }
        writeln!(out)?;
        for check in &diagnosis.checks {
            let verdict = say.say(verdict(check.verdict));
            let lead = format!("{verdict:<MARGIN$}");
            paragraph(&lead, &self.text(check), out)?;
            let mend = self.mend(check);
            if !mend.is_empty() {
                paragraph(&" ".repeat(MARGIN), &format!("→ {mend}"), out)?;
            }
        }
        Ok(())
    }

    /// Writes it as one JSON object and a line end.
    ///
    /// # Errors
    /// What the writer says.
    pub fn write_json(&self, diagnosis: &Diagnosis, out: &mut dyn Write) -> io::Result<()> {
        let setting = &diagnosis.setting;
        let line = |check| Line {
            check: Check::name(check),
            verdict: check.verdict,
            count: check.count,
            of: check.of,
            named: &check.named,
            text: self.text(check),
            mend: self.mend(check),
        };
        let written = Written {
            listened_to: &setting.names,
            seconds: (setting.span.as_secs_f64() * 1000.0).round() / 1000.0,
            packets: setting.books.received,
            octets: setting.books.octets,
            conversations: diagnosis.conversations,
            vlans: &diagnosis.vlans,
            checks: diagnosis.checks.iter().map(line).collect(),
        };
        serde_json::to_writer_pretty(&mut *out, &written)?;
        writeln!(out)
    }

    /// What was found.
    fn text(&self, check: &Check) -> String {
        let form = match check.verdict {
            Verdict::Wrong | Verdict::Warning | Verdict::Note => "bad",
            Verdict::Unknown => "unknown",
            Verdict::Good => "good",
        };
        self.filled(&format!("{}-{form}", check.name), check)
    }

    /// What to do about it; empty where nothing is to be done.
    fn mend(&self, check: &Check) -> String {
        match check.verdict {
            Verdict::Wrong | Verdict::Warning => {
                self.filled(&format!("{}-mend", check.name), check)
            }
            Verdict::Note | Verdict::Unknown | Verdict::Good => String::new(),
        }
    }

    fn filled(&self, name: &str, check: &Check) -> String {
        let say = &self.0;
        let first = check.named.first().cloned().unwrap_or_default();
        let blanks = [
            ("number", say.number(check.count)),
            ("all", say.number(check.of)),
            ("octets", say.octets(check.count)),
            ("sent", say.octets(check.of)),
            ("share", say.share(check.count, check.of)),
            ("named", plain(&check.named.join(", "))),
            ("name", plain(&first)),
        ];
        say.filled(name, Some(check.count), &blanks)
    }
}

impl Check {
    const fn name(&self) -> &'static str {
        self.name
    }
}

/// Packets in a second.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a figure for people; casts of floats saturate"
)]
fn rate(packets: u64, seconds: f64) -> u64 {
    (packets as f64 / seconds.max(0.001)).round() as u64
}

/// The message that names a verdict.
const fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Wrong => "verdict-wrong",
        Verdict::Warning => "verdict-warning",
        Verdict::Note => "verdict-note",
        Verdict::Unknown => "verdict-unknown",
        Verdict::Good => "verdict-good",
    }
}

fn paragraph(lead: &str, text: &str, out: &mut dyn Write) -> io::Result<()> {
    let indent = " ".repeat(MARGIN);
    for (number, line) in wrap(text, WIDTH - MARGIN).iter().enumerate() {
        let lead = if number == 0 { lead } else { &indent };
        writeln!(out, "{lead}{line}")?;
    }
    Ok(())
}

/// The catalogue of a language.
pub(super) const fn catalogue(language: Language) -> &'static str {
    match language {
        Language::English => include_str!("words/en.ftl"),
        Language::Indonesian => include_str!("words/id.ftl"),
    }
}
