//! The inventory as files.

use super::{Scene, end, of, silent};
use crate::facts::Property;

fn hostile() -> Scene {
    let mut scene = Scene::default();
    let host = end("10.0.0.5", 5, 64);
    scene.packets(host, silent("10.0.0.6"));
    scene.tell(
        "dhcp",
        host.host,
        Property::Name,
        b"=HYPERLINK(\"x\"),\r\n2",
    );
    scene.tell("snmp", host.host, Property::Location, b"@hall");
    scene
}

#[test]
fn the_table_begins_with_the_recommended_fields() {
    let mut out = Vec::new();
    hostile().finish().write_csv(&mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(text.starts_with(
        "asset_number,role_type,hostname,mac_address,ip_address,active_protocols,\
         asset_criticality,manufacturer,model,operating_system,physical_location,\
         ports_services,user_accounts,logging,"
    ));
    let lines: Vec<&str> = text.split("\r\n").collect();
    assert_eq!(lines.len(), 3, "a header, a device, and the end: {text}");
    assert!(lines[1].contains(",unknown,"));
}

#[test]
fn no_field_is_a_formula_and_quotes_are_doubled() {
    let mut out = Vec::new();
    hostile().finish().write_csv(&mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(
        text.contains(r#","'=HYPERLINK(""x""),\r\n2","#),
        "control characters escaped, the rest quoted: {text}"
    );
    assert!(text.contains(",'@hall,"), "{text}");
}

#[test]
fn json_holds_every_attribute_with_its_packet() {
    let assets = hostile().finish();
    let mut out = Vec::new();
    assets.write_json(&mut out).unwrap();
    let value: serde_json::Value = serde_json::from_slice(&out).unwrap();
    let asset = &value["assets"][0];
    assert_eq!(asset["macs"][0], "00:14:22:00:00:05");
    assert_eq!(asset["location"], "@hall");
    let attributes = asset["attributes"].as_array().unwrap();
    assert!(attributes.iter().all(|a| a["frame"].as_u64() > Some(0)));
    let named: Vec<&str> = attributes
        .iter()
        .filter_map(|a| a["property"].as_str())
        .collect();
    assert_eq!(named, ["ip", "location", "mac", "name", "vendor"]);
    assert_eq!(
        of(&assets, "10.0.0.5").first_seen.as_ref().unwrap().frame,
        1
    );
}
