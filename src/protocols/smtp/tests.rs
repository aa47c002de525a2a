//! SMTP on built conversations, cut and with losses.

use super::Smtp;
use crate::facts::Side;
use crate::protocols::testing::{Driver, batter};
use crate::protocols::{Carrier, Opening, Probe, Protocol, Step};

const GREETING: &[u8] = b"220 mail.example ESMTP Postfix (Debian)\r\n";
const ENVELOPE: &[u8] = b"EHLO pc1.example\r\nMAIL FROM:<a@example> SIZE=10\r\n\
    RCPT TO:<b@example>\r\nrcpt to: <c@example>\r\nDATA\r\n";
const READY: &[u8] = b"250-mail.example\r\n250 OK\r\n250 OK\r\n250 OK\r\n250 OK\r\n354 go\r\n";
const MAIL: &[u8] = b"Received: one\r\n\tby two\r\nReceived: three\r\nFrom: A <a@example>\r\n\
    Subject: first\r\n second\r\nMIME-Version: 1.0\r\n\
    Content-Type: multipart/mixed;\r\n boundary=\"=_x\"\r\n\r\npreamble\r\n\
    --=_x\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
    caf=C3=A9 =\r\ngoes on\r\n..dot\r\n--=_x\r\n\
    Content-Type: application/octet-stream; name=\"x.exe\"\r\n\
    Content-Transfer-Encoding: base64\r\n\r\nTVqQ\r\nAAM=\r\n--=_x--\r\nepilogue\r\n.\r\n";

fn open() -> Driver {
    let mut driver = Driver::open(
        &Smtp,
        Carrier::Tcp,
        (25, 50_000),
        Side::Low,
        GREETING,
        false,
    );
    driver.packet(Side::Low, GREETING);
    driver
}

fn sent(pieces: usize) -> Driver {
    let mut driver = open();
    driver.packet(Side::High, ENVELOPE);
    driver.packet(Side::Low, READY);
    for piece in [MAIL, b"QUIT\r\n"].concat().chunks(pieces) {
        driver.packet(Side::High, piece);
    }
    driver.packet(Side::Low, b"250 queued\r\n221 bye\r\n");
    driver.close();
    driver
}

#[test]
fn a_mail_is_told_with_its_envelope_and_parts() {
    let driver = sent(10_000);
    let lines: Vec<&str> = driver.out.messages.iter().map(String::as_str).collect();
    assert_eq!(
        lines[1],
        "high smtp command=\"EHLO\" argument=\"pc1.example\""
    );
    assert_eq!(
        lines[12..],
        [
            "high smtp helo=\"pc1.example\" mail_from=\"<a@example>\" \
             rcpt_to=[\"<b@example>\",\"<c@example>\"] email.from=\"A <a@example>\" \
             email.subject=\"first second\"",
            "high smtp",
            "high smtp file_name=\"x.exe\"",
            "high smtp command=\"QUIT\"",
            "low smtp reply=250 text=\"queued\"",
            "low smtp reply=221 text=\"bye\"",
        ]
    );
    assert_eq!(
        driver.out.buffer("smtp.file_data"),
        [
            "high 636166c3a920676f6573206f6e0d0a2e646f74",
            "high 4d5a900003"
        ]
    );
    assert_eq!(
        driver.out.buffer("email.received"),
        ["high [\"one by two\",\"three\"]"]
    );
    assert_eq!(driver.out.server, Some(Side::Low));
    assert!(driver.out.faults.is_empty());
}

#[test]
fn any_cut_of_the_stream_gives_the_same() {
    let whole = sent(10_000);
    for size in [1, 2, 7, 60] {
        let cut = sent(size);
        assert_eq!(cut.out.messages, whole.out.messages, "pieces of {size}");
        assert_eq!(cut.out.buffers, whole.out.buffers, "pieces of {size}");
    }
}

#[test]
fn chunks_need_no_dots() {
    let mut driver = open();
    driver.packet(
        Side::High,
        b"EHLO x\r\nMAIL FROM:<a@b>\r\nBDAT 12\r\nSubject: s\r\n",
    );
    driver.packet(Side::High, b"BDAT 5 LAST\r\n\r\nabcNOOP\r\n");
    let lines: Vec<&str> = driver.out.messages.iter().map(String::as_str).collect();
    assert_eq!(
        lines[5..],
        [
            "high smtp helo=\"x\" mail_from=\"<a@b>\" email.subject=\"s\"",
            "high smtp",
            "high smtp command=\"NOOP\"",
        ]
    );
    assert_eq!(driver.out.buffer("smtp.file_data"), ["high 616263"]);
}

#[test]
fn a_refused_mail_is_told_by_its_envelope() {
    let mut driver = open();
    driver.packet(Side::High, b"HELO x\r\nMAIL FROM:<a@b>\r\nDATA\r\n");
    driver.packet(Side::Low, b"250 hi\r\n250 ok\r\n503 no recipients\r\n");
    driver.packet(Side::High, b"RSET\r\n");
    assert_eq!(
        driver.out.messages.last().unwrap(),
        "high smtp helo=\"x\" mail_from=\"<a@b>\""
    );
}

#[test]
fn a_loss_costs_one_part_and_the_reply_ends_the_mail() {
    let mut driver = open();
    driver.packet(Side::High, ENVELOPE);
    driver.packet(Side::Low, READY);
    driver.packet(Side::High, b"Subject: s\r\n\r\nbegin\r\n");
    driver.gap(Side::High, Some(100));
    driver.packet(Side::High, b"rest of it\r\n");
    driver.packet(Side::Low, b"250 queued\r\n");
    driver.packet(Side::High, b"QUIT\r\n");
    assert_eq!(driver.out.buffer("smtp.file_data"), ["high 626567696e"]);
    assert_eq!(
        driver.out.messages.last().unwrap(),
        "high smtp command=\"QUIT\""
    );
}

#[test]
fn lines_that_are_no_replies_and_lines_without_end_are_faults() {
    let mut driver = open();
    driver.packet(Side::Low, b"hello there\r\n");
    driver.packet(Side::High, &[b'A'; 5000]);
    driver.packet(Side::Low, &[b'2'; 5000]);
    assert_eq!(
        driver.out.faults,
        [
            "low smtp.invalid_reply at 0",
            "high smtp.max_command_line_len_exceeded at 0",
            "low smtp.max_reply_line_len_exceeded at 0",
        ]
    );
}

#[test]
fn after_starttls_the_conversation_is_another() {
    let mut driver = open();
    driver.packet(Side::High, b"EHLO x\r\nSTARTTLS\r\n");
    driver.packet(Side::Low, b"250 hi\r\n220 go\r\n");
    driver.packet(Side::High, &[0x16, 3, 1]);
    assert_eq!(driver.steps.last(), Some(&Step::NotMine));
}

#[test]
fn greetings_of_mail_are_told_from_others() {
    let probe = |port, octets: &[u8]| {
        Smtp.probe(&Opening {
            carrier: Carrier::Tcp,
            ports: (port, 50_000),
            side: Side::Low,
            octets,
            midstream: false,
        })
    };
    assert_eq!(probe(4000, GREETING), Probe::Certain);
    assert_eq!(probe(25, b"220 hello\r\n"), Probe::Unsure);
    assert_eq!(probe(21, b"220 hello\r\n"), Probe::NotMine);
    assert_eq!(probe(4000, b"ehlo x\r\n"), Probe::Certain);
    assert_eq!(probe(4000, b"MAIL"), Probe::More);
    assert_eq!(probe(25, b"SSH-2.0\r\n"), Probe::NotMine);
}

#[test]
fn nothing_breaks_it() {
    batter(
        &Smtp,
        Carrier::Tcp,
        (25, 50_000),
        &[ENVELOPE, READY, MAIL, b"221 bye\r\n"],
    );
    let nested = b"EHLO x\r\nDATA\r\nContent-Type: message/rfc822\r\n\r\nContent-Type: \
        message/rfc822\r\n\r\nX: y\r\n\r\nbody\r\n.\r\n";
    batter(&Smtp, Carrier::Tcp, (25, 50_000), &[nested]);
}
