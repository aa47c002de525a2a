//! Whether a device is a product of an advisory, as far as traffic tells.

use super::products::Product;
use super::versions::{Range, Version};
use crate::desk::inventory::Asset;
use std::collections::BTreeSet;

/// Fewest letters and digits of a pattern without a wildcard that may stand for what begins
/// like it.
const LEAST: usize = 6;

/// How a device fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    /// It is that, by this attribute.
    Yes(&'static str),
    /// It is another one.
    No,
    /// That cannot be told.
    Unknown(Doubt),
}

/// Why it cannot be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Doubt {
    /// This was not observed.
    Unseen(&'static str),
    /// What the advisory writes of versions is not understood, or cannot be compared.
    Unclear,
    /// The advisory names a family, and whether this model is of it is not known.
    Family,
    /// The advisory has a condition that no traffic shows.
    Condition,
}

/// Who makes a product. One without a branch has its maker in its name.
pub(super) fn maker(product: &Product) -> &str {
    match product.vendor.is_empty() {
        true => product.names.first().map_or("", String::as_str),
        false => &product.vendor,
    }
}

/// Whether a device can be of one of these makers.
pub(super) fn is_of(asset: &Asset, makers: &BTreeSet<&str>) -> bool {
    let mut makers = makers.iter();
    makers.any(|maker| vendor(&asset.vendor, maker) != Some(false))
}

/// Whether a device is of the kind that a product is, whatever its version.
pub(super) fn kind(asset: &Asset, product: &Product) -> Fit {
    let made = vendor(&asset.vendor, maker(product));
    if made == Some(false) {
        return Fit::No;
    }
    let fit = named(asset, product, made);
    let Fit::Yes(by) = fit else {
        return fit;
    };
    if !product.serials.is_empty() {
        if asset.serial.is_empty() {
            return Fit::Unknown(Doubt::Unseen("serial"));
        }
        if !product
            .serials
            .iter()
            .any(|one| matches(one, &asset.serial))
        {
            return Fit::No;
        }
    }
    Fit::Yes(by)
}

fn named(asset: &Asset, product: &Product, made: Option<bool>) -> Fit {
    let told = [
        ("order_number", &asset.order_number),
        ("model", &asset.model),
    ];
    let told = told.into_iter().filter(|(_, value)| !value.is_empty());
    let of_number = told.clone().find(|(_, value)| {
        let long = plain(value).len() >= LEAST || made == Some(true);
        long && product.numbers.iter().any(|one| matches(one, value))
    });
    if let Some((property, _)) = of_number {
        return Fit::Yes(property);
    }
    // A number that is no number of this product makes it another one, whatever it is called.
    let mut numbers = product.numbers.iter();
    let numbered = !asset.order_number.is_empty()
        && numbers.any(|number| is_alike(number, &asset.order_number));
    if made.is_none() || numbered {
        return Fit::No;
    }
    let families = ["family", "families", "series"];
    let family = |name: &String| {
        let small = name.to_lowercase();
        families.iter().any(|word| small.contains(word))
    };
    let called = told.clone().find(|(_, value)| {
        let mut names = product.names.iter();
        names.any(|name| says(name, value, &product.vendor))
    });
    match called {
        Some((property, _)) => Fit::Yes(property),
        // An order number says nothing of a name, where a name is all that the product has.
        None if asset.model.is_empty() => Fit::Unknown(Doubt::Unseen("model")),
        None if product.names.iter().any(family) => Fit::Unknown(Doubt::Family),
        None => Fit::No,
    }
}

/// Whether two numbers can be of one scheme: `CPU 1214C` is the name of a model, which no order
/// number, as `6ES7 214-1AG40`, can be or not be.
fn is_alike(one: &str, two: &str) -> bool {
    let begins = |text: &str| {
        let mut signs = text.chars();
        let first = signs.find(|sign| sign.is_alphanumeric() || matches!(sign, '?' | '*'));
        first.map(|sign| (sign.is_ascii_digit(), sign.is_alphabetic()))
    };
    begins(one) == begins(two)
}

/// Whether a device has one of the versions that a product has.
pub(super) fn version(asset: &Asset, product: &Product, range: Option<&Range>) -> Fit {
    let range = range.or(product.versions.as_ref().map(|(_, range)| range));
    let fit = match range {
        None | Some(Range::All) => Fit::Yes(""),
        Some(_) if asset.firmware.is_empty() => Fit::Unknown(Doubt::Unseen("firmware")),
        Some(range) => {
            let version = Version::parse(&asset.firmware);
            match version.and_then(|version| range.has(&version)) {
                Some(true) => Fit::Yes("firmware"),
                Some(false) => Fit::No,
                None => Fit::Unknown(Doubt::Unclear),
            }
        }
    };
    match fit {
        Fit::Yes(_) if !product.conditions.is_empty() => Fit::Unknown(Doubt::Condition),
        _ => fit,
    }
}

/// Legal forms and the like: no part of a maker's name.
const FORMS: [&str; 16] = [
    "ag",
    "automation",
    "co",
    "company",
    "corp",
    "corporation",
    "gmbh",
    "inc",
    "incorporated",
    "kg",
    "limited",
    "llc",
    "ltd",
    "sa",
    "se",
    "spa",
];

/// What makes of a maker's name that of another one: Siemens Energy is not Siemens.
const OTHERS: [&str; 4] = ["energy", "gamesa", "healthcare", "healthineers"];

/// Whether two names are of the same maker; `None` where one is not known.
fn vendor(observed: &str, named: &str) -> Option<bool> {
    let words = |text: &str| -> Vec<String> {
        let all = text.to_lowercase();
        let words = all.split(|c: char| !c.is_alphanumeric());
        let words = words.filter(|word| !word.is_empty() && !FORMS.contains(word));
        words.map(str::to_owned).collect()
    };
    let (one, two) = (words(observed), words(named));
    if one.is_empty() || two.is_empty() {
        return None;
    }
    let further = one.get(two.len()).or_else(|| two.get(one.len()));
    let another = further.is_some_and(|word| OTHERS.contains(&word.as_str()));
    Some(!another && one.iter().zip(&two).all(|(one, two)| one == two))
}

/// Letters and digits alone, small: how order numbers are spaced is no difference.
fn plain(text: &str) -> String {
    let kept = text.chars().filter(|c| c.is_alphanumeric());
    kept.flat_map(char::to_lowercase).collect()
}

/// Whether a number is one that a pattern stands for: `?` is one letter, `*` any number of them.
/// One without either stands for what begins like it (CSAF 2.0, section 3.1.3.3.4).
fn matches(pattern: &str, value: &str) -> bool {
    let value: Vec<char> = plain(value).chars().collect();
    let kept = pattern
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, '?' | '*'));
    let mut pattern: Vec<char> = kept.flat_map(char::to_lowercase).collect();
    let literal = pattern.iter().filter(|c| c.is_alphanumeric()).count();
    if literal == 0 {
        return false;
    }
    if literal == pattern.len() && literal >= LEAST {
        pattern.push('*');
    }
    wild(&pattern, &value)
}

/// Matches with wildcards, in steps of at most both lengths multiplied.
fn wild(pattern: &[char], value: &[char]) -> bool {
    // Which beginnings of the value the pattern read so far can stand for.
    let mut ends = vec![false; value.len() + 1];
    if let Some(first) = ends.first_mut() {
        *first = true;
    }
    for sign in pattern {
        if *sign == '*' {
            let mut reached = false;
            for end in &mut ends {
                reached |= *end;
                *end = reached;
            }
            continue;
        }
        let mut before = false;
        for (place, end) in ends.iter_mut().enumerate() {
            let here = place.checked_sub(1).and_then(|at| value.get(at));
            let fits = here.is_some_and(|c| *sign == '?' || c == sign);
            let was = std::mem::replace(end, before && fits);
            before = was;
        }
    }
    ends.last().copied().unwrap_or_default()
}

/// Whether a name is that of a model: all words of the one stand in the other, and with them
/// something that tells models apart.
fn says(name: &str, model: &str, vendor: &str) -> bool {
    let words = |text: &str| -> Vec<String> {
        let small = text.to_lowercase();
        let words = small.split(|c: char| !(c.is_alphanumeric() || c == '-'));
        words
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let makers = words(vendor);
    let of = |text: &str| -> Vec<String> {
        let mut all = words(text);
        all.retain(|word| !makers.contains(word));
        all
    };
    let (name, model) = (of(name), of(model));
    let tells = |words: &[String]| {
        let digit = |word: &String| word.chars().any(|c| c.is_ascii_digit());
        words.iter().any(digit) || words.len() > 1
    };
    let within = |part: &[String], whole: &[String]| {
        tells(part) && part.iter().all(|word| whole.contains(word))
    };
    within(&model, &name) || within(&name, &model)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn makers_are_known_by_their_names_without_legal_forms() {
        assert_eq!(vendor("Siemens AG", "Siemens"), Some(true));
        assert_eq!(
            vendor("Schneider Electric", "Schneider Electric SE"),
            Some(true)
        );
        assert_eq!(
            vendor("Rockwell Automation/Allen-Bradley", "Rockwell Automation"),
            Some(true)
        );
        assert_eq!(vendor("Siemens", "Schneider Electric"), Some(false));
        assert_eq!(vendor("", "Siemens"), None);
        assert_eq!(vendor("Siemens", "Siemens Energy"), Some(false));
        assert_eq!(vendor("Siemens", "Siemens SIMATIC S7-1200"), Some(true));
    }

    #[test]
    fn numbers_match_their_patterns() {
        let order = "6ES7 315-2EH14-0AB0";
        for pattern in [
            "6ES7315-2EH14-0AB0",
            "6ES7 315-2EH14",
            "6ES7315-*",
            "6ES7 31?-2*B0",
        ] {
            assert!(matches(pattern, order), "{pattern}");
        }
        for pattern in ["6ES7314-2EH14-0AB0", "6ES7315-2?", "6ES7", "", "-"] {
            assert!(!matches(pattern, order), "{pattern}");
        }
        assert!(matches("P1", "P1") && !matches("P1", "P12"));
        // Hostile patterns take no longer than their length.
        let stars = "a*".repeat(5_000);
        assert!(!matches(&stars, &"a".repeat(4_999)));
    }

    #[test]
    fn names_tell_models_apart() {
        let siemens = |name| says(name, "CPU 315-2 PN/DP", "Siemens");
        assert!(siemens("SIMATIC S7-300 CPU 315-2 PN/DP"));
        assert!(!siemens("SIMATIC S7-300 CPU 314C-2 PN/DP"));
        assert!(!siemens("SIMATIC CPU"));
        assert!(!says("Modicon", "Modicon M340", "Schneider"));
        assert!(says(
            "Modicon M340",
            "Modicon M340 BMX P34 2020",
            "Schneider"
        ));
    }
}
