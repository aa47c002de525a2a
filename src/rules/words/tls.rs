//! Words about TLS that compare: `tls.version`, `ssl_version`, `ssl_state`, and the old ones
//! with a value.

use super::fields::known;
use super::{Effect, Keyword, named};
use crate::rules::parse::draft::Draft;
use crate::rules::parse::options::Opt;
use crate::rules::parse::text::Text;
use crate::rules::parse::{Cause, Flaw};
use crate::rules::rule::{Buffer, Content, FieldTest, OctetTest, ValueTest};

pub(super) static KEYWORDS: &[Keyword] = &[
    Keyword::new(
        "ssl_state",
        &[],
        Effect::Tests,
        "Message of TLS: client_hello, server_hello.",
        state,
    ),
    Keyword::new(
        "ssl_version",
        &[],
        Effect::Tests,
        "Version of TLS: sslv3, tls1.0, tls1.1, tls1.2, tls1.3.",
        ssl_version,
    ),
    Keyword::new(
        "tls.fingerprint",
        &["tls_fingerprint"],
        Effect::Tests,
        "SHA-1 of the certificate: tls.fingerprint:\"4d:fa:...\".",
        |d, o| old(d, o, "tls.cert_fingerprint", true),
    ),
    Keyword::new(
        "tls.issuerdn",
        &["tls_issuerdn"],
        Effect::Tests,
        "A part of the issuer of the certificate.",
        |d, o| old(d, o, "tls.cert_issuer", false),
    ),
    Keyword::new(
        "tls.subject",
        &["tls_subject"],
        Effect::Tests,
        "A part of the subject of the certificate.",
        |d, o| old(d, o, "tls.cert_subject", false),
    ),
    Keyword::new(
        "tls.version",
        &["tls_version"],
        Effect::Tests,
        "Version of TLS: 1.0 to 1.3.",
        version,
    ),
];

/// Versions with the names that the field has.
const VERSIONS: &[(&str, &str)] = &[
    ("1.0", "tls 1.0"),
    ("1.1", "tls 1.1"),
    ("1.2", "tls 1.2"),
    ("1.3", "tls 1.3"),
    ("sslv3", "ssl 3.0"),
    ("tls1.0", "tls 1.0"),
    ("tls1.1", "tls 1.1"),
    ("tls1.2", "tls 1.2"),
    ("tls1.3", "tls 1.3"),
];

fn text_test(
    name: &'static str,
    word: Text<'_>,
    text: &str,
    negated: bool,
) -> Result<FieldTest, Flaw> {
    Ok(FieldTest {
        field: known(name, word)?,
        key: None,
        test: ValueTest::Text {
            text: text.into(),
            negated,
        },
    })
}

fn version(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    if option.value.is_none() {
        let field = known("tls.version", option.word)?;
        draft.choose(Buffer::Fields(vec![field]), option.word.text);
        return Ok(());
    }
    let (negated, text) = option.wanted()?.unquoted()?.negation();
    let name = named(text, "version of TLS", VERSIONS)?;
    let test = text_test("tls.version", option.word, name, negated)?;
    draft.fields.push(test);
    Ok(())
}

fn ssl_version(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let mut tests = Vec::new();
    for part in option.wanted()?.split(',') {
        let (negated, name) = part.negation();
        if name.text == "sslv2" {
            return Err(name
                .flaw("SSL 2.0 is not decoded")
                .because(Cause::NotDecoded));
        }
        let name = named(name, "version of TLS", VERSIONS)?;
        tests.push(text_test("tls.version", option.word, name, negated)?);
    }
    any_of(draft, tests);
    Ok(())
}

/// One test, or one of several.
fn any_of(draft: &mut Draft<'_>, mut tests: Vec<FieldTest>) {
    if tests.len() > 1
        && let Some(field) = tests.first().map(|test| test.field)
    {
        tests = vec![FieldTest {
            field,
            key: None,
            test: ValueTest::AnyOf(tests),
        }];
    }
    draft.fields.append(&mut tests);
}

fn state(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let mut tests = Vec::new();
    for part in option.wanted()?.split('|') {
        let (negated, name) = part.negation();
        let states = [
            ("client_hello", Some("client-hello")),
            ("client_keyx", None),
            ("server_hello", Some("server-hello")),
            ("server_keyx", None),
            ("unknown", None),
        ];
        let Some(message) = named(name, "state of TLS", &states)? else {
            let what = format!("the state {} of TLS is not decoded", name.text);
            return Err(name.flaw(what).because(Cause::NotDecoded));
        };
        tests.push(text_test("tls.message", option.word, message, negated)?);
    }
    any_of(draft, tests);
    Ok(())
}

/// A word of the old spelling with a value: a content of a buffer.
fn old(draft: &mut Draft<'_>, option: Opt<'_>, buffer: &str, whole: bool) -> Result<(), Flaw> {
    let buffer = super::buffers::named(draft, buffer, option.word)?;
    if option.value.is_none() {
        draft.choose(buffer, option.word.text);
        return Ok(());
    }
    let (negated, text) = option.wanted()?.negation();
    let octets = text.unquoted()?.content()?;
    if octets.is_empty() {
        return Err(text.flaw("the value is empty"));
    }
    let content = Content {
        octets,
        nocase: whole,
        negated,
        offset: None,
        depth: None,
        distance: None,
        within: None,
        starts: whole,
        ends: whole,
    };
    draft.test_of(buffer, OctetTest::Content(content));
    Ok(())
}
