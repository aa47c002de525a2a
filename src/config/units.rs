//! Values as people write them: sizes and spans with their unit, and what is spelled as a word.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt::{self, Display};
use std::str::FromStr;
use std::time::Duration;

/// Units of a size, the largest first.
const SIZES: [(&str, u64); 4] = [
    ("TiB", 1 << 40),
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
];

/// Units of an age, the largest first.
const AGES: [(&str, u64); 3] = [("d", 86_400), ("h", 3_600), ("m", 60)];

/// Octets that are kept: 1 MiB to 1 TiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size(u64);

impl Size {
    /// In octets.
    #[must_use]
    pub const fn octets(self) -> u64 {
        self.0
    }
}

impl Default for Size {
    fn default() -> Self {
        Self(1 << 30)
    }
}

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let octets = read(text, &SIZES).ok_or("a size is a number and KiB, MiB, GiB or TiB")?;
        match octets {
            0x10_0000..=0x100_0000_0000 => Ok(Self(octets)),
            _ => Err(format!("{text} is not between 1MiB and 1TiB")),
        }
    }
}

impl Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(self.0, &SIZES, f)
    }
}

/// For how long something is kept: one minute to a hundred years.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Age(u64);

impl Age {
    /// As a duration.
    #[must_use]
    pub const fn duration(self) -> Duration {
        Duration::from_secs(self.0)
    }
}

impl Default for Age {
    fn default() -> Self {
        Self(90 * 86_400)
    }
}

impl FromStr for Age {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let seconds = read(text, &AGES).ok_or("an age is a number and m, h or d")?;
        match seconds {
            60..=3_153_600_000 => Ok(Self(seconds)),
            _ => Err(format!("{text} is not between 1m and 36500d")),
        }
    }
}

impl Display for Age {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(self.0, &AGES, f)
    }
}

/// A whole number and its unit.
fn read(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let split = text.find(|character: char| !character.is_ascii_digit())?;
    let (number, unit) = text.split_at_checked(split)?;
    let (_, factor) = units.iter().find(|(name, _)| *name == unit.trim_start())?;
    number.parse::<u64>().ok()?.checked_mul(*factor)
}

/// Writes it in the largest unit that it is a whole number of.
fn write(value: u64, units: &[(&str, u64)], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let whole = |(_, factor): &&(&str, u64)| value.is_multiple_of(*factor);
    match units.iter().find(whole) {
        Some((unit, factor)) => write!(f, "{}{unit}", value / factor),
        None => write!(f, "{value}"),
    }
}

impl Serialize for Size {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        spelled::deserialize(deserializer)
    }
}

impl Serialize for Age {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Age {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        spelled::deserialize(deserializer)
    }
}

/// Worker threads: 1 to 64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "u8")]
pub struct Workers(u8);

impl From<Workers> for u8 {
    fn from(workers: Workers) -> Self {
        workers.0
    }
}

impl TryFrom<i64> for Workers {
    type Error = String;

    fn try_from(number: i64) -> Result<Self, String> {
        match u8::try_from(number) {
            Ok(workers @ 1..=64) => Ok(Self(workers)),
            _ => Err(format!("{number} is not between 1 and 64")),
        }
    }
}

/// What has a spelling of its own.
pub(super) mod spelled {
    use super::{Deserialize as _, Deserializer, Display, FromStr, Serializer};
    use serde::de::Error as _;

    pub(in crate::config) fn serialize<S: Serializer>(
        value: &impl Display,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub(in crate::config) fn deserialize<'de, D, T>(deserializer: D) -> Result<T, D::Error>
    where
        D: Deserializer<'de>,
        T: FromStr<Err: Display>,
    {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

/// What has a spelling of its own, or nothing.
pub(super) mod spelled_perhaps {
    use super::{Deserialize as _, Deserializer, Display, FromStr, Serializer};
    use serde::de::Error as _;

    pub(in crate::config) fn serialize<S: Serializer>(
        value: &Option<impl Display>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => serializer.collect_str(value),
            None => serializer.serialize_none(),
        }
    }

    pub(in crate::config) fn deserialize<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
    where
        D: Deserializer<'de>,
        T: FromStr<Err: Display>,
    {
        let text = Option::<String>::deserialize(deserializer)?;
        let value = text.map(|text| text.parse());
        value.transpose().map_err(D::Error::custom)
    }
}

/// A list of what has a spelling of its own.
pub(super) mod spelled_each {
    use super::{Deserialize as _, Deserializer, Display, FromStr, Serializer};
    use serde::de::Error as _;

    pub(in crate::config) fn serialize<S: Serializer>(
        values: &[impl Display],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(values.iter().map(ToString::to_string))
    }

    pub(in crate::config) fn deserialize<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
    where
        D: Deserializer<'de>,
        T: FromStr<Err: Display>,
    {
        let texts = Vec::<String>::deserialize(deserializer)?;
        let values = texts.iter().map(|text| text.parse());
        values.collect::<Result<_, _>>().map_err(D::Error::custom)
    }
}
