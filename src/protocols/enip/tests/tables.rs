//! The tables hold together.

use super::*;
use crate::facts::Technique;
use crate::protocols::enip::names;
use std::collections::HashSet;

#[test]
fn names_are_unique_and_ours() {
    let mut seen = HashSet::new();
    let mut index = 0;
    while let Some(field) = Enip.field(index) {
        assert!(field.name.starts_with("enip."), "{}", field.name);
        assert!(seen.insert(field.name), "{} twice", field.name);
        assert!(!field.doc.is_empty());
        index += 1;
    }
    assert!(index > 30);
    for fault in Enip.faults() {
        assert!(fault.name.starts_with("enip."));
        assert!(seen.insert(fault.name), "{} twice", fault.name);
    }
}

#[test]
fn meanings_are_within_the_scale() {
    let mut seen = HashSet::new();
    for meaning in Enip.meanings() {
        assert!(seen.insert(meaning.name), "{} twice", meaning.name);
        assert!(meaning.criticality <= 5);
        let known = |technique: &Technique| (800..=895).contains(&technique.0);
        assert!(meaning.techniques.iter().all(known), "{}", meaning.name);
    }
}

#[test]
fn keywords_of_suricata_are_fields() {
    let mut names = HashSet::new();
    let mut index = 0;
    while let Some(field) = Enip.field(index) {
        names.insert(field.name);
        index += 1;
    }
    for keyword in [
        "status",
        "protocol_version",
        "cip_attribute",
        "cip_instance",
        "cip_class",
        "cip_extendedstatus",
        "revision",
        "identity_status",
        "state",
        "serial",
        "product_code",
        "device_type",
        "vendor_id",
        "product_name",
        "service_name",
        "capabilities",
        "cip_status",
        "command",
        "cip_service",
    ] {
        assert!(
            names.contains(format!("enip.{keyword}").as_str()),
            "{keyword}"
        );
    }
}

#[test]
fn vendors_are_sorted_for_the_search() {
    assert!(names::VENDORS.is_sorted_by(|a, b| a.0 < b.0));
    assert_eq!(names::vendor(1), Some("Rockwell Automation/Allen-Bradley"));
    assert_eq!(names::vendor(6), None);
}
