//! Text of the page as runs of one style, and runs as lines of a width.

use super::faces::Faces;
use super::{BLACK, Ink, LINE, SOFT, has, ink};
use roxmltree::Node;

/// Height of a line in sizes of its letters.
const LEADING: f32 = 1.36;

/// How letters look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Style {
    pub(super) bold: bool,
    /// In points.
    pub(super) size: f32,
    pub(super) ink: Ink,
}

impl Style {
    /// Black, of this size.
    pub(super) const fn plain(size: f32) -> Self {
        let (bold, ink) = (false, BLACK);
        Self { bold, size, ink }
    }

    /// The same in bold.
    pub(super) const fn bold(self) -> Self {
        Self { bold: true, ..self }
    }

    /// The same in another colour.
    pub(super) const fn inked(self, ink: Ink) -> Self {
        Self { ink, ..self }
    }
}

/// Text of one style; a line end is a run of its own.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Run {
    pub(super) text: String,
    pub(super) style: Style,
}

/// A line of text.
#[derive(Clone, Debug, Default)]
pub(super) struct Line {
    pub(super) runs: Vec<Run>,
    pub(super) width: f32,
    pub(super) height: f32,
}

/// The runs of an element's text.
pub(super) fn runs(node: Node<'_, '_>, style: Style, faces: &Faces) -> Vec<Run> {
    let mut all = Vec::new();
    gather(node, style, faces, &mut all);
    all
}

fn gather(node: Node<'_, '_>, style: Style, faces: &Faces, all: &mut Vec<Run>) {
    for child in node.children() {
        if let Some(text) = child.text().filter(|_| child.is_text()) {
            push(text, style, faces, all);
            continue;
        }
        // A way to a place in the page leads nowhere on paper.
        if child.children().any(|inner| has(inner, "unseen")) {
            continue;
        }
        if child.has_tag_name("br") {
            all.push(Run {
                text: "\n".to_owned(),
                style,
            });
            continue;
        }
        let class = child.attribute("class").unwrap_or_default();
        let mut inner = style.inked(ink(class).unwrap_or(style.ink));
        match child.tag_name().name() {
            "strong" => inner.bold = true,
            "small" => {
                inner.size *= 0.92;
                inner.ink = SOFT;
            }
            _ => {}
        }
        inner.bold |= ["badge", "state", "weight", "mark"]
            .iter()
            .any(|class| has(child, class));
        if has(child, "key") {
            // As the line is drawn that it explains.
            let line = inner.inked(ink(class).unwrap_or(LINE));
            push("▬ ", line.bold(), faces, all);
            inner.ink = style.ink;
        }
        gather(child, inner, faces, all);
        if has(child, "key") {
            push("   ", inner, faces, all);
        }
    }
}

/// Adds text, in which white space of any length is one blank.
fn push(text: &str, style: Style, faces: &Faces, all: &mut Vec<Run>) {
    let blank = |c: char| c.is_ascii_whitespace();
    let mut one = String::with_capacity(text.len());
    for word in text.split_inclusive(blank) {
        let bare = word.trim_end_matches(blank);
        one.push_str(bare);
        if bare.len() < word.len() && !one.ends_with(' ') {
            one.push(' ');
        }
    }
    let first = all.last().is_none_or(|run| run.text.ends_with(['\n', ' ']));
    let text = if first {
        one.trim_start_matches(' ')
    } else {
        &one
    };
    if !text.is_empty() {
        let text = faces.shown(text);
        all.push(Run { text, style });
    }
}

/// Breaks runs into lines no wider than this; a word that is wider is broken where it must be.
pub(super) fn wrap(runs: &[Run], width: f32, faces: &Faces) -> Vec<Line> {
    let mut lines = vec![Line::default()];
    for run in runs {
        if run.text == "\n" {
            lines.push(Line::default());
            continue;
        }
        for word in run.text.split_inclusive(' ') {
            let bare = faces.width(run.style.bold, word.trim_end()) * run.style.size;
            let used = lines.last().map_or(0.0, |line| line.width);
            if used > 0.0 && used + bare > width {
                lines.push(Line::default());
            }
            if bare <= width {
                add(&mut lines, word, run.style, faces);
                continue;
            }
            for c in word.chars() {
                let wide = faces.width(run.style.bold, c.encode_utf8(&mut [0; 4]));
                let used = lines.last().map_or(0.0, |line| line.width);
                if used > 0.0 && used + wide * run.style.size > width && c != ' ' {
                    lines.push(Line::default());
                }
                add(&mut lines, c.encode_utf8(&mut [0; 4]), run.style, faces);
            }
        }
    }
    lines.retain(|line| !line.runs.is_empty());
    lines
}

fn add(lines: &mut [Line], text: &str, style: Style, faces: &Faces) {
    let Some(line) = lines.last_mut() else {
        return;
    };
    line.width += faces.width(style.bold, text) * style.size;
    line.height = line.height.max(style.size * LEADING);
    match line.runs.last_mut().filter(|run| run.style == style) {
        Some(run) => run.text.push_str(text),
        None => line.runs.push(Run {
            text: text.to_owned(),
            style,
        }),
    }
}

/// The width of the widest word, and that of the whole where nothing breaks it.
pub(super) fn extent(runs: &[Run], faces: &Faces) -> (f32, f32) {
    let (mut word, mut whole, mut line) = (0.0_f32, 0.0_f32, 0.0_f32);
    for run in runs {
        if run.text == "\n" {
            line = 0.0;
            continue;
        }
        for part in run.text.split(' ') {
            word = word.max(faces.width(run.style.bold, part) * run.style.size);
        }
        line += faces.width(run.style.bold, &run.text) * run.style.size;
        whole = whole.max(line);
    }
    (word, whole)
}
