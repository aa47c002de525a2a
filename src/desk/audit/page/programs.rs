//! Programs that travelled, and the engineering work around them, as the page shows them.

use crate::desk::audit::words::Say;
use crate::desk::inventory::Seen;
use crate::desk::programs::{Engineering, Mode, Program};

/// Most rows shown of each table; the others are in the JSON.
const SHOWN: usize = 500;
const WORKS: usize = 200;

/// Most names in one cell.
const NAMES: usize = 24;

/// A program.
pub(super) struct Row {
    pub(super) device: String,
    pub(super) block: String,
    pub(super) way: String,
    pub(super) octets: String,
    pub(super) told: Vec<String>,
    pub(super) changed: String,
    pub(super) hash: String,
    pub(super) count: String,
    pub(super) frame: u64,
}

/// Work of one station on one device.
pub(super) struct Work {
    pub(super) actor: String,
    pub(super) device: String,
    pub(super) when: String,
    pub(super) frame: u64,
    pub(super) steps: Vec<String>,
    pub(super) blocks: Vec<String>,
    pub(super) left: String,
}

/// The programs, and how many are not shown.
pub(super) fn rows(programs: &[Program], say: &Say) -> (Vec<Row>, u64) {
    let rows = programs.iter().take(SHOWN).map(|program| row(program, say));
    (rows.collect(), programs.len().saturating_sub(SHOWN) as u64)
}

fn row(program: &Program, say: &Say) -> Row {
    let incomplete = || match program.missing {
        Some(missing) => say.count("program-missing", missing),
        None => say.say("program-incomplete"),
    };
    let version = match program.version.is_empty() {
        true => String::new(),
        false => format!("V{}", program.version),
    };
    let told = [
        program.language,
        &program.author,
        &program.family,
        &program.title,
        &version,
    ];
    let mut told: Vec<String> = told
        .into_iter()
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
        .collect();
    if program.protected {
        told.push(say.say("program-protected"));
    }
    let way = match program.direction {
        "download" => say.say("program-download"),
        _ => say.say("program-upload"),
    };
    let unit = program
        .unit
        .map_or_else(String::new, |unit| format!(" / {unit}"));
    Row {
        device: format!("{}{unit}", program.device),
        block: program.block.clone(),
        way: format!("{way} {}", program.actor),
        octets: say.number(program.octets),
        told,
        changed: program.changed.replace('T', " "),
        hash: program.sha256.clone().unwrap_or_else(incomplete),
        count: say.number(program.count),
        frame: program.first.frame,
    }
}

/// The work, and how much is not shown.
pub(super) fn work(all: &[Engineering], say: &Say) -> (Vec<Work>, u64) {
    let rows = all.iter().take(WORKS).map(|work| story(work, say));
    (rows.collect(), all.len().saturating_sub(WORKS) as u64)
}

fn story(work: &Engineering, say: &Say) -> Work {
    let mut steps = Vec::new();
    if let Some(connected) = &work.connected {
        steps.push(format!(
            "{} (#{})",
            say.say("work-connected"),
            connected.frame
        ));
    }
    steps.extend(work.steps.iter().map(|step| {
        let outcome = match step.outcome {
            "ok" => String::new(),
            other => format!(", {}", say.of_kind("outcome", other)),
        };
        let what = say.operation(step.operation);
        let times = match step.count {
            1 => String::new(),
            times => format!(" ×{}", say.number(times)),
        };
        format!("{what}{times}{outcome} (#{})", step.first.frame)
    }));
    if work.steps_omitted > 0 {
        steps.push(say.count("work-more", work.steps_omitted));
    }
    let blocks = [
        ("work-downloaded", &work.downloaded),
        ("work-uploaded", &work.uploaded),
        ("work-incomplete", &work.incomplete),
    ];
    let blocks = blocks.into_iter().filter(|(_, names)| !names.is_empty());
    let blocks = blocks.map(|(name, names)| {
        let shown: Vec<&str> = names.iter().take(NAMES).map(String::as_str).collect();
        let more = match names.len().saturating_sub(NAMES) {
            0 => String::new(),
            more => format!(" +{more}"),
        };
        format!("{} {}{more}", say.say(name), shown.join(", "))
    });
    let left = match work.left {
        Mode::Untouched => say.say("work-untouched"),
        Mode::Started => say.fill("work-started", &[("packet", frame(work.started.as_ref()))]),
        Mode::Stopped => say.fill("work-stopped", &[("packet", frame(work.stopped.as_ref()))]),
        Mode::Unknown => say.fill("work-unknown", &[("packet", frame(work.asked.as_ref()))]),
    };
    let reserved = work.reserved.as_ref().map(|reserved| {
        let packet = frame(Some(reserved));
        say.fill("work-reserved", &[("packet", packet)])
    });
    let left = [Some(left), reserved].into_iter().flatten();
    let left = left.collect::<Vec<String>>().join("; ");
    Work {
        actor: work.actor.clone(),
        device: work.device.clone(),
        when: say.when(work.period().0, work.period().1),
        frame: work.first.frame,
        steps,
        blocks: blocks.collect(),
        left,
    }
}

fn frame(seen: Option<&Seen>) -> String {
    seen.map_or_else(String::new, |seen| format!("#{}", seen.frame))
}
