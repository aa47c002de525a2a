//! The report as one page of HTML: what stands in the templates' blanks.
//!
//! The templates lie in `page/*.html` and are compiled in; every text passes by [`Harmless`] on
//! its way into the page, so that no name from the wire can become a part of it. The page has
//! no script, fetches nothing, and carries its own style for screen and paper.

mod control;
mod coverage;
mod devices;
mod findings;
mod overview;
mod planned;
mod programs;
mod standards;
mod vulnerabilities;
pub(super) mod zones;

use super::words::Say;
use super::{Audit, Sealed, map, timeline};
use crate::desk::detect::Language;
use crate::facts::is_hidden;
use askama::Template;
use askama::filters::Escaper;
use std::fmt;
use std::io::{self, Write};

/// Escapes what HTML reads as its own, and writes out what does not show itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct Harmless;

impl Escaper for Harmless {
    fn write_escaped_str<W: fmt::Write>(&self, mut out: W, text: &str) -> fmt::Result {
        text.chars()
            .try_for_each(|c| self.write_escaped_char(&mut out, c))
    }

    fn write_escaped_char<W: fmt::Write>(&self, mut out: W, c: char) -> fmt::Result {
        match c {
            '<' => out.write_str("&lt;"),
            '>' => out.write_str("&gt;"),
            '&' => out.write_str("&amp;"),
            '"' => out.write_str("&quot;"),
            '\'' => out.write_str("&#39;"),
            hidden if is_hidden(hidden) => write!(out, "{}", hidden.escape_default()),
            shown => out.write_char(shown),
        }
    }
}

/// Everything that the templates fill in.
#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    say: &'a Say,
    audit: &'a Audit<'a>,
    names: String,
    period: String,
    sections: Vec<(&'static str, String)>,
    /// How it is drawn, its mark, and the sentence.
    verdict: (&'static str, &'static str, String),
    summary: Vec<String>,
    figures: Vec<(String, String)>,
    steps: Vec<overview::Step>,
    captures: Vec<coverage::Read<'a>>,
    quality: Vec<(String, String)>,
    ledger: Vec<(String, String, String)>,
    blind: Vec<String>,
    unjudged: Vec<String>,
    devices: Vec<devices::Row>,
    devices_omitted: u64,
    map: map::Map,
    map_description: String,
    map_left_out: String,
    groups: Vec<String>,
    control: Vec<control::Row>,
    control_omitted: u64,
    notable: Vec<control::Notable>,
    notable_omitted: u64,
    programs: Vec<programs::Row>,
    programs_omitted: u64,
    work: Vec<programs::Work>,
    work_omitted: u64,
    timeline: Option<timeline::Timeline>,
    findings_text: String,
    incidents: Vec<findings::Story>,
    incidents_omitted: u64,
    alerts: Vec<findings::Story>,
    zones: Option<zones::Section>,
    planned: Option<planned::Section>,
    weaknesses: Vec<findings::Weak>,
    absent: String,
    vulnerabilities: Option<vulnerabilities::Section>,
    requirements: Vec<(&'static str, Vec<standards::Row<'a>>)>,
    techniques: Vec<standards::Techniques<'a>>,
    command: String,
    rest: String,
    sealed: Vec<(String, String, String)>,
    settings: Vec<(String, String)>,
}

/// The sections in their order, of which those about zones, planned work and vulnerabilities are
/// there only where zones, windows and advisories were given, by the name that links and catalogues have for each.
const SECTIONS: [&str; 14] = [
    "summary",
    "coverage",
    "devices",
    "map",
    "control",
    "zones",
    "programs",
    "planned",
    "timeline",
    "findings",
    "weaknesses",
    "vulnerabilities",
    "requirements",
    "appendix",
];

/// Writes the page.
pub(super) fn write(audit: &Audit<'_>, language: Language, out: &mut dyn Write) -> io::Result<()> {
    let say = Say::of(language);
    let mut out = out;
    page(audit, &say).write_into(&mut out)
}

fn page<'a>(audit: &'a Audit<'a>, say: &'a Say) -> Page<'a> {
    let picture = audit.picture;
    let (devices, devices_omitted) = devices::rows(picture.devices, say);
    let (control, control_omitted) = control::rows(&picture.control, say);
    let (notable, notable_omitted) = control::notable(&picture.operations, say);
    let (programs, programs_omitted) = programs::rows(&audit.programs, say);
    let (work, work_omitted) = programs::work(&audit.engineering, say);
    let (incidents, folded) = findings::incidents(&picture.incidents, say);
    let map = map::draw(audit, say);
    let vulnerabilities = vulnerabilities::section(audit.vulnerabilities.as_ref(), say);
    let zones = zones::section(audit.zones.as_ref(), say);
    let planned = planned::section(picture.planned.as_ref(), say);
    let given = |id: &&&str| match **id {
        "vulnerabilities" => vulnerabilities.is_some(),
        "zones" => zones.is_some(),
        "planned" => planned.is_some(),
        _ => true,
    };
    let sections = SECTIONS.iter().filter(given);
    Page {
        names: coverage::names(audit),
        period: coverage::period(audit, say),
        sections: sections.map(|id| (*id, say.say(id))).collect(),
        verdict: overview::verdict(audit, say),
        summary: overview::sentences(audit, say),
        figures: overview::figures(audit, say),
        steps: overview::steps(audit, say),
        captures: coverage::captures(audit, say),
        quality: coverage::quality(picture, say),
        ledger: coverage::ledger(picture, say),
        blind: coverage::blind(picture, say),
        unjudged: coverage::unjudged(audit, say),
        devices,
        devices_omitted,
        map_description: overview::map_description(&map, say),
        map_left_out: overview::map_left_out(&map, say),
        map,
        groups: control::groups(say),
        control,
        control_omitted,
        notable,
        notable_omitted,
        programs,
        programs_omitted,
        work,
        work_omitted: work_omitted + audit.engineering_omitted,
        timeline: timeline::draw(audit, say),
        findings_text: findings::text(audit, say),
        incidents,
        incidents_omitted: folded + picture.incidents_omitted,
        alerts: findings::alerts(&picture.alerts, &audit.custody.capsules, say),
        zones,
        planned,
        weaknesses: findings::weaknesses(&audit.weaknesses, say),
        absent: findings::absent(audit, say),
        vulnerabilities,
        requirements: standards::requirements(audit, say),
        techniques: standards::techniques(audit, say),
        command: audit.custody.line(),
        rest: audit.custody.rest_line(),
        sealed: sealed(audit, say),
        settings: coverage::settings(audit, say),
        say,
        audit,
    }
}

/// Captures and settings with their hashes.
fn sealed(audit: &Audit<'_>, say: &Say) -> Vec<(String, String, String)> {
    let all = audit.custody.captures.iter().chain(&audit.custody.settings);
    all.map(|file| {
        let octets = file.octets.map(|octets| say.number(octets));
        (
            file.name.clone(),
            octets.unwrap_or_default(),
            hash(file, say),
        )
    })
    .collect()
}

fn hash(file: &Sealed, say: &Say) -> String {
    file.sha256.clone().unwrap_or_else(|| say.say("no-hash"))
}
