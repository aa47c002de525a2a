//! Advisories held against the devices of a capture: the report, its data, files that are broken.

use super::{file, folder, jaga};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

fn root(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

#[test]
fn advisories_are_held_against_what_was_observed() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name);
    let (page, data) = (path("r.html"), path("r.json"));
    let (office, all) = (
        root("pcaps/sites/it-ot-pivot.pcap"),
        root("tests/advisories"),
    );
    let run = |page: &Path, more: &[&str]| {
        let mut words: Vec<&dyn AsRef<std::ffi::OsStr>> = vec![&"audit", &office, &"-o", &page];
        words.extend([
            &"--json" as &dyn AsRef<std::ffi::OsStr>,
            &data,
            &"--advisories",
            &all,
        ]);
        words.extend(more.iter().map(|one| one as &dyn AsRef<std::ffi::OsStr>));
        jaga(&words)
    };
    // Broken files stop nothing; each is told with where, and how to mend it.
    let told = run(&page, &[]).with(0, &["broken/cut.json: EOF", "line 1 column", "hint: "]);
    assert!(
        told.err.contains("broken/other.json: is no CSAF document"),
        "{}",
        told.err
    );
    let data: Value = serde_json::from_slice(&fs::read(&data).unwrap()).unwrap();
    let all = &data["vulnerabilities"];
    assert_eq!(
        (&all["read"], all["faults"].as_array().unwrap().len()),
        (&9.into(), 4)
    );
    let of = |device: &str, advisory: &str| -> Vec<(String, u64)> {
        let told = all["judgements"].as_array().unwrap().iter();
        let told = told.filter(|one| one["device"] == device && one["advisory"] == advisory);
        told.map(|one| {
            let evidence = one["evidence"].as_array().unwrap().iter();
            let firmware = evidence.clone().find(|one| one["property"] == "firmware");
            let frame = firmware.map_or(0, |one| one["frame"].as_u64().unwrap());
            (one["answer"].as_str().unwrap().to_owned(), frame)
        })
        .collect()
    };
    // The packets in which these devices told their firmware: V4.5 and v3.20.
    assert_eq!(
        of("10.231.123.19", "JAGA-TEST-2026-0001"),
        [("not-affected".to_owned(), 889)]
    );
    assert_eq!(
        of("10.231.123.19", "JAGA-TEST-2026-0005"),
        [("affected".to_owned(), 889)]
    );
    assert_eq!(
        of("10.231.123.18", "JAGA-TEST-2026-0003"),
        [("affected".to_owned(), 0)]
    );
    assert_eq!(
        of("10.231.123.18", "JAGA-TEST-2026-0004"),
        [("not-affected".to_owned(), 861)]
    );
    let english = fs::read_to_string(&page).unwrap();
    assert!(english.contains("id=\"vulnerabilities\"") && english.contains("CVE-2026-99007"));
    assert!(english.contains("2 devices have vulnerabilities that were published"));
    let indonesian = path("id.html");
    run(&indonesian, &["--language", "id"]).with(0, &[]);
    let indonesian = fs::read_to_string(&indonesian).unwrap();
    assert!(indonesian.contains("<h2 id=\"vulnerabilities-h\">Kerentanan</h2>"));
    assert!(indonesian.contains("nomor pesanan 6ES7 214-1AG40-0XB0 (modbus #889)"));
}

#[test]
fn text_of_advisories_is_text_and_nothing_else() {
    let folder = folder();
    let advisories = folder.path().join("advisories");
    fs::create_dir(&advisories).unwrap();
    let hostile = fs::read_to_string(root("tests/advisories/jaga-test-2026-0001.json")).unwrap();
    let hostile = hostile
        .replace(
            "Invented: requests",
            "<script>alert(1)</script>\\u001b[2J\\u202e",
        )
        .replace("Update to V4.5", "<img src=x onerror=alert(1)>")
        .replace("< V4.5", "< V9")
        .replace("\"V4.5\"", "\"V9<b>\"");
    fs::write(advisories.join("<b>.json"), hostile).unwrap();
    fs::write(advisories.join("<i>.json"), "{").unwrap();
    let page = folder.path().join("r.html");
    let office = root("pcaps/sites/it-ot-pivot.pcap");
    jaga(&[
        &"audit",
        &"-q",
        &office,
        &"-o",
        &page,
        &"--advisories",
        &advisories,
    ])
    .with(0, &[]);
    let page = fs::read_to_string(&page).unwrap();
    for word in ["<script", "<img", "<b>", "<i>", "\u{1b}", "\u{202e}"] {
        assert!(!page.contains(word), "{word}");
    }
    assert!(page.contains("&lt;script&gt;alert(1)") && page.contains("&lt;i&gt;.json"));
}

#[test]
fn a_folder_without_advisories_is_refused_before_the_work() {
    let folder = folder();
    let page = folder.path().join("r.html");
    let office = root("pcaps/sites/it-ot-pivot.pcap");
    let empty = folder.path().join("empty");
    fs::create_dir(&empty).unwrap();
    for (place, says) in [
        (empty.clone(), "no .json file is in there"),
        (folder.path().join("none"), "No such file"),
    ] {
        let told = jaga(&[&"audit", &office, &"-o", &page, &"--advisories", &place]);
        told.refused(2, &["--advisories", says, "CSAF 2.0"]);
    }
    assert!(!page.exists());
    // What is read is not written over.
    let own = folder.path().join("own.json");
    fs::copy(root("tests/advisories/jaga-test-2026-0003.json"), &own).unwrap();
    let told = jaga(&[
        &"audit",
        &office,
        &"-o",
        &page,
        &"--json",
        &own,
        &"--advisories",
        &own,
    ]);
    told.refused(2, &["own.json", "being read"]);
    assert!(own.metadata().unwrap().len() > 100);
    // One file is as good as a folder.
    let one = file(
        &folder,
        "one.json",
        &fs::read(root("tests/advisories/jaga-test-2026-0003.json")).unwrap(),
    );
    jaga(&[
        &"audit",
        &"-q",
        &office,
        &"-o",
        &page,
        &"--advisories",
        &one,
    ])
    .with(0, &[]);
}
