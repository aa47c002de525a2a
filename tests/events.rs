//! The events of all shipped captures: the keys and types that readers of EVE JSON ask for, the
//! same bytes from any number of workers, and sums that agree.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

/// A shipped capture with its events and its single operations.
struct Shipped {
    capture: PathBuf,
    text: String,
    events: Vec<Value>,
    transactions: Vec<Value>,
}

static SHIPPED: LazyLock<Vec<Shipped>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("pcaps");
    let mut all = Vec::new();
    for kind in fs::read_dir(folder).unwrap() {
        let kind = kind.unwrap().path();
        if !kind.is_dir() {
            continue;
        }
        for capture in fs::read_dir(kind).unwrap() {
            let capture = capture.unwrap().path();
            let suffix = capture.extension().unwrap_or_default();
            if suffix == "pcap" || suffix == "pcapng" {
                let text = replay(&capture, &["--workers", "1"]);
                all.push(Shipped {
                    events: parse(&text),
                    transactions: parse(&replay(&capture, &["--workers", "3", "--transactions"])),
                    text,
                    capture,
                });
            }
        }
    }
    assert!(all.len() > 30, "only {} captures found", all.len());
    all
});

/// The events of a capture, as text. A damaged capture has events too.
fn replay(capture: &Path, options: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_jaga"))
        .args(["replay", "-q", "--allow-truncated", "--events", "-"])
        .args(options)
        .arg(capture)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {told}", capture.display());
    String::from_utf8(output.stdout).unwrap()
}

fn parse(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}")))
        .collect()
}

fn all_events() -> impl Iterator<Item = &'static Value> {
    SHIPPED
        .iter()
        .flat_map(|shipped| shipped.events.iter().chain(&shipped.transactions))
}

fn kind(event: &Value) -> &str {
    event["event_type"].as_str().unwrap()
}

/// `2026-11-21T22:12:54.126117+0000`.
fn is_timestamp(value: &Value) -> bool {
    let text = value.as_str().unwrap_or_default();
    let digits = |c: char| if c.is_ascii_digit() { '0' } else { c };
    text.chars().map(digits).collect::<String>() == "0000-00-00T00:00:00.000000+0000"
}

#[test]
fn every_event_has_what_readers_of_eve_ask_for() {
    let mut kinds = BTreeSet::new();
    for event in all_events() {
        let has = |what: bool| assert!(what, "{event}");
        kinds.insert(kind(event));
        has(is_timestamp(&event["timestamp"]));
        has(event["pcap_filename"].is_string());
        has(event["ot"]["event_id"]
            .as_str()
            .is_some_and(|id| id.len() == 20));
        if kind(event) == "asset" {
            has(event["asset"]["id"].is_string());
            continue;
        }
        if kind(event) == "incident" {
            has(event["incident"]["id"].is_string());
            has(event["pcap_cnt"].as_u64().is_some_and(|frame| frame > 0));
            continue;
        }
        has(event["flow_id"].as_u64().is_some_and(|id| id < 1 << 53));
        has(event["pcap_cnt"].as_u64().is_some_and(|frame| frame > 0));
        if let Some(proto) = event.get("proto") {
            let proto = proto.as_str().unwrap();
            has(proto == proto.to_uppercase());
            has(event["src_ip"].is_string() && event["dest_ip"].is_string());
            let has_ports = matches!(proto, "TCP" | "UDP");
            has(event["src_port"].is_u64() == has_ports);
            has(event["dest_port"].is_u64() == has_ports);
            has(!has_ports || event["community_id"].as_str().unwrap().starts_with("1:"));
        } else if event["alert"]["signature_id"].as_u64() >= Some(3_950_000) {
            // Address resolution is about IP addresses, and travels without IP.
            has(event["src_ip"].is_string() != event["ether"].is_object());
        } else {
            has(event.get("src_ip").is_none() && event.get("dest_ip").is_none());
            has(event["ether"]["src_mac"].is_string() && event["ether"]["dest_mac"].is_string());
        }
        if let Some(vlan) = event.get("vlan") {
            has(vlan.as_array().unwrap().iter().all(Value::is_u64));
        }
    }
    let expected = [
        "alert",
        "anomaly",
        "asset",
        "cycle",
        "flow",
        "incident",
        "operation",
    ];
    assert_eq!(kinds, BTreeSet::from(expected));
}

#[test]
fn flows_and_anomalies_have_the_layout_of_suricata() {
    for event in all_events() {
        let has = |what: bool| assert!(what, "{event}");
        match kind(event) {
            "flow" => {
                let flow = &event["flow"];
                for key in ["pkts", "bytes"] {
                    for way in ["toserver", "toclient"] {
                        has(flow[format!("{key}_{way}")].is_u64());
                    }
                }
                has(is_timestamp(&flow["start"]) && is_timestamp(&flow["end"]));
                has(flow["start"].as_str() <= flow["end"].as_str());
                has(flow["age"].is_u64() && flow["alerted"].is_boolean());
                has(["new", "established", "closed"].contains(&flow["state"].as_str().unwrap()));
                has(["timeout", "forced", "shutdown"].contains(&flow["reason"].as_str().unwrap()));
                let packets = |way| flow[way].as_u64().unwrap();
                has(packets("pkts_toserver") + packets("pkts_toclient") > 0);
                has((event["proto"] == "TCP") == event["tcp"]["tcp_flags"].is_string());
            }
            "anomaly" => {
                let anomaly = &event["anomaly"];
                has(anomaly["type"] == "applayer" && anomaly["app_proto"] == event["app_proto"]);
                has(anomaly["event"]
                    .as_str()
                    .is_some_and(|name| !name.contains('.')));
            }
            _ => {}
        }
    }
}

#[test]
fn alerts_have_the_layout_of_suricata() {
    let (mut sids, mut operations) = (BTreeSet::new(), 0);
    for event in all_events().filter(|event| kind(event) == "alert") {
        let has = |what: bool| assert!(what, "{event}");
        let alert = &event["alert"];
        has(alert["action"] == "allowed");
        has(["gid", "signature_id", "rev"]
            .iter()
            .all(|key| alert[key].is_u64()));
        has(["signature", "category"]
            .iter()
            .all(|key| alert[key].is_string()));
        has(alert["severity"]
            .as_u64()
            .is_some_and(|s| (1..=4).contains(&s)));
        sids.insert(alert["signature_id"].as_u64().unwrap());
        let metadata = alert["metadata"].as_object().unwrap();
        for values in metadata.values() {
            let values = values.as_array().unwrap();
            has(!values.is_empty() && values.iter().all(Value::is_string));
        }
        // What a detector found is told in its own words, and of what it saw over time.
        if alert["signature_id"].as_u64() >= Some(3_950_000) {
            for key in ["title", "what", "plant", "check"] {
                has(event["ot"][key].is_string());
            }
            continue;
        }
        let count = |key: &str| metadata[key].as_array().map_or(0, Vec::len);
        has(count("mitre_technique_id") > 0);
        has(count("mitre_technique_id") == count("mitre_technique_name"));
        has(count("mitre_tactic_id") > 0 && count("mitre_tactic_id") == count("mitre_tactic_name"));
        let flow = &event["flow"];
        for key in ["pkts", "bytes"] {
            for way in ["toserver", "toclient"] {
                has(flow[format!("{key}_{way}")].is_u64());
            }
        }
        has(is_timestamp(&flow["start"]) && flow["start"].as_str() <= event["timestamp"].as_str());
        has(flow["src_ip"].is_string() == event["src_ip"].is_string());
        has(["to_server", "to_client"].contains(&event["direction"].as_str().unwrap()));
        has(event["stream"].is_u64());
        has(event["packet"].is_string() == event["packet_info"]["linktype"].is_u64());
        // A packet that begins a conversation is of no protocol yet.
        let app = event["app_proto"].as_str().unwrap_or_default();
        has(app == app.to_lowercase());
        for key in ["why", "soc", "plant", "check"] {
            has(event["ot"][key]
                .as_str()
                .is_some_and(|text| !text.is_empty()));
        }
        has(event["ot"]["operation"].is_object() == event["tx_id"].is_u64());
        operations += u32::from(event["tx_id"].is_u64());
        pdu(event);
    }
    assert!(
        sids.len() > 100 && operations > 100,
        "{} {operations}",
        sids.len()
    );
}

/// The PDU of an alert over operations stands under the key of its protocol alone.
fn pdu(event: &Value) {
    let has = |what: bool| assert!(what, "{event}");
    for protocol in ["modbus", "dnp3", "enip"] {
        has(event.get(protocol).is_none() || event["app_proto"] == protocol);
    }
    if !event["tx_id"].is_u64() {
        return;
    }
    let modbus = &event["modbus"]["request"];
    has((event["app_proto"] == "modbus") == modbus.is_object());
    if modbus.is_object() {
        has(modbus["function_raw"].as_u64().is_some_and(|raw| raw < 128));
        for key in ["function_code", "access_type", "category"] {
            has(modbus[key].is_string());
        }
    }
    let dnp3 = &event["dnp3"];
    has((event["app_proto"] == "dnp3") == dnp3.is_object());
    if dnp3.is_object() {
        has(dnp3["type"] == "request" && dnp3["application"]["function_code"].is_u64());
    }
}

#[test]
fn flows_say_whether_a_rule_found_something_in_them() {
    for shipped in SHIPPED.iter() {
        let flows = |wanted: &'static str| shipped.events.iter().filter(move |e| kind(e) == wanted);
        let alerted: BTreeSet<u64> = flows("alert")
            .map(|e| e["flow_id"].as_u64().unwrap())
            .collect();
        let told: BTreeSet<u64> = flows("flow")
            .filter(|e| e["flow"]["alerted"] == true)
            .map(|e| e["flow_id"].as_u64().unwrap())
            .collect();
        assert_eq!(alerted, told, "{}", shipped.capture.display());
    }
}

#[test]
fn operations_say_what_was_done_and_how_it_ended() {
    let mut refused = 0;
    for event in all_events().filter(|event| kind(event) == "operation") {
        let has = |what: bool| assert!(what, "{event}");
        let operation = &event["operation"];
        for key in [
            "protocol", "name", "class", "result", "novelty", "actor", "device",
        ] {
            has(operation[key].as_str().is_some_and(|text| !text.is_empty()));
        }
        has(operation["criticality"].as_u64().is_some_and(|c| c <= 5));
        has(operation["request_frame"].is_u64() || operation["answer_frame"].is_u64());
        has(operation["error"].is_object() == (operation["result"] == "refused"));
        refused += u32::from(operation["error"]["name"].is_string());
        for technique in operation["techniques"].as_array().into_iter().flatten() {
            let technique = technique.as_str().unwrap();
            has(technique.len() == 5 && technique.starts_with('T'));
        }
    }
    assert!(refused > 0, "no capture shows a refusal");
}

#[test]
fn any_number_of_workers_and_any_run_gives_the_same_bytes() {
    for shipped in SHIPPED.iter() {
        for workers in ["1", "2", "4"] {
            let text = replay(&shipped.capture, &["--workers", workers]);
            assert!(
                text == shipped.text,
                "{}: {workers} workers",
                shipped.capture.display()
            );
        }
    }
}

#[test]
fn cycles_transactions_and_flows_count_the_same_operations() {
    let mut total = 0;
    for shipped in SHIPPED.iter() {
        let of = |name: &'static str| shipped.events.iter().filter(move |e| kind(e) == name);
        let cycles: u64 = of("cycle")
            .map(|e| e["cycle"]["count"].as_u64().unwrap())
            .sum();
        let flows: u64 = of("flow")
            .map(|e| e["ot"]["operations"].as_u64().unwrap())
            .sum();
        let single = shipped
            .transactions
            .iter()
            .filter(|e| kind(e) == "operation");
        let place = shipped.capture.display();
        assert_eq!(cycles, flows, "{place}");
        assert_eq!(single.count() as u64, flows, "{place}");
        assert!(shipped.transactions.iter().all(|e| kind(e) != "cycle"));
        total += flows;
    }
    assert!(total > 1_000, "only {total} operations in all captures");
}

#[test]
fn no_two_events_have_one_name() {
    for shipped in SHIPPED.iter() {
        for events in [&shipped.events, &shipped.transactions] {
            let names: BTreeSet<&str> = events
                .iter()
                .map(|event| event["ot"]["event_id"].as_str().unwrap())
                .collect();
            assert_eq!(names.len(), events.len(), "{}", shipped.capture.display());
        }
    }
}

/// Adds the names of all keys in a value, parted by dots; lists add nothing to a name.
fn keys(value: &Value, name: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(record) => {
            for (key, value) in record {
                let name = [name, key].join(if name.is_empty() { "" } else { "." });
                keys(value, &name, found);
                found.insert(name);
            }
        }
        Value::Array(list) => list.iter().for_each(|value| keys(value, name, found)),
        _ => {}
    }
}

#[test]
fn every_key_is_documented() {
    let mut found = BTreeSet::new();
    all_events().for_each(|event| keys(event, "", &mut found));
    assert!(found.len() > 100, "only {} keys found", found.len());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/events.md");
    let text = fs::read_to_string(path).unwrap();
    let documented: BTreeSet<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("| `"))
        .filter_map(|row| row.split('|').next())
        .flat_map(|names| names.split(['`', ' ', ',']))
        .collect();
    let missing: Vec<&String> = found
        .iter()
        .filter(|name| !documented.contains(name.as_str()))
        .collect();
    assert!(missing.is_empty(), "not in docs/events.md: {missing:#?}");
}

#[test]
fn events_that_cannot_be_written_end_the_run() {
    let shipped = &SHIPPED[0];
    let folder = tempfile::tempdir().unwrap();
    let nowhere = folder.path().join("no/such/folder/events.json");
    let run = |arguments: &[&Path]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_jaga"));
        command.args(["replay", "-q", "--allow-truncated"]);
        command
            .arg(&shipped.capture)
            .args(arguments)
            .output()
            .unwrap()
    };
    let events = Path::new("--events");
    for (place, says) in [
        (Path::new("/dev/full"), "/dev/full: cannot be written"),
        (&nowhere, "create its folder first"),
        (folder.path(), "name a file in it"),
    ] {
        let output = run(&[events, place]);
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(5), "{told}");
        assert!(told.contains(says), "{told}");
        assert_eq!(told.matches("jaga: ").count(), 1, "{told}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
    // Where it can be written, it has its name and holds what standard output would have.
    let place = folder.path().join("events.json");
    let output = run(&[events, &place]);
    assert!(output.status.success());
    assert!(
        !output.stdout.is_empty(),
        "the summary stays on standard output"
    );
    assert!(fs::read_to_string(&place).unwrap() == shipped.text);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    // Single operations are events: without a place for them there is nothing to do.
    assert_eq!(run(&[Path::new("--transactions")]).status.code(), Some(2));
}
