//! Words about EtherNet/IP and CIP: `enip_command`, `cip_service`.

use super::fields::known;
use super::{Effect, Keyword, named};
use crate::rules::parse::draft::Draft;
use crate::rules::parse::options::Opt;
use crate::rules::parse::text::Text;
use crate::rules::parse::{Cause, Flaw};
use crate::rules::rule::{FieldTest, Number, ValueTest};

pub(super) static KEYWORDS: &[Keyword] = &[
    Keyword::new(
        "cip_service",
        &["enip.cip", "cip.service"],
        Effect::Tests,
        "Service of CIP, then its class and attribute: cip_service:10 or cip_service:16,171,1.",
        service,
    ),
    Keyword::new(
        "enip.command",
        &["enip_command"],
        Effect::Tests,
        "Command of the encapsulation, by number or name.",
        command,
    ),
    Keyword::new(
        "frame",
        &[],
        Effect::Refused,
        "A frame as a buffer; frames are not told apart.",
        frame,
    ),
];

/// Commands of the encapsulation (CIP volume 2, table 2-3.2).
const COMMANDS: &[(&str, u64)] = &[
    ("cancel", 115),
    ("indicate_status", 114),
    ("list_identity", 99),
    ("list_interfaces", 100),
    ("list_services", 4),
    ("nop", 0),
    ("register_session", 101),
    ("send_rr_data", 111),
    ("send_unit_data", 112),
    ("unregister_session", 102),
];

fn push(
    draft: &mut Draft<'_>,
    name: &'static str,
    word: Text<'_>,
    number: Number,
) -> Result<(), Flaw> {
    draft.fields.push(FieldTest {
        field: known(name, word)?,
        key: None,
        test: ValueTest::Number(number),
    });
    Ok(())
}

fn command(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let text = option.wanted()?.unquoted()?;
    let number = if text.text.starts_with(|c: char| c.is_ascii_alphabetic()) {
        Number::OneOf(vec![named(text, "command of EtherNet/IP", COMMANDS)?])
    } else {
        text.number(0xffff)?
    };
    push(draft, "enip.command", option.word, number)
}

fn service(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let fields = ["enip.cip_service", "enip.cip_class", "enip.cip_attribute"];
    let mut parts = option.wanted()?.split(',');
    for (name, most) in fields.into_iter().zip([255, 65_535, 65_535]) {
        let Some(part) = parts.next() else { break };
        let number = part.number(most)?;
        push(draft, name, option.word, number)?;
    }
    match parts.next() {
        None => Ok(()),
        Some(more) => Err(more
            .flaw("cip_service has a service, a class and an attribute, no more")
            .hint("cip_service:16,171,1")),
    }
}

fn frame(_: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let text = option.wanted()?;
    Err(text
        .flaw(format!("the frame {} is not told apart", text.shown()))
        .because(Cause::NotDecoded))
}
