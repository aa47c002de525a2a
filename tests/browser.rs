//! The report in a real browser: headless Chromium loads it from a server that counts what is
//! fetched, says nothing on its console, shows it at 1366x768, and prints it.
#![allow(clippy::unwrap_used, missing_docs)]

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
    // Past the test harness, which keeps what passing tests print to itself.
    let what = "SKIPPED: chromium is not installed, no report was opened in a browser";
    let mut err = std::io::stderr();
    writeln!(err, "{what}").unwrap();
    false
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
}
