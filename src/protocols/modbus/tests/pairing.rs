//! Which answer belongs to which request, and what is told where one is missing.

use super::super::Modbus;
use super::super::outstanding::OUTSTANDING;
use super::{CLIENT, PORTS, SERVER, adu, open};
use crate::facts::Side;
use crate::protocols::Carrier;
use crate::protocols::testing::Driver;

const READ: &str = "03 0000 0001";

fn answer(value: u16) -> String {
    format!("03 02 {value:04x}")
}

#[test]
fn answers_find_their_requests_out_of_order() {
    let requests: Vec<u8> = (1..=3).flat_map(|t| adu(t, 1, READ)).collect();
    let mut driver = open(&requests);
    driver.packet(CLIENT, &requests);
    let answers = [3, 1, 2].map(|t| adu(t, 1, &answer(t)));
    driver.packet(SERVER, &answers.concat());
    for (operation, value) in driver.out.operations.iter().zip([3, 1, 2]) {
        assert!(
            operation.ends_with(&format!("0..=0 = [{value}], ok")),
            "{operation}"
        );
    }
    assert_eq!(driver.out.operations.len(), 3);
}

#[test]
fn a_visible_server_that_is_silent_gives_no_answer() {
    let first = adu(1, 1, READ);
    let mut driver = open(&first);
    driver.packet(CLIENT, &first);
    driver.packet(SERVER, &adu(1, 1, &answer(7)));
    driver.packet(CLIENT, &adu(2, 1, READ));
    driver.tick(9);
    assert_eq!(driver.out.operations.len(), 1);
    driver.tick(2);
    assert!(driver.out.operations[1].ends_with("0..=0, no-answer"));
    // The late answer is told, and is not called unsolicited.
    driver.packet(SERVER, &adu(2, 1, &answer(8)));
    assert!(driver.out.operations[2].ends_with("holding-register = [8], ok"));
    assert_eq!(driver.out.faults, [""; 0]);
}

#[test]
fn a_server_never_seen_is_not_called_silent() {
    let first = adu(1, 1, READ);
    let mut driver = open(&first);
    driver.packet(CLIENT, &first);
    driver.tick(11);
    assert!(driver.out.operations[0].ends_with("not-seen"));
    driver.packet(CLIENT, &adu(2, 1, READ));
    driver.close();
    assert!(driver.out.operations[1].ends_with("not-seen"));
    assert_eq!(driver.out.server, Some(SERVER));
}

#[test]
fn an_answer_lost_in_a_gap_is_not_seen() {
    let first = adu(1, 1, READ);
    let mut driver = open(&first);
    driver.packet(CLIENT, &first);
    driver.packet(SERVER, &adu(1, 1, &answer(1)));
    driver.packet(CLIENT, &adu(2, 1, READ));
    driver.gap(SERVER, Some(11));
    driver.packet(CLIENT, &adu(3, 1, READ));
    driver.packet(SERVER, &adu(3, 1, &answer(3)));
    driver.tick(11);
    assert!(driver.out.operations[1].ends_with("[3], ok"));
    assert!(driver.out.operations[2].ends_with("not-seen"));
    assert_eq!(driver.out.faults, [""; 0]);
}

#[test]
fn answers_alone_are_operations_too() {
    let first = adu(1, 5, "03 04 0001 0002");
    let mut driver = Driver::open(&Modbus, Carrier::Tcp, PORTS, SERVER, &first, true);
    driver.packet(SERVER, &first);
    driver.packet(SERVER, &adu(2, 5, "10 0010 0002"));
    driver.packet(SERVER, &adu(3, 5, "90 02"));
    assert_eq!(
        driver.out.operations,
        [
            "read holding registers: read/0 unit 5 by high, holding-register = [1, 2], ok",
            "write multiple registers: write/3 unit 5 by high, holding-register 16..=17, ok",
            "write multiple registers: write/3 unit 5 by high, holding-register, refused 2 illegal data address",
        ]
    );
    assert_eq!(driver.out.faults, [""; 0]);
}

#[test]
fn a_response_nobody_asked_for_is_told_once_pairs_were_seen() {
    let first = adu(1, 1, READ);
    let mut driver = open(&first);
    driver.packet(CLIENT, &first);
    driver.packet(SERVER, &adu(1, 1, &answer(1)));
    driver.packet(SERVER, &adu(9, 1, &answer(2)));
    assert_eq!(driver.out.faults, ["low modbus.unsolicited_response at 0"]);
}

#[test]
fn a_constant_transaction_identifier_does_not_shift_the_pairs() {
    let first = adu(0, 1, READ);
    let mut driver = open(&first);
    driver.packet(CLIENT, &first);
    driver.packet(SERVER, &adu(0, 1, &answer(1)));
    // The answer to this one is lost, and the client asks again.
    driver.packet(CLIENT, &first);
    for value in 2..5 {
        driver.packet(CLIENT, &first);
        driver.packet(SERVER, &adu(0, 1, &answer(value)));
    }
    let ends: Vec<_> = driver
        .out
        .operations
        .iter()
        .map(|operation| operation.rsplit(" 0..=0").next().unwrap())
        .collect();
    assert_eq!(
        ends,
        [
            " = [1], ok",
            ", no-answer",
            " = [2], ok",
            " = [3], ok",
            " = [4], ok"
        ]
    );
    assert!(
        driver
            .out
            .messages
            .last()
            .unwrap()
            .ends_with("response_time=0.01")
    );
}

#[test]
fn a_flood_is_told_once_and_kept_in_bounds() {
    let first = adu(0, 1, READ);
    let mut driver = open(&first);
    driver.packet(CLIENT, &first);
    driver.packet(SERVER, &adu(0, 1, &answer(0)));
    for t in 0..1000 {
        driver.packet(CLIENT, &adu(t, 1, READ));
    }
    assert_eq!(driver.out.faults, ["high modbus.flooded at 0"]);
    assert_eq!(driver.out.operations.len(), 1 + 1000 - OUTSTANDING);
    driver.close();
    assert_eq!(driver.out.operations.len(), 1 + 1000);
}

#[test]
fn one_way_requests_are_no_flood() {
    let first = adu(0, 1, READ);
    let mut driver = open(&first);
    for t in 0..100 {
        driver.packet(CLIENT, &adu(t, 1, READ));
    }
    assert_eq!(driver.out.faults, [""; 0]);
}

#[test]
fn force_listen_only_mode_has_no_answer() {
    let first = adu(1, 1, READ);
    let mut driver = open(&first);
    driver.packet(CLIENT, &first);
    driver.packet(SERVER, &adu(1, 1, &answer(1)));
    driver.packet(CLIENT, &adu(2, 1, "08 0004 0000"));
    driver.tick(11);
    assert_eq!(
        driver.out.operations[1],
        "force listen only mode: suppress/5 unit 1 by high, unacknowledged"
    );
}

#[test]
fn roles_come_from_content_and_not_from_the_port() {
    // Neither port is known; the side with the higher port serves.
    let ports = (40_000, 40_001);
    let first = adu(1, 1, "03 0000 0002");
    let mut driver = Driver::open(&Modbus, Carrier::Tcp, ports, Side::Low, &first, false);
    driver.packet(Side::Low, &first);
    assert_eq!(driver.out.server, Some(Side::High));
    driver.packet(Side::High, &adu(1, 1, "03 04 0001 0002"));
    // The client happens to use port 502.
    let mut driver = Driver::open(&Modbus, Carrier::Tcp, PORTS, Side::Low, &first, false);
    for t in 1..9 {
        driver.packet(Side::Low, &adu(t, 1, "03 0000 0002"));
        driver.packet(Side::High, &adu(t, 1, "03 04 0001 0002"));
    }
    assert_eq!(driver.out.server, Some(Side::High));
    assert!(
        driver
            .out
            .operations
            .iter()
            .all(|o| o.contains(" by low, "))
    );
    assert_eq!(driver.out.faults, [""; 0]);
}

#[test]
fn echoes_alone_show_the_roles_by_who_speaks_first() {
    let ports = (40_000, 40_001);
    let write = adu(1, 1, "06 0000 0002");
    let mut driver = Driver::open(&Modbus, Carrier::Tcp, ports, Side::High, &write, false);
    driver.packet(Side::High, &write);
    driver.packet(Side::Low, &write);
    assert_eq!(
        driver.out.operations,
        ["write single register: write/3 unit 1 by high, holding-register 0..=0 = [2], ok"]
    );
    assert_eq!(driver.out.server, Some(Side::Low));
}

#[test]
fn one_malformed_message_turns_no_role_around() {
    let first = adu(1, 1, READ);
    let mut driver = open(&first);
    for t in 1..5 {
        driver.packet(CLIENT, &adu(t, 1, READ));
        driver.packet(SERVER, &adu(t, 1, &answer(t)));
    }
    // The shape of a response, from the client.
    driver.packet(CLIENT, &adu(9, 1, "03 02 0001"));
    assert_eq!(driver.out.faults, ["high modbus.invalid_length at 8"]);
    assert_eq!(driver.out.server, Some(SERVER));
    assert!(driver.out.messages.last().unwrap().contains("request=true"));
}
