//! What rules are read as: headers, words, variables, thresholds.

use super::rule::*;
use super::{Cause, Config, Loaded, load_text};
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

fn load(text: &str) -> Loaded {
    load_text(Path::new("t.rules"), text.as_bytes(), &Config::default())
}

/// The only rule of a text.
fn one(text: &str) -> Rule {
    let mut loaded = load(text);
    assert_eq!(loaded.refusals, [], "{text}");
    assert_eq!(loaded.rules.len(), 1);
    loaded.rules.remove(0)
}

/// A rule over TCP with these options.
fn with(options: &str) -> Rule {
    one(&format!(
        "alert tcp any any -> any any (msg:\"m\"; {options} sid:1;)"
    ))
}

fn refused(text: &str) -> super::Refusal {
    let mut loaded = load(text);
    assert_eq!(loaded.rules.len(), 0, "{text}");
    assert_eq!(loaded.refusals.len(), 1, "{text}");
    loaded.refusals.remove(0)
}

fn contents(part: &BufferTest) -> Vec<&[u8]> {
    let contents = part.tests.iter().filter_map(|test| match test {
        OctetTest::Content(content) => Some(content.octets.as_slice()),
        _ => None,
    });
    contents.collect()
}

/// Whether a set of hosts holds an address, as the engine is to read it.
fn holds(hosts: &Hosts, address: &str) -> bool {
    let address: IpAddr = address.parse().unwrap();
    let inside = |set: &HostSet| match set {
        HostSet::Range(a, b) => a.is_ipv4() == address.is_ipv4() && *a <= address && address <= *b,
        HostSet::Role { .. } => false,
        HostSet::Nested(inner) => holds(inner, &address.to_string()),
    };
    (hosts.within.is_empty() || hosts.within.iter().any(inside))
        && !hosts.without.iter().any(inside)
}

fn source(addresses: &str) -> Arc<Hosts> {
    one(&format!("alert ip {addresses} any -> any any (sid:1;)"))
        .ends
        .0
        .hosts
}

#[test]
fn addresses() {
    for (text, inside, outside) in [
        ("10.1.2.3", "10.1.2.3", "10.1.2.4"),
        ("10.1.0.0/16", "10.1.255.255", "10.2.0.0"),
        ("10.1.0.0/255.255.0.0", "10.1.255.255", "10.2.0.0"),
        ("10.0.0.1-10.0.0.9", "10.0.0.9", "10.0.0.10"),
        ("!10.1.0.0/16", "10.2.0.0", "10.1.0.0"),
        ("! 10.1.0.0/16", "10.2.0.0", "10.1.0.0"),
        ("[10.1.0.0/16, !10.1.1.0/24]", "10.1.2.0", "10.1.1.7"),
        ("![10.1.0.0/16,!10.1.1.0/24]", "10.1.1.7", "10.1.2.0"),
        ("[!10.1.1.1,!10.1.1.2]", "10.1.1.3", "10.1.1.2"),
        (
            "[10.9.9.9,[10.1.0.0/16,!10.1.1.0/24]]",
            "10.9.9.9",
            "10.1.1.7",
        ),
        ("$HOME_NET", "192.168.7.7", "8.8.8.8"),
        ("$EXTERNAL_NET", "8.8.8.8", "192.168.7.7"),
        ("!$EXTERNAL_NET", "192.168.7.7", "8.8.8.8"),
        ("[any,!10.1.1.1]", "10.1.1.2", "10.1.1.1"),
        ("2001:db8::/32", "2001:db8:1::1", "2001:db9::1"),
        ("0.0.0.0/0", "8.8.8.8", "::1"),
    ] {
        let hosts = source(text);
        assert!(holds(&hosts, inside), "{text} {inside}");
        assert!(!holds(&hosts, outside), "{text} {outside}");
    }
}

#[test]
fn ports() {
    for (text, expected) in [
        ("any", vec![]),
        ("502", vec![(502, 502)]),
        ("1024:", vec![(1024, 65535)]),
        (":1023", vec![(0, 1023)]),
        ("!80", vec![(0, 79), (81, 65535)]),
        ("[80,81,90:99]", vec![(80, 81), (90, 99)]),
        ("[1:100,!50]", vec![(1, 49), (51, 100)]),
        ("![80,443]", vec![(0, 79), (81, 442), (444, 65535)]),
        ("$DNP3_PORTS", vec![(20000, 20000)]),
    ] {
        let rule = one(&format!("alert tcp any {text} -> any any (sid:1;)"));
        assert_eq!(rule.ends.0.ports.within, expected, "{text}");
    }
}

#[test]
fn variables_fill_themselves_or_are_set() {
    let text = "alert tcp !$MODBUS_CLIENT any -> $MODBUS_SERVER $MODBUS_PORTS (sid:1;)";
    let loaded = load(text);
    let rule = &loaded.rules[0];
    let role = |server| HostSet::Role {
        protocol: "modbus",
        server,
    };
    assert_eq!(rule.ends.0.hosts.without, [role(false)]);
    assert_eq!(rule.ends.1.hosts.within, [role(true)]);
    assert_eq!(rule.ends.1.ports.within, [(502, 502)]);
    assert_eq!(loaded.filled.len(), 3, "{:?}", loaded.filled);
    let config = Config {
        variables: vec![
            ("MODBUS_SERVER".to_owned(), "10.1.1.0/24".to_owned()),
            ("MODBUS_PORTS".to_owned(), "[502,1502]".to_owned()),
            ("MODBUS_SERVRE".to_owned(), "10.1.1.0/24".to_owned()),
        ],
        ..Config::default()
    };
    let loaded = load_text(Path::new("t.rules"), text.as_bytes(), &config);
    assert!(holds(&loaded.rules[0].ends.1.hosts, "10.1.1.9"));
    assert_eq!(loaded.rules[0].ends.1.ports.within.len(), 2);
    assert_eq!(loaded.filled.len(), 1);
    assert!(
        loaded.notes[0].what.contains("MODBUS_SERVRE"),
        "{:?}",
        loaded.notes
    );
}

#[test]
fn files_of_variables() {
    let yaml = "%YAML 1.1\n---\nvars:\n  address-groups:\n    HOME_NET: \"[10.0.0.0/8]\" # ours\n\
        \n  port-groups:\n    HTTP_PORTS: \"80\"\nother:\n  x: y z\n";
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    assert_eq!(
        super::variables::read(yaml),
        Ok(vec![
            pair("HOME_NET", "[10.0.0.0/8]"),
            pair("HTTP_PORTS", "80")
        ])
    );
    let plain = "# x\nHOME_NET = 10.0.0.0/8\nipvar DNP3_SERVER 10.1.1.1\n";
    assert_eq!(
        super::variables::read(plain),
        Ok(vec![
            pair("HOME_NET", "10.0.0.0/8"),
            pair("DNP3_SERVER", "10.1.1.1")
        ])
    );
    assert_eq!(super::variables::read("a b\n"), Err((1, "a b".to_owned())));
}

#[test]
fn old_and_new_spellings_of_buffers_are_the_same() {
    let old = one(
        "alert tcp any any -> any 80 (content:\"GET\"; http_method; content:\"/a\"; http_uri; \
         content:\"b\"; distance:1; http_uri; pcre:\"/c$/Ui\"; sid:1;)",
    );
    let new = one(
        "alert http any any -> any 80 (http.method; content:\"GET\"; http.uri; content:\"/a\"; \
         content:\"b\"; distance:1; pcre:\"/c$/i\"; sid:1;)",
    );
    assert_eq!(old.over, Over::Protocol("http"));
    assert_eq!(format!("{:?}", old.buffers), format!("{:?}", new.buffers));
    assert_eq!(old.buffers.len(), 2);
    assert_eq!(contents(&old.buffers[1]), [b"/a".as_slice(), b"b"]);
    let inline = with("content:\"Abc\",nocase,offset 2,depth 9,fast_pattern;");
    let plain = with("content:\"Abc\"; nocase; offset:2; depth:9; fast_pattern;");
    assert_eq!(
        format!("{:?}", inline.buffers),
        format!("{:?}", plain.buffers)
    );
    assert_eq!(contents(&inline.buffers[0]), [b"abc".as_slice()]);
    assert_eq!(
        inline.buffers[0].fast,
        Some(Fast {
            test: 0,
            part: None,
            only: false
        })
    );
}

#[test]
fn the_fast_pattern_moves_with_its_content() {
    let rule = with("content:\"a\"; content:\"bcd\"; fast_pattern:1,2; http_uri; content:\"e\";");
    let fast = Fast {
        test: 0,
        part: Some((1, 2)),
        only: false,
    };
    let uri = rule
        .buffers
        .iter()
        .find(|part| part.buffer != Buffer::Payload)
        .unwrap();
    assert_eq!(uri.fast, Some(fast));
    assert!(
        rule.buffers
            .iter()
            .all(|part| part.fast.is_none() || part.buffer == uri.buffer)
    );
}

#[test]
fn octets_of_contents() {
    for (text, octets) in [
        (r"|0d 0a|x|00|", b"\r\nx\0".as_slice()),
        (r"|0D0a|", b"\r\n"),
        (r#"a\;b\"c\\d\:e"#, b"a;b\"c\\d:e"),
        ("a:b", b"a:b"),
        ("ä", "ä".as_bytes()),
    ] {
        let rule = with(&format!("content:\"{text}\";"));
        assert_eq!(contents(&rule.buffers[0]), [octets], "{text}");
    }
    // A file that is not UTF-8 keeps its octets.
    let mut file = b"alert tcp any any -> any any (content:\"\xe4|ff|\"; sid:1;)".to_vec();
    let loaded = load_text(Path::new("t.rules"), &file, &Config::default());
    assert_eq!(
        contents(&loaded.rules[0].buffers[0]),
        [b"\xe4\xff".as_slice()]
    );
    file.insert(0, 0xff);
    let loaded = load_text(Path::new("t.rules"), &file, &Config::default());
    assert_eq!(loaded.refusals.len(), 1);
}

#[test]
fn numbers() {
    for (text, number) in [
        ("5", Number::OneOf(vec![5])),
        ("!5", Number::NoneOf(vec![5])),
        ("<5", Number::Within(0, 4)),
        ("<=5", Number::Within(0, 5)),
        (">5", Number::Within(6, 65535)),
        ("0x10", Number::OneOf(vec![16])),
        ("3<>9", Number::Within(4, 8)),
        ("3-9", Number::Within(4, 8)),
        ("3..9", Number::Within(3, 9)),
        ("!3<>9", Number::Outside(4, 8)),
        ("1,2,3", Number::OneOf(vec![1, 2, 3])),
        ("1k", Number::OneOf(vec![1024])),
        (
            "&0xc0=0x80",
            Number::Masked {
                mask: 0xc0,
                result: 0x80,
                negated: false,
            },
        ),
        (
            "&0xc0",
            Number::Masked {
                mask: 0xc0,
                result: 0,
                negated: true,
            },
        ),
    ] {
        let rule = with(&format!("dsize:{text};"));
        assert_eq!(rule.packet, [PacketTest::Size(number)], "{text}");
    }
}

fn name_of(test: &FieldTest) -> &'static str {
    super::words::field_name(test.field).unwrap()
}

#[test]
fn modbus_counts_from_one_and_looks_at_requests() {
    let rule = one(
        "alert modbus any any -> any any (modbus: unit >9, access read coils, address 1<>3; \
         sid:1;)",
    );
    let names: Vec<&str> = rule.fields.iter().map(name_of).collect();
    assert_eq!(
        names,
        [
            "modbus.request",
            "modbus.unit",
            "modbus.function",
            "modbus.address"
        ]
    );
    assert_eq!(rule.fields[0].test, ValueTest::Boolean(true));
    assert_eq!(
        rule.fields[1].test,
        ValueTest::Number(Number::Within(10, 255))
    );
    assert_eq!(
        rule.fields[2].test,
        ValueTest::Number(Number::OneOf(vec![1]))
    );
    let ValueTest::Overlaps { range, .. } = rule.fields[3].test else {
        panic!("{:?}", rule.fields[3]);
    };
    // Address 2 of 1, 2, 3 with both ends out, which the wire calls 1.
    assert_eq!(range, (1, 1));
    let rule = one(
        "alert modbus any any -> any any (modbus: access write coils, address 5, value 1; sid:1;)",
    );
    let ValueTest::AnyOf(either) = &rule.fields[3].test else {
        panic!("{:?}", rule.fields[3]);
    };
    assert_eq!(
        either[0].test,
        ValueTest::Number(Number::OneOf(vec![0xff00]))
    );
    let ValueTest::ValueAt { range, .. } = either[1].test else {
        panic!("{:?}", either[1]);
    };
    assert_eq!(range, (4, 4));
    let user = one("alert modbus any any -> any any (modbus: function !user; sid:1;)");
    let ValueTest::Number(Number::NoneOf(codes)) = &user.fields[1].test else {
        panic!("{:?}", user.fields[1]);
    };
    assert_eq!(codes.len(), 19);
}

#[test]
fn dnp3_in_both_spellings() {
    let masked = |mask, result, negated| {
        ValueTest::Number(Number::Masked {
            mask,
            result,
            negated,
        })
    };
    for (option, test) in [
        ("dnp3_func:21", ValueTest::Number(Number::OneOf(vec![21]))),
        (
            "dnp3.func:cold_restart",
            ValueTest::Number(Number::OneOf(vec![13])),
        ),
        ("dnp3_cmd_fc:21", ValueTest::Number(Number::OneOf(vec![21]))),
        (
            "dnp3.ind:device_restart,!need_time",
            masked(0x9000, 0x8000, false),
        ),
        ("dnp3_ind:device_restart,need_time", masked(0x9000, 0, true)),
        ("dnp3.ind:!0", ValueTest::Number(Number::NoneOf(vec![0]))),
        (
            "dnp3_obj:12,1",
            ValueTest::Record(vec![("group", 12), ("variation", 1)]),
        ),
        ("dnp3_cmd_ot:50", ValueTest::Record(vec![("group", 50)])),
    ] {
        let rule = one(&format!("alert dnp3 any any -> any any ({option}; sid:1;)"));
        assert_eq!(rule.fields[0].test, test, "{option}");
    }
}

#[test]
fn any_field_is_a_word() {
    let rule = with("modbus.address:4000..4099; modbus.function_name:\"Write Single Coil\";");
    assert_eq!(rule.over, Over::Protocol("modbus"));
    assert_eq!(
        rule.fields[0].test,
        ValueTest::Number(Number::Within(4000, 4099))
    );
    let text = ValueTest::Text {
        text: "write single coil".into(),
        negated: false,
    };
    assert_eq!(rule.fields[1].test, text);
    let key = with("dnp3.objects.group:12;");
    assert_eq!(key.fields[0].key, Some("group"));
    let buffer = with("modbus.server_id; content:\"x\";");
    assert!(matches!(&buffer.buffers[0].buffer, Buffer::Fields(fields) if fields.len() == 1));
    let there = with("modbus.exception:present;");
    assert_eq!(there.fields[0].test, ValueTest::Present(true));
}

#[test]
fn bits_and_limits() {
    let rule = with(
        "flowbits:isset,a|b; flowbits:set,c; flowbits:noalert; xbits:set,x,track ip_pair,expire \
         60; hostbits:isnotset,h,dst; flowint:n,+,1; threshold: type both, track by_src, count 5, \
         seconds 60; detection_filter:track by_dst, count 3, seconds 10;",
    );
    let acts: Vec<(Scope, &BitAct)> = rule.bits.iter().map(|bit| (bit.scope, &bit.act)).collect();
    assert_eq!(
        acts,
        [
            (Scope::Flow, &BitAct::IsSet(vec![0, 1])),
            (Scope::Flow, &BitAct::Set(None)),
            (Scope::Pair, &BitAct::Set(Some(60))),
            (Scope::Destination, &BitAct::IsNotSet(vec![4])),
            (Scope::Flow, &BitAct::Add(1)),
        ]
    );
    assert!(rule.silent);
    assert!(matches!(
        rule.limits[0].kind,
        LimitKind::Both {
            count: 5,
            seconds: 60
        }
    ));
    assert!(matches!(
        rule.limits[1].kind,
        LimitKind::Filter {
            count: 3,
            seconds: 10
        }
    ));
}

#[test]
fn threshold_files() {
    let folder = tempfile::tempdir().unwrap();
    let rules = folder.path().join("a.rules");
    std::fs::write(
        &rules,
        "alert tcp any any -> any any (threshold:type limit,track by_src,count 1,seconds 60; \
         sid:1;)\nalert tcp any any -> any any (sid:2;)\n",
    )
    .unwrap();
    std::fs::write(
        folder.path().join("threshold.config"),
        "# x\nsuppress gen_id 1, sig_id 2, track by_src, ip [10.1.0.0/16,!10.1.1.1]\n\
         event_filter gen_id 1, sig_id 1, type threshold, track by_dst, count 7, seconds 9\n\
         rate_filter gen_id 0, sig_id 0, track by_rule, count 9, seconds 1, new_action drop, \
         timeout 5\nsuppress gen_id 1, sig_id 77\nsupress gen_id 1, sig_id 1\n",
    )
    .unwrap();
    let loaded = super::load(&[rules], &Config::default()).unwrap();
    let kinds = |rule: usize| -> Vec<&LimitKind> {
        loaded.rules[rule]
            .limits
            .iter()
            .map(|limit| &limit.kind)
            .collect()
    };
    assert!(matches!(
        kinds(0)[..],
        [
            LimitKind::Threshold {
                count: 7,
                seconds: 9
            },
            LimitKind::Rate { timeout: 5, .. }
        ]
    ));
    assert!(matches!(
        kinds(1)[..],
        [LimitKind::Suppress(Some(_)), LimitKind::Rate { .. }]
    ));
    let wrong: Vec<(u32, &str)> = loaded
        .refusals
        .iter()
        .map(|refusal| (refusal.line, refusal.what.as_str()))
        .collect();
    assert_eq!(
        wrong,
        [
            (5, "no rule has the sid 77"),
            (6, "`supress` is no word of a threshold file")
        ]
    );
}

#[test]
fn lists_are_read_below_the_rules_and_nowhere_else() {
    let folder = tempfile::tempdir().unwrap();
    let rules = folder.path().join("rules");
    std::fs::create_dir(&rules).unwrap();
    std::fs::write(rules.join("good.lst"), "YWJj\neHl6\n").unwrap();
    std::fs::write(folder.path().join("outside.lst"), "YWJj\n").unwrap();
    std::os::unix::fs::symlink(folder.path().join("outside.lst"), rules.join("link.lst")).unwrap();
    let file = rules.join("a.rules");
    let rule = |list: &str| {
        let options = format!("http.uri; dataset:isset,n,type string,load {list}; sid:1;");
        std::fs::write(
            &file,
            format!("alert http any any -> any any ({options})\n"),
        )
        .unwrap();
        super::load(std::slice::from_ref(&file), &Config::default()).unwrap()
    };
    let loaded = rule("good.lst");
    let OctetTest::Dataset { values, .. } = &loaded.rules[0].buffers[0].tests[0] else {
        panic!("{:?}", loaded.rules[0]);
    };
    assert_eq!(values.len(), 2);
    for list in [
        "../outside.lst",
        "/etc/passwd",
        "link.lst",
        "missing.lst",
        "a/../../x",
    ] {
        let loaded = rule(list);
        assert_eq!(loaded.rules.len(), 0, "{list}");
        assert_eq!(loaded.refusals[0].cause, Cause::File, "{list}");
    }
}

#[test]
fn repeated_sids_are_told_apart() {
    let loaded = load(
        "alert ip any any -> any any (sid:5;)\nalert ip any any -> any any (sid:5;)\n\
         alert ip any any -> any any (gid:3; sid:5;)\n",
    );
    let ids: Vec<(u32, u32)> = loaded
        .rules
        .iter()
        .map(|rule| (rule.id.gid, rule.id.sid))
        .collect();
    assert_eq!(ids, [(1, 5), (1, 3_900_000_000), (3, 5)]);
    assert_eq!(loaded.notes.len(), 1);
}

#[test]
fn a_refusal_points_at_its_place() {
    let refusal =
        refused("alert tcp any any -> any any (msg:\"m\"; \\\n    contnet:\"x\"; sid:9;)\n");
    assert_eq!((refusal.line, refusal.column, refusal.sid), (2, 5, Some(9)));
    assert_eq!(refusal.what, "`contnet` is no keyword");
    assert_eq!(refusal.hint, "did you mean `content`?");
    assert_eq!(refusal.cause, Cause::UnknownWord);
}

/// What lint says of the rules of a text: whether dead, and what.
fn lints(text: &str) -> Vec<(bool, String)> {
    let loaded = load(text);
    assert_eq!(loaded.refusals, []);
    super::lint::lint(&loaded.rules, &loaded.names)
        .into_iter()
        .map(|lint| (lint.dead, lint.what))
        .collect()
}

#[test]
fn lint_finds_rules_that_cannot_match() {
    for (rule, part) in [
        (
            "alert tcp any any -> any 102 (content:\"|32 07 00|\"; offset:0; depth:3; sid:1;)",
            "TPKT",
        ),
        (
            "alert tcp any any -> any 102 (content:\"|32 07 00|\"; startswith; sid:1;)",
            "TPKT",
        ),
        (
            "alert tcp any any -> any 502 (content:\"|00 05|\"; offset:2; depth:2; sid:1;)",
            "MBAP",
        ),
        (
            "alert tcp any any -> any 20000 (content:\"|c0 01|\"; depth:2; sid:1;)",
            "DNP3",
        ),
        (
            "alert http any any -> any any (flow:to_client; http.uri; content:\"x\"; sid:1;)",
            "clients",
        ),
        (
            "alert modbus any 502 -> any any (modbus: function 5; sid:1;)",
            "request",
        ),
        (
            "alert http any any -> any any (http.uri; content:\"x\"; http.stat_code; content:\"200\"; sid:1;)",
            "no message has both",
        ),
        (
            "alert tcp any any -> any any (dsize:<4; content:\"abcdef\"; sid:1;)",
            "dsize",
        ),
        (
            "alert http any any -> any any (http.uri; content:\"abcdef\"; bsize:3; sid:1;)",
            "bsize",
        ),
        (
            "alert tcp any any -> any any (content:\"a\"; content:\"abc\"; within:2; sid:1;)",
            "within",
        ),
        (
            "alert tcp any any -> any any (flags:S; flow:established; sid:1;)",
            "SYN",
        ),
        (
            "alert tcp any any -> any any (flowbits:isset,nobody; sid:1;)",
            "nobody",
        ),
    ] {
        let found = lints(rule);
        assert!(
            found
                .iter()
                .any(|(dead, what)| *dead && what.contains(part)),
            "{rule}: {found:?}"
        );
    }
    for (rule, part) in [
        (
            "alert udp any any -> any 502 (content:\"x\"; sid:1;)",
            "udp",
        ),
        (
            "alert tcp any 80 -> any any (content:\"/rokform/x\"; sid:1;)",
            "requests",
        ),
    ] {
        let found = lints(rule);
        assert!(
            found
                .iter()
                .any(|(dead, what)| !dead && what.contains(part)),
            "{rule}: {found:?}"
        );
    }
}

#[test]
fn lint_is_silent_about_rules_that_can_match() {
    for rule in [
        "alert tcp any any -> any 102 (content:\"|03 00|\"; depth:2; content:\"|32 07|\"; offset:7; \
         depth:2; sid:1;)",
        "alert tcp any any -> any 502 (content:\"|00 00|\"; offset:2; depth:2; content:\"|05|\"; \
         offset:7; depth:1; sid:1;)",
        "alert udp any any -> any 20000 (content:\"|05 64|\"; depth:2; sid:1;)",
        "alert http any any -> any any (flow:to_server; http.uri; content:\"abc\"; bsize:3; sid:1;)",
        "alert tcp any any -> any any (flags:S,12; flow:stateless; sid:1;)",
        "alert tcp any any -> any any (flowbits:set,b; sid:1;)\n\
         alert tcp any any -> any any (flowbits:isset,b; sid:2;)",
        "alert tcp any any -> any any (content:\"a\"; content:\"abc\"; within:3; sid:1;)",
    ] {
        assert_eq!(lints(rule), [], "{rule}");
    }
}

#[test]
fn every_word_is_named_once_and_explained() {
    let mut names = Vec::new();
    for word in super::list() {
        assert!(word.doc.len() > 8, "{}", word.name);
        names.push(word.name);
        names.extend(word.aliases);
        names.extend(word.modifiers);
    }
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all, "a word stands twice");
    assert!(all > 200, "only {all} words");
}

#[test]
fn a_rule_is_explained_in_plain_words() {
    let loaded = load(
        "alert modbus !$MODBUS_CLIENT any -> 10.1.0.0/16 502 (msg:\"m\"; modbus: function 5; \
         flowbits:set,f; threshold:type limit,track by_src,count 1,seconds 60; priority:1; sid:1;)",
    );
    let lines = super::explain::explain(&loaded.rules[0], &loaded.names);
    let text: Vec<String> = lines.into_iter().map(|line| line.1).collect();
    assert_eq!(
        text,
        [
            "It alerts with severity 1 (high).",
            "It looks at messages of Modbus.",
            "From any host but hosts seen as Modbus clients to 10.1.0.0/16, port 502.",
            "modbus.request is true.",
            "modbus.function is 5.",
            "A match sets the bit f of the flow.",
            "Told at most 1 times in 60 s for each sender.",
        ]
    );
}
