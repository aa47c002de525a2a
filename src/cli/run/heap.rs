//! Gives memory that was freed back to the system.
//!
//! Rules take hundreds of megabytes while they are compiled, in many small pieces; the allocator
//! keeps these for later, and the next reload takes others. A sensor runs for years beside
//! others, so what is not used must not be held.

/// Gives back what the allocator holds and nobody uses. Takes some milliseconds, in which other
/// threads may wait for memory: for reloads, not for packets.
#[allow(unsafe_code)]
pub(super) fn give_back() {
    #[cfg(target_env = "gnu")]
    // SAFETY: glibc's own bookkeeping; it takes its own locks and touches nothing in use
    // (malloc_trim(3), since glibc 2.8 for all arenas).
    unsafe {
        libc::malloc_trim(0);
    }
}
