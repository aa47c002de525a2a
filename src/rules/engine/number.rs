//! Comparisons with numbers.

use crate::rules::rule::Number;

impl Number {
    /// Whether a number compares so.
    #[must_use]
    pub fn holds(&self, value: u64) -> bool {
        match self {
            Self::OneOf(all) => all.contains(&value),
            Self::NoneOf(all) => !all.contains(&value),
            Self::Within(first, last) => (*first..=*last).contains(&value),
            Self::Outside(first, last) => !(*first..=*last).contains(&value),
            Self::Masked {
                mask,
                result,
                negated,
            } => (value & mask == *result) != *negated,
            #[allow(clippy::cast_precision_loss, reason = "a bound with a fraction")]
            Self::Real(first, last) => (*first..=*last).contains(&(value as f64)),
        }
    }

    /// Whether a number with a sign compares so. A negative one is below every bound.
    #[must_use]
    pub fn holds_signed(&self, value: i64) -> bool {
        match (u64::try_from(value), self) {
            (Ok(value), _) => self.holds(value),
            #[allow(clippy::cast_precision_loss, reason = "a bound with a fraction")]
            (Err(_), Self::Real(first, last)) => (*first..=*last).contains(&(value as f64)),
            (Err(_), Self::NoneOf(_) | Self::Outside(..)) => true,
            (Err(_), Self::Masked { .. }) => self.holds(value.cast_unsigned()),
            (Err(_), Self::OneOf(_) | Self::Within(..)) => false,
        }
    }

    /// Whether a number with a fraction compares so.
    #[must_use]
    pub fn holds_float(&self, value: f64) -> bool {
        #[allow(clippy::cast_precision_loss, reason = "bounds of rules are small")]
        let real = |number: u64| number as f64;
        #[allow(clippy::float_cmp, reason = "a rule asks for this very number")]
        let is = |number: &u64| real(*number) == value;
        match self {
            Self::OneOf(all) => all.iter().any(is),
            Self::NoneOf(all) => !all.iter().any(is),
            Self::Within(first, last) => (real(*first)..=real(*last)).contains(&value),
            Self::Outside(first, last) => !(real(*first)..=real(*last)).contains(&value),
            Self::Masked { .. } => false,
            Self::Real(first, last) => (*first..=*last).contains(&value),
        }
    }
}
