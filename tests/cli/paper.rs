//! The report as PDF, read back by poppler: what the page says stands in it.

use super::audit::accepts;
use super::{file, folder, jaga};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

fn shipped(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("pcaps")
        .join(name)
}

/// What a tool of poppler says of a file; nothing where it is not installed, which is told.
fn poppler(words: &[&str], paper: &Path) -> Option<String> {
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).arg(paper);
    if words[0] == "pdftotext" {
        command.arg("-");
    }
    let Ok(ended) = command.output() else {
        let what = "SKIPPED: poppler-utils is not installed, no PDF was read back";
        assert!(std::env::var_os("CI").is_none(), "{what}");
        // Past the test harness, which keeps what passing tests print to itself.
        let mut err = std::io::stderr();
        writeln!(err, "{what}").unwrap();
        return None;
    };
    assert!(ended.status.success(), "{words:?}");
    Some(String::from_utf8(ended.stdout).unwrap())
}

/// The report of a capture as page and as PDF.
#[track_caller]
fn report(folder: &Path, capture: &Path, language: &str, workers: &str) -> (String, PathBuf) {
    let (page, paper) = (
        folder.join("r.html"),
        folder.join(format!("r{workers}.pdf")),
    );
    jaga(&[
        &"audit",
        &"-q",
        &capture,
        &"-o",
        &page,
        &"--pdf",
        &paper,
        &"--language",
        &language,
        &"--workers",
        &workers,
    ])
    .with(0, &[]);
    (fs::read_to_string(page).unwrap(), paper)
}

fn dense(text: &str) -> String {
    text.split_whitespace().collect()
}

/// The texts of a page between its tags, as they are shown, but for menu, links and pictures.
fn texts(page: &str) -> Vec<String> {
    let main = page.split_once("<main>").unwrap().1;
    let mut rest = main.split_once("</main>").unwrap().0.to_owned();
    for (start, end) in [("<svg", "</svg>"), ("<a ", "</a>")] {
        while let Some(at) = rest.find(start) {
            let (before, after) = rest.split_at(at);
            let (_, after) = after.split_once(end).unwrap();
            rest = format!("{before}{after}");
        }
    }
    let texts = rest.split('<').filter_map(|piece| piece.split_once('>'));
    let shown = |(_, text): (&str, &str)| {
        [
            ("&lt;", "<"),
            ("&gt;", ">"),
            ("&quot;", "\""),
            ("&#39;", "'"),
            ("&amp;", "&"),
        ]
        .iter()
        .fold(dense(text), |text, (from, to)| text.replace(from, to))
    };
    texts.map(shown).filter(|text| !text.is_empty()).collect()
}

#[test]
fn whatever_the_page_says_stands_on_paper_in_both_languages() {
    for (capture, language) in [
        ("sites/it-ot-pivot.pcap", "en"),
        ("sites/ot-dnp3-control-injection.pcap", "id"),
        ("s7comm/snap7.pcap", "en"),
    ] {
        let folder = folder();
        let (page, paper) = report(folder.path(), &shipped(capture), language, "1");
        let octets = fs::read(&paper).unwrap();
        assert!(octets.starts_with(b"%PDF-1.7"));
        let language = format!("/Lang({language})").into_bytes();
        assert!(octets.windows(language.len()).any(|part| part == language));
        let Some(raw) = poppler(&["pdftotext", "-raw"], &paper) else {
            return;
        };
        let raw = dense(&raw);
        // What is longer may go on on the next sheet.
        let texts = texts(&page);
        let short = texts.iter().filter(|text| text.chars().count() < 80);
        let gone: Vec<&String> = short.filter(|text| !raw.contains(text.as_str())).collect();
        assert!(texts.len() > 300 && gone.is_empty(), "{capture}: {gone:#?}");
        let told = poppler(&["pdfinfo"], &paper).unwrap();
        let title = page.split_once("<title>").unwrap().1;
        let title = title.split_once("</title>").unwrap().0;
        assert!(told.contains(title) && told.contains("(A4)"), "{told}");
        assert!(told.contains("Tagged:          yes"), "{told}");
        assert!(!told.contains("CreationDate"), "{told}");
        let parts = poppler(&["pdfinfo", "-struct"], &paper).unwrap();
        for part in ["H1", "H2", "H3", "Table", "TH", "TD", "Figure", "LI"] {
            assert!(parts.contains(part), "{part}");
        }
    }
}

#[test]
fn heads_of_a_table_stand_on_each_of_its_sheets() {
    let folder = folder();
    let capture = file(&folder, "many.pcap", &accepts(120, 502));
    let (_, paper) = report(folder.path(), &capture, "en", "1");
    let Some(text) = poppler(&["pdftotext", "-layout"], &paper) else {
        return;
    };
    // The table of devices goes on over sheets; each that shows a device says what its columns are.
    let sheets = text.split('\u{c}');
    let of_devices = sheets.filter(|sheet| sheet.contains("first packet #"));
    let headed: Vec<bool> = of_devices.map(|sheet| sheet.contains("Evidence")).collect();
    assert!(
        headed.len() > 2 && headed.iter().all(|headed| *headed),
        "{headed:?}"
    );
}

#[test]
fn the_same_captures_give_the_same_paper_and_hostile_names_are_text() {
    let folder = folder();
    let mut octets = fs::read(shipped("sites/it-ot-pivot.pcap")).unwrap();
    let (name, hostile) = (b"WS-OFC-0419", "<b>阀\u{fffe}&/)");
    assert_eq!(name.len(), hostile.len() - 1);
    let places: Vec<usize> = (0..octets.len() - name.len())
        .filter(|at| octets[*at..].starts_with(name))
        .collect();
    for at in places {
        octets[at..at + name.len()].copy_from_slice(&hostile.as_bytes()[..name.len()]);
    }
    let capture = file(&folder, "]]>阀门 ( .pcap", &octets);
    let (_, paper) = report(folder.path(), &capture, "en", "1");
    let (_, again) = report(folder.path(), &capture, "en", "3");
    assert_eq!(fs::read(&paper).unwrap(), fs::read(again).unwrap());
    let Some(raw) = poppler(&["pdftotext", "-raw"], &paper) else {
        return;
    };
    let raw = dense(&raw);
    assert!(raw.contains("]]>\\u{9600}\\u{95e8}(.pcap"), "{raw:.300}");
    assert!(raw.contains("<b>\\u{9600}"), "the name is shown");
}
