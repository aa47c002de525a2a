//! Words that name and explain a rule, and words that change nothing.

use super::{Effect, Keyword, nothing};
use crate::rules::parse::Flaw;
use crate::rules::parse::draft::Draft;
use crate::rules::parse::options::Opt;
use std::sync::Arc;

pub(super) static KEYWORDS: &[Keyword] = &[
    Keyword::new(
        "classtype",
        &[],
        Effect::Tells,
        "Class of the rule: gives its text and its severity.",
        classtype,
    ),
    Keyword::new(
        "config",
        &[],
        Effect::Nothing,
        "Settings of another engine; changes nothing.",
        nothing,
    ),
    Keyword::new(
        "filestore",
        &[],
        Effect::Nothing,
        "Asks to keep the file; Jaga keeps no files, the rule matches without it.",
        nothing,
    ),
    Keyword::new(
        "gid",
        &[],
        Effect::Tells,
        "Generator; 1 where none is named.",
        gid,
    ),
    Keyword::new(
        "logto",
        &[],
        Effect::Nothing,
        "File for alerts of Snort; changes nothing.",
        nothing,
    ),
    Keyword::new(
        "metadata",
        &[],
        Effect::Tells,
        "Keys with values, kept with the alert: metadata:key value, key value.",
        metadata,
    ),
    Keyword::new(
        "msg",
        &[],
        Effect::Tells,
        "The rule's text: msg:\"...\".",
        msg,
    ),
    Keyword::new(
        "prefilter",
        &[],
        Effect::Nothing,
        "Asks another engine to look for this first; changes nothing.",
        nothing,
    ),
    Keyword::new(
        "priority",
        &[],
        Effect::Tells,
        "Severity, 1 high to 4 information, in place of the class's.",
        priority,
    ),
    Keyword::new(
        "rawbytes",
        &[],
        Effect::Nothing,
        "Octets before decoding by Snort's preprocessors; payload is never changed here.",
        nothing,
    ),
    Keyword::new(
        "reference",
        &[],
        Effect::Tells,
        "Where to read on: reference:url,example.com/page.",
        reference,
    ),
    Keyword::new("rem", &[], Effect::Nothing, "A remark.", nothing),
    Keyword::new(
        "requires",
        &[],
        Effect::Tells,
        "Version or feature of Suricata that the rule needs; the keywords themselves decide.",
        nothing,
    ),
    Keyword::new("rev", &[], Effect::Tells, "Revision.", rev),
    Keyword::new(
        "service",
        &[],
        Effect::Nothing,
        "Snort's service; protocols are recognised by content.",
        nothing,
    ),
    Keyword::new(
        "sid",
        &[],
        Effect::Tells,
        "Number of the rule, from 1.",
        sid,
    ),
    Keyword::new(
        "tag",
        &[],
        Effect::Nothing,
        "Asks to keep packets that follow; changes nothing about the match.",
        nothing,
    ),
    Keyword::new(
        "target",
        &[],
        Effect::Tells,
        "Which end is attacked: target:src_ip or dest_ip.",
        target,
    ),
    Keyword::new(
        "tls.store",
        &["tls_store"],
        Effect::Nothing,
        "Asks to keep the certificate; changes nothing about the match.",
        nothing,
    ),
];

fn msg(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let text = option.wanted()?;
    if draft.message.is_some() {
        return Err(option.word.flaw("a rule has one msg"));
    }
    let inner = text.unquoted()?;
    let mut message = String::with_capacity(inner.text.len());
    let mut escaped = false;
    for character in inner.text.chars() {
        if character == '\\' && !escaped {
            escaped = true;
            continue;
        }
        if escaped && !matches!(character, '"' | ';' | '\\' | ':') {
            message.push('\\');
        }
        escaped = false;
        message.push(character);
    }
    draft.message = Some(message.trim().into());
    Ok(())
}

fn sid(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    if draft.sid.is_some() {
        return Err(option.word.flaw("a rule has one sid"));
    }
    let number = option.wanted()?.unquoted()?.within(1, u64::from(u32::MAX));
    let number = number.map_err(|flaw| flaw.hint("a sid is a number from 1 to 4294967295"))?;
    draft.sid = u32::try_from(number).ok();
    Ok(())
}

fn gid(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    draft.gid = Some(option.wanted()?.word()?);
    Ok(())
}

fn rev(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    if draft.rev.is_some() {
        return Err(option.word.flaw("a rule has one rev"));
    }
    draft.rev = Some(option.wanted()?.unquoted()?.word()?);
    Ok(())
}

fn classtype(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let name = option.wanted()?.unquoted()?;
    match draft.around.classes.find(name.text) {
        Some(class) => {
            draft.class = Some((class.name.clone(), class.text.clone()));
            draft.class_severity = Some(class.severity);
        }
        None => {
            let near = super::alike(name.text, draft.around.classes.names());
            let note = format!(
                "the class `{}` is not known; severity 3. {near}",
                name.shown()
            );
            draft.notes.push(note.trim_end().to_owned());
            let name: Arc<str> = name.text.into();
            draft.class = Some((name.clone(), name));
        }
    }
    Ok(())
}

fn priority(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let number = option.wanted()?.within(1, 255)?;
    // Snort knows priorities to 255; the scale ends at 4, information.
    draft.priority = Some(u8::try_from(number.min(4)).unwrap_or(4));
    Ok(())
}

fn reference(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let text = option.wanted()?.unquoted()?;
    let Some((system, id)) = text.cut(",") else {
        return Err(text
            .flaw("a reference is a system and an id")
            .hint("reference:url,example.com/page or reference:cve,2010-2772"));
    };
    if system.text.is_empty() || id.text.is_empty() {
        return Err(text.flaw("a reference is a system and an id, and one is empty"));
    }
    let system = system.text.to_ascii_lowercase();
    draft.references.push((system.into(), id.text.into()));
    Ok(())
}

fn metadata(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    for pair in option.wanted()?.unquoted()?.split(',') {
        if pair.text.is_empty() {
            continue;
        }
        let (key, value) = match pair.text.split_once(char::is_whitespace) {
            Some((key, value)) => (key, value.trim()),
            None => (pair.text, ""),
        };
        draft.metadata.push((key.into(), value.into()));
    }
    Ok(())
}

fn target(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let ends = [("src_ip", true), ("dest_ip", false)];
    draft.target_is_source = Some(super::named(option.wanted()?, "end", &ends)?);
    Ok(())
}
