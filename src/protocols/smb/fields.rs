//! The field table of SMB.

use super::super::dcerpc::wire::{Interface, Pdu};
use super::NAME;
use super::version2::{CREATE, TREE_CONNECT};
use super::wire::{Message, Told};
use crate::facts::{Field, Kind, Visitor};

type Row = (Field, fn(&Message, &mut dyn Visitor));

/// The field at `index`: those of messages, then those of what messages carry.
pub(super) fn field(index: usize) -> Option<&'static Field> {
    let carried = || CARRIED.get(index.checked_sub(FIELDS.len())?);
    FIELDS
        .get(index)
        .map(|(field, _)| field)
        .or_else(|| carried().map(|(field, _)| field))
}

static FIELDS: &[Row] = &[
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
    (
        Field::derived(
            "smb.share",
            Kind::Text,
            "Share of files that a tree connect asks for (MS-SMB2, 2.2.9)",
        ),
        |m, out| {
            if is(m, TREE_CONNECT) && !m.pipe {
                out.any_text(&m.path);
            }
        },
    ),
    (
        Field::derived(
            "smb.named_pipe",
            Kind::Text,
            "Share of pipes that a tree connect asks for, or pipe that is opened (MS-SMB2, 2.2.9)",
        ),
        |m, out| {
            if m.pipe {
                out.any_text(&m.path);
            }
        },
    ),
    (
        Field::derived(
            "smb.file_name",
            Kind::Text,
            "File that is opened (MS-SMB2, 2.2.13)",
        ),
        |m, out| {
            if is(m, CREATE) && !m.pipe {
                out.any_text(&m.path);
            }
        },
    ),
    (
        Field::derived(
            "smb.ntlmssp_user",
            Kind::Text,
            "User that logs in by NTLM (MS-NLMP, 2.2.1.3)",
        ),
        |m, out| out.any_text(m.ntlm.as_ref().map_or(&[], |ntlm| &ntlm.user)),
    ),
    (
        Field::derived(
            "smb.ntlmssp_domain",
            Kind::Text,
            "Domain of the user that logs in by NTLM (MS-NLMP, 2.2.1.3)",
        ),
        |m, out| {
            let login = m.ntlm.as_ref().filter(|ntlm| !ntlm.user.is_empty());
            out.any_text(login.map_or(&[], |ntlm| &ntlm.domain));
        },
    ),
];

fn is(message: &Message, command: u16) -> bool {
    !message.response && message.command.is_some_and(|(number, _)| number == command)
}

fn call<'t>(told: &'t Told<'_>) -> Option<(&'t Pdu<'t>, Option<Interface>)> {
    match told {
        Told::Call { pdu, interface } => Some((pdu, *interface)),
        Told::Message { .. } => None,
    }
}

type Carried = (Field, fn(&Told<'_>, &mut dyn Visitor));

static CARRIED: &[Carried] = &[
    (
        Field::derived(
            "smb.file_data",
            Kind::Octets,
            "Content read from or written to a file, of each message the first 4 KiB \
             (MS-SMB2, 2.2.20 and 2.2.21)",
        ),
        |t, out| {
            if let Told::Message { data, .. } = t
                && !data.is_empty()
            {
                out.octets(data);
            }
        },
    ),
    (
        Field::new(
            "smb.dce_iface",
            Kind::Text,
            "Interface bound or called in a pipe, as a UUID (C706, 12.6.4)",
        ),
        |t, out| {
            if let Some((_, Some(interface))) = call(t) {
                out.text(&interface.text());
            }
        },
    ),
    (
        Field::derived(
            "smb.dce_iface_version",
            Kind::Unsigned,
            "Major version of the interface (C706, 12.6.3.1)",
        ),
        |t, out| {
            let interface = call(t).and_then(|(_, interface)| interface);
            out.any_unsigned(interface.map(|interface| interface.version));
        },
    ),
    (
        Field::new(
            "smb.dce_type",
            Kind::Text,
            "Type of a PDU in a pipe (C706, 12.6.4)",
        ),
        |t, out| {
            let name = call(t).and_then(|(pdu, _)| pdu.kind.name());
            out.any_text(name.unwrap_or_default().as_bytes());
        },
    ),
    (
        Field::new(
            "smb.dce_opnum",
            Kind::Unsigned,
            "Number of the operation called in a pipe (C706, 12.6.4.9)",
        ),
        |t, out| out.any_unsigned(call(t).and_then(|(pdu, _)| pdu.opnum)),
    ),
    (
        Field::derived(
            "smb.dce_stub_data",
            Kind::Octets,
            "Arguments of a request in a pipe, results of a response (C706, 14)",
        ),
        |t, out| {
            let stub = call(t).map_or(&[][..], |(pdu, _)| pdu.stub);
            if !stub.is_empty() {
                out.octets(stub);
            }
        },
    ),
];

impl crate::facts::Message for Told<'_> {
    fn protocol(&self) -> &'static str {
        NAME
    }

    fn read(&self, index: usize, out: &mut dyn Visitor) {
        match (FIELDS.get(index), self) {
            (Some((_, read)), Told::Message { message, .. }) => read(message, out),
            (Some(_), Told::Call { .. }) => {}
            (None, _) => {
                let carried = index.checked_sub(FIELDS.len());
                if let Some((_, read)) = carried.and_then(|index| CARRIED.get(index)) {
                    read(self, out);
                }
            }
        }
    }
}
