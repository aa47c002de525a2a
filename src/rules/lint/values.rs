//! Values that a word can never have: numbers past the range of a field, names that no operation
//! has, kinds of addresses that are spelt another way.

use super::Tell;
use crate::protocols::PROTOCOLS;
use crate::rules::rule::{FieldTest, Number, OperationTest, Rule, ValueTest};
use crate::rules::words::{alike, field_name};

/// Kinds of addresses that rules ask for most; protocols know more (`ot.target`).
pub const SPACES: &[&str] = &[
    "analog-input",
    "analog-output",
    "attribute",
    "binary-input",
    "binary-output",
    "block",
    "class",
    "coil",
    "connection",
    "counter",
    "db",
    "db-bit",
    "discrete-input",
    "file",
    "holding-register",
    "information-object",
    "input",
    "input-bit",
    "input-register",
    "merker",
    "merker-bit",
    "object",
    "output",
    "output-bit",
    "peripheral",
    "pi-service",
    "szl",
    "tag",
    "timer",
    "umas-memory",
    "umas-program-block",
    "user",
];

/// Says which of the values that a rule asks for cannot be.
pub(super) fn values(rule: &Rule, tell: Tell<'_>) {
    for test in &rule.operation {
        match test {
            OperationTest::Name {
                text,
                negated: false,
            } => name(text, tell),
            OperationTest::Target {
                space: Some(space), ..
            } => kind(space, tell),
            _ => {}
        }
    }
    for test in &rule.fields {
        range(test, tell);
    }
}

/// A name that is part of no operation's.
fn name(text: &str, tell: Tell<'_>) {
    let meanings = || PROTOCOLS.iter().flat_map(|protocol| protocol.meanings());
    let known = |name: &str| name.to_ascii_lowercase().contains(text);
    if !meanings().any(|meaning| known(meaning.name)) {
        let hint = alike(text, meanings().map(|meaning| meaning.name));
        tell(
            true,
            hinted(format!("no operation is called `{text}`"), &hint),
        );
    }
}

/// A kind of address that is nearly one of the known ones: the list is not the whole of them.
fn kind(space: &str, tell: Tell<'_>) {
    let near = alike(space, SPACES.iter().copied());
    // Apart from a sign between words a name that is known too would be one of the list.
    let squeezed = |text: &str| text.replace(['-', '_'], "");
    let spelt = SPACES.iter().any(|known| {
        let (one, other) = (squeezed(known), squeezed(space));
        one == other || format!("{one}s") == other
    });
    if !SPACES.contains(&space) && spelt {
        tell(
            true,
            hinted(format!("no kind of address is called `{space}`"), &near),
        );
    }
}

fn hinted(what: String, hint: &str) -> String {
    match hint {
        "" => what,
        hint => format!("{what}; {hint}"),
    }
}

/// A number that the field's line of the table leaves no room for.
fn range(test: &FieldTest, tell: Tell<'_>) {
    let ValueTest::Number(number) = &test.test else {
        return;
    };
    let Some(greatest) = greatest(test).filter(|_| test.key.is_none()) else {
        return;
    };
    let least = match number {
        Number::OneOf(list) => list.iter().copied().min(),
        Number::Within(first, _) => Some(*first),
        _ => None,
    };
    if let Some(least) = least.filter(|least| *least > greatest) {
        let name = field_name(test.field).unwrap_or_default();
        tell(
            true,
            format!("{name} is {greatest} at most, and the rule asks for {least}"),
        );
    }
}

/// The end of the range that the line of the table states: `0 to 127`.
fn greatest(test: &FieldTest) -> Option<u64> {
    let protocols = PROTOCOLS.iter();
    let mut mine = protocols.filter(|protocol| protocol.name() == test.field.protocol);
    let field = mine.next()?.field(usize::from(test.field.index))?;
    let (_, rest) = field.doc.split_once(", 0 to ")?;
    let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}
