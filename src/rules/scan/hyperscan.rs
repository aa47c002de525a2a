//! Patterns by Hyperscan 5.4 (on arm64 Vectorscan, which has the same interface): the one file
//! of the rule language with `unsafe` code.
//!
//! The library is called for literals in block mode alone. Nothing but [`Database`] and
//! [`Scratch`] leaves this file, and both own what the library gave them.
#![allow(unsafe_code, reason = "calls a C library")]

use super::Pattern;
use std::ffi::{CStr, c_char, c_int, c_uint, c_ulonglong, c_void};
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};

/// `HS_SUCCESS`.
const SUCCESS: c_int = 0;
/// `HS_FLAG_CASELESS`.
const CASELESS: c_uint = 1;
/// `HS_FLAG_SINGLEMATCH`: each number is told once a scan.
const SINGLE: c_uint = 8;
/// `HS_MODE_BLOCK`.
const BLOCK: c_uint = 1;

/// Opaque to us.
#[repr(C)]
struct RawDatabase {
    _private: [u8; 0],
}

/// Opaque to us.
#[repr(C)]
struct RawScratch {
    _private: [u8; 0],
}

/// Opaque to us: its message is of no use to the writer of a rule.
#[repr(C)]
struct RawError {
    _private: [u8; 0],
}

/// `hs_platform_info_t`.
#[repr(C)]
#[derive(Default)]
struct Platform {
    tune: c_uint,
    features: c_ulonglong,
    reserved: [c_ulonglong; 2],
}

unsafe extern "C" {
    /// Of the C library: gives back what `hs_serialize_database` took.
    fn free(octets: *mut c_void);
}

type OnMatch = extern "C" fn(c_uint, c_ulonglong, c_ulonglong, c_uint, *mut c_void) -> c_int;

#[link(name = "hs")]
unsafe extern "C" {
    fn hs_valid_platform() -> c_int;
    fn hs_compile_lit_multi(
        expressions: *const *const c_char,
        flags: *const c_uint,
        ids: *const c_uint,
        lengths: *const usize,
        elements: c_uint,
        mode: c_uint,
        platform: *const c_void,
        database: *mut *mut RawDatabase,
        error: *mut *mut RawError,
    ) -> c_int;
    fn hs_free_database(database: *mut RawDatabase) -> c_int;
    fn hs_serialize_database(
        database: *const RawDatabase,
        octets: *mut *mut c_char,
        length: *mut usize,
    ) -> c_int;
    fn hs_deserialize_database(
        octets: *const c_char,
        length: usize,
        database: *mut *mut RawDatabase,
    ) -> c_int;
    fn hs_populate_platform(platform: *mut Platform) -> c_int;
    fn hs_version() -> *const c_char;
    fn hs_free_compile_error(error: *mut RawError) -> c_int;
    fn hs_alloc_scratch(database: *const RawDatabase, scratch: *mut *mut RawScratch) -> c_int;
    fn hs_free_scratch(scratch: *mut RawScratch) -> c_int;
    fn hs_scan(
        database: *const RawDatabase,
        data: *const c_char,
        length: c_uint,
        flags: c_uint,
        scratch: *mut RawScratch,
        on_match: OnMatch,
        context: *mut c_void,
    ) -> c_int;
}

/// The library's version, and what it compiles for on this machine: a database is of use where
/// both are the same.
pub(super) fn identity() -> Option<String> {
    let mut platform = Platform::default();
    // SAFETY: the library writes the two numbers and keeps no pointer.
    if unsafe { hs_populate_platform(&raw mut platform) } != SUCCESS {
        return None;
    }
    // SAFETY: the library answers a constant string that ends with a zero.
    let version = unsafe { CStr::from_ptr(hs_version()) }.to_string_lossy();
    Some(format!(
        "{version} {} {:x}",
        platform.tune, platform.features
    ))
}

/// Compiled patterns.
#[derive(Debug)]
pub(super) struct Database {
    raw: ptr::NonNull<RawDatabase>,
    /// Numbers databases, so that a scratch knows for which it has room.
    number: usize,
}

// SAFETY: a compiled database is never changed; the library documents that any number of threads
// may scan with one database, each with its own scratch.
unsafe impl Send for Database {}
// SAFETY: as above.
unsafe impl Sync for Database {}

/// What scans write into. One at a time may use it, which `&mut` holds.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    raw: Option<ptr::NonNull<RawScratch>>,
    /// The databases it has room for, by their numbers.
    fits: Vec<bool>,
}

// SAFETY: a scratch is plain memory without ties to the thread that allocated it; it is used
// through `&mut` alone.
unsafe impl Send for Scratch {}

impl Database {
    fn new(raw: *mut RawDatabase) -> Option<Self> {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        Some(Self {
            raw: ptr::NonNull::new(raw)?,
            number: NUMBER.fetch_add(1, Ordering::Relaxed),
        })
    }

    /// Compiles patterns; `None` where this CPU cannot run the library, or it refuses them.
    pub(super) fn compile(patterns: &[Pattern<'_>]) -> Option<Self> {
        // SAFETY: takes nothing and only reads the CPU's features.
        if unsafe { hs_valid_platform() } != SUCCESS {
            return None;
        }
        let used = || (0u32..).zip(patterns).filter(|(_, p)| !p.octets.is_empty());
        let ids: Vec<c_uint> = used().map(|(number, _)| number).collect();
        let flag = |nocase| SINGLE | if nocase { CASELESS } else { 0 };
        let flags: Vec<c_uint> = used().map(|(_, p)| flag(p.nocase)).collect();
        let lengths: Vec<usize> = used().map(|(_, p)| p.octets.len()).collect();
        let expressions: Vec<*const c_char> =
            used().map(|(_, p)| p.octets.as_ptr().cast()).collect();
        let mut database = ptr::null_mut();
        let mut error = ptr::null_mut();
        // SAFETY: the four arrays have `ids.len()` elements each, and each expression has as
        // many octets as `lengths` says; all outlive the call, which keeps none of them. The
        // library writes a database or an error through the last two pointers.
        let result = unsafe {
            hs_compile_lit_multi(
                expressions.as_ptr(),
                flags.as_ptr(),
                ids.as_ptr(),
                lengths.as_ptr(),
                c_uint::try_from(ids.len()).ok()?,
                BLOCK,
                ptr::null(),
                &raw mut database,
                &raw mut error,
            )
        };
        if !error.is_null() {
            // SAFETY: the library gave this error to us, and it is freed once.
            unsafe { hs_free_compile_error(error) };
        }
        if result != SUCCESS {
            return None;
        }
        Self::new(database)
    }

    /// What [`Database::from_octets`] makes this database of again.
    pub(super) fn to_octets(&self) -> Option<Vec<u8>> {
        let (mut octets, mut length) = (ptr::null_mut(), 0);
        // SAFETY: the database is alive; the library writes a pointer to memory it allocated
        // and its length.
        let result =
            unsafe { hs_serialize_database(self.raw.as_ptr(), &raw mut octets, &raw mut length) };
        let octets = ptr::NonNull::new(octets).filter(|_| result == SUCCESS)?;
        // SAFETY: the library filled so many octets there, and nobody else has them.
        let copy =
            unsafe { std::slice::from_raw_parts(octets.as_ptr().cast::<u8>(), length) }.to_vec();
        // SAFETY: the library allocates with `malloc`, and it is freed once.
        unsafe { free(octets.as_ptr().cast()) };
        Some(copy)
    }

    /// The database that was written as these octets by the same version for the same machine.
    /// They must be ours: the library checks a checksum, and not what a scan would do.
    pub(super) fn from_octets(octets: &[u8]) -> Option<Self> {
        let mut database = ptr::null_mut();
        // SAFETY: so many octets are there; the library copies them into a database of its own.
        let result = unsafe {
            hs_deserialize_database(octets.as_ptr().cast(), octets.len(), &raw mut database)
        };
        if result != SUCCESS {
            return None;
        }
        Self::new(database)
    }

    /// Adds the numbers of the patterns found to `hits`.
    pub(super) fn scan(&self, octets: &[u8], scratch: &mut Scratch, hits: &mut Vec<u32>) {
        let Some(raw) = scratch.room_for(self) else {
            return;
        };
        // One buffer is at most what one PDU or one window holds, far below this bound.
        let length = c_uint::try_from(octets.len()).unwrap_or(c_uint::MAX);
        // SAFETY: `octets` has at least `length` octets; the scratch has room for this database
        // and nobody else uses it; `found` gets back the pointer to `hits`, which outlives the
        // call and is not used beside it.
        unsafe {
            hs_scan(
                self.raw.as_ptr(),
                octets.as_ptr().cast(),
                length,
                0,
                raw.as_ptr(),
                found,
                ptr::from_mut(hits).cast(),
            );
        }
    }
}

impl Scratch {
    /// Makes room for a database, once.
    fn room_for(&mut self, database: &Database) -> Option<ptr::NonNull<RawScratch>> {
        if self.fits.get(database.number).copied() != Some(true) {
            let mut raw = self.raw.map_or(ptr::null_mut(), ptr::NonNull::as_ptr);
            // SAFETY: `raw` is null or a scratch of ours that nobody uses now; the library
            // leaves it, or frees it and writes a larger one.
            let result = unsafe { hs_alloc_scratch(database.raw.as_ptr(), &raw mut raw) };
            self.raw = ptr::NonNull::new(raw);
            if result != SUCCESS {
                return None;
            }
            if self.fits.len() <= database.number {
                self.fits.resize(database.number + 1, false);
            }
            if let Some(fits) = self.fits.get_mut(database.number) {
                *fits = true;
            }
        }
        self.raw
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // SAFETY: the library gave it to us, and it is freed once.
        unsafe { hs_free_database(self.raw.as_ptr()) };
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Some(raw) = self.raw {
            // SAFETY: the library gave it to us, and it is freed once.
            unsafe { hs_free_scratch(raw.as_ptr()) };
        }
    }
}

/// Takes one match of a scan.
extern "C" fn found(
    id: c_uint,
    _from: c_ulonglong,
    _to: c_ulonglong,
    _flags: c_uint,
    context: *mut c_void,
) -> c_int {
    // SAFETY: `scan` passed a pointer to a live vector that is not used while the scan runs.
    let hits = unsafe { &mut *context.cast::<Vec<u32>>() };
    hits.push(id);
    0
}
