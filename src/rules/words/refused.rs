//! Words that Suricata or Snort know and that Jaga cannot evaluate on traffic. They are refused
//! with their reason: a rule that is read and never looked for would lull its owner.

use super::{Effect, Keyword};
use crate::rules::parse::draft::Draft;
use crate::rules::parse::options::Opt;
use crate::rules::parse::{Cause, Flaw};

const fn refused(name: &'static str, doc: &'static str) -> Keyword {
    Keyword::new(name, &[], Effect::Refused, doc, refuse)
}

pub(super) static KEYWORDS: &[Keyword] = &[
    refused("asn1", "Looks for broken BER; not evaluated."),
    refused(
        "bypass",
        "Takes a flow out of inspection; Jaga always looks on.",
    ),
    refused("cvs", "Looks into CVS; not evaluated."),
    refused("filemagic", "Kind of a file by its content; not evaluated."),
    refused("filemd5", "MD5 of a file; files are not put together."),
    refused("filesha1", "SHA-1 of a file; files are not put together."),
    refused(
        "filesha256",
        "SHA-256 of a file; files are not put together.",
    ),
    refused("filesize", "Octets of a file; files are not put together."),
    refused("ftpbounce", "PORT to a third host; not evaluated."),
    refused(
        "ftpdata_command",
        "Command that opened an FTP data connection; not decoded.",
    ),
    refused("geoip", "Country of an address; Jaga has no such table."),
    refused("icmpv6.mtu", "MTU in ICMPv6; not evaluated."),
    refused("ip_rep", "Reputation of an address; not evaluated."),
    refused("iprep", "Reputation of an address; not evaluated."),
    refused("lua", "Runs a script; rules are never programs here."),
    refused("luajit", "Runs a script; rules are never programs here."),
    refused("luaxform", "Runs a script; rules are never programs here."),
    refused(
        "nfq_set_mark",
        "Marks a packet; a passive sensor changes nothing.",
    ),
    refused("nfs_procedure", "Procedure of NFS; not decoded."),
    refused("nfs_version", "Version of NFS; not decoded."),
    refused("pdu", "The whole PDU as a buffer; not evaluated."),
    refused(
        "replace",
        "Changes octets of a packet; a passive sensor changes nothing.",
    ),
    refused("resp", "Answers a packet; a passive sensor sends nothing."),
    refused("rpc", "Call of Sun RPC; not decoded."),
    refused("so", "Compiled rules of Snort; not loadable."),
    refused("stream_reassemble", "Changes reassembly; not evaluated."),
];

/// Refuses a word with its reason.
pub(super) fn refuse(_: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let name = option.word.text;
    let keyword = super::keywords().find(|keyword| keyword.name == name);
    Err(option
        .word
        .flaw(format!("the keyword {name} is not evaluated"))
        .because(Cause::NotEvaluated)
        .hint(keyword.map_or("", |keyword| keyword.doc)))
}
