//! What devices do, from what they were seen doing.

use super::{End, Scene, end, meaning, of, silent};
use crate::desk::inventory::{Assets, Reason};
use crate::facts::{Class, Meaning, Property};
use crate::protocols::Carrier;

static READ: Meaning = meaning("read holding registers", Class::Read);
static WRITE: Meaning = meaning("write single register", Class::Write);
static DOWNLOAD: Meaning = meaning("download block", Class::ProgramWrite);

fn role<'a>(assets: &'a Assets, address: &str) -> &'a str {
    let asset = of(assets, address);
    asset.roles.first().map_or("", |role| role.role)
}

fn plc() -> End {
    end("10.0.0.50", 50, 64).port(502)
}

fn client(last: u8) -> End {
    end(&format!("10.0.0.{last}"), last, 128).port(50_000)
}

/// A client polls the PLC so often, every so many seconds.
fn polls(scene: &mut Scene, last: u8, count: u64, every: u64) {
    scene.tcp("modbus", client(last), plc());
    scene.act(&READ, client(last), plc(), count, every);
}

#[test]
fn the_fast_poller_is_the_hmi_and_the_slow_one_that_only_reads_the_historian() {
    let mut scene = Scene::default();
    polls(&mut scene, 1, 450, 2);
    polls(&mut scene, 2, 90, 10);
    scene.tcp("modbus", client(3), plc());
    scene.act(&WRITE, client(3), plc(), 2, 100);
    let assets = scene.finish();
    assert_eq!(role(&assets, "10.0.0.50"), "plc");
    assert_eq!(role(&assets, "10.0.0.1"), "hmi");
    assert_eq!(role(&assets, "10.0.0.2"), "historian");
    assert_eq!(role(&assets, "10.0.0.3"), "writing-client");
    assert_eq!(of(&assets, "10.0.0.50").purdue, Some(1));
    assert_eq!(of(&assets, "10.0.0.2").purdue, Some(3));
}

#[test]
fn a_slow_poller_that_writes_is_no_historian() {
    let mut scene = Scene::default();
    polls(&mut scene, 1, 450, 2);
    polls(&mut scene, 2, 90, 10);
    scene.act(&WRITE, client(2), plc(), 1, 0);
    assert_eq!(role(&scene.finish(), "10.0.0.2"), "hmi");
}

#[test]
fn who_loads_a_program_is_an_engineering_station_although_it_polls() {
    let mut scene = Scene::default();
    polls(&mut scene, 1, 450, 2);
    scene.act(&DOWNLOAD, client(1), plc(), 1, 0);
    assert_eq!(role(&scene.finish(), "10.0.0.1"), "engineering-station");
}

#[test]
fn a_controller_that_asks_others_stays_a_controller() {
    let mut scene = Scene::default();
    polls(&mut scene, 1, 450, 2);
    let other = end("10.0.0.51", 51, 64).port(502);
    scene.tcp("modbus", plc().port(4000), other);
    scene.act(&READ, plc(), other, 100, 1);
    let assets = scene.finish();
    let roles: Vec<&str> = of(&assets, "10.0.0.50")
        .roles
        .iter()
        .map(|role| role.role)
        .collect();
    assert_eq!(roles, ["plc", "industrial-client"]);
}

#[test]
fn an_outstation_that_reports_unasked_serves_and_its_master_is_the_hmi() {
    let mut scene = Scene::default();
    let master = client(1);
    scene.tcp("modbus", master, plc());
    // The report is an act of the outstation on the master.
    scene.act(&READ, plc(), master, 40, 20);
    let assets = scene.finish();
    assert_eq!(role(&assets, "10.0.0.50"), "plc");
    assert_eq!(of(&assets, "10.0.0.50").roles.len(), 1);
    assert_eq!(role(&assets, "10.0.0.1"), "hmi");
}

#[test]
fn knocking_at_many_doors_is_scanning_and_missing_a_controller_is_not() {
    let knock = |scene: &mut Scene, from: u8, to: u8| {
        let door = silent(&format!("10.0.0.{to}")).port(502);
        scene.flow(Carrier::Tcp, None, client(from), door);
    };
    let mut scene = Scene::default();
    for to in 100..104 {
        knock(&mut scene, 7, to);
    }
    polls(&mut scene, 1, 450, 2);
    for to in 100..104 {
        knock(&mut scene, 1, to);
    }
    for _ in 0..9 {
        (100..103).for_each(|to| knock(&mut scene, 8, to));
    }
    let assets = scene.finish();
    assert_eq!(role(&assets, "10.0.0.7"), "scanner");
    assert_eq!(role(&assets, "10.0.0.1"), "hmi");
    assert_eq!(role(&assets, "10.0.0.8"), "", "retries of a client");
}

#[test]
fn a_port_alone_is_a_hint_and_the_reason_says_so() {
    let mut scene = Scene::default();
    let rtu = end("10.0.0.60", 60, 64).port(2404);
    scene.flow(Carrier::Tcp, None, client(1), rtu);
    let assets = scene.finish();
    let asset = of(&assets, "10.0.0.60");
    assert_eq!(role(&assets, "10.0.0.60"), "outstation");
    let answers = Reason::AnswersOnPort {
        port: 2404,
        service: "iec104",
    };
    assert_eq!(asset.roles[0].reason, answers);
    assert_eq!(asset.serves, ["iec104/2404?".to_owned()].into());
}

#[test]
fn a_door_that_stayed_shut_is_no_service() {
    let mut scene = Scene::default();
    scene.flow(Carrier::Tcp, None, client(1), silent("10.0.0.60").port(502));
    let assets = scene.finish();
    assert!(of(&assets, "10.0.0.1").uses.is_empty());
}

#[test]
fn a_station_that_answers_discovery_is_what_it_says() {
    let mut scene = Scene::default();
    for (last, told) in [(1, "switch"), (2, "io-device"), (3, "plc")] {
        let station = end(&format!("10.0.0.{last}"), last, 64);
        let host = station.host;
        scene.flow(Carrier::Ether(0x8892), Some("profinet"), client(9), station);
        scene.tell("lldp", host, Property::Role, b"switch");
        scene.tell("profinet", host, Property::Role, told.as_bytes());
    }
    scene.tell(
        "lldp",
        end("10.0.0.1", 1, 64).host,
        Property::OrderNumber,
        b"6ES7 516-3AN01-0AB0",
    );
    let assets = scene.finish();
    assert_eq!(role(&assets, "10.0.0.1"), "plc");
    assert_eq!(role(&assets, "10.0.0.2"), "io");
    assert_eq!(role(&assets, "10.0.0.3"), "plc");
}

#[test]
fn offices_have_servers_workstations_and_jump_hosts() {
    let mut scene = Scene::default();
    let server = end("10.1.0.1", 101, 128);
    let jump = end("10.1.0.2", 102, 128);
    let user = end("10.1.0.3", 103, 128).port(50_000);
    scene.tcp("http", user, server.port(80));
    scene.flow(Carrier::Udp, Some("dns"), user, server.port(53));
    scene.tcp("rdp", user, jump.port(3389));
    scene.tcp(
        "rdp",
        jump.port(50_000),
        end("10.1.0.4", 104, 128).port(3389),
    );
    scene.flow(
        Carrier::Udp,
        Some("ntp"),
        end("10.1.0.5", 105, 128).port(123),
        server.port(123),
    );
    let assets = scene.finish();
    assert_eq!(role(&assets, "10.1.0.1"), "server");
    assert_eq!(role(&assets, "10.1.0.2"), "server");
    let jumps = &of(&assets, "10.1.0.2").roles[0].reason;
    assert_eq!(*jumps, Reason::JumpHost("rdp"));
    assert_eq!(role(&assets, "10.1.0.3"), "workstation");
    assert_eq!(role(&assets, "10.1.0.4"), "workstation");
    assert_eq!(role(&assets, "10.1.0.5"), "", "a clock tells nothing");
    assert_eq!(of(&assets, "10.1.0.1").purdue, None, "whose, is not known");
    assert_eq!(of(&assets, "10.1.0.3").purdue, Some(4));
}

#[test]
fn a_master_that_opens_a_connection_for_each_poll_polls() {
    let roles = |visits: u64| {
        let mut scene = Scene::default();
        for _ in 0..visits {
            polls(&mut scene, 1, 1, 0);
        }
        scene.act(&WRITE, client(1), plc(), 2, 100);
        role(&scene.finish(), "10.0.0.1").to_owned()
    };
    assert_eq!(roles(20), "hmi");
    assert_eq!(roles(4), "writing-client");
}
