//! Devices that answer a station no more, with refusals, or later than ever.
//!
//! The workers find out (`crate::detect`), each conversation held against its own past. That a
//! device answers late is told only of what the baseline has: it takes time to know what is usual.

use super::alert::{Alert, Kind, Scene};
use super::site::{SETTLED, Site};
use super::{Detector, Row};
use crate::desk::baseline::evidence::Sort;
use crate::detect::{Finding, Trouble};
use crate::facts::Technique;
use crate::flow::Tags;
use crate::sensor::{Event, FlowId, SoFar};
use std::time::Duration;

/// For how long a device must answer before it is told again that it does not.
const AGAIN: Duration = Duration::from_secs(600);

static UNANSWERED: Kind = Kind {
    sid: 3_950_021,
    name: "unanswered",
    techniques: &[Technique(814)],
};
static REFUSED: Kind = Kind {
    sid: 3_950_022,
    name: "refusals",
    techniques: &[],
};
static LATE: Kind = Kind {
    sid: 3_950_023,
    name: "late-answers",
    techniques: &[],
};

pub(super) const ROW: Row = Row {
    name: "answers",
    kinds: &[&UNANSWERED, &REFUSED, &LATE],
    start: || Box::new(Answers),
};

/// Passes on what the workers found.
#[derive(Debug)]
struct Answers;

impl Detector for Answers {
    fn take(&mut self, event: &Event, site: &mut Site, alerts: &mut Vec<Alert>) {
        if let Event::SoFar(SoFar::Trouble(found)) = event {
            alerts.extend(told(found, site));
        }
    }
}

fn told(found: &Finding, site: &mut Site) -> Option<Alert> {
    let Finding {
        rhythm,
        trouble,
        now,
    } = found;
    let (actor, device) = (rhythm.actor.host, rhythm.device.host);
    let usual = || site.usual(Sort::Reads);
    let (kind, severity, quiet) = match trouble {
        Trouble::Unanswered { .. } => (&UNANSWERED, 3, AGAIN),
        Trouble::Refused { .. } => (&REFUSED, 3, AGAIN),
        Trouble::Late { .. } => {
            usual().filter(|usual| usual.operates(actor, device, rhythm.protocol))?;
            (&LATE, 4, SETTLED)
        }
    };
    if !site.is_due((kind.sid, actor, device, rhythm.protocol), now.time, quiet) {
        return None;
    }
    let scene = Scene {
        flow: FlowId(0),
        stamp: *now,
        source: rhythm.actor,
        destination: rhythm.device,
        ip_protocol: 0,
        tags: Tags::default(),
        protocol: Some(rhythm.protocol),
    };
    let alert = Alert::new(kind, severity, scene)
        .with("actor", actor.to_string())
        .with("device", device.to_string())
        .with("protocol", rhythm.protocol);
    let seconds = |span: Duration| format!("{:.1}", span.as_secs_f64());
    let millis = |nanos: u64| format!("{:.1}", Duration::from_nanos(nanos).as_secs_f64() * 1e3);
    Some(match *trouble {
        Trouble::Unanswered {
            requests,
            since,
            answered,
        } => alert
            .with("requests", u64::from(requests))
            .with("span", seconds(now.time.since(since.time)))
            .with("frame", since.frame.to_string())
            .with("answered", answered),
        Trouble::Refused {
            refused,
            asked,
            before: (answered, seldom),
        } => alert
            .with("refused", u64::from(refused))
            .with("asked", u64::from(asked))
            .with("answered", answered)
            .with("seldom", seldom),
        Trouble::Late {
            mean,
            slowest,
            windows,
        } => alert
            .with("mean", millis(mean))
            .with("slowest", millis(slowest))
            .with("minutes", u64::from(windows)),
    })
}
