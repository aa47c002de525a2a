//! Rules built by hand, for the tests of this room.

use super::rule::{
    Action, Buffer, BufferTest, Content, End, FieldRef, FieldTest, FlowTest, Id, Number, OctetTest,
    Origin, Over, Ports, Rule, Value, ValueTest,
};
use crate::protocols::PROTOCOLS;
use std::path::PathBuf;
use std::sync::Arc;

/// A rule that asks for nothing.
pub(super) fn rule(sid: u32, over: Over) -> Rule {
    let any = End {
        hosts: Arc::default(),
        ports: Ports::default(),
    };
    Rule {
        id: Id {
            gid: 1,
            sid,
            rev: 0,
        },
        origin: Origin {
            file: Arc::new(PathBuf::from("test.rules")),
            line: 1,
        },
        text: Arc::from(""),
        action: Action::Alert,
        over,
        ends: (any.clone(), any),
        both_ways: false,
        message: Arc::from("test"),
        class: None,
        severity: None,
        references: Vec::new(),
        metadata: Vec::new(),
        target_is_source: None,
        flow: FlowTest::default(),
        packet: Vec::new(),
        buffers: Vec::new(),
        fields: Vec::new(),
        operation: Vec::new(),
        assets: Vec::new(),
        events: Vec::new(),
        bits: Vec::new(),
        limits: Vec::new(),
        change: None,
        silent: false,
    }
}

/// A content that may lie anywhere.
pub(super) fn content(octets: &[u8]) -> Content {
    Content {
        octets: octets.to_vec(),
        nocase: false,
        negated: false,
        offset: None,
        depth: None,
        distance: None,
        within: None,
        starts: false,
        ends: false,
    }
}

/// A number of the rule itself.
pub(super) fn fixed(number: i64) -> Option<Value> {
    Some(Value::Fixed(number))
}

/// A buffer with these contents.
pub(super) fn buffer(buffer: Buffer, contents: Vec<Content>) -> BufferTest {
    BufferTest {
        buffer,
        transforms: Vec::new(),
        tests: contents.into_iter().map(OctetTest::Content).collect(),
        fast: None,
    }
}

/// A field of a protocol by its full name.
pub(super) fn field(name: &'static str) -> FieldRef {
    let protocol = PROTOCOLS
        .iter()
        .find(|protocol| name.split('.').next() == Some(protocol.name()))
        .unwrap_or_else(|| panic!("no protocol of {name}"));
    let index = (0..)
        .map_while(|index| Some((index, protocol.field(index)?)))
        .find(|(_, field)| field.name == name);
    let (index, _) = index.unwrap_or_else(|| panic!("no field {name}"));
    FieldRef {
        protocol: protocol.name(),
        index: u16::try_from(index).unwrap_or(u16::MAX),
    }
}

/// A test of one number.
pub(super) fn is(name: &'static str, number: u64) -> FieldTest {
    FieldTest {
        field: field(name),
        key: None,
        test: ValueTest::Number(Number::OneOf(vec![number])),
    }
}
