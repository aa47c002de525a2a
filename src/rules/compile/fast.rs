//! Which content of a rule is looked for first, together with those of all other rules.

use crate::rules::rule::{BufferTest, Content, OctetTest};

/// A pattern to look for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Needle {
    pub(super) octets: Box<[u8]>,
    pub(super) nocase: bool,
}

/// The best pattern among some buffers of a rule, and the place of its buffer among them: the
/// rule's own choice, else the one that is rarest by its length and octets.
pub(super) fn choose<'a>(
    buffers: impl Iterator<Item = (usize, &'a BufferTest)>,
) -> Option<(usize, Needle)> {
    let mut best: Option<(u32, usize, Needle)> = None;
    for (place, buffer) in buffers {
        for (number, test) in buffer.tests.iter().enumerate() {
            let OctetTest::Content(content) = test else {
                continue;
            };
            if content.negated || content.octets.is_empty() {
                continue;
            }
            let own = buffer.fast.filter(|fast| fast.test == number);
            let needle = needle(content, own.and_then(|fast| fast.part));
            let weight = if own.is_some() {
                u32::MAX
            } else {
                weigh(&needle)
            };
            if best.as_ref().is_none_or(|(held, ..)| weight > *held) {
                best = Some((weight, place, needle));
            }
        }
    }
    best.map(|(_, place, needle)| (place, needle))
}

/// Most octets of a pattern that is looked for in streams. What is scanned again at the border of
/// two segments grows with the longest of them, and 16 octets tell as much as more do.
const LONGEST: usize = 16;

impl Needle {
    /// The rarest part of a long pattern; of equal ones the last.
    pub(super) fn cut(mut self) -> Self {
        let parts = self.octets.windows(LONGEST);
        let rarest = parts.max_by_key(|part| rarity(part));
        if let Some(rarest) = rarest {
            self.octets = rarest.into();
        }
        self
    }
}

/// A content, or the part of it that the rule names.
fn needle(content: &Content, part: Option<(u16, u16)>) -> Needle {
    let whole = &content.octets;
    let part = part.and_then(|(offset, length)| {
        let first = usize::from(offset);
        whole.get(first..first + usize::from(length))
    });
    Needle {
        octets: part.filter(|part| !part.is_empty()).unwrap_or(whole).into(),
        nocase: content.nocase,
    }
}

/// How rare a pattern is, roughly: zeros and repeated octets are common in binary protocols,
/// letters in text.
fn weigh(needle: &Needle) -> u32 {
    rarity(&needle.octets) * 2 + u32::from(!needle.nocase)
}

fn rarity(octets: &[u8]) -> u32 {
    let mut last = None;
    let mut weight = 0;
    for octet in octets {
        weight += match octet {
            _ if last == Some(octet) => 1,
            0 | 0xff | b' ' => 2,
            _ if octet.is_ascii_alphanumeric() => 4,
            _ => 5,
        };
        last = Some(octet);
    }
    weight
}
