//! From the words of a filter to what they mean.
//!
//! As in `tcpdump`, `and` and `or` bind alike and from left to right, `not` binds closest, and a
//! value alone takes the words that stood before the value before it: `port 80 or 443`.

use super::FilterError;
use std::net::IpAddr;

/// Characters of a filter, and brackets within brackets, at most.
const LONG: usize = 8 * 1024;
const DEEP: usize = 64;

/// What a filter asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Expression {
    /// Whether both hold.
    And(Box<Self>, Box<Self>),
    /// Whether one holds.
    Or(Box<Self>, Box<Self>),
    /// Whether it does not hold.
    Not(Box<Self>),
    /// One question.
    Test(Test),
}

/// One question to a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Test {
    /// The Ethernet type behind all VLAN tags.
    Kind(u16),
    /// The protocol number of IPv4 (4), IPv6 (6) or either.
    Protocol(Option<u8>, u8),
    /// The first bits of an address of IP; that of ARP too where its kind is not asked for.
    Address(Ends, Family, IpAddr, u8),
    /// A port of TCP, UDP or SCTP, from one to another.
    Port(Ends, Option<u8>, (u16, u16)),
    /// A MAC address.
    Mac(Ends, [u8; 6]),
    /// The frame is sent to many.
    Group,
    /// It has a VLAN tag, or one with this number.
    Vlan(Option<u16>),
    /// It has so many octets at least.
    Length(u32),
}

/// Which end of a frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Ends {
    Source,
    Destination,
    #[default]
    Either,
    Both,
}

/// In what an address may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    Any,
    Ip,
    Arp,
}

/// The words before a value.
#[derive(Clone, Copy, Debug, Default)]
struct Words<'a> {
    protocol: Option<&'a str>,
    ends: Option<Ends>,
    kind: Option<&'a str>,
}

#[derive(Clone, Copy, Debug)]
struct Token<'a> {
    text: &'a str,
    column: usize,
}

pub(super) fn parse(text: &str) -> Result<Expression, FilterError> {
    if text.chars().count() > LONG {
        return Err(fault(1, format!("a filter has at most {LONG} characters")));
    }
    let mut parser = Parser {
        tokens: tokens(text),
        at: 0,
        before: Words::default(),
        deep: 0,
        end: text.chars().count() + 1,
    };
    let expression = parser.expression()?;
    match parser.next() {
        None => Ok(expression),
        Some(token) if token.text == ")" => Err(fault(
            token.column,
            "this bracket closes none that is open".to_owned(),
        )),
        Some(token) => Err(fault(
            token.column,
            format!(
                "{:?} stands here where \"and\" or \"or\" is needed",
                token.text
            ),
        )),
    }
}

fn fault(column: usize, what: String) -> FilterError {
    FilterError { column, what }
}

/// Words, brackets and signs.
fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = text;
    let mut column = 1;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            c if c.is_whitespace() => {
                column += 1;
                rest = rest.get(c.len_utf8()..).unwrap_or_default();
                continue;
            }
            '(' | ')' | '!' => 1,
            _ => {
                let ends = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | '!');
                rest.find(ends).unwrap_or(rest.len())
            }
        };
        let (text, behind) = rest.split_at(length);
        tokens.push(Token { text, column });
        column += text.chars().count();
        rest = behind;
    }
    tokens
}

struct Parser<'a> {
    tokens: Vec<Token<'a>>,
    at: usize,
    /// The words before the value before.
    before: Words<'a>,
    deep: usize,
    /// The column behind the last.
    end: usize,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<&'a str> {
        self.tokens.get(self.at).map(|token| token.text)
    }

    fn next(&mut self) -> Option<Token<'a>> {
        let token = self.tokens.get(self.at).copied();
        self.at += usize::from(token.is_some());
        token
    }

    /// Takes one of these words, where it comes next.
    fn take(&mut self, words: &[&str]) -> Option<&'a str> {
        let found = self.peek().filter(|next| words.contains(next));
        self.at += usize::from(found.is_some());
        found
    }

    fn column(&self) -> usize {
        self.tokens
            .get(self.at)
            .map_or(self.end, |token| token.column)
    }

    fn expression(&mut self) -> Result<Expression, FilterError> {
        let mut left = self.term()?;
        loop {
            if self.take(&["and", "&&"]).is_some() {
                left = Expression::And(Box::new(left), Box::new(self.term()?));
            } else if self.take(&["or", "||"]).is_some() {
                left = Expression::Or(Box::new(left), Box::new(self.term()?));
            } else {
                return Ok(left);
            }
        }
    }

    fn term(&mut self) -> Result<Expression, FilterError> {
        let column = self.column();
        self.deep += 1;
        if self.deep > DEEP {
            let what = format!("brackets and \"not\" go at most {DEEP} deep");
            return Err(fault(column, what));
        }
        let term = if self.take(&["not", "!"]).is_some() {
            Expression::Not(Box::new(self.term()?))
        } else if self.take(&["("]).is_some() {
            let inner = self.expression()?;
            if self.take(&[")"]).is_none() {
                return Err(fault(column, "this bracket is never closed".to_owned()));
            }
            inner
        } else {
            self.test()?
        };
        self.deep -= 1;
        Ok(term)
    }

    /// One question: words and a value.
    fn test(&mut self) -> Result<Expression, FilterError> {
        let began = self.at;
        let mut words = Words::default();
        if self.take(&["vlan"]).is_some() {
            return self.vlan();
        }
        if let Some(word) = self.take(&["less", "greater"]) {
            return self.length(word);
        }
        words.protocol = self.take(&[
            "ether", "ip", "ip6", "arp", "tcp", "udp", "sctp", "icmp", "icmp6",
        ]);
        if let Some(group) = self.take(&["broadcast", "multicast"]) {
            let column = self.column();
            return match words.protocol {
                None | Some("ether") if group == "broadcast" => {
                    Ok(Expression::Test(Test::Mac(Ends::Destination, [0xff; 6])))
                }
                None | Some("ether") => Ok(Expression::Test(Test::Group)),
                Some(_) => Err(fault(column, format!("only \"ether {group}\" is known"))),
            };
        }
        words.ends = self.ends();
        words.kind = self.take(&["host", "net", "port", "portrange", "proto"]);
        if words.ends.is_none()
            && words.kind.is_none()
            && let Some(protocol) = words.protocol
        {
            return self.protocol(protocol);
        }
        if self.at == began {
            // Only a value: the words before the one before.
            words = self.before;
        }
        let Some(value) = self.next() else {
            return Err(fault(
                self.end,
                "the filter ends where a value is needed".to_owned(),
            ));
        };
        let test = test(words, value)?;
        self.before = words;
        Ok(test)
    }

    fn ends(&mut self) -> Option<Ends> {
        let ends = match self.take(&["src", "dst"])? {
            "src" => Ends::Source,
            _ => Ends::Destination,
        };
        let ahead = |at: usize| self.tokens.get(at).map(|token| token.text);
        let other = match ends {
            Ends::Source => "dst",
            _ => "src",
        };
        if ahead(self.at + 1) != Some(other) {
            return Some(ends);
        }
        let both = match ahead(self.at) {
            Some("or" | "||") => Ends::Either,
            Some("and" | "&&") => Ends::Both,
            _ => return Some(ends),
        };
        self.at += 2;
        Some(both)
    }

    /// The name of a protocol alone.
    fn protocol(&self, name: &str) -> Result<Expression, FilterError> {
        let test = match name {
            "ip" => Test::Kind(0x0800),
            "ip6" => Test::Kind(0x86dd),
            "arp" => Test::Kind(0x0806),
            "tcp" => Test::Protocol(None, 6),
            "udp" => Test::Protocol(None, 17),
            "sctp" => Test::Protocol(None, 132),
            "icmp" => Test::Protocol(Some(4), 1),
            "icmp6" => Test::Protocol(Some(6), 58),
            _ => {
                let what = "\"ether\" needs host, src, dst, proto, broadcast or multicast";
                return Err(fault(self.column(), what.to_owned()));
            }
        };
        Ok(Expression::Test(test))
    }

    fn vlan(&mut self) -> Result<Expression, FilterError> {
        let digits = |word: &&str| word.bytes().all(|octet| octet.is_ascii_digit());
        let Some(word) = self.peek().filter(digits) else {
            return Ok(Expression::Test(Test::Vlan(None)));
        };
        let column = self.column();
        self.at += 1;
        let number = word.parse().ok().filter(|number: &u16| *number < 4096);
        let number = number.ok_or_else(|| fault(column, "a VLAN is 0 to 4095".to_owned()))?;
        Ok(Expression::Test(Test::Vlan(Some(number))))
    }

    fn length(&mut self, word: &str) -> Result<Expression, FilterError> {
        let column = self.column();
        let octets = self.next().and_then(|token| token.text.parse::<u32>().ok());
        let octets = octets
            .filter(|octets| *octets <= 1 << 20)
            .ok_or_else(|| fault(column, "a length is a number of octets".to_owned()))?;
        // As tcpdump has it: both take in the length itself.
        Ok(match word {
            "greater" => Expression::Test(Test::Length(octets)),
            _ => Expression::Not(Box::new(Expression::Test(Test::Length(octets + 1)))),
        })
    }
}

/// A question from its words and value.
fn test(words: Words<'_>, value: Token<'_>) -> Result<Expression, FilterError> {
    let ends = words.ends.unwrap_or_default();
    let Token { text, column } = value;
    let refuse = |what: String| Err(fault(column, what));
    let test = match (words.protocol, words.kind) {
        (Some("ether"), Some("proto")) => match number(text, 0xffff) {
            Some(kind) => Test::Kind(u16::try_from(kind).unwrap_or_default()),
            None => return refuse(format!("{text:?} is no Ethernet type: 0x0800 is one")),
        },
        (protocol @ (None | Some("ip" | "ip6")), Some("proto")) => match number(text, 0xff) {
            Some(number) => {
                let version = protocol.map(|name| if name == "ip" { 4 } else { 6 });
                Test::Protocol(version, u8::try_from(number).unwrap_or_default())
            }
            None => return refuse(format!("{text:?} is no protocol of IP, 0 to 255")),
        },
        (Some("ether"), Some("host") | None) => match mac(text) {
            Some(mac) => Test::Mac(ends, mac),
            None => {
                return refuse(format!(
                    "{text:?} is no MAC address: 00:1b:1b:12:34:56 is one"
                ));
            }
        },
        (protocol @ (None | Some("tcp" | "udp" | "sctp")), Some("port" | "portrange")) => {
            let Some(range) = ports(text, words.kind == Some("portrange")) else {
                return refuse(format!(
                    "{text:?} is no port: port 502 and portrange 2404-2405 are right, 0 to 65535"
                ));
            };
            let protocol = protocol.map(|name| match name {
                "tcp" => 6,
                "udp" => 17,
                _ => 132,
            });
            Test::Port(ends, protocol, range)
        }
        (protocol @ (None | Some("ip" | "ip6" | "arp")), kind @ (None | Some("host" | "net"))) => {
            return address((protocol, ends, kind), value);
        }
        (Some(protocol), Some(kind)) => {
            return refuse(format!("{protocol:?} has no {kind:?}"));
        }
        (Some(protocol), None) => {
            return refuse(format!("{protocol:?} needs port or portrange here"));
        }
        (None, Some(kind)) => return refuse(format!("{kind:?} cannot be asked for here")),
    };
    Ok(Expression::Test(test))
}

/// An address or a network.
fn address(
    (protocol, ends, kind): (Option<&str>, Ends, Option<&str>),
    Token { text, column }: Token<'_>,
) -> Result<Expression, FilterError> {
    let (host, bits) = match text.split_once('/') {
        Some((host, bits)) => (host, Some(bits)),
        None => (text, None),
    };
    let Ok(host) = host.parse::<IpAddr>() else {
        return Err(fault(column, unknown(text, kind)));
    };
    let most: u8 = if host.is_ipv4() { 32 } else { 128 };
    let bits = match (kind, bits) {
        (Some("net"), Some(bits)) => bits.parse().ok().filter(|bits: &u8| *bits <= most),
        (Some("net"), None) | (_, Some(_)) => None,
        (_, None) => Some(most),
    };
    let Some(bits) = bits else {
        let what = format!("{text:?}: net ADDRESS/LENGTH and host ADDRESS are right");
        return Err(fault(column, what));
    };
    let family = match protocol {
        None => Family::Any,
        Some("arp") => Family::Arp,
        Some(_) => Family::Ip,
    };
    let fits = match protocol {
        Some("ip" | "arp") => host.is_ipv4(),
        Some(_) => host.is_ipv6(),
        None => true,
    };
    if !fits {
        let what = format!(
            "{text:?} is no address of {:?}",
            protocol.unwrap_or_default()
        );
        return Err(fault(column, what));
    }
    let number = match host {
        IpAddr::V4(host) => u128::from(host.to_bits()) << 96,
        IpAddr::V6(host) => host.to_bits(),
    };
    if bits < 128 && number << bits != 0 {
        let what =
            format!("{text:?} has bits behind the first {bits}: write the network's address");
        return Err(fault(column, what));
    }
    Ok(Expression::Test(Test::Address(ends, family, host, bits)))
}

/// What to say of a word that is none.
fn unknown(text: &str, kind: Option<&str>) -> String {
    match (text, kind) {
        ("and" | "or" | "&&" | "||" | ")", _) => {
            format!("{text:?} stands here where a question is needed")
        }
        (_, Some(_)) => format!("{text:?} is no IP address; names are not looked up"),
        (_, None) => format!(
            "{text:?} is no word of filters: host, net, port, portrange, proto, src, dst, vlan, \
             ether, ip, ip6, arp, tcp, udp, sctp, icmp, icmp6, broadcast, multicast, less, greater, \
             and, or, not are"
        ),
    }
}

/// A number, decimal or hexadecimal.
fn number(text: &str, most: u32) -> Option<u32> {
    let number = match text.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16).ok()?,
        None => text.parse().ok()?,
    };
    (number <= most).then_some(number)
}

fn mac(text: &str) -> Option<[u8; 6]> {
    let mut octets = [0; 6];
    let mut parts = text.split([':', '-']);
    for octet in &mut octets {
        let part = parts.next().filter(|part| part.len() <= 2)?;
        *octet = u8::from_str_radix(part, 16).ok()?;
    }
    parts.next().is_none().then_some(octets)
}

fn ports(text: &str, range: bool) -> Option<(u16, u16)> {
    let (low, high) = match range {
        true => text.split_once('-')?,
        false => (text, text),
    };
    let (low, high) = (low.parse().ok()?, high.parse().ok()?);
    (low <= high).then_some((low, high))
}
