//! Manifests and their seals.

use super::manifest::{Manifest, Wrong};
use super::{Deriver, Evidence};
use crate::facts::{Endpoint, Host, Stamp};
use std::fs;

fn manifest() -> Manifest {
    let end = |last, port| Endpoint {
        host: Host::v4([10, 0, 0, last]),
        port,
    };
    Manifest::of(&Evidence {
        gid: 1,
        sid: 3_300_001,
        signature: "DNP3 output operated".to_owned(),
        severity: 2,
        stamp: Stamp::default(),
        source: end(1, 40_000),
        destination: end(2, 20_000),
    })
}

#[test]
fn every_changed_octet_of_a_manifest_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alert.json");
    let capsule = "not a capture, which reading alone does not ask";
    fs::write(folder.path().join("alert.pcapng"), capsule).unwrap();
    let mut manifest = manifest();
    manifest.file = "alert.pcapng".to_owned();
    manifest.sha256 = super::manifest::hash(capsule.as_bytes());
    let sound = manifest.sealed().into_bytes();
    fs::write(&path, &sound).unwrap();
    assert!(Manifest::read(&path).is_ok());
    for at in 0..sound.len() {
        let mut changed = sound.clone();
        changed[at] ^= 1;
        fs::write(&path, &changed).unwrap();
        assert!(Manifest::read(&path).is_err(), "octet {at} changed");
    }
    fs::write(&path, &sound).unwrap();
    fs::write(folder.path().join("alert.pcapng"), "another").unwrap();
    assert_eq!(Manifest::read(&path).unwrap_err(), Wrong::Capsule);
}

#[test]
fn a_manifest_leads_to_no_other_folder() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alert.json");
    let mut manifest = manifest();
    manifest.file = "../../../etc/hostname".to_owned();
    fs::write(&path, manifest.sealed()).unwrap();
    let wrong = Manifest::verify(&path, &mut Deriver::default()).unwrap_err();
    assert!(matches!(wrong, Wrong::Unreadable(_)), "{wrong:?}");
}
