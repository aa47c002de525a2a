//! Fields of messages: read into buffers, or tested where they stand.
//!
//! Both go through the [`Visitor`] by which every other room reads a message.

use crate::facts::{Message, Visitor};
use crate::rules::rule::{FieldTest, Number, ValueTest};
use std::io::Write as _;

/// One field, or a list's elements, as octets; memory is kept from message to message.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    /// Elements one after the other.
    pub(super) octets: Vec<u8>,
    /// Where each element ends.
    ends: Vec<usize>,
    /// Read for the message at hand.
    pub(super) ready: bool,
    /// Room for transforms: all elements, and one of them.
    changed: Vec<u8>,
    element: Vec<u8>,
}

impl Gathered {
    pub(super) fn clear(&mut self) {
        self.octets.clear();
        self.ends.clear();
        self.ready = false;
    }

    /// Reads the first of these fields that the message has.
    pub(super) fn read(&mut self, message: &dyn Message, fields: &[u16]) {
        self.clear();
        for field in fields {
            message.read(usize::from(*field), self);
            if !self.ends.is_empty() {
                break;
            }
        }
        self.ready = true;
    }

    /// The elements.
    pub(super) fn elements(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts
            .zip(&self.ends)
            .filter_map(|(start, end)| self.octets.get(start..*end))
    }

    /// Replaces each element by what `change` makes of it.
    pub(super) fn change(
        &mut self,
        spare: &mut Vec<u8>,
        change: impl Fn(&mut Vec<u8>, &mut Vec<u8>),
    ) {
        if let [end] = self.ends.as_mut_slice() {
            change(&mut self.octets, spare);
            *end = self.octets.len();
            return;
        }
        let mut start = 0;
        self.changed.clear();
        for end in &mut self.ends {
            self.element.clear();
            let element = self.octets.get(start..*end).unwrap_or_default();
            self.element.extend_from_slice(element);
            start = *end;
            change(&mut self.element, spare);
            self.changed.extend_from_slice(&self.element);
            *end = self.changed.len();
        }
        std::mem::swap(&mut self.octets, &mut self.changed);
    }

    fn end(&mut self) {
        self.ends.push(self.octets.len());
    }

    fn write(&mut self, value: impl std::fmt::Display) {
        // Writing to a vector does not fail.
        let _ = write!(self.octets, "{value}");
        self.end();
    }
}

impl Visitor for Gathered {
    fn unsigned(&mut self, value: u64) {
        self.write(value);
    }
    fn signed(&mut self, value: i64) {
        self.write(value);
    }
    fn float(&mut self, value: f64) {
        self.write(value);
    }
    fn boolean(&mut self, value: bool) {
        self.write(value);
    }
    fn text(&mut self, value: &[u8]) {
        self.octets(value);
    }
    fn octets(&mut self, value: &[u8]) {
        self.octets.extend_from_slice(value);
        self.end();
    }
    fn open_list(&mut self) {}
    fn close_list(&mut self) {}
    fn open_record(&mut self) {}
    fn key(&mut self, _: &'static str) {}
    fn close_record(&mut self) {}
}

/// Whether a test of a field holds for a message.
pub(super) fn holds(message: &dyn Message, test: &FieldTest) -> bool {
    let index = usize::from(test.field.index);
    match &test.test {
        ValueTest::Overlaps { count, range } => {
            let Some(first) = first_number(message, index) else {
                return false;
            };
            let count = first_number(message, usize::from(count.index))
                .unwrap_or(1)
                .max(1);
            let last = first.saturating_add(count - 1);
            first <= range.1 && last >= range.0
        }
        ValueTest::ValueAt {
            first,
            range,
            number,
        } => {
            let Some(first) = first_number(message, usize::from(first.index)) else {
                return false;
            };
            let mut nth = Nth {
                next: first,
                range: *range,
                number,
                holds: false,
            };
            message.read(index, &mut nth);
            nth.holds
        }
        value => {
            let mut probe = Probe::new(value, test.key);
            message.read(index, &mut probe);
            probe.verdict()
        }
    }
}

/// The first number of a field.
pub(super) fn first_number(message: &dyn Message, index: usize) -> Option<u64> {
    let mut first = First(None);
    message.read(index, &mut first);
    first.0
}

struct First(Option<u64>);

impl Visitor for First {
    fn unsigned(&mut self, value: u64) {
        self.0.get_or_insert(value);
    }
    fn signed(&mut self, value: i64) {
        if let Ok(value) = u64::try_from(value) {
            self.0.get_or_insert(value);
        }
    }
    fn float(&mut self, _: f64) {}
    fn boolean(&mut self, value: bool) {
        self.0.get_or_insert(u64::from(value));
    }
    fn text(&mut self, _: &[u8]) {}
    fn octets(&mut self, _: &[u8]) {}
    fn open_list(&mut self) {}
    fn close_list(&mut self) {}
    fn open_record(&mut self) {}
    fn key(&mut self, _: &'static str) {}
    fn close_record(&mut self) {}
}

/// Tests the values at some addresses of a list.
struct Nth<'a> {
    /// Address of the next value.
    next: u64,
    range: (u64, u64),
    number: &'a Number,
    holds: bool,
}

impl Nth<'_> {
    fn value(&mut self, value: u64) {
        let asked = (self.range.0..=self.range.1).contains(&self.next);
        self.holds |= asked && self.number.holds(value);
        self.next = self.next.saturating_add(1);
    }
}

impl Visitor for Nth<'_> {
    fn unsigned(&mut self, value: u64) {
        self.value(value);
    }
    fn signed(&mut self, value: i64) {
        self.value(value.cast_unsigned());
    }
    fn float(&mut self, _: f64) {
        self.next = self.next.saturating_add(1);
    }
    fn boolean(&mut self, value: bool) {
        self.value(u64::from(value));
    }
    fn text(&mut self, _: &[u8]) {}
    fn octets(&mut self, _: &[u8]) {}
    fn open_list(&mut self) {}
    fn close_list(&mut self) {}
    fn open_record(&mut self) {}
    fn key(&mut self, _: &'static str) {}
    fn close_record(&mut self) {}
}

/// Tests each value that it is shown.
struct Probe<'a> {
    test: &'a ValueTest,
    /// Only values under this key of a record count.
    key: Option<&'static str>,
    now: Option<&'static str>,
    /// Which of the pairs of a record test held in the record at hand, by bits.
    pairs: u32,
    shown: bool,
    holds: bool,
}

impl<'a> Probe<'a> {
    const fn new(test: &'a ValueTest, key: Option<&'static str>) -> Self {
        Self {
            test,
            key,
            now: None,
            pairs: 0,
            shown: false,
            holds: false,
        }
    }

    const fn verdict(&self) -> bool {
        match self.test {
            ValueTest::Present(present) => self.shown == *present,
            // No value of the list may be this text.
            ValueTest::Text { negated: true, .. } => self.shown && !self.holds,
            _ => self.holds,
        }
    }

    fn wanted(&mut self) -> bool {
        let wanted = self.key.is_none_or(|key| self.now == Some(key));
        self.shown |= wanted;
        wanted
    }

    /// Notes which pair of a record test this number fulfils.
    fn pair(&mut self, value: u64) {
        if let ValueTest::Record(pairs) = self.test {
            let holds =
                |(key, number): &(&'static str, u64)| self.now == Some(*key) && *number == value;
            if let Some(place) = pairs.iter().position(holds) {
                self.pairs |= u32::try_from(place).map_or(0, |place| 1u32.unbounded_shl(place));
            }
        }
    }
}

impl Visitor for Probe<'_> {
    fn unsigned(&mut self, value: u64) {
        self.pair(value);
        if self.wanted() {
            self.holds |= match self.test {
                ValueTest::Number(number) => number.holds(value),
                ValueTest::Boolean(wanted) => (value != 0) == *wanted,
                _ => false,
            };
        }
    }
    fn signed(&mut self, value: i64) {
        if self.wanted() {
            self.holds |= matches!(self.test, ValueTest::Number(n) if n.holds_signed(value));
        }
    }
    fn float(&mut self, value: f64) {
        if self.wanted() {
            self.holds |= matches!(self.test, ValueTest::Number(n) if n.holds_float(value));
        }
    }
    fn boolean(&mut self, value: bool) {
        if self.wanted() {
            self.holds |= match self.test {
                ValueTest::Boolean(wanted) => value == *wanted,
                ValueTest::Number(number) => number.holds(u64::from(value)),
                _ => false,
            };
        }
    }
    fn text(&mut self, value: &[u8]) {
        if self.wanted() {
            self.holds |= matches!(self.test, ValueTest::Text { text, .. }
                if value.eq_ignore_ascii_case(text.as_bytes()));
        }
    }
    fn octets(&mut self, value: &[u8]) {
        self.text(value);
    }
    fn open_list(&mut self) {}
    fn close_list(&mut self) {}
    fn open_record(&mut self) {
        self.pairs = 0;
    }
    fn key(&mut self, name: &'static str) {
        self.now = Some(name);
    }
    fn close_record(&mut self) {
        if let ValueTest::Record(pairs) = self.test {
            let all = u32::try_from(pairs.len()).map_or(u32::MAX, |n| 1u32.unbounded_shl(n) - 1);
            self.holds |= all != 0 && self.pairs & all == all;
        }
        self.now = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_element_is_changed_by_itself() {
        for elements in [&[&b"ab"[..]][..], &[b"ab", b"", b"c"]] {
            let mut gathered = Gathered::default();
            elements.iter().for_each(|element| gathered.octets(element));
            gathered.change(&mut Vec::new(), |octets, _| octets.insert(0, b'.'));
            let changed: Vec<Vec<u8>> = gathered.elements().map(<[u8]>::to_vec).collect();
            let dotted = |element: &&[u8]| [b".", *element].concat();
            assert_eq!(changed, elements.iter().map(dotted).collect::<Vec<_>>());
        }
    }
}
