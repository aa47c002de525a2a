//! Broken rules of protocols, added up by rule.
//!
//! Called by [`super::Picture`]: with the first of its kind in a conversation, and with the
//! counts when a conversation ends.

use super::written::write_stamp;
use crate::facts::{Side, Stamp};
use crate::sensor::{FaultRecord, FlowRecord};
use serde::Serialize;
use std::collections::BTreeMap;

/// One rule of a protocol and how often it was broken. The number of rules is fixed by the
/// protocols' tables.
#[derive(Clone, Debug, Serialize)]
pub struct FaultTotal {
    /// Full name of the rule, `protocol.name`.
    pub fault: &'static str,
    /// What the standard asks for.
    pub doc: &'static str,
    /// The protocol's name.
    pub protocol: &'static str,
    /// Who broke it first.
    pub source: String,
    /// To whom.
    pub destination: String,
    /// The packet that first shows it.
    #[serde(serialize_with = "write_stamp")]
    pub first: Stamp,
    /// Where in that packet's PDU, in octets.
    pub offset: u64,
    /// Conversations that broke it.
    pub conversations: u64,
    /// How often.
    pub count: u64,
}

/// All rules that were broken.
#[derive(Debug, Default)]
pub(super) struct Faults(BTreeMap<&'static str, FaultTotal>);

impl Faults {
    /// The first fault of its kind in a conversation.
    pub(super) fn first(&mut self, record: &FaultRecord) {
        self.0
            .entry(record.fault.name)
            .or_insert_with(|| FaultTotal {
                fault: record.fault.name,
                doc: record.fault.doc,
                protocol: record.protocol,
                source: record.source.to_string(),
                destination: record.destination.to_string(),
                first: record.stamp,
                offset: record.offset,
                conversations: 0,
                count: 0,
            });
    }

    /// A conversation ended.
    pub(super) fn ended(&mut self, flow: &FlowRecord) {
        for side in [Side::Low, Side::High] {
            for (fault, count) in &side.of(&flow.ends).faults {
                if let Some(total) = self.0.get_mut(fault.name) {
                    total.conversations += 1;
                    total.count += count;
                }
            }
        }
    }

    /// All of them, the most frequent first.
    pub(super) fn into_sorted(self) -> Vec<FaultTotal> {
        let mut faults: Vec<FaultTotal> = self.0.into_values().collect();
        faults.sort_by_key(|fault| (std::cmp::Reverse(fault.count), fault.fault));
        faults
    }
}
