//! Spans, usual values, and the text that says the same after it was read.

use super::*;
use crate::desk::baseline::text::{read, write};

#[test]
fn stretches_that_touch_become_one_and_far_ones_stay_apart() {
    let mut spans = Spans::default();
    for (first, last) in [(10, 19), (40, 49), (20, 25), (0, 3)] {
        spans.add(first, last);
    }
    assert_eq!(spans.to_string(), "0-3,10-25,40-49");
    assert!(spans.holds(12, 25) && !spans.holds(12, 26) && !spans.holds(4, 4));
    assert_eq!(spans.nearest(30), Some((10, 25)));
    assert_eq!("0-3,10-25,40-49".parse(), Ok(spans));
}

#[test]
fn stretches_are_bounded_and_hold_all_that_was_added() {
    let mut spans = Spans::default();
    for address in (0..1000).map(|n| n * n) {
        spans.add(address, address);
    }
    assert!(spans.iter().count() <= 32);
    assert!((0..1000).all(|n| spans.holds(n * n, n * n)));
    spans.add(u64::MAX, u64::MAX);
    assert!(spans.holds(u64::MAX, u64::MAX));
}

#[test]
fn few_values_are_a_set_and_many_numbers_a_range() {
    let mut usual = Usual::default();
    for value in 0..16 {
        usual.add(&value.to_string());
    }
    assert!(usual.holds("7") && !usual.holds("7.5"));
    usual.add("99");
    assert!(usual.holds("50") && !usual.holds("100"));
    usual.add("open");
    assert_eq!(usual, Usual::Any);
}

#[test]
fn what_is_written_is_read_again_without_a_change() {
    let text = "\
# Jaga baseline 1
# What is usual on this site. Lines may be edited: jaga baseline --help.
learned 2026-11-22T08:00:00Z to 2026-11-22T09:00:00.5Z
learning 5400.25 conversations reads
source \"a \\\"b\\\".pcap\"
overflow 3
host 10.0.0.5 ; count=4 first=2026-11-22T08:00:00Z last=2026-11-22T08:30:00Z slots=3
host 10.0.0.6 ; by=\"Budi\" why=\"new\" on=2026-11-23T00:00:00Z
host 10.0.0.8 ; count=1 first=2026-11-22T08:00:00Z last=2026-11-22T08:00:00Z slots=1 doubt=\"scan\"
host fe80::1 ; count=1 first=2026-11-22T08:00:00Z last=2026-11-22T08:00:00Z slots=1 expires=2027-01-01T00:00:00Z
talk 10.0.0.5 > 10.0.0.7 tcp/4444 ; count=1 first=2026-11-22T08:00:00Z last=2026-11-22T08:00:00Z slots=1 forbidden by=\"Budi\" why=\"no \\\"debug\\\" port\"
do 00:01:02:03:04:05 > 01:00:5e:00:00:01 goose \"publish\" ; count=1 first=2026-11-22T08:00:00Z last=2026-11-22T08:00:00Z slots=1 criticality=0 open
do 10.0.0.5 > 10.0.0.7 modbus unit 1 \"write single register\" ; count=7 first=2026-11-22T08:00:00Z last=2026-11-22T08:30:00Z slots=2 criticality=3 pauses=6 period=1.5 longest=300.000000001
at 10.0.0.5 > 10.0.0.7 modbus unit 1 \"write single register\" db/10 0-3,9
at 10.0.0.5 > 10.0.0.7 modbus unit 1 \"write single register\" holding-register 40-49
name 10.0.0.5 > 10.0.0.7 modbus unit 1 \"write single register\" \"tag one\"
value 10.0.0.5 > 10.0.0.7 modbus unit 1 \"write single register\" holding-register 40 one of \"1\" \"2\"
value 10.0.0.5 > 10.0.0.7 modbus unit 1 \"write single register\" holding-register 41 from -3.5 to 100
";
    let baseline = read(text).unwrap_or_else(|error| panic!("{error}"));
    let mut written = Vec::new();
    write(&baseline, &mut written).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(String::from_utf8_lossy(&written), text);
}

#[test]
fn a_line_that_is_wrong_is_named() {
    let head = "# Jaga baseline 1\n";
    for (line, said) in [
        ("hots 10.0.0.1", "line 2: `hots` is no kind of line"),
        ("host 10.0.0", "line 2: `10.0.0` is no IP nor MAC address"),
        (
            "host 10.0.0.1 ; count=x",
            "line 2: `x` is no number that fits",
        ),
        (
            "host 10.0.0.1 ; nice",
            "line 2: `nice` is not known behind the semicolon",
        ),
        (
            "host 10.0.0.1 count=1",
            "line 2: `count=1` stands where `;` must",
        ),
        (
            "talk 10.0.0.1 10.0.0.2 modbus",
            "line 2: `10.0.0.2` stands where `>` must",
        ),
        (
            "at 10.0.0.1 > 10.0.0.2 modbus \"read\" coil 1",
            "line 2: no `do` line",
        ),
        ("learned 2026 to 2027", "line 2: `2026` is no time"),
        (
            "learning 60 names",
            "line 2: `names` is nothing that is learned",
        ),
    ] {
        let error = read(&format!("{head}{line}\n"))
            .err()
            .map(|error| error.to_string());
        let error = error.unwrap_or_else(|| panic!("{line}: taken"));
        assert!(error.starts_with(said), "{line}: {error}");
    }
    let error = read("host 10.0.0.1").err().map(|error| error.line);
    assert_eq!(error, Some(1));
}
