//! What rules and baselines would have raised, before they go live.

use super::{file, folder, jaga};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// A plant in which a station that is new operates a breaker.
fn injection() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("pcaps/sites/ot-dnp3-control-injection.pcap")
}

const RULE: &str = "alert tcp any any -> any 20000 (msg:\"DNP3 to the breaker\"; dsize:>0; \
                    threshold:type limit, track by_src, count 1, seconds 3600; sid:1000001; rev:1;)\n";

fn of(result: &Value, sid: u64) -> Option<&Value> {
    let mut kinds = result["kinds"].as_array().unwrap().iter();
    kinds.find(|kind| kind["signature_id"] == sid)
}

#[test]
fn what_a_rule_would_raise_is_what_a_replay_raises_and_what_is_in_force_stays() {
    let folder = folder();
    let rules = file(&folder, "new.rules", RULE.as_bytes());
    let config = file(
        &folder,
        "jaga.toml",
        b"[capture]\ninterfaces = [\"span0\"]\n",
    );
    let (capture, workers) = (injection(), ["1", "3"]);
    let [one, three] = workers.map(|workers| {
        let ended = jaga(&[
            &"backtest",
            &"-q",
            &capture,
            &"--rules",
            &rules,
            &"-c",
            &config,
            &"--json",
            &"--workers",
            &workers,
        ]);
        ended.with(0, &[]).out
    });
    assert_eq!(one, three);
    let result: Value = serde_json::from_str(&one).unwrap();
    let new = of(&result, 1_000_001).unwrap();
    assert_eq!(
        (&new["in_force"], &new["tried"]),
        (&0.into(), &2.into()),
        "{new}"
    );
    assert_eq!(new["signature"], "DNP3 to the breaker");
    // What the shipped rules raise is the same on both sides, and as a replay tells it.
    let replay = jaga(&[&"replay", &"-q", &capture, &"--rules", &rules, &"--json"]).with(0, &[]);
    let replay: Value = serde_json::from_str(&replay.out).unwrap();
    let mut all = 0;
    for alert in replay["alerts"].as_array().unwrap() {
        let row = of(&result, alert["signature_id"].as_u64().unwrap()).unwrap();
        assert_eq!(row["tried"], alert["count"]);
        all += alert["count"].as_u64().unwrap();
        if row["signature_id"] != 1_000_001 {
            assert_eq!(row["in_force"], row["tried"], "{row}");
        }
    }
    assert_eq!(result["alerts"]["tried"], all);
    assert_eq!(result["alerts"]["in_force"], all - 2);
    let asked = jaga(&[
        &"backtest",
        &"-q",
        &capture,
        &"--rules",
        &rules,
        &"-c",
        &config,
    ]);
    let text = asked.with(0, &[]).out;
    for said in ["MORE ALERTS", "2 tried, 0 in force", "As before: "] {
        assert!(text.contains(said), "{said}: {text}");
    }
    assert!(
        text.lines().all(|line| line.chars().count() <= 80),
        "{text}"
    );
}

#[test]
fn more_alerts_a_day_than_may_be_are_exit_code_1_and_notes_do_not_count() {
    let capture = injection();
    let run = |most: &str| {
        jaga(&[
            &"backtest",
            &"-q",
            &capture,
            &"--learn",
            &"5m",
            &"--no-shipped-rules",
            &"--at-most",
            &most,
        ])
    };
    // Select, operate and a report are graver than a note.
    assert!(run("3").with(0, &[]).out.contains("\nALERTS\n"));
    assert!(run("2").with(1, &[]).out.contains("\nALERTS\n"));
}

#[test]
fn what_cannot_be_tried_is_refused() {
    let folder = folder();
    let config = file(
        &folder,
        "jaga.toml",
        b"[capture]\ninterfaces = [\"span0\"]\n",
    );
    jaga(&[&"backtest", &"-", &"-c", &config]).refused(2, &["standard input", "read once"]);
    let missing = folder.path().join("no.rules");
    jaga(&[&"backtest", &injection(), &"--rules", &missing]).refused(2, &["no.rules"]);
}
