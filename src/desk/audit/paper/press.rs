//! Sheets that were laid out, as octets of PDF.

use super::faces::Faces;
use super::lines::Style;
use super::{A4, Ink, MARGIN, SOFT, WIDTH};
use krilla::color::rgb;
use krilla::configure::{Accessibility, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::Metadata;
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::{Fill, Stroke, StrokeDash};
use krilla::surface::Surface;
use krilla::tagging::{
    Artifact, ArtifactType, ContentTag, Identifier, SpanTag, TagGroup, TagKind, TagTree,
};
use krilla::{Document, SerializeSettings};

/// What the document says of itself.
pub(super) struct Heads {
    pub(super) title: String,
    pub(super) language: String,
}

/// What is drawn; places in points from the upper left corner.
pub(super) enum Draw {
    /// Text from its left end, on its base line.
    Text {
        at: (f32, f32),
        text: String,
        style: Style,
    },
    /// A rectangle by its upper left corner.
    Box {
        at: (f32, f32),
        size: (f32, f32),
        fill: Ink,
        edge: Option<Ink>,
    },
    /// A straight line of two points, or a cubic curve of four.
    Curve {
        points: Vec<(f32, f32)>,
        ink: Ink,
        weight: f32,
        dashed: bool,
    },
}

/// What is drawn together, with its place in what is read where it has one.
pub(super) struct Piece {
    pub(super) leaf: Option<usize>,
    pub(super) draws: Vec<Draw>,
}

/// One sheet.
#[derive(Default)]
pub(super) struct Sheet {
    pub(super) pieces: Vec<Piece>,
}

/// A heading, for the bookmarks.
pub(super) struct Mark {
    pub(super) level: u16,
    pub(super) title: String,
    pub(super) sheet: usize,
    pub(super) y: f32,
}

/// All sheets.
#[derive(Default)]
pub(super) struct Laid {
    pub(super) sheets: Vec<Sheet>,
    pub(super) marks: Vec<Mark>,
    /// How many pieces have a place in what is read.
    pub(super) leaves: usize,
}

/// What is read, in its order.
pub(super) enum Part {
    /// Parts that are one thing.
    Group(TagKind, Vec<Part>),
    /// A piece by its place.
    Leaf(usize),
}

/// Prints the sheets; what is wrong with them where they cannot be.
pub(super) fn print(
    faces: &Faces,
    laid: Laid,
    parts: Vec<Part>,
    heads: &Heads,
) -> Result<Vec<u8>, String> {
    let builder = ConfigurationBuilder::new();
    let builder = builder.with_accessibility_validator(Accessibility::UA1);
    let configuration = builder.finish().map_err(|error| format!("{error:?}"))?;
    let settings = SerializeSettings {
        configuration,
        ..SerializeSettings::default()
    };
    let mut document = Document::new_with(settings);
    let mut places: Vec<Option<Identifier>> = vec![None; laid.leaves];
    let count = laid.sheets.len();
    for (sheet, number) in laid.sheets.iter().zip(1_usize..) {
        let size = PageSettings::from_wh(A4.0, A4.1).ok_or("the sheet has no size")?;
        let mut page = document.start_page_with(size);
        let mut surface = page.surface();
        for piece in &sheet.pieces {
            let place = tagged(&mut surface, faces, piece);
            if let Some(known) = piece.leaf.and_then(|leaf| places.get_mut(leaf)) {
                *known = Some(place);
            }
        }
        footer(&mut surface, faces, heads, &format!("{number} / {count}"));
        surface.finish();
        page.finish();
    }
    let mut tree = TagTree::new().with_lang(Some(heads.language.clone()));
    for part in parts {
        if let Some(node) = node(part, &places) {
            tree.push(node);
        }
    }
    document.set_tag_tree(tree);
    document.set_outline(outline(&laid.marks));
    let creator = format!("Jaga {}", env!("CARGO_PKG_VERSION"));
    let metadata = Metadata::new()
        .title(heads.title.clone())
        .language(heads.language.clone())
        .creator(creator.clone())
        .producer(creator);
    document.set_metadata(metadata);
    document.finish().map_err(|error| format!("{error:?}"))
}

/// Draws a piece between its marks.
fn tagged(surface: &mut Surface<'_>, faces: &Faces, piece: &Piece) -> Identifier {
    let only_text = piece
        .draws
        .iter()
        .all(|draw| matches!(draw, Draw::Text { .. }));
    let tag = match (piece.leaf, only_text) {
        (None, _) => ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout)),
        (Some(_), true) => ContentTag::Span(SpanTag::empty()),
        (Some(_), false) => ContentTag::Other,
    };
    let place = surface.start_tagged(tag);
    for draw in &piece.draws {
        drawn(surface, faces, draw);
    }
    surface.end_tagged();
    place
}

/// Title and number of the sheet.
fn footer(surface: &mut Surface<'_>, faces: &Faces, heads: &Heads, number: &str) {
    let style = Style::plain(7.5).inked(SOFT);
    let width = |text: &str| faces.width(false, text) * style.size;
    let base = A4.1 - 30.0;
    let mut title = faces.shown(&heads.title);
    while width(&title) > WIDTH - 80.0 && title.pop().is_some() {}
    let right = MARGIN + WIDTH - width(number);
    let footer = [(MARGIN, title), (right, number.to_owned())];
    let kind = ContentTag::Artifact(Artifact::with_kind(ArtifactType::Footer));
    surface.start_tagged(kind);
    for (x, text) in footer {
        let at = (x, base);
        drawn(surface, faces, &Draw::Text { at, text, style });
    }
    surface.end_tagged();
}

fn fill(ink: Ink) -> Fill {
    let [red, green, blue] = ink;
    Fill {
        paint: rgb::Color::new(red, green, blue).into(),
        ..Fill::default()
    }
}

fn stroke(ink: Ink, width: f32, dashed: bool) -> Stroke {
    let dash = StrokeDash {
        array: vec![3.0, 2.0],
        offset: 0.0,
    };
    Stroke {
        paint: fill(ink).paint,
        width,
        dash: dashed.then_some(dash),
        ..Stroke::default()
    }
}

fn drawn(surface: &mut Surface<'_>, faces: &Faces, draw: &Draw) {
    match draw {
        Draw::Text { at, text, style } => {
            let face = faces.of(style.bold);
            surface.set_stroke(None);
            surface.set_fill(Some(fill(style.ink)));
            let (start, glyphs) = (Point::from_xy(at.0, at.1), face.glyphs(text));
            let font = face.font.clone();
            surface.draw_glyphs(start, &glyphs, font, text, style.size, false);
        }
        Draw::Box {
            at,
            size,
            fill: inner,
            edge,
        } => {
            let mut path = PathBuilder::new();
            if let Some(rect) = Rect::from_xywh(at.0, at.1, size.0, size.1) {
                path.push_rect(rect);
            }
            surface.set_fill(Some(fill(*inner)));
            surface.set_stroke(edge.map(|ink| stroke(ink, 0.6, false)));
            if let Some(path) = path.finish() {
                surface.draw_path(&path);
            }
        }
        Draw::Curve {
            points,
            ink,
            weight,
            dashed,
        } => {
            let mut path = PathBuilder::new();
            match points.as_slice() {
                [from, to] => {
                    path.move_to(from.0, from.1);
                    path.line_to(to.0, to.1);
                }
                [from, curves @ ..] => {
                    path.move_to(from.0, from.1);
                    for curve in curves.chunks_exact(3) {
                        if let [one, other, to] = curve {
                            path.cubic_to(one.0, one.1, other.0, other.1, to.0, to.1);
                        }
                    }
                }
                [] => {}
            }
            surface.set_fill(None);
            surface.set_stroke(Some(stroke(*ink, *weight, *dashed)));
            if let Some(path) = path.finish() {
                surface.draw_path(&path);
            }
        }
    }
}

/// A part of what is read; none where nothing of it is on a sheet.
fn node(part: Part, places: &[Option<Identifier>]) -> Option<krilla::tagging::Node> {
    match part {
        Part::Leaf(leaf) => Some((*places.get(leaf)?)?.into()),
        Part::Group(tag, parts) => {
            let mut group = TagGroup::new(tag);
            for part in parts {
                if let Some(node) = node(part, places) {
                    group.push(node);
                }
            }
            (!group.children.is_empty()).then(|| group.into())
        }
    }
}

/// Bookmarks: sections, and in them what has a heading of its own.
fn outline(marks: &[Mark]) -> Outline {
    let mut outline = Outline::new();
    let mut section: Option<OutlineNode> = None;
    for mark in marks {
        let point = Point::from_xy(MARGIN, mark.y);
        let entry = OutlineNode::new(mark.title.clone(), XyzDestination::new(mark.sheet, point));
        match (&mut section, mark.level) {
            (Some(open), 3) => open.push_child(entry),
            _ => {
                let done = section.replace(entry);
                done.into_iter().for_each(|done| outline.push_child(done));
            }
        }
    }
    section
        .into_iter()
        .for_each(|done| outline.push_child(done));
    outline
}
