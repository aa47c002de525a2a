//! Planned work, and what was done without a plan, as the page shows them.

use crate::desk::audit::words::Say;
use crate::desk::windows::{Report, WindowTotal, WorkTotal};

/// Most windows and kinds of work shown; the others are in the JSON.
const SHOWN: usize = 500;

/// The section.
pub(super) struct Section {
    pub(super) windows: Vec<Window>,
    pub(super) windows_omitted: u64,
    pub(super) works: Vec<Work>,
    pub(super) works_omitted: u64,
}

/// A window.
pub(super) struct Window {
    pub(super) name: String,
    pub(super) when: String,
    pub(super) state: String,
    /// How the state is drawn.
    pub(super) class: &'static str,
    pub(super) work: String,
    pub(super) alerts: String,
}

/// Work that nobody planned.
pub(super) struct Work {
    pub(super) station: String,
    pub(super) device: String,
    pub(super) operation: String,
    pub(super) count: String,
    pub(super) when: String,
    pub(super) frame: String,
}

/// The section, where the site said what was planned.
pub(super) fn section(report: Option<&Report>, say: &Say) -> Option<Section> {
    let Report {
        windows,
        unplanned,
        unplanned_apart,
    } = report?;
    let omitted = |all: usize| all.saturating_sub(SHOWN) as u64;
    Some(Section {
        windows_omitted: omitted(windows.len()),
        works_omitted: omitted(unplanned.len()) + unplanned_apart,
        windows: windows
            .iter()
            .take(SHOWN)
            .map(|one| window(one, say))
            .collect(),
        works: unplanned
            .iter()
            .take(SHOWN)
            .map(|one| work(one, say))
            .collect(),
    })
}

fn window(window: &WindowTotal, say: &Say) -> Window {
    let (state, class) = match window.state {
        "seen" => ("window-seen", ""),
        "not seen" => ("window-not-seen", "hot"),
        _ => ("window-not-watched", ""),
    };
    Window {
        name: window.name.to_string(),
        when: say.when(window.from, window.to),
        state: say.say(state),
        class,
        work: say.number(window.work),
        alerts: say.number(window.alerts),
    }
}

fn work(work: &WorkTotal, say: &Say) -> Work {
    Work {
        station: work.station.clone(),
        device: work.device.clone(),
        operation: say.operation(work.operation),
        count: say.number(work.count),
        when: say.when(work.first, work.last),
        frame: say.number(work.frame),
    }
}
