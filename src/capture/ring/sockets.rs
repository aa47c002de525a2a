//! Where packet sockets come from: made here, or by a process apart that alone may make them.
//!
//! The process apart holds `CAP_NET_RAW` and nothing else, reads no packet, and hands out a
//! socket for each octet that it is sent. So whoever reads packets needs no right at all, and can
//! still listen again at an interface that was deleted and made again, any number of times.

use rustix::io::{Errno, read, retry_on_intr, write};
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, SocketFlags, SocketType, recvmsg, sendmsg, socket_with,
};
use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;

/// Where packet sockets come from.
#[derive(Clone, Debug, Default)]
pub enum Sockets {
    /// This process makes them.
    #[default]
    Made,
    /// Another process does, and hands them over through this.
    Asked(Arc<OwnedFd>),
}

impl Sockets {
    /// A packet socket that hears nothing yet.
    pub(super) fn socket(&self) -> io::Result<OwnedFd> {
        match self {
            Self::Made => made(),
            Self::Asked(door) => asked(door.as_fd()),
        }
    }

    /// The number of the descriptor that is asked through.
    #[must_use]
    pub fn door(&self) -> Option<BorrowedFd<'_>> {
        match self {
            Self::Made => None,
            Self::Asked(door) => Some(door.as_fd()),
        }
    }
}

/// Hands out a packet socket for each octet that comes through `door`, until nobody can ask any
/// more.
///
/// # Errors
///
/// The door cannot be read or written.
pub fn hand_out(door: BorrowedFd<'_>) -> io::Result<()> {
    let mut asked = [0];
    while retry_on_intr(|| read(door, &mut asked))? > 0 {
        let made = made();
        let number = made.as_ref().err().and_then(io::Error::raw_os_error);
        let answer = number.unwrap_or_default().to_ne_bytes();
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut rights = SendAncillaryBuffer::new(&mut space);
        let handed = made.as_ref().ok().map(|made| [made.as_fd()]);
        if let Some(handed) = &handed {
            rights.push(SendAncillaryMessage::ScmRights(handed));
        }
        let octets = [IoSlice::new(&answer)];
        let flags = SendFlags::NOSIGNAL;
        match retry_on_intr(|| sendmsg(door, &octets, &mut rights, flags)) {
            Ok(_) => {}
            // Whoever asked is gone.
            Err(Errno::PIPE | Errno::CONNRESET) => break,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Made for protocol 0, which receives nothing.
fn made() -> io::Result<OwnedFd> {
    let (family, kind) = (AddressFamily::PACKET, SocketType::RAW);
    Ok(socket_with(family, kind, SocketFlags::CLOEXEC, None)?)
}

fn asked(door: BorrowedFd<'_>) -> io::Result<OwnedFd> {
    retry_on_intr(|| write(door, &[1]))?;
    let mut answer = [0; 4];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut rights = RecvAncillaryBuffer::new(&mut space);
    let received = retry_on_intr(|| {
        let mut octets = [IoSliceMut::new(&mut answer)];
        recvmsg(door, &mut octets, &mut rights, RecvFlags::CMSG_CLOEXEC)
    })?;
    let handed = rights.drain().find_map(|message| match message {
        RecvAncillaryMessage::ScmRights(mut handed) => handed.next(),
        _ => None,
    });
    match (handed, received.bytes, i32::from_ne_bytes(answer)) {
        (Some(socket), ..) => Ok(socket),
        (None, 4, number) if number != 0 => Err(io::Error::from_raw_os_error(number)),
        _ => Err(io::Error::new(
            io::ErrorKind::BrokenPipe,
            "the process that opens packet sockets has ended; start jaga again",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixStream;

    /// Without the right to make packet sockets the reason comes through, with it the socket.
    #[test]
    fn what_is_asked_for_is_what_is_made() {
        let (mine, theirs) = UnixStream::pair().unwrap();
        let server = std::thread::spawn(move || hand_out(theirs.as_fd()));
        let sockets = Sockets::Asked(Arc::new(mine.into()));
        for _ in 0..3 {
            match (sockets.socket(), made()) {
                (Ok(_), Ok(_)) => {}
                (Err(asked), Err(made)) => {
                    assert_eq!(asked.raw_os_error(), made.raw_os_error());
                }
                other => panic!("{other:?}"),
            }
        }
        drop(sockets);
        server.join().unwrap().unwrap();
    }

    #[test]
    fn who_hands_out_no_more_is_told() {
        let (mine, theirs) = UnixStream::pair().unwrap();
        let sockets = Sockets::Asked(Arc::new(mine.into()));
        drop(theirs);
        assert!(sockets.socket().is_err());
    }
}
