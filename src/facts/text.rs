//! Text from outside, made harmless for whoever shows it.
//!
//! Names from the wire and names of files are hostile: on a terminal, in a log, a table or a
//! page they must neither move the cursor nor turn the direction of writing. Everything that
//! shows such text asks here, and nowhere else, what is harmless.

/// Whether a character does something else than show itself: control characters (C0, DEL, C1),
/// those that turn the direction of writing, and those that have no width.
#[must_use]
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// The text with every hidden character written out, as in `\u{202e}`.
#[must_use]
pub fn plain(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hidden(c) {
            safe.extend(c.escape_default());
        } else {
            safe.push(c);
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_is_written_out() {
        assert_eq!(plain("a\u{1b}[2Jb\u{202e}c"), "a\\u{1b}[2Jb\\u{202e}c");
        assert_eq!(plain("\u{9b}31m\u{200b}\n"), "\\u{9b}31m\\u{200b}\\n");
        assert_eq!(plain("Pumpe süd 阀门"), "Pumpe süd 阀门");
    }
}
