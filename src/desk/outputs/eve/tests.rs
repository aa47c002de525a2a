//! Events of hostile and odd operations; those of whole captures are in `tests/events.rs`.

use super::Eve;
use crate::facts::{Class, Endpoint, Host, Mac, Meaning, Outcome, Scalar, Stamp, Technique, Time};
use crate::flow::Tags;
use crate::protocols::Carrier;
use crate::sensor::{
    Cycle, Event, FlowId, Novelty, OperationRecord, OwnedItem, OwnedValues, Path, Spread, Tap as _,
};
use serde_json::{Value, json};

static WRITE: Meaning = Meaning {
    name: "write single register",
    class: Class::Write,
    criticality: 3,
    techniques: &[Technique(836), Technique(855)],
};

fn stamp(seconds: u64, frame: u64) -> Stamp {
    Stamp {
        time: Time::from_parts(seconds, 5_000),
        frame,
    }
}

fn record() -> OperationRecord {
    let end = |last, port| Endpoint {
        host: Host::v4([10, 0, 0, last]),
        port,
    };
    OperationRecord {
        flow: FlowId(7),
        fold: 0,
        merged: false,
        nth: 1,
        novelty: Novelty::First,
        protocol: "modbus",
        meaning: &WRITE,
        code: 6,
        actor: end(9, 50_000),
        device: end(1, 502),
        path: Path {
            carrier: Carrier::Tcp,
            tags: Tags::NONE,
        },
        unit: Some(3),
        items: vec![OwnedItem {
            space: "holding-register",
            area: None,
            range: Some((40, 40)),
            name: b"a\"\n\x1b[31m\xff".to_vec(),
            values: OwnedValues::Scalars(vec![
                Scalar::Unsigned(u64::MAX),
                Scalar::Float(f64::NAN),
                Scalar::Name("latch on"),
                Scalar::Bit(true),
            ]),
            before: OwnedValues::Words(vec![7]),
        }],
        outcome: Outcome::Refused {
            code: 2,
            name: "illegal data address",
        },
        requested: Some(stamp(1, 10)),
        answered: Some(stamp(3, 12)),
        stamp: stamp(3, 12),
    }
}

fn lines(eve: &Eve, events: Vec<Event>) -> Vec<Value> {
    let mut out = Vec::new();
    let mut writer = eve.writer();
    for event in events {
        writer.take(event, &mut out).unwrap();
    }
    let text = String::from_utf8(out).unwrap();
    let parse = |line| serde_json::from_str(line).unwrap();
    text.lines().map(parse).collect()
}

#[test]
fn an_operation_tells_all() {
    let eve = Eve::new(Some("plant.pcap".to_owned()), false);
    let line = lines(&eve, vec![Event::Operation(Box::new(record()))]).remove(0);
    assert_eq!(line["timestamp"], "1970-01-01T00:00:03.000005+0000");
    assert_eq!(line["proto"], "TCP");
    assert_eq!(line["src_ip"], "10.0.0.9");
    assert_eq!(line["dest_port"], 502);
    assert_eq!(line["pcap_filename"], "plant.pcap");
    let operation = &line["operation"];
    assert_eq!(operation["techniques"], json!(["T0836", "T0855"]));
    assert_eq!(operation["response_us"], 2_000_000);
    assert_eq!(
        operation["error"],
        json!({"code": 2, "name": "illegal data address"})
    );
    let target = &operation["targets"][0];
    assert_eq!(target["name"], "a\"\n\u{1b}[31m\u{fffd}");
    assert_eq!(
        target["values"],
        json!({"bits": [true], "numbers": [u64::MAX], "names": ["NaN", "latch on"]})
    );
    assert_eq!(target["before"], json!({"numbers": [7]}));
}

#[test]
fn hostile_text_stays_on_its_line() {
    let eve = Eve::new(None, true);
    let line = eve.operation(&record).unwrap();
    assert!(line.chars().all(|c| !c.is_control()), "{line:?}");
}

#[test]
fn a_cycle_says_what_was_repeated() {
    let mut interval = Spread::default();
    interval.add(1_000_000_000);
    interval.add(3_000_000_000);
    let cycle = Cycle {
        flow: FlowId(7),
        fold: 0,
        merged: false,
        count: 3,
        first: stamp(3, 12),
        last: stamp(7, 40),
        interval,
        response: Spread::default(),
        changes: 1,
        done: 0,
        refused: 3,
        unanswered: 0,
    };
    let events = vec![
        Event::Operation(Box::new(record())),
        Event::Cycle(Box::new(cycle)),
        // Of an operation that was never told nothing can be said.
        Event::Cycle(Box::new(Cycle { fold: 1, ..cycle })),
        Event::Operation(Box::new(record())),
        Event::Cycle(Box::new(Cycle {
            merged: true,
            ..cycle
        })),
    ];
    let lines = lines(&Eve::new(None, false), events);
    assert_eq!(lines.len(), 4);
    // What was not told apart has no single target.
    let merged = &lines[3]["cycle"];
    assert_eq!(merged["merged"], true);
    for key in ["targets", "unit", "code"] {
        assert_eq!(merged.get(key), None, "{key}");
    }
    let cycle = &lines[1]["cycle"];
    assert_eq!(cycle["name"], "write single register");
    assert_eq!(cycle["count"], 3);
    assert_eq!(
        cycle["period_us"],
        json!({"least": 1_000_000, "mean": 2_000_000, "greatest": 3_000_000})
    );
    assert_eq!(cycle.get("response_us"), None);
    assert_eq!(cycle["targets"][0].get("values"), None);
    assert_eq!(lines[1]["pcap_cnt"], 40);
}

#[test]
fn frames_without_ip_have_macs() {
    let mut record = record();
    record.actor.host = Host::Mac(Mac([2; 6]));
    record.device.host = Host::Mac(Mac([4; 6]));
    record.path.carrier = Carrier::Ether(0x88b8);
    let line: Value =
        serde_json::from_str(&Eve::new(None, true).operation(&|| record.clone()).unwrap()).unwrap();
    for key in ["src_ip", "dest_ip", "src_port", "dest_port", "proto"] {
        assert_eq!(line.get(key), None, "{key}");
    }
    assert_eq!(line["ether"]["src_mac"], "02:02:02:02:02:02");
    assert_eq!(line["ether"]["dest_mac"], "04:04:04:04:04:04");
}
