//! How grave a match is: by the rule or, where it says nothing, by what the operation can do.

use super::rule::Rule;
use crate::facts::{Meaning, Outcome};

/// For how long, in seconds, an actor is new to a device that others operated before.
pub const NEW_ACTOR: u64 = 3_600;

/// How grave a match is where nothing says so.
pub(super) const UNSTATED: u8 = 3;

/// How grave a match is, 1 high to 4 information. A rule about operations that names neither a
/// priority nor a class takes it from the operation's criticality: 5 is high, 3 and 4 are low;
/// what the device refused is one lower. [`raised`] is for actors that are new to the device.
#[must_use]
pub fn severity(rule: &Rule, operation: Option<(&Meaning, Outcome)>) -> u8 {
    let Some((meaning, outcome)) = operation.filter(|_| rule.severity.is_none()) else {
        return rule.severity.unwrap_or(UNSTATED);
    };
    let severity: u8 = match meaning.criticality {
        5.. => 1,
        3 | 4 => 3,
        _ => 4,
    };
    let refused = matches!(outcome, Outcome::Refused { .. });
    (severity + u8::from(refused)).min(4)
}

/// Whether it is the operation that decides how grave a match of this rule is.
pub(super) fn is_of_operation(rule: &Rule) -> bool {
    !rule.operation.is_empty() && rule.severity.is_none()
}

/// The same where the actor is new to the device: what controls it is one higher.
#[must_use]
pub fn raised(rule: &Rule, operation: (&Meaning, Outcome)) -> u8 {
    let severity = severity(rule, Some(operation));
    let controls = rule.severity.is_none() && operation.0.criticality == 4;
    severity - u8::from(controls && severity > 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Class;
    use crate::rules::rule::Over;
    use crate::rules::testing::rule;

    #[test]
    fn what_an_operation_can_do_decides_where_the_rule_does_not() {
        let mut rule = rule(1, Over::Any);
        let graded = |rule: &Rule, criticality, outcome| {
            let meaning = Meaning {
                name: "act",
                class: Class::Control,
                criticality,
                techniques: &[],
            };
            severity(rule, Some((&meaning, outcome)))
        };
        let refused = Outcome::Refused {
            code: 1,
            name: "no",
        };
        for (criticality, done, failed) in [(5, 1, 2), (4, 3, 4), (3, 3, 4), (2, 4, 4)] {
            assert_eq!(graded(&rule, criticality, Outcome::Done), done);
            assert_eq!(graded(&rule, criticality, refused), failed);
        }
        let control = Meaning::new("act", Class::Control, 4, &[]);
        assert_eq!(raised(&rule, (&control, Outcome::Done)), 2);
        assert_eq!(raised(&rule, (&control, refused)), 3);
        let write = Meaning::new("act", Class::Write, 3, &[]);
        assert_eq!(raised(&rule, (&write, Outcome::Done)), 3);
        rule.severity = Some(2);
        assert_eq!(graded(&rule, 5, Outcome::Done), 2);
        assert_eq!(severity(&rule, None), 2);
    }
}
