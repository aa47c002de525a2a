//! Pictures of the page: the rectangles, paths and texts that its map and timeline are made of.

use super::flow::Flow;
use super::lines::Style;
use super::press::{Draw, Part};
use super::{ACCENT, END, GOOD, Ink, LINE, MARGIN, RAISED, SOFT, TOP, WIDTH, has, ink};
use krilla::tagging::Tag;
use roxmltree::Node;

/// Fill of devices that act on the process, and of public addresses.
const FIELD: Ink = [0xe7, 0xf0, 0xe9];
const AWAY: Ink = [0xfb, 0xee, 0xda];
const WHITE: Ink = [0xff, 0xff, 0xff];

/// Room for a line of text in the box of a device, in the units of the map.
const BOX: f32 = 162.0;

/// How a picture lies on its sheet.
#[derive(Clone, Copy)]
struct Place {
    x: f32,
    y: f32,
    scale: f32,
}

impl Place {
    fn at(self, x: f32, y: f32) -> (f32, f32) {
        (self.x + x * self.scale, self.y + y * self.scale)
    }
}

/// The height of a picture in its own units, and by what that is multiplied on the sheet: so that
/// it is as wide as the sheet or as high. None where it has no size.
fn size(node: Node<'_, '_>) -> Option<(f32, f32)> {
    let sizes = node.attribute("viewBox")?.split(' ').skip(2);
    let sizes: Vec<f32> = sizes.filter_map(|size| size.parse().ok()).collect();
    let [width, height] = sizes.as_slice() else {
        return None;
    };
    let room = END - TOP - 40.0;
    Some((*height, (WIDTH / width).min(room / height).min(0.75)))
}

/// How high a picture is on the sheet.
pub(super) fn height(node: Node<'_, '_>) -> Option<f32> {
    size(node).map(|(height, scale)| height * scale + 20.0)
}

/// Draws a picture as wide as the sheet or as high; none where it has no size.
pub(super) fn draw(flow: &mut Flow<'_>, node: Node<'_, '_>) -> Option<Part> {
    let (height, scale) = size(node)?;
    flow.need(height * scale + 20.0);
    let place = Place {
        x: MARGIN,
        y: flow.y,
        scale,
    };
    let mut draws = Vec::new();
    for part in node.descendants().filter(Node::is_element) {
        draws.extend(shape(part, place));
        draws.extend(text(flow, part, place));
    }
    flow.y += height * scale + 8.0;
    let told = node.children().find(|child| child.has_tag_name("desc"));
    let told = told.and_then(|told| told.text()).unwrap_or_default();
    let inner = vec![flow.tell(draws)];
    Some(Part::Group(
        Tag::Figure(Some(told.to_owned())).into(),
        inner,
    ))
}

/// A number in an attribute; 0 where there is none.
fn number(node: Node<'_, '_>, name: &str) -> f32 {
    let value = node.attribute(name).and_then(|value| value.parse().ok());
    value.unwrap_or(0.0)
}

fn shape(node: Node<'_, '_>, place: Place) -> Option<Draw> {
    let number = |name| number(node, name);
    let class = node.attribute("class").unwrap_or_default();
    match node.tag_name().name() {
        "rect" => {
            let up = |class| node.parent().is_some_and(|up| has(up, class));
            let (fill, edge) = match class {
                "band" => (RAISED, None),
                "box" if up("field") => (FIELD, Some(GOOD)),
                "box" if up("outside") => (AWAY, Some(LINE)),
                "box" => (WHITE, Some(LINE)),
                other => (ink(other).unwrap_or(SOFT), None),
            };
            Some(Draw::Box {
                at: place.at(number("x"), number("y")),
                size: (
                    (number("width") * place.scale).max(0.8),
                    number("height") * place.scale,
                ),
                fill,
                edge,
            })
        }
        "line" => Some(Draw::Curve {
            points: vec![
                place.at(number("x1"), number("y1")),
                place.at(number("x2"), number("y2")),
            ],
            ink: LINE,
            weight: 0.5,
            dashed: false,
        }),
        "path" => {
            let (ink, weight) = match class {
                "commands" => (super::GRAVE, 1.4),
                "outside" => (super::WARM, 1.1),
                "reads" => (ACCENT, 0.9),
                _ => (LINE, 0.6),
            };
            Some(Draw::Curve {
                points: points(node.attribute("d")?, place),
                ink,
                weight,
                dashed: class == "outside",
            })
        }
        _ => None,
    }
}

/// The points of a path, which is a start and cubic curves as the map draws it.
fn points(path: &str, place: Place) -> Vec<(f32, f32)> {
    let numbers = path.split(|c: char| !c.is_ascii_digit() && c != '.' && c != '-');
    let numbers: Vec<f32> = numbers.filter_map(|number| number.parse().ok()).collect();
    let pairs = numbers.chunks_exact(2);
    pairs
        .filter_map(|pair| match pair {
            [x, y] => Some(place.at(*x, *y)),
            _ => None,
        })
        .collect()
}

fn text(flow: &Flow<'_>, node: Node<'_, '_>, place: Place) -> Option<Draw> {
    if !node.has_tag_name("text") {
        return None;
    }
    let class = node.attribute("class").unwrap_or_default();
    let (size, bold, ink) = match class {
        "level" => (14.0, true, super::BLACK),
        "address" => (11.5, true, super::BLACK),
        "address long" => (9.5, true, super::BLACK),
        "what" | "name" | "time" => (11.0, false, SOFT),
        _ => (12.0, false, super::BLACK),
    };
    let size = size * place.scale;
    let style = Style { bold, size, ink };
    let mut text = flow.faces.shown(node.text().unwrap_or_default());
    if matches!(class, "address" | "address long" | "name") {
        // Letters that are written out take more room than the page gave them.
        text = flow.faces.cut(bold, text, BOX * place.scale / size);
    }
    let (mut x, y) = place.at(number(node, "x"), number(node, "y"));
    if node.attribute("text-anchor") == Some("middle") {
        x -= flow.faces.width(bold, &text) * size / 2.0;
    }
    let at = (x, y);
    (!text.is_empty()).then_some(Draw::Text { at, text, style })
}
