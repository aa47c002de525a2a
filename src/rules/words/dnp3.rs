//! Words about DNP3, in Suricata's and Snort's spelling: `dnp3_func`, `dnp3_ind`, `dnp3_obj`,
//! and the two of the oldest rule sets.

use super::fields::known;
use super::{Effect, Keyword, named};
use crate::rules::parse::Flaw;
use crate::rules::parse::draft::Draft;
use crate::rules::parse::options::Opt;
use crate::rules::parse::text::Text;
use crate::rules::rule::{FieldTest, Number, ValueTest};

pub(super) static KEYWORDS: &[Keyword] = &[
    Keyword::new(
        "dnp3.func",
        &["dnp3_func", "dnp3_cmd_fc"],
        Effect::Tests,
        "Application function code, by number or name.",
        function,
    ),
    Keyword::new(
        "dnp3.ind",
        &["dnp3_ind"],
        Effect::Tests,
        "Internal indications: names, of which one (or, with `!` on some, all) must hold; or a \
         number.",
        indications,
    ),
    Keyword::new(
        "dnp3.obj",
        &["dnp3_obj"],
        Effect::Tests,
        "An object header of this group and variation: dnp3_obj:12,1.",
        object,
    ),
    Keyword::new(
        "dnp3_cmd_ot",
        &[],
        Effect::Tests,
        "An object header of this group.",
        group,
    ),
];

/// Function codes by the names of Snort and Suricata (IEEE 1815-2012, table 4-3).
const FUNCTIONS: &[(&str, u64)] = &[
    ("abort_file", 30),
    ("activate_config", 31),
    ("assign_class", 22),
    ("authenticate_err", 33),
    ("authenticate_file", 29),
    ("authenticate_req", 32),
    ("authenticate_resp", 131),
    ("close_file", 26),
    ("cold_restart", 13),
    ("confirm", 0),
    ("delay_measure", 23),
    ("delete_file", 27),
    ("direct_operate", 5),
    ("direct_operate_nr", 6),
    ("disable_unsolicited", 21),
    ("enable_unsolicited", 20),
    ("freeze_at_time", 11),
    ("freeze_at_time_nr", 12),
    ("freeze_clear", 9),
    ("freeze_clear_nr", 10),
    ("get_file_info", 28),
    ("immed_freeze", 7),
    ("immed_freeze_nr", 8),
    ("initialize_appl", 16),
    ("initialize_data", 15),
    ("open_file", 25),
    ("operate", 4),
    ("read", 1),
    ("record_current_time", 24),
    ("response", 129),
    ("save_config", 19),
    ("select", 3),
    ("start_appl", 17),
    ("stop_appl", 18),
    ("unsolicited_response", 130),
    ("warm_restart", 14),
    ("write", 2),
];

/// Internal indications, the first octet in the upper half (IEEE 1815-2012, 4.2.2.6).
const INDICATIONS: &[(&str, u64)] = &[
    ("all_stations", 0x0100),
    ("already_executing", 0x0010),
    ("class_1_events", 0x0200),
    ("class_2_events", 0x0400),
    ("class_3_events", 0x0800),
    ("config_corrupt", 0x0020),
    ("device_restart", 0x8000),
    ("device_trouble", 0x4000),
    ("event_buffer_overflow", 0x0008),
    ("local_control", 0x2000),
    ("need_time", 0x1000),
    ("no_func_code_support", 0x0001),
    ("object_unknown", 0x0002),
    ("parameter_error", 0x0004),
    ("reserved_1", 0x0080),
    ("reserved_2", 0x0040),
];

fn push(
    draft: &mut Draft<'_>,
    name: &'static str,
    word: Text<'_>,
    test: ValueTest,
) -> Result<(), Flaw> {
    draft.fields.push(FieldTest {
        field: known(name, word)?,
        key: None,
        test,
    });
    Ok(())
}

fn is_name(text: Text<'_>) -> bool {
    text.text.starts_with(|c: char| c.is_ascii_alphabetic())
}

fn function(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let text = option.wanted()?.unquoted()?;
    let (negated, name) = text.negation();
    let number = if is_name(name) {
        let code = named(name, "function of DNP3", FUNCTIONS)?;
        if negated {
            Number::NoneOf(vec![code])
        } else {
            Number::OneOf(vec![code])
        }
    } else {
        text.number(255)?
    };
    push(
        draft,
        "dnp3.function",
        option.word,
        ValueTest::Number(number),
    )
}

fn indications(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let text = option.wanted()?.unquoted()?;
    let number = if is_name(text.negation().1) {
        let (mut set, mut clear) = (0, 0);
        for part in text.split(',') {
            let (negated, name) = part.negation();
            let bit = named(name, "internal indication", INDICATIONS)?;
            if negated {
                clear |= bit;
            } else {
                set |= bit;
            }
        }
        if clear == 0 {
            // Any of them, as Snort's manual has it.
            Number::Masked {
                mask: set,
                result: 0,
                negated: true,
            }
        } else {
            Number::Masked {
                mask: set | clear,
                result: set,
                negated: false,
            }
        }
    } else {
        text.number(0xffff)?
    };
    push(draft, "dnp3.iin", option.word, ValueTest::Number(number))
}

fn object(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let text = option.wanted()?.unquoted()?;
    let Some((group, variation)) = text.cut(",") else {
        return Err(text
            .flaw("an object is a group and a variation")
            .hint("dnp3_obj:12,1"));
    };
    let record = vec![
        ("group", group.within(0, 255)?),
        ("variation", variation.within(0, 255)?),
    ];
    push(
        draft,
        "dnp3.objects",
        option.word,
        ValueTest::Record(record),
    )
}

fn group(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let record = vec![("group", option.wanted()?.within(0, 255)?)];
    push(
        draft,
        "dnp3.objects",
        option.word,
        ValueTest::Record(record),
    )
}
