//! The words of the report in both languages, and numbers and times as each of them writes them.
//!
//! The catalogues are Fluent (`words/*.ftl`). A message without a blank is asked for by the page
//! itself, one with blanks by whoever fills them. Templates lend their numbers, which is why
//! figures take them lent or not.

mod details;
mod reasons;

use crate::desk::detect::{Language, Words};
use crate::desk::report::words;
use crate::facts::Time;
use fluent_bundle::{FluentArgs, FluentValue};
use std::borrow::Borrow;
use std::time::Duration;

/// The title of an alert or incident: those of shipped rules in this language, those of others as
/// their rules have them.
#[must_use]
pub fn title_in(language: Language, signature: &str) -> &str {
    let title = words::bare(signature);
    match language {
        Language::English => title,
        Language::Indonesian => titles()
            .find(|(known, _)| *known == title && title != signature)
            .map_or(title, |(_, own)| own),
    }
}

/// What a shipped rule says, in this language; none where that is not known, or what it says is
/// in it.
#[must_use]
pub fn sentences_in(language: Language, text: &str) -> Option<String> {
    if language == Language::English {
        return None;
    }
    let known = |said: &str| sentences().find(|(known, _)| *known == said);
    let own: Option<Vec<&str>> = text
        .split(", ")
        .map(|said| known(said).map(|(_, own)| own))
        .collect();
    own.map(|own| own.join("; "))
}

/// Speaks one language.
#[derive(Debug)]
pub(in crate::desk) struct Say {
    words: Words,
    pub(super) language: Language,
}

impl Say {
    /// Speaks this language.
    pub(super) fn of(language: Language) -> Self {
        Self::from(language, catalogue(language))
    }

    /// Speaks this language with the words of another catalogue.
    pub(in crate::desk) fn from(language: Language, text: &str) -> Self {
        Self {
            words: Words::read(language, text),
            language,
        }
    }

    /// The language's code, for the page.
    pub(super) const fn code(&self) -> &'static str {
        self.language.code()
    }

    /// A message without blanks.
    pub(in crate::desk) fn say(&self, name: &str) -> String {
        self.fill(name, &[])
    }

    /// The message of a family, such as the role `plc`; the member's own name where the catalogue
    /// has none.
    pub(super) fn of_kind(&self, family: &str, member: &str) -> String {
        let told = self.say(&format!("{family}-{member}"));
        match told.is_empty() {
            true => member.to_owned(),
            false => told,
        }
    }

    /// An operation, such as `write single coil`; in another language with the protocol's own
    /// name in brackets, by which rules and the JSON know it.
    pub(super) fn operation(&self, name: &str) -> String {
        let own = match self.language {
            Language::English => None,
            Language::Indonesian => operations().find(|(known, _)| *known == name),
        };
        match own {
            Some((_, own)) => format!("{own} ({name})"),
            None => name.to_owned(),
        }
    }

    /// The title of an alert or incident: those of shipped rules in the report's language, those
    /// of others as their rules have them.
    pub(super) fn title<'a>(&self, signature: &'a str) -> &'a str {
        title_in(self.language, signature)
    }

    /// What a shipped rule says, in the report's language; none where that is not known.
    pub(super) fn sentences(&self, text: &str) -> Option<String> {
        sentences_in(self.language, text)
    }

    /// The title of a protocol, or what is known of conversations without one.
    pub(super) fn protocol(&self, title: &str) -> String {
        match title.strip_suffix(" without content") {
            Some(carrier) => self.fill("without-content", &[("carrier", carrier.to_owned())]),
            None => title.to_owned(),
        }
    }

    /// A message with its blanks filled by texts.
    pub(in crate::desk) fn fill(&self, name: &str, blanks: &[(&'static str, String)]) -> String {
        self.filled(name, None, blanks)
    }

    /// A message about a number of things: `n` chooses the form, `number` is how it is written.
    pub(super) fn count(&self, name: &str, number: impl Borrow<u64>) -> String {
        let number = *number.borrow();
        self.filled(name, Some(number), &[("number", self.number(number))])
    }

    /// A message about a number of things, with further blanks.
    pub(in crate::desk) fn filled(
        &self,
        name: &str,
        number: Option<u64>,
        blanks: &[(&'static str, String)],
    ) -> String {
        let mut args = FluentArgs::new();
        if let Some(number) = number {
            args.set("n", FluentValue::from(number));
        }
        for (blank, text) in blanks {
            args.set(*blank, FluentValue::from(text.as_str()));
        }
        self.words.say(name, None, &args)
    }

    /// A number with its thousands apart.
    pub(in crate::desk) fn number(&self, number: impl Borrow<u64>) -> String {
        self.local(words::grouped(*number.borrow()))
    }

    /// A number of octets.
    pub(in crate::desk) fn octets(&self, number: impl Borrow<u64>) -> String {
        self.local(words::octets(*number.borrow()))
    }

    /// A part of a whole in percent.
    pub(in crate::desk) fn share(&self, part: impl Borrow<u64>, whole: impl Borrow<u64>) -> String {
        self.local(words::share(*part.borrow(), *whole.borrow()))
    }

    /// A span of time.
    pub(in crate::desk) fn duration(&self, span: Duration) -> String {
        self.local(words::duration(span))
    }

    /// A time, UTC.
    pub(super) fn time(&self, time: Time) -> String {
        match time.is_unknown() {
            true => self.say("unknown"),
            false => words::time(time),
        }
    }

    /// From one time to another; the date is said once where both have the same.
    pub(super) fn when(&self, first: Time, last: Time) -> String {
        let (from, to) = (self.time(first), self.time(last));
        match (from.split_once(' '), to.split_once(' ')) {
            _ if from == to => from,
            (Some((day, _)), Some((same, clock))) if day == same => format!("{from} – {clock}"),
            _ => format!("{from} – {to}"),
        }
    }

    /// English figures as this language writes them.
    fn local(&self, text: String) -> String {
        if self.language == Language::English {
            return text;
        }
        let swapped = text.chars().map(|c| match c {
            ',' => '.',
            '.' => ',',
            other => other,
        });
        let mut text: String = swapped.collect();
        for (english, indonesian) in UNITS {
            if let Some(rest) = text.strip_suffix(english) {
                text = format!("{rest}{indonesian}");
            }
            text = text.replace(&format!("{english} "), &format!("{indonesian} "));
        }
        text
    }
}

/// Units and words of figures, in English and Indonesian. The longer before what they end in.
const UNITS: [(&str, &str); 8] = [
    (" octets", " oktet"),
    (" octet", " oktet"),
    ("under", "di bawah"),
    ("over", "di atas"),
    (" d", " hari"),
    (" h", " jam"),
    (" min", " menit"),
    (" s", " detik"),
];

/// The catalogue of a language.
pub(super) const fn catalogue(language: Language) -> &'static str {
    match language {
        Language::English => include_str!("words/en.ftl"),
        Language::Indonesian => include_str!("words/id.ftl"),
    }
}

/// What is notable that stations do to devices, each with its name in Indonesian.
fn operations() -> impl Iterator<Item = (&'static str, &'static str)> {
    pairs(include_str!("words/operations.txt"))
}

/// The titles of the shipped rules, each in Indonesian.
fn titles() -> impl Iterator<Item = (&'static str, &'static str)> {
    pairs(include_str!("words/titles.txt"))
}

/// What the shipped rules say to those who watch and to the plant, each in Indonesian.
fn sentences() -> impl Iterator<Item = (&'static str, &'static str)> {
    pairs(include_str!("words/sentences.txt"))
}

/// What can be wrong with messages by the names of the faults, in Indonesian.
fn faults() -> impl Iterator<Item = (&'static str, &'static str)> {
    pairs(include_str!("words/faults.txt"))
}

fn pairs(text: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    text.lines().filter_map(|line| line.split_once(" = "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Class;
    use crate::protocols::PROTOCOLS;
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    /// Whether the report names an operation: what is listed singly, and what engineering is.
    fn is_named(class: Class, criticality: u8) -> bool {
        let of_programs = matches!(
            class,
            Class::Engineering
                | Class::Firmware
                | Class::Mode
                | Class::ProgramRead
                | Class::ProgramWrite
                | Class::Reset
        );
        criticality >= 3 || of_programs
    }

    #[test]
    fn every_operation_that_the_report_names_has_an_indonesian_name() {
        let all = PROTOCOLS.iter().flat_map(|protocol| protocol.meanings());
        let named = all.filter(|one| is_named(one.class, one.criticality));
        let named: BTreeSet<&str> = named.map(|one| one.name).collect();
        let known: BTreeSet<&str> = operations().map(|(name, _)| name).collect();
        assert!(named.len() > 150, "{}", named.len());
        let without: Vec<_> = named.difference(&known).collect();
        assert!(without.is_empty(), "without a name: {without:#?}");
        assert_eq!(known.len(), operations().count(), "one stands twice");
        for (name, own) in operations() {
            assert_ne!(name, own);
            let english = ["write", "read", "the", "of", "to", "delete", "start", "set"];
            let word = own.split(' ').find(|word| english.contains(word));
            assert_eq!(word, None, "{own}");
        }
    }

    /// The texts of the shipped rules.
    fn shipped() -> String {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
        let files = fs::read_dir(folder).unwrap();
        let text = files.map(|file| fs::read_to_string(file.unwrap().path()).unwrap());
        text.collect()
    }

    #[test]
    fn every_sentence_of_a_shipped_rule_is_there_in_indonesian() {
        let text = shipped();
        let mut said = BTreeSet::new();
        for line in text.lines() {
            let line = line.trim_start();
            let term = ["soc ", "plant ", "check ", "usual ", "what "];
            let Some(rest) = term.into_iter().find_map(|term| line.strip_prefix(term)) else {
                continue;
            };
            said.insert(rest.split([',', ';']).next().unwrap_or_default().trim());
        }
        assert!(said.len() > 400, "{}", said.len());
        let known: BTreeSet<&str> = sentences().map(|(english, _)| english).collect();
        let without: Vec<_> = said.symmetric_difference(&known).collect();
        assert!(without.is_empty(), "{without:#?}");
        assert_eq!(known.len(), sentences().count(), "one stands twice");
        let english = ["the", "was", "a", "and", "of", "is", "which", "device"];
        for (_, own) in sentences() {
            let word = own.split(' ').find(|word| english.contains(word));
            assert_eq!(word, None, "{own}");
        }
        let say = Say::of(Language::Indonesian);
        assert_eq!(
            say.sentences("Ask who sent it, Find the station"),
            Some("Tanyakan siapa yang mengirimnya; Cari stasiun itu".to_owned())
        );
        assert_eq!(say.sentences("Ask who sent it, by all means"), None);
        assert_eq!(
            Say::of(Language::English).sentences("Find the station"),
            None
        );
    }

    #[test]
    fn every_shipped_rule_has_an_indonesian_title() {
        let text = shipped();
        let shipped: BTreeSet<String> = text
            .lines()
            .filter_map(|line| line.split_once("msg:\"JAGA "))
            .filter_map(|(_, rest)| rest.split_once('"'))
            .map(|(title, _)| title.to_owned())
            .collect();
        assert!(shipped.len() > 150, "{}", shipped.len());
        let known: BTreeSet<String> = titles().map(|(title, _)| title.to_owned()).collect();
        assert_eq!(shipped, known);
        assert_eq!(known.len(), titles().count(), "one stands twice");
        let say = Say::of(Language::Indonesian);
        assert_eq!(say.title("JAGA Values written"), "Nilai ditulis");
        // That of a rule of the user's own is theirs.
        assert_eq!(say.title("Values written"), "Values written");
        let english = Say::of(Language::English);
        assert_eq!(english.title("JAGA Values written"), "Values written");
    }

    #[test]
    fn operations_are_named_in_the_language_and_by_their_protocol() {
        let say = Say::of(Language::Indonesian);
        assert_eq!(
            say.operation("write single coil"),
            "tulis satu coil (write single coil)"
        );
        assert_eq!(say.operation("of no protocol"), "of no protocol");
        let english = Say::of(Language::English);
        assert_eq!(english.operation("write single coil"), "write single coil");
    }

    #[test]
    fn figures_are_written_as_the_language_writes_them() {
        let say = Say::of(Language::Indonesian);
        assert_eq!(say.number(1_234_567), "1.234.567");
        assert_eq!(say.octets(1_234), "1,2 kB");
        assert_eq!(say.octets(12), "12 oktet");
        assert_eq!(say.share(1, 3_000), "di bawah 0,1 %");
        assert_eq!(say.duration(Duration::from_secs(7_260)), "2 jam 1 menit");
        assert_eq!(say.duration(Duration::from_millis(1_500)), "1,5 detik");
        assert_eq!(say.duration(Duration::from_secs(100_000)), "1 hari 3 jam");
        assert_eq!(Say::of(Language::English).number(1_234), "1,234");
    }
}
