//! What people say of devices: what stands, what contradicts, what is missing.

use super::{Scene, card, end, of, silent, told};
use crate::desk::site::{Importance, Site};
use crate::facts::{Host, Property};
use std::sync::Arc;

/// Two devices, one of which tells a name and a serial number, and this list.
fn scene(list: &str) -> Scene {
    let mut scene = Scene::default();
    scene.inventory.site = Some(Arc::new(Site::read(list.as_bytes()).unwrap()));
    scene.packets(end("10.0.0.5", 5, 128), end("10.0.0.9", 9, 128));
    let host = Host::Ip("10.0.0.5".parse().unwrap());
    scene.tell("dhcp", host, Property::Name, b"S7-PLC");
    scene.tell("s7comm", host, Property::Serial, b"S C-1");
    scene
}

#[test]
fn what_people_say_stands_and_comes_by_any_key() {
    let mac = card(5);
    for key in [
        "ip\n10.0.0.5,",
        &format!("mac\n{mac},"),
        "serial\nS c-1,",
        &format!("mac\n{},", mac.to_string().replace(':', "-").to_uppercase()),
    ] {
        let (head, row) = key.split_once('\n').unwrap();
        let list = format!(
            "{head},name,owner,importance,zone,purdue\n{row}PLC-10,Maintenance,high,cell-1,1\n"
        );
        let assets = scene(&list).finish();
        let device = of(&assets, "10.0.0.5");
        assert_eq!((&*device.name, device.purdue), ("PLC-10", Some(1)), "{key}");
        let said = device.said.as_ref().unwrap();
        assert_eq!((&*said.owner, &*said.zone), ("Maintenance", "cell-1"));
        assert_eq!(said.importance, Some(Importance::High));
        let expected = "the site's list, line 2, says name PLC-10, the device calls itself S7-PLC";
        assert_eq!(told(device), [expected]);
        let list = assets.list.as_ref().unwrap();
        assert_eq!(list.listed, 1);
        assert_eq!(list.unlisted, [of(&assets, "10.0.0.9").id.clone()]);
        assert!(list.unseen.is_empty());
    }
}

#[test]
fn what_the_traffic_says_otherwise_is_told() {
    let list = "ip,mac,serial,name\n\
                10.0.0.5,00:1b:1b:01:02:03,S C-2,s7-plc hall 1\n\
                10.0.0.8,,,Spare\n";
    let assets = scene(list).finish();
    let device = of(&assets, "10.0.0.5");
    assert_eq!(device.name, "s7-plc hall 1");
    assert_eq!(
        told(device),
        [
            format!(
                "the site's list, line 2, says MAC 00:1b:1b:01:02:03, seen is {}",
                card(5)
            ),
            "the site's list, line 2, says serial S C-2, the device says S C-1".to_owned(),
        ]
    );
    let unseen = &assets.list.as_ref().unwrap().unseen;
    assert_eq!(unseen.len(), 1);
    assert_eq!((unseen[0].line, &*unseen[0].name), (3, "Spare"));
    assert_eq!(unseen[0].keys, "10.0.0.8");
}

#[test]
fn of_several_lines_the_one_with_the_mac_holds() {
    let list = format!("ip,mac,name\n10.0.0.5,,By address\n,{},By card\n", card(5));
    let assets = scene(&list).finish();
    let device = of(&assets, "10.0.0.5");
    assert_eq!(device.name, "By card");
    let expected = format!(
        "the site's list has this device several times: line 3 by {}, line 2 by 10.0.0.5; the \
         first holds",
        card(5)
    );
    assert!(
        told(device).contains(&expected),
        "{:?}",
        device.contradictions
    );
}

#[test]
fn without_a_list_nothing_is_said() {
    let mut scene = Scene::default();
    scene.packets(end("10.0.0.5", 5, 128), silent("10.0.0.9"));
    let assets = scene.finish();
    assert_eq!(assets.list, None);
    assert_eq!(of(&assets, "10.0.0.5").said, None);
    let mut out = Vec::new();
    assets.write_json(&mut out).unwrap();
    assert!(!String::from_utf8(out).unwrap().contains("list"));
}
