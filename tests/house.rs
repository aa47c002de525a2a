//! The rules of the house, held by reading the sources: the order of the rooms, the words a hot
//! room may not say, where `unsafe` may live, and that everything listed exists and everything
//! that exists is listed. Sizes are reported, not enforced.
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

/// The rooms in the order of the map; a room uses only rooms before it.
const ROOMS: &[&str] = &[
    "facts",
    "wire",
    "capture",
    "flow",
    "protocols",
    "rules",
    "detect",
    "sensor",
    "desk",
    "config",
    "cli",
];

/// Rooms that run once a packet.
const HOT: &[&str] = &[
    "capture",
    "flow",
    "protocols",
    "rules",
    "detect",
    "sensor",
    "wire",
    "facts",
];

/// Words that a hot room may not say: blocking, asynchronous, human-speed things.
const COLD_WORDS: &[&str] = &[
    "tokio",
    "async fn",
    ".await",
    "serde_json",
    "Mutex",
    "RwLock",
    "println!",
    "print!",
];

/// The few homes of `unsafe`, each under 300 lines.
const UNSAFE_HOMES: &[&str] = &[
    "src/capture/map.rs",
    "src/capture/ring/blocks.rs",
    "src/capture/ring/socket.rs",
    "src/cli/run/heap.rs",
    "src/rules/scan/hyperscan.rs",
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn relative(path: &Path) -> String {
    path.strip_prefix(root())
        .unwrap()
        .to_string_lossy()
        .into_owned()
}

/// The text without comments and without what stands in strings, line by line, so that only
/// code counts.
fn code(path: &Path) -> Vec<String> {
    strip(&fs::read_to_string(path).unwrap())
        .lines()
        .map(str::to_owned)
        .collect()
}

/// Rust without comments and string contents; line ends stay, so that lines keep their numbers.
fn strip(text: &str) -> String {
    let mut code = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let hashes = rest.len() - rest.trim_start_matches('r').trim_start_matches('#').len();
        let (skipped, shown) = if rest.starts_with("//") {
            (rest.find('\n').unwrap_or(rest.len()), "")
        } else if rest.starts_with("/*") {
            (rest.find("*/").map_or(rest.len(), |end| end + 2), "")
        } else if c == 'r' && hashes > 0 && rest[hashes..].starts_with('"') && !is_word(&code) {
            let close = format!("\"{}", "#".repeat(hashes - 1));
            let inside = &rest[hashes + 1..];
            let end = inside
                .find(&close)
                .map_or(inside.len(), |end| end + close.len());
            (hashes + 1 + end, "\"\"")
        } else if c == '"' {
            (quoted_length(rest), "\"\"")
        } else if rest.starts_with("'\"'") || rest.starts_with("'\\\"'") {
            (rest[1..].find('\'').unwrap() + 2, "' '")
        } else {
            code.push(c);
            rest = &rest[c.len_utf8()..];
            continue;
        };
        code.push_str(shown);
        let lines = rest[..skipped].matches('\n').count();
        code.extend(std::iter::repeat_n('\n', lines));
        rest = &rest[skipped..];
    }
    code
}

/// Whether the text ends within a word, where an `r` begins no raw string.
fn is_word(code: &str) -> bool {
    code.ends_with(|c: char| c.is_alphanumeric() || c == '_')
}

/// How long the string literal at the beginning is, quotes included.
fn quoted_length(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// Which rooms a source names through `crate::`, in groups of any depth; `depth` is how many
/// `super` lead from it to the crate.
fn rooms_named(text: &str, depth: usize) -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    let outward = "super::".repeat(depth);
    for root in ["crate::", &outward]
        .into_iter()
        .filter(|root| !root.is_empty())
    {
        for (at, _) in text.match_indices(root) {
            for word in first_words(&text[at + root.len()..]) {
                if ROOMS.contains(&word.as_str()) {
                    named.insert(word);
                }
            }
        }
    }
    named
}

/// The first word of a path, or of each path in a group of them.
fn first_words(path: &str) -> Vec<String> {
    let word = |text: &str| -> String {
        let text = text.trim_start();
        let end = text.find(|c: char| !c.is_alphanumeric() && c != '_');
        text[..end.unwrap_or(text.len())].to_owned()
    };
    let Some(group) = path.strip_prefix('{') else {
        return vec![word(path)];
    };
    let mut words = vec![word(group)];
    let mut open = 0;
    for (at, c) in group.char_indices() {
        match c {
            '{' => open += 1,
            '}' if open == 0 => break,
            '}' => open -= 1,
            ',' if open == 0 => words.push(word(&group[at + 1..])),
            _ => {}
        }
    }
    words
}

#[test]
fn uses_are_read_at_any_depth() {
    let named = |text: &str| -> Vec<String> { rooms_named(&strip(text), 2).into_iter().collect() };
    assert_eq!(
        named("use crate::{facts::{Host, Mac}, desk::inventory, wire};"),
        ["desk", "facts", "wire"]
    );
    assert_eq!(named("use super::super::desk::Desk;"), ["desk"]);
    assert_eq!(named("let x = crate::sensor::replay();"), ["sensor"]);
    let silent = "// crate::cli\nlet a = \"// crate::cli\"; let b = r#\"\"crate::cli\"#;";
    assert!(named(silent).is_empty());
    let after =
        "let url = \"http://x\"; use crate::flow::Flow; let quote = '\"'; crate::rules::f();";
    assert_eq!(named(after), ["flow", "rules"]);
}

#[test]
fn a_room_uses_only_rooms_before_it() {
    let mut faults = Vec::new();
    let mut uses = 0;
    for (place, room) in ROOMS.iter().enumerate() {
        let folder = root().join("src").join(room);
        if !folder.exists() {
            continue;
        }
        for path in sources(&folder) {
            let inside = path.strip_prefix(root().join("src")).unwrap();
            let depth = match path.file_name().unwrap().to_str() {
                Some("mod.rs") => inside.components().count() - 1,
                _ => inside.components().count(),
            };
            for named in rooms_named(&code(&path).join("\n"), depth) {
                uses += 1;
                let theirs = ROOMS.iter().position(|r| *r == named).unwrap();
                if theirs > place {
                    faults.push(format!("{} uses {named}, a later room", relative(&path)));
                }
            }
        }
    }
    assert!(
        uses > 20,
        "the test found only {uses} uses of rooms: it no longer reads the sources"
    );
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_map_lists_the_rooms_in_order() {
    let map = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let listed: Vec<&str> = map
        .lines()
        .filter_map(|l| l.strip_prefix("pub mod ")?.strip_suffix(';'))
        .collect();
    let exist: Vec<&str> = ROOMS
        .iter()
        .copied()
        .filter(|room| root().join("src").join(room).exists())
        .collect();
    assert_eq!(listed, exist);
}

#[test]
fn hot_rooms_say_no_cold_words() {
    let mut faults = Vec::new();
    for room in HOT {
        let folder = root().join("src").join(room);
        if !folder.exists() {
            continue;
        }
        for path in sources(&folder) {
            let name = relative(&path);
            if name.contains("/tests") || name.ends_with("testing.rs") {
                continue;
            }
            for (number, line) in (1..).zip(code(&path)) {
                if line.contains("#[cfg(test)]") {
                    break;
                }
                for word in COLD_WORDS {
                    if line.contains(word) {
                        faults.push(format!("{name}:{number} says {word}"));
                    }
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn unsafe_lives_in_its_few_homes() {
    let mut homes = BTreeSet::new();
    for path in sources(&root().join("src")) {
        let name = relative(&path);
        let lines = code(&path);
        let says = |line: &String| {
            line.split(|c: char| !c.is_alphanumeric() && c != '_')
                .any(|word| word == "unsafe")
        };
        if lines.iter().any(says) {
            assert!(lines.len() < 300, "{name} has {} lines", lines.len());
            homes.insert(name);
        }
    }
    let expected: BTreeSet<String> = UNSAFE_HOMES.iter().map(|s| (*s).to_owned()).collect();
    assert_eq!(homes, expected);
}

/// Names of files and folders of a room, without those that are not entries of its list.
fn entries(room: &str, not: &[&str]) -> BTreeSet<String> {
    fs::read_dir(root().join("src").join(room))
        .unwrap()
        .map(|entry| {
            entry
                .unwrap()
                .path()
                .file_stem()
                .unwrap()
                .to_string_lossy()
                .into_owned()
        })
        .filter(|name| name != "mod" && !not.contains(&name.as_str()))
        .collect()
}

/// The module names in a `static NAME: &[...] = &[ a::B, &c::D, ... ];`, in order.
fn listed(file: &str, name: &str) -> Vec<String> {
    let text = code(&root().join(file)).join("\n");
    let start = text
        .find(&format!("static {name}:"))
        .unwrap_or_else(|| panic!("{file}: {name}"));
    let list = text[start..]
        .split("= &[")
        .nth(1)
        .unwrap()
        .split("];")
        .next()
        .unwrap();
    list.split(',')
        .map(|item| {
            item.trim()
                .trim_start_matches('&')
                .split("::")
                .next()
                .unwrap()
                .to_owned()
        })
        .filter(|item| !item.is_empty())
        .collect()
}

#[test]
fn every_protocol_and_subcommand_is_listed_in_order() {
    let shared = ["testing", "banner", "iso", "published"];
    for (file, name, room, not) in [
        (
            "src/protocols/mod.rs",
            "PROTOCOLS",
            "protocols",
            &shared[..],
        ),
        (
            "src/cli/mod.rs",
            "SUBCOMMANDS",
            "cli",
            &["exit", "progress", "input", "output", "settings"][..],
        ),
    ] {
        let list = listed(file, name);
        assert!(!list.is_empty(), "{file}: {name} is empty");
        let mut sorted = list.clone();
        sorted.sort();
        assert_eq!(list, sorted, "{name} is not in alphabetical order");
        let set: BTreeSet<String> = list.into_iter().collect();
        assert_eq!(set, entries(room, not), "{name} and the folder differ");
    }
}

#[test]
fn every_file_says_what_it_is() {
    for path in sources(&root().join("src")) {
        let text = fs::read_to_string(&path).unwrap();
        assert!(
            text.starts_with("//!"),
            "{} does not say what it is",
            relative(&path)
        );
    }
}

/// Lengths of the functions of a file: (name, lines).
fn functions(path: &Path) -> Vec<(String, usize)> {
    let text = fs::read_to_string(path).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let bare = line.trim_start();
        let indent = line.len() - bare.len();
        let Some(at) = bare.find("fn ") else { continue };
        let head = &bare[..at];
        if !head
            .chars()
            .all(|c| c.is_alphanumeric() || " ()_".contains(c))
            || bare.ends_with(';')
        {
            continue;
        }
        let name: String = bare[at + 3..]
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect();
        let close = format!("{}}}", " ".repeat(indent));
        let length = lines[start..]
            .iter()
            .position(|l| *l == close)
            .map_or(1, |n| n + 1);
        found.push((name, length));
    }
    found
}

/// A report, not a law: `cargo test --test house -- --nocapture sizes`.
#[test]
fn sizes_of_files_and_functions() {
    let mut files = Vec::new();
    let mut long = Vec::new();
    for path in sources(&root().join("src")) {
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        files.push((lines, relative(&path)));
        for (name, length) in functions(&path) {
            if length > 60 && !relative(&path).ends_with("tests.rs") {
                long.push((length, format!("{} {name}", relative(&path))));
            }
        }
    }
    files.sort_unstable_by(|a, b| b.cmp(a));
    long.sort_unstable_by(|a, b| b.cmp(a));
    println!("longest files (about 500 lines at most):");
    files
        .iter()
        .take(10)
        .for_each(|(lines, name)| println!("{lines:6} {name}"));
    println!("functions over 60 lines:");
    long.iter()
        .for_each(|(lines, name)| println!("{lines:6} {name}"));
    let total: usize = files.iter().map(|(lines, _)| lines).sum();
    println!("{} files, {total} lines", files.len());
    assert!(files.len() > 20);
}
