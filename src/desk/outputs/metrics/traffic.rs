//! What became of frames and conversations, and what was found in them, from the sensor's books.
//!
//! Called for each page of metrics.

use super::page::Page;
use crate::sensor::{Books, Dropped, FLOWS, Spoken, Undecoded};

/// What became of the frames.
pub(super) fn frames(books: &Books, balanced: bool, page: &mut Page) {
    let name = "jaga_processed_packets_total";
    page.head(
        name,
        "counter",
        "Frames that were processed: decoded or not.",
    );
    page.line(name, &[], books.processed());
    let name = "jaga_undecoded_packets_total";
    page.head(
        name,
        "counter",
        "Frames that were processed and not decoded.",
    );
    for (reason, count) in Undecoded::ALL.iter().zip(&books.undecoded) {
        page.line(name, &[("reason", reason.name())], count);
    }
    let name = "jaga_dropped_packets_total";
    page.head(name, "counter", "Frames that were read and not processed.");
    for (reason, count) in Dropped::ALL.iter().zip(&books.dropped) {
        page.line(name, &[("reason", reason.name())], count);
    }
    let name = "jaga_books_balanced";
    page.head(name, "gauge", "Whether every frame is accounted for.");
    page.line(name, &[], u8::from(balanced));
}

/// What was found of each protocol.
pub(super) fn spoken(books: &Books, page: &mut Page) {
    type Of = fn(&Spoken) -> u64;
    let all: u64 = books.spoken.each().map(|(_, spoken)| spoken.frames).sum();
    let counters: [(&str, &str, Of); 3] = [
        (
            "jaga_decoded_packets_total",
            "Frames that were decoded; of protocol none where there was no content to decode.",
            |spoken| spoken.frames,
        ),
        (
            "jaga_messages_total",
            "Messages that were decoded.",
            |spoken| spoken.messages,
        ),
        (
            "jaga_operations_total",
            "Operations that they were: what somebody did to a device.",
            |spoken| spoken.operations,
        ),
    ];
    for (name, help, of) in counters {
        page.head(name, "counter", help);
        for (protocol, spoken) in books.spoken.each() {
            page.line(name, &[("protocol", protocol)], of(spoken));
        }
        if name == "jaga_decoded_packets_total" {
            let rest = books.decoded.saturating_sub(all);
            page.line(name, &[("protocol", "none")], rest);
        }
    }
}

/// The conversations that are kept.
pub(super) fn flows(books: &Books, page: &mut Page) {
    for (name, kind, help, value) in [
        (
            "jaga_flows_active",
            "gauge",
            "Conversations that go on.",
            books.open,
        ),
        (
            "jaga_flow_table_bytes",
            "gauge",
            "Octets of memory that they take.",
            books.held,
        ),
        (
            "jaga_flow_table_limit_bytes",
            "gauge",
            "Octets that they may take.",
            FLOWS as u64,
        ),
        (
            "jaga_flows_total",
            "counter",
            "Conversations that ended.",
            books.conversations,
        ),
        (
            "jaga_flows_evicted_total",
            "counter",
            "Conversations among them whose place was needed for others.",
            books.evicted,
        ),
        (
            "jaga_parser_panics_total",
            "counter",
            "Errors in Jaga that cost one conversation each, outside of any frame.",
            books.panics,
        ),
    ] {
        page.head(name, kind, help);
        page.line(name, &[], value);
    }
}
