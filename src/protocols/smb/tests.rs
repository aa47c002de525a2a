//! SMB on captured and built messages.

use super::Smb;
use crate::facts::Side;
use crate::protocols::testing::{Driver, batter, hex};
use crate::protocols::{Carrier, Opening, Probe, Protocol, Step};

/// Frames 850, 852 and 853 of ITI's `EIP-ControlProtocolChangeAttempt.pcap` (CC-BY-4.0): NTLM
/// authentication by version 1, a tree connect and its answer.
const AUTHENTICATE: &str =
    "0000012cff534d4273000000001807c80000000000000000000000000000fffe00082000
    0cff002c0104110a00000000000000610000000000d40000a0f100
    4e544c4d535350000300000001000100600000000000000061000000000000004800000000000000480000001800
    18004800000000000000610000000 58a88a20502ce0e0000000f
    570049004e0032004b0033004c004100420030003200320000
    570069006e0064006f0077007300200053006500720076006500720020003200300030003300200052003200200033
    00370039003000200053006500720076006900630065002000500061006300 6b002000320000000000
    570069006e0064006f0077007300200053006500720076006500720020003200300030003300200052003200200035
    002e00320000000000";
const TREE: &str =
    "00000060ff534d4275000000001807c80000000000000000000000000000fffe0008300004ff00600008
    0001003500005c005c00440042004c004900430045004e00530045005300450052005600450052005c004900500043
    00240000003f3f3f3f3f00";
const TREE_ANSWER: &str =
    "00000038ff534d4275000000009807c80000000000000000000000000008fffe0008300007ff00
    38000100ff010000ff010000070049504300000000";

/// A message of version 2 after MS-SMB2, 2.2.1, in its frame.
fn message(command: u8, response: bool, status: u32, id: u8, body: &[u8]) -> Vec<u8> {
    let mut octets = hex("fe534d42 4000 0000");
    octets.extend(status.to_le_bytes());
    octets.extend([command, 0, 1, 0, u8::from(response), 0, 0, 0, 0, 0, 0, 0]);
    octets.extend([id, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0]);
    octets.resize(64, 0);
    octets.extend(body);
    framed(&octets)
}

fn framed(octets: &[u8]) -> Vec<u8> {
    let length = u32::try_from(octets.len()).unwrap().to_be_bytes();
    [&length[..], octets].concat()
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn create(id: u8, access: u32, name: &str) -> Vec<u8> {
    let name = utf16(name);
    let mut body = hex("3900 00 02 02000000");
    body.extend([0; 16]);
    body.extend(access.to_le_bytes());
    body.extend([0; 12]);
    body.extend([0; 4]);
    body.extend([120, 0, u8::try_from(name.len()).unwrap(), 0]);
    body.extend([0; 8]);
    body.extend(name);
    message(5, false, 0, id, &body)
}

fn open(first: &[u8]) -> Driver {
    Driver::open(&Smb, Carrier::Tcp, (445, 50_000), Side::High, first, false)
}

#[test]
fn version_1_tells_host_system_and_pipes() {
    let authenticate = hex(AUTHENTICATE);
    let mut driver = open(&authenticate);
    driver.packet(Side::High, &authenticate);
    driver.packet(Side::High, &hex(TREE));
    driver.packet(Side::Low, &hex(TREE_ANSWER));
    assert_eq!(
        driver.out.messages,
        [
            "high smb version=1 command=\"session-setup\" response=false host=\"WIN2K3LAB022\" \
             system=\"Windows Server 2003 R2 3790 Service Pack 2\"",
            "high smb version=1 command=\"tree-connect\" response=false \
             path=\"\\\\\\\\DBLICENSESERVER\\\\IPC$\"",
            "low smb version=1 command=\"tree-connect\" response=true status=0",
        ]
    );
    assert_eq!(
        driver.out.attributes,
        [
            "high OperatingSystem = Windows Server 2003 R2 3790 Service Pack 2",
            "high Name = WIN2K3LAB022",
            "high OperatingSystem = Windows Server 2003 (5.2 build 3790)",
        ]
    );
    assert_eq!(driver.out.server, Some(Side::Low));
}

/// A write to an open file or pipe (MS-SMB2, 2.2.21).
fn write(id: u8, data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).unwrap().to_le_bytes();
    let mut body = hex("3100 7000");
    body.extend(length);
    body.extend([0; 8]);
    body.extend([7; 16]);
    body.extend([0; 16]);
    body.extend(data);
    message(9, false, 0, id, &body)
}

#[test]
fn calls_in_pipes_and_content_of_files_are_shown() {
    let mut tree = hex("0900 0000 4800 1400");
    tree.extend(utf16("\\\\srv\\IPC$"));
    let connect = message(3, false, 0, 1, &tree);
    let bind = "05000b03 10000000 4800 0000 07000000 b810b810 00000000 01000000
        0100 01 00 81bb7a36 4498 f135 ad32 98f038001003 02000000
        045d888a eb1c c911 9fe8 08002b104860 02000000";
    let request = "05000003 10000000 1c00 0000 08000000 04000000 0100 0c00 deadbeef";
    let mut driver = open(&connect);
    driver.packet(Side::High, &connect);
    driver.packet(Side::High, &write(2, b"MZ of a file"));
    driver.packet(Side::Low, &message(3, true, 0, 1, &hex("1000 02 00")));
    driver.packet(Side::High, &create(3, 0x0012_019f, "svcctl"));
    driver.packet(Side::High, &write(4, &hex(bind)));
    driver.packet(Side::High, &write(5, &hex(request)));
    for (name, values) in [
        (
            "smb.named_pipe",
            &["high \"\\\\\\\\srv\\\\IPC$\"", "high \"svcctl\""][..],
        ),
        ("smb.share", &[]),
        ("smb.file_name", &[]),
        ("smb.file_data", &["high 4d5a206f6620612066696c65"]),
        ("smb.dce_stub_data", &["high deadbeef"]),
        ("smb.dce_iface_version", &["high 2", "high 2"]),
    ] {
        assert_eq!(driver.out.buffer(name), values, "{name}");
    }
    assert_eq!(
        driver.out.messages.last().unwrap(),
        "high smb dce_iface=\"367abb81-9844-35f1-ad32-98f038001003\" dce_type=\"request\" \
         dce_opnum=12"
    );
}

#[test]
fn version_1_carries_calls_in_transactions() {
    // A transaction on pipe 0x4007 whose data, a bind of no context, begins at octet 82.
    let request = "0000006e ff534d42 25 00000000 18 07c8 0000 0000000000000000 0000 0008 fffe 0008
        0000 10 0000 1c00 0000 0010 00 00 0000 00000000 0000 0000 5200 1c00 5200 02 00
        2600 0740 2b00 00 5c0050004900500045005c00 0000
        05000b03 10000000 1c00 0000 07000000 b810b810 00000000 00000000";
    let request = hex(request);
    let mut driver = open(&request);
    driver.packet(Side::High, &request);
    assert_eq!(
        driver.out.messages,
        [
            "high smb version=1 command=\"transaction\" response=false",
            "high smb dce_type=\"bind\"",
        ]
    );
}

#[test]
fn files_and_pipes_are_told_once_with_their_outcome() {
    let read = create(1, 0x0012_0089, "plant\\recipe.csv");
    let mut driver = open(&read);
    driver.packet(Side::High, &read);
    driver.packet(Side::Low, &message(5, true, 0, 1, &[0; 88]));
    driver.packet(Side::High, &create(2, 0x0012_019f, "fw.bin"));
    driver.packet(Side::Low, &message(5, true, 0x0000_0103, 2, &[0; 8]));
    driver.packet(Side::Low, &message(5, true, 0xc000_0022, 2, &[0; 8]));
    driver.packet(Side::High, &create(3, 0x0012_0089, "plant\\recipe.csv"));
    driver.packet(Side::Low, &message(5, true, 0, 3, &[0; 88]));
    driver.packet(Side::High, &create(4, 0x0010_0080, "only attributes"));
    driver.packet(Side::Low, &message(3, true, 0, 5, &hex("1000 02 00")));
    driver.packet(Side::High, &create(6, 0x0012_019f, "svcctl"));
    driver.close();
    assert_eq!(
        driver.out.operations,
        [
            "smb file read: file/2 by high, file \"plant\\\\recipe.csv\", ok",
            "smb file write: file/3 by high, file \"fw.bin\", refused 3221225506 access denied",
            "smb pipe: session/1 by high, pipe \"svcctl\", not-seen",
        ]
    );
}

#[test]
fn a_login_tells_both_ends() {
    let mut challenge = b"NTLMSSP\0".to_vec();
    challenge.extend(hex(
        "02000000 0000000038000000 01820202 1122334455667788 0000000000000000",
    ));
    challenge.extend(hex("1800 1800 38000000 0a00 6345 0000000f 0100 0800"));
    challenge.extend(utf16("HIST"));
    challenge.extend(hex("0200 0400 4f005400 00000000"));
    let mut body = hex("0900 0000 4800");
    body.extend(u16::try_from(challenge.len()).unwrap().to_le_bytes());
    body.extend(challenge);
    let challenge = message(1, true, 0xc000_0016, 1, &body);

    let mut login = b"NTLMSSP\0".to_vec();
    login.extend(hex(
        "03000000 0000000000000000 0000000000000000 0000000000000000",
    ));
    login.extend(hex(
        "0600 0600 40000000 0000000000000000 0000000000000000 01000000",
    ));
    login.extend(utf16("bob"));
    let mut body = hex("1900 00 01 00000000 00000000 5800");
    body.extend(u16::try_from(login.len()).unwrap().to_le_bytes());
    body.extend([0; 8]);
    body.extend(login);
    let login = message(1, false, 0, 2, &body);

    let mut driver = open(&login);
    driver.packet(Side::Low, &challenge);
    driver.packet(Side::High, &login);
    driver.packet(
        Side::Low,
        &message(1, true, 0xc000_006d, 2, &[9, 0, 0, 0, 0, 0, 0, 0]),
    );
    assert_eq!(
        driver.out.attributes,
        [
            "low Name = HIST",
            "low OperatingSystem = Windows 10.0 build 17763"
        ]
    );
    assert_eq!(
        driver.out.operations,
        ["smb login: authenticate/1 by high, user \"bob\", refused 3221225581 logon failure"]
    );
    assert!(driver.out.messages[0].contains("domain=\"OT\" host=\"HIST\""));
}

#[test]
fn long_content_is_passed_over_even_with_octets_lost_in_it() {
    let write = message(9, false, 0, 1, &vec![0; 100_000]);
    let mut driver = open(&write);
    driver.packet(Side::High, &write[..50_000]);
    driver.gap(Side::High, Some(30_000));
    driver.packet(Side::High, &write[80_000..]);
    driver.packet(Side::High, &create(2, 1, "after"));
    assert_eq!(driver.out.messages.len(), 2);
    assert!(driver.out.messages[1].contains("path=\"after\""));
}

#[test]
fn after_a_gap_the_next_frame_is_found() {
    let read = create(1, 1, "a");
    let mut driver = open(&read);
    driver.gap(Side::High, None);
    driver.packet(Side::High, &[vec![0xee; 77], read].concat());
    assert_eq!(driver.steps[0], Step::Skip(77));
    assert_eq!(driver.out.messages.len(), 1);
    assert!(driver.out.faults.is_empty());
}

#[test]
fn version_3_encryption_ends_the_reading() {
    let encrypted = framed(&[hex("fd534d42"), vec![0x5a; 96]].concat());
    let mut driver = open(&encrypted);
    driver.packet(Side::High, &[encrypted.clone(), encrypted].concat());
    assert_eq!(driver.out.messages, ["high smb version=3 encrypted=true"]);
    assert_eq!(driver.steps, [Step::Pdu(104), Step::Encrypted]);
}

#[test]
fn only_marked_messages_are_recognised() {
    let probe = |octets: &[u8]| {
        Smb.probe(&Opening {
            carrier: Carrier::Tcp,
            ports: (502, 50_000),
            side: Side::High,
            octets,
            midstream: false,
        })
    };
    assert_eq!(probe(&hex("00000060fe")), Probe::More);
    assert_eq!(probe(&hex("00000060fe534d42")), Probe::Certain);
    assert_eq!(probe(&hex("0000006003000016")), Probe::NotMine);
    // Modbus with transaction 0.
    assert_eq!(probe(&hex("000000000006010300000001")), Probe::NotMine);
}

#[test]
fn nothing_breaks_it() {
    let (read, answer) = (create(1, 1, "x\\y"), message(5, true, 0, 1, &[0; 88]));
    batter(&Smb, Carrier::Tcp, (445, 50_000), &[&read, &answer]);
    let version1 = [hex(AUTHENTICATE), hex(TREE_ANSWER), hex(TREE)];
    batter(
        &Smb,
        Carrier::Tcp,
        (445, 50_000),
        &version1.each_ref().map(Vec::as_slice),
    );
}
