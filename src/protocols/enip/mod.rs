//! EtherNet/IP and CIP: the language of Rockwell controllers and of what works with them.
//!
//! Called by the sensor through the registry. After the CIP Networks Library, volume 1 (Common
//! Industrial Protocol, edition 3.3) and volume 2 (EtherNet/IP Adaptation, edition 1.4);
//! explicit messages on TCP and UDP port 44818, implicit ones on UDP port 2222; PCCC inside CIP
//! after Rockwell publication 1770-6.5.16.
//!
//! One message is one encapsulation packet. One operation is one service: those inside a
//! multiple service packet or an unconnected send are told each for itself, with the slot as
//! unit. Targets are `tag` (name, elements), `class` (area: class id, range: instance, name:
//! `attribute 5`) and `file` (PCCC: area: file number, name: `N7:0`); a connection that is opened
//! or closed touches what it leads to, in the slot it leads to. The code of an operation
//! is the service with the class in bits 8 to 23; 1 in bits 24 up marks PCCC (command in bits 8
//! to 15, function in bits 0 to 7), 2 marks a command of the encapsulation.

mod cip;
mod connection;
mod cyclic;
mod exchange;
mod faults;
mod fields;
mod identity;
mod items;
mod names;
mod operations;
mod outstanding;
mod packet;
mod path;
mod pccc;
mod session;
mod tag;
#[cfg(test)]
mod tests;
mod visit;
mod wire;

use super::{Carrier, Opening, Probe, Protocol};
use crate::facts::{Fault, Field, Meaning};
use wire::{Command, HEADER, Header, Implicit, Sound};

/// EtherNet/IP with CIP.
#[derive(Debug)]
pub(super) struct Enip;

const PORT: u16 = 44_818;

impl Protocol for Enip {
    fn name(&self) -> &'static str {
        "enip"
    }

    fn title(&self) -> &'static str {
        "EtherNet/IP and CIP"
    }

    fn carriers(&self) -> &'static [Carrier] {
        &[Carrier::Tcp, Carrier::Udp]
    }

    fn industrial(&self) -> bool {
        true
    }

    fn ports(&self) -> &'static [u16] {
        &[PORT, 2222]
    }

    fn field(&self, index: usize) -> Option<&'static Field> {
        fields::FIELDS.get(index).map(|row| &row.field)
    }

    fn meanings(&self) -> &'static [&'static Meaning] {
        operations::MEANINGS
    }

    fn faults(&self) -> &'static [&'static Fault] {
        faults::FAULTS
    }

    fn probe(&self, opening: &Opening<'_>) -> Probe {
        match opening.carrier {
            Carrier::Udp => datagram(opening),
            Carrier::Tcp => stream(opening),
            _ => Probe::NotMine,
        }
    }

    fn open(&self, opening: &Opening<'_>) -> Box<dyn super::Session> {
        let stream = opening.carrier == Carrier::Tcp;
        Box::new(session::Session::new(stream, opening.midstream))
    }
}

fn datagram(opening: &Opening<'_>) -> Probe {
    if Implicit::read(opening.octets).is_some() {
        return Probe::Certain;
    }
    match Header::read(opening.octets) {
        Some(header) if header.total() == opening.octets.len() => {
            judge(&header, header.sound(opening.octets), opening)
        }
        _ => Probe::NotMine,
    }
}

fn stream(opening: &Opening<'_>) -> Probe {
    let octets = opening.octets;
    let probe = match Header::read(octets) {
        Some(header) => match header.sound(octets) {
            Sound::More(_) => Probe::More,
            sound => judge(&header, sound, opening),
        },
        None if start(octets) => Probe::More,
        None => Probe::NotMine,
    };
    if probe != Probe::NotMine || !opening.midstream {
        return probe;
    }
    // A packet may have begun before what is seen here; but zeros within another protocol's
    // data read as a header too, so this is no certainty.
    match wire::find(octets, 0) {
        Some(at) => Probe::found(at, false),
        None if opening.port(PORT) && octets.len() < usize::from(wire::LENGTH_MAX) => Probe::More,
        None => Probe::NotMine,
    }
}

fn judge(header: &Header, sound: Sound, opening: &Opening<'_>) -> Probe {
    match sound {
        Sound::Strong => Probe::Certain,
        // A NOP is little more than zeros.
        Sound::Weak if header.command == Command::NOP && !opening.port(PORT) => Probe::NotMine,
        Sound::Weak => Probe::Unsure,
        Sound::More(_) | Sound::No => Probe::NotMine,
    }
}

/// Whether fewer octets than a header can be the start of one: a known command, a length that
/// goes with it, status and options of zero as far as they are here.
fn start(octets: &[u8]) -> bool {
    let mut padded = [0; HEADER];
    for (to, from) in padded.iter_mut().zip(octets) {
        *to = *from;
    }
    Header::read(&padded).is_some_and(|header| header.framed() && header.status <= 0xff)
}
