//! The list of keys: what each is called in a file and on the command line, and what it means.
//!
//! Read by the doors, which resolve the command line with it, by `jaga check --show` and by the
//! tests that hold `docs/configuration.md` and `packaging/jaga.toml` against it.

/// How a key is written, and what its option takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Text.
    Text,
    /// A list of texts; the option is given several times.
    Texts,
    /// A path: relative to the folder of the file it stands in.
    Path,
    /// A list of paths.
    Paths,
    /// True or false; the option makes it true.
    Flag,
    /// True or false; the option makes it false.
    Without,
    /// A whole number.
    Number,
    /// Text that ends in this unit; the option takes the number alone.
    Unit(&'static str),
    /// A table of texts by name; the option takes NAME=VALUE.
    Pairs,
}

/// When a change of a key takes effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reload {
    /// With SIGHUP.
    Yes,
    /// When the sensor is started again.
    Restart,
}

/// A key of the configuration.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Its tables and its name, with dots between them.
    pub path: &'static str,
    /// The option of `jaga run` for the same.
    pub option: &'static str,
    /// How it is written.
    pub form: Form,
    /// When a change takes effect.
    pub reload: Reload,
    /// A value, as TOML.
    pub example: &'static str,
    /// What it means, in a line.
    pub about: &'static str,
}

impl Key {
    /// Its name without the tables.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.path.rsplit('.').next().unwrap_or(self.path)
    }

    /// The table it stands in; empty at the top.
    #[must_use]
    pub fn table(&self) -> &'static str {
        self.path.rsplit_once('.').map_or("", |(table, _)| table)
    }
}

const fn key(
    path: &'static str,
    option: &'static str,
    form: Form,
    reload: Reload,
    [example, about]: [&'static str; 2],
) -> Key {
    Key {
        path,
        option,
        form,
        reload,
        example,
        about,
    }
}

use Form::{Flag, Number, Pairs, Path, Paths, Text, Texts, Unit, Without};
use Reload::{Restart, Yes};

/// All keys, in the order of a file.
pub const KEYS: &[Key] = &[
    key(
        "site",
        "site",
        Text,
        Restart,
        ["\"north-plant\"", "Name of the site in every event"],
    ),
    key(
        "sensor",
        "sensor",
        Text,
        Restart,
        [
            "\"span-1\"",
            "Name of this sensor in every event; not set: the name of the machine",
        ],
    ),
    key(
        "quiet",
        "quiet",
        Flag,
        Restart,
        ["true", "Only data and errors"],
    ),
    key(
        "capture.interfaces",
        "interface",
        Texts,
        Restart,
        ["[\"span0\"]", "Interfaces to listen at; at least one"],
    ),
    key(
        "capture.workers",
        "workers",
        Number,
        Restart,
        [
            "2",
            "Worker threads, 1 to 64; not set: one a processor, at most 8",
        ],
    ),
    key(
        "capture.filter",
        "filter",
        Text,
        Restart,
        [
            "\"not host 10.0.9.9\"",
            "See only frames of this kind, as tcpdump says it; VLAN tags hide nothing",
        ],
    ),
    key(
        "capture.sandbox",
        "no-sandbox",
        Without,
        Restart,
        [
            "false",
            "Take every right from the threads that touch packets (capabilities, Landlock, seccomp)",
        ],
    ),
    key(
        "rules.shipped",
        "no-shipped-rules",
        Without,
        Yes,
        [
            "false",
            "Lay the rules that come with Jaga over the traffic",
        ],
    ),
    key(
        "rules.paths",
        "rules",
        Paths,
        Yes,
        [
            "[\"/etc/jaga/rules\"]",
            "More rules: files in Suricata's language, or folders of *.rules",
        ],
    ),
    key(
        "rules.variables",
        "set",
        Pairs,
        Yes,
        [
            "{ HOME_NET = \"10.0.0.0/8\" }",
            "Variables of rules by name",
        ],
    ),
    key(
        "rules.variables-file",
        "vars",
        Path,
        Yes,
        [
            "\"/etc/suricata/suricata.yaml\"",
            "A file of variables: NAME = VALUE, or vars: of suricata.yaml",
        ],
    ),
    key(
        "rules.thresholds",
        "thresholds",
        Paths,
        Yes,
        [
            "[\"/etc/jaga/threshold.config\"]",
            "Files of thresholds and suppressions",
        ],
    ),
    key(
        "rules.cache",
        "rule-cache",
        Path,
        Yes,
        [
            "\"/var/cache/jaga\"",
            "Folder for compiled rules, none for nowhere; not set: ~/.cache/jaga",
        ],
    ),
    key(
        "rules.fail-on",
        "fail-on",
        Text,
        Restart,
        [
            "\"high\"",
            "End with 1 where alerts were as grave: high, medium, low or info",
        ],
    ),
    key(
        "rules.statistics",
        "rule-stats",
        Flag,
        Restart,
        ["true", "Tell what rules cost when the run ends"],
    ),
    key(
        "detectors.enabled",
        "no-detectors",
        Without,
        Restart,
        ["false", "Detectors look on beside the rules"],
    ),
    key(
        "detectors.learn",
        "learn",
        Text,
        Restart,
        [
            "\"7d\"",
            "Learn so long (30m, 8h, 7d), up to a time, or until enough is known (auto), then tell what deviates",
        ],
    ),
    key(
        "detectors.baseline",
        "baseline",
        Path,
        Restart,
        [
            "\"/var/lib/jaga/usual.baseline\"",
            "Tell what deviates from this baseline",
        ],
    ),
    key(
        "detectors.zones",
        "zones",
        Path,
        Restart,
        [
            "\"/etc/jaga/zones.toml\"",
            "Tell what passes between the zones of this file without a conduit",
        ],
    ),
    key(
        "detectors.windows",
        "windows",
        Path,
        Yes,
        [
            "\"/etc/jaga/windows.toml\"",
            "Tell planned work, which stands in this file, from what nobody planned",
        ],
    ),
    key(
        "detectors.language",
        "language",
        Text,
        Restart,
        ["\"id\"", "Language of detectors' alerts: en or id"],
    ),
    key(
        "state.folder",
        "state",
        Path,
        Restart,
        [
            "\"/var/lib/jaga\"",
            "Keep alerts, incidents and health there before outputs have them, and what is learned",
        ],
    ),
    key(
        "state.size",
        "state-size",
        Unit("MiB"),
        Restart,
        ["\"4GiB\"", "Keep so much of them at most: 1MiB to 1TiB"],
    ),
    key(
        "state.age",
        "state-days",
        Unit("d"),
        Restart,
        ["\"30d\"", "Keep them so long at most: m, h or d"],
    ),
    key(
        "events.file",
        "events",
        Path,
        Restart,
        [
            "\"/var/log/jaga/eve.json\"",
            "Add all events to this file as EVE JSON; - is standard output",
        ],
    ),
    key(
        "events.show-secrets",
        "show-secrets",
        Flag,
        Restart,
        [
            "true",
            "Show passwords, communities and cookies instead of ***",
        ],
    ),
    key(
        "alerts.file",
        "alerts",
        Path,
        Restart,
        [
            "\"/var/log/jaga/alerts.json\"",
            "Add alerts, incidents and health alone to this file",
        ],
    ),
    key(
        "syslog.collectors",
        "syslog",
        Texts,
        Restart,
        [
            "[\"tls://siem.example:6514\"]",
            "Send them to udp://, tcp:// or tls://HOST:PORT",
        ],
    ),
    key(
        "syslog.format",
        "syslog-format",
        Text,
        Restart,
        ["\"cef\"", "What a message says: eve, cef or text"],
    ),
    key(
        "syslog.header",
        "syslog-header",
        Text,
        Restart,
        [
            "\"rfc3164\"",
            "How it begins: rfc5424, or rfc3164 for old collectors",
        ],
    ),
    key(
        "syslog.authorities",
        "syslog-ca",
        Path,
        Restart,
        [
            "\"/etc/jaga/ca.pem\"",
            "Trust these authorities (PEM) over TLS; not set: those of the system",
        ],
    ),
    key(
        "syslog.certificate",
        "syslog-cert",
        Path,
        Restart,
        [
            "\"/etc/jaga/sensor.pem\"",
            "Certificate of this sensor (PEM, its chain behind it) for TLS",
        ],
    ),
    key(
        "syslog.key",
        "syslog-key",
        Path,
        Restart,
        [
            "\"/etc/jaga/sensor.key\"",
            "Private key of that certificate (PEM)",
        ],
    ),
    key(
        "metrics.listen",
        "metrics",
        Text,
        Restart,
        [
            "\"127.0.0.1:9474\"",
            "Serve metrics for Prometheus at this address",
        ],
    ),
    key(
        "inventory.file",
        "inventory",
        Path,
        Restart,
        [
            "\"/var/lib/jaga/assets.json\"",
            "Write the devices to this file, .json or .csv, when the run ends",
        ],
    ),
    key(
        "inventory.assets",
        "assets",
        Path,
        Restart,
        [
            "\"/etc/jaga/assets.csv\"",
            "What the site knows of its devices: a CSV of them",
        ],
    ),
    key(
        "summary.json",
        "json",
        Flag,
        Restart,
        [
            "true",
            "Print the summary as one JSON object when the run ends",
        ],
    ),
];
