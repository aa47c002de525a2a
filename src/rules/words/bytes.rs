//! Words about numbers in octets and about sizes: `byte_test`, `byte_jump`, `byte_extract`,
//! `byte_math`, `isdataat`, `bsize`, `urilen`, `base64_decode`, `entropy`.

use super::{Effect, Keyword};
use crate::rules::parse::draft::Draft;
use crate::rules::parse::options::Opt;
use crate::rules::parse::text::Text;
use crate::rules::parse::{Cause, Flaw};
use crate::rules::rule::{
    ByteJump, ByteMath, ByteTest, Compare, MathOperator, OctetTest, Reading, Value,
};

pub(super) static KEYWORDS: &[Keyword] = &[
    Keyword::new(
        "absent",
        &[],
        Effect::Refused,
        "The buffer is not there; not evaluated.",
        super::refused::refuse,
    ),
    Keyword::new(
        "base64_decode",
        &[],
        Effect::Tests,
        "Decodes base 64 for base64_data: base64_decode:bytes 300, offset 0, relative.",
        base64,
    ),
    Keyword::new(
        "bsize",
        &[],
        Effect::Tests,
        "Octets of the buffer: bsize:10, bsize:>5.",
        bsize,
    ),
    Keyword::new(
        "byte_extract",
        &[],
        Effect::Tests,
        "Keeps a number from the octets under a name: byte_extract:2,0,length,relative.",
        byte_extract,
    ),
    Keyword::new(
        "byte_jump",
        &[],
        Effect::Tests,
        "Moves on by a number in the octets: byte_jump:2,0,relative.",
        byte_jump,
    ),
    Keyword::new(
        "byte_math",
        &[],
        Effect::Tests,
        "Computes with a number in the octets: byte_math:bytes 2, offset 0, oper +, rvalue 4, \
         result sum.",
        byte_math,
    ),
    Keyword::new(
        "byte_test",
        &[],
        Effect::Tests,
        "Compares a number in the octets: byte_test:2,>,300,4,relative.",
        byte_test,
    ),
    Keyword::new(
        "entropy",
        &[],
        Effect::Tests,
        "Entropy of the buffer, 0 to 8 bits an octet: entropy:>=7.5.",
        entropy,
    ),
    Keyword::new(
        "isdataat",
        &[],
        Effect::Tests,
        "There are octets so far on (`!` not): isdataat:10,relative.",
        isdataat,
    ),
    Keyword::new(
        "urilen",
        &[],
        Effect::Tests,
        "Octets of the URI of HTTP: urilen:<100, urilen:5,norm.",
        urilen,
    ),
];

/// Places in octets, before and behind the last match.
const FAR: i64 = 1 << 20;

/// The parameters of a word between commas, or, where there are none, between white space.
fn parameters(text: Text<'_>) -> Vec<Text<'_>> {
    if text.text.contains(',') {
        text.split(',').collect()
    } else {
        text.words().collect()
    }
}

/// What stands behind the places of `byte_*`.
#[derive(Default)]
struct Tail<'t> {
    relative: bool,
    little: bool,
    is_text: bool,
    base: Option<u8>,
    mask: Option<u64>,
    multiplier: Option<Text<'t>>,
    align: Option<u8>,
    from_beginning: bool,
    from_end: bool,
    post_offset: Option<Text<'t>>,
}

impl<'t> Tail<'t> {
    fn read(parameters: impl Iterator<Item = Text<'t>>, word: &str) -> Result<Self, Flaw> {
        let mut tail = Self::default();
        for parameter in parameters {
            let mut words = parameter.words();
            let Some(name) = words.next() else {
                return Err(parameter.flaw(format!("a parameter of {word} is missing")));
            };
            let value = words.next();
            let needed =
                || value.ok_or_else(|| name.flaw(format!("`{}` needs a value", name.text)));
            match name.text.to_ascii_lowercase().as_str() {
                "relative" => tail.relative = true,
                "little" => tail.little = true,
                "big" => tail.little = false,
                "endian" => tail.little = needed()?.text == "little",
                "dce" => {
                    return Err(name
                        .flaw("the octet order of DCE/RPC is not known here")
                        .because(Cause::NotEvaluated)
                        .hint("say big or little"));
                }
                "string" => {
                    tail.is_text = true;
                    if let Some(base) = value {
                        tail.base = Some(self::base(base)?);
                    }
                }
                "hex" | "dec" | "oct" => tail.base = Some(base(name)?),
                "bitmask" => tail.mask = Some(mask(needed()?)?),
                "multiplier" => tail.multiplier = Some(needed()?),
                "align" => tail.align = Some(align(value)?),
                "from_beginning" => tail.from_beginning = true,
                "from_end" => tail.from_end = true,
                "post_offset" => tail.post_offset = Some(needed()?),
                _ => {
                    let known = [
                        "relative",
                        "little",
                        "big",
                        "dce",
                        "string",
                        "hex",
                        "dec",
                        "oct",
                        "bitmask",
                        "multiplier",
                        "align",
                        "from_beginning",
                        "from_end",
                        "post_offset",
                    ];
                    return Err(name
                        .flaw(format!("`{}` is no parameter of {word}", name.shown()))
                        .hint(super::alike(name.text, known.into_iter())));
                }
            }
        }
        Ok(tail)
    }

    fn reading(&self) -> Reading {
        Reading {
            little: self.little,
            text: self.is_text.then(|| self.base.unwrap_or(10)),
            dce: false,
        }
    }

    fn multiplier(&self) -> Result<u32, Flaw> {
        let Some(text) = self.multiplier else {
            return Ok(1);
        };
        let number = text.within(1, 65_535)?;
        Ok(u32::try_from(number).unwrap_or(1))
    }

    /// The octets read: text has at most 23 digits, a number 8 octets.
    fn octets(&self, draft: &Draft<'_>, text: Text<'_>, least: i64) -> Result<Value, Flaw> {
        // Of text, 0 stands for all digits that are there.
        let (least, most) = if self.is_text { (0, 23) } else { (least, 8) };
        Ok(match draft.value(text, least, most)? {
            Value::Fixed(0) if self.is_text => Value::Fixed(most),
            other => other,
        })
    }
}

fn base(text: Text<'_>) -> Result<u8, Flaw> {
    super::named(text, "base", &[("dec", 10), ("hex", 16), ("oct", 8)])
}

/// A mask, in hexadecimal with or without `0x`.
fn mask(text: Text<'_>) -> Result<u64, Flaw> {
    let digits = text.text.trim_start_matches("0x").trim_start_matches("0X");
    let number = u64::from_str_radix(digits, 16).ok();
    let number = number.filter(|mask| (1..=u64::from(u32::MAX)).contains(mask));
    number.ok_or_else(|| text.flaw(format!("`{}` is no mask of 32 bits", text.shown())))
}

fn align(value: Option<Text<'_>>) -> Result<u8, Flaw> {
    let Some(text) = value else { return Ok(4) };
    match text.text {
        "2" => Ok(2),
        "4" => Ok(4),
        _ => Err(text.flaw("align is 2 or 4")),
    }
}

fn few(option: Opt<'_>, shape: &str) -> Flaw {
    option
        .word
        .flaw(format!("`{}` has too few parameters", option.word.text))
        .hint(shape.to_owned())
}

/// Signs of comparisons; longer ones before their beginnings.
const COMPARES: &[(&str, Compare, bool)] = &[
    ("<=", Compare::LessEqual, false),
    (">=", Compare::GreaterEqual, false),
    ("==", Compare::Equal, false),
    ("<", Compare::Less, false),
    (">", Compare::Greater, false),
    ("=", Compare::Equal, false),
    ("&", Compare::And, false),
    ("^", Compare::Xor, false),
    // A lone `!` is "not equal".
    ("", Compare::Equal, true),
];

fn byte_test(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    const SHAPE: &str = "byte_test:octets,comparison,value,offset[,relative]...";
    let all = parameters(option.wanted()?);
    let [octets, compare, value, offset, rest @ ..] = all.as_slice() else {
        return Err(few(option, SHAPE));
    };
    let (negated, sign) = compare.negation();
    let found = COMPARES
        .iter()
        .find(|row| row.0 == sign.text && (negated || !row.2));
    let Some((_, how, _)) = found else {
        let what = format!("`{}` is no comparison", compare.shown());
        return Err(compare
            .flaw(what)
            .hint("one of < <= = >= > & ^, with ! before it for not"));
    };
    let tail = Tail::read(rest.iter().copied(), "byte_test")?;
    let test = ByteTest {
        octets: tail.octets(draft, *octets, 1)?,
        compare: *how,
        negated,
        value: draft.value(*value, i64::MIN, i64::MAX)?,
        offset: draft.value(*offset, -FAR, FAR)?,
        relative: tail.relative,
        reading: tail.reading(),
        mask: tail.mask,
    };
    draft.test_after(OctetTest::ByteTest(test), tail.relative);
    Ok(())
}

fn byte_jump(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let all = parameters(option.wanted()?);
    let [octets, offset, rest @ ..] = all.as_slice() else {
        return Err(few(option, "byte_jump:octets,offset[,relative]..."));
    };
    let tail = Tail::read(rest.iter().copied(), "byte_jump")?;
    if tail.from_beginning && tail.from_end {
        return Err(option
            .word
            .flaw("from_beginning and from_end contradict each other")
            .because(Cause::Contradiction));
    }
    let post_offset = match tail.post_offset {
        Some(text) => match draft.value(text, -65_535, 65_535)? {
            Value::Fixed(number) => i32::try_from(number).unwrap_or(0),
            Value::Variable(_) => return Err(text.flaw("post_offset is a number")),
        },
        None => 0,
    };
    let jump = ByteJump {
        octets: tail.octets(draft, *octets, 0)?,
        offset: draft.value(*offset, -FAR, FAR)?,
        relative: tail.relative,
        reading: tail.reading(),
        mask: tail.mask,
        multiplier: tail.multiplier()?,
        align: tail.align.is_some(),
        from_beginning: tail.from_beginning,
        from_end: tail.from_end,
        post_offset,
    };
    draft.test_after(OctetTest::ByteJump(jump), tail.relative);
    Ok(())
}

fn byte_extract(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let all = parameters(option.wanted()?);
    let [octets, offset, name, rest @ ..] = all.as_slice() else {
        return Err(few(option, "byte_extract:octets,offset,name[,relative]..."));
    };
    let tail = Tail::read(rest.iter().copied(), "byte_extract")?;
    let extract = ByteMath {
        octets: tail.octets(draft, *octets, 1)?,
        offset: draft.value(*offset, -FAR, FAR)?,
        relative: tail.relative,
        reading: tail.reading(),
        mask: tail.mask,
        multiplier: tail.multiplier()?,
        align: tail.align.unwrap_or(0),
        math: None,
        result: draft.new_variable(*name)?,
    };
    draft.test_after(OctetTest::ByteMath(extract), tail.relative);
    Ok(())
}

fn byte_math(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    const SHAPE: &str = "byte_math:bytes 2, offset 0, oper +, rvalue 4, result name";
    let mut given: [Option<Text<'_>>; 5] = [None; 5];
    let mut rest = Vec::new();
    for parameter in option.wanted()?.split(',') {
        let mut words = parameter.words();
        let name = words.next().map_or("", |name| name.text);
        let names = ["bytes", "offset", "oper", "rvalue", "result"];
        match names.iter().position(|known| *known == name) {
            Some(place) => {
                let value = words
                    .next()
                    .ok_or_else(|| parameter.flaw(format!("`{name}` needs a value")))?;
                if let Some(slot) = given.get_mut(place) {
                    *slot = Some(value);
                }
            }
            None => rest.push(parameter),
        }
    }
    let [
        Some(octets),
        Some(offset),
        Some(sign),
        Some(right),
        Some(result),
    ] = given
    else {
        return Err(few(option, SHAPE));
    };
    let tail = Tail::read(rest.into_iter(), "byte_math")?;
    let operator = super::named(
        sign,
        "operator",
        &[
            ("+", MathOperator::Add),
            ("-", MathOperator::Subtract),
            ("*", MathOperator::Multiply),
            ("/", MathOperator::Divide),
            ("<<", MathOperator::ShiftLeft),
            (">>", MathOperator::ShiftRight),
        ],
    )?;
    let right_value = draft.value(right, 0, i64::from(u32::MAX))?;
    if operator == MathOperator::Divide && right_value == Value::Fixed(0) {
        return Err(right.flaw("nothing can be divided by 0"));
    }
    let math = ByteMath {
        octets: tail.octets(draft, octets, 1)?,
        offset: draft.value(offset, -FAR, FAR)?,
        relative: tail.relative,
        reading: tail.reading(),
        mask: tail.mask,
        multiplier: 1,
        align: 0,
        math: Some((operator, right_value)),
        result: draft.new_variable(result)?,
    };
    draft.test_after(OctetTest::ByteMath(math), tail.relative);
    Ok(())
}

fn isdataat(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let (negated, text) = option.wanted()?.negation();
    let mut parameters = text.split(',');
    let at = parameters.next().unwrap_or(text);
    let mut relative = false;
    for parameter in parameters {
        match parameter.text {
            "relative" => relative = true,
            "rawbytes" => {}
            _ => {
                let what = format!("`{}` is no parameter of isdataat", parameter.shown());
                return Err(parameter.flaw(what).hint("isdataat:10,relative"));
            }
        }
    }
    let at = draft.value(at, 0, FAR)?;
    let test = OctetTest::DataAt {
        at,
        relative,
        negated,
    };
    draft.test_after(test, relative);
    Ok(())
}

fn bsize(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let number = option.wanted()?.number(u64::from(u32::MAX))?;
    if !draft.has_chosen() {
        return Err(option
            .word
            .flaw("bsize stands behind no buffer")
            .hint("dns.query; bsize:10; of a packet's payload the word is dsize"));
    }
    draft.test(OctetTest::Size(number));
    Ok(())
}

fn urilen(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let text = option.wanted()?;
    let (size, which) = match text.cut(",") {
        Some((size, which)) => {
            let names = [("norm", "http.uri"), ("raw", "http.uri.raw")];
            (size, super::named(which, "form of a URI", &names)?)
        }
        None => (text, "http.uri.raw"),
    };
    let number = size.number(65_535)?;
    let buffer = super::buffers::named(draft, which, option.word)?;
    draft.test_of(buffer, OctetTest::Size(number));
    Ok(())
}

fn base64(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let (mut octets, mut offset, mut relative) = (None, 0, false);
    for parameter in option.value.into_iter().flat_map(|value| value.split(',')) {
        let mut words = parameter.words();
        let name = words.next().map_or("", |name| name.text);
        match (name, words.next()) {
            ("relative", None) => relative = true,
            ("bytes", Some(number)) => {
                octets = Some(number.within(1, 65_535)?).and_then(|n| u32::try_from(n).ok());
            }
            ("offset", Some(number)) => {
                offset = u32::try_from(number.within(0, 65_535)?).unwrap_or(0);
            }
            _ => {
                let what = format!("`{}` is no parameter of base64_decode", parameter.shown());
                return Err(parameter.flaw(what).hint("bytes 300, offset 0, relative"));
            }
        }
    }
    let test = OctetTest::Base64 {
        octets,
        offset,
        relative,
    };
    draft.test_after(test, relative);
    draft.decodes_base64 = true;
    Ok(())
}

fn entropy(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let text = option.wanted()?;
    // Suricata puts the word `value` before the comparison.
    let figure = text.strip("value").unwrap_or(text).trim().real()?;
    draft.test(OctetTest::Entropy(figure));
    Ok(())
}
