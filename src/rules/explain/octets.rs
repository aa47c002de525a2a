//! Buffers and the tests of their octets in plain words.

use super::{Lines, field, number};
use crate::rules::rule::{
    Buffer, BufferTest, ByteJump, ByteMath, ByteTest, Compare, Content, HeaderBuffer, MathOperator,
    OctetTest, Reading, Regex, Rule, Transform, Value,
};

pub(super) fn buffers(rule: &Rule, lines: &mut Lines) {
    for part in &rule.buffers {
        lines.say(0, format!("In {}:", buffer(part)));
        for test in &part.tests {
            lines.say(1, one(test));
        }
    }
}

fn buffer(part: &BufferTest) -> String {
    let name = match &part.buffer {
        Buffer::Payload => "the payload".to_owned(),
        Buffer::Packet => "the payload of one packet".to_owned(),
        Buffer::Header(header) => match header {
            HeaderBuffer::Ipv4 => "the IPv4 header",
            HeaderBuffer::Ipv6 => "the IPv6 header",
            HeaderBuffer::Tcp => "the TCP header",
            HeaderBuffer::Udp => "the UDP header",
            HeaderBuffer::Icmpv4 => "the ICMP header",
            HeaderBuffer::Icmpv6 => "the ICMPv6 header",
        }
        .to_owned(),
        Buffer::Fields(fields) => fields.first().map_or("a field", |f| field(*f)).to_owned(),
        Buffer::Pdu => "the whole PDU".to_owned(),
        Buffer::PduPart {
            from,
            octets: Some(octets),
        } => format!("{octets} octets of the PDU from octet {from} on"),
        Buffer::PduPart { from, .. } => format!("the PDU from octet {from} on"),
        Buffer::Base64 => "what base64_decode made".to_owned(),
    };
    let changes: Vec<String> = part.transforms.iter().map(transform).collect();
    if changes.is_empty() {
        name
    } else {
        format!("{name}, {}", changes.join(", "))
    }
}

fn transform(transform: &Transform) -> String {
    match transform {
        Transform::DotPrefix => "with a dot in front",
        Transform::StripWhitespace => "without white space",
        Transform::CompressWhitespace => "with runs of white space as one space",
        Transform::Lowercase => "in lower case",
        Transform::Uppercase => "in upper case",
        Transform::Md5 => "as its MD5",
        Transform::Sha1 => "as its SHA-1",
        Transform::Sha256 => "as its SHA-256",
        Transform::UrlDecode => "with %41 and + decoded",
        Transform::Xor(_) => "decoded by XOR",
        Transform::HeaderLowercase => "with header names in lower case",
        Transform::StripPseudoHeaders => "without pseudo headers",
        Transform::Regex(pattern) => return format!("as far as /{pattern}/ takes it"),
        Transform::Domain => "as its registered domain",
        Transform::TopLevelDomain => "as its top-level domain",
    }
    .to_owned()
}

fn value(value: Value) -> String {
    match value {
        Value::Fixed(number) => number.to_string(),
        Value::Variable(place) => format!("the number kept as {}", letter(place)),
    }
}

/// A name for a kept number: A, B, C ...
fn letter(place: u8) -> char {
    char::from(b'A'.saturating_add(place % 26))
}

fn one(test: &OctetTest) -> String {
    match test {
        OctetTest::Content(found) => content(found),
        OctetTest::Regex(found) => regex(found),
        OctetTest::ByteTest(found) => byte_test(found),
        OctetTest::ByteJump(found) => byte_jump(found),
        OctetTest::ByteMath(found) => byte_math(found),
        OctetTest::DataAt {
            at,
            relative,
            negated,
        } => {
            let from = if *relative {
                "after the last match"
            } else {
                "from the start"
            };
            let are = if *negated { "at most" } else { "more than" };
            format!("there are {are} {} octets {from}", value(*at))
        }
        OctetTest::Size(size) => format!("its length is {} octets", number(size)),
        OctetTest::Base64 {
            offset, relative, ..
        } => {
            let from = if *relative {
                "after the last match"
            } else {
                "from the start"
            };
            format!("base 64 is decoded, {offset} octets {from}")
        }
        OctetTest::Dataset { values, negated } => {
            let is = if *negated { "is none" } else { "is one" };
            format!("it {is} of a list of {} values", values.len())
        }
        OctetTest::Reputation { values, figure } => {
            format!(
                "its figure in a list of {} is {}",
                values.len(),
                number(figure)
            )
        }
        OctetTest::Entropy(figure) => format!("its entropy is {}", number(figure)),
    }
}

/// Octets as text with others in hexadecimal, cut where they are many.
fn shown(octets: &[u8]) -> String {
    let mut text = String::new();
    let mut hex = false;
    for octet in octets.iter().take(48) {
        let plain = (0x20..0x7f).contains(octet) && *octet != b'|' && *octet != b'"';
        if plain {
            if hex {
                text.push('|');
            }
            text.push(char::from(*octet));
        } else {
            text.push(if hex { ' ' } else { '|' });
            text.push_str(&format!("{octet:02x}"));
        }
        hex = !plain;
    }
    if hex {
        text.push('|');
    }
    let more = if octets.len() > 48 { "..." } else { "" };
    format!("\"{text}\"{more}")
}

fn content(content: &Content) -> String {
    let mut text = shown(&content.octets);
    if content.nocase {
        text.push_str(" in any case");
    }
    text.push_str(if content.negated {
        " does not stand"
    } else {
        " stands"
    });
    let mut where_ = Vec::new();
    match (content.starts, content.ends) {
        (true, true) => where_.push("as the whole of it".to_owned()),
        (true, false) => where_.push("at its start".to_owned()),
        (false, true) => where_.push("at its end".to_owned()),
        (false, false) => {}
    }
    if let Some(offset) = content.offset {
        where_.push(format!("from octet {} on", value(offset)));
    }
    if let Some(depth) = content.depth {
        where_.push(format!("within {} octets of there", value(depth)));
    }
    if let Some(distance) = content.distance {
        where_.push(match distance {
            Value::Fixed(0) => "after the last match".to_owned(),
            Value::Fixed(n) if n < 0 => {
                format!(
                    "from {} octets before the end of the last match on",
                    n.unsigned_abs()
                )
            }
            _ => format!("{} octets or more after the last match", value(distance)),
        });
    }
    if let Some(within) = content.within {
        where_.push(format!("ending within {} octets", value(within)));
    }
    if where_.is_empty() {
        where_.push("somewhere".to_owned());
    }
    format!("{text} {}", where_.join(", "))
}

fn regex(regex: &Regex) -> String {
    let matches = if regex.negated {
        "does not match"
    } else {
        "matches"
    };
    let mut how = Vec::new();
    if regex.nocase {
        how.push("in any case");
    }
    if regex.relative {
        how.push("after the last match");
    }
    if regex.anchored {
        how.push("from the start");
    }
    let how = if how.is_empty() {
        String::new()
    } else {
        format!(" {}", how.join(", "))
    };
    format!("the expression /{}/ {matches}{how}", regex.pattern)
}

fn reading(octets: Value, offset: Value, relative: bool, reading: Reading) -> String {
    let kind = match reading.text {
        Some(base) => format!("written in digits to base {base}"),
        None if reading.little => "least significant octet first".to_owned(),
        None if reading.dce => "in the order that DCE/RPC names".to_owned(),
        None => "most significant octet first".to_owned(),
    };
    let from = if relative {
        "after the last match"
    } else {
        "from the start"
    };
    format!(
        "the number in {} octets, {} octets {from}, {kind}",
        value(octets),
        value(offset)
    )
}

fn byte_test(test: &ByteTest) -> String {
    let compare = match (test.compare, test.negated) {
        (Compare::Less, false) | (Compare::GreaterEqual, true) => "is less than",
        (Compare::LessEqual, false) | (Compare::Greater, true) => "is at most",
        (Compare::Equal, false) => "is",
        (Compare::Equal, true) => "is not",
        (Compare::Greater, false) | (Compare::LessEqual, true) => "is more than",
        (Compare::GreaterEqual, false) | (Compare::Less, true) => "is at least",
        (Compare::And, false) | (Compare::Xor, true) => "has a bit in common with",
        (Compare::And, true) | (Compare::Xor, false) => "has no bit in common with",
    };
    let what = reading(test.octets, test.offset, test.relative, test.reading);
    let mask = test
        .mask
        .map_or_else(String::new, |mask| format!(", of it the bits {mask:#x},"));
    format!("{what}{mask} {compare} {}", value(test.value))
}

fn byte_jump(jump: &ByteJump) -> String {
    let what = reading(jump.octets, jump.offset, jump.relative, jump.reading);
    let times = if jump.multiplier > 1 {
        format!(" times {}", jump.multiplier)
    } else {
        String::new()
    };
    let from = match (jump.from_beginning, jump.from_end) {
        (true, _) => " from the start",
        (_, true) => " from the end",
        _ => "",
    };
    let post = match jump.post_offset {
        0 => String::new(),
        octets => format!(", then {octets}"),
    };
    format!("what follows is looked for so many octets on{from}{post}: {what}{times}")
}

fn byte_math(math: &ByteMath) -> String {
    let what = reading(math.octets, math.offset, math.relative, math.reading);
    let sum = match math.math {
        None => String::new(),
        Some((operator, right)) => {
            let sign = match operator {
                MathOperator::Add => "+",
                MathOperator::Subtract => "-",
                MathOperator::Multiply => "*",
                MathOperator::Divide => "/",
                MathOperator::ShiftLeft => "<<",
                MathOperator::ShiftRight => ">>",
            };
            format!(" {sign} {}", value(right))
        }
    };
    format!("kept as {}: {what}{sum}", letter(math.result))
}
