//! The site's list of its devices, through the real binary.

use super::{folder, jaga, modbus};
use std::fs;
use std::path::Path;

/// A shipped capture of a site of nine devices and more.
fn site() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("pcaps/sites/ot-modbus-write-manipulation.pcap")
}

#[test]
fn the_inventory_that_is_written_can_be_read_back() {
    let folder = folder();
    let (first, second) = (
        folder.path().join("first.csv"),
        folder.path().join("second.csv"),
    );
    jaga(&[&"replay", &site(), &"--inventory", &first, &"-q"]).with(0, &[]);
    let mut told = Vec::new();
    for workers in ["1", "2", "4"] {
        let with = [&"--workers", &workers, &"--inventory"] as [&dyn AsRef<std::ffi::OsStr>; 3];
        let list = [&"--assets", &first, &"-q"] as [&dyn AsRef<std::ffi::OsStr>; 3];
        let capture = site();
        let call = [
            &"replay", &capture, with[0], with[1], with[2], &second, list[0], list[1], list[2],
        ] as [&dyn AsRef<std::ffi::OsStr>; 9];
        jaga(&call).with(0, &[]);
        told.push(fs::read_to_string(&second).unwrap());
        fs::remove_file(&second).unwrap();
    }
    // Every device is in the list, and nothing in it contradicts what was seen.
    assert_eq!(told[0], fs::read_to_string(&first).unwrap());
    assert!(told.iter().all(|other| *other == told[0]));
}

#[test]
fn what_the_list_says_stands_in_summary_and_inventory() {
    let folder = folder();
    let (list, json) = (
        folder.path().join("list.csv"),
        folder.path().join("devices.json"),
    );
    fs::write(
        &list,
        "\u{feff}Name;IP;Owner;Importance;Zone;Purdue Level\r\n\
         \"Filler \"\"A\"\"; hall 1\";192.168.63.253;Packaging;critical;cell-1;1\r\n\
         Spare PLC;10.99.99.99;;;;\r\n",
    )
    .unwrap();
    let ended = jaga(&[
        &"replay",
        &modbus(),
        &"--assets",
        &list,
        &"--inventory",
        &json,
    ]);
    let ended = ended.with(0, &[]);
    assert!(ended.out.contains("Filler \"A\"; hall 1"), "{}", ended.out);
    let devices: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(&json).unwrap()).unwrap();
    let all = devices["assets"].as_array().unwrap();
    let found = all
        .iter()
        .find(|device| device["name"] == "Filler \"A\"; hall 1");
    let device = found.unwrap();
    assert_eq!(device["owner"], "Packaging");
    assert_eq!(device["importance"], "critical");
    assert_eq!(
        (&device["zone"], &device["list_line"]),
        (&"cell-1".into(), &2.into())
    );
    assert_eq!(device["purdue"], 1);
    let list = &devices["list"];
    assert_eq!(list["listed"], 1);
    assert_eq!(list["unseen"][0]["name"], "Spare PLC");
    assert_eq!(list["unlisted"].as_array().unwrap().len(), all.len() - 1);
}

#[test]
fn a_broken_list_ends_every_call_with_one_message_and_2() {
    let folder = folder();
    let list = folder.path().join("list.csv");
    fs::write(&list, "ip,name\n10.0.0.1,A\n10.0.0.300,B\n").unwrap();
    let says = [
        "list.csv: line 3, column 1 (ip): \"10.0.0.300\" is no IP address",
        "hint: write it as 10.1.2.3",
    ];
    jaga(&[&"replay", &modbus(), &"--assets", &list, &"-q"]).refused(2, &says);
    let report = folder.path().join("report.html");
    jaga(&[
        &"audit",
        &modbus(),
        &"-o",
        &report,
        &"--assets",
        &list,
        &"-q",
    ])
    .refused(2, &says);
    assert!(!report.exists());
    let checked = jaga(&[&"check", &"-i", &"lo", &"--assets", &list]).with(2, &[]);
    assert!(checked.out.contains(says[0]), "{}", checked.out);
    let none = folder.path().join("none.csv");
    jaga(&[&"replay", &modbus(), &"--assets", &none, &"-q"]).refused(2, &["none.csv"]);
    let there = folder.path();
    jaga(&[&"replay", &modbus(), &"--assets", &there, &"-q"]).refused(2, &["is not a file"]);
}

#[test]
fn a_configuration_names_the_list_and_check_tells_what_is_odd_in_it() {
    let folder = folder();
    fs::write(
        folder.path().join("list.csv"),
        "ip,onwer\n10.0.0.1,A\n10.0.0.1,B\n",
    )
    .unwrap();
    let file = folder.path().join("jaga.toml");
    let text = "[capture]\ninterfaces = [\"lo\"]\n[inventory]\nassets = \"list.csv\"\n";
    fs::write(&file, text).unwrap();
    let out = jaga(&[&"check", &"-c", &file]).with(0, &[]).out;
    for line in [
        "list.csv: line 1, column 2 (onwer): the column is not read",
        "list.csv: line 3: 10.0.0.1 stands in line 2 already, which holds",
        "lists 2 devices",
    ] {
        assert!(out.contains(line), "{line}: {out}");
    }
}

#[test]
fn alerts_and_incidents_say_who_is_who_whatever_the_list_names_them_by() {
    let folder = folder();
    let (list, events) = (
        folder.path().join("list.csv"),
        folder.path().join("eve.json"),
    );
    let rows = [
        "192.168.63.253,,",
        // The cards of the two stations of this capture.
        ",00-00-54-14-f2-4f,",
    ];
    for row in rows {
        let text = format!("ip,mac,serial,name,owner,importance\n{row},Filler A,Packaging,high\n");
        fs::write(&list, text).unwrap();
        let mut told: Vec<String> = Vec::new();
        for workers in ["1", "2", "4"] {
            let call = [
                &"replay",
                &modbus(),
                &"--assets",
                &list,
                &"--events",
                &events,
                &"-q",
                &"--workers",
                &workers,
            ] as [&dyn AsRef<std::ffi::OsStr>; 9];
            jaga(&call).with(0, &[]);
            told.push(fs::read_to_string(&events).unwrap());
            fs::remove_file(&events).unwrap();
        }
        assert!(told.iter().all(|other| *other == told[0]));
        let mut counts = (0, 0);
        for line in told[0].lines() {
            let event: serde_json::Value = serde_json::from_str(line).unwrap();
            let known = |said: &serde_json::Value| {
                said["name"] == "Filler A"
                    && said["owner"] == "Packaging"
                    && said["importance"] == "high"
            };
            let ot = &event["ot"];
            match event["event_type"].as_str().unwrap() {
                "alert" => {
                    let end = ["src", "dest"]
                        .into_iter()
                        .find(|end| event[format!("{end}_ip")] == "192.168.63.253");
                    let end = end.unwrap();
                    assert!(known(&ot["asset"][end]), "{line}");
                    let other = if end == "src" { "dest" } else { "src" };
                    assert!(ot["asset"][other].is_null(), "{line}");
                    counts.0 += 1;
                }
                "incident" => {
                    assert!(known(&ot["assets"]["192.168.63.253"]), "{line}");
                    counts.1 += 1;
                }
                _ => assert!(ot["asset"].is_null()),
            }
        }
        assert!(counts.0 >= 3 && counts.1 >= 1, "{row}: {counts:?}");
    }
}

#[test]
fn summary_and_report_tell_what_the_list_has_and_the_traffic_has_not() {
    let folder = folder();
    let list = folder.path().join("list.csv");
    fs::write(
        &list,
        "ip,name,owner,importance,zone,purdue\n\
         192.168.63.253,Filler A,Packaging,critical,cell-1,2\n10.9.9.9,Spare PLC,,,,\n",
    )
    .unwrap();
    let ended = jaga(&[&"replay", &modbus(), &"--assets", &list, &"-q"]).with(0, &[]);
    let text = ended.out.split_whitespace().collect::<Vec<_>>().join(" ");
    for told in [
        "1 device is in the site's list and never seen: Spare PLC (10.9.9.9).",
        "1 device was seen and not in the site's list, so nobody says what it is: 192.168.63.100.",
    ] {
        assert!(text.contains(told), "{told}: {text}");
    }
    let report = folder.path().join("report.html");
    for (language, all) in [
        (
            "en",
            [
                "Owner: Packaging",
                "Importance: critical",
                "Zone: cell-1",
                "One device of the site's list was never seen: Spare PLC (10.9.9.9).",
                "says Purdue level 2, what it does speaks for 1",
            ],
        ),
        (
            "id",
            [
                "Pemilik: Packaging",
                "Kepentingan: kritis",
                "Zona: cell-1",
                "1 perangkat dalam daftar lokasi tidak pernah terlihat: Spare PLC (10.9.9.9).",
                "1 perangkat terlihat tetapi tidak ada dalam daftar lokasi: 192.168.63.100.",
            ],
        ),
    ] {
        let call = [
            &"audit",
            &modbus(),
            &"-o",
            &report,
            &"--assets",
            &list,
            &"--language",
            &language,
            &"-q",
        ] as [&dyn AsRef<std::ffi::OsStr>; 9];
        jaga(&call).with(0, &[]);
        let page = fs::read_to_string(&report).unwrap().replace("&#39;", "'");
        for told in all {
            assert!(page.contains(told), "{told}");
        }
        assert!(page.contains("--assets list.csv"), "how to make it again");
        fs::remove_file(&report).unwrap();
    }
}

/// Severities of the first act of the new station, with why, and the priorities of its incident,
/// where the list says this of the device.
fn weighed(importance: &str, more: &[&dyn AsRef<std::ffi::OsStr>]) -> (u64, String, Vec<u64>) {
    let folder = folder();
    let list = folder.path().join("assets.csv");
    std::fs::write(
        &list,
        format!("ip,importance\n10.228.96.132,{importance}\n"),
    )
    .unwrap();
    let sites = Path::new(env!("CARGO_MANIFEST_DIR")).join("pcaps/sites");
    let capture = sites.join("ot-dnp3-control-injection.pcap");
    let mut all: Vec<&dyn AsRef<std::ffi::OsStr>> = vec![
        &"replay",
        &capture,
        &"--learn",
        &"5m",
        &"--events",
        &"-",
        &"--assets",
        &list,
    ];
    all.extend(more);
    let out = jaga(&all).with(0, &[]).out;
    let events: Vec<serde_json::Value> = out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let act = events
        .iter()
        .find(|event| event["ot"]["kind"] == "new-station")
        .unwrap();
    let incidents = events.iter().filter(|event| {
        event["event_type"] == "incident" && event["incident"]["state"] == "closed"
    });
    let mut priorities: Vec<u64> = incidents
        .filter_map(|event| event["incident"]["priority"].as_u64())
        .filter(|priority| *priority < 4)
        .collect();
    priorities.sort_unstable();
    let grounds = act["ot"]["grounds"].as_str().unwrap().to_owned();
    (
        act["alert"]["severity"].as_u64().unwrap(),
        grounds,
        priorities,
    )
}

#[test]
fn what_a_device_is_worth_moves_severity_and_priority_and_is_said() {
    let (severity, grounds, priorities) = weighed("normal", &[]);
    assert_eq!((severity, &*priorities), (2, &[2][..]), "{grounds}");
    assert_eq!(
        grounds,
        "Severity 2 (1 is the gravest, 4 a note): what was done has criticality 4 (0 a poll, 5 a \
         stop or another program); there was nothing like it between these two before."
    );
    let (severity, grounds, priorities) = weighed("critical", &[]);
    assert_eq!((severity, &*priorities), (1, &[1][..]), "{grounds}");
    assert!(
        grounds.contains("calls the device critical, which makes it graver"),
        "{grounds}"
    );
    let (severity, grounds, priorities) = weighed("low", &[&"--language", &"id"]);
    assert_eq!((severity, &*priorities), (3, &[3][..]), "{grounds}");
    assert!(
        grounds.starts_with("Tingkat keparahan 3 (1 paling berat, 4 catatan): "),
        "{grounds}"
    );
    let folder = folder();
    let zones = folder.path().join("zones.toml");
    let breakers = "[[zone]]\nname = \"breakers\"\ndevices = [\"10.228.96.132\"]\n";
    fs::write(&zones, breakers).unwrap();
    let (severity, grounds, _) = weighed("normal", &[&"--zones", &zones]);
    assert_eq!(severity, 1, "{grounds}");
    let ways = "from zone “outside” into zone “breakers”, which no conduit allows";
    assert!(grounds.contains(ways), "{grounds}");
}
