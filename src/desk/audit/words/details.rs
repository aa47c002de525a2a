//! What was seen of a weakness, in the report's language.

use super::{Say, faults};
use crate::desk::audit::weaknesses::Detail;
use crate::desk::detect::Language;
use crate::desk::inventory::{Contradiction, Listed};
use crate::facts::Mac;

impl Say {
    /// What was seen, such as a rule of a protocol that was broken.
    pub(in crate::desk::audit) fn detail(&self, detail: &Detail) -> String {
        if self.language == Language::English {
            return detail.to_string();
        }
        match detail {
            Detail::Text(text) => text.clone(),
            Detail::Rule(message) => self.title(message).to_owned(),
            Detail::Contradiction(told) => pertentangan(told),
            Detail::Fault(name, doc) => match faults().find(|(known, _)| known == name) {
                Some((_, own)) => format!("{name}: {own}{}", source(doc)),
                None => detail.to_string(),
            },
        }
    }
}

/// Where the standard says it: document and section in brackets at the end of a sentence, as in
/// `(Application Protocol V1.1b3, 4.1: a server only answers)` without the remark.
fn source(doc: &str) -> String {
    let inner = doc.trim_end_matches('.').strip_suffix(')');
    let inner = inner.and_then(|doc| doc.rsplit_once(" ("));
    let inner = inner.map(|(_, inner)| inner.split(": ").next().unwrap_or(inner));
    let is_source = |text: &&str| !text.starts_with(char::is_lowercase) || text.contains("annex");
    let inner = inner.filter(is_source);
    inner.map_or_else(String::new, |inner| format!(" ({inner})"))
}

fn pertentangan(told: &Contradiction) -> String {
    match told {
        Contradiction::Claimed {
            ip,
            owner: (owner, first),
            other: (other, frame),
            protocol,
        } => format!(
            "{ip} diakui oleh {owner} (paket {first}) dan oleh {other} ({protocol}, paket {frame})"
        ),
        Contradiction::Used { ip, owner, other } => {
            let card = |(mac, frame): &(Mac, u64)| match frame {
                0 => mac.to_string(),
                frame => format!("{mac} (paket {frame})"),
            };
            format!("{ip} dipakai oleh {} dan oleh {}", card(owner), card(other))
        }
        Contradiction::Announced {
            ip,
            by: (mac, frame),
            host,
        } => format!(
            "{ip} diumumkan oleh {mac} (arp, paket {frame}), yaitu {host}, dan tidak ada yang \
             mengirim darinya"
        ),
        Contradiction::Values {
            property,
            unit,
            protocol,
            values,
        } => {
            let unit = unit.map_or_else(String::new, |unit| format!(" unit {unit}"));
            let values = values.iter();
            let values = values.map(|(value, frame)| format!("{value} (paket {frame})"));
            let values = values.collect::<Vec<_>>().join(", ");
            format!("{property}{unit} menurut {protocol}: {values}")
        }
        Contradiction::Maker {
            told,
            mac,
            registered,
        } => format!("menurut perangkat, pembuatnya {told}; MAC {mac} milik {registered}"),
        Contradiction::Lines(lines) => {
            let lines = lines.iter();
            let lines = lines.map(|(line, by)| format!("baris {line} menurut {by}"));
            let lines = lines.collect::<Vec<_>>().join(", ");
            format!(
                "daftar lokasi memuat perangkat ini beberapa kali: {lines}; yang pertama berlaku"
            )
        }
        Contradiction::List {
            line,
            about,
            said,
            seen,
        } => {
            let says = match about {
                Listed::Mac => format!("MAC {said}, yang terlihat {seen}"),
                Listed::Ip => format!("IP {said}, yang terlihat {seen}"),
                Listed::Serial => format!("nomor seri {said}, menurut perangkat {seen}"),
                Listed::Purdue => format!("level Purdue {said}, menurut perilakunya {seen}"),
                Listed::Name => format!("nama {said}, perangkat menyebut dirinya {seen}"),
            };
            format!("daftar lokasi, baris {line}: {says}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocols::PROTOCOLS;
    use std::collections::BTreeSet;

    #[test]
    fn every_fault_of_every_protocol_is_told_in_indonesian() {
        let all = PROTOCOLS.iter().flat_map(|protocol| protocol.faults());
        let all: BTreeSet<&str> = all.map(|fault| fault.name).collect();
        let known: BTreeSet<&str> = faults().map(|(name, _)| name).collect();
        assert!(all.len() > 50, "{}", all.len());
        let without: Vec<_> = all.symmetric_difference(&known).collect();
        assert!(without.is_empty(), "{without:#?}");
        let say = Say::of(Language::Indonesian);
        let doc = "The CRC of a link header is wrong (9.2.4).";
        assert_eq!(
            say.detail(&Detail::Fault("dnp3.bad_link_crc", doc)),
            "dnp3.bad_link_crc: CRC kepala lapis link salah (9.2.4)"
        );
        for (doc, expected) in [
            (
                "A response (V1.1b3, 4.1: a server only answers).",
                " (V1.1b3, 4.1)",
            ),
            ("It fits (annex A).", " (annex A)"),
            ("At most 128 fields (servers allow 100)", ""),
            ("More than 16,384 points in one fragment.", ""),
        ] {
            assert_eq!(source(doc), expected);
        }
        let english = Say::of(Language::English);
        assert_eq!(
            english.detail(&Detail::Fault("dnp3.bad_link_crc", doc)),
            format!("dnp3.bad_link_crc: {doc}")
        );
    }

    #[test]
    fn what_cannot_all_be_true_is_told_in_the_language_of_the_report() {
        let list = Contradiction::List {
            line: 3,
            about: Listed::Serial,
            said: "S C-2".to_owned(),
            seen: "S C-1".to_owned(),
        };
        let detail = Detail::Contradiction(list);
        assert_eq!(
            Say::of(Language::English).detail(&detail),
            "the site's list, line 3, says serial S C-2, the device says S C-1"
        );
        assert_eq!(
            Say::of(Language::Indonesian).detail(&detail),
            "daftar lokasi, baris 3: nomor seri S C-2, menurut perangkat S C-1"
        );
        let rule = Detail::Rule("JAGA VNC without password".into());
        let say = Say::of(Language::Indonesian);
        assert_eq!(say.detail(&rule), "VNC tanpa kata sandi");
    }
}
