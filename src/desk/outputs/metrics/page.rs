//! The text that Prometheus reads: its exposition format, version 0.0.4.
//!
//! Written by the parts of a page of metrics, one after the other.

use std::fmt::{Display, Write as _};

/// The page being written. A string does not refuse what is written to it.
pub(super) struct Page(pub(super) String);

impl Page {
    pub(super) fn head(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    pub(super) fn line(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        let label = |(name, value): &(&str, &str)| {
            let value = value.replace('\\', "\\\\").replace('"', "\\\"");
            format!("{name}=\"{}\"", value.replace('\n', "\\n"))
        };
        let labels: Vec<String> = labels.iter().map(label).collect();
        let labels = match labels.is_empty() {
            true => String::new(),
            false => format!("{{{}}}", labels.join(",")),
        };
        let _ = writeln!(self.0, "{name}{labels} {value}");
    }
}
