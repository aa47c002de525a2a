//! One marked alert through every output, and what becomes of it.

use super::{folder, jaga};
use serde_json::Value;
use std::fs;
use std::io::Read as _;
use std::net::TcpListener;
use std::thread;

#[test]
fn every_output_gets_it_and_is_told() {
    let folder = folder();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let collector = thread::spawn(move || {
        let mut said = String::new();
        let (mut stream, _) = listener.accept().unwrap();
        stream.read_to_string(&mut said).unwrap();
        said
    });
    let tcp = format!("tcp://127.0.0.1:{port}");
    let path = |name: &str| folder.path().join(name);
    let config = path("jaga.toml");
    let (alerts, events) = (path("alerts.json"), path("events.json"));
    let text = format!(
        "site = \"north\"\n[detectors]\nlanguage = \"id\"\n[alerts]\nfile = {alerts:?}\n[events]\n\
         file = {events:?}\n[state]\nfolder = {:?}\n",
        path("state")
    );
    fs::write(&config, text).unwrap();
    let out = jaga(&[&"test-alert", &"-c", &config, &"--syslog", &tcp])
        .with(0, &[])
        .out;
    assert_eq!(
        out.lines().filter(|line| line.starts_with("ok ")).count(),
        3,
        "{out}"
    );
    // The store of a running sensor is its own.
    assert!(!path("state").exists());
    let said = collector.join().unwrap();
    for line in [
        fs::read_to_string(alerts).unwrap(),
        fs::read_to_string(events).unwrap(),
        said.split_once('{')
            .map(|(_, rest)| format!("{{{rest}"))
            .unwrap(),
    ] {
        let event: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(event["alert"]["signature_id"], 3_959_999);
        assert_eq!(event["alert"]["signature"], "Test alert");
        assert_eq!(event["ot"]["title"], "Peringatan uji");
        assert_eq!(event["ot"]["site"], "north");
    }
}

#[test]
fn what_does_not_get_it_is_told_with_the_reason() {
    // A port that nobody listens at.
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let tcp = format!("tcp://127.0.0.1:{port}");
    let udp = format!("udp://127.0.0.1:{port}");
    let ended = jaga(&[&"test-alert", &"--syslog", &tcp, &"--syslog", &udp]).with(5, &[]);
    let refused = format!("error    {tcp}: did not get it: Connection refused");
    assert!(ended.out.contains(&refused), "{}", ended.out);
    assert!(
        ended.out.contains(&format!("unsure   {udp}: sent")),
        "{}",
        ended.out
    );
    let ended = jaga(&[&"test-alert", &"--alerts", &"/dev/full"]).with(5, &[]);
    assert!(ended.out.contains("No space left"), "{}", ended.out);
    jaga(&[&"test-alert"]).with(2, &["no output takes alerts", "hint: name one"]);
}
