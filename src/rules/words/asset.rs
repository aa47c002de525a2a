//! Words over assets: `asset.role`, `asset.vendor`, `asset.zone`, `asset.new`.

use super::{Effect, Keyword, alike, named};
use crate::facts::role::{ROLES, role_named};
use crate::rules::parse::Flaw;
use crate::rules::parse::draft::Draft;
use crate::rules::parse::options::Opt;
use crate::rules::parse::text::Text;
use crate::rules::rule::{AssetTest, AssetWord, Whose};

pub(super) static KEYWORDS: &[Keyword] = &[
    Keyword::new(
        "asset.new",
        &[],
        Effect::Tests,
        "First seen less than so long before: asset.new:src,1h (s, m, h, d).",
        new,
    ),
    Keyword::new(
        "asset.role",
        &[],
        Effect::Tests,
        "Role in the inventory as it stands at the packet, by its name or as it is shown: \
         asset.role:src,!hmi; src, dst or either; `!` not.",
        role,
    ),
    Keyword::new(
        "asset.vendor",
        &[],
        Effect::Tests,
        "Part of the vendor's name, as a packet or the MAC tells it: asset.vendor:src,siemens.",
        vendor,
    ),
    Keyword::new(
        "asset.zone",
        &[],
        Effect::Tests,
        "Zone of the site's own, as the file of --zones has them; outside: in none of them. \
         asset.zone:dst,cell-1.",
        zone,
    ),
];

const ENDS: &[(&str, Whose)] = &[
    ("destination", Whose::Destination),
    ("dst", Whose::Destination),
    ("either", Whose::Either),
    ("source", Whose::Source),
    ("src", Whose::Source),
];

/// Whose asset, whether turned round, and what.
fn parts(text: Text<'_>) -> Result<(Whose, bool, Text<'_>), Flaw> {
    let (whose, rest) = match text.cut(",") {
        Some((end, rest)) => (named(end, "end", ENDS)?, rest),
        None => (Whose::Either, text),
    };
    let (negated, rest) = rest.negation();
    let rest = rest.unquoted()?.trim();
    if rest.text.is_empty() {
        return Err(rest.flaw("the value is empty"));
    }
    Ok((whose, negated, rest))
}

fn zone(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let (whose, negated, text) = parts(option.wanted()?)?;
    let Some(zones) = draft.around.zones else {
        let what = "the zones of the site are not known";
        return Err(text.flaw(what).hint("give the file of them with --zones"));
    };
    if !zones.iter().any(|zone| zone == text.text) {
        let hint = match alike(text.text, zones.iter().map(String::as_str)) {
            none if none.is_empty() => format!("there are: {}", zones.join(", ")),
            near => near,
        };
        let what = format!("the site has no zone `{}`", text.shown());
        return Err(text.flaw(what).hint(hint));
    }
    draft.assets.push(AssetTest {
        whose,
        negated,
        what: AssetWord::Zone(text.text.into()),
    });
    Ok(())
}

fn role(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let (whose, negated, text) = parts(option.wanted()?)?;
    let Some(role) = role_named(text.text) else {
        let names = ROLES.iter().map(|role| role.name);
        let hint = match alike(text.text, names) {
            none if none.is_empty() => "`jaga rules keywords asset.role` lists them".to_owned(),
            near => near,
        };
        return Err(text
            .flaw(format!("`{}` is no role", text.shown()))
            .hint(hint));
    };
    draft.assets.push(AssetTest {
        whose,
        negated,
        what: AssetWord::Role(role.name.into()),
    });
    Ok(())
}

fn vendor(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let (whose, negated, text) = parts(option.wanted()?)?;
    draft.assets.push(AssetTest {
        whose,
        negated,
        what: AssetWord::Vendor(text.text.to_lowercase().into()),
    });
    Ok(())
}

fn new(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let (whose, negated, text) = parts(option.wanted()?)?;
    draft.assets.push(AssetTest {
        whose,
        negated,
        what: AssetWord::New(span(text)?),
    });
    Ok(())
}

/// A span of time in seconds: `90`, `90s`, `5m`, `1h`, `2d`.
pub(super) fn span(text: Text<'_>) -> Result<u64, Flaw> {
    let digits = text
        .text
        .trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = text.after(digits.len());
    let units = [
        ("", 1_u64),
        ("d", 86_400),
        ("h", 3_600),
        ("m", 60),
        ("s", 1),
    ];
    let factor = named(unit, "unit of time", &units)?;
    let number = text.part(0, digits.len()).within(1, u64::from(u32::MAX))?;
    Ok(number.saturating_mul(factor))
}
