//! HTTP on built exchanges, cut and with losses.

use super::Http;
use crate::facts::Side;
use crate::protocols::testing::{Driver, batter, hex};
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
             content_length=52 title=\"SCALANCE X204\" file_name=\"/index.html\"",
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
    assert_eq!(whole.out.messages.len(), 3, "{:?}", whole.out.messages);
    for size in [1, 2, 7, 50] {
        let mut cut = open(GET);
        for piece in stream.chunks(size) {
            cut.packet(Side::Low, piece);
        }
        assert_eq!(cut.out.messages, whole.out.messages, "pieces of {size}");
        assert_eq!(cut.out.buffers, whole.out.buffers, "pieces of {size}");
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
    assert_eq!(driver.out.messages.len(), 3, "{:?}", driver.out.messages);
    let bodies = driver.out.buffer("http.response_body");
    assert_eq!(bodies.len(), 2);
    assert_eq!(
        bodies[1].len(),
        "low ".len() + 2000,
        "as far as it was seen"
    );
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
    driver.packet(Side::Low, b" more");
    driver.close();
    assert_eq!(driver.steps, [Step::Pdu(19), Step::Pdu(8), Step::Pdu(5)]);
    assert_eq!(
        driver.out.buffer("http.file_data"),
        [format!("low {}", hex_of(b"anything more"))]
    );
    let mut driver = open(GET);
    driver.packet(Side::Low, b"HTTP/1.0 200 OK\r\n\r\n");
    for _ in 0..22 {
        driver.packet(Side::Low, &[b'x'; 5000]);
    }
    assert_eq!(driver.steps.last(), Some(&Step::Opaque));
    driver.close();
    assert_eq!(driver.out.messages.len(), 1);
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
    for _ in 0..450 {
        driver.packet(Side::High, &[b'a'; 64]);
    }
    assert_eq!(driver.out.faults, ["high http.request_field_too_long at 0"]);
    let mut driver = open(GET);
    driver.packet(
        Side::Low,
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    );
    assert_eq!(
        driver.out.faults,
        ["low http.duplicate_content_length_field_in_response at 0"]
    );
    let mut driver = open(GET);
    driver.packet(Side::High, GET);
    driver.packet(
        Side::High,
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: x\r\n\r\nxyz\r\n",
    );
    driver.packet(Side::High, b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n");
    driver.packet(
        Side::High,
        b"GET / HTTP/1.0\r\nTransfer-Encoding: chunked, x\r\n\r\n",
    );
    assert_eq!(
        driver.out.faults,
        [
            "high http.invalid_content_length_field_in_request at 0",
            "high http.missing_host_header at 0",
            "high http.invalid_request_chunk_len at 0",
            "high http.host_header_ambiguous at 0",
            "high http.invalid_transfer_encoding_value_in_request at 0",
        ]
    );
}

#[test]
fn only_messages_are_recognised() {
    assert_eq!(probe(GET), Probe::Certain);
    assert_eq!(probe(PAGE), Probe::Certain);
    assert_eq!(probe(b"get / HTTP/1.1\r\n"), Probe::Certain);
    assert_eq!(probe(b"GET /old\r\n"), Probe::Unsure, "HTTP/0.9");
    let long = [&b"GET /"[..], &[b'A'; 300]].concat();
    assert_eq!(probe(&long), Probe::Certain, "a line without end in sight");
    for begun in [&b"G"[..], b"GET /ind", b"HTTP/1.", b"HTTP/1.1 200 O"] {
        assert_eq!(probe(begun), Probe::More, "{}", begun.escape_ascii());
    }
    for other in [
        &b"OPTIONS sip:a SIP/2.0\r\n"[..],
        b"RTSP/1.0 200 OK\r\n",
        b"220 ftp ready\r\n",
        b"SSH-2.0-x\r\n",
        b"get me a coffee\r\n",
        b"\x00\x01\x00\x00\x00\x06",
    ] {
        assert_eq!(probe(other), Probe::NotMine, "{}", other.escape_ascii());
    }
}

fn hex_of(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

#[test]
fn buffers_show_a_request_as_rules_expect_it() {
    let mut driver = open(GET);
    driver.packet(
        Side::High,
        b"POST http://PLC.example:8080/a//b/%2e%2e/c%20d.asp?x=%41 HTTP/1.1\r\n\
          Host: ignored\r\nX-Long:  one\r\n two \r\nAccept: a/b\r\nCookie: id=1\r\n\
          ACCEPT: c/d\r\nContent-Length: 3\r\n\r\nk=v",
    );
    let line = "POST http://PLC.example:8080/a//b/%2e%2e/c%20d.asp?x=%41 HTTP/1.1";
    let raw = r"Host: ignored\r\nX-Long:  one\r\n two \r\nAccept: a/b\r\nCookie: id=1\r\nACCEPT: c/d\r\nContent-Length: 3\r\n\r\n";
    for (name, value) in [
        (
            "http.uri.raw",
            "http://PLC.example:8080/a//b/%2e%2e/c%20d.asp?x=%41",
        ),
        ("http.host.raw", "ignored"),
        ("http.request_line", line),
        ("http.protocol", "HTTP/1.1"),
        (
            "http.header",
            r"Host: ignored\r\nX-Long: one two\r\nAccept: a/b, c/d\r\nContent-Length: 3\r\n",
        ),
        ("http.header.raw", raw),
        (
            "http.header_names",
            r"\r\nHost\r\nX-Long\r\nAccept\r\nCookie\r\nContent-Length\r\n\r\n",
        ),
        ("http.start", &format!(r"{line}\r\n{raw}")),
        ("http.cookie", "id=1"),
        ("http.accept", "a/b, c/d"),
        ("http.content_len", "3"),
    ] {
        assert_eq!(
            driver.out.buffer(name),
            [format!("high \"{value}\"")],
            "{name}"
        );
    }
    for name in ["http.request_body", "http.file_data"] {
        assert_eq!(driver.out.buffer(name), ["high 6b3d76"], "{name}");
    }
    assert_eq!(
        driver.out.messages,
        ["high http method=\"POST\" uri=\"/a/c d.asp?x=A\" host=\"plc.example\" content_length=3"]
    );
    assert_eq!(driver.out.buffer("http.response_body").len(), 0);
}

#[test]
fn buffers_show_a_response_as_rules_expect_it() {
    let mut driver = open(GET);
    driver.packet(
        Side::Low,
        b"HTTP/1.1 404 Not Found \r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\
          Content-Disposition: attachment; filename=\"x.exe\"\r\n\
          Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n\
          3\r\nMZ\x90\r\n2;ext\r\nab\r\n0\r\nTrailer: x\r\n\r\n",
    );
    for (name, value) in [
        ("http.stat_code", "404"),
        ("http.stat_msg", "Not Found"),
        ("http.response_line", "HTTP/1.1 404 Not Found "),
        ("http.cookie", "a=1, b=2"),
        ("http.connection", "close"),
        (
            "http.header_names",
            r"\r\nSet-Cookie\r\nContent-Disposition\r\nTransfer-Encoding\r\nConnection\r\n\r\n",
        ),
    ] {
        assert_eq!(
            driver.out.buffer(name),
            [format!("low \"{value}\"")],
            "{name}"
        );
    }
    assert_eq!(driver.out.buffer("http.file_data"), ["low 4d5a906162"]);
    assert!(driver.out.messages[0].ends_with("file_name=\"x.exe\""));
}

/// Made by `gzip`, `zlib.compress` and its bare form of the text `hello, hello, hello`.
const PACKED: [(&str, &str); 3] = [
    (
        "gzip",
        "1f8b0800000000000203cb48cdc9c9d751c840a2009fa1ca0913000000",
    ),
    ("deflate", "789ccb48cdc9c9d751c840a200442806d5"),
    ("deflate", "cb48cdc9c9d751c840a200"),
];

#[test]
fn compressed_bodies_are_unpacked_as_far_as_they_go() {
    for (coding, packed) in PACKED {
        let body = hex(packed);
        for cut in [body.len(), body.len() - 3] {
            let head = format!("HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\n\r\n");
            let mut driver = open(GET);
            driver.packet(Side::Low, head.as_bytes());
            driver.packet(Side::Low, &body[..cut]);
            driver.close();
            let plain = driver.out.buffer("http.response_body");
            let wanted = format!("low {}", hex_of(b"hello, hello, hello"));
            assert!(
                plain.len() == 1 && wanted.starts_with(&plain[0]) && plain[0].len() > 12,
                "{coding} {packed}: {plain:?}"
            );
        }
    }
    let bomb = hex(
        "1f8b0800000000000203edc13101000000c2a0f54f6d067fa00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000080d7007b58e05c400d0300",
    );
    let mut driver = open(GET);
    driver.packet(
        Side::Low,
        format!(
            "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n",
            bomb.len()
        )
        .as_bytes(),
    );
    driver.packet(Side::Low, &bomb);
    assert_eq!(
        driver.out.buffer("http.response_body")[0].len(),
        "low ".len() + 2 * 100 * 1024
    );
}

#[test]
fn a_body_is_told_up_to_its_bound_and_the_next_message_is_read() {
    let mut driver = open(GET);
    driver.packet(
        Side::Low,
        b"HTTP/1.1 200 OK\r\nContent-Length: 120000\r\n\r\n",
    );
    for _ in 0..120 {
        driver.packet(Side::Low, &[b'x'; 1000]);
    }
    driver.packet(Side::Low, REFUSED);
    assert_eq!(driver.out.messages.len(), 2);
    let bodies = driver.out.buffer("http.file_data");
    assert_eq!(bodies.len(), 1);
    assert_eq!(bodies[0].len(), "low ".len() + 2 * 100 * 1024);
}

#[test]
fn odd_heads_that_servers_take_are_read() {
    let mut driver = open(GET);
    driver.packet(Side::High, GET);
    driver.packet(Side::High, b"get /a b  HTTP/1.1\nHost:x\n\nGET /old\r\n");
    driver.packet(
        Side::High,
        b"X%! /c\tHTTP/1.1\r\nno colon\r\nHost : y\r\n\r\n",
    );
    let lines: Vec<&str> = driver
        .out
        .messages
        .iter()
        .skip(1)
        .map(String::as_str)
        .collect();
    assert_eq!(
        lines,
        [
            "high http method=\"get\" uri=\"/a b\" host=\"x\"",
            "high http method=\"GET\" uri=\"/old\"",
            "high http method=\"X%!\" uri=\"/c\" host=\"y\"",
        ]
    );
    assert_eq!(
        driver.out.faults,
        ["high http.request_field_missing_colon at 0"]
    );
}

#[test]
fn nothing_breaks_it() {
    for packets in [[GET, PAGE], [POST, REFUSED], [GET, CHUNKED]] {
        batter(&Http, Carrier::Tcp, (80, 50_000), &packets);
    }
}
