//! Conversations as they go on, for detectors that judge them before they are over.
//!
//! One in an unknown protocol that both ends hold may still turn out to be in a known one; it is
//! waited for, and judged as one in none where that lasts too long.

use crate::facts::Time;
use crate::sensor::{Event, FlowId, FlowRecord, SoFar};
use std::collections::{HashMap, VecDeque};
use std::time::Duration;

/// For how long a conversation in an unknown protocol may still turn out to be in a known one,
/// and how many of them are waited for; what finds no room is told at its end.
const PATIENCE: Duration = Duration::from_secs(5);
const WAITING: usize = 1_024;

/// Conversations that were answered and whose protocol is not known yet.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    flows: HashMap<FlowId, Box<FlowRecord>>,
    /// The same in the order in which they began to be waited for; may name some that are gone.
    order: VecDeque<(Time, FlowId)>,
}

impl Waiting {
    /// Hands each conversation of an event to `judge`, and whether its protocol will not become
    /// known any more.
    pub(super) fn take(
        &mut self,
        event: &Event,
        now: Time,
        judge: &mut dyn FnMut(&FlowRecord, bool),
    ) {
        match event {
            Event::SoFar(SoFar::Flow(flow)) => {
                self.wait(flow, now);
                judge(flow, false);
            }
            Event::Flow(flow) => {
                self.flows.remove(&flow.id);
                judge(flow, true);
            }
            Event::Tick(_) => self.give_up(now, judge),
            _ => {}
        }
    }

    fn wait(&mut self, flow: &FlowRecord, now: Time) {
        let held = flow.ends.0.ledger.content > 0 && flow.ends.1.ledger.content > 0;
        if flow.protocol.is_some() {
            self.flows.remove(&flow.id);
        } else if held && self.order.len() < WAITING && !self.flows.contains_key(&flow.id) {
            self.flows.insert(flow.id, Box::new(flow.clone()));
            self.order.push_back((now, flow.id));
        }
    }

    /// Those that waited long enough are in no known protocol.
    fn give_up(&mut self, now: Time, judge: &mut dyn FnMut(&FlowRecord, bool)) {
        let over = |(since, _): &mut (Time, FlowId)| now.since(*since) >= PATIENCE;
        while let Some((_, id)) = self.order.pop_front_if(over) {
            if let Some(flow) = self.flows.remove(&id) {
                judge(&flow, true);
            }
        }
    }
}
