//! The words of both languages.

use super::alert::{Alert, Scene};
use super::*;
use crate::facts::{Endpoint, Host, Stamp};
use crate::flow::Tags;
use crate::sensor::FlowId;

fn scene() -> Scene {
    let end = Endpoint {
        host: Host::v4([10, 0, 0, 1]),
        port: 0,
    };
    Scene {
        flow: FlowId(1),
        stamp: Stamp::default(),
        source: end,
        destination: end,
        ip_protocol: 6,
        tags: Tags::default(),
        protocol: None,
    }
}

#[test]
fn every_kind_has_words_in_both_languages() {
    for language in Language::ALL {
        let words = Words::of(language);
        for kind in DETECTORS.iter().flat_map(|row| row.kinds) {
            let told = words.tell(&Alert::new(kind, 3, scene()));
            for text in [&told.title, &told.what, &told.plant, &told.check] {
                assert!(
                    !text.is_empty(),
                    "{} {}: {told:?}",
                    language.code(),
                    kind.name
                );
            }
        }
    }
}

#[test]
fn numbers_of_kinds_are_their_own() {
    let mut sids: Vec<u32> = DETECTORS
        .iter()
        .flat_map(|row| row.kinds)
        .map(|kind| kind.sid)
        .collect();
    let all = sids.len();
    sids.sort_unstable();
    sids.dedup();
    assert_eq!(sids.len(), all);
    assert!(sids.iter().all(|sid| (3_950_000..3_960_000).contains(sid)));
}
