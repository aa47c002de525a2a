//! The PDU that a rule was found in, under Suricata's names: `modbus`, `dnp3`, `enip`.
//!
//! A message is rendered on the worker, while it is lent; of an operation what its record holds
//! is rendered at the desk. What is not known is left out.

use super::super::json::Collector;
use crate::facts::{Message, Outcome};
use crate::protocols::PROTOCOLS;
use crate::sensor::{FindingRecord, OperationRecord, OwnedItem, OwnedValues};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// The PDU under the key of its protocol.
#[derive(Debug, Default, Serialize)]
pub(super) struct Pdu {
    #[serde(skip_serializing_if = "Option::is_none")]
    modbus: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dnp3: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enip: Option<Value>,
}

/// The PDU of a finding, where it was found in one of these protocols.
pub(super) fn of(record: &FindingRecord) -> Pdu {
    let operation = record.operation.as_deref();
    let from_message = record
        .pdu
        .as_deref()
        .and_then(|text| serde_json::from_str(text).ok());
    let protocol = record.scene.speaks.unwrap_or_default();
    let found: Option<Value> = from_message.or_else(|| operation.and_then(of_operation));
    let Some(found) = found else {
        return Pdu::default();
    };
    // What was done is told as it was asked for.
    let is_request = operation.is_some() || record.scene.to_server();
    let side = if is_request { "request" } else { "response" };
    let mut pdu = Pdu::default();
    match protocol {
        "modbus" => pdu.modbus = Some(json!({ side: found })),
        "dnp3" => pdu.dnp3 = Some(found),
        "enip" => pdu.enip = Some(json!({ side: found })),
        _ => {}
    }
    pdu
}

/// A message as JSON, for [`of`].
pub(super) fn of_message(message: &dyn Message) -> Option<Box<str>> {
    let fields = Fields::of(message)?;
    let object = match message.protocol() {
        "modbus" => modbus(&fields),
        "dnp3" => dnp3(&fields),
        "enip" => enip(&fields),
        _ => return None,
    };
    Some(super::super::json::text(&object).into_boxed_str())
}

/// The fields of a message by name.
struct Fields<'m> {
    message: &'m dyn Message,
    names: Vec<&'static str>,
}

impl<'m> Fields<'m> {
    fn of(message: &'m dyn Message) -> Option<Self> {
        let name = message.protocol();
        let protocol = PROTOCOLS.iter().find(|protocol| protocol.name() == name)?;
        let fields = (0..).map_while(|index| protocol.field(index));
        Some(Self {
            message,
            names: fields.map(|field| field.name).collect(),
        })
    }

    fn value(&self, name: &str) -> Option<Value> {
        let index = self.names.iter().position(|known| *known == name)?;
        Collector::read(self.message, index)
    }

    fn number(&self, name: &str) -> Option<u64> {
        self.value(name)?.as_u64()
    }

    /// An object of fields under other names; those that the message lacks, and lists without
    /// entries, are left out.
    fn object(&self, names: &[(&str, &str)]) -> Map<String, Value> {
        let is_empty = |value: &Value| value.as_array().is_some_and(Vec::is_empty);
        let values = names.iter().filter_map(|(key, name)| {
            let value = self.value(name).filter(|value| !is_empty(value))?;
            Some(((*key).to_owned(), value))
        });
        values.collect()
    }
}

/// Adds a value where there is one.
fn put(object: &mut Map<String, Value>, key: &str, value: Option<impl Into<Value>>) {
    object.extend(value.map(|value| (key.to_owned(), value.into())));
}

fn modbus(fields: &Fields<'_>) -> Value {
    let mut object = fields.object(&[
        ("transaction_id", "modbus.transaction"),
        ("protocol_id", "modbus.protocol_id"),
        ("unit_id", "modbus.unit"),
    ]);
    let function = fields.number("modbus.function").unwrap_or(0);
    let exception = fields.object(&[
        ("raw", "modbus.exception"),
        ("code", "modbus.exception_name"),
    ]);
    let bit = if exception.is_empty() { 0 } else { 0x80 };
    function_of(function, function | bit, &mut object);
    let [address, quantity] = ["modbus.address", "modbus.quantity"].map(|name| fields.number(name));
    let data = fields
        .value("modbus.value")
        .or_else(|| fields.value("modbus.values"));
    access(function, address, quantity, data, &mut object);
    let diagnostic = fields.object(&[
        ("raw", "modbus.subfunction"),
        ("code", "modbus.subfunction_name"),
    ]);
    for (key, part) in [("exception", exception), ("diagnostic", diagnostic)] {
        if !part.is_empty() {
            object.insert(key.to_owned(), part.into());
        }
    }
    object.into()
}

/// The keys that follow from a function code.
fn function_of(function: u64, raw: u64, object: &mut Map<String, Value>) {
    let (name, access) = match function {
        1 => ("RdCoils", "READ | COILS"),
        2 => ("RdDiscreteInputs", "READ | DISCRETES"),
        3 => ("RdHoldRegs", "READ | HOLDING"),
        4 => ("RdInputRegs", "READ | INPUT"),
        5 => ("WrSingleCoil", "WRITE | COILS | SINGLE"),
        6 => ("WrSingleReg", "WRITE | HOLDING | SINGLE"),
        7 => ("RdExcStatus", "NONE"),
        8 => ("Diagnostic", "NONE"),
        11 => ("GetCommEventCtr", "NONE"),
        12 => ("GetCommEventLog", "NONE"),
        15 => ("WrMultCoils", "WRITE | COILS | MULTIPLE"),
        16 => ("WrMultRegs", "WRITE | HOLDING | MULTIPLE"),
        17 => ("ReportServerID", "NONE"),
        20 => ("RdFileRec", "NONE"),
        21 => ("WrFileRec", "NONE"),
        22 => ("MaskWrReg", "WRITE | HOLDING"),
        23 => ("RdWrMultRegs", "READ | WRITE | HOLDING | MULTIPLE"),
        24 => ("RdFIFOQueue", "NONE"),
        43 => ("MEI", "NONE"),
        _ => ("Unknown", "NONE"),
    };
    // MODBUS Application Protocol V1.1b3, section 5 and annex A.
    let category = match function {
        9 | 10 | 13 | 14 | 41 | 42 | 90 | 91 | 125..=127 => "RESERVED",
        65..=72 | 100..=110 => "USER_DEFINED",
        1..=8 | 11 | 12 | 15..=17 | 20..=24 | 43 => "PUBLIC_ASSIGNED",
        _ => "PUBLIC_UNASSIGNED",
    };
    put(object, "function_raw", Some(raw));
    put(object, "function_code", Some(name));
    put(object, "access_type", Some(access));
    put(object, "category", Some(category));
}

/// What a function reads or writes, in Suricata's two objects.
fn access(
    function: u64,
    address: Option<u64>,
    quantity: Option<u64>,
    data: Option<Value>,
    object: &mut Map<String, Value>,
) {
    let key = match function {
        1..=4 | 23 | 24 => "read",
        5 | 6 | 15 | 16 | 22 => "write",
        _ => return,
    };
    let mut part = Map::new();
    put(&mut part, "address", address);
    put(&mut part, "quantity", quantity);
    put(&mut part, "data", data);
    if !part.is_empty() {
        object.insert(key.to_owned(), part.into());
    }
}

fn dnp3(fields: &Fields<'_>) -> Value {
    let mut object = fields.object(&[("src", "dnp3.source"), ("dst", "dnp3.destination")]);
    let flag = |name| fields.value(name).and_then(|value| value.as_bool());
    let kind = match (flag("dnp3.from_master"), flag("dnp3.uns")) {
        (Some(true), _) => "request",
        (_, Some(true)) => "unsolicited_response",
        _ => "response",
    };
    put(&mut object, "type", Some(kind));
    let control = fields.object(&[
        ("dir", "dnp3.from_master"),
        ("pri", "dnp3.primary"),
        ("fcb", "dnp3.fcb"),
        ("fcv", "dnp3.fcv"),
        ("function_code", "dnp3.link_function"),
    ]);
    let bits = fields.object(&[
        ("fir", "dnp3.fir"),
        ("fin", "dnp3.fin"),
        ("con", "dnp3.con"),
        ("uns", "dnp3.uns"),
        ("sequence", "dnp3.sequence"),
    ]);
    let mut application = fields.object(&[("function_code", "dnp3.function")]);
    if !bits.is_empty() {
        application.insert("control".to_owned(), bits.into());
    }
    let indicators = fields.object(&[("indicators", "dnp3.indications")]);
    for (key, part) in [
        ("control", control),
        ("application", application),
        ("iin", indicators),
    ] {
        if !part.is_empty() {
            object.insert(key.to_owned(), part.into());
        }
    }
    object.into()
}

fn enip(fields: &Fields<'_>) -> Value {
    let mut object = fields.object(&[("command", "enip.command_name"), ("status", "enip.status")]);
    let cip = fields.object(&[
        ("service", "enip.cip_service"),
        ("class", "enip.cip_class"),
        ("instance", "enip.cip_instance"),
        ("attribute", "enip.cip_attribute"),
        ("status", "enip.cip_status"),
    ]);
    if !cip.is_empty() {
        object.insert("cip".to_owned(), cip.into());
    }
    object.into()
}

/// What the record of an operation tells of its request.
fn of_operation(operation: &OperationRecord) -> Option<Value> {
    let function = u64::from(operation.code & 0xff);
    let item = operation.items.first();
    let range = item.and_then(|item| item.range);
    let mut object = Map::new();
    match operation.protocol {
        "modbus" => {
            put(&mut object, "unit_id", operation.unit);
            function_of(function, function, &mut object);
            let quantity = range.map(|(first, last)| last.saturating_sub(first) + 1);
            let data = item.and_then(numbers);
            access(
                function,
                range.map(|(first, _)| first),
                quantity,
                data,
                &mut object,
            );
            if let Outcome::Refused { code, name } = operation.outcome {
                object.insert("exception".to_owned(), json!({"raw": code, "code": name}));
            }
        }
        "dnp3" => {
            put(&mut object, "type", Some("request"));
            put(&mut object, "dst", operation.unit);
            object.insert(
                "application".to_owned(),
                json!({ "function_code": function }),
            );
        }
        "enip" => {
            let item = item.filter(|item| item.space == "class")?;
            let mut cip = Map::new();
            put(&mut cip, "service", Some(function));
            put(&mut cip, "class", item.area);
            put(&mut cip, "instance", range.map(|(first, _)| first));
            object.insert("cip".to_owned(), cip.into());
        }
        _ => return None,
    }
    Some(object.into())
}

/// The coils or registers of an item.
fn numbers(item: &OwnedItem) -> Option<Value> {
    Some(match &item.values {
        OwnedValues::Bits(bits) => bits.iter().map(|bit| u8::from(*bit)).collect(),
        OwnedValues::Words(words) => words.iter().copied().collect(),
        _ => return None,
    })
}
