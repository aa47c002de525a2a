//! Ports of a header: sets of ranges, computed when the rule is read, so that the engine sees
//! plain ranges and a set that holds no port is an error.

use super::Flaw;
use super::header::{Elements, NESTING};
use super::text::Text;
use crate::rules::rule::Ports;
use crate::rules::variables::Variables;

/// Ranges of ports, sorted, apart from each other.
type Set = Vec<(u16, u16)>;

/// Reads the ports of one end.
pub(crate) fn ports(text: Text<'_>, variables: &mut Variables) -> Result<Ports, Flaw> {
    let set = set(text, variables, NESTING)?;
    if set.is_empty() {
        return Err(text.flaw("no port is left: the rule could never match"));
    }
    let within = if set == [(0, u16::MAX)] {
        Vec::new()
    } else {
        set
    };
    Ok(Ports {
        within,
        without: Vec::new(),
    })
}

fn set(text: Text<'_>, variables: &mut Variables, depth: u8) -> Result<Set, Flaw> {
    let (negated, rest) = text.negation();
    let found = plain(rest, variables, depth)?;
    Ok(if negated { complement(&found) } else { found })
}

fn plain(text: Text<'_>, variables: &mut Variables, depth: u8) -> Result<Set, Flaw> {
    let Some(depth) = depth.checked_sub(1) else {
        return Err(text.flaw("groups or variables are nested too deep"));
    };
    if text.text.eq_ignore_ascii_case("any") {
        return Ok(vec![(0, u16::MAX)]);
    }
    if let Some(name) = text.strip("$") {
        let value = variables.ports(name)?;
        let inner = Text {
            at: text.at,
            text: &value,
            latin: false,
        };
        return set(inner, variables, depth).map_err(|flaw| in_variable(flaw, text));
    }
    if text.text.starts_with('[') {
        let mut within: Option<Set> = None;
        let mut without = vec![(0, u16::MAX)];
        for element in Elements::of(text)? {
            let (negated, rest) = element.negation();
            let found = plain(rest, variables, depth)?;
            if negated {
                without = common(&without, &complement(&found));
            } else {
                let mut all = within.unwrap_or_default();
                all.extend(found);
                within = Some(merged(all));
            }
        }
        return Ok(match within {
            Some(within) => common(&within, &without),
            None => without,
        });
    }
    range(text)
}

/// Points a flaw inside a variable's value at the variable.
pub(crate) fn in_variable(mut flaw: Flaw, variable: Text<'_>) -> Flaw {
    flaw.what = format!("in {}: {}", variable.text, flaw.what);
    flaw.at = variable.at;
    flaw
}

/// `80`, `80:90`, `1024:`, `:1023`.
fn range(text: Text<'_>) -> Result<Set, Flaw> {
    let port = |part: Text<'_>, missing: u16| {
        if part.text.is_empty() {
            return Ok(missing);
        }
        let number = part.within(0, u64::from(u16::MAX)).map_err(|flaw| {
            flaw.hint("a port is a number from 0 to 65535, a range `first:last`, or a $VARIABLE")
        })?;
        Ok(u16::try_from(number).unwrap_or(u16::MAX))
    };
    let (first, last) = match text.cut(":") {
        Some((first, last)) => (port(first, 0)?, port(last, u16::MAX)?),
        None if text.text.is_empty() => return Err(text.flaw("a port is missing")),
        None => {
            let port = port(text, 0)?;
            (port, port)
        }
    };
    if first > last {
        return Err(text.flaw(format!(
            "the range of ports {} ends before it starts",
            text.text
        )));
    }
    Ok(vec![(first, last)])
}

/// Sorted and joined.
fn merged(mut set: Set) -> Set {
    set.sort_unstable();
    let mut joined: Set = Vec::with_capacity(set.len());
    for (first, last) in set {
        match joined.last_mut() {
            Some(before) if first <= before.1.saturating_add(1) => before.1 = before.1.max(last),
            _ => joined.push((first, last)),
        }
    }
    joined
}

/// All ports that are not in the set.
fn complement(set: &Set) -> Set {
    let mut rest = Vec::new();
    let mut next = Some(0_u16);
    for (first, last) in set {
        if let (Some(from), Some(to)) = (next, first.checked_sub(1))
            && from <= to
        {
            rest.push((from, to));
        }
        next = last.checked_add(1);
    }
    if let Some(from) = next {
        rest.push((from, u16::MAX));
    }
    rest
}

/// The ports in both.
fn common(a: &Set, b: &Set) -> Set {
    let mut both: Set = complement(a);
    both.extend(complement(b));
    complement(&merged(both))
}
