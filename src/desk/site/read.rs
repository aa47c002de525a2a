//! Reads the list of the site: a table as spreadsheets save it.
//!
//! The first line names the columns, in any order; columns of other names are left to others. The
//! separator is what the first line is separated by (`,`, `;` or tab, or what `sep=` says), and a
//! byte order mark is passed over. What cannot be meant is refused with its place; what is merely
//! odd is noted, and the rest holds.

use super::{Entry, Site};
use crate::facts::Mac;
use csv::{ReaderBuilder, StringRecord};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;

/// Most lines of a list, four times what the inventory keeps hosts: a few hundred octets each.
const LINES: usize = 65_536;

/// Longest text of a cell that is shown in events: a name, an owner, a zone.
const LONGEST: usize = 128;

/// What a device is worth to the plant, as the site says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Importance {
    /// Its loss is no loss of production.
    Low,
    /// As most are.
    Normal,
    /// Production stops without it.
    High,
    /// People or the environment are in danger without it.
    Critical,
}

impl Importance {
    /// As it is written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Normal => "normal",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "low" | "rendah" => Self::Low,
            "normal" | "medium" | "sedang" => Self::Normal,
            "high" | "tinggi" => Self::High,
            "critical" | "kritis" => Self::Critical,
            _ => return None,
        })
    }
}

/// Something in the list that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// The line, from 1.
    pub line: u64,
    /// The column of the table, from 1, and what it is called; none where it is about the line.
    pub column: Option<(usize, String)>,
    /// What is wrong.
    pub what: String,
    /// How to mend it.
    pub hint: String,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)?;
        match &self.column {
            Some((column, name)) if !name.is_empty() => write!(f, ", column {column} ({name})")?,
            Some((column, _)) => write!(f, ", column {column}")?,
            None => {}
        }
        write!(f, ": {}", self.what)
    }
}

/// A list that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The first thing that is wrong.
    pub first: Wrong,
    /// How many more cells are wrong.
    pub more: usize,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.first.fmt(f)?;
        match self.more {
            0 => Ok(()),
            1 => f.write_str("; and 1 more cell is wrong"),
            more => write!(f, "; and {more} more cells are wrong"),
        }
    }
}

impl std::error::Error for Error {}

/// A column that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Column {
    Mac,
    Ip,
    Serial,
    Name,
    Owner,
    Importance,
    Zone,
    Purdue,
}

/// The names of the columns; the first of each is what documents call it. Those of the inventory
/// that is written as CSV are among them, so that it can be filled in and read back.
const NAMES: [(Column, &[&str]); 8] = [
    (
        Column::Mac,
        &["mac", "mac address", "mac addresses", "macs"],
    ),
    (
        Column::Ip,
        &["ip", "ip address", "ip addresses", "ips", "address"],
    ),
    (
        Column::Serial,
        &["serial", "serial number", "serial no", "serial no."],
    ),
    (
        Column::Name,
        &["name", "hostname", "asset name", "device name", "nama"],
    ),
    (Column::Owner, &["owner", "asset owner", "pemilik"]),
    (
        Column::Importance,
        &["importance", "criticality", "asset criticality"],
    ),
    (Column::Zone, &["zone", "zona"]),
    (Column::Purdue, &["purdue", "purdue level", "level"]),
];

const HEADS: &str = "name the columns in the first line: mac, ip, serial (one of them at least), \
                     name, owner, importance, zone, purdue";

/// What people and our own inventory write into a cell where they know nothing.
const NOTHING: [&str; 6] = ["", "-", "?", "n/a", "none", "unknown"];

impl Site {
    /// Reads a list.
    ///
    /// # Errors
    /// The first thing in it that cannot be meant, and how many more there are.
    pub fn read(octets: &[u8]) -> Result<Self, Error> {
        let alone = |first| Error { first, more: 0 };
        let text = text(octets).map_err(alone)?;
        let (text, skipped, separator) = table(text);
        if let Some(line) = unclosed(text, char::from(separator)) {
            let what = "a quotation mark is not closed";
            let hint = "a cell that begins with \" ends with \"; write \" in it as \"\"";
            return Err(alone(wrong(line + skipped, None, what, hint)));
        }
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(separator)
            .from_reader(text.as_bytes());
        let mut lines = Lines::new(text, skipped);
        let mut row = StringRecord::new();
        let mut list = List::default();
        // What is read is text and in memory: this does not fail.
        while let Ok(true) = reader.read_record(&mut row) {
            let at = row.position().map_or(0, csv::Position::byte);
            let line = lines.at(usize::try_from(at).unwrap_or(usize::MAX));
            if row.iter().all(|cell| cell.trim().is_empty()) {
                continue;
            }
            if list.heads.is_empty() {
                list.heads(line, &row).map_err(alone)?;
            } else if list.site.entries.len() >= LINES {
                let what = format!("the list is longer than {LINES} devices");
                return Err(alone(wrong(line, None, what, "split it by sensor")));
            } else {
                list.row(line, &row);
            }
        }
        if list.heads.is_empty() {
            return Err(alone(wrong(1, None, "the list is empty", HEADS)));
        }
        let more = list.wrong.len().saturating_sub(1);
        match list.wrong.into_iter().next() {
            Some(first) => Err(Error { first, more }),
            None => Ok(list.site),
        }
    }
}

fn wrong(
    line: u64,
    column: Option<(usize, String)>,
    what: impl Into<String>,
    hint: impl Into<String>,
) -> Wrong {
    Wrong {
        line,
        column,
        what: what.into(),
        hint: hint.into(),
    }
}

/// The octets as text, without a mark of their order.
fn text(octets: &[u8]) -> Result<&str, Wrong> {
    const HINT: &str = "save it as \"CSV UTF-8\"";
    if octets.starts_with(&[0xff, 0xfe]) || octets.starts_with(&[0xfe, 0xff]) {
        return Err(wrong(1, None, "the list is UTF-16", HINT));
    }
    if octets.starts_with(b"PK\x03\x04") {
        return Err(wrong(1, None, "the list is a workbook, not CSV", HINT));
    }
    let text = str::from_utf8(octets).map_err(|error| {
        let good = octets.get(..error.valid_up_to()).unwrap_or_default();
        let line = 1 + good.iter().filter(|octet| **octet == b'\n').count();
        wrong(line as u64, None, "the line is not UTF-8", HINT)
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match text.find('\0') {
        Some(at) => {
            let line = 1 + text.get(..at).unwrap_or_default().matches('\n').count();
            Err(wrong(line as u64, None, "the line has a NUL in it", HINT))
        }
        None => Ok(text),
    }
}

/// The table without what stands before its heads, the lines that are that, and its separator.
fn table(text: &str) -> (&str, u64, u8) {
    let first = text.lines().next().unwrap_or_default();
    let said = first.trim_matches('"').strip_prefix("sep=");
    let said = said.and_then(|said| said.as_bytes().first().copied());
    if let Some(separator) = said.filter(u8::is_ascii) {
        let rest = text.split_once('\n').map_or("", |(_, rest)| rest);
        return (rest, 1, separator);
    }
    let heads = text.lines().find(|line| !line.trim().is_empty());
    let heads = heads.unwrap_or_default();
    let count = |separator: u8| heads.bytes().filter(|octet| *octet == separator).count();
    // The first of those that are the most frequent.
    let mut best = b',';
    for separator in *b";\t" {
        if count(separator) > count(best) {
            best = separator;
        }
    }
    (text, 0, best)
}

/// The line of a quotation mark that opens a cell and is never closed.
fn unclosed(text: &str, separator: char) -> Option<u64> {
    let mut open = None;
    let mut line = 1;
    let mut starts = true;
    for c in text.chars() {
        let mut closes = false;
        if c == '"' {
            closes = open.take().is_some();
            if !closes && starts {
                open = Some(line);
            }
        }
        line += u64::from(c == '\n');
        // A mark right after one that closes is one that the cell holds, and it goes on.
        starts = closes || c == separator || matches!(c, '\n' | '\r');
    }
    open
}

/// Counts lines as the reader goes on.
struct Lines<'t> {
    text: &'t str,
    at: usize,
    line: u64,
}

impl<'t> Lines<'t> {
    const fn new(text: &'t str, skipped: u64) -> Self {
        let line = 1 + skipped;
        Self { text, at: 0, line }
    }

    /// The line on which what begins at this octet begins, empty lines before it passed over.
    fn at(&mut self, at: usize) -> u64 {
        let octets = self.text.as_bytes();
        let blank = |octet: &&u8| matches!(octet, b'\r' | b'\n');
        let blanks = octets.get(at..).unwrap_or_default().iter();
        let end = at + blanks.take_while(blank).count();
        let passed = octets.get(self.at..end).unwrap_or_default();
        self.line += passed.iter().filter(|octet| **octet == b'\n').count() as u64;
        self.at = end.max(self.at);
        self.line
    }
}

/// A list that is being read.
#[derive(Default)]
struct List {
    site: Site,
    /// What each column is, and what it is called there.
    heads: Vec<(Option<Column>, String)>,
    wrong: Vec<Wrong>,
}

impl List {
    /// Takes the line that names the columns.
    fn heads(&mut self, line: u64, row: &StringRecord) -> Result<(), Wrong> {
        let mut seen: BTreeMap<Column, usize> = BTreeMap::new();
        let mut heads = Vec::new();
        for (number, cell) in (1..).zip(row) {
            let name = cell.trim();
            let column = column(name);
            if let Some(before) = column.and_then(|column| seen.insert(column, number)) {
                let what = format!("column {before} says the same");
                let hint = "keep one of them";
                return Err(wrong(line, Some((number, name.to_owned())), what, hint));
            }
            if column.is_none() && !name.is_empty() {
                let place = Some((number, name.to_owned()));
                let hint = "known are mac, ip, serial, name, owner, importance, zone, purdue";
                self.site
                    .notes
                    .push(wrong(line, place, "the column is not read", hint));
            }
            heads.push((column, name.to_owned()));
        }
        let is_key = |column: &Column| [Column::Mac, Column::Ip, Column::Serial].contains(column);
        if !seen.keys().any(is_key) {
            let what = "no column is called mac, ip or serial: no device can be told by it";
            return Err(wrong(line, None, what, HEADS));
        }
        self.heads = heads;
        Ok(())
    }

    /// Takes the line of a device.
    fn row(&mut self, line: u64, row: &StringRecord) {
        let mut entry = Entry {
            line,
            ..Entry::default()
        };
        let before = self.wrong.len();
        for (number, cell) in (1..).zip(row) {
            let Some((column, name)) = self.heads.get(number - 1) else {
                if cell.trim().is_empty() {
                    continue;
                }
                let what = format!(
                    "the line has more cells than the {} columns",
                    self.heads.len()
                );
                let hint = "put quotation marks around a cell that has the separator in it";
                let place = Some((number, String::new()));
                self.wrong.push(wrong(line, place, what, hint));
                break;
            };
            let Some(column) = column else { continue };
            if let Err((what, hint)) = fill(&mut entry, *column, cell) {
                let place = Some((number, name.clone()));
                self.wrong.push(wrong(line, place, what, hint));
            }
        }
        if self.wrong.len() == before {
            self.add(entry);
        }
    }

    /// Adds a device, under those of its keys that no line before has.
    fn add(&mut self, entry: Entry) {
        let Site {
            entries,
            macs,
            ips,
            serials,
            notes,
        } = &mut self.site;
        let line = entry.line;
        if entry.macs.is_empty() && entry.ips.is_empty() && entry.serials.is_empty() {
            let what = "neither MAC, IP nor serial number: no device can be told by it";
            let hint = "fill one of them in, or strike the line";
            notes.push(wrong(line, None, what, hint));
            return;
        }
        let number = entries.len();
        let mut twice = |key: String, before: Option<usize>| {
            let Some(before) = before.and_then(|before| entries.get(before)) else {
                return;
            };
            let what = format!("{key} stands in line {} already, which holds", before.line);
            notes.push(wrong(line, None, what, "strike one of them"));
        };
        for mac in &entry.macs {
            twice(mac.to_string(), taken(macs, *mac, number));
        }
        for ip in &entry.ips {
            twice(ip.to_string(), taken(ips, *ip, number));
        }
        for serial in &entry.serials {
            let key = format!("serial {serial}");
            twice(key, taken(serials, serial.to_uppercase(), number));
        }
        entries.push(entry);
    }
}

/// Gives a key to a line; the line that has it already, where one other does.
fn taken<K: Ord>(keys: &mut BTreeMap<K, usize>, key: K, number: usize) -> Option<usize> {
    let holds = *keys.entry(key).or_insert(number);
    (holds != number).then_some(holds)
}

/// Which column a name means.
fn column(name: &str) -> Option<Column> {
    let name = name.to_lowercase().replace(['_', '-'], " ");
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut columns = NAMES.iter();
    let found = columns.find(|(_, names)| names.contains(&&*name));
    found.map(|(column, _)| *column)
}

/// What is wrong with a cell, and how to mend it.
type Refusal = (String, &'static str);

/// Fills in what a cell says.
fn fill(entry: &mut Entry, column: Column, cell: &str) -> Result<(), Refusal> {
    // Tables that are safe to open have an apostrophe before what would be a formula.
    let cell = cell.trim();
    let cell = cell.strip_prefix('\'').unwrap_or(cell);
    let lower = cell.to_lowercase();
    // Our own inventory has `unknown, behind 00:1b:1b:01:02:03`.
    if NOTHING.contains(&&*lower) || lower.starts_with("unknown,") {
        return Ok(());
    }
    match column {
        Column::Mac => entry.macs = each(cell, mac)?,
        Column::Ip => entry.ips = each(cell, ip)?,
        Column::Serial => {
            entry.serials = cell
                .split([';', ',', '\n'])
                .map(|serial| line(serial.trim()))
                .filter(|serial| serial.as_ref().is_ok_and(|serial| !serial.is_empty()))
                .collect::<Result<_, _>>()?;
        }
        Column::Name => entry.name = line(cell)?,
        Column::Owner => entry.owner = line(cell)?,
        Column::Zone => entry.zone = line(cell)?,
        Column::Importance => {
            let known = Importance::named(&lower);
            let refusal = || {
                let what = format!("\"{}\" is no importance", shown(cell));
                (what, "write low, normal, high or critical")
            };
            entry.importance = Some(known.ok_or_else(refusal)?);
        }
        Column::Purdue => {
            let digits = lower.trim_start_matches("level").trim_start_matches('l');
            let level = digits.trim().parse().ok().filter(|level| *level <= 5);
            let refusal = || {
                let what = format!("\"{}\" is no Purdue level", shown(cell));
                let hint = "write a whole number, 0 to 5; what is between two levels (a DMZ) is \
                            said by its zone";
                (what, hint)
            };
            entry.purdue = Some(level.ok_or_else(refusal)?);
        }
    }
    Ok(())
}

/// A text that names something: one line, not without end.
fn line(cell: &str) -> Result<String, Refusal> {
    if cell.contains(['\n', '\r']) {
        let what = "the cell has a line break".to_owned();
        return Err((what, "write it in one line, or close the quotation mark"));
    }
    if cell.chars().count() > LONGEST {
        let what = format!("the text is longer than {LONGEST} characters");
        return Err((what, "shorten it: it stands in every alert"));
    }
    Ok(cell.to_owned())
}

/// A cell as it is told where it is wrong.
fn shown(cell: &str) -> String {
    cell.chars().take(40).collect()
}

/// The values of a cell, each once.
fn each<T: PartialEq>(
    cell: &str,
    read: impl Fn(&str) -> Result<T, Refusal>,
) -> Result<Vec<T>, Refusal> {
    let mut all = Vec::new();
    let parts = cell.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '|'));
    for part in parts.filter(|part| !part.is_empty()) {
        let value = read(part)?;
        if !all.contains(&value) {
            all.push(value);
        }
    }
    Ok(all)
}

fn ip(text: &str) -> Result<IpAddr, Refusal> {
    let told = |why| (format!("\"{}\" {why}", shown(text)), "write it as 10.1.2.3");
    let ip: IpAddr = text.parse().map_err(|_| told("is no IP address"))?;
    let broadcast = matches!(ip, IpAddr::V4(ip) if ip.is_broadcast());
    match ip.is_unspecified() || ip.is_multicast() || broadcast {
        true => Err(told("is the address of no single device")),
        false => Ok(ip.to_canonical()),
    }
}

fn mac(text: &str) -> Result<Mac, Refusal> {
    const HINT: &str = "write it as 00:1b:1b:01:02:03, 00-1b-1b-01-02-03, 001b.1b01.0203 or \
                        001b1b010203";
    let told = |why| (format!("\"{}\" {why}", shown(text)), HINT);
    let refusal = || told("is no MAC address");
    let parts: Vec<&str> = text.split([':', '-', '.']).collect();
    let digits = parts.concat();
    let even = match parts.len() {
        1 => digits.len() == 12,
        3 => parts.iter().all(|part| part.len() == 4),
        6 => parts.iter().all(|part| part.len() == 2),
        _ => false,
    };
    if !even || !digits.bytes().all(|octet| octet.is_ascii_hexdigit()) {
        return Err(refusal());
    }
    let number = u64::from_str_radix(&digits, 16).map_err(|_| refusal())?;
    let [_, _, octets @ ..] = number.to_be_bytes();
    let mac = Mac(octets);
    match mac.is_group() || mac.is_zero() {
        true => Err(told("is the address of no single device")),
        false => Ok(mac),
    }
}
