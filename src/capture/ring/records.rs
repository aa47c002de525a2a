//! The frames in a block as the kernel describes them (`linux/if_packet.h`, `TPACKET_V3`).
//!
//! Called by the ring, once a block. Works on a slice; believes no length.
//!
//! ```text
//!  block:  0        8        12        16                  20        24
//!         | version | status | packets | offset of first | octets | number ... | frames ... |
//!  frame:  0      4         8      12         16     20     24    26    28     32    36     48
//!         | next | seconds | nanos | captured | length | status | mac | net | hash | TCI | TPID | ...
//! ```

use crate::capture::FRAME_MAX;
use crate::capture::frame::{LinkType, Record};
use crate::facts::Time;

/// The tag's control word is there.
const VLAN_VALID: u32 = libc::TP_STATUS_VLAN_VALID;
/// And so is its type.
const TPID_VALID: u32 = libc::TP_STATUS_VLAN_TPID_VALID;
/// Several segments merged by the network card or the kernel (`TP_STATUS_GSO_TCP`, Linux 6.2).
const MERGED: u32 = 1 << 8;
/// Octets of the two addresses of an Ethernet header.
const MACS: usize = 12;
/// Octets of a tag.
const TAG: usize = 4;
/// Type of a tag where the kernel does not say.
const CUSTOMER_TAG: u16 = 0x8100;

/// What a block came to beside its records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// Frames that the kernel or the card merged from several.
    pub(super) merged: u64,
}

/// Adds the frames of a block to `records`, and puts the VLAN tags back that the network card or
/// the kernel took out: into the octets kept free before each frame, by moving the two
/// addresses. The frame then reads as it was on the wire, wherever it is shown.
pub(super) fn read(
    block: &mut [u8],
    link: LinkType,
    interface: u32,
    records: &mut Vec<Record>,
) -> Found {
    let mut found = Found::default();
    let (Some(count), Some(first)) = (word(block, 12), word(block, 16)) else {
        return found;
    };
    let mut at = first as usize;
    for _ in 0..count {
        let Some(head) = Head::read(block, at) else {
            break;
        };
        found.merged += u64::from(head.status & MERGED != 0);
        let mut start = at.saturating_add(usize::from(head.mac));
        let mut lengths = (head.captured, head.original);
        if link == LinkType::ETHERNET
            && head.status & VLAN_VALID != 0
            && tag(block, start, &head).is_some()
        {
            start = start.saturating_sub(TAG);
            lengths = (
                head.captured.saturating_add(4),
                head.original.saturating_add(4),
            );
        }
        records.push(Record {
            time: head.time,
            start,
            captured: lengths.0.min(FRAME_MAX),
            original: lengths.1,
            interface,
            link,
            time_known: true,
        });
        if head.next == 0 {
            break;
        }
        at = at.saturating_add(head.next as usize);
    }
    found
}

/// What the kernel says of a frame.
struct Head {
    next: u32,
    time: Time,
    captured: u32,
    original: u32,
    status: u32,
    mac: u16,
    tci: u16,
    tpid: u16,
}

impl Head {
    fn read(block: &[u8], at: usize) -> Option<Self> {
        let head = block.get(at..at.checked_add(48)?)?;
        let short = |at: usize| {
            let octets = head.get(at..at.checked_add(2)?)?.first_chunk()?;
            Some(u16::from_ne_bytes(*octets))
        };
        // The control word is 16 bits in a word of 32.
        let tci = word(head, 32)? & 0xffff;
        Some(Self {
            next: word(head, 0)?,
            time: Time::from_parts(word(head, 4)?.into(), word(head, 8)?.into()),
            captured: word(head, 12)?,
            original: word(head, 16)?,
            status: word(head, 20)?,
            mac: short(24)?,
            tci: u16::try_from(tci).unwrap_or_default(),
            tpid: short(36)?,
        })
    }
}

/// A word in the byte order of this machine.
fn word(octets: &[u8], at: usize) -> Option<u32> {
    let word = octets.get(at..at.checked_add(4)?)?.first_chunk()?;
    Some(u32::from_ne_bytes(*word))
}

/// Puts a tag into the frame at `start`, which begins four octets earlier then.
fn tag(block: &mut [u8], start: usize, head: &Head) -> Option<()> {
    if (head.captured as usize) < MACS {
        return None;
    }
    let front = start.checked_sub(TAG)?;
    let frame = block.get_mut(front..start.checked_add(MACS)?)?;
    frame.copy_within(TAG.., 0);
    let tpid = if head.status & TPID_VALID != 0 {
        head.tpid
    } else {
        CUSTOMER_TAG
    };
    let [t0, t1] = tpid.to_be_bytes();
    let [c0, c1] = head.tci.to_be_bytes();
    let place = frame.get_mut(MACS..)?.first_chunk_mut::<TAG>()?;
    *place = [t0, t1, c0, c1];
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A block with these frames: (status, TCI, TPID, octets).
    fn block(frames: &[(u32, u16, u16, &[u8])]) -> Vec<u8> {
        let mut block = vec![0; 48];
        block[12..16].copy_from_slice(&u32::try_from(frames.len()).unwrap().to_ne_bytes());
        block[16..20].copy_from_slice(&48_u32.to_ne_bytes());
        for (status, tci, tpid, octets) in frames {
            let length = u32::try_from(octets.len()).unwrap();
            // 48 octets of header, 20 of an address, 18 free.
            let next = (48 + 38 + octets.len()).next_multiple_of(8);
            let mut frame = vec![0; next];
            let words = [
                u32::try_from(next).unwrap(),
                7,
                9,
                length,
                length + 1,
                *status,
            ];
            for (at, word) in words.iter().enumerate() {
                frame[at * 4..at * 4 + 4].copy_from_slice(&word.to_ne_bytes());
            }
            frame[24..26].copy_from_slice(&86_u16.to_ne_bytes());
            frame[32..36].copy_from_slice(&u32::from(*tci).to_ne_bytes());
            frame[36..38].copy_from_slice(&tpid.to_ne_bytes());
            frame[86..86 + octets.len()].copy_from_slice(octets);
            block.extend(frame);
        }
        block
    }

    const PLAIN: &[u8] = b"DDDDDDSSSSSS\x08\x00payload";

    fn read_all(mut block: Vec<u8>) -> (Vec<(Vec<u8>, u32)>, Found) {
        let mut records = Vec::new();
        let found = read(&mut block, LinkType::ETHERNET, 3, &mut records);
        let octets = |record: &Record| {
            assert_eq!((record.interface, record.time), (3, Time::from_parts(7, 9)));
            (record.within(&block).to_vec(), record.original)
        };
        (records.iter().map(octets).collect(), found)
    }

    #[test]
    fn tags_are_put_back_where_they_were() {
        let (frames, found) = read_all(block(&[
            (1, 0, 0, PLAIN),
            (VLAN_VALID, 0x6064, 0, PLAIN),
            (VLAN_VALID | TPID_VALID, 0x0007, 0x88a8, PLAIN),
            (MERGED, 0, 0, b"short"),
            (VLAN_VALID, 5, 0, b"too short"),
        ]));
        let length = u32::try_from(PLAIN.len()).unwrap();
        assert_eq!(frames[0], (PLAIN.to_vec(), length + 1));
        let tagged = b"DDDDDDSSSSSS\x81\x00\x60\x64\x08\x00payload".to_vec();
        assert_eq!(frames[1], (tagged, length + 5));
        let service = b"DDDDDDSSSSSS\x88\xa8\x00\x07\x08\x00payload".to_vec();
        assert_eq!(frames[2], (service, length + 5));
        assert_eq!(frames[3], (b"short".to_vec(), 6));
        assert_eq!(frames[4], (b"too short".to_vec(), 10));
        assert_eq!(found, Found { merged: 1 });
    }

    #[test]
    fn no_header_leads_out_of_the_block() {
        let good = block(&[(1, 0, 0, PLAIN), (VLAN_VALID, 9, 0, PLAIN)]);
        for at in 0..good.len() {
            for value in [0, 1, 0x7f, 0xff] {
                let mut bad = good.clone();
                bad[at] = value;
                let mut records = Vec::new();
                read(&mut bad, LinkType::ETHERNET, 0, &mut records);
                assert!(records.iter().all(|r| r.within(&bad).len() <= bad.len()));
            }
            let mut cut = good[..at].to_vec();
            read(&mut cut, LinkType::ETHERNET, 0, &mut Vec::new());
        }
    }
}
