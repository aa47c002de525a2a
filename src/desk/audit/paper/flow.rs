//! Blocks of the page one below the other, from sheet to sheet.

use super::faces::Faces;
use super::lines::{Line, Run, Style, runs, wrap};
use super::press::{Draw, Laid, Mark, Part, Piece, Sheet};
use super::{ACCENT, END, LINE, MARGIN, SOFT, TOP, WIDTH, ink, picture, table};
use krilla::tagging::{ListNumbering, Tag, TagKind};
use roxmltree::Node;
use std::num::NonZeroU16;

/// Size of running text in points.
const BODY: f32 = 9.0;

/// Room for what stands before an item of a list, and for the terms of a list of terms.
const MARKER: f32 = 17.0;
const TERM: f32 = 96.0;

/// What has to fit below a heading on its sheet.
const COMPANY: f32 = 54.0;

/// One cell of a row: where it begins, how wide it is, and its lines.
pub(super) struct Cell {
    pub(super) x: f32,
    pub(super) width: f32,
    pub(super) right: bool,
    pub(super) lines: Vec<Line>,
}

/// Sheets on their way.
pub(super) struct Flow<'a> {
    pub(super) faces: &'a Faces,
    laid: Laid,
    /// Where the next block begins.
    pub(super) y: f32,
    section: u32,
}

impl<'a> Flow<'a> {
    /// An empty first sheet.
    pub(super) fn new(faces: &'a Faces) -> Self {
        let laid = Laid {
            sheets: vec![Sheet::default()],
            ..Laid::default()
        };
        Self {
            faces,
            laid,
            y: TOP,
            section: 0,
        }
    }

    /// All sheets.
    pub(super) fn finish(self) -> Laid {
        self.laid
    }

    /// Goes on at the top of a new sheet.
    pub(super) fn turn(&mut self) {
        self.laid.sheets.push(Sheet::default());
        self.y = TOP;
    }

    /// Goes to a new sheet where less than this is left of the old one.
    pub(super) fn need(&mut self, height: f32) {
        if self.y + height > END && self.y > TOP {
            self.turn();
        }
    }

    /// Draws what has a place in what is read.
    pub(super) fn tell(&mut self, draws: Vec<Draw>) -> Part {
        let leaf = self.laid.leaves;
        self.laid.leaves = leaf.saturating_add(1);
        self.piece(Some(leaf), draws);
        Part::Leaf(leaf)
    }

    /// Draws what is only to be seen.
    pub(super) fn adorn(&mut self, draws: Vec<Draw>) {
        self.piece(None, draws);
    }

    fn piece(&mut self, leaf: Option<usize>, draws: Vec<Draw>) {
        if let Some(sheet) = self.laid.sheets.last_mut() {
            sheet.pieces.push(Piece { leaf, draws });
        }
    }

    /// Draws a line of text from its upper left corner.
    pub(super) fn line(&mut self, x: f32, line: &Line) -> Part {
        let draws = self.letters(x, line);
        self.tell(draws)
    }

    /// The same, only to be seen.
    pub(super) fn echo(&mut self, x: f32, line: &Line) {
        let draws = self.letters(x, line);
        self.adorn(draws);
    }

    /// A blank, where something has to have a place that is empty.
    pub(super) fn blank(&mut self, x: f32) -> Part {
        let text = " ".to_owned();
        let (at, style) = ((x, self.y), Style::plain(BODY));
        self.tell(vec![Draw::Text { at, text, style }])
    }

    fn letters(&self, mut x: f32, line: &Line) -> Vec<Draw> {
        let base = self.y + line.height * 0.76;
        let mut draws = Vec::new();
        for run in &line.runs {
            let (text, style) = (run.text.clone(), run.style);
            let wide = self.faces.width(style.bold, &text) * style.size;
            let at = (x, base);
            draws.push(Draw::Text { at, text, style });
            x += wide;
        }
        draws
    }

    /// Draws a row, over sheets where it must; what `head` draws stands on top of each new one.
    pub(super) fn row(
        &mut self,
        cells: &[Cell],
        least: f32,
        head: &mut dyn FnMut(&mut Self),
    ) -> Vec<Vec<Part>> {
        let height = |cell: &Cell| cell.lines.iter().map(|line| line.height).sum::<f32>();
        let whole = cells.iter().map(height).fold(least, f32::max);
        let mut parts: Vec<Vec<Part>> = cells.iter().map(|_| Vec::new()).collect();
        // A row that fits on a sheet is not torn apart.
        if self.y + whole > END && whole < (END - TOP) * 0.5 {
            self.turn();
            head(self);
        }
        let mut left: Vec<_> = cells
            .iter()
            .map(|cell| cell.lines.iter().peekable())
            .collect();
        loop {
            let (top, mut lowest) = (self.y, self.y + least);
            for ((cell, lines), parts) in cells.iter().zip(&mut left).zip(&mut parts) {
                self.y = top;
                while let Some(line) =
                    lines.next_if(|line| self.y + line.height <= END || top <= TOP && self.y <= TOP)
                {
                    let over = (cell.width - line.width).max(0.0);
                    let x = cell.x + if cell.right { over } else { 0.0 };
                    parts.push(self.line(x, line));
                    self.y += line.height;
                }
                lowest = lowest.max(self.y);
            }
            self.y = lowest;
            if left.iter_mut().all(|lines| lines.peek().is_none()) {
                return parts;
            }
            self.turn();
            head(self);
        }
    }

    /// A rule over the whole width.
    pub(super) fn rule(&mut self, weight: f32) {
        self.adorn(vec![Draw::Box {
            at: (MARGIN, self.y),
            size: (WIDTH, weight),
            fill: LINE,
            edge: None,
        }]);
    }

    /// The blocks in an element.
    pub(super) fn blocks(&mut self, node: Node<'_, '_>) -> Vec<Part> {
        let inner = node.children().filter(Node::is_element);
        let blocks = inner.flat_map(|child| self.block(child));
        blocks.collect()
    }

    fn block(&mut self, node: Node<'_, '_>) -> Option<Part> {
        match node.tag_name().name() {
            // The way past the menu, and the menu: bookmarks take their place.
            "a" | "nav" => None,
            "h1" => Some(self.heading(node, 1, 19.0)),
            "h2" => Some(self.heading(node, 2, 13.5)),
            "h3" => Some(self.heading(node, 3, 10.5)),
            "h4" => Some(self.heading(node, 4, 9.4)),
            "p" | "pre" | "figcaption" => Some(self.paragraph(node)),
            "ul" => Some(self.list(node, ListNumbering::Disc)),
            "ol" => Some(self.list(node, ListNumbering::Decimal)),
            "dl" => Some(self.terms(node)),
            "table" => Some(table::draw(self, node)),
            "svg" => picture::draw(self, node),
            "section" => {
                self.section = self.section.saturating_add(1);
                Some(Part::Group(Tag::Section.into(), self.blocks(node)))
            }
            _ => Some(Part::Group(Tag::Div.into(), self.blocks(node))),
        }
    }

    fn heading(&mut self, node: Node<'_, '_>, level: u16, size: f32) -> Part {
        let mut runs = runs(node, Style::plain(size).bold(), self.faces);
        let of_section = node.parent().is_some_and(|up| up.has_tag_name("section"));
        if level == 2 && of_section {
            let text = format!("{}. ", self.section);
            let style = Style::plain(size).bold();
            runs.insert(0, Run { text, style });
        }
        let title: String = runs.iter().map(|run| run.text.as_str()).collect();
        let above = if self.y > TOP { size * 0.9 } else { 0.0 };
        self.need(above + size + COMPANY + pictured(node));
        self.y += if self.y > TOP { above } else { 0.0 };
        if level <= 3 {
            self.laid.marks.push(Mark {
                level,
                title: title.trim().to_owned(),
                sheet: self.laid.sheets.len().saturating_sub(1),
                y: self.y,
            });
        }
        let lines = self.lines(&runs, MARGIN, WIDTH);
        if level == 2 {
            self.y += 2.0;
            self.rule(0.8);
        }
        self.y += size * 0.3;
        let level = NonZeroU16::new(level).unwrap_or(NonZeroU16::MIN);
        Part::Group(Tag::Hn(level, Some(title.trim().to_owned())).into(), lines)
    }

    /// Lines of runs, one below the other.
    fn lines(&mut self, runs: &[Run], x: f32, width: f32) -> Vec<Part> {
        let mut parts = Vec::new();
        for line in wrap(runs, width, self.faces) {
            self.need(line.height);
            parts.push(self.line(x, &line));
            self.y += line.height;
        }
        parts
    }

    /// What stands above a table.
    pub(super) fn caption(&mut self, node: Node<'_, '_>) -> Part {
        let runs = runs(node, Style::plain(BODY).bold(), self.faces);
        let lines = self.lines(&runs, MARGIN, WIDTH);
        self.y += 2.0;
        Part::Group(Tag::Caption.into(), lines)
    }

    fn paragraph(&mut self, node: Node<'_, '_>) -> Part {
        let class = node.attribute("class").unwrap_or_default();
        let size = match class.split(' ').next().unwrap_or_default() {
            "verdict" => 10.5,
            "lead" => 10.0,
            "meta" => 8.3,
            _ => BODY,
        };
        let mut style = Style::plain(size);
        // The colour of a verdict is that of its mark alone.
        if !class.starts_with("verdict") {
            style = style.inked(ink(class).unwrap_or(style.ink));
        }
        let runs = runs(node, style, self.faces);
        let parts = self.lines(&runs, MARGIN, WIDTH);
        self.y += size * 0.4;
        Part::Group(spoken(Tag::P.into(), node), parts)
    }

    fn list(&mut self, node: Node<'_, '_>, numbering: ListNumbering) -> Part {
        let small = super::has(node, "techniques");
        let style = Style::plain(if small { 7.6 } else { BODY });
        let items = node.children().filter(|child| child.has_tag_name("li"));
        let mut parts = Vec::new();
        for (item, number) in items.zip(1_u32..) {
            let marker = match numbering {
                ListNumbering::Decimal => format!("{number}."),
                _ => "•".to_owned(),
            };
            let marker = [Run {
                text: marker,
                style,
            }];
            let text = runs(item, style, self.faces);
            let cells = [
                self.cell(&marker, MARGIN, MARKER),
                self.cell(&text, MARGIN + MARKER, WIDTH - MARKER),
            ];
            let row = self.row(&cells, 0.0, &mut |_| ());
            self.y += if small { 0.0 } else { 2.0 };
            parts.push(labelled(row));
        }
        self.y += BODY * 0.4;
        Part::Group(Tag::L(numbering).into(), parts)
    }

    /// A list of terms, what they stand for beside them.
    fn terms(&mut self, node: Node<'_, '_>) -> Part {
        let style = Style::plain(BODY - 0.4);
        let figures = super::has(node, "figures");
        let of = |name: &'static str| {
            let all = node.descendants();
            all.filter(move |child| child.has_tag_name(name))
        };
        let mut parts = Vec::new();
        for (term, told) in of("dt").zip(of("dd")) {
            let name = runs(term, style.inked(SOFT), self.faces);
            let bold = if figures {
                style.bold().inked(ACCENT)
            } else {
                style
            };
            let text = runs(told, bold, self.faces);
            // Figures are short and what they count is long.
            let first = if figures { WIDTH * 0.42 } else { TERM };
            let cells = [
                self.cell(&name, MARGIN, first - 8.0),
                self.cell(&text, MARGIN + first, WIDTH - first),
            ];
            let row = self.row(&cells, 0.0, &mut |_| ());
            self.y += 1.5;
            parts.push(labelled(row));
        }
        self.y += BODY * 0.4;
        Part::Group(Tag::L(ListNumbering::None).into(), parts)
    }

    /// A cell with these runs.
    pub(super) fn cell(&self, runs: &[Run], x: f32, width: f32) -> Cell {
        Cell {
            x,
            width,
            right: false,
            lines: wrap(runs, width, self.faces),
        }
    }
}

/// An item of a list: its label and its body.
fn labelled(row: Vec<Vec<Part>>) -> Part {
    let mut cells = row.into_iter();
    let label = Part::Group(Tag::Lbl.into(), cells.next().unwrap_or_default());
    let body = Part::Group(Tag::LBody.into(), cells.next().unwrap_or_default());
    Part::Group(Tag::LI.into(), vec![label, body])
}

/// The tag with the language of the element, where it is another one than the page's.
pub(super) fn spoken(mut tag: TagKind, node: Node<'_, '_>) -> TagKind {
    if let Some(language) = node.attribute("lang") {
        tag.as_any_mut().set_lang(Some(language.to_owned()));
    }
    tag
}

/// How high the picture is that comes right after a heading and a paragraph; 0 where none does. A
/// heading alone at the foot of a sheet would be taken for an empty section.
fn pictured(heading: Node<'_, '_>) -> f32 {
    let after = heading.next_siblings().filter(Node::is_element).skip(1);
    let figure = after.take(2).find(|node| node.has_tag_name("figure"));
    let svg = figure.and_then(|figure| figure.children().find(|node| node.has_tag_name("svg")));
    svg.and_then(picture::height).unwrap_or_default()
}
