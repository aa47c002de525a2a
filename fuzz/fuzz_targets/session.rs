//! The session of one protocol, named by the variable PROTOCOL: any packets and gaps.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static PROTOCOL: LazyLock<String> =
    LazyLock::new(|| std::env::var("PROTOCOL").expect("PROTOCOL names the protocol"));

fuzz_target!(|data: &[u8]| jaga_fuzz::session(&PROTOCOL, data));
