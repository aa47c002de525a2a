//! Both engines against a search by hand.

#[cfg(feature = "hyperscan")]
use super::{Cache, Outcome};
use super::{Database, Pattern, Scratch};
use proptest::prelude::*;

/// The patterns that are in the octets, by hand.
fn expected(patterns: &[Pattern<'_>], octets: &[u8]) -> Vec<u32> {
    let is_in = |pattern: &Pattern<'_>| {
        let same = |window: &[u8]| {
            if pattern.nocase {
                window.eq_ignore_ascii_case(pattern.octets)
            } else {
                window == pattern.octets
            }
        };
        octets.windows(pattern.octets.len().max(1)).any(same)
    };
    let found = (0..).zip(patterns).filter(|(_, pattern)| is_in(pattern));
    found.map(|(number, _)| number).collect()
}

fn scan(database: &Database, scratch: &mut Scratch, octets: &[u8]) -> Vec<u32> {
    let mut hits = Vec::new();
    database.scan(octets, scratch, &mut hits);
    hits.sort_unstable();
    hits
}

proptest! {
    #[test]
    fn both_engines_find_what_is_there(
        patterns in prop::collection::vec((prop::collection::vec(b'a'..=b'd', 1..5), any::<bool>()), 1..12),
        texts in prop::collection::vec(prop::collection::vec(prop_oneof![b'a'..=b'd', b'A'..=b'D'], 0..60), 1..4),
    ) {
        let patterns: Vec<Pattern<'_>> = patterns
            .iter()
            .map(|(octets, nocase)| Pattern { octets, nocase: *nocase })
            .collect();
        let engines = [Database::compile(&patterns), Database::portable(&patterns)];
        let mut scratch = Scratch::default();
        for text in &texts {
            let expected = expected(&patterns, text);
            for engine in &engines {
                prop_assert_eq!(&scan(engine, &mut scratch, text), &expected, "{}", engine.engine());
            }
        }
    }
}

#[test]
fn one_scratch_serves_many_databases() {
    let mut scratch = Scratch::default();
    let zeros = [Pattern {
        octets: &[0, 0],
        nocase: false,
    }];
    let words = [b"stop", b"STOP"].map(|octets| Pattern {
        octets,
        nocase: false,
    });
    for compile in [Database::compile, Database::portable] {
        let (zeros, words) = (compile(&zeros), compile(&words));
        assert_eq!(scan(&zeros, &mut scratch, &[1, 0, 0, 0]), [0]);
        assert_eq!(scan(&words, &mut scratch, b"STOP stop"), [0, 1]);
        assert_eq!(scan(&zeros, &mut scratch, b"STOP"), [0; 0]);
    }
}

/// Databases of one word from a cache, and what became of it; what they find is right.
#[cfg(feature = "hyperscan")]
fn cached(folder: &std::path::Path, word: &str) -> Outcome {
    let sets = [vec![Pattern {
        octets: word.as_bytes(),
        nocase: false,
    }]];
    let compile = || sets.iter().map(|set| Database::compile(set)).collect();
    let (databases, outcome) = Cache::new(folder.to_owned()).databases(&sets, compile);
    let mut scratch = Scratch::default();
    let text = format!("a {word} b");
    assert_eq!(databases.len(), 1);
    assert_eq!(scan(&databases[0], &mut scratch, text.as_bytes()), [0]);
    assert_eq!(scan(&databases[0], &mut scratch, b"nothing"), [0; 0]);
    outcome
}

#[cfg(feature = "hyperscan")]
fn refused(folder: &std::path::Path, why: &str) {
    let outcome = cached(folder, "stop");
    let told = match &outcome {
        Outcome::Refused(told) => told.as_str(),
        _ => "",
    };
    assert!(told.contains(why), "{why}: {outcome:?}");
}

#[cfg(feature = "hyperscan")]
fn only_file(folder: &std::path::Path) -> std::path::PathBuf {
    let mut files = std::fs::read_dir(folder).expect("the folder is there");
    let file = files.next().expect("a file was written").expect("read");
    assert!(files.next().is_none(), "one file");
    file.path()
}

#[cfg(feature = "hyperscan")]
#[test]
fn the_cache_is_read_where_it_is_ours_and_sound() {
    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
    let mode = |path: &std::path::Path, mode| {
        set_permissions(path, Permissions::from_mode(mode)).expect("the mode can be set");
    };
    let root = tempfile::tempdir().expect("a folder");
    let folder = root.path().join("made/by/us");
    assert_eq!(cached(&folder, "stop"), Outcome::Written);
    assert_eq!(cached(&folder, "stop"), Outcome::Read);
    let file = only_file(&folder);
    let sound = std::fs::read(&file).expect("read");
    assert_eq!(
        file.metadata().expect("there").permissions().mode() & 0o777,
        0o600
    );
    assert_eq!(
        folder.metadata().expect("there").permissions().mode() & 0o777,
        0o700
    );
    // Each octet counts: the head, the databases, the sum; and so does the length.
    for place in [0, 20, sound.len() / 2, sound.len() - 1] {
        let mut damaged = sound.clone();
        damaged[place] ^= 1;
        std::fs::write(&file, damaged).expect("written");
        refused(&folder, "damaged");
        assert_eq!(
            cached(&folder, "stop"),
            Outcome::Read,
            "it was written anew"
        );
    }
    for length in [0, 7, 60, sound.len() - 1] {
        std::fs::write(&file, &sound[..length]).expect("written");
        refused(&folder, "damaged");
    }
    // What others can write is not read, nor replaced.
    mode(&file, 0o620);
    refused(&folder, "other users can write it");
    mode(&file, 0o600);
    mode(&folder, 0o777);
    refused(&folder, "other users can write it");
    mode(&folder, 0o700);
    let elsewhere = root.path().join("elsewhere");
    std::fs::rename(&file, &elsewhere).expect("moved");
    symlink(&elsewhere, &file).expect("linked");
    refused(&folder, "a symbolic link");
    std::fs::rename(&elsewhere, &file).expect("moved back");
    let link = root.path().join("link");
    symlink(&folder, &link).expect("linked");
    refused(&link, "a symbolic link");
    assert_eq!(cached(&folder, "stop"), Outcome::Read);
    if chown(&file, Some(1), None).is_ok() {
        refused(&folder, "belongs to another user");
        chown(&file, Some(0), None).expect("given back");
        chown(&folder, Some(1), None).expect("given away");
        refused(&folder, "belongs to another user");
    }
}

#[cfg(feature = "hyperscan")]
#[test]
fn the_cache_keeps_a_few_files_of_different_patterns() {
    let root = tempfile::tempdir().expect("a folder");
    for number in 0..20 {
        assert_eq!(
            cached(root.path(), &format!("word{number}")),
            Outcome::Written
        );
    }
    assert_eq!(std::fs::read_dir(root.path()).expect("there").count(), 8);
    assert_eq!(cached(root.path(), "word19"), Outcome::Read);
    assert_eq!(cached(root.path(), "word0"), Outcome::Written);
}

#[test]
fn the_usual_folder_is_that_of_the_desktop_specification() {
    use std::path::Path;
    let usual = |xdg: &str, home: &str| super::usual(Some(Path::new(xdg)), Some(Path::new(home)));
    assert_eq!(usual("/x", "/h"), Some("/x/jaga".into()));
    assert_eq!(usual("", "/h"), Some("/h/.cache/jaga".into()));
    assert_eq!(usual("relative", "/h"), Some("/h/.cache/jaga".into()));
    assert_eq!(usual("", ""), None);
}
