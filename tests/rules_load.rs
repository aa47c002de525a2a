//! The rule sets of others load, each broken rule has one clear message, and no octets make the
//! loader stop.
//!
//! The sets are not in the repository; without them those tests say so and check nothing.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::indexing_slicing,
    missing_docs
)]

use jaga::rules::compile::Engine;
use jaga::rules::explain::explain;
use jaga::rules::lint::lint;
use jaga::rules::{Cause, Config, Loaded, load, load_text};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Where the rule sets of others are.
fn sets() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let found = ["../shared/data/rules", "../../shared/data/rules"]
        .map(|folder| root.join(folder))
        .into_iter()
        .find(|folder| folder.is_dir());
    if found.is_none() {
        eprintln!("SKIPPED: the rule sets are not here");
    }
    found
}

fn all_of(path: &Path) -> Loaded {
    let config = Config {
        off_too: true,
        ..Config::default()
    };
    let mut loaded = load(&[path.to_owned()], &config).unwrap();
    let (_, refused) = Engine::compile(loaded.rules.clone());
    loaded.refuse(&refused);
    loaded
}

#[test]
fn the_rule_sets_for_plants_load_whole() {
    let Some(root) = sets() else { return };
    for (set, rules) in [
        ("quickdraw-snort", 124),
        ("quickdraw-suricata/enip-rules", 20),
        ("elitewolf", 52),
        ("et-open-2024-04-21/emerging-scada.rules", 92),
        ("suricata-bundled/modbus-events.rules", 8),
        ("suricata-bundled/dnp3-events.rules", 8),
        ("suricata-bundled/enip-events.rules", 2),
        ("icsfusion", 3),
    ] {
        let loaded = all_of(&root.join(set));
        assert_eq!(loaded.refusals, [], "{set}");
        assert_eq!(loaded.rules.len(), rules, "{set}");
    }
}

#[test]
fn events_of_headers_and_streams_load_as_far_as_they_are_raised() {
    let Some(root) = sets() else { return };
    // Of those over streams: lost octets, and one that only counts what the others noted.
    for (set, raised) in [("decoder-events", 31), ("stream-events", 2)] {
        let loaded = all_of(&root.join(format!("suricata-bundled/{set}.rules")));
        assert_eq!(loaded.rules.len(), raised, "{set}");
        for refusal in &loaded.refusals {
            assert!(refusal.what.contains("is not raised"), "{refusal}");
            assert!(!refusal.hint.is_empty(), "{refusal}");
        }
    }
}

#[test]
fn nearly_all_of_the_large_set_loads() {
    let Some(root) = sets() else { return };
    let loaded = all_of(&root.join("et-open-2024-04-21"));
    let all = loaded.rules.len() + loaded.refusals.len();
    assert_eq!(all, 34_850);
    let share = loaded.rules.len() * 10_000 / all;
    assert!(share >= 9_950, "{share} of 10,000 load");
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for refusal in &loaded.refusals {
        *reasons.entry(&refusal.what).or_default() += 1;
    }
    eprintln!("{} refused: {reasons:#?}", loaded.refusals.len());
    for refusal in &loaded.refusals {
        assert!(!refusal.what.is_empty() && refusal.line > 0, "{refusal}");
        // Nothing that follows the grammar is taken for a fault of it.
        assert_ne!(refusal.cause, Cause::UnknownWord, "{refusal}");
        assert_ne!(refusal.cause, Cause::Syntax, "{refusal}");
    }
}

#[test]
fn lint_finds_the_known_dead_rules() {
    let Some(root) = sets() else { return };
    for (set, sids) in [
        ("quickdraw-snort/s7.rules", &[1_111_301, 1_111_302][..]),
        ("et-open-2024-04-21/emerging-scada.rules", &[2_048_689]),
        ("quickdraw-snort/dnp3.rules", &[]),
        ("quickdraw-snort/modbus.rules", &[]),
    ] {
        let loaded = all_of(&root.join(set));
        let dead = lint(&loaded.rules, &loaded.names).into_iter();
        let dead: Vec<u32> = dead.filter(|l| l.dead).map(|l| l.id.sid).collect();
        assert_eq!(dead, sids, "{set}");
    }
}

/// Options that are wrong, and a part of what must be said of them.
const BAD_OPTIONS: &[(&str, &str)] = &[
    ("contnet:\"x\";", "no keyword"),
    ("http.urii; content:\"x\";", "no keyword"),
    ("modbus.adress:5;", "no keyword"),
    ("flowbit:set,x;", "no keyword"),
    ("content:\"\";", "empty"),
    ("content:x;", "between quotes"),
    ("content;", "needs a value"),
    ("content:;", "needs a value"),
    ("content:\"|0|\";", "odd number"),
    ("content:\"|0g|\";", "hexadecimal digit"),
    ("content:\"|00\";", "closes them"),
    ("content:\"a\\x\";", "no escape"),
    ("content:\"a\" nocase;", "behind the closing quote"),
    ("content:\"a\"b\";", "behind the closing quote"),
    ("content:\"a\",nocas;", "no modifier"),
    ("content:\"a\",offset;", "needs a value"),
    ("content:\"a\",offset 1 2;", "too much"),
    ("content:\"a\",,nocase;", "missing between commas"),
    ("nocase;", "behind no content"),
    ("offset:3;", "behind no content"),
    ("depth:3;", "behind no content"),
    ("within:3;", "behind no content"),
    ("distance:3;", "behind no content"),
    ("startswith;", "behind no content"),
    ("endswith;", "behind no content"),
    ("fast_pattern;", "behind no content"),
    ("content:\"a\"; nocase:1;", "takes no value"),
    ("content:\"a\"; offset:x;", "not extracted"),
    ("content:\"a\"; offset:99999999;", "is not from"),
    ("content:\"a\"; offset;", "needs a value"),
    ("content:\"a\"; offset:1; offset:2;", "twice"),
    ("content:\"a\"; depth:0;", "is not from"),
    ("content:\"a\"; depth:-3;", "is not from"),
    ("content:\"a\"; depth:5; depth:6;", "twice"),
    ("content:\"a\"; within:-1;", "is not from"),
    ("content:\"a\"; distance:1.5;", "no number"),
    ("content:\"a\"; offset:1; startswith;", "contradicts"),
    ("content:\"a\"; fast_pattern:all;", "no part"),
    (
        "content:\"a\"; fast_pattern:0,9;",
        "longer than its content",
    ),
    (
        "content:\"a\"; fast_pattern; content:\"b\"; fast_pattern;",
        "one fast pattern",
    ),
    (
        "content:\"a\"; http_uri; http_method;",
        "its buffer already",
    ),
    ("http.uri:\"x\";", "takes no value"),
    ("dotprefix; content:\"a\";", "behind no buffer"),
    ("http.uri; xor:\"zz\"; content:\"a\";", "hexadecimal"),
    ("http.uri; xor; content:\"a\";", "needs a value"),
    (
        "dns.query; content:\"a\"; http.uri; content:\"b\";",
        "no message is of two",
    ),
    ("base64_data; content:\"a\";", "no base64_decode"),
    ("base64_decode:octets 5;", "no parameter"),
    ("pcre:\"abc\";", "between slashes"),
    ("pcre:\"/abc\";", "between slashes"),
    ("pcre:\"//\";", "empty"),
    ("pcre:\"/a(b/\";", "does not close this `(`"),
    ("pcre:\"/ab)/\";", "was not opened"),
    ("pcre:\"/a[b/\";", "does not close this `[`"),
    ("pcre:\"/*a/\";", "nothing to repeat"),
    ("pcre:\"/a/j\";", "no modifier"),
    ("pcre:\"/a/UP\";", "two buffers"),
    ("pcre:\"/a/;", "is not closed"),
    ("byte_test:4,>,5;", "too few"),
    ("byte_test:9,>,5,0;", "is not from"),
    ("byte_test:0,>,5,0;", "is not from"),
    ("byte_test:4,~,5,0;", "no comparison"),
    ("byte_test:4,>,x,0;", "not extracted"),
    ("byte_test:4,>,5,0,relativ;", "no parameter"),
    ("byte_test:4,>,5,0,string,bin;", "no parameter"),
    ("byte_test:4,>,5,0,bitmask 0;", "no mask"),
    ("byte_jump:4;", "too few"),
    ("byte_jump:4,0,align 3;", "align is"),
    ("byte_jump:4,0,multiplier 0;", "is not from"),
    ("byte_jump:4,0,post_offset;", "needs a value"),
    ("byte_jump:4,0,from_beginning,from_end;", "contradict"),
    ("byte_extract:4,0;", "too few"),
    ("byte_extract:4,0,1x;", "cannot name"),
    ("byte_math:bytes 4, offset 0, oper +;", "too few"),
    (
        "byte_math:bytes 4, offset 0, oper %, rvalue 1, result x;",
        "no operator",
    ),
    (
        "byte_math:bytes 4, offset 0, oper /, rvalue 0, result x;",
        "divided by 0",
    ),
    ("isdataat:x;", "not extracted"),
    ("isdataat:10,relativ;", "no parameter"),
    ("bsize:10;", "behind no buffer"),
    ("http.uri; bsize:ten;", "no number"),
    ("urilen:5,decoded;", "no form"),
    ("dsize:>70000;", "more than"),
    ("dsize:5<>5;", "both ends are excluded"),
    ("dsize:9..5;", "ends before it starts"),
    ("dsize:<0;", "no number from"),
    ("dsize;", "needs a value"),
    ("dsize:1,x;", "no number"),
    ("flow;", "needs a value"),
    ("flow:establish;", "no word of flow"),
    ("flow:to_server,to_client;", "contradicts"),
    ("flow:established,not_established;", "contradicts"),
    ("flow:only_stream,no_stream;", "contradicts"),
    ("flow:established,stateless;", "contradicts"),
    ("flowbits:set;", "needs the name"),
    ("flowbits:sett,x;", "no act on bits"),
    ("flowbits:set,a b;", "cannot name a bit"),
    ("flowbits:set,;", "cannot name a bit"),
    ("flowint:n;", "wants a name"),
    ("flowint:n,*,3;", "no act on a number"),
    ("flowint:n,+;", "needs a number"),
    ("flowint:n,<,0;", "could never match"),
    ("xbits:set,x;", "needs a track"),
    ("xbits:set,x,track ip_from;", "no track"),
    ("xbits:set,x,track ip_src,expire 0;", "is not from"),
    ("xbits:set;", "too few"),
    ("hostbits:set;", "too few"),
    ("hostbits:set,x,up;", "no end"),
    (
        "threshold:type limit,count 1,seconds 60;",
        "track is missing",
    ),
    (
        "threshold:track by_src,count 1,seconds 60;",
        "type is missing",
    ),
    (
        "threshold:type limit,track by_src,seconds 60;",
        "count is missing",
    ),
    (
        "threshold:type limit,track by_src,count 1;",
        "seconds are missing",
    ),
    (
        "threshold:type limits,track by_src,count 1,seconds 60;",
        "no type of threshold",
    ),
    (
        "threshold:type limit,track by_source,count 1,seconds 60;",
        "no track",
    ),
    (
        "threshold:type limit,track by_src,count 0,seconds 60;",
        "is not from",
    ),
    (
        "threshold:type limit,track by_src,count 1,seconds;",
        "needs a value",
    ),
    (
        "threshold:type limit track by_src,count 1,seconds 60;",
        "comma is missing",
    ),
    (
        "threshold:type backoff,track by_flow,count 1;",
        "multiplier is missing",
    ),
    (
        "detection_filter:track by_src,count 5;",
        "seconds are missing",
    ),
    ("flags:X;", "no flag"),
    ("flags:;", "needs a value"),
    ("flags:+;", "no flag is named"),
    ("fragbits:Q;", "no fragment bit"),
    ("ttl:300;", "more than 255"),
    ("ttl:x;", "no number"),
    ("itype:999;", "more than 255"),
    ("icode:-1;", "no number"),
    ("window:65536;", "more than"),
    ("ip_proto:foo;", "no IP protocol"),
    ("ipopts:xyz;", "no option of IPv4"),
    ("sameip:1;", "takes no value"),
    ("tcpv4-csum:maybe;", "no state of a checksum"),
    ("stream_size:server;", "too few"),
    ("stream_size:servr,<,5;", "no side"),
    ("stream_size:server,~,5;", "no comparison"),
    ("app-layer-protocol:htp;", "no protocol"),
    ("app-layer-protocol:quic;", "not decoded"),
    ("app-layer-event:modbus.nothing;", "not raised"),
    ("app-layer-event:http.double_encoded_uri;", "not raised"),
    ("decode-event:ipv4.nothing;", "not raised"),
    ("stream-event:est_syn_resend;", "not raised"),
    ("msg:\"twice\";", "one msg"),
    ("rev:x;", "no number"),
    ("gid:-1;", "no number"),
    ("priority:0;", "is not from"),
    ("priority:high;", "no number"),
    ("reference:url;", "a system and an id"),
    ("reference:url,;", "one is empty"),
    ("target:src;", "no end"),
    ("modbus: function;", "needs a value"),
    ("modbus: function nothing;", "no category"),
    ("modbus: functions 5;", "no part of modbus"),
    ("modbus: access wipe;", "no access"),
    ("modbus: access write input;", "cannot be written"),
    ("modbus: access read coils 5;", "comma is missing"),
    ("modbus: address 5;", "behind no access"),
    (
        "modbus: access read coils, address 0;",
        "no address is left",
    ),
    (
        "modbus: access read coils, address 1, value 1;",
        "a read has no value",
    ),
    (
        "modbus: access write coils, address 1, value 7;",
        "a coil is",
    ),
    ("modbus: subfunction 4;", "behind no function"),
    ("modbus: unit 300;", "more than 255"),
    ("modbus_func:read_everything;", "no function of Modbus"),
    ("dnp3_func:explode;", "no function of DNP3"),
    ("dnp3_obj:12;", "a group and a variation"),
    ("dnp3_obj:12,999;", "is not from"),
    ("dnp3_ind:device_restarted;", "no internal indication"),
    ("enip_command:list_identities;", "no command"),
    ("cip_service:1,2,3,4;", "no more"),
    ("cip_service:999;", "more than 255"),
    ("tls.version:9.9;", "no version"),
    ("ssl_version:sslv2;", "not decoded"),
    ("ot.op:destroy;", "no class of operations"),
    ("ot.criticality:>5;", "no number from"),
    ("ot.criticality:9;", "more than 5"),
    ("ot.technique:0855;", "no technique"),
    ("ot.value:much;", "no number"),
    ("ot.result:done;", "no result"),
    ("ot.target:40..49;", "no kind of address"),
    ("asset.role:from,plc;", "no end"),
    ("asset.role:src,;", "empty"),
    ("asset.new:src,3w;", "no unit of time"),
    ("dataset:isset,x,type string;", "behind no buffer"),
    (
        "http.uri; dataset:isset,x,type string,save x.lst;",
        "writes a file",
    ),
    (
        "http.uri; dataset:set,x,type string,load x.lst;",
        "changes a dataset",
    ),
    (
        "http.uri; dataset:isset,x,type string,load /etc/passwd;",
        "not below the folder",
    ),
    (
        "http.uri; dataset:isset,x,type string,load ../x;",
        "not below the folder",
    ),
    (
        "http.uri; dataset:isset,x,type strings,load x;",
        "no type of a dataset",
    ),
    ("lua:script.lua;", "not evaluated"),
    ("geoip:src,CN;", "not evaluated"),
    ("asn1:double_overflow;", "not evaluated"),
    ("replace:\"x\";", "not evaluated"),
    ("frame:http.request;", "not told apart"),
    ("frame:enip.pdu; content:\"x\";", "not told apart"),
    ("pdu; content:\"x\";", "not evaluated"),
    ("http.host; domain; content:\"x\";", "not evaluated"),
    ("http.uri; entropy:high;", "no number"),
    ("asset.zone:src,control;", "zones of the site are not known"),
    ("byte_test:2,>,5,0,dce;", "DCE/RPC"),
    ("nocase content:\"x\";", "`;` is missing"),
    ("content\"x\";", "`:` is missing"),
    ("modbus.function:>=x;", "no number"),
    ("modbus.request:maybe;", "no truth value"),
    ("modbus.function_name:\"\";", "empty"),
];

/// Headers that are wrong, before ` (sid:N;)`.
const BAD_HEADERS: &[(&str, &str)] = &[
    ("alret tcp any any -> any any", "no action"),
    ("suppress tcp any any -> any any", "no action"),
    ("Alert tcp any any -> any any", "no action"),
    ("log tcp any any -> any any", "no action"),
    ("alert tpc any any -> any any", "no protocol"),
    ("alert quic any any -> any any", "not decoded"),
    ("alert mqtt any any -> any any", "not decoded"),
    ("alert", "protocol is missing"),
    ("alert tcp any", "source port is missing"),
    ("alert tcp any any", "direction is missing"),
    ("alert tcp any any ->", "destination address is missing"),
    ("alert tcp any any -> any", "destination port is missing"),
    (
        "alert tcp any any -> any any any",
        "too much before the bracket",
    ),
    ("alert tcp any any <- any any", "no direction"),
    ("alert tcp any any >> any any", "no direction"),
    ("alert tcp any any - any any", "no direction"),
    ("alert tcp 300.1.1.1 any -> any any", "no address"),
    ("alert tcp plc1 any -> any any", "no address"),
    ("alert tcp 10.0.0.0/33 any -> any any", "is not from"),
    ("alert tcp 10.0.0.0/255.0.255.0 any -> any any", "has holes"),
    (
        "alert tcp 10.0.0.9-10.0.0.1 any -> any any",
        "ends before it starts",
    ),
    (
        "alert tcp 10.0.0.9-::1 any -> any any",
        "ends before it starts",
    ),
    ("alert tcp [10.0.0.1,10.0.0.2 any -> any any", "not closed"),
    ("alert tcp 10.0.0.1] any -> any any", "closes no group"),
    ("alert tcp [] any -> any any", "group is empty"),
    ("alert tcp [10.0.0.1,] any -> any any", "no address"),
    ("alert tcp !any any -> any any", "could never match"),
    ("alert tcp $PLANT any -> any any", "is not set"),
    ("alert tcp $HOME_NTE any -> any any", "is not set"),
    ("alert tcp any $PLANT_PORTS -> any any", "is not set"),
    ("alert tcp any 70000 -> any any", "is not from"),
    ("alert tcp any http -> any any", "no number"),
    ("alert tcp any 90:80 -> any any", "ends before it starts"),
    ("alert tcp any !any -> any any", "no port is left"),
    ("alert tcp any [80,!80] -> any any", "no port is left"),
    ("alert tcp any [80,90 -> any any", "not closed"),
    ("alert tcp any -1 -> any any", "no number"),
    ("alert tcp any 80-90 -> any any", "no number"),
];

/// Whole rules that are wrong.
const BAD_RULES: &[(&str, &str)] = &[
    (
        "alert tcp any any -> any any",
        "options in brackets are missing",
    ),
    ("alert tcp any any -> any any (msg:\"m\";)", "no sid"),
    (
        "alert tcp any any -> any any (msg:\"m\"; sid:0;)",
        "is not from",
    ),
    (
        "alert tcp any any -> any any (msg:\"m\"; sid:x;)",
        "no number",
    ),
    (
        "alert tcp any any -> any any (msg:\"m\"; sid:5; sid:6;)",
        "one sid",
    ),
    (
        "alert tcp any any -> any any (msg:\"m\"; sid:5;",
        "not closed",
    ),
    (
        "alert tcp any any -> any any (msg:\"m\"; sid:5)",
        "`;` is missing",
    ),
    (
        "alert tcp any any -> any any (msg:\"m; sid:5;)",
        "quote is not closed",
    ),
    (
        "alert tcp any any -> any any (msg:\"m; content:\"x\"; sid:5;)",
        "closing quote",
    ),
    (
        "alert tcp any any -> any any (msg:\"m\"; sid:5;) tail",
        "behind the closing bracket",
    ),
    (
        "alert tcp any any -> any any (msg:\"m\"; sid:5; rev:1; rev:2;)",
        "one rev",
    ),
    (
        "alert http any any -> any any (dns.query; content:\"x\"; sid:5;)",
        "has no buffer",
    ),
    (
        "alert dns any any -> any any (modbus.function:5; sid:5;)",
        "has no field",
    ),
    (
        "alert tcp-pkt any any -> any any (modbus.function:5; sid:5;)",
        "packets alone",
    ),
    (
        "alert modbus any any -> any any (http.uri; content:\"x\"; sid:5;)",
        "has no buffer",
    ),
    ("HOME_NET = 10.0.0.0/8", "no action"),
    ("ipvar HOME_NET 10.0.0.0/8", "no action"),
    ("include other.rules", "no action"),
    ("{\"rule\": 1}", "no action"),
    ("(((((((((((", "no action"),
];

/// Every broken rule, one a line where no line is continued, with what must be said.
fn broken() -> Vec<(String, &'static str)> {
    let mut all = Vec::new();
    for (option, part) in BAD_OPTIONS {
        let rule = format!("alert tcp any any -> any any (msg:\"m\"; {option} sid:7;)");
        all.push((rule, *part));
    }
    for (header, part) in BAD_HEADERS {
        all.push((format!("{header} (msg:\"m\"; sid:7;)"), part));
    }
    for (rule, part) in BAD_RULES {
        all.push(((*rule).to_owned(), part));
    }
    // The same options behind a good content and before a good one, over several lines.
    for (option, part) in BAD_OPTIONS
        .iter()
        .filter(|(_, part)| !part.contains("behind no"))
    {
        let rule = format!(
            "alert tcp any any -> any any (\\\n  content:\"GOOD\";\\\n  {option}\\\n  sid:7;)"
        );
        if !option.starts_with("msg") {
            all.push((rule, part));
        }
    }
    all
}

#[test]
fn each_broken_rule_has_one_clear_message_and_stops_no_other() {
    let broken = broken();
    assert!(broken.len() >= 300, "only {} broken rules", broken.len());
    let mut file = String::new();
    let mut lines = Vec::new();
    let mut next = 1;
    for (number, (rule, _)) in broken.iter().enumerate() {
        let good = format!(
            "alert tcp any any -> any any (content:\"ok\"; sid:{};)",
            number + 1000
        );
        let _ = write!(file, "{rule}\n{good}\n");
        let height = u32::try_from(rule.lines().count()).unwrap();
        lines.push(next..next + height);
        next += height + 1;
    }
    let loaded = load_text(
        Path::new("broken.rules"),
        file.as_bytes(),
        &Config::default(),
    );
    let mut faults = Vec::new();
    for ((rule, part), lines) in broken.iter().zip(&lines) {
        let mine = loaded
            .refusals
            .iter()
            .filter(|refusal| lines.contains(&refusal.line));
        let mine: Vec<_> = mine.collect();
        match mine.as_slice() {
            [only] => {
                let said = format!("{} / {}", only.what, only.hint);
                let line = file.lines().nth(only.line as usize - 1).unwrap();
                let width = u32::try_from(line.chars().count()).unwrap();
                if !said.contains(part) {
                    faults.push(format!("{rule}\n    wanted: {part}\n    said: {said}"));
                } else if only.column == 0 || only.column > width + 1 {
                    faults.push(format!("{rule}\n    column {} of {width}", only.column));
                }
            }
            other => faults.push(format!("{rule}\n    {} messages for: {part}", other.len())),
        }
    }
    assert!(
        faults.is_empty(),
        "{}:\n{}",
        faults.len(),
        faults.join("\n")
    );
    assert_eq!(loaded.refusals.len(), broken.len());
    assert_eq!(loaded.rules.len(), broken.len());
}

/// A generator of numbers that is the same everywhere (xorshift, 64 bits).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 16).unwrap() % bound.max(1)
    }
}

/// Changes some octets of a rule.
fn mutated(rule: &[u8], dice: &mut Dice) -> Vec<u8> {
    const PIECES: &[&[u8]] = &[
        b"\"",
        b";",
        b":",
        b"(",
        b")",
        b"[",
        b"]",
        b"!",
        b"$",
        b"|",
        b"\\",
        b",",
        b"<>",
        b"->",
        b"\n",
        b"\\\n",
        b"#",
        b"\0",
        b"\xff",
        b"\xc3\xa4",
        b"99999999999999999999",
        b"-1",
        b"0x",
        b" ",
        b"/",
        b"*",
        b"content:\"|",
        b"http.uri;",
        b"nocase;",
        b"fast_pattern;",
        b"modbus: ",
        b"isset,",
        b"..",
        b"&",
    ];
    let mut rule = rule.to_vec();
    for _ in 0..=dice.below(4) {
        let at = dice.below(rule.len());
        let piece = PIECES[dice.below(PIECES.len())];
        match dice.below(5) {
            0 => rule.truncate(at),
            1 => drop(rule.drain(at..(at + dice.below(9)).min(rule.len()))),
            2 => drop(rule.splice(at..at, piece.iter().copied())),
            3 => drop(rule.splice(at..rule.len().min(at + 1), piece.iter().copied())),
            _ => {
                let from = dice.below(rule.len());
                let part = rule[from..(from + 30).min(rule.len())].to_vec();
                drop(rule.splice(at..at, part));
            }
        }
        if rule.is_empty() {
            break;
        }
    }
    rule
}

#[test]
fn no_octets_make_the_loader_stop() {
    let mut rules: Vec<Vec<u8>> = broken()
        .into_iter()
        .map(|(rule, _)| rule.into_bytes())
        .collect();
    let mut whole = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("rules")];
    if let Some(root) = sets() {
        let names = [
            "quickdraw-snort",
            "suricata-verify",
            "et-open-2024-04-21/emerging-scada.rules",
        ];
        whole.extend(names.map(|name| root.join(name)));
    }
    for set in whole {
        let loaded = all_of(&set);
        let texts = loaded.rules.iter().map(|rule| rule.text.as_bytes());
        rules.extend(texts.map(<[u8]>::to_vec));
    }
    let config = Config {
        off_too: true,
        ..Config::default()
    };
    let mut dice = Dice(0x6a61_6761);
    let (mut good, mut bad) = (0, 0);
    for rule in rules.iter().cycle().take(12_000) {
        let text = mutated(rule, &mut dice);
        let loaded = load_text(Path::new("m.rules"), &text, &config);
        let counted: usize = loaded
            .files
            .iter()
            .map(|file| file.loaded + file.refused)
            .sum();
        assert_eq!(counted, loaded.rules.len() + loaded.refusals.len());
        for rule in &loaded.rules {
            assert!(!explain(rule, &loaded.names).is_empty());
        }
        let _ = lint(&loaded.rules, &loaded.names);
        good += loaded.rules.len();
        bad += loaded.refusals.len();
    }
    assert!(
        good > 500 && bad > 2_000,
        "{good} loaded, {bad} refused: not much was tried"
    );
}

#[test]
fn long_and_deep_things_are_bounded() {
    let nested = format!(
        "alert tcp {}10.0.0.1{} any -> any any (sid:1;)",
        "[".repeat(4_000),
        "]".repeat(4_000)
    );
    let many = format!(
        "alert tcp any any -> any any ({}sid:1;)",
        "sameip;".repeat(5_000)
    );
    let long = format!(
        "alert tcp any any -> any any (msg:\"{}\"; sid:1;)",
        "x".repeat(300_000)
    );
    let content = format!(
        "alert tcp any any -> any any (content:\"{}\"; sid:1;)",
        "x".repeat(20_000)
    );
    for (rule, part) in [
        (nested, "nested too deep"),
        (many, "more than 1000 options"),
        (long, "longer than"),
        (content, "longer than"),
    ] {
        let loaded = load_text(Path::new("l.rules"), rule.as_bytes(), &Config::default());
        assert_eq!(loaded.rules.len(), 0);
        assert_eq!(loaded.refusals.len(), 1);
        assert!(
            loaded.refusals[0].what.contains(part),
            "{}",
            loaded.refusals[0]
        );
    }
}
