//! Words about Modbus: Suricata's `modbus`, Snort's `modbus_func`, `modbus_unit`, `modbus_data`.
//!
//! `modbus` looks at requests and counts addresses from 1, as Suricata does; the words of the
//! field table (`modbus.address`) count as the wire does, from 0.

use super::fields::known;
use super::{Effect, Keyword, named};
use crate::rules::parse::draft::Draft;
use crate::rules::parse::options::Opt;
use crate::rules::parse::text::Text;
use crate::rules::parse::{Cause, Flaw};
use crate::rules::rule::{FieldRef, FieldTest, Number, ValueTest};

pub(super) static KEYWORDS: &[Keyword] = &[
    Keyword::new(
        "modbus",
        &[],
        Effect::Tests,
        "A request: function N or a category, subfunction N; access read or write with coils, \
         discretes, input or holding, address (from 1), value; unit N.",
        modbus,
    ),
    Keyword::new(
        "modbus_data",
        &["modbus.pdu_data"],
        Effect::Tests,
        "Octets of the PDU after the function code, as a buffer.",
        data,
    ),
    Keyword::new(
        "modbus_func",
        &[],
        Effect::Tests,
        "Function code, by number or name.",
        function,
    ),
    Keyword::new("modbus_unit", &[], Effect::Tests, "Unit identifier.", unit),
];

/// Names of function codes as Snort spells them.
const FUNCTIONS: &[(&str, u64)] = &[
    ("diagnostics", 8),
    ("encapsulated_interface_transport", 43),
    ("get_comm_event_counter", 11),
    ("get_comm_event_log", 12),
    ("mask_write_register", 22),
    ("read_coils", 1),
    ("read_discrete_inputs", 2),
    ("read_exception_status", 7),
    ("read_fifo_queue", 24),
    ("read_file_record", 20),
    ("read_holding_registers", 3),
    ("read_input_registers", 4),
    ("read_write_multiple_registers", 23),
    ("report_slave_id", 17),
    ("write_file_record", 21),
    ("write_multiple_coils", 15),
    ("write_multiple_registers", 16),
    ("write_single_coil", 5),
    ("write_single_register", 6),
];

/// Function codes that the standard assigns (Application Protocol V1.1b3, 5.1).
const ASSIGNED: &[u64] = &[
    1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 15, 16, 17, 20, 21, 22, 23, 24, 43,
];

/// Function codes kept for products of old (V1.1b3, annex A).
const RESERVED: &[u64] = &[9, 10, 13, 14, 41, 42, 90, 91, 125, 126, 127];

/// Whether a function code is left to users (V1.1b3, 5).
const fn is_user(code: u64) -> bool {
    matches!(code, 65..=72 | 100..=110)
}

fn codes(keep: impl Fn(u64) -> bool) -> Vec<u64> {
    (1..=127).filter(|code| keep(*code)).collect()
}

/// The function codes of a category.
fn category(name: Text<'_>) -> Result<Vec<u64>, Flaw> {
    let categories = [
        ("all", 0_u8),
        ("assigned", 1),
        ("public", 2),
        ("reserved", 3),
        ("unassigned", 4),
        ("user", 5),
    ];
    Ok(match named(name, "category of functions", &categories)? {
        0 => codes(|_| true),
        1 => ASSIGNED.to_vec(),
        2 => codes(|code| !is_user(code) && !RESERVED.contains(&code)),
        3 => RESERVED.to_vec(),
        4 => codes(|code| !is_user(code) && !RESERVED.contains(&code) && !ASSIGNED.contains(&code)),
        _ => codes(is_user),
    })
}

fn push(draft: &mut Draft<'_>, field: FieldRef, test: ValueTest) {
    draft.fields.push(FieldTest {
        field,
        key: None,
        test,
    });
}

fn number(draft: &mut Draft<'_>, field: FieldRef, number: Number) {
    push(draft, field, ValueTest::Number(number));
}

fn function(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let text = option.wanted()?.unquoted()?;
    let field = known("modbus.function", option.word)?;
    let test = if text.text.starts_with(|c: char| c.is_ascii_alphabetic()) {
        Number::OneOf(vec![named(text, "function of Modbus", FUNCTIONS)?])
    } else {
        text.number(255)?
    };
    number(draft, field, test);
    Ok(())
}

fn unit(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let field = known("modbus.unit", option.word)?;
    let test = option.wanted()?.number(255)?;
    number(draft, field, test);
    Ok(())
}

fn data(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    option.bare()?;
    let field = known("modbus.data", option.word)?;
    draft.choose(
        crate::rules::rule::Buffer::Fields(vec![field]),
        option.word.text,
    );
    Ok(())
}

/// What `modbus:` asked for so far.
#[derive(Default)]
struct Asked {
    access: Option<Access>,
    range: Option<(u64, u64)>,
    has_function: bool,
    function: Option<u64>,
}

/// `access`.
#[derive(Clone, Copy)]
struct Access {
    writes: bool,
    coils: bool,
    functions: &'static [u64],
}

fn modbus(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let word = option.word;
    push(
        draft,
        known("modbus.request", word)?,
        ValueTest::Boolean(true),
    );
    let mut asked = Asked::default();
    for part in option.wanted()?.split(',') {
        let (key, value) = match part.text.find([' ', '\t']) {
            Some(at) => (part.part(0, at), part.after(at).trim()),
            None => (part, part.after(part.text.len())),
        };
        if value.text.is_empty() {
            let what = format!("`{}` of modbus needs a value", key.shown());
            return Err(key.flaw(what).hint(SHAPE));
        }
        match key.text.to_ascii_lowercase().as_str() {
            "function" => wanted_function(draft, value, word, &mut asked)?,
            "subfunction" => subfunction(draft, value, word, &asked)?,
            "unit" => {
                let test = value.number(255)?;
                number(draft, known("modbus.unit", word)?, test);
            }
            "access" => access(draft, value, word, &mut asked)?,
            "address" => address(draft, value, word, &mut asked)?,
            "value" => written(draft, value, word, &asked)?,
            _ => {
                let what = format!("`{}` is no part of modbus", key.shown());
                return Err(key.flaw(what).hint(SHAPE));
            }
        }
    }
    Ok(())
}

const SHAPE: &str = "modbus: function N, subfunction N | access read|write TYPE, address N, \
                     value N | unit N";

fn wanted_function(
    draft: &mut Draft<'_>,
    value: Text<'_>,
    word: Text<'_>,
    asked: &mut Asked,
) -> Result<(), Flaw> {
    asked.has_function = true;
    let field = known("modbus.function", word)?;
    let (negated, name) = value.negation();
    if name.text.starts_with(|c: char| c.is_ascii_alphabetic()) {
        let codes = category(name)?;
        let test = if negated {
            Number::NoneOf(codes)
        } else {
            Number::OneOf(codes)
        };
        number(draft, field, test);
        return Ok(());
    }
    asked.function = value.unsigned().ok();
    let test = value.number(255)?;
    number(draft, field, test);
    Ok(())
}

fn subfunction(
    draft: &mut Draft<'_>,
    value: Text<'_>,
    word: Text<'_>,
    asked: &Asked,
) -> Result<(), Flaw> {
    if !asked.has_function {
        return Err(value
            .flaw("subfunction stands behind no function")
            .hint(SHAPE));
    }
    // Function 43 has MEI types where 8 has subfunctions.
    let name = if asked.function == Some(43) {
        "modbus.mei"
    } else {
        "modbus.subfunction"
    };
    let test = value.number(65_535)?;
    number(draft, known(name, word)?, test);
    Ok(())
}

fn access(
    draft: &mut Draft<'_>,
    value: Text<'_>,
    word: Text<'_>,
    asked: &mut Asked,
) -> Result<(), Flaw> {
    let mut words = value.words();
    let way = words.next().unwrap_or(value);
    let writes = named(way, "access", &[("read", false), ("write", true)])?;
    let functions: &'static [u64] = match (writes, words.next()) {
        (false, None) => &[1, 2, 3, 4, 20, 23, 24],
        (true, None) => &[5, 6, 15, 16, 21, 22, 23],
        (_, Some(kind)) => {
            let kinds: &[(&str, &[u64])] = if writes {
                &[("coils", &[5, 15]), ("holding", &[6, 16, 22, 23])]
            } else {
                &[
                    ("coils", &[1]),
                    ("discretes", &[2]),
                    ("holding", &[3, 23, 24]),
                    ("input", &[4]),
                ]
            };
            if writes && matches!(kind.text, "discretes" | "input") {
                return Err(kind
                    .flaw(format!("{} cannot be written", kind.text))
                    .because(Cause::Contradiction));
            }
            named(kind, "kind of data", kinds)?
        }
    };
    if let Some(more) = words.next() {
        let what = format!("`{}` is too much; a comma is missing before", more.shown());
        return Err(more.flaw(what));
    }
    asked.access = Some(Access {
        writes,
        coils: functions.contains(&15) && functions.len() == 2,
        functions,
    });
    let codes = Number::OneOf(functions.to_vec());
    number(draft, known("modbus.function", word)?, codes);
    Ok(())
}

/// A range of addresses counted from 1, both ends excluded, as one on the wire.
fn wire_range(value: Text<'_>) -> Result<(u64, u64), Flaw> {
    let none = || value.flaw("no address is left: they count from 1");
    let (first, last) = match value.number(65_536)? {
        Number::OneOf(list) if list.len() == 1 => {
            let address = list.first().copied().unwrap_or(0);
            (address, address)
        }
        Number::Within(first, last) => (first, last),
        _ => return Err(value.flaw("an address is N, a<>b, >N or <N")),
    };
    let last = last.checked_sub(1).ok_or_else(none)?;
    Ok((first.saturating_sub(1).min(last), last.min(65_535)))
}

fn address(
    draft: &mut Draft<'_>,
    value: Text<'_>,
    word: Text<'_>,
    asked: &mut Asked,
) -> Result<(), Flaw> {
    let Some(access) = asked.access else {
        return Err(value.flaw("address stands behind no access").hint(SHAPE));
    };
    let range = wire_range(value)?;
    asked.range = Some(range);
    let overlaps = |first: &'static str, count: &'static str| {
        Ok::<FieldTest, Flaw>(FieldTest {
            field: known(first, word)?,
            key: None,
            test: ValueTest::Overlaps {
                count: known(count, word)?,
                range,
            },
        })
    };
    let plain = overlaps("modbus.address", "modbus.quantity")?;
    if !access.writes || !access.functions.contains(&23) {
        draft.fields.push(plain);
        return Ok(());
    }
    // Function 23 reads in one place and writes in another.
    let written = overlaps("modbus.write_address", "modbus.write_quantity")?;
    let absent = FieldTest {
        field: written.field,
        key: None,
        test: ValueTest::Present(false),
    };
    let field = written.field;
    let one_place = FieldTest {
        field,
        key: None,
        test: ValueTest::AllOf(vec![absent, plain]),
    };
    push(draft, field, ValueTest::AnyOf(vec![written, one_place]));
    Ok(())
}

fn written(
    draft: &mut Draft<'_>,
    value: Text<'_>,
    word: Text<'_>,
    asked: &Asked,
) -> Result<(), Flaw> {
    let (Some(access), Some(range)) = (asked.access, asked.range) else {
        return Err(value
            .flaw("value stands behind no access and address")
            .hint(SHAPE));
    };
    if !access.writes {
        return Err(value
            .flaw("a read has no value")
            .because(Cause::Contradiction));
    }
    let test = value.number(65_535)?;
    let single = if access.coils {
        coil(&test).ok_or_else(|| value.flaw("a coil is 0 or 1"))?
    } else {
        test.clone()
    };
    let single = FieldTest {
        field: known("modbus.value", word)?,
        key: None,
        test: ValueTest::Number(single),
    };
    let values = known("modbus.values", word)?;
    let at = |first: &'static str| {
        Ok::<FieldTest, Flaw>(FieldTest {
            field: values,
            key: None,
            test: ValueTest::ValueAt {
                first: known(first, word)?,
                range,
                number: test.clone(),
            },
        })
    };
    let several = if access.functions.contains(&23) {
        vec![single, at("modbus.write_address")?, at("modbus.address")?]
    } else {
        vec![single, at("modbus.address")?]
    };
    push(draft, values, ValueTest::AnyOf(several));
    Ok(())
}

/// A test of a coil's 0 or 1 as one of the words that a single write carries (V1.1b3, 6.5).
fn coil(test: &Number) -> Option<Number> {
    let holds = |value: u64| match test {
        Number::OneOf(list) => list.contains(&value),
        Number::NoneOf(list) => !list.contains(&value),
        Number::Within(first, last) => (*first..=*last).contains(&value),
        _ => false,
    };
    let words: Vec<u64> = [(0, 0), (1, 0xff00)]
        .into_iter()
        .filter(|(bit, _)| holds(*bit))
        .map(|(_, word)| word)
        .collect();
    (!words.is_empty()).then_some(Number::OneOf(words))
}
