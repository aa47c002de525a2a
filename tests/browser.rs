//! The report in a real browser: headless Chromium loads it from a server that counts what is
//! fetched, says nothing on its console, shows it at 1366x768, and prints it; axe-core finds
//! nothing serious in it.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    missing_docs
)]

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use tempfile::TempDir;

/// The report of a shipped capture.
fn report(folder: &TempDir, language: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = folder.path().join(format!("{language}.html"));
    let ended = Command::new(env!("CARGO_BIN_EXE_jaga"))
        .arg("audit")
        .arg(root.join("pcaps/sites/ot-dnp3-control-injection.pcap"))
        .args(["-q", "--language", language, "-o"])
        .arg(&page)
        .status();
    assert!(ended.unwrap().success());
    page
}

/// Whether there is a browser; the test says loudly where there is none.
fn is_there() -> bool {
    if Command::new("chromium").arg("--version").output().is_ok() {
        return true;
    }
    assert!(
        std::env::var_os("CI").is_none(),
        "chromium is missing: install it for this test"
    );
    skip("SKIPPED: chromium is not installed, no report was opened in a browser");
    false
}

/// Says `what` past the test harness, which keeps what passing tests print to itself.
fn skip(what: &str) {
    let mut err = std::io::stderr();
    writeln!(err, "{what}").unwrap();
}

/// Calls the browser. Every name leads to `port` of this machine, so that whatever a page
/// fetches arrives there.
fn browse(folder: &TempDir, port: u16, arguments: &[&str]) -> Output {
    let profile = folder.path().join("profile");
    Command::new("timeout")
        .args([
            "120",
            "chromium",
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
        ])
        .args([
            "--disable-background-networking",
            "--disable-component-update",
            "--no-first-run",
        ])
        .args([
            "--window-size=1366,768",
            "--enable-logging=stderr",
            "--log-level=0",
        ])
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(format!("--host-resolver-rules=MAP * 127.0.0.1:{port}"))
        .args(arguments)
        .env("HOME", folder.path())
        .output()
        .unwrap()
}

/// A server that gives every caller the page, and notes the first line of each request that the
/// page makes.
fn serve(
    page: String,
    asked: Arc<Mutex<Vec<String>>>,
    over: Arc<AtomicBool>,
) -> (u16, thread::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = thread::spawn(move || {
        for stream in listener.incoming() {
            if over.load(Ordering::Relaxed) {
                return;
            }
            let mut stream = stream.unwrap();
            let mut octets = [0; 4096];
            let read = stream.read(&mut octets).unwrap_or(0);
            let text = String::from_utf8_lossy(octets.get(..read).unwrap()).into_owned();
            // The browser's own questions about its maker's services name neither the page's host
            // nor the page.
            let of_page = text.to_lowercase().contains("plant.example");
            if let Some(line) = text.lines().next().filter(|_| of_page) {
                asked.lock().unwrap().push(line.to_owned());
            }
            let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n";
            let _ = write!(stream, "{head}Content-Length: {}\r\n\r\n{page}", page.len());
        }
    });
    (port, server)
}

#[test]
fn the_report_loads_without_errors_and_fetches_nothing() {
    if !is_there() {
        return;
    }
    for language in ["en", "id"] {
        let folder = tempfile::tempdir().unwrap();
        let page = std::fs::read_to_string(report(&folder, language)).unwrap();
        let (asked, over) = (
            Arc::new(Mutex::new(Vec::new())),
            Arc::new(AtomicBool::new(false)),
        );
        let (port, server) = serve(page, Arc::clone(&asked), Arc::clone(&over));
        let url = format!("http://plant.example:{port}/report.html");
        let ended = browse(&folder, port, &["--dump-dom", &url]);
        over.store(true, Ordering::Relaxed);
        drop(std::net::TcpStream::connect(("127.0.0.1", port)));
        server.join().unwrap();
        let dom = String::from_utf8_lossy(&ended.stdout);
        let said = String::from_utf8_lossy(&ended.stderr);
        assert!(dom.contains("</html>"), "{said}");
        assert!(
            dom.contains("id=\"appendix\""),
            "the page was not read to its end"
        );
        let console: Vec<&str> = said
            .lines()
            .filter(|line| line.contains("CONSOLE"))
            .collect();
        assert!(console.is_empty(), "{console:#?}");
        assert_eq!(*asked.lock().unwrap(), ["GET /report.html HTTP/1.1"]);
    }
}

#[test]
fn the_report_is_shown_at_1366x768_and_printed() {
    if !is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let url = format!("file://{}", report(&folder, "en").display());
    let [shot, paper] = ["shot.png", "paper.pdf"].map(|name| folder.path().join(name));
    browse(
        &folder,
        9,
        &[&format!("--screenshot={}", shot.display()), &url],
    );
    browse(
        &folder,
        9,
        &[
            "--no-pdf-header-footer",
            &format!("--print-to-pdf={}", paper.display()),
            &url,
        ],
    );
    let shot = std::fs::read(shot).unwrap();
    // Width and height stand behind the signature and the chunk's head (PNG, 5.2 and 11.2.2).
    let sizes: Vec<u32> = shot
        .get(16..24)
        .unwrap()
        .chunks(4)
        .map(|four| u32::from_be_bytes(four.try_into().unwrap()))
        .collect();
    assert_eq!(sizes, [1366, 768]);
    let blank = shot.len() < 20_000;
    assert!(
        !blank,
        "{} octets of picture: is anything on it?",
        shot.len()
    );
    let paper = std::fs::read(paper).unwrap();
    let pages = paper
        .windows(11)
        .filter(|part| part == b"/Type /Page")
        .count();
    assert!(paper.starts_with(b"%PDF") && pages > 3, "{pages} pages");
    // All columns of the widest table are on the paper, and its words are whole.
    let words = Command::new("pdftotext")
        .args([&folder.path().join("paper.pdf"), Path::new("-")])
        .output()
        .expect("pdftotext is missing: install poppler-utils for this test");
    let words = String::from_utf8_lossy(&words.stdout).into_owned();
    for column in ["Protocol", "Commands", "Refused", "answer"] {
        assert!(words.lines().any(|line| line.contains(column)), "{column}");
    }
}

/// Where axe-core lies, which `packaging/test.sh` fetches: none of it is ours to ship. The test
/// says loudly where it is not.
fn axe() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("JAGA_AXE") {
        return Some(path.into());
    }
    let what = "SKIPPED: JAGA_AXE names no axe.min.js, no report was checked for accessibility";
    assert!(std::env::var_os("CI").is_none(), "{what}");
    skip(what);
    None
}

/// Runs when the page is there: what axe-core finds, and whether it is dark, as one element.
const CHECK: &str = r#"<script src="axe.min.js"></script><script>
const told = document.createElement("pre");
const dark = matchMedia("(prefers-color-scheme: dark)").matches;
axe.run(document, { resultTypes: ["violations"] }).then(found => {
  const grave = found.violations.filter(one => ["serious", "critical"].includes(one.impact));
  const nodes = grave.flatMap(one => one.nodes.slice(0, 5).map(
    node => one.id + ": " + node.html.slice(0, 200) + ": " + node.failureSummary));
  told.textContent = ["AXE", dark ? "dark" : "light", found.passes.length, ...nodes].join(" | ");
  document.body.append(told);
});
</script></body>"#;

/// What axe-core finds that is serious or critical in a page shown so.
#[track_caller]
fn grave(folder: &TempDir, axe: &Path, page: &str, scheme: &str) -> Vec<String> {
    // The page forbids every script, and so that of the check.
    let (before, rest) = page.split_once("<meta http-equiv").unwrap();
    let (_, after) = rest.split_once("form-action 'none'\">").unwrap();
    let open = format!("{before}{after}").replace("</body>", CHECK);
    std::fs::copy(axe, folder.path().join("axe.min.js")).unwrap();
    let checked = folder.path().join("checked.html");
    std::fs::write(&checked, open).unwrap();
    let url = format!("file://{}", checked.display());
    let setting = if scheme == "dark" { "0" } else { "1" };
    let setting = format!("--blink-settings=preferredColorScheme={setting}");
    let budget = "--virtual-time-budget=60000";
    let ended = browse(folder, 9, &[&setting, budget, "--dump-dom", &url]);
    let dom = String::from_utf8_lossy(&ended.stdout);
    let said = String::from_utf8_lossy(&ended.stderr);
    let told = dom.split_once("<pre>AXE | ").map(|(_, told)| told);
    let told = told.unwrap_or_else(|| panic!("axe-core said nothing: {said}"));
    let told = told.split("</pre>").next().unwrap().split(" | ");
    let parts: Vec<String> = told.map(str::to_owned).collect();
    assert_eq!(parts[0], scheme);
    assert!(
        parts[1].parse::<u32>().unwrap() > 20,
        "too few rules passed"
    );
    parts[2..].to_vec()
}

#[test]
fn axe_core_finds_nothing_serious_light_or_dark_in_either_language() {
    let Some(axe) = axe().filter(|_| is_there()) else {
        return;
    };
    for language in ["en", "id"] {
        let folder = tempfile::tempdir().unwrap();
        let page = std::fs::read_to_string(report(&folder, language)).unwrap();
        for scheme in ["dark", "light"] {
            let found = grave(&folder, &axe, &page, scheme);
            assert!(found.is_empty(), "{language}, {scheme}: {found:#?}");
        }
        // It does find what is wrong: a picture without words, text too pale to read.
        let pale = "<p style=\"color:#ccc;background:#fff\">pale</p><img src=\"data:,\"></main>";
        let found = grave(&folder, &axe, &page.replace("</main>", pale), "light");
        for rule in ["image-alt", "color-contrast"] {
            assert!(found.iter().any(|one| one.starts_with(rule)), "{found:#?}");
        }
    }
}
