//! Tests of the list of the site: what spreadsheets write, and what is wrong with it.

use super::{Importance, Site};
use crate::facts::{Host, Mac};

fn read(text: &str) -> Site {
    Site::read(text.as_bytes()).unwrap()
}

fn host(ip: &str) -> Host {
    Host::Ip(ip.parse().unwrap())
}

/// What reading refuses, and how it is mended.
fn refused(octets: &[u8]) -> (String, String) {
    let error = Site::read(octets).unwrap_err();
    (error.to_string(), error.first.hint)
}

#[test]
fn columns_come_in_any_order_by_any_of_their_names() {
    let site = read(
        "Zone,Purdue Level,IP address,Owner,Name,Importance,Serial Number,MAC\r\n\
         cell-1,1,10.0.0.5,Maintenance,PLC-1,critical,S C-1,00-1B-1B-01-02-03\r\n",
    );
    let entry = site.of(host("10.0.0.5")).unwrap();
    assert_eq!(entry.line, 2);
    assert_eq!((&*entry.name, &*entry.owner), ("PLC-1", "Maintenance"));
    assert_eq!((&*entry.zone, entry.purdue), ("cell-1", Some(1)));
    assert_eq!(entry.importance, Some(Importance::Critical));
    let mac = Host::Mac(Mac([0, 0x1b, 0x1b, 1, 2, 3]));
    assert_eq!(site.of(mac), Some(entry));
    assert_eq!(site.with_serial("s c-1"), Some(entry));
    assert_eq!(entry.keys(), "00:1b:1b:01:02:03 10.0.0.5 serial S C-1");
    assert!(site.notes.is_empty());
}

#[test]
fn what_spreadsheets_of_all_countries_write_is_read() {
    let plain = read("ip,name\n10.0.0.5,\"Pump, east\"\n");
    for text in [
        "\u{feff}ip,name\r\n10.0.0.5,\"Pump, east\"\r\n",
        "ip;name\r\n10.0.0.5;Pump, east\r\n",
        "ip\tname\n10.0.0.5\tPump, east",
        "IP ; Nama ; \n 10.0.0.5 ; Pump, east ; \n",
        "ip,name\n10.0.0.5,\"Pump, east\"\n;;;\n",
    ] {
        let text = text.replace("\n;;;", "\n,,");
        assert_eq!(read(&text), plain, "{text}");
    }
    let said = read("sep=;\r\nip;name\r\n10.0.0.5;Pump, east\r\n");
    assert_eq!(said.entries()[0].line, 3);
    assert_eq!(said.entries()[0].name, "Pump, east");
    let spaced = read("\r\n\r\nip,name\r\n\r\n10.0.0.5,A\r\n\r\n\r\n10.0.0.6,\"B \"\"19\"\"\"\r\n");
    let lines: Vec<u64> = spaced.entries().iter().map(|entry| entry.line).collect();
    assert_eq!(lines, [5, 8]);
    assert_eq!(spaced.entries()[1].name, "B \"19\"");
    let stray = read("ip,name,note\n10.0.0.5,19\" rack,\"two\nlines\"\n10.0.0.6,B,\n");
    let lines: Vec<u64> = stray.entries().iter().map(|entry| entry.line).collect();
    assert_eq!(lines, [2, 4]);
}

#[test]
fn several_addresses_stand_in_one_cell_and_unknown_is_nothing() {
    let site = read(
        "mac_address,ip_address,purdue_level,asset_criticality\n\
         \"00:1b:1b:01:02:03; 001b1b010204 001b.1b01.0205\",\"10.0.0.5, fe80::1\",unknown,-\n\
         \"unknown, behind 00:1b:1b:01:02:09\",10.0.0.6,Level 2,Tinggi\n",
    );
    let [first, second] = site.entries() else {
        panic!("two lines");
    };
    assert_eq!((first.macs.len(), first.ips.len()), (3, 2));
    assert_eq!((first.purdue, first.importance), (None, None));
    assert!(second.macs.is_empty());
    assert_eq!(second.purdue, Some(2));
    assert_eq!(second.importance, Some(Importance::High));
}

#[test]
fn a_key_that_stands_twice_belongs_to_the_first_line_and_is_told() {
    let site = read("ip,serial,name\n10.0.0.5,S1,A\n10.0.0.5,s1,B\n,,nobody\n");
    assert_eq!(site.of(host("10.0.0.5")).unwrap().name, "A");
    let notes: Vec<String> = site.notes.iter().map(ToString::to_string).collect();
    assert_eq!(
        notes,
        [
            "line 3: 10.0.0.5 stands in line 2 already, which holds",
            "line 3: serial s1 stands in line 2 already, which holds",
            "line 4: neither MAC, IP nor serial number: no device can be told by it",
        ]
    );
    let site = read("ip,onwer\n10.0.0.5,A\n");
    assert_eq!(
        site.notes[0].to_string(),
        "line 1, column 2 (onwer): the column is not read"
    );
}

#[test]
fn each_broken_list_gets_one_clear_message() {
    let cases: [(&[u8], &str); 19] = [
        (b"", "line 1: the list is empty"),
        (b"\xff\xfei\0p\0", "line 1: the list is UTF-16"),
        (b"PK\x03\x04....", "line 1: the list is a workbook, not CSV"),
        (
            b"ip,name\n10.0.0.5,M\xfcller\n",
            "line 2: the line is not UTF-8",
        ),
        (
            b"ip,name\n10.0.0.5,\0\n",
            "line 2: the line has a NUL in it",
        ),
        (
            b"name,owner\nA,B\n",
            "line 1: no column is called mac, ip or serial: no device can be told by it",
        ),
        (
            b"10.0.0.5,PLC\n",
            "line 1: no column is called mac, ip or serial: no device can be told by it",
        ),
        (
            b"ip,name,IP Address\n",
            "line 1, column 3 (IP Address): column 1 says the same",
        ),
        (
            b"ip,name\n10.0.0.5,A\n10.0.0.5.6,B\n",
            "line 3, column 1 (ip): \"10.0.0.5.6\" is no IP address",
        ),
        (
            b"ip\n10.0.0.0/24\n",
            "line 2, column 1 (ip): \"10.0.0.0/24\" is no IP address",
        ),
        (
            b"ip\n224.0.0.1\n",
            "line 2, column 1 (ip): \"224.0.0.1\" is the address of no single device",
        ),
        (
            b"name,mac\nA,00:1b:1b:01:02\n",
            "line 2, column 2 (mac): \"00:1b:1b:01:02\" is no MAC address",
        ),
        (
            b"mac\nff:ff:ff:ff:ff:ff\n",
            "line 2, column 1 (mac): \"ff:ff:ff:ff:ff:ff\" is the address of no single device",
        ),
        (
            b"ip,importance\n10.0.0.5,very\n",
            "line 2, column 2 (importance): \"very\" is no importance",
        ),
        (
            b"ip,level\n10.0.0.5,3.5\n",
            "line 2, column 2 (level): \"3.5\" is no Purdue level",
        ),
        (
            b"ip,level\n10.0.0.5,6\n10.0.0.6,7\n10.0.0,8\n",
            "line 2, column 2 (level): \"6\" is no Purdue level; and 3 more cells are wrong",
        ),
        (
            b"ip,name\n10.0.0.5,A,B\n",
            "line 2, column 3: the line has more cells than the 2 columns",
        ),
        (
            b"ip,name\n10.0.0.5,A\n10.0.0.6,\"B\n10.0.0.7,C\n",
            "line 3: a quotation mark is not closed",
        ),
        (
            b"ip,name\n10.0.0.5,\"A\nB\"\n",
            "line 2, column 2 (name): the cell has a line break",
        ),
    ];
    for (octets, told) in cases {
        let (what, hint) = refused(octets);
        assert_eq!(what, told);
        assert!(!hint.is_empty(), "{told}");
    }
}

#[test]
fn no_cell_brings_the_reader_down() {
    // Every prefix of a list, and every octet of it changed, is read or refused.
    let list = "\u{feff}mac;ip;serial;name;purdue\r\n00:1b:1b:01:02:03;10.0.0.5;\"S;1\";\"P \"\"1\"\"\";1\r\n";
    let octets = list.as_bytes();
    let mut refused = 0;
    for end in 0..octets.len() {
        refused += u32::from(Site::read(&octets[..end]).is_err());
        for with in [0, b'"', b'\n', b';', 0xff] {
            let mut changed = octets.to_vec();
            changed[end] = with;
            refused += u32::from(Site::read(&changed).is_err());
        }
    }
    assert!(refused > 100, "{refused}");
}
