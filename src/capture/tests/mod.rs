//! Captures of every form, whole, cut, broken and mixed.

mod corpus;
mod damage;
mod formats;
mod make;
mod merge;
mod packed;

/// Captures are opened on one thread and read on another; blocks are lent to several.
#[test]
fn captures_and_blocks_may_travel() {
    const fn sent<T: Send>() {}
    const fn shared<T: Send + Sync>() {}
    sent::<super::Captures>();
    shared::<super::Block>();
    shared::<super::Record>();
}
