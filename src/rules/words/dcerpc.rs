//! Words about DCE/RPC: `dce_iface`, `dce_opnum`, `dce_stub_data`. It goes over TCP of its own or
//! in the pipes of SMB; a rule over SMB, or over its ports, looks there.

use super::fields::known;
use super::{Effect, Keyword};
use crate::rules::parse::draft::Draft;
use crate::rules::parse::options::Opt;
use crate::rules::parse::text::Text;
use crate::rules::parse::{Cause, Flaw};
use crate::rules::rule::{Buffer, FieldTest, Number, Over, Ports, ValueTest};

pub(super) static KEYWORDS: &[Keyword] = &[
    Keyword::new(
        "dce_iface",
        &["dcerpc.iface", "dce.iface"],
        Effect::Tests,
        "Interface of DCE/RPC: dce_iface:4b324fc8-1670-01d3-1278-5a47bf6ee188,=3.",
        interface,
    ),
    Keyword::new(
        "dce_opnum",
        &["dcerpc.opnum", "dce.opnum"],
        Effect::Tests,
        "Operation of DCE/RPC: dce_opnum:15, dce_opnum:1,5-9.",
        operation,
    ),
    Keyword::new(
        "dce_stub_data",
        &["dcerpc.stub_data", "dce.stub_data"],
        Effect::Tests,
        "Stub data of DCE/RPC, as a buffer.",
        stub,
    ),
];

/// Ports of SMB.
const SMB: [u16; 2] = [139, 445];

/// The field of this kind in the protocol that the rule looks at.
fn field(draft: &Draft<'_>, names: (&'static str, &'static str)) -> &'static str {
    let on_smb = |ports: &Ports| {
        let all = &ports.within;
        !all.is_empty() && all.iter().all(|(a, b)| a == b && SMB.contains(a))
    };
    let ends = &draft.header.ends;
    let smb = match draft.header.over {
        Over::Protocol(name) => name == "smb",
        _ => on_smb(&ends.0.ports) || on_smb(&ends.1.ports),
    };
    if smb { names.1 } else { names.0 }
}

fn push(
    draft: &mut Draft<'_>,
    word: Text<'_>,
    name: &'static str,
    test: ValueTest,
) -> Result<(), Flaw> {
    draft.fields.push(FieldTest {
        field: known(name, word)?,
        key: None,
        test,
    });
    Ok(())
}

fn interface(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let text = option.wanted()?;
    let mut parts = text.split(',');
    let id = parts.next().unwrap_or(text);
    let groups: Vec<usize> = id.text.split('-').map(str::len).collect();
    let digits = id.text.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    if !digits || groups != [8, 4, 4, 4, 12] {
        let what = format!("`{}` is no interface", id.shown());
        return Err(id.flaw(what).hint("an interface is a UUID"));
    }
    let name = field(draft, ("dcerpc.iface", "smb.dce_iface"));
    let test = ValueTest::Text {
        text: id.text.to_ascii_lowercase().into(),
        negated: false,
    };
    push(draft, option.word, name, test)?;
    for part in parts {
        if part.text == "any_frag" {
            return Err(part
                .flaw("fragments of DCE/RPC are looked at when they are whole")
                .because(Cause::NotEvaluated));
        }
        let name = field(draft, ("dcerpc.iface_version", "smb.dce_iface_version"));
        let test = ValueTest::Number(part.number(0xffff)?);
        push(draft, option.word, name, test)?;
    }
    Ok(())
}

fn operation(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let name = field(draft, ("dcerpc.opnum", "smb.dce_opnum"));
    let field = known(name, option.word)?;
    let mut tests = Vec::new();
    for part in option.wanted()?.split(',') {
        // A range has both its ends here, unlike in other words.
        let number = match part.cut("-") {
            Some((first, last)) => {
                let (first, last) = (first.within(0, 0xffff)?, last.within(0, 0xffff)?);
                if first > last {
                    return Err(part.flaw("the range ends before it starts"));
                }
                Number::Within(first, last)
            }
            None => part.number(0xffff)?,
        };
        tests.push(FieldTest {
            field,
            key: None,
            test: ValueTest::Number(number),
        });
    }
    let test = if tests.len() == 1 {
        tests.remove(0).test
    } else {
        ValueTest::AnyOf(tests)
    };
    push(draft, option.word, name, test)
}

fn stub(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    option.bare()?;
    let name = field(draft, ("dcerpc.stub_data", "smb.dce_stub_data"));
    let field = known(name, option.word)?;
    draft.choose(Buffer::Fields(vec![field]), option.word.text);
    Ok(())
}
