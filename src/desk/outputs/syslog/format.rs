//! What a message says, for collectors that do not read EVE: one line of text, or CEF (ArcSight
//! Common Event Format, version 0). Text from the wire is made harmless in both.

use crate::facts::plain;
use serde_json::Value;
use std::fmt::{Display, Write as _};
use std::net::IpAddr;

/// Octets of a line of text at most: with its header it fits into what RFC 3164, 4.1 grants.
const LINE: usize = 900;

/// The text at a path of keys, empty where there is none.
fn at<'a>(event: &'a Value, path: &str) -> &'a str {
    event.pointer(path).and_then(Value::as_str).unwrap_or("")
}

/// What an event is called: the rule, the incident, or what happened to the sensor.
fn title(event: &Value) -> &str {
    ["/alert/signature", "/incident/title", "/health/text"]
        .iter()
        .map(|path| at(event, path))
        .find(|text| !text.is_empty())
        .unwrap_or("event")
}

/// Why it is told.
fn why(event: &Value) -> &str {
    let why = ["/ot/why", "/incident/what"]
        .iter()
        .map(|path| at(event, path));
    why.into_iter().find(|text| !text.is_empty()).unwrap_or("")
}

/// One line: how grave, what, between whom, why, and the name of the event.
pub(super) fn text(event: &Value, severity: u8) -> String {
    let level = match severity {
        0 | 1 => "high",
        2 => "medium",
        3 => "low",
        _ => "info",
    };
    let mut line = format!("[{level}] {}", title(event));
    let ends = [
        ("src_ip", "src_port", "/ot/asset/src"),
        ("dest_ip", "dest_port", "/ot/asset/dest"),
    ];
    let ends = ends.map(|(host, port, known)| {
        let host = event.get(host)?.as_str()?;
        let port = event.get(port).and_then(Value::as_u64);
        let end = port.map_or_else(|| host.to_owned(), |port| format!("{host} port {port}"));
        let known = ["name", "owner"].map(|key| at(event, &format!("{known}/{key}")));
        Some(match known {
            ["", ""] => end,
            [name, ""] => format!("{name} ({end})"),
            ["", owner] => format!("{end} (of {owner})"),
            [name, owner] => format!("{name} ({end}, of {owner})"),
        })
    });
    if let [Some(source), Some(destination)] = ends {
        let _ = write!(line, ": {source} to {destination}");
    }
    if !why(event).is_empty() {
        let _ = write!(line, ": {}", why(event));
    }
    let mut line = plain(&line);
    while line.len() > LINE {
        line.pop();
    }
    let [name, site] = ["/ot/event_id", "/ot/site"].map(|path| at(event, path));
    match (name, site) {
        ("", _) => line,
        (name, "") => format!("{line} (event {name})"),
        (name, site) => format!("{line} (event {name}, site {})", plain(site)),
    }
}

/// CEF: the header, and keys of its dictionary.
pub(super) fn cef(event: &Value, host: &str, severity: u8, millis: u64) -> String {
    let kind = at(event, "/event_type");
    let class = match event.pointer("/alert/signature_id").and_then(Value::as_u64) {
        Some(number) => number.to_string(),
        None => [at(event, "/health/what"), kind]
            .into_iter()
            .find(|class| !class.is_empty())
            .unwrap_or("event")
            .to_owned(),
    };
    let grade = match severity {
        0 | 1 => 9,
        2 => 6,
        3 => 3,
        _ => 1,
    };
    let [class, name] = [class.as_str(), title(event)].map(in_header);
    let version = env!("CARGO_PKG_VERSION");
    let mut out = Cef(format!(
        "CEF:0|Jaga|jaga|{version}|{class}|{name}|{grade}|rt={millis}"
    ));
    out.host(event, "src_ip", "src", ("c6a2", "Source IPv6 Address"));
    out.key("spt", event.get("src_port").and_then(Value::as_u64));
    out.host(
        event,
        "dest_ip",
        "dst",
        ("c6a3", "Destination IPv6 Address"),
    );
    out.key("dpt", event.get("dest_port").and_then(Value::as_u64));
    for (key, path) in [
        ("smac", "/ether/src_mac"),
        ("dmac", "/ether/dest_mac"),
        ("proto", "/proto"),
        ("app", "/app_proto"),
        ("deviceInboundInterface", "/in_iface"),
        ("externalId", "/ot/event_id"),
    ] {
        out.text(key, at(event, path));
    }
    // `shost` and `dhost` are for names that resolve; those of a plant rarely do.
    for (key, label, path) in [
        ("sourceServiceName", "", "/ot/asset/src/name"),
        ("destinationServiceName", "", "/ot/asset/dest/name"),
        ("cs6", "owner", "/ot/asset/dest/owner"),
    ] {
        match label {
            "" => out.text(key, at(event, path)),
            label => out.labelled(key, label, at(event, path)),
        }
    }
    out.text("dvchost", host);
    out.text("deviceExternalId", host);
    out.text("cat", kind);
    if kind == "alert" {
        out.text("act", "allowed");
    }
    out.text("msg", why(event));
    let techniques = event.pointer("/alert/metadata/mitre_technique_id");
    let techniques: Vec<&str> = techniques
        .or_else(|| event.pointer("/incident/techniques"))
        .and_then(Value::as_array)
        .map(|list| list.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    out.labelled("cs1", "mitre", &techniques.join(","));
    out.labelled("cs2", "plant", at(event, "/ot/plant"));
    out.labelled("cs3", "check", at(event, "/ot/check"));
    out.labelled("cs4", "incident", at(event, "/incident/id"));
    out.labelled("cs5", "site", at(event, "/ot/site"));
    out.0
}

/// A message in the making.
struct Cef(String);

impl Cef {
    fn key(&mut self, key: &str, value: Option<impl Display>) {
        if let Some(value) = value {
            let _ = write!(self.0, " {key}={value}");
        }
    }

    fn text(&mut self, key: &str, text: &str) {
        self.key(key, (!text.is_empty()).then(|| in_extension(text)));
    }

    /// A key that the dictionary leaves to us, with what it means.
    fn labelled(&mut self, key: &str, label: &str, text: &str) {
        if !text.is_empty() {
            self.text(&format!("{key}Label"), label);
            self.text(key, text);
        }
    }

    /// An address: `src` and `dst` are for IPv4 alone.
    fn host(&mut self, event: &Value, from: &str, four: &str, (six, label): (&str, &str)) {
        let text = event.get(from).and_then(Value::as_str).unwrap_or("");
        match text.parse() {
            Ok(IpAddr::V4(_)) => self.text(four, text),
            Ok(IpAddr::V6(_)) => self.labelled(six, label, text),
            Err(_) => {}
        }
    }
}

/// Text as it may stand between bars.
fn in_header(text: &str) -> String {
    plain(text).replace('\\', "\\\\").replace('|', "\\|")
}

/// Text as it may stand behind an equals sign.
fn in_extension(text: &str) -> String {
    plain(text).replace('\\', "\\\\").replace('=', "\\=")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn alert() -> Value {
        json!({
            "event_type": "alert", "in_iface": "span0", "proto": "TCP", "app_proto": "modbus",
            "src_ip": "10.0.0.1", "src_port": 50000, "dest_ip": "fe80::1", "dest_port": 502,
            "alert": {
                "signature_id": 3100001, "signature": "a|b\\c\n",
                "metadata": {"mitre_technique_id": ["T0816", "T0814"]},
            },
            "ot": {"event_id": "7f", "why": "x=1\u{202e}", "check": "ask", "site": "plant=1"},
        })
    }

    #[test]
    fn names_and_owners_stand_with_the_addresses() {
        let mut event = alert();
        let said = json!({
            "src": {"name": "ENG|1", "zone": "cell-1"},
            "dest": {"name": "Filler=A", "owner": "Packaging"},
        });
        event["ot"]["asset"] = said;
        let line = text(&event, 1);
        let ends = "ENG|1 (10.0.0.1 port 50000) to Filler=A (fe80::1 port 502, of Packaging)";
        assert!(line.contains(ends), "{line}");
        let line = cef(&event, "one", 1, 0);
        let keys = " sourceServiceName=ENG|1 destinationServiceName=Filler\\=A \
                    cs6Label=owner cs6=Packaging ";
        assert!(line.contains(keys), "{line}");
    }

    #[test]
    fn cef_escapes_what_is_hostile() {
        let version = env!("CARGO_PKG_VERSION");
        assert_eq!(
            cef(&alert(), "north", 1, 1_700_000_000_123),
            format!(
                "CEF:0|Jaga|jaga|{version}|3100001|a\\|b\\\\c\\\\n|9|rt=1700000000123 \
                 src=10.0.0.1 spt=50000 c6a3Label=Destination IPv6 Address c6a3=fe80::1 dpt=502 \
                 proto=TCP app=modbus deviceInboundInterface=span0 externalId=7f dvchost=north \
                 deviceExternalId=north cat=alert act=allowed msg=x\\=1\\\\u{{202e}} \
                 cs1Label=mitre cs1=T0816,T0814 cs3Label=check cs3=ask cs5Label=site \
                 cs5=plant\\=1"
            )
        );
        let health = json!({"event_type": "health", "health": {"what": "alive", "text": "up"}});
        let told = cef(&health, "north", 4, 1);
        assert!(told.contains("|alive|up|1|rt=1 dvchost=north"), "{told}");
    }

    #[test]
    fn a_line_of_text_is_short_and_keeps_the_name_of_the_event() {
        let told = text(&alert(), 2);
        let whole = "[medium] a|b\\c\\n: 10.0.0.1 port 50000 to fe80::1 port 502: \
                     x=1\\u{202e} (event 7f, site plant=1)";
        assert_eq!(told, whole);
        let mut long = alert();
        long["ot"]["why"] = "ü".repeat(2000).into();
        let told = text(&long, 2);
        assert!(
            told.len() < 960 && told.ends_with("ü (event 7f, site plant=1)"),
            "{told}"
        );
    }
}
