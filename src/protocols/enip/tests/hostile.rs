//! Bounds, malformed packets, truncation, mutation.

use super::*;

/// A small deterministic generator (xorshift).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % sides
    }
}

#[test]
fn requests_without_end_are_bounded() {
    let read = hex("0e03 2004 2464 3003");
    let mut driver = tcp(&unconnected(0, &read));
    for context in 0..=99 {
        driver.packet(CLIENT, &unconnected(context, &read));
    }
    assert_eq!(driver.out.operations.len(), 100 - 32);
    assert_eq!(driver.out.faults.len(), 100 - 32);
    assert_eq!(driver.out.faults[0], "low enip.too_many_transactions at 0");
    driver.close();
    assert_eq!(driver.out.operations.len(), 100);
}

#[test]
fn long_requests_are_told_at_once_or_make_room() {
    let mut write = hex("1003 2004 2464 3003");
    write.resize(5_000, 0);
    let first = unconnected(1, &write);
    let mut driver = tcp(&first);
    driver.packet(CLIENT, &first);
    assert_eq!(driver.out.operations.len(), 1);
    write.truncate(4_000);
    for context in 0..6 {
        driver.packet(CLIENT, &unconnected(context, &write));
    }
    assert_eq!(driver.out.operations.len(), 3, "four of 4000 octets fit");
}

#[test]
fn services_without_end_are_bounded() {
    // 600 services, all at the end of the packet.
    let count = 600_u16;
    let mut request = hex("0a02 2002 2401");
    request.extend(count.to_le_bytes());
    for index in 0..count {
        request.extend((2 + count * 2 + index * 6).to_le_bytes());
    }
    for _ in 0..count {
        request.extend(hex("0602 2064 2401"));
    }
    let first = unconnected(1, &request);
    let mut driver = tcp(&first);
    driver.packet(CLIENT, &first);
    driver.close();
    assert_eq!(driver.out.faults, ["low enip.too_many_services at 40"]);
    assert_eq!(driver.out.operations.len(), 512);
}

#[test]
fn offsets_that_fall_are_read_once() {
    let request = hex("0a02 2002 2401 0300 0800 0800 0800 0602 208e 2401");
    let first = unconnected(1, &request);
    let mut driver = tcp(&first);
    driver.packet(CLIENT, &first);
    driver.close();
    assert_eq!(driver.out.faults, ["low enip.invalid_cip at 40"]);
    assert_eq!(driver.out.operations.len(), 1);
}

#[test]
fn messages_in_messages_end() {
    let mut request = hex("0702 208e 2401");
    for _ in 0..40 {
        let mut outer = hex("5202 2006 2401 069a");
        outer.extend(u16::try_from(request.len()).unwrap().to_le_bytes());
        outer.extend(&request);
        outer.extend(hex("0100 0100"));
        request = outer;
    }
    let first = unconnected(1, &request);
    let mut driver = tcp(&first);
    driver.packet(CLIENT, &first);
    driver.packet(DEVICE, &unconnected(1, &hex("87000000")));
    assert_eq!(driver.out.faults, ["low enip.invalid_cip at 40"]);
    assert_eq!(driver.out.operations.len(), 1);
}

#[test]
fn a_malformed_message_ends_nothing() {
    let mut driver = tcp(&hex(REGISTER));
    driver.packet(CLIENT, &hex(REGISTER));
    driver.packet(DEVICE, &hex(REGISTER_REPLY));
    // An unknown path segment, then items that do not fill the packet, then a known good one.
    let mut broken = hex(TAG_READ);
    broken[42] = 0xe0;
    driver.packet(CLIENT, &broken);
    let mut short = hex(TAG_READ);
    short[38] -= 2;
    driver.packet(CLIENT, &short);
    driver.packet(CLIENT, &hex(TAG_READ));
    driver.packet(DEVICE, &hex(TAG_READ_REPLY));
    assert_eq!(
        driver.out.faults,
        ["low enip.invalid_cip at 40", "low enip.invalid_pdu at 30"]
    );
    assert!(
        driver
            .out
            .operations
            .last()
            .unwrap()
            .starts_with("read tag: read/0 unit 0")
    );
}

#[test]
fn a_lie_about_the_length_hides_nothing() {
    let mut driver = tcp(&hex(REGISTER));
    driver.packet(CLIENT, &hex(REGISTER));
    driver.packet(DEVICE, &hex(REGISTER_REPLY));
    for length in [200_u16, 60_000] {
        let mut lie = hex(TAG_READ);
        lie[2..4].copy_from_slice(&length.to_le_bytes());
        driver.packet(CLIENT, &lie);
        for _ in 0..4 {
            driver.packet(CLIENT, &hex(TAG_READ));
            driver.packet(DEVICE, &hex(TAG_READ_REPLY));
        }
    }
    driver.close();
    // All are told; two were held up behind the lie until their answers had passed.
    let read =
        |line: &&String| line.starts_with("read tag: read/0 unit 0 by low, tag \"FIT201:2\"");
    let answered = |line: &&String| line.ends_with("= [2.450000047683716], ok");
    let operations = &driver.out.operations;
    assert_eq!(operations.iter().filter(read).count(), 8);
    assert_eq!(operations.iter().filter(answered).count(), 6);
    assert_eq!(driver.out.faults.len(), 2);
}

#[test]
fn garbage_in_the_stream_is_passed_over_once() {
    let mut driver = tcp(&hex(REGISTER));
    driver.packet(CLIENT, &hex(REGISTER));
    driver.packet(DEVICE, &hex(REGISTER_REPLY));
    let mut octets = vec![0x5a; 77];
    octets.extend(hex(TAG_READ));
    driver.packet(CLIENT, &octets);
    driver.packet(DEVICE, &hex(TAG_READ_REPLY));
    assert_eq!(driver.out.faults, ["low enip.invalid_pdu at 0"]);
    assert_eq!(driver.out.operations.len(), 2);
}

#[test]
fn what_is_not_ours_is_given_back() {
    let mut driver = tcp(&hex(REGISTER));
    driver.packet(CLIENT, b"GET / HTTP/1.1\r\nHost: plc.example\r\n\r\n");
    assert_eq!(driver.steps, [Step::NotMine]);
}

#[test]
fn no_prefix_of_a_packet_is_a_packet() {
    for (side, octets) in conversation() {
        for end in 0..octets.len() {
            let mut driver = tcp(&hex(REGISTER));
            driver.packet(side, &octets[..end]);
            assert!(driver.out.messages.is_empty(), "{end} of {}", octets.len());
            driver.packet(side, &octets[end..]);
            assert_eq!(driver.out.messages.len(), 1);
        }
    }
}

#[test]
fn no_prefix_of_a_message_breaks_the_reader() {
    for (side, octets) in conversation() {
        for end in 40..octets.len() {
            // The packet itself stays sound; what it carries ends early.
            let cip = unconnected(1, &octets[40..end]);
            let mut driver = tcp(&hex(REGISTER));
            driver.packet(side, &cip);
            driver.packet(side.other(), &cip);
            driver.close();
            assert_eq!(driver.out.messages.len(), 2);
        }
    }
}

#[test]
fn changed_octets_never_break_the_contract() {
    let packets = conversation();
    let mut dice = Dice(0x0102_0304_0506_0708);
    for round in 0..400 {
        let mut driver = tcp(&hex(REGISTER));
        for (side, octets) in &packets {
            let mut octets = octets.clone();
            for _ in 0..=dice.roll(octets.len() / 20 + 1) {
                let at = dice.roll(octets.len());
                octets[at] = u8::try_from(dice.roll(256)).unwrap();
            }
            if round % 3 == 0 {
                octets.truncate(dice.roll(octets.len()) + 1);
            }
            driver.packet(*side, &octets);
        }
        driver.close();
    }
}

#[test]
fn changed_datagrams_never_break_the_contract() {
    let mut dice = Dice(0x1122_3344_5566_7788);
    let datagram = hex("02000280080004084b00df943f00b10006000000da0f0300");
    let identity = hex("63000000000000000000000000000000c1debed100000000");
    for _ in 0..2_000 {
        let mut driver = Driver::open(&Enip, Carrier::Udp, PORTS, CLIENT, &identity, false);
        for octets in [&datagram, &identity, &hex(TAG_READ)] {
            let mut octets = octets.clone();
            let at = dice.roll(octets.len());
            octets[at] = u8::try_from(dice.roll(256)).unwrap();
            octets.truncate(dice.roll(octets.len() * 2) + 1);
            driver.packet(CLIENT, &octets);
        }
        driver.close();
    }
}
