//! The typeface: which glyph a character has, and how wide it is.
//!
//! DejaVu Sans Condensed (see `LICENSE` beside it) is compiled in, packed. What it lacks, or what
//! it could not set without shaping (Arabic, Indic, Han), is written out by number.

use krilla::text::{Font, GlyphId, KrillaGlyph};
use skrifa::instance::{LocationRef, Size};
use skrifa::{FontRef, MetadataProvider as _};
use std::collections::HashMap;

/// The two weights, packed by zstd.
const PACKED: [&[u8]; 2] = [
    include_bytes!("regular.ttf.zst"),
    include_bytes!("bold.ttf.zst"),
];

/// A weight of the typeface.
pub(super) struct Face {
    pub(super) font: Font,
    /// Glyph and width in ems of each character.
    glyphs: HashMap<char, (u32, f32)>,
}

/// The typeface in its two weights.
pub(super) struct Faces {
    regular: Face,
    bold: Face,
}

impl Face {
    fn load(packed: &[u8]) -> Option<Self> {
        let octets = zstd::stream::decode_all(packed).ok()?;
        let font = FontRef::new(&octets).ok()?;
        let em = f32::from(
            font.metrics(Size::unscaled(), LocationRef::default())
                .units_per_em,
        );
        let widths = font.glyph_metrics(Size::unscaled(), LocationRef::default());
        let mapped = font.charmap().mappings();
        let mapped = mapped.filter_map(|(code, glyph)| {
            let c = char::from_u32(code).filter(|c| is_simple(*c))?;
            Some((c, (glyph.to_u32(), widths.advance_width(glyph)? / em)))
        });
        let glyphs = mapped.collect();
        Some(Self {
            font: Font::new(octets.into(), 0)?,
            glyphs,
        })
    }

    /// The width of a character in ems.
    fn width(&self, c: char) -> f32 {
        self.glyphs.get(&c).map_or(0.0, |(_, width)| *width)
    }

    /// The glyphs of a text that this face can show.
    pub(super) fn glyphs(&self, text: &str) -> Vec<KrillaGlyph> {
        let glyph = |(at, c): (usize, char)| {
            let (id, width) = self.glyphs.get(&c)?;
            let range = at..at.saturating_add(c.len_utf8());
            let id = GlyphId::new(*id);
            Some(KrillaGlyph::new(id, *width, 0.0, 0.0, 0.0, range, None))
        };
        text.char_indices().filter_map(glyph).collect()
    }
}

impl Faces {
    /// Unpacks the typeface.
    pub(super) fn load() -> Option<Self> {
        let [regular, bold] = PACKED.map(Face::load);
        Some(Self {
            regular: regular?,
            bold: bold?,
        })
    }

    /// The face of a weight.
    pub(super) const fn of(&self, bold: bool) -> &Face {
        if bold { &self.bold } else { &self.regular }
    }

    /// The width of a text in ems.
    pub(super) fn width(&self, bold: bool, text: &str) -> f32 {
        let face = self.of(bold);
        text.chars().map(|c| face.width(c)).sum()
    }

    /// The text, cut to a width in ems with an ellipsis where it is wider.
    pub(super) fn cut(&self, bold: bool, text: String, ems: f32) -> String {
        if self.width(bold, &text) <= ems {
            return text;
        }
        let mut room = ems - self.width(bold, "…");
        let fits = |c: &char| {
            room -= self.of(bold).width(*c);
            room >= 0.0
        };
        let mut kept: String = text.chars().take_while(fits).collect();
        kept.push('…');
        kept
    }

    /// The text with what cannot be set written out.
    pub(super) fn shown(&self, text: &str) -> String {
        let mut shown = String::with_capacity(text.len());
        for c in text.chars() {
            match [&self.regular, &self.bold]
                .iter()
                .all(|face| face.glyphs.contains_key(&c))
            {
                true => shown.push(c),
                false => shown.extend(c.escape_unicode()),
            }
        }
        shown
    }
}

/// Whether a character needs no shaping: Latin, Greek, Cyrillic, punctuation and signs.
const fn is_simple(c: char) -> bool {
    matches!(c, ' '..='~' | '\u{a1}'..='\u{ac}' | '\u{ae}'..='\u{52f}' | '\u{1e00}'..='\u{1fff}'
        | '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{205e}' | '\u{2070}'..='\u{2bff}' | '\u{fffd}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_that_are_written_out_stay_in_their_room() {
        let faces = Faces::load().unwrap();
        let shown = faces.shown("泵站控制器一号机");
        assert!(faces.width(false, &shown) > 10.0);
        for ems in [3.0, 10.0, 14.7] {
            let cut = faces.cut(false, shown.clone(), ems);
            assert!(
                cut.ends_with('…') && faces.width(false, &cut) <= ems,
                "{cut}"
            );
            assert!(faces.width(false, &cut) > ems - 1.5, "{cut}");
        }
        let short = "PLC 1".to_owned();
        assert_eq!(faces.cut(true, short.clone(), 14.7), short);
    }
}
