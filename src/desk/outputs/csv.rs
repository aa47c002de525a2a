//! Tables as CSV (RFC 4180, UTF-8) whose cells stay text in every spreadsheet.
//!
//! Used by the inventory and the audit. Names from the wire stand in cells: none of them may be
//! taken for a formula (OWASP, CSV Injection), nor act on who opens the file as plain text.

use crate::facts::plain;
use csv::{Terminator, Writer, WriterBuilder};
use std::io::{self, Write};

/// What begins a formula in spreadsheets, in the full-width forms too. Tab and line ends, which
/// some skip on their way to one, are written out before.
const FORMULA: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// What a spreadsheet of another locale takes for the end of a cell, quoted or not.
const SEPARATORS: [char; 3] = [',', ';', '|'];

/// A table that is being written.
#[derive(Debug)]
pub struct Table<W: Write>(Writer<W>);

impl<W: Write> Table<W> {
    /// A table with these heads.
    ///
    /// # Errors
    /// What the writer says.
    pub fn new<'a>(out: W, heads: impl IntoIterator<Item = &'a str>) -> io::Result<Self> {
        let mut builder = WriterBuilder::new();
        let mut writer = builder.terminator(Terminator::CRLF).from_writer(out);
        writer.write_record(heads).map_err(told)?;
        Ok(Self(writer))
    }

    /// Adds a row, of as many cells as there are heads.
    ///
    /// # Errors
    /// What the writer says.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) -> io::Result<()> {
        let cells = cells.into_iter().map(|text| cell(&text));
        self.0.write_record(cells).map_err(told)
    }

    /// Writes what is left.
    ///
    /// # Errors
    /// What the writer says.
    pub fn finish(mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// What the writer below said, such as that the disk is full.
fn told(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

/// The text as a cell: hidden characters written out, and an apostrophe before whatever would
/// begin a formula, at the start of the cell or of what another locale takes for one.
fn cell(text: &str) -> String {
    let text = plain(text);
    let mut safe = String::with_capacity(text.len());
    let mut starts = true;
    for c in text.chars() {
        if starts && FORMULA.contains(&c) {
            safe.push('\'');
        }
        // Quotes and blanks before a formula keep no spreadsheet from it.
        starts = SEPARATORS.contains(&c) || starts && (c.is_whitespace() || c == '"');
        safe.push(c);
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::{Table, cell};

    #[test]
    fn no_cell_is_a_formula_and_what_is_hidden_is_written_out() {
        let rows = [
            ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
            ("+1", "'+1"),
            ("-2+3", "'-2+3"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("＝1+1", "'＝1+1"),
            ("  =1", "  '=1"),
            ("\"=1", "\"'=1"),
            ("\t=1", "\\t=1"),
            ("\r\n=1", "\\r\\n=1"),
            ("a;=1", "a;'=1"),
            ("a, \"-1", "a, \"'-1"),
            ("a=b-c", "a=b-c"),
            ("x\u{202e}\u{1b}[2J", "x\\u{202e}\\u{1b}[2J"),
            ("Pumpe süd 阀门", "Pumpe süd 阀门"),
            ("", ""),
        ];
        for (text, safe) in rows {
            assert_eq!(cell(text), safe);
        }
    }

    #[test]
    fn quotes_are_doubled_and_lines_end_as_the_standard_says() {
        let mut out = Vec::new();
        let mut table = Table::new(&mut out, ["a", "b"]).unwrap();
        table.row(["1,2", "\"x\""].map(str::to_owned)).unwrap();
        table.row(["", ""].map(str::to_owned)).unwrap();
        table.finish().unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text, "a,b\r\n\"1,2\",\"\"\"x\"\"\"\r\n,\r\n");
    }
}
