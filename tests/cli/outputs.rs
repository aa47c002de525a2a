//! Places that cannot be written, and files that must not look whole when they are not.

use super::{command, file, folder, jaga, modbus, names, powerless};
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;

#[test]
fn a_full_disk_is_told() {
    for arguments in [
        &["replay", "-q"][..],
        &["decode", "-q"],
        &["decode", "-q", "-o", "/dev/full"],
    ] {
        let mut all: Vec<&dyn AsRef<std::ffi::OsStr>> = Vec::new();
        let capture = modbus();
        all.extend(arguments.iter().map(|a| a as &dyn AsRef<std::ffi::OsStr>));
        all.push(&capture);
        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        let mut command = command(&all);
        let ended: super::Ended = command.stdout(full).output().unwrap().into();
        ended.refused(5, &["cannot be written", "hint:"]);
    }
    for arguments in [
        &["fields"][..],
        &["man"],
        &["completions", "bash"],
        &["--help"],
        &["replay", "--help"],
        &["--version"],
    ] {
        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        let mut command = command(&[]);
        let ended: super::Ended = command
            .args(arguments)
            .stdout(full)
            .output()
            .unwrap()
            .into();
        ended.refused(5, &["standard output: cannot be written"]);
    }
}

#[test]
fn a_place_that_cannot_be_written_is_told_before_the_work() {
    let folder = folder();
    let nowhere = folder.path().join("no/such/folder/lines.txt");
    let told = jaga(&[&"decode", &modbus(), &"-o", &nowhere])
        .refused(5, &["lines.txt", "create its folder"]);
    assert!(!told.err.contains(".part"), "{}", told.err);
    jaga(&[&"decode", &modbus(), &"-o", &folder.path()]).refused(5, &["name a file in it"]);
    jaga(&[&"man", &folder.path().join("nowhere")]).refused(5, &["create its folder"]);
    assert!(names(folder.path()).is_empty());
}

#[test]
fn a_folder_that_must_not_be_written() {
    let open = folder();
    let closed = open.path().join("closed");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o555)).unwrap();
    let capture = open.path().join("a.pcap");
    fs::copy(modbus(), &capture).unwrap();
    let lines = closed.join("lines.txt");
    if let Some(ended) = powerless(open.path(), &[&"decode", &capture, &"-o", &lines]) {
        ended.refused(5, &["lines.txt", "may write to"]);
        assert!(names(&closed).is_empty());
    }
}

#[test]
fn a_capture_is_never_overwritten() {
    let folder = folder();
    let whole = fs::read(modbus()).unwrap();
    let capture = file(&folder, "a.pcap", &whole);
    std::os::unix::fs::symlink("a.pcap", folder.path().join("link")).unwrap();
    for place in [&capture, &folder.path().join("link")] {
        jaga(&[&"decode", &capture, &"-o", place]).refused(2, &["is a file being read"]);
        jaga(&[&"decode", &folder.path(), &"-o", place]).refused(2, &["is a file being read"]);
    }
    assert_eq!(fs::read(&capture).unwrap(), whole);
    assert_eq!(names(folder.path()), ["a.pcap", "link"]);
}

#[test]
fn a_file_has_its_name_only_when_it_is_whole() {
    let folder = folder();
    let lines = file(&folder, "lines.txt", b"from before");
    jaga(&[&"decode", &"-q", &modbus(), &"-o", &lines]).with(0, &[]);
    let plain = jaga(&[&"decode", &"-q", &modbus()]).out;
    assert_eq!(fs::read_to_string(&lines).unwrap(), plain);
    assert_eq!(names(folder.path()), ["lines.txt"]);
}

#[test]
fn an_unfinished_file_takes_the_place_of_no_other() {
    let folder = folder();
    let whole = fs::read(modbus()).unwrap();
    let capture = file(&folder, "events.json.part", &whole);
    let events = folder.path().join("events.json");
    jaga(&[&"replay", &"-q", &capture, &"--events", &events]).with(0, &[]);
    assert!(
        fs::read(&capture).unwrap() == whole,
        "the capture is as it was"
    );
    assert_eq!(names(folder.path()), ["events.json", "events.json.part"]);
    // Whoever may read a new file may read this one.
    let usual = file(&folder, "usual", b"");
    let rights = |path| fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(rights(&events), rights(&usual));
}

#[test]
fn a_capture_under_another_name_is_not_overwritten() {
    let folder = folder();
    let capture = file(&folder, "a.pcap", &fs::read(modbus()).unwrap());
    let other = folder.path().join("b.pcap");
    fs::hard_link(&capture, &other).unwrap();
    jaga(&[&"decode", &capture, &"-o", &other]).refused(2, &["is a file being read"]);
}

#[test]
fn the_capture_behind_standard_input_is_not_overwritten() {
    let folder = folder();
    let whole = fs::read(modbus()).unwrap();
    let capture = file(&folder, "a.pcap", &whole);
    for arguments in [["replay", "--events"], ["decode", "-o"]] {
        let mut command = command(&[&arguments[0], &"-", &arguments[1], &capture]);
        command.stdin(fs::File::open(&capture).unwrap());
        let ended: super::Ended = command.output().unwrap().into();
        ended.refused(2, &["is a file being read"]);
    }
    assert_eq!(fs::read(&capture).unwrap(), whole);
    assert_eq!(names(folder.path()), ["a.pcap"]);
}

#[test]
fn two_outputs_are_two_files_however_they_are_spelt() {
    let folder = folder();
    fs::create_dir(folder.path().join("sub")).unwrap();
    let absolute = folder.path().join("a.json");
    let spelt = ["./a.json", "sub/../a.json", absolute.to_str().unwrap()];
    for other in spelt {
        for (events, inventory) in [("a.json", other), (other, "a.json")] {
            let mut command = command(&[&"replay", &modbus()]);
            let places = ["--events", events, "--inventory", inventory];
            let ended = command.current_dir(folder.path()).args(places).output();
            super::Ended::from(ended.unwrap()).refused(2, &["another output"]);
        }
    }
    assert_eq!(names(folder.path()), ["sub"]);
}

#[test]
fn nothing_that_is_read_beside_the_captures_is_overwritten() {
    let folder = folder();
    let rule =
        b"alert modbus any any -> any any (msg:\"m\"; sid:1;)\nalert dns any any -> any any \
        (msg:\"d\"; dns.query; dataset:isset,bad,type string,load bad.lst; sid:2;)\n";
    let list = file(&folder, "bad.lst", b"YmFk\n");
    let also = file(&folder, "threshold.conf", b"\n");
    let rules = file(&folder, "my.rules", rule);
    let vars = file(&folder, "vars.txt", b"HOME_NET = 10.0.0.0/8\n");
    let limits = file(&folder, "limits.txt", b"suppress gen_id 1, sig_id 1\n");
    let beside = file(&folder, "threshold.config", b"\n");
    for (option, input, output) in [
        ("--rules", &rules, &rules),
        ("--rules", &folder.path().to_owned(), &rules),
        ("--rules", &rules, &beside),
        ("--rules", &rules, &also),
        ("--rules", &rules, &list),
        ("--vars", &vars, &vars),
        ("--thresholds", &limits, &limits),
    ] {
        let before = fs::read(output).unwrap();
        jaga(&[
            &"replay",
            &"-q",
            &modbus(),
            &option,
            input,
            &"--events",
            output,
        ])
        .refused(2, &["is a file being read"]);
        assert_eq!(fs::read(output).unwrap(), before, "{option}");
    }
}

#[test]
fn standard_output_has_other_names() {
    let folder = folder();
    let plain = jaga(&[&"decode", &"-q", &modbus()]).out;
    let out = folder.path().join("out");
    let run = |place: &std::path::Path| {
        let mut command = command(&[&"decode", &"-q", &modbus(), &"-o", &place]);
        command.stdout(fs::File::create(&out).unwrap());
        super::Ended::from(command.output().unwrap())
    };
    for name in ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"] {
        run(std::path::Path::new(name)).with(0, &[]);
        assert_eq!(fs::read_to_string(&out).unwrap(), plain, "{name}");
    }
    // The file itself would be replaced under the eyes of who has it open.
    run(&out).with(2, &["another output"]);
    assert_eq!(names(folder.path()), ["out"]);
}

#[test]
fn a_reader_that_has_enough_ends_it_quietly() {
    let mut child = command(&[&"decode", &"-q", &modbus(), &modbus(), &modbus()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut out = BufReader::with_capacity(64, child.stdout.take().unwrap());
    out.read_line(&mut line).unwrap();
    drop(out);
    assert!(line.contains("modbus"));
    let ended: super::Ended = child.wait_with_output().unwrap().into();
    let ended = ended.with(0, &[]);
    assert_eq!(ended.err, "");
}

#[test]
fn a_closed_standard_output_and_error_harm_nothing() {
    // The shell closes them; the program is not even to notice.
    for arguments in ["replay", "decode", "replay -v"] {
        let status = std::process::Command::new("sh")
            .arg("-c")
            .arg(format!("exec {} {arguments} \"$1\" >&- 2>&-", super::JAGA))
            .arg("sh")
            .arg(modbus())
            .status()
            .unwrap();
        assert_eq!(status.code(), Some(0), "{arguments}");
    }
}

#[test]
fn every_file_of_a_replay_is_whole_though_nobody_reads_the_summary() {
    let folder = folder();
    let (events, assets) = (folder.path().join("e.json"), folder.path().join("a.csv"));
    let gone = |arguments: &[&dyn AsRef<std::ffi::OsStr>]| {
        let mut child = command(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let ended: super::Ended = child.wait_with_output().unwrap().into();
        ended.with(0, &[]);
    };
    let capture = modbus();
    gone(&[
        &"replay",
        &capture,
        &"--events",
        &events,
        &"--inventory",
        &assets,
    ]);
    assert_eq!(names(folder.path()), ["a.csv", "e.json"]);
    fs::remove_file(&assets).unwrap();
    gone(&[
        &"replay",
        &capture,
        &"--events",
        &"-",
        &"--inventory",
        &assets,
    ]);
    assert_eq!(names(folder.path()), ["a.csv", "e.json"]);
    assert!(fs::read_to_string(&assets).unwrap().lines().count() > 2);
}

#[test]
fn events_on_standard_output_stand_there_alone() {
    let ended = jaga(&[&"replay", &modbus(), &"--events", &"-"]).with(0, &["Modbus"]);
    assert!(ended.out.lines().count() > 1);
    for line in ended.out.lines() {
        let event: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(event["event_type"].is_string(), "{line}");
    }
}

#[test]
fn outputs_that_get_into_each_others_way_are_refused() {
    let folder = folder();
    let one = folder.path().join("one.json");
    let capture = modbus();
    for arguments in [
        &[
            &"replay" as &dyn AsRef<std::ffi::OsStr>,
            &capture,
            &"--events",
            &one,
            &"--inventory",
            &one,
        ][..],
        &[&"replay", &capture, &"--events", &"-", &"--json"],
        &[&"replay", &capture, &"--transactions"],
        &[&"replay", &capture, &"--inventory", &"devices.xml"],
        &[&"replay", &capture, &"--events", &capture],
    ] {
        jaga(arguments).refused(2, &[]);
    }
    assert!(names(folder.path()).is_empty());
}
