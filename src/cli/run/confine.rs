//! What threads that touch packets may do: next to nothing.
//!
//! A packet is written by whoever sends it, and decoders are many. A thread that reads packets
//! has no capability, reaches no file (Landlock) and makes only the system calls that its work
//! takes (seccomp): nothing opens, connects, executes or sends. It can write to standard error,
//! for the message of a panic, and to the process that opens packet sockets; so no frame can
//! leave at an interface that is listened at, whatever a decoder is made to do. What is refused
//! fails as not permitted and ends nothing.

use crate::capture::Sockets;
use landlock::{ABI, Access, AccessFs, AccessNet, Ruleset, RulesetAttr};
use rustix::thread::{CapabilitySet, CapabilitySets, set_capabilities, set_no_new_privs};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, apply_filter,
};
use std::collections::BTreeMap;
use std::io;
use std::os::fd::AsRawFd;

/// The rights over files that the rest of the sensor keeps where it is run as root: it writes
/// where the user said, whoever owns that.
const FILES: CapabilitySet = CapabilitySet::DAC_OVERRIDE
    .union(CapabilitySet::DAC_READ_SEARCH)
    .union(CapabilitySet::FOWNER)
    .union(CapabilitySet::NET_BIND_SERVICE);

/// Memory, time, other threads of this process, and to end.
const ALWAYS: &[libc::c_long] = &[
    libc::SYS_brk,
    libc::SYS_clock_getres,
    libc::SYS_clock_gettime,
    libc::SYS_clock_nanosleep,
    libc::SYS_close,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_futex,
    libc::SYS_getcpu,
    libc::SYS_getpid,
    libc::SYS_getrandom,
    libc::SYS_gettid,
    libc::SYS_gettimeofday,
    libc::SYS_madvise,
    libc::SYS_membarrier,
    libc::SYS_mmap,
    libc::SYS_mprotect,
    libc::SYS_mremap,
    libc::SYS_munmap,
    libc::SYS_nanosleep,
    libc::SYS_prctl,
    libc::SYS_restart_syscall,
    libc::SYS_rseq,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_yield,
    libc::SYS_set_robust_list,
    libc::SYS_sigaltstack,
    libc::SYS_tgkill,
];

/// To listen at an interface, and to be told how it is.
const LISTENS: &[libc::c_long] = &[
    libc::SYS_bind,
    libc::SYS_getsockname,
    libc::SYS_getsockopt,
    libc::SYS_ppoll,
    libc::SYS_recvmsg,
    libc::SYS_setsockopt,
];

/// What may be asked of interfaces with `ioctl`; none of it changes them.
const ASKS: [libc::Ioctl; 3] = [libc::SIOCGIFINDEX, libc::SIOCGIFNAME, libc::SIOCGIFFLAGS];

/// Keeps these capabilities of this thread, and of the threads that it begins, and no others.
pub(super) fn keep(kept: CapabilitySet) -> io::Result<()> {
    let held = rustix::thread::capabilities(None)?;
    let nothing_new = set_no_new_privs(true);
    set_capabilities(
        None,
        CapabilitySets {
            effective: held.effective & kept,
            permitted: held.permitted & kept,
            inheritable: CapabilitySet::empty(),
        },
    )?;
    Ok(nothing_new?)
}

/// Keeps of this thread, and of the threads that it begins, the rights over files alone.
pub(super) fn keep_files() -> io::Result<()> {
    keep(FILES)
}

/// Confines this thread, which reads packets from now on.
pub(super) fn reader(sockets: &Sockets) -> io::Result<()> {
    keep(CapabilitySet::empty())?;
    reach_nothing()?;
    let mut calls = allowed(ALWAYS.iter().chain(LISTENS));
    let writes = [
        Some(libc::STDERR_FILENO),
        sockets.door().map(|door| door.as_raw_fd()),
    ];
    let writes = writes
        .into_iter()
        .flatten()
        .map(|fd| u64::try_from(fd).unwrap_or_default());
    calls.insert(libc::SYS_write, one_of(0, writes)?);
    calls.insert(libc::SYS_ioctl, one_of(1, ASKS)?);
    apply(calls)
}

/// Confines this process, which opens packet sockets from now on.
pub(super) fn opener() -> io::Result<()> {
    reach_nothing()?;
    let mut calls = allowed(ALWAYS.iter().chain(&[libc::SYS_read, libc::SYS_sendmsg]));
    let family = u64::try_from(libc::AF_PACKET).unwrap_or_default();
    calls.insert(libc::SYS_socket, one_of(0, [family])?);
    let message = u64::try_from(libc::STDERR_FILENO).unwrap_or_default();
    calls.insert(libc::SYS_write, one_of(0, [message])?);
    apply(calls)
}

/// No file and no port, as far as this kernel knows how to refuse that (Linux 5.13 and newer).
fn reach_nothing() -> io::Result<()> {
    Ruleset::default()
        .handle_access(AccessFs::from_all(ABI::V5))
        .and_then(|rules| rules.handle_access(AccessNet::from_all(ABI::V5)))
        .and_then(Ruleset::create)
        .and_then(landlock::RulesetCreated::restrict_self)
        .map(|_| ())
        .map_err(io::Error::other)
}

type Calls = BTreeMap<libc::c_long, Vec<SeccompRule>>;

fn allowed<'a>(calls: impl Iterator<Item = &'a libc::c_long>) -> Calls {
    calls.map(|call| (*call, Vec::new())).collect()
}

/// Where this argument is one of these.
fn one_of(argument: u8, values: impl IntoIterator<Item = u64>) -> io::Result<Vec<SeccompRule>> {
    let rule = |value| {
        let (length, equal) = (SeccompCmpArgLen::Dword, SeccompCmpOp::Eq);
        let condition = SeccompCondition::new(argument, length, equal, value)?;
        SeccompRule::new(vec![condition])
    };
    let rules: Result<_, _> = values.into_iter().map(rule).collect();
    rules.map_err(io::Error::other)
}

fn apply(calls: Calls) -> io::Result<()> {
    let refuse = SeccompAction::Errno(u32::try_from(libc::EPERM).unwrap_or(1));
    let machine = std::env::consts::ARCH
        .try_into()
        .map_err(|error| io::Error::other(format!("{error:?}")))?;
    let filter = SeccompFilter::new(calls, refuse, SeccompAction::Allow, machine);
    let program: BpfProgram = filter
        .and_then(TryInto::try_into)
        .map_err(io::Error::other)?;
    apply_filter(&program).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::io::Write;
    use std::net::UdpSocket;
    use std::os::unix::net::UnixStream;
    use std::sync::{Arc, mpsc};
    use std::thread;

    #[test]
    fn who_reads_packets_reaches_nothing_and_sends_nothing() {
        let (mine, mut theirs) = UnixStream::pair().unwrap();
        let sockets = Sockets::Asked(Arc::new(mine.into()));
        let there = UdpSocket::bind("127.0.0.1:0").unwrap();
        let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
        sender.connect(there.local_addr().unwrap()).unwrap();
        let mut scratch = tempfile::tempfile().unwrap();
        let (told, tells) = mpsc::channel();
        let (done, waits) = mpsc::channel::<()>();
        thread::scope(|scope| {
            let confined = scope.spawn(move || {
                reader(&sockets).unwrap();
                told.send(rustix::thread::gettid()).unwrap();
                let file = fs::File::open("/proc/self/status").map(drop);
                let sent = sender.send(b"x").map(drop);
                let written = scratch.write_all(b"x");
                let socket = UdpSocket::bind("127.0.0.1:0").map(drop);
                let begun = std::process::Command::new("/bin/true").spawn().map(drop);
                for refused in [file, sent, written, socket, begun] {
                    let kind = refused.unwrap_err().kind();
                    assert_eq!(kind, io::ErrorKind::PermissionDenied);
                }
                // What the work takes is there: memory, time, other threads, a message.
                let room = vec![1_u8; 64 << 20];
                assert_eq!(
                    room.iter().map(|one| usize::from(*one)).sum::<usize>(),
                    64 << 20
                );
                thread::sleep(std::time::Duration::from_millis(1));
                eprintln!("a confined thread can say what went wrong");
                rustix::io::write(sockets.door().unwrap(), &[7]).unwrap();
                let _ = waits.recv();
            });
            let thread = tells.recv().unwrap();
            let path = format!("/proc/self/task/{thread}/status");
            let status = fs::read_to_string(path).unwrap();
            for line in [
                "CapEff:\t0000000000000000",
                "CapPrm:\t0000000000000000",
                "NoNewPrivs:\t1",
                "Seccomp:\t2",
            ] {
                assert!(status.contains(line), "{line}: {status}");
            }
            let mut octet = [0];
            io::Read::read_exact(&mut theirs, &mut octet).unwrap();
            assert_eq!(octet, [7]);
            drop(done);
            confined.join().unwrap();
        });
        // The other threads are as they were.
        assert!(fs::read_to_string("/proc/self/status").is_ok());
    }
}
