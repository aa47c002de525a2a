//! The map of a plain file into memory: the one place of this room that is not safe Rust.
//!
//! Called by `open`, and by the command line for [`when_cut`]. Holds nothing but the system
//! calls and their reasons.
#![allow(
    unsafe_code,
    reason = "mapping a file is unsafe by its nature; reasons below"
)]

use memmap2::Mmap;
use signal_hook::consts::SIGBUS;
use signal_hook::low_level;
use std::fs::File;
use std::io;
use std::os::fd::AsFd as _;

/// Maps the whole file, read-only and private, as long as it is now.
pub(super) fn map(file: &File) -> io::Result<Mmap> {
    // SAFETY: the map is read-only and is only ever lent as `&[u8]` whose octets nothing here
    // assumes to be constant or valid: the parsers check every length they read in the same
    // step that uses it, so another program that overwrites the file can change what is read
    // but not where. The map covers the length at this moment, so a file that grows is no
    // danger. Should another program cut the file shorter, the kernel sends this process
    // SIGBUS, which is no undefined behaviour: `when_cut` tells of it, and `Config::map` is
    // the way round it.
    let map = unsafe { Mmap::map(file)? };
    #[cfg(unix)]
    // Only a hint: read ahead, and forget behind.
    let _ = map.advise(memmap2::Advice::Sequential);
    Ok(map)
}

/// From now on, a mapped file that another program cuts shorter, or whose disk fails, ends the
/// process with this message on standard error and this exit code. Without it the kernel would
/// end it without a word.
///
/// # Errors
/// The system does not let the signal be handled.
pub fn when_cut(message: &'static str, code: i32) -> io::Result<()> {
    let stderr = io::stderr();
    let end = move || {
        let _ = rustix::io::write(stderr.as_fd(), message.as_bytes());
        low_level::exit(code);
    };
    // SAFETY: the action does only what POSIX allows in a handler (`write`, `_exit`): it takes
    // no lock, allocates nothing and cannot panic. Asking for the descriptor of standard error
    // takes no lock either.
    unsafe { low_level::register(SIGBUS, end) }.map(|_| ())
}
