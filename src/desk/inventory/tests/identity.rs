//! Which hosts are one device, who is behind a router, and what contradicts what.

use super::{End, Scene, card, end, of, silent, told};
use crate::facts::{Host, Mac, Property};
use crate::protocols::Carrier;
use crate::sensor::{Event, PropertyRecord};

#[test]
fn a_host_owns_the_card_its_packets_come_from() {
    let mut scene = Scene::default();
    scene.packets(end("10.0.0.5", 5, 128), silent("10.0.0.6"));
    let assets = scene.finish();
    assert_eq!(assets.assets.len(), 1, "a silent host is none");
    let asset = of(&assets, "10.0.0.5");
    assert_eq!(asset.macs, [card(5)].into());
    assert_eq!(asset.behind, None);
    assert!(asset.vendor.contains("Dell"), "{}", asset.vendor);
    assert_eq!(asset.id, card(5).to_string());
}

#[test]
fn a_lowered_hop_limit_means_a_router_on_the_way() {
    let mut scene = Scene::default();
    scene.packets(end("172.16.0.9", 1, 127), end("10.0.0.5", 5, 128));
    let assets = scene.finish();
    assert_eq!(assets.assets.len(), 3, "two hosts and the router between");
    let remote = of(&assets, "172.16.0.9");
    assert!(remote.macs.is_empty());
    assert_eq!(remote.behind, Some(card(1)));
    assert_eq!(remote.vendor, "", "the router's maker is not the host's");
    let router = assets.of(Host::Mac(card(1))).unwrap();
    assert!(router.ips.is_empty());
    assert_eq!(router.roles.first().unwrap().role, "gateway");
}

#[test]
fn a_router_with_a_claimed_address_does_not_own_those_of_other_networks() {
    let mut scene = Scene::default();
    scene.arp(card(1), "10.0.0.1");
    // 64 hops away from 128, or an odd stack: the claim tells.
    scene.packets(end("8.8.8.8", 1, 64), end("10.0.0.5", 5, 128));
    scene.packets(end("10.0.0.1", 1, 255), end("10.0.0.5", 5, 128));
    let assets = scene.finish();
    assert_eq!(of(&assets, "8.8.8.8").behind, Some(card(1)));
    assert_eq!(of(&assets, "10.0.0.1").macs, [card(1)].into());
    assert_eq!(of(&assets, "10.0.0.1").ips.len(), 1);
}

#[test]
fn addresses_that_one_card_claims_are_one_device() {
    let mut scene = Scene::default();
    scene.arp(card(5), "10.0.0.5");
    scene.arp(card(5), "10.9.0.5");
    scene.packets(end("10.0.0.5", 5, 64), silent("10.0.0.6"));
    scene.packets(end("10.9.0.5", 5, 64), silent("10.9.0.6"));
    scene.packets(end("fe80::5", 5, 255), silent("ff02::fb"));
    scene.packets(end("2001:db8::5", 5, 64), silent("2001:db8::6"));
    let assets = scene.finish();
    assert_eq!(assets.assets.len(), 1);
    assert_eq!(of(&assets, "10.9.0.5").ips.len(), 4);
    assert!(assets.assets[0].contradictions.is_empty());
}

#[test]
fn a_router_that_answers_for_others_does_not_become_them() {
    let mut scene = Scene::default();
    scene.arp(card(1), "10.0.0.1");
    scene.arp(card(1), "10.0.1.7");
    scene.packets(end("10.0.1.7", 1, 63), end("10.0.0.5", 5, 64));
    let assets = scene.finish();
    assert_eq!(of(&assets, "10.0.1.7").behind, Some(card(1)));
    assert_eq!(of(&assets, "10.0.0.1").ips.len(), 1);
}

#[test]
fn an_odd_hop_limit_alone_makes_no_router_of_a_card_with_a_claim() {
    let mut scene = Scene::default();
    scene.arp(card(7), "10.0.0.7");
    scene.packets(end("10.0.0.7", 7, 100), silent("10.0.0.1"));
    let assets = scene.finish();
    assert_eq!(assets.assets.len(), 1);
    assert_eq!(of(&assets, "10.0.0.7").macs, [card(7)].into());
}

#[test]
fn the_hop_limit_of_old_siemens_controllers_counts_within_the_network() {
    let mut scene = Scene::default();
    scene.packets(end("10.0.0.7", 7, 60), end("10.0.0.5", 5, 128));
    scene.packets(end("20.0.0.7", 8, 60), end("10.0.0.5", 5, 128));
    let assets = scene.finish();
    assert_eq!(of(&assets, "10.0.0.7").macs, [card(7)].into());
    assert_eq!(of(&assets, "20.0.0.7").behind, Some(card(8)));
}

#[test]
fn what_no_router_passes_on_shows_its_sender_on_the_segment() {
    let mut scene = Scene::default();
    scene.packets(end("10.0.0.8", 8, 1), silent("224.0.0.252"));
    let assets = scene.finish();
    assert_eq!(of(&assets, "10.0.0.8").macs, [card(8)].into());
}

#[test]
fn an_address_claimed_by_two_cards_stays_with_the_first_and_both_show_it() {
    let mut scene = Scene::default();
    scene.arp(card(5), "10.0.0.5");
    scene.arp(card(66), "10.0.0.66");
    scene.arp(card(66), "10.0.0.5");
    let assets = scene.finish();
    assert_eq!(assets.assets.len(), 2);
    let victim = of(&assets, "10.0.0.5");
    assert_eq!(victim.macs, [card(5)].into());
    let expected = format!(
        "10.0.0.5 is claimed by {} (frame 2) and by {} (arp, frame 6)",
        card(5),
        card(66)
    );
    assert_eq!(told(victim), [&*expected]);
    assert_eq!(told(of(&assets, "10.0.0.66")), [expected]);
}

#[test]
fn an_address_of_another_network_that_a_card_only_announces_is_not_its_own() {
    // As in a captured theft of switch ports: replies that nobody asked for, from the card of a
    // station and with the address of the thief.
    let mut scene = Scene::default();
    scene.arp(card(66), "141.43.200.156");
    scene.tell(
        "lldp",
        Host::Ip("192.168.1.14".parse().unwrap()),
        Property::Mac,
        &card(66).0,
    );
    let assets = scene.finish();
    let station = of(&assets, "192.168.1.14");
    assert_eq!(station.ips.len(), 1);
    let expected = format!(
        "141.43.200.156 was announced by {} (arp, frame 2), which is 192.168.1.14, and nobody \
         sent from it",
        card(66)
    );
    assert_eq!(told(station), [expected]);
    assert_eq!(assets.assets.len(), 1);
}

#[test]
fn packets_with_anothers_address_are_shown() {
    let mut scene = Scene::default();
    scene.arp(card(5), "10.0.0.5");
    scene.packets(end("10.0.0.5", 5, 128), silent("10.0.0.9"));
    scene.packets(end("10.0.0.5", 66, 128), silent("10.0.0.9"));
    let assets = scene.finish();
    let spoofer = assets.of(Host::Mac(card(66))).unwrap();
    assert!(spoofer.ips.is_empty());
    assert_eq!(
        told(spoofer),
        [format!(
            "10.0.0.5 was used by {} (frame 3) and by {} (frame 4)",
            card(5),
            card(66)
        )]
    );
}

#[test]
fn hosts_that_share_a_card_without_a_claim_are_told_apart() {
    // A capture made with one MAC for all hosts.
    let mut scene = Scene::default();
    scene.packets(end("10.0.0.5", 5, 64), end("192.168.7.1", 5, 64));
    let assets = scene.finish();
    let apart = of(&assets, "10.0.0.5").id != of(&assets, "192.168.7.1").id;
    assert!(apart);
}

#[test]
fn a_capture_without_link_layer_has_devices_without_cards() {
    let mut scene = Scene::default();
    let bare = End {
        mac: None,
        ..end("10.0.0.5", 0, 64)
    };
    scene.packets(bare, silent("10.0.0.6"));
    let assets = scene.finish();
    assert_eq!(assets.assets.len(), 1);
    assert_eq!(of(&assets, "10.0.0.5").id, "10.0.0.5");
    assert_eq!(of(&assets, "10.0.0.5").behind, None);
}

#[test]
fn a_client_without_an_address_is_known_by_its_card() {
    let mut scene = Scene::default();
    let nobody = end("0.0.0.0", 9, 64);
    scene.flow(
        Carrier::Udp,
        Some("dhcp"),
        nobody.port(68),
        silent("255.255.255.255").port(67),
    );
    let stamp = scene.stamp();
    scene
        .inventory
        .take(&Event::Property(Box::new(PropertyRecord {
            stamp,
            protocol: "dhcp",
            host: nobody.host,
            mac: Some(card(9)),
            unit: None,
            property: Property::Name,
            value: b"panel\0".to_vec(),
        })));
    let assets = scene.finish();
    assert_eq!(assets.assets.len(), 1);
    let asset = assets.of(Host::Mac(card(9))).unwrap();
    assert_eq!(asset.name, "panel");
    assert!(asset.ips.is_empty());
}

#[test]
fn a_port_that_names_its_chassis_is_part_of_it() {
    let mut scene = Scene::default();
    scene.arp(card(1), "10.0.0.1");
    scene.arp(card(2), "10.0.0.77");
    let port = Host::Mac(card(2));
    scene.tell("lldp", port, Property::Mac, &card(1).0);
    scene.tell("lldp", port, Property::Name, b"sw-1");
    let assets = scene.finish();
    assert_eq!(assets.assets.len(), 1);
    let switch = of(&assets, "10.0.0.1");
    assert_eq!(switch.macs, [card(1), card(2)].into());
    assert_eq!(switch.name, "sw-1");
}

#[test]
fn a_port_that_tells_the_management_address_is_part_of_its_owner() {
    let mut scene = Scene::default();
    scene.arp(card(1), "10.0.0.1");
    scene.arp(card(2), "10.0.0.77");
    scene.tell("lldp", Host::Mac(card(2)), Property::Ip, &[10, 0, 0, 1]);
    let assets = scene.finish();
    assert_eq!(assets.assets.len(), 1);
    assert!(assets.assets[0].contradictions.is_empty());
}

#[test]
fn a_shared_router_address_is_a_gateway_and_has_no_maker() {
    let mut scene = Scene::default();
    let shared = Mac([0, 0, 0x5e, 0, 1, 7]);
    scene.arp(shared, "10.0.0.254");
    let assets = scene.finish();
    let asset = of(&assets, "10.0.0.254");
    assert_eq!(asset.roles.first().unwrap().role, "gateway");
    assert_eq!(asset.vendor, "");
}

#[test]
fn values_that_cannot_all_be_true_are_kept_and_shown() {
    let mut scene = Scene::default();
    let host = end("10.0.0.5", 5, 64);
    scene.packets(host, silent("10.0.0.6"));
    scene.tell("modbus", host.host, Property::Serial, b"A1");
    scene.tell("modbus", host.host, Property::Serial, b"B2");
    scene.tell("modbus", host.host, Property::Vendor, b"Siemens");
    scene.tell("modbus", host.host, Property::Mode, b"run");
    scene.tell("modbus", host.host, Property::Mode, b"stop");
    scene.tell("modbus", host.host, Property::Mode, b"run");
    let assets = scene.finish();
    let asset = of(&assets, "10.0.0.5");
    assert_eq!(asset.serial, "A1");
    assert_eq!(asset.mode, "run", "the last one told");
    assert_eq!(
        told(asset),
        [
            "serial by modbus: A1 (frame 2), B2 (frame 3)".to_owned(),
            format!(
                "the device says it is made by Siemens, the MAC {} belongs to Dell Inc.",
                card(5)
            ),
        ]
    );
    let serials: Vec<u64> = asset
        .attributes
        .iter()
        .filter(|attribute| attribute.property == "serial" && attribute.source == "modbus")
        .map(|attribute| attribute.frame)
        .collect();
    assert_eq!(serials, [2, 3]);
}

#[test]
fn peers_are_devices_where_they_can_be() {
    let mut scene = Scene::default();
    scene.packets(end("10.0.0.5", 5, 64), end("10.0.0.6", 6, 64));
    scene.packets(end("10.0.0.5", 5, 64), silent("10.0.0.7"));
    let assets = scene.finish();
    let peers = &of(&assets, "10.0.0.5").peers;
    assert_eq!(peers.len(), 2);
    assert_eq!(peers[0].host, "10.0.0.6");
    assert_eq!(peers[0].packets, 20);
    assert_eq!(peers[0].asset, Some(card(6).to_string()));
    assert_eq!(peers[1].asset, None, "it never sent a frame");
}
