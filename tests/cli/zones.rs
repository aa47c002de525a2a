//! Zones and conduits: proposed, held against captures, audited, proved by capsules.

use super::{file, folder, jaga};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// A plant in which a station that is new operates a breaker.
fn injection() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("pcaps/sites/ot-dnp3-control-injection.pcap")
}

/// The breaker, and who may do what to it.
const ZONES: &str = r#"
[[zone]]
name = "breakers"
level = 1
devices = ["10.228.96.132"]

[[zone]]
name = "control room"
level = 3
devices = ["10.228.96.89"]

[[conduit]]
from = "control room"
to = "breakers"
protocols = ["dnp3"]
operations = ["read", "suppress", "control", "write", "time", "configure"]

[[conduit]]
from = "breakers"
to = "control room"
protocols = ["tcp/443"]
"#;

/// What detectors tell of conduits in these events: kind and severity.
fn told(events: &str) -> Vec<(String, u64)> {
    let lines = events
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let told = lines.filter_map(|event| {
        let kind = event["ot"]["kind"].as_str()?.to_owned();
        let severity = event["alert"]["severity"].as_u64()?;
        (kind == "no-conduit" || kind == "conduit-exceeded").then_some((kind, severity))
    });
    told.collect()
}

#[test]
fn what_is_proposed_is_read_again_and_tells_of_nothing_that_was_learned() {
    let folder = folder();
    let baseline = folder.path().join("plant.baseline");
    let zones = folder.path().join("zones.toml");
    jaga(&[&"baseline", &"learn", &"-q", &injection(), &"-o", &baseline]).with(0, &[]);
    jaga(&[&"baseline", &"zones", &baseline, &"-o", &zones]).with(0, &[]);
    let text = fs::read_to_string(&zones).unwrap();
    assert!(
        text.contains("[[conduit]]") && text.contains("\"control\""),
        "{text}"
    );
    let replay = |zones: &Path| {
        let events = jaga(&[
            &"replay",
            &"-q",
            &injection(),
            &"--zones",
            &zones,
            &"--events",
            &"-",
        ]);
        told(&events.with(0, &[]).out)
    };
    assert_eq!(replay(&zones), []);
    let (alone, _) = text.split_once("\n[[conduit]]").unwrap();
    let alone = file(&folder, "alone.toml", alone.as_bytes());
    let kinds = replay(&alone);
    assert!(kinds.contains(&("no-conduit".to_owned(), 2)), "{kinds:?}");
    assert!(
        kinds.contains(&("conduit-exceeded".to_owned(), 2)),
        "{kinds:?}"
    );
    // It is never written over what it was made of.
    jaga(&[&"baseline", &"zones", &baseline, &"-o", &baseline]).refused(2, &["plant.baseline"]);
}

#[test]
fn an_audit_shows_zones_and_its_capsules_prove_what_passed_between_them() {
    let folder = folder();
    let zones = file(&folder, "zones.toml", ZONES.as_bytes());
    let [page, json, capsules, tables] =
        ["r.html", "r.json", "capsules", "csv"].map(|name| folder.path().join(name));
    for language in ["en", "id"] {
        let _ = fs::remove_dir_all(&capsules);
        let _ = fs::remove_dir_all(&tables);
        jaga(&[
            &"audit",
            &"-q",
            &injection(),
            &"-o",
            &page,
            &"--json",
            &json,
            &"--csv",
            &tables,
            &"--capsules",
            &capsules,
            &"--zones",
            &zones,
            &"--language",
            &language,
        ])
        .with(0, &[]);
        let html = fs::read_to_string(&page).unwrap();
        for said in match language {
            "en" => [
                "Zones and conduits",
                "none: not allowed",
                "outside of all zones",
                "Conduits by which nothing passed",
            ],
            _ => [
                "Zona dan konduit",
                "tidak ada: tidak diizinkan",
                "di luar semua zona",
                "Konduit yang tidak dilewati",
            ],
        } {
            assert!(html.contains(said), "{said}");
        }
    }
    let data: Value = serde_json::from_str(&fs::read_to_string(&json).unwrap()).unwrap();
    let check = &data["zones"];
    assert_eq!(check["zones"][0]["devices"][0], "10.228.96.132");
    assert_eq!(check["zones"][2]["name"], "outside");
    let crossings = check["crossings"].as_array().unwrap();
    let wrong = crossings
        .iter()
        .find(|one| one["to"] == "breakers" && one["from"] == "outside");
    let wrong = wrong.unwrap();
    assert_eq!(crossings[0]["allowed"], false, "what is wrong stands first");
    assert_eq!(
        (wrong["from"].as_str(), wrong["to"].as_str()),
        (Some("outside"), Some("breakers"))
    );
    assert_eq!(
        (wrong["service"].as_str(), wrong["allowed"].as_bool()),
        (Some("dnp3"), Some(false))
    );
    let right = check["crossings"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["from"] == "control room" && one["to"] == "breakers");
    assert_eq!(right.unwrap()["allowed"], true);
    assert_eq!(check["unused"][0]["allows"], "tcp/443");
    let kinds = data["weaknesses"].as_array().unwrap();
    assert!(
        kinds.iter().any(|weak| weak["kind"] == "no-conduit"),
        "{kinds:?}"
    );
    let against = data["requirements"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["id"] == "SR 5.2");
    assert!(
        against.unwrap()["by"]
            .as_array()
            .unwrap()
            .contains(&"no-conduit".into())
    );
    let settings = data["custody"]["settings"].as_array().unwrap();
    assert!(
        settings.iter().any(|file| file["name"] == "zones.toml"),
        "{settings:?}"
    );
    let csv = fs::read_to_string(tables.join("crossings.csv")).unwrap();
    assert!(csv.contains("outside,breakers,dnp3,false"), "{csv}");
    // The capsules show the alerts again with the zones alone.
    jaga(&[&"verify", &capsules, &"--report", &json, &"--zones", &zones]).with(0, &[]);
    let capsule = capsules.join("alert-3950030-2.pcapng");
    assert!(capsule.exists());
    let told = jaga(&[&"verify", &capsule]).with(1, &[]);
    assert!(told.out.contains("give --zones zones.toml"), "{}", told.out);
    // Another file in the place of theirs.
    let text = fs::read_to_string(&zones).unwrap() + "\n# another\n";
    let others = file(&folder, "others.toml", text.as_bytes());
    let told = jaga(&[&"verify", &capsule, &"--zones", &others]).with(1, &[]);
    let said = "held against zones.toml, and --zones is another file";
    assert!(told.out.contains(said), "{}", told.out);
}

#[test]
fn a_file_of_zones_that_cannot_be_used_is_told_and_nothing_is_read() {
    let folder = folder();
    let refused = |name: &str, text: &[u8], said: &[&str]| {
        let zones = file(&folder, name, text);
        jaga(&[&"replay", &injection(), &"--zones", &zones]).refused(2, said);
        let page = folder.path().join("r.html");
        jaga(&[&"audit", &injection(), &"-o", &page, &"--zones", &zones]).refused(2, said);
        assert!(!page.exists());
        let config = format!("[capture]\ninterfaces = ['lo']\n[detectors]\nzones = '{name}'\n");
        let config = file(&folder, "jaga.toml", config.as_bytes());
        let checked = jaga(&[&"check", &"-c", &config]);
        assert_ne!(checked.code, Some(0));
        for part in said {
            assert!(
                checked.err.contains(part) || checked.out.contains(part),
                "{}",
                checked.err
            );
        }
    };
    let wrong = ZONES.replacen("\"dnp3\"", "\"dnp\"", 1);
    refused(
        "wrong.toml",
        wrong.as_bytes(),
        &[
            "wrong.toml:15:14: there is no protocol `dnp`",
            "did you mean `dnp3`?",
        ],
    );
    refused(
        "empty.toml",
        b"",
        &["empty.toml: there is no zone", "jaga baseline zones"],
    );
    refused("octets.toml", b"\xff\xfe", &["octets.toml: "]);
    refused("cut.toml", &ZONES.as_bytes()[..60], &["cut.toml:"]);
    jaga(&[&"replay", &injection(), &"--zones", &"nowhere.toml"]).refused(2, &["nowhere.toml: "]);
    jaga(&[
        &"replay",
        &injection(),
        &"--zones",
        &"nowhere.toml",
        &"--no-detectors",
    ])
    .refused(2, &["--no-detectors"]);
}
