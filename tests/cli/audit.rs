//! The audit: one page that is whole, the same bytes, both languages, nothing hostile in it.

use super::{file, folder, jaga, modbus, names};
use data_encoding::HEXLOWER;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

/// Elements of HTML that have no end.
const VOID: [&str; 4] = ["br", "link", "meta", "col"];

fn capture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("pcaps")
        .join(name)
}

/// An office from which somebody looks for controllers.
fn pivot() -> PathBuf {
    capture("sites/it-ot-pivot.pcap")
}

/// Checks that every element of a page ends where it should, that ids are its own and links
/// lead somewhere, and gives the names of its elements.
#[track_caller]
fn elements(page: &str) -> Vec<String> {
    let mut open: Vec<String> = Vec::new();
    let mut all = Vec::new();
    let (mut ids, mut links) = (Vec::new(), Vec::new());
    let body = page.split_once("</style>").unwrap().1;
    for piece in body.split('<').skip(1) {
        let (tag, text) = piece
            .split_once('>')
            .unwrap_or_else(|| panic!("open tag: {piece}"));
        assert!(!text.contains('>'), "a bare > in: {text}");
        if let Some(name) = tag.strip_prefix('/') {
            if !["head", "html"].contains(&name) || !open.is_empty() {
                assert!(
                    name == "head" || open.pop().as_deref() == Some(name) || name == "html",
                    "</{name}> ends what it did not begin"
                );
            }
            continue;
        }
        let name: String = tag.chars().take_while(|c| c.is_alphanumeric()).collect();
        assert!(!name.is_empty(), "no name in <{tag}>");
        assert_eq!(tag.matches('"').count() % 2, 0, "<{tag}>");
        let value = |key: &str| {
            Some(
                tag.split_once(&format!(" {key}=\""))?
                    .1
                    .split('"')
                    .next()?
                    .to_owned(),
            )
        };
        ids.extend(value("id"));
        links.extend(value("href"));
        links.extend(value("aria-labelledby").into_iter().flat_map(|all| {
            all.split(' ')
                .map(|id| format!("#{id}"))
                .collect::<Vec<_>>()
        }));
        if !VOID.contains(&name.as_str()) && !tag.ends_with('/') {
            open.push(name.clone());
        }
        all.push(name);
    }
    assert!(open.is_empty(), "never ended: {open:?}");
    let count = ids.len();
    for link in links {
        let id = link
            .strip_prefix('#')
            .unwrap_or_else(|| panic!("leads outside: {link}"));
        assert!(ids.iter().any(|known| known == id), "leads nowhere: {link}");
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), count, "an id stands twice");
    all
}

#[test]
fn a_report_is_one_whole_page_that_fetches_nothing() {
    let folder = folder();
    let page = folder.path().join("report.html");
    for name in [
        "sites/it-ot-pivot.pcap",
        "sites/ot-dnp3-control-injection.pcap",
        "modbus/modicon_test.pcap",
    ] {
        jaga(&[&"audit", &"-q", &capture(name), &"-o", &page]).with(0, &[]);
        let page = fs::read_to_string(&page).unwrap();
        let elements = elements(&page);
        assert!(elements.iter().filter(|name| *name == "section").count() == 11);
        assert!(
            !elements
                .iter()
                .any(|name| ["script", "img", "iframe", "object"].contains(&name.as_str()))
        );
        for outside in ["http://", "https://", "url(", "@import", "src="] {
            assert!(!page.contains(outside), "{name} has {outside}");
        }
        let headings: Vec<u8> = page
            .match_indices("<h")
            .filter_map(|(at, _)| Some(page.as_bytes()[at + 2] - b'0').filter(|level| *level < 7))
            .collect();
        assert_eq!(headings.iter().filter(|level| **level == 1).count(), 1);
        assert!(
            headings.windows(2).all(|pair| pair[1] <= pair[0] + 1),
            "{headings:?}"
        );
        assert!(page.matches("<th ").count() == page.matches("<th scope=").count());
        assert!(!page.contains("{ $"), "a blank is not filled");
    }
    assert_eq!(names(folder.path()), ["report.html"]);
}

#[test]
fn the_same_captures_give_the_same_bytes_whatever_the_workers_and_the_folder() {
    let folder = folder();
    let copy = file(&folder, "it-ot-pivot.pcap", &fs::read(pivot()).unwrap());
    let report = |workers: &str, from: &Path, language: &str| {
        let [page, json] = ["page.html", "all.json"].map(|name| folder.path().join(name));
        jaga(&[
            &"audit",
            &"-q",
            &from,
            &"-o",
            &page,
            &"--json",
            &json,
            &"--workers",
            &workers,
            &"--language",
            &language,
        ])
        .with(0, &[]);
        [page, json].map(|path| fs::read(path).unwrap())
    };
    for language in ["en", "id"] {
        let one = report("1", &pivot(), language);
        assert_eq!(one, report("2", &copy, language));
        assert_eq!(one, report("4", &pivot(), language));
    }
}

#[test]
fn the_report_names_hashes_rules_and_the_command_that_makes_it_again() {
    let folder = folder();
    let [page, json] = ["page.html", "all.json"].map(|name| folder.path().join(name));
    let rules = file(
        &folder,
        "own.rules",
        b"alert ip any any -> any any (msg:\"any\"; sid:1;)\n",
    );
    jaga(&[
        &"audit",
        &"-q",
        &modbus(),
        &"-o",
        &page,
        &"--json",
        &json,
        &"--rules",
        &rules,
        &"--no-detectors",
    ])
    .with(0, &[]);
    let all: Value = serde_json::from_slice(&fs::read(json).unwrap()).unwrap();
    let hash = "sha256";
    let custody = &all["custody"];
    let digest = custody["captures"][0][hash].as_str().unwrap();
    let told = std::process::Command::new("sha256sum")
        .arg(modbus())
        .output()
        .unwrap();
    assert!(String::from_utf8(told.stdout).unwrap().starts_with(digest));
    assert_eq!(custody["settings"][0]["name"], "own.rules");
    let command: Vec<&str> = custody["command"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    assert_eq!(
        command.join(" "),
        "jaga audit modicon_test.pcap -o report.html --rules own.rules --no-detectors"
    );
    let page = fs::read_to_string(page).unwrap();
    for part in [
        digest,
        &command.join(" "),
        custody["rules_sha256"].as_str().unwrap(),
    ] {
        assert!(page.contains(part), "{part}");
    }
}

#[test]
fn an_indonesian_report_has_no_english_heading() {
    let folder = folder();
    let page = |language: &str| {
        let page = folder.path().join(language);
        jaga(&[
            &"audit",
            &"-q",
            &pivot(),
            &"-o",
            &page,
            &"--language",
            &language,
        ])
        .with(0, &[]);
        fs::read_to_string(page).unwrap()
    };
    let titles = |page: &str| -> Vec<String> {
        let mut found = Vec::new();
        for tag in ["<h1>", "<h2 ", "<h3>", "<h3 ", "<th scope=\"col\""] {
            for rest in page.split(tag).skip(1) {
                let text = rest.split('<').next().unwrap();
                found.push(text.rsplit('>').next().unwrap().to_owned());
            }
        }
        found
    };
    let [english, indonesian] = ["en", "id"].map(page);
    assert!(indonesian.contains("<html lang=\"id\">"));
    let same = [
        "",
        "SHA-256",
        "Protocol",
        "IEC 62443-3-3",
        "NIST SP 800-82r3",
        "NERC CIP-015-1",
        "ATT&amp;CK for ICS",
        "Format",
    ];
    let english = titles(&english);
    assert!(english.len() > 40, "{}", english.len());
    for title in titles(&indonesian) {
        assert!(
            !english.contains(&title) || same.contains(&title.as_str()),
            "left in English: {title}"
        );
    }
}

#[test]
fn names_from_the_wire_and_of_files_are_text_and_nothing_else() {
    let folder = folder();
    let mut octets = fs::read(pivot()).unwrap();
    let (name, hostile) = (b"WS-OFC-0419", b"<b>\"'&\x1b[2J");
    let places: Vec<usize> = (0..octets.len() - name.len())
        .filter(|at| octets[*at..].starts_with(name))
        .collect();
    assert!(!places.is_empty());
    for at in places {
        octets[at..at + hostile.len()].copy_from_slice(hostile);
    }
    let capture = file(&folder, "<script>alert(1)<.pcap", &octets);
    let page = folder.path().join("page.html");
    jaga(&[&"audit", &"-q", &capture, &"-o", &page]).with(0, &[]);
    let page = fs::read_to_string(page).unwrap();
    elements(&page);
    assert!(page.contains("&lt;script&gt;alert(1)&lt;.pcap"));
    assert!(
        page.contains("&lt;b&gt;&quot;&#39;&amp;"),
        "the name is shown"
    );
    assert!(!page.contains("<script") && !page.contains("<b>") && !page.contains('\x1b'));
}

#[test]
fn logins_and_default_credentials_are_named_with_their_packet_and_without_the_secret() {
    let folder = folder();
    let [page, json] = ["page.html", "all.json"].map(|name| folder.path().join(name));
    let services = capture("made/services.pcap");
    let made = fs::read(&services).unwrap();
    let community = made.windows(6).any(|part| part == b"public");
    assert!(community, "the capture has a community to be hidden");
    jaga(&[&"audit", &"-q", &services, &"-o", &page, &"--json", &json]).with(0, &[]);
    let page = fs::read_to_string(page).unwrap();
    assert!(page.contains("SNMP default community") && page.contains("HTTP password in the clear"));
    let all: Value = serde_json::from_slice(&fs::read(json).unwrap()).unwrap();
    let weak = |kind: &str| -> Vec<(String, u64)> {
        let weaknesses = all["weaknesses"].as_array().unwrap();
        let cases = weaknesses.iter().filter(|weak| weak["kind"] == kind);
        let cases = cases.flat_map(|weak| weak["cases"].as_array().unwrap());
        cases
            .map(|case| {
                (
                    case["detail"].as_str().unwrap().to_owned(),
                    case["frame"].as_u64().unwrap(),
                )
            })
            .collect()
    };
    for (kind, details) in [
        (
            "cleartext-login",
            ["FTP login in the clear", "HTTP password in the clear"],
        ),
        (
            "default-credentials",
            ["SNMP default community", "VNC without password"],
        ),
    ] {
        let cases = weak(kind);
        for detail in details {
            assert!(
                cases
                    .iter()
                    .any(|(told, frame)| told == detail && *frame > 0),
                "{cases:?}"
            );
        }
    }
    let told = all["weaknesses"].to_string();
    assert!(!told.contains("public"), "{told}");
}

#[test]
fn every_capsule_shows_its_alert_again_and_tells_of_a_changed_octet() {
    let folder = folder();
    let page = folder.path().join("report.html");
    for name in [
        // Logins in it, whose capsules hold no secret.
        "made/services.pcap",
        "sites/it-ot-pivot.pcap",
        "sites/ot-dnp3-control-injection.pcap",
        "modbus/modicon_test.pcap",
    ] {
        let [one, other] =
            ["one", "other"].map(|at| folder.path().join(name.replace('/', "-") + at));
        jaga(&[
            &"audit",
            &"-q",
            &capture(name),
            &"-o",
            &page,
            &"--capsules",
            &one,
        ])
        .with(0, &[]);
        jaga(&[
            &"audit",
            &"-q",
            &capture(name),
            &"-o",
            &page,
            &"--capsules",
            &other,
            &"--workers",
            &"4",
        ])
        .with(0, &[]);
        let told = jaga(&[&"verify", &one]).with(0, &[]).out;
        assert!(told.lines().count() >= 3, "{told}");
        assert!(
            told.lines().all(|line| line.starts_with("sound ")),
            "{told}"
        );
        assert_eq!(names(&one), names(&other));
        for file in names(&one) {
            assert!(
                fs::read(one.join(&file)).unwrap() == fs::read(other.join(&file)).unwrap(),
                "{file}"
            );
        }
    }
    let capsules = folder
        .path()
        .join("sites-ot-dnp3-control-injection.pcapone");
    let capsule = capsules.join("alert-3300001-2.pcapng");
    let sound = fs::read(&capsule).unwrap();
    assert!(
        fs::read_to_string(&page)
            .unwrap()
            .contains("alert-3100007-3.pcapng")
    );
    for at in [0, sound.len() / 2, sound.len() - 1] {
        let mut changed = sound.clone();
        changed[at] ^= 1;
        fs::write(&capsule, changed).unwrap();
        let told = jaga(&[&"verify", &capsule]).with(1, &[]).out;
        assert!(
            told.starts_with("WRONG ") && told.contains("SHA-256"),
            "{told}"
        );
        // A folder without capsules keeps nobody from judging the others.
        let with_empty = jaga(&[&"verify", &folder.path(), &capsule]);
        let with_empty = with_empty.with(2, &["no capsule is in there"]);
        assert_eq!(
            (with_empty.out.as_str(), with_empty.messages()),
            (&*told, 1)
        );
    }
    fs::write(&capsule, sound).unwrap();
    let all = jaga(&[&"verify", &capsules]).with(0, &[]).out;
    let with_empty = jaga(&[&"verify", &capsules, &folder.path()]);
    assert_eq!(with_empty.with(2, &["no capsule is in there"]).out, all);
    jaga(&[&"verify", &folder.path()]).refused(2, &["no capsule is in there"]);
    jaga(&[&"verify", &page]).refused(2, &["no manifest lies beside it"]);
}

/// A manifest with other values in these places, sealed anew.
fn forged(manifest: &str, values: &[(&str, Value)]) -> String {
    let mut text = manifest.to_owned();
    let all: Value = serde_json::from_str(manifest).unwrap();
    let seal = all["seal"].as_str().unwrap();
    text = text.replace(seal, "");
    for (key, value) in values {
        let old = format!("\"{key}\": {}", all[key]);
        assert!(text.contains(&old), "{old}");
        text = text.replace(&old, &format!("\"{key}\": {value}"));
    }
    let seal = HEXLOWER.encode(&Sha256::digest(&text));
    text.replace("\"seal\": \"\"", &format!("\"seal\": \"{seal}\""))
}

#[test]
fn a_capsule_that_was_forged_and_sealed_anew_is_told() {
    let folder = folder();
    let [page, json, box_] = ["r.html", "r.json", "box"].map(|name| folder.path().join(name));
    jaga(&[
        &"audit",
        &"-q",
        &modbus(),
        &"-o",
        &page,
        &"--json",
        &json,
        &"--capsules",
        &box_,
    ])
    .with(0, &[]);
    let verify = [&"verify" as &dyn AsRef<OsStr>, &box_, &"--report", &json];
    jaga(&verify).with(0, &[]);
    let manifests: Vec<PathBuf> = names(&box_)
        .into_iter()
        .filter(|name| name.starts_with("alert-3100") && name.ends_with(".json"))
        .map(|name| box_.join(name))
        .collect();
    let [one, other, ..] = manifests.as_slice() else {
        panic!("{manifests:?}");
    };
    let sound = fs::read_to_string(one).unwrap();
    assert_eq!(
        forged(&sound, &[]),
        sound,
        "the seal is made as in the test"
    );
    let all: Value = serde_json::from_str(&sound).unwrap();
    let sid = all["signature_id"].to_string();
    let renumbered = all["rule"].as_str().unwrap().replace(&sid, "3300001");
    for (values, says) in [
        (
            vec![("signature", "PLC was wiped".into())],
            "does not come again",
        ),
        (vec![("severity", 4.into())], "does not come again"),
        (vec![("frame", 1.into())], "its packets are not those"),
        (
            vec![
                ("signature_id", 3_300_001.into()),
                ("rule", renumbered.into()),
            ],
            "its rule is not that of Jaga",
        ),
        (
            vec![(
                "rule",
                "alert ip any any -> any any (msg:\"x\"; sid:3900004;)".into(),
            )],
            "its rule is not that of Jaga",
        ),
    ] {
        fs::write(one, forged(&sound, &values)).unwrap();
        let told = jaga(&[&"verify", one]).with(1, &[]).out;
        assert!(told.starts_with("WRONG ") && told.contains(says), "{told}");
        assert!(
            jaga(&verify)
                .with(1, &[])
                .out
                .contains("is not what the report names")
        );
    }
    // It says that it shows nothing, and has other packets.
    let foreign = fs::read(capture("sites/ot-dnp3-control-injection.pcap")).unwrap();
    fs::write(one.with_extension("pcapng"), &foreign).unwrap();
    let digest = HEXLOWER.encode(&Sha256::digest(&foreign));
    let silent = [("derives", false.into()), ("sha256", digest.into())];
    // The hash of the capsule stands behind those of the captures.
    let own = format!("\"sha256\": {}", all["sha256"]);
    assert_eq!(sound.matches(&own).count(), 1);
    fs::write(one, forged(&sound, &silent)).unwrap();
    let told = jaga(&[&"verify", one]).with(1, &[]).out;
    assert!(told.contains("its packets are not those"), "{told}");
    // A pair that was taken away leaves no trace but in the report.
    for path in [one, other] {
        fs::remove_file(path).unwrap();
        fs::remove_file(path.with_extension("pcapng")).unwrap();
    }
    jaga(&[&"verify", &box_]).with(0, &["held against no report"]);
    let told = jaga(&verify).with(1, &[]).out;
    assert_eq!(told.matches("and it is not there").count(), 2, "{told}");
    jaga(&[&"verify", &box_, &"--report", &page]).refused(2, &["no report of an audit"]);
}

#[test]
fn an_audit_without_alerts_has_no_capsules_and_its_report_vouches_for_that() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name);
    let quiet = capture("made/bacnet-ordinary.pcap");
    let (page, data, capsules) = (path("r.html"), path("r.json"), path("capsules"));
    jaga(&[
        &"audit",
        &"-q",
        &quiet,
        &"-o",
        &page,
        &"--json",
        &data,
        &"--capsules",
        &capsules,
    ])
    .with(0, &[]);
    assert!(names(&capsules).is_empty());
    jaga(&[&"verify", &capsules]).refused(2, &["no capsule is in there", "--report"]);
    let told = jaga(&[&"verify", &capsules, &"--report", &data]).with(0, &[]);
    assert_eq!(
        told.out,
        "none     no capsule is there, and the report names none\n"
    );
}

#[test]
fn capsules_take_the_place_of_nothing() {
    let folder = folder();
    let page = folder.path().join("report.html");
    let [full, empty] = ["full", "empty"].map(|name| folder.path().join(name));
    fs::create_dir(&full).unwrap();
    fs::create_dir(&empty).unwrap();
    // A capture with the name that a capsule would get.
    let input = full.join("alert-3300001-2.pcapng");
    fs::copy(capture("sites/ot-dnp3-control-injection.pcap"), &input).unwrap();
    let before = fs::read(&input).unwrap();
    jaga(&[&"audit", &"-q", &full, &"-o", &page, &"--capsules", &full])
        .refused(2, &["something is in there"]);
    assert!(fs::read(&input).unwrap() == before);
    assert_eq!(names(&full), ["alert-3300001-2.pcapng"]);
    assert!(!page.exists());
    let data = empty.join("alert-3300001-2.json");
    jaga(&[
        &"audit",
        &"-q",
        &full,
        &"-o",
        &page,
        &"--json",
        &data,
        &"--capsules",
        &empty,
    ])
    .with(2, &["another output"]);
    let data: Value = serde_json::from_slice(&fs::read(data).unwrap()).unwrap();
    assert!(data["custody"].is_object(), "the report is what it was");
}

#[test]
fn rules_of_two_generators_have_capsules_of_their_own_which_the_report_names() {
    let folder = folder();
    let [page, json, box_] = ["r.html", "r.json", "box"].map(|name| folder.path().join(name));
    let rules = file(
        &folder,
        "own.rules",
        b"alert ip any any -> any any (msg:\"one\"; sid:5;)\n\
          alert ip any any -> any any (msg:\"other\"; gid:7; sid:5;)\n",
    );
    let arguments: [&dyn AsRef<OsStr>; 13] = [
        &"audit",
        &"-q",
        &modbus(),
        &"-o",
        &page,
        &"--json",
        &json,
        &"--rules",
        &rules,
        &"--capsules",
        &box_,
        &"--no-shipped-rules",
        &"--no-detectors",
    ];
    jaga(&arguments).with(0, &[]);
    let files = [
        "alert-5-3.json",
        "alert-5-3.pcapng",
        "alert-7-5-3.json",
        "alert-7-5-3.pcapng",
    ];
    assert_eq!(names(&box_), files);
    let page = fs::read_to_string(page).unwrap();
    elements(&page);
    let data: Value = serde_json::from_slice(&fs::read(json).unwrap()).unwrap();
    let capsules = data["custody"]["capsules"].as_array().unwrap();
    assert_eq!(capsules.len(), 2);
    for capsule in capsules {
        let name = capsule["name"].as_str().unwrap();
        let told = std::process::Command::new("sha256sum")
            .arg(box_.join(format!("{name}.json")))
            .output()
            .unwrap();
        let hash = capsule["manifest_sha256"].as_str().unwrap();
        assert!(String::from_utf8(told.stdout).unwrap().starts_with(hash));
        assert!(page.contains(hash) && page.contains(&format!("{name}.pcapng")));
    }
}

#[test]
fn wrong_uses_are_refused_and_leave_nothing_behind() {
    let folder = folder();
    let page = folder.path().join("report.html");
    jaga(&[&"audit", &modbus()]).refused(2, &["--output"]);
    jaga(&[&"audit", &"nowhere.pcap", &"-o", &page]).refused(2, &["nowhere.pcap"]);
    let pdf = file(&folder, "plan.pdf", b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n");
    jaga(&[&"audit", &pdf, &"-o", &page]).refused(3, &["plan.pdf"]);
    jaga(&[&"audit", &modbus(), &"-o", &"/nowhere/report.html"])
        .refused(5, &["/nowhere/report.html"]);
    jaga(&[&"audit", &modbus(), &"-o", &modbus()]).refused(2, &["is a file being read"]);
    jaga(&[&"audit", &modbus(), &"-o", &page, &"--json", &page]).refused(2, &["another output"]);
    jaga(&[&"audit", &modbus(), &"-o", &page, &"--language", &"de"]).refused(2, &["--language"]);
    jaga(&[&"audit", &"-", &"-o", &page, &"--capsules", &folder.path()]).with(2, &[]);
    jaga(&[
        &"audit",
        &modbus(),
        &"-o",
        &page,
        &"--baseline",
        &"/dev/null",
    ])
    .refused(2, &["/dev/null", "not a file"]);
    jaga(&[&"audit", &modbus(), &"-o", &page, &"--capsules", &pdf]).refused(5, &["plan.pdf"]);
    assert_eq!(names(folder.path()), ["plan.pdf"]);
}

/// What the report of a small capture claims: its page and its data.
fn claims(octets: &[u8], options: &[&str]) -> (String, Value) {
    let folder = folder();
    let capture = file(&folder, "a.pcap", octets);
    let (page, data) = (folder.path().join("r.html"), folder.path().join("r.json"));
    let mut all: Vec<&dyn AsRef<OsStr>> = vec![&"audit", &"-q", &capture, &"-o", &page];
    all.extend([&"--json" as &dyn AsRef<OsStr>, &data]);
    all.extend(options.iter().map(|one| one as &dyn AsRef<OsStr>));
    jaga(&all).with(0, &[]);
    let data = serde_json::from_slice(&fs::read(&data).unwrap()).unwrap();
    (fs::read_to_string(&page).unwrap(), data)
}

#[test]
fn what_was_refused_reset_or_left_unanswered_is_no_weakness() {
    let rows: [(&str, &[u8], &str); 4] = [
        ("reset", include_bytes!("audit/rst.pcap"), "outside"),
        (
            "refused",
            include_bytes!("audit/refused.pcap"),
            "open-control",
        ),
        (
            "unanswered",
            include_bytes!("audit/unanswered.pcap"),
            "open-control",
        ),
        (
            "nobody there",
            include_bytes!("audit/snmpnobody.pcap"),
            "default-credentials",
        ),
    ];
    for (name, octets, kind) in rows {
        let (_, data) = claims(octets, &[]);
        let weak = data["weaknesses"].as_array().unwrap();
        assert!(
            weak.iter().all(|weak| weak["kind"] != kind),
            "{name}: {kind}"
        );
    }
}

#[test]
fn nothing_needs_an_answer_only_where_something_looked_and_was_read() {
    let clear = "Nothing was seen that needs an answer.";
    let (page, _) = claims(include_bytes!("audit/noip.pcap"), &[]);
    assert!(!page.contains(clear));
    let off = ["--no-shipped-rules", "--no-detectors"];
    let (page, _) = claims(include_bytes!("audit/unanswered.pcap"), &off);
    assert!(!page.contains(clear) && !page.contains("Detectors looked on as well"));
}

#[test]
fn an_office_station_that_commands_a_controller_is_told() {
    let (page, data) = claims(&fs::read(pivot()).unwrap(), &[]);
    let weak = data["weaknesses"].as_array().unwrap();
    let elsewhere = weak
        .iter()
        .find(|weak| weak["kind"] == "command-from-elsewhere")
        .unwrap();
    let cases = elsewhere["cases"].as_array().unwrap();
    let told = |case: &&Value| {
        case["source"]["address"] == "172.16.126.118"
            && case["destination"]["address"] == "10.231.123.19"
    };
    assert!(cases.iter().any(|case| told(&case)), "{cases:?}");
    let same = |case: &Value| {
        let net = |end: &str| {
            let address = case[end]["address"].as_str().unwrap();
            address.rsplit_once('.').unwrap().0.to_owned()
        };
        net("source") == net("destination")
    };
    assert!(!cases.iter().any(same));
    assert!(page.contains("Commands come from another network"));
}

/// A capture in which each of so many hosts accepts a connection at this port and nothing else.
pub(super) fn accepts(hosts: u8, port: u16) -> Vec<u8> {
    let word = |word: u32| word.to_le_bytes();
    let mut capture = [0xa1b2_c3d4, 0x0004_0002, 0, 0, 65_535, 1]
        .map(word)
        .concat();
    for host in 1..=hosts {
        let sender = [10, 7, 7, host];
        let mut ip = vec![0x45, 0, 0, 40, 0, host, 0, 0, 64, 6, 0, 0];
        ip.extend(sender.iter().chain(&[10, 7, 7, 250]));
        let sum: u32 = ip
            .chunks(2)
            .map(|two| u32::from(two[0]) << 8 | u32::from(two[1]))
            .sum();
        let sum = !u16::try_from(sum % 0xffff).unwrap();
        ip.splice(10..12, sum.to_be_bytes());
        let mut frame = vec![2, 0, 0, 0, 0, 250, 2, 0, 0, 0, 0, host, 8, 0];
        frame.extend(ip);
        frame.extend(port.to_be_bytes());
        frame.extend([
            0x9c, host, 0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x12, 0x20, 0, 0, 0, 0, 0,
        ]);
        let length = u32::try_from(frame.len()).unwrap();
        capture.extend(
            [1_700_000_000, u32::from(host), length, length]
                .map(word)
                .concat(),
        );
        capture.extend(frame);
    }
    capture
}

#[test]
fn an_open_port_is_no_controller_in_the_sentence_that_is_signed() {
    let (page, data) = claims(&accepts(40, 502), &[]);
    let devices = data["picture"]["devices"].as_array().unwrap();
    let by_port = devices
        .iter()
        .filter(|one| one["roles"][0]["by_port"] == true);
    assert!(by_port.count() >= 40, "told as what they are: a guess");
    assert!(
        page.contains("of these 0 act on the process itself"),
        "nobody is a controller by a port alone"
    );
}

#[test]
fn a_time_to_learn_that_never_ended_is_told_in_the_report() {
    let capture = fs::read(pivot()).unwrap();
    let never = "none was learned before the captures ended";
    assert!(claims(&capture, &[]).0.contains(never));
    let (page, data) = claims(&capture, &["--learn", "30d"]);
    assert!(page.contains(never) && data["usual"] == false);
    let (page, data) = claims(&capture, &["--learn", "1s"]);
    assert!(!page.contains(never) && data["usual"] == true);
}

#[test]
fn a_name_with_words_of_our_sentences_stays_whole() {
    let folder = folder();
    let mut octets = fs::read(pivot()).unwrap();
    octets.truncate(octets.len() - 7);
    let capture = file(&folder, "from a to b and 9 more.pcap", &octets);
    let page = folder.path().join("r.html");
    jaga(&[
        &"audit",
        &"-q",
        &capture,
        &"-o",
        &page,
        &"--allow-truncated",
    ])
    .with(0, &[]);
    let page = fs::read_to_string(page).unwrap();
    assert!(!page.contains("a → b") && !page.contains("+9"));
    assert!(page.matches("from a to b and 9 more.pcap").count() > 2);
}

#[test]
fn what_happened_stands_in_the_order_of_time_and_whose_firmware_is_known_in_the_summary() {
    let (page, _) = claims(&fs::read(capture("s7comm/snap7.pcap")).unwrap(), &[]);
    let table = page.split_once("<h3 id=\"events-h\">").unwrap().1;
    let table = table.split_once("</table>").unwrap().0;
    let rows: Vec<&str> = table.split("<tr><td class=\"nowrap\">").skip(1).collect();
    assert!(rows.len() > 10, "{}", rows.len());
    let packets: Vec<u32> = rows
        .iter()
        .map(|row| row.rsplit_once("class=\"n\">").unwrap().1)
        .map(|cell| cell.split_once('<').unwrap().0.parse().unwrap())
        .collect();
    assert!(packets.is_sorted(), "{packets:?}");
    let work = rows.iter().find(|row| row.contains("engineering session"));
    assert!(work.unwrap().contains("upload block, stop plc"));
    assert!(page.contains("All devices that act on the process (1) told their firmware."));
    // The controller was stopped, and told no mode after that: nothing of it running again.
    assert!(page.contains("S7 controller stopped") && !page.contains("was last in mode"));
    let (page, _) = claims(&fs::read(capture("made/s7comm.pcap")).unwrap(), &[]);
    assert!(page.contains("10.20.0.11 was last in mode “run” (#67)."));
    let (page, _) = claims(&fs::read(capture("dnp3/full_exchange.pcap")).unwrap(), &[]);
    assert!(page.contains("No device that acts on the process"));
}

#[test]
fn captures_of_one_name_are_told_apart() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name);
    for place in ["mon", "tue"] {
        fs::create_dir(path(place)).unwrap();
        fs::copy(modbus(), path(place).join("x.pcap")).unwrap();
    }
    let page = path("r.html");
    let copied = "tue/x.pcap: has the same octets as mon/x.pcap";
    jaga(&[&"audit", &"-q", &path("mon"), &path("tue"), &"-o", &page]).with(0, &[copied]);
    let page = fs::read_to_string(page).unwrap();
    assert!(page.contains("the same octets as mon/x.pcap, so all of it was read twice"));
    assert_eq!(page.matches("the same octets as").count(), 1);
    for name in ["mon/x.pcap", "tue/x.pcap"] {
        let row = format!("<th scope=\"row\">{name}</th><td>pcap</td>");
        assert!(page.contains(&row), "{name}");
    }
}
