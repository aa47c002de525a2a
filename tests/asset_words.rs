//! `asset.role` and `asset.vendor` in rules are what the inventory knew when the packet came:
//! the intruders of the shipped sites are told from the stations that belong there, whatever
//! the number of workers.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// Conditions, and the frames of a capture in which each of them holds.
type Wanted = &'static [(&'static str, &'static [u64])];

/// A capture of the sites, and the protocol that is looked at.
type Traffic = (&'static str, &'static str);

/// The breaker of the injection, and who belongs there.
const ZONES: &str = "
[[zone]]
name = 'breakers'
devices = ['10.228.96.132']

[[zone]]
name = 'control room'
devices = ['10.228.96.89']
";

/// The alerts of one rule for each of these conditions, as their frames.
fn frames(
    (capture, protocol): Traffic,
    conditions: Wanted,
    workers: u8,
) -> BTreeMap<usize, Vec<u64>> {
    let folder = tempfile::tempdir().unwrap();
    let (rules, events) = (folder.path().join("a.rules"), folder.path().join("e.json"));
    let zones = folder.path().join("zones.toml");
    std::fs::write(&zones, ZONES).unwrap();
    let mut text = String::new();
    for (place, (condition, _)) in conditions.iter().enumerate() {
        let sid = place + 1;
        text += &format!(
            "alert {protocol} any any -> any any (msg:\"asset\"; {condition} sid:{sid};)\n"
        );
    }
    std::fs::write(&rules, text).unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let run = Command::new(env!("CARGO_BIN_EXE_jaga"))
        .args(["replay", "-q", "--no-shipped-rules"])
        .arg("--zones")
        .arg(&zones)
        .args(["--workers", &workers.to_string()])
        .arg(root.join("pcaps/sites").join(capture))
        .arg("--rules")
        .arg(&rules)
        .arg("--events")
        .arg(&events)
        .output()
        .unwrap();
    assert!(run.status.success(), "{run:?}");
    let mut found: BTreeMap<usize, Vec<u64>> = BTreeMap::new();
    for line in std::fs::read_to_string(events).unwrap().lines() {
        let event: serde_json::Value = serde_json::from_str(line).unwrap();
        if event["event_type"] == "alert" {
            let sid = event["alert"]["signature_id"].as_u64().unwrap();
            let frame = event["pcap_cnt"].as_u64().unwrap();
            let place = usize::try_from(sid).unwrap() - 1;
            found.entry(place).or_default().push(frame);
        }
    }
    found
}

fn hold(traffic: Traffic, conditions: Wanted) {
    for workers in [1, 3] {
        let found = frames(traffic, conditions, workers);
        for (place, (condition, frames)) in conditions.iter().enumerate() {
            let alerts = found.get(&place).map_or(&[][..], Vec::as_slice);
            assert_eq!(
                alerts, *frames,
                "{traffic:?}, {workers} workers: {condition}"
            );
        }
    }
}

/// The host scanned before it wrote, and its own writes make no HMI of it.
#[test]
fn a_scanner_stays_one_when_it_writes() {
    hold(
        ("it-ot-pivot.pcap", "modbus"),
        &[
            ("ot.op:write; asset.role:src,hmi;", &[]),
            ("ot.op:write; asset.role:src,!hmi;", &[1677, 1689]),
            ("ot.op:write; asset.role:src,scanner;", &[1677, 1689]),
            ("ot.op:write; asset.role:dst,plc;", &[1677, 1689]),
            ("ot.op:write; asset.role:dst,controller;", &[1677, 1689]),
            ("ot.op:write; asset.role:dst,!Controller;", &[]),
        ],
    );
}

/// The select is the first that is seen of the intruder: nothing is known of it by then. By the
/// operate it has commanded, and nothing more.
#[test]
fn the_first_command_makes_no_hmi() {
    hold(
        ("ot-dnp3-control-injection.pcap", "dnp3"),
        &[
            ("ot.op:control; asset.role:src,hmi;", &[]),
            ("ot.op:control; asset.role:src,!hmi;", &[914, 920]),
            ("ot.op:control; asset.role:src,unknown;", &[914]),
            ("ot.op:control; asset.role:src,\"writing client\";", &[920]),
            ("ot.op:control; asset.role:dst,outstation;", &[914, 920]),
            ("ot.op:control; asset.role:dst,plc;", &[]),
            // The zones are the site's.
            ("ot.op:control; asset.zone:dst,breakers;", &[914, 920]),
            ("ot.op:control; asset.zone:src,outside;", &[914, 920]),
            (
                "ot.op:control; asset.zone:src,!\"control room\";",
                &[914, 920],
            ),
            ("ot.op:control; asset.zone:src,\"control room\";", &[]),
            // Its maker is known by its MAC alone.
            ("ot.op:control; asset.vendor:src,raspberry;", &[914, 920]),
            ("ot.op:control; asset.vendor:src,siemens;", &[]),
        ],
    );
}

/// Who polls is an HMI from the fifth even read on; who reads once and then writes is none.
#[test]
fn an_hmi_is_told_from_who_writes_now_and_then() {
    let traffic = ("ot-modbus-write-manipulation.pcap", "modbus");
    hold(
        traffic,
        &[
            ("ot.op:write; asset.role:src,hmi;", &[]),
            ("ot.op:write; asset.role:src,industrial-client;", &[6035]),
            ("ot.op:write; asset.role:src,writing-client;", &[6043, 6051]),
            ("ot.op:write; asset.new:src,1m;", &[6035, 6043, 6051]),
            ("ot.op:write; asset.new:src,1s;", &[]),
        ],
    );
    let polls: Wanted = &[
        ("ot.op:read; asset.role:src,hmi;", &[]),
        ("ot.op:read; asset.vendor:src,dell;", &[]),
        ("ot.op:read,write; asset.vendor:dst,schneider;", &[]),
    ];
    let [one, three] = [1, 3].map(|workers| frames(traffic, polls, workers));
    assert_eq!(one, three);
    let count = |place: usize| one[&place].len();
    assert!(count(0) > 3_500, "{}", count(0));
    assert_eq!(count(1), 3_600);
    assert_eq!(count(2), 3_972);
}

/// A word that is no role is refused where it stands, with the nearest one.
#[test]
fn a_role_that_does_not_exist_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let rules = folder.path().join("a.rules");
    let text = "alert ip any any -> any any (msg:\"x\"; asset.role:src,hmmi; sid:1;)\n";
    std::fs::write(&rules, text).unwrap();
    let run = Command::new(env!("CARGO_BIN_EXE_jaga"))
        .args(["rules", "check"])
        .arg(&rules)
        .output()
        .unwrap();
    assert_eq!(run.status.code(), Some(1));
    let out = String::from_utf8(run.stdout).unwrap();
    assert!(out.contains("a.rules:1:54"), "{out}");
    assert!(out.contains("`hmmi` is no role"), "{out}");
    assert!(out.contains("did you mean `hmi`?"), "{out}");
}

/// Zones come from the site: a rule about one loads where they are known and have it.
#[test]
fn a_zone_that_is_not_known_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (rules, zones) = (
        folder.path().join("a.rules"),
        folder.path().join("zones.toml"),
    );
    std::fs::write(&zones, ZONES).unwrap();
    let check = |zone: &str, known: bool| {
        let text =
            format!("alert ip any any -> any any (msg:\"x\"; asset.zone:dst,{zone}; sid:1;)\n");
        std::fs::write(&rules, text).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_jaga"));
        command.args(["rules", "check"]).arg(&rules);
        if known {
            command.arg("--zones").arg(&zones);
        }
        let run = command.output().unwrap();
        (run.status.code(), String::from_utf8(run.stdout).unwrap())
    };
    assert_eq!(check("breakers", true).0, Some(0));
    assert_eq!(check("outside", true).0, Some(0));
    let (code, out) = check("breakers", false);
    assert_eq!(code, Some(1));
    assert!(out.contains("the zones of the site are not known"), "{out}");
    assert!(out.contains("--zones"), "{out}");
    let (code, out) = check("breaker", true);
    assert_eq!(code, Some(1));
    assert!(out.contains("the site has no zone `breaker`"), "{out}");
    assert!(out.contains("did you mean `breakers`?"), "{out}");
}
