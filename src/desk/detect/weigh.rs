//! How grave an alert is beside what was done: by what the device is worth to the plant and by
//! the zones that lie between, and why, for people.
//!
//! Called by the desk once an alert, when it is known who is who. A detector gives the severity of
//! what it saw; here it is moved by one at most, up or down.

use super::alert::{Alert, Scope};
use crate::desk::site::Importance;
use crate::desk::zones::Zones;
use crate::facts::{Class, Outcome};

/// What is only worth a note.
const NOTE: u8 = 4;

/// The gravest.
const HIGH: u8 = 1;

/// Criticality from which on what is done changes something, and that of what may stop the plant.
const CHANGES: u8 = 3;
const STOPS: u8 = 5;

/// Why an alert is as grave as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ground {
    /// What the operation can do to the plant, 0 to 5.
    Criticality(u8),
    /// How new it is.
    Novelty(Scope),
    /// The device refused it.
    Refused,
    /// Too little was seen of it for another place to mean much.
    Unsettled,
    /// The device is learned anew after planned work on its program.
    Anew,
    /// The device is worth more to the plant than most.
    Important(Importance),
    /// It is worth less.
    Unimportant,
    /// It reaches from one zone into another.
    Crossing(String, String),
    /// It falls into a window of planned work.
    Planned,
}

/// An alert is moved by what its device is worth and by the zones that it crosses, and its grounds
/// are written down.
pub(super) fn weigh(alert: &mut Alert, importance: Option<Importance>, zones: Option<&Zones>) {
    alert.seen = alert.severity;
    let mut grounds = seen(alert);
    let (worth, zones) = (importance, zones.and_then(|zones| crossed(alert, zones)));
    let grave = matches!(worth, Some(Importance::High | Importance::Critical));
    // A note stays one, unless a stranger touches what the plant hangs on.
    let stranger = matches!(alert.scope, Some(Scope::Station | Scope::Site));
    let weighs = alert.severity < NOTE || stranger && alert.criticality() > 0;
    if weighs && (grave || zones.is_some()) {
        // What only reads does not stop a plant, wherever it comes from.
        let most = if alert.criticality() >= CHANGES {
            HIGH
        } else {
            HIGH + 1
        };
        alert.severity = alert
            .severity
            .saturating_sub(1)
            .max(most.min(alert.severity));
        grounds.extend(worth.filter(|_| grave).map(Ground::Important));
        grounds.extend(zones.map(|(from, to)| Ground::Crossing(from, to)));
    } else if worth == Some(Importance::Low) && alert.criticality() < STOPS {
        alert.severity = (alert.severity + 1).min(NOTE);
        grounds.push(Ground::Unimportant);
    }
    if alert.planned.is_some() {
        alert.severity = NOTE;
        grounds.push(Ground::Planned);
    }
    alert.grounds = grounds;
}

/// What the detector weighed.
fn seen(alert: &mut Alert) -> Vec<Ground> {
    let record = alert.operation.as_deref();
    let mut grounds: Vec<Ground> = record
        .map(|record| Ground::Criticality(record.meaning.criticality))
        .into_iter()
        .collect();
    grounds.extend(alert.scope.map(Ground::Novelty));
    if record.is_some_and(|record| matches!(record.outcome, Outcome::Refused { .. })) {
        grounds.push(Ground::Refused);
    }
    grounds.append(&mut alert.grounds);
    grounds
}

/// Between which zones something new was done that no conduit allows.
fn crossed(alert: &Alert, zones: &Zones) -> Option<(String, String)> {
    let record = alert.operation.as_deref()?;
    alert.scope?;
    let (class, tags) = (record.meaning.class, record.path.tags);
    let (actor, device) = (record.actor.host, record.device.host);
    if class == Class::State || actor.is_group() || device.is_group() {
        return None;
    }
    let (from, to) = (zones.of(actor, tags), zones.of(device, tags));
    let allowed = zones.allows(from, to, record.protocol, class);
    (!allowed).then(|| (zones.name(from).to_owned(), zones.name(to).to_owned()))
}
