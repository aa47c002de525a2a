//! Both engines against a search by hand.

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
