//! Rules and packets together: the input is a file of rules, a line `----`, and a capture, which
//! is replayed with what loads of the rules. Nothing panics, the books balance, and every finding
//! names a rule that is there.
#![no_main]

use jaga::capture::Captures;
use jaga::desk::alerts::Alerts;
use jaga::rules::compile::Engine;
use jaga::rules::{Config, load_text};
use jaga::sensor::{self, Dropped, Event, Progress, Watch};
use libfuzzer_sys::fuzz_target;
use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;

const PARTING: &[u8] = b"\n----\n";

fuzz_target!(|data: &[u8]| {
    let found = data.windows(PARTING.len()).position(|part| part == PARTING);
    let Some((rules, rest)) = found.and_then(|at| data.split_at_checked(at)) else {
        return;
    };
    let capture = rest.get(PARTING.len()..).unwrap_or_default();
    let config = Config {
        off_too: true,
        ..Config::default()
    };
    let loaded = load_text(Path::new("fuzz.rules"), rules, &config);
    let (engine, _) = Engine::compile(loaded.rules);
    let engine = Arc::new(engine);
    let octets = Box::new(Cursor::new(capture.to_vec()));
    let Ok(captures) = Captures::from_reader(Path::new("fuzz"), octets) else {
        return;
    };
    let mut desk = Alerts::new(&engine);
    let watch = Watch {
        rules: Some(Arc::clone(&engine)),
        ..Watch::default()
    };
    let config = sensor::Config { workers: 1 };
    let progress = Progress::default();
    let outcome = sensor::replay(captures, config, watch, &progress, &mut |mut event| {
        if let Event::Finding(finding) = &event {
            assert!(engine.rule(finding.rule).is_some());
        }
        desk.take(&mut event);
    });
    assert_eq!(outcome.imbalance, None, "{:?}", outcome.books);
    assert_eq!(outcome.books.panics, 0);
    assert_eq!(outcome.books.dropped[Dropped::Panic as usize], 0);
});
