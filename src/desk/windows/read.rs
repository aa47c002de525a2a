//! Reads windows of planned work.
//!
//! ```toml
//! [[window]]
//! name = "service of turbine 2"
//! from = 2026-11-22T08:00:00Z                 # with an offset: +07:00 or Z
//! to = 2026-11-22T12:00:00Z
//! stations = ["10.9.0.0/24"]                  # who works; none: anybody
//! devices = ["10.2.0.7", "00:1b:1b:01:02:03"] # on what; none: any
//! operations = ["program-write", "mode"]      # classes; none: any
//! ```

use super::{Place, Window, Windows};
use crate::desk::zones::masked;
use crate::facts::{Class, Host, Time};
use serde::Deserialize;
use std::fmt;
use std::net::IpAddr;
use std::ops::Range;
use toml::Spanned;
use toml::value::Datetime;

/// Most windows: more than a year of daily work.
const WINDOWS: usize = 1_024;

/// A file of windows that cannot be used.
#[derive(Debug, PartialEq, Eq)]
pub struct Error {
    /// Line and column, from 1; none where it is about the whole.
    pub place: Option<(usize, usize)>,
    /// What is wrong.
    pub what: String,
    /// How to mend it.
    pub hint: String,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            Some((line, column)) => write!(f, "{line}:{column}: {}", self.what),
            None => f.write_str(&self.what),
        }
    }
}

impl std::error::Error for Error {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    window: Vec<Spanned<RawWindow>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawWindow {
    name: Spanned<String>,
    from: Spanned<Datetime>,
    to: Spanned<Datetime>,
    #[serde(default)]
    stations: Vec<Spanned<String>>,
    #[serde(default)]
    devices: Vec<Spanned<String>>,
    #[serde(default)]
    operations: Vec<Spanned<String>>,
}

/// What is wrong where in the text, and how to mend it.
type Wrong = (Range<usize>, String, String);

/// Reads the text of a file.
///
/// # Errors
/// The first thing in it that is not as it must be.
pub fn read(text: &str) -> Result<Windows, Error> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let place = |at: usize| {
        let before = text.get(..at).unwrap_or(text);
        let line = before.rsplit('\n').next().unwrap_or_default();
        (before.matches('\n').count() + 1, line.chars().count() + 1)
    };
    let file: File = toml::from_str(text).map_err(|error| Error {
        place: error.span().map(|at| place(at.start)),
        what: error.message().trim().replace('\n', ": "),
        hint: "a window has name, from, to (as 2026-11-22T08:00:00Z), stations, devices, \
               operations"
            .to_owned(),
    })?;
    if file.window.is_empty() || file.window.len() > WINDOWS {
        return Err(Error {
            place: None,
            what: format!("there are {} windows", file.window.len()),
            hint: format!("one to {WINDOWS}; each begins with [[window]]"),
        });
    }
    let mut windows = Windows::default();
    for raw in &file.window {
        let window = window(&windows, raw).map_err(|(at, what, hint)| Error {
            place: Some(place(at.start)),
            what,
            hint,
        })?;
        windows.windows.push(window);
    }
    Ok(windows)
}

fn window(known: &Windows, raw: &Spanned<RawWindow>) -> Result<Window, Wrong> {
    let (whole, raw) = (raw.span(), raw.get_ref());
    let wrong = |at: Range<usize>, what: &str, hint: &str| (at, what.to_owned(), hint.to_owned());
    let name = raw.name.get_ref().trim();
    if name.is_empty() || known.windows.iter().any(|one| *one.name == *name) {
        let what = format!("`{name}` is empty, or another window is called so");
        let hint = "alerts and the report name the window: give each its own name";
        return Err((raw.name.span(), what, hint.to_owned()));
    }
    let (from, to) = (time(&raw.from)?, time(&raw.to)?);
    if to <= from {
        let hint = "let `to` be later than `from`";
        return Err(wrong(
            raw.to.span(),
            "the window ends before it begins",
            hint,
        ));
    }
    if raw.stations.is_empty() && raw.devices.is_empty() {
        let what = "anybody could do anything to any device";
        let hint = "name who works (stations) or on what (devices)";
        return Err(wrong(whole, what, hint));
    }
    let places = |list: &[Spanned<String>]| list.iter().map(place).collect::<Result<_, _>>();
    let classes = raw.operations.iter().map(class).collect::<Result<_, _>>();
    Ok(Window {
        name: name.into(),
        from,
        to,
        stations: places(&raw.stations)?,
        devices: places(&raw.devices)?,
        classes: classes?,
    })
}

fn time(said: &Spanned<Datetime>) -> Result<Time, Wrong> {
    let text = said.get_ref().to_string();
    let stamp = text.parse::<jiff::Timestamp>().ok();
    let nanos = stamp.and_then(|stamp| u64::try_from(stamp.as_nanosecond()).ok());
    nanos.map(Time::from_nanos).ok_or_else(|| {
        let hint =
            "a date, a time and an offset: 2026-11-22T08:00:00Z or 2026-11-22T15:00:00+07:00";
        let what = format!("`{text}` is no moment");
        (said.span(), what, hint.to_owned())
    })
}

fn place(text: &Spanned<String>) -> Result<Place, Wrong> {
    let said = text.get_ref().trim();
    if let Ok(host) = said.parse::<Host>() {
        return Ok(Place::Host(host));
    }
    let network = said.split_once('/').and_then(|(address, bits)| {
        let ip: IpAddr = address.parse().ok()?;
        let bits: u8 = bits.parse().ok()?;
        let most = if ip.is_ipv4() { 32 } else { 128 };
        (bits <= most).then_some((ip, bits))
    });
    match network.map(|(ip, bits)| (ip, bits, masked(ip, bits))) {
        Some((ip, bits, Some(first))) if ip == first => Ok(Place::Network(ip, bits)),
        Some((_, bits, Some(first))) => {
            let what = format!("{said} is an address in a network, not the network");
            Err((text.span(), what, format!("write {first}/{bits}")))
        }
        _ => {
            let what = format!("`{said}` is no IP address, MAC address or network");
            let hint = "as 10.2.0.7, 00:1b:1b:01:02:03 or 10.9.0.0/24";
            Err((text.span(), what, hint.to_owned()))
        }
    }
}

fn class(text: &Spanned<String>) -> Result<Class, Wrong> {
    let said = text.get_ref().trim();
    let found = Class::ALL.into_iter().find(|class| class.name() == said);
    found.ok_or_else(|| {
        let all: Vec<&str> = Class::ALL.iter().map(|class| class.name()).collect();
        let what = format!("there is no class `{said}` of operations");
        (text.span(), what, format!("one of {}", all.join(", ")))
    })
}
