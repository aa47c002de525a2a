//! The audit as tables: what Python reads back is what the JSON has, and no cell is a formula.

use super::{file, folder, jaga, names};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Columns that no shipped capture fills: a rack whose modules tell of themselves, a stop without an
/// answer, what a programmer wrote on no block of theirs, and what was lost of none of these captures.
const BARE: [&str; 7] = [
    "advisories unit",
    "engineering asked_frame",
    "engineering asked_time",
    "engineering incomplete",
    "programs family",
    "programs missing",
    "programs title",
];

/// Zones of the capture of a pivot: one of controllers, and one that may only read there.
const ZONES: &str = "
[[zone]]
name = 'cell'
level = 1
networks = ['10.231.123.0/24']

[[zone]]
name = 'office'
networks = ['10.0.0.0/8']

[[conduit]]
from = 'office'
to = 'cell'
operations = ['read']
";

/// Reads every table of a folder, strictly, and prints heads and rows.
const READER: &str = "
import csv, json, pathlib, sys
read = lambda path: list(csv.reader(path.open(encoding='utf-8', newline=''), strict=True))
print(json.dumps({path.stem: read(path) for path in pathlib.Path(sys.argv[1]).iterdir()}))";

fn shipped(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// Audits a capture into this folder: its tables as Python reads them, and its JSON.
#[track_caller]
fn tables(folder: &Path, capture: &Path) -> (Value, Value) {
    let [page, data, csv] = ["r.html", "r.json", "csv"].map(|name| folder.join(name));
    let advisories = shipped("tests/advisories");
    let zones = folder.join("zones.toml");
    fs::write(&zones, ZONES).unwrap();
    jaga(&[
        &"audit",
        &"-q",
        &capture,
        &"-o",
        &page,
        &"--json",
        &data,
        &"--csv",
        &csv,
        &"--advisories",
        &advisories,
        &"--zones",
        &zones,
    ])
    .with(0, &[]);
    let read = Command::new("python3")
        .args(["-c", READER])
        .arg(csv)
        .output();
    let read = read.expect("python3 is missing: install it for this test");
    assert!(
        read.status.success(),
        "{}",
        String::from_utf8_lossy(&read.stderr)
    );
    let data = serde_json::from_slice(&fs::read(data).unwrap()).unwrap();
    (serde_json::from_slice(&read.stdout).unwrap(), data)
}

/// The cells of a table under this head.
#[track_caller]
fn column<'a>(tables: &'a Value, table: &str, head: &str) -> Vec<&'a str> {
    let rows = tables[table].as_array().unwrap();
    let heads = rows[0].as_array().unwrap();
    let place = heads.iter().position(|one| one == head).unwrap();
    rows[1..]
        .iter()
        .map(|row| row[place].as_str().unwrap())
        .collect()
}

/// Whether a spreadsheet would take a text for a formula.
fn is_formula(text: &str) -> bool {
    let text = text.trim_start_matches([' ', '"', '\t', '\r', '\n']);
    text.starts_with(['=', '+', '-', '@'])
}

#[test]
fn hostile_names_are_read_back_as_text_and_no_cell_is_a_formula() {
    let folder = folder();
    let mut octets = fs::read(shipped("pcaps/sites/it-ot-pivot.pcap")).unwrap();
    let (name, hostile) = (b"WS-OFC-0419", b"=1;@x,\"\x1b[2J");
    let places: Vec<usize> = (0..octets.len() - name.len())
        .filter(|at| octets[*at..].starts_with(name))
        .collect();
    for at in places {
        octets[at..at + hostile.len()].copy_from_slice(hostile);
    }
    let capture = file(&folder, "=cmd|'x'!A;@b,\"c\td.pcap", &octets);
    let (tables, data) = tables(folder.path(), &capture);
    let named = column(&tables, "evidence", "attribute_value");
    let told = "'=1;'@x,\"\\u{1b}[2J";
    assert!(named.contains(&told), "{named:?}");
    assert!(column(&tables, "alert-pairs", "pair_source_name").contains(&told));
    assert_eq!(
        column(&tables, "files", "name"),
        ["'=cmd|'x'!A;'@b,\"c\\td.pcap", "zones.toml"]
    );
    for (name, rows) in tables.as_object().unwrap() {
        let rows: Vec<Vec<String>> = serde_json::from_value(rows.clone()).unwrap();
        for cell in rows.iter().flatten() {
            assert!(
                !cell.split([',', ';', '|']).any(is_formula),
                "{name}: {cell}"
            );
            assert!(!cell.contains(|c: char| c.is_control()), "{name}: {cell:?}");
        }
        assert!(rows.iter().all(|row| row.len() == rows[0].len()), "{name}");
    }
    // As many rows as the JSON has, and the same in them.
    let picture = &data["picture"];
    for (name, list) in [
        ("advisories", &data["vulnerabilities"]["judgements"]),
        ("alerts", &picture["alerts"]),
        ("conduits", &data["conduits"]),
        ("control", &picture["control"]),
        ("conversations", &picture["conversations"]),
        ("devices", &picture["devices"]),
        ("incidents", &picture["incidents"]),
        ("operations", &picture["operations"]),
        ("requirements", &data["requirements"]),
        ("techniques", &data["techniques"]),
    ] {
        let rows = tables[name].as_array().unwrap().len() - 1;
        assert_eq!(rows, list.as_array().unwrap().len(), "{name}");
        assert!(rows > 0, "{name}");
    }
    let flows = picture["conversations"].as_array().unwrap();
    let flows: Vec<String> = flows
        .iter()
        .map(|flow| flow["flow_id"].to_string())
        .collect();
    assert_eq!(column(&tables, "conversations", "flow_id"), flows);
    let pairs = picture["operations"].as_array().unwrap().iter().map(|act| {
        let address = act["device"]["address"].as_str();
        address.unwrap().to_owned()
    });
    assert_eq!(
        column(&tables, "operations", "device_address"),
        pairs.collect::<Vec<_>>()
    );
}

#[test]
fn every_column_is_filled_by_some_capture() {
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut filled = BTreeSet::new();
    for name in [
        "sites/it-ot-pivot.pcap",
        "s7comm/snap7.pcap",
        "made/services.pcap",
        "dnp3/file_write.pcap",
        "modbus/modicon_test.pcap",
    ] {
        let folder = folder();
        let (tables, _) = tables(folder.path(), &shipped("pcaps").join(name));
        for (table, rows) in tables.as_object().unwrap() {
            for head in rows[0].as_array().unwrap() {
                let head = head.as_str().unwrap();
                let told = format!("{table} {head}");
                if column(&tables, table, head)
                    .iter()
                    .any(|cell| !cell.is_empty())
                {
                    filled.insert(told.clone());
                }
                seen.insert(told);
            }
        }
    }
    let empty: Vec<&str> = seen.difference(&filled).map(String::as_str).collect();
    assert_eq!(empty, BARE);
}

#[test]
fn tables_go_into_an_empty_folder_and_are_the_same_for_any_number_of_workers() {
    let folder = folder();
    let capture = shipped("pcaps/sites/it-ot-pivot.pcap");
    let page = folder.path().join("r.html");
    let write = |name: &str, workers: &str| {
        let csv = folder.path().join(name);
        jaga(&[
            &"audit",
            &"-q",
            &capture,
            &"-o",
            &page,
            &"--csv",
            &csv,
            &"--workers",
            &workers,
        ])
        .with(0, &[]);
        let all = names(&csv);
        assert!(
            !all.contains(&"advisories.csv".to_owned()),
            "none were judged"
        );
        assert!(all.len() > 15 && all.iter().all(|name| name.ends_with(".csv")));
        all.iter()
            .map(|name| fs::read(csv.join(name)).unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(write("one", "1"), write("two", "3"));
    let again = folder.path().join("one");
    jaga(&[&"audit", &"-q", &capture, &"-o", &page, &"--csv", &again])
        .refused(2, &["--csv", "something is in there"]);
}

#[test]
fn a_disk_that_is_full_leaves_no_half_of_the_tables() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name);
    let run = "trap '' XFSZ; ulimit -f 8; exec \"$0\" audit -q \"$1\" -o \"$2\" --csv \"$3\"";
    let told = Command::new("sh")
        .args(["-c", run, super::JAGA])
        .arg(shipped("pcaps/sites/it-ot-pivot.pcap"))
        .args([path("r.html"), path("csv")])
        .output()
        .unwrap();
    let told = super::Ended::from(told);
    told.with(5, &["csv", "cannot be written"]);
    assert_eq!(names(folder.path()), ["csv"]);
    assert_eq!(names(&path("csv")), [""; 0]);
}
