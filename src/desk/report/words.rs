//! Numbers, times and foreign text in words for people: what all sentences of the report are
//! made of. Nothing from the wire reaches a terminal but through [`crate::facts::plain`].

use crate::desk::outputs::time::Seconds;
use crate::facts::role::{UNKNOWN, role_named};
use crate::facts::{Class, Time, plain};
use crate::sensor::{OwnedItem, OwnedValues};
use std::fmt::Write as _;
use std::time::Duration;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Most values shown of one target.
const VALUES: usize = 4;

/// DNP3 points: the kind says what the group of the object adds to it.
const POINTS: [&str; 10] = [
    "analog-input",
    "analog-input-deadband",
    "analog-output",
    "binary-input",
    "binary-output",
    "counter",
    "double-bit-input",
    "frozen-analog-input",
    "frozen-counter",
    "octet-string",
];

/// How many columns a text takes.
pub(super) fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// The text, cut to so many columns with an ellipsis where it is longer.
pub(in crate::desk) fn fit(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut taken = 1;
    for c in text.chars() {
        taken += c.width().unwrap_or(0);
        if taken > columns {
            break;
        }
        kept.push(c);
    }
    kept.push('…');
    kept
}

/// The text in a column: cut or filled with spaces.
pub(super) fn column(text: &str, columns: usize) -> String {
    let mut text = fit(text, columns);
    let fill = columns.saturating_sub(width(&text));
    text.extend(std::iter::repeat_n(' ', fill));
    text
}

/// The text at the right of a column.
pub(super) fn right(text: &str, columns: usize) -> String {
    let fill = columns.saturating_sub(width(text));
    let mut filled = " ".repeat(fill);
    filled.push_str(text);
    filled
}

/// A number with a comma between thousands.
pub(in crate::desk) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let length = digits.len();
    let mut text = String::with_capacity(length + length / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (length - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number of things: `1 device`, `2 devices`.
pub(super) fn count(number: u64, one: &str, many: &str) -> String {
    let noun = if number == 1 { one } else { many };
    format!("{} {noun}", grouped(number))
}

/// A number of octets in SI units.
pub(in crate::desk) fn octets(number: u64) -> String {
    if number < 1000 {
        return count(number, "octet", "octets");
    }
    let mut value = number as f64 / 1000.0;
    let mut unit = "kB";
    for next in ["MB", "GB", "TB", "PB"] {
        if value < 999.5 {
            break;
        }
        value /= 1000.0;
        unit = next;
    }
    let places = usize::from(value < 9.95);
    format!("{value:.places$} {unit}")
}

/// A part of a whole in percent, to the nearest tenth. Never rounded up to all or down to
/// nothing.
pub(in crate::desk) fn share(part: u64, whole: u64) -> String {
    let whole = u128::from(whole);
    let permille = (u128::from(part) * 1000 + whole / 2)
        .checked_div(whole)
        .unwrap_or(0);
    match permille {
        _ if part == 0 => "0 %".to_owned(),
        0 => "under 0.1 %".to_owned(),
        1000 if u128::from(part) < whole => "over 99.9 %".to_owned(),
        n if n % 10 == 0 => format!("{} %", n / 10),
        n => format!("{}.{} %", n / 10, n % 10),
    }
}

/// A span of time in the two units that matter.
pub(in crate::desk) fn duration(span: Duration) -> String {
    let seconds = span.as_secs();
    let two = |first: u64, one: &str, second: u64, other: &str| match second {
        0 => format!("{} {one}", grouped(first)),
        _ => format!("{} {one} {second} {other}", grouped(first)),
    };
    match seconds {
        0 => format!("{} ms", span.as_millis()),
        1..60 => format!("{:.1} s", span.as_secs_f64()),
        60..3600 => two(seconds / 60, "min", seconds % 60, "s"),
        3600..86_400 => two(seconds / 3600, "h", seconds / 60 % 60, "min"),
        _ => two(seconds / 86_400, "d", seconds / 3600 % 24, "h"),
    }
}

/// A time as `2026-11-22 00:30:00`.
pub(in crate::desk) fn time(time: Time) -> String {
    if time.is_unknown() {
        return "time unknown".to_owned();
    }
    Seconds(time).to_string().replace('T', " ")
}

/// From one time to another; the date is said once where both have the same.
pub(in crate::desk) fn from_to(first: Time, last: Time) -> String {
    let [first, last] = [first, last].map(time);
    match (first.split_once(' '), last.split_once(' ')) {
        _ if first == last => first,
        (Some((day, _)), Some((same, clock))) if day == same => format!("{first} to {clock}"),
        _ => format!("{first} to {last}"),
    }
}

/// A list in a sentence: the first few, and how many more.
pub(super) fn some(names: &[String], most: usize) -> String {
    let shown: Vec<&str> = names.iter().take(most).map(String::as_str).collect();
    let mut text = shown.join(", ");
    if names.len() > most {
        let _ = write!(text, " and {} more", grouped((names.len() - most) as u64));
    }
    text
}

/// What a rule says was found, without what shipped messages begin with: that is plain on our own
/// page.
pub(in crate::desk) fn bare(message: &str) -> &str {
    message.strip_prefix("JAGA ").unwrap_or(message)
}

/// Acts of a class, for one and for many.
pub(super) const fn acts(class: Class) -> (&'static str, &'static str) {
    match class {
        Class::Session => ("session step", "session steps"),
        Class::Identify => ("identification", "identifications"),
        Class::Diagnose => ("diagnosis", "diagnoses"),
        Class::Read => ("read", "reads"),
        Class::Write => ("write", "writes"),
        Class::Control => ("command", "commands"),
        Class::Force => ("forced value", "forced values"),
        Class::Mode => ("mode change", "mode changes"),
        Class::ProgramRead => ("program read", "program reads"),
        Class::ProgramWrite => ("program change", "program changes"),
        Class::MemoryRead => ("memory read", "memory reads"),
        Class::MemoryWrite => ("memory write", "memory writes"),
        Class::File => ("file access", "file accesses"),
        Class::Configure => ("setting", "settings"),
        Class::Time => ("clock setting", "clock settings"),
        Class::Firmware => ("firmware step", "firmware steps"),
        Class::Reset => ("restart", "restarts"),
        Class::Wipe => ("erasure", "erasures"),
        Class::Authenticate => ("login step", "login steps"),
        Class::Suppress => ("suppression", "suppressions"),
        Class::Alarm => ("alarm act", "alarm acts"),
        Class::Engineering => ("engineering act", "engineering acts"),
        Class::ClearLog => ("cleared log", "cleared logs"),
        Class::State => ("report", "reports"),
        Class::Other => ("other act", "other acts"),
    }
}

/// A role for people.
pub(super) fn role(role: &str) -> String {
    let name = if role.is_empty() { UNKNOWN } else { role };
    role_named(name).map_or_else(|| plain(role), |role| role.shown.to_owned())
}

/// The DNP3 group of the class objects.
const DNP3_CLASSES: u32 = 60;

/// Where an item lies, as in `unit 1 coil 12` or `db 10: 0-3 "Motor"`. The group of a DNP3 point
/// stands behind its index, so that the kind and number shown first are those that a rule takes.
pub(in crate::desk) fn place(unit: Option<u32>, item: Option<&OwnedItem>) -> String {
    let mut text = unit.map_or_else(String::new, |unit| format!("unit {unit}"));
    let Some(item) = item else {
        return text;
    };
    // Writing to a string does not fail.
    let mut add = |part: std::fmt::Arguments<'_>| {
        if !text.is_empty() {
            text.push(' ');
        }
        let _ = text.write_fmt(part);
    };
    if let Some(address) = simatic(item) {
        add(format_args!("{address}"));
        return text;
    }
    if !item.space.is_empty() {
        add(format_args!("{}", item.space));
    }
    let group = item
        .area
        .filter(|_| item.range.is_some() && POINTS.contains(&item.space));
    // What DNP3 calls class 1 is a variation of one group (IEEE 1815, 11.9.9): its number says
    // nothing more.
    let is_class = (item.space, item.area) == ("class", Some(DNP3_CLASSES));
    let area = item.area.filter(|_| group.is_none() && !is_class);
    match (area, item.range) {
        (Some(area), Some((first, last))) if first == last => add(format_args!("{area}: {first}")),
        (Some(area), Some((first, last))) => add(format_args!("{area}: {first}-{last}")),
        (Some(area), None) => add(format_args!("{area}")),
        (None, Some((first, last))) if first == last => add(format_args!("{first}")),
        (None, Some((first, last))) => add(format_args!("{first}-{last}")),
        (None, None) => {}
    }
    if let Some(group) = group {
        add(format_args!("(group {group})"));
    }
    if !item.name.is_empty() {
        let name = plain(&String::from_utf8_lossy(&item.name));
        add(format_args!("\"{name}\""));
    }
    text
}

/// An address of an S7 controller as its engineers write it (SIMATIC, absolute addressing with
/// international mnemonics): `DB134.DBX4.0`, `DB63.DBB184-187`, `M4.0`, `QB2`. Octets stay octets:
/// whether four of them are a double word or a real number, a request does not tell.
fn simatic(item: &OwnedItem) -> Option<String> {
    let (bits, block, area) = match item.space {
        "db" => (false, true, "DB"),
        "db-bit" => (true, true, "DB"),
        "instance-db" => (false, true, "DI"),
        "instance-db-bit" => (true, true, "DI"),
        "merker" => (false, false, "M"),
        "merker-bit" => (true, false, "M"),
        "input" => (false, false, "I"),
        "input-bit" => (true, false, "I"),
        "output" => (false, false, "Q"),
        "output-bit" => (true, false, "Q"),
        _ => return None,
    };
    let (first, last) = item.range.filter(|_| item.name.is_empty())?;
    let mut text = match (block, item.area) {
        (true, Some(number)) => format!("{area}{number}.{area}"),
        (false, None) => area.to_owned(),
        _ => return None,
    };
    let bit = |bit: u64| format!("{}.{}", bit / 8, bit % 8);
    // Writing to a string does not fail.
    let _ = match (bits, block) {
        (true, true) => write!(text, "X{}", bit(first)),
        (true, false) => write!(text, "{}", bit(first)),
        (false, _) => write!(text, "B{first}"),
    };
    let _ = match (last == first, bits) {
        (true, _) => Ok(()),
        (false, true) => write!(text, "-{}", bit(last)),
        (false, false) => write!(text, "-{last}"),
    };
    Some(text)
}

/// The first few values of an item; empty where there are none.
pub(in crate::desk) fn values(item: Option<&OwnedItem>) -> String {
    fn list<T: ToString>(all: &[T]) -> String {
        let shown: Vec<String> = all.iter().take(VALUES).map(ToString::to_string).collect();
        let more = if all.len() > VALUES { " …" } else { "" };
        format!("{}{more}", shown.join(" "))
    }
    let hex = |octets: &[u8]| {
        let shown = octets.get(..8).unwrap_or(octets);
        let more = if shown.len() < octets.len() {
            " …"
        } else {
            ""
        };
        format!("0x{}{more}", crate::desk::outputs::json::hex(shown))
    };
    match item.map(|item| &item.values) {
        None | Some(OwnedValues::None) => String::new(),
        Some(OwnedValues::Bits(bits)) => {
            let bits: Vec<u8> = bits.iter().map(|bit| u8::from(*bit)).collect();
            list(&bits)
        }
        Some(OwnedValues::Words(words)) => list(words),
        Some(OwnedValues::Scalars(scalars)) => {
            let scalars: Vec<String> = scalars.iter().map(ToString::to_string).collect();
            list(&scalars)
        }
        Some(OwnedValues::Octets(octets)) if octets.is_empty() => String::new(),
        Some(OwnedValues::Octets(octets)) => hex(octets),
        Some(OwnedValues::Text(text)) => format!("\"{}\"", plain(&String::from_utf8_lossy(text))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Item, Target};

    #[test]
    fn numbers_read_well() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(count(1, "device", "devices"), "1 device");
        assert_eq!(octets(999), "999 octets");
        assert_eq!(octets(1_234), "1.2 kB");
        assert_eq!(octets(999_499), "999 kB");
        assert_eq!(octets(999_999), "1.0 MB");
        assert_eq!(octets(12_345_678_901), "12 GB");
    }

    #[test]
    fn shares_are_never_rounded_to_all_or_nothing() {
        assert_eq!(share(0, 0), "0 %");
        assert_eq!(share(1, 1_000_000), "under 0.1 %");
        assert_eq!(share(999_999, 1_000_000), "over 99.9 %");
        assert_eq!(share(29, 30), "96.7 %");
        assert_eq!(share(1, 30), "3.3 %");
        assert_eq!(share(7, 7), "100 %");
        assert_eq!(share(u64::MAX, u64::MAX), "100 %");
    }

    #[test]
    fn spans_of_time_have_two_units() {
        assert_eq!(duration(Duration::from_millis(20)), "20 ms");
        assert_eq!(duration(Duration::from_secs(300)), "5 min");
        assert_eq!(duration(Duration::from_secs(7_260)), "2 h 1 min");
        assert_eq!(duration(Duration::from_secs(100_000)), "1 d 3 h");
    }

    #[test]
    fn a_point_is_written_with_the_number_that_rules_take() {
        let item = |space, area| {
            let target = Target {
                space,
                area: Some(area),
                range: Some((2, 2)),
                name: &[],
            };
            OwnedItem::from(&Item {
                target,
                ..Item::default()
            })
        };
        let point = place(Some(10), Some(&item("binary-output", 12)));
        assert_eq!(point, "unit 10 binary-output 2 (group 12)");
        assert_eq!(place(Some(10), Some(&item("class", 60))), "unit 10 class 2");
        assert_eq!(place(None, Some(&item("class", 4))), "class 4: 2");
    }

    #[test]
    fn addresses_of_s7_controllers_are_written_as_their_engineers_write_them() {
        let written = |space, area, range| {
            let target = Target {
                space,
                area,
                range: Some(range),
                name: &[],
            };
            let item = Item {
                target,
                ..Item::default()
            };
            place(None, Some(&OwnedItem::from(&item)))
        };
        assert_eq!(written("db-bit", Some(134), (32, 32)), "DB134.DBX4.0");
        assert_eq!(written("db-bit", Some(1), (35, 40)), "DB1.DBX4.3-5.0");
        assert_eq!(written("db", Some(63), (184, 187)), "DB63.DBB184-187");
        assert_eq!(written("instance-db", Some(7), (0, 0)), "DI7.DIB0");
        assert_eq!(written("merker-bit", None, (9, 9)), "M1.1");
        assert_eq!(written("merker", None, (10, 11)), "MB10-11");
        assert_eq!(written("output", None, (2, 2)), "QB2");
        assert_eq!(written("input-bit", None, (7, 7)), "I0.7");
        assert_eq!(written("timer", None, (5, 5)), "timer 5");
    }

    #[test]
    fn wide_text_is_cut_by_its_columns() {
        assert_eq!(fit("controller", 5), "cont…");
        assert_eq!(width(&column("阀门控制器", 8)), 8);
        assert_eq!(width(&column("ab", 8)), 8);
    }
}
