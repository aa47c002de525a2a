//! The map of a plain file into memory: the one place of this room that is not safe Rust.
//!
//! Called by `open`. Holds nothing but the system call and its reason.
#![allow(
    unsafe_code,
    reason = "mapping a file is unsafe by its nature; reasons below"
)]

use memmap2::Mmap;
use std::fs::File;
use std::io;

/// Maps the whole file, read-only and private, as long as it is now.
pub(super) fn map(file: &File) -> io::Result<Mmap> {
    // SAFETY: the map is read-only and is only ever lent as `&[u8]` whose octets nothing here
    // assumes to be constant or valid: the parsers check every length they read in the same
    // step that uses it, so another program that overwrites the file can change what is read
    // but not where. The map covers the length at this moment, so a file that grows is no
    // danger. Should another program cut the file shorter, the kernel ends this process with
    // SIGBUS, which is no undefined behaviour; `Config::map` is the way round it.
    let map = unsafe { Mmap::map(file)? };
    #[cfg(unix)]
    // Only a hint: read ahead, and forget behind.
    let _ = map.advise(memmap2::Advice::Sequential);
    Ok(map)
}
