//! Reads the lines, and says of each that is wrong what is wrong with it.

use super::HEAD;
use crate::desk::baseline::evidence::{Each, Sort};
use crate::desk::baseline::{
    Act, Baseline, Entry, Habit, Learning, Name, Place, Seen, Service, Spans, Talk, Usual, Word,
};
use crate::facts::{Host, Time};
use std::collections::BTreeSet;
use std::time::Duration;

/// Why a text is no baseline.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct Error {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub what: String,
}

/// Reads a baseline.
///
/// # Errors
/// Where a line is wrong: the first of them.
pub fn read(text: &str) -> Result<Baseline, Error> {
    let mut baseline = Baseline::default();
    // Some editors put a mark before the first line.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.lines().next().map(str::trim_end) != Some(HEAD) {
        let what = format!("not a baseline that this version reads: it must begin with `{HEAD}`");
        return Err(Error { line: 1, what });
    }
    for (place, line) in text.lines().enumerate() {
        let line = line.trim();
        if !line.is_empty() && !line.starts_with('#') {
            take(&mut baseline, line).map_err(|what| Error {
                line: place + 1,
                what,
            })?;
        }
    }
    Ok(baseline)
}

/// Reads one line of a baseline, as if nothing else stood there.
///
/// # Errors
/// Where it is wrong.
pub fn line(line: &str) -> Result<Baseline, Error> {
    let mut baseline = Baseline::default();
    take(&mut baseline, line).map_err(|what| Error { line: 1, what })?;
    Ok(baseline)
}

/// A time as the lines have it (RFC 3339).
///
/// # Errors
/// Where it is none.
pub fn moment(word: &str) -> Result<Time, String> {
    time(word)
}

/// The words of a line; texts in quotes are one word each.
struct Line<'a> {
    rest: &'a str,
}

impl<'a> Line<'a> {
    /// The next word as it is written, or none at the end.
    fn next(&mut self) -> Option<&'a str> {
        self.rest = self.rest.trim_start();
        if self.rest.is_empty() || self.rest.starts_with('#') {
            return None;
        }
        let mut quoted = false;
        let mut escaped = false;
        let mut end = self.rest.len();
        for (at, c) in self.rest.char_indices() {
            match c {
                _ if escaped => escaped = false,
                '\\' if quoted => escaped = true,
                '"' => quoted = !quoted,
                c if c.is_whitespace() && !quoted => {
                    end = at;
                    break;
                }
                _ => {}
            }
        }
        let (word, rest) = self.rest.split_at_checked(end)?;
        self.rest = rest;
        Some(word)
    }

    fn word(&mut self, what: &str) -> Result<&'a str, String> {
        self.next().ok_or_else(|| format!("{what} is missing"))
    }

    fn expect(&mut self, wanted: &str) -> Result<(), String> {
        match self.next() {
            Some(word) if word == wanted => Ok(()),
            Some(word) => Err(format!("`{word}` stands where `{wanted}` must")),
            None => Err(format!("`{wanted}` is missing")),
        }
    }

    fn end(&mut self) -> Result<(), String> {
        self.next()
            .map_or(Ok(()), |word| Err(format!("`{word}` is too much")))
    }
}

fn take(baseline: &mut Baseline, line: &str) -> Result<(), String> {
    let mut line = Line { rest: line };
    let kind = line.word("the kind of line")?;
    match kind {
        "learned" => {
            let first = time(line.word("the first time")?)?;
            line.expect("to")?;
            let last = time(line.word("the last time")?)?;
            baseline.span = Some((first, last));
            line.end()
        }
        "learning" => {
            let learned = seconds(line.word("for how many seconds it was learned")?)?;
            let mut open = Each::all(false);
            while let Some(word) = line.next() {
                let sort = Sort::ALL.into_iter().find(|sort| sort.name() == word);
                let sort = sort.ok_or_else(|| {
                    let names = Sort::ALL.map(Sort::name).join(", ");
                    format!("`{word}` is nothing that is learned: {names}")
                })?;
                open.set(sort, true);
            }
            let learned = Duration::from_nanos(learned);
            baseline.learning = Some(Learning { learned, open });
            Ok(())
        }
        "source" => {
            baseline.sources.push(text(line.word("the name")?)?.into());
            line.end()
        }
        "overflow" => {
            baseline.overflow = number(line.word("the number")?)?;
            line.end()
        }
        "host" => {
            let host = host(line.word("the host")?)?;
            let entry = facts(&mut line, &mut |(), word, _| Err(unknown(word)))?;
            once(baseline.hosts.insert(host, entry).is_none())
        }
        "talk" => {
            let (client, server) = ends(&mut line)?;
            let service = service(line.word("the protocol")?)?;
            let talk = Talk {
                client,
                server,
                service,
            };
            let entry = facts(&mut line, &mut |(), word, _| Err(unknown(word)))?;
            once(baseline.talks.insert(talk, entry).is_none())
        }
        "do" => {
            let act = act(&mut line)?;
            let entry = facts(&mut line, &mut more)?;
            once(baseline.acts.insert(act, entry).is_none())
        }
        "at" | "name" | "value" => {
            let act = act(&mut line)?;
            let Some(entry) = baseline.acts.get_mut(&act) else {
                return Err("no `do` line of this operation stands before it".to_owned());
            };
            detail(&mut entry.more, kind, &mut line)?;
            line.end()
        }
        other => Err(format!(
            "`{other}` is no kind of line: learned, learning, source, overflow, host, talk, do, at, name, value"
        )),
    }
}

fn once(new: bool) -> Result<(), String> {
    new.then_some(())
        .ok_or_else(|| "the same line stands here before".to_owned())
}

fn unknown(word: &str) -> String {
    format!("`{word}` is not known behind the semicolon")
}

/// What else stands behind the semicolon of an operation.
fn more(habit: &mut Habit, word: &str, value: Option<&str>) -> Result<(), String> {
    let value = || value.ok_or_else(|| format!("`{word}` needs a value: {word}=..."));
    match word {
        "criticality" => habit.criticality = number(value()?)?,
        "pauses" => habit.period.count = number(value()?)?,
        "period" => habit.period.mean = seconds(value()?)?,
        "longest" => habit.period.longest = seconds(value()?)?,
        "open" => habit.open = true,
        _ => return Err(unknown(word)),
    }
    Ok(())
}

fn detail(habit: &mut Habit, kind: &str, line: &mut Line<'_>) -> Result<(), String> {
    match kind {
        "at" => {
            let place = place(line.word("the kind of address")?)?;
            let spans: Spans = line.word("the addresses")?.parse()?;
            once(habit.places.insert(place, spans).is_none())
        }
        "name" => once(habit.names.insert(text(line.word("the name")?)?.into())),
        _ => {
            let place = place(line.word("the kind of address")?)?;
            let address = number(line.word("the address")?)?;
            let usual = usual(line)?;
            once(habit.values.insert((place, address), usual).is_none())
        }
    }
}

fn usual(line: &mut Line<'_>) -> Result<Usual, String> {
    match line.word("`any`, `from` or `one of`")? {
        "any" => Ok(Usual::Any),
        "from" => {
            let least = number(line.word("the least value")?)?;
            line.expect("to")?;
            let most = number(line.word("the greatest value")?)?;
            Ok(Usual::Range(least, most))
        }
        "one" => {
            line.expect("of")?;
            let mut values = BTreeSet::new();
            while let Some(word) = line.next() {
                values.insert(text(word)?.into());
            }
            Ok(Usual::Set(values))
        }
        other => Err(format!(
            "`{other}` stands where `any`, `from` or `one of` must"
        )),
    }
}

/// Takes what only some kinds of lines have behind the semicolon.
type More<T> = dyn FnMut(&mut T, &str, Option<&str>) -> Result<(), String>;

/// What stands behind the semicolon.
fn facts<T: Default>(line: &mut Line<'_>, more: &mut More<T>) -> Result<Entry<T>, String> {
    let mut entry = Entry {
        seen: Seen {
            count: 0,
            first: Time::ZERO,
            last: Time::ZERO,
            slots: 0,
        },
        word: Word::default(),
        more: T::default(),
    };
    match line.next() {
        None => return Ok(entry),
        Some(";") => {}
        Some(word) => return Err(format!("`{word}` stands where `;` must")),
    }
    while let Some(word) = line.next() {
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (word, None),
        };
        let given = || value.ok_or_else(|| format!("`{name}` needs a value: {name}=..."));
        match name {
            "count" => entry.seen.count = number(given()?)?,
            "first" => entry.seen.first = time(given()?)?,
            "last" => entry.seen.last = time(given()?)?,
            "slots" => entry.seen.slots = number(given()?)?,
            "on" => entry.word.on = Some(time(given()?)?),
            "doubt" => entry.word.doubt = Some(text(given()?)?.into()),
            "forbidden" => entry.word.forbidden = true,
            "expires" => entry.word.expires = Some(time(given()?)?),
            "by" => entry.word.by = Some(text(given()?)?.into()),
            "why" => entry.word.why = Some(text(given()?)?.into()),
            _ => more(&mut entry.more, name, value)?,
        }
    }
    Ok(entry)
}

fn ends(line: &mut Line<'_>) -> Result<(Host, Host), String> {
    let from = host(line.word("who asks")?)?;
    line.expect(">")?;
    Ok((from, host(line.word("who is asked")?)?))
}

fn act(line: &mut Line<'_>) -> Result<Act, String> {
    let (actor, device) = ends(line)?;
    let protocol = line.word("the protocol")?.to_owned();
    let mut word = line.word("the operation")?;
    let mut unit = None;
    if word == "unit" {
        unit = Some(number(line.word("the number of the unit")?)?);
        word = line.word("the operation")?;
    }
    Ok(Act {
        actor,
        device,
        protocol: Name::Owned(protocol),
        unit,
        operation: Name::Owned(text(word)?),
    })
}

fn host(word: &str) -> Result<Host, String> {
    let host = word.parse();
    host.map_err(|_| format!("`{word}` is no IP nor MAC address"))
}

fn service(word: &str) -> Result<Service, String> {
    Ok(match word.split_once('/') {
        Some(("tcp", port)) => Service::Tcp(number(port)?),
        Some(("udp", port)) => Service::Udp(number(port)?),
        Some(("ip", protocol)) => Service::Ip(number(protocol)?),
        Some(_) => {
            return Err(format!(
                "`{word}` is no service: a protocol, tcp/PORT, udp/PORT, ip/NUMBER"
            ));
        }
        None if word == "link" => Service::Link,
        None => Service::Protocol(Name::Owned(word.to_owned())),
    })
}

fn place(word: &str) -> Result<Place, String> {
    let (space, area) = match word.split_once('/') {
        Some((space, area)) => (space, Some(number(area)?)),
        None => (word, None),
    };
    let space = if space == "-" { "" } else { space };
    Ok(Place {
        space: Name::Owned(space.to_owned()),
        area,
    })
}

/// A text in quotes, or a word without.
fn text(word: &str) -> Result<String, String> {
    if !word.starts_with('"') {
        return Ok(word.to_owned());
    }
    serde_json::from_str(word).map_err(|_| format!("`{word}` is no text in quotes"))
}

fn number<N: std::str::FromStr>(word: &str) -> Result<N, String> {
    word.parse()
        .map_err(|_| format!("`{word}` is no number that fits"))
}

fn time(word: &str) -> Result<Time, String> {
    let stamp: jiff::Timestamp = word
        .parse()
        .map_err(|_| format!("`{word}` is no time, such as 2026-11-22T08:00:00Z"))?;
    let nanos = u64::try_from(stamp.as_nanosecond());
    let nanos = nanos.map_err(|_| format!("`{word}` is out of range"))?;
    Ok(Time::from_nanos(nanos))
}

/// Seconds as nanoseconds.
fn seconds(word: &str) -> Result<u64, String> {
    let wrong = || format!("`{word}` is no number of seconds");
    let (whole, part) = word.split_once('.').unwrap_or((word, ""));
    if part.len() > 9 || !part.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(wrong());
    }
    let whole: u64 = whole.parse().map_err(|_| wrong())?;
    let part: u64 = format!("{part:0<9}").parse().map_err(|_| wrong())?;
    whole
        .checked_mul(1_000_000_000)
        .and_then(|nanos| nanos.checked_add(part))
        .ok_or_else(wrong)
}
