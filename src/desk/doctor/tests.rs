//! The words of the doctor, in both languages.

use super::told::catalogue;
use crate::desk::detect::Language;
use std::collections::BTreeMap;

/// The messages of a catalogue: name and text.
fn messages(language: Language) -> BTreeMap<&'static str, &'static str> {
    let lines = catalogue(language).lines();
    lines
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(" = "))
        .collect()
}

fn blanks(text: &str) -> Vec<&str> {
    let mut blanks: Vec<&str> = text
        .split("{ $")
        .skip(1)
        .filter_map(|rest| Some(rest.split_once(" }")?.0))
        .collect();
    blanks.sort_unstable();
    blanks
}

#[test]
fn both_catalogues_say_the_same_things() {
    let (english, indonesian) = (messages(Language::English), messages(Language::Indonesian));
    assert!(english.len() > 50, "{}", english.len());
    assert!(english.keys().eq(indonesian.keys()));
    for (name, text) in &english {
        let own = indonesian.get(name).unwrap();
        assert_eq!(blanks(text), blanks(own), "{name}");
        assert_ne!(text, own, "{name}");
    }
    for name in english.keys() {
        if let Some(check) = name.strip_suffix("-mend") {
            assert!(
                english.contains_key(format!("{check}-bad").as_str()),
                "{check}"
            );
        }
    }
}
