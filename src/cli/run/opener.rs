//! The process apart that opens packet sockets for a live run: this program, begun again.
//!
//! It holds `CAP_NET_RAW` alone, may reach no file and no network, can do nothing but make packet
//! sockets, reads no packet and hears no order but to hand out one more. It ends when the sensor
//! has ended, however that was; signals do not end it before.

use super::confine;
use crate::capture::{Sockets, hand_out};
use crate::cli::Exit;
use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::thread::CapabilitySet;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGUSR2};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// What the process is called where it begins: how it knows what it is, and what `ps` shows.
pub(in crate::cli) const NAME: &str = "jaga: opens packet sockets";

/// How long it may take: an interface that came back waits for it.
const PATIENCE: Duration = Duration::from_secs(2);

/// Begins it.
pub(super) fn begin() -> io::Result<Sockets> {
    let (mine, theirs) = UnixStream::pair()?;
    let theirs: OwnedFd = theirs.into();
    // Nobody waits for it: it ends when nobody can ask it any more.
    Command::new("/proc/self/exe")
        .arg0(NAME)
        .env_clear()
        .stdin(Stdio::from(theirs))
        .stdout(Stdio::null())
        .spawn()?;
    set_socket_timeout(&mine, Timeout::Recv, Some(PATIENCE))?;
    Ok(Sockets::Asked(Arc::new(mine.into())))
}

/// Its whole life.
pub(in crate::cli) fn serve() -> Exit {
    for signal in [SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGUSR2] {
        // Where that fails the signal ends it, and an interface that is deleted stays deaf.
        let _ = signal_hook::flag::register(signal, Arc::new(AtomicBool::new(false)));
    }
    let door = io::stdin();
    let served = confine::keep(CapabilitySet::NET_RAW)
        .and_then(|()| confine::opener())
        .and_then(|()| hand_out(door.as_fd()));
    match served {
        Ok(()) => Exit::Done,
        Err(error) => {
            crate::cli::exit::tell(format_args!("{NAME}: {error}"), "");
            Exit::Internal
        }
    }
}
