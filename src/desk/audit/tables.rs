//! The audit as tables for spreadsheets: the same data as the JSON, a file a table.
//!
//! A column is a path into the JSON object of its row, and has that path for its head, so that
//! who knows the one knows the other. Machine names and times stay as the JSON has them.

use super::Audit;
use crate::desk::inventory;
use crate::desk::outputs::csv;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;
use std::io::{self, Write};

/// Rows of a table, one after the other.
type Rows<'a> = Box<dyn Iterator<Item = Value> + 'a>;

/// A table of an audit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Table {
    /// Its name, which its file has too.
    name: &'static str,
    /// The rows as in the JSON.
    rows: for<'a> fn(&'a Audit<'_>) -> Rows<'a>,
    /// A list in each row whose items have rows of their own, and what one of them is called.
    each: Option<(&'static str, &'static str)>,
    /// Where each cell lies in the row, a word a column; `*` takes every item of a list.
    columns: &'static str,
}

/// The tables by name, but for that of the devices, which is the inventory's.
const TABLES: [Table; 19] = [
    Table {
        name: ADVISORIES,
        rows: |audit| rows(audit.vulnerabilities.iter().flat_map(|all| &all.judgements)),
        each: None,
        columns: "device name unit advisory advisory_version status title publisher answer because missing \
                  product versions matched_by vulnerabilities/*/id vulnerabilities/*/score \
                  vulnerabilities/*/vector evidence/*/property evidence/*/value evidence/*/frame \
                  remediations/*/category remediations/*/details",
    },
    Table {
        name: "alert-pairs",
        rows: |audit| rows(&audit.picture.alerts),
        each: Some(("pairs", "pair")),
        columns: "gid signature_id signature severity pair/source/address pair/source/name \
                  pair/source/role pair/destination/address pair/destination/name \
                  pair/destination/role",
    },
    Table {
        name: "alerts",
        rows: |audit| rows(&audit.picture.alerts),
        each: None,
        columns: "severity gid signature_id signature count first last frame techniques what usual soc \
                  plant check",
    },
    Table {
        name: "blind-spots",
        rows: |audit| rows(&audit.picture.blind_spots),
        each: None,
        columns: "kind count octets text",
    },
    Table {
        name: "conduits",
        rows: |audit| rows(&audit.conduits),
        each: None,
        columns: "client/address client/name client/role server/address server/name server/role \
                  protocol port industrial conversations packets octets answered outside levels \
                  first/time first/frame last/time last/frame",
    },
    Table {
        name: "control",
        rows: |audit| rows(&audit.picture.control),
        each: None,
        columns: "actor/address actor/name actor/role device/address device/name device/role protocol \
                  operations classes refused unanswered criticality",
    },
    Table {
        name: "conversations",
        rows: conversations,
        each: None,
        columns: "flow_id carrier protocol server initiator first/time first/frame last/time \
                  last/frame end midstream one_way messages operations ends/*/address ends/*/port \
                  ends/*/sent/packets ends/*/sent/octets ends/*/sent/content",
    },
    Table {
        name: "engineering",
        rows: |audit| rows(&audit.engineering),
        each: None,
        columns: "actor device protocols first/time first/frame last/time last/frame uploaded \
                  downloaded incomplete steps/*/operation steps/*/outcome steps/*/count \
                  steps/*/first/frame steps_omitted stopped/time \
                  stopped/frame started/time started/frame asked/time asked/frame reserved/time \
                  reserved/frame left",
    },
    Table {
        name: CROSSINGS,
        rows: |audit| rows(audit.zones.iter().flat_map(|check| &check.crossings)),
        each: None,
        columns: "from to service allowed exceeded pairs conversations first/time first/frame",
    },
    Table {
        name: "evidence",
        rows: |audit| rows(audit.picture.devices),
        each: Some(("attributes", "attribute")),
        columns: "id attribute/property attribute/value attribute/unit attribute/source \
                  attribute/frame",
    },
    Table {
        name: "files",
        rows: |audit| rows(audit.custody.captures.iter().chain(&audit.custody.settings)),
        each: None,
        columns: "name octets sha256",
    },
    Table {
        name: "incidents",
        rows: |audit| rows(&audit.picture.incidents),
        each: None,
        columns: "id priority title first last frame sources/*/address sources/*/name \
                  targets/*/address targets/*/name alerts kinds techniques what plant check",
    },
    Table {
        name: "operations",
        rows: |audit| rows(&audit.picture.operations),
        each: None,
        columns: "criticality operation class protocol actor/address actor/name actor/role \
                  device/address device/name device/role count refused refusal unanswered carried_out \
                  accepted techniques first/time first/frame last/time last/frame elsewhere",
    },
    Table {
        name: "programs",
        rows: |audit| rows(&audit.programs),
        each: None,
        columns: "device unit actor protocol direction block whole octets missing sha256 end author \
                  family title version language changed interface_changed protected count first/time \
                  first/frame last/time last/frame",
    },
    Table {
        name: "requirements",
        rows: |audit| rows(&audit.requirements),
        each: None,
        columns: "standard id title verdict by",
    },
    Table {
        name: "targets",
        rows: |audit| rows(&audit.picture.operations),
        each: Some(("targets", "target")),
        columns: "operation protocol actor/address device/address target/place target/value \
                  target/last target/values target/returned target/further_items target/count",
    },
    Table {
        name: "techniques",
        rows: |audit| rows(&audit.techniques),
        each: None,
        columns: "id name tactics coverage",
    },
    Table {
        name: "weaknesses",
        rows: |audit| rows(&audit.weaknesses),
        each: Some(("cases", "case")),
        columns: "kind severity case/source/address case/source/name case/source/role \
                  case/destination/address case/destination/name case/destination/role case/detail \
                  case/count case/frame",
    },
    Table {
        name: ZONES,
        rows: |audit| rows(audit.zones.iter().flat_map(|check| &check.zones)),
        each: None,
        columns: "name level devices",
    },
];

/// The name of the table of devices.
const DEVICES: &str = "devices";

/// The name of the table of what advisories say.
const ADVISORIES: &str = "advisories";

/// The names of the tables about zones.
const CROSSINGS: &str = "crossings";
const ZONES: &str = "zones";

/// The names of all tables. That of advisories is there only where some were `judged`, those of
/// zones only where the site said what its zones are.
pub fn names(judged: bool, zoned: bool) -> impl Iterator<Item = &'static str> {
    let all = TABLES.iter().map(|table| table.name).chain([DEVICES]);
    all.filter(move |name| match *name {
        ADVISORIES => judged,
        CROSSINGS | ZONES => zoned,
        _ => true,
    })
}

/// Writes the table of this name.
///
/// # Errors
/// What the writer says; that there is no such table.
pub(super) fn write(audit: &Audit<'_>, name: &str, out: &mut dyn Write) -> io::Result<()> {
    if name == DEVICES {
        return inventory::write_csv(audit.picture.devices, out);
    }
    let table = TABLES.iter().find(|table| table.name == name);
    table.ok_or(io::ErrorKind::NotFound)?.write(audit, out)
}

impl Table {
    fn write(&self, audit: &Audit<'_>, out: &mut dyn Write) -> io::Result<()> {
        let paths: Vec<&str> = self.columns.split_whitespace().collect();
        let heads: Vec<String> = paths.iter().map(|path| head(path)).collect();
        let mut table = csv::Table::new(out, heads.iter().map(String::as_str))?;
        for row in self.split((self.rows)(audit)) {
            table.row(paths.iter().map(|path| text(&at(&row, path))))?;
        }
        table.finish()
    }

    /// The rows, one for each item of the list that has rows of its own.
    fn split<'a>(&self, rows: Rows<'a>) -> Rows<'a> {
        let Some((list, item)) = self.each else {
            return rows;
        };
        Box::new(rows.flat_map(move |mut row| {
            let items = match row.get_mut(list).map(Value::take) {
                Some(Value::Array(items)) => items,
                _ => Vec::new(),
            };
            items.into_iter().map(move |one| {
                let mut row = row.clone();
                if let Value::Object(fields) = &mut row {
                    fields.insert(item.to_owned(), one);
                }
                row
            })
        }))
    }
}

/// Rows of values that the JSON has.
fn rows<'a, T: Serialize + 'a>(values: impl IntoIterator<Item = &'a T> + 'a) -> Rows<'a> {
    // What the JSON of an audit is made of has text for keys, so it is always a value.
    let value = |one| serde_json::to_value(one).unwrap_or_default();
    Box::new(values.into_iter().map(value))
}

/// Conversations are kept as JSON, which is read a row at a time.
fn conversations<'a>(audit: &'a Audit<'_>) -> Rows<'a> {
    let all = audit.picture.conversations.as_deref().unwrap_or("[]");
    let all: Vec<&RawValue> = serde_json::from_str(all).unwrap_or_default();
    let value = |one: &RawValue| serde_json::from_str(one.get()).unwrap_or_default();
    Box::new(all.into_iter().map(value))
}

/// The head of a column.
fn head(path: &str) -> String {
    path.replace("/*", "").replace('/', "_")
}

/// What lies at a path; nothing where it was not observed.
fn at(value: &Value, path: &str) -> Value {
    let Some((first, rest)) = path.split_once('/') else {
        return value.get(path).cloned().unwrap_or_default();
    };
    let items = value.get(first).unwrap_or(&Value::Null);
    match (rest.strip_prefix("*/"), items) {
        (Some(rest), Value::Array(items)) => items.iter().map(|one| at(one, rest)).collect(),
        (Some(_), _) => Value::Null,
        (None, one) => at(one, rest),
    }
}

/// A value as the text of one cell.
fn text(value: &Value) -> String {
    let inner = |value: &Value| match value {
        Value::Null => "unknown".to_owned(),
        other => text(other),
    };
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(inner).collect::<Vec<_>>().join("; "),
        Value::Object(fields) => {
            let field = |(name, value): (&String, &Value)| format!("{name} {}", inner(value));
            fields.iter().map(field).collect::<Vec<_>>().join("; ")
        }
        other => other.to_string(),
    }
}
