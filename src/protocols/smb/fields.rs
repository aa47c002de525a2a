//! The field table of SMB.

use super::NAME;
use super::wire::Message;
use crate::facts::{Field, Kind, Visitor};

type Row = (Field, fn(&Message, &mut dyn Visitor));

pub(super) static FIELDS: &[Row] = &[
    (
        Field::new(
            "smb.version",
            Kind::Unsigned,
            "1, 2, or 3 where encryption or compression shows it",
        ),
        |m, out| out.unsigned(m.version.into()),
    ),
    (
        Field::new(
            "smb.encrypted",
            Kind::Boolean,
            "True where the message is encrypted",
        ),
        |m, out| {
            if m.encrypted {
                out.boolean(true);
            }
        },
    ),
    (
        Field::new(
            "smb.command",
            Kind::Text,
            "Command by name (MS-SMB2, 2.2.1.2; MS-CIFS, 2.2.2.1)",
        ),
        |m, out| out.any_text(m.command.map_or("", |(_, name)| name).as_bytes()),
    ),
    (
        Field::new("smb.response", Kind::Boolean, "A response"),
        |m, out| {
            if m.command.is_some() {
                out.boolean(m.response);
            }
        },
    ),
    (
        Field::new(
            "smb.status",
            Kind::Unsigned,
            "NT status of a response (MS-ERREF, 2.3)",
        ),
        |m, out| {
            if m.response {
                out.unsigned(m.status.into());
            }
        },
    ),
    (
        Field::new(
            "smb.dialect",
            Kind::Text,
            "Dialect agreed: 2.0.2 to 3.1.1 (MS-SMB2, 2.2.4)",
        ),
        |m, out| {
            if let Some(dialect) = m.dialect {
                match dialect {
                    0x0202 => out.text(b"2.0.2"),
                    0x0210 => out.text(b"2.1"),
                    0x0300 => out.text(b"3.0"),
                    0x0302 => out.text(b"3.0.2"),
                    0x0311 => out.text(b"3.1.1"),
                    0x02ff => out.text(b"2.*"),
                    other => out.shown(&format_args!("{other:#06x}")),
                }
            }
        },
    ),
    (
        Field::new(
            "smb.path",
            Kind::Text,
            "Share connected to, or file or pipe opened",
        ),
        |m, out| out.any_text(&m.path),
    ),
    (
        Field::new(
            "smb.access",
            Kind::Unsigned,
            "Rights asked for (MS-SMB2, 2.2.13.1)",
        ),
        |m, out| out.any_unsigned(m.access.map(|access| access.desired)),
    ),
    (
        Field::new(
            "smb.user",
            Kind::Text,
            "User that logs in by NTLM (MS-NLMP, 2.2.1.3)",
        ),
        |m, out| out.any_text(m.ntlm.as_ref().map_or(&[], |ntlm| &ntlm.user)),
    ),
    (
        Field::new(
            "smb.domain",
            Kind::Text,
            "Domain of user or server (MS-NLMP, 2.2.1)",
        ),
        |m, out| out.any_text(m.ntlm.as_ref().map_or(&[], |ntlm| &ntlm.domain)),
    ),
    (
        Field::new(
            "smb.host",
            Kind::Text,
            "Name of the sender (MS-NLMP, 2.2.1)",
        ),
        |m, out| out.any_text(m.ntlm.as_ref().map_or(&[], |ntlm| &ntlm.host)),
    ),
    (
        Field::new(
            "smb.system",
            Kind::Text,
            "Native operating system (MS-SMB, 2.2.4.6)",
        ),
        |m, out| out.any_text(&m.system),
    ),
];

impl crate::facts::Message for Message {
    fn protocol(&self) -> &'static str {
        NAME
    }

    fn read(&self, index: usize, out: &mut dyn Visitor) {
        if let Some((_, read)) = FIELDS.get(index) {
            read(self, out);
        }
    }
}
