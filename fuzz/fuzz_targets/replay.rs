//! All of it: any octets as a capture, through the reader, the workers and the desk. Whatever
//! they are, the books balance and nothing panics, on the workers neither.
#![no_main]

use jaga::capture::Captures;
use jaga::desk::Desk;
use jaga::sensor::{self, Dropped, Progress};
use libfuzzer_sys::fuzz_target;
use std::io::Cursor;
use std::path::Path;

fuzz_target!(|data: &[u8]| {
    let octets = Box::new(Cursor::new(data.to_vec()));
    let Ok(captures) = Captures::from_reader(Path::new("fuzz"), octets) else {
        return;
    };
    let mut desk = Desk::default();
    let config = sensor::Config { workers: 1 };
    let progress = Progress::default();
    let outcome = sensor::replay(captures, config, sensor::Watch::default(), &progress, &mut |mut event| {
        desk.take(&mut event);
    });
    assert_eq!(outcome.imbalance, None, "{:?}", outcome.books);
    assert_eq!(outcome.books.panics, 0);
    assert_eq!(outcome.books.dropped[Dropped::Panic as usize], 0);
});
