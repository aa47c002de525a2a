//! MMS on captured and built TPDUs.

use super::Mms;
use crate::facts::Side;
use crate::protocols::testing::{Driver, batter, hex};
use crate::protocols::{Carrier, Opening, PROTOCOLS, Probe, Protocol, Step};

/// From ITI's IEC 61850 captures (CC-BY-4.0): an association, a write, its end.
const REQUEST: &str = "030000130ee00000000600c1020002c2020001";
const CONFIRM: &str = "0300001611d01801000400c1020002c2020200c0010a";
const CONNECT: &str =
    "030000bb02f0800db20506130100160102140200023302000134020001c19c318199a003800101
    a28191810400000001820400000001a423300f0201010604520100013004060251013010020103060528ca220201
    30040602510188020600615a3058020101a053605180020780a107060528ca220203a20606042bce0f02a3030201
    17be35283306025101020103a02aa82880027530810203e8820203e8830105a417800101810305fb00820d03ffff
    ffffffffffffffffffff00";
const WRITE: &str =
    "0300002a02f08001000100611d301b020103a016a014020100a50fa0083006a00480026d75a003850100";
const CONCLUDE: &str = "0300001602f0800100010061093007020103a0028b00";
/// From the same: MMS right on COTP.
const INITIATE: &str = "0300002f02f080a8268002001f81010382010383020808a416800101810305e800820c03ffffffffffffffffffffff";
const KILL: &str =
    "0300002802f080a01f020101bf2c198017523339353032343339374170706c69636174696f6e5f31";

fn open(first: &[u8]) -> Driver {
    Driver::open(&Mms, Carrier::Tcp, (102, 40_000), Side::High, first, false)
}

/// A TPKT with one DT TPDU of session data and an MMS PDU in presentation context 3.
fn data(pdu: &str) -> Vec<u8> {
    let pdu = hex(pdu);
    let mut value = vec![2, 1, 3, 0xa0, u8::try_from(pdu.len()).unwrap()];
    value.extend(pdu);
    let mut octets = vec![1, 0, 1, 0, 0x61];
    octets.push(u8::try_from(value.len() + 2).unwrap());
    octets.extend([0x30, u8::try_from(value.len()).unwrap()]);
    octets.extend(value);
    let length = u8::try_from(octets.len() + 7).unwrap();
    [vec![3, 0, 0, length, 2, 0xf0, 0x80], octets].concat()
}

/// A write of one value to a variable of a domain, with its data.
fn write(item: &str, value: &str) -> Vec<u8> {
    let digits: String = item.bytes().map(|octet| format!("{octet:02x}")).collect();
    let n = item.len();
    let name = format!("a1{:02x}1a024c441a{n:02x}{digits}", n + 6);
    let name = format!("a0{:02x}{name}", n + 8);
    let list = format!("a0{:02x}30{:02x}{name}", n + 12, n + 10);
    let content = format!("{list}{value}");
    let length = content.len() / 2;
    data(&format!(
        "a0{:02x}020107a5{length:02x}{content}",
        length + 5
    ))
}

#[test]
fn an_association_and_its_write_are_told() {
    let mut driver = open(&hex(CONNECT));
    driver.packet(Side::High, &hex(REQUEST));
    driver.packet(Side::Low, &hex(CONFIRM));
    driver.packet(Side::High, &hex(CONNECT));
    driver.packet(Side::High, &hex(WRITE));
    driver.packet(Side::Low, &data("a107020100a5028100"));
    driver.packet(Side::High, &hex(CONCLUDE));
    driver.close();
    assert_eq!(
        driver.out.messages,
        [
            "high mms pdu=\"connect\"",
            "high mms pdu=\"confirmed-request\" invoke=0 service=\"write\" item=\"mu\" \
             value=[0]",
            "low mms pdu=\"confirmed-response\" invoke=0 service=\"write\"",
            "high mms pdu=\"conclude-request\"",
        ]
    );
    assert_eq!(
        driver.out.operations,
        [
            "write variables: write/3 by high, variable \"mu\" = [0], ok",
            "associate: session/0 by high, not-seen",
        ]
    );
}

#[test]
fn programs_are_killed_without_session_layer() {
    let mut driver = open(&hex(INITIATE));
    driver.packet(Side::High, &hex(INITIATE));
    driver.packet(Side::High, &hex(KILL));
    driver.close();
    assert_eq!(
        driver.out.operations,
        [
            "associate: session/0 by high, not-seen",
            "kill program: mode/5 by high, program \"R395024397Application_1\", not-seen",
        ]
    );
}

#[test]
fn the_functional_constraint_tells_what_a_write_does() {
    for (item, value, told) in [
        (
            "XCBR1$CO$Pos$Oper",
            "a003830101",
            "operate control object: control/4",
        ),
        (
            "PTOC1$SG$StrVal",
            "a003850105",
            "change settings: configure/4",
        ),
        (
            "LLN0$BR$brcb01$RptEna",
            "a003830100",
            "switch reports off: suppress/4",
        ),
        (
            "LLN0$BR$brcb01$RptEna",
            "a003830101",
            "write variables: write/3",
        ),
        ("GGIO1$DC$NamPlt", "a003850105", "write variables: write/3"),
    ] {
        let request = write(item, value);
        let mut driver = open(&request);
        driver.packet(Side::High, &request);
        driver.packet(Side::Low, &data("a108020107a503800103"));
        let shown = match value {
            "a003850105" => "5",
            _ if value.ends_with('0') => "0",
            _ => "1",
        };
        let told = format!(
            "{told} by high, variable \"LD/{item}\" = [{shown}], refused 3 object-access-denied"
        );
        assert_eq!(driver.out.operations, [told]);
    }
}

#[test]
fn a_service_error_is_a_refusal() {
    let mut driver = open(&hex(KILL));
    driver.packet(Side::High, &hex(KILL));
    driver.packet(Side::Low, &hex("0300001302f080a20a800101a105a003870102"));
    assert_eq!(driver.out.operations.len(), 1);
    let told = &driver.out.operations[0];
    assert!(told.ends_with("refused 1794 access"), "{told}");
}

#[test]
fn a_server_tells_who_it_is() {
    // From piccolo.pcap of the same captures.
    let request = data("a0050201018200");
    let answer = data(
        "a126 020101 a221 8009 494e464f2054454348 810d 53363138353020666f72205043 8205 302e302e31",
    );
    let mut driver = open(&request);
    driver.packet(Side::High, &request);
    driver.packet(Side::Low, &answer);
    assert_eq!(
        driver.out.attributes,
        [
            "low Vendor = INFO TECH",
            "low Model = S61850 for PC",
            "low Firmware = 0.0.1"
        ]
    );
    assert!(
        driver.out.messages[1].ends_with(
            "service=\"identify\" vendor=\"INFO TECH\" model=\"S61850 for PC\" \
             revision=\"0.0.1\""
        ),
        "{:?}",
        driver.out.messages
    );
}

#[test]
fn what_is_read_is_told_and_shows_an_ied() {
    let item = "XCBR1$ST$Pos";
    // As the write without its data, but service 4 with its specification in [1].
    let digits: String = item.bytes().map(|octet| format!("{octet:02x}")).collect();
    let n = item.len();
    let name = format!("a1{:02x}1a024c441a{n:02x}{digits}", n + 6);
    let name = format!("a0{:02x}{name}", n + 8);
    let content = format!("a1{:02x}a0{:02x}30{:02x}{name}", n + 14, n + 12, n + 10);
    let length = content.len() / 2;
    let request = data(&format!(
        "a0{:02x}020107a4{length:02x}{content}",
        length + 5
    ));
    // A structure with the position 10 (on), its quality and time.
    let answer = data("a11c020107a417a115a21384020680840303000091080000000000000000");
    let mut driver = open(&request);
    driver.packet(Side::High, &request);
    driver.packet(Side::Low, &answer);
    // Refused: no such object.
    driver.packet(Side::High, &request);
    driver.packet(Side::Low, &data("a10a020107a405a10380010a"));
    assert_eq!(
        driver.out.operations,
        [
            "read variables: read/0 by high, variable \"LD/XCBR1$ST$Pos\" = [2], ok",
            "read variables: read/0 by high, variable \"LD/XCBR1$ST$Pos\", \
             refused 10 object-non-existent",
        ]
    );
    assert_eq!(driver.out.attributes, ["low Role = ied"]);
}

#[test]
fn a_cancelled_request_is_named() {
    let mut driver = open(&hex(INITIATE));
    driver.packet(Side::High, &hex(INITIATE));
    driver.packet(Side::High, &data("850107"));
    driver.packet(Side::Low, &data("860107"));
    assert_eq!(
        driver.out.messages[1..],
        [
            "high mms pdu=\"cancel-request\" invoke=7",
            "low mms pdu=\"cancel-response\" invoke=7"
        ]
    );
}

#[test]
fn nobody_else_claims_it() {
    for first in [CONNECT, WRITE, INITIATE, KILL] {
        let octets = hex(first);
        for midstream in [false, true] {
            let opening = Opening {
                carrier: Carrier::Tcp,
                ports: (102, 40_000),
                side: Side::High,
                octets: &octets,
                midstream,
            };
            for protocol in PROTOCOLS {
                let certain = protocol.probe(&opening) == Probe::Certain;
                assert_eq!(certain, protocol.name() == "mms", "{protocol:?}");
            }
        }
    }
    // The transport connection alone says nothing.
    let request = hex(REQUEST);
    let opening = Opening {
        carrier: Carrier::Tcp,
        ports: (102, 40_000),
        side: Side::High,
        octets: &request,
        midstream: false,
    };
    assert_eq!(Mms.probe(&opening), Probe::NotMine);
}

#[test]
fn other_data_is_given_back_or_malformed() {
    let mut driver = open(&hex(KILL));
    driver.packet(Side::High, &hex("0300000902f0803200"));
    assert_eq!(driver.steps, [Step::NotMine]);
    let mut driver = open(&hex(KILL));
    driver.packet(Side::High, &hex(KILL));
    driver.packet(Side::High, &hex("0300000902f0803200"));
    assert_eq!(driver.out.faults, ["high mms.malformed_pdu at 7"]);
}

#[test]
fn nothing_breaks_it() {
    let packets = [CONNECT, WRITE, INITIATE, KILL, CONCLUDE].map(hex);
    let all: Vec<&[u8]> = packets.iter().map(Vec::as_slice).collect();
    batter(&Mms, Carrier::Tcp, (102, 40_000), &all);
}
