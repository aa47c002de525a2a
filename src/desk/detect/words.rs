//! Alerts in words, in English or Indonesian: the catalogues and how they are filled.
//!
//! Each kind of alert is a message of both catalogues (Fluent syntax, `words/*.ftl`), with the
//! attributes `what`, `usual`, `plant` and `check`. Text from the wire is made plain before it is
//! put in. Called once an alert.

use super::alert::{Alert, Blank, doing};
use super::weigh::Ground;
use crate::facts::plain;
use crate::sensor::OperationRecord;
use fluent_bundle::{FluentArgs, FluentBundle, FluentResource, FluentValue};
use std::fmt;
use std::str::FromStr;
use unic_langid::{LanguageIdentifier, langid};

/// A language that alerts are told in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Bahasa Indonesia.
    Indonesian,
}

impl Language {
    /// Its code (ISO 639-1).
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Indonesian => "id",
        }
    }

    /// All of them.
    pub const ALL: [Self; 2] = [Self::English, Self::Indonesian];

    const fn identifier(self) -> LanguageIdentifier {
        match self {
            Self::English => langid!("en"),
            Self::Indonesian => langid!("id"),
        }
    }

    const fn catalogue(self) -> &'static str {
        match self {
            Self::English => include_str!("words/en.ftl"),
            Self::Indonesian => include_str!("words/id.ftl"),
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Language {
    type Err = String;

    fn from_str(code: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|known| known.code() == code);
        found.ok_or_else(|| format!("alerts are not told in `{code}`: en and id are known"))
    }
}

/// An alert told to people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// What it is called.
    pub title: String,
    /// What happened.
    pub what: String,
    /// What is usual, and since when; empty where nothing was learned.
    pub usual: String,
    /// What it can mean for the process.
    pub plant: String,
    /// What to check.
    pub check: String,
    /// Why it is as grave as it is; empty where the kind of alert says it all.
    pub grounds: String,
}

/// The words of one language.
pub struct Words(FluentBundle<FluentResource>);

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Words").field(&self.0.locales).finish()
    }
}

impl Words {
    /// The words of this language.
    #[must_use]
    pub fn of(language: Language) -> Self {
        Self::read(language, language.catalogue())
    }

    /// The words of this catalogue, which is in this language.
    #[must_use]
    pub(in crate::desk) fn read(language: Language, text: &str) -> Self {
        let mut bundle = FluentBundle::new(vec![language.identifier()]);
        // Marks around what is filled in are for right-to-left scripts, and unseen octets in logs.
        bundle.set_use_isolating(false);
        // A line that is no message is left out; a test reads every message of both catalogues.
        let resource = FluentResource::try_new(text.to_owned()).unwrap_or_else(|(read, _)| read);
        bundle.add_resource_overriding(resource);
        Self(bundle)
    }

    /// Tells an alert.
    #[must_use]
    pub fn tell(&self, alert: &Alert) -> Told {
        let blanks = filled(alert.blanks.iter().cloned());
        let say = |attribute| self.say(alert.kind.name, attribute, &blanks);
        Told {
            title: say(None),
            what: say(Some("what")),
            usual: match alert.doubted {
                false => say(Some("usual")),
                true => format!(
                    "{} {}",
                    say(Some("usual")),
                    self.say("doubted", None, &blanks)
                ),
            },
            plant: say(Some("plant")),
            check: say(Some("check")),
            grounds: self.grounds(alert),
        }
    }

    /// Why an alert is as grave as it is.
    fn grounds(&self, alert: &Alert) -> String {
        let told = alert.grounds.iter().map(|ground| {
            let (name, blanks): (&str, Vec<(&'static str, Blank)>) = match ground {
                Ground::Criticality(level) => (
                    "ground-criticality",
                    vec![("criticality", u64::from(*level).into())],
                ),
                Ground::Novelty(scope) => ("ground-novelty", vec![("scope", scope.name().into())]),
                Ground::Refused => ("ground-refused", Vec::new()),
                Ground::Anew => ("ground-anew", Vec::new()),
                Ground::Unsettled => ("ground-unsettled", Vec::new()),
                Ground::Important(worth) => (
                    "ground-important",
                    vec![("importance", worth.name().into())],
                ),
                Ground::Unimportant => ("ground-unimportant", Vec::new()),
                Ground::Crossing(from, to) => (
                    "ground-crossing",
                    vec![("from", from.as_str().into()), ("to", to.as_str().into())],
                ),
                Ground::Planned => ("ground-planned", Vec::new()),
            };
            self.say(name, None, &filled(blanks.into_iter()))
        });
        let told: Vec<String> = told.collect();
        if told.is_empty() {
            return String::new();
        }
        let severity = u64::from(alert.severity);
        let blanks = [
            ("severity", severity.into()),
            ("grounds", told.join("; ").into()),
        ];
        self.say("grounds", None, &filled(blanks.into_iter()))
    }

    /// Tells what was done by an operation.
    #[must_use]
    pub fn did(&self, record: &OperationRecord) -> String {
        let blanks = filled(doing(record, record.items.first()).into_iter());
        self.say("did", None, &blanks)
    }

    /// A message or one of its attributes; empty where the catalogue has none.
    pub(in crate::desk) fn say(
        &self,
        name: &str,
        attribute: Option<&str>,
        blanks: &FluentArgs<'_>,
    ) -> String {
        let Some(message) = self.0.get_message(name) else {
            return String::new();
        };
        let pattern = match attribute {
            None => message.value(),
            Some(attribute) => message.get_attribute(attribute).map(|found| found.value()),
        };
        // A blank that is not filled is told by its name: a test fills all of them.
        let mut errors = Vec::new();
        pattern.map_or_else(String::new, |pattern| {
            self.0
                .format_pattern(pattern, Some(blanks), &mut errors)
                .into_owned()
        })
    }
}

/// Blanks as the catalogues take them.
fn filled(blanks: impl Iterator<Item = (&'static str, Blank)>) -> FluentArgs<'static> {
    let value = |blank| match blank {
        Blank::Text(text) => FluentValue::from(plain(&text)),
        Blank::Count(count) => FluentValue::from(count),
    };
    blanks.map(|(name, blank)| (name, value(blank))).collect()
}
