//! Words over operations, whatever the protocol: `ot.op`, `ot.criticality`, `ot.target` ...

use super::{Effect, Keyword, named};
use crate::facts::{Class, attack};
use crate::rules::parse::Flaw;
use crate::rules::parse::draft::Draft;
use crate::rules::parse::options::Opt;
use crate::rules::parse::text::Text;
use crate::rules::rule::{AssetTest, AssetWord, Number, OperationTest, Whose};

pub(super) static KEYWORDS: &[Keyword] = &[
    Keyword::new(
        "ot.actor",
        &[],
        Effect::Tests,
        "The actor came to this device less than so long before, when others had worked on it \
         for two minutes or more: ot.actor:new,1h (s, m, h, d); `!` not.",
        actor,
    ),
    Keyword::new(
        "ot.criticality",
        &[],
        Effect::Tests,
        "Criticality of an operation, 0 poll to 5 stop, program, firmware, wipe: \
         ot.criticality:>=4.",
        criticality,
    ),
    Keyword::new(
        "ot.name",
        &[],
        Effect::Tests,
        "Whole name of the operation; * at its end stands for anything, `!` not: \
         ot.name:\"stop plc\".",
        name,
    ),
    Keyword::new(
        "ot.op",
        &["ot.class"],
        Effect::Tests,
        "Class of the operation (`!` not), of any protocol: ot.op:write,force.",
        class,
    ),
    Keyword::new(
        "ot.result",
        &[],
        Effect::Tests,
        "How it ended: ok, refused, no-answer, not-seen, unacknowledged.",
        result,
    ),
    Keyword::new(
        "ot.target",
        &[],
        Effect::Tests,
        "What it touched: kind (or any), addresses as on the wire, name: \
         ot.target:holding-register,40..49; ot.target:any,\"OB*\".",
        target,
    ),
    Keyword::new(
        "ot.technique",
        &[],
        Effect::Tests,
        "ATT&CK for ICS technique that it serves: ot.technique:T0855.",
        technique,
    ),
    Keyword::new(
        "ot.value",
        &[],
        Effect::Tests,
        "One of its values, or the name that is shown for it: ot.value:>100.5; \
         ot.value:\"latch off\".",
        value,
    ),
];

fn class(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let (negated, text) = option.wanted()?.negation();
    let classes: Result<Vec<Class>, Flaw> = text
        .split(',')
        .map(|part| {
            named(
                part,
                "class of operations",
                &Class::ALL.map(|class| (class.name(), class)),
            )
        })
        .collect();
    draft.operation.push(OperationTest::Class {
        classes: classes?,
        negated,
    });
    Ok(())
}

fn actor(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let (negated, text) = option.wanted()?.negation();
    let Some((_, time)) = text.cut(",").filter(|(word, _)| word.text == "new") else {
        return Err(text
            .flaw(format!("`{}` is not known of an actor", text.shown()))
            .hint("new,5m"));
    };
    let what = AssetWord::NewActor(super::asset::span(time.trim())?);
    let whose = Whose::Source;
    draft.assets.push(AssetTest {
        whose,
        negated,
        what,
    });
    Ok(())
}

fn criticality(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let number = option.wanted()?.number(5)?;
    draft.operation.push(OperationTest::Criticality(number));
    Ok(())
}

fn technique(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let text = option.wanted()?.unquoted()?;
    let digits = text.text.strip_prefix('T').unwrap_or_default();
    if digits.len() != 4 || !digits.chars().all(|c| c.is_ascii_digit()) {
        return Err(text
            .flaw(format!(
                "`{}` is no technique of ATT&CK for ICS",
                text.shown()
            ))
            .hint("a technique is T and four digits: T0855"));
    }
    if attack::technique(text.text).is_none() {
        let what = format!("ATT&CK for ICS has no technique {}", text.shown());
        return Err(text.flaw(what));
    }
    draft
        .operation
        .push(OperationTest::Technique(text.text.into()));
    Ok(())
}

fn name(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let (negated, text) = option.wanted()?.negation();
    let text = text.unquoted()?;
    if text.text.is_empty() {
        return Err(text.flaw("the name is empty"));
    }
    draft.operation.push(OperationTest::Name {
        text: text.text.to_ascii_lowercase().into(),
        negated,
    });
    Ok(())
}

fn target(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let mut parts = option.wanted()?.split(',');
    let space = parts.next().filter(|space| !space.text.is_empty());
    let Some(space) = space else {
        return Err(option
            .word
            .flaw("ot.target needs a kind of address, or any"));
    };
    let plain = space
        .text
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if !plain {
        let what = format!("`{}` is no kind of address", space.shown());
        return Err(space.flaw(what).hint("ot.target:holding-register,40..49"));
    }
    let (mut range, mut name) = (None, None);
    for part in parts {
        if part.text.starts_with('"') {
            let text = part.unquoted()?;
            if text.text.is_empty() {
                return Err(part.flaw("the name is empty"));
            }
            name = Some(text.text.to_ascii_lowercase().into());
        } else {
            range = Some(addresses(part)?);
        }
    }
    draft.operation.push(OperationTest::Target {
        space: (space.text != "any").then(|| space.text.to_ascii_lowercase().into()),
        range,
        name,
    });
    Ok(())
}

fn addresses(text: Text<'_>) -> Result<(u64, u64), Flaw> {
    match text.number(u64::MAX)? {
        Number::OneOf(list) if list.len() == 1 => {
            let only = list.first().copied().unwrap_or(0);
            Ok((only, only))
        }
        Number::Within(first, last) => Ok((first, last)),
        _ => Err(text
            .flaw("addresses are a number or a range")
            .hint("40, 40..49, >=40")),
    }
}

fn value(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let value = option.wanted()?;
    let test = if value.text.starts_with('"') {
        let text = value.unquoted()?;
        if text.text.is_empty() {
            return Err(text.flaw("the value is empty"));
        }
        OperationTest::ValueName(text.text.into())
    } else {
        OperationTest::Value(value.real()?)
    };
    draft.operation.push(test);
    Ok(())
}

fn result(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let results = [
        ("error", "refused"),
        ("no-answer", "no-answer"),
        ("not-seen", "not-seen"),
        ("ok", "ok"),
        ("refused", "refused"),
        ("unacknowledged", "unacknowledged"),
    ];
    let result = named(option.wanted()?, "result", &results)?;
    draft.operation.push(OperationTest::Result(result.into()));
    Ok(())
}
