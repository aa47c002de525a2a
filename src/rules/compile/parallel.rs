//! Work at load on all cores.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Things that one thread takes at a time.
const SHARE: usize = 64;

/// Most threads: what one load needs takes seconds on one.
const THREADS: usize = 16;

/// `work` of each thing, in the order of the things.
pub(super) fn parallel<T: Sync, R: Send>(things: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let shares: Vec<&[T]> = things.chunks(SHARE).collect();
    let threads = cores.min(THREADS).min(shares.len());
    if threads <= 1 {
        return things.iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let take = || {
        let mut done = Vec::new();
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(share) = shares.get(place) else {
                return done;
            };
            done.push((place, share.iter().map(&work).collect::<Vec<R>>()));
        }
    };
    let mut done = thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(take)).collect();
        let mut done = take();
        for other in others {
            match other.join() {
                Ok(part) => done.extend(part),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        done
    });
    done.sort_unstable_by_key(|(place, _)| *place);
    done.into_iter().flat_map(|(_, part)| part).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn results_stand_in_the_order_of_the_things() {
        let things: Vec<u32> = (0..1_000).collect();
        let twice = super::parallel(&things, |thing| thing * 2);
        assert!(
            things
                .iter()
                .zip(&twice)
                .all(|(thing, twice)| thing * 2 == *twice)
        );
        assert_eq!(twice.len(), things.len());
    }
}
