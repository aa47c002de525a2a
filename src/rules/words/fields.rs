//! Fields of the protocols' tables as words: `modbus.address:>=4000;` compares a number,
//! `modbus.function_name:"write single coil";` a text, `http.uri;` chooses a buffer,
//! `dnp3.objects.group:12;` looks into the records of a list.

use crate::facts::Kind;
use crate::protocols::PROTOCOLS;
use crate::rules::parse::draft::Draft;
use crate::rules::parse::options::Opt;
use crate::rules::parse::text::Text;
use crate::rules::parse::{Cause, Flaw};
use crate::rules::rule::{Buffer, FieldRef, FieldTest, Over, ValueTest};
use std::collections::HashMap;
use std::sync::LazyLock;

/// A field that a word names.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found {
    /// Where it stands in the tables.
    pub(crate) field: FieldRef,
    /// What it holds.
    pub(crate) kind: Kind,
    /// Key of a record in a list.
    pub(crate) key: Option<&'static str>,
}

/// A name of the tables: its line, and the field in each protocol that has it (`file.data`).
struct Named {
    doc: &'static str,
    fields: Vec<Found>,
}

static FIELDS: LazyLock<HashMap<&'static str, Named>> = LazyLock::new(|| {
    let mut names: HashMap<&'static str, Named> = HashMap::new();
    for protocol in PROTOCOLS {
        for index in 0..u16::MAX {
            let Some(field) = protocol.field(usize::from(index)) else {
                break;
            };
            let named = names.entry(field.name).or_insert_with(|| Named {
                doc: field.doc,
                fields: Vec::new(),
            });
            named.fields.push(Found {
                field: FieldRef {
                    protocol: protocol.name(),
                    index,
                },
                kind: field.kind,
                key: None,
            });
        }
    }
    names
});

/// Names of all fields.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    FIELDS.keys().copied()
}

/// The fields of this name in all protocols.
pub(crate) fn all(name: &str) -> &'static [Found] {
    FIELDS
        .get(name)
        .map_or(&[], |named| named.fields.as_slice())
}

/// The field of this name; or the list of this name with a key of its records behind it.
pub(crate) fn find(name: &str) -> Option<Found> {
    if let Some(found) = all(name).first() {
        return Some(*found);
    }
    let (list, key) = name.rsplit_once('.')?;
    let named = FIELDS.get(list)?;
    let found = named.fields.first()?;
    if found.kind != Kind::List || key.is_empty() {
        return None;
    }
    // The keys of a list's records stand in its line of the table.
    let words = named
        .doc
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let key = words.into_iter().find(|word| *word == key)?;
    Some(Found {
        key: Some(key),
        ..*found
    })
}

/// The field of this name, which a word of another engine stands for.
pub(super) fn known(name: &'static str, word: Text<'_>) -> Result<FieldRef, Flaw> {
    match find(name) {
        Some(found) => Ok(found.field),
        None => Err(super::buffers::not_decoded(name, word)),
    }
}

/// Reads a field's name as a word.
pub(super) fn read(draft: &mut Draft<'_>, option: Opt<'_>, found: &Found) -> Result<(), Flaw> {
    let mut found = *found;
    if let Over::Protocol(protocol) = draft.header.over
        && protocol != found.field.protocol
    {
        let same = all(option.word.text).iter();
        let Some(other) = same.copied().find(|other| other.field.protocol == protocol) else {
            let what = format!("a rule over {protocol} has no field {}", option.word.text);
            return Err(option.word.flaw(what).because(Cause::Contradiction));
        };
        found = other;
    }
    let Some(value) = option.value else {
        return bare(draft, option, &found);
    };
    let test = value_test(value, found.kind)?;
    draft.fields.push(FieldTest {
        field: found.field,
        key: found.key,
        test,
    });
    Ok(())
}

/// Without a value: octets and text are a buffer, of others the word asks whether they are
/// there.
fn bare(draft: &mut Draft<'_>, option: Opt<'_>, found: &Found) -> Result<(), Flaw> {
    match found.kind {
        Kind::Text | Kind::Octets => {
            draft.choose(Buffer::Fields(vec![found.field]), option.word.text);
        }
        Kind::List if found.key.is_none() => {
            draft.choose(Buffer::Fields(vec![found.field]), option.word.text);
        }
        _ => draft.fields.push(FieldTest {
            field: found.field,
            key: found.key,
            test: ValueTest::Present(true),
        }),
    }
    Ok(())
}

fn value_test(value: Text<'_>, kind: Kind) -> Result<ValueTest, Flaw> {
    match value.text {
        "present" => return Ok(ValueTest::Present(true)),
        "absent" | "!present" => return Ok(ValueTest::Present(false)),
        _ => {}
    }
    Ok(match kind {
        Kind::Unsigned => ValueTest::Number(value.number(u64::MAX)?),
        Kind::Signed | Kind::Float => ValueTest::Number(value.real()?),
        Kind::Boolean => boolean(value)?,
        Kind::Text | Kind::Octets => text(value)?,
        Kind::List => list(value)?,
    })
}

fn boolean(value: Text<'_>) -> Result<ValueTest, Flaw> {
    let words = [
        ("true", true),
        ("yes", true),
        ("1", true),
        ("false", false),
        ("no", false),
        ("0", false),
    ];
    let (negated, word) = value.negation();
    Ok(ValueTest::Boolean(
        super::named(word, "truth value", &words)? != negated,
    ))
}

fn text(value: Text<'_>) -> Result<ValueTest, Flaw> {
    let (negated, text) = value.negation();
    let text = text.unquoted()?;
    if text.text.is_empty() {
        return Err(text.flaw("the text is empty"));
    }
    Ok(ValueTest::Text {
        text: text.text.to_ascii_lowercase().into(),
        negated,
    })
}

/// Of a list one element must hold: a number, a truth value or a text, as the value reads.
fn list(value: Text<'_>) -> Result<ValueTest, Flaw> {
    let bare = value.negation().1;
    if bare.text.starts_with('"') {
        return text(value);
    }
    if matches!(bare.text, "true" | "false") {
        return boolean(value);
    }
    let numeric = bare
        .text
        .starts_with(|c: char| c.is_ascii_digit() || "<>=&".contains(c));
    if numeric {
        return Ok(ValueTest::Number(value.number(u64::MAX)?));
    }
    text(value)
}
