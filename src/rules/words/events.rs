//! Events of the decoders: `app-layer-event`, `decode-event`, `stream-event`.
//!
//! An event that Jaga does not raise is refused: the rule would be dead.

use super::{Effect, Keyword, alike};
use crate::protocols::PROTOCOLS;
use crate::rules::parse::draft::Draft;
use crate::rules::parse::header;
use crate::rules::parse::options::Opt;
use crate::rules::parse::text::Text;
use crate::rules::parse::{Cause, Flaw};
use crate::rules::rule::{EventTest, HeaderEvent, PacketTest, StreamEvent};

pub(super) static KEYWORDS: &[Keyword] = &[
    Keyword::new(
        "app-layer-event",
        &[],
        Effect::Tests,
        "A fault of a protocol's messages: app-layer-event:modbus.invalid_length.",
        protocol,
    ),
    Keyword::new(
        "decode-event",
        &["decoder-event"],
        Effect::Tests,
        "What the headers of a packet hold and should not: decode-event:ipv6.rh_type_0.",
        headers,
    ),
    Keyword::new(
        "dnp3_checksum",
        &[],
        Effect::Tests,
        "Checksums of DNP3, in the oldest spelling: incorrect.",
        checksum,
    ),
    Keyword::new(
        "stream-event",
        &[],
        Effect::Tests,
        "What reassembly noticed: stream-event:reassembly_seq_gap.",
        stream,
    ),
];

/// Events of Suricata that are faults of ours under another name.
const OTHER_NAMES: &[(&str, &str)] = &[
    ("dnp3.max_points_per_object", "dnp3.too_many_points"),
    (
        "tls.invalid_handshake_message",
        "tls.invalid_handshake_message",
    ),
    ("tls.invalid_record_type", "tls.invalid_record"),
    ("ssh.invalid_banner", "ssh.invalid_banner"),
];

/// The protocol and the name of a fault that the registry has.
fn fault(name: &str) -> Option<EventTest> {
    let alias = OTHER_NAMES.iter().find(|row| row.0 == name);
    let name = alias.map_or(name, |row| row.1);
    PROTOCOLS.iter().find_map(|protocol| {
        let fault = protocol.faults().iter().find(|fault| fault.name == name)?;
        Some(EventTest::Protocol {
            protocol: protocol.name(),
            fault: fault.name,
        })
    })
}

fn protocol(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let name = option.wanted()?.unquoted()?;
    if let Some(event) = fault(name.text) {
        draft.events.push(event);
        return Ok(());
    }
    let first = name.text.split('.').next().unwrap_or_default();
    let ours = header::protocol(first);
    let known: Vec<&'static str> = PROTOCOLS
        .iter()
        .filter(|protocol| Some(protocol.name()) == ours)
        .flat_map(|protocol| protocol.faults())
        .map(|fault| fault.name)
        .collect();
    Err(name
        .flaw(format!("the event {} is not raised", name.shown()))
        .because(Cause::NotDecoded)
        .hint(alike(name.text, known.into_iter())))
}

fn checksum(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let text = option.wanted()?;
    if text.text != "incorrect" {
        return Err(text
            .flaw("only dnp3_checksum:incorrect can be evaluated")
            .because(Cause::NotEvaluated));
    }
    let events = ["dnp3.bad_link_crc", "dnp3.bad_transport_crc"];
    let events = events.iter().filter_map(|name| fault(name)).collect();
    draft.events.push(EventTest::AnyOf(events));
    Ok(())
}

fn headers(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let name = option.wanted()?.unquoted()?;
    let known = HeaderEvent::NAMES.iter();
    let Some((_, event)) = known.clone().find(|(known, _)| *known == name.text) else {
        return Err(not_raised(name, known.map(|(known, _)| *known)));
    };
    draft.packet.push(PacketTest::Event(*event));
    Ok(())
}

fn stream(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let name = option.wanted()?.unquoted()?;
    let gap = StreamEvent::Gap;
    if name.text != gap.name() {
        return Err(not_raised(name, [gap.name()].into_iter()));
    }
    draft.events.push(EventTest::Stream(gap));
    Ok(())
}

/// Why an event of headers or of reassembly is refused: a rule that asks for it would be dead.
fn not_raised(name: Text<'_>, known: impl Iterator<Item = &'static str>) -> Flaw {
    let alike = alike(name.text, known);
    let hint = if alike.is_empty() {
        "what a receiver drops before its headers are read, and the states of connections, are \
         counted in the ledger and not raised for rules"
    } else {
        &alike
    };
    name.flaw(format!("the event {} is not raised", name.shown()))
        .because(Cause::NotDecoded)
        .hint(hint)
}
