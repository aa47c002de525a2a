//! What the documents claim: every promise names a test that exists, every link leads somewhere,
//! every option is one, and every dependency may be shipped.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    missing_docs
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The pieces of a text between two marks.
fn between<'a>(text: &'a str, open: &str, close: &str) -> Vec<&'a str> {
    text.split(open)
        .skip(1)
        .filter_map(|rest| rest.split_once(close))
        .map(|(inside, _)| inside)
        .collect()
}

/// Pieces in backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// Whether a source has a test of this name: a function right below `#[test]`, attributes and
/// comments apart.
fn has_test(source: &str, name: &str) -> bool {
    let mut marked = false;
    for line in source.lines().map(str::trim) {
        let function = line
            .strip_prefix("fn ")
            .and_then(|rest| rest.split('(').next());
        if marked && function == Some(name) {
            return true;
        }
        marked =
            line == "#[test]" || (marked && (line.starts_with("#[") || line.starts_with("//")));
    }
    false
}

#[test]
fn every_promise_names_tests_that_exist() {
    let text = fs::read_to_string(root().join("SPECIFICATION.md")).unwrap();
    let mut faults = Vec::new();
    let mut named = 0;
    let rows = text.lines().filter(|line| line.starts_with('|'));
    for row in rows.filter(|row| !row.starts_with("|---") && !row.starts_with("| promise")) {
        let enforced = row.trim_end_matches('|').rsplit('|').next().unwrap();
        let before = named;
        for name in quoted(enforced) {
            named += 1;
            let (file, test) = name.split_once("::").unwrap_or((name, ""));
            match fs::read_to_string(root().join(file)) {
                Ok(source) if test.is_empty() || has_test(&source, test) => {}
                Ok(_) => faults.push(format!("{file} has no test {test}")),
                Err(error) => faults.push(format!("{file}: {error}")),
            }
        }
        if named == before {
            faults.push(format!("nothing enforces: {row}"));
        }
    }
    assert!(
        named > 40,
        "only {named} tests are named: is the file read?"
    );
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// All Markdown files of the repository, without what is built or hidden.
fn documents(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            found.extend(documents(&path));
        } else if name.ends_with(".md") {
            found.push(path);
        }
    }
    found
}

#[test]
fn every_relative_link_leads_somewhere() {
    let mut faults = Vec::new();
    let mut links = 0;
    for document in documents(&root()) {
        let text = fs::read_to_string(&document).unwrap();
        for link in between(&text, "](", ")") {
            let place = link.split('#').next().unwrap();
            if place.is_empty() || place.contains("://") || place.starts_with("mailto:") {
                continue;
            }
            links += 1;
            if !document.parent().unwrap().join(place).exists() {
                faults.push(format!("{}: {link}", document.display()));
            }
        }
    }
    assert!(links > 3, "only {links} links found");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Files of the repository that the documents name in backticks.
#[test]
fn every_file_that_is_named_exists() {
    let folders = [
        "src/",
        "tests/",
        "packaging/",
        "pcaps/",
        "benches/",
        "fuzz/",
    ];
    let mut faults = Vec::new();
    let mut named = 0;
    for document in documents(&root()) {
        let text = fs::read_to_string(&document).unwrap();
        for name in quoted(&text).filter(|name| folders.iter().any(|f| name.starts_with(f))) {
            named += 1;
            let file = name.split("::").next().unwrap();
            if !root().join(file).exists() {
                faults.push(format!("{}: {file}", document.display()));
            }
        }
    }
    assert!(named > 10, "only {named} files are named");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_option_in_the_readme_is_one() {
    let text = fs::read_to_string(root().join("README.md")).unwrap();
    let mut known: BTreeSet<String> = BTreeSet::from(["help".to_owned()]);
    let mut command = jaga::cli::command();
    command.build();
    let commands = std::iter::once(&command).chain(command.get_subcommands());
    for option in commands.flat_map(clap::Command::get_arguments) {
        known.extend(option.get_long().map(str::to_owned));
    }
    let mut used = BTreeSet::new();
    for line in text
        .lines()
        .filter(|l| l.contains("jaga ") || l.starts_with("| `"))
    {
        for rest in line.split("--").skip(1) {
            let option = |c: &char| c.is_ascii_lowercase() || *c == '-';
            let name: String = rest.chars().take_while(option).collect();
            used.extend(Some(name.trim_matches('-').to_owned()).filter(|n| !n.is_empty()));
        }
    }
    assert!(!used.is_empty(), "the README names no option: is it read?");
    let unknown: Vec<&String> = used.difference(&known).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

/// Whether an SPDX expression can be satisfied with the licences allowed (SPDX 2.3, annex D;
/// `/` between names is the old form of OR).
fn allowed(expression: &str, list: &BTreeSet<String>) -> bool {
    let spaced = expression
        .replace('(', " ( ")
        .replace(')', " ) ")
        .replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    let result = either(&words, &mut at, list);
    assert_eq!(at, words.len(), "cannot read the licence `{expression}`");
    result
}

fn either(words: &[&str], at: &mut usize, list: &BTreeSet<String>) -> bool {
    let mut result = both(words, at, list);
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        result |= both(words, at, list);
    }
    result
}

fn both(words: &[&str], at: &mut usize, list: &BTreeSet<String>) -> bool {
    let mut result = one(words, at, list);
    while words.get(*at) == Some(&"AND") {
        *at += 1;
        result &= one(words, at, list);
    }
    result
}

fn one(words: &[&str], at: &mut usize, list: &BTreeSet<String>) -> bool {
    let mut name = words[*at].to_owned();
    *at += 1;
    if name == "(" {
        let result = either(words, at, list);
        assert_eq!(words.get(*at), Some(&")"), "{words:?}");
        *at += 1;
        return result;
    }
    if words.get(*at) == Some(&"WITH") {
        name = format!("{name} WITH {}", words[*at + 1]);
        *at += 2;
    }
    list.contains(&name)
}

#[test]
fn licences_are_read_as_they_are_meant() {
    let list = BTreeSet::from(["MIT".to_owned(), "Zlib".to_owned()]);
    for (expression, expected) in [
        ("MIT", true),
        ("GPL-3.0", false),
        ("GPL-3.0 OR MIT", true),
        ("GPL-3.0/MIT", true),
        ("MIT AND GPL-3.0", false),
        ("MIT AND (GPL-3.0 OR Zlib)", true),
        ("GPL-3.0 AND MIT OR Zlib", true),
        ("MIT WITH LLVM-exception", false),
    ] {
        assert_eq!(allowed(expression, &list), expected, "{expression}");
    }
}

#[test]
fn every_dependency_has_an_allowed_licence() {
    let deny = fs::read_to_string(root().join("deny.toml")).unwrap();
    let list: BTreeSet<String> = between(&deny, "\nallow = [", "]")
        .iter()
        .flat_map(|list| list.split('"').skip(1).step_by(2))
        .map(str::to_owned)
        .collect();
    assert!(list.contains("Apache-2.0"), "{list:?}");
    let version = Command::new("rustc").arg("-vV").output().unwrap();
    let version = String::from_utf8(version.stdout).unwrap();
    let host = version
        .lines()
        .find_map(|l| l.strip_prefix("host: "))
        .unwrap();
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--locked"])
        .args(["--filter-platform", host])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    assert!(packages.len() > 30, "only {} packages", packages.len());
    let faults: Vec<String> = packages
        .iter()
        .filter(|package| !allowed(package["license"].as_str().unwrap_or("none"), &list))
        .map(|package| format!("{}: {}", package["name"], package["license"]))
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_key_of_the_configuration_is_documented() {
    let text = fs::read_to_string(root().join("docs/configuration.md")).unwrap();
    let rows = text.lines().filter(|line| line.starts_with("| `"));
    let documented: Vec<&str> = rows.collect();
    let expected: Vec<String> = jaga::config::defaults()
        .map(|(key, default)| {
            let default = default.map_or("not set".to_owned(), |value| format!("`{value}`"));
            let (path, option) = (key.path, key.option);
            let (about, example) = (key.about, key.example);
            let reload = match key.reload {
                jaga::config::Reload::Yes => "yes",
                jaga::config::Reload::Restart => "",
            };
            format!("| `{path}` | `--{option}` | {default} | {reload} | {about} | `{example}` |")
        })
        .collect();
    assert_eq!(documented, expected);
}

/// Each line of the shipped configuration that is a setting once its mark is taken away: its
/// table, its key and its value.
fn shipped_settings(text: &str) -> Vec<(String, String)> {
    let mut table = String::new();
    let mut found = Vec::new();
    for line in text.lines() {
        if let Some(name) = line
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
        {
            table = format!("{name}.");
        } else if let Some((key, value)) = line.strip_prefix('#').and_then(|l| l.split_once(" = "))
            && !key.starts_with(' ')
        {
            found.push((format!("{table}{key}"), value.to_owned()));
        }
    }
    found
}

#[test]
fn the_shipped_configuration_shows_every_key_with_its_default() {
    let text = fs::read_to_string(root().join("packaging/jaga.toml")).unwrap();
    let expected: Vec<(String, String)> = jaga::config::defaults()
        .map(|(key, default)| {
            let shown = default.unwrap_or_else(|| key.example.to_owned());
            (key.path.to_owned(), shown)
        })
        .collect();
    assert_eq!(shipped_settings(&text), expected);
    // As it is, it says nothing; with all marks taken away it is a configuration too.
    let settings: jaga::config::Settings = toml::from_str(&text).unwrap();
    assert_eq!(settings, jaga::config::Settings::default());
    let lines = text.lines().map(|line| match line.strip_prefix('#') {
        Some(rest) if !rest.starts_with(' ') && rest.contains(" = ") => rest,
        _ => line,
    });
    let all = lines.collect::<Vec<_>>().join("\n");
    assert_ne!(
        toml::from_str::<jaga::config::Settings>(&all).unwrap(),
        settings
    );
}
