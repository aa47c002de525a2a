//! Logins in clear text and default credentials, as the shipped rules tell of them: between whom,
//! and the first packet.
//!
//! Takes the alerts of a run; bounded. What the secret was is nowhere kept.

use super::weaknesses::{Case, Detail};
use crate::desk::inventory::Assets;
use crate::desk::report::Party;
use crate::facts::Host;
use crate::sensor::FindingRecord;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Rules of `rules/network.rules` about logins that everybody on the way can read: FTP, HTTP.
pub(super) const CLEARTEXT: &[u32] = &[3_500_041, 3_500_042];

/// Rules about credentials that are none: VNC without a password, default SNMP communities.
pub(super) const DEFAULT: &[u32] = &[3_500_043, 3_500_045];

/// Most pairs kept.
const KEPT: usize = 4_096;

/// Logins being noted.
#[derive(Debug, Default)]
pub(super) struct Logins {
    pairs: BTreeMap<(u32, Host, Host), (Arc<str>, u64)>,
    /// What was told of pairs that found no room.
    pub(super) omitted: u64,
}

/// Whether the rule of this number is one of those that tell of logins.
pub(super) fn is_watched(sid: u32) -> bool {
    CLEARTEXT.contains(&sid) || DEFAULT.contains(&sid)
}

impl Logins {
    /// A rule found something.
    pub(super) fn found(&mut self, finding: &FindingRecord) {
        if !is_watched(finding.id.sid) {
            return;
        }
        let scene = &finding.scene;
        let key = (finding.id.sid, scene.source.host, scene.destination.host);
        if self.pairs.len() >= KEPT && !self.pairs.contains_key(&key) {
            self.omitted += 1;
            return;
        }
        let first = (Arc::clone(&finding.message), scene.stamp.frame);
        self.pairs.entry(key).or_insert(first);
    }

    /// All of them, each with the number of its rule.
    pub(super) fn finish(self, assets: &Assets) -> Vec<(u32, Case)> {
        let case = |((sid, source, destination), (message, frame)): (_, (Arc<str>, u64))| {
            let case = Case {
                source: Arc::new(Party::of(source, assets)),
                destination: Some(Arc::new(Party::of(destination, assets))),
                detail: Detail::Rule(message),
                // Rules tell of some alone: how often is not known.
                count: 0,
                frame,
            };
            (sid, case)
        };
        self.pairs.into_iter().map(case).collect()
    }
}
