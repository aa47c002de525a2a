//! Buffers: the octets that tests look at. A buffer of a protocol is a field of its table; its
//! name is the same.
//!
//! `http.uri; content:"x";` chooses the buffer for what follows; `content:"x"; http_uri;`, the
//! old spelling, moves the content before it.

use super::fields;
use crate::facts::Kind;
use crate::rules::parse::draft::Draft;
use crate::rules::parse::options::Opt;
use crate::rules::parse::text::Text;
use crate::rules::parse::{Cause, Flaw};
use crate::rules::rule::{Buffer, FieldRef, HeaderBuffer, Over};

/// A buffer of the rule language.
#[derive(Debug)]
pub(crate) struct Row {
    /// Its name in the newest spelling.
    pub(crate) name: &'static str,
    /// Other names that choose it.
    pub(crate) sticky: &'static [&'static str],
    /// Names that move the content before them to it.
    pub(crate) modifiers: &'static [&'static str],
    /// Which octets.
    pub(crate) of: Of,
    /// One line.
    pub(crate) doc: &'static str,
}

/// Which octets a buffer is.
#[derive(Debug)]
pub(crate) enum Of {
    /// These fields, as far as the protocols' tables have them; several where several protocols
    /// carry the same thing.
    Fields(&'static [&'static str]),
    /// The payload.
    Payload,
    /// The payload of the packet alone.
    Packet,
    /// A header.
    Header(HeaderBuffer),
    /// What `base64_decode` left.
    Base64,
}

const fn row(
    name: &'static str,
    sticky: &'static [&'static str],
    modifiers: &'static [&'static str],
    of: Of,
    doc: &'static str,
) -> Row {
    Row {
        name,
        sticky,
        modifiers,
        of,
        doc,
    }
}

/// Fields that hold the content of a file.
const FILE_DATA: &[&str] = &[
    "file.data",
    "http.file_data",
    "smtp.file_data",
    "smb.file_data",
    "ftp.file_data",
    "tftp.file_data",
];

/// Fields that hold the name of a file.
const FILE_NAME: &[&str] = &[
    "file.name",
    "http.file_name",
    "smtp.file_name",
    "smb.file_name",
    "ftp.file_name",
    "tftp.file_name",
];

/// All buffers that are not plainly a field of that name.
#[rustfmt::skip]
pub(crate) static ROWS: &[Row] = &[
    row("base64_data", &[], &[], Of::Base64, "What base64_decode made."),
    row("dnp3.data", &["dnp3_data"], &[], Of::Fields(&["dnp3.data"]),
        "The application fragment of DNP3, put together, without CRCs, from application control on."),
    row("dns.query", &["dns_query"], &[], Of::Fields(&["dns.query"]),
        "Name asked for."),
    row("file.data", &["file_data"], &[],
        Of::Fields(FILE_DATA),
        "Content of a file that goes over HTTP, SMTP, SMB, FTP."),
    row("file.name", &["file_name"], &[], Of::Fields(FILE_NAME), "Name of a file."),
    row("http.accept", &["http_accept"], &[], Of::Fields(&["http.accept"]), "Accept header."),
    row("http.accept_enc", &["http_accept_enc"], &[], Of::Fields(&["http.accept_enc"]),
        "Accept-Encoding header."),
    row("http.accept_lang", &["http_accept_lang"], &[], Of::Fields(&["http.accept_lang"]),
        "Accept-Language header."),
    row("http.connection", &["http_connection"], &[], Of::Fields(&["http.connection"]),
        "Connection header."),
    row("http.content_len", &["http_content_len"], &[], Of::Fields(&["http.content_len"]),
        "Content-Length header."),
    row("http.content_type", &["http_content_type"], &[], Of::Fields(&["http.content_type"]),
        "Content-Type header."),
    row("http.cookie", &[], &["http_cookie"], Of::Fields(&["http.cookie"]),
        "Cookie or Set-Cookie header."),
    row("http.header", &[], &["http_header"], Of::Fields(&["http.header"]),
        "All headers but cookies, normalised."),
    row("http.header.raw", &[], &["http_raw_header"], Of::Fields(&["http.header.raw"]),
        "All headers as on the wire."),
    row("http.header_names", &["http_header_names"], &[], Of::Fields(&["http.header_names"]),
        "Names of the headers, each between CR LF."),
    row("http.host", &[], &["http_host"], Of::Fields(&["http.host"]),
        "Host, in lower case, without port."),
    row("http.host.raw", &[], &["http_raw_host"], Of::Fields(&["http.host.raw"]),
        "Host as on the wire."),
    row("http.location", &["http_location"], &[], Of::Fields(&["http.location"]),
        "Location header of a response."),
    row("http.method", &[], &["http_method"], Of::Fields(&["http.method"]), "Method of a request."),
    row("http.protocol", &["http_protocol"], &[], Of::Fields(&["http.protocol"]),
        "HTTP/1.1 of the first line."),
    row("http.referer", &["http_referer"], &[], Of::Fields(&["http.referer"]), "Referer header."),
    row("http.request_body", &["http_raw_body"], &["http_client_body"], Of::Fields(&["http.request_body"]),
        "Body of a request."),
    row("http.request_header", &[], &[], Of::Fields(&["http.request_header"]),
        "Each header of a request, name and value."),
    row("http.request_line", &["http_request_line"], &[], Of::Fields(&["http.request_line"]),
        "First line of a request."),
    row("http.response_body", &[], &["http_server_body"], Of::Fields(&["http.response_body"]),
        "Body of a response."),
    row("http.response_header", &[], &[], Of::Fields(&["http.response_header"]),
        "Each header of a response, name and value."),
    row("http.response_line", &["http_response_line"], &[], Of::Fields(&["http.response_line"]),
        "First line of a response."),
    row("http.server", &["http_server"], &[], Of::Fields(&["http.server"]), "Server header."),
    row("http.start", &["http_start"], &[], Of::Fields(&["http.start"]),
        "First line and headers as on the wire."),
    row("http.stat_code", &[], &["http_stat_code"], Of::Fields(&["http.stat_code"]),
        "Status code as text."),
    row("http.stat_msg", &[], &["http_stat_msg"], Of::Fields(&["http.stat_msg"]),
        "Text behind the status code."),
    row("http.uri", &[], &["http_uri"], Of::Fields(&["http.uri"]), "URI, decoded."),
    row("http.uri.raw", &[], &["http_raw_uri"], Of::Fields(&["http.uri.raw"]),
        "URI as on the wire."),
    row("http.user_agent", &[], &["http_user_agent"], Of::Fields(&["http.user_agent"]),
        "User-Agent header."),
    row("icmpv4.hdr", &[], &[], Of::Header(HeaderBuffer::Icmpv4), "The ICMP header."),
    row("icmpv6.hdr", &[], &[], Of::Header(HeaderBuffer::Icmpv6), "The ICMPv6 header."),
    row("ipv4.hdr", &[], &[], Of::Header(HeaderBuffer::Ipv4), "The IPv4 header."),
    row("ipv6.hdr", &[], &[], Of::Header(HeaderBuffer::Ipv6), "The IPv6 header."),
    row("ja3.hash", &["ja3_hash"], &[], Of::Fields(&["ja3.hash"]),
        "JA3 of a TLS client, MD5 in hexadecimal."),
    row("ja3.string", &["ja3_string"], &[],
        Of::Fields(&["ja3.string"]), "JA3 of a TLS client."),
    row("ja3s.hash", &[], &[], Of::Fields(&["ja3s.hash"]),
        "JA3S of a TLS server, MD5 in hexadecimal."),
    row("ja3s.string", &[], &[],
        Of::Fields(&["ja3s.string"]), "JA3S of a TLS server."),
    row("pkt_data", &[], &[], Of::Payload, "Back to the payload."),
    row("raw_data", &[], &[], Of::Packet, "Payload of the packet alone."),
    row("smb.named_pipe", &["smb_named_pipe"], &[], Of::Fields(&["smb.named_pipe"]),
        "Named pipe of SMB."),
    row("smb.share", &["smb_share"], &[], Of::Fields(&["smb.share"]), "Share of SMB."),
    row("ssh.proto", &["ssh_proto"], &[], Of::Fields(&["ssh.proto"]), "Protocol version of SSH."),
    row("ssh.software", &["ssh_software"], &[], Of::Fields(&["ssh.software"]),
        "Software version of SSH."),
    row("tcp.hdr", &[], &[], Of::Header(HeaderBuffer::Tcp), "The TCP header."),
    row("tls.cert_fingerprint", &["tls_cert_fingerprint"], &[],
        Of::Fields(&["tls.cert_fingerprint"]), "SHA-1 of the certificate."),
    row("tls.cert_issuer", &["tls_cert_issuer"], &[],
        Of::Fields(&["tls.cert_issuer", "tls.issuer"]), "Issuer of the certificate."),
    row("tls.cert_serial", &["tls_cert_serial"], &[], Of::Fields(&["tls.cert_serial"]),
        "Serial number of the certificate, as AA:BB:CC."),
    row("tls.cert_subject", &["tls_cert_subject"], &[],
        Of::Fields(&["tls.cert_subject", "tls.subject"]), "Subject of the certificate."),
    row("tls.certs", &["tls_certs"], &[], Of::Fields(&["tls.certs"]),
        "Each certificate of the chain, as DER."),
    row("tls.sni", &["tls_sni"], &[], Of::Fields(&["tls.sni"]), "Server name of TLS."),
    row("udp.hdr", &[], &[], Of::Header(HeaderBuffer::Udp), "The UDP header."),
];

/// Reads a word that names a buffer.
pub(super) fn read(
    draft: &mut Draft<'_>,
    option: Opt<'_>,
    row: &'static Row,
    modifier: bool,
) -> Result<(), Flaw> {
    if let Some(value) = option.value {
        return Err(value
            .flaw(format!("`{}` takes no value", option.word.text))
            .hint(format!(
                "{}; content:\"{}\";",
                option.word.text,
                value.text.replace('"', "")
            )));
    }
    let buffer = buffer(draft, row, option.word)?;
    if modifier && (draft.can_move() || draft.moves) {
        return draft.move_content(buffer, option.word);
    }
    match row.of {
        Of::Payload => draft.choose_payload(),
        Of::Base64 if !draft.decodes_base64 => {
            return Err(option
                .word
                .flaw("base64_data stands behind no base64_decode")
                .because(Cause::Contradiction));
        }
        _ => draft.choose(buffer, option.word.text),
    }
    Ok(())
}

/// The buffer of this name, for a word that asks for it without naming it.
pub(super) fn named(draft: &Draft<'_>, name: &str, word: Text<'_>) -> Result<Buffer, Flaw> {
    match ROWS.iter().find(|row| row.name == name) {
        Some(row) => buffer(draft, row, word),
        None => Err(not_decoded(name, word)),
    }
}

fn buffer(draft: &Draft<'_>, row: &'static Row, word: Text<'_>) -> Result<Buffer, Flaw> {
    Ok(match &row.of {
        Of::Payload => Buffer::Payload,
        Of::Packet => Buffer::Packet,
        Of::Header(header) => Buffer::Header(*header),
        Of::Base64 => Buffer::Base64,
        Of::Fields(names) => {
            let found = names.iter().flat_map(|name| fields::all(name));
            let all: Vec<FieldRef> = found
                .filter(|found| matches!(found.kind, Kind::Text | Kind::Octets | Kind::List))
                .map(|found| found.field)
                .collect();
            if all.is_empty() {
                return Err(not_decoded(row.name, word));
            }
            Buffer::Fields(of_protocol(draft, all, row.name, word)?)
        }
    })
}

/// Whether some protocol fills it.
pub(super) fn is_decoded(row: &Row) -> bool {
    match &row.of {
        Of::Fields(names) => names.iter().any(|name| !fields::all(name).is_empty()),
        _ => true,
    }
}

/// The fields that the rule's protocol has. Of one protocol, the first is enough.
fn of_protocol(
    draft: &Draft<'_>,
    mut fields: Vec<FieldRef>,
    name: &str,
    word: Text<'_>,
) -> Result<Vec<FieldRef>, Flaw> {
    if let Over::Protocol(protocol) = draft.header.over {
        fields.retain(|field| field.protocol == protocol);
        if fields.is_empty() {
            return Err(word
                .flaw(format!("a rule over {protocol} has no buffer {name}"))
                .because(Cause::Contradiction));
        }
    }
    fields.dedup_by_key(|field| field.protocol);
    Ok(fields)
}

/// The flaw of a buffer that no field of the registry fills.
pub(super) fn not_decoded(name: &str, word: Text<'_>) -> Flaw {
    word.flaw(format!("the buffer {name} is not decoded"))
        .because(Cause::NotDecoded)
}
