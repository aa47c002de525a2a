//! Incidents, alerts and weaknesses as the page shows them.

use super::control::party;
use crate::desk::audit::words::Say;
use crate::desk::audit::{Audit, Capsule, Weakness, weaknesses as sought};
use crate::desk::detect::{DETECTORS, Language};
use crate::desk::report::{AlertTotal, IncidentTotal, Party, StepTotal};
use crate::facts::attack;
use std::sync::Arc;

/// Most stories shown; the others are in the JSON.
const SHOWN: usize = 120;

/// Most parties named of one story.
const PARTIES: usize = 4;

/// Most kinds of alert shown of a story.
const STEPS: usize = 8;

/// Something found, with what it means.
pub(super) struct Story {
    /// The name that links have for it.
    pub(super) id: String,
    /// 1 to 4.
    pub(super) grade: u8,
    pub(super) badge: String,
    pub(super) title: String,
    pub(super) meta: String,
    pub(super) what: String,
    /// Whether `what` is English in a report that is not.
    pub(super) foreign: bool,
    /// Terms with their texts, and whether these are foreign.
    pub(super) told: Vec<(String, String, bool)>,
}

/// A kind of weakness.
pub(super) struct Weak {
    pub(super) kind: &'static str,
    pub(super) severity: u8,
    pub(super) badge: String,
    pub(super) title: String,
    pub(super) why: String,
    pub(super) fix: String,
    pub(super) cases: Vec<Case>,
    pub(super) omitted: u64,
}

/// Where it was seen.
pub(super) struct Case {
    pub(super) source: String,
    pub(super) destination: String,
    pub(super) detail: String,
    pub(super) count: String,
    pub(super) frame: String,
}

/// What looked on, in a sentence.
pub(super) fn text(audit: &Audit<'_>, say: &Say) -> String {
    let rules = say.count("findings-text", audit.custody.rules);
    match audit.detectors {
        true => format!("{rules} {}", say.say("findings-detectors")),
        false => rules,
    }
}

/// The incidents, and how many are not shown.
pub(super) fn incidents(all: &[IncidentTotal], say: &Say) -> (Vec<Story>, u64) {
    let stories = all.iter().take(SHOWN).map(|incident| {
        let foreign = foreign(incident.sid, say);
        let mut told = parties(&incident.sources, &incident.targets, say);
        let course = course(&incident.steps, say);
        told.extend(course.map(|text| (say.say("incident-course"), text, false)));
        told.extend(term("plant", &incident.plant, foreign, say));
        told.extend(term("check", &incident.check, foreign, say));
        told.extend(techniques(&incident.techniques, say));
        let blanks = [
            ("when", say.when(incident.first, incident.last)),
            ("frame", say.number(incident.frame)),
            ("number", say.number(incident.alerts)),
        ];
        Story {
            id: format!("incident-{}", incident.id),
            grade: incident.priority,
            badge: format!("P{}", incident.priority),
            title: say.title(&incident.title).to_owned(),
            meta: say.filled("incident-meta", Some(incident.alerts), &blanks),
            what: located(incident, say),
            foreign: false,
            told,
        }
    });
    (stories.collect(), all.len().saturating_sub(SHOWN) as u64)
}

/// What happened in the gravest alert, and where.
fn located(incident: &IncidentTotal, say: &Say) -> String {
    if incident.what.is_empty() || incident.what_frame == incident.frame {
        return incident.what.to_string();
    }
    let (time, frame) = (
        say.time(incident.what_time),
        say.number(incident.what_frame),
    );
    format!("{} ({time}, #{frame})", incident.what)
}

/// What came after what in a story of several kinds of alert.
pub(super) fn course(steps: &[StepTotal], say: &Say) -> Option<String> {
    let one = |step: &StepTotal| {
        let times = match step.count {
            1 => String::new(),
            times => format!(" ×{}", say.number(times)),
        };
        let title = say.title(&step.title);
        format!("{title}{times} (#{})", say.number(step.frame))
    };
    let more = steps.len().saturating_sub(STEPS);
    let more = (more > 0).then(|| format!("+{more}"));
    let shown: Vec<String> = steps.iter().take(STEPS).map(one).chain(more).collect();
    (steps.len() > 1).then(|| shown.join(" → "))
}

/// The alerts; where there are `capsules`, each with its own.
pub(super) fn alerts(all: &[AlertTotal], capsules: &[Capsule], say: &Say) -> Vec<Story> {
    let story = |alert: &AlertTotal| {
        let foreign = foreign(alert.signature_id, say);
        let pairs: Vec<String> = alert
            .pairs
            .iter()
            .take(PARTIES)
            .map(|pair| {
                format!(
                    "{} → {}",
                    party(&pair.source, say),
                    party(&pair.destination, say)
                )
            })
            .collect();
        let more = alert.pairs.len().saturating_sub(PARTIES);
        let mut pairs = pairs.join("; ");
        if more > 0 {
            pairs.push_str(&format!("; +{more}"));
        }
        let mut told = vec![(say.say("between"), pairs, false)];
        let ended = match alert.refused {
            0 => None,
            refused if refused == alert.count => Some(say.say("alert-refused")),
            refused => Some(say.count("alert-partly-refused", refused)),
        };
        told.extend(ended.map(|text| (say.say("ended"), text, false)));
        told.extend(term("usual", &alert.usual, foreign, say));
        told.extend(term("soc", &alert.soc, foreign, say));
        told.extend(term("plant", &alert.plant, foreign, say));
        told.extend(term("check", &alert.check, foreign, say));
        told.extend(techniques(&alert.techniques, say));
        let name = crate::desk::capsules::name(alert.gid, alert.signature_id, alert.severity);
        // Named where it was written: not past their most, nor in a run that was left.
        let written = capsules.iter().any(|capsule| capsule.name == name);
        told.extend(written.then(|| (say.say("capsule"), format!("{name}.pcapng"), false)));
        let blanks = [
            ("when", say.when(alert.first, alert.last)),
            ("frame", say.number(alert.frame)),
            ("number", say.number(alert.count)),
            ("sid", alert.signature_id.to_string()),
        ];
        Story {
            id: name,
            grade: alert.severity,
            badge: say.of_kind("severity", &alert.severity.to_string()),
            title: say.title(&alert.signature).to_owned(),
            meta: say.filled("alert-meta", Some(alert.count), &blanks),
            what: alert.what.clone(),
            foreign,
            told,
        }
    };
    all.iter().map(story).collect()
}

/// Whether what a rule or detector says is English in a report that is not: detectors speak the
/// report's language, rules their own.
pub(super) fn foreign(sid: u32, say: &Say) -> bool {
    let kinds = DETECTORS.iter().flat_map(|row| row.kinds);
    let detector = kinds.into_iter().any(|kind| kind.sid == sid);
    say.language != Language::English && !detector
}

/// Which weaknesses were looked for and do not show: an answer to who asks for them.
pub(super) fn absent(audit: &Audit<'_>, say: &Say) -> String {
    let found = &audit.weaknesses;
    let names = sought::absent(found, audit.logins_watched, audit.zones.is_some());
    let titles: Vec<String> = names
        .iter()
        .map(|name| say.say(&format!("weak-{name}")))
        .collect();
    match titles.is_empty() {
        true => String::new(),
        false => say.fill("weaknesses-absent", &[("what", titles.join("; "))]),
    }
}

/// The weaknesses.
pub(super) fn weaknesses(all: &[Weakness], say: &Say) -> Vec<Weak> {
    let some = |count: u64| match count {
        0 => String::new(),
        count => say.number(count),
    };
    let weak = |weakness: &Weakness| Weak {
        kind: weakness.kind,
        severity: weakness.severity,
        badge: say.of_kind("severity", &weakness.severity.to_string()),
        title: say.say(&format!("weak-{}", weakness.kind)),
        why: say.say(&format!("weak-{}-why", weakness.kind)),
        fix: say.say(&format!("weak-{}-fix", weakness.kind)),
        cases: weakness
            .cases
            .iter()
            .map(|case| Case {
                source: party(&case.source, say),
                destination: case
                    .destination
                    .as_ref()
                    .map_or_else(String::new, |to| party(to, say)),
                detail: say.detail(&case.detail),
                count: some(case.count),
                frame: some(case.frame),
            })
            .collect(),
        omitted: weakness.omitted,
    };
    all.iter().map(weak).collect()
}

fn term(name: &str, text: &str, foreign: bool, say: &Say) -> Option<(String, String, bool)> {
    let own = say.sentences(text).filter(|_| foreign);
    let foreign = foreign && own.is_none();
    (!text.is_empty()).then(|| {
        (
            say.say(name),
            own.unwrap_or_else(|| text.to_owned()),
            foreign,
        )
    })
}

fn parties(
    sources: &[Arc<Party>],
    targets: &[Arc<Party>],
    say: &Say,
) -> Vec<(String, String, bool)> {
    let named = |all: &[Arc<Party>]| {
        let few: Vec<String> = all
            .iter()
            .take(PARTIES)
            .map(|one| party(one, say))
            .collect();
        let more = all.len().saturating_sub(PARTIES);
        let mut text = few.join("; ");
        if more > 0 {
            text.push_str(&format!("; +{more}"));
        }
        text
    };
    let rows = [("who", named(sources)), ("whom", named(targets))];
    let rows = rows.into_iter().filter(|(_, text)| !text.is_empty());
    rows.map(|(name, text)| (say.say(name), text, false))
        .collect()
}

fn techniques(ids: &[String], say: &Say) -> Option<(String, String, bool)> {
    let named: Vec<String> = ids
        .iter()
        .map(|id| match attack::technique(id) {
            Some(entry) => format!("{id} {}", entry.name),
            None => id.clone(),
        })
        .collect();
    let foreign = say.language != Language::English;
    (!named.is_empty()).then(|| ("ATT&CK".to_owned(), named.join(", "), foreign))
}
