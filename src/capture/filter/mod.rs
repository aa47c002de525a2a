//! A capture filter: which frames the kernel hands to the sensor, in the words of `tcpdump`.
//!
//! Parsed by the doors from what the user wrote, compiled to the kernel's packet filter (classic
//! BPF) when a ring is opened, and set there before the first frame is heard. Never runs here.
//!
//! One thing differs from `tcpdump`: VLAN tags do not hide what is behind them. Network cards and
//! the kernel take the outer tag away from a frame or leave it there, and nobody can tell from a
//! filter which it will be. `host 10.0.0.1` here means that host in whatever VLAN, and `vlan 20` means
//! frames with that tag wherever it stands.

mod compile;
mod parse;

pub use compile::Instruction;

use super::frame::LinkType;
use compile::{Compiler, LONGEST};
use parse::Expression;
use std::fmt;
use std::str::FromStr;

/// A filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    text: String,
    expression: Expression,
}

/// Why a text is no filter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: {what}")]
pub struct FilterError {
    /// Where, in characters from 1.
    pub column: usize,
    /// What is wrong there.
    pub what: String,
}

impl FromStr for Filter {
    type Err = FilterError;

    fn from_str(text: &str) -> Result<Self, FilterError> {
        let expression = parse::parse(text)?;
        let filter = Self {
            text: text.trim().to_owned(),
            expression,
        };
        // Of all links this makes the longest program.
        let length = filter.program(LinkType::ETHERNET).map_or(0, |p| p.len());
        if length > LONGEST {
            return Err(FilterError {
                column: 1,
                what: format!(
                    "the filter makes {length} instructions, and the kernel takes {LONGEST}: \
                     networks (net A.B.C.D/LENGTH) and portrange say more in fewer words"
                ),
            });
        }
        Ok(filter)
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Filter {
    /// The program for frames of this link type; `None` where a filter cannot read them. It gives
    /// 0 for frames that are not wanted.
    #[must_use]
    pub fn program(&self, link: LinkType) -> Option<Vec<Instruction>> {
        let compiler = Compiler::of(link)?;
        Some(compiler.compile(&self.expression))
    }
}
