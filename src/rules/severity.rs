//! How grave a match is: by the rule or, where it says nothing, by what the operation can do.

use super::rule::Rule;
use crate::facts::{Meaning, Outcome};

/// How grave a match is, 1 high to 4 information. A rule about operations that names neither a
/// priority nor a class takes it from the operation's criticality: 5 is high, 3 and 4 are low;
/// what the device refused is one lower.
#[must_use]
pub fn severity(rule: &Rule, operation: Option<(&Meaning, Outcome)>) -> u8 {
    let stated = rule.class.is_some() || rule.text.contains("priority:");
    let Some((meaning, outcome)) = operation.filter(|_| !stated) else {
        return rule.severity;
    };
    let severity: u8 = match meaning.criticality {
        5.. => 1,
        3 | 4 => 3,
        _ => 4,
    };
    let refused = matches!(outcome, Outcome::Refused { .. });
    (severity + u8::from(refused)).min(4)
}
