//! The packet socket that a ring hangs on: system calls and their reasons.
//!
//! Called by the ring when it is opened and when its counters are read. The descriptor never
//! leaves this folder, and nothing here sends: the socket is made for protocol 0, which
//! receives nothing, and is bound to the one interface for receiving alone; there is no call of
//! `send`, `write` or `PACKET_TX_RING` in this room.
#![allow(
    unsafe_code,
    reason = "options of packet sockets are known to no safe interface; reasons below"
)]

use super::sockets::Sockets;
use super::{Fault, Step};
use crate::capture::filter::Instruction;
use rustix::net::{AddressFamily, SocketFlags, SocketType, netdevice, socket_with, sockopt};
use std::ffi::c_int;
use std::io;
use std::mem::zeroed;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

/// Frames of every protocol, in network byte order.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "0x0003 fits"
)]
const ALL: u16 = (libc::ETH_P_ALL as u16).to_be();

/// An instruction of the classic packet filter: return a constant.
#[allow(clippy::cast_possible_truncation, reason = "both are below 16")]
const RETURN: u16 = (libc::BPF_RET | libc::BPF_K) as u16;

/// Octets kept free before each frame: room for a VLAN tag.
const RESERVE: c_int = 4;

/// A packet socket that hears one interface.
#[derive(Debug)]
pub(super) struct Socket {
    fd: OwnedFd,
    /// The interface's number; another one once it was deleted and made again.
    pub(super) index: u32,
    /// Its kind of hardware (`ARPHRD_`).
    pub(super) hardware: u16,
}

/// What the kernel counted since it was last asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counted {
    /// Frames for this socket, those dropped included.
    pub(super) received: u32,
    /// Frames dropped because the ring was full.
    pub(super) dropped: u32,
}

/// The state of an interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::capture) struct State {
    /// Switched on.
    pub(in crate::capture) up: bool,
    /// The link is there.
    pub(in crate::capture) running: bool,
    /// It answers who has its addresses (ARP).
    pub(in crate::capture) arp: bool,
}

impl Socket {
    /// A socket that hears nothing yet, with a ring of these blocks.
    pub(super) fn new(
        sockets: &Sockets,
        (size, count): (u32, u32),
        retire: u32,
    ) -> Result<Self, Fault> {
        let fd = sockets
            .socket()
            .map_err(|error| Fault(Step::Socket, error))?;
        let this = Self {
            fd,
            index: 0,
            hardware: 0,
        };
        let version = libc::tpacket_versions::TPACKET_V3 as c_int;
        this.set(libc::PACKET_VERSION, &version, Step::Version)?;
        this.set(libc::PACKET_RESERVE, &RESERVE, Step::Ring)?;
        this.set(libc::PACKET_IGNORE_OUTGOING, &1, Step::Incoming)?;
        let ring = libc::tpacket_req3 {
            tp_block_size: size,
            tp_block_nr: count,
            // Of no meaning in this version but for a check by the kernel.
            tp_frame_size: 2048,
            tp_frame_nr: (size / 2048).saturating_mul(count),
            tp_retire_blk_tov: retire,
            tp_sizeof_priv: 0,
            tp_feature_req_word: 0,
        };
        this.set(libc::PACKET_RX_RING, &ring, Step::Ring)?;
        // Time is taken where the frame comes in, before it waits for a processor, and is the
        // same for all who listen.
        this.option(libc::SOL_SOCKET, libc::SO_TIMESTAMPNS, &1, Step::Time)?;
        Ok(this)
    }

    /// Hears an interface from now on, whatever frames it is sent.
    pub(super) fn bind(&mut self, name: &str) -> Result<(), Fault> {
        let index = netdevice::name_to_index(&self.fd, name)
            .map_err(|error| Fault(Step::Name, error.into()))?;
        let number = c_int::try_from(index).unwrap_or(0);
        // SAFETY: `sockaddr_ll` and `packet_mreq` are plain integers: all zero is a value of them.
        let (mut address, mut group) =
            unsafe { (zeroed::<libc::sockaddr_ll>(), zeroed::<libc::packet_mreq>()) };
        address.sll_family = u16::try_from(libc::AF_PACKET).unwrap_or_default();
        address.sll_protocol = ALL;
        address.sll_ifindex = number;
        let mut length = length_of::<libc::sockaddr_ll>();
        let place = (&raw mut address).cast::<libc::sockaddr>();
        // SAFETY: `place` points to `address`, which lives on this stack and is as long as
        // `length` says; the kernel reads it in the first call and fills it in the second.
        let (bound, named) = unsafe {
            let fd = self.fd.as_raw_fd();
            let bound = libc::bind(fd, place, length);
            (bound, libc::getsockname(fd, place, &raw mut length))
        };
        if bound != 0 || named != 0 {
            return Err(Fault(Step::Bind, io::Error::last_os_error()));
        }
        self.index = index;
        self.hardware = address.sll_hatype;
        group.mr_ifindex = number;
        group.mr_type = u16::try_from(libc::PACKET_MR_PROMISC).unwrap_or_default();
        self.set(libc::PACKET_ADD_MEMBERSHIP, &group, Step::Promiscuous)
    }

    /// Hears nothing more. What waits in the ring stays; the kernel counts nothing any more.
    pub(super) fn deafen(&self) -> Result<(), Fault> {
        self.filter(&[Instruction {
            code: RETURN,
            yes: 0,
            no: 0,
            value: 0,
        }])
    }

    /// Hears from now on what this program gives another number than 0 for, in place of the
    /// program before. Other frames are not counted.
    pub(super) fn filter(&self, program: &[Instruction]) -> Result<(), Fault> {
        let instruction = |one: &Instruction| libc::sock_filter {
            code: one.code,
            jt: one.yes,
            jf: one.no,
            k: one.value,
        };
        let mut instructions: Vec<_> = program.iter().map(instruction).collect();
        let program = libc::sock_fprog {
            // The kernel refuses more than 4,096, and so does who makes them.
            len: u16::try_from(instructions.len()).unwrap_or_default(),
            filter: instructions.as_mut_ptr(),
        };
        // The kernel copies the program before the call returns.
        self.option(
            libc::SOL_SOCKET,
            libc::SO_ATTACH_FILTER,
            &program,
            Step::Filter,
        )
    }

    /// What the kernel counted since this was last asked.
    pub(super) fn counted(&self) -> Counted {
        // SAFETY: plain integers: all zero is a value.
        let mut stats = unsafe { zeroed::<libc::tpacket_stats_v3>() };
        let mut length = length_of::<libc::tpacket_stats_v3>();
        // SAFETY: the kernel writes at most `length` octets, which is the length of `stats`.
        let read = unsafe {
            libc::getsockopt(
                self.fd.as_raw_fd(),
                libc::SOL_PACKET,
                libc::PACKET_STATISTICS,
                (&raw mut stats).cast(),
                &raw mut length,
            )
        };
        if read != 0 {
            return Counted::default();
        }
        Counted {
            received: stats.tp_packets,
            dropped: stats.tp_drops,
        }
    }

    /// Takes the error that waits at the socket, as after its interface went down; it would be
    /// told again and again.
    pub(super) fn take_error(&self) {
        let _ = sockopt::socket_error(&self.fd);
    }

    fn set<T>(&self, option: c_int, value: &T, step: Step) -> Result<(), Fault> {
        self.option(libc::SOL_PACKET, option, value, step)
    }

    fn option<T>(&self, level: c_int, option: c_int, value: &T, step: Step) -> Result<(), Fault> {
        // SAFETY: the kernel reads as many octets as `value` has, and what it points to (the
        // instructions of a filter) lives until the call returns.
        let set = unsafe {
            libc::setsockopt(
                self.fd.as_raw_fd(),
                level,
                option,
                std::ptr::from_ref(value).cast(),
                length_of::<T>(),
            )
        };
        match set {
            0 => Ok(()),
            _ => Err(Fault(step, io::Error::last_os_error())),
        }
    }
}

/// Asks the system about interfaces; hears none.
#[derive(Debug)]
pub(in crate::capture) struct Probe(OwnedFd);

impl Probe {
    /// A way to ask.
    pub(in crate::capture) fn new() -> io::Result<Self> {
        // Any socket will do; this kind needs no rights and reaches nobody.
        let fd = socket_with(
            AddressFamily::UNIX,
            SocketType::DGRAM,
            SocketFlags::CLOEXEC,
            None,
        )?;
        Ok(Self(fd))
    }

    /// The number that an interface of this name has now.
    pub(in crate::capture) fn index_of(&self, name: &str) -> Option<u32> {
        netdevice::name_to_index(&self.0, name).ok()
    }

    /// The name that the interface of this number has now; `None` once it was deleted.
    pub(in crate::capture) fn name(&self, index: u32) -> Option<String> {
        netdevice::index_to_name(&self.0, index).ok()
    }

    /// The state of the interface of this name.
    pub(in crate::capture) fn state(&self, name: &str) -> Option<State> {
        let answer = ask(&self.0, name, libc::SIOCGIFFLAGS)?;
        // SAFETY: that request fills in the flags.
        let flags = c_int::from(unsafe { answer.ifr_ifru.ifru_flags });
        Some(State {
            up: flags & libc::IFF_UP != 0,
            running: flags & libc::IFF_RUNNING != 0,
            arp: flags & libc::IFF_NOARP == 0,
        })
    }

    /// Whether the interface of this name has an IPv4 address.
    pub(in crate::capture) fn has_address(name: &str) -> bool {
        let flags = SocketFlags::CLOEXEC;
        let socket = socket_with(AddressFamily::INET, SocketType::DGRAM, flags, None);
        socket.is_ok_and(|socket| ask(&socket, name, libc::SIOCGIFADDR).is_some())
    }
}

/// Asks the system about the interface of this name; `None` where it has no answer.
fn ask(socket: &OwnedFd, name: &str, request: libc::Ioctl) -> Option<libc::ifreq> {
    // SAFETY: plain integers: all zero is a value.
    let mut asked = unsafe { zeroed::<libc::ifreq>() };
    let places = asked.ifr_name.iter_mut();
    // The last place stays zero: the end of the name.
    if name.len() >= places.len() {
        return None;
    }
    for (place, octet) in places.zip(name.bytes()) {
        *place = octet.cast_signed();
    }
    // SAFETY: these requests read and write an `ifreq`, which `asked` is.
    let answer = unsafe { libc::ioctl(socket.as_raw_fd(), request, &raw mut asked) };
    (answer == 0).then_some(asked)
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

fn length_of<T>() -> libc::socklen_t {
    libc::socklen_t::try_from(size_of::<T>()).unwrap_or_default()
}
