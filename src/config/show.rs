//! Settings written back as TOML: every key, with who said it.

use super::Settings;
use super::keys::{KEYS, Key};
use super::read::{Layers, value};
use std::fmt::Write as _;
use toml::Table;

/// The settings as a table.
fn table(settings: &Settings) -> Table {
    // What settings are made of are texts, numbers, lists and tables: this does not fail.
    Table::try_from(settings).unwrap_or_default()
}

/// The default of each key, as TOML; none where it is not set by default.
pub fn defaults() -> impl Iterator<Item = (&'static Key, Option<String>)> {
    let table = table(&Settings::default());
    KEYS.iter()
        .map(move |key| (key, value(&table, key).map(ToString::to_string)))
}

/// What a key is, as TOML; none where it is not set.
#[must_use]
pub fn value_of(settings: &Settings, key: &Key) -> Option<String> {
    value(&table(settings), key).map(ToString::to_string)
}

/// Settings as a configuration file that makes the same, each with who said it.
#[must_use]
pub fn show(settings: &Settings, layers: &Layers) -> String {
    let table = table(settings);
    let mut shown = String::new();
    let mut within = "";
    for key in KEYS {
        if key.table() != within {
            within = key.table();
            let _ = writeln!(shown, "\n[{within}]");
        }
        let line = match value(&table, key) {
            Some(value) => {
                let origin = layers.origin(key).unwrap_or("default");
                format!(
                    "{} = {value}  # {}",
                    key.name(),
                    crate::facts::plain(origin)
                )
            }
            None => format!("# {} is not set", key.name()),
        };
        let _ = writeln!(shown, "{line}");
    }
    shown
}
