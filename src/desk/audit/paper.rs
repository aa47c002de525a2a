//! The report on paper: the page of HTML laid out again as PDF, offline and without a browser.
//!
//! The page is the only source: what it says stands here too, in both languages, in its order.
//! The PDF is tagged (PDF/UA-1, ISO 14289-1): headings, lists and tables are told to whoever
//! reads by ear, and its text can be searched and copied. It has no date and no random mark, so
//! that the same page gives the same octets.

mod faces;
mod flow;
mod lines;
mod picture;
mod press;
mod table;

use flow::Flow;
use press::Heads;
use roxmltree::{Document, Node};
use std::io::{self, Write};

/// Width and height of a sheet of A4 in points.
const A4: (f32, f32) = (595.28, 841.89);

/// What stays free at the left and right, at the top, and at the bottom where the number stands.
const MARGIN: f32 = 42.0;
const TOP: f32 = 46.0;
const BOTTOM: f32 = 56.0;

/// Width of what is printed.
const WIDTH: f32 = A4.0 - 2.0 * MARGIN;

/// Lowest place of what is printed.
const END: f32 = A4.1 - BOTTOM;

/// A colour: red, green, blue.
type Ink = [u8; 3];

/// The colours of the page in print.
const BLACK: Ink = [0, 0, 0];
const SOFT: Ink = [0x3a, 0x41, 0x48];
const LINE: Ink = [0xb5, 0xbc, 0xc4];
const RAISED: Ink = [0xf4, 0xf5, 0xf7];
const ACCENT: Ink = [0x0a, 0x44, 0x80];
const GRAVE: Ink = [0x96, 0x15, 0x0f];
const WARM: Ink = [0x7a, 0x42, 0x00];
const PALE: Ink = [0x5c, 0x4e, 0x00];
const GOOD: Ink = [0x14, 0x52, 0x2a];

/// The colour of what has this class in the page.
fn ink(class: &str) -> Option<Ink> {
    class.split(' ').find_map(|class| match class {
        "p1" | "w5" | "hot" | "against" | "v1" | "commands" => Some(GRAVE),
        "p2" | "w4" | "warm" | "v2" | "outside" => Some(WARM),
        "p3" | "w3" | "v3" => Some(PALE),
        "nothing-against" | "v4" => Some(GOOD),
        "supports" | "brand" | "reads" | "act" => Some(ACCENT),
        "p4" | "none" | "meta" | "lead" | "tag" | "unseen-here" => Some(SOFT),
        _ => None,
    })
}

/// Whether an element has a class.
fn has(node: Node<'_, '_>, class: &str) -> bool {
    let all = node.attribute("class").unwrap_or_default();
    all.split(' ').any(|one| one == class)
}

/// Writes a page of HTML, as the report's templates make it, as PDF.
pub(super) fn write(page: &str, out: &mut dyn Write) -> io::Result<()> {
    let wrong = |what: String| io::Error::new(io::ErrorKind::InvalidData, what);
    let text = well_formed(page).ok_or_else(|| wrong("the page has no body".to_owned()))?;
    let page = Document::parse(&text).map_err(|error| wrong(error.to_string()))?;
    let root = page.root_element();
    let of = |name: &str| {
        let mut all = root.descendants();
        let node = all.find(|node| node.has_tag_name(name));
        node.and_then(|node| node.text()).unwrap_or_default()
    };
    let heads = Heads {
        title: of("title").to_owned(),
        language: root.attribute("lang").unwrap_or_default().to_owned(),
    };
    let faces = faces::Faces::load().ok_or_else(|| wrong("no typeface".to_owned()))?;
    let mut flow = Flow::new(&faces);
    let body = root.children().find(|node| node.has_tag_name("body"));
    let parts = body.map(|body| flow.blocks(body)).unwrap_or_default();
    let laid = flow.finish();
    let octets = press::print(&faces, laid, parts, &heads).map_err(wrong)?;
    out.write_all(&octets)
}

/// The page as XML: its head has elements without an end, of which the title is what matters;
/// its body but for line breaks none. What XML cannot have is shown as unknown.
fn well_formed(page: &str) -> Option<String> {
    let (_, rest) = page.split_once("<html lang=\"")?;
    let (language, rest) = rest.split_once('"')?;
    let (_, rest) = rest.split_once("<title>")?;
    let (title, rest) = rest.split_once("</title>")?;
    let (_, rest) = rest.split_once("<body>")?;
    let (body, _) = rest.rsplit_once("</body>")?;
    let body = body.replace("<br>", "<br/>");
    let whole =
        format!("<html lang=\"{language}\"><title>{title}</title><body>{body}</body></html>");
    Some(whole.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}"))
}
