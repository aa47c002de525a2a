//! One capture as a row of records: from the map of a whole file, or from a stream read block
//! by block.
//!
//! Called by `input`, once a record. Allocates once a block of a stream, never once a record,
//! and never asks a stream for nothing: Zstandard takes repeated empty reads for an error.

use super::damage::Defect;
use super::frame::{Block, Record};
use super::interface::Interfaces;
use super::parser::{self, Parser, Step};
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Octets asked of a stream at first: enough to know it, little enough that opening a folder
/// of hundreds is quick. Also the most that a pipe holds.
const CHUNK_FIRST: usize = 64 * 1024;
/// Octets asked of a file later. Larger ones were not faster and keep more memory in flight.
const CHUNK: usize = 256 * 1024;
/// Octets unpacked at once. What Zstandard made in the call that meets an error is lost, so this
/// much and a block may be missing before the damage; of gzip nothing is.
const PIECE: usize = 16 * 1024;

/// A stream of octets and what became of it.
pub(super) struct Stream {
    octets: Box<dyn Read + Send>,
    /// Octets taken of the file, packed ones where it is packed.
    consumed: Arc<AtomicU64>,
    /// Someone may still be writing the other end: take what is there, do not wait for more.
    live: bool,
    packed: bool,
    chunk: usize,
    end: Option<Result<(), Defect>>,
}

impl std::fmt::Debug for Stream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stream")
            .field("live", &self.live)
            .field("packed", &self.packed)
            .field("end", &self.end)
            .finish_non_exhaustive()
    }
}

impl Stream {
    pub(super) fn new(
        octets: Box<dyn Read + Send>,
        consumed: Arc<AtomicU64>,
        live: bool,
        packed: bool,
    ) -> Self {
        Self {
            octets,
            consumed,
            live,
            packed,
            chunk: CHUNK_FIRST,
            end: None,
        }
    }

    /// Why the stream ended, where it did not end properly.
    pub(super) fn broken(&self) -> Option<Defect> {
        self.end.clone()?.err()
    }

    /// Appends to `kept` until `wants` octets are there, or the stream ends; where the stream
    /// is a file, until a whole chunk is there.
    pub(super) fn fill(&mut self, kept: &[u8], wants: usize) -> Vec<u8> {
        let size = wants.max(self.chunk).max(kept.len().saturating_add(1));
        if !self.live {
            self.chunk = CHUNK;
        }
        let mut octets = Vec::with_capacity(size);
        octets.extend_from_slice(kept);
        octets.resize(size, 0);
        let mut filled = kept.len();
        while self.end.is_none() && filled < size && !(self.live && filled >= wants) {
            let mut end = size;
            if self.packed {
                end = end.min(filled.saturating_add(PIECE));
            }
            match self
                .octets
                .read(octets.get_mut(filled..end).unwrap_or_default())
            {
                Ok(0) => self.end = Some(Ok(())),
                Ok(n) => filled = filled.saturating_add(n),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if self.packed => {
                    self.end = Some(Err(Defect::Packing(error.to_string())));
                }
                Err(error) => self.end = Some(Err(Defect::Reading(error.to_string()))),
            }
        }
        octets.truncate(filled);
        // A trickle must not keep a whole chunk for each frame.
        if filled < size / 2 {
            octets.shrink_to_fit();
        }
        octets
    }
}

/// What a reader finds next.
#[derive(Debug)]
pub(super) enum Found {
    /// A frame.
    Record(Record),
    /// The proper end.
    End,
    /// Damage at this offset of the unpacked octets.
    Damage(u64, Box<Defect>),
}

/// A capture being read.
#[derive(Debug)]
pub(super) struct Reader {
    block: Arc<Block>,
    /// Where in the block the next step is.
    at: usize,
    /// Where in the unpacked octets the block begins.
    base: u64,
    /// `None` where the block is all there is.
    stream: Option<Stream>,
    parser: Parser,
}

impl Reader {
    pub(super) fn new(block: Block, stream: Option<Stream>, parser: Parser) -> Self {
        Self {
            block: Arc::new(block),
            at: 0,
            base: 0,
            stream,
            parser,
        }
    }

    /// The block of the record that was found last.
    #[inline]
    pub(super) const fn block(&self) -> &Arc<Block> {
        &self.block
    }

    /// Finds the next record. Inlined, since a record handed through memory three times costs
    /// more than finding it.
    #[inline(always)]
    pub(super) fn read(&mut self, interfaces: &mut Interfaces) -> Found {
        loop {
            match self.parser.step(self.block.octets(), self.at, interfaces) {
                Step::Record { record, end } => {
                    self.at = end;
                    return Found::Record(record);
                }
                Step::Pass { end } => self.at = end,
                Step::Need { octets, part } => {
                    if self.refill(octets) {
                        continue;
                    }
                    let has = self.block.octets().len().saturating_sub(self.at);
                    let broken = self.stream.as_ref().and_then(Stream::broken);
                    return broken
                        .or_else(|| parser::cut(part, octets, has))
                        .map_or(Found::End, |defect| self.damage(Box::new(defect)));
                }
                Step::Damage(defect) => return self.damage(defect),
            }
        }
    }

    #[cold]
    fn damage(&self, defect: Box<Defect>) -> Found {
        Found::Damage(self.base.saturating_add(self.at as u64), defect)
    }

    /// Goes on to a block that begins where the next step is and holds at least `wants` octets;
    /// false where the stream does not hold them.
    #[cold]
    fn refill(&mut self, wants: usize) -> bool {
        let Some(stream) = self.stream.as_mut() else {
            return false;
        };
        if stream.end.is_some() {
            return false;
        }
        let kept = self.block.octets().get(self.at..).unwrap_or_default();
        let octets = stream.fill(kept, wants);
        let enough = octets.len() >= wants;
        self.base = self.base.saturating_add(self.at as u64);
        self.at = 0;
        self.block = Arc::new(Block::read(octets));
        enough
    }

    /// Octets of the file that were taken so far.
    pub(super) fn position(&self) -> u64 {
        match &self.stream {
            Some(stream) => stream.consumed.load(Ordering::Relaxed),
            None => self.base.saturating_add(self.at as u64),
        }
    }

    /// Lets go of file and memory, keeping only the place.
    pub(super) fn park(&mut self) {
        self.block = Arc::new(Block::read(Vec::new()));
        self.stream = None;
    }

    /// Takes up the place again with the file opened anew.
    pub(super) fn resume(&mut self, block: Block, stream: Option<Stream>) -> Result<(), Defect> {
        self.block = Arc::new(block);
        self.stream = stream;
        if let Some(stream) = &mut self.stream {
            let passed = io::copy(&mut stream.octets.by_ref().take(self.base), &mut io::sink());
            if passed.ok() != Some(self.base) {
                return Err(Defect::Changed);
            }
            self.block = Arc::new(Block::read(stream.fill(&[], self.at)));
        }
        if self.block.octets().len() < self.at {
            return Err(Defect::Changed);
        }
        Ok(())
    }
}
