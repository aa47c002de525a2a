//! Scope and coverage: the files, what became of each frame and octet, what could not be seen.

use super::hash;
use crate::desk::audit::Audit;
use crate::desk::audit::words::Say;
use crate::desk::report::{Capture, Summary};

/// Files named in the head of the report.
const NAMED: usize = 3;

/// What a capture of a network can never show, each a message of the catalogues.
const NEVER: [&str; 5] = [
    "never-elsewhere",
    "never-local",
    "never-encrypted",
    "never-silent",
    "never-intent",
];

/// The captures by name.
pub(super) fn names(audit: &Audit<'_>) -> String {
    let all = &audit.picture.captures;
    let names: Vec<&str> = all
        .iter()
        .take(NAMED)
        .map(|one| one.name.as_str())
        .collect();
    let more = all.len().saturating_sub(NAMED);
    let mut text = names.join(", ");
    if more > 0 {
        text.push_str(&format!(" +{more}"));
    }
    text
}

/// From when to when, and how long.
pub(super) fn period(audit: &Audit<'_>, say: &Say) -> String {
    match audit.picture.span {
        None => say.say("no-time"),
        Some(span) => say.fill(
            "period",
            &[
                ("first", say.time(span.first)),
                ("last", say.time(span.last)),
                ("span", say.duration(span.seconds)),
            ],
        ),
    }
}

/// A capture as it was read.
pub(super) struct Read<'a> {
    pub(super) capture: &'a Capture,
    /// Its name, with folders where another one has the same.
    pub(super) name: String,
    pub(super) hash: String,
    pub(super) condition: String,
}

/// The captures with their hashes and their condition.
pub(super) fn captures<'a>(audit: &'a Audit<'_>, say: &Say) -> Vec<Read<'a>> {
    let sealed = audit.custody.captures.iter();
    let sealed = sealed.map(|file| (file.name.clone(), hash(file, say)));
    let none = std::iter::repeat_with(|| (String::new(), say.say("no-hash")));
    let captures = audit.picture.captures.iter();
    let rows = captures.zip(sealed.chain(none)).enumerate();
    let named = |name: String, one: &Capture| match name.is_empty() {
        true => one.name.clone(),
        false => name,
    };
    rows.map(|(place, (one, (name, hash)))| Read {
        capture: one,
        name: named(name, one),
        hash,
        condition: match audit.custody.copied(place) {
            Some(other) => say.fill("copy-of", &[("named", other.name.clone())]),
            None => condition(one, say),
        },
    })
    .collect()
}

/// In which condition a capture is, or how far it was read.
pub(super) fn condition(capture: &Capture, say: &Say) -> String {
    match (&capture.damage, &capture.stopped) {
        (Some(damage), _) => say.fill("damaged", &[("offset", say.number(damage.offset))]),
        (None, Some(stopped)) if stopped.packets == 0 => say.say("not-begun"),
        (None, Some(stopped)) => say.fill(
            "read-to",
            &[
                ("packet", say.number(stopped.packets)),
                ("time", say.time(stopped.time)),
            ],
        ),
        (None, None) => say.say("whole"),
    }
}

/// What became of the frames.
pub(super) fn quality(picture: &Summary<'_>, say: &Say) -> Vec<(String, String)> {
    let frames = &picture.frames;
    let dropped: u64 = picture.interfaces.iter().map(|one| one.dropped).sum();
    let rows = [
        ("frames-received", say.number(frames.received)),
        ("frames-octets", say.octets(frames.octets)),
        ("frames-decoded", say.number(frames.decoded)),
        (
            "frames-undecoded",
            say.number(frames.processed.saturating_sub(frames.decoded)),
        ),
        ("frames-duplicates", say.number(picture.duplicates.packets)),
        ("frames-dropped", say.number(dropped)),
        ("conversations", say.number(picture.conversation_count)),
        (
            "books",
            say.say(match frames.balanced {
                true => "books-balance",
                false => "books-differ",
            }),
        ),
    ];
    rows.map(|(what, figure)| (say.say(what), figure)).into()
}

/// What became of the content, in octets.
pub(super) fn ledger(picture: &Summary<'_>, say: &Say) -> Vec<(String, String, String)> {
    let ledger = &picture.ledger.ledger;
    let all = ledger.content.saturating_add(ledger.lost);
    let rows = [
        ("ledger-decoded", ledger.decoded),
        ("ledger-opaque", ledger.opaque),
        ("ledger-encrypted", ledger.encrypted),
        (
            "ledger-malformed",
            ledger.malformed.saturating_add(ledger.skipped),
        ),
        (
            "ledger-repeated",
            ledger.retransmitted.saturating_add(ledger.discarded),
        ),
        ("ledger-lost", ledger.lost),
    ];
    rows.map(|(what, octets)| (say.say(what), say.octets(octets), say.share(octets, all)))
        .into()
}

/// What could not be seen.
pub(super) fn blind(picture: &Summary<'_>, say: &Say) -> Vec<String> {
    let content = picture.ledger.ledger.content;
    let tell = |spot: &crate::desk::report::BlindSpot| {
        let name = format!("blind-{}", spot.kind);
        let mut named = spot.named.join(", ");
        if spot.further > 0 {
            named.push_str(&format!(", +{}", say.number(spot.further)));
        }
        let blanks = [
            ("number", say.number(spot.count)),
            ("octets", say.octets(spot.octets)),
            ("share", say.share(spot.octets, content)),
            ("named", named),
        ];
        say.filled(&name, Some(spot.count), &blanks)
    };
    picture.blind_spots.iter().map(tell).collect()
}

/// What cannot be judged from these captures.
pub(super) fn unjudged(audit: &Audit<'_>, say: &Say) -> Vec<String> {
    let mut texts: Vec<String> = NEVER.iter().map(|name| say.say(name)).collect();
    if !audit.logins_watched {
        texts.push(say.say("never-logins"));
    }
    if audit.logins_omitted > 0 {
        let number = ("number", say.number(audit.logins_omitted));
        texts.push(say.filled("never-all-logins", Some(audit.logins_omitted), &[number]));
    }
    if !audit.usual {
        texts.push(say.say("never-usual"));
    }
    texts
}

/// What was set.
pub(super) fn settings(audit: &Audit<'_>, say: &Say) -> Vec<(String, String)> {
    let custody = &audit.custody;
    let yes_no = |yes| say.say(if yes { "yes" } else { "no" });
    let rows = [
        ("version", format!("Jaga {}", custody.version)),
        ("rules-count", say.number(custody.rules)),
        ("rules-hash", custody.rules_sha256.clone()),
        ("attack-version", "MITRE ATT&CK for ICS 18.1".to_owned()),
        ("detectors-looked", yes_no(audit.detectors)),
        ("secrets", yes_no(custody.secrets_shown)),
    ];
    rows.map(|(what, value)| (say.say(what), value)).into()
}
