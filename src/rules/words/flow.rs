//! Words about the flow: `flow`, `stream_size`, counters.

use super::{Effect, Keyword, named};
use crate::rules::parse::draft::Draft;
use crate::rules::parse::options::Opt;
use crate::rules::parse::text::Text;
use crate::rules::parse::{Cause, Flaw};
use crate::rules::rule::{Counter, Ends, Number};

pub(super) static KEYWORDS: &[Keyword] = &[
    Keyword::new(
        "flow",
        &[],
        Effect::Tests,
        "Direction and state: to_server, to_client, from_server, from_client, established, \
         not_established, stateless, only_stream, no_stream, only_frag, no_frag.",
        flow,
    ),
    Keyword::new(
        "flow.age",
        &[],
        Effect::Tests,
        "Seconds since the flow's first packet.",
        |draft, option| counter(draft, option, Counter::Age),
    ),
    Keyword::new(
        "flow.bytes",
        &[],
        Effect::Tests,
        "Octets of the flow so far: flow.bytes:both,>1000.",
        |draft, option| ends(draft, option, Counter::Octets),
    ),
    Keyword::new(
        "flow.bytes_toclient",
        &[],
        Effect::Tests,
        "Octets sent to the client.",
        |draft, option| counter(draft, option, Counter::Octets(Ends::Server)),
    ),
    Keyword::new(
        "flow.bytes_toserver",
        &[],
        Effect::Tests,
        "Octets sent to the server.",
        |draft, option| counter(draft, option, Counter::Octets(Ends::Client)),
    ),
    Keyword::new(
        "flow.pkts",
        &[],
        Effect::Tests,
        "Packets of the flow so far: flow.pkts:both,>10.",
        |draft, option| ends(draft, option, Counter::Packets),
    ),
    Keyword::new(
        "flow.pkts_toclient",
        &[],
        Effect::Tests,
        "Packets sent to the client.",
        |draft, option| counter(draft, option, Counter::Packets(Ends::Server)),
    ),
    Keyword::new(
        "flow.pkts_toserver",
        &[],
        Effect::Tests,
        "Packets sent to the server.",
        |draft, option| counter(draft, option, Counter::Packets(Ends::Client)),
    ),
    Keyword::new(
        "stream_size",
        &[],
        Effect::Tests,
        "Octets of the stream so far: stream_size:server,<,5.",
        stream_size,
    ),
];

#[derive(Clone, Copy)]
enum FlowWord {
    ToServer,
    ToClient,
    Established,
    NotEstablished,
    Stateless,
    OnlyStream,
    NoStream,
    OnlyFragments,
    NoFragments,
}

const WORDS: &[(&str, FlowWord)] = &[
    ("established", FlowWord::Established),
    ("from_client", FlowWord::ToServer),
    ("from_server", FlowWord::ToClient),
    ("no_frag", FlowWord::NoFragments),
    ("no_stream", FlowWord::NoStream),
    ("not_established", FlowWord::NotEstablished),
    ("only_frag", FlowWord::OnlyFragments),
    ("only_stream", FlowWord::OnlyStream),
    ("stateless", FlowWord::Stateless),
    ("to_client", FlowWord::ToClient),
    ("to_server", FlowWord::ToServer),
];

fn flow(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    for word in option.wanted()?.split(',') {
        let flow = &mut draft.flow;
        match named(word, "word of flow", WORDS)? {
            FlowWord::ToServer => flow.to_server = true,
            FlowWord::ToClient => flow.to_client = true,
            FlowWord::Established => state(&mut flow.established, true, word)?,
            FlowWord::NotEstablished => state(&mut flow.established, false, word)?,
            FlowWord::Stateless => flow.stateless = true,
            FlowWord::OnlyStream => flow.only_stream = true,
            FlowWord::NoStream => flow.no_stream = true,
            FlowWord::OnlyFragments => state(&mut flow.fragments, true, word)?,
            FlowWord::NoFragments => state(&mut flow.fragments, false, word)?,
        }
        let contradiction = (flow.to_server && flow.to_client)
            || (flow.only_stream && flow.no_stream)
            || (flow.stateless && flow.established.is_some());
        if contradiction {
            let what = format!("`{}` contradicts what stands before in flow", word.text);
            return Err(word.flaw(what).because(Cause::Contradiction));
        }
    }
    Ok(())
}

fn state(slot: &mut Option<bool>, value: bool, word: Text<'_>) -> Result<(), Flaw> {
    if slot.replace(value).is_some_and(|before| before != value) {
        let what = format!("`{}` contradicts what stands before in flow", word.text);
        return Err(word.flaw(what).because(Cause::Contradiction));
    }
    Ok(())
}

fn counter(draft: &mut Draft<'_>, option: Opt<'_>, counter: Counter) -> Result<(), Flaw> {
    let number = option.wanted()?.number(u64::MAX)?;
    draft.flow.counters.push((counter, number));
    Ok(())
}

const ENDS: &[(&str, Ends)] = &[
    ("both", Ends::Both),
    ("either", Ends::Either),
    ("toclient", Ends::Server),
    ("toserver", Ends::Client),
];

fn ends(draft: &mut Draft<'_>, option: Opt<'_>, of: fn(Ends) -> Counter) -> Result<(), Flaw> {
    let text = option.wanted()?;
    let Some((word, number)) = text.cut(",") else {
        return Err(text.flaw("a direction and a number: toserver, toclient, both or either"));
    };
    let counter = of(named(word, "direction", ENDS)?);
    draft
        .flow
        .counters
        .push((counter, number.number(u64::MAX)?));
    Ok(())
}

fn stream_size(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let text = option.wanted()?;
    let parts: Vec<Text<'_>> = text.split(',').collect();
    let [side, sign, number, ..] = parts.as_slice() else {
        return Err(text
            .flaw("stream_size has too few parameters")
            .hint("stream_size:server,<,5"));
    };
    let sides = [
        ("both", Ends::Both),
        ("client", Ends::Client),
        ("either", Ends::Either),
        ("server", Ends::Server),
    ];
    let side = named(*side, "side", &sides)?;
    let size = number.within(0, u64::from(u32::MAX))?;
    let number = compared(*sign, size)?;
    draft.flow.sizes.push((side, number));
    Ok(())
}

/// A number behind a sign that stands apart.
pub(super) fn compared(sign: Text<'_>, size: u64) -> Result<Number, Flaw> {
    let none = || sign.flaw("no number is less than 0: the rule could never match");
    Ok(match sign.text {
        "<" => Number::Within(0, size.checked_sub(1).ok_or_else(none)?),
        "<=" => Number::Within(0, size),
        ">" => Number::Within(size.saturating_add(1), u64::MAX),
        ">=" => Number::Within(size, u64::MAX),
        "=" | "==" => Number::OneOf(vec![size]),
        "!=" | "!" => Number::NoneOf(vec![size]),
        _ => {
            let what = format!("`{}` is no comparison", sign.shown());
            return Err(sign.flaw(what).hint("one of < <= = >= > !="));
        }
    })
}
