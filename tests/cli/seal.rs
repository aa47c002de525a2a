//! The seal of an audit: what was changed, taken away or signed by somebody else is told, and
//! openssl agrees.

use super::{folder, jaga};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn snap7() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("pcaps/s7comm/snap7.pcap")
}

/// Runs openssl; whether it was content. Without it the test says so and checks what is left.
fn openssl(words: &[&dyn AsRef<OsStr>]) -> bool {
    let mut command = Command::new("openssl");
    let run = command
        .args(words.iter().map(|word| word.as_ref()))
        .output();
    run.expect("openssl is missing: install it for this test")
        .status
        .success()
}

/// A private key and its public one, as openssl writes them.
fn keys(folder: &Path, name: &str) -> (PathBuf, PathBuf) {
    let path = |end: &str| folder.join(format!("{name}{end}"));
    let (private, public) = (path(".pem"), path("-public.pem"));
    assert!(openssl(&[
        &"genpkey",
        &"-algorithm",
        &"ed25519",
        &"-out",
        &private
    ]));
    assert!(openssl(&[
        &"pkey", &"-in", &private, &"-pubout", &"-out", &public
    ]));
    (private, public)
}

/// An audit with everything that can be sealed, signed with a key.
fn audit(folder: &Path, key: Option<&Path>) -> PathBuf {
    let path = |name: &str| folder.join(name);
    let seal = path("seal.json");
    let [page, paper, data] = ["r.html", "r.pdf", "r.json"].map(path);
    let [tables, capsules, programs] = ["csv", "capsules", "programs"].map(path);
    let capture = snap7();
    let mut words: Vec<&dyn AsRef<OsStr>> = vec![&"audit", &"-q", &capture, &"-o", &page];
    words.extend([&"--json" as &dyn AsRef<OsStr>, &data, &"--seal", &seal]);
    words.extend([&"--pdf" as &dyn AsRef<OsStr>, &paper]);
    words.extend([&"--csv" as &dyn AsRef<OsStr>, &tables]);
    words.extend([&"--capsules" as &dyn AsRef<OsStr>, &capsules]);
    words.extend([&"--programs" as &dyn AsRef<OsStr>, &programs]);
    if let Some(key) = &key {
        words.extend([&"--sign" as &dyn AsRef<OsStr>, key]);
    }
    jaga(&words).with(0, &[]);
    seal
}

#[test]
fn openssl_and_jaga_agree_about_signatures() {
    let folder = folder();
    let (private, public) = keys(folder.path(), "key");
    let (_, other) = keys(folder.path(), "other");
    let seal = audit(folder.path(), Some(&private));
    let signature = folder.path().join("seal.json.sig");
    assert_eq!(fs::read(&signature).unwrap().len(), 64);
    let checked = |key: &Path| {
        openssl(&[
            &"pkeyutl",
            &"-verify",
            &"-pubin",
            &"-inkey",
            &key,
            &"-rawin",
            &"-in",
            &seal,
            &"-sigfile",
            &signature,
        ])
    };
    assert!(checked(&public) && !checked(&other));
    let verify = |key: &Path| jaga(&[&"verify", &seal, &"--key", &key]);
    let told = verify(&public).with(0, &[]);
    assert!(told.out.starts_with("sealed   ") && told.out.contains("signed with this key"));
    let told = verify(&other).with(1, &[]);
    assert!(told.out.contains("WRONG") && told.out.contains("was not signed with this key"));
    // A signature that openssl made is as good.
    assert!(openssl(&[
        &"pkeyutl", &"-sign", &"-inkey", &private, &"-rawin", &"-in", &seal, &"-out", &signature,
    ]));
    verify(&public).with(0, &[]);
    // Keys in the other forms that are written: DER, and the octets alone.
    let (der, raw) = (
        folder.path().join("public.der"),
        folder.path().join("public.raw"),
    );
    let convert: [&dyn AsRef<OsStr>; 8] = [
        &"pkey",
        &"-in",
        &private,
        &"-pubout",
        &"-outform",
        &"DER",
        &"-out",
        &der,
    ];
    assert!(openssl(&convert));
    let octets = fs::read(&der).unwrap();
    fs::write(&raw, &octets[octets.len() - 32..]).unwrap();
    verify(&der).with(0, &[]);
    verify(&raw).with(0, &[]);
}

#[test]
fn the_same_key_in_any_form_gives_the_same_signature() {
    let folder = folder();
    let (pem, _) = keys(folder.path(), "key");
    let (der, seed) = (
        folder.path().join("key.der"),
        folder.path().join("key.seed"),
    );
    assert!(openssl(&[
        &"pkey",
        &"-in",
        &pem,
        &"-outform",
        &"DER",
        &"-out",
        &der
    ]));
    let octets = fs::read(&der).unwrap();
    fs::write(&seed, &octets[octets.len() - 32..]).unwrap();
    let mut signatures = Vec::new();
    for (name, key) in [("a", &pem), ("b", &der), ("c", &seed)] {
        let place = folder.path().join(name);
        fs::create_dir(&place).unwrap();
        let seal = audit(&place, Some(key));
        signatures.push((
            fs::read(&seal).unwrap(),
            fs::read(place.join("seal.json.sig")).unwrap(),
        ));
    }
    assert!(signatures.windows(2).all(|two| two[0] == two[1]));
}

#[test]
fn every_changed_file_is_told() {
    let folder = folder();
    let (private, public) = keys(folder.path(), "key");
    let place = folder.path().join("audit");
    fs::create_dir(&place).unwrap();
    let seal = audit(&place, Some(&private));
    let verify = || jaga(&[&"verify", &seal, &"--key", &public]);
    let mut all = vec![place.join("r.html"), place.join("r.json")];
    for part in ["capsules", "programs"] {
        let entries = fs::read_dir(place.join(part)).unwrap();
        all.extend(entries.map(|entry| entry.unwrap().path()));
    }
    assert!(all.len() > 4, "{all:?}");
    for file in &all {
        let sound = fs::read(file).unwrap();
        let mut wrong = sound.clone();
        wrong[sound.len() / 2] ^= 1;
        fs::write(file, &wrong).unwrap();
        let told = verify().with(1, &[]);
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        assert!(
            told.out.contains(&name) && told.out.contains("was changed"),
            "{}",
            told.out
        );
        fs::remove_file(file).unwrap();
        assert!(verify().with(1, &[]).out.contains("is not there"));
        fs::write(file, &sound).unwrap();
    }
    // Each octet of the seal and of its signature.
    for (file, step) in [(seal.clone(), 97), (place.join("seal.json.sig"), 9)] {
        let sound = fs::read(&file).unwrap();
        for at in (0..sound.len()).step_by(step) {
            let mut wrong = sound.clone();
            wrong[at] ^= 1;
            fs::write(&file, &wrong).unwrap();
            assert!(verify().with(1, &[]).out.contains("was not signed"), "{at}");
        }
        fs::write(&file, &sound).unwrap();
    }
    verify().with(0, &[]);
    fs::remove_file(place.join("seal.json.sig")).unwrap();
    assert!(
        verify()
            .with(1, &[])
            .out
            .contains("is not signed: there is no seal.json.sig")
    );
    // Without a key the hashes are held all the same, and what was not checked is said.
    let told = jaga(&[&"verify", &seal]).with(0, &[]);
    assert!(told.out.contains("not signed"), "{}", told.out);
}

#[test]
fn wrong_keys_and_places_are_refused_before_the_work() {
    let folder = folder();
    let (_, public) = keys(folder.path(), "key");
    let (page, seal) = (
        folder.path().join("r.html"),
        folder.path().join("seal.json"),
    );
    let audit = |page: &Path, key: &Path| {
        jaga(&[
            &"audit",
            &snap7(),
            &"-o",
            &page,
            &"--seal",
            &seal,
            &"--sign",
            &key,
        ])
    };
    audit(&page, &public).refused(2, &["--sign", "no Ed25519 key", "openssl genpkey"]);
    audit(&page, &folder.path().join("none")).refused(2, &["--sign", "No such file"]);
    let elsewhere = super::folder();
    let outside = elsewhere.path().join("r.html");
    let told = jaga(&[&"audit", &snap7(), &"-o", &outside, &"--seal", &seal]);
    told.refused(2, &["--seal", "outside of its folder"]);
    assert!(!page.exists() && !seal.exists() && !outside.exists());
    let told = jaga(&[&"audit", &snap7(), &"-o", &page, &"--sign", &public]);
    told.with(2, &["--seal"]);
    // A key without anything that is sealed would check nothing.
    let capsules = folder.path().join("capsules");
    jaga(&[
        &"audit",
        &"-q",
        &snap7(),
        &"-o",
        &page,
        &"--capsules",
        &capsules,
    ])
    .with(0, &[]);
    let told = jaga(&[&"verify", &capsules, &"--key", &public]);
    told.with(2, &["--key", "no seal"]);
}

/// A seal names what was read too, and every fault of it is told.
#[test]
fn captures_that_were_read_are_held_against_the_seal_and_all_faults_are_told() {
    let folder = folder();
    let seal = audit(folder.path(), None);
    let verify = |inputs: &Path| jaga(&[&"verify", &seal, &"--inputs", &inputs]);
    let inputs = folder.path().join("inputs");
    fs::create_dir(&inputs).unwrap();
    let told = jaga(&[&"verify", &seal]).with(0, &[]);
    assert!(
        told.out.contains("1 file that it read is not here"),
        "{}",
        told.out
    );
    let capture = inputs.join("snap7.pcap");
    fs::copy(snap7(), &capture).unwrap();
    let told = verify(&inputs).with(0, &[]);
    assert!(
        told.out.contains("written and 1 as it was read"),
        "{}",
        told.out
    );
    let mut octets = fs::read(&capture).unwrap();
    *octets.last_mut().unwrap() ^= 1;
    fs::write(&capture, octets).unwrap();
    fs::remove_file(folder.path().join("r.pdf")).unwrap();
    fs::write(folder.path().join("r.json"), "{}").unwrap();
    let told = verify(&inputs).with(1, &[]);
    for wrong in [
        "snap7.pcap is not what was sealed",
        "r.pdf is not there",
        "r.json is not what was sealed",
    ] {
        assert!(told.out.contains(wrong), "{wrong}: {}", told.out);
    }
}
