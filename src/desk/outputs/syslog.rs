//! Alerts and health as syslog (RFC 5424), over UDP (RFC 5426) or TCP with octet counting
//! (RFC 6587, 3.4.1).
//!
//! Made by `jaga run`; the message is the EVE event. Over TCP nothing tells what a collector has
//! written: what was sent lately is kept and sent again over a new connection. A repeated
//! message is the same, octet by octet.

use super::outlet::Sink;
use super::time::Seconds;
use crate::desk::store::Record;
use rustix::io::Errno;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::fmt;
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, TcpStream, ToSocketAddrs as _, UdpSocket};
use std::time::{Duration, Instant};

/// Facility local4 (RFC 5424, table 1).
const FACILITY: u8 = 20;

/// Octets of an event at most: what collectors take without further settings.
const EVENT: usize = 8 * 1024;

/// Keys that are left out of every message: octets belong into the events.
const OCTETS: [&str; 4] = ["payload", "payload_printable", "packet", "packet_info"];

/// Keys that are left out of one that is still too long, the least telling first.
const DISPENSABLE: [&str; 5] = ["modbus", "dnp3", "enip", "flow", "ot"];

/// Messages and octets that are kept to be sent again, and for how long.
const WINDOW: (usize, usize, Duration) = (4096, 1024 * 1024, Duration::from_secs(60));

/// How long a connection, and a write to it, may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long a collector may take at the end to read what is on its way.
const FAREWELL: Duration = Duration::from_secs(2);

/// Least and greatest time between two attempts to connect.
const BACK_OFF: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(30));

/// A collector: `udp://host:port` or `tcp://host:port`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collector {
    tcp: bool,
    address: String,
}

impl fmt::Display for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tcp { "tcp" } else { "udp" };
        write!(f, "{scheme}://{}", self.address)
    }
}

impl std::str::FromStr for Collector {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "a collector is named udp://HOST:PORT or tcp://HOST:PORT".to_owned();
        let (scheme, address) = text.split_once("://").ok_or_else(wrong)?;
        let tcp = match scheme {
            "tcp" => true,
            "udp" => false,
            _ => return Err(wrong()),
        };
        let (host, port) = address.rsplit_once(':').ok_or_else(wrong)?;
        if host.is_empty() || port.parse::<u16>().is_err() {
            return Err(wrong());
        }
        Ok(Self {
            tcp,
            address: address.to_owned(),
        })
    }
}

impl Collector {
    /// The sink that sends there.
    ///
    /// # Errors
    /// The system gives no socket.
    pub fn sink(&self) -> io::Result<Box<dyn Sink>> {
        if self.tcp {
            return Ok(Box::new(Tcp::new(self.address.clone())));
        }
        Ok(Box::new(Udp {
            address: self.address.clone(),
            sockets: [
                UdpSocket::bind("0.0.0.0:0").ok(),
                UdpSocket::bind("[::]:0").ok(),
            ],
        }))
    }
}

/// The message for an event of the sensor of this name.
#[must_use]
pub fn message(host: &str, record: &Record) -> Option<Vec<u8>> {
    let mut event: Value = serde_json::from_slice(&record.event).ok()?;
    let object = event.as_object_mut()?;
    OCTETS.iter().for_each(|key| _ = object.shift_remove(*key));
    let kind = object.get("event_type")?.as_str()?.to_owned();
    let mut text = super::json::text(&event);
    for key in DISPENSABLE {
        if text.len() <= EVENT {
            break;
        }
        let object = event.as_object_mut()?;
        // What is sent again must be known again.
        let name = object.get("ot").and_then(|ot| ot.get("event_id")).cloned();
        object.shift_remove(key);
        if let Some(name) = name.filter(|_| key == "ot") {
            object.insert("ot".to_owned(), json!({ "event_id": name }));
        }
        object.insert("truncated".to_owned(), Value::Bool(true));
        text = super::json::text(&event);
    }
    // RFC 5424, table 2: critical, warning, notice, informational.
    let level = match record.severity {
        0 | 1 => 2,
        2 => 4,
        3 => 5,
        _ => 6,
    };
    let priority = FACILITY * 8 + level;
    let time = record.time;
    let micros = time.nanos() / 1_000 % 1_000_000;
    let seconds = Seconds(time);
    let host: String = host
        .chars()
        .filter(char::is_ascii_graphic)
        .take(255)
        .collect();
    let host = if host.is_empty() { "-" } else { &host };
    let process = std::process::id();
    let message =
        format!("<{priority}>1 {seconds}.{micros:06}Z {host} jaga {process} {kind} - {text}");
    Some(message.into_bytes())
}

/// Datagrams, which may be lost.
struct Udp {
    address: String,
    /// For IPv4 and IPv6.
    sockets: [Option<UdpSocket>; 2],
}

impl Sink for Udp {
    fn write(&mut self, octets: &[u8]) -> io::Result<()> {
        let place = self.address.to_socket_addrs()?.next();
        let place = place.ok_or(ErrorKind::AddrNotAvailable)?;
        let [four, six] = &self.sockets;
        let socket = if place.is_ipv4() { four } else { six };
        let socket = socket.as_ref().ok_or(ErrorKind::AddrNotAvailable)?;
        match socket.send_to(octets, place) {
            // No later try would do better.
            Err(error) if error.raw_os_error() == Some(Errno::MSGSIZE.raw_os_error()) => {
                Err(ErrorKind::InvalidInput.into())
            }
            sent => sent.map(|_| ()),
        }
    }
}

/// A connection, and what may have to be sent over the next one.
struct Tcp {
    address: String,
    stream: Option<TcpStream>,
    window: VecDeque<Kept>,
    /// Messages of the window that were sent over this connection: the first ones.
    sent: usize,
    octets: usize,
    pause: Duration,
    tried: Option<Instant>,
}

/// A framed message, and when it was sent.
struct Kept(Vec<u8>, Option<Instant>);

impl Tcp {
    fn new(address: String) -> Self {
        Self {
            address,
            stream: None,
            window: VecDeque::new(),
            sent: 0,
            octets: 0,
            pause: BACK_OFF.0,
            tried: None,
        }
    }

    /// Sends what was not sent over this connection, which is opened if it is time to.
    fn send(&mut self) {
        self.connect();
        let Some(stream) = &mut self.stream else {
            return;
        };
        for Kept(message, when) in self.window.iter_mut().skip(self.sent) {
            if stream.write_all(message).is_err() {
                self.lose();
                return;
            }
            *when = Some(Instant::now());
            self.sent += 1;
        }
        // What was sent long ago over a connection that still stands has arrived.
        while let Some(Kept(message, Some(when))) = self.window.front()
            && when.elapsed() > WINDOW.2
            && self.sent > 0
        {
            self.octets = self.octets.saturating_sub(message.len());
            self.window.pop_front();
            self.sent -= 1;
        }
    }

    /// Notices a connection that was closed, and opens a new one if it is time to.
    fn connect(&mut self) {
        if self.stream.as_ref().is_some_and(is_closed) {
            self.lose();
        }
        let soon = |tried: Instant| tried.elapsed() < self.pause;
        if self.stream.is_some() || self.tried.is_some_and(soon) {
            return;
        }
        self.tried = Some(Instant::now());
        match open(&self.address) {
            Ok(stream) => {
                self.stream = Some(stream);
                self.pause = BACK_OFF.0;
            }
            Err(_) => self.pause = (self.pause * 2).min(BACK_OFF.1),
        }
    }

    /// The connection is gone: all that is kept is to be sent again.
    fn lose(&mut self) {
        self.stream = None;
        self.sent = 0;
    }
}

impl Sink for Tcp {
    fn write(&mut self, octets: &[u8]) -> io::Result<()> {
        let mut message = octets.len().to_string().into_bytes();
        message.push(b' ');
        message.extend(octets);
        self.octets += message.len();
        self.window.push_back(Kept(message, None));
        self.send();
        // What was never sent is not let go: as long as it is there no more are taken.
        while (self.window.len() > WINDOW.0 || self.octets > WINDOW.1)
            && let Some(Kept(_, Some(_))) = self.window.front()
            && let Some(Kept(message, _)) = self.window.pop_front()
        {
            self.octets = self.octets.saturating_sub(message.len());
            self.sent = self.sent.saturating_sub(1);
        }
        Ok(())
    }

    fn idle(&mut self) {
        self.send();
    }

    fn works(&self) -> bool {
        self.stream.is_some()
    }

    fn takes(&mut self) -> bool {
        self.send();
        self.stream.is_some()
    }

    fn unsettled(&mut self) -> io::Result<usize> {
        Ok(self.window.len())
    }

    fn close(&mut self) -> u64 {
        self.tried = None;
        self.send();
        let unsent = self.window.iter().filter(|Kept(_, when)| when.is_none());
        let unsent = unsent.count() as u64;
        let Some(mut stream) = self.stream.take() else {
            return unsent;
        };
        // A collector that closes its end has read all to the end; one that does not, or not
        // soon, may get this again.
        let ended = stream
            .shutdown(Shutdown::Write)
            .and_then(|()| stream.set_read_timeout(Some(FAREWELL)))
            .and_then(|()| stream.read(&mut [0]));
        if matches!(ended, Ok(0)) {
            self.window.clear();
            self.octets = 0;
        }
        self.sent = 0;
        unsent
    }
}

/// Whether the other end has closed a connection. Collectors never answer.
fn is_closed(stream: &TcpStream) -> bool {
    if stream.set_nonblocking(true).is_err() {
        return true;
    }
    let peeked = stream.peek(&mut [0]);
    let blocks = stream.set_nonblocking(false);
    let open = match peeked {
        Ok(read) => read > 0,
        Err(error) => error.kind() == ErrorKind::WouldBlock,
    };
    !open || blocks.is_err()
}

fn open(address: &str) -> io::Result<TcpStream> {
    let mut last = ErrorKind::AddrNotAvailable.into();
    for place in address.to_socket_addrs()? {
        match TcpStream::connect_timeout(&place, PATIENCE) {
            Ok(stream) => {
                stream.set_write_timeout(Some(PATIENCE))?;
                stream.set_nodelay(true)?;
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Time;
    use std::net::TcpListener;
    use std::thread;

    /// The message of the sensor of this name for an event of this severity.
    fn told(host: &str, severity: u8, event: &str) -> Option<String> {
        let record = Record {
            number: 1,
            stored: Time::ZERO,
            time: Time::from_parts(1_763_800_000, 123_456_789),
            severity,
            event: event.as_bytes().into(),
        };
        message(host, &record).map(|message| String::from_utf8(message).unwrap())
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
        ] {
            assert_eq!(good.parse::<Collector>().unwrap().to_string(), good);
        }
        for bad in [
            "",
            "logs:514",
            "tls://a:1",
            "udp://:514",
            "udp://a",
            "tcp://a:x",
        ] {
            assert!(bad.parse::<Collector>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_datagram_holds_one_message() {
        let server = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = server.local_addr().unwrap();
        let collector: Collector = format!("udp://{address}").parse().unwrap();
        let mut sink = collector.sink().unwrap();
        sink.write(b"one").unwrap();
        let mut octets = [0; 64];
        let (length, _) = server.recv_from(&mut octets).unwrap();
        assert_eq!(&octets[..length], b"one");
    }

    #[test]
    fn nothing_is_lost_where_a_collector_goes_and_comes_back() {
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = server.local_addr().unwrap();
        let mut sink = Tcp::new(address.to_string());
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
        let mut sink = Tcp::new(address.to_string());
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
}
