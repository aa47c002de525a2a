//! HTTP on built exchanges, cut and with losses.

use super::Http;
use crate::facts::Side;
use crate::protocols::testing::{Driver, batter};
use crate::protocols::{Carrier, Opening, Probe, Protocol, Step};

const GET: &[u8] = b"GET /index.html HTTP/1.1\r\nHost: 10.0.0.5\r\nUser-Agent: curl/8.1\r\n\
    Authorization: Basic c2VjcmV0\r\n\r\n";
const PAGE: &[u8] = b"HTTP/1.1 200 OK\r\nServer: Apache/1.3.33\r\nContent-Type: text/html\r\n\
    Content-Length: 52\r\n\r\n<html><head><TITLE> SCALANCE X204 </TITLE></head>ok\n";
const POST: &[u8] = b"POST /cgi-bin/reset HTTP/1.0\r\nContent-Length: 5\r\n\r\nnow=1";
const REFUSED: &[u8] = b"HTTP/1.0 401 Unauthorized\r\n\
    WWW-Authenticate: Basic realm=\"Moxa NPort 5110\"\r\nContent-Length: 0\r\n\r\n";
const CHUNKED: &[u8] = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\
    Content-Type: text/html\r\n\r\n1b;x=1\r\n<html><title>Chunk</title>\n\r\n2\r\nok\r\n0\r\n\r\n";

fn open(first: &[u8]) -> Driver {
    Driver::open(&Http, Carrier::Tcp, (80, 50_000), Side::High, first, false)
}

fn probe(octets: &[u8]) -> Probe {
    Http.probe(&Opening {
        carrier: Carrier::Tcp,
        ports: (502, 50_000),
        side: Side::High,
        octets,
        midstream: false,
    })
}

#[test]
fn a_page_tells_server_and_title() {
    let mut driver = open(GET);
    driver.packet(Side::High, GET);
    driver.packet(Side::Low, PAGE);
    assert_eq!(
        driver.out.messages,
        [
            "high http method=\"GET\" uri=\"/index.html\" host=\"10.0.0.5\" \
             user_agent=\"curl/8.1\" authorization=\"Basic\"",
            "low http status=200 server=\"Apache/1.3.33\" content_type=\"text/html\" \
             content_length=52",
            "low http title=\"SCALANCE X204\"",
        ]
    );
    assert_eq!(
        driver.out.attributes,
        [
            "low Description = Apache/1.3.33",
            "low Description = SCALANCE X204"
        ]
    );
    assert_eq!(
        driver.out.operations,
        ["web request: read/0 by high, uri \"/index.html\", ok"]
    );
    assert_eq!(driver.out.server, Some(Side::Low));
}

#[test]
fn any_cut_of_the_stream_gives_the_same() {
    let stream = [PAGE, CHUNKED, REFUSED].concat();
    let mut whole = open(GET);
    whole.packet(Side::Low, &stream);
    assert_eq!(whole.out.messages.len(), 4, "{:?}", whole.out.messages);
    for size in [1, 2, 7, 50] {
        let mut cut = open(GET);
        for piece in stream.chunks(size) {
            cut.packet(Side::Low, piece);
        }
        assert_eq!(cut.out.messages, whole.out.messages, "pieces of {size}");
    }
}

#[test]
fn chunks_and_refusals_are_followed() {
    let mut driver = open(POST);
    driver.packet(Side::High, &[POST, GET, GET].concat());
    driver.packet(Side::Low, &[REFUSED, CHUNKED, PAGE].concat());
    driver.close();
    assert_eq!(
        driver.out.operations,
        [
            "web form or call: write/1 by high, uri \"/cgi-bin/reset\", refused 401 unauthorized",
            "web request: read/0 by high, uri \"/index.html\", ok",
        ],
        "further reading is not told"
    );
    assert_eq!(
        driver.out.attributes,
        [
            "low Description = Moxa NPort 5110",
            "low Description = Chunk",
            "low Description = Apache/1.3.33",
        ]
    );
    assert!(driver.out.faults.is_empty());
}

#[test]
fn a_gap_inside_a_body_costs_nothing() {
    let mut driver = open(GET);
    let (head, body) = PAGE.split_at(PAGE.len() - 52);
    driver.packet(Side::Low, head);
    driver.packet(Side::Low, body);
    let big = b"HTTP/1.1 200 OK\r\nContent-Length: 3000\r\n\r\n";
    driver.packet(Side::Low, big);
    driver.packet(Side::Low, &[b'x'; 1000]);
    driver.gap(Side::Low, Some(1500));
    driver.packet(Side::Low, &[b'x'; 500]);
    driver.packet(Side::Low, REFUSED);
    assert_eq!(driver.out.messages.len(), 4, "{:?}", driver.out.messages);
}

#[test]
fn after_an_unknown_gap_the_next_head_is_found() {
    let mut driver = open(GET);
    driver.packet(
        Side::Low,
        b"HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\nabc",
    );
    driver.gap(Side::Low, None);
    driver.packet(
        Side::Low,
        b"tail of a body\nGETTING LOUD\nmore\r\nHTTP/1.1 4",
    );
    driver.packet(
        Side::Low,
        b"04 Not Found\r\nServer: lost\r\nContent-Length: 0\r\n\r\n",
    );
    assert_eq!(driver.out.messages.len(), 2, "{:?}", driver.out.messages);
    assert!(driver.out.messages[1].contains("status=404"));
    assert!(driver.out.faults.is_empty(), "{:?}", driver.out.faults);
}

#[test]
fn bodies_up_to_the_end_and_switched_connections_are_opaque() {
    let mut driver = open(GET);
    driver.packet(Side::Low, b"HTTP/1.0 200 OK\r\n\r\nanything");
    assert_eq!(driver.steps, [Step::Pdu(19), Step::Opaque]);
    let mut driver = open(GET);
    driver.packet(Side::High, GET);
    driver.packet(
        Side::Low,
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n\x81\x05hello",
    );
    assert_eq!(driver.steps.last(), Some(&Step::Opaque));
}

#[test]
fn heads_without_end_and_contradicting_lengths_are_faults() {
    let mut driver = open(GET);
    driver.packet(Side::High, b"GET / HTTP/1.1\r\n");
    for _ in 0..300 {
        driver.packet(Side::High, &[b'a'; 64]);
    }
    assert_eq!(driver.out.faults, ["high http.header_too_long at 0"]);
    let mut driver = open(GET);
    driver.packet(
        Side::Low,
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    );
    assert_eq!(driver.out.faults, ["low http.invalid_header at 0"]);
}

#[test]
fn only_messages_are_recognised() {
    assert_eq!(probe(GET), Probe::Certain);
    assert_eq!(probe(PAGE), Probe::Certain);
    for begun in [&b"G"[..], b"GET /ind", b"HTTP/1.", b"HTTP/1.1 200 O"] {
        assert_eq!(probe(begun), Probe::More, "{}", begun.escape_ascii());
    }
    for other in [
        &b"OPTIONS sip:a SIP/2.0\r\n"[..],
        b"RTSP/1.0 200 OK\r\n",
        b"220 ftp ready\r\n",
        b"SSH-2.0-x\r\n",
        b"get / HTTP/1.1\r\n",
        b"\x00\x01\x00\x00\x00\x06",
    ] {
        assert_eq!(probe(other), Probe::NotMine, "{}", other.escape_ascii());
    }
}

#[test]
fn nothing_breaks_it() {
    for packets in [[GET, PAGE], [POST, REFUSED], [GET, CHUNKED]] {
        batter(&Http, Carrier::Tcp, (80, 50_000), &packets);
    }
}
