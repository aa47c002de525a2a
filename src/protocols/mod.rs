//! Octets to messages: the protocols, each in a room of equal shape, and the contract they keep.
//!
//! Called by the sensor's conversations, on the workers. A protocol must never panic, trust a
//! length, keep state without a bound, or scan the same octets twice. Adding one is one folder
//! (`mod.rs`, `wire.rs`, `session.rs`, `fields.rs`, `operations.rs`, `tests.rs`) and two lines
//! here.

mod arp;
mod bacnet;
mod banner;
mod cdp;
mod dcerpc;
mod dhcp;
mod dnp3;
mod dns;
mod enip;
mod ftp;
mod goose;
mod http;
mod icmpv6;
mod iec104;
mod iso;
mod lldp;
mod llmnr;
mod mdns;
mod mms;
mod modbus;
mod netbios;
mod ntp;
mod opcua;
mod profinet;
mod published;
mod rdp;
mod s7comm;
mod s7comm_plus;
mod smb;
mod smtp;
mod snmp;
mod ssh;
mod sv;
mod syslog;
mod telnet;
#[cfg(test)]
pub(crate) mod testing;
mod tftp;
mod tls;
mod vnc;

use crate::facts::{
    Attribute, Fault, Field, Legend, Meaning, Message, Operation, Piece, Resolution, Side, Stamp,
    Time,
};
use std::time::Duration;

/// All protocols, in alphabetical order.
pub static PROTOCOLS: &[&dyn Protocol] = &[
    &arp::Arp,
    &bacnet::Bacnet,
    &cdp::Cdp,
    &dcerpc::DceRpc,
    &dhcp::Dhcp,
    &dnp3::Dnp3,
    &dns::Dns,
    &enip::Enip,
    &ftp::Ftp,
    &goose::GOOSE,
    &http::Http,
    &icmpv6::Icmpv6,
    &iec104::Iec104,
    &lldp::Lldp,
    &llmnr::LLMNR,
    &mdns::MDNS,
    &mms::Mms,
    &modbus::Modbus,
    &netbios::NetBios,
    &ntp::Ntp,
    &opcua::Opcua,
    &profinet::Profinet,
    &rdp::Rdp,
    &s7comm::S7comm,
    &s7comm_plus::S7commPlus,
    &smb::Smb,
    &smtp::Smtp,
    &snmp::Snmp,
    &ssh::Ssh,
    &sv::SV,
    &syslog::Syslog,
    &telnet::Telnet,
    &tftp::Tftp,
    &tls::Tls,
    &vnc::Vnc,
];

/// What carries a protocol's octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Carrier {
    /// A TCP stream: octets in order, PDU borders unknown.
    Tcp,
    /// UDP: one call a datagram.
    Udp,
    /// A frame of this Ethernet type: one call a frame, octets after the type.
    Ether(u16),
    /// An 802.2 LLC frame with this (DSAP, SSAP): one call a frame, octets after the LLC
    /// header.
    Llc(u8, u8),
    /// A message of ICMPv6: one call a packet.
    Icmpv6,
    /// A SNAP frame with this organisation code and protocol id.
    Snap(u32, u16),
}

/// The first octets of a conversation, or of what follows a gap, shown to the probes.
#[derive(Clone, Copy, Debug)]
pub struct Opening<'a> {
    /// What carries them.
    pub carrier: Carrier,
    /// Ports of the low and the high side; 0 for carriers without.
    pub ports: (u16, u16),
    /// Who sent the octets.
    pub side: Side,
    /// The octets, from a segment or datagram border on.
    pub octets: &'a [u8],
    /// The conversation was running before the sensor saw it, or octets were lost before
    /// these: they need not begin with a PDU.
    pub midstream: bool,
}

impl Opening<'_> {
    /// Whether either end uses this port.
    #[must_use]
    pub const fn port(&self, port: u16) -> bool {
        self.ports.0 == port || self.ports.1 == port
    }

    /// The port of the side that sent the octets.
    #[must_use]
    pub const fn source_port(&self) -> u16 {
        *self.side.of(&self.ports)
    }

    /// The port of the side that receives the octets.
    #[must_use]
    pub const fn destination_port(&self) -> u16 {
        *self.side.other().of(&self.ports)
    }
}

/// What a probe says of an opening. A port is never proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probe {
    /// The octets cannot be anything else.
    Certain,
    /// They can be this protocol; `Certain` from another one wins, and of several `Unsure`
    /// the first whose well-known port is in use.
    Unsure,
    /// They are the end of something, behind which this protocol can begin.
    Inside {
        /// Where it begins, in octets; not 0.
        at: usize,
        /// What stands there cannot be anything else.
        certain: bool,
    },
    /// They could become this protocol, but more octets are needed to tell.
    More,
    /// They are not this protocol.
    NotMine,
}

impl Probe {
    /// Whether the octets at hand are held to be this protocol's.
    #[must_use]
    pub const fn is_claim(self) -> bool {
        matches!(self, Self::Certain | Self::Unsure | Self::Inside { .. })
    }

    /// What was found `at` octets from the start.
    pub(crate) const fn found(at: usize, certain: bool) -> Self {
        match (at, certain) {
            (0, true) => Self::Certain,
            (0, false) => Self::Unsure,
            (at, certain) => Self::Inside { at, certain },
        }
    }
}

/// Octets handed to a session.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// Who sent them.
    pub side: Side,
    /// The packet that brought the last of them.
    pub stamp: Stamp,
    /// For TCP all octets that follow what was eaten before, in order and without a gap; for
    /// other carriers exactly one datagram or frame.
    pub octets: &'a [u8],
    /// The capture cut the frame short: the last octets are missing for want of snap length,
    /// not by the sender's fault.
    pub cut: bool,
}

/// What a session did with its octets. One call handles at most one PDU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The first `n` octets were one whole PDU, decoded (`n >= 1`).
    Pdu(usize),
    /// The first `n` octets were one PDU whose frame is sound but whose content is malformed;
    /// the session has told the fault (`n >= 1`).
    Malformed(usize),
    /// Nothing can be said before `n` octets are there, counted from the start of these
    /// (`n > octets.len()`). Not for datagrams and frames: theirs is all there is.
    Need(usize),
    /// The first `n` octets cannot be read: sync was lost, and it is found again behind them
    /// or looked for in what follows (`n >= 1`).
    Skip(usize),
    /// From here on the content is encrypted; nothing more will be read on this side.
    Encrypted,
    /// From here on the content is of no interest to this protocol (a file body, say);
    /// nothing more will be read on this side.
    Opaque,
    /// This conversation is not of this protocol after all. The session ends, and the probes
    /// are asked again.
    NotMine,
}

/// Where a session sends what it found; implemented by the sensor.
pub trait Sink {
    /// One decoded message, sent by `side`.
    fn message(&mut self, side: Side, message: &dyn Message);
    /// One operation: a request with its answer, or what is known of them.
    fn operation(&mut self, operation: &Operation<'_>);
    /// One property of a device.
    fn attribute(&mut self, attribute: &Attribute<'_>);
    /// The octets break the protocol's rules at `offset` of the PDU.
    fn fault(&mut self, side: Side, fault: &'static Fault, offset: usize);
    /// The protocol's content shows that `side` is the server (Modbus server, S7 PLC, DNP3
    /// outstation). May be told once a conversation or again when it changes.
    fn server(&mut self, side: Side);
    /// Who has which MAC address, or who asks; beside the attribute, which tells what is believed
    /// of a device. For sinks that look at who speaks for whom.
    fn resolution(&mut self, _: Side, _: &Resolution) {}
    /// A piece of a program or file on its way; beside the operation. For sinks that put programs
    /// together.
    fn piece(&mut self, _: &Piece<'_>) {}
}

/// A protocol: what it is, and how to recognise and open a conversation of it.
pub trait Protocol: Sync {
    /// Short name, lower case, as in rules, events and `--protocol`.
    fn name(&self) -> &'static str;

    /// Name for people.
    fn title(&self) -> &'static str;

    /// What can carry it.
    fn carriers(&self) -> &'static [Carrier];

    /// Whether it controls plants (OT) rather than offices (IT).
    fn industrial(&self) -> bool;

    /// Well-known server ports: a hint among `Unsure` probes, never a proof.
    fn ports(&self) -> &'static [u16];

    /// The field at `index` of its table; `None` past the end.
    fn field(&self, index: usize) -> Option<&'static Field>;

    /// What its codes mean.
    fn meanings(&self) -> &'static [&'static Meaning];

    /// What can be wrong with its messages.
    fn faults(&self) -> &'static [&'static Fault];

    /// Looks at the first octets of a conversation. Linear, no state, no allocation.
    fn probe(&self, opening: &Opening<'_>) -> Probe;

    /// Reads what a program that this protocol carries tells of itself; `None` where it has not
    /// the form of one. Given what was put together of its pieces, or its beginning.
    fn legend<'a>(&self, _program: &'a [u8]) -> Option<Legend<'a>> {
        None
    }

    /// Opens a session for a conversation that the probe recognised.
    fn open(&self, opening: &Opening<'_>) -> Box<dyn Session>;
}

impl std::fmt::Debug for dyn Protocol {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// How long every session waits for an answer at least: half of what the least patient one does,
/// since a segment may wait for its turn before the session sees it.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// The state of one conversation. Bounded; survives gaps and malformed PDUs.
pub trait Session: Send {
    /// Reads the next PDU of one side. The caller removes what was eaten and calls again while
    /// octets remain.
    fn feed(&mut self, input: &Input<'_>, out: &mut dyn Sink) -> Step;

    /// Octets of this side were lost (`None`: an unknown number); what follows need not begin
    /// with a PDU. Octets not yet eaten before the gap are gone too.
    fn gap(&mut self, side: Side, lost: Option<u64>, out: &mut dyn Sink);

    /// Whether a timer runs: only then is the session told of the time. Called after each
    /// packet, so it must cost nothing.
    fn is_waiting(&self) -> bool {
        false
    }

    /// When the first timer fires: before that a tick would do nothing. Asked on ticks while it
    /// is waiting. No timer fires earlier than [`PATIENCE`] after the packet that set it.
    fn due(&self) -> Time {
        Time::ZERO
    }

    /// Octets that it keeps on the heap. Asked after each packet, so it must cost nothing.
    fn held(&self) -> usize {
        0
    }

    /// Packet time went on while [`Session::is_waiting`], and something is [`Session::due`]:
    /// requests without an answer may time out.
    fn tick(&mut self, now: Stamp, out: &mut dyn Sink);

    /// The conversation ended: tell what is still open.
    fn close(&mut self, now: Stamp, out: &mut dyn Sink);
}

/// A session that keeps nothing from one datagram or frame to the next: only a way to read one.
pub(crate) struct Stateless(pub(crate) fn(&Input<'_>, &mut dyn Sink) -> Step);

impl Session for Stateless {
    fn feed(&mut self, input: &Input<'_>, out: &mut dyn Sink) -> Step {
        (self.0)(input, out)
    }

    fn gap(&mut self, _: Side, _: Option<u64>, _: &mut dyn Sink) {}

    fn tick(&mut self, _: Stamp, _: &mut dyn Sink) {}

    fn close(&mut self, _: Stamp, _: &mut dyn Sink) {}
}
