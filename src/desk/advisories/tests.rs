//! The golden set: advisories (`tests/advisories`, all of them invented) and fingerprints of
//! devices, with what each is to be told of each.

use super::*;
use crate::desk::inventory::Attribute;
use Answer::{Affected, CannotTell, NotAffected};

/// A device of which this was observed: vendor, order number, model, firmware, serial.
fn device(ip: u8, told: [&'static str; 5]) -> Asset {
    let [vendor, order_number, model, firmware, serial] = told;
    let properties = ["vendor", "order_number", "model", "firmware", "serial"];
    let attributes = properties.into_iter().zip(told).enumerate();
    let attributes = attributes.filter(|(_, (_, value))| !value.is_empty());
    Asset {
        ips: [std::net::IpAddr::from([10, 0, 0, ip])].into(),
        vendor: vendor.to_owned(),
        order_number: order_number.to_owned(),
        model: model.to_owned(),
        firmware: firmware.to_owned(),
        serial: serial.to_owned(),
        attributes: attributes
            .map(|(place, (property, value))| Attribute {
                property,
                value: value.to_owned(),
                unit: None,
                source: "s7comm",
                frame: 100 * u64::from(ip) + place as u64,
            })
            .collect(),
        ..Asset::default()
    }
}

const CPU_1214: &str = "6ES7 214-1AG40-0XB0";
const CPU_315: &str = "6ES7 315-2EH14-0AB0";
const P34: &str = "BMX P34 2020";

/// The fingerprints.
fn devices() -> Vec<Asset> {
    let siemens = "Siemens AG";
    vec![
        device(1, [siemens, CPU_1214, "", "V4.4.2", ""]),
        device(2, [siemens, CPU_1214, "", "V4.5", ""]),
        device(3, [siemens, CPU_1214, "", "", ""]),
        device(4, [siemens, CPU_1214, "", "V4.7", "S C-X4U1234567"]),
        device(5, [siemens, CPU_315, "CPU 315-2 PN/DP", "V3.2.7", ""]),
        device(6, [siemens, CPU_315, "CPU 315-2 PN/DP", "V3.2.17", ""]),
        device(7, [siemens, "", "", "", ""]),
        device(8, ["Schneider Electric", P34, "", "v3.05", ""]),
        device(9, ["Schneider Electric", P34, "", "v3.20", ""]),
        device(
            10,
            [
                "Rockwell Automation/Allen-Bradley",
                "1756-EN2T/B",
                "",
                "10.006",
                "",
            ],
        ),
        device(11, ["", "", "", "", ""]),
    ]
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/advisories")
}

fn judged() -> Vulnerabilities {
    let assets = Assets::new(devices(), 0);
    Advisories::find(&folder())
        .unwrap()
        .judge(&assets, &|| false)
}

/// What each device is told of each advisory: device, advisory, vulnerability, answer, reason.
const GOLDEN: [(u8, u8, u32, Answer, &str); 37] = [
    (1, 1, 1, Affected, "affected"),
    (2, 1, 1, NotAffected, "fixed"),
    (3, 1, 1, CannotTell, "not-observed"),
    (4, 1, 1, NotAffected, "outside"),
    (5, 2, 2, Affected, "affected"),
    (5, 2, 3, Affected, "affected"),
    (5, 2, 4, NotAffected, "outside"),
    (6, 2, 2, NotAffected, "outside"),
    (6, 2, 3, NotAffected, "outside"),
    (6, 2, 4, NotAffected, "outside"),
    (8, 3, 5, Affected, "affected"),
    (9, 3, 5, Affected, "affected"),
    (8, 4, 6, Affected, "affected"),
    (9, 4, 6, NotAffected, "fixed"),
    (1, 5, 7, Affected, "affected"),
    (2, 5, 7, Affected, "affected"),
    (3, 5, 7, CannotTell, "not-observed"),
    (4, 5, 7, NotAffected, "not-affected"),
    (1, 6, 8, CannotTell, "unclear"),
    (5, 6, 8, CannotTell, "family"),
    (5, 7, 9, CannotTell, "unlisted"),
    (1, 7, 10, CannotTell, "not-observed"),
    (4, 7, 10, Affected, "affected"),
    (7, 1, 1, CannotTell, "not-observed"),
    (7, 6, 8, CannotTell, "not-observed"),
    (10, 8, 11, Affected, "affected"),
    (10, 8, 12, CannotTell, "under-investigation"),
    (2, 9, 13, CannotTell, "unclear"),
    (2, 9, 14, CannotTell, "unlisted"),
    (2, 9, 15, CannotTell, "unclear"),
    (2, 9, 16, CannotTell, "unclear"),
    (2, 9, 17, CannotTell, "unclear"),
    (4, 9, 17, NotAffected, "fixed"),
    (2, 9, 18, CannotTell, "unlisted"),
    (4, 9, 18, NotAffected, "fixed"),
    (2, 9, 19, CannotTell, "not-observed"),
    (7, 9, 19, CannotTell, "not-observed"),
];

#[test]
fn the_golden_set_is_judged_as_it_must_be() {
    let all = judged();
    for (device, advisory, flaw, answer, because) in GOLDEN {
        let (device, advisory) = (
            format!("10.0.0.{device}"),
            format!("JAGA-TEST-2026-{advisory:04}"),
        );
        let flaw = format!("CVE-2026-{}", 99_000 + flaw);
        let told: Vec<_> = all
            .judgements
            .iter()
            .filter(|one| one.device == device && one.advisory == advisory)
            .filter(|one| one.vulnerabilities.iter().any(|known| known.id == flaw))
            .map(|one| (one.answer, one.because))
            .collect();
        assert_eq!(told, [(answer, because)], "{device} {advisory} {flaw}");
    }
}

#[test]
fn nobody_is_told_of_products_of_others() {
    let all = judged();
    for judgement in &all.judgements {
        let number: u8 = judgement
            .device
            .rsplit('.')
            .next()
            .unwrap()
            .parse()
            .unwrap();
        let makers: &[&str] = match number {
            1..=7 => &["0001", "0002", "0005", "0006", "0007", "0009"],
            8 | 9 => &["0003", "0004"],
            10 => &["0008"],
            _ => &[],
        };
        let known = makers.iter().any(|end| judgement.advisory.ends_with(end));
        assert!(known, "{judgement:?}");
    }
    // A CPU 1214C is no CPU 315, whatever its maker.
    let apart = |device: &str, advisory: &str| {
        let mut of = all.judgements.iter();
        !of.any(|one| one.device == device && one.advisory.ends_with(advisory))
    };
    assert!(apart("10.0.0.1", "0002") && apart("10.0.0.5", "0001") && apart("10.0.0.5", "0005"));
    assert_eq!(all.unidentified, 1);
}

#[test]
fn answers_name_their_packets_and_what_is_missing() {
    let all = judged();
    let of = |device: &str, advisory: &str| {
        let mut found = all.judgements.iter();
        let one = found.find(|one| one.device == device && one.advisory.ends_with(advisory));
        one.unwrap()
    };
    let affected = of("10.0.0.1", "0001");
    let told: Vec<_> = affected
        .evidence
        .iter()
        .map(|one| (one.property, one.frame))
        .collect();
    let wanted = [("vendor", 100), ("order_number", 101), ("firmware", 103)];
    assert_eq!(
        told,
        wanted.map(|(property, frame)| (property, Some(frame)))
    );
    assert_eq!(affected.matched_by, "order_number");
    assert_eq!(affected.versions, "All versions < V4.5");
    assert_eq!(affected.vulnerabilities[0].score, Some(9.8));
    assert_eq!(affected.remediations[0].details, "Update to V4.5 or later.");
    assert_eq!(of("10.0.0.3", "0001").missing, "firmware");
    assert_eq!(of("10.0.0.7", "0001").missing, "model");
    assert_eq!(
        of("10.0.0.5", "0002").vulnerabilities[0].id,
        "CVE-2026-99003"
    );
    let serial = all
        .judgements
        .iter()
        .find(|one| one.missing == "serial")
        .unwrap();
    assert_eq!(serial.vulnerabilities[0].id, "CVE-2026-99010");
    assert_eq!(all.judgements[0].answer, Affected);
}

#[test]
fn broken_files_are_told_and_stop_nothing() {
    let all = judged();
    assert_eq!(all.read, 9);
    let told: Vec<_> = all
        .faults
        .iter()
        .map(|one| (one.file.as_str(), one.what.as_str()))
        .collect();
    assert_eq!(told.len(), 4, "{told:#?}");
    let wanted = [
        ("broken/cut.json", "EOF while parsing a string at line 1"),
        ("broken/old.json", "is CSAF 1.2, which is not read"),
        ("broken/other.json", "is no CSAF document"),
        ("broken/unnamed.json", "missing field `tracking` at line 1"),
    ];
    for ((file, what), (name, begins)) in told.iter().zip(wanted) {
        assert_eq!(*file, name);
        assert!(what.starts_with(begins), "{what}");
    }
    assert!(all.faults.iter().all(|fault| !fault.hint.is_empty()));
    // The same files again have the same hash.
    assert_eq!(all.sha256, judged().sha256);
}
