//! The reader of pcapng files: any octets behind its magic number.
#![no_main]

use jaga::capture::{FRAME_MAX, walk};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut octets = data.to_vec();
    if let Some(magic) = octets.first_chunk_mut() {
        *magic = [0x0a, 0x0d, 0x0d, 0x0a];
    }
    let damage = walk(&octets, &mut |record, frame| {
        assert_eq!(record.captured as usize, frame.len());
        assert!(record.captured <= FRAME_MAX);
    });
    if let Ok(Some((offset, _))) = damage {
        assert!(offset <= octets.len() as u64);
    }
});
