//! What the allocator keeps: kept small over the years that a sensor runs.
//!
//! To load tens of thousands of rules takes and frees several times what they hold in the end,
//! on several threads. The C library keeps what was freed, for each thread apart, so that every
//! reload would raise what the sensor holds. Called when a run begins and after rules were read
//! or let go of; never by what looks at packets.
#![allow(unsafe_code, reason = "two calls of the C library; reasons below")]

use std::thread;

/// Makes all threads share one store of free memory. To be called before any other is made:
/// threads that look at packets do not allocate for each, so that none waits for another.
pub(super) fn share() {
    #[cfg(target_env = "gnu")]
    {
        // SAFETY: sets a number that the allocator reads under its own lock; takes no pointer.
        unsafe { libc::mallopt(libc::M_ARENA_MAX, 1) };
    }
}

/// Gives free memory back to the system. Takes tens of milliseconds, in which no other thread
/// can allocate.
pub(super) fn give_back() {
    #[cfg(target_env = "gnu")]
    {
        // SAFETY: takes no pointer, and touches only what nobody holds.
        unsafe { libc::malloc_trim(0) };
    }
}

/// Lets go of something large beside what the caller does: to take tens of thousands of rules
/// apart takes a while.
pub(super) fn let_go(what: impl Send + 'static) {
    let work = move || {
        drop(what);
        give_back();
    };
    // Where no thread can be made it is dropped here and now.
    let _ = thread::Builder::new().name("let-go".to_owned()).spawn(work);
}

#[cfg(test)]
#[cfg(target_env = "gnu")]
mod tests {
    #![allow(clippy::unwrap_used, reason = "in tests")]

    use std::fs;

    /// What this process holds beside files, in KiB.
    fn held() -> u64 {
        let text = fs::read_to_string("/proc/self/status").unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix("RssAnon:"));
        let number = line.unwrap().trim_end_matches("kB").trim();
        number.parse().unwrap()
    }

    #[test]
    fn what_is_freed_goes_back() {
        let many: Vec<Box<[u8]>> = (0..256 << 10).map(|_| vec![1; 1 << 10].into()).collect();
        // Behind all of it, so that the store cannot shrink from its end.
        let last: Box<[u8]> = vec![1; 1 << 10].into();
        let full = held();
        drop(many);
        super::give_back();
        let now = held();
        drop(last);
        // Other tests take and free meanwhile.
        assert!(now + (128 << 10) < full, "{full} {now} KiB");
    }
}
