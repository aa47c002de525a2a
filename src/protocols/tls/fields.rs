//! The field table of TLS.

use super::NAME;
use super::certificate::Certificate;
use super::wire::{Hello, Shown};
use crate::facts::{Field, Kind, Message, Visitor};
use crate::wire::Octets;

type Row = (Field, fn(&Shown<'_>, &mut dyn Visitor));

fn hello<'s, 'a>(shown: &'s Shown<'a>) -> Option<&'s Hello<'a>> {
    match shown {
        Shown::ClientHello(hello) | Shown::ServerHello(hello) => Some(hello),
        _ => None,
    }
}

fn certificate<'s, 'a>(shown: &'s Shown<'a>) -> Option<&'s Certificate<'a>> {
    match shown {
        Shown::Certificate(certificate) => Some(certificate),
        _ => None,
    }
}

pub(super) static FIELDS: &[Row] = &[
    (
        Field::new(
            "tls.message",
            Kind::Text,
            "client-hello, server-hello, certificate, alert",
        ),
        |s, out| {
            out.text(match s {
                Shown::ClientHello(_) => b"client-hello",
                Shown::ServerHello(_) => b"server-hello",
                Shown::Certificate(_) => b"certificate",
                Shown::Alert(_) => b"alert",
            });
        },
    ),
    (
        Field::new(
            "tls.version",
            Kind::Text,
            "Highest version offered, or the one agreed",
        ),
        |s, out| {
            if let Some(version) = hello(s).map(|h| h.version) {
                match version.name() {
                    Some(name) => out.text(name.as_bytes()),
                    None => out.shown(&format_args!("{:#06x}", version.0)),
                }
            }
        },
    ),
    (
        Field::new("tls.sni", Kind::Text, "Server name asked for (RFC 6066, 3)"),
        |s, out| out.any_text(hello(s).map_or(&[], |h| h.server_name)),
    ),
    (
        Field::new(
            "tls.alpn",
            Kind::List,
            "Application protocols (RFC 7301, 3.1)",
        ),
        |s, out| {
            let protocols = hello(s).map_or(&[][..], |h| h.protocols);
            if !protocols.is_empty() {
                out.open_list();
                let mut o = Octets::new(protocols);
                while let Some(protocol) = o.u8().and_then(|length| o.take(length.into())) {
                    out.text(protocol);
                }
                out.close_list();
            }
        },
    ),
    (
        Field::new(
            "tls.cipher",
            Kind::Unsigned,
            "Cipher suite agreed (IANA TLS parameters)",
        ),
        |s, out| out.any_unsigned(hello(s).and_then(|h| h.cipher)),
    ),
    (
        Field::new(
            "tls.subject",
            Kind::Text,
            "Subject of the first certificate (RFC 5280, 4.1.2.6)",
        ),
        |s, out| {
            if let Some(certificate) = certificate(s) {
                out.any_text(&certificate.subject.text::<256>());
            }
        },
    ),
    (
        Field::new(
            "tls.issuer",
            Kind::Text,
            "Issuer of the first certificate (RFC 5280, 4.1.2.4)",
        ),
        |s, out| {
            if let Some(certificate) = certificate(s) {
                out.any_text(&certificate.issuer.text::<256>());
            }
        },
    ),
    (
        Field::new(
            "tls.serial",
            Kind::Octets,
            "Serial number of the first certificate",
        ),
        |s, out| {
            if let Some(certificate) = certificate(s) {
                out.octets(certificate.serial);
            }
        },
    ),
    (
        Field::new(
            "tls.not_after",
            Kind::Text,
            "End of its validity, as written in it",
        ),
        |s, out| out.any_text(certificate(s).map_or(&[], |c| c.not_after)),
    ),
    (
        Field::new(
            "tls.alert",
            Kind::Unsigned,
            "Description of an alert (RFC 8446, 6)",
        ),
        |s, out| {
            if let Shown::Alert(description) = s {
                out.unsigned((*description).into());
            }
        },
    ),
];

impl Message for Shown<'_> {
    fn protocol(&self) -> &'static str {
        NAME
    }

    fn read(&self, index: usize, out: &mut dyn Visitor) {
        if let Some((_, read)) = FIELDS.get(index) {
            read(self, out);
        }
    }
}
