//! The memory that the kernel puts frames into, block by block.
//!
//! Called by the ring. A block belongs to the kernel or to this process, never to both: the
//! word of its status says whose it is. One that was claimed is lent as octets until the
//! [`Lent`] is dropped, on whatever thread; that gives it back to the kernel.
#![allow(
    unsafe_code,
    reason = "memory shared with the kernel is unsafe by its nature; reasons below"
)]

use super::socket::Socket;
use memmap2::{MmapOptions, MmapRaw};
use std::fmt;
use std::io;
use std::os::fd::{AsFd as _, AsRawFd as _};
use std::slice;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// Where the word of the status stands in a block (`tpacket_hdr_v1.block_status`).
const STATUS: usize = 8;
/// The block is the kernel's.
const KERNEL: u32 = libc::TP_STATUS_KERNEL;
/// The block is ours.
const USER: u32 = libc::TP_STATUS_USER;

/// All blocks of a ring. The map keeps the socket's memory as long as anything is lent.
pub(super) struct Blocks {
    map: MmapRaw,
    /// Octets of one block.
    size: usize,
    /// Which blocks are lent: the kernel's word says only that they are ours.
    lent: Box<[AtomicBool]>,
}

impl fmt::Debug for Blocks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Blocks")
            .field("size", &self.size)
            .field("count", &self.lent.len())
            .finish_non_exhaustive()
    }
}

impl Blocks {
    /// Maps the ring of a socket: `count` blocks of `size` octets.
    pub(super) fn map(socket: &Socket, size: u32, count: u32) -> io::Result<Arc<Self>> {
        let (size, count) = (size as usize, count as usize);
        let map = MmapOptions::new()
            .len(size.saturating_mul(count))
            .map_raw(socket.as_fd().as_raw_fd())?;
        let lent = (0..count).map(|_| AtomicBool::new(false)).collect();
        Ok(Arc::new(Self { map, size, lent }))
    }

    /// How many there are.
    pub(super) const fn count(&self) -> usize {
        self.lent.len()
    }

    /// Claims a block, if the kernel has handed it over and it is not lent already.
    pub(super) fn claim(self: &Arc<Self>, number: usize) -> Option<Lent> {
        let lent = self.lent.get(number)?;
        if lent.swap(true, Ordering::Acquire) {
            return None;
        }
        if self.status(number).load(Ordering::Acquire) & USER == 0 {
            lent.store(false, Ordering::Release);
            return None;
        }
        Some(Lent {
            blocks: Arc::clone(self),
            number,
        })
    }

    /// Where a block begins; `number` is below [`count`](Self::count).
    fn start(&self, number: usize) -> *mut u8 {
        debug_assert!(number < self.lent.len());
        // SAFETY: the map is `size` times `count` octets long and `number` is below `count`.
        unsafe { self.map.as_mut_ptr().add(number * self.size) }
    }

    /// The word that says whose a block is.
    fn status(&self, number: usize) -> &AtomicU32 {
        // SAFETY: the word lies inside the block, blocks begin at multiples of a page, so that
        // it is aligned, and both sides write it in one piece only.
        unsafe { AtomicU32::from_ptr(self.start(number).add(STATUS).cast()) }
    }
}

/// A block that is ours until this is dropped.
#[derive(Debug)]
pub(in crate::capture) struct Lent {
    blocks: Arc<Blocks>,
    /// Below the number of blocks: `claim` has looked.
    number: usize,
}

impl Lent {
    /// Its octets, the kernel's headers included.
    #[inline]
    pub(in crate::capture) fn octets(&self) -> &[u8] {
        // SAFETY: the block is claimed, by this value alone (`lent`), and the kernel writes to no
        // block that is not its own, so that nothing changes these octets while they are lent
        // out of `&self`. They were written by the kernel before it changed the status, which
        // was read with `Acquire`.
        unsafe { slice::from_raw_parts(self.blocks.start(self.number), self.blocks.size) }
    }

    /// Its octets, to be changed.
    pub(super) fn octets_mut(&mut self) -> &mut [u8] {
        // SAFETY: as above; and `&mut self` is the only way to these octets.
        unsafe { slice::from_raw_parts_mut(self.blocks.start(self.number), self.blocks.size) }
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        // First the kernel's word, then ours: in between nobody can claim it.
        let status = self.blocks.status(self.number);
        status.store(KERNEL, Ordering::Release);
        if let Some(lent) = self.blocks.lent.get(self.number) {
            lent.store(false, Ordering::Release);
        }
    }
}
