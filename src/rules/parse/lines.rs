//! The octets of a rule file cut into rules: continued lines joined, comments left out, rules
//! that are switched off told apart, and the place of every octet kept for error messages.
//!
//! Called by the loader. Never fails on any octets; never makes a rule longer than [`LONGEST`].

/// Longest rule, all its lines together. The longest known ones, lists of hosts, have 9,000
/// octets; more than this is no rule but a broken file.
pub(crate) const LONGEST: usize = 256 * 1024;

/// Actions of rules, as far as needed to see that a comment is a rule switched off.
const ACTIONS: &[&[u8]] = &[
    b"alert",
    b"block",
    b"drop",
    b"pass",
    b"react",
    b"reject",
    b"rejectboth",
    b"rejectdst",
    b"rejectsrc",
    b"rewrite",
    b"sdrop",
];

/// A rule as it stands in the file.
#[derive(Debug)]
pub(crate) struct Line {
    /// Its text in one line.
    pub(crate) text: String,
    /// Its octets are not UTF-8: each character of the text stands for one octet (ISO 8859-1).
    pub(crate) latin: bool,
    /// It stands behind `#`: switched off.
    pub(crate) off: bool,
    /// It is longer than [`LONGEST`]; the text is its beginning.
    pub(crate) too_long: bool,
    /// For each piece: where it starts in the text, its line, its column there.
    pieces: Vec<(usize, u32, u32)>,
}

impl Line {
    /// Line and column, both from 1, of the octet at `at` of the text.
    pub(crate) fn place(&self, at: usize) -> (u32, u32) {
        let piece = self.pieces.iter().rev().find(|piece| piece.0 <= at);
        let (start, line, column) = piece.or(self.pieces.first()).copied().unwrap_or((0, 1, 1));
        let before = self.text.get(start..at.min(self.text.len()));
        let characters = before.map_or(0, |text| text.chars().count());
        (
            line,
            column.saturating_add(u32::try_from(characters).unwrap_or(u32::MAX)),
        )
    }
}

/// The rules of a file, one after the other.
pub(crate) struct Lines<'a> {
    rest: &'a [u8],
    number: u32,
}

/// The rules of a file.
pub(crate) fn lines(octets: &[u8]) -> Lines<'_> {
    Lines {
        rest: octets.strip_prefix(b"\xef\xbb\xbf").unwrap_or(octets),
        number: 0,
    }
}

impl<'a> Lines<'a> {
    /// The next line of the file without its end.
    fn physical(&mut self) -> Option<&'a [u8]> {
        if self.rest.is_empty() {
            return None;
        }
        let end = self.rest.iter().position(|octet| *octet == b'\n');
        let (line, rest) = match end.and_then(|end| self.rest.split_at_checked(end)) {
            Some((line, rest)) => (line, rest.get(1..).unwrap_or_default()),
            None => (self.rest, Default::default()),
        };
        self.rest = rest;
        self.number = self.number.saturating_add(1);
        Some(line.strip_suffix(b"\r").unwrap_or(line))
    }
}

impl Iterator for Lines<'_> {
    type Item = Line;

    fn next(&mut self) -> Option<Line> {
        loop {
            let line = self.physical()?;
            let bare = line.trim_ascii_start();
            if bare.is_empty() {
                continue;
            }
            let off = bare.starts_with(b"#");
            if off && !is_rule(uncommented(bare)) {
                continue;
            }
            return Some(self.joined(line, off));
        }
    }
}

impl<'a> Lines<'a> {
    /// The rule that starts with this line.
    fn joined(&mut self, first: &'a [u8], off: bool) -> Line {
        let mut pieces: Vec<(&[u8], u32, u32)> = Vec::new();
        let mut line = first;
        let mut length = 0_usize;
        let mut too_long = false;
        loop {
            let bare = if off { uncommented(line) } else { line };
            let column = line.len().saturating_sub(bare.len()).saturating_add(1);
            let column = u32::try_from(column).unwrap_or(u32::MAX);
            let continued = bare.trim_ascii_end().strip_suffix(b"\\");
            let piece = continued.unwrap_or(bare);
            length = length.saturating_add(piece.len());
            too_long |= length > LONGEST;
            if !too_long {
                pieces.push((piece, self.number, column));
            }
            if continued.is_none() {
                break;
            }
            let Some(next) = self.physical() else { break };
            line = next;
        }
        text(&pieces, off, too_long)
    }
}

fn text(pieces: &[(&[u8], u32, u32)], off: bool, too_long: bool) -> Line {
    let latin = pieces.iter().any(|piece| str::from_utf8(piece.0).is_err());
    let mut text = String::new();
    let mut places = Vec::with_capacity(pieces.len());
    for (octets, line, column) in pieces {
        places.push((text.len(), *line, *column));
        match str::from_utf8(octets) {
            Ok(piece) if !latin => text.push_str(piece),
            _ => text.extend(octets.iter().copied().map(char::from)),
        }
    }
    Line {
        text,
        latin,
        off,
        too_long,
        pieces: places,
    }
}

/// The line behind its `#`.
fn uncommented(line: &[u8]) -> &[u8] {
    let mut bare = line.trim_ascii_start();
    while let Some(rest) = bare.strip_prefix(b"#") {
        bare = rest.trim_ascii_start();
    }
    bare
}

/// Whether a comment reads as a rule: an action, then more, with an arrow or a bracket.
pub(crate) fn is_rule(text: &[u8]) -> bool {
    let end = text.iter().position(u8::is_ascii_whitespace);
    let Some((action, rest)) = end.and_then(|end| text.split_at_checked(end)) else {
        return false;
    };
    let arrow = || rest.windows(2).any(|pair| pair == b"->" || pair == b"<>");
    ACTIONS.contains(&action) && rest.contains(&b'(') && arrow()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn continued_commented_and_foreign_lines() {
        let file = b"\xef\xbb\xbf# a comment\r\n\nalert tcp \\  \r\n  any\n\
            #alert tcp a b -> c d (\\\n#  sid:1;)\n# alert people (not a rule)\nx\xff";
        let lines: Vec<Line> = lines(file).collect();
        let texts: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(
            texts,
            ["alert tcp   any", "alert tcp a b -> c d (sid:1;)", "xÿ"]
        );
        assert_eq!(
            lines.iter().map(|line| line.off).collect::<Vec<_>>(),
            [false, true, false]
        );
        assert_eq!(lines[0].place(12), (4, 3));
        assert_eq!(lines[1].place(0), (5, 2));
        assert_eq!(lines[1].place(22), (6, 4));
        assert!(lines[2].latin);
    }

    #[test]
    fn a_rule_without_end_is_cut() {
        let mut file = b"alert \\\n".repeat(LONGEST);
        file.extend(b"end\nalert next");
        let lines: Vec<Line> = lines(&file).collect();
        assert_eq!(lines.len(), 2);
        assert!(lines[0].too_long && lines[0].text.len() <= LONGEST);
        assert_eq!(lines[1].text, "alert next");
    }
}
