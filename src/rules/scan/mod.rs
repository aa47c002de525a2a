//! Many patterns looked for at once: compiled into a [`Database`], scanned with a [`Scratch`].
//!
//! Two engines stand behind one interface: Hyperscan (or Vectorscan, which has the same one)
//! where the crate is built with the feature `hyperscan` and the CPU can run it, and
//! `aho-corasick` everywhere else. Both find the same; a test holds them side by side. Called by
//! the compiler of rules at start and by the engine once a buffer.

#[cfg(feature = "hyperscan")]
mod hyperscan;
mod load;
mod portable;
#[cfg(test)]
mod tests;

pub use load::{Cache, Outcome, usual};

/// One pattern; its number is its place among those of the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pattern<'a> {
    /// The octets, at least one; in lower case where `nocase`.
    pub octets: &'a [u8],
    /// ASCII letters match in either case.
    pub nocase: bool,
}

/// Compiled patterns, shared by all workers.
#[derive(Debug)]
pub struct Database(Inner);

#[derive(Debug)]
enum Inner {
    #[cfg(feature = "hyperscan")]
    Hyperscan(hyperscan::Database),
    Portable(portable::Database),
}

/// What a scan writes into; each worker has its own.
#[derive(Debug, Default)]
pub struct Scratch {
    #[cfg(feature = "hyperscan")]
    hyperscan: hyperscan::Scratch,
    portable: portable::Scratch,
}

impl Database {
    /// Compiles patterns. Empty ones are never found.
    #[must_use]
    pub fn compile(patterns: &[Pattern<'_>]) -> Self {
        #[cfg(feature = "hyperscan")]
        if let Some(database) = hyperscan::Database::compile(patterns) {
            return Self(Inner::Hyperscan(database));
        }
        Self::portable(patterns)
    }

    /// Compiles patterns for the engine that runs everywhere.
    #[must_use]
    pub fn portable(patterns: &[Pattern<'_>]) -> Self {
        Self(Inner::Portable(portable::Database::compile(patterns)))
    }

    /// Adds the numbers of the patterns that are in `octets` to `hits`, each once, in any order.
    pub fn scan(&self, octets: &[u8], scratch: &mut Scratch, hits: &mut Vec<u32>) {
        match &self.0 {
            #[cfg(feature = "hyperscan")]
            Inner::Hyperscan(database) => database.scan(octets, &mut scratch.hyperscan, hits),
            Inner::Portable(database) => database.scan(octets, &mut scratch.portable, hits),
        }
    }

    /// What compiles patterns, and for what, where databases can be kept.
    fn identity() -> Option<String> {
        #[cfg(feature = "hyperscan")]
        return hyperscan::identity();
        #[cfg(not(feature = "hyperscan"))]
        None
    }

    /// What [`Database::from_octets`] makes this database of again; `None` for one of the
    /// engine that runs everywhere.
    fn to_octets(&self) -> Option<Vec<u8>> {
        match &self.0 {
            #[cfg(feature = "hyperscan")]
            Inner::Hyperscan(database) => database.to_octets(),
            Inner::Portable(_) => None,
        }
    }

    /// The database that these octets were made of. They must be ours: nothing looks whether
    /// they are sound.
    fn from_octets(octets: &[u8]) -> Option<Self> {
        #[cfg(feature = "hyperscan")]
        return hyperscan::Database::from_octets(octets)
            .map(|database| Self(Inner::Hyperscan(database)));
        #[cfg(not(feature = "hyperscan"))]
        {
            let _ = octets;
            None
        }
    }

    /// The engine's name, for people.
    #[must_use]
    pub const fn engine(&self) -> &'static str {
        match &self.0 {
            #[cfg(feature = "hyperscan")]
            Inner::Hyperscan(_) => "hyperscan",
            Inner::Portable(_) => "aho-corasick",
        }
    }
}
