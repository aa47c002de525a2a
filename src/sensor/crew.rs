//! A reader, workers and the ordered merge, each on its thread: what replay and the live sensor
//! share.
//!
//! The merge runs on the caller's thread and hands every event on in packet order.

use super::Watch;
use super::books::Books;
use super::handoff::{Event, Order};
use super::rounds::{AHEAD, Answer, Lane, Lanes, Receiver, Sender, queue};
use super::worker::Worker;
use crate::rules::compile::Engine;
use std::ffi::CString;
use std::sync::Arc;

/// Who takes what the merge hands on.
pub(super) trait Merged {
    /// The next event in packet order.
    fn event(&mut self, event: Event);

    /// Findings are of these rules from the next event on.
    fn rules(&mut self, _rules: Arc<Engine>) {}

    /// A round is over: the books of all workers up to its end, and the frames handed out.
    fn round(&mut self, _books: &Books, _frames: u64) {}
}

/// Runs `reader` and so many workers until the reader has dealt its last round; each of their
/// threads does `first` before anything else. Gives what the reader came to, and the books of all
/// workers.
pub(super) fn run<R: Send>(
    workers: usize,
    (watch, first): (Watch<'_>, &(dyn Fn() + Sync)),
    reader: impl FnOnce(Lanes) -> R + Send,
    merged: &mut dyn Merged,
) -> (R, Books) {
    let mut to_workers = Vec::new();
    let mut from_workers = Vec::new();
    std::thread::scope(|scope| {
        let mut hands = Vec::new();
        for number in 0..workers {
            let (task_in, task_out) = queue(AHEAD);
            let (spent_in, spent_out) = queue(AHEAD + 2);
            let (answer_in, answer_out) = queue(AHEAD);
            let (empty_in, empty_out) = queue(AHEAD + 2);
            to_workers.push(Lane::new(task_in, spent_out));
            from_workers.push((answer_out, empty_in));
            let mut worker = Worker::new(number, workers, watch.clone());
            hands.push(scope.spawn(move || {
                name(&format!("worker-{number}"));
                first();
                worker.run(task_out, spent_in, answer_in, empty_out);
                worker.books()
            }));
        }
        // The rules are the workers' from now on, who let go of them when others come.
        drop(watch);
        let reader = scope.spawn(move || {
            name("reader");
            first();
            reader(Lanes(to_workers))
        });
        merge(from_workers, merged);
        // A worker catches panics itself; one that still dies leaves the books unbalanced,
        // and the command says so.
        let mut books = Books::default();
        for hand in hands {
            if let Ok(worker) = hand.join() {
                books.add(&worker);
            }
        }
        let read = reader
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        (read, books)
    })
}

/// Gives this thread the name that `ps -L` and `top -H` show.
fn name(name: &str) {
    if let Ok(name) = CString::new(name) {
        // Without it the thread has the name of the program.
        let _ = rustix::thread::set_name(&name);
    }
}

/// Takes one answer from each worker in turn and hands their events on in order.
fn merge(mut lanes: Vec<(Receiver<Answer>, Sender<Answer>)>, merged: &mut dyn Merged) {
    let mut round: Vec<(Order, Event)> = Vec::new();
    loop {
        let mut last = false;
        let mut rules = None;
        let mut books = Books::default();
        let mut frames = 0;
        for (answers, empty) in &mut lanes {
            let Some(mut answer) = answers.take() else {
                return;
            };
            last |= answer.last;
            rules = answer.rules.take().or(rules);
            books.add(&answer.books);
            frames = answer.frames;
            round.append(&mut answer.events);
            empty.offer(answer);
        }
        if let Some(rules) = rules {
            merged.rules(rules);
        }
        round.sort_unstable_by_key(|(order, _)| *order);
        round.drain(..).for_each(|(_, event)| merged.event(event));
        merged.round(&books, frames);
        if last {
            return;
        }
    }
}
