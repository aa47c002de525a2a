//! Programs that travelled: listed by the audit, kept on request, compared by `jaga diff`.

use super::diff::edited;
use super::{file, folder, jaga, names};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

fn snap7() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("pcaps/s7comm/snap7.pcap")
}

#[test]
fn whole_programs_are_kept_on_request_and_listed() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name);
    let (page, data, kept) = (path("r.html"), path("r.json"), path("kept"));
    let told = jaga(&[
        &"audit",
        &snap7(),
        &"-o",
        &page,
        &"--json",
        &data,
        &"--programs",
        &kept,
    ]);
    told.with(0, &["programs kept: 1"]);
    assert_eq!(names(&kept), ["134.217.61.211-SDB0-87c8f29f5842.bin"]);
    let block = fs::read(kept.join("134.217.61.211-SDB0-87c8f29f5842.bin")).unwrap();
    assert_eq!((block.len(), &block[..2]), (216, &[0x70, 0x70][..]));
    let page = fs::read_to_string(&page).unwrap();
    let hash = "87c8f29f58429237a831c5e6723ea3eecefad59705cfbb15b180a87e6a8b3c7d";
    assert!(page.contains(hash) && page.contains("STEP 7 #"));
    let data: Value = serde_json::from_slice(&fs::read(&data).unwrap()).unwrap();
    assert_eq!(data["programs"][0]["block"], "SDB0");
    assert_eq!(data["programs"][0]["sha256"], hash);
    assert_eq!(data["engineering"][0]["left"], "started");
    // A second run would mix its files with those of the first.
    let again = jaga(&[
        &"audit",
        &snap7(),
        &"-o",
        &path("s.html"),
        &"--programs",
        &kept,
    ]);
    again.refused(2, &["something is in there"]);
    assert!(!path("s.html").exists());
}

#[test]
fn a_changed_block_is_told_by_diff() {
    let folder = folder();
    // Another author in the footer of SDB0, in each of its uploads.
    let after = edited(&fs::read(snap7()).unwrap(), b"STEP 7 #", b"STEP 8 #");
    let after = file(&folder, "after.pcap", &after);
    let told = jaga(&[&"diff", &"-q", &snap7(), &after]).with(1, &[]);
    for word in ["program SDB0 of device 134.217.61.211", "87c8f29f5842"] {
        assert!(told.out.contains(word), "{word}: {}", told.out);
    }
    let told = jaga(&[&"diff", &"-q", &"--json", &snap7(), &after]).with(1, &[]);
    let changes: Vec<Value> = told
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let program = changes.iter().find(|change| change["of"] == "program");
    assert_eq!(program.unwrap()["change"], "changed");
}
