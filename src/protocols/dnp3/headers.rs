//! Object headers and their points (IEEE Std 1815-2012, 4.2.2.7): qualifiers, ranges, prefixes.
//!
//! Called by the fields, the items of operations and the session's checks. Views only: no
//! state, no allocation, no panic; bounded by the constants below.

use super::objects::{self, Layout};
use super::wire::Function;
use crate::wire::Octets;

/// Most object headers read of one fragment; as Suricata bounds it.
pub(super) const MAX_OBJECTS: usize = 2_048;

/// Most points read of one fragment; as Suricata bounds it.
pub(super) const MAX_POINTS: u32 = 16_384;

/// Which points an object header names (4.2.2.7.3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Range {
    /// All points: no range field.
    All,
    /// From the first to the last index.
    Indexes(u32, u32),
    /// From the first to the last virtual address.
    Addresses(u32, u32),
    /// So many objects, each with a prefix or on its own.
    Count(u32),
}

impl Range {
    fn read(octets: &mut Octets<'_>, code: u8) -> Result<Self, Trouble> {
        let mut number = |size: u8| unsigned(octets, size).ok_or(Trouble::Truncated);
        let range = match code {
            0..=2 => Self::Indexes(number(1 << code)?, number(1 << code)?),
            3..=5 => Self::Addresses(number(1 << (code - 3))?, number(1 << (code - 3))?),
            6 => Self::All,
            7..=9 => Self::Count(number(1 << (code - 7))?),
            0xb => Self::Count(number(1)?),
            _ => return Err(Trouble::Qualifier),
        };
        match range {
            Self::Indexes(first, last) | Self::Addresses(first, last) if first > last => {
                Err(Trouble::Range)
            }
            _ => Ok(range),
        }
    }

    /// How many points; 0 for all, whose number the header does not tell.
    fn count(self) -> u32 {
        match self {
            Self::All => 0,
            Self::Indexes(first, last) | Self::Addresses(first, last) => {
                last.saturating_sub(first).saturating_add(1)
            }
            Self::Count(count) => count,
        }
    }
}

/// Takes an unsigned number of 1, 2 or 4 octets, low octet first.
fn unsigned(octets: &mut Octets<'_>, size: u8) -> Option<u32> {
    match size {
        1 => octets.u8().map(u32::from),
        2 => octets.le16().map(u32::from),
        _ => octets.le32(),
    }
}

/// An index before a point, where one stands.
#[inline]
const fn prefixed(octets: &[u8]) -> Option<u32> {
    match *octets {
        [a] => Some(a as u32),
        [a, b] => Some(u16::from_le_bytes([a, b]) as u32),
        [a, b, c, d] => Some(u32::from_le_bytes([a, b, c, d])),
        _ => None,
    }
}

/// What stands before each object (4.2.2.7.3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Prefix {
    /// Nothing.
    None,
    /// The index, in so many octets.
    Index(u8),
    /// The object's size, in so many octets.
    Size(u8),
}

impl Prefix {
    fn read(code: u8) -> Result<Self, Trouble> {
        Ok(match code {
            0 => Self::None,
            1..=3 => Self::Index(1 << (code - 1)),
            4..=6 => Self::Size(1 << (code - 4)),
            _ => return Err(Trouble::Qualifier),
        })
    }
}

/// Why the objects of a fragment cannot be read further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The fragment ends inside an object header or its points.
    Truncated,
    /// The standard does not define this group and variation, or gives it no size.
    Unknown,
    /// A reserved qualifier, or one that this object cannot have.
    Qualifier,
    /// The range ends before it starts.
    Range,
    /// More than [`MAX_POINTS`].
    Points,
    /// More than [`MAX_OBJECTS`].
    Objects,
}

/// Where and why objects cannot be read further.
#[derive(Clone, Copy, Debug)]
pub(super) struct Broken<'a> {
    pub(super) trouble: Trouble,
    /// Offset of the object header in the fragment.
    pub(super) at: usize,
    /// The header, where it is whole, with those of its points that are.
    pub(super) object: Option<Object<'a>>,
}

/// An object header with the octets of its points.
#[derive(Clone, Copy, Debug)]
pub(super) struct Object<'a> {
    /// Object group.
    pub(super) group: u8,
    /// Variation.
    pub(super) variation: u8,
    /// Qualifier octet.
    pub(super) qualifier: u8,
    /// Which points.
    pub(super) range: Range,
    /// How many points; 0 where the header asks for all.
    pub(super) count: u32,
    prefix: Prefix,
    layout: Layout,
    /// Octets follow the header for each point.
    body: &'a [u8],
}

impl<'a> Object<'a> {
    /// Its points, as far as the header names them one by one or octets follow.
    pub(super) fn points(&self) -> Points<'a> {
        let listed = !self.body.is_empty();
        Points {
            octets: Octets::new(self.body),
            prefix: self.prefix,
            layout: self.layout,
            next: match self.range {
                Range::Indexes(first, _) | Range::Addresses(first, _) => Some(first),
                Range::All | Range::Count(_) => None,
            },
            left: if listed { self.count } else { 0 },
            bit: 0,
        }
    }

    /// The index and the octets of each point, where `size` octets make one and an index stands
    /// before each or before none.
    pub(super) fn even(
        &self,
        size: usize,
    ) -> Option<impl Iterator<Item = (Option<u32>, &'a [u8])>> {
        let before = match self.prefix {
            Prefix::None => 0,
            Prefix::Index(size) => usize::from(size),
            Prefix::Size(_) => return None,
        };
        let fits = self.layout == Layout::Fixed(u8::try_from(size).ok()?) && size > 0;
        let count = usize::try_from(self.count).ok()?;
        let first = self.indexes().map(|(first, _)| first);
        let points = self.body.chunks_exact(before.saturating_add(size).max(1));
        fits.then(|| {
            (0..)
                .zip(points.take(count))
                .filter_map(move |(nth, point): (u32, _)| {
                    let (index, octets) = point.split_at_checked(before)?;
                    let following = first.map(|first| first.wrapping_add(nth));
                    Some((prefixed(index).or(following), octets))
                })
        })
    }

    /// The octets of its points, `size` each, where they follow one another without an index.
    pub(super) fn row(&self, size: usize) -> Option<&'a [u8]> {
        let even = self.layout == Layout::Fixed(u8::try_from(size).ok()?) && size > 0;
        if !even || self.prefix != Prefix::None || self.indexes().is_none() {
            return None;
        }
        let length = usize::try_from(self.count).ok()?.checked_mul(size)?;
        self.body.get(..length)
    }

    /// First and last index as the header tells them.
    pub(super) const fn indexes(&self) -> Option<(u32, u32)> {
        match self.range {
            Range::Indexes(first, last) | Range::Addresses(first, last) => Some((first, last)),
            Range::All | Range::Count(_) => None,
        }
    }

    /// The packed bits of its points, one bit each.
    pub(super) const fn packed(&self) -> Option<&'a [u8]> {
        match (self.layout, self.prefix) {
            (Layout::Packed(1), Prefix::None) if !self.body.is_empty() => Some(self.body),
            _ => None,
        }
    }

    /// Whether values follow the header.
    pub(super) const fn has_body(&self) -> bool {
        !self.body.is_empty()
    }
}

/// The object headers of a fragment, one after the other; ends after the first trouble.
#[derive(Clone, Debug)]
pub(super) struct Objects<'a> {
    octets: Octets<'a>,
    function: Function,
    objects: usize,
    points: u32,
}

impl<'a> Iterator for Objects<'a> {
    type Item = Result<Object<'a>, Broken<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.octets.is_empty() {
            return None;
        }
        let at = self.octets.at();
        let object = self
            .header()
            .map_err(|trouble| (trouble, None))
            .and_then(|header| self.body(header))
            .map_err(|(trouble, object)| Broken {
                trouble,
                at,
                object,
            });
        if object.is_err() {
            let _ = self.octets.take(self.octets.left());
        }
        Some(object)
    }
}

impl<'a> Objects<'a> {
    /// The objects of a fragment, which start at `at`.
    pub(super) fn new(fragment: &'a [u8], at: usize, function: Function) -> Self {
        let mut octets = Octets::new(fragment);
        let _ = octets.skip(at);
        Self {
            octets,
            function,
            objects: 0,
            points: 0,
        }
    }

    /// Reads an object header up to its points.
    fn header(&mut self) -> Result<Object<'a>, Trouble> {
        self.objects = self.objects.saturating_add(1);
        if self.objects > MAX_OBJECTS {
            return Err(Trouble::Objects);
        }
        let [group, variation, qualifier] = self.octets.array().ok_or(Trouble::Truncated)?;
        let prefix = Prefix::read(qualifier >> 4)?;
        let range = Range::read(&mut self.octets, qualifier & 0x0f)?;
        Ok(Object {
            group,
            variation,
            qualifier,
            range,
            count: range.count(),
            prefix,
            layout: Layout::Nothing,
            body: &[],
        })
    }

    /// Reads the points of an object. Of one that is cut off, the points that are there stay.
    fn body(&mut self, header: Object<'a>) -> Result<Object<'a>, (Trouble, Option<Object<'a>>)> {
        let bare = |trouble| (trouble, Some(header));
        let Object { prefix, count, .. } = header;
        let layout = self
            .layout(header.group, header.variation, prefix)
            .map_err(bare)?;
        let object = Object { layout, ..header };
        if layout == Layout::Nothing && prefix == Prefix::None {
            return Ok(object);
        }
        self.points = self.points.saturating_add(count);
        if self.points > MAX_POINTS {
            return Err(bare(Trouble::Points));
        }
        let body = self.octets.rest();
        let start = self.octets.at();
        match pass(&mut self.octets, prefix, layout, count) {
            Ok(()) => {
                let length = self.octets.at().saturating_sub(start);
                let body = body.get(..length).unwrap_or_default();
                Ok(Object { body, ..object })
            }
            Err(trouble) if matches!(layout, Layout::Packed(_)) => Err(bare(trouble)),
            Err(trouble) => Err((trouble, Some(Object { body, ..object }))),
        }
    }

    /// What follows the prefix of each point under this function code.
    fn layout(&self, group: u8, variation: u8, prefix: Prefix) -> Result<Layout, Trouble> {
        if matches!(prefix, Prefix::Size(_)) {
            return if objects::known(group) {
                Ok(Layout::Sized)
            } else {
                Err(Trouble::Unknown)
            };
        }
        if self.function.names_only(group) {
            return Ok(Layout::Nothing);
        }
        match objects::layout(group, variation) {
            None | Some(Layout::Sized) => Err(Trouble::Unknown),
            Some(Layout::Packed(_)) if prefix != Prefix::None => Err(Trouble::Qualifier),
            Some(layout) => Ok(layout),
        }
    }
}

/// Passes over the octets of `count` points.
fn pass(
    octets: &mut Octets<'_>,
    prefix: Prefix,
    layout: Layout,
    count: u32,
) -> Result<(), Trouble> {
    let count = usize::try_from(count).map_err(|_| Trouble::Points)?;
    let index = match prefix {
        Prefix::Index(size) => usize::from(size),
        Prefix::None | Prefix::Size(_) => 0,
    };
    let length = match layout {
        Layout::Nothing => count.checked_mul(index),
        Layout::Fixed(size) => count.checked_mul(usize::from(size).saturating_add(index)),
        Layout::Packed(bits) => count.checked_mul(usize::from(bits)).map(|n| n.div_ceil(8)),
        Layout::Attribute | Layout::Sized => {
            for _ in 0..count {
                point(octets, prefix, layout).ok_or(Trouble::Truncated)?;
            }
            return Ok(());
        }
    };
    length
        .and_then(|length| octets.skip(length))
        .ok_or(Trouble::Truncated)
}

/// Takes the index, where one stands, and the octets of one point that is not packed.
fn point<'a>(
    octets: &mut Octets<'a>,
    prefix: Prefix,
    layout: Layout,
) -> Option<(Option<u32>, &'a [u8])> {
    let (index, size) = match prefix {
        Prefix::None => (None, None),
        Prefix::Index(size) => (Some(unsigned(octets, size)?), None),
        Prefix::Size(size) => (None, Some(unsigned(octets, size)?)),
    };
    let length = match (size, layout) {
        (Some(size), _) => usize::try_from(size).ok()?,
        (None, Layout::Fixed(size)) => usize::from(size),
        (None, Layout::Attribute) => {
            let [_, length] = *octets.rest().first_chunk::<2>()?;
            usize::from(length).saturating_add(2)
        }
        (None, Layout::Nothing | Layout::Packed(_) | Layout::Sized) => 0,
    };
    Some((index, octets.take(length)?))
}

/// One point of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Point<'a> {
    /// Its index; `None` where the object stands on its own, such as a time.
    pub(super) index: Option<u32>,
    /// Its octets without prefix; for a packed point the one octet that holds it.
    pub(super) octets: &'a [u8],
    /// The value of a packed point.
    pub(super) packed: Option<u8>,
}

/// The points of one object, one after the other.
#[derive(Clone, Debug)]
pub(super) struct Points<'a> {
    octets: Octets<'a>,
    prefix: Prefix,
    layout: Layout,
    next: Option<u32>,
    left: u32,
    bit: u8,
}

impl<'a> Iterator for Points<'a> {
    type Item = Point<'a>;

    fn next(&mut self) -> Option<Point<'a>> {
        self.left = self.left.checked_sub(1)?;
        let following = self.next;
        self.next = following.map(|index| index.wrapping_add(1));
        if let Layout::Packed(bits) = self.layout {
            return self.next_packed(bits, following);
        }
        let (index, octets) = point(&mut self.octets, self.prefix, self.layout)?;
        Some(Point {
            index: index.or(following),
            octets,
            packed: None,
        })
    }
}

impl<'a> Points<'a> {
    fn next_packed(&mut self, bits: u8, index: Option<u32>) -> Option<Point<'a>> {
        let octets = self.octets.rest().get(..1)?;
        let value = octets.first()?.checked_shr(u32::from(self.bit))?;
        self.bit = self.bit.saturating_add(bits);
        if self.bit >= 8 {
            self.bit = 0;
            self.octets.skip(1)?;
        }
        Some(Point {
            index,
            octets,
            packed: Some(value & if bits == 1 { 1 } else { 3 }),
        })
    }
}
