//! Zones, and what passed between them, as the page shows them.

use crate::desk::audit::words::Say;
use crate::desk::audit::zones::{Crossing, ZoneCheck};
use crate::desk::zones::OUTSIDE;

/// Most crossings shown; the others are in the JSON.
const SHOWN: usize = 500;

/// Most devices named of one zone.
const NAMED: usize = 24;

/// The section.
pub(super) struct Section {
    pub(super) text: String,
    pub(super) zones: Vec<Zone>,
    pub(super) crossings: Vec<Row>,
    pub(super) omitted: u64,
    /// From where, to where, and what may pass.
    pub(super) unused: Vec<(String, String, String)>,
}

/// A zone.
pub(super) struct Zone {
    pub(super) name: String,
    pub(super) level: String,
    pub(super) count: String,
    pub(super) devices: String,
}

/// What passed between two zones.
pub(super) struct Row {
    pub(super) from: String,
    pub(super) to: String,
    pub(super) service: String,
    pub(super) verdict: String,
    /// How the verdict is drawn.
    pub(super) class: &'static str,
    pub(super) pairs: String,
    pub(super) conversations: String,
    pub(super) frame: String,
}

/// The section, where the site said what its zones are.
pub(super) fn section(check: Option<&ZoneCheck>, say: &Say) -> Option<Section> {
    let check = check?;
    let wrong = check.crossings.iter().filter(|one| one.is_wrong()).count() as u64;
    let zones = check.zones.iter().map(|zone| {
        let level = zone.level.map(|level| level.to_string());
        let mut devices = zone
            .devices
            .iter()
            .take(NAMED)
            .cloned()
            .collect::<Vec<_>>()
            .join(", ");
        if zone.devices.len() > NAMED {
            devices.push_str(", …");
        }
        Zone {
            name: name(&zone.name, say),
            level: level.map_or_else(
                || "–".to_owned(),
                |level| say.of_kind("level-short", &level),
            ),
            count: say.number(zone.devices.len() as u64),
            devices,
        }
    });
    let unused = check.unused.iter().map(|conduit| {
        let ends = (name(&conduit.from, say), name(&conduit.to, say));
        (ends.0, ends.1, conduit.allows.clone())
    });
    Some(Section {
        text: match wrong {
            0 => say.say("crossings-good"),
            wrong => say.count("crossings-wrong", wrong),
        },
        zones: zones.collect(),
        crossings: check
            .crossings
            .iter()
            .take(SHOWN)
            .map(|one| row(one, say))
            .collect(),
        omitted: check.crossings.len().saturating_sub(SHOWN) as u64,
        unused: unused.collect(),
    })
}

fn row(crossing: &Crossing, say: &Say) -> Row {
    let classes = crossing
        .exceeded
        .iter()
        .map(|class| say.of_kind("class", class));
    let classes: Vec<String> = classes.collect();
    let (verdict, class) = match (crossing.allowed, classes.is_empty()) {
        (true, true) => (say.say("crossing-allowed"), ""),
        (true, false) => {
            let blank = [("classes", classes.join(", "))];
            (say.fill("crossing-exceeded", &blank), "hot")
        }
        (false, _) => (say.say("crossing-no-conduit"), "hot"),
    };
    Row {
        from: name(&crossing.from, say),
        to: name(&crossing.to, say),
        service: crossing.service.clone(),
        verdict,
        class,
        pairs: say.number(crossing.pairs),
        conversations: say.number(crossing.conversations),
        frame: say.number(crossing.first.frame),
    }
}

/// The name of a zone, as people read it.
pub(in crate::desk::audit) fn name(zone: &str, say: &Say) -> String {
    match zone {
        OUTSIDE => say.say("zone-outside"),
        zone => zone.to_owned(),
    }
}
