//! As whom the ends of a flow appear: who sends for them, through how many routers, and whether
//! they come back after a pause.
//!
//! Kept by the shard for each flow where detectors look on. An end that changes between two guises
//! may be two devices under one address; each change is told, up to a bound.

use crate::facts::{Side, Time};
use crate::flow::Packet;
use crate::wire::{Network, Tcp, Transport};
use std::time::Duration;

/// For how long an end was silent that is told when it comes back: longer than the period of what
/// is polled, as with operations.
const PAUSE: Duration = Duration::from_secs(60);

/// News told at once, and the time that each takes from that allowance: an end whose packets take
/// two ways by turns would fill the disk.
const NEWS: u32 = 8;
const EACH: Duration = Duration::from_secs(30);

/// The time and the hop limit of an end's last packet; `None` where it sent nothing.
type Last = Option<(Time, u8)>;

/// The guises of both ends.
#[derive(Debug, Default)]
pub(super) struct Guise {
    /// The last packet of each end, and the hop limit it arrived with.
    last: (Last, Last),
    /// How often an end changed its hop limit or came back, and how much of that was told.
    changes: u32,
    told: u32,
    /// Until then the news told so far are paid for.
    paid: Time,
}

impl Guise {
    /// Takes note of a packet. A reset may come from something on the way.
    pub(super) fn note(&mut self, packet: &Packet<'_>) {
        let Network::Ip(ip) = packet.headers.network else {
            return;
        };
        if matches!(packet.headers.transport, Transport::Tcp(tcp) if tcp.has(Tcp::RST)) {
            return;
        }
        let (now, hops) = (packet.stamp.time, ip.hop_limit);
        let last = packet.side.of_mut(&mut self.last);
        if let Some((time, known)) = *last
            && (known != hops || now.since(time) >= PAUSE)
        {
            self.changes = self.changes.wrapping_add(1);
        }
        *last = Some((now, hops));
    }

    /// The hop limit of an end's last packet.
    pub(super) fn hop_limit(&self, side: Side) -> Option<u8> {
        side.of(&self.last).map(|(_, hops)| hops)
    }

    /// Whether there is something to tell, and it may be told now: otherwise it will be with the
    /// next packet. `moves` is how often the ends changed their MAC addresses.
    pub(super) fn is_news(&mut self, moves: u32, now: Time) -> bool {
        let changes = self.changes.wrapping_add(moves);
        if changes == self.told || self.paid.since(now) > EACH * (NEWS - 1) {
            return false;
        }
        self.told = changes;
        self.paid = self.paid.max(now).plus(EACH);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn news_are_told_once_and_not_without_end() {
        let mut guise = Guise::default();
        let second = |seconds| Time::from_parts(seconds, 0);
        assert!(!guise.is_news(0, second(1)));
        assert!(guise.is_news(1, second(1)));
        assert!(!guise.is_news(1, second(2)));
        let told = (2..1_000).filter(|moves| guise.is_news(*moves, second(3)));
        assert_eq!(told.count(), 7);
        assert!(guise.is_news(1_000, second(300)));
    }
}
