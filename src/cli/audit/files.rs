//! What an audit reads, with its hashes, and what of it was not read to its end.

use super::seals::Seals;
use crate::capture::Captures;
use crate::cli::exit::tell;
use crate::cli::input::Ran;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What was read, with its hashes.
pub(super) struct Files {
    pub(super) captures: Seals,
    pub(super) settings: Seals,
}

impl Files {
    /// Hashes captures and these files, before they are judged; a `bar` shows how far that is.
    pub(super) fn of(captures: &Captures, settings: Vec<PathBuf>, bar: bool) -> Self {
        let captures = captures.sources().map(|source| source.path.clone());
        Self {
            captures: Seals::of(captures, bar),
            settings: Seals::of(settings.into_iter().filter(|path| path.is_file()), bar),
        }
    }

    /// Tells of captures that are there twice: all they hold counts as copies of a mirror port.
    pub(super) fn tell_copies(&self) {
        let mut known: BTreeMap<String, String> = BTreeMap::new();
        for (name, sealed) in self.captures.names().zip(self.captures.sealed()) {
            let Some(hash) = sealed.sha256 else { continue };
            if let Some(first) = known.get(&hash) {
                tell(
                    format_args!("{name}: has the same octets as {first}"),
                    "leave one of them out: what is in them counts as copied by the mirror port",
                );
                continue;
            }
            known.insert(hash, name);
        }
    }

    /// The captures that were not read to their end, where reading was stopped.
    pub(super) fn rest<'a>(&'a self, ran: &'a Ran) -> impl Iterator<Item = String> + 'a {
        let sources = ran.outcome.captures.sources();
        let named = self.captures.names().zip(sources);
        let left = named.filter(|(_, source)| ran.outcome.stopped && source.was_left());
        left.map(|(name, _)| name)
    }

    /// Says where reading was stopped, and how to go on.
    pub(super) fn tell_rest(&self, ran: &Ran) {
        let left = self.rest(ran).count();
        let sources = ran.outcome.captures.sources();
        let all = sources.len();
        let at = sources
            .filter(|source| source.was_left() && source.frames > 0)
            .last();
        let Some(at) = at.filter(|_| left > 0) else {
            return;
        };
        let what = format!(
            "{} of {all} captures were read to their end; stopped in {} behind its packet {}",
            all - left,
            at.path.display(),
            at.frames
        );
        tell(
            what,
            "run the same command again for the whole report; the partial one names the command \
             for the rest",
        );
    }

    /// What was changed since has no hash.
    pub(super) fn hold(&mut self) {
        self.captures.hold();
        self.settings.hold();
    }
}
