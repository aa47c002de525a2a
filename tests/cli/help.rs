//! What is told when it is asked: help, manual, completions, field lists, colours and progress.

use super::{JAGA, folder, jaga, modbus, names};
use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

const SUBCOMMANDS: [&str; 19] = [
    "alerts",
    "assets",
    "audit",
    "backtest",
    "baseline",
    "check",
    "completions",
    "decode",
    "diff",
    "doctor",
    "fields",
    "man",
    "replay",
    "rules",
    "run",
    "spool",
    "support-bundle",
    "test-alert",
    "verify",
];

/// No line is wider than a terminal of 80 columns.
#[track_caller]
fn narrow(text: &str) {
    let wide: Vec<&str> = text.lines().filter(|l| l.chars().count() > 80).collect();
    assert!(wide.is_empty(), "{wide:#?}");
}

#[test]
fn help_fits_and_begins_with_examples() {
    for subcommand in SUBCOMMANDS {
        for option in ["-h", "--help"] {
            let ended = jaga(&[&subcommand, &option]).with(0, &[]);
            assert_eq!(ended.err, "");
            narrow(&ended.out);
            let examples = ended.out.find("Examples:\n  jaga").unwrap();
            assert!(examples < ended.out.find("Options:").unwrap());
        }
        let short = jaga(&[&subcommand, &"-h"]).out;
        let long = jaga(&[&"help", &subcommand]).out;
        assert!(short.lines().count() <= long.lines().count());
        assert!(short.lines().count() <= 50, "{short}");
    }
    for option in ["-h", "--help"] {
        let ended = jaga(&[&option]).with(0, &[]);
        narrow(&ended.out);
        for name in SUBCOMMANDS {
            assert!(ended.out.contains(&format!("\n  {name} ")), "{name}");
        }
        for code in ["0", "1", "2", "3", "4", "5", "70", "129", "130", "143"] {
            assert!(ended.out.contains(&format!("\n  {code} ")), "{code}");
        }
    }
}

#[test]
fn the_summary_is_explained_section_by_section() {
    let help = jaga(&[&"replay", &"--help"]).with(0, &[]).out;
    let (_, help) = help.split_once("The summary:").unwrap();
    let told = jaga(&[&"replay", &"-q", &modbus()]).with(0, &[]).out;
    let heading = |line: &str| -> String {
        let words = line.split("  ").next().unwrap().to_owned();
        let is_heading = words.len() > 3 && !words.chars().any(|c| c.is_ascii_lowercase());
        if is_heading { words } else { String::new() }
    };
    let sections: Vec<String> = told
        .lines()
        .map(heading)
        .filter(|s| !s.is_empty())
        .collect();
    assert!(sections.len() >= 7, "{sections:?}");
    let mut rest = help;
    for section in &sections {
        let parted = rest.split_once(&format!("\n  {section}\n"));
        (_, rest) = parted.unwrap_or_else(|| panic!("{section} in its order"));
    }
    for role in jaga::facts::role::ROLES {
        assert!(
            help.contains(&format!("\n  {}\n", role.shown)),
            "{}",
            role.name
        );
    }
}

#[test]
fn long_commands_stand_on_lines_of_their_own() {
    let folder = folder();
    let path = folder
        .path()
        .join("a-capture-of-the-second-line-after-the-works-of-may.pcap");
    fs::copy(modbus(), &path).unwrap();
    let told = jaga(&[&"replay", &"-q", &path]).with(0, &[]).out;
    let command = format!("  jaga decode {} -p modbus", path.display());
    assert!(told.lines().any(|line| line == command), "{told}");
    // Whether its own lines fit depends on the path; no other line is too long.
    let others: Vec<&str> = told
        .lines()
        .filter(|line| !line.contains("jaga "))
        .collect();
    narrow(&others.join("\n"));
}

#[test]
fn every_option_is_documented() {
    let mut options = 0;
    for subcommand in jaga::cli::command().get_subcommands() {
        for argument in subcommand.get_arguments() {
            options += 1;
            let help = argument.get_help().map(ToString::to_string);
            let name = argument.get_id();
            assert!(
                help.is_some_and(|help| help.len() > 5),
                "{} {name}",
                subcommand.get_name()
            );
        }
    }
    assert!(options > 15, "only {options} options found");
}

#[test]
fn the_version_is_told() {
    let ended = jaga(&[&"--version"]).with(0, &[]);
    assert_eq!(ended.out, format!("jaga {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn the_manual_has_a_page_for_each_command() {
    let folder = folder();
    jaga(&[&"man", &folder.path()]).with(0, &[]);
    let pages = names(folder.path());
    assert_eq!(
        pages,
        [
            "jaga-alerts-ack.1",
            "jaga-alerts-list.1",
            "jaga-alerts-log.1",
            "jaga-alerts-mute.1",
            "jaga-alerts-mutes.1",
            "jaga-alerts-show.1",
            "jaga-alerts-unmute.1",
            "jaga-alerts.1",
            "jaga-assets-list.1",
            "jaga-assets-show.1",
            "jaga-assets.1",
            "jaga-audit.1",
            "jaga-backtest.1",
            "jaga-baseline-approve.1",
            "jaga-baseline-check.1",
            "jaga-baseline-diff.1",
            "jaga-baseline-export.1",
            "jaga-baseline-forbid.1",
            "jaga-baseline-learn.1",
            "jaga-baseline-remove.1",
            "jaga-baseline-revert.1",
            "jaga-baseline-show.1",
            "jaga-baseline-zones.1",
            "jaga-baseline.1",
            "jaga-check.1",
            "jaga-completions.1",
            "jaga-decode.1",
            "jaga-diff.1",
            "jaga-doctor.1",
            "jaga-fields.1",
            "jaga-man.1",
            "jaga-replay.1",
            "jaga-rules-check.1",
            "jaga-rules-explain.1",
            "jaga-rules-keywords.1",
            "jaga-rules-test.1",
            "jaga-rules.1",
            "jaga-run.1",
            "jaga-spool-show.1",
            "jaga-spool-status.1",
            "jaga-spool.1",
            "jaga-support-bundle.1",
            "jaga-test-alert.1",
            "jaga-verify.1",
            "jaga.1"
        ]
    );
    for page in pages {
        let text = fs::read_to_string(folder.path().join(&page)).unwrap();
        for part in [".TH ", ".SH NAME", ".SH SYNOPSIS", ".SH EXAMPLES"] {
            assert!(text.contains(part), "{page} has no {part}");
        }
    }
    let main = jaga(&[&"man"]).with(0, &[]);
    assert!(
        !main.out.contains("help(1)"),
        "no page is named that is not written"
    );
    assert!(main.out.contains(".SH \"EXIT CODES\""), "{}", main.out);
}

#[test]
fn completions_are_made_for_every_shell() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = jaga(&[&"completions", &shell]).with(0, &[]).out;
        for name in SUBCOMMANDS {
            assert!(script.contains(name), "{shell}: {name}");
        }
        assert!(script.contains("allow-truncated"), "{shell}");
    }
    let script = jaga(&[&"completions", &"bash"]).out;
    let mut bash = Command::new("bash")
        .args(["-n"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = bash.stdin.take().unwrap();
    stdin.write_all(script.as_bytes()).unwrap();
    drop(stdin);
    assert!(bash.wait().unwrap().success());
}

#[test]
fn the_field_list_fits_and_can_be_read_by_programs() {
    let text = jaga(&[&"fields"]).with(0, &[]).out;
    narrow(&text);
    assert!(text.contains("\n  modbus.function (unsigned)\n"), "{text}");
    let lines = jaga(&[&"fields", &"--json"]).with(0, &[]).out;
    assert!(lines.lines().count() > 100);
    for line in lines.lines() {
        let field: serde_json::Value = serde_json::from_str(line).unwrap();
        for key in ["name", "kind", "doc"] {
            assert!(
                field[key].as_str().is_some_and(|text| !text.is_empty()),
                "{line}"
            );
        }
    }
    let some = jaga(&[&"fields", &"dnp3"]).with(0, &[]).out;
    assert!(some.contains("dnp3.function") && !some.contains("modbus.function"));
}

/// What the program shows on a terminal, made by `script`.
fn on_a_terminal(command: &str, environment: &[(&str, &str)]) -> String {
    let output = Command::new("script")
        .args(["-qefc", command, "/dev/null"])
        .env_remove("NO_COLOR")
        // Set, it says that colours are shown somewhere although the terminal is dumb.
        .env_remove("CI")
        .env("TERM", "xterm-256color")
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{command}: {output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn colours_are_for_terminals_that_want_them() {
    let help = format!("{JAGA} -h");
    assert!(on_a_terminal(&help, &[]).contains('\x1b'));
    assert!(!on_a_terminal(&help, &[("NO_COLOR", "1")]).contains('\x1b'));
    assert!(!on_a_terminal(&help, &[("TERM", "dumb")]).contains('\x1b'));
    assert!(!on_a_terminal(&format!("{JAGA} --no-color -h"), &[]).contains('\x1b'));
    assert!(!jaga(&[&"-h"]).out.contains('\x1b'));
    let replay = format!("{JAGA} replay -q --no-color {}", modbus().display());
    assert!(!on_a_terminal(&replay, &[]).contains('\x1b'));
}

#[test]
fn long_work_shows_a_bar_on_a_terminal_and_nowhere_else() {
    // A pipe that gives its second half after two seconds.
    let slow = format!(
        "{{ head -c 9000 {0}; sleep 2; tail -c +9001 {0}; }} | {JAGA} replay --no-color",
        modbus().display()
    );
    let shown = on_a_terminal(&format!("{slow} -"), &[]);
    // The heading of the summary's protocols has a column of packets.
    let bar = |text: &str| {
        text.split('\r')
            .filter(|line| !line.contains("PROTOCOLS"))
            .any(|line| line.contains(" packets") && line.contains('\x1b'))
    };
    assert!(bar(&shown), "{shown:?}");
    assert!(!bar(&on_a_terminal(&format!("{slow} -q -"), &[])));
    assert!(!bar(&on_a_terminal(&format!("{slow} - 2>&1 | cat"), &[])));
}

#[test]
fn the_speed_is_told_apart_from_the_data() {
    let ended = jaga(&[&"replay", &modbus()]).with(0, &["191 packets", "packets/s", "MB/s"]);
    assert!(!ended.out.contains("packets/s"));
    let quiet = jaga(&[&"replay", &"--quiet", &modbus()]).with(0, &[]);
    assert_eq!(quiet.err, "");
    assert_eq!(quiet.out, ended.out);
}
