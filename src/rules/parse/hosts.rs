//! Addresses of a header: single ones, networks, ranges, groups, variables, negations.

use super::Flaw;
use super::header::{Elements, NESTING};
use super::ports::in_variable;
use super::text::Text;
use crate::rules::rule::{HostSet, Hosts};
use crate::rules::variables::{Filled, Variables};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Reads the addresses of one end.
pub(crate) fn hosts(text: Text<'_>, variables: &mut Variables) -> Result<Hosts, Flaw> {
    read(text, variables, NESTING)
}

fn read(text: Text<'_>, variables: &mut Variables, depth: u8) -> Result<Hosts, Flaw> {
    let mut hosts = Hosts::default();
    add(text, &mut hosts, variables, depth)?;
    Ok(hosts)
}

/// Adds one element, with its negation, to a set.
fn add(
    text: Text<'_>,
    hosts: &mut Hosts,
    variables: &mut Variables,
    depth: u8,
) -> Result<(), Flaw> {
    let (negated, rest) = text.negation();
    let found = plain(rest, variables, depth)?;
    let everything = found.within.is_empty() && found.without.is_empty();
    if negated && everything {
        return Err(text
            .flaw("`!any` leaves no address: the rule could never match")
            .because(super::Cause::Contradiction));
    }
    match (negated, found.without.is_empty()) {
        (false, true) => hosts.within.extend(found.within),
        (true, true) => hosts.without.extend(found.within),
        (false, false) if hosts.within.is_empty() && found.within.is_empty() => {
            hosts.without.extend(found.without);
        }
        (false, false) => hosts.within.push(HostSet::Nested(Box::new(found))),
        (true, false) => hosts.without.push(HostSet::Nested(Box::new(found))),
    }
    Ok(())
}

fn plain(text: Text<'_>, variables: &mut Variables, depth: u8) -> Result<Hosts, Flaw> {
    let Some(depth) = depth.checked_sub(1) else {
        return Err(text.flaw("groups or variables are nested too deep"));
    };
    if text.text.eq_ignore_ascii_case("any") {
        return Ok(Hosts::default());
    }
    if let Some(name) = text.strip("$") {
        return match variables.hosts(name)? {
            Filled::Text(value) => {
                let inner = Text {
                    at: text.at,
                    text: &value,
                    latin: false,
                };
                read(inner, variables, depth).map_err(|flaw| in_variable(flaw, text))
            }
            Filled::Role(role) => Ok(Hosts {
                within: vec![role],
                without: Vec::new(),
            }),
        };
    }
    if text.text.starts_with('[') {
        return group(text, variables, depth);
    }
    let (first, last) = range(text)?;
    Ok(Hosts {
        within: vec![HostSet::Range(first, last)],
        without: Vec::new(),
    })
}

/// `[a,b,!c]`: in one of those without `!` and in none of the others.
fn group(text: Text<'_>, variables: &mut Variables, depth: u8) -> Result<Hosts, Flaw> {
    let mut hosts = Hosts::default();
    let mut everything = false;
    let mut positive = Vec::new();
    for element in Elements::of(text)? {
        if element.text.starts_with('!') {
            add(element, &mut hosts, variables, depth)?;
        } else {
            let found = plain(element, variables, depth)?;
            everything |= found.within.is_empty() && found.without.is_empty();
            positive.push(found);
        }
    }
    if everything {
        return Ok(hosts);
    }
    for found in positive {
        if found.without.is_empty() {
            hosts.within.extend(found.within);
        } else {
            hosts.within.push(HostSet::Nested(Box::new(found)));
        }
    }
    Ok(hosts)
}

/// One address, a network `a/n` (or with a mask), or `a-b`.
fn range(text: Text<'_>) -> Result<(IpAddr, IpAddr), Flaw> {
    let address = |part: Text<'_>| -> Result<IpAddr, Flaw> {
        part.text.parse().map_err(|_| {
            part.flaw(format!("`{}` is no address", part.shown()))
                .hint("an address, a network 10.0.0.0/8, a group [a,b], a $VARIABLE or any")
        })
    };
    if let Some((net, length)) = text.cut("/") {
        return network(address(net)?, length);
    }
    if let Some((first, last)) = text.cut("-") {
        let (first, last) = (address(first)?, address(last)?);
        if first.is_ipv4() != last.is_ipv4() || first > last {
            return Err(text.flaw("the range of addresses ends before it starts"));
        }
        return Ok((first, last));
    }
    let address = address(text)?;
    Ok((address, address))
}

fn network(net: IpAddr, length: Text<'_>) -> Result<(IpAddr, IpAddr), Flaw> {
    match net {
        IpAddr::V4(net) => {
            let host = match length.text.parse::<Ipv4Addr>() {
                Ok(mask)
                    if u32::from(mask).leading_ones() + u32::from(mask).trailing_zeros() >= 32 =>
                {
                    !u32::from(mask)
                }
                Ok(_) => return Err(length.flaw("the network mask has holes")),
                Err(_) => {
                    let length = u32::try_from(length.within(0, 32)?).unwrap_or(32);
                    u32::MAX.checked_shr(length).unwrap_or(0)
                }
            };
            let first = u32::from(net) & !host;
            Ok((
                Ipv4Addr::from_bits(first).into(),
                Ipv4Addr::from_bits(first | host).into(),
            ))
        }
        IpAddr::V6(net) => {
            let length = u32::try_from(length.within(0, 128)?).unwrap_or(128);
            let host = u128::MAX.checked_shr(length).unwrap_or(0);
            let first = u128::from(net) & !host;
            Ok((
                Ipv6Addr::from_bits(first).into(),
                Ipv6Addr::from_bits(first | host).into(),
            ))
        }
    }
}
