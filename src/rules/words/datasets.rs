//! `dataset` and `datarep`: the whole buffer is looked up in a list from a file.
//!
//! Lists lie below the folder of the rules and are only read: a rule file must not write files
//! of the host, nor read others.

use super::{Effect, Keyword, named};
use crate::rules::lists::Coding;
use crate::rules::parse::draft::Draft;
use crate::rules::parse::options::Opt;
use crate::rules::parse::text::Text;
use crate::rules::parse::{Cause, Flaw};
use crate::rules::rule::OctetTest;

pub(super) static KEYWORDS: &[Keyword] = &[
    Keyword::new(
        "datarep",
        &[],
        Effect::Tests,
        "The buffer's figure in a list: datarep:name,>,200,type string,load file.lst.",
        datarep,
    ),
    Keyword::new(
        "dataset",
        &[],
        Effect::Tests,
        "The buffer is, or is not, in a list: dataset:isset,name,type string,load file.lst.",
        dataset,
    ),
];

/// Parameters of both words.
#[derive(Default)]
struct Parameters<'t> {
    coding: Option<Coding>,
    load: Option<Text<'t>>,
}

impl<'t> Parameters<'t> {
    fn read(parts: impl Iterator<Item = Text<'t>>) -> Result<Self, Flaw> {
        let mut found = Self::default();
        for part in parts {
            let mut words = part.words();
            let key = words.next().unwrap_or(part);
            let value = words.next();
            match (key.text, value) {
                ("type", Some(kind)) => {
                    let kinds = [
                        ("ip", None),
                        ("ipv4", None),
                        ("md5", Some(Coding::Md5)),
                        ("sha256", Some(Coding::Sha256)),
                        ("string", Some(Coding::Base64)),
                    ];
                    let coding = named(kind, "type of a dataset", &kinds)?;
                    found.coding = Some(coding.ok_or_else(|| {
                        kind.flaw("addresses are not looked up in datasets")
                            .because(Cause::NotEvaluated)
                            .hint("addresses stand in the header")
                    })?);
                }
                ("load", Some(file)) => found.load = Some(file),
                ("save" | "state", _) => {
                    return Err(key
                        .flaw(format!("`{}` of a dataset writes a file", key.text))
                        .because(Cause::NotEvaluated)
                        .hint("lists are only read: load FILE"));
                }
                ("memcap" | "hashsize", Some(_)) => {}
                _ => {
                    let what = format!("`{}` is no parameter of a dataset", part.shown());
                    return Err(part.flaw(what).hint("type string, load file.lst"));
                }
            }
        }
        Ok(found)
    }

    fn both(self, text: Text<'t>) -> Result<(Coding, Text<'t>), Flaw> {
        let coding = self
            .coding
            .ok_or_else(|| text.flaw("the type of the dataset is missing"))?;
        let load = self.load.ok_or_else(|| {
            text.flaw("the dataset names no file to load")
                .because(Cause::NotEvaluated)
                .hint("lists are only read: load FILE")
        })?;
        Ok((coding, load))
    }
}

fn chosen(draft: &Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    if draft.has_chosen() {
        return Ok(());
    }
    let word = option.word;
    Err(word
        .flaw(format!("`{}` stands behind no buffer", word.text))
        .hint("dns.query; dataset:isset,name,type string,load file.lst;"))
}

fn dataset(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let text = option.wanted()?;
    let mut parts = text.split(',');
    let (Some(act), Some(_)) = (parts.next(), parts.next()) else {
        return Err(text
            .flaw("dataset has too few parameters")
            .hint("dataset:isset,name,type string,load file.lst"));
    };
    let acts = [
        ("isnotset", Some(true)),
        ("isset", Some(false)),
        ("set", None),
        ("unset", None),
    ];
    let Some(negated) = named(act, "act on a dataset", &acts)? else {
        return Err(act
            .flaw(format!("`{}` changes a dataset", act.text))
            .because(Cause::NotEvaluated)
            .hint("lists are only read: isset or isnotset"));
    };
    chosen(draft, option)?;
    let (coding, file) = Parameters::read(parts)?.both(text)?;
    let values = draft
        .around
        .lists
        .values(draft.around.folder, file.text, coding);
    let values = values.map_err(|what| file.flaw(what).because(Cause::File))?;
    draft.test(OctetTest::Dataset { values, negated });
    Ok(())
}

fn datarep(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let text = option.wanted()?;
    let mut parts = text.split(',');
    let (Some(_), Some(sign), Some(figure)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(text
            .flaw("datarep has too few parameters")
            .hint("datarep:name,>,200,type string,load file.lst"));
    };
    let figure = super::flow::compared(sign, figure.within(0, 65_535)?)?;
    chosen(draft, option)?;
    let (coding, file) = Parameters::read(parts)?.both(text)?;
    let values = draft
        .around
        .lists
        .figures(draft.around.folder, file.text, coding);
    let values = values.map_err(|what| file.flaw(what).because(Cause::File))?;
    draft.test(OctetTest::Reputation { values, figure });
    Ok(())
}
