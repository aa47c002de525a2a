//! Tunnels of every kind around one inner packet, and ports that hint at tunnels in vain.

use super::*;

#[test]
fn point_to_point_over_ethernet() {
    let packet = inner();
    let session = join(&[
        &[0x11, 0, 0, 9],
        &be(packet.len() + 2),
        &[0, 0x21],
        &packet,
        &[0; 3],
    ]);
    assert_inner(ETHERNET, &ether(0x8864, &session), 0);
    let control = ether(0x8864, &[0x11, 0, 0, 9, 0, 4, 0xc0, 0x21, 9, 1]);
    let headers = read_all(ETHERNET, &control);
    assert_eq!(headers.network, Network::Ether(0x880b));
    assert_eq!(headers.content(&control), [0xc0, 0x21, 9, 1]);
}

#[test]
fn labels_and_pseudowires() {
    let labels = [0, 1, 0x10, 64, 0, 2, 0x21, 64];
    assert_inner(ETHERNET, &ether(0x8847, &join(&[&labels, &inner()])), 0);
    let bridged = ether(0x0800, &inner());
    for control in [&[][..], &[0; 4]] {
        let frame = ether(0x8847, &join(&[&labels, control, &bridged]));
        assert_inner(ETHERNET, &frame, 1);
    }
    // An address that begins like an IPv4 header is told apart by what follows.
    let mut like_ip = bridged;
    like_ip[0] = 0x45;
    assert_inner(ETHERNET, &ether(0x8847, &join(&[&labels, &like_ip])), 1);
    let other = read_all(ETHERNET, &ether(0x8847, &join(&[&labels, &[0x10; 30]])));
    assert_eq!(other.network, Network::Ether(0x8847));
    assert!(other.notes.has(Notes::UNKNOWN));
}

#[test]
fn generic_routing_encapsulation() {
    let gre = |head: &[u8], payload: &[u8]| ether(0x0800, &ipv4(47, &join(&[head, payload])));
    let (packet, bridged) = (inner(), ether(0x0800, &inner()));
    assert_inner(ETHERNET, &gre(&[0, 0, 8, 0], &packet), 1);
    let all = [&[0xb0, 0, 8, 0][..], &[0; 12]].concat();
    assert_inner(ETHERNET, &gre(&all, &packet), 1);
    let routed = [&[0x40, 0, 8, 0, 0, 0, 0, 0, 0, 2, 0, 2, 9, 9][..], &[0; 4]].concat();
    assert_inner(ETHERNET, &gre(&routed, &packet), 1);
    let headers = assert_inner(
        ETHERNET,
        &gre(&[0x20, 0, 0x65, 0x58, 0, 0, 1, 0], &bridged),
        1,
    );
    assert_eq!(headers.ip().unwrap().start, 14 + 20 + 8 + 14);
    let tunnelled = [&[0x30, 0x81, 0x88, 0x0b][..], &[0; 12], &[0x21]].concat();
    assert_inner(ETHERNET, &gre(&tunnelled, &packet), 1);
    // What is carried is not known: the outer packet stands.
    let frame = gre(&[0, 0, 0x20, 1], b"resolve");
    let headers = read_all(ETHERNET, &frame);
    assert_eq!(host_pair(&headers), Some((Host::v4(A), Host::v4(B))));
    assert_eq!(
        (headers.transport, headers.content(&frame)),
        (Transport::Other, &b"resolve"[..])
    );
}

#[test]
fn mirrored_frames() {
    let bridged = ether(0x0800, &inner());
    let gre = |head: &[u8]| ether(0x0800, &ipv4(47, &join(&[head, &bridged])));
    assert_inner(ETHERNET, &gre(&[0, 0, 0x88, 0xbe]), 1);
    let two = [
        &[0x10, 0, 0x88, 0xbe][..],
        &[0; 4],
        &[0x10, 0x2a, 0, 1, 0, 0, 0, 0],
    ]
    .concat();
    assert_eq!(assert_inner(ETHERNET, &gre(&two), 1).vlans(), [42]);
    let three = [
        &[0x10, 0, 0x22, 0xeb][..],
        &[0; 4],
        &[0x20, 0x2a, 0, 1],
        &[0; 8],
    ]
    .concat();
    assert_eq!(assert_inner(ETHERNET, &gre(&three), 1).vlans(), [42]);
    let mut with_sub_header = [&three[..], &[0xff; 8]].concat();
    with_sub_header[19] = 1;
    assert_inner(ETHERNET, &gre(&with_sub_header), 1);
}

#[test]
fn a_frame_cut_by_the_mirror_is_cut_and_not_malformed() {
    let bridged = ether(0x0800, &inner());
    let head = [
        &[0x10, 0, 0x88, 0xbe][..],
        &[0; 4],
        &[0x10, 0, 4, 1, 0, 0, 0, 0],
    ]
    .concat();
    let frame = ether(
        0x0800,
        &ipv4(47, &join(&[&head, &bridged[..bridged.len() - 2]])),
    );
    let headers = read_all(ETHERNET, &frame);
    assert_eq!(
        (headers.content(&frame), headers.missing),
        (&b"modb"[..], 2)
    );
    assert!(headers.notes.has(Notes::CUT) && !headers.notes.has(Notes::BAD_LENGTH));
}

#[test]
fn ip_in_ip() {
    assert_inner(ETHERNET, &ether(0x0800, &ipv4(4, &inner())), 1);
    assert_inner(ETHERNET, &ether(0x86dd, &ipv6(4, &inner())), 1);
    let frame = ether(0x0800, &ipv4(41, &ipv6(17, &udp(53, b"query"))));
    let headers = read_all(ETHERNET, &frame);
    assert_eq!(
        (headers.tunnels, headers.content(&frame)),
        (1, &b"query"[..])
    );
    let bridged = join(&[&[0x30, 0], &ether(0x0800, &inner())]);
    assert_inner(ETHERNET, &ether(0x0800, &ipv4(97, &bridged)), 1);
}

#[test]
fn tunnels_in_udp() {
    let (packet, bridged) = (inner(), ether(0x0800, &inner()));
    let over = |port: u16, head: &[u8], payload: &[u8]| {
        ether(0x0800, &ipv4(17, &udp(port, &join(&[head, payload]))))
    };
    for port in [4789, 8472] {
        assert_inner(
            ETHERNET,
            &over(port, &[8, 0, 0, 0, 0, 0, 7, 0], &bridged),
            1,
        );
    }
    let options = [&[2, 0, 0x65, 0x58, 0, 0, 7, 0][..], &[0; 8]].concat();
    assert_inner(ETHERNET, &over(6081, &options, &bridged), 1);
    assert_inner(ETHERNET, &over(6081, &[0, 0, 8, 0, 0, 0, 7, 0], &packet), 1);
    let tags = [1, 0, 0, 1, 0, 10, 2, 0xff, 0xff, 1];
    assert_inner(ETHERNET, &over(37008, &tags, &bridged), 1);
    let teredo = [&[0, 1, 0, 0][..], &[0; 9], &[0, 0, 1, 2, 3, 4, 5, 6]].concat();
    assert_inner(ETHERNET, &over(3544, &teredo, &ipv6(4, &packet)), 2);
}

#[test]
fn a_port_is_no_proof_of_a_tunnel() {
    for port in [4789, 8472, 6081, 37008, 3544] {
        for content in [
            &b"\x08plain words on a port of their own choosing"[..],
            b"",
            b"\x01\0",
        ] {
            let frame = ether(0x0800, &ipv4(17, &udp(port, content)));
            let headers = read_all(ETHERNET, &frame);
            assert_eq!((headers.tunnels, headers.content(&frame)), (0, content));
            assert_eq!(host_pair(&headers), Some((Host::v4(A), Host::v4(B))));
            assert_eq!(headers.notes, Notes::default());
        }
    }
}

#[test]
fn tunnels_are_followed_to_a_bound() {
    let mut packet = inner();
    for _ in 0..TUNNELS {
        packet = ipv4(4, &packet);
    }
    assert_inner(ETHERNET, &ether(0x0800, &packet), TUNNELS);
    let headers = read_all(ETHERNET, &ether(0x0800, &ipv4(4, &packet)));
    assert!(headers.notes.has(Notes::TOO_DEEP));
    assert_eq!(host_pair(&headers), Some((Host::v4(A), Host::v4(B))));
    // SNAP in tags in SNAP never ends by itself.
    let snap = [0x81, 0, 0, 1, 0, 60, 0xaa, 0xaa, 3, 0, 0, 0].repeat(500);
    assert!(
        read_all(ETHERNET, &join(&[&MAC_A, &MAC_B, &snap]))
            .notes
            .has(Notes::TOO_DEEP)
    );
}
