//! The loader of rules: any octets as a rule file, and what loads through lint, the compiler and
//! the words that explain it.
#![no_main]

use jaga::rules::compile::Engine;
use jaga::rules::explain::explain;
use jaga::rules::lint::lint;
use jaga::rules::{Config, load_text};
use libfuzzer_sys::fuzz_target;
use std::path::Path;

fuzz_target!(|data: &[u8]| {
    let config = Config {
        off_too: true,
        ..Config::default()
    };
    let loaded = load_text(Path::new("fuzz.rules"), data, &config);
    let counted: usize = loaded.files.iter().map(|file| file.loaded).sum();
    assert_eq!(counted, loaded.rules.len());
    for rule in &loaded.rules {
        assert!(!explain(rule, &loaded.names).is_empty());
    }
    let _ = lint(&loaded.rules, &loaded.names);
    let _ = Engine::compile(loaded.rules);
});
