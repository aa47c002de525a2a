//! Bits and numbers that rules keep: `flowbits`, `xbits`, `hostbits`, `flowint`, `noalert`.

use super::{Effect, Keyword, named};
use crate::rules::parse::Flaw;
use crate::rules::parse::draft::Draft;
use crate::rules::parse::options::Opt;
use crate::rules::parse::text::Text;
use crate::rules::rule::{Bit, BitAct, Scope};

pub(super) static KEYWORDS: &[Keyword] = &[
    Keyword::new(
        "flowbits",
        &[],
        Effect::Tests,
        "Bits kept with the flow: set, unset, toggle, isset, isnotset, noalert; \
         flowbits:isset,a|b.",
        flowbits,
    ),
    Keyword::new(
        "flowint",
        &[],
        Effect::Tests,
        "Numbers kept with the flow: flowint:logins,+,1; flowint:logins,>,5; \
         flowint:logins,isset.",
        flowint,
    ),
    Keyword::new(
        "hostbits",
        &[],
        Effect::Tests,
        "Bits kept with a host: hostbits:set,name,src; hostbits:isset,name,dst.",
        hostbits,
    ),
    Keyword::new(
        "noalert",
        &[],
        Effect::Tells,
        "The rule matches and tells nothing.",
        noalert,
    ),
    Keyword::new(
        "xbits",
        &[],
        Effect::Tests,
        "Bits kept with a host or a pair: xbits:set,name,track ip_src,expire 60.",
        xbits,
    ),
];

fn noalert(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    option.bare()?;
    draft.silent = true;
    Ok(())
}

/// The act of a word, without the other names of `isset,a|b`.
fn act(word: Text<'_>, names: &[u16], expire: Option<u32>) -> Result<BitAct, Flaw> {
    let acts = [
        ("set", 0_u8),
        ("unset", 1),
        ("toggle", 2),
        ("isset", 3),
        ("isnotset", 4),
    ];
    Ok(match named(word, "act on bits", &acts)? {
        0 => BitAct::Set(expire),
        1 => BitAct::Unset,
        2 => BitAct::Toggle,
        3 => BitAct::IsSet(names.to_vec()),
        _ => BitAct::IsNotSet(names.to_vec()),
    })
}

/// The numbers of the names `a|b` or `a&b`, and whether they are joined by `&`.
fn names(draft: &mut Draft<'_>, text: Text<'_>) -> Result<(Vec<u16>, bool), Flaw> {
    let all = text.text.contains('&');
    let by = if all { '&' } else { '|' };
    let mut numbers = Vec::new();
    for name in text.split(by) {
        if name.text.is_empty() || name.text.contains([' ', '\t', '"']) {
            return Err(name.flaw(format!("`{}` cannot name a bit", name.shown())));
        }
        let number = draft.around.names.number(name.text);
        numbers.push(number.ok_or_else(|| name.flaw("more than 65536 names of bits"))?);
    }
    Ok((numbers, all))
}

fn push(draft: &mut Draft<'_>, scope: Scope, numbers: &[u16], act: BitAct) {
    if let Some(name) = numbers.first() {
        draft.bits.push(Bit {
            scope,
            name: *name,
            act,
        });
    }
}

fn flowbits(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let text = option.wanted()?;
    if text.text == "noalert" {
        draft.silent = true;
        return Ok(());
    }
    let Some((word, names_text)) = text.cut(",") else {
        let acts = [
            ("noalert", ()),
            ("set", ()),
            ("unset", ()),
            ("toggle", ()),
            ("isset", ()),
            ("isnotset", ()),
        ];
        named(text, "act on bits", &acts)?;
        return Err(text.flaw(format!("`{}` needs the name of a bit", text.text)));
    };
    let (numbers, all) = names(draft, names_text)?;
    let tests = matches!(word.text, "isset" | "isnotset");
    if tests && !all {
        let act = act(word, &numbers, None)?;
        push(draft, Scope::Flow, &numbers, act);
        return Ok(());
    }
    for number in &numbers {
        let act = act(word, std::slice::from_ref(number), None)?;
        push(draft, Scope::Flow, std::slice::from_ref(number), act);
    }
    Ok(())
}

fn xbits(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let text = option.wanted()?;
    if text.text == "noalert" {
        draft.silent = true;
        return Ok(());
    }
    let mut parts = text.split(',');
    let (Some(word), Some(name)) = (parts.next(), parts.next()) else {
        return Err(text
            .flaw("xbits has too few parameters")
            .hint("xbits:set,name,track ip_src,expire 60"));
    };
    let (mut scope, mut expire) = (None, None);
    for part in parts {
        let mut words = part.words();
        let key = words.next().map_or("", |key| key.text);
        match (key, words.next()) {
            ("track", Some(value)) => {
                let tracks = [
                    ("ip_src", Scope::Source),
                    ("ip_dst", Scope::Destination),
                    ("ip_pair", Scope::Pair),
                    ("tx", Scope::Flow),
                ];
                scope = Some(named(value, "track of xbits", &tracks)?);
            }
            ("expire", Some(value)) => expire = Some(seconds(value)?),
            _ => {
                let what = format!("`{}` is no parameter of xbits", part.shown());
                return Err(part
                    .flaw(what)
                    .hint("track ip_src, ip_dst or ip_pair; expire SECONDS"));
            }
        }
    }
    let Some(scope) = scope else {
        return Err(text.flaw("xbits needs a track: ip_src, ip_dst or ip_pair"));
    };
    let (numbers, _) = names(draft, name)?;
    // Without a word the bit holds for half a minute, as in Suricata.
    let act = act(word, &numbers, Some(expire.unwrap_or(30)))?;
    push(draft, scope, &numbers, act);
    Ok(())
}

fn seconds(text: Text<'_>) -> Result<u32, Flaw> {
    let number = text.within(1, u64::from(u32::MAX))?;
    Ok(u32::try_from(number).unwrap_or(u32::MAX))
}

fn hostbits(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let text = option.wanted()?;
    if text.text == "noalert" {
        draft.silent = true;
        return Ok(());
    }
    let mut parts = text.split(',');
    let (Some(word), Some(name)) = (parts.next(), parts.next()) else {
        return Err(text
            .flaw("hostbits has too few parameters")
            .hint("hostbits:set,name,src"));
    };
    let mut scope = Scope::Source;
    let mut expire = Some(300);
    for part in parts {
        if part.text.starts_with(|c: char| c.is_ascii_digit()) {
            expire = Some(seconds(part)?);
            continue;
        }
        let ends = [
            ("both", Scope::Pair),
            ("dst", Scope::Destination),
            ("src", Scope::Source),
        ];
        scope = named(part, "end", &ends)?;
    }
    let (numbers, _) = names(draft, name)?;
    let act = act(word, &numbers, expire)?;
    push(draft, scope, &numbers, act);
    Ok(())
}

fn flowint(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let text = option.wanted()?;
    let parts: Vec<Text<'_>> = text.split(',').collect();
    let (name, sign, value) = match parts.as_slice() {
        [name, sign] => (*name, *sign, None),
        [name, sign, value] => (*name, *sign, Some(*value)),
        _ => {
            return Err(text
                .flaw("flowint wants a name, an act and a number")
                .hint("flowint:logins,+,1"));
        }
    };
    let (numbers, _) = names(draft, name)?;
    let number = || match value {
        Some(value) => value.within(0, u64::from(u32::MAX)),
        None => Err(sign.flaw(format!("`{}` needs a number", sign.shown()))),
    };
    let signed = || Ok::<i64, Flaw>(i64::try_from(number()?).unwrap_or(i64::MAX));
    let act = match sign.text {
        "isset" => BitAct::Exists(true),
        "isnotset" | "notset" => BitAct::Exists(false),
        "=" => BitAct::Assign(number()?),
        "+" => BitAct::Add(signed()?),
        "-" => BitAct::Add(signed()?.saturating_neg()),
        "==" => BitAct::Test(super::flow::compared(sign, number()?)?),
        "<" | "<=" | ">" | ">=" | "!=" => BitAct::Test(super::flow::compared(sign, number()?)?),
        _ => {
            let what = format!("`{}` is no act on a number", sign.shown());
            return Err(sign
                .flaw(what)
                .hint("one of = + - < <= == != >= > isset isnotset"));
        }
    };
    push(draft, Scope::Flow, &numbers, act);
    Ok(())
}
