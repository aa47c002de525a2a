//! Every word of the registry does what it says it does: those that test change what is laid
//! over traffic, those that change nothing are on a short list, the others are refused.

use super::{Effect, keywords};
use crate::rules::compile::Engine;
use crate::rules::{Config, load_text};
use std::path::Path;
use std::sync::Arc;

/// Words that change nothing about a match: acts that a passive sensor does not do, hints for
/// other engines, remarks.
const NOTHING: &[&str] = &[
    "config",
    "filestore",
    "logto",
    "prefilter",
    "rawbytes",
    "rem",
    "service",
    "tag",
    "tls.store",
];

/// Words whose values are files; `rules/tests.rs` has their tests.
const OF_FILES: &[&str] = &["datarep", "dataset"];

/// For each word that tests: options with it, and the same options without.
const SAMPLES: &[(&str, &str, &str)] = &[
    ("ack", "ack:5;", ""),
    (
        "app-layer-event",
        "app-layer-event:modbus.invalid_length;",
        "",
    ),
    (
        "app-layer-protocol",
        "app-layer-protocol:!http; dsize:9;",
        "dsize:9;",
    ),
    ("asset.new", "asset.new:src,1h;", ""),
    ("asset.role", "asset.role:dst,plc;", ""),
    ("asset.vendor", "asset.vendor:src,siemens;", ""),
    ("asset.zone", "asset.zone:src,cell;", ""),
    (
        "base64_decode",
        "content:\"x\"; base64_decode:relative; base64_data; content:\"y\";",
        "content:\"x\"; content:\"y\";",
    ),
    (
        "bsize",
        "http.uri; content:\"x\"; bsize:5;",
        "http.uri; content:\"x\";",
    ),
    (
        "byte_extract",
        "content:\"x\"; byte_extract:1,0,n;",
        "content:\"x\";",
    ),
    (
        "byte_jump",
        "content:\"x\"; byte_jump:1,0;",
        "content:\"x\";",
    ),
    (
        "byte_math",
        "content:\"x\"; byte_math:bytes 1, offset 0, oper +, rvalue 1, result n;",
        "content:\"x\";",
    ),
    (
        "byte_test",
        "content:\"x\"; byte_test:1,>,5,0;",
        "content:\"x\";",
    ),
    (
        "changed",
        "modbus.unit:1; changed:modbus.unit, by src_ip, within 300;",
        "modbus.unit:1;",
    ),
    ("cip_service", "cip_service:14;", "enip.command:5;"),
    (
        "compress_whitespace",
        "http.uri; compress_whitespace; content:\"x\";",
        "http.uri; content:\"x\";",
    ),
    ("content", "content:\"x\";", ""),
    (
        "dce_iface",
        "dce_iface:4b324fc8-1670-01d3-1278-5a47bf6ee188;",
        "",
    ),
    ("dce_opnum", "dce_opnum:15;", ""),
    (
        "dce_stub_data",
        "dce_stub_data; content:\"x\";",
        "content:\"x\";",
    ),
    ("decode-event", "decode-event:ipv6.rh_type_0;", ""),
    ("depth", "content:\"x\"; depth:5;", "content:\"x\";"),
    (
        "detection_filter",
        "detection_filter:track by_src, count 5, seconds 5;",
        "",
    ),
    (
        "distance",
        "content:\"x\"; content:\"y\"; distance:5;",
        "content:\"x\"; content:\"y\";",
    ),
    ("dnp3.func", "dnp3.func:read;", ""),
    ("dnp3.ind", "dnp3.ind:device_restart;", ""),
    ("dnp3.obj", "dnp3.obj:12,1;", ""),
    ("dnp3_checksum", "dnp3_checksum:incorrect;", ""),
    ("dnp3_cmd_ot", "dnp3_cmd_ot:12;", ""),
    (
        "dotprefix",
        "dns.query; dotprefix; content:\"x\";",
        "dns.query; content:\"x\";",
    ),
    ("dsize", "dsize:5;", ""),
    ("endswith", "content:\"x\"; endswith;", "content:\"x\";"),
    ("enip.command", "enip.command:5;", ""),
    (
        "entropy",
        "http.uri; content:\"x\"; entropy:>=7;",
        "http.uri; content:\"x\";",
    ),
    (
        "fast_pattern",
        "content:\"xyz\"; content:\"y\"; fast_pattern;",
        "content:\"xyz\"; content:\"y\";",
    ),
    ("fileext", "fileext:\"exe\";", ""),
    ("filename", "filename:\"x\";", ""),
    ("flags", "flags:S;", ""),
    ("flow", "flow:to_server;", ""),
    ("flow.age", "flow.age:>5;", ""),
    ("flow.bytes", "flow.bytes:both,>5;", ""),
    ("flow.bytes_toclient", "flow.bytes_toclient:>5;", ""),
    ("flow.bytes_toserver", "flow.bytes_toserver:>5;", ""),
    ("flow.pkts", "flow.pkts:both,>5;", ""),
    ("flow.pkts_toclient", "flow.pkts_toclient:>5;", ""),
    ("flow.pkts_toserver", "flow.pkts_toserver:>5;", ""),
    ("flowbits", "flowbits:isset,x;", ""),
    ("flowint", "flowint:x,>,5;", ""),
    ("fragbits", "fragbits:M;", ""),
    ("fragoffset", "fragoffset:5;", ""),
    (
        "header_lowercase",
        "http.header; header_lowercase; content:\"x\";",
        "http.header; content:\"x\";",
    ),
    ("hostbits", "hostbits:isset,x,src;", ""),
    ("icmp_id", "icmp_id:5;", ""),
    ("icmp_seq", "icmp_seq:5;", ""),
    ("icmpv4-csum", "icmpv4-csum:invalid;", ""),
    ("icmpv6-csum", "icmpv6-csum:invalid;", ""),
    ("icode", "icode:5;", ""),
    ("id", "id:5;", ""),
    ("igmp-csum", "igmp-csum:invalid;", ""),
    ("ip_proto", "ip_proto:47;", ""),
    ("ipopts", "ipopts:rr;", ""),
    ("ipv4-csum", "ipv4-csum:invalid;", ""),
    ("isdataat", "content:\"x\"; isdataat:5;", "content:\"x\";"),
    ("itype", "itype:5;", ""),
    ("modbus", "modbus: function 5;", ""),
    (
        "modbus_data",
        "modbus_data; content:\"x\";",
        "content:\"x\";",
    ),
    ("modbus_func", "modbus_func:5;", ""),
    ("modbus_unit", "modbus_unit:5;", ""),
    ("nocase", "content:\"x\"; nocase;", "content:\"x\";"),
    ("offset", "content:\"x\"; offset:5;", "content:\"x\";"),
    ("ot.actor", "ot.op:write; ot.actor:new,1h;", "ot.op:write;"),
    ("ot.criticality", "ot.criticality:>=4;", ""),
    ("ot.name", "ot.name:\"stop\";", ""),
    ("ot.op", "ot.op:write;", ""),
    ("ot.result", "ot.op:write; ot.result:ok;", "ot.op:write;"),
    (
        "ot.target",
        "ot.op:write; ot.target:holding,5;",
        "ot.op:write;",
    ),
    ("ot.technique", "ot.technique:T0855;", ""),
    ("ot.value", "ot.op:write; ot.value:>5;", "ot.op:write;"),
    ("pcre", "pcre:\"/x/\";", ""),
    ("sameip", "sameip;", ""),
    ("seq", "seq:5;", ""),
    ("ssl_state", "ssl_state:client_hello;", ""),
    ("ssl_version", "ssl_version:tls1.2;", ""),
    ("startswith", "content:\"x\"; startswith;", "content:\"x\";"),
    ("stream-event", "stream-event:reassembly_seq_gap;", ""),
    ("stream_size", "stream_size:server,<,5;", ""),
    (
        "strip_pseudo_headers",
        "http.header; strip_pseudo_headers; content:\"x\";",
        "http.header; content:\"x\";",
    ),
    (
        "strip_whitespace",
        "http.uri; strip_whitespace; content:\"x\";",
        "http.uri; content:\"x\";",
    ),
    ("tcp.mss", "tcp.mss:5;", ""),
    ("tcpv4-csum", "tcpv4-csum:invalid;", ""),
    ("tcpv6-csum", "tcpv6-csum:invalid;", ""),
    (
        "threshold",
        "threshold:type limit, track by_src, count 1, seconds 5;",
        "",
    ),
    (
        "tls.fingerprint",
        "tls.fingerprint:\"4a:a3:66:76:82:cb:6b:23:bb:c3:58:47:23:a4:63:a7:78:a4:a1:18\";",
        "",
    ),
    ("tls.issuerdn", "tls.issuerdn:\"x\";", ""),
    ("tls.subject", "tls.subject:\"x\";", ""),
    ("tls.version", "tls.version:1.2;", ""),
    (
        "to_lowercase",
        "http.uri; to_lowercase; content:\"x\";",
        "http.uri; content:\"x\";",
    ),
    (
        "to_md5",
        "http.uri; to_md5; content:\"x\";",
        "http.uri; content:\"x\";",
    ),
    (
        "to_sha1",
        "http.uri; to_sha1; content:\"x\";",
        "http.uri; content:\"x\";",
    ),
    (
        "to_sha256",
        "http.uri; to_sha256; content:\"x\";",
        "http.uri; content:\"x\";",
    ),
    (
        "to_uppercase",
        "http.uri; to_uppercase; content:\"x\";",
        "http.uri; content:\"x\";",
    ),
    ("tos", "tos:5;", ""),
    ("ttl", "ttl:5;", ""),
    ("udpv4-csum", "udpv4-csum:invalid;", ""),
    ("udpv6-csum", "udpv6-csum:invalid;", ""),
    ("uricontent", "uricontent:\"x\";", ""),
    (
        "urilen",
        "http.uri; content:\"x\"; urilen:5;",
        "http.uri; content:\"x\";",
    ),
    (
        "url_decode",
        "http.uri; url_decode; content:\"x\";",
        "http.uri; content:\"x\";",
    ),
    ("vlan.id", "vlan.id:5;", ""),
    ("window", "window:5;", ""),
    (
        "within",
        "content:\"x\"; content:\"y\"; within:5;",
        "content:\"x\"; content:\"y\";",
    ),
    ("xbits", "xbits:isset,x,track ip_src;", ""),
    (
        "xor",
        "http.uri; xor:\"0a\"; content:\"x\";",
        "http.uri; content:\"x\";",
    ),
];

/// What of a rule is laid over traffic; or why it is refused.
fn laid(options: &str) -> Result<String, String> {
    let text = format!("alert ip any any -> any any (msg:\"m\"; {options} sid:1;)");
    let config = Config {
        zones: Some(vec!["cell".to_owned()]),
        ..Config::default()
    };
    let mut loaded = load_text(Path::new("w.rules"), text.as_bytes(), &config);
    if let Some(refusal) = loaded.refusals.first() {
        return Err(refusal.to_string());
    }
    for rule in &mut loaded.rules {
        rule.text = Arc::from("");
    }
    let (engine, refused) = Engine::compile(loaded.rules);
    match refused.first() {
        Some(refused) => Err(refused.reason.clone()),
        None => Ok(format!("{:?}{:?}", engine.rules(), engine.plans)),
    }
}

#[test]
fn every_word_that_tests_changes_what_is_laid_over_traffic() {
    let mut faults = Vec::new();
    for keyword in keywords().filter(|keyword| keyword.effect == Effect::Tests) {
        let name = keyword.name;
        if OF_FILES.contains(&name) {
            continue;
        }
        let Some((_, with, without)) = SAMPLES.iter().find(|sample| sample.0 == name) else {
            faults.push(format!("{name}: no sample"));
            continue;
        };
        match (laid(with), laid(without)) {
            (Ok(with), Ok(without)) if with == without => faults.push(format!("{name}: no effect")),
            (Err(reason), _) | (_, Err(reason)) => faults.push(format!("{name}: {reason}")),
            _ => {}
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn words_without_effect_are_few_and_known() {
    let mut nothing: Vec<&str> = keywords()
        .filter(|keyword| keyword.effect == Effect::Nothing)
        .map(|keyword| keyword.name)
        .collect();
    nothing.sort_unstable();
    assert_eq!(nothing, NOTHING);
}

#[test]
fn words_that_are_not_evaluated_are_refused() {
    let refused = keywords().filter(|keyword| keyword.effect == Effect::Refused);
    for keyword in refused {
        for options in [
            format!("{};", keyword.name),
            format!("{}:1;", keyword.name),
            format!("http.uri; {}; content:\"x\";", keyword.name),
            format!("content:\"x\"; {}:\"x\";", keyword.name),
        ] {
            assert!(laid(&options).is_err(), "{options}");
        }
    }
}
