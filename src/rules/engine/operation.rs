//! What is asked of an operation, beyond what its meaning decides.

use crate::facts::{Operation, Scalar, Target, Values};
use crate::rules::rule::{Number, OperationTest};

/// Whether a test holds for an operation under whose meaning and outcome the rule is filed.
pub(super) fn holds(operation: &Operation<'_>, test: &OperationTest) -> bool {
    match test {
        OperationTest::Target { space, range, name } => {
            let items = operation.items.iter();
            let mut items = items.map(|item| &item.target);
            items.any(|target| is_target(target, space.as_deref(), *range, name.as_deref()))
        }
        OperationTest::Value(number) => operation
            .items
            .iter()
            .any(|item| has_value(item.values, number)),
        OperationTest::ValueName(name) => operation
            .items
            .iter()
            .any(|item| is_shown_as(item.values, name)),
        // The index of the meanings has decided these.
        OperationTest::Class { .. }
        | OperationTest::Criticality(_)
        | OperationTest::Technique(_)
        | OperationTest::Name { .. }
        | OperationTest::Result(_) => true,
    }
}

fn is_target(
    target: &Target<'_>,
    space: Option<&str>,
    range: Option<(u64, u64)>,
    name: Option<&str>,
) -> bool {
    space.is_none_or(|space| target.space == space)
        && range.is_none_or(|(first, last)| {
            target
                .range
                .is_some_and(|held| held.0 <= last && held.1 >= first)
        })
        && name.is_none_or(|name| is_name(target.name, name))
}

/// Whether a name from the wire is the rule's, in any case; `*` at its end stands for anything.
fn is_name(name: &[u8], wanted: &str) -> bool {
    match wanted.strip_suffix('*') {
        Some(start) => name
            .get(..start.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(start.as_bytes())),
        None => name.eq_ignore_ascii_case(wanted.as_bytes()),
    }
}

/// Whether one of the values has this name.
fn is_shown_as(values: Values<'_>, name: &str) -> bool {
    match values {
        Values::Scalars(scalars) => scalars.iter().any(
            |scalar| matches!(scalar, Scalar::Name(shown) if shown.eq_ignore_ascii_case(name)),
        ),
        Values::Text(text) => text.eq_ignore_ascii_case(name.as_bytes()),
        _ => false,
    }
}

/// Whether one of the values compares so.
fn has_value(values: Values<'_>, number: &Number) -> bool {
    match values {
        Values::None | Values::Octets(_) | Values::Text(_) => false,
        Values::Bits { octets, count } => (0..usize::from(count)).any(|place| {
            let bit = octets.get(place / 8).map(|octet| octet >> (place % 8) & 1);
            bit.is_some_and(|bit| number.holds(u64::from(bit)))
        }),
        Values::Words(octets) => octets
            .as_chunks::<2>()
            .0
            .iter()
            .any(|word| number.holds(u64::from(u16::from_be_bytes(*word)))),
        Values::Scalars(scalars) => scalars.iter().any(|scalar| is_number(*scalar, number)),
        Values::Row(row) => row.scalars().any(|scalar| is_number(scalar, number)),
    }
}

fn is_number(scalar: Scalar, number: &Number) -> bool {
    match scalar {
        Scalar::Bit(bit) => number.holds(u64::from(bit)),
        Scalar::Unsigned(value) => number.holds(value),
        Scalar::Signed(value) => number.holds_signed(value),
        Scalar::Float(value) => number.holds_float(value),
        Scalar::Name(_) => false,
    }
}
