//! LLDP on captured and built units.

use super::Lldp;
use crate::facts::Side;
use crate::protocols::testing::{Driver, batter, hex};
use crate::protocols::{Carrier, Step};

/// Frame 4 of tcpdump's `LLDP_and_CDP.pcap` (BSD), its description cut short.
const SWITCH: &str = "02070400192fa7b28d 040d0155706c696e6b20746f205331 06020078
    0a0c53322e636973636f2e636f6d 0c12436973636f20494f5320536f667477617265
    08134769676162697445746865726e6574302f3133 0e0400140004
    fe060080c2010001 fe0900120f0103c03600100000";

/// In the form of a PROFINET device with several interfaces; made up after IEC 61158-6-10.
const STATION: &str = "0251 07
    45543230305350202020202020202020202020202020202020 20
    36455337203135352d36415530302d30434e3020 20
    5320432d4b374e503332393532303138 20 2020202035 20 56202034202032202030
    0411 07 706f72742d3030312e65743230307370 06020014
    1014 0501c0a8010e 0200000001 082b0601040181c06e
    fe08 000ecf02 00000000 0000";

/// The inventory TLVs of a camera; made up after ANSI/TIA-1057.
const CAMERA: &str = "0207 04 00408c123456 0403 076531 06020078
    fe09 0012bb05 4857312e30 fe08 0012bb06 392e3830 fe08 0012bb08 41433031
    fe08 0012bb09 41786973 fe09 0012bb0a 5031343438 0e04 0080 0020 0000";

fn told(unit: &str) -> Driver {
    let unit = hex(unit);
    let carrier = Carrier::Ether(0x88cc);
    let mut driver = Driver::open(&Lldp, carrier, (0, 0), Side::Low, &unit, false);
    driver.packet(Side::Low, &unit);
    assert_eq!(driver.steps, [Step::Pdu(unit.len())]);
    driver
}

#[test]
fn a_switch_tells_name_description_and_role() {
    let driver = told(SWITCH);
    assert_eq!(
        driver.out.messages,
        [
            "low lldp chassis_id=\"00:19:2f:a7:b2:8d\" port_id=\"Uplink to S1\" time_to_live=120 \
             port_description=\"GigabitEthernet0/13\" system_name=\"S2.cisco.com\" \
             system_description=\"Cisco IOS Software\" capabilities=[\"bridge\"]"
        ]
    );
    assert_eq!(
        driver.out.attributes,
        [
            "low Name = S2.cisco.com",
            "low Description = Cisco IOS Software",
            "low Mac = \\x00\\x19/\\xa7\\xb2\\x8d",
            "low Role = switch",
        ]
    );
}

#[test]
fn a_profinet_station_tells_its_identification_in_the_chassis_identifier() {
    let driver = told(STATION);
    assert_eq!(
        driver.out.attributes,
        [
            "low Name = et200sp",
            "low Model = ET200SP",
            "low OrderNumber = 6ES7 155-6AU00-0CN0",
            "low Serial = S C-K7NP32952018",
            "low Hardware = 5",
            "low Firmware = V4.2.0",
            "low Ip = \\xc0\\xa8\\x01\\x0e",
        ]
    );
}

#[test]
fn the_inventory_tlvs_name_maker_model_and_serial() {
    let driver = told(CAMERA);
    assert_eq!(
        driver.out.attributes,
        [
            "low Vendor = Axis",
            "low Model = P1448",
            "low Serial = AC01",
            "low Hardware = HW1.0",
            "low Firmware = 9.80",
            "low Mac = \\x00@\\x8c\\x124V",
            "low Role = telephone",
        ]
    );
}

#[test]
fn what_is_taken_back_is_not_told() {
    let driver = told("0207 04 00408c123456 0403 076531 06020000 0000");
    assert_eq!(driver.out.messages.len(), 1);
    assert!(driver.out.attributes.is_empty());
}

#[test]
fn a_tlv_that_runs_out_of_the_frame_is_a_fault() {
    let unit = hex("0207 04 00408c123456 0403 076531 06020078 0a20 5332");
    let carrier = Carrier::Ether(0x88cc);
    let mut driver = Driver::open(&Lldp, carrier, (0, 0), Side::High, &unit, false);
    driver.packet(Side::High, &unit);
    assert_eq!(driver.steps, [Step::Malformed(unit.len())]);
    assert_eq!(driver.out.faults, ["high lldp.invalid_tlv at 0"]);
}

#[test]
fn nothing_breaks_it() {
    for unit in [SWITCH, STATION, CAMERA] {
        batter(&Lldp, Carrier::Ether(0x88cc), (0, 0), &[&hex(unit)]);
    }
}
