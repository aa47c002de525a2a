//! How far a rule reaches: whether the worker of a host pair decides its matches, or the desk, which
//! sees all pairs.
//!
//! Called once a rule, when the engine is made.

use super::ends::has_role;
use super::plan::Plan;
use crate::rules::rule::{AssetTest, Bit, BitAct, Limit, LimitKind, Rule, Scope, Track};
use std::collections::BTreeSet;

/// Whether what a rule asks for spans host pairs or needs facts that only the desk has. A limit
/// by pair does not, nor does one that only asks for an address; [`share_bits`] tells of bits.
pub(super) fn is_of_site(rule: &Rule) -> bool {
    let tests: &[AssetTest] = &rule.assets;
    let spans = |limit: &Limit| {
        !matches!(limit.track, Track::Flow | Track::Both)
            && !matches!(limit.kind, LimitKind::Suppress(_))
    };
    !tests.is_empty()
        || rule.change.is_some()
        || rule
            .bits
            .iter()
            .any(|bit| matches!(bit.scope, Scope::Source | Scope::Destination))
        || rule.limits.iter().any(spans)
        || has_role(&rule.ends.0.hosts)
        || has_role(&rule.ends.1.hosts)
}

/// Bits by pair of hosts are the workers' own. Where a rule of the site has to do with one, all
/// that have are the site's too: a bit is kept in one place.
pub(super) fn share_bits(rules: &[Rule], plans: &mut [Plan]) {
    let mut of_site: BTreeSet<u16> = BTreeSet::new();
    loop {
        let known = of_site.len();
        for (rule, plan) in rules.iter().zip(&mut *plans) {
            let of_pair = rule.bits.iter().filter(|bit| bit.scope == Scope::Pair);
            let names: Vec<u16> = of_pair.flat_map(names).collect();
            plan.site |= names.iter().any(|name| of_site.contains(name));
            if plan.site {
                of_site.extend(names);
            }
        }
        if of_site.len() == known {
            return;
        }
    }
}

/// The names of bits that a test or change is about.
fn names(bit: &Bit) -> Vec<u16> {
    match &bit.act {
        BitAct::IsSet(names) | BitAct::IsNotSet(names) => names.clone(),
        _ => vec![bit.name],
    }
}

/// Whether matches of a rule of the site only count there, and only so that the first of many
/// are told: a shard that handed on enough of them hands on few more.
pub(super) fn is_thinned(rule: &Rule) -> bool {
    let [limit] = rule.limits.as_slice() else {
        return false;
    };
    is_of_site(rule)
        && matches!(limit.kind, LimitKind::Limit { .. } | LimitKind::Both { .. })
        && limit.unique.is_none()
        && rule.change.is_none()
        && rule.assets.is_empty()
        && rule.bits.iter().all(|bit| bit.scope == Scope::Flow)
        && !has_role(&rule.ends.0.hosts)
        && !has_role(&rule.ends.1.hosts)
}
