//! Messages and collectors.

use super::message::EVENT;
use super::stream::{Stream, WINDOW};
use super::tls::Trust;
use super::*;
use crate::desk::store::Record;
use crate::facts::Time;
use std::io::Read as _;
use std::net::TcpListener;
use std::thread;
use std::time::Duration;

/// The message of the sensor of this name for an event of this severity.
fn told(host: &str, severity: u8, event: &str) -> Option<String> {
    let record = Record {
        number: 1,
        stored: Time::ZERO,
        time: Time::from_parts(1_763_800_000, 123_456_789),
        severity,
        muted: false,
        event: event.as_bytes().into(),
    };
    message(host, Style::default(), &record).map(|message| String::from_utf8(message).unwrap())
}

#[test]
fn a_message_is_as_the_standard_asks() {
    let event = r#"{"event_type":"alert","payload":"AAAA","packet":"BBBB","flow_id":7}"#;
    let process = std::process::id();
    assert_eq!(
        told("plant 1\n", 1, event).unwrap(),
        format!(
            "<162>1 2025-11-22T08:26:40.123456Z plant1 jaga {process} alert - \
             {{\"event_type\":\"alert\",\"flow_id\":7}}"
        )
    );
    assert!(
        told("", 4, event)
            .unwrap()
            .starts_with("<166>1 2025-11-22T08:26:40.123456Z - jaga ")
    );
    assert_eq!(told("a", 4, "no event"), None);
}

#[test]
fn an_old_collector_gets_an_old_header() {
    let record = Record {
        number: 1,
        stored: Time::ZERO,
        time: Time::from_parts(1_762_300_000, 0),
        severity: 2,
        muted: false,
        event: br#"{"event_type":"health","health":{"text":"up"}}"#.as_slice().into(),
    };
    let style = Style {
        format: Format::Text,
        header: Header::Rfc3164,
    };
    let told = String::from_utf8(message("north", style, &record).unwrap()).unwrap();
    let process = std::process::id();
    let whole = format!("<164>Nov  4 23:46:40 north jaga[{process}]: [medium] up");
    assert_eq!(told, whole);
}

#[test]
fn what_is_too_long_loses_what_tells_least() {
    let long = "x".repeat(EVENT);
    let ot = r#""ot":{"event_id":"7f"}"#;
    let event = format!(r#"{{"event_type":"alert","modbus":"{long}",{ot}}}"#);
    let short = format!(r#"{{"event_type":"alert",{ot},"truncated":true}}"#);
    assert!(told("a", 2, &event).unwrap().ends_with(&short));
    // The name of the event stays whatever goes.
    let event = event.replace("7f\"", &format!("7f\",\"why\":\"{long}\""));
    let short = format!(r#"{{"event_type":"alert","truncated":true,{ot}}}"#);
    let told = told("a", 2, &event).unwrap();
    assert!(told.ends_with(&short), "{told}");
}

#[test]
fn collectors_are_named_by_scheme_host_and_port() {
    for good in [
        "udp://127.0.0.1:514",
        "tcp://logs.example:601",
        "tcp://[::1]:601",
        "tls://logs:6514",
    ] {
        assert_eq!(good.parse::<Collector>().unwrap().to_string(), good);
    }
    for bad in ["", "logs:514", "udp://:514", "udp://a", "tcp://a:x"] {
        assert!(bad.parse::<Collector>().is_err(), "{bad}");
    }
}

#[test]
fn a_datagram_holds_one_message() {
    let server = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = server.local_addr().unwrap();
    let collector: Collector = format!("udp://{address}").parse().unwrap();
    let mut sink = collector.sink(&Trust::default()).unwrap();
    sink.write(b"one").unwrap();
    let mut octets = [0; 64];
    let (length, _) = server.recv_from(&mut octets).unwrap();
    assert_eq!(&octets[..length], b"one");
}

#[test]
fn nothing_is_lost_where_a_collector_goes_and_comes_back() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = server.local_addr().unwrap();
    let mut sink = Stream::new(address.to_string(), None);
    sink.write(b"one").unwrap();
    let (mut first, _) = server.accept().unwrap();
    let mut octets = [0; 5];
    first.read_exact(&mut octets).unwrap();
    assert_eq!(&octets, b"3 one");
    // It dies with a message on its way, and is away for a while.
    drop(first);
    drop(server);
    thread::sleep(Duration::from_millis(50));
    for message in [&b"two"[..], b"three"] {
        sink.write(message).unwrap();
    }
    assert!(!sink.works());
    let server = TcpListener::bind(address).unwrap();
    let reader = thread::spawn(move || {
        let (mut second, _) = server.accept().unwrap();
        let mut text = String::new();
        second.read_to_string(&mut text).unwrap();
        text
    });
    while !sink.works() {
        sink.idle();
        thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(sink.close(), 0);
    assert_eq!(reader.join().unwrap(), "3 one3 two5 three");
}

#[test]
fn what_is_sent_again_is_bounded_and_what_was_not_sent_is_kept() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = server.local_addr().unwrap();
    let mut sink = Stream::new(address.to_string(), None);
    assert!(sink.takes());
    let (first, _) = server.accept().unwrap();
    let read = thread::spawn(move || io::copy(&mut &first, &mut io::sink()));
    for _ in 0..WINDOW.0 + 10 {
        sink.write(b"message").unwrap();
    }
    assert_eq!(sink.unsettled().unwrap(), WINDOW.0);
    // It closes once it has read all, so that nothing is to be sent again.
    assert_eq!(sink.close(), 0);
    assert_eq!(sink.unsettled().unwrap(), 0);
    assert!(read.join().unwrap().unwrap() > 9 * WINDOW.0 as u64);
    drop(server);
    assert!(!sink.takes());
    for _ in 0..3 {
        sink.write(b"message").unwrap();
    }
    assert_eq!(sink.close(), 3);
}
