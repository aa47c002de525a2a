//! Which alerts make one story, which do not, and what is told of it when.

use super::*;

fn host(last: u8) -> Host {
    Host::v4([10, 0, 0, last])
}

fn signal(second: u64, (source, target): (u8, u8), priority: u8) -> Signal<'static> {
    Signal {
        id: LazyCell::new(Box::new(move || {
            format!("{second}-{source}-{target}").into()
        })),
        said: LazyCell::new(Box::new(|| Said {
            what: "".into(),
            advice: ("".into(), "".into()),
        })),
        sid: u32::from(priority),
        title: format!("title {priority}").into(),
        severity: priority,
        priority,
        stamp: Stamp {
            time: Time::from_parts(1_000_000 + second, 0),
            frame: second,
        },
        source: host(source),
        target: host(target),
        techniques: vec![Technique(846)],
        criticality: if priority == 1 { 5 } else { 1 },
        usual: false,
    }
}

fn states(reports: &[Report]) -> Vec<(&'static str, u8, u64)> {
    let told = reports.iter().map(|report| {
        let incident = &report.incident;
        (report.state.name(), incident.priority, incident.count)
    });
    told.collect()
}

#[test]
fn a_story_is_one_incident_that_becomes_graver_and_ends() {
    let mut all = Incidents::default();
    assert_eq!(states(&all.take(&signal(0, (9, 1), 3))), [("open", 3, 1)]);
    assert!(all.take(&signal(5, (9, 2), 3)).is_empty());
    assert_eq!(
        states(&all.take(&signal(10, (9, 2), 1))),
        [("raised", 1, 3)]
    );
    // What can hurt the plant is not over after five minutes.
    assert!(all.pass(Time::from_parts(1_000_000 + 1_000, 0)).is_empty());
    let over = all.pass(Time::from_parts(1_000_000 + 2_000, 0));
    assert_eq!(states(&over), [("closed", 1, 3)]);
    let incident = &over[0].incident;
    assert_eq!(&*incident.title, "title 1");
    assert_eq!(incident.targets, BTreeSet::from([host(1), host(2)]));
    assert_eq!(incident.tactics(), ["Discovery"]);
    let steps: Vec<(u64, u8, u64)> = incident
        .steps
        .iter()
        .map(|s| (s.stamp.frame, s.severity, s.count))
        .collect();
    assert_eq!(steps, [(0, 3, 1), (5, 3, 1), (10, 1, 1)]);
}

#[test]
fn what_goes_on_for_hours_is_told_each_hour() {
    let mut all = Incidents::default();
    let told: Vec<Report> = (0..24)
        .flat_map(|nth| all.take(&signal(nth * 600, (9, 1), 1)))
        .collect();
    let began = told.iter().filter(|report| report.state == State::Open);
    assert_eq!(began.count(), 4);
}

#[test]
fn others_have_stories_of_their_own_until_somebody_ties_them_together() {
    let mut all = Incidents::default();
    all.take(&signal(0, (8, 1), 3));
    assert_eq!(states(&all.take(&signal(1, (9, 2), 2))), [("open", 2, 1)]);
    // The same device: one story, as grave as its gravest.
    let told = all.take(&signal(2, (8, 2), 3));
    assert_eq!(states(&told), [("merged", 2, 1), ("raised", 2, 3)]);
    assert_eq!(told[0].into.as_ref(), Some(&told[1].incident.id));
    assert_eq!(states(&all.finish()), [("closed", 2, 3)]);
}

#[test]
fn notes_gather_by_who_makes_them_and_draw_nobody_in() {
    let mut all = Incidents::default();
    all.take(&signal(0, (7, 1), 4));
    assert_eq!(states(&all.take(&signal(1, (8, 1), 4))), [("open", 4, 1)]);
    assert!(all.take(&signal(2, (7, 3), 4)).is_empty());
    // Who made a note and does something grave: the note is part of that story.
    assert_eq!(states(&all.take(&signal(3, (7, 5), 2))), [("raised", 2, 3)]);
}

#[test]
fn many_sources_of_one_target_are_one_story() {
    let mut all = Incidents::default();
    let reports: usize = (2..200)
        .map(|source| {
            all.take(&signal(source, (u8::try_from(source).unwrap(), 1), 3))
                .len()
        })
        .sum();
    assert_eq!(reports, 1);
    let over = all.finish();
    assert_eq!(over.len(), 1);
    assert_eq!(over[0].incident.count, 198);
    assert!(over[0].incident.sources.len() <= 64);
}

#[test]
fn a_flood_of_notes_closes_notes_first() {
    let mut all = Incidents::default();
    all.take(&signal(0, (1, 1), 2));
    for n in 0..2_000_u32 {
        let mut note = signal(1, (2, 3), 4);
        note.source = Host::v4((0x0b00_0000 + n).to_be_bytes());
        all.take(&note);
    }
    let left = all.finish();
    assert_eq!(left.len(), 256);
    assert!(left.iter().any(|report| report.incident.priority == 2));
}

#[test]
fn who_looks_around_and_then_changes_something_is_graver_than_either() {
    let write = |second, source| {
        let mut write = signal(second, (source, 1), NOTE);
        write.techniques = vec![Technique(836)];
        write.criticality = 3;
        write
    };
    let priorities = |signals: Vec<Signal<'_>>| {
        let mut all = Incidents::default();
        for signal in &signals {
            all.take(signal);
        }
        let over = all.finish();
        let told = over.iter().map(|report| report.incident.priority);
        told.collect::<Vec<u8>>()
    };
    assert_eq!(priorities(vec![signal(5, (9, 1), 3), write(10, 9)]), [2]);
    // A search is told when it is over: the write may come before.
    let late = [write(10, 9), signal(5, (9, 1), 3)];
    let mut all = Incidents::default();
    let told: Vec<_> = late.iter().flat_map(|signal| all.take(signal)).collect();
    let raised = told.last().unwrap();
    assert_eq!(states(std::slice::from_ref(raised)), [("raised", 2, 2)]);
    assert_eq!(raised.incident.first.frame, 5);
    let frames: Vec<u64> = (raised.incident.steps.iter())
        .map(|step| step.stamp.frame)
        .collect();
    assert_eq!(frames, [5, 10]);
    // Somebody else's write, one that is usual here, and a note of an identity that was asked.
    assert_eq!(priorities(vec![signal(5, (9, 1), 3), write(10, 8)]), [3, 4]);
    let mut usual = write(10, 9);
    usual.usual = true;
    assert_eq!(priorities(vec![signal(5, (9, 1), 3), usual]), [3]);
    assert_eq!(priorities(vec![signal(5, (9, 1), NOTE), write(10, 9)]), [4]);
}
