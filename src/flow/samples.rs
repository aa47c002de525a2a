//! Headers made by hand for the tests of this room.

use crate::facts::{Mac, Stamp, Time};
use crate::wire::{Headers, Ip, Network, Notes, Tcp, Transport, VLANS};
use std::net::{IpAddr, Ipv4Addr};

/// What a sample packet looks like; the frame is its content alone.
#[derive(Clone, Copy)]
pub(super) struct Build {
    pub(super) source: [u8; 4],
    pub(super) destination: [u8; 4],
    pub(super) transport: Transport,
    pub(super) protocol: u8,
    pub(super) identification: u32,
    pub(super) hop_limit: u8,
    pub(super) vlan: u16,
    pub(super) macs: (Mac, Mac),
    pub(super) content: u32,
}

impl Build {
    pub(super) fn tcp(source: [u8; 4], sport: u16, destination: [u8; 4], dport: u16) -> Self {
        Self {
            transport: Transport::Tcp(Tcp {
                source: sport,
                destination: dport,
                sequence: 0,
                acknowledgment: 0,
                flags: Tcp::ACK,
                window: 1024,
            }),
            protocol: 6,
            ..Self::udp(source, sport, destination, dport)
        }
    }

    pub(super) fn udp(source: [u8; 4], sport: u16, destination: [u8; 4], dport: u16) -> Self {
        Self {
            source,
            destination,
            transport: Transport::Udp {
                source: sport,
                destination: dport,
            },
            protocol: 17,
            identification: 0,
            hop_limit: 64,
            vlan: 0,
            macs: (Mac([2, 0, 0, 0, 0, 1]), Mac([2, 0, 0, 0, 0, 2])),
            content: 0,
        }
    }

    pub(super) fn numbers(mut self, sequence: u32, acknowledgment: u32, flags: u8) -> Self {
        if let Transport::Tcp(tcp) = &mut self.transport {
            tcp.sequence = sequence;
            tcp.acknowledgment = acknowledgment;
            tcp.flags = flags;
        }
        self
    }

    pub(super) fn vlan(mut self, vlan: u16) -> Self {
        self.vlan = vlan;
        self
    }
}

/// The headers of a sample packet.
pub(super) fn headers(build: Build) -> Headers {
    Headers {
        macs: Some(build.macs),
        vlans: [build.vlan; VLANS],
        vlan_count: u8::from(build.vlan != 0),
        tunnels: 0,
        network: Network::Ip(Ip {
            source: IpAddr::V4(Ipv4Addr::from(build.source)),
            destination: IpAddr::V4(Ipv4Addr::from(build.destination)),
            hop_limit: build.hop_limit,
            identification: build.identification,
            protocol: build.protocol,
            fragment: None,
            start: 0,
        }),
        transport: build.transport,
        content: (0, build.content),
        missing: 0,
        notes: Notes::default(),
    }
}

/// A stamp at so many microseconds.
pub(super) fn at(frame: u64, micros: u64) -> Stamp {
    Stamp {
        time: Time::from_nanos(micros * 1000),
        frame,
    }
}
