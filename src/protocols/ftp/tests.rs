//! FTP on a built control connection.

use super::Ftp;
use crate::facts::Side;
use crate::protocols::testing::{Driver, batter};
use crate::protocols::{Carrier, Opening, Probe, Protocol, Step};

const GREETING: &[u8] = b"220-VxWorks (5.5) FTP server\r\nfor maintenance\r\n220 ready\r\n";
const LOGIN: &[u8] = b"USER plc\r\nPASS secret\r\n";

fn open() -> Driver {
    let mut driver = Driver::open(&Ftp, Carrier::Tcp, (21, 50_000), Side::Low, GREETING, false);
    driver.packet(Side::Low, GREETING);
    driver
}

fn probe(octets: &[u8], port: u16) -> Probe {
    Ftp.probe(&Opening {
        carrier: Carrier::Tcp,
        ports: (port, 50_000),
        side: Side::Low,
        octets,
        midstream: false,
    })
}

#[test]
fn a_login_and_transfers_are_told_without_the_password() {
    let mut driver = open();
    let (user, password) = LOGIN.split_at(10);
    driver.packet(Side::High, user);
    driver.packet(Side::Low, b"331 password?\r\n");
    driver.packet(Side::High, password);
    driver.packet(Side::Low, b"230 welcome\r\n");
    driver.packet(Side::High, b"RETR config.bin\r\n");
    driver.packet(Side::Low, b"150 coming\r\n226 done\r\n");
    driver.packet(Side::High, b"STOR firmware.img\r\n");
    driver.packet(Side::Low, b"553 no\r\n");
    driver.packet(Side::High, b"DELE old\r\n");
    driver.close();
    assert_eq!(
        driver.out.operations,
        [
            "ftp login: authenticate/1 by high, user \"plc\", ok",
            "ftp download: file/2 by high, file \"config.bin\", ok",
            "ftp upload: file/3 by high, file \"firmware.img\", refused 553 file name not allowed",
            "ftp delete or rename: file/3 by high, file \"old\", not-seen",
        ]
    );
    assert_eq!(
        driver.out.messages[..4],
        [
            "low ftp reply=220 text=\"VxWorks (5.5) FTP server\"",
            "low ftp reply=220 text=\"ready\"",
            "high ftp command=\"USER\" argument=\"plc\"",
            "low ftp reply=331 text=\"password?\"",
        ]
    );
    assert_eq!(driver.out.messages[4], "high ftp command=\"PASS\"");
    assert_eq!(
        driver.out.buffer("ftp.command_data"),
        [
            "high \"plc\"",
            "high \"secret\"",
            "high \"config.bin\"",
            "high \"firmware.img\"",
            "high \"old\"",
        ]
    );
    assert_eq!(
        driver.out.buffer("ftp.completion_code")[2..4],
        ["low \"331\"", "low \"230\""]
    );
    assert_eq!(
        driver.out.attributes,
        [
            "low Description = VxWorks (5.5) FTP server",
            "low OperatingSystem = VxWorks",
        ]
    );
    assert_eq!(driver.out.server, Some(Side::Low));
}

#[test]
fn a_line_is_found_again_after_a_gap_and_after_one_too_long() {
    let mut driver = open();
    driver.gap(Side::High, Some(9));
    driver.packet(Side::High, b"f a line\r\nSYST\r\n");
    driver.packet(Side::Low, b"215 UNIX Type: L8 (Linux)\r\n");
    assert_eq!(
        driver.out.attributes.last().unwrap(),
        "low OperatingSystem = Linux"
    );
    for _ in 0..40 {
        driver.packet(Side::High, &[b'x'; 64]);
    }
    driver.packet(Side::High, b"\r\nQUIT\r\n");
    assert_eq!(driver.out.faults, ["high ftp.invalid_line at 0"]);
    assert_eq!(
        driver.out.messages.last().unwrap(),
        "high ftp command=\"QUIT\""
    );
}

#[test]
fn after_auth_the_rest_is_encrypted() {
    let mut driver = open();
    driver.packet(Side::High, b"AUTH TLS\r\n");
    driver.packet(Side::Low, b"234 go ahead\r\n\x16\x03\x03");
    assert_eq!(driver.steps.last(), Some(&Step::Encrypted));
}

#[test]
fn mail_servers_and_others_are_not_mine() {
    assert_eq!(probe(GREETING, 2121), Probe::Certain);
    assert_eq!(probe(b"220 welcome\r\n", 21), Probe::Unsure);
    assert_eq!(probe(b"22", 21), Probe::More);
    assert_eq!(probe(b"220 mail.local ESMTP\r\n", 2525), Probe::NotMine);
    assert_eq!(probe(b"220 welcome\r\n", 25), Probe::NotMine);
    assert_eq!(probe(b"GET / HTTP/1.1\r\n", 21), Probe::NotMine);
    assert_eq!(probe(b"\x00\x01\x00\x00\x00\x06", 21), Probe::NotMine);
}

#[test]
fn a_mail_client_takes_the_conversation_back() {
    let mut driver = open();
    driver.packet(Side::High, b"EHLO historian\r\n");
    assert_eq!(driver.steps.last(), Some(&Step::NotMine));
}

#[test]
fn nothing_breaks_it() {
    batter(&Ftp, Carrier::Tcp, (21, 50_000), &[GREETING, LOGIN]);
}
