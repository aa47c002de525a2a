//! What was ordered cyclically or on change: the items whose values the controller then sends
//! unasked, with nothing but the number of their job.
//!
//! Owned by the session. Bounded in number and, by what is kept of a request, in octets.

use super::pending::KEPT;
use super::wire::{Userdata, group};
use crate::facts::Side;

/// Most jobs remembered in one conversation, the oldest makes room: a panel keeps one for each
/// interval at which variables of its picture are refreshed.
const JOBS: usize = 16;

/// A job that runs.
#[derive(Debug)]
struct Job {
    /// The controller.
    side: Side,
    number: u8,
    /// Payload of the request that ordered it.
    asked: Vec<u8>,
}

/// The jobs that run in one conversation, the oldest first.
#[derive(Debug, Default)]
pub(crate) struct Subscriptions {
    jobs: Vec<Job>,
}

impl Subscriptions {
    /// Learns from a request that the controller at `side` answered without an error.
    pub(crate) fn granted(&mut self, side: Side, request: &Userdata<'_>, answer: &Userdata<'_>) {
        match (request.subfunction, request.payload) {
            _ if request.group != group::CYCLIC || answer.error.unwrap_or_default() != 0 => {}
            (0x01 | 0x05 | 0x07, asked) if asked.len() < KEPT => {
                let mut job = self.take(side, answer.sequence).unwrap_or_else(|| Job {
                    side,
                    number: answer.sequence,
                    asked: Vec::new(),
                });
                job.asked.clear();
                job.asked.extend_from_slice(asked);
                if self.jobs.len() >= JOBS {
                    self.jobs.remove(0);
                }
                self.jobs.push(job);
            }
            // The function that began the job, and its number.
            (0x04, [_, number, ..]) => {
                self.take(side, *number);
            }
            _ => {}
        }
    }

    /// Payload of the request whose values the controller at `side` sends.
    #[must_use]
    pub(crate) fn asked(&self, side: Side, push: &Userdata<'_>) -> Option<&[u8]> {
        let of_push = |job: &&Job| job.side == side && job.number == push.sequence;
        let job = self.jobs.iter().find(of_push)?;
        (push.group == group::CYCLIC).then_some(&job.asked)
    }

    /// Octets were lost: jobs may have ended and their numbers may be in use again.
    pub(crate) fn lost(&mut self) {
        self.jobs.clear();
    }

    fn take(&mut self, side: Side, number: u8) -> Option<Job> {
        let of_number = |job: &Job| job.side == side && job.number == number;
        let at = self.jobs.iter().position(of_number)?;
        Some(self.jobs.remove(at))
    }
}
