//! The settings of the live sensor: one model that the command line and the configuration file
//! are both resolved into.
//!
//! Made by the doors before a run. `keys.rs` lists every key with its option, `read.rs` reads
//! files and lays one over the other, `show.rs` writes settings back as TOML, `units.rs` has
//! spans and sizes. Opens nothing but the configuration itself.

mod keys;
mod read;
mod show;
#[cfg(test)]
mod tests;
mod units;

pub use keys::{Form, KEYS, Key, Reload};
pub use read::{Error, Layers};
pub use show::{defaults, show, value_of};
pub use units::{Age, Size, Workers};

use crate::capture::Filter;
use crate::desk::detect::{Language, Learn};
use crate::desk::outputs::syslog::{Collector, Format, Header};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

/// All settings; each has a [`Key`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// Name of the site in every event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    /// Name of the sensor in every event; without one, that of the machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sensor: Option<String>,
    /// Only data and errors are told.
    pub quiet: bool,
    /// Where it listens.
    pub capture: Capture,
    /// Rules laid over the traffic.
    pub rules: Rules,
    /// What looks on beside the rules.
    pub detectors: Detectors,
    /// What is kept on disk.
    pub state: State,
    /// Where all events go.
    pub events: Events,
    /// Where alerts, incidents and health go.
    pub alerts: Alerts,
    /// The collectors.
    pub syslog: Syslog,
    /// The endpoint of the metrics.
    pub metrics: Metrics,
    /// The devices, once the run ends.
    pub inventory: Inventory,
    /// The picture, once the run ends.
    pub summary: Summary,
}

/// Where the sensor listens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Capture {
    /// The interfaces.
    pub interfaces: Vec<String>,
    /// Worker threads; without a number, one a processor and at most 8.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workers: Option<Workers>,
    /// Which frames the kernel hands over; without one, all.
    #[serde(
        with = "units::spelled_perhaps",
        skip_serializing_if = "Option::is_none"
    )]
    pub filter: Option<Filter>,
    /// Threads that touch packets may do next to nothing.
    pub sandbox: bool,
}

impl Default for Capture {
    fn default() -> Self {
        Self {
            interfaces: Vec::new(),
            workers: None,
            filter: None,
            sandbox: true,
        }
    }
}

/// Which rules are laid over the traffic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Rules {
    /// The shipped ones are among them.
    pub shipped: bool,
    /// Files and folders of more.
    pub paths: Vec<PathBuf>,
    /// Variables by name; they stand over those of the file.
    pub variables: BTreeMap<String, String>,
    /// A file that sets variables.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variables_file: Option<PathBuf>,
    /// Files of thresholds and suppressions.
    pub thresholds: Vec<PathBuf>,
    /// The folder that compiled rules are kept in; `none` for nowhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache: Option<PathBuf>,
    /// Alerts as grave as this make the run end with 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fail_on: Option<Grade>,
    /// What rules cost is told when the run ends.
    pub statistics: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            shipped: true,
            paths: Vec::new(),
            variables: BTreeMap::new(),
            variables_file: None,
            thresholds: Vec::new(),
            cache: None,
            fail_on: None,
            statistics: false,
        }
    }
}

/// How grave an alert is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Grade {
    /// 1.
    High,
    /// 2.
    Medium,
    /// 3.
    Low,
    /// 4.
    Info,
}

impl Grade {
    /// Their names, the gravest first.
    pub const NAMES: [&str; 4] = ["high", "medium", "low", "info"];

    /// The severity in events: 1 high to 4 information.
    #[must_use]
    pub const fn severity(self) -> u8 {
        match self {
            Self::High => 1,
            Self::Medium => 2,
            Self::Low => 3,
            Self::Info => 4,
        }
    }
}

/// What looks on beside the rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Detectors {
    /// They look on at all.
    pub enabled: bool,
    /// For how long they learn.
    #[serde(with = "units::spelled")]
    pub learn: Learn,
    /// What they hold the traffic against.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline: Option<PathBuf>,
    /// The zones and conduits that they hold the traffic against.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zones: Option<PathBuf>,
    /// Planned work.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub windows: Option<PathBuf>,
    /// What their alerts are told in.
    #[serde(with = "units::spelled")]
    pub language: Language,
}

impl Default for Detectors {
    fn default() -> Self {
        Self {
            enabled: true,
            learn: Learn::default(),
            baseline: None,
            zones: None,
            windows: None,
            language: Language::default(),
        }
    }
}

/// What is kept on disk.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct State {
    /// In which folder; without one, in memory alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<PathBuf>,
    /// Octets of it at most.
    pub size: Size,
    /// For how long at most.
    pub age: Age,
}

/// Where all events go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Events {
    /// The file; `-` is standard output.
    pub file: PathBuf,
    /// Passwords and the like are written as they are.
    pub show_secrets: bool,
}

impl Default for Events {
    fn default() -> Self {
        Self {
            file: PathBuf::from("-"),
            show_secrets: false,
        }
    }
}

/// Where alerts, incidents and health go.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Alerts {
    /// The file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
}

/// The collectors of alerts, incidents and health.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Syslog {
    /// Who they are.
    #[serde(with = "units::spelled_each")]
    pub collectors: Vec<Collector>,
    /// What a message says.
    pub format: Format,
    /// How it begins.
    pub header: Header,
    /// Who may have signed the certificate of a collector; without it, those of the system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorities: Option<PathBuf>,
    /// The sensor's certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<PathBuf>,
    /// Its private key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<PathBuf>,
}

/// The endpoint of the metrics.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Metrics {
    /// Its address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listen: Option<SocketAddr>,
}

/// The devices: what people know of them, and what is told when the run ends.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Inventory {
    /// The file, .json or .csv.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
    /// The site's list of its devices.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assets: Option<PathBuf>,
}

/// The picture, once the run ends.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Summary {
    /// As JSON instead of text.
    pub json: bool,
}
