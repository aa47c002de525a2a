//! Request targets and host names as rules want them: decoded, so that one spelling of a path
//! stands for all that a server takes for the same.
//!
//! What is done is what a tolerant server does (RFC 3986, 6.2.2; `IIS` for backslashes and
//! `%u`): percent signs decoded once, backslashes turned, slashes joined, dot segments removed.
//! Case stays, and `+` stays.

/// Writes the target without scheme and host, its path and query decoded.
pub(super) fn normalise(target: &[u8], into: &mut Vec<u8>) {
    let rest = match after_scheme(target) {
        Some(rest) => {
            let path = rest.iter().position(|octet| b"/?#".contains(octet));
            path.and_then(|at| rest.get(at..)).unwrap_or(b"/")
        }
        None => target,
    };
    let (rest, fragment) = parted(rest, b'#');
    let (path, query) = parted(rest, b'?');
    for letter in Letters(path) {
        match letter {
            b'/' | b'\\' => separator(into),
            other => into.push(other),
        }
    }
    end_segment(into);
    if let Some(query) = query {
        into.push(b'?');
        into.extend(Letters(query));
    }
    if let Some(fragment) = fragment {
        into.push(b'#');
        into.extend(Letters(fragment));
    }
}

/// The host of an absolute target (RFC 9112, 3.2.2), with its port.
pub(super) fn host_of(target: &[u8]) -> Option<&[u8]> {
    let rest = after_scheme(target)?;
    let (authority, _) = match rest.iter().position(|octet| b"/?#".contains(octet)) {
        Some(at) => rest.split_at_checked(at)?,
        None => (rest, &[][..]),
    };
    let user = authority.iter().rposition(|octet| *octet == b'@');
    authority.get(user.map_or(0, |at| at + 1)..)
}

/// Writes a host in lower case, without its port and without dots at its end.
pub(super) fn normalise_host(host: &[u8], into: &mut Vec<u8>) {
    let colon = host.iter().rposition(|octet| *octet == b':');
    let name = match colon.and_then(|at| host.split_at_checked(at)) {
        // An IPv6 address in brackets has colons of its own.
        Some((name, port)) if port.iter().skip(1).all(u8::is_ascii_digit) => name,
        _ => host,
    };
    into.extend(name.iter().map(u8::to_ascii_lowercase));
    while into.last() == Some(&b'.') {
        into.pop();
    }
}

/// What follows `scheme://`.
fn after_scheme(target: &[u8]) -> Option<&[u8]> {
    let colon = target.iter().position(|octet| *octet == b':')?;
    let (scheme, rest) = target.split_at_checked(colon)?;
    let named = !scheme.is_empty() && scheme.iter().all(u8::is_ascii_alphanumeric);
    rest.strip_prefix(b"://").filter(|_| named)
}

/// The octets before the first `mark`, and those behind it.
fn parted(octets: &[u8], mark: u8) -> (&[u8], Option<&[u8]>) {
    let at = octets.iter().position(|octet| *octet == mark);
    match at.and_then(|at| octets.split_at_checked(at)) {
        Some((before, behind)) => (before, behind.get(1..)),
        None => (octets, None),
    }
}

/// Ends a segment of the path and adds one slash.
fn separator(path: &mut Vec<u8>) {
    end_segment(path);
    if path.last() != Some(&b'/') {
        path.push(b'/');
    }
}

/// Removes the last segment if it is `.`, and with `..` the one before it (RFC 3986, 5.2.4).
fn end_segment(path: &mut Vec<u8>) {
    if path.ends_with(b"/.") {
        path.pop();
    } else if path.ends_with(b"/..") {
        path.truncate(path.len() - 3);
        while path.pop_if(|octet| *octet != b'/').is_some() {}
        if path.is_empty() {
            path.push(b'/');
        }
    }
}

/// Octets with percent signs decoded; what is no valid code stays as it is.
struct Letters<'a>(&'a [u8]);

impl Iterator for Letters<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        let (&first, rest) = self.0.split_first()?;
        if first != b'%' {
            self.0 = rest;
            return Some(first);
        }
        let (letter, rest) = coded(rest).unwrap_or((first, rest));
        self.0 = rest;
        Some(letter)
    }
}

/// What the digits behind a percent sign stand for, and what follows them.
fn coded(rest: &[u8]) -> Option<(u8, &[u8])> {
    if let [b'u' | b'U', a, b, c, d, rest @ ..] = rest
        && let (Some(high), Some(low)) = (octet(*a, *b), octet(*c, *d))
    {
        // Full-width letters stand for the plain ones; other letters have no octet.
        let letter = match (high, low) {
            (0, low) => low,
            (0xff, 0x01..=0x5e) => low + 0x20,
            _ => b'?',
        };
        return Some((letter, rest));
    }
    let [a, b, rest @ ..] = rest else {
        return None;
    };
    let first = octet(*a, *b)?;
    // A plain letter spelt with two octets, which UTF-8 forbids and old servers took.
    if matches!(first, 0xc0 | 0xc1)
        && let [b'%', c, d, rest @ ..] = rest
        && let Some(second @ 0x80..=0xbf) = octet(*c, *d)
    {
        return Some(((first & 1) << 6 | second & 0x3f, rest));
    }
    Some((first, rest))
}

fn octet(high: u8, low: u8) -> Option<u8> {
    let digit = |letter: u8| match letter {
        b'0'..=b'9' => Some(letter - b'0'),
        b'a'..=b'f' => Some(letter - b'a' + 10),
        b'A'..=b'F' => Some(letter - b'A' + 10),
        _ => None,
    };
    Some(digit(high)? << 4 | digit(low)?)
}

#[cfg(test)]
mod tests {
    use super::{host_of, normalise, normalise_host};

    fn normal(target: &[u8]) -> String {
        let mut into = Vec::new();
        normalise(target, &mut into);
        String::from_utf8(into).unwrap()
    }

    #[test]
    fn one_spelling_stands_for_all() {
        for (sent, wanted) in [
            (&b"/a/b?c=d"[..], "/a/b?c=d"),
            (b"/%61//b\\.%5Cc/%2e%2E/d", "/a/b/d"),
            (b"/../../etc/./passwd", "/etc/passwd"),
            (b"/a/..", "/"),
            (b"/a/.", "/a/"),
            (b"/..a/.b", "/..a/.b"),
            (b"/a%2fb%00c%", "/a/b\0c%"),
            (b"/%zz%4", "/%zz%4"),
            (b"/%u0041%uff0f%u4e00", "/A/?"),
            (b"/..%c0%af..%c1%9cx", "/x"),
            (b"/Case?x=%41+b%2fc&y=/../#%41", "/Case?x=A+b/c&y=/../#A"),
            (b"http://User@Host:80/a/%62", "/a/b"),
            (b"http://host?x", "?x"),
            (b"http://host", "/"),
            (b"/redirect?to=http://x//y", "/redirect?to=http://x//y"),
            (b"*", "*"),
            (b"host:443", "host:443"),
            (b"%2541", "%41"),
        ] {
            assert_eq!(normal(sent), wanted, "{}", sent.escape_ascii());
        }
    }

    #[test]
    fn a_host_loses_case_port_and_dots() {
        for (sent, wanted) in [
            (&b"PLC.Example.NET:8080"[..], "plc.example.net"),
            (b"host..", "host"),
            (b"[FE80::1]:80", "[fe80::1]"),
            (b"[fe80::1]", "[fe80::1]"),
            (b"a:b", "a:b"),
        ] {
            let mut into = Vec::new();
            normalise_host(sent, &mut into);
            assert_eq!(into, wanted.as_bytes());
        }
        assert_eq!(host_of(b"http://u:p@h:1/x"), Some(&b"h:1"[..]));
        assert_eq!(host_of(b"/x"), None);
    }
}
