//! Unpacks gzip (RFC 1952), of any number of members, up to the very octet where it is broken.
//!
//! Made by `open`. The readers of the crate beneath drop what they unpacked in the call that
//! meets an error; this one hands it out first and tells the error afterwards. Opens nothing.

use flate2::{Decompress, FlushDecompress, Status};
use std::io::{self, BufRead, BufReader, Read};

/// The largest window of deflate, as a power of two: every stream may use it.
const WINDOW: u8 = 15;

/// The octets of a gzip stream, unpacked.
pub(super) struct Gunzip<R> {
    packed: BufReader<R>,
    inflate: Decompress,
    /// Inside a member: the stream may not end here.
    inside: bool,
    /// What is wrong, once all before it was handed out.
    broken: Option<io::Error>,
}

impl<R: Read> Gunzip<R> {
    pub(super) fn new(packed: R) -> Self {
        Self {
            packed: BufReader::new(packed),
            inflate: Decompress::new_gzip(WINDOW),
            inside: false,
            broken: None,
        }
    }

    /// Unpacks once: how many octets were made, and whether there may be more.
    fn step(&mut self, into: &mut [u8]) -> io::Result<(usize, bool)> {
        let packed = self.packed.fill_buf()?;
        if packed.is_empty() && !self.inside {
            return Ok((0, false));
        }
        let (taken, made) = (self.inflate.total_in(), self.inflate.total_out());
        let status = self.inflate.decompress(packed, into, FlushDecompress::None);
        // Never more than the slices hold.
        let since = |now: u64, before| usize::try_from(now.saturating_sub(before)).unwrap_or(0);
        let made = since(self.inflate.total_out(), made);
        let taken = since(self.inflate.total_in(), taken);
        self.packed.consume(taken);
        match status {
            Ok(Status::StreamEnd) => {
                self.inflate.reset(true);
                self.inside = false;
            }
            Ok(Status::Ok | Status::BufError) => {
                self.inside = true;
                // It needs more, and there is no more.
                if taken == 0 && made == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
            }
            Err(error) => {
                let error = io::Error::new(io::ErrorKind::InvalidData, error);
                if made == 0 {
                    return Err(error);
                }
                self.broken = Some(error);
            }
        }
        Ok((made, true))
    }
}

impl<R: Read> Read for Gunzip<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if into.is_empty() {
            return Ok(0);
        }
        loop {
            if let Some(error) = self.broken.take() {
                return Err(error);
            }
            match self.step(into)? {
                (0, true) => {}
                (made, _) => return Ok(made),
            }
        }
    }
}
