//! Lists of datasets: values by the line, read once and shared by the rules that name them.
//!
//! Called by the words `dataset` and `datarep`. The files are read by `load`.

use super::load;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How values stand in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Coding {
    /// Base 64, for texts.
    Base64,
    /// 16 octets in hexadecimal.
    Md5,
    /// 32 octets in hexadecimal.
    Sha256,
}

type Values = Arc<[Box<[u8]>]>;
type Figures = Arc<[(Box<[u8]>, u16)]>;

/// Lists read so far.
#[derive(Debug, Default)]
pub(crate) struct Lists {
    values: HashMap<(PathBuf, Coding), Values>,
    figures: HashMap<(PathBuf, Coding), Figures>,
    /// Every file that was looked for.
    pub(super) read: load::Read,
}

impl Lists {
    /// The values of a file, sorted.
    pub(crate) fn values(
        &mut self,
        folder: &Path,
        name: &str,
        coding: Coding,
    ) -> Result<Values, String> {
        let key = (folder.join(name), coding);
        if let Some(values) = self.values.get(&key) {
            return Ok(values.clone());
        }
        let mut found = Vec::new();
        for (number, line) in lines(&load::below(folder, name, &mut self.read)?) {
            found.push(decoded(line, coding).ok_or_else(|| wrong(name, number))?);
        }
        found.sort_unstable();
        found.dedup();
        let values: Values = found.into();
        self.values.insert(key, values.clone());
        Ok(values)
    }

    /// The values of a file with their figures, sorted.
    pub(crate) fn figures(
        &mut self,
        folder: &Path,
        name: &str,
        coding: Coding,
    ) -> Result<Figures, String> {
        let key = (folder.join(name), coding);
        if let Some(figures) = self.figures.get(&key) {
            return Ok(figures.clone());
        }
        let mut found = Vec::new();
        for (number, line) in lines(&load::below(folder, name, &mut self.read)?) {
            let row = line.rsplit_once(',').and_then(|(value, figure)| {
                Some((decoded(value.trim(), coding)?, figure.trim().parse().ok()?))
            });
            found.push(row.ok_or_else(|| wrong(name, number))?);
        }
        found.sort_unstable();
        let figures: Figures = found.into();
        self.figures.insert(key, figures.clone());
        Ok(figures)
    }
}

fn lines(text: &str) -> impl Iterator<Item = (u32, &str)> {
    let lines = (1_u32..).zip(text.lines().map(str::trim));
    lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}

fn wrong(name: &str, number: u32) -> String {
    format!("line {number} of {name} is no value of this type")
}

fn decoded(line: &str, coding: Coding) -> Option<Box<[u8]>> {
    let octets = match coding {
        Coding::Base64 => data_encoding::BASE64.decode(line.as_bytes()).ok()?,
        Coding::Md5 | Coding::Sha256 => {
            let hex = data_encoding::HEXLOWER_PERMISSIVE;
            hex.decode(line.as_bytes()).ok()?
        }
    };
    let right = match coding {
        Coding::Base64 => true,
        Coding::Md5 => octets.len() == 16,
        Coding::Sha256 => octets.len() == 32,
    };
    right.then(|| octets.into())
}
