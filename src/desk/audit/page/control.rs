//! Who controls whom, and the notable operations, as the page shows them.

use crate::desk::audit::words::Say;
use crate::desk::report::{Act, Control, Party, Target};
use crate::facts::Class;

/// Most rows shown of each table; the others are in the JSON.
const SHOWN: usize = 1_000;
const ACTS: usize = 300;

/// Most targets shown of one operation.
const TARGETS: usize = 5;

/// Criticality from which on an operation is listed singly.
const LISTED: u8 = 3;

/// The columns of the matrix: what kinds of operation each holds.
const GROUPS: [(&str, &[Class]); 6] = [
    (
        "group-look",
        &[
            Class::Session,
            Class::Identify,
            Class::Diagnose,
            Class::State,
            Class::Alarm,
            Class::Authenticate,
        ],
    ),
    (
        "group-read",
        &[
            Class::Read,
            Class::ProgramRead,
            Class::MemoryRead,
            Class::File,
        ],
    ),
    (
        "group-write",
        &[
            Class::Write,
            Class::Configure,
            Class::Time,
            Class::MemoryWrite,
        ],
    ),
    ("group-control", &[Class::Control, Class::Force]),
    (
        "group-program",
        &[Class::ProgramWrite, Class::Firmware, Class::Engineering],
    ),
    (
        "group-stop",
        &[
            Class::Mode,
            Class::Reset,
            Class::Wipe,
            Class::Suppress,
            Class::ClearLog,
            Class::Other,
        ],
    ),
];

/// Who does what to whom over one protocol.
pub(super) struct Row {
    pub(super) actor: String,
    pub(super) device: String,
    pub(super) protocol: &'static str,
    /// How often, a column each, and how it is drawn.
    pub(super) counts: Vec<(String, &'static str)>,
    pub(super) refused: String,
    pub(super) unanswered: String,
}

/// The titles of the matrix's columns.
pub(super) fn groups(say: &Say) -> Vec<String> {
    GROUPS.iter().map(|(name, _)| say.say(name)).collect()
}

/// The matrix, and how many rows are not shown.
pub(super) fn rows(control: &[Control], say: &Say) -> (Vec<Row>, u64) {
    let rows = control.iter().take(SHOWN).map(|pair| Row {
        actor: party(&pair.actor, say),
        device: party(&pair.device, say),
        protocol: pair.protocol,
        counts: GROUPS
            .iter()
            .enumerate()
            .map(|(place, (_, classes))| {
                let counts = classes.iter().filter_map(|class| pair.classes.get(class));
                cell(place, counts.sum(), say)
            })
            .collect(),
        refused: some(pair.refused, say),
        unanswered: some(pair.unanswered, say),
    });
    (rows.collect(), control.len().saturating_sub(SHOWN) as u64)
}

fn cell(place: usize, count: u64, say: &Say) -> (String, &'static str) {
    let class = match (count, place) {
        (0, _) => "none",
        (_, 3..) => "hot",
        (_, 2) => "warm",
        _ => "",
    };
    (some(count, say), class)
}

fn some(count: u64, say: &Say) -> String {
    match count {
        0 => "–".to_owned(),
        count => say.number(count),
    }
}

/// A notable operation.
pub(super) struct Notable {
    pub(super) criticality: u8,
    pub(super) operation: String,
    pub(super) class: String,
    pub(super) protocol: &'static str,
    pub(super) actor: String,
    pub(super) device: String,
    pub(super) targets: Vec<String>,
    pub(super) count: String,
    pub(super) outcome: String,
    pub(super) when: String,
    pub(super) frame: String,
}

/// The notable operations, and how many are not shown.
pub(super) fn notable(acts: &[Act], say: &Say) -> (Vec<Notable>, u64) {
    let listed: Vec<&Act> = acts
        .iter()
        .filter(|act| act.criticality >= LISTED)
        .collect();
    let rows = listed.iter().take(ACTS).map(|act| Notable {
        criticality: act.criticality,
        operation: say.operation(act.operation),
        class: say.of_kind("class", act.class),
        protocol: act.protocol,
        actor: party(&act.actor, say),
        device: party(&act.device, say),
        targets: targets(act),
        count: say.number(act.count),
        outcome: outcome(act, say),
        when: say.when(act.first.time, act.last.time),
        frame: say.number(act.first.frame),
    });
    (rows.collect(), listed.len().saturating_sub(ACTS) as u64)
}

fn targets(act: &Act) -> Vec<String> {
    let told = |target: &Target| match target.value.is_empty() {
        true => target.place.clone(),
        false => {
            let (place, first, last) = (&target.place, &target.value, &target.last);
            match (target.values, target.returned) {
                (0 | 1, _) => format!("{place} = {first}"),
                (2, false) => format!("{place} = {first} → {last}"),
                (_, false) => format!("{place} = {first} → … → {last}"),
                // By turns: which came last, the count of values does not tell.
                (2, true) => format!("{place} = {first} ⇄ {last}"),
                (_, true) => format!("{place} = {first} ⇄ … ⇄ {last}"),
            }
        }
    };
    let mut all: Vec<String> = act.targets.iter().take(TARGETS).map(told).collect();
    let more = act.targets.len().saturating_sub(TARGETS);
    if more > 0 {
        all.push(format!("+{more}"));
    }
    all
}

fn outcome(act: &Act, say: &Say) -> String {
    let told = |name, count: u64| (count > 0).then(|| say.count(name, count));
    let parts = [
        told("n-refused", act.refused),
        told("n-unanswered", act.unanswered),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    parts.join(", ")
}

/// Somebody, by address, name and role.
pub(super) fn party(party: &Party, say: &Say) -> String {
    let role = match party.role.is_empty() {
        true => String::new(),
        false => say.of_kind("role", &party.role),
    };
    let known = [party.name.as_str(), role.as_str()];
    let known: Vec<&str> = known.into_iter().filter(|text| !text.is_empty()).collect();
    match known.is_empty() {
        true => party.address.clone(),
        false => format!("{} ({})", party.address, known.join(", ")),
    }
}
