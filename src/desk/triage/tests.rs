//! The log of changes and mutes, where they are written, cut and changed.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use super::*;
use std::fs;
use std::path::Path;
use std::time::Duration;

fn by(who: &str) -> By {
    By {
        who: who.to_owned(),
        uid: 0,
        reason: "because \",\"hash\":\" {}\n".to_owned(),
    }
}

fn ack(folder: &Path, event: &str) -> Entry {
    let act = Act::Ack {
        events: vec![event.to_owned()],
    };
    add(folder, &by("rina"), |_| Ok(act)).unwrap()
}

fn muted(folder: &Path, rule: u32, hosts: &[&str], until: u64) -> Entry {
    let hosts = hosts.iter().map(|host| host.parse().unwrap()).collect();
    let make = |triage: &Triage| {
        Ok(Act::Mute(Mute {
            number: triage.next_mute(),
            rule: (rule > 0).then_some(Rule(1, rule)),
            hosts,
            owner: String::new(),
            until: Time::from_parts(until, 0),
        }))
    };
    add(folder, &by("budi"), make).unwrap()
}

/// What the log comes to: changes, and lines that are damaged or break the row.
fn read(folder: &Path) -> (Vec<Entry>, Vec<u64>, Vec<u64>) {
    let (mut entries, mut damaged, mut broken) = (Vec::new(), Vec::new(), Vec::new());
    for found in Log::of(folder).go_on().unwrap() {
        match found {
            Found::Entry(entry) => entries.push(entry),
            Found::Damaged(line) => damaged.push(line),
            Found::Broken(line) => broken.push(line),
        }
    }
    (entries, damaged, broken)
}

#[test]
fn a_log_that_is_cut_anywhere_keeps_its_whole_lines_and_goes_on() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path();
    let first = ack(folder, "aa");
    let second = muted(folder, 7, &["10.0.0.5", "10.0.0.9"], 2_000_000_000);
    let path = folder.join("triage.log");
    let whole = fs::read(&path).unwrap();
    assert_eq!(
        read(folder),
        (vec![first.clone(), second.clone()], vec![], vec![])
    );
    let line = whole.iter().position(|octet| *octet == b'\n').unwrap() + 1;
    for cut in 0..=whole.len() {
        fs::write(&path, &whole[..cut]).unwrap();
        let mut expected = vec![first.clone(), second.clone()];
        expected.truncate(usize::from(cut >= line) + usize::from(cut >= whole.len()));
        assert_eq!(read(folder), (expected.clone(), vec![], vec![]), "{cut}");
        // Whoever writes next ends what was cut, and nothing that was whole is lost. A line that
        // only wants its end has all of it.
        let next = ack(folder, "bb");
        let (entries, damaged, broken) = read(folder);
        let torn = ![0, line, whole.len()].contains(&cut);
        if [line - 1, whole.len() - 1].contains(&cut) {
            expected.push([&first, &second][usize::from(cut > line)].clone());
            assert_eq!(
                (entries, damaged.len()),
                ([expected, vec![next]].concat(), 0)
            );
        } else {
            assert_eq!(entries, [expected, vec![next]].concat());
            assert_eq!(damaged.len(), usize::from(torn), "{cut}");
        }
        assert_eq!(broken, [] as [u64; 0], "{cut}");
    }
}

#[test]
fn what_was_changed_or_taken_out_later_is_told() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path();
    for event in ["aa", "bb", "cc"] {
        ack(folder, event);
    }
    let path = folder.join("triage.log");
    let whole = fs::read_to_string(&path).unwrap();
    fs::write(&path, whole.replace("\"bb\"", "\"dd\"")).unwrap();
    let (entries, damaged, broken) = read(folder);
    assert_eq!((entries.len(), damaged, broken), (2, vec![2], vec![3]));
    let lines: Vec<&str> = whole.split_inclusive('\n').collect();
    fs::write(&path, [lines[0], lines[2]].concat()).unwrap();
    let (entries, damaged, broken) = read(folder);
    assert_eq!((entries.len(), damaged, broken), (2, vec![], vec![2]));
}

#[test]
fn many_writers_at_once_make_one_row() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            scope.spawn(move || {
                for number in 0..25 {
                    ack(folder, &format!("{thread}-{number}"));
                }
            });
        }
    });
    let (entries, damaged, broken) = read(folder);
    let numbers: Vec<u64> = entries.iter().map(|entry| entry.number).collect();
    assert_eq!(numbers, (1..=100).collect::<Vec<u64>>());
    assert_eq!((damaged, broken), (vec![], vec![]));
}

#[test]
fn a_mute_covers_its_rule_and_hosts_alone_and_ends_by_itself() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path();
    let at = |second| Time::from_parts(second, 0);
    let mut mutes = Mutes::follow(folder);
    assert_eq!(mutes.look(at(100)), []);
    muted(folder, 7, &[], 200);
    muted(folder, 0, &["10.0.0.5"], 300);
    muted(folder, 9, &["10.0.0.5", "00:1b:1b:01:02:03"], 400);
    let news = mutes.look(at(100));
    assert_eq!(news.len(), 3);
    let [a, b, c] = ["10.0.0.5", "10.0.0.9", "00:1b:1b:01:02:03"].map(|a| a.parse().unwrap());
    let by = |mutes: &Mutes, rule, ends, second| {
        mutes
            .of((1, rule), ends, at(second))
            .map(|mute| mute.number)
    };
    assert_eq!(by(&mutes, 7, [b, c], 150), Some(1));
    assert_eq!(mutes.of((3, 7), [b, c], at(150)), None);
    assert_eq!(by(&mutes, 8, [b, a], 150), Some(2));
    assert_eq!(by(&mutes, 9, [b, c], 150), None);
    assert_eq!(by(&mutes, 9, [c, a], 350), Some(3));
    // Nobody needs to look for a mute to be over.
    assert_eq!(by(&mutes, 7, [b, c], 200), None);
    mutes.count(1);
    mutes.count(1);
    assert_eq!(mutes.muted(), (2, 3));
    let news = mutes.look(at(200));
    let [ended] = news.as_slice() else {
        panic!("{news:?}");
    };
    assert_eq!(ended.what, "mute-ended");
    assert!(ended.text.contains("it muted 2 since"), "{}", ended.text);
    let end = |_: &Triage| Ok(Act::Unmute { mute: 3 });
    add(folder, &super::By::default(), end).unwrap();
    assert_eq!(mutes.look(at(210)).len(), 1);
    assert_eq!(by(&mutes, 9, [c, a], 310), None);
    assert_eq!(mutes.muted(), (2, 1));
    // A sensor that is started again has what is still in force.
    let mut again = Mutes::follow(folder);
    let news = again.look(at(210));
    assert_eq!((news.len(), news[0].what), (1, "mutes-in-force"));
    assert_eq!(by(&again, 8, [b, a], 210), Some(2));
    // A log that is taken away mutes nothing any more.
    fs::remove_file(folder.join("triage.log")).unwrap();
    again.look(at(220));
    assert_eq!(by(&again, 8, [b, a], 220), None);
    assert_eq!(at(1).since(at(0)), Duration::from_secs(1));
}
