//! The options of `jaga run`, which `jaga check` takes too. Each has a key in the configuration.

use crate::capture::Filter;
use crate::cli::replay::{detect, inventory, rules, site, summary};
use crate::cli::{input, settings};
use crate::desk::outputs::syslog::Collector;
use clap::{Arg, ArgAction, value_parser};
use std::net::SocketAddr;
use std::path::PathBuf;

/// Those that only the long help shows.
const RARE: &[&str] = &[
    "fail-on",
    "filter",
    "language",
    "no-sandbox",
    "rule-cache",
    "rule-stats",
    "set",
    "state-days",
    "state-size",
    "syslog-ca",
    "syslog-cert",
    "syslog-header",
    "syslog-key",
    "thresholds",
    "vars",
];

/// All of them, for commands that take what a run takes; the help shows these alone.
pub(in crate::cli) fn showing(names: &[&str]) -> Vec<Arg> {
    let shown = |argument: &Arg| names.contains(&argument.get_id().as_str());
    arguments()
        .map(|argument| {
            let hidden = !shown(&argument);
            argument.hide(hidden)
        })
        .collect()
}

/// All of them.
pub(in crate::cli) fn arguments() -> impl Iterator<Item = Arg> {
    let mine = [
        settings::argument(),
        Arg::new("interface")
            .long("interface")
            .short('i')
            .value_name("IFACE")
            .action(ArgAction::Append)
            .help("Listen at this interface; can be given several times")
            .long_help(
                "Listen at this interface, whatever is sent there, and never send a frame. Can \
                 be given several times; frames are merged by time. It may be down, deleted and \
                 made again meanwhile: that is told as an event, and listening resumes by \
                 itself.",
            ),
        Arg::new("filter")
            .long("filter")
            .value_name("EXPRESSION")
            .value_parser(value_parser!(Filter))
            .help("See only frames of this kind: 'not host 10.0.9.9'")
            .long_help(
                "See only frames of this kind, said as for tcpdump: host, net A.B.C.D/LENGTH, \
                 port, portrange, proto, src, dst, vlan, ether, ip, ip6, arp, tcp, udp, sctp, \
                 icmp, icmp6, broadcast, multicast, less, greater with and, or, not and brackets. \
                 The kernel leaves out the others, and nobody counts them; the sensor tells that \
                 it has a filter when it begins, with each heartbeat and in the metrics. VLAN \
                 tags hide nothing: 'host 10.0.0.1' is that host in whatever VLAN, and 'vlan 20' \
                 frames with that tag, whether or not the card took it away. Of a datagram in \
                 fragments only the first has ports. Names are not looked up.",
            ),
        Arg::new("events")
            .long("events")
            .value_name("FILE")
            .default_value("-")
            .value_parser(value_parser!(PathBuf))
            .help("Add EVE JSON events to FILE; - is standard output")
            .long_help(
                "Add EVE JSON events, one a line, to FILE as they happen: alerts, operations, \
                 flows, anomalies, the health of the sensor. What is in FILE stays. SIGHUP opens \
                 it again; so does its being moved away. - is standard output; the summary then \
                 goes to standard error.",
            ),
        Arg::new("syslog")
            .long("syslog")
            .value_name("URL")
            .action(ArgAction::Append)
            .value_parser(value_parser!(Collector))
            .help("Send alerts and health to udp://, tcp:// or tls://HOST:PORT")
            .long_help(
                "Send each alert and what happens to the sensor to a log collector as syslog \
                 (RFC 5424), the EVE event as the message: udp://HOST:PORT, which may lose them, \
                 tcp://HOST:PORT with octet counting, or tls://HOST:PORT (TLS 1.2 or 1.3), \
                 which must show a certificate for HOST. Can be given several times. What was \
                 sent over TCP or TLS within a minute is sent again over a new connection, 4,096 \
                 messages or 1 MiB at most. What cannot be sent waits, with --state also over \
                 restarts. Reach the collector by another interface than those that are \
                 listened at.",
            ),
        Arg::new("syslog-format")
            .long("syslog-format")
            .value_name("FORMAT")
            .default_value("eve")
            .value_parser(["eve", "cef", "text"])
            .help("What a message says: the EVE event, CEF, or one line of text"),
        Arg::new("syslog-header")
            .long("syslog-header")
            .value_name("HEADER")
            .default_value("rfc5424")
            .value_parser(["rfc5424", "rfc3164"])
            .help("How it begins; rfc3164 is for old collectors, its time is UTC"),
        pem("syslog-ca").help("Trust these authorities (PEM), not the system's, over TLS"),
        pem("syslog-cert").help("Certificate of this sensor (PEM, its chain behind it) for TLS"),
        pem("syslog-key").help("Private key of that certificate (PEM)"),
        Arg::new("alerts")
            .long("alerts")
            .value_name("FILE")
            .value_parser(value_parser!(PathBuf))
            .help("Add alerts, incidents and health alone to FILE")
            .long_help(
                "Add alerts, incidents and health, and no other events, to FILE, as EVE JSON. \
                 With --state none of them is missing after a crash; those of the last second \
                 may be there twice, with the same ot.event_id.",
            ),
        Arg::new("state")
            .long("state")
            .value_name("FOLDER")
            .value_parser(value_parser!(PathBuf))
            .help("Keep alerts, incidents and health in FOLDER before any output has them")
            .long_help(
                "Keep alerts, incidents and health on disk in FOLDER before --syslog and \
                 --alerts have them: neither a crash nor a collector that is away loses one. \
                 Each output goes on where it was when the sensor is started again. Without it \
                 they are in memory alone. One sensor at a time uses a folder; `jaga spool` \
                 shows what is in it.",
            ),
        Arg::new("state-size")
            .long("state-size")
            .value_name("MIB")
            .default_value("1024")
            .value_parser(value_parser!(u64).range(1..=1024 * 1024))
            .help("Keep so many MiB of them at most; the oldest go first"),
        Arg::new("state-days")
            .long("state-days")
            .value_name("DAYS")
            .default_value("90")
            .value_parser(value_parser!(u64).range(1..=36_500))
            .help("Keep them so many days at most"),
        Arg::new("metrics")
            .long("metrics")
            .value_name("ADDRESS")
            .value_parser(value_parser!(SocketAddr))
            .help("Serve metrics for Prometheus at ADDRESS, as 127.0.0.1:9474"),
        Arg::new("site")
            .long("site")
            .value_name("NAME")
            .help("Name of the site in events"),
        Arg::new("sensor")
            .long("sensor")
            .value_name("NAME")
            .help("Name of this sensor in events (default: the name of this machine)"),
        Arg::new("quiet")
            .long("quiet")
            .short('q')
            .action(ArgAction::SetTrue)
            .help("Only data and errors"),
        Arg::new("no-sandbox")
            .long("no-sandbox")
            .action(ArgAction::SetTrue)
            .help("Leave their rights to the threads that touch packets"),
    ];
    let shared = [
        inventory::argument(),
        site::argument(),
        summary::argument(),
        input::workers_option(),
        input::secrets_option(),
    ];
    let all = mine
        .into_iter()
        .chain(rules::arguments())
        .chain(detect::arguments())
        .chain(shared);
    all.map(|argument| {
        let is_rare = RARE.contains(&argument.get_id().as_str());
        argument.hide_short_help(is_rare)
    })
}

/// A file in PEM for TLS.
fn pem(name: &'static str) -> Arg {
    Arg::new(name)
        .long(name)
        .value_name("FILE")
        .value_parser(value_parser!(PathBuf))
}
