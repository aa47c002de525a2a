//! What advisories say of the devices, as the page shows it.

use crate::desk::advisories::{Answer, Judgement, Vulnerabilities};
use crate::desk::audit::words::Say;

/// Most rows shown of each answer; the others are in the JSON.
const SHOWN: usize = 300;

/// Most vulnerabilities and remedies named in one row, and faults of files.
const FLAWS: usize = 12;
const REMEDIES: usize = 2;
const FAULTS: usize = 50;

/// The section.
pub(super) struct Section {
    pub(super) text: String,
    /// One for each answer.
    pub(super) tables: Vec<Table>,
    pub(super) unidentified: String,
    pub(super) omitted: u64,
    pub(super) faults: Vec<(String, String)>,
    pub(super) faults_omitted: u64,
}

/// The advisories and devices of one answer.
pub(super) struct Table {
    /// Its name for links.
    pub(super) id: &'static str,
    pub(super) title: String,
    pub(super) rows: Vec<Row>,
    pub(super) omitted: u64,
}

/// An advisory and a device.
pub(super) struct Row {
    pub(super) device: String,
    pub(super) name: String,
    pub(super) advisory: String,
    pub(super) title: String,
    pub(super) flaws: Vec<String>,
    pub(super) because: String,
    pub(super) product: String,
    pub(super) evidence: Vec<String>,
    pub(super) remedies: Vec<String>,
}

/// The section, where advisories were given.
pub(super) fn section(all: Option<&Vulnerabilities>, say: &Say) -> Option<Section> {
    let all = all?;
    let tables = [
        ("vulnerable-affected", Answer::Affected),
        ("vulnerable-cannot-tell", Answer::CannotTell),
        ("vulnerable-not-affected", Answer::NotAffected),
    ];
    let tables = tables.map(|(id, answer)| {
        let of = all.judgements.iter().filter(|one| one.answer == answer);
        let number = of.clone().count();
        let rows = of.take(SHOWN).map(|one| row(one, say)).collect();
        let title = format!("{} ({})", say.say(id), say.number(number as u64));
        Table {
            id,
            title,
            rows,
            omitted: number.saturating_sub(SHOWN) as u64,
        }
    });
    let faults = all.faults.iter().take(FAULTS);
    let faults = faults.map(|fault| {
        (
            fault.file.clone(),
            format!("{}; {}", fault.what, fault.hint),
        )
    });
    let blanks = [
        ("number", say.number(all.read)),
        ("hash", all.sha256.clone()),
    ];
    Some(Section {
        text: say.filled("vulnerable-read", Some(all.read), &blanks),
        tables: tables.into(),
        unidentified: match all.unidentified {
            0 => String::new(),
            number => say.count("vulnerable-unidentified", number),
        },
        omitted: all.omitted,
        faults: faults.collect(),
        faults_omitted: all.faults.len().saturating_sub(FAULTS) as u64,
    })
}

fn row(judgement: &Judgement, say: &Say) -> Row {
    let flaws = judgement.vulnerabilities.iter();
    let mut shown: Vec<String> = flaws
        .take(FLAWS)
        .map(|flaw| match flaw.score {
            Some(score) => format!("{} (CVSS {score:.1})", flaw.id),
            None => flaw.id.clone(),
        })
        .collect();
    let more = judgement.vulnerabilities.len().saturating_sub(FLAWS);
    if more > 0 {
        shown.push(format!("+{more}"));
    }
    let missing = say.of_kind("property", judgement.missing);
    let versions = match judgement.versions.is_empty() {
        true => say.say("unknown"),
        false => judgement.versions.clone(),
    };
    let because = match judgement.because {
        "not-observed" => say.fill("because-not-observed", &[("missing", missing)]),
        "affected" if judgement.versions.is_empty() => say.say("because-affected-all"),
        "affected" => say.fill("because-affected", &[("versions", versions)]),
        "outside" => say.fill("because-outside", &[("versions", versions)]),
        "unclear" => say.fill("because-unclear", &[("versions", versions)]),
        "unlisted" => say.fill("because-unlisted", &[("versions", versions)]),
        "fixed" => say.fill("because-fixed", &[("versions", versions)]),
        "not-affected" => say.say("because-not-affected"),
        "family" => say.say("because-family"),
        "condition" => say.say("because-condition"),
        _ => say.say("because-under-investigation"),
    };
    let told = judgement.evidence.iter().map(|one| {
        let frame = one
            .frame
            .map_or_else(String::new, |frame| format!(" #{frame}"));
        let what = say.of_kind("property", one.property);
        format!("{what} {} ({}{frame})", one.value, one.source)
    });
    let remedies = judgement.remediations.iter().take(REMEDIES);
    Row {
        device: judgement.device.clone(),
        name: name(judgement),
        advisory: judgement.advisory.clone(),
        title: judgement.title.clone(),
        flaws: shown,
        because,
        product: judgement.product.clone(),
        evidence: told.collect(),
        remedies: remedies.map(|one| one.details.clone()).collect(),
    }
}

/// What stands below the address: the name, or which unit and what it is.
fn name(judgement: &Judgement) -> String {
    let Some(unit) = judgement.unit else {
        return judgement.name.clone();
    };
    let mut told = judgement.evidence.iter();
    let what = told.find(|one| matches!(one.property, "model" | "order_number"));
    format!("{unit}: {}", what.map_or("", |one| one.value.as_str()))
}
