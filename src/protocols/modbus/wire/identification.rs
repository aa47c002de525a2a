//! What a device says of itself: function 17 and function 43 type 14
//! (Application Protocol V1.1b3, 6.13 and 6.21).

use super::faults::Flaw;
use super::shape::Length;
use crate::wire::Octets;

/// Octets of a response of function 43/14 before its objects, from the MEI type on.
const HEAD: usize = 6;

/// The response of function 43/14.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identification<'a> {
    /// Read device id code: 1 basic, 2 regular, 3 extended, 4 one object.
    pub(crate) code: u8,
    /// Conformity level: 1 to 3, with 0x80 where single objects can be asked for.
    pub(crate) conformity: u8,
    /// More objects follow in a further transaction.
    pub(crate) more_follows: bool,
    /// The object to ask for next.
    pub(crate) next_object: u8,
    objects: &'a [u8],
}

/// One identification object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Object<'a> {
    /// Object id: 0 vendor name, 1 product code, 2 revision, ...
    pub(crate) id: u8,
    /// Its value, text from the device.
    pub(crate) value: &'a [u8],
}

impl<'a> Identification<'a> {
    /// Reads the data of a response, from the MEI type on, and what is wrong with it.
    pub(crate) fn read(data: &'a [u8]) -> Option<(Self, Result<(), Flaw>)> {
        let (&[_, code, conformity, more, next_object, count], objects) =
            data.split_first_chunk::<HEAD>()?;
        let this = Self {
            code,
            conformity,
            more_follows: more == 0xff,
            next_object,
            objects,
        };
        let sound = if !(1..=4).contains(&code) {
            Err(Flaw::value(2))
        } else if !matches!(conformity & 0x7f, 1..=3) {
            Err(Flaw::value(3))
        } else if !matches!(more, 0 | 0xff) {
            Err(Flaw::value(4))
        } else if this.objects().count() != usize::from(count) {
            Err(Flaw::value(6))
        } else {
            Ok(())
        };
        Some((this, sound))
    }

    /// The objects up to the first that is not whole.
    pub(crate) fn objects(self) -> impl Iterator<Item = Object<'a>> {
        let mut octets = Octets::new(self.objects);
        std::iter::from_fn(move || {
            let id = octets.u8()?;
            let count = octets.u8()?;
            let value = octets.take(usize::from(count))?;
            Some(Object { id, value })
        })
    }
}

/// How long the data of a response of function 43/14 are, told by its objects.
pub(crate) fn length(data: &[u8]) -> Length {
    let Some((head, objects)) = data.split_first_chunk::<HEAD>() else {
        return Length::After(HEAD);
    };
    let [.., count] = *head;
    let mut octets = Octets::new(objects);
    for _ in 0..count {
        let at = octets.at();
        let whole = octets
            .skip(1)
            .and_then(|()| octets.u8())
            .and_then(|count| octets.skip(usize::from(count)));
        if whole.is_none() {
            let value = objects.get(at + 1).map_or(0, |&count| usize::from(count));
            return Length::After(HEAD + at + 2 + value);
        }
    }
    Length::Exact(HEAD + octets.at())
}

/// The response of function 17. The standard leaves the length of the id to the device, so
/// where the id ends is a guess; the run indicator is looked for where devices put it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ServerId<'a> {
    /// Everything behind the byte count.
    pub(crate) octets: &'a [u8],
}

impl<'a> ServerId<'a> {
    const fn indicator(octet: u8) -> Option<bool> {
        match octet {
            0x00 => Some(false),
            0xff => Some(true),
            _ => None,
        }
    }

    /// Whether the device runs: the octet behind an id of one octet, else the last one;
    /// `None` where neither is 0x00 or 0xff.
    pub(crate) fn running(self) -> Option<bool> {
        let second = self.octets.get(1).copied().and_then(Self::indicator);
        second.or_else(|| self.octets.last().copied().and_then(Self::indicator))
    }

    /// The longest run of printable ASCII of at least four characters, without blanks at its
    /// ends: shorter ones are numbers that happen to be printable.
    pub(crate) fn text(self) -> Option<&'a [u8]> {
        self.octets
            .split(|octet| !matches!(octet, 0x20..=0x7e))
            .map(<[u8]>::trim_ascii)
            .max_by_key(|run| run.len())
            .filter(|run| run.len() >= 4)
    }
}
