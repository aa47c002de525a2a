//! Octets to a view of one DHCP message.

use crate::facts::Mac;
use crate::wire::Octets;
use std::net::Ipv4Addr;

/// The octets that set DHCP apart from BOOTP vendor fields (RFC 2131, 3).
const MAGIC: [u8; 4] = [0x63, 0x82, 0x53, 0x63];

/// A DHCP message type (option 53).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kind(pub(super) u8);

impl Kind {
    pub(super) const OFFER: Self = Self(2);
    pub(super) const ACK: Self = Self(5);
    pub(super) const NAK: Self = Self(6);

    /// Its name (RFC 2132, 9.6; RFC 3203; RFC 4388).
    pub(super) const fn name(self) -> Option<&'static str> {
        Some(match self.0 {
            1 => "discover",
            2 => "offer",
            3 => "request",
            4 => "decline",
            5 => "ack",
            6 => "nak",
            7 => "release",
            8 => "inform",
            9 => "force-renew",
            10 => "lease-query",
            11 => "lease-unassigned",
            12 => "lease-unknown",
            13 => "lease-active",
            _ => return None,
        })
    }
}

/// One DHCP message; addresses that were not given are 0.0.0.0, texts empty.
#[derive(Clone, Copy, Debug)]
pub(super) struct Packet<'a> {
    /// Sent by a server or relay towards a client (`op` 2).
    pub(super) reply: bool,
    pub(super) transaction: u32,
    /// Of an Ethernet client.
    pub(super) client_mac: Option<Mac>,
    /// `ciaddr`: the address the client already uses.
    pub(super) client_ip: Ipv4Addr,
    /// `yiaddr`: the address the server gives.
    pub(super) your_ip: Ipv4Addr,
    /// `giaddr`: the relay agent.
    pub(super) relay_ip: Ipv4Addr,
    pub(super) kind: Option<Kind>,
    pub(super) host_name: &'a [u8],
    pub(super) domain: &'a [u8],
    pub(super) vendor_class: &'a [u8],
    pub(super) client_id: &'a [u8],
    pub(super) parameters: &'a [u8],
    pub(super) boot_file: &'a [u8],
    pub(super) requested_ip: Option<Ipv4Addr>,
    pub(super) server_ip: Option<Ipv4Addr>,
    pub(super) mask: Option<Ipv4Addr>,
    pub(super) router: Option<Ipv4Addr>,
    pub(super) name_server: Option<Ipv4Addr>,
    pub(super) lease: Option<u32>,
    /// The options end within the datagram.
    pub(super) sound: bool,
}

impl<'a> Packet<'a> {
    /// Reads the fixed part (RFC 2131, 2) and what can be read of the options.
    pub(super) fn read(octets: &'a [u8]) -> Option<Self> {
        let mut o = Octets::new(octets);
        let [operation, hardware, length, _hops] = o.array()?;
        if !matches!(operation, 1 | 2) || length > 16 {
            return None;
        }
        let transaction = o.be32()?;
        o.skip(4)?;
        let client_ip = o.array::<4>()?.into();
        let your_ip = o.array::<4>()?.into();
        o.skip(4)?;
        let relay_ip = o.array::<4>()?.into();
        let mac = Mac(o.array()?);
        // Rest of chaddr, sname.
        o.skip(10 + 64)?;
        let boot_file = crate::wire::text::terminated(o.take(128)?);
        if o.array()? != MAGIC {
            return None;
        }
        let mut packet = Self {
            reply: operation == 2,
            transaction,
            client_mac: (hardware == 1 && length == 6).then_some(mac),
            client_ip,
            your_ip,
            relay_ip,
            kind: None,
            host_name: &[],
            domain: &[],
            vendor_class: &[],
            client_id: &[],
            parameters: &[],
            boot_file,
            requested_ip: None,
            server_ip: None,
            mask: None,
            router: None,
            name_server: None,
            lease: None,
            sound: false,
        };
        packet.sound = packet.options(o).is_some();
        Some(packet)
    }

    /// Reads the options until their end; `None` where one runs out of the datagram. An end
    /// without the end option is common and taken as one.
    fn options(&mut self, mut o: Octets<'a>) -> Option<()> {
        while !o.is_empty() {
            match o.u8()? {
                0 => {}
                255 => break,
                code => {
                    let length = usize::from(o.u8()?);
                    self.option(code, o.take(length)?);
                }
            }
        }
        Some(())
    }

    fn option(&mut self, code: u8, value: &'a [u8]) {
        let address = || {
            let first: &[u8; 4] = value.first_chunk()?;
            Some(Ipv4Addr::from(*first))
        };
        match code {
            1 => self.mask = address(),
            3 => self.router = address(),
            6 => self.name_server = address(),
            12 => self.host_name = value,
            15 => self.domain = value,
            50 => self.requested_ip = address(),
            51 => self.lease = Octets::new(value).be32(),
            53 => self.kind = value.first().copied().map(Kind),
            54 => self.server_ip = address(),
            55 => self.parameters = value,
            60 => self.vendor_class = value,
            61 => self.client_id = value,
            67 => self.boot_file = value,
            // Client FQDN (RFC 4702, 2): flags and two unused octets before the name, which is
            // plain text unless flag E asks for DNS labels.
            81 if self.host_name.is_empty() => {
                if let [flags, _, _, name @ ..] = value
                    && flags & 0x04 == 0
                {
                    self.host_name = name;
                }
            }
            _ => {}
        }
    }
}
