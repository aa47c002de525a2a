//! Which answer goes with which request, and what is told where one of them is missing.

use super::operations::operations;
use super::{MASTER, OUTSTATION, answer, frame, request, session};
use crate::facts::Side::{High, Low};
use crate::protocols::testing::hex;

const NONE: [&str; 0] = [];

#[test]
fn a_captured_challenge_leaves_the_request_open() {
    let mut driver = session();
    driver.packet(
        High,
        &hex("05641ac404000300c2e6c7c6050c0128010001000301640000003b7f6400000000005b"),
    );
    driver.packet(
        Low,
        &hex("05641c440300040064bdc7c683900078015b010c0003000000009287000401737465768d5c"),
    );
    assert!(
        driver
            .out
            .operations
            .iter()
            .all(|line| line.starts_with("device "))
    );
    driver.out.operations.clear();
    driver.packet(
        High,
        &hex(
            "056424c404000300849ec8c62078025b01160003000000010006c295fae1911a2cce2dda8abfece1cac8c4
            14f5",
        ),
    );
    driver.packet(
        Low,
        &hex("05641c440300040064bdc8c68190000c01280100010003016400550a00006400000000005b"),
    );
    assert_eq!(
        driver.out.operations,
        [
            "direct operate: control/4 unit 4 by high, binary-output 12 1..=1 = [latch on], ok",
            "authenticate: authenticate/2 unit 4 by high, authentication 120, ok",
        ]
    );
}

#[test]
fn an_authentication_error_refuses_both() {
    let lines = operations(&[
        (true, request("c30d")),
        (
            false,
            answer("c3830000 78015b010c00 030000000000 0401 73746576"),
        ),
        (true, request("c320 78025b010a00 03000000 0000 01020304")),
        (
            false,
            answer("c3830000 78075b010f00 03000000 0000 0000 01 000000000000"),
        ),
    ]);
    assert_eq!(
        lines,
        [
            "cold restart: reset/5 unit 10 by high, refused 1 authentication failed",
            "authenticate: authenticate/2 unit 10 by high, authentication 120, refused 1 \
             authentication failed",
        ]
    );
}

#[test]
fn what_needs_no_answer_is_told_at_once() {
    let mut driver = session();
    driver.packet(
        High,
        &request("c106 0c011701 05 03 01 64000000 00000000 00"),
    );
    let mut data = vec![0xc0];
    data.extend(hex("c10d"));
    driver.packet(High, &frame(MASTER, 0xffff, 1, &data));
    data.truncate(1);
    data.extend(hex("c1013c0206"));
    driver.packet(High, &frame(MASTER, 0xfffd, 1, &data));
    assert_eq!(
        driver.out.operations,
        [
            "direct operate without acknowledgment: control/4 unit 10 by high, \
             binary-output 12 5..=5 = [latch on], unacknowledged",
            "cold restart: reset/5 unit 65535 by high, unacknowledged",
            "broadcast: control/3 unit 65533 by high, class 60 1..=1, unacknowledged",
        ]
    );
}

#[test]
fn unsolicited_responses_wait_for_their_confirm() {
    let speaks = answer("f3820000 0201170207 81 09 01");
    let confirm = request("d300");
    let line = "unsolicited response: state/0 unit 10 by low, binary-input 2 7..=7 = [1], \
        binary-input 2 9..=9 = [0]";
    assert_eq!(
        operations(&[(false, speaks.clone()), (true, confirm)]),
        [format!("{line}, ok")]
    );
    assert_eq!(
        operations(&[(false, answer("d3820000 0201170207 81 09 01"))]),
        [format!("{line}, unacknowledged")]
    );
    let mut driver = session();
    driver.packet(High, &request("c000"));
    driver.packet(Low, &speaks);
    driver.tick(11);
    assert_eq!(driver.out.operations, [format!("{line}, no-answer")]);
}

#[test]
fn an_answer_of_several_fragments_is_told_fragment_by_fragment() {
    let lines = operations(&[
        (true, request("c501 3c0106")),
        (false, answer("a5810000 0101000007 ff")),
        (true, request("c500")),
        (false, answer("46810000 010100080f 00")),
        (false, answer("46810000 010100080f 00")),
    ]);
    assert_eq!(
        lines,
        [
            "read: read/0 unit 10 by high, class 60 0..=0, binary-input 1 0..=7 = 11111111, ok",
            "read: read/0 unit 10 by high, class 60 0..=0, binary-input 1 8..=15 = 00000000, ok",
        ]
    );
}

#[test]
fn answers_that_do_not_come() {
    let ask = request("c10d");
    let mut driver = session();
    driver.packet(Low, &frame(0x0b, 1, 10, &[]));
    driver.packet(High, &ask);
    driver.tick(9);
    assert_eq!(driver.out.operations, NONE);
    driver.tick(2);
    assert_eq!(
        driver.out.operations,
        ["cold restart: reset/5 unit 10 by high, no-answer"]
    );

    let not_seen = ["cold restart: reset/5 unit 10 by high, not-seen"];
    let mut driver = session();
    driver.packet(High, &ask);
    driver.tick(11);
    assert_eq!(
        driver.out.operations, not_seen,
        "the other direction was never seen"
    );

    let mut driver = session();
    driver.packet(Low, &frame(0x0b, 1, 10, &[]));
    driver.packet(High, &ask);
    driver.gap(Low, Some(40));
    driver.tick(11);
    assert_eq!(
        driver.out.operations, not_seen,
        "the answer may lie in the gap"
    );

    let mut driver = session();
    driver.packet(Low, &frame(0x0b, 1, 10, &[]));
    driver.packet(High, &ask);
    driver.close();
    assert_eq!(driver.out.operations, not_seen, "the capture ended first");
}

#[test]
fn answers_whose_request_was_not_seen() {
    let control = answer("c5810000 0c011701 05 03 01 64000000 00000000 00");
    assert_eq!(
        operations(&[(false, control.clone()), (false, control)]),
        [
            "answer to a control without its request: control/4 unit 10 by high, \
             binary-output 12 5..=5 = [latch on], ok"
        ]
    );
    assert_eq!(
        operations(&[(false, answer("c6810000 1e02000000 01ff7f"))]),
        ["answer without its request: read/0 unit 10 by high, analog-input 30 0..=0 = [32767], ok"]
    );
}

#[test]
fn a_flood_of_requests_is_told_once() {
    let mut driver = session();
    for at in 0..40 {
        driver.packet(High, &request(&format!("c{:x}013c0106", at % 16)));
    }
    assert_eq!(driver.out.faults, ["high dnp3.flooded at 0"]);
    driver.close();
    assert_eq!(driver.out.operations.len(), 40);
}

#[test]
fn many_outstations_answer_in_any_order() {
    let mut driver = session();
    let ask = |station: u16| frame(MASTER, station, 1, &hex("c0c1013c0206"));
    let speak = |station: u16| frame(OUTSTATION, 1, station, &hex("c0c1810000"));
    for station in 100..132 {
        driver.packet(High, &ask(station));
    }
    for station in (100..132).rev() {
        driver.packet(Low, &speak(station));
    }
    assert_eq!(driver.out.operations.len(), 32);
    assert!(
        driver
            .out
            .operations
            .iter()
            .all(|line| line.ends_with(", ok"))
    );
    assert_eq!(driver.out.faults, NONE);
}
