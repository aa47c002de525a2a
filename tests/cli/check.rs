//! Configurations as `jaga check` and `jaga run` take them.

use super::{folder, jaga};
use std::fs;

#[test]
fn a_mistake_is_told_with_its_place_and_ends_with_2() {
    let folder = folder();
    let file = folder.path().join("jaga.toml");
    fs::write(&file, "[capture]\ninterface = [\"lo\"]\n").unwrap();
    for subcommand in ["check", "run"] {
        let place = format!("jaga: {}:2:1: there is no key", file.display());
        let ended = jaga(&[&subcommand, &"-c", &file]).with(2, &[&place, "`interfaces`?"]);
        assert_eq!(ended.out, "");
    }
    jaga(&[&"run", &"-c", &folder.path().join("none.toml")]).with(2, &["cannot be read"]);
    jaga(&[&"run"]).with(2, &["no interface", "interfaces = ["]);
}

#[test]
fn settings_are_shown_and_can_be_read_again() {
    let folder = folder();
    let file = folder.path().join("jaga.toml");
    let text = "site = \"north\"\n[capture]\ninterfaces = [\"lo\"]\n[state]\nfolder = \"state\"\n";
    fs::write(&file, text).unwrap();
    let show = |file| jaga(&[&"check", &"--show", &"-c", file, &"--sensor", &"one"]);
    let first = show(&file).with(0, &[]).out;
    let place = folder.path().join("state");
    for line in [
        format!("site = \"north\"  # {}", file.display()),
        "sensor = \"one\"  # command line".to_owned(),
        "size = \"1GiB\"  # default".to_owned(),
        format!("folder = \"{}\"  # {}", place.display(), file.display()),
    ] {
        assert!(first.lines().any(|shown| shown == line), "{line}: {first}");
    }
    fs::write(&file, &first).unwrap();
    let values = |text: &str| text.parse::<toml::Table>().unwrap();
    assert_eq!(values(&show(&file).with(0, &[]).out), values(&first));
    assert!(!place.exists(), "checking makes nothing");
}

#[test]
fn everything_that_a_run_would_come_across_is_told_at_once() {
    let folder = folder();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    };
    write(
        "good.rules",
        "alert tcp any any -> any any (sid:1;)\nalert nonsense\n",
    );
    write("bad.baseline", "not a baseline\n");
    let file = write(
        "jaga.toml",
        "[capture]\ninterfaces = [\"no-such-one\"]\n[rules]\npaths = [\"good.rules\"]\n\
         [detectors]\nbaseline = \"bad.baseline\"\n[events]\nfile = \"no/events.json\"\n\
         [alerts]\nfile = \"good.rules\"\n[inventory]\nfile = \"assets.xml\"\n\
         [state]\nfolder = \"good.rules/state\"\n\
         [syslog]\ncollectors = [\"tls://a:1\", \"udp://b:1\"]\nkey = \"key.pem\"\n",
    );
    let ended = jaga(&[&"check", &"-c", &file]).with(2, &[]);
    let lines = |word: &str| -> Vec<&str> {
        let all = ended.out.lines();
        all.filter(|line| line.starts_with(word)).collect()
    };
    for (line, says) in lines("error").iter().zip([
        "bad.baseline",
        "no/events.json: cannot be written",
        "assets.xml: the suffix",
        "good.rules: is a file being read",
        "good.rules/state",
        "a certificate and its key go together",
        "no-such-one: there is no such interface",
    ]) {
        assert!(line.contains(says), "{says}: {line}");
    }
    assert_eq!(lines("error").len(), 7, "{}", ended.out);
    for says in ["1 are refused", "udp://b:1: may lose"] {
        assert!(
            lines("warning").iter().any(|line| line.contains(says)),
            "{says}"
        );
    }
    // Nothing was made.
    assert_eq!(
        super::names(folder.path()),
        ["bad.baseline", "good.rules", "jaga.toml"]
    );
}

#[test]
fn nothing_is_made_and_nothing_is_waited_for() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name);
    // So many patterns that a run would keep them compiled.
    let rules: String = (1..3_000)
        .map(|sid| format!("alert tcp any any -> any any (content:\"pattern{sid}\"; sid:{sid};)\n"))
        .collect();
    fs::write(path("many.rules"), rules).unwrap();
    let (rules, cache) = (path("many.rules"), path("cache"));
    let all: [&dyn AsRef<std::ffi::OsStr>; 7] = [
        &"check",
        &"-i",
        &"lo",
        &"--rules",
        &rules,
        &"--rule-cache",
        &cache,
    ];
    jaga(&all).with(0, &[]);
    assert!(!cache.exists());
    // A pipe that nobody writes to, as the configuration or beside it.
    let pipe = path("pipe.toml");
    assert!(
        std::process::Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    jaga(&[&"check", &"-c", &pipe]).with(2, &["pipe.toml: is no file"]);
    fs::create_dir(path("conf.d")).unwrap();
    fs::rename(&pipe, path("conf.d/pipe.toml")).unwrap();
    fs::write(path("jaga.toml"), "").unwrap();
    jaga(&[&"check", &"-c", &path("jaga.toml")]).with(2, &["conf.d/pipe.toml: is no file"]);
}
