//! What became of frames and octets: conversations in, ledgers and books out.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs)]

mod support;

use jaga::sensor::{Event, FlowRecord, Outcome, Undecoded};
use support::{Connection, Frame, Host, events};

/// A Modbus/TCP request for one register, and its answer.
const REQUEST: &[u8] = &[0, 1, 0, 0, 0, 6, 1, 3, 0, 0, 0, 1];
const ANSWER: &[u8] = &[0, 1, 0, 0, 0, 5, 1, 3, 2, 0, 0];

fn connection() -> Connection {
    Connection::new(Host::new(5, 40_000), Host::new(9, 502))
}

fn told(frames: &[Frame]) -> (Vec<FlowRecord>, Outcome) {
    let (events, outcome) = events(frames);
    let flows = events.into_iter().filter_map(|event| match event {
        Event::Flow(flow) => Some(*flow),
        _ => None,
    });
    (flows.collect(), outcome)
}

#[test]
fn a_gap_is_no_missing_beginning() {
    let mut modbus = connection();
    for _ in 0..4 {
        modbus.client(REQUEST);
        modbus.server(ANSWER);
        modbus.lose(true, 12);
    }
    let (flows, _) = told(&modbus.frames);
    assert!(!flows[0].midstream);
    assert!(flows[0].ends.0.ledger.gaps + flows[0].ends.1.ledger.gaps > 0);
    let (flows, _) = told(&modbus.frames[3..]);
    assert!(flows[0].midstream);
}

#[test]
fn frames_that_waited_for_their_protocol_are_read() {
    // In the middle: the packets wait until their order is known.
    let mut modbus = connection();
    modbus.client(REQUEST);
    modbus.server(ANSWER);
    let (flows, outcome) = told(&modbus.frames[3..]);
    assert_eq!(flows[0].messages, 2);
    assert_eq!((outcome.books.decoded, outcome.books.processed()), (2, 2));

    // Octet by octet: the first of them wait for a probe that can tell.
    let mut modbus = connection();
    for octet in REQUEST {
        modbus.client(&[*octet]);
    }
    modbus.server(ANSWER);
    let (flows, outcome) = told(&modbus.frames);
    assert_eq!(flows[0].messages, 2);
    assert_eq!(outcome.books.decoded, outcome.books.received);
}

#[test]
fn frames_of_unknown_content_are_not_read_because_others_are() {
    let mut modbus = Connection::new(Host::new(5, 40_000), Host::new(9, 6633));
    for _ in 0..5 {
        modbus.client(b"the quick brown fox jumps over the lazy dog");
    }
    for _ in 0..2 {
        modbus.client(REQUEST);
        modbus.server(ANSWER);
    }
    let (flows, outcome) = told(&modbus.frames);
    assert_eq!(flows[0].protocol, Some("modbus"));
    let ledger = &flows[0].ends.0.ledger;
    assert!(ledger.opaque + ledger.skipped >= 5 * 43);
    let unknown = outcome.books.undecoded[Undecoded::UnknownProtocol as usize];
    assert!(unknown >= 5, "{:?}", outcome.books);
}

#[test]
fn what_no_probe_has_decided_on_before_a_gap_is_not_a_protocols_loss() {
    let mut modbus = connection();
    modbus.client(&REQUEST[..3]);
    modbus.lose(true, 500);
    modbus.client(REQUEST);
    modbus.server(ANSWER);
    let (flows, _) = told(&modbus.frames);
    let ledger = &flows[0].ends.0.ledger;
    assert_eq!((ledger.opaque, ledger.skipped), (3, 0));
}

#[test]
fn requests_of_a_session_that_lost_its_way_are_told() {
    let mut modbus = connection();
    modbus.client(REQUEST);
    modbus.lose(true, 500);
    for _ in 0..40 {
        modbus.client(&[0xff; 100]);
    }
    let (flows, _) = told(&modbus.frames);
    assert_eq!((flows[0].messages, flows[0].operations), (1, 1));
}

#[test]
fn a_new_connection_from_the_same_ports_has_no_server_yet() {
    let mut modbus = connection();
    modbus.client(REQUEST);
    modbus.server(ANSWER);
    modbus.reopen();
    modbus.client(&[0xff; 100]);
    let (flows, _) = told(&modbus.frames);
    let last = flows.last().unwrap();
    assert_eq!(last.server, None);
}

#[test]
fn what_follows_a_loss_is_not_out_of_order() {
    let mut modbus = connection();
    for _ in 0..4 {
        modbus.client(REQUEST);
        modbus.server(ANSWER);
        modbus.lose(true, 12);
    }
    let out_of_order = |frames: &[Frame]| told(frames).0[0].ends.0.ledger.out_of_order;
    assert_eq!(out_of_order(&modbus.frames), 0);

    // Two segments of one end change places.
    let mut modbus = connection();
    modbus.client(REQUEST);
    modbus.client(REQUEST);
    modbus.server(ANSWER);
    let mut frames = modbus.frames;
    let (first, second) = (frames[3].octets.clone(), frames[4].octets.clone());
    (frames[3].octets, frames[4].octets) = (second, first);
    assert_eq!(out_of_order(&frames), 1);
}
