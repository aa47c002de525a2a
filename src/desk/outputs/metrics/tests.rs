//! Tests of the metrics.

use super::*;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

fn asked(endpoint: &Endpoint, request: &str) -> String {
    let mut stream = TcpStream::connect(endpoint.address().unwrap()).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

#[test]
fn the_endpoint_shows_what_is_counted() {
    let gauge = Arc::new(Gauge::default());
    gauge.dropped.store(5, Ordering::Relaxed);
    gauge.blind.store(1_250, Ordering::Relaxed);
    let heard = Arc::clone(&gauge);
    let store = Gauges::default();
    store.limit.store(1, Ordering::Relaxed);
    store.latency.enter(Duration::from_millis(60));
    store.latency.enter(Duration::from_secs(40));
    let meters = Arc::new(Meters {
        interfaces: vec![("span\"0".to_owned(), gauge)],
        outputs: vec![("eve.json".to_owned(), Arc::default())],
        store: Arc::new(store),
        ..Meters::default()
    });
    let books = Books {
        decoded: 7,
        open: 3,
        ..Books::default()
    };
    meters.books(&books, true);
    meters.known().devices.insert(Some(1), 4);
    meters.known().devices.insert(None, 2);
    meters.known().lines.push(("hosts", 5));
    meters.known().learning.push(("reads", true));
    meters.filtered(true);
    meters.alert(1);
    meters.alert(9);
    meters.rules(7);
    meters.reload(false, Time::from_parts(1_700_000_000, 5));
    meters.reload(true, Time::from_parts(1_700_000_060, 0));
    let endpoint = Endpoint::start(([127, 0, 0, 1], 0).into(), Arc::clone(&meters)).unwrap();
    let page = asked(&endpoint, "GET /metrics HTTP/1.0\r\n\r\n");
    assert!(
        page.starts_with("HTTP/1.") && page.contains(" 200 "),
        "{page}"
    );
    for line in [
        "jaga_capture_dropped_packets_total{interface=\"span\\\"0\",reason=\"ring-full\"} 5",
        "jaga_capture_blind_seconds_total{interface=\"span\\\"0\"} 1.250",
        "jaga_alerts_total{severity=\"high\"} 1",
        "jaga_alerts_total{severity=\"info\"} 1",
        "jaga_capture_filtered{interface=\"span\\\"0\"} 1",
        "jaga_rules_loaded 7",
        "jaga_config_last_reload_successful 0",
        "jaga_config_last_reload_success_timestamp_seconds 1700000000",
        "jaga_config_reloads_total{result=\"ok\"} 1",
        "jaga_config_reloads_total{result=\"failed\"} 1",
        "jaga_books_balanced 1",
        "jaga_processed_packets_total 7",
        "jaga_decoded_packets_total{protocol=\"none\"} 7",
        "jaga_decoded_packets_total{protocol=\"modbus\"} 0",
        "jaga_flows_active 3",
        "jaga_flow_table_limit_bytes 67108864",
        "jaga_assets{level=\"1\"} 4",
        "jaga_assets{level=\"unknown\"} 2",
        "jaga_baseline_lines{kind=\"hosts\"} 5",
        "jaga_baseline_learning{sort=\"reads\"} 1",
        "jaga_alert_latency_seconds_bucket{le=\"0.05\"} 0",
        "jaga_alert_latency_seconds_bucket{le=\"0.1\"} 1",
        "jaga_alert_latency_seconds_bucket{le=\"+Inf\"} 2",
        "jaga_alert_latency_seconds_sum 40.060",
        "jaga_output_lost_events_total{output=\"eve.json\",reason=\"queue-full\"} 0",
    ] {
        assert!(page.lines().any(|shown| shown == line), "{line}: {page}");
    }
    assert!(page.contains("\nprocess_resident_memory_bytes "), "{page}");
    let ready = |endpoint| asked(endpoint, "GET /readyz HTTP/1.0\r\n\r\n");
    assert!(ready(&endpoint).contains(" 503 "));
    heard.hears.store(true, Ordering::Relaxed);
    assert!(ready(&endpoint).contains(" 200 "));
    assert!(asked(&endpoint, "GET /else HTTP/1.0\r\n\r\n").contains(" 404 "));
    assert!(asked(&endpoint, "POST /metrics HTTP/1.0\r\n\r\n").contains(" 405 "));
}

#[test]
fn every_metric_has_its_help_and_type_once() {
    let text = whole().text();
    let heads: Vec<&str> = text
        .lines()
        .filter_map(|l| l.strip_prefix("# TYPE "))
        .collect();
    let names: std::collections::BTreeSet<&str> = heads
        .iter()
        .filter_map(|head| head.split(' ').next())
        .collect();
    assert_eq!(names.len(), heads.len());
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let name = line.split(['{', ' ']).next().unwrap();
        let series = ["_bucket", "_sum", "_count"];
        let whole = series.iter().find_map(|end| name.strip_suffix(end));
        let whole = whole.filter(|whole| names.contains(whole));
        assert!(names.contains(whole.unwrap_or(name)), "{line}");
    }
}

/// Meters that tell all there is.
fn whole() -> Meters {
    let store = Gauges::default();
    store.limit.store(1, Ordering::Relaxed);
    Meters::new(Vec::new(), Vec::new(), Arc::new(store), 0)
}

/// The names that are told, those of the series of a histogram too.
fn names() -> std::collections::BTreeSet<String> {
    let text = whole().text();
    let heads = text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    heads
        .flat_map(|head| {
            let (name, kind) = head.split_once(' ').unwrap();
            let series: &[&str] = match kind {
                "histogram" => &["_bucket", "_sum", "_count"],
                _ => &[""],
            };
            series.iter().map(move |end| format!("{name}{end}"))
        })
        .collect()
}

/// The names of metrics in a text.
fn named(text: &str) -> std::collections::BTreeSet<String> {
    let is_part = |c: char| c.is_ascii_lowercase() || c == '_';
    let words = text.split(|c| !is_part(c));
    let is_name = |word: &&str| word.starts_with("jaga_") || word.starts_with("process_");
    words.filter(is_name).map(str::to_owned).collect()
}

#[test]
fn dashboard_and_alerts_ask_for_what_is_told_and_the_manual_names_it_all() {
    let told = names();
    let dashboard = include_str!("../../../../packaging/grafana-dashboard.json");
    let dashboard: serde_json::Value = serde_json::from_str(dashboard).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let targets = panels
        .iter()
        .flat_map(|panel| panel["targets"].as_array().into_iter().flatten());
    let asked: Vec<&str> = targets
        .map(|target| target["expr"].as_str().unwrap())
        .collect();
    assert!(asked.len() > 20, "{}", asked.len());
    for expression in asked {
        let names = named(expression);
        assert!(!names.is_empty(), "{expression}");
        let unknown: Vec<_> = names.difference(&told).collect();
        assert!(unknown.is_empty(), "{expression}: {unknown:?}");
    }
    let alerts = include_str!("../../../../packaging/prometheus-alerts.yml");
    let alerts = alerts.lines().filter(|line| !line.starts_with('#'));
    let alerts: String = alerts.flat_map(|line| [line, "\n"]).collect();
    let unknown: Vec<_> = named(&alerts).difference(&told).cloned().collect();
    assert!(unknown.is_empty(), "{unknown:?}");
    let manual = include_str!("../../../../docs/metrics.md");
    let rows = manual.lines().filter_map(|line| line.strip_prefix("| `"));
    let rows = rows.filter_map(|row| row.split(['`', '{']).next());
    let rows: std::collections::BTreeSet<String> = rows.map(str::to_owned).collect();
    let text = whole().text();
    let heads = text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    let heads = heads.filter_map(|head| head.split(' ').next());
    let heads: std::collections::BTreeSet<String> = heads.map(str::to_owned).collect();
    assert_eq!(rows, heads, "docs/metrics.md has a row for each metric");
}
