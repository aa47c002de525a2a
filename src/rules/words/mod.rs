//! The words of the rule language: the registry of keywords, one file a family.
//!
//! Called by the loader for each option of a rule, and by `jaga rules keywords`. A word that
//! cannot be evaluated on traffic is refused with its reason, never read and forgotten. Fields
//! of the protocols' tables are words too, and are looked up there.

mod about;
mod asset;
mod bits;
pub(crate) mod buffers;
mod bytes;
mod content;
mod datasets;
mod dcerpc;
mod dnp3;
mod enip;
mod events;
mod fields;
mod files;
mod flow;
mod limits;
mod modbus;
mod operation;
mod packet;
mod refused;
mod regex;
#[cfg(test)]
mod tests;
mod tls;
mod transforms;

pub(crate) use limits::limit;

use super::parse::draft::Draft;
use super::parse::options::Opt;
use super::parse::text::Text;
use super::parse::{Cause, Flaw};
use std::collections::HashMap;
use std::sync::LazyLock;

/// What a word does to whether and how a rule matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// It is evaluated on traffic, or changes what is.
    Tests,
    /// It names or explains the rule, or says how it is told.
    Tells,
    /// It is accepted and changes nothing: a hint for other engines, or an act that a passive
    /// sensor does not do.
    Nothing,
    /// It is known and refused: it cannot be evaluated.
    Refused,
}

/// A keyword of the rule language.
#[derive(Debug)]
pub(crate) struct Keyword {
    /// Its name, in the newest spelling.
    name: &'static str,
    /// Other spellings.
    aliases: &'static [&'static str],
    /// One line: what it means, what it takes.
    doc: &'static str,
    /// What it does.
    effect: Effect,
    /// Reads it into a draft.
    read: fn(&mut Draft<'_>, Opt<'_>) -> Result<(), Flaw>,
}

impl Keyword {
    const fn new(
        name: &'static str,
        aliases: &'static [&'static str],
        effect: Effect,
        doc: &'static str,
        read: fn(&mut Draft<'_>, Opt<'_>) -> Result<(), Flaw>,
    ) -> Self {
        Self {
            name,
            aliases,
            doc,
            effect,
            read,
        }
    }
}

/// The families of keywords.
static FAMILIES: &[&[Keyword]] = &[
    about::KEYWORDS,
    asset::KEYWORDS,
    bits::KEYWORDS,
    bytes::KEYWORDS,
    content::KEYWORDS,
    datasets::KEYWORDS,
    dcerpc::KEYWORDS,
    dnp3::KEYWORDS,
    enip::KEYWORDS,
    events::KEYWORDS,
    files::KEYWORDS,
    flow::KEYWORDS,
    limits::KEYWORDS,
    modbus::KEYWORDS,
    operation::KEYWORDS,
    packet::KEYWORDS,
    refused::KEYWORDS,
    regex::KEYWORDS,
    tls::KEYWORDS,
    transforms::KEYWORDS,
];

/// All keywords but buffers and fields, in no order.
pub(crate) fn keywords() -> impl Iterator<Item = &'static Keyword> {
    FAMILIES.iter().flat_map(|family| family.iter())
}

/// One line of the list of all words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Line {
    /// Its name, in the newest spelling.
    pub name: &'static str,
    /// Other spellings that are no content modifiers of old.
    pub aliases: &'static [&'static str],
    /// Names that move the content before them.
    pub modifiers: &'static [&'static str],
    /// What it does.
    pub effect: Effect,
    /// One line: what it means, what it takes.
    pub doc: &'static str,
}

/// All words but the plain fields of the protocols' tables, by name. A buffer that no protocol
/// fills yet counts as refused.
#[must_use]
pub fn list() -> Vec<Line> {
    let buffers = buffers::ROWS.iter().map(|row| Line {
        name: row.name,
        aliases: row.sticky,
        modifiers: row.modifiers,
        effect: if buffers::is_decoded(row) {
            Effect::Tests
        } else {
            Effect::Refused
        },
        doc: row.doc,
    });
    let keywords = keywords().map(|keyword| Line {
        name: keyword.name,
        aliases: keyword.aliases,
        modifiers: &[],
        effect: keyword.effect,
        doc: keyword.doc,
    });
    let mut all: Vec<Line> = buffers.chain(keywords).collect();
    all.sort_unstable();
    all
}

/// What a word is.
#[derive(Clone, Copy)]
enum Word {
    Keyword(&'static Keyword),
    Buffer(&'static buffers::Row, bool),
}

static WORDS: LazyLock<HashMap<&'static str, Word>> = LazyLock::new(|| {
    let mut words = HashMap::new();
    for row in buffers::ROWS {
        words.insert(row.name, Word::Buffer(row, false));
        for name in row.sticky {
            words.insert(name, Word::Buffer(row, false));
        }
        for name in row.modifiers {
            words.insert(name, Word::Buffer(row, true));
        }
    }
    for keyword in keywords() {
        words.insert(keyword.name, Word::Keyword(keyword));
        for name in keyword.aliases {
            words.insert(name, Word::Keyword(keyword));
        }
    }
    words
});

/// Reads one option into the draft. Answers the keyword's name where it has no effect.
pub(crate) fn read(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<Option<&'static str>, Flaw> {
    let lower;
    let name = if option.word.text.chars().any(char::is_uppercase) {
        lower = option.word.text.to_ascii_lowercase();
        lower.as_str()
    } else {
        option.word.text
    };
    match WORDS.get(name) {
        Some(Word::Keyword(keyword)) => {
            (keyword.read)(draft, option)?;
            Ok((keyword.effect == Effect::Nothing).then_some(keyword.name))
        }
        Some(Word::Buffer(row, modifier)) => {
            buffers::read(draft, option, row, *modifier).map(|()| None)
        }
        None => match fields::find(name) {
            Some(found) => fields::read(draft, option, &found).map(|()| None),
            None => Err(unknown(option, name)),
        },
    }
}

/// The name of a field.
pub(crate) fn field_name(field: super::rule::FieldRef) -> Option<&'static str> {
    let protocol = crate::protocols::PROTOCOLS
        .iter()
        .find(|protocol| protocol.name() == field.protocol)?;
    Some(protocol.field(usize::from(field.index))?.name)
}

/// Reads a word that changes nothing.
fn nothing(_: &mut Draft<'_>, _: Opt<'_>) -> Result<(), Flaw> {
    Ok(())
}

fn unknown(option: Opt<'_>, name: &str) -> Flaw {
    if let Some(protocol) = name.split('.').next().filter(|_| name.contains('.'))
        && super::parse::header::protocol(protocol).is_none()
    {
        let known = [
            "dce",
            "file",
            "ike",
            "krb5",
            "ldap",
            "mqtt",
            "nfs",
            "pgsql",
            "quic",
            "rfb",
            "sip",
            "smtp",
            "websocket",
            "http2",
            "email",
            "ftpdata",
            "sdp",
        ];
        if known.contains(&protocol) {
            return option
                .word
                .flaw(format!("the buffer {} is not decoded", option.word.shown()))
                .because(Cause::NotDecoded);
        }
    }
    let words = WORDS.keys().copied().chain(fields::names());
    option
        .word
        .flaw(format!("`{}` is no keyword", option.word.shown()))
        .because(Cause::UnknownWord)
        .hint(alike(name, words))
}

/// How alike (0 to 1, Jaro-Winkler) a word must be to be offered in place of a wrong one.
const ALIKE: f64 = 0.82;

/// "did you mean" with the word most like a wrong one; empty where none is alike.
pub(crate) fn alike<'a>(wrong: &str, known: impl Iterator<Item = &'a str>) -> String {
    // A whole rule may stand where a word should.
    if wrong.len() > 64 {
        return String::new();
    }
    let lower = wrong.to_ascii_lowercase();
    let near = known
        .map(|name| {
            (
                strsim::jaro_winkler(&name.to_ascii_lowercase(), &lower),
                name,
            )
        })
        .filter(|(alike, _)| *alike > ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)));
    near.map_or_else(String::new, |(_, name)| format!("did you mean `{name}`?"))
}

/// The value of a table of names, or a flaw that offers the nearest one.
fn named<T: Copy>(text: Text<'_>, what: &str, table: &[(&'static str, T)]) -> Result<T, Flaw> {
    let found = table
        .iter()
        .find(|row| row.0.eq_ignore_ascii_case(text.text));
    found.map(|row| row.1).ok_or_else(|| {
        let mut hint = alike(text.text, table.iter().map(|row| row.0));
        if hint.is_empty() && table.len() < 12 {
            let names: Vec<&str> = table.iter().map(|row| row.0).collect();
            hint = format!("one of {}", names.join(", "));
        }
        text.flaw(format!("`{}` is no {what}", text.shown()))
            .hint(hint)
    })
}
