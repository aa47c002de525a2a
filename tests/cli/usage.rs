//! Wrong calls: exit code 2, one message, and what was probably meant.

use super::{jaga, modbus};

#[test]
fn alone_it_shows_what_it_can_do() {
    let ended = jaga(&[]).with(2, &["Usage: jaga", "Examples:", "replay", "Exit codes:"]);
    assert_eq!(ended.out, "");
}

#[test]
fn a_mistyped_subcommand_is_named() {
    jaga(&[&"repaly"]).refused(2, &["repaly", "'replay'"]);
}

#[test]
fn a_mistyped_option_is_named() {
    jaga(&[&"replay", &"--worker", &"2", &modbus()]).refused(2, &["--worker", "--workers"]);
}

#[test]
fn an_option_of_another_subcommand_is_refused() {
    jaga(&[&"replay", &"--fields", &"modbus.unit", &modbus()]).refused(2, &["--fields"]);
}

#[test]
fn a_capture_must_be_named() {
    jaga(&[&"replay"]).refused(2, &["<CAPTURE>..."]);
    jaga(&[&"decode", &"-p", &"modbus"]).refused(2, &["<CAPTURE>..."]);
}

#[test]
fn workers_are_a_number_that_can_be() {
    for wrong in ["0", "65", "-1", "two", ""] {
        let option = format!("--workers={wrong}");
        jaga(&[&"replay", &option, &modbus()]).refused(2, &["--workers"]);
    }
}

#[test]
fn a_mistyped_protocol_is_named() {
    jaga(&[&"decode", &"-p", &"modbsu", &modbus()]).refused(2, &["modbsu", "'modbus'"]);
    let lines = jaga(&[&"decode", &"-q", &"-p", &"Modbus", &modbus()]).with(0, &[]);
    assert!(lines.out.lines().count() > 100, "case does not matter");
    jaga(&[&"fields", &"dnp"]).refused(2, &["'dnp'", "dnp3"]);
}

#[test]
fn a_mistyped_field_is_named() {
    jaga(&[&"decode", &"-f", &"modbus.unti", &modbus()])
        .refused(2, &["modbus.unti", "did you mean `modbus.unit`?"]);
    jaga(&[&"decode", &"-f", &"modbus.unit,,modbus.function", &modbus()])
        .refused(2, &["a field has no name", "comma"]);
    jaga(&[&"decode", &"-f", &"zzz", &modbus()]).refused(2, &["zzz", "jaga fields"]);
}

#[test]
fn fields_of_another_protocol_are_refused() {
    jaga(&[&"decode", &"-p", &"dnp3", &"-f", &"modbus.unit", &modbus()])
        .refused(2, &["`modbus.unit` is no field of dnp3", "-p"]);
    let some = "dnp3.function,modbus.unit";
    jaga(&[&"decode", &"-q", &"-p", &"modbus", &"-f", &some, &modbus()]).with(0, &[]);
}

#[test]
fn standard_input_is_read_once() {
    jaga(&[&"replay", &"-", &"-"]).refused(2, &["standard input", "twice"]);
}

#[test]
fn quiet_and_verbose_exclude_each_other() {
    jaga(&[&"replay", &"-q", &"-v", &modbus()]).refused(2, &["--quiet", "--verbose"]);
}

#[test]
fn an_unknown_shell_is_refused() {
    jaga(&[&"completions", &"bsh"]).refused(2, &["bsh", "bash"]);
}

#[test]
fn one_option_twice_is_refused() {
    jaga(&[&"replay", &"--workers=1", &"--workers=2", &modbus()]).refused(2, &["--workers"]);
}

#[test]
fn a_collector_is_named_once() {
    let url = "udp://127.0.0.1:514";
    jaga(&[
        &"run",
        &"-q",
        &"-i",
        &"nowhere0",
        &"--syslog",
        &url,
        &"--syslog",
        &url,
    ])
    .refused(2, &["--syslog", url, "twice"]);
}
