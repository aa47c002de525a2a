//! Tables of the page: widths of columns by what stands in them, heads again on each sheet.

use super::flow::{Cell, Flow, spoken};
use super::lines::{Run, Style, extent, runs};
use super::press::Part;
use super::{MARGIN, SOFT, WIDTH, has};
use krilla::tagging::{TableHeaderScope, Tag, TagKind};
use roxmltree::Node;

/// Size of letters in points.
const SIZE: f32 = 7.0;

/// Room between columns, and below a row.
const GAP: f32 = 7.0;
const BELOW: f32 = 2.2;

/// A longer word does not widen its column.
const WORD: f32 = 74.0;

/// Height of a row that is to be signed.
const SIGNED: f32 = 30.0;

/// Draws a table.
pub(super) fn draw(flow: &mut Flow<'_>, node: Node<'_, '_>) -> Part {
    let rows = |name: &'static str| {
        let part = node
            .children()
            .filter(move |child| child.has_tag_name(name));
        part.flat_map(|part| part.children())
            .filter(|child| child.has_tag_name("tr"))
    };
    let signed = node.parent().is_some_and(|up| has(up, "sign"));
    let least = if signed { SIGNED } else { 0.0 };
    let columns = columns(flow, rows("thead").chain(rows("tbody")));
    let heads: Vec<Vec<Cell>> = rows("thead")
        .map(|row| cells(flow, row, &columns, true))
        .collect();
    flow.need(60.0);
    let caption = node.children().find(|child| child.has_tag_name("caption"));
    let caption = caption.map(|caption| flow.caption(caption));
    let mut head = Vec::new();
    for (row, cells) in rows("thead").zip(&heads) {
        let drawn = flow.row(cells, 0.0, &mut |_| ());
        head.push(tagged(flow, row, drawn, cells));
        flow.y += BELOW;
        flow.rule(0.9);
        flow.y += BELOW;
    }
    let mut body = Vec::new();
    for row in rows("tbody") {
        let cells = cells(flow, row, &columns, false);
        let drawn = flow.row(&cells, least, &mut |flow| again(flow, &heads));
        body.push(tagged(flow, row, drawn, &cells));
        flow.y += BELOW;
        flow.rule(0.4);
        flow.y += BELOW;
    }
    flow.y += SIZE;
    let parts = [
        Part::Group(Tag::THead.into(), head),
        Part::Group(Tag::TBody.into(), body),
    ];
    Part::Group(
        Tag::Table.into(),
        caption.into_iter().chain(parts).collect(),
    )
}

/// The heads once more, on a new sheet: to be seen, not to be read out again.
fn again(flow: &mut Flow<'_>, heads: &[Vec<Cell>]) {
    for cells in heads {
        let mut lowest = flow.y;
        let top = flow.y;
        for cell in cells {
            flow.y = top;
            for line in &cell.lines {
                let over = if cell.right {
                    cell.width - line.width
                } else {
                    0.0
                };
                flow.echo(cell.x + over.max(0.0), line);
                flow.y += line.height;
            }
            lowest = lowest.max(flow.y);
        }
        flow.y = lowest + BELOW;
        flow.rule(0.9);
        flow.y += BELOW;
    }
}

/// The cells of a row, in the columns.
fn cells(flow: &Flow<'_>, row: Node<'_, '_>, columns: &[(f32, f32)], head: bool) -> Vec<Cell> {
    let all = row.children().filter(Node::is_element);
    let cell = |(node, (x, width)): (Node<'_, '_>, &(f32, f32))| {
        let cell = flow.cell(&content(flow, node, head), *x, *width);
        Cell {
            right: has(node, "n"),
            ..cell
        }
    };
    all.zip(columns).map(cell).collect()
}

fn content(flow: &Flow<'_>, node: Node<'_, '_>, head: bool) -> Vec<Run> {
    let class = node.attribute("class").unwrap_or_default();
    let style = Style::plain(SIZE);
    let style = match head {
        true => style.bold().inked(SOFT),
        false => style.inked(super::ink(class).unwrap_or(style.ink)),
    };
    runs(node, style, flow.faces)
}

/// Where each column begins and how wide it is: as wide as it likes where there is room, else by
/// what it needs and what it likes.
fn columns<'n>(flow: &Flow<'_>, rows: impl Iterator<Item = Node<'n, 'n>>) -> Vec<(f32, f32)> {
    let mut wishes: Vec<(f32, f32)> = Vec::new();
    for row in rows {
        let head = row.parent().is_some_and(|up| up.has_tag_name("thead"));
        for (place, node) in row.children().filter(Node::is_element).enumerate() {
            let (word, whole) = extent(&content(flow, node, head), flow.faces);
            if place >= wishes.len() {
                wishes.push((0.0, 0.0));
            }
            if let Some((least, most)) = wishes.get_mut(place) {
                *least = least.max(word.min(WORD));
                *most = most.max(whole.max(word));
            }
        }
    }
    let gaps = wishes.iter().skip(1).map(|_| GAP).sum::<f32>();
    let room = WIDTH - gaps;
    let least: f32 = wishes.iter().map(|(least, _)| least).sum();
    let most: f32 = wishes.iter().map(|(_, most)| most).sum();
    let width = |(low, high): (f32, f32)| {
        if most <= room {
            high + (room - most) * high / most.max(1.0)
        } else if least <= room {
            low + (room - least) * (high - low) / (most - least).max(1.0)
        } else {
            low * room / least
        }
    };
    let mut x = MARGIN;
    let place = |wish| {
        let (from, width) = (x, width(wish));
        x += width + GAP;
        // Rounding breaks no word that just fits.
        (from, width + 0.5)
    };
    wishes.into_iter().map(place).collect()
}

/// A row as it is read. A cell with nothing in it is a cell all the same.
fn tagged(flow: &mut Flow<'_>, row: Node<'_, '_>, drawn: Vec<Vec<Part>>, cells: &[Cell]) -> Part {
    let nodes = row.children().filter(Node::is_element);
    let mut parts = Vec::new();
    for ((node, mut inner), cell) in nodes.zip(drawn).zip(cells) {
        if inner.is_empty() {
            inner.push(flow.blank(cell.x));
        }
        let tag: TagKind = match (node.has_tag_name("th"), node.attribute("scope")) {
            (true, Some("row")) => Tag::TH(TableHeaderScope::Row).into(),
            (true, _) => Tag::TH(TableHeaderScope::Column).into(),
            (false, _) => Tag::TD.into(),
        };
        parts.push(Part::Group(spoken(tag, node), inner));
    }
    Part::Group(Tag::TR.into(), parts)
}
