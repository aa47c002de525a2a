//! What an operation touches: tags with their values, objects with their attributes.
//!
//! Called by the exchanges and the field table. No state, no allocation, no panic.

use super::cip::{Reply, Request, service};
use super::path::{Address, decimal};
use super::tag::{Typed, VALUES};
use crate::facts::{Item, Operation, Scalar, Target, Values, operation::ITEMS};
use crate::protocols::Sink;
use crate::wire::Octets;
use arrayvec::ArrayVec;

/// Octets of the names of the items of one operation: 32 times `attribute 65535`.
const NAMES: usize = 512;

/// The values that a tag service carries, in the request or in the answer.
pub(super) fn tag_values(
    request: &Request<'_>,
    done: Option<&Reply<'_>>,
) -> ArrayVec<Scalar, VALUES> {
    let typed = match request.service {
        service::WRITE_TAG => Typed::written(request.data, false),
        service::WRITE_TAG_FRAGMENTED => Typed::written(request.data, true),
        service::READ_TAG | service::READ_TAG_FRAGMENTED => {
            done.and_then(|reply| Typed::answered(reply.data))
        }
        _ => None,
    };
    typed.map(|typed| typed.values()).unwrap_or_default()
}

/// Number of elements that a tag service asks for.
fn tag_count(request: &Request<'_>) -> Option<u16> {
    match request.service {
        service::READ_TAG | service::READ_TAG_FRAGMENTED => Octets::new(request.data).le16(),
        service::WRITE_TAG | service::WRITE_TAG_FRAGMENTED => {
            Typed::written(request.data, false)?.count
        }
        _ => None,
    }
}

/// A tag with the elements touched, where it is an array or more than one is asked for.
pub(super) fn tag_item<'a>(
    request: &Request<'_>,
    address: &Address,
    name: &'a [u8],
    values: &'a [Scalar],
) -> Item<'a> {
    let count = u64::from(tag_count(request).unwrap_or(1)).max(1);
    let first = u64::from(address.member.unwrap_or(0));
    Item {
        target: Target {
            space: "tag",
            area: None,
            range: (address.member.is_some() || count > 1).then_some((first, first + count - 1)),
            name,
        },
        values: scalars(values),
        before: Values::None,
    }
}

/// What a connection leads to: an object, or the tag that a controller produces.
pub(super) fn connection_item<'a>(address: &Address, name: &'a [u8]) -> Item<'a> {
    let instance = address.instance.map(u64::from);
    Item {
        target: Target {
            space: if address.symbolic { "tag" } else { "class" },
            area: address.class,
            range: instance.map(|instance| (instance, instance)),
            name,
        },
        values: Values::None,
        before: Values::None,
    }
}

/// Values as an item holds them.
pub(super) const fn scalars(values: &[Scalar]) -> Values<'_> {
    match values {
        [] => Values::None,
        _ => Values::Scalars(values),
    }
}

/// Tells operations on an object: one item for the object, or one for each attribute asked for.
/// Area is the class, range the instance, and the attribute stands in the name, as
/// `attribute 5`. A list of more than [`ITEMS`] attributes is told as several operations.
pub(super) fn tell_object(
    request: &Request<'_>,
    address: &Address,
    done: Option<&Reply<'_>>,
    values: &[Scalar],
    operation: &Operation<'_>,
    out: &mut dyn Sink,
) {
    let mut ids = attributes(request).peekable();
    let instance = address.instance.map(u64::from);
    let whole = Item {
        target: Target {
            space: "class",
            area: address.class,
            range: instance.map(|instance| (instance, instance)),
            name: &[],
        },
        values: match carried(request, done) {
            Some(octets) if values.is_empty() => Values::Octets(octets),
            _ => scalars(values),
        },
        before: Values::None,
    };
    if ids.peek().is_none() {
        let whole = address.class.is_some().then_some(whole);
        return out.operation(&Operation {
            items: whole.as_slice(),
            ..*operation
        });
    }
    while ids.peek().is_some() {
        let mut names = ArrayVec::<u8, NAMES>::new();
        let mut ends = ArrayVec::<usize, ITEMS>::new();
        for id in ids.by_ref().take(ITEMS) {
            let _ = names.try_extend_from_slice(b"attribute ");
            let _ = names.try_extend_from_slice(&decimal(id));
            ends.push(names.len());
        }
        let mut start = 0;
        let mut items = ArrayVec::<Item<'_>, ITEMS>::new();
        for end in ends {
            let mut item = whole;
            item.target.name = names.get(start..end).unwrap_or_default();
            items.push(item);
            start = end;
        }
        out.operation(&Operation {
            items: &items,
            ..*operation
        });
    }
}

/// The attributes that a request names: in its path or in a list.
pub(super) fn attributes<'a>(request: &Request<'a>) -> impl Iterator<Item = u32> + use<'a> {
    let mut o = Octets::new(request.data);
    let listed = match request.service {
        service::GET_ATTRIBUTE_LIST => o.le16().unwrap_or(0),
        // The lengths of the values are not told, so that only the first id can be found.
        service::SET_ATTRIBUTE_LIST => o.le16().unwrap_or(0).min(1),
        _ => 0,
    };
    let path = request.path.address().attribute;
    path.into_iter()
        .chain((0..listed).map_while(move |_| o.le16().map(u32::from)))
}

/// The octets of the value, where the message holds that of one attribute alone.
fn carried<'a>(request: &Request<'a>, done: Option<&Reply<'a>>) -> Option<&'a [u8]> {
    let alone = request.data.starts_with(&[1, 0]);
    let octets = match request.service {
        service::SET_ATTRIBUTE_SINGLE | service::SET_ATTRIBUTES_ALL => request.data,
        service::GET_ATTRIBUTE_SINGLE => done?.data,
        // Count, id, value.
        service::SET_ATTRIBUTE_LIST if alone => request.data.get(4..)?,
        // Count, id, status, value.
        service::GET_ATTRIBUTE_LIST if alone => done?.data.get(6..)?,
        _ => return None,
    };
    (!octets.is_empty()).then_some(octets)
}
