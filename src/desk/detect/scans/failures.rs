//! What failed lately, by who or what it belongs to.

use crate::facts::{Host, Time};
use crate::rules::kept::Bounded;
use arrayvec::ArrayVec;
use std::collections::VecDeque;
use std::hash::Hash;
use std::time::Duration;

/// For how long what failed counts.
pub(super) const WINDOW: Duration = Duration::from_secs(60);

/// Most failures kept of one source or target: more than any number from which on it is a scan.
const KEPT: usize = 64;

/// Most sources, devices and targets watched at a time, each.
const WATCHED: usize = 4_096;

/// What was tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Tried {
    /// A port of a host, and the IANA number of the IP protocol.
    Port(Host, u16, u8),
    /// The MAC address of a host.
    Address(Host),
    /// A unit behind a device.
    Unit(u32),
    /// A function of a device, by protocol and code.
    Function(&'static str, u32),
    /// Something in a device, by its digest.
    Place(u64),
    /// A target, by somebody.
    By(Host),
}

/// What failed within the [`WINDOW`], each thing once, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Failures(VecDeque<(Time, Tried)>);

impl Failures {
    fn add(&mut self, now: Time, tried: Tried) {
        self.0
            .retain(|(time, known)| now.since(*time) < WINDOW && *known != tried);
        if self.0.len() >= KEPT {
            self.0.pop_front();
        }
        self.0.push_back((now, tried));
    }

    /// How many things there are of what is asked for.
    pub(super) fn count(&self, asked: impl Fn(Tried) -> bool) -> usize {
        self.0.iter().filter(|(_, tried)| asked(*tried)).count()
    }

    /// How many hosts there are at whose ports something of what is asked for was tried.
    pub(super) fn hosts(&self, asked: impl Fn(Host, u16, u8) -> bool) -> usize {
        let mut found = ArrayVec::<Host, KEPT>::new();
        for (_, tried) in &self.0 {
            if let Tried::Port(host, port, carrier) = *tried
                && asked(host, port, carrier)
                && !found.contains(&host)
            {
                // There are no more than are kept.
                let _ = found.try_push(host);
            }
        }
        found.len()
    }

    /// Seconds since the oldest one, at least 1.
    pub(super) fn seconds(&self, now: Time) -> u64 {
        let first = self.0.front().map_or(now, |(time, _)| *time);
        now.since(first).as_secs().max(1)
    }
}

/// Failures by who or what they belong to.
#[derive(Debug)]
pub(super) struct Table<K>(Bounded<K, Failures>);

impl<K: Copy + Eq + Hash> Default for Table<K> {
    fn default() -> Self {
        Self(Bounded::new(WATCHED))
    }
}

impl<K: Copy + Eq + Hash> Table<K> {
    /// Adds one failure; gives all of them.
    pub(super) fn add(&mut self, key: K, now: Time, tried: Tried) -> &Failures {
        let failures = self.0.entry(key, Failures::default());
        failures.add(now, tried);
        failures
    }
}
