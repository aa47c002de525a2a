//! A page of 80 columns: headings, wrapped sentences, colour where it is wanted.
//!
//! Used by the sections of the summary. Foreign text comes here already made harmless.

use crate::desk::report::words::{fit, width};
use std::io::{self, Write};

/// Columns of the page.
pub(super) const WIDTH: usize = 80;

/// How a piece of text stands out. Never the only sign of a meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ink {
    /// Headings.
    Bold,
    /// Criticality 5.
    Red,
    /// Criticality 4 and blind spots.
    Yellow,
    /// What matters less.
    Dim,
    /// Everything else.
    Plain,
}

impl Ink {
    /// SGR parameters (ECMA-48, 8.3.117).
    const fn code(self) -> &'static str {
        match self {
            Self::Bold => "1",
            Self::Red => "1;31",
            Self::Yellow => "33",
            Self::Dim => "2",
            Self::Plain => "",
        }
    }

    /// The ink of a criticality.
    pub(super) const fn of(criticality: u8) -> Self {
        match criticality {
            0..=3 => Self::Plain,
            4 => Self::Yellow,
            _ => Self::Red,
        }
    }
}

/// Where the lines go.
pub(super) struct Page<'a> {
    pub(super) out: &'a mut dyn Write,
    pub(super) colour: bool,
}

impl Page<'_> {
    /// The text in this ink.
    pub(super) fn ink(&self, ink: Ink, text: &str) -> String {
        if self.colour && ink != Ink::Plain && !text.is_empty() {
            format!("\x1b[{}m{text}\x1b[0m", ink.code())
        } else {
            text.to_owned()
        }
    }

    /// A line as it is.
    pub(super) fn line(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "{}", text.trim_end())
    }

    /// A line of plain text, cut at the edge of the page.
    pub(super) fn cut(&mut self, ink: Ink, text: &str) -> io::Result<()> {
        let text = fit(text.trim_end(), WIDTH);
        let text = self.ink(ink, &text);
        self.line(&text)
    }

    /// An empty line and a heading with a remark at its right.
    pub(super) fn heading(&mut self, title: &str, remark: &str) -> io::Result<()> {
        let fill = WIDTH.saturating_sub(width(title) + width(remark));
        let title = self.ink(Ink::Bold, title);
        let remark = self.ink(Ink::Dim, remark);
        self.line("")?;
        self.line(&format!("{title}{}{remark}", " ".repeat(fill)))
    }

    /// Text beside `left`; where it has several lines there and less than `room` columns, below
    /// it, behind `indent`.
    pub(super) fn beside(
        &mut self,
        left: &str,
        room: usize,
        indent: &str,
        text: &str,
    ) -> io::Result<()> {
        let free = WIDTH.saturating_sub(width(left));
        if free >= room || width(text) <= free {
            return self.wrapped(Ink::Plain, left, text);
        }
        self.line(left)?;
        self.wrapped(Ink::Plain, indent, text)
    }

    /// Text over as many lines as it needs: the first begins with `first`, the others with as
    /// many spaces.
    pub(super) fn wrapped(&mut self, ink: Ink, first: &str, text: &str) -> io::Result<()> {
        let indent = " ".repeat(width(first));
        for (number, line) in wrap(text, WIDTH.saturating_sub(indent.len()))
            .iter()
            .enumerate()
        {
            let lead = if number == 0 { first } else { &indent };
            let line = self.ink(ink, line);
            self.line(&format!("{lead}{line}"))?;
        }
        Ok(())
    }
}

/// The text in lines of at most so many columns; words longer than a line are cut.
pub(in crate::desk) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let word = fit(word, columns);
        let gap = usize::from(!line.is_empty());
        if width(&line) + gap + width(&word) > columns {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&word);
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_never_leave_the_page() {
        let long = "a ".repeat(100) + &"b".repeat(200) + " 阀门 ".repeat(60).as_str();
        let lines = wrap(&long, 30);
        assert!(lines.iter().all(|line| width(line) <= 30), "{lines:?}");
        assert!(lines.len() > 5);
    }

    #[test]
    fn colour_only_where_it_is_wanted() {
        let mut out = Vec::new();
        let mut page = Page {
            out: &mut out,
            colour: false,
        };
        page.wrapped(Ink::Red, "- ", "stop").unwrap();
        page.colour = true;
        page.wrapped(Ink::Red, "- ", "stop").unwrap();
        assert_eq!(out, b"- stop\n- \x1b[1;31mstop\x1b[0m\n");
    }
}
