//! What could not be seen, and why, in words that say what to do about it.
//!
//! An absence in the rest of the picture means something only beside this list.

use super::conversations::{Conversations, Spots};
use super::input::Span;
use super::summary::Summary;
use super::who::{Parties, Party};
use super::words::{count, duration, grouped, octets, share, some, time};
use crate::desk::inventory::Assets;
use crate::facts::{Stamp, plain};
use crate::sensor::{Dropped, Undecoded};
use serde::Serialize;

/// Examples named of one kind of blind spot.
const EXAMPLES: usize = 2;

/// Devices named of those that the site's list and the traffic do not share.
const LISTED: usize = 6;

/// Captures named of those that could not be read at all.
const LOST: usize = 4;

/// One thing that could not be seen.
#[derive(Clone, Debug, Serialize)]
pub struct BlindSpot {
    /// What kind of thing, a stable name.
    pub kind: &'static str,
    /// What it is and what it means, in one or two sentences.
    pub text: String,
    /// How many: conversations, frames, packets or devices, as the text says.
    pub count: u64,
    /// Octets concerned; 0 where that is not known.
    pub octets: u64,
    /// The first few of those concerned: files, devices, conversations.
    #[serde(skip)]
    pub named: Vec<String>,
    /// How many more of them there are.
    #[serde(skip)]
    pub further: u64,
}

/// Everything that could not be seen, the gravest first.
pub(super) fn spots(
    summary: &Summary<'_>,
    conversations: &Conversations,
    assets: &Assets,
    parties: &mut Parties<'_>,
) -> Vec<BlindSpot> {
    let mut list = List(Vec::new());
    list.add("stopped", u64::from(summary.stopped), 0, || {
        "Reading was stopped before the end of the captures: all figures are of what came \
         before."
            .to_owned()
    });
    list.capture(summary);
    list.stream(summary, conversations, parties);
    list.content(summary, conversations, parties);
    list.frames(summary);
    list.answers(summary);
    list.devices(summary, assets);
    list.0
}

struct List(Vec<BlindSpot>);

impl List {
    /// Adds a spot where there is something to tell.
    fn add(&mut self, kind: &'static str, count: u64, octets: u64, text: impl FnOnce() -> String) {
        if count > 0 {
            let text = text();
            self.0.push(BlindSpot {
                kind,
                text,
                count,
                octets,
                named: Vec::new(),
                further: 0,
            });
        }
    }

    /// Names those concerned by the spot that was just added, where there was one of this kind.
    fn name(&mut self, kind: &'static str, most: usize, named: impl FnOnce() -> Vec<String>) {
        if let Some(spot) = self.0.last_mut().filter(|spot| spot.kind == kind) {
            spot.named = named();
            spot.further = spot.named.len().saturating_sub(most) as u64;
            spot.named.truncate(most);
        }
    }

    /// What is wrong with the files themselves.
    fn capture(&mut self, summary: &Summary<'_>) {
        let lost = &summary.captures_lost;
        self.add("lost-capture", lost.len() as u64, 0, || {
            let named: Vec<String> = lost
                .iter()
                .map(|lost| format!("{} {}", plain(&lost.name), plain(&lost.reason)))
                .collect();
            let nothing = verb(
                lost.len() as u64,
                "capture",
                "could not be read at all",
                "could not be read at all",
            );
            format!(
                "{nothing}: {}. What is in there is unknown.",
                some(&named, LOST)
            )
        });
        let names: Vec<String> = lost.iter().map(|lost| lost.name.clone()).collect();
        self.name("lost-capture", LOST, || names);
        for capture in &summary.captures {
            if let Some(damage) = &capture.damage {
                self.add("damaged-capture", 1, 0, || {
                    format!(
                        "{} cannot be read past octet {}: {}. What came after is unknown.",
                        plain(&capture.name),
                        grouped(damage.offset),
                        plain(&damage.defect)
                    )
                });
                self.name("damaged-capture", 1, || vec![capture.name.clone()]);
            }
        }
        let dropped: u64 = summary.interfaces.iter().map(|i| i.dropped).sum();
        self.add("dropped-by-capture", dropped, 0, || {
            let all = summary.frames.received.saturating_add(dropped);
            format!(
                "The capturing machine dropped {} ({} of all): it was too slow. Capture \
                 again with a larger buffer.",
                count(dropped, "packet", "packets"),
                share(dropped, all)
            )
        });
        if let Some(span) = &summary.span
            && let Some(stray) = span.stray
        {
            self.add("stray-time", span.stray_frames, 0, || {
                stray_time(span, stray)
            });
            self.name("stray-time", 1, || vec![grouped(stray.frame)]);
        }
        // A stray frame is a step back, before or after it, that is told already.
        let strays = summary.span.map_or(0, |span| span.stray_frames);
        let back: u64 = summary.captures.iter().map(|c| c.time_went_back).sum();
        let back = back.saturating_sub(strays);
        self.add("time-went-back", back, 0, || {
            format!(
                "Time went back at {}: spans and orders around them are doubtful.",
                count(back, "frame", "frames")
            )
        });
        let untimed: u64 = summary.captures.iter().map(|c| c.time_unknown).sum();
        self.add("no-time", untimed, 0, || {
            format!("{} no time of their own.", have(untimed, "frame"))
        });
    }

    /// What is missing of TCP connections.
    fn stream(&mut self, summary: &Summary<'_>, all: &Conversations, parties: &mut Parties<'_>) {
        let ledger = &summary.ledger.ledger;
        let lossy = all.lossy.total;
        self.add("lost", lossy.conversations, ledger.lost, || {
            let sent = ledger.content.saturating_add(ledger.lost);
            format!(
                "{} ({}) of TCP content is missing from {}: {}. What was done there was \
                 not seen.",
                octets(ledger.lost),
                share(ledger.lost, sent),
                count(lossy.conversations, "conversation", "conversations"),
                examples(&all.lossy, parties)
            )
        });
        self.name("lost", EXAMPLES, || between(&all.lossy, parties, "→"));
        let one_way = all.one_way.total;
        self.add("one-way", one_way.conversations, one_way.octets, || {
            format!(
                "{} only one direction: {}. Does the mirror port copy both?",
                show(one_way.conversations, "TCP conversation"),
                examples(&all.one_way, parties)
            )
        });
        self.name("one-way", EXAMPLES, || between(&all.one_way, parties, "→"));
        let attempts = all.unanswered.total.conversations;
        self.add("unanswered-connections", attempts, 0, || {
            format!(
                "{} got no answer: {}. Nobody there, a firewall, or one direction is missing.",
                count(attempts, "attempt to connect", "attempts to connect"),
                examples(&all.unanswered, parties)
            )
        });
        self.name("unanswered-connections", EXAMPLES, || {
            between(&all.unanswered, parties, "→")
        });
        self.add("ambiguous", ledger.ambiguous, 0, || {
            format!(
                "{} with other content than before: {}. Either the capture is broken or \
                 somebody hides something.",
                come(ledger.ambiguous, "TCP segment"),
                examples(&all.ambiguous, parties)
            )
        });
        self.name("ambiguous", EXAMPLES, || {
            between(&all.ambiguous, parties, "→")
        });
        self.add("midstream", all.midstream, 0, || {
            format!(
                "{} not seen from the start: who opened or logged in is unknown.",
                were(all.midstream, "conversation")
            )
        });
        self.add("snap-length", u64::from(ledger.cut > 0), ledger.cut, || {
            format!(
                "The snap length cut {} off the packets: capture whole packets (tcpdump -s 0).",
                octets(ledger.cut)
            )
        });
    }

    /// What was seen and could not be read.
    fn content(&mut self, summary: &Summary<'_>, all: &Conversations, parties: &mut Parties<'_>) {
        let ledger = &summary.ledger.ledger;
        let encrypted = all.encrypted.total;
        self.add(
            "encrypted",
            encrypted.conversations,
            encrypted.octets,
            || {
                format!(
                    "{} ({} of all content) in {} encrypted: {}.",
                    octets(encrypted.octets),
                    share(encrypted.octets, ledger.content),
                    is_are(encrypted.conversations, "conversation"),
                    examples(&all.encrypted, parties)
                )
            },
        );
        self.name("encrypted", EXAMPLES, || {
            between(&all.encrypted, parties, "→")
        });
        let unknown = all.unknown.total;
        self.add(
            "unknown-protocol",
            unknown.conversations,
            unknown.octets,
            || {
                format!(
                    "{} ({} of all content) is of no protocol that Jaga knows: {}.",
                    octets(unknown.octets),
                    share(unknown.octets, ledger.content),
                    examples(&all.unknown, parties)
                )
            },
        );
        self.name("unknown-protocol", EXAMPLES, || {
            between(&all.unknown, parties, "→")
        });
        let unread = all.unread.total;
        self.add("not-read", unread.conversations, unread.octets, || {
            format!(
                "{} ({} of all content) of known protocols was passed over unread: {}.",
                octets(unread.octets),
                share(unread.octets, ledger.content),
                examples(&all.unread, parties)
            )
        });
        self.name("not-read", EXAMPLES, || between(&all.unread, parties, "→"));
        let passed = ledger.malformed.saturating_add(ledger.skipped);
        let seen: u64 = summary.protocol_faults.iter().map(|f| f.count).sum();
        self.add("unreadable", u64::from(passed > 0), passed, || {
            let broken = match seen {
                0 => String::new(),
                n => format!(", {}", count(n, "protocol fault", "protocol faults")),
            };
            format!(
                "{} inside known protocols could not be read (damaged or out of step{broken}).",
                octets(passed)
            )
        });
    }

    /// Frames that could not be read.
    fn frames(&mut self, summary: &Summary<'_>) {
        let frames = |name: &str| {
            let reasons = summary.frames.not_decoded.iter();
            let mut all = reasons.chain(&summary.frames.dropped);
            all.find(|r| r.reason == name).map_or(0, |r| r.frames)
        };
        let bad = frames(Undecoded::BadHeader.name());
        self.add("bad-header", bad, 0, || {
            format!("{} broken or cut headers.", have(bad, "frame"))
        });
        let strange = frames(Undecoded::UnknownLink.name());
        self.add("unknown-link", strange, 0, || {
            format!(
                "{} a link or network layer that Jaga does not know.",
                have(strange, "frame")
            )
        });
        let fragments = frames(Undecoded::Fragment.name());
        self.add("fragments", fragments, 0, || {
            format!(
                "{} parts of larger packets; only packets that became whole were read.",
                is_are(fragments, "frame")
            )
        });
        let panics = frames(Dropped::Panic.name()).saturating_add(summary.frames.panics);
        self.add("internal-error", panics, 0, || {
            format!(
                "{} in Jaga itself; please report it with the capture.",
                count(panics, "error", "errors")
            )
        });
        let evicted = summary.frames.evicted_conversations;
        self.add("evicted", evicted, 0, || {
            format!(
                "{} ended early to make room for others.",
                were(evicted, "conversation")
            )
        });
    }

    /// Requests whose answer nobody saw.
    fn answers(&mut self, summary: &Summary<'_>) {
        let unanswered: u64 = summary.control.iter().map(|pair| pair.unanswered).sum();
        let all: u64 = summary.control.iter().map(|pair| pair.operations).sum();
        self.add("unanswered-requests", unanswered, 0, || {
            format!(
                "{} of {} requests to devices ({}) had no visible answer: whether they took \
                 effect is unknown.",
                grouped(unanswered),
                grouped(all),
                share(unanswered, all)
            )
        });
    }

    /// Devices of which not all could be seen.
    fn devices(&mut self, summary: &Summary<'_>, assets: &Assets) {
        let behind: Vec<String> = summary
            .devices
            .iter()
            .filter(|asset| asset.macs.is_empty() && asset.behind.is_some())
            .map(|asset| {
                asset
                    .ips
                    .first()
                    .map_or_else(|| asset.id.clone(), ToString::to_string)
            })
            .collect();
        self.add("behind-router", behind.len() as u64, 0, || {
            format!(
                "{} behind a router, so MACs and local neighbours there are unknown: {}.",
                is_are(behind.len() as u64, "device"),
                some(&behind, EXAMPLES)
            )
        });
        self.name("behind-router", EXAMPLES, || behind);
        self.listed(assets);
        let full = assets.overflow;
        self.add("inventory-full", full, 0, || {
            format!(
                "The list of devices is full; {} came later (a scan or a flood?).",
                count(full, "fact about others", "facts about others")
            )
        });
        let apart = summary.operations_apart;
        self.add("operations-apart", apart, 0, || {
            format!(
                "{} counted but not told apart for want of room.",
                were(apart, "operation")
            )
        });
    }
}

impl List {
    /// How the site's list and what was seen differ.
    fn listed(&mut self, assets: &Assets) {
        let Some(list) = &assets.list else { return };
        let unseen: Vec<String> = list
            .unseen
            .iter()
            .map(|unseen| {
                let name = if unseen.name.is_empty() {
                    format!("line {}", unseen.line)
                } else {
                    plain(&unseen.name)
                };
                format!("{name} ({})", plain(&unseen.keys))
            })
            .collect();
        self.add("never-seen", unseen.len() as u64, 0, || {
            format!(
                "{} in the site's list and never seen: {}. Off, silent, or not where the mirror \
                 port looks.",
                is_are(unseen.len() as u64, "device"),
                some(&unseen, LISTED)
            )
        });
        self.name("never-seen", LISTED, || unseen);
        let unlisted = assets.assets.iter().filter(|asset| asset.said.is_none());
        let unlisted: Vec<String> = unlisted
            .map(|asset| Party::of_asset(asset).address)
            .collect();
        self.add("not-listed", unlisted.len() as u64, 0, || {
            format!(
                "{} seen and not in the site's list, so nobody says what it is: {}.",
                were(unlisted.len() as u64, "device"),
                some(&unlisted, LISTED)
            )
        });
        self.name("not-listed", LISTED, || unlisted);
    }
}

/// What is told of frames whose time is far from that of all others.
fn stray_time(span: &Span, stray: Stamp) -> String {
    let way = match stray.time < span.first {
        true => format!("{} before", duration(span.first.since(stray.time))),
        false => format!("{} after", duration(stray.time.since(span.last))),
    };
    let more = match span.stray_frames {
        1 => String::new(),
        n => format!(" ({})", count(n - 1, "more such frame", "more such frames")),
    };
    format!(
        "Frame {} is stamped {}, {way} all others{more}: the times above leave it out.",
        grouped(stray.frame),
        time(stray.time)
    )
}

/// The first few of those concerned, with what they speak.
fn examples(spots: &Spots, parties: &mut Parties<'_>) -> String {
    some(&between(spots, parties, "to"), EXAMPLES)
}

/// Those concerned, with what they speak; `way` stands between the two.
fn between(spots: &Spots, parties: &mut Parties<'_>, way: &str) -> Vec<String> {
    spots
        .sorted()
        .into_iter()
        .map(|(between, _)| {
            let port = between
                .port
                .map_or_else(String::new, |port| format!(" {port}"));
            let [client, server] =
                [between.client, between.server].map(|host| short(&parties.of(host)));
            format!("{client} {way} {server} ({}{port})", between.what)
        })
        .collect()
}

/// The address alone: sentences get long enough.
fn short(party: &Party) -> String {
    party.address.clone()
}

fn have(n: u64, noun: &str) -> String {
    verb(n, noun, "has", "have")
}

fn were(n: u64, noun: &str) -> String {
    verb(n, noun, "was", "were")
}

fn is_are(n: u64, noun: &str) -> String {
    verb(n, noun, "is", "are")
}

fn show(n: u64, noun: &str) -> String {
    verb(n, noun, "shows", "show")
}

fn come(n: u64, noun: &str) -> String {
    verb(n, noun, "comes again", "come again")
}

fn verb(n: u64, noun: &str, one: &str, many: &str) -> String {
    if n == 1 {
        format!("1 {noun} {one}")
    } else {
        format!("{} {noun}s {many}", grouped(n))
    }
}
