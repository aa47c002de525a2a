//! What many rules have in common, kept once: a set of tens of thousands repeats the same few
//! addresses, and a few thousand texts in its metadata and references.

use super::rule::{Hosts, Rule};
use foldhash::fast::FixedState;
use hashbrown::HashSet;
use std::hash::Hash;
use std::sync::Arc;

/// Texts and addresses that were met so far.
#[derive(Debug, Default)]
pub(super) struct Shared {
    texts: HashSet<Arc<str>, FixedState>,
    hosts: HashSet<Arc<Hosts>, FixedState>,
}

impl Shared {
    /// Lets a rule have what others have already, where that is the same.
    pub(super) fn share(&mut self, rule: &mut Rule) {
        let Rule {
            ends,
            class,
            references,
            metadata,
            ..
        } = rule;
        for end in [&mut ends.0, &mut ends.1] {
            one_of(&mut self.hosts, &mut end.hosts);
        }
        let pairs = references.iter_mut().chain(metadata.iter_mut());
        for (one, other) in pairs.chain(class.as_mut()) {
            one_of(&mut self.texts, one);
            one_of(&mut self.texts, other);
        }
        metadata.shrink_to_fit();
        references.shrink_to_fit();
    }
}

/// Puts the known one in the place of its equal.
fn one_of<T: Eq + Hash + ?Sized>(known: &mut HashSet<Arc<T>, FixedState>, mine: &mut Arc<T>) {
    match known.get(mine) {
        Some(theirs) => *mine = Arc::clone(theirs),
        None => {
            known.insert(Arc::clone(mine));
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing, reason = "in tests")]

    use crate::rules::load::{Config, load_text};
    use std::path::Path;
    use std::sync::Arc;

    #[test]
    fn what_rules_have_in_common_is_kept_once() {
        let rule = |sid| {
            format!(
                "alert tcp [10.0.0.0/8,192.168.0.0/16] any -> !10.1.1.1 502 (msg:\"{sid}\"; \
                 metadata:made by_hand, sid {sid}; reference:url,example.com; sid:{sid};)\n"
            )
        };
        let text = [rule(1), rule(2)].concat();
        let loaded = load_text(Path::new("a.rules"), text.as_bytes(), &Config::default());
        let [one, other] = &loaded.rules[..] else {
            unreachable!("two rules: {:?}", loaded.refusals)
        };
        for (mine, theirs) in [(&one.ends.0, &other.ends.0), (&one.ends.1, &other.ends.1)] {
            assert!(Arc::ptr_eq(&mine.hosts, &theirs.hosts));
        }
        assert!(!Arc::ptr_eq(&one.ends.0.hosts, &one.ends.1.hosts));
        assert!(Arc::ptr_eq(&one.metadata[0].1, &other.metadata[0].1));
        assert_eq!(&*other.metadata[1].1, "2");
        assert!(Arc::ptr_eq(&one.references[0].1, &other.references[0].1));
    }
}
