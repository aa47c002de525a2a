//! The summary in plain words: what somebody signs who reads nothing else.

use super::{coverage, findings};
use crate::desk::advisories::Answer;
use crate::desk::audit::Audit;
use crate::desk::audit::map::Map;
use crate::desk::audit::words::Say;
use crate::desk::report::{IncidentTotal, Party};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Incidents and weaknesses among the first steps.
const STORIES: usize = 4;
const WEAKNESSES: usize = 4;

/// Priority and severity up to which something is among the first steps.
const URGENT: u8 = 3;

/// The priority of a device that has a published vulnerability.
const VULNERABLE: u8 = 2;

/// Devices named in a sentence.
const NAMED: usize = 5;

/// Something to do first.
pub(super) struct Step {
    pub(super) title: String,
    pub(super) what: String,
    /// What came after what, where it was more than one thing.
    pub(super) course: Option<String>,
    pub(super) check: String,
    /// Whether what is to be checked is English in a report that is not.
    pub(super) foreign: bool,
    /// Where more about it stands.
    pub(super) link: String,
}

/// The verdict: how it is drawn, its mark, and the sentence.
pub(super) fn verdict(audit: &Audit<'_>, say: &Say) -> (&'static str, &'static str, String) {
    let picture = audit.picture;
    let grave = picture.incidents.iter().map(|incident| incident.priority);
    // What is among the first steps needs an answer, so it never gets the last verdict.
    let weak = audit.weaknesses.iter().map(|weak| match weak.severity {
        URGENT => URGENT,
        severity => severity + 1,
    });
    let affected = vulnerable(audit).next().map(|_| VULNERABLE);
    let damaged = picture.captures.iter().any(|one| one.damage.is_some());
    let looked = audit.custody.rules > 0 || audit.detectors;
    let ledger = &picture.ledger.ledger;
    let read = ledger.decoded > 0 && ledger.decoded >= ledger.opaque;
    let (class, mark, name) = match grave.chain(weak).chain(affected).min() {
        _ if picture.frames.received == 0 && damaged => ("v3", "?", "verdict-unread"),
        _ if picture.frames.received == 0 => ("v3", "?", "verdict-empty"),
        Some(1) => ("v1", "▲", "verdict-1"),
        Some(2) => ("v2", "◆", "verdict-2"),
        Some(3) => ("v3", "●", "verdict-3"),
        _ if damaged || picture.stopped || !looked || !read => ("v3", "?", "verdict-unsure"),
        _ => ("v4", "✓", "verdict-4"),
    };
    (class, mark, say.say(name))
}

/// The stations that change or command something.
fn writers<'a>(audit: &'a Audit<'_>) -> BTreeSet<&'a Party> {
    let commands = audit.picture.control.iter().filter(|pair| pair.commands());
    commands.map(|pair| &*pair.actor).collect()
}

/// The devices that have published vulnerabilities.
fn vulnerable<'a>(audit: &'a Audit<'_>) -> impl Iterator<Item = &'a str> {
    let judgements = audit.vulnerabilities.iter().flat_map(|all| &all.judgements);
    let affected = judgements.filter(|one| one.answer == Answer::Affected);
    affected.map(|one| one.device.as_str())
}

fn field(audit: &Audit<'_>) -> u64 {
    let devices = audit.picture.devices.iter();
    devices.filter(|asset| asset.acts_on_the_process()).count() as u64
}

/// Of how many devices that act on the process the firmware is known, and of which it is not.
fn firmware(audit: &Audit<'_>, say: &Say) -> Option<String> {
    let devices = audit.picture.devices.iter();
    let field = devices.filter(|asset| asset.acts_on_the_process());
    let (known, unknown): (Vec<_>, Vec<_>) = field.partition(|asset| !asset.firmware.is_empty());
    let number = (known.len() + unknown.len()) as u64;
    let named: Vec<String> = unknown
        .iter()
        .map(|asset| Party::of_asset(asset).address)
        .collect();
    let blanks = [
        ("known", say.number(known.len() as u64)),
        ("number", say.number(number)),
        ("named", listed(named.iter().map(String::as_str))),
    ];
    let name = match (known.is_empty(), unknown.is_empty()) {
        (true, true) => return None,
        (false, true) => "sentence-firmware-all",
        (true, false) => "sentence-firmware-none",
        (false, false) => "sentence-firmware",
    };
    Some(say.fill(name, &blanks))
}

/// The first few, and how many more.
fn listed<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> String {
    let more = names.len().saturating_sub(NAMED);
    let mut named = names.take(NAMED).collect::<Vec<&str>>().join(", ");
    if more > 0 {
        named.push_str(&format!(", +{more}"));
    }
    named
}

/// What was found, in a few sentences.
pub(super) fn sentences(audit: &Audit<'_>, say: &Say) -> Vec<String> {
    let picture = audit.picture;
    let mut texts = Vec::new();
    if picture.stopped {
        texts.push(say.say("sentence-stopped"));
    }
    let scope = [
        ("number", say.number(picture.frames.received)),
        ("period", coverage::period(audit, say)),
        ("devices", say.number(picture.devices.len() as u64)),
        ("field", say.number(field(audit))),
    ];
    let mut text = say.filled("sentence-scope", Some(picture.frames.received), &scope);
    let by_port = picture.devices.iter();
    let by_port = by_port.filter(|asset| asset.may_act_on_the_process());
    if let number @ 1.. = by_port.count() as u64 {
        text.push_str(&format!(" {}", say.count("sentence-by-port", number)));
    }
    texts.push(text);
    texts.extend(firmware(audit, say));
    let writers = writers(audit);
    texts.push(match writers.len() as u64 {
        0 => say.say("sentence-no-writers"),
        number => {
            let named = listed(writers.iter().map(|one| one.address.as_str()));
            let blanks = [("number", say.number(number)), ("named", named)];
            say.filled("sentence-writers", Some(number), &blanks)
        }
    });
    let priority = |wanted| {
        let same = picture
            .incidents
            .iter()
            .filter(|one| one.priority == wanted);
        say.number(same.count() as u64)
    };
    let blanks = [
        ("p1", priority(1)),
        ("p2", priority(2)),
        ("p3", priority(3)),
    ];
    texts.push(match picture.incidents.iter().any(|one| one.priority < 4) {
        true => say.fill("sentence-incidents", &blanks),
        false => say.say("sentence-no-incidents"),
    });
    texts.push(match audit.weaknesses.len() as u64 {
        0 => say.say("sentence-no-weaknesses"),
        number => say.count("sentence-weaknesses", number),
    });
    let vulnerable: BTreeSet<&str> = vulnerable(audit).collect();
    if !vulnerable.is_empty() {
        let number = vulnerable.len() as u64;
        let named = listed(vulnerable.into_iter());
        let blanks = [("number", say.number(number)), ("named", named)];
        texts.push(say.filled("sentence-vulnerable", Some(number), &blanks));
    }
    let ledger = &picture.ledger.ledger;
    let all = ledger.content.saturating_add(ledger.lost);
    let blanks = [
        ("decoded", say.share(ledger.decoded, all)),
        ("lost", say.share(ledger.lost, all)),
        ("encrypted", say.share(ledger.encrypted, all)),
    ];
    texts.push(say.fill("sentence-coverage", &blanks));
    texts
}

/// The figures below the sentences.
pub(super) fn figures(audit: &Audit<'_>, say: &Say) -> Vec<(String, String)> {
    let picture = audit.picture;
    let grave = |limit| {
        let found = picture.incidents.iter().filter(|one| one.priority <= limit);
        found.count() as u64
    };
    let rows = [
        ("figure-devices", picture.devices.len() as u64),
        ("figure-field", field(audit)),
        ("figure-writers", writers(audit).len() as u64),
        ("figure-incidents", grave(2)),
        ("figure-weaknesses", audit.weaknesses.len() as u64),
        ("figure-blind", picture.blind_spots.len() as u64),
    ];
    rows.map(|(name, figure)| (say.number(figure), say.say(name)))
        .into()
}

/// What to do first.
pub(super) fn steps(audit: &Audit<'_>, say: &Say) -> Vec<Step> {
    let urgent = audit
        .picture
        .incidents
        .iter()
        .filter(|one| one.priority <= URGENT);
    let stories = urgent.take(STORIES).map(|incident| {
        let foreign = findings::foreign(incident.sid, say);
        let own = say.sentences(&incident.check).filter(|_| foreign);
        Step {
            title: format!(
                "P{} {} · {}",
                incident.priority,
                say.title(&incident.title),
                say.time(incident.what_time)
            ),
            what: format!("{} {}", incident.what, modes(audit, incident, say))
                .trim_end()
                .to_owned(),
            course: findings::course(&incident.steps, say),
            foreign: foreign && own.is_none(),
            check: own.unwrap_or_else(|| incident.check.to_string()),
            link: format!("incident-{}", incident.id),
        }
    });
    let weak = audit
        .weaknesses
        .iter()
        .filter(|weak| weak.severity <= URGENT);
    let weak = weak.take(WEAKNESSES).map(|weak| Step {
        title: say.say(&format!("weak-{}", weak.kind)),
        what: String::new(),
        course: None,
        check: say.say(&format!("weak-{}-fix", weak.kind)),
        foreign: false,
        link: format!("weak-{}", weak.kind),
    });
    stories.chain(weak).collect()
}

/// In which mode the devices of an incident were last: whoever reads that one was stopped must
/// know whether it runs again.
fn modes(audit: &Audit<'_>, incident: &IncidentTotal, say: &Say) -> String {
    let of = |party: &Arc<Party>| {
        let mut devices = audit.picture.devices.iter();
        let device = devices.find(|asset| Party::of_asset(asset).address == party.address)?;
        let told = device.attributes.iter();
        let modes =
            told.filter(|told| told.property == "mode" && told.frame >= incident.what_frame);
        let last = modes.max_by_key(|told| told.frame)?;
        let blanks = [
            ("device", party.address.clone()),
            ("mode", last.value.clone()),
            ("frame", say.number(last.frame)),
        ];
        Some(say.fill("incident-mode", &blanks))
    };
    // What changes a mode, stops a device or starts it anew (ATT&CK for ICS).
    let changes = ["T0816", "T0858", "T0881"];
    let mut techniques = incident.techniques.iter();
    if !techniques.any(|technique| changes.contains(&technique.as_str())) {
        return String::new();
    }
    let told: Vec<String> = incident.targets.iter().filter_map(of).take(NAMED).collect();
    told.join(" ")
}

/// The map in a sentence, for those who do not see it.
pub(super) fn map_description(map: &Map, say: &Say) -> String {
    let levels: Vec<&str> = map.bands.iter().map(|band| band.label.as_str()).collect();
    let blanks = [
        ("boxes", say.number(map.boxes.len() as u64)),
        ("lines", say.number(map.lines.len() as u64)),
        ("levels", levels.join(", ")),
    ];
    say.fill("map-description", &blanks)
}

/// What the map leaves out; empty where it shows all.
pub(super) fn map_left_out(map: &Map, say: &Say) -> String {
    match map.left_out {
        (0, 0) => String::new(),
        (devices, lines) => {
            let blanks = [
                ("devices", say.number(devices)),
                ("lines", say.number(lines)),
            ];
            say.fill("map-left-out", &blanks)
        }
    }
}
