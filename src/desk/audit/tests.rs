//! The words of the report, and that nothing hostile becomes a part of the page.

use super::page::Harmless;
use super::weaknesses::{self, KINDS};
use super::words::catalogue;
use super::*;
use crate::facts::role::ROLES;
use askama::filters::Escaper;
use std::collections::BTreeMap;
use std::path::Path;

/// Messages of a catalogue, each with the blanks that it has.
fn messages(language: Language) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut last = String::new();
    for line in catalogue(language).lines() {
        if let Some((name, _)) = line
            .split_once(" = ")
            .filter(|_| !line.starts_with([' ', '#']))
        {
            assert!(!found.contains_key(name), "{name} stands twice");
            name.clone_into(&mut last);
        }
        if last.is_empty() {
            continue;
        }
        let blanks = found.entry(last.clone()).or_default();
        let parts = line.split("{ $").skip(1);
        blanks.extend(parts.filter_map(|part| Some(part.split_once([' '])?.0.to_owned())));
        // Which form a number takes is each language's own business.
        blanks.remove("n");
    }
    found
}

#[test]
fn both_languages_have_every_message_with_the_same_blanks() {
    let [english, indonesian] = Language::ALL.map(messages);
    assert!(english.len() > 200, "{}", english.len());
    let names = |all: &BTreeMap<String, BTreeSet<String>>| -> BTreeSet<String> {
        all.keys().cloned().collect()
    };
    let (one, other) = (names(&english), names(&indonesian));
    let apart: Vec<&String> = one.symmetric_difference(&other).collect();
    assert!(apart.is_empty(), "only in one language: {apart:?}");
    for (name, blanks) in &english {
        assert_eq!(Some(blanks), indonesian.get(name), "blanks of {name}");
    }
}

/// Sources of this room, templates and all.
fn sources(folder: &Path, found: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "html" || e == "rs") {
            found.push_str(&std::fs::read_to_string(path).unwrap());
        }
    }
}

#[test]
fn every_message_asked_for_is_there_and_every_one_that_is_there_is_asked_for() {
    let mut text = String::new();
    sources(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src/desk/audit"),
        &mut text,
    );
    let known = messages(Language::English);
    let mut asked = 0;
    for call in ["say.say(\"", "say.count(\"", "say.fill(\"", "say.filled(\""] {
        for rest in text.split(call).skip(1) {
            let name = rest.split('"').next().unwrap();
            asked += 1;
            assert!(known.contains_key(name), "no message {name}");
        }
    }
    assert!(asked > 100, "only {asked} messages are asked for");
    let families = [
        "attack-",
        "blind-",
        "class-",
        "level-",
        "outcome-",
        "property-",
        "role-",
        "severity-",
        "verdict-of-",
        "weak-",
        "worth-",
    ];
    for name in known.keys() {
        let member = families.iter().any(|family| name.starts_with(family));
        assert!(
            member || text.contains(&format!("\"{name}\"")),
            "nobody asks for {name}"
        );
    }
}

#[test]
fn families_have_a_message_for_each_member() {
    let known = messages(Language::English);
    let has = |name: String| assert!(known.contains_key(&name), "no message {name}");
    ROLES
        .iter()
        .for_each(|role| has(format!("role-{}", role.name)));
    for kind in KINDS {
        for part in ["", "-why", "-fix"] {
            has(format!("weak-{}{part}", kind.name));
        }
    }
    let blind = std::fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("src/desk/report/blind.rs"),
    );
    let blind = blind.unwrap();
    let spots = blind
        .split("self.add(")
        .chain(blind.split("list.add("))
        .skip(1);
    let mut spotted = BTreeSet::new();
    for spot in spots {
        if let Some(kind) = spot.trim_start().strip_prefix('"') {
            spotted.insert(kind.split('"').next().unwrap().to_owned());
        }
    }
    assert!(spotted.len() > 20, "{spotted:?}");
    spotted
        .into_iter()
        .for_each(|kind| has(format!("blind-{kind}")));
}

#[test]
fn requirements_rest_on_kinds_that_exist() {
    let all: Vec<Weakness> = KINDS
        .iter()
        .map(|kind| Weakness {
            kind: kind.name,
            severity: 1,
            cases: Vec::new(),
            omitted: 0,
        })
        .collect();
    let rows = mapping::requirements(&all, (true, true));
    let by: BTreeSet<&str> = rows.iter().flat_map(|row| row.by.iter().copied()).collect();
    let kinds = KINDS.iter().map(|kind| kind.name);
    // A malformed message says nothing of how a device takes it.
    let kinds: BTreeSet<&str> = kinds.filter(|kind| *kind != "malformed").collect();
    assert_eq!(
        by, kinds,
        "each kind of weakness speaks against some requirement"
    );
    let without = mapping::requirements(&[], (true, true));
    assert!(without.iter().all(|row| row.verdict != Verdict::Against));
}

#[test]
fn what_was_looked_for_and_not_seen_is_named() {
    let found = Weakness {
        kind: "remote-access",
        severity: 3,
        cases: Vec::new(),
        omitted: 0,
    };
    let nothing = weaknesses::absent(&[], false, false);
    assert!(nothing.contains(&"remote-access") && nothing.contains(&"outside"));
    for unsought in ["default-credentials", "cleartext-login", "no-conduit"] {
        assert!(!nothing.contains(&unsought), "{unsought}");
    }
    let all = weaknesses::absent(&[found], true, true);
    assert_eq!(all.len(), KINDS.len() - 1);
    assert!(!all.contains(&"remote-access"));
}

#[test]
fn what_nobody_looked_at_is_claimed_of_no_requirement() {
    let of = |rows: &[Requirement], id: &str| {
        let row = rows.iter().find(|row| row.id == id);
        row.map(|row| row.verdict)
    };
    let empty = mapping::requirements(&[], (false, true));
    assert!(empty.iter().all(|row| row.verdict == Verdict::Unseen));
    let blind = mapping::requirements(&[], (true, false));
    for id in ["SR 1.5", "IA-5"] {
        assert_eq!(of(&blind, id), Some(Verdict::Unseen), "{id}");
    }
    let all = mapping::requirements(&[], (true, true));
    assert_eq!(of(&all, "SR 1.5"), Some(Verdict::NothingAgainst));
    assert_eq!(of(&all, "SR 7.8"), Some(Verdict::Supports));
    for id in ["SR 6.2", "CA-7", "SI-4", "R1.1", "R1.2", "R1.3"] {
        assert_eq!(of(&all, id), Some(Verdict::Unseen), "{id}");
    }
}

#[test]
fn nothing_hostile_becomes_a_part_of_the_page() {
    let mut out = String::new();
    let hostile = "<script>alert('x')</script>\"&\u{202e}\u{1b}[2J";
    Harmless.write_escaped_str(&mut out, hostile).unwrap();
    assert_eq!(
        out,
        "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot;&amp;\\u{202e}\\u{1b}[2J"
    );
}
